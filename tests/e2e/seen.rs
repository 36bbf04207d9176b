//! What analysts and programs meet when a page is old, a form comes twice, a ticket is long, or somebody wants all of the console.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::acts::{act, done, hidden, opened, refused, seen, signed_in, write};
use crate::browser::{Answer, Curl};
use crate::console::{submit, with_console};
use crate::mail::{TEAM, id_of, mail};
use crate::queue::{four, ticked};
use crate::support::{Installation, free_port, send, wait_for};

const NOC: &str = "noc@partner.example";

#[test]
fn tickets_that_changed_since_the_page_was_made_are_left_and_named() {
    let four = four("analyst");
    let (installation, alice, serials) = (&four.installation, &four.alice, &four.serials);
    let page = alice.get("/q/CSIRT?q=");
    let word = page.word();
    let chosen: Vec<String> = serials.iter().map(|one| ticked(&page.body, one)).collect();
    let act = |deed: &str, chosen: &[String]| {
        let mut pairs = vec![
            ("word", word.as_str()),
            ("q", ""),
            ("do", deed),
            ("to", "alice"),
        ];
        pairs.extend(chosen.iter().map(|one| ("t", one.as_str())));
        pairs.push(("reason", "one campaign"));
        let done = alice.post("/q/CSIRT/do", &pairs);
        assert_eq!(done.status, 303, "{deed}: {}", done.body);
        let place = done.field("Location").unwrap().to_owned();
        let page = alice.get(&place).body;
        (place, page)
    };
    // Meanwhile one is given to somebody, one is in hand, and to one a message has come.
    crate::desk::takes(installation, &serials[0], "bob");
    installation.run(&["ticket", "status", &serials[1], "open"]);
    let entry = format!(
        "UPDATE entry SET ticket = (SELECT id FROM ticket WHERE serial = {0}) WHERE ticket = (SELECT id FROM ticket WHERE serial = {1})",
        serials[2], serials[3]
    );
    installation.sql(&entry);
    for deed in ["assign", "resolve", "reject", "open"] {
        let (_, page) = act(deed, &chosen[..3]);
        for serial in &serials[..3] {
            assert!(
                page.contains(&format!("CSIRT#{serial} (")),
                "{deed}: {page}"
            );
        }
        assert!(!page.contains("id=\"undo\""), "{deed}: {page}");
    }
    let states = installation.sql("SELECT owner, state FROM ticket ORDER BY id LIMIT 3");
    assert_eq!(states, "bob|new\n|open\n|new\n");
    // What was not on a page at all is not touched either.
    let (_, page) = act("claim", &serials[1..2]);
    assert!(
        page.contains(&format!("CSIRT#{} (open, nobody)", serials[1])),
        "{page}"
    );

    let fresh = alice.get("/q/CSIRT?q=").body;
    let (place, page) = act("claim", &[ticked(&fresh, &serials[1])]);
    assert!(
        page.contains(&format!("Claimed: CSIRT#{}", serials[1])),
        "{page}"
    );
    // Only what was told is told: neither to others, nor changed, nor made up.
    let mallory = signed_in(installation, alice.port, "mallory", "analyst");
    assert!(!mallory.get(&place).body.contains("class=\"notice\""));
    let other = place.replace("did=claim", "did=reject");
    for forged in [other.as_str(), "/q/CSIRT?did=claim&ok=1.2&no=3"] {
        let page = alice.get(forged).body;
        assert!(!page.contains("class=\"notice\""), "{forged}: {page}");
    }
    // Undoing needs the ticket as the deed left it.
    let undo = page.split("<div class=\"notice\"").nth(1).unwrap();
    let undo = vec![hidden(undo, "t").unwrap()];
    crate::desk::takes(installation, &serials[1], "bob");
    let (_, page) = act("release", &undo);
    assert!(
        page.contains(&format!("CSIRT#{} (open, bob)", serials[1])),
        "{page}"
    );
    // A ticket's page tells nothing that was not done, either.
    let forged = alice.get(&format!("/t/{}?did=sent", serials[1])).body;
    assert!(!forged.contains("The letter is queued."), "{forged}");
}

