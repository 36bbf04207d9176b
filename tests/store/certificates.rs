//! Certificates of correspondents, and whose they are.

use pillarbox::sealing;
use pillarbox::store::{StoreFault, StoredBinding, StoredCertificate, StoredEvent};
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

/// Proofs that give way.
const WEAK: [&str; 2] = ["signature", "attached"];

fn binding(certificate: &StoredCertificate, address: &str, state: &str) -> StoredBinding {
    StoredBinding {
        id: Uuid::now_v7(),
        address: address.as_bytes().to_vec(),
        certificate: certificate.id,
        state: state.into(),
        proof: "sender".into(),
        sealed: sealed("note"),
    }
}

/// Binds; the state that came of it, if it is new.
async fn bind(
    fixture: &Fixture,
    certificate: &StoredCertificate,
    address: &str,
) -> Result<Option<String>, StoreFault> {
    claim(fixture, certificate, address, "sender", None).await
}

/// Binds for a reason; `over` is the certificate that may give way.
async fn claim(
    fixture: &Fixture,
    certificate: &StoredCertificate,
    address: &str,
    proof: &str,
    over: Option<&StoredCertificate>,
) -> Result<Option<String>, StoreFault> {
    let new = StoredBinding {
        proof: proof.into(),
        ..binding(certificate, address, PINNED)
    };
    let mut events = vec![event(certificate.id, PINNED)];
    events.extend(over.map(|over| event(over.id, "conflict")));
    fixture
        .store
        .bind_certificate(&new, &certificate.wrapped, &WEAK, &events)
        .await
}

/// `state` of each certificate for an address, in the order of the certificates.
async fn states(fixture: &Fixture, address: &str) -> Vec<String> {
    let address = [address.as_bytes().to_vec()];
    let bindings = fixture.store.bindings(Some(&[]), Some(&address)).await;
    let bindings = bindings.unwrap().into_iter();
    bindings.map(|binding| binding.state).collect()
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
    let decide = |certificate: StoredCertificate, state: &'static str, from: Vec<&'static str>| {
        let changed = binding(&certificate, "noc", state);
        let event = event(certificate.id, state);
        async move {
            store
                .decide_binding(&changed, &from, &certificate.wrapped, None, &[event])
                .await
                .unwrap()
        }
    };
    assert!(!decide(first.clone(), "rejected", vec!["conflict"]).await);
    assert_eq!(states(&fixture, "noc").await, [PINNED, "conflict"]);
    assert!(decide(second.clone(), AUTHENTICATED, vec!["conflict"]).await);
    assert_eq!(states(&fixture, "noc").await, ["superseded", AUTHENTICATED]);
    // And back again.
    assert!(decide(first.clone(), AUTHENTICATED, vec!["superseded"]).await);
    assert_eq!(states(&fixture, "noc").await, [AUTHENTICATED, "superseded"]);
    assert!(decide(first, "rejected", vec![AUTHENTICATED]).await);
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
async fn a_weak_pin_gives_way_to_a_stronger_claim_and_to_no_other() {
    let fixture = Fixture::migrated().await;
    let forged = added(&fixture, "a").await;
    let other = added(&fixture, "b").await;
    let owned = added(&fixture, "c").await;
    let late = added(&fixture, "d").await;
    let bound = |state: &str| Some(state.to_owned());
    let claimed = async |certificate, proof, over| {
        claim(&fixture, certificate, "noc", proof, over)
            .await
            .unwrap()
    };
    assert_eq!(claimed(&forged, "signature", None).await, bound(PINNED));
    // As weak, in whatever way: a conflict.
    assert_eq!(
        claimed(&other, "attached", Some(&forged)).await,
        bound("conflict")
    );
    assert_eq!(
        claimed(&owned, "sender", Some(&forged)).await,
        bound(PINNED)
    );
    assert_eq!(
        states(&fixture, "noc").await,
        ["conflict", "conflict", PINNED]
    );
    assert_eq!(told(&fixture, &forged).await, ["kept", PINNED, "conflict"]);
    assert_eq!(told(&fixture, &other).await, ["kept", "conflict"]);
    // As strong: a conflict.
    assert_eq!(
        claimed(&late, "certified", Some(&owned)).await,
        bound("conflict")
    );
    assert_eq!(told(&fixture, &owned).await, ["kept", PINNED]);
}

#[tokio::test]
async fn a_conflict_displaces_a_weak_pin_when_it_is_proved_and_a_strong_one_never_by_itself() {
    let fixture = Fixture::migrated().await;
    let forged = added(&fixture, "a").await;
    let owned = added(&fixture, "b").await;
    let third = added(&fixture, "c").await;
    for (certificate, proof) in [
        (&forged, "signature"),
        (&owned, "attached"),
        (&third, "attached"),
    ] {
        claim(&fixture, certificate, "noc", proof, None)
            .await
            .unwrap();
    }
    let raise = async |certificate: &StoredCertificate, over: &StoredCertificate| {
        let changed = binding(certificate, "noc", PINNED);
        let events = [event(certificate.id, PINNED), event(over.id, "conflict")];
        let weak = Some(&WEAK[..]);
        fixture
            .store
            .decide_binding(&changed, &["conflict"], &certificate.wrapped, weak, &events)
            .await
            .unwrap()
    };
    assert!(raise(&owned, &forged).await);
    assert_eq!(
        states(&fixture, "noc").await,
        ["conflict", PINNED, "conflict"]
    );
    assert_eq!(told(&fixture, &forged).await, ["kept", PINNED, "conflict"]);
    assert!(!raise(&third, &owned).await);
    assert_eq!(
        states(&fixture, "noc").await,
        ["conflict", PINNED, "conflict"]
    );
    assert_eq!(told(&fixture, &owned).await, ["kept", "conflict", PINNED]);
}

#[tokio::test]
async fn weak_and_strong_claims_that_come_at_once_leave_a_strong_pin() {
    let fixture = Fixture::migrated().await;
    let mut certificates = Vec::new();
    for number in 0..12 {
        certificates.push(added(&fixture, &number.to_string()).await);
    }
    let claims = certificates
        .iter()
        .enumerate()
        .map(|(number, certificate)| {
            let proof = if number % 3 == 0 {
                "sender"
            } else {
                "signature"
            };
            let fixture = &fixture;
            async move {
                loop {
                    match claim(fixture, certificate, "noc", proof, None).await {
                        Err(StoreFault::Conflict) => continue,
                        other => return other.unwrap(),
                    }
                }
            }
        });
    futures_util::future::join_all(claims).await;
    let address = [b"noc".to_vec()];
    let bindings = fixture.store.bindings(Some(&[]), Some(&address)).await;
    let bindings = bindings.unwrap();
    let pinned: Vec<&str> = bindings
        .iter()
        .filter(|binding| binding.state == PINNED)
        .map(|binding| binding.proof.as_str())
        .collect();
    assert_eq!((bindings.len(), pinned), (12, vec!["sender"]));
}
