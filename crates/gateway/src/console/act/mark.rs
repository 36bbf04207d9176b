//! A ticket is marked (TLP) without a letter.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::{No, Work, begin};
use crate::actions::mark::{self, Wish};
use crate::cli::close::MOST as REASON;
use crate::console::App;
use crate::console::access::Right;
use crate::console::guard::Wrong;
use crate::console::session::Analyst;
use crate::retention::label;

/// How it is to be marked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Marking {
    word: String,
    tlp: String,
    why: String,
}

/// Marks it; a lead lowers what was said, too.
pub(in crate::console) async fn mark(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(marking): Form<Marking>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &marking.word).await?;
    let done = marked(&app, &work, &marking).await;
    work.end(&app, ("marked", &marking.why), done).await
}

async fn marked(app: &App, work: &Work, marking: &Marking) -> Result<(), No> {
    let tlp = label(&marking.tlp).filter(|_| marking.why.len() <= REASON);
    let Some(tlp) = tlp else {
        return Err(No::Words(work.analyst.w.choose_marking().to_owned()));
    };
    let wish = Wish {
        tlp,
        reason: &marking.why,
        may_lower: work.analyst.may(Right::LowerMarking),
    };
    let done = mark::mark(&work.acting(), work.ticket.id, wish).await;
    work.said(app, done.map(|_| ()))
}
