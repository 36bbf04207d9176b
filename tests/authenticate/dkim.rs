//! DKIM: what passes, and what was done to those that don't.

use intake::authentication::{AuthResult, Dnssec};

use super::signer::Odd;
use super::{World, dkim_results, keys, message, stranger};

const FROM: &str = "noc@author.example";

#[tokio::test]
async fn rsa_and_ed25519_signatures_pass() {
    let world = World::new();
    let signed = keys().rsa.sign("author.example", "rsa", &message(FROM));
    let signed = keys().ed.sign("author.example", "ed", &signed);
    let results = world.check(&stranger(), &signed).await;
    assert_eq!(dkim_results(&results), [AuthResult::Pass; 2]);
    let algorithms: Vec<_> = results.dkim.iter().map(|one| &*one.algorithm).collect();
    assert_eq!(algorithms, ["ed25519-sha256", "rsa-sha256"]);
    assert_eq!(results.dkim[0].domain, "author.example");
    assert_eq!(results.dkim[0].selector, "ed");
    assert_eq!(results.dnssec, Dnssec::Secure);
    assert!(results.proves(FROM));
    assert_eq!(
        results.line(),
        "spf=none (nowhere.example) dkim=pass (author.example) dkim=pass (author.example) dmarc=pass dnssec=secure"
    );
}

#[tokio::test]
async fn a_changed_message_fails() {
    let world = World::new();
    let signed = keys().ed.sign("author.example", "ed", &message(FROM));
    for (what, changed) in [
        ("body", signed.replace("192.0.2.1\r\n", "192.0.2.2\r\n")),
        ("body appended", format!("{signed}More\r\n")),
        ("subject", signed.replace("Subject: Scan", "Subject: Scam")),
        (
            "second subject",
            signed.replace("Subject: Scan", "Subject: Scan\r\nSubject: Other"),
        ),
        ("no subject", signed.replace("Subject: Scan\r\n", "")),
        ("from", signed.replace("A. Author", "B. Author")),
    ] {
        let results = world.check(&stranger(), &changed).await;
        assert_eq!(dkim_results(&results), [AuthResult::Fail], "{what}");
        assert!(!results.proves(FROM), "{what}");
    }
}

#[tokio::test]
async fn a_header_field_that_is_not_signed_may_be_added() {
    let world = World::new();
    let signed = keys().ed.sign("author.example", "ed", &message(FROM));
    let results = world
        .check(&stranger(), &format!("X-Seen: yes\r\n{signed}"))
        .await;
    assert!(results.proves(FROM));
}

#[tokio::test]
async fn two_from_addresses_prove_nobody() {
    let world = World::new();
    let signed = keys().ed.sign("author.example", "ed", &message(FROM));
    for (what, twice) in [
        ("on top", format!("From: boss@author.example\r\n{signed}")),
        (
            "below",
            signed.replace("To: csirt", "From: boss@author.example\r\nTo: csirt"),
        ),
        ("the same twice", format!("From: {FROM}\r\n{signed}")),
    ] {
        let results = world.check(&stranger(), &twice).await;
        assert!(!results.proves(FROM), "{what}");
        assert!(!results.proves("boss@author.example"), "{what}");
    }
    let both = message(FROM).replace("From: ", "From: boss@author.example, ");
    let signed = keys().ed.sign("author.example", "ed", &both);
    let results = world.check(&stranger(), &signed).await;
    assert_eq!(dkim_results(&results), [AuthResult::Pass]);
    assert!(!results.proves(FROM));
}

#[tokio::test]
async fn a_signature_over_a_part_of_the_body_is_not_accepted() {
    let world = World::new();
    let odd = Odd {
        length: true,
        ..Odd::default()
    };
    let signed = keys()
        .ed
        .sign_oddly("author.example", "ed", &message(FROM), odd);
    assert!(signed.contains("l="));
    for text in [signed.clone(), format!("{signed}Pay here\r\n")] {
        let results = world.check(&stranger(), &text).await;
        assert_eq!(dkim_results(&results), [AuthResult::Policy]);
        assert!(!results.proves(FROM));
    }
}

#[tokio::test]
async fn an_expired_signature_fails() {
    let world = World::new();
    let odd = |seconds| Odd {
        expires: Some(seconds),
        ..Odd::default()
    };
    let fresh = keys()
        .ed
        .sign_oddly("author.example", "ed", &message(FROM), odd(3600));
    assert!(world.check(&stranger(), &fresh).await.proves(FROM));
    // Signed long ago: `t=` and `x=` are covered, so the header is made by hand and the time is what fails first.
    let at = fresh.find("x=").unwrap();
    let end = at + fresh[at..].find(';').unwrap();
    let old = format!("{}x=1000000000{}", &fresh[..at], &fresh[end..]);
    let results = world.check(&stranger(), &old).await;
    assert_eq!(dkim_results(&results), [AuthResult::Fail]);
    assert_eq!(results.dkim[0].reason, "the signature has expired");
}

#[tokio::test]
async fn a_missing_key_is_a_permanent_error() {
    let world = World::new();
    let signed = keys().ed.sign("author.example", "gone", &message(FROM));
    let results = world.check(&stranger(), &signed).await;
    assert_eq!(dkim_results(&results), [AuthResult::PermError]);
    // Somebody else's key under this name.
    let forged = keys().list.sign("author.example", "ed", &message(FROM));
    let results = world.check(&stranger(), &forged).await;
    assert_eq!(dkim_results(&results), [AuthResult::Fail]);
}

#[tokio::test]
async fn only_a_few_signatures_are_looked_at_the_aligned_ones_first() {
    let world = World::new();
    let mut signed = keys().ed.sign("author.example", "ed", &message(FROM));
    for number in 0..20 {
        signed = keys()
            .ed
            .sign(&format!("d{number}.bare.example"), "ed", &signed);
    }
    let results = world.check(&stranger(), &signed).await;
    assert_eq!(results.dkim[0].domain, "author.example");
    assert_eq!(results.dkim[0].result, AuthResult::Pass);
    assert_eq!(results.dkim.len(), 10);
    let refused = results
        .dkim
        .iter()
        .filter(|one| one.result == AuthResult::Policy);
    assert_eq!(refused.count(), 5);
    assert!(results.proves(FROM));
    let keys_asked = (0..20).map(|n| {
        world
            .dns
            .asked(&format!("ed._domainkey.d{n}.bare.example"), "TXT")
    });
    assert_eq!(keys_asked.sum::<usize>(), 4);
}

#[tokio::test]
async fn a_signature_must_cover_from() {
    let world = World::new();
    let signed = keys().ed.sign("author.example", "ed", &message(FROM));
    let at = signed.find("h=").unwrap();
    let without = format!("{}{}", &signed[..at], signed[at..].replacen("From:", "", 1));
    let results = world.check(&stranger(), &without).await;
    assert_ne!(dkim_results(&results), [AuthResult::Pass]);
    assert!(!results.proves(FROM));
}