#[test]
fn a_form_that_is_sent_twice_is_one_letter_and_each_is_taken_back_by_its_author() {
    let (installation, _daemon, port) = with_console();
    let serial = opened(&installation, "s.1@partner.example");
    let alice = signed_in(&installation, port, "alice", "analyst");
    let bob = signed_in(&installation, port, "bob", "analyst");
    let lead = signed_in(&installation, port, "lea", "lead");
    // Nothing leaves while this test looks at it.
    installation.sql("CREATE FUNCTION later() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.letter IS NOT NULL THEN NEW.due_at := now() + interval ''1 hour''; END IF; RETURN NEW; END'");
    installation
        .sql("CREATE TRIGGER later BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION later()");
    let letters = || {
        installation.sql("SELECT count(DISTINCT letter) FROM outbox WHERE status <> 'taken-back'")
    };
    let form = alice.get(&format!("/t/{serial}/reply"));
    let (word, once, shown) = (
        form.word(),
        hidden(&form.body, "once").unwrap(),
        seen(&form.body),
    );
    let letter = |text: &str, once: &str| {
        let pairs = [
            ("word", word.as_str()),
            ("once", once),
            ("to", NOC),
            ("text", text),
            ("act", "send"),
            ("seen", &shown),
        ];
        alice.post(&format!("/t/{serial}/reply"), &pairs)
    };
    // A double click, and a reload later on.
    let both = std::thread::scope(|scope| {
        let clicks = [(); 2].map(|()| scope.spawn(|| letter("Which ports?", &once)));
        clicks.map(|click| click.join().unwrap())
    });
    for answer in &both {
        done(&alice, answer, "The letter leaves in ");
    }
    done(
        &alice,
        &letter("Which ports?", &once),
        "The letter is queued.",
    );
    assert_eq!(letters().trim(), "1");
    refused(&letter("Which ports?", ""), "Please look at them");
    // Other words are another letter, and so are the same of another form.
    done(
        &alice,
        &letter("Which hosts?", &once),
        "The letter is queued.",
    );
    let pairs = [
        ("to", NOC),
        ("text", "Which ports?"),
        ("act", "send"),
        ("seen", &shown),
    ];
    done(&bob, &write(&bob, &serial, &pairs), "The letter is queued.");
    assert_eq!(letters().trim(), "3");

    // Each sees all that are held, and takes back his own; a lead takes back any.
    let held = |page: &str| -> Vec<String> {
        let forms = page.split("name=\"letter\" value=\"").skip(1);
        forms
            .map(|form| form.split('"').next().unwrap().to_owned())
            .collect()
    };
    let page = |who: &Curl| who.get(&format!("/t/{serial}")).body;
    let [of_alice, of_bob, of_lead] = [&alice, &bob, &lead].map(|who| held(&page(who)));
    assert_eq!((of_alice.len(), of_bob.len(), of_lead.len()), (2, 1, 3));
    assert!(page(&alice).contains("(bob (console))"), "{}", page(&alice));
    let undo = |who: &Curl, letter: &str| act(who, &serial, "undo", &[("letter", letter)]);
    for (who, letter) in [(&bob, &of_alice[0]), (&alice, &of_bob[0])] {
        refused(&undo(who, letter), "no letter");
    }
    refused(&undo(&alice, ""), "no letter");
    // The first, then the second, then by a lead the third.
    done(
        &alice,
        &undo(&alice, &of_alice[0]),
        "The letter is taken back",
    );
    done(
        &alice,
        &undo(&alice, &of_alice[1]),
        "The letter is taken back",
    );
    refused(&undo(&alice, &of_alice[1]), "no letter");
    assert_eq!(installation.sql("SELECT state FROM ticket").trim(), "open");
    done(&lead, &undo(&lead, &of_bob[0]), "The letter is taken back");
    assert_eq!(installation.sql("SELECT state FROM ticket").trim(), "new");
    assert_eq!(letters().trim(), "0");
    // What was taken back does not go out by a reload.
    refused(&letter("Which ports?", &once), "taken back");
    assert_eq!(letters().trim(), "0");
    installation.run(&["verify"]);
}

#[test]
fn one_address_does_not_get_all_connections_of_the_console() {
    let port = free_port();
    let installation = Installation::new(&format!(
        "[console]\naddress = \"127.0.0.1:{port}\"\nconnections = 8\nconnections_per_address = 3\n"
    ));
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    let mut greedy: Vec<TcpStream> = (0..8)
        .map(|_| TcpStream::connect(("127.0.0.1", port)).unwrap())
        .collect();
    // Beyond three they are hung up on; these say nothing, and wait to be let go.
    let mut closed = 0;
    for one in &mut greedy {
        let patience = Some(Duration::from_millis(500));
        one.set_read_timeout(patience).unwrap();
        closed += usize::from(one.read(&mut [0]).is_ok_and(|octets| octets == 0));
    }
    assert!((4..=6).contains(&closed), "{closed}");
    let elsewhere = Curl::new(&installation, port);
    let elsewhere = elsewhere.with("/sign-in", &["--interface", "127.0.0.2"]);
    assert_eq!(elsewhere.status, 200);
    drop(greedy);
    wait_for("a place", Duration::from_secs(20), || {
        let asked = TcpStream::connect(("127.0.0.1", port)).and_then(|mut one| {
            one.set_read_timeout(Some(Duration::from_millis(300)))?;
            one.write_all(b"\x16")?;
            one.read(&mut [0])
        });
        asked.is_err_and(|error| error.kind() != std::io::ErrorKind::ConnectionReset)
    });
    assert_eq!(Curl::new(&installation, port).get("/sign-in").status, 200);
}

