//! Searches that analysts keep, for themselves or for the team: tabs of the queue.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault::Epoch;

use super::access::Right;
use super::accounts::url;
use super::guard::Wrong;
use super::session::Analyst;
use crate::audit::DEPLOYMENT;
use crate::query::fault::LONGEST;
use crate::query::parse;
use crate::store::StoredSearch;
use crate::{epochs, sealing};

/// Searches of an analyst and of the team together, and characters of a name.
const MOST: usize = 20;
const NAME: usize = 40;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Content {
    name: String,
    query: String,
}

/// A search that is kept.
pub(super) struct Kept {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) query: String,
    pub(super) is_shared: bool,
}

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

/// Those that an analyst sees; one that can't be opened is left out, and `verify` names it.
pub(super) async fn all(analyst: &Analyst) -> Result<Vec<Kept>, Wrong> {
    let desk = &analyst.desk;
    let stored = desk.store.searches(&desk.team, analyst.who.account).await;
    let stored = stored.map_err(|fault| analyst.fault(fault))?;
    let open = |one: &StoredSearch| {
        let key = sealing::case_key(&desk.ring, &desk.team, one.id, &one.wrapped).ok()?;
        let aad = sealing::search_aad(&desk.team, one.id);
        let content: Content = sealing::open(&key, &aad, &one.sealed).ok()?;
        Some(Kept {
            id: one.id,
            name: content.name,
            query: content.query,
            is_shared: one.account.is_none(),
        })
    };
    Ok(stored.iter().filter_map(open).collect())
}

/// Keeps the query of the page.
pub(super) async fn keep(
    analyst: Analyst,
    Path(team): Path<String>,
    Form(form): Form<Keep>,
) -> Result<Response, Wrong> {
    may(&analyst, &team, &form.word)?;
    let name: String = super::shown::line(form.name.trim(), NAME);
    let is_good = !name.is_empty() && form.q.len() <= LONGEST && parse(&form.q).is_ok();
    if is_good && all(&analyst).await?.len() < MOST {
        let content = Content {
            name,
            query: form.q.clone(),
        };
        let done = write(&analyst, &content, !form.shared.is_empty()).await;
        done.map_err(|error| analyst.fault(error))?;
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
    let desk = &analyst.desk;
    let detail = format!("removed={}", form.id);
    let noted = desk.note(DEPLOYMENT, "search", detail).await;
    noted.map_err(|error| analyst.fault(error))?;
    let removed = desk
        .store
        .remove_search(&desk.team, analyst.who.account, form.id);
    removed.await.map_err(|fault| analyst.fault(fault))?;
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

async fn write(analyst: &Analyst, content: &Content, is_shared: bool) -> anyhow::Result<()> {
    let desk = &analyst.desk;
    let id = Uuid::now_v7();
    epochs::ready(&desk.store, &desk.ring, &desk.team, Epoch::STANDING).await?;
    let key = desk.ring.new_case_key(Epoch::STANDING)?;
    let wrapped = desk.ring.wrap(&key, &sealing::case_aad(&desk.team, id))?;
    let sealed = sealing::seal(&key, &sealing::search_aad(&desk.team, id), content)?;
    desk.note(
        DEPLOYMENT,
        "search",
        format!("kept={id} shared={is_shared}"),
    )
    .await?;
    let search = StoredSearch {
        id,
        account: (!is_shared).then_some(analyst.who.account),
        wrapped,
        sealed,
    };
    Ok(desk.store.add_search(&desk.team, &search).await?)
}

fn back(analyst: &Analyst, query: &str) -> Response {
    let place = format!("/q/{}?q={}", url(&analyst.desk.team), url(query));
    Redirect::to(&place).into_response()
}
