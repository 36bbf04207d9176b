//! What is said of a value of a message. The form says which corrections were seen, so that of two nobody's is lost.

use axum::extract::{Form, Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{No, Work, begin, no};
use crate::actions::correct::{self, CorrectFault};
use crate::console::found::Typed;
use crate::console::guard::Wrong;
use crate::console::leaf::{Asked, Wanted};
use crate::console::session::Analyst;
use crate::console::told::told;
use crate::console::{App, shown, ticket};
use crate::corrections;

/// Octets of value, reason and the rest.
pub(super) const MOST: usize = correct::MOST_VALUE + correct::MOST_REASON + 500;

/// What is said.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Said {
    word: String,
    /// The message's number on the ticket.
    message: usize,
    /// What the value is; empty: as its text says.
    kind: String,
    value: String,
    says: String,
    reason: String,
    /// The corrections that were on the page, with blanks between; empty for none.
    seen: String,
}

/// Says something of a value. The address has the messages that the page showed, and the value that was chosen.
pub(in crate::console) async fn correct(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Query(asked): Query<Asked>,
    Form(said): Form<Said>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &said.word).await?;
    let wanted = Wanted::of(&asked).with(said.message);
    let Err(no) = corrected(&app, &work, &said).await else {
        let place = format!("/t/{:06}", work.ticket.serial);
        let place = told(&work.analyst, &place, "corrected");
        let value = ticket::numbers(&asked.c).map_or(0, |(_, value)| value);
        let (here, message) = (wanted.here(), said.message);
        let place = format!("{place}&{here}v={message}.{value}");
        return Ok(Redirect::to(&place).into_response());
    };
    let typed = Typed {
        message: said.message,
        kind: said.kind,
        value: said.value,
        says: said.says,
        reason: said.reason,
        ..Typed::default()
    };
    let said = ticket::Said {
        at: "corrected",
        wanted,
        typed: Some(typed),
        ..ticket::Said::default()
    };
    work.refused(&app, no, said).await
}

async fn corrected(app: &App, work: &Work, said: &Said) -> Result<(), No> {
    let (desk, w) = (&work.analyst.desk, work.analyst.w);
    let entries = desk.store.entries(work.ticket.id).await;
    let entries = entries.map_err(|fault| No::Fault(fault.into()))?;
    let entry = said.message.checked_sub(1);
    let entry = entry.and_then(|index| entries.get(index)).ok_or(No::Gone)?;
    let kind = match said.kind.as_str() {
        "" => None,
        word => Some(corrections::kind(word).ok_or(No::Gone)?),
    };
    let wanted = correct::Wanted {
        entry: entry.id,
        kind,
        value: &said.value,
        says: corrections::says(&said.says).ok_or(No::Gone)?,
        reason: &said.reason,
        seen: Some(&said.seen),
    };
    let done = correct::correct(&work.acting(), work.ticket.id, &wanted).await;
    done.map(drop).map_err(|fault| {
        if let CorrectFault::Action(fault) = fault {
            return no(app, w, fault);
        }
        No::Words(shown::text(&w.not_corrected(&fault)))
    })
}
