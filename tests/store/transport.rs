//! Peers, counts, habits, alerts, notices and reports.

use std::time::Duration;

use jiff::Timestamp;
use pillarbox::store::{
    AuditLine, Breach, Count, Habit, ReportMail, ReportState, Store, StoreFault, StoredPeer,
    Waiting,
};
use pillarbox::transport::{open_peer, peer_id, seal_peer};
use uuid::Uuid;

use crate::fixture::{Fixture, LEASE, TEAM, store};

const DAY: &str = "2026-11-21";

fn sealed(fixture: &Fixture, name: &str) -> StoredPeer {
    seal_peer(&fixture.ring, TEAM, name).unwrap()
}

fn count(peer: Uuid, direction: &str, day: &str, name: &str, count: i64) -> Count {
    Count {
        peer,
        direction: direction.into(),
        day: day.into(),
        name: name.into(),
        count,
    }
}

/// A stored peer with one inbound message.
async fn peer(fixture: &Fixture, name: &str) -> Uuid {
    let stored = sealed(fixture, name);
    let counts = [count(stored.id, "inbound", DAY, "messages", 1)];
    fixture.store.add_counts(&[&stored], &counts).await.unwrap();
    stored.id
}

async fn habit(store: &Store, peer: Uuid, tls: i64, verified: i64) -> usize {
    let habit = Habit {
        peer,
        direction: "inbound".into(),
        tls,
        verified,
    };
    store.confirm_habits(&[habit], true).await.unwrap().len()
}

async fn broken(
    store: &Store,
    peer: Uuid,
    kind: &str,
    shown_by: Option<(Uuid, Option<Uuid>)>,
) -> Option<i64> {
    let breach = Breach {
        id: Uuid::now_v7(),
        peer,
        direction: "inbound",
        kind,
        established: 3,
        shown_by,
        tell: true,
    };
    store.break_habit(&breach).await.unwrap()
}

#[tokio::test]
async fn counts_add_up_and_names_are_sealed() {
    let fixture = Fixture::migrated().await;
    let stored = sealed(&fixture, "partner.example");
    let id = stored.id;
    let counts = [
        count(id, "inbound", DAY, "messages", 2),
        count(id, "inbound", DAY, "tls", 1),
        count(id, "inbound", "2026-11-20", "messages", 5),
        count(id, "reported", DAY, "sessions", i64::MAX),
    ];
    fixture.store.add_counts(&[&stored], &counts).await.unwrap();
    // Seen first by another process, too: its key and name are not taken.
    let again = sealed(&fixture, "partner.example");
    assert_eq!(again.id, id);
    fixture.store.add_counts(&[&again], &counts).await.unwrap();
    let since = async |day| fixture.store.counts_since(id, day).await.unwrap();
    let row = |direction: &str, name: &str, count| (direction.to_owned(), name.to_owned(), count);
    assert_eq!(
        since(DAY).await,
        [
            row("inbound", "messages", 4),
            row("inbound", "tls", 2),
            row("reported", "sessions", i64::MAX),
        ]
    );
    assert_eq!(since("2026-11-20").await[0], row("inbound", "messages", 14));
    assert!(since("2026-11-22").await.is_empty());

    let digits = id.simple().to_string();
    for prefix in [digits.as_str(), digits.get(..12).unwrap()] {
        let found = fixture.store.transport_peers(prefix).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(
            open_peer(&fixture.ring, TEAM, &found[0]).unwrap(),
            "partner.example"
        );
        assert!(open_peer(&fixture.ring, "Other", &found[0]).is_err());
    }
    assert_eq!(id, peer_id(&fixture.ring, TEAM, "partner.example"));
    assert!(
        fixture
            .store
            .transport_peers("zz")
            .await
            .unwrap()
            .is_empty()
    );
    let other = peer(&fixture, "other.example").await;
    assert_ne!(other, id);
    let all = fixture.store.transport_peers("").await.unwrap();
    assert_eq!(all.len(), 2);
    assert!(
        !fixture
            .cluster
            .dump()
            .unwrap()
            .windows(7)
            .any(|seen| seen == b"partner")
    );
}

