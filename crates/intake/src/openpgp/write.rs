//! Signs and encrypts what we send (RFC 3156 sections 4 to 6 leave the MIME to the caller).

use std::io::Write;

use sequoia_openpgp::armor::Kind;
use sequoia_openpgp::serialize::stream::padding::Padder;
use sequoia_openpgp::serialize::stream::{
    Armorer, Encryptor, LiteralWriter, Message, Recipient, Signer,
};
use sequoia_openpgp::types::{HashAlgorithm, SymmetricAlgorithm};
use sequoia_openpgp::{Cert, anyhow};

use super::certs::{encryption_keys, parse};
use super::native::SecretKey;
use super::{At, Keys};

/// A detached signature for `multipart/signed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetachedSignature {
    /// The content of the `application/pgp-signature` part.
    pub armored: String,
    /// The `micalg` parameter, e.g. `pgp-sha512` (RFC 3156 section 5).
    pub micalg: &'static str,
    /// Fingerprint of the team certificate.
    pub signer: String,
}

/// Why nothing was written.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// Permanent until a key is added: none of the team's keys may sign at that time.
    #[error("no team key that may sign now")]
    NoSigningKey,
    /// Permanent for that recipient: the certificate is not one that may be encrypted to at that time.
    #[error("a recipient's certificate can't be used for encryption now")]
    UnusableRecipient,
    /// Permanent: no recipient was given.
    #[error("no recipient")]
    NoRecipient,
    /// Permanent: OpenPGP could not write the message.
    #[error("the message could not be written")]
    NotWritten,
}

/// Signs exactly these octets with the first team key that may sign at that time.
///
/// The caller gives the MIME entity with CRLF line ends and without trailing blanks (RFC 3156 section 5).
pub fn sign_detached(
    keys: &Keys,
    data: &[u8],
    now: jiff::Timestamp,
) -> Result<DetachedSignature, WriteError> {
    let at = At::new(now);
    let (cert, pair) = signer(keys, &at).ok_or(WriteError::NoSigningKey)?;
    let mut armored = Vec::new();
    detached_into(&mut armored, pair, data, &at).map_err(|_| WriteError::NotWritten)?;
    Ok(DetachedSignature {
        armored: String::from_utf8(armored).map_err(|_| WriteError::NotWritten)?,
        micalg: "pgp-sha512",
        signer: cert.fingerprint().to_hex(),
    })
}

/// Encrypts, and signs inside when asked, to all recipients; armoured.
///
/// SEIPDv1 unless every recipient says that it reads SEIPDv2 (RFC 9580 section 5.13). Padded where that is possible.
pub fn encrypt(
    keys: &Keys,
    plaintext: &[u8],
    recipients: &[&[u8]],
    sign: bool,
    now: jiff::Timestamp,
) -> Result<String, WriteError> {
    written(keys, plaintext, recipients, sign, Named::Outside, now)
}

/// As [`encrypt`], signed, without saying to whom: who watches the mail learns no key (T58). A recipient with many keys has to
/// try them all.
pub fn encrypt_hidden(
    keys: &Keys,
    plaintext: &[u8],
    recipients: &[&[u8]],
    now: jiff::Timestamp,
) -> Result<String, WriteError> {
    written(keys, plaintext, recipients, true, Named::Nowhere, now)
}

/// Whether an encrypted message says for which keys it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    Outside,
    Nowhere,
}

fn written(
    keys: &Keys,
    plaintext: &[u8],
    recipients: &[&[u8]],
    sign: bool,
    named: Named,
    now: jiff::Timestamp,
) -> Result<String, WriteError> {
    let at = At::new(now);
    let certs: Option<Vec<Cert>> = recipients.iter().map(|cert| parse(cert)).collect();
    let certs = certs.ok_or(WriteError::UnusableRecipient)?;
    if certs.is_empty() {
        return Err(WriteError::NoRecipient);
    }
    let signing = match sign {
        true => Some(signer(keys, &at).ok_or(WriteError::NoSigningKey)?.1),
        false => None,
    };
    let mut to: Vec<Recipient<'_>> = Vec::new();
    for cert in &certs {
        let usable = encryption_keys(cert, &at);
        if usable.is_empty() {
            return Err(WriteError::UnusableRecipient);
        }
        for recipient in usable.into_iter().map(Recipient::from) {
            to.push(match named {
                Named::Outside => recipient,
                Named::Nowhere => recipient
                    .set_key_handle(None)
                    .map_err(|_| WriteError::UnusableRecipient)?,
            });
        }
    }
    let mut armored = Vec::new();
    encrypt_into(&mut armored, to, &certs, signing, plaintext, &at)
        .map_err(|_| WriteError::NotWritten)?;
    String::from_utf8(armored).map_err(|_| WriteError::NotWritten)
}

/// The first team key that may sign at that time.
pub(super) fn signer<'a>(keys: &'a Keys, at: &At) -> Option<(&'a Cert, &'a SecretKey)> {
    keys.team().iter().find_map(|held| {
        let valid = held.cert.with_policy(&at.policy, at.now).ok()?;
        valid.alive().ok()?;
        let key = held
            .cert
            .keys()
            .with_policy(&at.policy, at.now)
            .supported()
            .alive()
            .revoked(false)
            .for_signing()
            .find_map(|key| {
                let fingerprint = key.key().fingerprint();
                held.pairs
                    .iter()
                    .find(|pair| pair.public().fingerprint() == fingerprint)
            })?;
        let revoked = matches!(
            valid.revocation_status(),
            sequoia_openpgp::types::RevocationStatus::Revoked(_)
        );
        (!revoked).then_some((&*held.cert, key))
    })
}

fn detached_into(sink: &mut Vec<u8>, pair: &SecretKey, data: &[u8], at: &At) -> anyhow::Result<()> {
    let message = Armorer::new(Message::new(sink))
        .kind(Kind::Signature)
        .build()?;
    let mut message = Signer::new(message, pair)?
        .hash_algo(HashAlgorithm::SHA512)?
        .creation_time(at.now)
        .detached()
        .build()?;
    message.write_all(data)?;
    message.finalize()
}

fn encrypt_into(
    sink: &mut Vec<u8>,
    to: Vec<Recipient<'_>>,
    certs: &[Cert],
    signing: Option<&SecretKey>,
    plaintext: &[u8],
    at: &At,
) -> anyhow::Result<()> {
    let message = Armorer::new(Message::new(sink)).build()?;
    let message = Encryptor::for_recipients(message, to)
        .symmetric_algo(SymmetricAlgorithm::AES256)
        .build()?;
    let message = Padder::new(message).build()?;
    let message = match signing {
        Some(pair) => {
            let mut signer = Signer::new(message, pair)?
                .hash_algo(HashAlgorithm::SHA512)?
                .creation_time(at.now);
            for cert in certs {
                signer = signer.add_intended_recipient(cert);
            }
            signer.build()?
        }
        None => message,
    };
    let mut message = LiteralWriter::new(message).build()?;
    message.write_all(plaintext)?;
    message.finalize()
}
