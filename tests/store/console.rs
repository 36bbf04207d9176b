//! Accounts, sessions and attempts of the console, and the pages of its queue.

use std::time::Duration;

use pillarbox::sealing;
use pillarbox::store::{
    AccountChange, ConsoleAccount, Identity, NewTotp, QueueOrder, QueuePage, QueuePlace, QueueRow,
    SessionLife, StoreFault, StoredSearch, Test, Wanted,
};
use uuid::Uuid;
use vault::{Epoch, PasswordHash, Sealed, WrappedKey};

use crate::fixture::{Fixture, TEAM};

const LIFE: SessionLife = SessionLife {
    idle: Duration::from_secs(1_800),
    most: Duration::from_secs(43_200),
};

fn sealed(fixture: &Fixture, id: Uuid) -> (WrappedKey, Sealed) {
    let key = fixture.ring.new_case_key(Epoch::STANDING).unwrap();
    let wrapped = fixture.ring.wrap(&key, &sealing::case_aad(TEAM, id));
    let secret = key.seal(&sealing::totp_aad(TEAM, id), &[7; 20]);
    (wrapped.unwrap(), secret.unwrap())
}

/// An account that nobody has added yet.
pub fn account(fixture: &Fixture, name: &str) -> ConsoleAccount {
    let id = Uuid::now_v7();
    let (wrapped, totp) = sealed(fixture, id);
    ConsoleAccount {
        id,
        name: name.to_owned(),
        role: "reader".to_owned(),
        password: PasswordHash::of_nobody(),
        wrapped,
        totp,
        disabled: false,
        identity: None,
    }
}

async fn added(fixture: &Fixture, name: &str) -> Uuid {
    let account = account(fixture, name);
    let id = account.id;
    let store = &fixture.store;
    store.add_console_account(TEAM, &account).await.unwrap();
    let again = ConsoleAccount {
        id: Uuid::now_v7(),
        ..account
    };
    let again = store.add_console_account(TEAM, &again).await;
    assert!(matches!(again, Err(StoreFault::Conflict)), "{again:?}");
    id
}

#[tokio::test]
async fn account_is_kept_changed_and_its_secret_opens_at_its_place_alone() {
    let fixture = Fixture::migrated().await;
    let (store, id) = (&fixture.store, added(&fixture, "alice").await);
    let account = store.console_account(TEAM, "alice").await.unwrap().unwrap();
    assert_eq!((account.id, account.role.as_str()), (id, "reader"));
    let key = sealing::case_key(&fixture.ring, TEAM, id, &account.wrapped).unwrap();
    let opened = key.open(&sealing::totp_aad(TEAM, id), &account.totp);
    assert_eq!(*opened.unwrap(), [7; 20]);
    let elsewhere = key.open(&sealing::totp_aad("OTHER", id), &account.totp);
    assert!(elsewhere.is_err());
    for (team, name) in [("OTHER", "alice"), (TEAM, "Alice"), (TEAM, "")] {
        let found = store.console_account(team, name).await.unwrap();
        assert!(found.is_none(), "{team} {name}");
    }
    let password = PasswordHash::from_text("another".into());
    for (change, ended) in [
        (AccountChange::Password(&password), 1),
        (AccountChange::Role("lead"), 1),
        (AccountChange::SignOut, 1),
        (AccountChange::Disabled(true), 1),
        (AccountChange::Disabled(false), 0),
    ] {
        if ended == 1 {
            store.begin_session(&[1; 32], id, LIFE).await.unwrap();
        }
        let done = store.change_console_account(id, &change).await.unwrap();
        assert_eq!(done, ended);
    }
    let account = store.console_account(TEAM, "alice").await.unwrap().unwrap();
    assert_eq!(account.password, password);
    assert_eq!((account.role.as_str(), account.disabled), ("lead", false));
    let listed = store.console_accounts(TEAM).await.unwrap();
    assert_eq!((listed.len(), listed[0].sessions), (1, 0));
    assert!(store.console_accounts("OTHER").await.unwrap().is_empty());
}

