//! What is said of a value of a message. The form says which correction was seen, so that of two nobody's is lost.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::{No, Work, begin, no};
use crate::actions::correct::{self, CorrectFault, Wanted};
use crate::console::App;
use crate::console::guard::Wrong;
use crate::console::session::Analyst;
use crate::console::shown;
use crate::corrections;

/// Octets of value, reason and the rest.
pub(super) const MOST: usize = correct::MOST_VALUE + correct::MOST_REASON + 200;

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
    /// The correction that was on the page; empty for none.
    seen: String,
}

/// Says something of a value.
pub(in crate::console) async fn correct(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(said): Form<Said>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &said.word).await?;
    let done = corrected(&app, &work, &said).await;
    work.end(&app, ("corrected", &said.reason), done).await
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
    let wanted = Wanted {
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
