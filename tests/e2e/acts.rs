//! Analysts at work in the console: what the forms of a ticket's page do, and for whom they do nothing.

use std::time::Duration;

use serde_json::json;

use crate::analysts::Sealing;
use crate::browser::{Answer, Chromium, Curl, Login};
use crate::console::{submit, with_console};
use crate::desk::{encrypted_report, left, shown};
use crate::gnupg::{Gnupg, armored_message};
use crate::mail::{TEAM, field, id_of, mail, text_of};
use crate::support::{Installation, free_port, send, wait_for};

const NOC: &str = "noc@partner.example";
const ATTACK: &str = "Our host 198.51.100.7 is attacked from 192.0.2.10.";

/// Somebody who is signed in.
pub fn signed_in(installation: &Installation, port: u16, name: &str, role: &str) -> Curl {
    let (login, curl) = (
        Login::new(installation, name, role),
        Curl::new(installation, port),
    );
    let entered = curl.sign_in(name, login.password, &login.code());
    assert_eq!(entered.status, 303, "{}", entered.body);
    curl
}

/// A report in clear; the number of its ticket.
pub fn opened(installation: &Installation, id: &str) -> String {
    submit(installation, &mail(NOC, "Scan", id, "", ATTACK))
}

/// Sends a form of a ticket's page, with the word of that page.
pub fn act(curl: &Curl, serial: &str, form: &str, pairs: &[(&str, &str)]) -> Answer {
    let word = curl.get(&format!("/t/{serial}")).word();
    let pairs = [&[("word", word.as_str())], pairs].concat();
    curl.post(&format!("/t/{serial}/{form}"), &pairs)
}

/// It was done, and the ticket's page says so in these words.
pub fn done(curl: &Curl, answer: &Answer, words: &str) -> String {
    assert_eq!(answer.status, 303, "{}{}", answer.head, answer.body);
    let page = curl.get(answer.field("Location").unwrap()).body;
    assert!(page.contains(words), "no {words:?} in {page}");
    page
}

/// It was not done, and the page says why.
pub fn refused(answer: &Answer, words: &str) {
    assert_eq!(answer.status, 409, "{}{}", answer.head, answer.body);
    assert!(
        answer.body.contains("role=\"alert\"") && answer.body.contains(words),
        "no {words:?} in {}",
        answer.body
    );
}

#[test]
fn of_two_who_claim_one_gets_it_and_the_other_reads_who_has_it() {
    let (installation, _daemon, port) = with_console();
    let serial = opened(&installation, "a.1@partner.example");
    let alice = signed_in(&installation, port, "alice", "analyst");
    let bob = signed_in(&installation, port, "bob", "analyst");
    // Both see that nobody has it.
    let claims = [&alice, &bob].map(|who| {
        let page = who.get(&format!("/t/{serial}"));
        assert!(page.body.contains("<b>nobody</b>"), "{}", page.body);
        page.word()
    });
    let claim = |who: &Curl, word: &str, seen: &str| {
        who.post(
            &format!("/t/{serial}/claim"),
            &[("word", word), ("seen", seen)],
        )
    };
    done(
        &alice,
        &claim(&alice, &claims[0], ""),
        "The ticket is yours.",
    );
    refused(
        &claim(&bob, &claims[1], ""),
        "alice (console) has it since 20",
    );
    let release = act(&bob, &serial, "release", &[]);
    refused(&release, "alice (console) has it since");
    // Who saw that she has it may take it over, once.
    done(
        &bob,
        &claim(&bob, &claims[1], "alice (console)"),
        "The ticket is yours.",
    );
    let given = [("seen", "bob (console)"), ("to", "alice")];
    let unknown = [("seen", "bob (console)"), ("to", "mallory")];
    refused(&act(&alice, &serial, "assign", &unknown), "no such analyst");
    let page = done(
        &alice,
        &act(&alice, &serial, "assign", &given),
        "The ticket is assigned.",
    );
    assert!(page.contains("<bdi>alice (console)</bdi>"), "{page}");
    done(
        &alice,
        &act(&alice, &serial, "release", &[]),
        "Nobody has the ticket now.",
    );
    let trail = installation.sql("SELECT actor || ' ' || action || ' ' || detail FROM audit WHERE detail LIKE 'owner=%' ORDER BY number");
    assert_eq!(
        trail,
        "alice (console) claimed owner=alice (console)\nbob (console) claimed owner=bob (console)\n\
         alice (console) claimed owner=alice (console)\nalice (console) released owner=\n"
    );
    installation.run(&["verify"]);
}

