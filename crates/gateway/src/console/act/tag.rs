//! Words of the team on a ticket: put there, taken off.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::{No, Work, begin};
use crate::actions::{Refusal, refusal::TagRefusal, tag as tags};
use crate::console::App;
use crate::console::guard::Wrong;
use crate::console::session::Analyst;
use crate::tags::several;

/// Words, with commas between.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Words {
    word: String,
    tags: String,
}

/// Puts words on it.
pub(in crate::console) async fn tag(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(words): Form<Words>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &words.word).await?;
    let done = changed(&app, &work, (&words.tags, "")).await;
    work.end(&app, ("tagged", &words.tags), done).await
}

/// Takes words off it.
pub(in crate::console) async fn untag(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(words): Form<Words>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &words.word).await?;
    let done = changed(&app, &work, ("", &words.tags)).await;
    work.end(&app, ("untagged", ""), done).await
}

async fn changed(app: &App, work: &Work, (add, remove): (&str, &str)) -> Result<(), No> {
    let read = |text: &str, is_asked: bool| match is_asked {
        true => several(text).map_err(|fault| {
            let refusal = Refusal::from(TagRefusal::from(fault));
            No::Words(work.analyst.w.refusal(&refusal))
        }),
        false => Ok(Vec::new()),
    };
    let words = (
        read(add, remove.is_empty())?,
        read(remove, !remove.is_empty())?,
    );
    let done = tags::change(&work.acting(), work.ticket.id, (&words.0, &words.1)).await;
    work.said(app, done.map(drop))
}
