//! Certificates of correspondents.

use pillarbox::sealing;
use pillarbox::store::StoredCertificate;
use uuid::Uuid;

use crate::fixture::{Fixture, TEAM};

#[tokio::test]
async fn certificate_is_found_by_each_handle_and_replaced_as_a_whole() {
    let fixture = Fixture::migrated().await;
    let id = Uuid::now_v7();
    for (authenticated, text) in [(false, "first"), (true, "second")] {
        let key = fixture.ring.new_case_key(vault::Epoch::STANDING).unwrap();
        let stored = StoredCertificate {
            id,
            wrapped: fixture
                .ring
                .wrap(&key, &sealing::case_aad(TEAM, id))
                .unwrap(),
            authenticated,
            sealed: key
                .seal(&sealing::certificate_aad(TEAM, id), text.as_bytes())
                .unwrap(),
        };
        let handles = [b"fingerprint".to_vec(), b"address".to_vec()];
        fixture
            .store
            .add_certificate(&stored, &handles)
            .await
            .unwrap();
        for handles in [
            Some(&handles[..1]),
            Some(&handles[1..]),
            Some(&handles[..]),
            None,
        ] {
            let found = fixture.store.certificates(handles).await.unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].authenticated, authenticated);
            let key = sealing::case_key(&fixture.ring, TEAM, id, &found[0].wrapped).unwrap();
            let opened = key.open(&sealing::certificate_aad(TEAM, id), &found[0].sealed);
            assert_eq!(opened.unwrap().as_slice(), text.as_bytes());
        }
    }
    let none = fixture.store.certificates(Some(&[b"else".to_vec()])).await;
    assert!(none.unwrap().is_empty());
    let none = fixture.store.certificates(Some(&[])).await;
    assert!(none.unwrap().is_empty());
}