#[test]
fn states_and_notes_are_kept_with_who_and_why() {
    let (installation, _daemon, port) = with_console();
    let serial = opened(&installation, "b.1@partner.example");
    let alice = signed_in(&installation, port, "alice", "analyst");
    let status = |state: &str, seen: &str, reason: &str, until: &str| {
        let pairs = [
            ("seen", seen),
            ("state", state),
            ("reason", reason),
            ("until", until),
        ];
        act(&alice, &serial, "status", &pairs)
    };
    done(
        &alice,
        &status("waiting", "new", "", "2099-01-31"),
        "The state is changed.",
    );
    let due = installation.sql("SELECT state, answer_due AT TIME ZONE 'UTC' FROM ticket");
    assert!(due.starts_with("waiting|2099-01-3"), "{due}");
    refused(
        &status("waiting", "waiting", "", "2001-01-31"),
        "still to come",
    );
    refused(&status("rejected", "waiting", " ", ""), "say why");
    refused(
        &status("open", "new", "late <b>", ""),
        "changed it meanwhile: it is waiting",
    );
    done(
        &alice,
        &status("rejected", "waiting", "zebra-7741 is <b>ours</b>", ""),
        "zebra-7741 is &#60;b&#62;ours",
    );
    refused(&act(&alice, &serial, "claim", &[]), "reopen it first");
    done(
        &alice,
        &status("open", "rejected", "", ""),
        "The state is changed.",
    );
    let note = "line one\r\nturned\u{202e}\u{7} https://evil.example/ <script>pwned=1</script>";
    let page = done(
        &alice,
        &act(&alice, &serial, "note", &[("text", note)]),
        "The note is kept.",
    );
    assert!(
        page.contains("line one\nturned␦␦ hxxps://evil.example/ &#60;script&#62;"),
        "{page}"
    );
    refused(
        &act(&alice, &serial, "note", &[("text", " \r\n ")]),
        "no words",
    );
    let long = "é".repeat(30_000);
    done(
        &alice,
        &act(&alice, &serial, "note", &[("text", &long)]),
        "The note is kept.",
    );
    let dump = installation.sql("SELECT string_agg(t::text, ' ') FROM ticket_event t");
    assert!(!dump.contains("zebra"), "{dump}");
    installation.run(&["verify"]);
}

