//! Peels OpenPGP layers and judges them (RFC 3156, RFC 9580); signs and encrypts what we send.
//!
//! Everything goes through Sequoia's standard policy at a time that the caller gives; nothing here is lenient about
//! integrity. Plaintext leaves [`open`] only after the whole message was read and its integrity code checked (T04).

mod armor;
mod certify;
mod certs;
mod clean;
mod describe;
mod digest;
mod generate;
mod judge;
mod keys;
mod lifecycle;
mod native;
mod open;
mod packets;
mod parsed;
mod publish;
mod reason;
mod recipients;
mod recognise;
mod session;
mod unpad;
mod verify;
mod vet;
mod wkd;
mod write;

use std::time::{Duration, SystemTime};

use sequoia_openpgp::policy::StandardPolicy;
use serde::{Deserialize, Serialize};

pub(crate) use armor::{Alone, Block, BlockKind, alone, armour_charset, blocks, is_footer};
pub use certify::certify;
pub use certs::{armored, autocrypt_keydata, export_public, usable_for_encryption};
pub(crate) use certs::{kept, parse_all};
pub use describe::{CertInfo, describe};
pub(crate) use digest::sha256;
pub use generate::{GeneratedKey, Profile, generate_team_key};
pub(crate) use judge::Judged;
pub(crate) use keys::Certificates;
pub use keys::{Bound, Correspondent, KeyError, Keys};
pub use lifecycle::{Unlocked, certify_next, extend, newest_signature, revoke, unlock};
pub use native::{Elsewhere, Operation, PublicPart};
pub use open::READER_ENVIRONMENT;
pub(crate) use open::{Closed, Opened, Opener, open};
pub use publish::{TeamCard, export_team, team_card, wkd_name};
pub(crate) use reason::Reason;
pub use recipients::Recipients;
pub(crate) use recognise::{Holds, holds, recognised};
pub(crate) use session::MAX_PLAINTEXT;
pub(crate) use verify::{cleartext, cleartext_refused, detached, detached_file};
pub use vet::{Certified, Review, Revocation, Vetted, review, vet};
pub use wkd::{WkdPlace, wkd_places};
pub use write::{DetachedSignature, WriteError, encrypt, encrypt_hidden, sign_detached};

/// What was found of OpenPGP in one message. This is the `openpgp` object of `inspect --json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPgp {
    /// At least one encrypted layer stands where the reader looks for one; or there is next to nothing to read but an
    /// encrypted part at another place, see [`OpenPgp::errant`].
    pub encrypted: bool,
    /// All of those layers were opened, and something could be read.
    pub decrypted: bool,
    /// At least one signature was found, whatever its verdict.
    pub signed: bool,
    /// From the outside in.
    pub layers: Vec<Layer>,
    /// The Subject comes from inside the encryption or signature (RFC 9788 or the older convention).
    pub protected_subject: bool,
    /// Encrypted parts that stand at a place where they are not opened, because somebody else may have put them there: among
    /// other text, beside HTML, in a forwarded message, quoted (T01; errant layers, RFC 9787). In document order, at most 16.
    #[serde(default)]
    pub errant: Vec<Errant>,
    /// The first error, in one stable word: `no_key`, `damaged`, `unsupported`, `expands`, `too_many_packets`, `malformed`;
    /// `errant` when there is next to nothing to read but [`OpenPgp::errant`] parts; of signatures also `weak` (an algorithm that no longer proves anything), `not_in_force` (genuine, but expired or dated in the future) and `not_for_us` (the signer named other
    /// recipients, RFC 9580 section 5.2.3.36).
    pub error: Option<String>,
}

/// An OpenPGP message that was recognised and left closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errant {
    /// The id of the part, see [`ReadPart::id`](crate::reading::ReadPart::id).
    pub part: String,
    /// What it looks like.
    pub form: Form,
    /// As [`EncryptedLayer::ciphertext`]; `None` when its packets could not be made out.
    #[serde(default)]
    pub ciphertext: Option<[u8; 32]>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layer {
    /// An encrypted container.
    Encrypted(EncryptedLayer),
    /// A signature.
    Signed(SignedLayer),
}

impl Layer {
    /// The signer that a signature names; `None` for an encrypted layer, and when it names none.
    pub fn signer(&self) -> Option<&str> {
        match self {
            Layer::Signed(signed) => signed.signer.as_deref(),
            Layer::Encrypted(_) => None,
        }
    }
}

