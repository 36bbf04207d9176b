//! Searches that analysts keep, for themselves or for the team: tabs of the queue.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::access::Right;
use super::accounts::url;
use super::guard::Wrong;
use super::session::Analyst;
use crate::actions::searches::{self, Kept, NAME, Unkept};

/// The form that keeps one.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Keep {
    word: String,
    name: String,
    q: String,
    shared: String,
}

/// The form that removes one.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Remove {
    word: String,
    q: String,
    id: Uuid,
}

/// Those that an analyst sees.
pub(super) async fn all(analyst: &Analyst) -> Result<Vec<Kept>, Wrong> {
    let kept = searches::all(&analyst.desk, Some(analyst.who.account)).await;
    kept.map_err(|fault| analyst.fault(fault))
}

/// Keeps the query of the page.
pub(super) async fn keep(
    analyst: Analyst,
    Path(team): Path<String>,
    Form(form): Form<Keep>,
) -> Result<Response, Wrong> {
    may(&analyst, &team, &form.word)?;
    let name = super::shown::line(&form.name, NAME);
    let name: String = name.chars().take(NAME).collect();
    let (desk, account) = (&analyst.desk, Some(analyst.who.account));
    let is_shared = !form.shared.is_empty();
    match searches::keep(desk, account, (name.trim_end(), &form.q), is_shared).await {
        // The page keeps what can be kept, and shows what is.
        Ok(_) | Err(Unkept::Name | Unkept::TooLong | Unkept::Query(_) | Unkept::Many) => {}
        Err(Unkept::Fault(error)) => return Err(analyst.fault(error)),
    }
    Ok(back(&analyst, &form.q))
}

/// Removes one.
pub(super) async fn remove(
    analyst: Analyst,
    Path(team): Path<String>,
    Form(form): Form<Remove>,
) -> Result<Response, Wrong> {
    may(&analyst, &team, &form.word)?;
    let removed = searches::remove(&analyst.desk, Some(analyst.who.account), form.id).await;
    removed.map_err(|error| analyst.fault(error))?;
    Ok(back(&analyst, &form.q))
}

fn may(analyst: &Analyst, team: &str, word: &str) -> Result<(), Wrong> {
    analyst.check(word)?;
    if team != analyst.desk.team {
        return Err(Wrong::nowhere(analyst.w));
    }
    match analyst.may(Right::Act) {
        true => Ok(()),
        false => Err(Wrong::not_allowed(analyst.w)),
    }
}

fn back(analyst: &Analyst, query: &str) -> Response {
    let place = format!("/q/{}?q={}", url(&analyst.desk.team), url(query));
    Redirect::to(&place).into_response()
}