#[test]
fn forms_of_others_come_to_nothing() {
    let (installation, _daemon, port) = with_console();
    let serial = opened(&installation, "c.1@partner.example");
    let foreign = opened(&installation, "c.2@partner.example");
    installation.sql(&format!(
        "UPDATE ticket SET team = 'OTHER' WHERE serial = {foreign}"
    ));
    let alice = signed_in(&installation, port, "alice", "analyst");
    let bob = signed_in(&installation, port, "bob", "reader");
    let own = format!("Origin: https://localhost:{port}");
    let [word, other] = [&alice, &bob].map(|who| who.get("/q/CSIRT").word());
    for form in FORMS {
        let place = format!("/t/{serial}/{form}");
        for (word, fields) in [
            (None, vec!["-H", own.as_str()]),
            (Some(other.as_str()), vec!["-H", &own]),
            (Some(&word), vec![]),
            (Some(&word), vec!["-H", "Origin: https://evil.example"]),
        ] {
            let pairs: Vec<(&str, &str)> = word.iter().map(|word| ("word", *word)).collect();
            let pairs = [&pairs[..], &[("text", "x")]].concat();
            let answer = alice.post_from(&place, &pairs, &fields);
            assert_eq!(answer.status, 403, "{place} {fields:?}");
        }
        assert_eq!(bob.post(&place, &[("word", &other)]).status, 403, "{place}");
        for serial in [foreign.as_str(), "999999", "abc", "-1", "%00"] {
            let place = format!("/t/{serial}/{form}");
            let answer = alice.post(&place, &[("word", &word)]);
            assert!(
                matches!(answer.status, 404 | 400),
                "{place}: {}",
                answer.status
            );
        }
    }
    // A real ticket of another team's is nowhere: no page of it, no message, no part, no letter, and not among many.
    for place in [
        "",
        "?all=1",
        "?m=1&n=1",
        "?form=merged",
        "/raw/1",
        "/raw/1?x=1",
        "/part/1/0",
        "/part/1/1",
        "/reply",
    ] {
        let (theirs, ours) = (
            format!("/t/{foreign}{place}"),
            format!("/t/{serial}{place}"),
        );
        let answer = alice.get(&theirs);
        assert_eq!(answer.status, 404, "{theirs}");
        assert_eq!(answer.body, alice.get("/t/999999").body, "{theirs}");
        assert!(
            !place.is_empty() || alice.get(&ours).status == 200,
            "{ours}"
        );
    }
    let listed = alice.get("/q/CSIRT?q=").body;
    let version = listed
        .split(&format!("name=\"t\" value=\"{serial}-"))
        .nth(1);
    let version = version.unwrap().split('"').next().unwrap();
    assert!(!listed.contains(&foreign), "{listed}");
    let row = format!("SELECT row_to_json(t) FROM ticket t WHERE serial = {foreign}");
    let before = installation.sql(&row);
    for (deed, more) in [
        ("claim", None),
        ("release", None),
        ("open", None),
        ("assign", Some(("to", "alice"))),
        ("resolve", None),
        ("reject", Some(("reason", "x"))),
        ("reopen", None),
        ("tag", Some(("tags", "wave"))),
        ("untag", Some(("tags", "wave"))),
        ("merge", Some(("into", serial.as_str()))),
        ("unmerge", None),
    ] {
        for version in [version, "0"] {
            let ticket = format!("{foreign}-{version}");
            let mut pairs = vec![("word", word.as_str()), ("do", deed), ("t", &ticket)];
            pairs.extend(more);
            let answer = alice.post("/q/CSIRT/do", &pairs);
            let told = answer
                .field("Location")
                .map_or_else(String::new, |place| alice.get(place).body);
            assert!(!told.contains("partner.example\">"), "{deed}: {told}");
            assert_eq!(alice.post("/q/OTHER/do", &pairs).status, 404, "{deed}");
        }
    }
    // Nor is anything put into it, or linked to it, from a ticket of ours.
    for form in ["merge", "link"] {
        let answer = act(
            &alice,
            &serial,
            form,
            &[("other", &foreign), ("kind", "duplicate")],
        );
        assert!(
            matches!(answer.status, 404 | 409),
            "{form}: {}",
            answer.status
        );
    }
    assert_eq!(installation.sql(&row), before);
    let page = bob.get(&format!("/t/{serial}")).body;
    assert!(
        !page.contains(&format!("action=\"/t/{serial}")),
        "a reader is shown forms: {page}"
    );
    let nobody = Curl::new(&installation, port);
    let sent = nobody.post(&format!("/t/{serial}/claim"), &[("word", &word)]);
    assert_eq!(
        (sent.status, sent.field("Location")),
        (303, Some(&*format!("/sign-in?next=%2Ft%2F{serial}")))
    );
    let done = installation.sql("SELECT count(*) FROM audit WHERE actor LIKE '%(console)' AND action NOT IN ('listed', 'read', 'signed-in', 'searched')");
    assert_eq!(done.trim(), "0");
}

/// Every form of a ticket's page.
const FORMS: &[&str] = &[
    "claim",
    "release",
    "assign",
    "status",
    "note",
    "reply",
    "undo",
    "merge",
    "unmerge",
    "split",
    "link",
    "unlink",
    "retry",
    "correct",
    "back",
    "belonging",
    "tag",
    "untag",
];

/// What the page showed of the recipients, as its form says it back.
pub fn seen(page: &str) -> String {
    let rest = page.split("name=\"seen\" value=\"").nth(1);
    let rest = rest.unwrap_or_else(|| panic!("nothing shown in {page}"));
    rest.split('"').next().unwrap().to_owned()
}

