//! Certificates: taken in, merged, cut down, asked again from the memory of those parsed lately.

use std::sync::LazyLock;

use sequoia_openpgp::cert::prelude::*;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::ReasonForRevocation;

use super::WORLD;
use crate::openpgp::{
    Bound, Certificates, Correspondent, autocrypt_keydata, describe, export_public,
    usable_for_encryption, vet,
};

/// The peer's certificate, taken back by its owner.
static REVOKED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let secret = std::fs::read("corpus/keys/peer.asc").expect("seeds");
    let cert = Cert::from_bytes(&secret).expect("a key");
    let primary = cert.primary_key().key().clone().parts_into_secret();
    let mut signer = primary.expect("a secret").into_keypair().expect("unlocked");
    let revocation = CertRevocationBuilder::new()
        .set_reason_for_revocation(ReasonForRevocation::KeyCompromised, b"fuzz")
        .expect("a reason")
        .build(&mut signer, &cert, None)
        .expect("a signature");
    let (cert, _) = cert.insert_packets(revocation).expect("its own");
    cert.strip_secret_key_material().to_vec().expect("memory")
});

/// The input is a file with certificates.
pub fn file(input: &[u8]) {
    let world = &*WORLD;
    describe(input, world.now);
    usable_for_encryption(input, world.now);
    if let Some(keydata) = autocrypt_keydata(input, world.now) {
        assert!(keydata.len() <= 10 * 1024);
    }
    if let Some(exported) = export_public(input) {
        assert!(!exported.contains("PRIVATE KEY"));
    }
    let correspondent = Correspondent {
        cert: input,
        authenticated: true,
        bound: Bound::UserIds,
    };
    Certificates::new(&world.team, &[correspondent]);
    for vetted in vet(&world.team, input, None, world.now) {
        assert!(vetted.certificate.len() <= 64 * 1024);
        assert!(!vetted.info.has_secret);
        let certificate = &vetted.certificate;
        let again = vet(&world.team, certificate, Some(certificate), world.now);
        let [again] = again.as_slice() else {
            panic!("{} of one", again.len());
        };
        assert!(!again.standing_changed, "nothing came");
        assert!(!again.news, "nothing came");
    }
    let revoked = describe(&REVOKED, world.now).expect("a certificate");
    assert!(revoked.revoked);
    for vetted in vet(&world.team, input, Some(&REVOKED), world.now) {
        if vetted.info.fingerprint == revoked.fingerprint {
            assert!(vetted.info.revoked, "a revocation was lost");
        }
    }
}
