//! New team keys.

use std::time::Duration;

use sequoia_openpgp::armor::{Kind, Writer};
use sequoia_openpgp::cert::prelude::*;
use sequoia_openpgp::serialize::{Serialize, SerializeInto};
use sequoia_openpgp::types::{Features, KeyFlags};
use sequoia_openpgp::{Packet, Profile as Rfc};
use zeroize::Zeroizing;

use super::At;
use super::certs::text;
use super::keys::KeyError;

/// Algorithms of a new key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Ed25519 and Cv25519 in version 4 packets, which GnuPG 2.2 reads.
    Curve25519,
    /// RSA with 4096 bits in version 4 packets.
    Rsa4096,
}

/// A new key. The secret part is not locked with a passphrase: whoever stores it seals it.
#[derive(Clone, PartialEq, Eq)]
pub struct GeneratedKey {
    /// Upper-case hex.
    pub fingerprint: String,
    /// Armoured secret key; overwritten when dropped.
    pub secret: Zeroizing<String>,
    /// Armoured certificate.
    pub public: String,
    /// Armoured revocation certificate, to be kept apart.
    pub revocation: String,
}

/// Makes a team key: a primary key that certifies, a subkey that signs, a subkey that decrypts.
///
/// `validity` `None` makes a key that never expires. The user ID is written as `Name <address>`.
pub fn generate_team_key(
    user_id: &str,
    profile: Profile,
    validity: Option<Duration>,
    now: jiff::Timestamp,
) -> Result<GeneratedKey, KeyError> {
    let suite = match profile {
        Profile::Curve25519 => CipherSuite::Cv25519,
        Profile::Rsa4096 => CipherSuite::RSA4k,
    };
    // A key that says it reads SEIPDv2 gets mail that GnuPG 2.2 can't open.
    let made = CertBuilder::new()
        .set_profile(Rfc::RFC4880)
        .and_then(|builder| builder.set_features(Features::empty().set_seipdv1()))
        .and_then(|builder| {
            builder
                .set_cipher_suite(suite)
                .set_creation_time(At::new(now).now)
                .set_validity_period(validity)
                .add_userid(user_id)
                .add_signing_subkey()
                .add_subkey(
                    KeyFlags::empty()
                        .set_transport_encryption()
                        .set_storage_encryption(),
                    None,
                    None,
                )
                .generate()
        });
    let (cert, revocation) = made.map_err(|_| KeyError::NotMade)?;
    let revoked = armored_packet(&revocation.into()).ok_or(KeyError::NotMade)?;
    Ok(GeneratedKey {
        fingerprint: cert.fingerprint().to_hex(),
        secret: text(cert.as_tsk().armored().to_vec().ok())
            .map(Zeroizing::new)
            .ok_or(KeyError::NotMade)?,
        public: text(cert.armored().to_vec().ok()).ok_or(KeyError::NotMade)?,
        revocation: revoked,
    })
}

fn armored_packet(packet: &Packet) -> Option<String> {
    let mut writer = Writer::new(Vec::new(), Kind::PublicKey).ok()?;
    packet.serialize(&mut writer).ok()?;
    text(writer.finalize().ok())
}