/// Of the partner's certificate, as GnuPG says it.
fn fingerprint(gnupg: &Gnupg) -> String {
    let listed = gnupg.run(&["--with-colons", "--list-keys", NOC], b"");
    let listed = String::from_utf8(listed).unwrap();
    let line = listed.lines().find(|line| line.starts_with("fpr:"));
    line.unwrap().split(':').nth(9).unwrap().to_owned()
}

/// With the id of a form that was just opened.
pub fn write(curl: &Curl, serial: &str, pairs: &[(&str, &str)]) -> Answer {
    let form = curl.get(&format!("/t/{serial}/reply")).body;
    let once = hidden(&form, "once").unwrap();
    act(curl, serial, "reply", &[pairs, &[("once", &once)]].concat())
}

/// The first hidden field of this name.
pub fn hidden(page: &str, name: &str) -> Option<String> {
    let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1)?;
    rest.split('"').next().map(str::to_owned)
}

/// Takes the first letter back of which the ticket's page says that it can be.
pub fn undo(curl: &Curl, serial: &str) -> Answer {
    let page = curl.get(&format!("/t/{serial}")).body;
    let letter = hidden(&page, "letter").unwrap_or_default();
    act(curl, serial, "undo", &[("letter", &letter)])
}

#[test]
fn a_letter_is_looked_at_sent_taken_back_and_opened_by_gnupg() {
    let (installation, _daemon, port) = with_console();
    let (gnupg, reference) = encrypted_report(&installation);
    let serial = reference.split('#').nth(1).unwrap();
    let alice = signed_in(&installation, port, "alice", "analyst");
    let place = format!("/t/{serial}/reply");
    let page = alice.get(&place).body;
    let fingerprint: Vec<char> = fingerprint(&gnupg).chars().collect();
    let groups: Vec<String> = fingerprint.chunks(4).map(String::from_iter).collect();
    for words in [
        "value=\"noc@partner.example\"",
        "will be encrypted",
        &groups.join(" "),
        "Re: Ministry breached",
    ] {
        assert!(page.contains(words), "no {words:?} in {page}");
    }
    let to_noc = seen(&page);
    let letter = |seen: &str, more: &[(&str, &str)]| {
        let pairs = [
            ("to", NOC),
            ("text", "Which ports?\r\n.\r\nThanks"),
            ("until", "2099-12-31"),
            ("tlp", "AMBER"),
            ("act", "send"),
            ("seen", seen),
        ];
        write(&alice, serial, &[more, &pairs[..]].concat())
    };
    refused(&letter("", &[]), "not as the page showed");
    // To somebody else, too, in clear: that is shown first, and not done then.
    let both = format!("{NOC}, abuse@isp.example");
    let look = write(&alice, serial, &[("to", &both), ("act", "look")]);
    assert_eq!(look.status, 200);
    assert!(
        look.body.contains("in clear, signed") && !look.body.contains("name=\"clear\""),
        "{}",
        look.body
    );
    let both = [
        ("to", both.as_str()),
        ("text", "x"),
        ("act", "send"),
        ("clear", "1"),
        ("seen", &seen(&look.body)),
    ];
    refused(&write(&alice, serial, &both), "may not leave in clear");
    let lead = signed_in(&installation, port, "lea", "lead");
    let look = write(&lead, serial, &both[..3]);
    assert!(look.body.contains("name=\"clear\""), "{}", look.body);
    assert_eq!(
        installation
            .sql("SELECT count(*) FROM outbox WHERE purpose = 'letter'")
            .trim(),
        "0"
    );

    // Taken back: nothing of it leaves, and the ticket is as it was.
    let page = done(&alice, &letter(&to_noc, &[]), "The letter leaves in ");
    assert!(
        page.contains(&format!("action=\"/t/{serial}/undo\"")),
        "{page}"
    );
    let page = done(&alice, &undo(&alice, serial), "The letter is taken back");
    assert!(!page.contains("leaves in"), "{page}");
    refused(&undo(&alice, serial), "no letter");
    let back = shown(&installation, &reference);
    assert_eq!(back["state"], "new", "{back}");

    done(&alice, &letter(&to_noc, &[]), "The letter is queued.");
    let sent = left(&installation, 1, 1).remove(0);
    assert_eq!(field(&sent, "To").unwrap(), NOC);
    assert_eq!(field(&sent, "Subject").unwrap(), format!("[{reference}]"));
    let (inside, status) = gnupg.decrypt(&armored_message(&sent));
    assert!(status.contains("GOODSIG"), "{status}");
    let text = text_of(&inside);
    assert!(
        text.contains("TLP:AMBER\r\n") && text.contains("Which ports?\r\n.\r\nThanks\r\n"),
        "{text}"
    );
    let waiting = shown(&installation, &reference);
    assert_eq!(
        (&waiting["state"], &waiting["awaited"][1]["from"]),
        (&"waiting".into(), &NOC.into())
    );
    refused(&undo(&alice, serial), "no letter");
    let by =
        installation.sql("SELECT DISTINCT actor FROM audit WHERE action IN ('sent', 'unsent')");
    assert_eq!(by.trim(), "alice (console)");
    // Who may say so sends in clear, with the tag alone outside.
    done(
        &lead,
        &write(
            &lead,
            serial,
            &[&both[..4], &[("seen", &seen(&look.body))]].concat(),
        ),
        "queued",
    );
    let sent = left(&installation, 2, 2);
    assert!(sent.iter().any(|sent| sent.contains("abuse@isp.example")));
    assert!(!sent.iter().any(|sent| sent.contains("Ministry")));
    installation.run(&["verify"]);
}

