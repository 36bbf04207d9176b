//! Suppressed mail becomes a ticket.

use jiff::Timestamp;
use pillarbox::store::{AuditLine, NewTicket};
use uuid::Uuid;

use crate::fixture::{Fixture, TEAM};

#[tokio::test]
async fn suppressed_mail_is_promoted_once() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    let inbox = fixture.held().await;
    let filed = outcome.commit(&fixture.store, inbox, None, None, 1).await;
    filed.unwrap();
    let promote = async |entry: Uuid| {
        let ticket = NewTicket {
            team: TEAM,
            serial: 5,
            needs_human: "",
            claims: 0,
            link: "",
        };
        let audit = AuditLine {
            number: 2,
            at: Timestamp::now(),
            actor: "ann",
            action: "promoted",
            detail: "",
            mac: &[1; 32],
            seal: &[2; 32],
        };
        let parties = [b"somebody".to_vec()];
        let now = Timestamp::now();
        fixture
            .store
            .promote(entry, &ticket, now, &parties, &audit)
            .await
            .unwrap()
    };
    assert!(!promote(Uuid::now_v7()).await);
    assert_eq!(fixture.number("SELECT count(*) FROM ticket").await, 0);
    assert!(promote(outcome.entry).await);
    assert!(!promote(outcome.entry).await, "once");
    assert!(fixture.store.suppressed(None, 10).await.unwrap().is_empty());
    let entries = fixture.store.entries(outcome.case).await.unwrap();
    assert_eq!((entries.len(), entries[0].id), (1, outcome.entry));
    let one = "SELECT count(*) FROM party JOIN ticket ON ticket = id WHERE serial = 5";
    assert_eq!(fixture.number(one).await, 1);
    let audited = "SELECT count(*) FROM audit WHERE actor = 'ann' AND number = 2";
    assert_eq!(fixture.number(audited).await, 1);
    let headed = "SELECT count(*) FROM audit_head WHERE number = 2";
    assert_eq!(fixture.number(headed).await, 1);
}
