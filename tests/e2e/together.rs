//! What people at once, damage and sealed messages do to tickets that are put together: all is done, or said of which it was not.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::acts::{opened, signed_in};
use crate::analysts::Sealing;
use crate::browser::{Answer, Curl};
use crate::console::with_console;
use crate::desk::shown;
use crate::queue::ticked;
use crate::support::{Installation, free_port, wait_for};

/// A transaction that holds something until it is dropped or told to let go.
pub struct Holding {
    child: Child,
}

impl Holding {
    /// Waits until these statements are done, if they are not to wait themselves.
    pub fn new(installation: &Installation, statements: &str, waits: bool) -> Holding {
        let mut psql = Command::new("psql");
        psql.arg(installation.cluster.url()).args(["-qAt"]);
        psql.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = psql.spawn().unwrap();
        let input = child.stdin.as_mut().unwrap();
        writeln!(input, "BEGIN;\n{statements};\n\\echo held").unwrap();
        input.flush().unwrap();
        let mut holding = Holding { child };
        if waits {
            holding.is_held();
        }
        holding
    }

    /// Waits until it holds what it asked for.
    pub fn is_held(&mut self) {
        let mut lines = BufReader::new(self.child.stdout.as_mut().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "held"));
    }

    pub fn let_go(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

/// Waits until so many backends wait for a lock.
pub fn waiting(installation: &Installation, count: usize) {
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    wait_for("somebody who waits", Duration::from_secs(60), || {
        installation.sql(waiting).trim() == count.to_string()
    });
}

fn tag(installation: &Installation, serial: &str, words: &[&str]) {
    installation.run(&[&["ticket", "tag", serial], words].concat());
}

fn merge(installation: &Installation, serial: &str, into: &str) -> String {
    installation.run(&["ticket", "merge", serial, into])
}

/// Does something with these tickets as this page shows them; the page that follows.
fn many(alice: &Curl, page: &Answer, deed: &str, chosen: &[&str], into: &str) -> String {
    let word = page.word();
    let chosen = chosen.iter().map(|serial| ticked(&page.body, serial));
    let chosen: Vec<String> = chosen.collect();
    let mut pairs = vec![
        ("word", word.as_str()),
        ("q", ""),
        ("do", deed),
        ("into", into),
    ];
    pairs.extend(chosen.iter().map(|one| ("t", one.as_str())));
    let done = alice.post("/q/CSIRT/do", &pairs);
    assert_eq!(done.status, 303, "{}{}", done.head, done.body);
    alice.get(done.field("Location").unwrap()).body
}

#[test]
fn a_merged_word_becomes_the_tickets_own_when_somebody_puts_it_there() {
    let (installation, _daemon, port) = with_console();
    let [one, two] = ["1", "2"].map(|id| opened(&installation, &format!("o.{id}@partner.example")));
    tag(&installation, &one, &["wave", "bank"]);
    merge(&installation, &one, &two);
    tag(&installation, &two, &["wave"]);
    let again = installation.output(&["ticket", "tag", &two, "wave"]);
    assert_eq!(again.status.code(), Some(1), "it is its own already");
    let text = installation.run(&["ticket", "show", &two]);
    assert!(text.contains("tagged, =wave, by "), "{text}");
    // In a crowd nobody sees a difference, and nothing is there to be undone.
    let alice = signed_in(&installation, port, "alice", "analyst");
    let word = alice.get("/q/CSIRT").word();
    let queue = alice.get("/q/CSIRT?q=").body;
    let chosen = ticked(&queue, &two);
    let pairs = [
        ("word", word.as_str()),
        ("q", ""),
        ("do", "tag"),
        ("tags", "bank"),
        ("t", &chosen),
    ];
    let done = alice.post("/q/CSIRT/do", &pairs);
    let page = alice.get(done.field("Location").unwrap()).body;
    assert!(
        page.contains("it is so already") && !page.contains("id=\"undo\""),
        "{page}"
    );
    installation.run(&["ticket", "unmerge", &one]);
    assert_eq!(shown(&installation, &two)["tags"], json!(["bank", "wave"]));
    installation.run(&["ticket", "untag", &two, "bank"]);
    installation.run(&["verify"]);
}

#[test]
fn words_of_a_ticket_in_clear_come_to_none_that_is_sealed_to_analysts() {
    let port = free_port();
    let sealing = Sealing::with(&format!("[console]\naddress = \"127.0.0.1:{port}\"\n"));
    let installation = &sealing.installation;
    let analysts = std::fs::read_to_string(installation.path("conf.d/test.toml")).unwrap();
    std::fs::write(installation.path("conf.d/test.toml"), "").unwrap();
    let daemon = installation.serve();
    let [one, two] = ["1", "2"].map(|id| opened(installation, &format!("p.{id}@partner.example")));
    tag(installation, &one, &["bank"]);
    drop(daemon);
    std::fs::write(installation.path("conf.d/test.toml"), analysts).unwrap();
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    let sealed = opened(installation, "p.3@partner.example");
    let said = merge(installation, &one, &sealed);
    assert!(
        said.contains("1 of its tags stay where they are: a message of the other is sealed"),
        "{said}"
    );
    assert_eq!(shown(installation, &sealed)["tags"], json!([]));
    assert_eq!(shown(installation, &one)["tags"], json!(["bank"]));
    // The same for one in clear that a sealed one was merged into.
    installation.run(&["ticket", "unmerge", &one]);
    // Of many the page says whose tags stayed, and why; undone it is as before.
    let alice = signed_in(installation, port, "alice", "analyst");
    let queue = alice.get("/q/CSIRT?q=");
    let page = many(&alice, &queue, "merge", &[&one, &two], &sealed);
    let stay = format!("its tags would not be: CSIRT#{one}</p>");
    assert!(
        page.contains(&stay) && page.contains("id=\"undo\""),
        "{page}"
    );
    installation.run(&["ticket", "unmerge", &one]);
    installation.run(&["ticket", "unmerge", &two]);
    merge(installation, &sealed, &two);
    merge(installation, &one, &two);
    assert_eq!(shown(installation, &two)["tags"], json!([]));
    let refused = installation.output(&["ticket", "tag", &two, "wave"]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("its tags would not be"), "{said}");
    installation.run(&["verify"]);
}

#[test]
fn what_takes_too_long_with_one_of_many_is_named_and_the_others_are_done() {
    let (installation, _daemon, port) = with_console();
    let mut serials =
        ["1", "2"].map(|id| opened(&installation, &format!("s.{id}@partner.example")));
    serials.sort();
    let [one, two] = serials.each_ref().map(String::as_str);
    let alice = signed_in(&installation, port, "alice", "analyst");
    let queue = alice.get("/q/CSIRT?q=");
    let row = format!("SELECT 1 FROM ticket WHERE serial = {one} FOR UPDATE");
    let holding = Holding::new(&installation, &row, true);
    let page = std::thread::scope(|scope| {
        let page = scope.spawn(|| many(&alice, &queue, "resolve", &[one, two], ""));
        waiting(&installation, 1);
        // As the server itself does after its time (57014).
        installation.sql(
            "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'",
        );
        page.join().unwrap()
    });
    holding.let_go();
    for words in [
        format!("Resolved: CSIRT#{two}<"),
        format!("CSIRT#{one} (new, nobody): it took too long"),
    ] {
        assert!(page.contains(&words), "{words}: {page}");
    }
}

#[test]
fn of_many_that_are_merged_the_page_says_whose_tags_had_no_room() {
    let (installation, _daemon, port) = with_console();
    let [one, two, heir] =
        ["1", "2", "3"].map(|id| opened(&installation, &format!("f.{id}@partner.example")));
    let words: Vec<String> = (0..20).map(|number| format!("word-{number}x")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    tag(&installation, &heir, &words);
    tag(&installation, &one, &["bank"]);
    let alice = signed_in(&installation, port, "alice", "analyst");
    let queue = alice.get("/q/CSIRT?q=");
    let page = many(&alice, &queue, "merge", &[&one, &two], &heir);
    let stay = format!("there was no room for them: CSIRT#{one}</p>");
    assert!(page.contains(&stay), "{page}");
    installation.run(&["verify"]);
}

#[test]
fn what_can_not_be_opened_keeps_no_ticket_from_being_merged() {
    let (installation, _daemon, port) = with_console();
    let serials = ["1", "2", "3", "4"];
    let serials = serials.map(|id| opened(&installation, &format!("d.{id}@partner.example")));
    let [one, two, three, heir] = serials.each_ref().map(String::as_str);
    tag(&installation, one, &["bank"]);
    tag(&installation, two, &["wave"]);
    installation.sql(&format!(
        "UPDATE ticket_event SET detail = set_byte(detail, 40, get_byte(detail, 40) # 1)
         WHERE action = 'tagged' AND ticket = (SELECT id FROM ticket WHERE serial = {two})"
    ));
    let alice = signed_in(&installation, port, "alice", "analyst");
    let queue = alice.get("/q/CSIRT?q=");
    let page = many(&alice, &queue, "merge", &[one, two, three], heir);
    assert!(
        page.contains(&format!("Merged into CSIRT#{heir}:")),
        "{page}"
    );
    let stay = format!("stay on these alone; please tell the administrator: CSIRT#{two}</p>");
    assert!(page.contains(&stay), "{page}");
    let merged = format!("SELECT count(*) FROM ticket WHERE merged_into = {heir}");
    assert_eq!(installation.sql(&merged).trim(), "3");
    let tags = &installation.json(&["ticket", "list", "--json", "--tag", "bank"]);
    assert!(
        tags.iter()
            .any(|line| line["reference"] == format!("CSIRT#{heir}")),
        "{tags:?}"
    );
    installation.run(&["ticket", "unmerge", two]);
    assert_eq!(installation.sql(&merged).trim(), "2");
}

#[test]
fn what_a_colleague_takes_while_many_are_merged_is_left_and_named() {
    let (installation, _daemon, port) = with_console();
    let mut serials =
        ["1", "2", "3", "4"].map(|id| opened(&installation, &format!("r.{id}@partner.example")));
    serials.sort();
    let [one, two, three, heir] = serials.each_ref().map(String::as_str);
    let alice = signed_in(&installation, port, "alice", "analyst");
    let bob = |arguments: &[&str]| {
        let mut command = installation.command(arguments);
        assert!(
            command
                .env("PILLARBOX_ACTOR", "bob")
                .status()
                .unwrap()
                .success()
        );
    };
    let race = |hold: &str, (chosen, into): (&[&str], &str), taken: &str| {
        let queue = alice.get("/q/CSIRT?q=");
        let holding = Holding::new(&installation, hold, true);
        std::thread::scope(|scope| {
            let page = scope.spawn(|| many(&alice, &queue, "merge", chosen, into));
            // The first is about to be merged when a colleague takes one that is to follow.
            waiting(&installation, 1);
            bob(&["ticket", "claim", taken]);
            holding.let_go();
            page.join().unwrap()
        })
    };
    let row = format!("SELECT 1 FROM ticket WHERE serial = {one} FOR UPDATE");
    let page = race(&row, (&[one, two, three], heir), three);
    assert!(
        page.contains(&format!(
            "Merged into CSIRT#{heir}: CSIRT#{one}, CSIRT#{two}"
        )),
        "{page}"
    );
    assert!(
        page.contains(&format!("CSIRT#{three} (new, bob): changed meanwhile")),
        "{page}"
    );
    let into = |serial: &str| {
        installation.sql(&format!(
            "SELECT merged_into FROM ticket WHERE serial = {serial}"
        ))
    };
    assert_eq!(into(three).trim(), "0");
    for serial in [one, two] {
        installation.run(&["ticket", "unmerge", serial]);
    }
    // Into one that was chosen itself, and is another's by now: nothing is merged, and each is named.
    let words = "LOCK TABLE ticket_event IN ACCESS EXCLUSIVE MODE";
    let page = race(words, (&[heir, one, two], ""), heir);
    for serial in [one, two] {
        assert!(
            page.contains(&format!(
                "CSIRT#{serial} (new, nobody): the ticket that goes on changed meanwhile"
            )),
            "{page}"
        );
        assert_eq!(into(serial).trim(), "0");
    }
    installation.run(&["verify"]);
}