#[test]
fn a_letter_leaves_encrypted_from_a_ticket_that_the_console_can_not_read() {
    let port = free_port();
    let sealing = Sealing::with(&format!("[console]\naddress = \"127.0.0.1:{port}\"\n"));
    let installation = &sealing.installation;
    let mut daemon = installation.serve();
    installation.wait_for_port(&mut daemon, port);
    let serial = opened(installation, "s.1@partner.example");
    let partner = Gnupg::new();
    partner.make_key(&format!("Partner NOC <{NOC}>"));
    partner.import(&installation.run(&["keys", "export"]));
    let file = installation.path("noc.asc");
    std::fs::write(&file, partner.export(NOC)).unwrap();
    installation.run(&["keys", "import", file.to_str().unwrap()]);
    let print = fingerprint(&partner);
    installation.run(&["keys", "trust", &print, "--address", NOC]);
    let alice = signed_in(installation, port, "alice", "analyst");
    let page = alice.get(&format!("/t/{serial}/reply")).body;
    assert!(
        page.contains("sealed to analysts") && page.contains("name=\"to\" value=\"\""),
        "{page}"
    );
    let clear = [("to", "abuse@isp.example"), ("text", "x"), ("act", "send")];
    let look = write(&alice, &serial, &clear[..2]);
    let looked = seen(&look.body);
    refused(
        &write(
            &alice,
            &serial,
            &[&clear[..], &[("seen", &looked)]].concat(),
        ),
        "may not leave in clear",
    );
    let letter = [("to", NOC), ("text", "zebra-7741"), ("act", "send")];
    let look = write(&alice, &serial, &letter[..2]);
    let looked = seen(&look.body);
    done(
        &alice,
        &write(
            &alice,
            &serial,
            &[&letter[..], &[("seen", &looked)]].concat(),
        ),
        "The letter leaves in ",
    );
    let sent = left(installation, 1, 1).remove(0);
    let (inside, status) = partner.decrypt(&armored_message(&sent));
    assert!(
        status.contains("GOODSIG") && text_of(&inside).contains("zebra-7741"),
        "{status}"
    );
    let page = alice.get(&format!("/t/{serial}")).body;
    assert!(!page.contains("zebra-7741"), "{page}");
    installation.run(&["verify"]);
}

