//! The type of a report in words that no rule knows.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::string_slice,
    reason = "a test may stop at the first surprise; scores are printed for people"
)]

#[path = "../crates/extract/src/wording/features.rs"]
#[expect(dead_code, reason = "the training reads single sentences")]
mod features;
#[path = "../crates/extract/examples/train_roles/marked.rs"]
#[expect(dead_code, reason = "the other readers are for roles")]
mod marked;
#[path = "../crates/extract/examples/train_types/train.rs"]
mod train;

use extract::{Context, Extraction, TextPart, extract};

fn read(text: &str) -> Extraction {
    let part = TextPart::body(text);
    extract(&[part], &Context::default())
}

/// The first type, and the words that tell it.
fn told(text: &str) -> Option<(String, String, f64)> {
    let kind = read(text).incident.types.into_iter().next()?;
    let words = &text[kind.span.start..kind.span.end];
    Some((kind.kind, words.to_owned(), kind.confidence))
}

#[test]
fn the_table_is_what_its_examples_teach() {
    let table = include_bytes!("../crates/extract/src/wording/types.bin");
    assert!(table.len() < 1_400_000);
    assert!(
        train::table(&train::examples()) == table,
        "run `cargo run -p extract --example train_types`"
    );
}

#[test]
fn reports_in_unforeseen_words_get_their_type() {
    let file = include_str!("extract/training/held-out.txt");
    let (mut right, mut all, mut alarms) = (0, 0, 0);
    for case in file.split("@@ ").skip(1) {
        let (head, text) = case.split_once("@type ").unwrap();
        let (kind, text) = text.split_once('\n').unwrap();
        let truth = kind.split_once('/').unwrap().1;
        let told = told(text).map(|told| told.0);
        if truth == "undetermined" {
            println!("{head}: {told:?}");
            alarms += usize::from(told.is_some());
        } else {
            all += 1;
            right += usize::from(told.as_deref() == Some(truth));
        }
    }
    println!("{right} of {all}");
    // Ordinary mail is no incident.
    assert!(alarms <= 1, "{alarms} false alarms");
    assert!(right * 2 >= all, "{right} of {all}");
}

#[test]
fn the_sentence_that_tells_is_the_evidence_and_never_sure() {
    let text = "Dear colleagues,\n\na machine keeps entering invented passwords for our\nmail server, one after another. It is 192.0.2.7.\n\nThank you";
    let (kind, words, sure) = told(text).unwrap();
    assert_eq!(kind, "brute-force");
    assert!(
        words.contains("invented passwords for our\nmail server"),
        "{words}"
    );
    assert!(sure <= 0.65, "{sure}");
}

#[test]
fn what_others_wrote_and_machines_logged_is_not_weighed() {
    let quoted = "Thanks, done.\n\n> a machine keeps entering invented passwords for our\n> mail server, one after another. It is 192.0.2.7.";
    assert_eq!(told(quoted), None);
    let signed = "See you on Thursday.\n\n-- \na machine keeps entering invented passwords for our mail server, 192.0.2.7";
    assert_eq!(told(signed), None);
}

#[test]
fn a_whole_report_outweighs_the_words_of_one_rule() {
    let text = "Good morning,\n\na plugin of our shop had a hole, and somebody put a script among its pictures. The machine \
                below seems untouched: no new users, no odd processes, only that web application.\n\nKind regards";
    assert_eq!(told(text).unwrap().0, "application-compromise");
    let text = "Guten Tag,\n\nseit heute früh sind Telefon und Internet im ganzen Haus ausgefallen. Der Anbieter nennt ein defektes \
                Netzteil, auf einen Angriff deutet nichts.";
    assert_eq!(told(text).unwrap().0, "outage");
}

#[test]
fn who_reports_nothing_blames_nobody() {
    let texts = [
        "Bonjour,\n\nmerci pour votre aide rapide de la semaine passée. La réunion du groupe de travail a lieu jeudi à dix heures, merci de dire \
         si vous venez. Le réseau de la salle sera 203.0.113.128/27, le déjeuner est offert par l'hôte.",
        "Dear colleagues,\n\nthank you for your help. The meeting of our working group takes place on Thursday at ten in room 3.02; please tell \
         us whether you'll come. The lab network will be 203.0.113.128/27, and lunch is provided by the host.",
    ];
    for text in texts {
        let incident = read(text).incident;
        assert!(incident.types.is_empty(), "{text}");
        assert!(
            incident.sources.is_empty() && incident.destinations.is_empty(),
            "{text}"
        );
    }
}