#[tokio::test]
async fn code_is_good_once_and_never_again_after_a_later_one() {
    let fixture = Fixture::migrated().await;
    let (store, id) = (&fixture.store, added(&fixture, "alice").await);
    let mut used = Vec::new();
    for step in [100, 100, 102, 101, 102, 103] {
        used.push(store.use_totp(id, step).await.unwrap());
    }
    assert_eq!(used, [true, false, true, false, false, true]);
    let (wrapped, secret) = sealed(&fixture, id);
    let new = NewTotp {
        wrapped: &wrapped,
        sealed: &secret,
    };
    store.begin_session(&[1; 32], id, LIFE).await.unwrap();
    store.change_totp(id, &new).await.unwrap();
    assert!(
        store
            .session(TEAM, &[1; 32], LIFE, true)
            .await
            .unwrap()
            .is_none()
    );
    assert!(store.use_totp(id, 100).await.unwrap());
}

#[tokio::test]
async fn session_ends_when_it_is_idle_or_old_or_its_account_is_disabled() {
    let fixture = Fixture::migrated().await;
    let (store, id) = (&fixture.store, added(&fixture, "alice").await);
    let alive = async |digest: [u8; 32]| {
        let session = store.session(TEAM, &digest, LIFE, true).await.unwrap();
        session.is_some_and(|who| who.account == id && who.name == "alice")
    };
    store.begin_session(&[1; 32], id, LIFE).await.unwrap();
    assert!(alive([1; 32]).await && !alive([2; 32]).await);
    // A page that asks by itself uses nothing.
    fixture
        .run("UPDATE console_session SET seen_at = now() - interval '29 minutes'")
        .await;
    assert!(
        store
            .session(TEAM, &[1; 32], LIFE, false)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(
        fixture
            .number(
                "SELECT count(*) FROM console_session WHERE seen_at < now() - interval '28 minutes'"
            )
            .await,
        1
    );
    assert!(alive([1; 32]).await);
    assert!(
        store
            .session("OTHER", &[1; 32], LIFE, true)
            .await
            .unwrap()
            .is_none()
    );
    // Used twenty minutes ago: goes on, and counts as used now.
    let back = "UPDATE console_session SET seen_at = seen_at - interval '20 minutes'";
    fixture.run(back).await;
    assert!(alive([1; 32]).await);
    fixture.run(back).await;
    assert!(alive([1; 32]).await);
    fixture
        .run("UPDATE console_session SET seen_at = now() - interval '31 minutes'")
        .await;
    assert!(!alive([1; 32]).await);
    // The next one takes what is over away.
    store.begin_session(&[2; 32], id, LIFE).await.unwrap();
    assert_eq!(
        fixture.number("SELECT count(*) FROM console_session").await,
        1
    );
    fixture
        .run("UPDATE console_session SET begun_at = now() - interval '13 hours'")
        .await;
    assert!(!alive([2; 32]).await);
    store.begin_session(&[3; 32], id, LIFE).await.unwrap();
    fixture
        .run("UPDATE console_account SET disabled = true")
        .await;
    assert!(!alive([3; 32]).await);
    fixture
        .run("UPDATE console_account SET disabled = false")
        .await;
    store.choose_language(id, "fr").await.unwrap();
    let who = store
        .session(TEAM, &[3; 32], LIFE, true)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(who.language, "fr");
    store.end_session(&[3; 32]).await.unwrap();
    assert!(!alive([3; 32]).await);
}

#[tokio::test]
async fn attempts_wait_longer_each_time_and_a_quarter_of_an_hour_at_most() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let tried = async |digest: &[u8]| store.attempt(digest, 3).await.unwrap();
    for _ in 0..3 {
        assert!(tried(b"one").await);
    }
    assert!(!tried(b"one").await, "the fourth waits");
    assert!(tried(b"two").await, "another does not");
    let left = "SELECT extract(epoch FROM until - last_at)::bigint FROM console_attempt WHERE digest = 'one'";
    let mut waits = Vec::new();
    for _ in 0..6 {
        waits.push(fixture.number(left).await);
        fixture
            .run("UPDATE console_attempt SET until = now() WHERE digest = 'one'")
            .await;
        assert!(tried(b"one").await);
    }
    assert_eq!(waits, [60, 120, 240, 480, 900, 900]);
    // Of many at once, no more pass than one after the other.
    let all = (0..20).map(|_| store.attempt(b"many", 3));
    let all = futures_util::future::join_all(all).await;
    let passed = all.into_iter().filter(|passed| *passed.as_ref().unwrap());
    assert_eq!(passed.count(), 3);
    store.forget_attempts(&[b"many".to_vec()]).await.unwrap();
    assert!(tried(b"many").await);
    // What is an hour old is forgotten, one's own failures too.
    fixture
        .run("UPDATE console_attempt SET last_at = now() - interval '2 hours', until = now()")
        .await;
    assert!(tried(b"one").await && tried(b"one").await);
    assert_eq!(
        fixture.number("SELECT count(*) FROM console_attempt").await,
        1
    );
}