#[test]
fn tickets_are_merged_linked_and_split_and_that_is_undone() {
    let (installation, _daemon, port) = with_console();
    let first = opened(&installation, "m.1@partner.example");
    let token = id_of(&installation.outbox()[0]);
    let other = "A worm spreads from 192.0.2.77.";
    let second = submit(
        &installation,
        &mail(NOC, "Worm", "m.2@partner.example", "", other),
    );
    let alice = signed_in(&installation, port, "alice", "analyst");
    let on = |serial: &str, form: &str, pairs: &[(&str, &str)]| act(&alice, serial, form, pairs);
    refused(
        &on(&second, "merge", &[("other", "999999")]),
        "no such ticket",
    );
    refused(&on(&second, "merge", &[("other", "<b>")]), "no such ticket");
    refused(&on(&second, "merge", &[("other", &second)]), "into itself");
    let reference = format!("CSIRT#{first}");
    let page = done(
        &alice,
        &on(&second, "merge", &[("other", &reference)]),
        "The ticket is merged.",
    );
    assert!(
        page.contains(&format!("merged into <a href=\"/t/{first}\">")),
        "{page}"
    );
    done(&alice, &on(&second, "unmerge", &[]), "The merge is undone");
    refused(&on(&second, "unmerge", &[]), "not merged");

    let link = [("kind", "duplicate"), ("other", first.as_str())];
    let page = done(
        &alice,
        &on(&second, "link", &link),
        "The tickets are linked.",
    );
    assert!(
        page.contains("duplicate of <a href") && page.contains("(alice (console), 20"),
        "{page}"
    );
    refused(&on(&second, "link", &link), "already");
    refused(
        &on(&second, "link", &[("kind", "x"), ("other", &first)]),
        "no such link",
    );
    let there = alice.get(&format!("/t/{first}")).body;
    assert!(there.contains("duplicated by <a href"), "{there}");
    done(
        &alice,
        &on(&first, "unlink", &[("other", &second)]),
        "no longer linked",
    );
    refused(&on(&first, "unlink", &[("other", &second)]), "no link");

    // A reply joins by the token of our acknowledgement, and is split off again.
    let more = mail(
        NOC,
        "Re: Scan",
        "m.3@partner.example",
        &format!("In-Reply-To: <{token}>\n"),
        "Another matter.",
    );
    let reply = send(installation.ports.smtp, NOC, TEAM, &more);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    refused(
        &on(&first, "split", &[("messages", "x")]),
        "by their numbers",
    );
    refused(&on(&first, "split", &[("messages", "7")]), "no message 7");
    let page = done(
        &alice,
        &on(&first, "split", &[("messages", "2")]),
        "This is the new ticket.",
    );
    assert!(
        page.contains("Another matter.")
            && page.contains(&format!("split off <a href=\"/t/{first}\">")),
        "{page}"
    );
    let by = installation.sql("SELECT DISTINCT actor FROM audit WHERE action IN ('merged', 'unmerged', 'linked', 'unlinked', 'split', 'split-off', 'took-over', 'gave-back')");
    assert_eq!(by.trim(), "alice (console)");
    installation.run(&["verify"]);
}

