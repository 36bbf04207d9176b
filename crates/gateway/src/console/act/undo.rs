//! What was done is taken back, and what a message claims is refused.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::begin;
use crate::actions::{claimed, undo};
use crate::console::App;
use crate::console::guard::Wrong;
use crate::console::session::Analyst;

/// Which form it is.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Back {
    word: String,
    /// With a claim: `no` takes a refusal back.
    refused: String,
}

/// Takes the last change of state or owner back.
pub(in crate::console) async fn back(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(form): Form<Back>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &form.word).await?;
    let done = undo::undo(&work.acting(), work.ticket.id).await;
    let done = work.said(&app, done);
    work.end(&app, ("taken-back", ""), done).await
}

/// It does not belong to the ticket that its first message names, or may after all.
pub(in crate::console) async fn belonging(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(form): Form<Back>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &form.word).await?;
    let (did, done) = match form.refused.as_str() {
        "no" => (
            "claim-open",
            claimed::reconsider(&work.acting(), work.ticket.id).await,
        ),
        _ => (
            "claim-refused",
            claimed::refuse(&work.acting(), work.ticket.id).await,
        ),
    };
    let done = work.said(&app, done);
    work.end(&app, (did, ""), done).await
}
