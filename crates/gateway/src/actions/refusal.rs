//! Why something was not done, for whoever asked: one word each, with what it is about. The English sentence stands here, true
//! wherever it was asked; the terminal adds what to type (`cli::hint`), and the console has each in every language of its pages.

use super::{ActionFault, note, reply, split};
use crate::cli::exported::MOST_OCTETS;
use crate::query::find::MOST_VALUES;
use crate::search::place::MOST_NETWORKS;
use crate::tags::{self, TagFault};
use crate::ticket::LinkKind;

/// Why nothing of a ticket may leave in clear.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Close {
    /// A message of it came encrypted.
    #[error("it came encrypted")]
    Encrypted,
    /// A message of it is sealed to analysts.
    #[error("it is sealed to analysts")]
    Sealed,
    /// It is marked: `AMBER`.
    #[error("it is TLP:{0}")]
    Marked(&'static str),
}

/// Why something was not done. References are written as `CSIRT#000123`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum Refusal {
    #[error("there is no {0}")]
    NoTicket(String),
    #[error("{reference} was erased at {at} ({reason})")]
    Erased {
        reference: String,
        at: String,
        reason: String,
    },
    #[error("it is {0} already")]
    Already(String),
    #[error("it was erased with its month")]
    ErasedMonth,
    #[error("a note has 1 to {} octets", note::MOST)]
    NoteLength,
    #[error("the team's keys can't be used: see `pillarbox keys check`")]
    Keys,
    #[error("there is no suppressed mail {0}")]
    NoSuppressed(String),
    #[error("it is sealed to analysts alone, and such mail can't become a ticket yet")]
    SealedMail,
    #[error(transparent)]
    Letter(#[from] LetterRefusal),
    #[error(transparent)]
    Place(#[from] PlaceRefusal),
    #[error(transparent)]
    Link(#[from] LinkRefusal),
    #[error(transparent)]
    Tag(#[from] TagRefusal),
    #[error(transparent)]
    Ask(#[from] AskRefusal),
    #[error(transparent)]
    Mark(#[from] MarkRefusal),
    #[error(transparent)]
    Undo(#[from] UndoRefusal),
    #[error(transparent)]
    Claim(#[from] ClaimRefusal),
    #[error(transparent)]
    Owner(#[from] OwnerRefusal),
}

/// Why a ticket's marking stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum MarkRefusal {
    #[error("it is TLP:{0} already")]
    So(&'static str),
    #[error("a message of it is TLP:{0}, and only who sent it could say that it is less")]
    Mail(&'static str),
    #[error(
        "that would lower its marking, or mark it less than what is not marked counts as (TLP:AMBER): a lead may do that, with a reason"
    )]
    Lead,
    #[error("lowering a marking needs a reason")]
    Reason,
}

impl From<MarkRefusal> for ActionFault {
    fn from(refusal: MarkRefusal) -> ActionFault {
        Refusal::from(refusal).into()
    }
}

/// Why a change is not taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum UndoRefusal {
    #[error("there is no change of state, owner or marking to take back")]
    Nothing,
    #[error("the last change is by {0}: who made it takes it back")]
    Other(String),
    #[error("{0} acted on it since: look at it again")]
    Since(String),
    #[error("it was merged: `ticket unmerge` takes that back")]
    Merged,
}

impl From<UndoRefusal> for ActionFault {
    fn from(refusal: UndoRefusal) -> ActionFault {
        Refusal::from(refusal).into()
    }
}

impl From<OwnerRefusal> for ActionFault {
    fn from(refusal: OwnerRefusal) -> ActionFault {
        Refusal::from(refusal).into()
    }
}

/// Why what a message says of another ticket stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum ClaimRefusal {
    #[error("its first message claims to belong to no other ticket")]
    None,
    #[error("it was refused already that it belongs to {0}")]
    Refused(String),
    #[error("nobody refused that it belongs to {0}")]
    Open(String),
    #[error("it was merged into {0}")]
    Merged(String),
}

impl From<ClaimRefusal> for ActionFault {
    fn from(refusal: ClaimRefusal) -> ActionFault {
        Refusal::from(refusal).into()
    }
}

/// Why a ticket can't be given to somebody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnerRefusal {
    /// There is nobody of this name.
    #[error(
        "there is no analyst {0:?}: `pillarbox analyst list` and GET /api/v1/analysts say who there is"
    )]
    Unknown(String),
    /// He may not act.
    #[error("{0} is a reader, or can't sign in, and would never work on it")]
    Idle(String),
}

/// Why something is not looked for, or not exported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum AskRefusal {
    #[error("at most {MOST_VALUES} values and senders are looked for at once")]
    Values,
    #[error(
        "a port alone is not searched for: nearly every report has one; name an address, a network or a domain, too"
    )]
    PortAlone,
    #[error(
        "networks wider than an IPv4 /8 or an IPv6 /24 are not searched for ({MOST_NETWORKS} networks of 65 536 addresses at most)"
    )]
    TooWide,
    #[error("others export at the moment: try again in a minute")]
    Busy,
    #[error("no ticket answers this")]
    NoTicket,
    #[error("this is more than {} MiB: narrow the query, or take fewer", MOST_OCTETS >> 20)]
    TooMuch,
}

