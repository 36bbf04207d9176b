//! Certificates of correspondents, and whose they are.

use pillarbox::sealing;
use pillarbox::store::{StoreFault, StoredBinding, StoredCertificate, StoredEvent, Superseded};
use uuid::Uuid;
use vault::Sealed;

use crate::fixture::{Fixture, TEAM};

const PINNED: &str = "pinned";
const AUTHENTICATED: &str = "authenticated";

fn sealed(text: &str) -> Sealed {
    Sealed::from_bytes(text.as_bytes().to_vec())
}

fn event(certificate: Uuid, action: &str) -> StoredEvent {
    StoredEvent {
        id: Uuid::now_v7(),
        certificate,
        action: action.into(),
        detail: sealed("detail"),
    }
}

fn certificate(fixture: &Fixture, text: &str) -> StoredCertificate {
    let id = Uuid::now_v7();
    let key = fixture.ring.new_case_key(vault::Epoch::STANDING).unwrap();
    StoredCertificate {
        id,
        wrapped: fixture
            .ring
            .wrap(&key, &sealing::case_aad(TEAM, id))
            .unwrap(),
        version: 1,
        sealed: key
            .seal(&sealing::certificate_aad(TEAM, id), text.as_bytes())
            .unwrap(),
    }
}

async fn added(fixture: &Fixture, handle: &str) -> StoredCertificate {
    let new = certificate(fixture, handle);
    let handles = [handle.as_bytes().to_vec()];
    let event = event(new.id, "kept");
    assert!(
        fixture
            .store
            .add_certificate(&new, &handles, &event)
            .await
            .unwrap()
    );
    new
}

fn binding(certificate: &StoredCertificate, address: &str, state: &str) -> StoredBinding {
    StoredBinding {
        id: Uuid::now_v7(),
        address: address.as_bytes().to_vec(),
        certificate: certificate.id,
        state: state.into(),
        proof: "sender".into(),
        sealed: sealed("note"),
        mac: mac(certificate.id, state),
    }
}

/// Something that stands for the code of a binding in this state.
fn mac(certificate: Uuid, state: &str) -> Vec<u8> {
    format!("{certificate} {state}").into_bytes()
}

/// Binds; the state that came of it, if it is new.
async fn bind(
    fixture: &Fixture,
    certificate: &StoredCertificate,
    address: &str,
) -> Result<Option<String>, StoreFault> {
    claim(fixture, certificate, address, None).await
}

/// A certificate that speaks for an address, as it was read, and what it becomes.
fn over(certificate: &StoredCertificate, state: &str, becomes: &'static str) -> Superseded {
    Superseded {
        certificate: certificate.id,
        mac: mac(certificate.id, state),
        state: becomes,
        superseded: mac(certificate.id, becomes),
    }
}

/// Binds; `displaced` gives way.
async fn claim(
    fixture: &Fixture,
    certificate: &StoredCertificate,
    address: &str,
    displaced: Option<&Superseded>,
) -> Result<Option<String>, StoreFault> {
    let new = binding(certificate, address, PINNED);
    let mut events = vec![event(certificate.id, PINNED)];
    events.extend(displaced.map(|displaced| event(displaced.certificate, "conflict")));
    let as_conflict = mac(certificate.id, "conflict");
    fixture
        .store
        .bind_certificate(&new, &as_conflict, &certificate.wrapped, displaced, &events)
        .await
}

/// `state` of each certificate for an address, in the order of the certificates.
async fn states(fixture: &Fixture, address: &str) -> Vec<String> {
    let address = [address.as_bytes().to_vec()];
    let bindings = fixture.store.bindings(Some(&[]), Some(&address)).await;
    let bindings = bindings.unwrap();
    for binding in &bindings {
        let code = mac(binding.certificate, &binding.state);
        assert_eq!(binding.mac, code, "{}", binding.state);
    }
    bindings.into_iter().map(|binding| binding.state).collect()
}

