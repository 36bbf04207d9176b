//! Tickets that belong together, or apart: links by hand, and where other teams' references go.

use std::process::Output;

use serde_json::Value;

use crate::mail::{TEAM, id_of, mail};
use crate::support::{Installation, send};

const NOC: &str = "noc@partner.example";
const PROVED: &str =
    "Authentication-Results: mx.team.example; dmarc=pass header.from=partner.example\n";

/// A command of Kim's.
fn output(installation: &Installation, arguments: &[&str]) -> Output {
    let mut command = installation.command(arguments);
    command.env("PILLARBOX_ACTOR", "kim").output().unwrap()
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8(text).unwrap()
}

fn done(installation: &Installation, arguments: &[&str]) -> String {
    let output = output(installation, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// What a command says that finds something wrong.
fn refused(installation: &Installation, arguments: &[&str]) -> String {
    let output = output(installation, arguments);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{arguments:?}: {}",
        said(&output)
    );
    said(&output)
}

fn submit(installation: &Installation, from: &str, message: &str) {
    let reply = send(installation.ports.smtp, from, TEAM, message);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
}

fn references(installation: &Installation) -> Vec<String> {
    let tickets = installation.tickets();
    let reference = |ticket: &Value| ticket["reference"].as_str().unwrap().to_owned();
    tickets.iter().map(reference).collect()
}

/// So many tickets, each by another sender.
fn opened<const COUNT: usize>(installation: &Installation) -> [String; COUNT] {
    for number in 0..COUNT {
        let from = format!("noc{number}@partner.example");
        let text = format!("Our host 198.51.100.7 is attacked from 192.0.2.{number}.");
        let id = format!("l.{number}@partner.example");
        submit(installation, &from, &mail(&from, "Scan", &id, "", &text));
    }
    references(installation).try_into().unwrap()
}

fn shown(installation: &Installation, reference: &str) -> Value {
    let show = ["ticket", "show", reference, "--json"];
    installation.json(&show).remove(0)
}

/// Kinds and others of a ticket's links.
fn links(installation: &Installation, reference: &str) -> Vec<(String, String)> {
    let shown = shown(installation, reference);
    let word = |link: &Value, name: &str| link[name].as_str().unwrap().to_owned();
    let links = shown["links"].as_array().unwrap().iter();
    links
        .map(|link| (word(link, "kind"), word(link, "ticket")))
        .collect()
}

#[test]
fn links_stand_on_both_tickets_with_who_made_them_and_make_no_circle() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let [one, two, three, four] = opened::<4>(&installation);
    let link =
        |from: &str, kind: &str, to: &str| done(&installation, &["ticket", "link", from, kind, to]);
    let no = |from: &str, kind: &str, to: &str| {
        refused(&installation, &["ticket", "link", from, kind, to])
    };
    assert_eq!(
        link(&one, "parent", &two),
        format!("{one} is parent of {two}\n")
    );
    link(&three, "child", &two);
    link(&four, "duplicate", &one);
    link(&one, "related", &two);

    let pair = |kind: &str, other: &str| (kind.to_owned(), other.to_owned());
    assert_eq!(
        links(&installation, &one),
        [
            pair("parent", &two),
            pair("duplicated", &four),
            pair("related", &two)
        ]
    );
    assert_eq!(
        links(&installation, &two),
        [
            pair("child", &one),
            pair("parent", &three),
            pair("related", &one)
        ]
    );
    assert_eq!(links(&installation, &four), [pair("duplicate", &one)]);
    let text = installation.run(&["ticket", "show", &two]);
    assert!(
        text.contains(&format!("  child of {one}, linked by kim at 20")),
        "{text}"
    );
    assert!(
        text.contains(&format!("  linked, parent of {three}, by kim at 20")),
        "{text}"
    );
    let history = &shown(&installation, &four)["history"][0];
    assert_eq!(
        (
            &history["action"],
            &history["by"],
            &history["links"][0]["kind"]
        ),
        (&"linked".into(), &"kim".into(), &"duplicate".into())
    );

    assert!(no(&one, "parent", &two).contains(&format!("{one}: it is parent of {two} already")));
    assert!(no(&two, "child", &one).contains("already"));
    assert!(no(&two, "related", &one).contains("already"));
    assert!(no(&one, "duplicate", &four).contains("duplicated by"));
    assert!(no(&one, "child", &two).contains("parent of"));
    assert!(no(&three, "parent", &one).contains(&format!("{one} is above {three} already")));
    assert!(no(&one, "child", &three).contains(&format!("{one} is above {three} already")));
    assert!(no(&one, "related", &one).contains("itself"));
    assert!(no(&one, "related", "999999999").contains("there is no CSIRT#999999999"));
    assert!(no("999999999", "related", &one).contains("there is no CSIRT#999999999"));
    let usage = output(&installation, &["ticket", "link", &one, "cousin", &two]);
    assert_eq!(usage.status.code(), Some(2));

    // Nobody reads from the rows which tickets belong together.
    let rows = "SELECT string_agg(t::text, ' ') FROM ticket_event t";
    let rows = installation.sql(rows)
        + &installation.sql("SELECT string_agg(detail, ' ') FROM audit WHERE action = 'linked'");
    for reference in [&one, &two] {
        let digits = reference
            .rsplit_once('#')
            .unwrap()
            .1
            .trim_start_matches('0');
        assert!(!rows.contains(digits), "{digits} in {rows}");
    }
    installation.run(&["verify"]);

    let unlink = ["ticket", "unlink", &two, &one];
    let gone = done(&installation, &unlink);
    assert!(
        gone.contains(&format!("{two} is no longer child of {one}")),
        "{gone}"
    );
    assert!(
        gone.contains(&format!("{two} is no longer related to {one}")),
        "{gone}"
    );
    assert_eq!(links(&installation, &one), [pair("duplicated", &four)]);
    assert_eq!(links(&installation, &two), [pair("parent", &three)]);
    assert!(refused(&installation, &unlink).contains("it has no link to"));
    let text = installation.run(&["ticket", "show", &one]);
    assert!(
        text.contains(&format!(
            "unlinked, parent of {two}, related to {two}, by kim"
        )),
        "{text}"
    );
    // It is no circle any more.
    link(&three, "parent", &one);
    drop(daemon);
    installation.run(&["verify"]);
}

