//! How a ticket stands, and notes on it.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::{No, Work, begin, unchanged};
use crate::actions::note as notes;
use crate::cli::close::end_of;
use crate::console::App;
use crate::console::guard::Wrong;
use crate::console::session::Analyst;
use crate::ticket::{self, Step, is_closed};

/// Octets of a reason, as the command has it.
const MOST_REASON: usize = 2_000;

/// How it is to stand.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Standing {
    word: String,
    /// How it stood on the page.
    seen: String,
    state: String,
    reason: String,
    /// With `waiting`: the last day for an answer; may be empty.
    until: String,
}

/// Changes how it stands.
pub(in crate::console) async fn status(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(standing): Form<Standing>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &standing.word).await?;
    let done = changed(&app, &work, &standing).await;
    let text = standing.reason.as_str();
    work.end(&app, ("changed", text), done).await
}

async fn changed(app: &App, work: &Work, standing: &Standing) -> Result<(), No> {
    let (desk, w) = (&work.analyst.desk, work.analyst.w);
    let (seen, reason) = (standing.seen.as_str(), standing.reason.trim());
    if reason.len() > MOST_REASON {
        return Err(No::Words(w.reason_too_long.to_owned()));
    }
    let step = match (standing.state.as_str(), is_closed(seen)) {
        ("open", true) => Step::Reopen,
        ("open", false) => Step::Take,
        ("waiting", _) => Step::Wait(match standing.until.as_str() {
            "" => None,
            day => {
                let day = day.parse().ok();
                let end = day.and_then(|day| end_of(day, &app.settings.team.timezone).ok());
                Some(end.ok_or_else(|| No::Words(w.day_over.to_owned()))?)
            }
        }),
        ("resolved", _) => Step::Resolve,
        ("rejected", _) if reason.is_empty() => {
            return Err(No::Words(w.reason_wanted.to_owned()));
        }
        ("rejected", _) => Step::Reject,
        (_, _) => return Err(No::Words(w.no_such_state.to_owned())),
    };
    let by = (desk.actor.as_str(), reason);
    let step = (Some(seen), step);
    let done = ticket::change_from(
        &desk.store,
        &desk.ring,
        &desk.team,
        work.ticket.id,
        step,
        by,
    )
    .await;
    done.map_err(|fault| unchanged(w, fault))
}

/// A note.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Note {
    word: String,
    text: String,
}

/// Writes it.
pub(in crate::console) async fn note(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(note): Form<Note>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &note.word).await?;
    // Browsers write CRLF.
    let text = note.text.replace("\r\n", "\n");
    let done = match text.trim().is_empty() {
        true => Err(No::Words(work.analyst.w.note_wanted.to_owned())),
        false => work.said(
            &app,
            notes::add(&work.acting(), work.ticket.id, &text).await,
        ),
    };
    work.end(&app, ("noted", &text), done).await
}
