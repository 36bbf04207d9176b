//! Mail that was kept without a ticket.

use axum::Json;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::access::{Act, By, Caller, Read};
use super::actions::{Changed, Nothing};
use super::input::{Asked, Named};
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem, Problems};
use super::shapes;
use crate::audit::DEPLOYMENT;
use crate::cli::entries::entry_json;
use crate::cli::quarantine::{promote, retry, shown_json};

/// How much of it
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Most {
    /// At most so many, the newest
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
    /// Only what came before this message: the `next` of an answer
    before: Option<Uuid>,
}

/// Which message
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct Which {
    /// Its `id`
    id: Uuid,
}

/// List mail that was kept without a ticket, the newest last
#[utoipa::path(get, path = "/quarantine", operation_id = "list_quarantine", tag = "tickets", params(Most),
    responses((status = 200, description = "The mail", body = shapes::Suppressed), Problems))]
pub(super) async fn suppressed(
    by: By<Read>,
    Asked(most): Asked<Most>,
) -> Result<Json<Value>, Problem> {
    let limit = most.limit.unwrap_or(100);
    if !(1..=1_000).contains(&limit) {
        return Err(Problem::malformed("limit: 1 to 1000"));
    }
    let store = &by.desk.store;
    let entries = store.suppressed_before(None, most.before, i64::from(limit) + 1);
    let mut entries = entries.await?;
    let is_more = entries.len() > usize::from(limit);
    if is_more {
        entries.remove(0);
    }
    let next = entries.first().filter(|_| is_more).map(|last| last.id);
    let unreadable = by.desk.store.unreadable(limit.into()).await?;
    let unreadable = unreadable.into_iter();
    let unreadable = unreadable.map(|(id, reason)| json!({"id": id, "reason": reason}));
    let detail = format!("what=quarantine count={}", entries.len());
    by.desk.note(DEPLOYMENT, "listed", detail).await?;
    let each = entries.iter();
    let each = each.map(|entry| entry_json(entry, &by.desk.summary(entry)));
    Ok(Json(
        json!({"messages": each.collect::<Vec<_>>(), "next": next, "unreadable": unreadable.collect::<Vec<_>>()}),
    ))
}

/// Mail that was kept without a ticket, with its text
#[utoipa::path(get, path = "/quarantine/{id}", operation_id = "show_quarantined", tag = "tickets", params(Which),
    responses((status = 200, description = "The message", body = shapes::Message), Problems))]
pub(super) async fn one(by: By<Read>, Named(id): Named<Uuid>) -> Result<Json<Value>, Problem> {
    let desk = &by.desk;
    let found = desk.store.suppressed(Some(id), 1).await?;
    let entry = found.first().ok_or_else(Problem::nowhere)?;
    // Sealed for another team, or damaged: it is not ours to see, nor its trail to write to.
    if !desk.is_closed(entry) && desk.understood(entry).is_err() {
        return Err(Problem::nowhere());
    }
    desk.note(entry.case, "read", "text".to_owned()).await?;
    let mut message = shown_json(desk, entry, true).await?;
    if let Some(object) = message.as_object_mut() {
        object.insert("proof_level".into(), Value::Null);
    }
    Ok(Json(message))
}

/// That it is tried again
#[derive(Serialize, ToSchema)]
pub(super) struct Due {
    id: Uuid,
}

/// Try again to take in mail that could not be: an `unreadable` of the list
#[utoipa::path(post, path = "/quarantine/{id}/retry", operation_id = "retry_quarantined", tag = "actions", params(Which, Key), request_body = Nothing,
    responses((status = 200, description = "It is due", body = Due), Changes))]
pub(super) async fn read_again(
    by: By<Act>,
    Named(id): Named<Uuid>,
    order: Order<Nothing>,
) -> Result<Response, Problem> {
    let again = async move |caller: Caller, _: Nothing| {
        let desk = &caller.desk;
        match retry(desk, Some(id)).await? {
            0 => Err(Problem::nowhere()),
            _ => Ok(Due { id }),
        }
    };
    once(&by, order, again).await
}

/// Open a ticket for one: it is a report after all. Nobody is answered
#[utoipa::path(post, path = "/quarantine/{id}/promote", operation_id = "promote", tag = "actions", params(Which, Key), request_body = Nothing,
    responses((status = 200, description = "It is a ticket, which is named", body = Changed), Changes))]
pub(super) async fn open_ticket(
    by: By<Act>,
    Named(id): Named<Uuid>,
    order: Order<Nothing>,
) -> Result<Response, Problem> {
    let open = async move |caller: Caller, _: Nothing| {
        let desk = &caller.desk;
        let found = desk.store.suppressed(Some(id), 1).await?;
        let entry = found.first().ok_or_else(Problem::nowhere)?;
        if desk.is_closed(entry) {
            return Err(Problem::sealed());
        }
        // Sealed for another team, or damaged: `pillarbox verify` tells which.
        desk.understood(entry).map_err(|_| Problem::nowhere())?;
        let number = desk.serial(&promote(desk, id).await?)?;
        Ok(Changed::of(&caller, number, "promoted"))
    };
    once(&by, order, open).await
}