#[tokio::test]
async fn certificate_is_found_by_each_handle_and_never_replaced_by_adding() {
    let fixture = Fixture::migrated().await;
    let first = certificate(&fixture, "first");
    let handles = [b"fingerprint".to_vec(), b"key id".to_vec()];
    let store = &fixture.store;
    let kept = event(first.id, "kept");
    assert!(
        store
            .add_certificate(&first, &handles, &kept)
            .await
            .unwrap()
    );
    let other = StoredCertificate {
        id: first.id,
        ..certificate(&fixture, "second")
    };
    let again = event(first.id, "kept");
    assert!(
        !store
            .add_certificate(&other, &handles, &again)
            .await
            .unwrap()
    );
    for handles in [
        Some(&handles[..1]),
        Some(&handles[1..]),
        Some(&handles[..]),
        None,
    ] {
        let found = store.certificates(handles).await.unwrap();
        assert_eq!(found.len(), 1);
        let key = sealing::case_key(&fixture.ring, TEAM, first.id, &found[0].wrapped).unwrap();
        let opened = key.open(&sealing::certificate_aad(TEAM, first.id), &found[0].sealed);
        assert_eq!(opened.unwrap().as_slice(), b"first");
    }
    assert_eq!(
        store.certificates_by_id(&[first.id]).await.unwrap().len(),
        1
    );
    for nobody in [Some(&[b"else".to_vec()][..]), Some(&[])] {
        assert!(store.certificates(nobody).await.unwrap().is_empty());
    }
    assert_eq!(store.certificate_events(first.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_change_is_written_over_the_version_it_was_made_from_and_no_other() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let first = added(&fixture, "a").await;
    let merged = event(first.id, "merged");
    let handles = [b"new subkey".to_vec()];
    store
        .change_certificate(&first, &handles, true, &merged)
        .await
        .unwrap();
    let late = event(first.id, "merged");
    let late = store.change_certificate(&first, &[], false, &late).await;
    assert!(matches!(late, Err(StoreFault::Conflict)), "{late:?}");
    let found = store.certificates(Some(&handles)).await.unwrap();
    assert_eq!((found.len(), found[0].version), (1, 2));
    assert_eq!(store.certificates_to_review().await.unwrap(), [first.id]);
    store.reviewed(first.id, 1).await.unwrap();
    assert_eq!(
        store.certificates_to_review().await.unwrap(),
        [first.id],
        "an older version was looked at"
    );
    store.reviewed(first.id, 2).await.unwrap();
    assert!(store.certificates_to_review().await.unwrap().is_empty());
    let actions = store.certificate_events(first.id).await.unwrap();
    let actions: Vec<&str> = actions.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["kept", "merged"]);
}

#[tokio::test]
async fn the_first_certificate_of_an_address_is_pinned_and_another_one_is_a_conflict() {
    let fixture = Fixture::migrated().await;
    let first = added(&fixture, "a").await;
    let second = added(&fixture, "b").await;
    let bound = |state: &str| Some(state.to_owned());
    assert_eq!(bind(&fixture, &first, "noc").await.unwrap(), bound(PINNED));
    assert_eq!(bind(&fixture, &first, "noc").await.unwrap(), None);
    assert_eq!(
        bind(&fixture, &second, "noc").await.unwrap(),
        bound("conflict")
    );
    assert_eq!(bind(&fixture, &second, "noc").await.unwrap(), None);
    assert_eq!(
        bind(&fixture, &second, "desk").await.unwrap(),
        bound(PINNED)
    );
    assert_eq!(states(&fixture, "noc").await, [PINNED, "conflict"]);
    let all = fixture.store.bindings(None, None).await.unwrap();
    assert_eq!(all.len(), 3);
    let of_second = fixture
        .store
        .bindings(Some(&[second.id]), Some(&[]))
        .await
        .unwrap();
    assert_eq!(of_second.len(), 2);
    let actions = fixture.store.certificate_events(second.id).await.unwrap();
    let actions: Vec<&str> = actions.iter().map(|event| event.action.as_str()).collect();
    assert_eq!(actions, ["kept", "conflict", PINNED]);
}

#[tokio::test]
async fn many_that_come_at_once_leave_one_pin() {
    let fixture = Fixture::migrated().await;
    let mut certificates = Vec::new();
    for number in 0..12 {
        certificates.push(added(&fixture, &number.to_string()).await);
    }
    let bindings = certificates.iter().map(|certificate| async {
        // As the callers do: whoever was too late looks again.
        loop {
            match bind(&fixture, certificate, "noc").await {
                Err(StoreFault::Conflict) => continue,
                other => return other.unwrap(),
            }
        }
    });
    let states = futures_util::future::join_all(bindings).await;
    let pinned = states.iter().flatten().filter(|state| *state == PINNED);
    assert_eq!(pinned.count(), 1, "{states:?}");
    let conflicts = states.iter().flatten().filter(|state| *state == "conflict");
    assert_eq!(conflicts.count(), 11, "{states:?}");
}

#[tokio::test]
async fn a_decision_changes_what_it_was_made_about_and_supersedes_who_spoke_before() {
    let fixture = Fixture::migrated().await;
    let store = &fixture.store;
    let first = added(&fixture, "a").await;
    let second = added(&fixture, "b").await;
    bind(&fixture, &first, "noc").await.unwrap();
    bind(&fixture, &second, "noc").await.unwrap();
    // `holder`: who speaks for the address, as it was read.
    let decide = async |one: &StoredCertificate,
                        state: &str,
                        from: &[&str],
                        holder: Option<(&StoredCertificate, &str)>| {
        let changed = binding(one, "noc", state);
        let event = event(one.id, state);
        let superseded = holder.map(|(holder, state)| over(holder, state, "superseded"));
        store
            .decide_binding(&changed, superseded.as_ref(), from, &one.wrapped, &[event])
            .await
    };
    assert!(
        !decide(&first, "rejected", &["conflict"], None)
            .await
            .unwrap()
    );
    assert_eq!(states(&fixture, "noc").await, [PINNED, "conflict"]);
    // Whoever doesn't know who speaks for the address, or how he stands to it by now, reads it again.
    for holder in [None, Some((&first, AUTHENTICATED))] {
        let refused = decide(&second, AUTHENTICATED, &["conflict"], holder).await;
        assert!(matches!(refused, Err(StoreFault::Conflict)), "{refused:?}");
    }
    let holder = Some((&first, PINNED));
    assert!(
        decide(&second, AUTHENTICATED, &["conflict"], holder)
            .await
            .unwrap()
    );
    assert_eq!(states(&fixture, "noc").await, ["superseded", AUTHENTICATED]);
    // And back again.
    let holder = Some((&second, AUTHENTICATED));
    assert!(
        decide(&first, AUTHENTICATED, &["superseded"], holder)
            .await
            .unwrap()
    );
    assert_eq!(states(&fixture, "noc").await, [AUTHENTICATED, "superseded"]);
    assert!(
        decide(&first, "rejected", &[AUTHENTICATED], None)
            .await
            .unwrap()
    );
    assert_eq!(states(&fixture, "noc").await, ["rejected", "superseded"]);
    assert_eq!(
        bind(&fixture, &added(&fixture, "c").await, "noc")
            .await
            .unwrap()
            .as_deref(),
        Some(PINNED)
    );
}

/// The actions that a certificate's history tells.
async fn told(fixture: &Fixture, certificate: &StoredCertificate) -> Vec<String> {
    let events = fixture.store.certificate_events(certificate.id).await;
    events.unwrap().into_iter().map(|it| it.action).collect()
}

#[tokio::test]
async fn who_is_displaced_as_it_was_read_becomes_a_conflict_and_nobody_else_does() {
    let fixture = Fixture::migrated().await;
    let forged = added(&fixture, "a").await;
    let owned = added(&fixture, "b").await;
    let late = added(&fixture, "c").await;
    let bound = |state: &str| Some(state.to_owned());
    bind(&fixture, &forged, "noc").await.unwrap();
    // Not as it was read: somebody looks again.
    let stale = over(&forged, AUTHENTICATED, "conflict");
    let claimed = claim(&fixture, &late, "noc", Some(&stale)).await.unwrap();
    assert_eq!(claimed, bound("conflict"));
    assert_eq!(told(&fixture, &forged).await, ["kept", PINNED]);
    let read = over(&forged, PINNED, "conflict");
    let claimed = claim(&fixture, &owned, "noc", Some(&read)).await.unwrap();
    assert_eq!(claimed, bound(PINNED));
    assert_eq!(
        states(&fixture, "noc").await,
        ["conflict", PINNED, "conflict"]
    );
    assert_eq!(told(&fixture, &forged).await, ["kept", PINNED, "conflict"]);
    // A conflict that displaces the one that speaks.
    let changed = binding(&late, "noc", PINNED);
    let events = [event(late.id, PINNED), event(owned.id, "conflict")];
    let read = over(&owned, PINNED, "conflict");
    let decided = fixture
        .store
        .decide_binding(&changed, Some(&read), &["conflict"], &late.wrapped, &events)
        .await;
    assert!(decided.unwrap());
    assert_eq!(
        states(&fixture, "noc").await,
        ["conflict", "conflict", PINNED]
    );
    assert_eq!(told(&fixture, &owned).await, ["kept", PINNED, "conflict"]);
    assert_eq!(told(&fixture, &late).await, ["kept", "conflict", PINNED]);
}