#[test]
fn links_of_tickets_that_were_merged_closed_or_erased_say_so() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let [one, two, three, four] = opened::<4>(&installation);
    done(
        &installation,
        &["ticket", "close", &two, "--reason", "done"],
    );
    done(&installation, &["ticket", "link", &one, "parent", &two]);
    done(&installation, &["ticket", "link", &one, "related", &three]);
    done(&installation, &["ticket", "merge", &two, &four]);
    let text = installation.run(&["ticket", "show", &one]);
    assert!(
        text.contains(&format!(
            "parent of {two}, which was merged into {four}, linked by kim"
        )),
        "{text}"
    );
    let merged = refused(&installation, &["ticket", "link", &three, "child", &two]);
    assert!(
        merged.contains(&format!("{two} was merged into {four}: link that")),
        "{merged}"
    );
    let merged = refused(&installation, &["ticket", "link", &two, "child", &three]);
    assert!(
        merged.contains(&format!("it was merged into {four}: link that")),
        "{merged}"
    );
    done(&installation, &["ticket", "unmerge", &two]);
    assert!(shown(&installation, &one)["links"][0]["merged_into"].is_null());

    let erase = ["--reason", "request", "--yes"];
    done(
        &installation,
        &[&["ticket", "erase", &two][..], &erase].concat(),
    );
    installation.sql("UPDATE ticket SET changed_hour = changed_hour");
    let text = installation.run(&["ticket", "show", &one]);
    assert!(
        text.contains(&format!("parent of {two}, which was erased, linked by kim")),
        "{text}"
    );
    assert_eq!(shown(&installation, &one)["links"][0]["erased"], true);
    let erased = refused(&installation, &["ticket", "link", &one, "child", &two]);
    assert!(erased.contains(&format!("{two} was erased at")), "{erased}");
    installation.run(&["verify"]);
    done(&installation, &["ticket", "unlink", &one, &two]);
    assert_eq!(links(&installation, &one).len(), 1);
    // A parent that was erased is no ancestor of anybody.
    done(&installation, &["ticket", "link", &three, "parent", &four]);
    done(
        &installation,
        &[&["ticket", "erase", &three][..], &erase].concat(),
    );
    done(&installation, &["ticket", "link", &four, "parent", &one]);
    drop(daemon);
    installation.run(&["verify"]);
}

