//! Opens an OpenPGP message: all of it or nothing (T04).

use std::io::Read;

use sequoia_openpgp::crypto::SessionKey;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::parse::stream::{DecryptorBuilder, VerifierBuilder};
use sequoia_openpgp::types::SymmetricAlgorithm;
use zeroize::Zeroizing;

use super::judge::{Judge, Judged};
use super::packets::{self, Outline, Sealed};
use super::reason::Reason;
use super::session::Session;
use super::{At, Certificates, Keys, armor, guarded};

/// An opened message.
pub(crate) struct Opened {
    pub(crate) plaintext: Zeroizing<Vec<u8>>,
    /// What opened it; `None` when the message was not encrypted but signed.
    pub(crate) container: Option<Container>,
    /// The verdicts on the signatures inside, in the order in which they stand.
    pub(crate) signatures: Vec<Judged>,
}

/// The encrypted container that was opened.
pub(crate) struct Container {
    /// Fingerprint of the team certificate.
    pub(crate) key: String,
    pub(crate) sealed: Sealed,
    session: (Option<SymmetricAlgorithm>, SessionKey),
}

/// Why a message stayed closed.
#[derive(Debug)]
pub(crate) struct Closed {
    pub(crate) reason: Reason,
    /// The container, when the message got so far as to show one.
    pub(crate) sealed: Option<Sealed>,
}

/// What a message is opened with.
pub(crate) struct Opener<'a> {
    pub(crate) keys: &'a Keys,
    pub(crate) certificates: &'a Certificates,
    pub(crate) now: jiff::Timestamp,
    /// Octets of plaintext that are still allowed.
    pub(crate) budget: usize,
}

/// Opens a message, armoured or binary. `earlier` is what opened the same message before: signatures are then judged anew
/// without a second private-key operation.
pub(crate) fn open(
    message: &[u8],
    with: &Opener<'_>,
    earlier: Option<&Container>,
) -> Result<Opened, Closed> {
    guarded(|| opened(message, with, earlier)).unwrap_or(Err(closed(Reason::Malformed)))
}

fn closed(reason: Reason) -> Closed {
    Closed {
        reason,
        sealed: None,
    }
}

fn opened(
    message: &[u8],
    with: &Opener<'_>,
    earlier: Option<&Container>,
) -> Result<Opened, Closed> {
    let binary = armor::dearmored(message).ok_or(closed(Reason::Malformed))?;
    let at = At::new(with.now);
    let mut session = Session::new(with.keys, Judge::new(with.certificates, &at), binary.len());
    session.limit = session.limit.min(with.budget);
    session.known = earlier.map(|container| (container.key.clone(), container.session.clone()));
    match packets::outline(&binary).map_err(closed)? {
        Outline::Encrypted(sealed) => {
            decrypted(&binary, session, sealed).map_err(|reason| Closed {
                reason,
                sealed: Some(sealed),
            })
        }
        Outline::Opaque => opaque(&binary, session).map_err(closed),
    }
}

/// For the environment of a process that reads mail: the least that Sequoia allocates and clears for each of its buffers. With
/// its own 32 KiB that costs a tenth of an RSA-2048 operation; nothing else depends on it.
pub const READER_ENVIRONMENT: (&str, &str) = ("SEQUOIA_BUFFERED_READER_BUFFER", "4096");

/// What is buffered of a message: so many times its length, and so many octets at least. Text is compressed to a quarter as a
/// rule, and logs to much less.
const BUFFERS: [(usize, usize); 2] = [(4, 8 * 1024), (16, 64 * 1024)];

/// Sequoia makes buffers of the size that it is allowed, several and whatever the message's length, and all that is overwritten
/// when it is freed: for a short message that cost more than the private-key operation. So a message that bursts a small
/// buffer is begun again with the next one, and with the limit at last; its session key is known by then.
fn sizes(length: usize, limit: usize) -> impl Iterator<Item = usize> {
    BUFFERS
        .into_iter()
        .map(move |(ratio, least)| length.saturating_mul(ratio).max(least))
        .filter(move |size| *size < limit)
        .chain([limit])
}

fn decrypted(binary: &[u8], mut session: Session<'_>, sealed: Sealed) -> Result<Opened, Reason> {
    let at = session.judge.at();
    let mut plaintext = Err(Reason::Expands);
    for size in sizes(binary.len(), session.limit) {
        session.begin();
        let built = DecryptorBuilder::from_bytes(binary).and_then(|builder| {
            builder
                .buffer_size(size)
                .with_policy(&at.policy, at.with_skew(), &mut session)
        });
        plaintext = match built {
            // The message is longer than the buffer: nothing was verified, nothing is taken.
            Ok(decryptor) if !decryptor.message_processed() => continue,
            Ok(mut decryptor) => drained(&mut decryptor, binary.len()),
            Err(error) => Err(session.reason(&error)),
        };
        break;
    }
    let plaintext = plaintext?;
    if !matches!(session.judge.shape.as_str(), "E" | "EC" | "ES" | "ECS") {
        return Err(Reason::Malformed);
    }
    let (key, opened_with) = session.known.ok_or(Reason::NoKey)?;
    Ok(Opened {
        plaintext,
        container: Some(Container {
            key,
            sealed,
            session: opened_with,
        }),
        signatures: session.judge.judged,
    })
}

/// A message that is signed but not encrypted (RFC 9580 section 10.3).
fn opaque(binary: &[u8], mut session: Session<'_>) -> Result<Opened, Reason> {
    let at = session.judge.at();
    let mut plaintext = Err(Reason::Expands);
    for size in sizes(binary.len(), session.limit) {
        session.begin();
        let built = VerifierBuilder::from_bytes(binary).and_then(|builder| {
            builder
                .buffer_size(size)
                .with_policy(&at.policy, at.with_skew(), &mut session)
        });
        plaintext = match built {
            Ok(verifier) if !verifier.message_processed() => continue,
            Ok(mut verifier) => drained(&mut verifier, binary.len()),
            Err(error) => Err(session.reason(&error)),
        };
        break;
    }
    let plaintext = plaintext?;
    if !matches!(session.judge.shape.as_str(), "S" | "CS") {
        return Err(Reason::Malformed);
    }
    Ok(Opened {
        plaintext,
        container: None,
        signatures: session.judge.judged,
    })
}

/// Room for all of it at once, because a buffer that grows leaves copies behind.
fn drained(reader: &mut dyn Read, room: usize) -> Result<Zeroizing<Vec<u8>>, Reason> {
    let mut plaintext = Zeroizing::new(Vec::with_capacity(room));
    match reader.read_to_end(&mut plaintext) {
        Ok(_) => Ok(plaintext),
        Err(_) => Err(Reason::Damaged),
    }
}
