//! What could not be decrypted when it came is opened with the team's keys of now.

use std::sync::Arc;

use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::{No, Work, begin};
use crate::actions::retry::{self as retries, Opener, Retried};
use crate::console::App;
use crate::console::guard::Wrong;
use crate::console::session::Analyst;

/// A form with nothing but its word.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Pressed {
    word: String,
}

/// Opens what it can of a ticket. What stays closed is said, with the reason.
pub(in crate::console) async fn retry(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &pressed.word).await?;
    match tried(&app, &work).await {
        Ok(done) => work.end(&app, (done, ""), Ok(())).await,
        Err(no) => work.end::<()>(&app, ("opened", ""), Err(no)).await,
    }
}

async fn tried(app: &App, work: &Work) -> Result<&'static str, No> {
    let (desk, w) = (&work.analyst.desk, work.analyst.w);
    let opener = Opener::new(&app.settings, desk.store.clone(), Arc::clone(&desk.ring)).await;
    let opener = opener.map_err(No::Fault)?;
    let retried = retries::retry(&work.acting(), &opener, work.ticket.id).await;
    match work.said(app, retried)? {
        Retried { closed, .. } if !closed.is_empty() => Err(No::Words(w.stays_closed(&closed))),
        Retried { opened, .. } if !opened.is_empty() => Ok("opened"),
        Retried { sealed: 1.., .. } => Err(No::Words(w.all_sealed.to_owned())),
        Retried { .. } => Ok("open"),
    }
}