#[tokio::test]
async fn processes_that_count_the_same_peers_at_once_lose_nothing() {
    let fixture = Fixture::migrated().await;
    let mut tasks = tokio::task::JoinSet::new();
    for process in 0..8_i64 {
        let store = store(&fixture.cluster.url());
        let ring = fixture.ring.clone();
        tasks.spawn(async move {
            for round in 0..10_i64 {
                let mut peers: Vec<StoredPeer> = (0..6)
                    .map(|number| seal_peer(&ring, TEAM, &format!("p{number}.example")).unwrap())
                    .collect();
                if (process + round) % 2 == 0 {
                    peers.reverse();
                }
                let counts: Vec<Count> = peers
                    .iter()
                    .map(|peer| count(peer.id, "inbound", DAY, "messages", 1))
                    .collect();
                let peers: Vec<&StoredPeer> = peers.iter().collect();
                loop {
                    match store.add_counts(&peers, &counts).await {
                        Ok(()) => break,
                        Err(StoreFault::Conflict) => {}
                        Err(fault) => panic!("{fault}"),
                    }
                }
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    let sum = fixture
        .number("SELECT sum(count)::bigint FROM transport_count")
        .await;
    assert_eq!(sum, 8 * 10 * 6);
    for number in 0..6 {
        let name = format!("p{number}.example");
        let digits = peer_id(&fixture.ring, TEAM, &name).simple().to_string();
        let found = fixture.store.transport_peers(&digits).await.unwrap();
        // Key and name are of one process, whichever was first.
        assert_eq!(open_peer(&fixture.ring, TEAM, &found[0]).unwrap(), name);
    }
}

#[tokio::test]
async fn alert_is_raised_once_after_a_habit_and_closed_once() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let peer = peer(&fixture, "partner.example").await;
    assert_eq!(
        broken(store, peer, "tls_lost", None).await,
        None,
        "no habit"
    );
    habit(store, peer, 2, 0).await;
    assert_eq!(broken(store, peer, "tls_lost", None).await, None, "too few");
    habit(store, peer, 2, 3).await;
    assert_eq!(
        broken(store, peer, "tls_lost", None).await,
        None,
        "in a row: the two before don't count"
    );
    habit(store, peer, 3, 0).await;
    let (case, entry) = (Uuid::now_v7(), Uuid::now_v7());
    let shown_by = Some((case, Some(entry)));
    assert_eq!(broken(store, peer, "tls_lost", shown_by).await, Some(3));
    assert_eq!(broken(store, peer, "tls_lost", shown_by).await, None);
    // The other kind has a habit of its own, untouched.
    assert_eq!(broken(store, peer, "certificate_lost", None).await, Some(3));
    let open = store.alerts(false, Some(peer), None, 10).await.unwrap();
    assert_eq!(open.len(), 2);
    let of_case = store.alerts(true, None, Some(case), 10).await.unwrap();
    assert_eq!(of_case.len(), 1);
    let (alert, name) = &of_case[0];
    assert_eq!((alert.kind.as_str(), alert.before), ("tls_lost", 3));
    assert_eq!((alert.entry, &alert.closed_at), (Some(entry), &None));
    assert_eq!(
        open_peer(&fixture.ring, TEAM, name).unwrap(),
        "partner.example"
    );
    assert_eq!(habit(store, peer, 1, 0).await, 1, "TLS is back");
    assert_eq!(habit(store, peer, 9, 0).await, 0, "once");
    let open = store.alerts(false, None, None, 10).await.unwrap();
    assert_eq!(open[0].0.kind, "certificate_lost");
    let all = store.alerts(true, None, None, 10).await.unwrap();
    assert!(all.len() == 2 && all[0].0.closed_at.is_some());
    assert_eq!(
        broken(store, peer, "tls_lost", None).await,
        Some(10),
        "again"
    );
    // Raised, raised, closed, raised.
    let notices = store.due_notices(10, LEASE).await.unwrap();
    let events: Vec<&str> = notices.iter().map(|notice| notice.event.as_str()).collect();
    assert_eq!(
        events, ["raised"; 3],
        "that it is closed waits for its turn"
    );
    for notice in &notices {
        let done = store.notice_done(Waiting::Alerts, notice.id);
        done.await.unwrap();
    }
    let then = store.due_notices(10, LEASE).await.unwrap();
    let events: Vec<&str> = then.iter().map(|notice| notice.event.as_str()).collect();
    assert_eq!(events, ["closed"]);
}

#[tokio::test]
async fn one_of_many_processes_raises_the_alert() {
    let fixture = Fixture::migrated().await;
    let peer = peer(&fixture, "partner.example").await;
    habit(&fixture.store, peer, 5, 0).await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let store = store(&fixture.cluster.url());
        tasks.spawn(async move { broken(&store, peer, "tls_lost", None).await });
    }
    let mut raised = 0;
    while let Some(done) = tasks.join_next().await {
        raised += usize::from(done.unwrap().is_some());
    }
    assert_eq!(raised, 1);
    let notices = fixture
        .number("SELECT count(*) FROM transport_notice")
        .await;
    assert_eq!(notices, 1);
}

#[tokio::test]
async fn notice_is_held_put_off_and_done() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let peer = peer(&fixture, "partner.example").await;
    habit(store, peer, 3, 0).await;
    broken(store, peer, "tls_lost", None).await;
    let held = store.due_notices(10, LEASE).await.unwrap();
    assert_eq!((held.len(), held[0].attempts), (1, 0));
    assert!(store.due_notices(10, LEASE).await.unwrap().is_empty());
    store
        .notice_put_off(Waiting::Alerts, held[0].id, Duration::ZERO)
        .await
        .unwrap();
    let held = store.due_notices(10, LEASE).await.unwrap();
    assert_eq!((held.len(), held[0].attempts), (1, 1));
    assert_eq!(held[0].alert.peer, peer);
    store
        .notice_done(Waiting::Alerts, held[0].id)
        .await
        .unwrap();
    store
        .notice_put_off(Waiting::Alerts, held[0].id, Duration::ZERO)
        .await
        .unwrap();
    assert!(store.due_notices(10, LEASE).await.unwrap().is_empty());
}

#[tokio::test]
async fn audit_line_takes_a_free_number_only() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("audited");
    fixture.file(&outcome).await;
    let line = |number| AuditLine {
        number,
        at: Timestamp::now(),
        actor: "gateway",
        action: "alerted",
        detail: "",
        mac: &[1; 32],
        seal: &[2; 32],
    };
    let taken = fixture.store.add_audit(outcome.case, &line(1)).await;
    assert!(matches!(taken, Err(StoreFault::Conflict)), "{taken:?}");
    fixture
        .store
        .add_audit(outcome.case, &line(2))
        .await
        .unwrap();
    let last = fixture.store.last_audit(outcome.case).await.unwrap();
    assert_eq!(last, Some((2, vec![1; 32])));
}