#[test]
fn suppressed_mail_is_looked_at_and_promoted() {
    let (installation, _daemon, port) = with_console();
    let away = mail(
        NOC,
        "Away <script>pwned=1</script>",
        "q.1@partner.example",
        "Auto-Submitted: auto-replied\n",
        "I am at the sea.\u{202e}",
    );
    let reply = send(installation.ports.smtp, NOC, TEAM, &away);
    assert!(reply.starts_with("250"), "{reply}");
    installation.settle();
    assert_eq!(installation.tickets().len(), 0);
    let alice = signed_in(&installation, port, "alice", "analyst");
    let bob = signed_in(&installation, port, "bob", "reader");
    let list = bob.get("/quarantine").body;
    assert!(list.contains("<p id=\"count\">Messages: 1</p>"), "{list}");
    assert!(
        list.contains("Away &#60;script&#62;") && list.contains("auto"),
        "{list}"
    );
    assert!(
        !list.contains("/promote"),
        "a reader is shown forms: {list}"
    );
    let place = list.split("href=\"/quarantine/").nth(1).unwrap();
    let place = format!("/quarantine/{}", place.split('"').next().unwrap());
    let shown = bob.get(&place).body;
    assert!(shown.contains("I am at the sea.␦"), "{shown}");
    // Pages go on where one ends: 200 of 203, then three; nothing came before the last.
    let id = place.rsplit('/').next().unwrap();
    let key = format!("SELECT case_id FROM entry WHERE id = '{id}'");
    installation.sql(&format!(
        "INSERT INTO entry (id, case_id, kind, rule, was_encrypted, received_hour, size_bucket, raw, summary, reading)
         SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, ({key}), 'list', 'x', false, now(), 3, '', '', '' FROM generate_series(1, 202) n"
    ));
    let first = bob.get("/quarantine").body;
    assert!(
        first.contains("Messages: 203 (200 on this page)"),
        "{first}"
    );
    let next = first.split("href=\"/quarantine?before=").nth(1).unwrap();
    let next = next.split('"').next().unwrap();
    let second = bob.get(&format!("/quarantine?before={next}")).body;
    assert_eq!(second.matches("<th scope=\"row\"").count(), 3, "{second}");
    assert!(
        second.contains("Messages: 203 (3 on this page)") && !second.contains("before="),
        "{second}"
    );
    installation.sql("DELETE FROM entry WHERE rule = 'x'");
    let promote = format!("{place}/promote");
    let word = bob.get(&place).word();
    assert_eq!(bob.post(&promote, &[("word", &word)]).status, 403);
    let word = alice.get(&place).word();
    assert_eq!(alice.post(&promote, &[("x", "")]).status, 403);
    let unknown = "/quarantine/01927f3e-0000-7000-8000-000000000000";
    for other in [unknown.to_owned(), "/quarantine/x".to_owned()] {
        assert_eq!(alice.get(&other).status, 404);
        for form in ["promote", "retry"] {
            let sent = alice.post(&format!("{other}/{form}"), &[("word", &word)]);
            assert_eq!(sent.status, 404, "{other}/{form}");
        }
    }
    let sent = alice.post(&promote, &[("word", &word)]);
    let page = done(&alice, &sent, "The mail is a ticket now.");
    assert!(page.contains("I am at the sea."), "{page}");
    assert_eq!(alice.post(&promote, &[("word", &word)]).status, 404, "once");
    let by = installation.sql("SELECT actor FROM audit WHERE action = 'promoted'");
    assert_eq!(by.trim(), "alice (console)");
    installation.run(&["verify"]);
}

/// Somebody at the console with Chromium.
struct Desk {
    chromium: Chromium,
    own: String,
}

impl Desk {
    fn new(installation: &Installation, port: u16, name: &str) -> Desk {
        let login = Login::new(installation, name, "lead");
        let desk = Desk {
            chromium: Chromium::new(),
            own: format!("https://localhost:{port}"),
        };
        desk.open("/");
        desk.chromium.write("#name", name);
        desk.chromium.write("#password", login.password);
        desk.chromium.write("#code", &login.code());
        desk.press("button.main", "Queue");
        desk
    }

    fn open(&self, place: &str) {
        self.chromium.open(&format!("{}{place}", self.own));
    }

    /// Clicks, and waits until these words are on the page.
    fn press(&self, selector: &str, words: &str) {
        self.chromium.click(selector);
        wait_for(words, Duration::from_secs(60), || self.reads(words));
    }

    fn reads(&self, words: &str) -> bool {
        let text = self.chromium.ask_page("return document.body.innerText");
        text.as_str().is_some_and(|text| text.contains(words))
    }

