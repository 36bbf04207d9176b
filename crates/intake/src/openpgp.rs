//! Peels OpenPGP layers and judges them (RFC 3156, RFC 9580); signs and encrypts what we send.

use serde::{Deserialize, Serialize};

/// What was found of OpenPGP in one message. This is the `openpgp` object of `inspect --json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPgp {
    /// At least one encrypted layer stands where the reader looks for one.
    pub encrypted: bool,
    /// All of those layers were opened.
    pub decrypted: bool,
    /// At least one signature was found, whatever its verdict.
    pub signed: bool,
    /// From the outside in.
    pub layers: Vec<Layer>,
    /// The Subject comes from inside the encryption or signature (RFC 9788 or the older convention).
    pub protected_subject: bool,
    /// The first error, in one stable word: `no_key`, `damaged`, `unsupported`, `expands`, `too_many_packets`, `malformed`.
    pub error: Option<String>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layer {
    /// An encrypted container.
    Encrypted(EncryptedLayer),
    /// A signature.
    Signed(SignedLayer),
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
    /// Whether the one From address is a user ID that the certificate carries.
    pub from_matches: bool,
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
    /// Checks, by a certificate that we have authenticated.
    Good,
    /// Checks, by a certificate that nobody here has authenticated.
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