#[tokio::test]
async fn all_strangers_together_have_a_pace_and_one_gets_through_each_time() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let pace = Duration::from_secs(30);
    let all = (0..20).map(|_| store.paced(b"all", pace, 4));
    let all = futures_util::future::join_all(all).await;
    let passed = all.into_iter().filter(|passed| *passed.as_ref().unwrap());
    assert_eq!(passed.count(), 4);
    for _ in 0..3 {
        let later = "UPDATE console_attempt SET until = until - interval '30 seconds'";
        fixture.run(later).await;
        assert!(store.paced(b"all", pace, 4).await.unwrap());
        assert!(!store.paced(b"all", pace, 4).await.unwrap());
    }
    assert!(!store.knows_network(b"here").await.unwrap());
    for _ in 0..2 {
        store.know_network(b"here").await.unwrap();
    }
    assert!(store.knows_network(b"here").await.unwrap());
    fixture
        .run("UPDATE console_known SET seen_at = now() - interval '91 days'")
        .await;
    assert!(!store.knows_network(b"here").await.unwrap());
    store.know_network(b"there").await.unwrap();
    assert_eq!(
        fixture.number("SELECT count(*) FROM console_known").await,
        1
    );
}

#[tokio::test]
async fn account_of_an_identity_is_found_by_issuer_and_subject_alone() {
    let fixture = Fixture::migrated().await;
    let (store, local) = (&fixture.store, added(&fixture, "alice").await);
    let identity = |issuer: &str, subject: &str| Identity {
        issuer: issuer.into(),
        subject: subject.into(),
    };
    let one = identity("https://id.example", "1");
    let vouched = async |team, identity: &Identity| store.vouched(team, identity).await.unwrap();
    let id = Uuid::now_v7();
    let (wrapped, totp) = sealed(&fixture, id);
    let mut account = ConsoleAccount {
        id,
        name: "alice".into(),
        role: "analyst".into(),
        password: PasswordHash::of_nobody(),
        wrapped,
        totp,
        disabled: false,
        identity: Some(one.clone()),
    };
    let taken = store.add_console_account(TEAM, &account).await;
    assert!(matches!(taken, Err(StoreFault::Conflict)));
    assert_eq!(vouched(TEAM, &one).await, None);
    account.name = "bob".into();
    store.add_console_account(TEAM, &account).await.unwrap();
    let found = vouched(TEAM, &one).await.unwrap();
    assert_eq!(
        (found.id, found.name.as_str(), found.role.as_str()),
        (id, "bob", "analyst")
    );
    for other in [
        identity("https://id.example", "2"),
        identity("https://id.example/", "1"),
    ] {
        assert_eq!(vouched(TEAM, &other).await, None);
    }
    assert_eq!(vouched("OTHER", &one).await, None);
    let stored = store.console_account(TEAM, "bob").await.unwrap().unwrap();
    assert_eq!(stored.identity, Some(one.clone()));
    store.change_vouched_role(id, "reader").await.unwrap();
    store.change_vouched_role(local, "admin").await.unwrap();
    let roles = "SELECT count(*) FROM console_account WHERE role = 'reader'";
    assert_eq!(
        fixture.number(roles).await,
        2,
        "a local account keeps its own"
    );
    // Somebody else's account is bound to nobody's identity twice.
    let nobody = PasswordHash::of_nobody();
    let again = store.bind_account(local, &one, &nobody).await;
    assert!(matches!(again, Err(StoreFault::Conflict)));
    store.begin_session(&[1; 32], local, LIFE).await.unwrap();
    let two = identity("https://id.example", "2");
    assert_eq!(store.bind_account(local, &two, &nobody).await.unwrap(), 1);
    assert_eq!(vouched(TEAM, &two).await.unwrap().name, "alice");
    assert!(
        store.is_vouched(local).await.unwrap() && !store.is_vouched(Uuid::nil()).await.unwrap()
    );
    store.begin_session(&[2; 32], local, LIFE).await.unwrap();
    assert_eq!(store.end_sessions(local).await.unwrap(), 1);
    // A sign-in comes back once, of many at once, too.
    let all = (0..8).map(|_| store.use_flow(&[3; 32]));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(
        all.into_iter()
            .filter(|used| *used.as_ref().unwrap())
            .count(),
        1
    );
    fixture
        .run("UPDATE console_flow SET used_at = now() - interval '2 days'")
        .await;
    assert!(store.use_flow(&[4; 32]).await.unwrap());
    assert_eq!(fixture.number("SELECT count(*) FROM console_flow").await, 1);
}

