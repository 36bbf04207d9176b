//! Where a message goes: the ladder of `threats.md` A8, applied to the tickets that it names.

use super::{Examination, Facts};
use crate::thread::{Entitlement, Level, Proof, entitlement, level};
use crate::triage::DispositionKind;

/// Where a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filing {
    /// A new ticket.
    Open {
        /// The ticket that it speaks of; `None` when it speaks of none.
        link: Option<Link>,
    },
    /// Joins a ticket.
    Join {
        /// Its id.
        ticket: [u8; 16],
        /// Its number.
        serial: u64,
        /// The level of proof, `threats.md` A8.
        level: Level,
        /// It was closed, and is open again.
        reopens: bool,
    },
    /// Kept, listed with its rule, promotable; no ticket.
    Suppress,
}

/// What a new ticket says of another one. Its sender is told nothing of it (T54).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The number that the message names.
    pub serial: u64,
    /// How it stands to that ticket.
    pub kind: LinkKind,
}

/// How a new ticket stands to one that its message names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkKind {
    /// It names it, and nothing speaks for it (level 0): the analyst decides.
    Claims,
    /// There is no ticket with that number.
    Unknown,
    /// Something speaks for it, and proves nothing (level 1): the analyst confirms it.
    Proposed,
    /// It belongs to it, which was closed too long ago to be opened again.
    Follows,
}

impl LinkKind {
    /// All of them.
    pub const ALL: [LinkKind; 4] = [
        LinkKind::Claims,
        LinkKind::Unknown,
        LinkKind::Proposed,
        LinkKind::Follows,
    ];

    /// The word that is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            LinkKind::Claims => "claims",
            LinkKind::Unknown => "unknown",
            LinkKind::Proposed => "proposed",
            LinkKind::Follows => "follows",
        }
    }
}

/// A ticket that the message names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketFact {
    /// Its id; when it was merged, that of the ticket it was merged into.
    pub id: [u8; 16],
    /// Its number, likewise.
    pub serial: u64,
    /// The number by which the message names it.
    pub named: u64,
    /// Whether it is closed.
    pub standing: Standing,
    /// The sender is one of its parties, or of those of a ticket that was merged into it.
    pub sender_is_party: bool,
    /// A signer of the message is one of these.
    pub signer_is_party: bool,
    /// The message answers a mail of ours on the ticket that it names, and the token in its Message-ID is right.
    pub token: bool,
    /// It is a notice about a mail of ours on this ticket, to an address to which we sent that very mail.
    pub notice_about_ours: bool,
    /// The message and the ticket carry the same foreign reference from the same sender.
    pub foreign: bool,
    /// The message refers to one that was filed on the ticket. Only asked where several carry the same foreign reference, and no proof.
    pub thread: bool,
}

/// Whether a ticket is closed. The order is that of preference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Resolved or rejected, and nothing happened for longer than `triage.reopen`.
    ClosedBefore,
    /// Resolved or rejected, not long ago.
    ClosedLately,
    /// Neither.
    #[default]
    Open,
}

/// A ticket is joined by proof, never by its number alone; notices about our own mail join by the token in it.
///
/// Proof also lets in what triage would keep out of the queue: who is entitled to a ticket is on it, be it that his answer
/// looks like an out-of-office notice.
pub(super) fn filing(examination: &Examination, facts: &Facts) -> Filing {
    match examination.disposition.kind {
        DispositionKind::Report
        | DispositionKind::Reply
        | DispositionKind::FeedbackReport
        | DispositionKind::AutoReply
        | DispositionKind::OutOfOffice
        | DispositionKind::List
        | DispositionKind::Challenge
        | DispositionKind::SpamSuspect => join_or_open(examination, facts),
        // Whoever was given a token can write a notice about anybody: one about mail that we never sent is no news of ours.
        DispositionKind::DeliveryStatus => about_our_mail(examination, facts, |ticket| {
            ticket.token && ticket.notice_about_ours
        }),
        DispositionKind::DispositionNotification => {
            about_our_mail(examination, facts, |ticket| ticket.token)
        }
        DispositionKind::OwnLoop | DispositionKind::KeyRequest => Filing::Suppress,
    }
}

