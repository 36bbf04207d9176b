//! Certificates of correspondents, and whose they are.

use pillarbox::sealing;
use pillarbox::store::{
    BindingChange, Holder, StoreFault, StoredBinding, StoredCertificate, StoredEvent, Told,
};
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
    assert!(add(fixture, &new, &handles, &event).await.unwrap());
    new
}

async fn add(
    fixture: &Fixture,
    new: &StoredCertificate,
    handles: &[Vec<u8>],
    event: &StoredEvent,
) -> Result<bool, StoreFault> {
    let link = fixture.link(new.id).await;
    let line = link.line();
    let told = Told { event, line };
    fixture.store.add_certificate(new, handles, &told).await
}

async fn change(
    fixture: &Fixture,
    changed: &StoredCertificate,
    handles: &[Vec<u8>],
    review: bool,
) -> Result<(), StoreFault> {
    let event = &event(changed.id, "merged");
    let link = fixture.link(changed.id).await;
    let line = link.line();
    let told = Told { event, line };
    let store = &fixture.store;
    store
        .change_certificate(changed, handles, review, &told)
        .await
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

/// Who speaks for an address, with the state in which it was read, and what it becomes.
type Over<'a> = (&'a StoredCertificate, &'a str, Option<&'static str>);

/// Writes a binding in this state over one that was in the state `was`.
async fn write(
    fixture: &Fixture,
    certificate: &StoredCertificate,
    address: &str,
    (was, state): (Option<&str>, &str),
    over: Option<Over<'_>>,
) -> Result<(), StoreFault> {
    let new = binding(certificate, address, state);
    let was = was.map(|was| mac(certificate.id, was));
    let holder = over.map(|(holder, read, becomes)| Holder {
        certificate: holder.id,
        mac: mac(holder.id, read),
        becomes: becomes.map(|state| (state, mac(holder.id, state))),
    });
    let mut events = vec![event(certificate.id, state)];
    if let Some((holder, _, Some(becomes))) = over {
        events.push(event(holder.id, becomes));
    }
    let mut links = Vec::new();
    for event in &events {
        links.push(fixture.link(event.certificate).await);
    }
    let told = events.iter().zip(&links).map(|(event, link)| Told {
        event,
        line: link.line(),
    });
    let change = BindingChange {
        binding: &new,
        was: was.as_deref(),
        holder: holder.as_ref(),
        key: &certificate.wrapped,
        told: &told.collect::<Vec<_>>(),
    };
    fixture.store.write_binding(&change).await
}

/// Binds one that nobody else speaks beside.
async fn bind(
    fixture: &Fixture,
    certificate: &StoredCertificate,
    address: &str,
) -> Result<(), StoreFault> {
    write(fixture, certificate, address, (None, PINNED), None).await
}