#[tokio::test]
async fn searches_are_an_analysts_own_or_the_teams() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let [alice, bob] = [added(&fixture, "alice").await, added(&fixture, "bob").await];
    let mut kept = Vec::new();
    for account in [Some(alice), Some(bob), None] {
        let id = Uuid::now_v7();
        let (wrapped, sealed) = sealed(&fixture, id);
        let search = StoredSearch {
            id,
            account,
            wrapped,
            sealed,
        };
        store.add_search(TEAM, &search).await.unwrap();
        kept.push(id);
    }
    let of = async |account| -> Vec<Uuid> {
        let all = store.searches(TEAM, Some(account)).await.unwrap();
        all.iter().map(|one| one.id).collect()
    };
    assert_eq!(of(alice).await, [kept[2], kept[0]]);
    assert_eq!(of(bob).await, [kept[2], kept[1]]);
    // Programs have the team's alone, to read and to remove.
    let shared = store.searches(TEAM, None).await.unwrap();
    assert_eq!((shared.len(), shared[0].id), (1, kept[2]));
    assert!(!store.remove_search(TEAM, None, kept[1]).await.unwrap());
    assert!(
        store
            .searches("OTHER", Some(alice))
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        !store
            .remove_search(TEAM, Some(alice), kept[1])
            .await
            .unwrap()
    );
    assert!(
        !store
            .remove_search("OTHER", Some(alice), kept[2])
            .await
            .unwrap()
    );
    let keys = "SELECT count(*) FROM case_key";
    let before = fixture.number(keys).await;
    assert!(
        store
            .remove_search(TEAM, Some(alice), kept[0])
            .await
            .unwrap()
    );
    assert!(
        store
            .remove_search(TEAM, Some(alice), kept[2])
            .await
            .unwrap()
    );
    assert_eq!(fixture.number(keys).await, before - 2);
    assert_eq!((of(alice).await, of(bob).await), (vec![], vec![kept[1]]));
}

#[tokio::test]
async fn figures_count_what_stands_in_clear() {
    let fixture = six().await;
    fixture
        .run(
            "UPDATE ticket SET created_hour = date_trunc('hour', now()) - CASE serial WHEN 1 THEN interval '0' WHEN 2 THEN interval '10 hours'
                WHEN 4 THEN interval '9 days' ELSE interval '90 days' END;
             UPDATE entry SET received_hour = now(), kind = CASE WHEN size_bucket IS NULL THEN '' ELSE 'report' END;
             UPDATE entry SET kind = 'reply' WHERE ticket = (SELECT id FROM ticket WHERE serial = 1)",
        )
        .await;
    let figures = fixture
        .store
        .figures(TEAM, "Europe/Luxembourg")
        .await
        .unwrap();
    assert_eq!(figures.days.len(), 30);
    assert_eq!(figures.days.iter().map(|(_, count)| count).sum::<i64>(), 3);
    // The third is closed.
    assert_eq!(figures.ages, [1, 1, 0, 0, 1, 2]);
    assert_eq!(
        figures.kinds,
        [("report".to_owned(), 5), ("reply".to_owned(), 1)]
    );
}

fn serials(rows: &[QueueRow]) -> Vec<i64> {
    rows.iter().map(|row| row.serial).collect()
}

/// All pages, each from the last ticket of the one before on, two at a time.
async fn walk(fixture: &Fixture, order: QueueOrder, wanted: &Wanted) -> Vec<i64> {
    let mut page = QueuePage {
        order,
        wanted: wanted.clone(),
        after: None,
        limit: 2,
    };
    let mut all = Vec::new();
    loop {
        let rows = fixture.store.queue_page(TEAM, &page).await.unwrap();
        let Some(last) = rows.last() else {
            return all;
        };
        all.extend(serials(&rows));
        page.after = Some(QueuePlace {
            due: last.due.clone(),
            id: last.id,
        });
    }
}

