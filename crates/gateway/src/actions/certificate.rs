//! Which of two certificates speaks for an address (T11).

use crate::correspondents::{Book, BookFault, Claim, Known, Proof, State};

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

/// What an analyst says of a certificate that an address has, whether another is in its way or not.
pub(crate) struct Judgement<'a> {
    pub fingerprint: &'a str,
    /// Whose it is said to be.
    pub address: &'a str,
    /// How it stood to the address when the analyst looked: a word of [`State`].
    pub was: &'a str,
    /// Fingerprint of the other one that spoke for the address then; empty for none.
    pub seen: &'a str,
    /// It is the address's; otherwise it is not, and not taken again.
    pub is_trusted: bool,
    /// How it was compared, and with whom; may be empty where it is not trusted.
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
    let (state, why) = grounds(decision.choice == Choice::Take, decision.why)?;
    let known = book.by_fingerprint(decision.fingerprint).await?;
    let known = known.ok_or(Undecided::Gone)?;
    let claim = claim(&known, decision.address, state, (by, why))?;
    match book.decide_between(&known, &claim, decision.seen).await? {
        true => Ok(()),
        false => Err(Undecided::Meanwhile),
    }
}

/// Says whose a certificate is, if it stands to the address as it was seen, and another that speaks for it, too.
///
/// # Errors
/// Nothing was decided then.
pub(crate) async fn judge(
    book: &Book,
    by: &str,
    judgement: &Judgement<'_>,
) -> Result<(), Undecided> {
    let (state, why) = grounds(judgement.is_trusted, judgement.why)?;
    let was = State::of(judgement.was).ok_or(Undecided::Meanwhile)?;
    let known = book.by_fingerprint(judgement.fingerprint).await?;
    let known = known.ok_or(Undecided::Gone)?;
    let claim = claim(&known, judgement.address, state, (by, why))?;
    match book.judge(&known, &claim, &[was], judgement.seen).await? {
        true => Ok(()),
        false => Err(Undecided::Meanwhile),
    }
}

/// How a certificate stands from now on, and why: nobody takes one without saying how it was compared.
fn grounds(is_trusted: bool, why: &str) -> Result<(State, &str), Undecided> {
    match why.trim() {
        why if why.len() > MOST_REASON => Err(Undecided::TooLong),
        "" if is_trusted => Err(Undecided::NotCompared),
        why if is_trusted => Ok((State::Authenticated, why)),
        why => Ok((State::Rejected, why)),
    }
}

/// What is said of a certificate and an address that it has; by whom, and why.
fn claim<'a>(
    known: &'a Known,
    address: &str,
    state: State,
    (by, why): (&'a str, &'a str),
) -> Result<Claim<'a>, Undecided> {
    let binding = known.binding(address).ok_or(Undecided::Meanwhile)?;
    Ok(Claim {
        address: &binding.address,
        proof: Proof::Analyst,
        state,
        by,
        why,
    })
}
