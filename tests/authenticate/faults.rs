//! Name servers that fail, are silent or lie, and messages made to hurt.

use std::time::{Duration, Instant};

use intake::authentication::{AuthResult, Dnssec};
use pillarbox::config::Span;

use super::server::Trouble;
use super::{World, dkim_results, envelope, keys, message, stranger};

#[tokio::test]
async fn failing_name_servers_are_a_temporary_error() {
    let world = World::new();
    let from = "noc@failing.example";
    let signed = keys().ed.sign("failing.example", "ed", &message(from));
    let results = world.check(&envelope("192.0.2.10", from), &signed).await;
    assert_eq!(results.spf.result, AuthResult::TempError);
    assert_eq!(dkim_results(&results), [AuthResult::TempError]);
    assert_eq!(results.dmarc.result, AuthResult::TempError);
    assert!(!results.proves(from));
}

#[tokio::test]
async fn silence_ends_with_the_budget() {
    let mut world = World::new();
    world.settings.timeout = Span(Duration::from_millis(700));
    let from = "noc@silent.example";
    let signed = keys().ed.sign("silent.example", "ed", &message(from));
    let started = Instant::now();
    let results = world.check(&envelope("192.0.2.10", from), &signed).await;
    // Not a measure of speed: a single look-up would take five seconds.
    assert!(started.elapsed() < Duration::from_secs(4));
    assert_eq!(results.spf.result, AuthResult::TempError);
    assert_eq!(dkim_results(&results), [AuthResult::TempError]);
    assert_eq!(results.dmarc.result, AuthResult::TempError);
    assert!(!results.proves(from));
}

#[tokio::test]
async fn one_silent_signer_does_not_hide_another() {
    let mut world = World::new();
    world.settings.timeout = Span(Duration::from_millis(1500));
    let from = "noc@author.example";
    let signed = keys().ed.sign("author.example", "ed", &message(from));
    let signed = keys().ed.sign("silent.example", "ed", &signed);
    let results = world.check(&stranger(), &signed).await;
    assert_eq!(
        dkim_results(&results),
        [AuthResult::Pass, AuthResult::TempError]
    );
    assert!(results.proves(from));
}

#[tokio::test]
async fn what_only_lacks_an_answer_is_asked_once_more() {
    let world = World::new();
    let from = "noc@bare.example";
    let signed = keys().ed.sign("bare.example", "ed", &message(from));
    let name = "ed._domainkey.bare.example";
    world.dns.trouble(name, Trouble::Servfail);
    let sent = stranger();
    let check = world.check(&sent, &signed);
    let heal = async {
        // After the first round, which asks for the policies of the domain as well.
        while world.dns.asked(name, "TXT") == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
        world.dns.heal(name);
    };
    let (results, ()) = tokio::join!(check, heal);
    assert_eq!(dkim_results(&results), [AuthResult::Pass]);
    assert!(results.proves(from));
}

#[tokio::test]
async fn a_bogus_key_is_no_key() {
    let world = World::new();
    let from = "noc@broken.example";
    let signed = keys().ed.sign("broken.example", "ed", &message(from));
    let results = world.check(&envelope("192.0.2.10", from), &signed).await;
    assert_eq!(results.spf.result, AuthResult::TempError);
    assert_eq!(dkim_results(&results), [AuthResult::TempError]);
    assert_eq!(results.dnssec, Dnssec::Bogus);
    assert!(!results.proves(from));
}

#[tokio::test]
async fn unsigned_zones_are_said_to_be() {
    let world = World::new();
    let from = "noc@plain.example";
    let signed = keys().ed.sign("plain.example", "ed", &message(from));
    let results = world.check(&stranger(), &signed).await;
    assert_eq!(results.dnssec, Dnssec::Insecure);
    assert!(results.proves(from));
}

#[tokio::test]
async fn messages_made_to_hurt_are_checked_in_bounds() {
    let world = World::new();
    let from = "noc@author.example";
    let plain = message(from);
    let mut nested = String::new();
    for _ in 0..300_000 {
        nested.push_str("Content-Type: message/rfc822\r\n\r\n");
    }
    let many = "X-A: b\r\n".repeat(60_000);
    let list = format!(
        "DKIM-Signature: v=1; a=rsa-sha256; d=author.example; s=rsa; bh=AAAA; b=AAAA; h={}\r\n",
        "from:".repeat(90_000)
    );
    let parens = format!("From: {}\r\n", "(".repeat(400_000));
    let groups = format!("From: {}\r\n", "a:".repeat(200_000));
    let quotes = format!("From: {}\r\n", "\"<".repeat(200_000));
    let seals =
        "ARC-Seal: i=1; a=rsa-sha256; d=author.example; s=rsa; cv=none; b=AAAA\r\n".repeat(5_000);
    for (what, text) in [
        ("nested", format!("{}\r\n{nested}", plain.trim_end())),
        ("nested at once", nested.clone()),
        ("no end of header", "X".repeat(3_000_000)),
        (
            "header of two megabytes",
            format!("X-A: {}\r\n{plain}", "b".repeat(2_000_000)),
        ),
        ("many fields", format!("{many}{plain}")),
        ("long list", format!("{list}{plain}")),
        ("comments", format!("{parens}{plain}")),
        ("groups", format!("{groups}{plain}")),
        ("quotes", format!("{quotes}{plain}")),
        ("seals", format!("{seals}{plain}")),
        ("empty", String::new()),
        ("line end", "\r\n".into()),
        ("zeros", "\0".repeat(100_000)),
    ] {
        let results = world.check(&stranger(), &text).await;
        assert!(!results.proves(from), "{what}");
    }
    // A signature on a nested message is checked like any other.
    let signed = keys().ed.sign(
        "author.example",
        "ed",
        &format!("{}\r\n{nested}", plain.trim_end()),
    );
    assert!(world.check(&stranger(), &signed).await.proves(from));
}