    /// A picture of the page as it is, in the dark, and on a telephone; it fits there.
    fn pictures(&self, name: &str) {
        self.chromium.picture(name);
        let scheme = |scheme: &str| {
            let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            self.chromium
                .emulate("Emulation.setEmulatedMedia", &features);
        };
        scheme("dark");
        self.chromium.picture(&format!("{name}-dark"));
        scheme("light");
        let narrow = json!({"width": 360, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        self.chromium
            .emulate("Emulation.setDeviceMetricsOverride", &narrow);
        self.chromium.picture(&format!("{name}-narrow"));
        let fits = "return document.documentElement.scrollWidth <= window.innerWidth";
        let fits = self.chromium.ask_page(fits);
        assert_eq!(fits, true, "{name} is wider than a telephone");
        self.chromium
            .emulate("Emulation.clearDeviceMetricsOverride", &json!({}));
    }

    fn language(&self, place: &str, words: &str) {
        self.open(place);
        self.press(".me form[action='/language'] button", words);
    }
}

#[test]
fn a_ticket_s_day_is_worked_through_in_chromium() {
    let (installation, _daemon, port) = with_console();
    let first = opened(&installation, "x.1@partner.example");
    let away = mail(
        NOC,
        "Away",
        "x.2@partner.example",
        "Auto-Submitted: auto-replied\n",
        "At the sea.",
    );
    send(installation.ports.smtp, NOC, TEAM, &away);
    let (gnupg, reference) = encrypted_report(&installation);
    let serial = reference.split('#').nth(1).unwrap();
    installation.run(&[
        "contact",
        "add",
        "Partner Ltd",
        "--domain",
        "partner.example",
        "--telephone",
        "+352 12 34 56",
    ]);
    let place = format!("/t/{serial}");
    let desk = Desk::new(&installation, port, "alice");
    let bob = Desk::new(&installation, port, "bob");
    desk.open(&place);
    bob.open(&place);
    assert!(
        desk.reads("SEEN BEFORE") && desk.reads("+352 12 34 56"),
        "beside"
    );
    desk.press("form[action$='/claim'] button", "The ticket is yours.");
    bob.press(
        "form[action$='/claim'] button",
        "alice (console) has it since 20",
    );
    bob.pictures("taken");
    desk.chromium
        .click(".act:has(form[action$='/status']) > summary");
    desk.chromium.write("#state", "close as resolved");
    desk.chromium.write("#reason", "done <b>here</b>");
    desk.press("form[action$='/status'] button", "done <b>here</b>");
    desk.chromium
        .click(".act:has(form[action$='/status']) > summary");
    desk.press("form[action$='/status'] button", "The state is changed.");

    let before = installation.outbox().len();
    desk.press("a[href$='/reply']", "What will be sent");
    desk.pictures("reply");
    desk.chromium.write("#text", "Which ports were open?");
    desk.press("button[value='send']", "The letter leaves in");
    desk.pictures("held");
    desk.press("form[action$='/undo'] button", "The letter is taken back");
    desk.press("a[href$='/reply']", "What will be sent");
    desk.chromium.write("#text", "Which ports were open?");
    desk.press("button[value='send']", "The letter leaves in");
    let sent = left(&installation, before, 1).remove(0);
    let (inside, status) = gnupg.decrypt(&armored_message(&sent));
    assert!(
        status.contains("GOODSIG") && text_of(&inside).contains("Which ports were open?"),
        "{status}"
    );

    desk.chromium
        .click(".act:has(form[action$='/link']) > summary");
    desk.chromium.write("#link", &first);
    desk.press("form[action$='/link'] button", "The tickets are linked.");
    desk.chromium
        .click(".act:has(form[action$='/note']) > summary");
    desk.chromium.write("#note", "one\ntwo");
    desk.press("form[action$='/note'] button", "The note is kept.");
    desk.pictures("ticket");
    desk.language(&place, "Répondre");
    desk.pictures("ticket-fr");
    desk.open(&format!("{place}/reply"));
    desk.pictures("reply-fr");
    desk.open("/quarantine");
    desk.pictures("quarantine-fr");
    desk.language("/quarantine", "Quarantine");
    desk.press(
        "form[action$='/promote'] button",
        "The mail is a ticket now.",
    );
    desk.chromium
        .click(".act:has(form[action$='/merge']) > summary");
    desk.chromium.write("#merge", &first);
    desk.press("form[action$='/merge'] button", "The ticket is merged.");
    desk.press("form[action$='/unmerge'] button", "The merge is undone");
    assert_eq!(desk.chromium.complaints(), Vec::<serde_json::Value>::new());
    // Its answer said that somebody else has it: the browser tells of the status alone.
    for said in bob.chromium.complaints() {
        assert!(said["message"].as_str().unwrap().contains("409"), "{said}");
    }
    installation.run(&["verify"]);
}
