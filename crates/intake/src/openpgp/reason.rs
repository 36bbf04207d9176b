//! Why a layer stayed closed or a signature proves nothing, in one stable word.

use sequoia_openpgp::{Error, anyhow};

/// The words of [`OpenPgp::error`](super::OpenPgp::error).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// None of our keys is among the recipients.
    NoKey,
    /// The integrity code does not fit, or the message breaks off.
    Damaged,
    /// An algorithm or packet that we can't, or on purpose don't, open.
    Unsupported,
    /// More plaintext than the limits allow (T08).
    Expands,
    /// More packets of a kind than the limits allow (T09).
    TooManyPackets,
    /// Not an OpenPGP message of a form that we accept (T27).
    Malformed,
    /// Made with an algorithm that no longer proves anything (T13).
    Weak,
    /// A genuine signature whose own time is over, or has not come.
    NotInForce,
    /// The signer named recipients, and we are none of them.
    NotForUs,
    /// There is next to nothing to read but ciphertext at a place where it is not opened (T01).
    Errant,
}

impl Reason {
    pub(crate) fn word(self) -> String {
        match self {
            Reason::NoKey => "no_key",
            Reason::Damaged => "damaged",
            Reason::Unsupported => "unsupported",
            Reason::Expands => "expands",
            Reason::TooManyPackets => "too_many_packets",
            Reason::Malformed => "malformed",
            Reason::Weak => "weak",
            Reason::NotInForce => "not_in_force",
            Reason::NotForUs => "not_for_us",
            Reason::Errant => "errant",
        }
        .to_owned()
    }

    /// What Sequoia's error comes to, `otherwise` when it names nothing in particular.
    pub(super) fn of(error: &anyhow::Error, otherwise: Reason) -> Reason {
        error
            .chain()
            .find_map(|cause| cause.downcast_ref::<Error>().and_then(named))
            .unwrap_or(otherwise)
    }
}

fn named(error: &Error) -> Option<Reason> {
    let unsupported = matches!(
        error,
        Error::UnsupportedPacketType(_)
            | Error::UnsupportedHashAlgorithm(_)
            | Error::UnsupportedPublicKeyAlgorithm(_)
            | Error::UnsupportedEllipticCurve(_)
            | Error::UnsupportedSymmetricAlgorithm(_)
            | Error::UnsupportedAEADAlgorithm(_)
            | Error::UnsupportedCompressionAlgorithm(_)
            | Error::UnsupportedSignatureType(_)
            | Error::PolicyViolation(..)
    );
    if unsupported {
        Some(Reason::Unsupported)
    } else if matches!(error, Error::ManipulatedMessage) {
        Some(Reason::Damaged)
    } else {
        None
    }
}