/// Six tickets, unlike each other.
async fn six() -> Fixture {
    let fixture = Fixture::migrated().await;
    for serial in 1..=6 {
        let mut outcome = fixture.outcome(&serial.to_string());
        outcome.serial = serial;
        fixture.file(&outcome).await;
    }
    fixture
        .run(
            "UPDATE ticket SET answer_due = NULL WHERE serial IN (2, 5);
             UPDATE ticket SET answer_due = '2099-11-22T10:00:00Z', state = 'open' WHERE serial IN (1, 4);
             UPDATE ticket SET answer_due = '2024-11-22T10:00:00Z', state = 'waiting', owner = 'Ann (console)' WHERE serial = 6;
             UPDATE ticket SET answer_due = '2023-11-22T10:00:00Z', state = 'resolved', needs_human = 'unread' WHERE serial = 3;
             UPDATE entry SET signature = 'bad', was_encrypted = true WHERE ticket = (SELECT id FROM ticket WHERE serial = 5);
             UPDATE entry SET signature = 'none', was_encrypted = false WHERE ticket <> (SELECT id FROM ticket WHERE serial = 5);
             INSERT INTO awaited (mail, ticket, letter, party, until)
                SELECT gen_random_uuid(), id, gen_random_uuid(), 'x', date_trunc('hour', now() - interval '1 hour') FROM ticket WHERE serial = 4",
        )
        .await;
    fixture
}

fn open() -> Wanted {
    Wanted::Test(Test::State(vec!["new", "open", "waiting"]))
}

fn not(wanted: Wanted) -> Wanted {
    Wanted::Not(Box::new(wanted))
}

#[tokio::test]
async fn queue_comes_page_by_page_in_its_order() {
    let fixture = six().await;
    let all = Wanted::All(Vec::new());
    for (order, wanted, serials) in [
        (QueueOrder::Urgent, &open(), vec![6, 4, 1, 2, 5]),
        (QueueOrder::Urgent, &all, vec![6, 4, 1, 2, 5]),
        (QueueOrder::Newest, &all, vec![6, 5, 4, 3, 2, 1]),
        (QueueOrder::Oldest, &open(), vec![1, 2, 4, 5, 6]),
    ] {
        assert_eq!(walk(&fixture, order, wanted).await, serials, "{order:?}");
    }
    let page = QueuePage {
        order: QueueOrder::Newest,
        wanted: all,
        after: None,
        limit: 9,
    };
    let rows = fixture.store.queue_page(TEAM, &page).await.unwrap();
    let awaited: Vec<bool> = rows.iter().map(|row| row.awaited).collect();
    assert_eq!(awaited, [false, false, true, false, false, false]);
    assert!(rows.iter().all(|row| row.tests.is_empty()));
    let other = fixture.store.queue_page("OTHER", &page).await.unwrap();
    assert!(other.is_empty());
}

/// What nobody answered in time, and what was refused, stands where it belongs: before what has days left.
#[tokio::test]
async fn what_is_awaited_counts_in_the_order_also_of_merged_tickets() {
    let fixture = six().await;
    let sealed = not(Wanted::All(vec![Wanted::Test(Test::Sealed), not(open())]));
    for (change, order) in [
        // A letter of a ticket without a clock is refused: it is the first but for the one that is late for a year.
        (
            "INSERT INTO awaited (mail, ticket, letter, party, until, failed)
             SELECT gen_random_uuid(), id, gen_random_uuid(), 'x', date_trunc('hour', now() - interval '2 days'), '5.1.1' FROM ticket WHERE serial = 5",
            vec![6, 5, 4, 1, 2],
        ),
        // A ticket that was merged into another one waits longer than all: that one does.
        (
            "INSERT INTO awaited (mail, ticket, letter, party, until)
             SELECT gen_random_uuid(), id, gen_random_uuid(), 'x', '2022-11-22T10:00:00Z' FROM ticket WHERE serial = 3;
             UPDATE ticket SET merged_into = 2 WHERE serial = 3",
            vec![2, 6, 5, 4, 1],
        ),
        // The answers come.
        (
            "UPDATE awaited SET ended = 'answered'",
            vec![6, 1, 4, 2, 5],
        ),
        // What is awaited later than our own answer is due changes nothing.
        (
            "UPDATE awaited SET ended = '', until = '2100-01-01T00:00:00Z'",
            vec![6, 1, 4, 2, 5],
        ),
    ] {
        fixture.run(change).await;
        for wanted in [&open(), &sealed] {
            assert_eq!(
                walk(&fixture, QueueOrder::Urgent, wanted).await,
                order,
                "{change}"
            );
        }
    }
    let ids: Vec<Uuid> = fixture
        .ids("SELECT id FROM ticket WHERE serial IN (2, 4) ORDER BY serial")
        .await;
    let rows = fixture.store.tickets(TEAM, &[], &ids).await.unwrap();
    let due: Vec<_> = rows.iter().map(|row| row.due.as_deref()).collect();
    assert_eq!(
        due,
        [Some("2100-01-01T00:00:00Z"), Some("2099-11-22T10:00:00Z")]
    );
}

