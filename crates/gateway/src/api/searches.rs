//! Searches that are kept for the team. Those that an analyst keeps for himself are his alone.

use axum::Json;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::access::{Act, By, Caller, Read};
use super::actions::Nothing;
use super::input::Named;
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem, Problems};
use crate::actions::searches::{self, Unkept};
use crate::audit::DEPLOYMENT;

/// Searches of the team, the oldest first
#[derive(Serialize, ToSchema)]
pub(super) struct Searches {
    searches: Vec<Search>,
}

/// A search of the team
#[derive(Serialize, ToSchema)]
struct Search {
    id: Uuid,
    name: String,
    /// For `query` of the queue and of the export
    query: String,
}

/// To keep a search for the team
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Keep {
    /// A tab of every analyst's queue is called so
    #[schema(min_length = 1, max_length = 40)]
    name: String,
    /// As in the console and in `ticket list --query`; `""` finds all tickets
    #[schema(max_length = 1000)]
    query: String,
}

/// What was done with a search
#[derive(Serialize, ToSchema)]
pub(super) struct Done {
    id: Uuid,
    /// In a word: `kept`, `removed`
    done: &'static str,
}

/// Which search
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct Which {
    /// Its `id`
    id: Uuid,
}

impl From<Unkept> for Problem {
    fn from(fault: Unkept) -> Problem {
        match fault {
            Unkept::Name => Problem::malformed(format!("name: {fault}")),
            Unkept::TooLong | Unkept::Query(_) => Problem::malformed(format!("query: {fault}")),
            Unkept::Many => Problem::refused(fault.to_string()),
            Unkept::Fault(error) => error.into(),
        }
    }
}

/// List the searches that the team keeps
#[utoipa::path(get, path = "/searches", operation_id = "list_searches", tag = "search",
    responses((status = 200, description = "The searches", body = Searches), Problems))]
pub(super) async fn list(by: By<Read>) -> Result<Json<Searches>, Problem> {
    let kept = searches::all(&by.desk, None).await?;
    let detail = format!("what=searches count={}", kept.len());
    by.desk.note(DEPLOYMENT, "listed", detail).await?;
    let searches = kept.into_iter().map(|one| Search {
        id: one.id,
        name: one.name,
        query: one.query,
    });
    Ok(Json(Searches {
        searches: searches.collect(),
    }))
}

/// Keep a search for the team
///
/// 422 when there are enough.
#[utoipa::path(post, path = "/searches", operation_id = "keep_search", tag = "actions", params(Key), request_body = Keep,
    responses((status = 200, description = "It is kept", body = Done), Changes))]
pub(super) async fn keep(by: By<Act>, order: Order<Keep>) -> Result<Response, Problem> {
    let keep = async move |caller: Caller, wish: Keep| {
        let what = (wish.name.as_str(), wish.query.as_str());
        let id = searches::keep(&caller.desk, None, what, true).await?;
        // The answer is kept for who asks again, and names no word of it.
        Ok(Done { id, done: "kept" })
    };
    once(&by, order, keep).await
}

/// Remove a search of the team
#[utoipa::path(post, path = "/searches/{id}/remove", operation_id = "remove_search", tag = "actions", params(Which, Key), request_body = Nothing,
    responses((status = 200, description = "It is gone", body = Done), Changes))]
pub(super) async fn remove(
    by: By<Act>,
    Named(id): Named<Uuid>,
    order: Order<Nothing>,
) -> Result<Response, Problem> {
    let remove = async move |caller: Caller, _: Nothing| {
        let desk = &caller.desk;
        let kept = desk.store.searches(&desk.team, None).await?;
        // Before the trail says that it goes.
        if !kept.iter().any(|one| one.id == id) || !searches::remove(desk, None, id).await? {
            return Err(Problem::nowhere());
        }
        let done = "removed";
        Ok(Done { id, done })
    };
    once(&by, order, remove).await
}