fn is_refused(written: &Result<(), StoreFault>) -> bool {
    matches!(written, Err(StoreFault::Conflict))
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
    assert!(add(&fixture, &first, &handles, &kept).await.unwrap());
    let other = StoredCertificate {
        id: first.id,
        ..certificate(&fixture, "second")
    };
    let again = event(first.id, "kept");
    assert!(!add(&fixture, &other, &handles, &again).await.unwrap());
    let lines = store.audit_rows(&[first.id]).await.unwrap();
    assert_eq!(lines.len(), 1);
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
    let handles = [b"new subkey".to_vec()];
    change(&fixture, &first, &handles, true).await.unwrap();
    let late = change(&fixture, &first, &[], false).await;
    assert!(matches!(late, Err(StoreFault::Conflict)), "{late:?}");
    let lines = store.audit_rows(&[first.id]).await.unwrap();
    assert_eq!(lines.len(), 2, "what was not done is not told");
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
async fn one_certificate_speaks_for_an_address_and_another_one_is_bound_beside_it() {
    let fixture = Fixture::migrated().await;
    let first = added(&fixture, "a").await;
    let second = added(&fixture, "b").await;
    bind(&fixture, &first, "noc").await.unwrap();
    // It is bound already; and whoever doesn't know who speaks looks again.
    assert!(is_refused(&bind(&fixture, &first, "noc").await));
    assert!(is_refused(&bind(&fixture, &second, "noc").await));
    let over = Some((&first, PINNED, None));
    let states_of = (None, "conflict");
    write(&fixture, &second, "noc", states_of, over)
        .await
        .unwrap();
    bind(&fixture, &second, "desk").await.unwrap();
    assert_eq!(states(&fixture, "noc").await, [PINNED, "conflict"]);
    let all = fixture.store.bindings(None, None).await.unwrap();
    assert_eq!(all.len(), 3);
    let of_second = fixture
        .store
        .bindings(Some(&[second.id]), Some(&[]))
        .await
        .unwrap();
    assert_eq!(of_second.len(), 2);
    assert_eq!(told(&fixture, &second).await, ["kept", "conflict", PINNED]);
}

#[tokio::test]
async fn many_that_come_at_once_leave_one_pin() {
    let fixture = Fixture::migrated().await;
    let mut certificates = Vec::new();
    for number in 0..12 {
        certificates.push(added(&fixture, &number.to_string()).await);
    }
    let written = certificates
        .iter()
        .map(|certificate| bind(&fixture, certificate, "noc"));
    let written = futures_util::future::join_all(written).await;
    let pinned = written.iter().filter(|written| written.is_ok()).count();
    let refused = written.iter().filter(|written| is_refused(written)).count();
    assert_eq!((pinned, refused), (1, 11));
    assert_eq!(states(&fixture, "noc").await, [PINNED]);
}

#[tokio::test]
async fn a_decision_changes_what_it_was_made_about_and_supersedes_who_spoke_before() {
    let fixture = Fixture::migrated().await;
    let first = added(&fixture, "a").await;
    let second = added(&fixture, "b").await;
    bind(&fixture, &first, "noc").await.unwrap();
    let over = Some((&first, PINNED, None));
    let beside = (None, "conflict");
    write(&fixture, &second, "noc", beside, over).await.unwrap();
    assert_eq!(fixture.store.in_conflict(8).await.unwrap(), [second.id]);
    assert!(fixture.store.in_conflict(0).await.unwrap().is_empty());
    let decided = (Some("conflict"), AUTHENTICATED);
    // Whoever doesn't know who speaks for the address, or how he stands to it by now, reads it again.
    for holder in [None, Some((&first, AUTHENTICATED, Some("superseded")))] {
        let refused = write(&fixture, &second, "noc", decided, holder).await;
        assert!(is_refused(&refused), "{refused:?}");
    }
    assert_eq!(states(&fixture, "noc").await, [PINNED, "conflict"]);
    let over = Some((&first, PINNED, Some("superseded")));
    write(&fixture, &second, "noc", decided, over)
        .await
        .unwrap();
    assert_eq!(states(&fixture, "noc").await, ["superseded", AUTHENTICATED]);
    assert!(fixture.store.in_conflict(8).await.unwrap().is_empty());
    // And back again.
    let back = (Some("superseded"), AUTHENTICATED);
    let over = Some((&second, AUTHENTICATED, Some("superseded")));
    write(&fixture, &first, "noc", back, over).await.unwrap();
    assert_eq!(states(&fixture, "noc").await, [AUTHENTICATED, "superseded"]);
    let rejected = (Some(AUTHENTICATED), "rejected");
    write(&fixture, &first, "noc", rejected, None)
        .await
        .unwrap();
    assert_eq!(states(&fixture, "noc").await, ["rejected", "superseded"]);
    let third = added(&fixture, "c").await;
    bind(&fixture, &third, "noc").await.unwrap();
    // Who is displaced is told of, too; and each that was told has its line.
    assert_eq!(
        told(&fixture, &second).await,
        ["kept", "conflict", AUTHENTICATED, "superseded"]
    );
    let lines = fixture.store.audit_rows(&[second.id]).await.unwrap();
    assert_eq!(lines.len(), 4);
}

/// The actions that a certificate's history tells.
async fn told(fixture: &Fixture, certificate: &StoredCertificate) -> Vec<String> {
    let events = fixture.store.certificate_events(certificate.id).await;
    events.unwrap().into_iter().map(|it| it.action).collect()
}