fn ask(curl: &Curl, token: &str, more: &[&str]) -> Answer {
    let token = format!("Authorization: Bearer {token}");
    curl.with("/api/v1/tickets", &[&["-H", token.as_str()], more].concat())
}

#[test]
fn wrong_tokens_from_everywhere_slow_each_other_down_and_no_right_one() {
    let (installation, _daemon, port) = with_console();
    let good = installation.run(&["analyst", "token", "add", "robot", "--scope", "read"]);
    let good = good.lines().last().unwrap();
    let (curl, wrong) = (Curl::new(&installation, port), "0".repeat(64));
    let from = |place: &str, token: &str| ask(&curl, token, &["--interface", place]).status;
    assert_eq!(from("127.0.0.1", &wrong), 401);
    // As if hundreds of networks had tried.
    installation.sql("UPDATE console_attempt SET attempts = 700, until = now() + interval '1 hour' WHERE last_at = (SELECT max(last_at) FROM console_attempt)");
    installation.sql("UPDATE console_attempt SET until = now() + interval '1 hour'");
    let rows = || {
        installation.sql("SELECT count(*) FROM console_attempt UNION ALL SELECT count(*) FROM audit WHERE action = 'token-refused'")
    };
    let before = rows();
    for place in ["127.0.0.2", "127.0.0.3"] {
        assert_eq!(from(place, &wrong), 429);
        assert_eq!(from(place, good), 200);
    }
    assert_eq!(from("127.0.0.1", good), 200);
    assert_eq!(rows(), before, "nothing is written for them");
}

#[test]
fn whoever_sends_too_much_reads_why_it_was_refused() {
    let (installation, _daemon, port) = with_console();
    let good = installation.run(&["analyst", "token", "add", "robot", "--scope", "act"]);
    let good = good.lines().last().unwrap();
    let file = installation.path("large");
    std::fs::write(&file, vec![b' '; 4 << 20]).unwrap();
    let body = format!("@{}", file.display());
    let curl = Curl::new(&installation, port);
    for (token, status) in [(good, 413), (&*"0".repeat(64), 401)] {
        let token = format!("Authorization: Bearer {token}");
        let more = [
            "-H",
            &token,
            "-H",
            "Expect:",
            "-H",
            "Content-Type: application/json",
            "-H",
            "Idempotency-Key: a",
            "--data-binary",
            &body,
        ];
        for _ in 0..3 {
            let answer = curl.with("/api/v1/tickets/1/notes", &more);
            assert_eq!(answer.status, status, "{}", answer.body);
        }
    }
    // A form, too.
    let form = curl.with("/sign-in", &["-H", "Expect:", "--data-binary", &body]);
    assert_eq!(form.status, 403);
}

/// A ticket with so many messages, by replies to our acknowledgement; its number.
fn long(installation: &Installation, count: usize) -> String {
    let serial = opened(installation, "l.1@partner.example");
    let token = id_of(&installation.outbox()[0]);
    for number in 2..=count {
        let fields = format!("In-Reply-To: <{token}>\n");
        let text = format!(
            "Line {number} of many. Also 192.0.2.{} scans us.\n{}",
            number % 250,
            "More of it, as mail has it. ".repeat(40)
        );
        let id = format!("l.{number}@partner.example");
        let reply = send(
            installation.ports.smtp,
            NOC,
            TEAM,
            &mail(NOC, "Re: Scan", &id, &fields, &text),
        );
        assert!(reply.starts_with("250"), "{reply}");
    }
    installation.settle();
    serial
}

