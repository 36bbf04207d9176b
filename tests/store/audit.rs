//! Chains of the audit trail, their heads and anchors.

use pillarbox::audit::{self, DEPLOYMENT, Event};
use uuid::Uuid;

use crate::fixture::Fixture;

fn event(detail: &str) -> Event {
    Event {
        action: "read",
        detail: detail.into(),
    }
}

#[tokio::test]
async fn many_hands_add_to_one_chain_and_every_line_is_there() {
    let fixture = Fixture::migrated().await;
    let case = Uuid::now_v7();
    let hands = (0..8).map(|hand| {
        let (store, ring) = (&fixture.store, &fixture.ring);
        async move {
            for _ in 0..4 {
                audit::append(store, ring, case, &format!("hand {hand}"), event(""))
                    .await
                    .unwrap();
            }
        }
    });
    futures_util::future::join_all(hands).await;
    let rows = fixture.store.audit_rows(&[case]).await.unwrap();
    assert_eq!(rows.len(), 32);
    let mut previous = [0; 32];
    for (number, row) in (1..).zip(&rows) {
        assert_eq!(row.number, number);
        assert!(audit::is_next(&fixture.ring, &previous, row));
        previous = row.mac.as_slice().try_into().unwrap();
    }
    let last = fixture.store.last_audit(case).await.unwrap();
    assert_eq!(last, Some((32, previous.to_vec())));
}

#[tokio::test]
async fn an_anchor_says_how_long_the_chains_are_that_have_grown() {
    let fixture = Fixture::migrated().await;
    let (store, ring) = (&fixture.store, &fixture.ring);
    let cases = [Uuid::now_v7(), Uuid::now_v7()];
    for case in [cases[0], cases[0], cases[1]] {
        audit::append(store, ring, case, "alice", event(""))
            .await
            .unwrap();
    }
    assert_eq!(store.loose_heads(DEPLOYMENT, 10).await.unwrap().len(), 2);
    assert_eq!(audit::anchor(store, ring).await.unwrap(), 2);
    assert_eq!(audit::anchor(store, ring).await.unwrap(), 0);
    let anchors = store.anchors(1).await.unwrap();
    let lengths: Vec<(Uuid, i32)> = anchors
        .iter()
        .map(|(case, number, _)| (*case, *number))
        .collect();
    assert_eq!(lengths, [(cases[0], 2), (cases[1], 1)]);
    assert!(anchors.iter().all(|(_, _, mac)| mac.is_some()));
    audit::append(store, ring, cases[1], "alice", event(""))
        .await
        .unwrap();
    let loose = store.loose_heads(DEPLOYMENT, 10).await.unwrap();
    assert_eq!((loose[0].case, loose[0].number), (cases[1], 2));
    assert_eq!(store.heads(None, None, 10).await.unwrap().len(), 3);
    assert_eq!(
        store.heads(Some(cases[0]), None, 10).await.unwrap().len(),
        1
    );
    assert_eq!(
        store.heads(None, Some(cases[0]), 10).await.unwrap().len(),
        1
    );
}
