//! Which ticket a message speaks of, and whether it may join it.
//!
//! Two steps that are kept apart on purpose: [`ReferenceFinder::find`] and [`parse_message_id`] say what a message *claims*,
//! [`entitlement`] says what that claim is worth. A tag is no secret, and never opens somebody else's ticket (T6, T53).

mod entitlement;
mod find;
mod foreign;
mod own_id;
mod told;

use serde::{Deserialize, Serialize};

pub use entitlement::{Entitlement, Level, Proof, entitlement, level};
pub use find::ReferenceFinder;
pub use foreign::{ForeignPattern, PatternError};
pub use own_id::{OwnMessageId, Purpose, message_id_for, parse_message_id};

/// Our own ticket reference, `Team#000123` (T1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TicketRef {
    /// The team's name as configured, whatever its case in the message.
    pub team: String,
    /// The serial number, from 1; written with at least six digits.
    pub serial: u64,
}

impl TicketRef {
    /// The form that stands in a Subject and in the text: `[Team#000123]` (T2).
    pub fn tag(&self) -> String {
        format!("[{self}]")
    }
}

impl std::fmt::Display for TicketRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{:06}", self.team, self.serial)
    }
}

/// Somebody else's reference (T4).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ForeignRef {
    /// The name that stands before the number, or of the product whose form it is, e.g. `RT`, `Ticket`, `ServiceNow`.
    pub system: String,
    /// The number or key, e.g. `0123`, `ABC-12`, `INC0012345`.
    pub id: String,
    /// As written, brackets included: what is kept in the Subject of all that is sent on the ticket.
    pub raw: String,
    /// It stands in a text and not in a Subject: it is shown and searched, and brings no mail to a ticket, since such a line may be
    /// the same in all mail of its sender.
    #[serde(skip)]
    pub in_text: bool,
}

/// What a message refers to. Claims, nothing more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct References {
    /// Our tickets, in the order in which they were found, each once.
    pub own: Vec<TicketRef>,
    /// Others' references, in the order in which they were found, each once.
    pub foreign: Vec<ForeignRef>,
    /// `[TEAM NAME] : …` addresses the team and is no reference (T5).
    pub addressed_team: bool,
}