#[test]
fn many_links_at_once_make_no_circle() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let all = opened::<4>(&installation);
    let spawn = |at: usize| {
        let link = ["ticket", "link", &all[at], "parent", &all[(at + 1) % 4]];
        installation
            .command(&link)
            .stderr(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..4).map(spawn).collect();
    let ended = children
        .into_iter()
        .map(|mut child| child.wait().unwrap().code());
    let mut ended: Vec<_> = ended.collect();
    ended.sort_unstable();
    assert_eq!(
        ended,
        [Some(0), Some(0), Some(0), Some(1)],
        "one of them would close the circle"
    );
    installation.run(&["verify"]);
}

#[test]
fn other_teams_references_go_with_the_messages_that_carry_them() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let write = |subject: &str, id: &str, more: &str| {
        let text = format!("Our host 198.51.100.7 is attacked from 192.0.2.10: {id}.");
        let message = mail(NOC, subject, id, &format!("{PROVED}{more}"), &text);
        submit(&installation, NOC, &message);
    };
    write("[CERT-X #77] Scan", "a.1@partner.example", "");
    let ours = format!("In-Reply-To: <{}>\n", id_of(&installation.outbox()[0]));
    write("[CERT-X #88] Spam", "b.1@partner.example", &ours);
    write("[CERT-X #77] More", "c.1@partner.example", &ours);
    let [old] = references(&installation).try_into().unwrap();
    let count = |reference: &str| {
        shown(&installation, reference)["entries"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(count(&old), 3);
    let split = |number: &str| {
        let split = ["ticket", "split", &old, "--message", number];
        done(&installation, &split)
            .split(' ')
            .next()
            .unwrap()
            .to_owned()
    };

    // One that only the message carries that left goes with it.
    let spam = split("2");
    installation.run(&["verify"]);
    write("[CERT-X #88] Still", "b.2@partner.example", "");
    write("[CERT-X #77] Still", "a.2@partner.example", "");
    assert_eq!((count(&old), count(&spam)), (3, 2));

    // Where both have it, the thread says which is meant; without one, the newer.
    let more = split("2");
    let refers = |id: &str| format!("References: <x@partner.example> <{id}>\n");
    write(
        "Re: [CERT-X #77] Scan",
        "a.3@partner.example",
        &refers("a.1@partner.example"),
    );
    assert_eq!((count(&old), count(&more)), (3, 1));
    write(
        "Re: [CERT-X #77] More",
        "c.2@partner.example",
        &refers("c.1@partner.example"),
    );
    assert_eq!((count(&old), count(&more)), (3, 2));
    write("[CERT-X #77] News", "d.1@partner.example", "");
    assert_eq!((count(&old), count(&more)), (3, 3));
    assert_eq!(references(&installation).len(), 3);
    // Put together again, and taken apart by erasing one.
    done(&installation, &["ticket", "merge", &spam, &old]);
    write("[CERT-X #88] Again", "b.3@partner.example", "");
    assert_eq!((count(&old), count(&spam)), (4, 2));
    done(&installation, &["ticket", "unmerge", &spam]);
    done(
        &installation,
        &["ticket", "erase", &more, "--reason", "request", "--yes"],
    );
    write("[CERT-X #77] Last", "a.4@partner.example", "");
    assert_eq!(count(&old), 5);
    drop(daemon);
    installation.run(&["verify"]);
}

#[test]
fn an_answer_that_comes_on_the_ticket_after_a_merge_is_known_to_verify() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let [one, two] = opened::<2>(&installation);
    let file = installation.path("words.txt");
    std::fs::write(&file, "Which ports?").unwrap();
    let file = file.display().to_string();
    let letter = [
        "ticket",
        "reply",
        &two,
        "--yes",
        "--expect-answer",
        "3d",
        "--text",
        &file,
    ];
    done(&installation, &letter);
    installation.sql("UPDATE outbox SET due_at = now() WHERE purpose = 'letter'");
    crate::support::wait_for("the letter", std::time::Duration::from_secs(60), || {
        installation.outbox().len() == 3
    });
    done(&installation, &["ticket", "merge", &two, &one]);
    let answers = format!("In-Reply-To: <{}>\n", id_of(&installation.outbox()[2]));
    let from = "noc1@partner.example";
    submit(
        &installation,
        from,
        &mail(from, "Re: Scan", "r.1@partner.example", &answers, "22."),
    );
    assert_eq!(
        shown(&installation, &one)["entries"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        shown(&installation, &two)["awaited"][0]["ended"],
        "answered"
    );
    installation.run(&["verify"]);
    done(&installation, &["ticket", "unmerge", &two]);
    done(
        &installation,
        &["ticket", "erase", &one, "--reason", "request", "--yes"],
    );
    drop(daemon);
    installation.run(&["verify"]);
}

#[test]
fn a_reference_that_a_text_quotes_does_not_go_with_its_message() {
    let installation = Installation::new("");
    let daemon = installation.serve();
    let write = |subject: &str, id: &str, more: &str, text: &str| {
        let text = format!("{text}\n\nOur host 198.51.100.7 is attacked from 192.0.2.10: {id}.");
        let message = mail(NOC, subject, id, &format!("{PROVED}{more}"), &text);
        submit(&installation, NOC, &message);
    };
    let told = "Our reference: INC0012345";
    write("INC0012345 Scan", "a.1@partner.example", "", "Hello,");
    let ours = format!("In-Reply-To: <{}>\n", id_of(&installation.outbox()[0]));
    write("Spam", "b.1@partner.example", &ours, told);
    write("Worm", "c.1@partner.example", &ours, "Hello,");
    let [old] = references(&installation).try_into().unwrap();
    let count = |reference: &str| {
        let shown = shown(&installation, reference);
        shown["entries"].as_array().unwrap().len()
    };
    assert_eq!(count(&old), 3);
    let split = |number: &str| {
        let split = ["ticket", "split", &old, "--message", number];
        let said = done(&installation, &split);
        said.split(' ').next().unwrap().to_owned()
    };
    // It stays with the message that has it in its Subject.
    let spam = split("2");
    write("INC0012345 Still", "a.2@partner.example", "", "Hello,");
    assert_eq!((count(&old), count(&spam)), (3, 1));
    // And goes with it, though one that stays quotes it.
    write("More", "d.1@partner.example", &ours, told);
    assert_eq!(count(&old), 4);
    done(
        &installation,
        &["ticket", "split", &old, "--message", "1", "--message", "3"],
    );
    let new = references(&installation).pop().unwrap();
    write("INC0012345 Again", "a.3@partner.example", "", "Hello,");
    assert_eq!((count(&old), count(&new)), (2, 3));
    let left = installation.sql("SELECT count(*) FROM foreign_reference");
    assert_eq!(left.trim(), "1", "the old ticket has it no more");
    drop(daemon);
    installation.run(&["verify"]);
}
