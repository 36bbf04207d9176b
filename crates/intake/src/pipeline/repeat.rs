//! A report that is sent once more as a new message: where its sender is proved, it joins the ticket of the first (T7).
//!
//! What proves him is what lets mail join a ticket that it names. Who only writes his name, before him or after him, moves nothing (T57).

use super::{Examination, Facts, Filing, Link, LinkKind, Standing, TicketFact};
use crate::envelope::{Envelope, ReversePath};
use crate::openpgp::{Covers, Layer, Verdict};
use crate::reading::Reading;
use crate::thread::Level;
use crate::triage::DispositionKind;

/// The same report as it came before, in the same name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// Its ticket.
    pub ticket: TicketFact,
    /// Both senders are proved, and both messages say it for themselves, see [`says_for_itself`].
    pub proved: bool,
}

/// Whether a message is looked for among earlier ones: a report that may be answered, and was understood. What a machine sends daily
/// is news each day, whether it says the same or not.
pub fn may_repeat(envelope: &Envelope, reading: &Reading, examination: &Examination) -> bool {
    let disposition = &examination.disposition;
    let closed = reading.openpgp.encrypted && !reading.openpgp.decrypted;
    disposition.kind == DispositionKind::Report
        && disposition.acknowledge
        && envelope.reverse_path != ReversePath::Null
        && examination.sender.is_some()
        && reading.says.is_some()
        && !closed
}

/// Whether the sender knew what his message says: it came in clear, or he signed it inside the encryption.
///
/// Else whoever holds a ciphertext of somebody else's, and guesses what is in it, could send us the guess and then the ciphertext, and
/// learn from our answer that both say the same (T06).
pub fn says_for_itself(reading: &Reading) -> bool {
    let layers = &reading.openpgp.layers;
    let is_encrypted = |layer: &Layer| matches!(layer, Layer::Encrypted(_));
    let Some(last) = layers.iter().rposition(is_encrypted) else {
        return !reading.parts.iter().any(|part| part.encrypted);
    };
    let inside = layers.iter().skip(last);
    let mut inside = inside.filter_map(|layer| match layer {
        Layer::Signed(signed) => Some(signed),
        Layer::Encrypted(_) => None,
    });
    inside.any(|signed| {
        matches!(signed.verdict, Verdict::Good | Verdict::GoodUnknownKey)
            && signed.covers == Covers::Whole
            && (signed.from_matches || signed.claims_from)
    })
}

/// What would open a ticket joins that of the first, when both are proved, and says that it does; else it has its own, with a link
/// that an analyst confirms and its sender is not told of (T54).
pub(super) fn settle(filing: Filing, facts: &Facts) -> (Filing, bool) {
    let (Filing::Open { link }, Some(earlier)) = (filing, &facts.earlier) else {
        return (filing, false);
    };
    let ticket = &earlier.ticket;
    let joins = earlier.proved && ticket.sender_is_party;
    let linked = |serial, kind| {
        let link = link.or(Some(Link { serial, kind }));
        (Filing::Open { link }, false)
    };
    match (joins, ticket.standing) {
        (false, _) => linked(ticket.named, LinkKind::Proposed),
        (true, Standing::ClosedBefore) => linked(ticket.serial, LinkKind::Follows),
        (true, Standing::ClosedLately | Standing::Open) => {
            let filing = Filing::Join {
                ticket: ticket.id,
                serial: ticket.serial,
                level: Level::Authenticated,
                reopens: ticket.standing == Standing::ClosedLately,
            };
            (filing, true)
        }
    }
}