fn about_our_mail(
    examination: &Examination,
    facts: &Facts,
    is_about: impl Fn(&TicketFact) -> bool,
) -> Filing {
    match facts.tickets.iter().find(|ticket| is_about(ticket)) {
        Some(ticket) => Filing::Join {
            ticket: ticket.id,
            serial: ticket.serial,
            level: Level::Hint,
            reopens: false,
        },
        None if examination.disposition.may_open_ticket() => join_or_open(examination, facts),
        None => Filing::Suppress,
    }
}

fn join_or_open(examination: &Examination, facts: &Facts) -> Filing {
    let best = best(examination, facts);
    let open = |link: Option<(u64, LinkKind)>| {
        if examination.disposition.may_open_ticket() {
            let link = link.map(|(serial, kind)| Link { serial, kind });
            Filing::Open { link }
        } else {
            Filing::Suppress
        }
    };
    let Some((ticket, proof)) = best else {
        return open(named(examination).map(|serial| (serial, LinkKind::Unknown)));
    };
    match entitlement(&proof) {
        Entitlement::Join { level } => match ticket.standing {
            Standing::ClosedBefore if examination.disposition.may_open_ticket() => {
                open(Some((ticket.serial, LinkKind::Follows)))
            }
            Standing::ClosedBefore | Standing::ClosedLately | Standing::Open => Filing::Join {
                ticket: ticket.id,
                serial: ticket.serial,
                level,
                reopens: ticket.standing == Standing::ClosedLately && is_news(examination),
            },
        },
        Entitlement::Propose { .. } => open(Some((ticket.named, LinkKind::Proposed))),
        Entitlement::Claim => open(Some((ticket.named, LinkKind::Claims))),
    }
}

/// What says that nobody is there opens nothing again.
fn is_news(examination: &Examination) -> bool {
    match examination.disposition.kind {
        DispositionKind::Report
        | DispositionKind::Reply
        | DispositionKind::FeedbackReport
        | DispositionKind::List
        | DispositionKind::SpamSuspect => true,
        DispositionKind::AutoReply
        | DispositionKind::OutOfOffice
        | DispositionKind::DeliveryStatus
        | DispositionKind::DispositionNotification
        | DispositionKind::Challenge
        | DispositionKind::OwnLoop
        | DispositionKind::KeyRequest => false,
    }
}

/// The ticket to which the message is most entitled: proof chooses, not position, so that a tag that an attacker puts first
/// gains nothing. Between equals the one whose mail is answered, then the one with the messages
/// that it refers to, then one that is open, then the newest.
fn best<'f>(examination: &Examination, facts: &'f Facts) -> Option<(&'f TicketFact, Proof)> {
    let proven = facts
        .tickets
        .iter()
        .map(|ticket| (ticket, proof(examination, ticket)));
    proven.max_by_key(|(ticket, proof)| {
        (
            level(proof),
            ticket.token,
            ticket.thread,
            ticket.standing,
            ticket.id,
        )
    })
}

fn proof(examination: &Examination, ticket: &TicketFact) -> Proof {
    let in_tags =
        |tags: &[crate::thread::TicketRef]| tags.iter().any(|tag| tag.serial == ticket.named);
    let signed = in_tags(&examination.signed_references.own);
    Proof {
        tag_present: in_tags(&examination.references.own) || ticket.foreign,
        reply_token_valid: ticket.token,
        // Our tokens are issued to the ticket: whoever is a party of it is a contact that it was issued to.
        from_is_token_contact: ticket.sender_is_party,
        // A foreign reference was stored with its sender, so the same pair names the same party.
        from_is_party: ticket.sender_is_party || ticket.foreign,
        authenticated: examination.authenticated,
        signature_by_known_certificate: ticket.signer_is_party && (ticket.token || signed),
    }
}

/// The number that the message names first: in a tag, else in what it answers.
fn named(examination: &Examination) -> Option<u64> {
    let tags = examination.references.own.iter().map(|own| own.serial);
    let answered = examination.answers_to.iter().map(|own| own.serial);
    tags.chain(answered).find(|serial| *serial > 0)
}
