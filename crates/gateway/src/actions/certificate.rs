//! Which of two certificates speaks for an address (T11).

use crate::correspondents::{Book, BookFault, Claim, Proof, State};

/// Octets of a reason.
pub(crate) const MOST_REASON: usize = 2_000;

/// Which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// The one that came: from now on.
    Take,
    /// The one that is known: the other is not taken again.
    Keep,
}

/// What an analyst decided.
pub(crate) struct Decision<'a> {
    /// Of the one that came.
    pub fingerprint: &'a str,
    /// Whose it is said to be.
    pub address: &'a str,
    /// Fingerprint of the one that stayed in use when the analyst looked; empty for none.
    pub seen: &'a str,
    pub choice: Choice,
    /// How both were compared, and with whom; may be empty to keep the one that is known.
    pub why: &'a str,
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Undecided {
    /// No such certificate.
    #[error("there is no such certificate")]
    Gone,
    /// Without that nobody takes one.
    #[error("say how the fingerprint was compared, and with whom")]
    NotCompared,
    /// The reason is too long.
    #[error("the reason has {MOST_REASON} octets at most")]
    TooLong,
    /// They are not as they were seen.
    #[error("somebody else has decided meanwhile, or another certificate came: look again")]
    Meanwhile,
    /// The book did not do it.
    #[error(transparent)]
    Book(#[from] BookFault),
}

/// Decides, if both are as they were seen: that is looked at in the statement that decides.
///
/// # Errors
/// Nothing was decided then.
pub(crate) async fn decide(
    book: &Book,
    by: &str,
    decision: &Decision<'_>,
) -> Result<(), Undecided> {
    let why = decision.why.trim();
    if why.len() > MOST_REASON {
        return Err(Undecided::TooLong);
    }
    let state = match decision.choice {
        Choice::Take if why.is_empty() => return Err(Undecided::NotCompared),
        Choice::Take => State::Authenticated,
        Choice::Keep => State::Rejected,
    };
    let known = book.by_fingerprint(decision.fingerprint).await?;
    let known = known.ok_or(Undecided::Gone)?;
    let binding = known.binding(decision.address);
    let binding = binding.ok_or(Undecided::Meanwhile)?;
    let claim = Claim {
        address: &binding.address,
        proof: Proof::Analyst,
        state,
        by,
        why,
    };
    match book.decide_between(&known, &claim, decision.seen).await? {
        true => Ok(()),
        false => Err(Undecided::Meanwhile),
    }
}