/// An encrypted container and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncryptedLayer {
    /// Where it stood.
    pub form: Form,
    /// Fingerprint of the team certificate that opened it; `None` when it stayed closed.
    pub key: Option<String>,
    /// `mdc` (SEIPDv1) or `aead` (SEIPDv2); `None` when not known.
    pub integrity: Option<String>,
    /// Why it stayed closed, one of the words of [`OpenPgp::error`].
    pub error: Option<String>,
    /// SHA-256 of the container's content, the same however armour, headers, packet framing and session-key packets around
    /// it were rewritten; changing the content itself breaks its integrity code, so a replayed ciphertext is known by it
    /// (T03). `None` when no container was found. Not part of `inspect --json`.
    #[serde(default)]
    pub ciphertext: Option<[u8; 32]>,
}

/// A signature and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedLayer {
    /// Where it stood.
    pub form: Form,
    /// The verdict.
    pub verdict: Verdict,
    /// Fingerprint of the signing certificate when it is at hand, else the issuer that the signature names; may be `None`.
    pub signer: Option<String>,
    /// Whether the whole message is covered, or a part.
    pub covers: Covers,
    /// Ids of the parts that it is over, see [`ReadPart::id`](crate::reading::ReadPart::id), whatever its verdict; empty when
    /// it is over a ciphertext only.
    #[serde(default)]
    pub parts: Vec<String>,
    /// Whether the one From address is bound to the certificate by us, and not by a user ID that its owner wrote: anybody can
    /// make a certificate with any user ID (T21).
    pub from_matches: bool,
    /// It is not, but the certificate says of itself that it is of the one From address. The first message of a correspondent
    /// looks like this; so does a forger's. Not part of `inspect --json`, as what follows.
    #[serde(default)]
    pub claims_from: bool,
    /// It checks, by a certificate that is authenticated, but there is one From address and it is neither bound to it nor in its
    /// user IDs.
    #[serde(default)]
    pub other_address: bool,
    /// Fingerprint of the key that signed, a subkey as a rule; `None` when the certificate is not at hand.
    #[serde(default)]
    pub key: Option<String>,
    /// A digest of what was signed together with the signature's own time: the same for the same signature, however it is
    /// wrapped (T26). `None` for the team's own signatures, which come back in replies, and for what can't be read.
    #[serde(default)]
    pub digest: Option<[u8; 32]>,
    /// When it was made, by its own word: one that is much older than the mail was made for another (T26). `None` when the
    /// signature can't be read.
    #[serde(default)]
    pub made: Option<jiff::Timestamp>,
    /// A stable word, as in [`OpenPgp::error`].
    pub error: Option<String>,
}

/// Where a layer stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// RFC 3156.
    Mime,
    /// Armour in a text part.
    Inline,
    /// An attached file.
    Attachment,
}

/// The verdict on a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Checks, by a certificate that we have authenticated for the one From address.
    Good,
    /// Checks, by a certificate that nobody here has authenticated for that address.
    GoodUnknownKey,
    /// The certificate is not at hand.
    MissingKey,
    /// Checks, by a certificate that had expired.
    ExpiredKey,
    /// By a certificate that was revoked.
    RevokedKey,
    /// Does not check.
    Bad,
    /// Can't be read as a signature.
    Malformed,
}

/// How much of the message a signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Covers {
    /// All that is shown.
    Whole,
    /// Less than that.
    Part,
}

/// Sequoia's standard policy and the time that the caller gave, so that nothing reads the clock.
struct At {
    policy: StandardPolicy<'static>,
    now: SystemTime,
}

impl At {
    fn new(now: jiff::Timestamp) -> At {
        // Before 1970 there is no OpenPGP.
        let seconds = u64::try_from(now.as_second()).unwrap_or(0);
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        At {
            policy: StandardPolicy::at(now),
            now,
        }
    }

    /// Senders' clocks go fast by minutes; Sequoia forgives as much when it reads the clock itself.
    fn with_skew(&self) -> SystemTime {
        self.now + CLOCK_SKEW
    }
}

const CLOCK_SKEW: Duration = Duration::from_secs(30 * 60);

/// Sequoia asserts what it believes of its input. Where a stranger's message proves it wrong, the message is malformed and
/// still a report; the buffers are dropped, and nothing of ours is shared with what failed.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).ok()
}
