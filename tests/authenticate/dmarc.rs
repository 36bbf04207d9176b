//! DMARC: alignment, policies, and domains that publish nothing.

use intake::authentication::{AuthResult, Dnssec};

use super::{World, envelope, keys, message, stranger};

#[tokio::test]
async fn either_way_is_enough() {
    let world = World::new();
    let from = "noc@author.example";
    let by_spf = world
        .check(&envelope("192.0.2.10", from), &message(from))
        .await;
    assert_eq!(by_spf.dmarc.result, AuthResult::Pass);
    assert!(by_spf.dmarc.by_spf && !by_spf.dmarc.by_dkim);
    assert_eq!(by_spf.dmarc.policy, "reject");
    let signed = keys().ed.sign("author.example", "ed", &message(from));
    let by_dkim = world.check(&stranger(), &signed).await;
    assert!(!by_dkim.dmarc.by_spf && by_dkim.dmarc.by_dkim);
    assert!(by_spf.proves(from) && by_dkim.proves(from));
    assert!(!by_dkim.proves("noc@other.example"));
    let forged = world.check(&stranger(), &message(from)).await;
    assert_eq!(forged.dmarc.result, AuthResult::Fail);
    assert!(!forged.proves(from));
}

#[tokio::test]
async fn relaxed_alignment_takes_the_same_organisation() {
    let world = World::new();
    // SPF of bounce.author.example for a From in author.example; DKIM of author.example for sub.author.example.
    let from = "noc@author.example";
    let sent = envelope("192.0.2.10", "b@bounce.author.example");
    let results = world.check(&sent, &message(from)).await;
    assert!(results.dmarc.by_spf && results.proves(from));
    let below = "noc@sub.author.example";
    let signed = keys().ed.sign("author.example", "ed", &message(below));
    let results = world.check(&stranger(), &signed).await;
    assert!(results.dmarc.by_dkim && results.proves(below));
    assert_eq!(results.dmarc.policy, "quarantine");
}

#[tokio::test]
async fn strict_alignment_takes_the_same_domain_only() {
    let world = World::new();
    let below = "noc@sub.strict.example";
    let signed = keys().ed.sign("strict.example", "ed", &message(below));
    let results = world.check(&stranger(), &signed).await;
    assert_eq!(results.dkim[0].result, AuthResult::Pass);
    assert_eq!(results.dmarc.result, AuthResult::Fail);
    assert!(!results.proves(below));
    let same = "noc@strict.example";
    let signed = keys().ed.sign("strict.example", "ed", &message(same));
    let results = world.check(&stranger(), &signed).await;
    // p=none asks for nothing to be done; that it passes proves the sender all the same.
    assert_eq!(results.dmarc.policy, "none");
    assert!(results.proves(same));
}

#[tokio::test]
async fn another_domain_is_never_aligned() {
    let world = World::new();
    for signer in ["bare.example", "plain.example"] {
        for from in ["noc@author.example", "noc@xbare.example", "noc@example"] {
            let signed = keys().ed.sign(signer, "ed", &message(from));
            let results = world.check(&stranger(), &signed).await;
            assert_eq!(results.dkim[0].result, AuthResult::Pass);
            assert!(!results.proves(from), "{signer} {from}");
        }
    }
}

#[tokio::test]
async fn strangers_below_one_public_suffix_cannot_speak_for_each_other() {
    let world = World::new();
    for suffix in ["co.uk", "xn--55qx5d.cn"] {
        let (from, evil) = (format!("noc@victim.{suffix}"), format!("evil.{suffix}"));
        let signed = keys().ed.sign(&evil, "ed", &message(&from));
        let sent = envelope("192.0.2.10", &format!("x@{evil}"));
        let results = world.check(&sent, &signed).await;
        assert_eq!(results.spf.result, AuthResult::Pass);
        assert_eq!(results.dkim[0].result, AuthResult::Pass);
        assert_eq!(results.dmarc.result, AuthResult::Fail, "{suffix}");
        assert_eq!(results.dmarc.policy, "reject");
        assert!(!results.dmarc.by_spf && !results.dmarc.by_dkim && !results.proves(&from));
        // Those who own the name can, from below it, too.
        let below = format!("noc@mail.victim.{suffix}");
        let signed = keys()
            .ed
            .sign(&format!("victim.{suffix}"), "ed", &message(&below));
        let results = world.check(&stranger(), &signed).await;
        assert!(results.proves(&below), "{suffix}: {results:?}");
    }
}

#[tokio::test]
async fn without_a_record_the_very_domain_counts() {
    let world = World::new();
    let from = "noc@bare.example";
    let signed = keys().ed.sign("bare.example", "ed", &message(from));
    let results = world.check(&stranger(), &signed).await;
    assert_eq!(results.dmarc.result, AuthResult::None);
    assert_eq!(results.dnssec, Dnssec::Insecure);
    assert!(results.proves(from));
    assert!(
        results
            .line()
            .contains("dmarc=none (no record published, but aligned)")
    );
    let by_spf = world
        .check(&envelope("192.0.2.10", from), &message(from))
        .await;
    assert!(by_spf.proves(from));
    let below = "noc@sub.bare.example";
    let signed = keys().ed.sign("bare.example", "ed", &message(below));
    assert!(!world.check(&stranger(), &signed).await.proves(below));
    assert!(!world.check(&stranger(), &message(from)).await.proves(from));
}

#[tokio::test]
async fn two_records_are_none() {
    let world = World::new();
    let from = "noc@twice.example";
    let results = world.check(&stranger(), &message(from)).await;
    assert_eq!(results.dmarc.result, AuthResult::None);
    assert_eq!(results.dmarc.policy, "");
}

#[tokio::test]
async fn a_repeated_sender_costs_no_question() {
    let world = World::new();
    let from = "noc@author.example";
    let signed = keys().rsa.sign("author.example", "rsa", &message(from));
    let sent = envelope("192.0.2.10", from);
    world.check(&sent, &signed).await;
    let asked = world.dns.asked_at_all();
    for _ in 0..3 {
        assert!(world.check(&sent, &signed).await.proves(from));
    }
    assert_eq!(world.dns.asked_at_all(), asked);
}