#[tokio::test]
async fn report_is_made_once_a_day_and_peer() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let stored = sealed(&fixture, "partner.example");
    let id = stored.id;
    let counts = [
        count(id, "outbound", DAY, "session:sts", 4),
        count(id, "outbound", DAY, "session:sts:certificate-expired", 1),
        count(id, "inbound", DAY, "messages", 9),
    ];
    store.add_counts(&[&stored], &counts).await.unwrap();
    peer(&fixture, "inbound-only.example").await;
    let due = store.delivered_to(DAY, true).await.unwrap();
    assert_eq!(due.iter().map(|peer| peer.id).collect::<Vec<_>>(), [id]);
    let counted = store.day_counts(id, DAY).await.unwrap();
    assert_eq!(
        counted,
        [
            ("session:sts".to_owned(), 4),
            ("session:sts:certificate-expired".to_owned(), 1)
        ]
    );
    assert_eq!(store.claim_report(DAY, id).await.unwrap(), Some(1));
    assert_eq!(store.claim_report(DAY, id).await.unwrap(), None);
    assert!(store.delivered_to(DAY, true).await.unwrap().is_empty());
    // Whoever claimed it died: an hour later somebody else tries.
    fixture
        .run("UPDATE transport_report SET claimed_at = now() - interval '61 minutes'")
        .await;
    assert_eq!(store.delivered_to(DAY, true).await.unwrap().len(), 1);
    assert_eq!(store.claim_report(DAY, id).await.unwrap(), Some(2));
    let mail = Uuid::now_v7();
    let key = fixture.ring.new_case_key(vault::Epoch::STANDING).unwrap();
    let aad = pillarbox::sealing::case_aad(TEAM, mail);
    let wrapped = fixture.ring.wrap(&key, &aad).unwrap();
    let message = key
        .seal(&pillarbox::sender::Letter::aad(TEAM, mail, mail), b"x")
        .unwrap();
    let mail = ReportMail {
        id: mail,
        wrapped: &wrapped,
        message: &message,
    };
    for _ in 0..2 {
        store
            .report_done(DAY, id, ReportState::Sent, Some(&mail))
            .await
            .unwrap();
    }
    assert_eq!(
        store.due_mail(10, LEASE, &[]).await.unwrap().len(),
        1,
        "once"
    );
    assert!(store.delivered_to(DAY, true).await.unwrap().is_empty());
    assert_eq!(store.delivered_to(DAY, false).await.unwrap().len(), 1);
}

#[tokio::test]
async fn received_report_counts_once_and_old_days_are_forgotten() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let stored = sealed(&fixture, "reporter.example");
    let counts = [count(stored.id, "reported", DAY, "sessions", 7)];
    assert!(store.add_received(b"one", &stored, &counts).await.unwrap());
    assert!(!store.add_received(b"one", &stored, &counts).await.unwrap());
    assert!(store.add_received(b"two", &stored, &counts).await.unwrap());
    let sum = async || store.counts_since(stored.id, "2000-01-01").await.unwrap();
    assert_eq!(sum().await[0].2, 14);
    store.forget_transport(DAY).await.unwrap();
    assert_eq!(sum().await.len(), 1);
    store.forget_transport("2026-11-22").await.unwrap();
    assert!(sum().await.is_empty());
    let peers = "SELECT count(*) FROM transport_peer JOIN case_key USING (id)";
    assert_eq!(fixture.number(peers).await, 0, "nothing is known of it");
    assert_eq!(fixture.number("SELECT count(*) FROM case_key").await, 0);
    assert!(store.add_received(b"one", &stored, &counts).await.unwrap());
    // Habits that are kept up stay, and so do alerts, and whom they are about.
    habit(store, stored.id, 3, 0).await;
    broken(store, stored.id, "tls_lost", None).await;
    store.forget_transport("2026-11-22").await.unwrap();
    assert_eq!(fixture.number(peers).await, 1);
    store.forget_transport("2099-01-01").await.unwrap();
    assert_eq!(fixture.number(peers).await, 1);
    let habits = "SELECT count(*) FROM transport_habit";
    assert_eq!(fixture.number(habits).await, 0);
}
