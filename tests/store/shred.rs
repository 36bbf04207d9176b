//! Erasing and sealing anew as the database does it: nothing of a case is left, nothing joins one that changed meanwhile, and
//! no sealed column is forgotten.

use pillarbox::erasure::{self, By};
use pillarbox::sealing;
use pillarbox::store::{
    Committed, SealedColumn, SealedPlace, StoreFault, StoredCertificate, StoredEvent, Told,
};
use uuid::Uuid;
use vault::{Epoch, Sealed, WrappedKey};

use crate::fixture::{Fixture, Outcome, TEAM};

const BY: By<'static> = By {
    team: TEAM,
    actor: "tester",
    reason: "request",
};

async fn erase(fixture: &Fixture, case: Uuid) -> bool {
    erasure::erase_case(&fixture.store, &fixture.ring, case, BY)
        .await
        .unwrap()
}

#[tokio::test]
async fn erasing_takes_every_row_of_the_case_and_none_of_another() {
    let fixture = Fixture::migrated().await;
    let mut outcomes = [fixture.outcome("a"), fixture.outcome("b")];
    outcomes[1].serial = 2;
    for outcome in &outcomes {
        fixture.file(outcome).await;
    }
    let rows = async || {
        let mut rows = Vec::new();
        for question in [
            "SELECT count(*) FROM case_key",
            "SELECT count(*) FROM ticket",
            "SELECT count(*) FROM entry",
            "SELECT count(*) FROM observable",
            "SELECT count(*) FROM observable_index",
            "SELECT count(*) FROM outbox",
            "SELECT count(*) FROM seen",
            "SELECT count(*) FROM party",
            "SELECT count(*) FROM foreign_reference",
        ] {
            rows.push(fixture.number(question).await);
        }
        rows
    };
    assert_eq!(rows().await, [2; 9]);
    let sizes = fixture.store.case_sizes(&[outcomes[0].case]).await.unwrap();
    assert_eq!(
        (
            sizes[0].serial,
            sizes[0].entries,
            sizes[0].observables,
            sizes[0].mails
        ),
        (Some(1), 1, 1, 1)
    );
    assert!(erase(&fixture, outcomes[0].case).await);
    assert_eq!(rows().await, [1; 9]);
    assert!(!erase(&fixture, outcomes[0].case).await, "gone already");
    assert_eq!(
        fixture.number("SELECT count(*) FROM audit").await,
        3,
        "the trail ends with it"
    );
    let log = fixture.store.shred_log(TEAM, Some(1), 10).await.unwrap();
    assert_eq!(log.len(), 1);
    assert_eq!(
        (log[0].what.as_str(), log[0].actor.as_str()),
        ("ticket", "tester")
    );
    assert_eq!(
        log[0].epoch,
        i32::from(sealing::epoch_of(outcomes[0].case).number())
    );
    assert!(
        fixture
            .store
            .shred_log(TEAM, Some(2), 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        fixture
            .store
            .shred_log("Other", None, 10)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn suppressed_mail_is_logged_without_a_number() {
    let fixture = Fixture::migrated().await;
    let outcome = fixture.outcome("a");
    let inbox = fixture.held().await;
    let committed = outcome.commit(&fixture.store, inbox, None, None, 1).await;
    assert_eq!(committed.unwrap(), Committed::Filed);
    assert!(erase(&fixture, outcome.case).await);
    assert_eq!(fixture.number("SELECT count(*) FROM entry").await, 0);
    let log = fixture.store.shred_log(TEAM, None, 10).await.unwrap();
    assert_eq!((log[0].what.as_str(), log[0].serial), ("suppressed", None));
}

/// Joins the first outcome's ticket, knowing its key as `known`.
async fn join(
    fixture: &Fixture,
    joining: &Outcome,
    ticket: Uuid,
    known: &WrappedKey,
    audit: i32,
) -> Result<Committed, StoreFault> {
    let inbox = fixture.held().await;
    let done = joining
        .join(&fixture.store, inbox, ticket, known, audit)
        .await;
    fixture.run("DELETE FROM inbox").await;
    done
}

#[tokio::test]
async fn nothing_is_sealed_under_a_key_that_was_replaced_or_erased() {
    let fixture = Fixture::migrated().await;
    let first = fixture.outcome("a");
    fixture.file(&first).await;
    let good = join(
        &fixture,
        &fixture.outcome("b"),
        first.case,
        &first.wrapped,
        2,
    )
    .await;
    assert_eq!(good.unwrap(), Committed::Filed);

    let aad = sealing::case_aad(TEAM, first.case);
    let other = fixture.ring.rewrap(&first.wrapped, &aad).unwrap();
    let work = fixture.store.take_case(first.case).await.unwrap().unwrap();
    work.finish(&other).await.unwrap();
    let late = join(
        &fixture,
        &fixture.outcome("c"),
        first.case,
        &first.wrapped,
        3,
    )
    .await;
    assert!(matches!(late, Err(StoreFault::Conflict)), "{late:?}");
    let again = join(&fixture, &fixture.outcome("c"), first.case, &other, 3).await;
    assert_eq!(again.unwrap(), Committed::Filed);

    assert!(erase(&fixture, first.case).await);
    let gone = join(&fixture, &fixture.outcome("d"), first.case, &other, 9).await;
    assert!(matches!(gone, Err(StoreFault::Conflict)), "{gone:?}");
    assert_eq!(fixture.number("SELECT count(*) FROM entry").await, 0);
}

#[tokio::test]
async fn a_case_in_hand_is_joined_by_nobody_until_it_is_finished_or_let_go() {
    let fixture = Fixture::migrated().await;
    let first = fixture.outcome("a");
    fixture.file(&first).await;
    let inbox = fixture.held().await;
    let aad = sealing::case_aad(TEAM, first.case);
    let other = fixture.ring.rewrap(&first.wrapped, &aad).unwrap();
    let work = fixture.store.take_case(first.case).await.unwrap().unwrap();
    let joining = fixture.outcome("b");
    let mut joined =
        std::pin::pin!(joining.join(&fixture.store, inbox, first.case, &first.wrapped, 2));
    let waited = tokio::time::timeout(std::time::Duration::from_millis(300), &mut joined).await;
    assert!(waited.is_err(), "it did not wait");
    work.finish(&other).await.unwrap();
    assert!(matches!(joined.await, Err(StoreFault::Conflict)));

    // Without the last step nothing has changed.
    let mut work = fixture.store.take_case(first.case).await.unwrap().unwrap();
    let places = work.places().await.unwrap();
    assert_eq!(places.len(), 5);
    for place in &places {
        work.write(place, &Sealed::from_bytes(b"lost".to_vec()))
            .await
            .unwrap();
    }
    drop(work);
    let mut work = fixture.store.take_case(first.case).await.unwrap().unwrap();
    let key = sealing::case_key(&fixture.ring, TEAM, first.case, &work.wrapped).unwrap();
    for place in &places {
        let sealed = work.read(place).await.unwrap();
        let aad = sealing::place_aad(TEAM, first.case, place);
        assert!(key.open(&aad, &sealed).is_ok(), "{place:?}");
    }
}

/// Octets that are no sealed value of a case: keyed digests and codes, wrapped keys, and the inbox, which has its own key.
const NOT_OF_A_CASE: [&str; 32] = [
    "awaited.party",
    "epoch_key.commitment",
    "audit_head.mac",
    "audit_head.seal",
    "inbox.envelope",
    "inbox.content",
    "inbox_piece.content",
    "case_key.wrapped",
    "seen.digest",
    "party.digest",
    "foreign_reference.digest",
    "certificate_handle.digest",
    "acknowledged.address",
    "acknowledged.domain",
    "outbox.addressed",
    "audit.mac",
    "contact_language.address",
    "organisation.digest",
    "undeliverable.address",
    "transport_received.digest",
    "certificate_binding.address",
    "certificate_binding.mac",
    "replay.digest",
    "replay.sender",
    "console_session.digest",
    "console_attempt.digest",
    "console_flow.digest",
    "console_known.digest",
    "api_token.digest",
    "api_request.digest",
    "api_request.asked",
    "_sqlx_migrations.checksum",
];

#[tokio::test]
async fn every_sealed_column_is_known_to_the_reseal() {
    let fixture = Fixture::migrated().await;
    let mut connection = fixture.connection().await;
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT table_name || '.' || column_name FROM information_schema.columns
         WHERE table_schema = 'public' AND data_type = 'bytea' ORDER BY 1",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let sealed: Vec<&str> = SealedColumn::ALL
        .iter()
        .map(|column| column.name())
        .collect();
    for column in &columns {
        let is_known =
            sealed.contains(&column.as_str()) || NOT_OF_A_CASE.contains(&column.as_str());
        assert!(
            is_known,
            "{column}: add it to store::SealedColumn when it is sealed under a case's key, else here"
        );
    }
    for column in sealed {
        assert!(
            columns.contains(&column.to_owned()),
            "{column} is no column"
        );
    }
}

#[tokio::test]
async fn epochs_are_found_by_a_walk_along_the_index() {
    let fixture = Fixture::migrated().await;
    assert_eq!(fixture.store.epochs_named().await.unwrap(), []);
    let mut connection = fixture.connection().await;
    let months = ["2024-12", "2025-01", "2025-02"].map(|month| month.parse::<Epoch>().unwrap());
    for (number, epoch) in months.into_iter().chain([Epoch::STANDING]).enumerate() {
        let case = Uuid::from_u128(u128::try_from(number).unwrap() + 1);
        let key = fixture.ring.new_case_key(epoch).unwrap();
        let wrapped = fixture
            .ring
            .wrap(&key, &sealing::case_aad(TEAM, case))
            .unwrap();
        sqlx::query("INSERT INTO case_key (id, wrapped) VALUES ($1, $2)")
            .bind(case)
            .bind(wrapped.as_bytes())
            .execute(&mut connection)
            .await
            .unwrap();
    }
    let named = fixture.store.epochs_named().await.unwrap();
    assert_eq!(named, [(0, 1), (300, 1), (301, 1), (302, 1)]);
    assert_eq!(fixture.store.count_cases_of(301).await.unwrap(), 1);
    assert_eq!(fixture.store.month_size(TEAM, 301).await.unwrap(), (1, 0));
    let below = fixture
        .store
        .cases_of(300, Some(1), Uuid::nil(), 10)
        .await
        .unwrap();
    assert!(below.is_empty());
    assert_eq!(
        erasure::check_epochs(&fixture.store, &fixture.ring)
            .await
            .unwrap(),
        []
    );

    // One is erased here, one was erased elsewhere, and one is lost.
    let spread = "SELECT count(*) FROM index_spread WHERE month = '2025-01-01'";
    fixture
        .run(
            "INSERT INTO index_spread VALUES (9, '2025-01-01', gen_random_uuid()), (9, date_trunc('month', now()), gen_random_uuid())",
        )
        .await;
    let erased = erasure::erase_month(&fixture.store, &fixture.ring, months[0], BY).await;
    assert_eq!(erased.unwrap(), 1);
    assert_eq!(fixture.number(spread).await, 0, "it goes with the month");
    let of_others = "SELECT count(*) FROM index_spread";
    assert_eq!(
        fixture.number(of_others).await,
        1,
        "this month is written to"
    );
    fixture.ring.erase_epoch(months[1]).unwrap();
    let left = erasure::check_epochs(&fixture.store, &fixture.ring)
        .await
        .unwrap();
    assert_eq!(left, [months[1]]);
    fixture
        .ring
        .destroy_epoch_key(fixture.ring.epoch_keys().unwrap()[1].0)
        .unwrap();
    let lost = erasure::check_epochs(&fixture.store, &fixture.ring)
        .await
        .unwrap_err();
    assert!(
        lost.to_string().contains("names: 2025-02.1.epoch."),
        "{lost}"
    );
    assert!(fixture.store.is_emptied(300).await.unwrap());
    assert!(
        !fixture.store.is_emptied(302).await.unwrap(),
        "there is one"
    );
    assert!(
        !fixture.store.is_emptied(299).await.unwrap(),
        "nothing was erased"
    );
}

/// S-72: every sealed value in the place of every other one, of the same case and of another.
#[tokio::test]
async fn no_value_opens_in_the_place_of_another() {
    let fixture = Fixture::migrated().await;
    let mut values: Vec<(Uuid, SealedPlace, Sealed)> = Vec::new();
    for serial in 1..=2 {
        let mut outcome = fixture.outcome(&serial.to_string());
        outcome.serial = serial;
        fixture.file(&outcome).await;
        let mut work = fixture
            .store
            .take_case(outcome.case)
            .await
            .unwrap()
            .unwrap();
        for place in work.places().await.unwrap() {
            let sealed = work.read(&place).await.unwrap();
            values.push((outcome.case, place, sealed));
        }
    }
    for name in ["one.example", "two.example"] {
        let peer = pillarbox::transport::seal_peer(&fixture.ring, TEAM, name).unwrap();
        fixture.store.add_counts(&[&peer], &[]).await.unwrap();
        values.push((peer.id, place(SealedColumn::Peer, peer.id), peer.sealed));
    }
    let register = crate::contacts::register(&fixture);
    for name in ["One", "Two"] {
        let one = crate::contacts::organisation(name, &[], &[]);
        register.add(&one, "kim").await.unwrap();
    }
    for one in fixture.store.organisations().await.unwrap() {
        values.push((
            one.id,
            place(SealedColumn::Organisation, one.id),
            one.sealed,
        ));
    }
    let certificate = certificate(&fixture).await;
    values.push((
        certificate.id,
        place(SealedColumn::Certificate, certificate.id),
        certificate.sealed,
    ));
    assert_eq!(values.len(), 15);
    let mut refused = 0;
    for (here, (case, place, own)) in values.iter().enumerate() {
        let work = fixture.store.take_case(*case).await.unwrap().unwrap();
        let key = sealing::case_key(&fixture.ring, TEAM, *case, &work.wrapped).unwrap();
        let aad = sealing::place_aad(TEAM, *case, place);
        assert!(key.open(&aad, own).is_ok());
        for (there, (_, _, other)) in values.iter().enumerate() {
            if here != there {
                assert!(key.open(&aad, other).is_err(), "{there} at {here}");
                refused += 1;
            }
        }
        for (other, _, _) in &values {
            let swapped = sealing::case_key(&fixture.ring, TEAM, *other, &work.wrapped);
            assert_eq!(swapped.is_ok(), other == case);
        }
    }
    assert_eq!(refused, 15 * 14);
}

async fn certificate(fixture: &Fixture) -> StoredCertificate {
    let id = Uuid::from_u128(7);
    let key = fixture.ring.new_case_key(Epoch::STANDING).unwrap();
    let aad = sealing::certificate_aad(TEAM, id);
    let stored = StoredCertificate {
        id,
        wrapped: fixture
            .ring
            .wrap(&key, &sealing::case_aad(TEAM, id))
            .unwrap(),
        version: 1,
        sealed: key.seal(&aad, b"certificate").unwrap(),
    };
    let event = StoredEvent {
        id: Uuid::now_v7(),
        certificate: id,
        action: "kept".into(),
        detail: key.seal(&aad, b"event").unwrap(),
    };
    let link = fixture.link(id).await;
    let told = Told {
        event: &event,
        line: link.line(),
    };
    let added = fixture.store.add_certificate(&stored, &[], &told).await;
    assert!(added.unwrap());
    stored
}

fn place(column: SealedColumn, row: Uuid) -> SealedPlace {
    SealedPlace { column, row }
}