#[tokio::test]
async fn every_test_and_joint_finds_what_it_says() {
    let fixture = six().await;
    let ids = "SELECT id FROM ticket WHERE serial IN (2, 4) ORDER BY serial";
    let two: Vec<Uuid> = fixture.ids(ids).await;
    let test = Wanted::Test;
    let ann = || test(Test::Owner("Ann (console)".into()));
    for (wanted, serials) in [
        (test(Test::State(vec!["waiting"])), vec![6]),
        (test(Test::Human), vec![3]),
        // Both the time for our answer and that for theirs.
        (test(Test::Overdue), vec![6, 4]),
        (test(Test::Awaited), vec![4]),
        (test(Test::Encrypted), vec![5]),
        (test(Test::Signature(vec!["bad", "malformed"])), vec![5]),
        (ann(), vec![6]),
        (test(Test::Owner(String::new())), vec![5, 4, 3, 2, 1]),
        (test(Test::OwnerPart("ann".into())), vec![6]),
        (test(Test::Number(2)), vec![2]),
        (test(Test::Before(two[1])), vec![3, 2, 1]),
        (test(Test::Among(two.clone())), vec![4, 2]),
        (test(Test::Among(Vec::new())), vec![]),
        (not(Wanted::All(vec![open(), not(ann())])), vec![6, 3]),
        (Wanted::Any(vec![ann(), test(Test::Number(1))]), vec![6, 1]),
        (not(Wanted::Any(vec![ann(), open()])), vec![3]),
        (not(Wanted::All(Vec::new())), vec![]),
        // What the database can't tell leaves nothing out.
        (Wanted::All(vec![ann(), test(Test::Sealed)]), vec![6]),
        (Wanted::All(vec![ann(), not(test(Test::Sealed))]), vec![6]),
        (
            not(Wanted::Any(vec![not(ann()), test(Test::Sealed)])),
            vec![6],
        ),
    ] {
        let found = walk(&fixture, QueueOrder::Newest, &wanted).await;
        assert_eq!(found, serials, "{wanted:?}");
        let counted = fixture
            .store
            .queue_counts(TEAM, &[wanted], 3)
            .await
            .unwrap();
        assert_eq!(
            counted.counts,
            [i64::try_from(serials.len()).unwrap().min(3)]
        );
    }
    let page = QueuePage {
        order: QueueOrder::Newest,
        wanted: Wanted::Any(vec![ann(), test(Test::Sealed), not(test(Test::Number(5)))]),
        after: None,
        limit: 2,
    };
    let rows = fixture.store.queue_page(TEAM, &page).await.unwrap();
    let told: Vec<&[bool]> = rows.iter().map(|row| row.tests.as_slice()).collect();
    assert_eq!(
        told,
        [[true, false], [false, true]],
        "as they are, not as they are wanted"
    );
    let counts = fixture.store.queue_counts(TEAM, &[], 3).await.unwrap();
    let newest: Vec<Uuid> = fixture.ids("SELECT id FROM ticket WHERE serial = 6").await;
    assert_eq!(counts.newest, Some(newest[0]));
    assert_eq!(
        fixture
            .store
            .queue_counts("OTHER", &[], 3)
            .await
            .unwrap()
            .newest,
        None
    );
}
