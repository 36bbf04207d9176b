//! Whoever forges senders by the thousand gets others written to no more than the rates say, and with no more than he sends.

use std::collections::BTreeMap;

use crate::mail::{TEAM, field, mail};
use crate::support::{Conversation, Installation, send, wait_for};

const SENDERS: usize = 10_000;
const LANES: usize = 8;
const DOMAINS: usize = 50;

/// Everybody is answered, as far as rates and sizes let him be.
const ANSWERS_STRANGERS: &str = "[acknowledge]\nunauthenticated = true\nunauthenticated_larger = false\n\
    per_address_hour = 3\nper_address_day = 10\nper_domain_day = 30\nper_hour = 120\n";

fn victim(number: usize) -> String {
    format!("v{number}@d{}.example", number % DOMAINS)
}

/// Nearly all are short, some larger than any answer; what a machine would say of itself is left out.
fn forged(number: usize) -> String {
    let mut text = format!("Item {number}: our host 198.51.100.7 was attacked from 192.0.2.10.\n");
    if is_large(number) {
        text.push_str(&format!("{}\n", "all work and no play ".repeat(3)).repeat(90));
    }
    let id = format!("f.{number}@forger.example");
    mail(&victim(number), "Scan", &id, "", &text)
}

fn is_large(number: usize) -> bool {
    number.is_multiple_of(41)
}

fn flood(installation: &Installation, numbers: std::ops::Range<usize>) {
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            let numbers = numbers.clone();
            scope.spawn(move || {
                let mut lmtp = Conversation::connect(installation.ports.lmtp).unwrap();
                lmtp.say("LHLO client.example").unwrap();
                for number in numbers.skip(lane).step_by(LANES) {
                    let said = lmtp.send(&victim(number), TEAM, &forged(number)).unwrap();
                    assert!(said.starts_with("250"), "{said}");
                }
            });
        }
    });
}

/// What became of the answers, by word.
fn words(installation: &Installation) -> BTreeMap<String, usize> {
    let counted = installation.sql("SELECT answer, count(*) FROM entry GROUP BY answer");
    let counted = counted.lines().map(|line| {
        let (word, count) = line.split_once('|').unwrap();
        (word.to_owned(), count.parse().unwrap())
    });
    counted.collect()
}

#[test]
fn ten_thousand_forged_senders_have_nobody_sent_more_than_they_send() {
    let installation = Installation::new(ANSWERS_STRANGERS);
    let daemon = installation.serve();
    flood(&installation, 0..SENDERS);
    let limit = std::time::Duration::from_secs(300);
    wait_for("all to be filed", limit, || {
        installation.metric("pillarbox_inbox_depth") == 0.0
    });
    installation.settle();

    let mut answered: BTreeMap<String, usize> = BTreeMap::new();
    let (mut octets_in, mut octets_out) = (0, 0);
    for answer in installation.outbox() {
        let to = field(&answer, "To").unwrap();
        let number: usize = to[1..].split_once('@').unwrap().0.parse().unwrap();
        let first = forged(number);
        assert!(
            answer.len() <= first.len(),
            "{to} was sent {} octets for {}",
            answer.len(),
            first.len()
        );
        octets_in += first.len();
        octets_out += answer.len();
        *answered.entry(to).or_default() += 1;
    }
    assert!(octets_out <= octets_in, "{octets_out} for {octets_in}");
    let words = words(&installation);
    assert_eq!(answered.len(), 60, "half of the gateway's rate");
    assert!(answered.values().all(|count| *count == 1));
    assert!(words["larger-than-mail"] > 0, "short mail has no answer");
    assert_eq!(words.values().sum::<usize>(), SENDERS, "nothing is lost");

    // The other half is for those who are proved, however short their mail.
    let ann = "ann@partner.example";
    let proof = "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\n";
    let short = |id: &str| {
        mail(
            ann,
            "Scan",
            id,
            proof,
            &format!("192.0.2.10 scans us, {id}."),
        )
    };
    send(
        installation.ports.smtp,
        ann,
        TEAM,
        &short("a.1@partner.example"),
    );
    installation.settle();
    let answers = installation.outbox();
    assert_eq!(answers.len(), 61);
    assert_eq!(field(&answers[60], "To").as_deref(), Some(ann));
    assert!(field(&answers[60], "Autocrypt").is_some());

    // One domain alone is written to no more than its own rate says.
    installation.sql("DELETE FROM acknowledged");
    let of_one = (SENDERS..).filter(|number| number % DOMAINS == 1 && is_large(*number));
    let of_one = of_one.take(40);
    let of_one: Vec<usize> = of_one.collect();
    for number in &of_one {
        flood(&installation, *number..number + 1);
    }
    installation.settle();
    assert_eq!(installation.outbox().len(), 61 + 30, "the domain's rate");

    // As it is installed nobody forged is answered at all.
    drop(daemon);
    installation.sql("DELETE FROM acknowledged");
    std::fs::write(
        installation.path("conf.d/test.toml"),
        "[acknowledge]\nunauthenticated = false\nunauthenticated_larger = false\n",
    )
    .unwrap();
    let _daemon = installation.serve();
    flood(&installation, 20_000..20_400);
    installation.settle();
    assert_eq!(installation.outbox().len(), 91);
    send(
        installation.ports.smtp,
        ann,
        TEAM,
        &short("a.2@partner.example"),
    );
    installation.settle();
    assert_eq!(installation.outbox().len(), 92);
}
