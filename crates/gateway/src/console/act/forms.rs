//! What the forms on a ticket's page show.

use super::{hands, reply, together};
use crate::actions::undo;
use crate::console::App;
use crate::console::access::Right;
use crate::console::message::Message;
use crate::console::session::Analyst;
use crate::console::shown::{self, Moment};
use crate::console::ticket::Said;
use crate::store::TicketRow;
use crate::ticket::is_closed;

/// A state that a ticket can be told to have.
pub(in crate::console) struct Choice {
    pub(in crate::console) value: &'static str,
    pub(in crate::console) text: &'static str,
}

/// The forms of a ticket's page.
pub(in crate::console) struct Acts {
    /// Whether he may use them.
    pub(in crate::console) may: bool,
    /// Who has the ticket; empty for nobody.
    pub(in crate::console) owner: String,
    pub(in crate::console) since: Moment,
    pub(in crate::console) is_mine: bool,
    pub(in crate::console) is_closed: bool,
    /// As it is stored: the form says which one was seen.
    pub(in crate::console) state: String,
    pub(in crate::console) states: Vec<Choice>,
    /// To whom it can be given.
    pub(in crate::console) names: Vec<String>,
    /// Into another ticket.
    pub(in crate::console) is_merged: bool,
    /// How it can be linked to another.
    pub(in crate::console) kinds: Vec<Choice>,
    /// What he did last and can take back; empty for nothing.
    pub(in crate::console) undo: String,
    /// A message of it could not be decrypted.
    pub(in crate::console) can_retry: bool,
    /// It has more than one message.
    pub(in crate::console) can_split: bool,
    /// Letters that have not begun to leave.
    pub(in crate::console) held: Vec<reply::Held>,
    /// Which of the forms is open: the one that was refused.
    open: &'static str,
    written: String,
}

impl Acts {
    pub(in crate::console) async fn of(
        app: &App,
        analyst: &Analyst,
        ticket: &TicketRow,
        (messages, count): (&[Message], usize),
        said: &Said,
    ) -> anyhow::Result<Acts> {
        let (w, may) = (analyst.w, analyst.may(Right::Act));
        let is_closed = is_closed(&ticket.state);
        let states: &[&'static str] = match is_closed {
            true => &["open"],
            false => &["open", "waiting", "resolved", "rejected"],
        };
        let choice = |value: &&'static str| Choice {
            value,
            text: w.becomes(value, is_closed),
        };
        let kinds = together::KINDS.into_iter().map(|kind| Choice {
            value: kind.name(),
            text: w.linked(kind),
        });
        let desk = &analyst.desk;
        let last = match may && ticket.merged_into == 0 {
            true => undo::last(&desk.acting(&desk.actor), ticket.id).await?,
            false => None,
        };
        Ok(Acts {
            may,
            undo: last.map_or_else(String::new, |action| w.action(&action).to_owned()),
            owner: ticket.owner.clone(),
            since: shown::moment(&ticket.owner_since, &app.zone),
            is_mine: crate::audit::is_same(&ticket.owner, &analyst.desk.actor),
            is_closed,
            state: ticket.state.clone(),
            states: states.iter().map(choice).collect(),
            names: match may && !is_closed {
                true => hands::names(analyst).await?,
                false => Vec::new(),
            },
            is_merged: ticket.merged_into > 0,
            kinds: kinds.collect(),
            can_retry: ticket.needs_human == "undecryptable"
                || messages.iter().any(|message| message.stays_closed),
            can_split: count > 1 && !is_closed,
            held: reply::held(analyst, ticket).await?,
            open: said.at,
            written: said.text.clone(),
        })
    }

    /// Whether this form was refused.
    pub(in crate::console) fn is_open(&self, form: &str) -> bool {
        self.open == form
    }

    /// Labels of TLP, the strictest first.
    pub(in crate::console) fn markings(&self) -> impl Iterator<Item = &'static str> {
        let mut all: Vec<extract::Tlp> = extract::Tlp::ALL.to_vec();
        all.sort_unstable_by(|one, other| other.cmp(one));
        all.into_iter().map(extract::Tlp::as_str)
    }

    /// What was written into it.
    pub(in crate::console) fn text(&self, form: &str) -> &str {
        match self.is_open(form) {
            true => &self.written,
            false => "",
        }
    }
}