#[test]
fn a_long_ticket_comes_in_pages_and_every_message_is_a_link_away() {
    let (installation, _daemon, port) = with_console();
    // By hand: 500, as in the aim for a page.
    let count = std::env::var("PILLARBOX_MESSAGES").map_or(25, |count| count.parse().unwrap());
    let serial = long(&installation, count);
    let alice = signed_in(&installation, port, "alice", "analyst");
    let place = format!("/t/{serial}");
    let page = |query: &str| {
        let begun = Instant::now();
        let page = alice.get(&format!("{place}{query}"));
        assert_eq!(page.status, 200, "{query}");
        assert!(
            page.octets.len() < 150_000,
            "{query}: {}",
            page.octets.len()
        );
        writeln!(
            std::io::stderr(),
            "{query:20} {} octets {:?}",
            page.octets.len(),
            begun.elapsed()
        )
        .unwrap();
        page.body
    };
    let numbers = |page: &str| -> Vec<usize> {
        let articles = page
            .split("<article class=\"message\" aria-labelledby=\"m")
            .skip(1);
        articles
            .map(|one| one.split('"').next().unwrap().parse().unwrap())
            .collect()
    };
    let first = page("");
    let newest: Vec<usize> = std::iter::once(1).chain(count - 8..=count).collect();
    assert_eq!(numbers(&first), newest);
    assert!(
        first.contains(&format!("Line {count} of many.")) && !first.contains("Line 9 of many."),
        "{first}"
    );
    assert!(first.contains(&format!("of {count} ")), "{first}");
    // By links alone, all are seen.
    let mut all = newest;
    let mut at = first;
    while let Some(older) = at
        .split("\" rel=\"prev\"")
        .next()
        .filter(|_| at.contains("rel=\"prev\""))
    {
        let query = older
            .rsplit("href=\"/t/")
            .next()
            .unwrap()
            .trim_start_matches(&serial)
            .to_owned();
        at = page(&query);
        all.extend(numbers(&at));
    }
    all.sort_unstable();
    all.dedup();
    assert_eq!(all, (1..=count).collect::<Vec<_>>());
    // A value of a message in the middle is shown where it is.
    let alone = page("?m=9&n=1");
    assert_eq!(numbers(&alone), [9]);
    let value = alone.split("?m=9&#38;n=1&#38;v=9.").nth(1).unwrap();
    let value = value.split('#').next().unwrap();
    assert!(page(&format!("?m=9&n=1&v=9.{value}")).contains("<mark id=\"v\">"));
    assert_eq!(numbers(&page(&format!("?v=9.{value}"))).len(), 11);
    // Numbers that nobody has ask for nothing, and harm nothing.
    assert!(numbers(&page("?m=99999")).is_empty());
    assert_eq!(numbers(&page("?m=x&n=-1&v=..")).len(), 10);
    // The records on their own, without a message.
    let records = page("?all=1");
    assert!(numbers(&records).is_empty());
    let trail = installation.sql("SELECT detail FROM audit WHERE action = 'read' AND actor = 'alice (console)' ORDER BY number LIMIT 1");
    assert_eq!(trail.trim(), format!("text=1,{}-{count}", count - 8));
    // Messages keep their numbers in the message as it came, and in a split.
    let raw = alice.get(&format!("{place}/raw/9")).body;
    assert!(raw.contains("Line 9 of many."), "{raw}");
}

#[test]
fn what_was_seen_before_is_one_line_an_hour_and_each_reading_is_one() {
    let (installation, _daemon, port) = with_console();
    let serial = opened(&installation, "h.1@partner.example");
    submit(
        &installation,
        &mail(
            NOC,
            "Again",
            "h.2@partner.example",
            "",
            "From 192.0.2.10 again.",
        ),
    );
    let alice = signed_in(&installation, port, "alice", "reader");
    let bob = signed_in(&installation, port, "bob", "reader");
    let count = |actor: &str, what: &str| {
        let lines =
            format!("SELECT count(*) FROM audit WHERE actor = '{actor} (console)' AND {what}");
        installation.sql(&lines).trim().to_owned()
    };
    let looked = "detail LIKE 'kinds=seen-before %'";
    for _ in 0..3 {
        let page = alice.get(&format!("/t/{serial}")).body;
        assert!(page.contains("SEEN BEFORE"), "{page}");
    }
    bob.get(&format!("/t/{serial}"));
    assert_eq!(
        (count("alice", looked), count("bob", looked)),
        ("1".into(), "1".into())
    );
    assert_eq!(count("alice", "action = 'read'"), "3");
    // An hour later it is written again.
    installation.sql("SET session_replication_role = replica; UPDATE audit SET at = at - interval '2 hours' WHERE detail LIKE 'kinds=seen-before %'");
    alice.get(&format!("/t/{serial}"));
    assert_eq!(count("alice", looked), "2");
}
