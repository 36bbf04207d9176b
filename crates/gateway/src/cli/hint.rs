//! What to type after an action was refused.

use crate::actions::ActionFault;
use crate::actions::refusal::{LetterRefusal, Refusal};

/// The options or commands that help; `None` where the sentence says all.
pub(super) fn hint(fault: &ActionFault) -> Option<&'static str> {
    let ActionFault::Refused(Refusal::Letter(refusal)) = fault else {
        return None;
    };
    match refusal {
        LetterRefusal::Red | LetterRefusal::NoReporter => Some("say it with --to"),
        LetterRefusal::ReporterSealed => {
            Some("say it with --to, or open the ticket with --analyst")
        }
        LetterRefusal::InClear { .. } => Some(
            "`pillarbox keys fetch` and `keys trust` get a certificate; --allow-clear sends it in clear all the same",
        ),
        LetterRefusal::None
        | LetterRefusal::Left
        | LetterRefusal::SentBefore
        | LetterRefusal::Unreadable
        | LetterRefusal::Unsigned
        | LetterRefusal::Composing(_)
        | LetterRefusal::Certificates(_)
        | LetterRefusal::Length
        | LetterRefusal::OwnAddress
        | LetterRefusal::NobodyInTo
        | LetterRefusal::Recipients
        | LetterRefusal::NoCanned
        | LetterRefusal::WhichCanned(_)
        | LetterRefusal::Canned(_) => None,
    }
}