/// Why a letter is not written, sent or taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum LetterRefusal {
    #[error("there is no letter on it to take back, or it is somebody else's")]
    None,
    #[error("the letter has left, or begun to, or was taken back before")]
    Left,
    #[error("this letter was sent before, and taken back: open the form anew to write another")]
    SentBefore,
    #[error("the letter could not be read again")]
    Unreadable,
    #[error("the letter could not be signed: see `pillarbox keys check`")]
    Unsigned,
    #[error("{0}")]
    Composing(String),
    #[error("certificates can't be read: {0}")]
    Certificates(String),
    #[error("a letter has 1 to {} octets", reply::MOST_TEXT)]
    Length,
    #[error("the ticket is TLP:RED: name everybody whom the letter goes to")]
    Red,
    #[error("who reported it is sealed to analysts: say whom the letter goes to")]
    ReporterSealed,
    #[error("nobody is named as its reporter: say whom the letter goes to")]
    NoReporter,
    #[error("that is our own address")]
    OwnAddress,
    #[error("a letter needs somebody in To")]
    NobodyInTo,
    #[error("at most {} recipients", reply::MOST_RECIPIENTS)]
    Recipients,
    #[error(
        "nothing of this ticket may leave in clear ({why}), and there is no certificate to use for {to}"
    )]
    InClear { why: Close, to: String },
    #[error("there are no canned texts: see team.canned_dir")]
    NoCanned,
    #[error("there is no such canned text; there are {0}")]
    WhichCanned(String),
    #[error("{0}")]
    Canned(String),
}

impl From<LetterRefusal> for ActionFault {
    fn from(refusal: LetterRefusal) -> ActionFault {
        Refusal::from(refusal).into()
    }
}

/// Why messages stay, or tickets are not put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum PlaceRefusal {
    #[error("there are no more ticket numbers")]
    NoNumbers,
    #[error("1 to {} messages can be split off", split::MOST)]
    SplitCount,
    #[error("there is no message {0}")]
    NoMessage(usize),
    #[error("one message at least must stay")]
    OneStays,
    #[error("its messages are others by now: look at it again")]
    Moved,
    #[error("letters of ours stay where they were written")]
    LettersStay,
    #[error("a ticket can't be merged into itself")]
    MergeItself,
    #[error("{own} was merged into {heir}")]
    MergedAlready { own: String, heir: String },
    #[error("{own} was merged itself into {heir}")]
    HeirMerged { own: String, heir: String },
    #[error("{0} is not merged into another ticket")]
    NotMerged(String),
    #[error("number {0} changed meanwhile: look at it again")]
    Changed(i64),
}

impl From<PlaceRefusal> for ActionFault {
    fn from(refusal: PlaceRefusal) -> ActionFault {
        Refusal::from(refusal).into()
    }
}

/// Why tickets are not linked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum LinkRefusal {
    #[error("a ticket can't be linked to itself")]
    Itself,
    #[error("it has no link to {0}")]
    None(String),
    #[error("it was merged into {0}: link that")]
    Heir(String),
    #[error("{other} was merged into {heir}: link that")]
    OtherHeir { other: String, heir: String },
    #[error("it is {} {to} already", kind.words())]
    So { kind: LinkKind, to: String },
    #[error("it is {} {to}: unlink them first", kind.words())]
    Else { kind: LinkKind, to: String },
    #[error("{below} is above {above} already")]
    Circle { above: String, below: String },
}

impl From<LinkRefusal> for ActionFault {
    fn from(refusal: LinkRefusal) -> ActionFault {
        Refusal::from(refusal).into()
    }
}

/// Why words of the team stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum TagRefusal {
    #[error(transparent)]
    Word(#[from] TagFault),
    #[error("a ticket has at most {} tags", tags::MOST)]
    Many,
    #[error("it has {0} already")]
    There(String),
    #[error("it has no tag {0}")]
    NotThere(String),
    #[error("it was merged into {0}: tag that")]
    Merged(String),
    #[error("a message of it is sealed to analysts, and its tags would not be")]
    Sealed,
    #[error("there is no key here to the index of the month in which it came: an analyst has it")]
    NoKey,
}

impl From<TagRefusal> for ActionFault {
    fn from(refusal: TagRefusal) -> ActionFault {
        Refusal::from(refusal).into()
    }
}
