//! ARC: chains of a list, and whose word counts.

use intake::authentication::AuthResult;
use mail_auth::ArcOutput;

use super::{World, keys, message, stranger};

const FROM: &str = "noc@author.example";

/// What a list makes of a message: the footer breaks the author's signature, the seal says what was seen before.
fn through_list(pass: bool) -> String {
    let signed = keys().ed.sign("author.example", "ed", &message(FROM));
    let changed = format!("{signed}-- \r\nlist footer\r\n");
    let before = ArcOutput::default();
    keys().list.seal(
        "list.example",
        "seal",
        &changed,
        "author.example",
        pass,
        &before,
    )
}

#[tokio::test]
async fn a_chain_passes_and_proves_nothing_by_itself() {
    let world = World::new();
    let results = world.check(&stranger(), &through_list(true)).await;
    assert_eq!(results.arc.result, AuthResult::Pass);
    assert_eq!(results.arc.sealer, "list.example");
    assert!(!results.arc.vouched);
    assert_eq!(results.dmarc.result, AuthResult::Fail);
    assert!(!results.proves(FROM));
}

#[tokio::test]
async fn a_trusted_sealer_is_believed_what_it_saw() {
    let mut world = World::new();
    world.settings.arc_trusted = vec!["List.Example".into()];
    let results = world.check(&stranger(), &through_list(true)).await;
    assert!(results.arc.vouched && results.proves(FROM));
    assert!(!results.proves("noc@list.example"));
    let saw_failure = world.check(&stranger(), &through_list(false)).await;
    assert_eq!(saw_failure.arc.result, AuthResult::Pass);
    assert!(!saw_failure.proves(FROM));
    let other_from = through_list(true).replace("noc@author.example", "noc@bare.example");
    let results = world.check(&stranger(), &other_from).await;
    assert!(!results.proves("noc@bare.example"));
}

#[tokio::test]
async fn a_broken_chain_fails() {
    let mut world = World::new();
    world.settings.arc_trusted = vec!["list.example".into()];
    let sealed = through_list(true);
    for (what, broken) in [
        ("body", format!("{sealed}more\r\n")),
        ("subject", sealed.replace("Subject: Scan", "Subject: Spam")),
        (
            "results",
            sealed.replace("header.from=author.example", "header.from=bare.example"),
        ),
        ("no seal", sealed.replace("ARC-Seal:", "X-Seal:")),
    ] {
        assert_ne!(broken, sealed, "{what}");
        let results = world.check(&stranger(), &broken).await;
        assert_eq!(results.arc.result, AuthResult::Fail, "{what}");
        assert!(!results.proves(FROM), "{what}");
    }
}
