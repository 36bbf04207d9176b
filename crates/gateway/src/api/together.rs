//! Tickets put together, linked and taken apart.

use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::access::{Act, By, Caller};
use super::actions::{Changed, Nothing};
use super::input::Named;
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem};
use super::shapes::Number;
use crate::actions::{link, split};
use crate::cli::{links::Kind, merge};

/// To merge a ticket
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Merge {
    /// The number of the ticket that goes on
    #[schema(minimum = 1)]
    into: i64,
}

/// To link a ticket to another
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    /// How it stands to the other
    kind: Kind,
    /// The number of the other
    #[schema(minimum = 1)]
    other: i64,
}

/// To take links away
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Unlink {
    /// The number of the other, which may have been erased
    #[schema(minimum = 1)]
    other: i64,
}

/// To split messages off
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Split {
    /// Their numbers on the ticket, from 1
    #[schema(min_items = 1, max_items = 50)]
    messages: Vec<u32>,
}

/// Merge a ticket into another: it is resolved, and mail for it goes to the other
#[utoipa::path(post, path = "/tickets/{number}/merge", operation_id = "merge_ticket", tag = "actions", params(Number, Key), request_body = Merge,
    responses((status = 200, description = "It is merged", body = Changed), Changes))]
pub(super) async fn merge_into(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Merge>,
) -> Result<Response, Problem> {
    let merge = async move |caller: Caller, wish: Merge| {
        caller.ticket(number).await?;
        caller.ticket(wish.into).await?;
        let (ticket, into) = (number.to_string(), wish.into.to_string());
        let done = merge::merge(&caller.desk, &ticket, &into).await?;
        let left = done.no_room + done.sealed;
        let mut changed = Changed::of(&caller, number, "merged");
        changed.tags_left = (left > 0).then_some(left);
        changed.tags_closed = (done.closed > 0).then_some(done.closed);
        Ok(changed)
    };
    once(&by, order, merge).await
}

/// Undo a merge: the ticket stands for itself again
#[utoipa::path(post, path = "/tickets/{number}/unmerge", operation_id = "unmerge_ticket", tag = "actions", params(Number, Key), request_body = Nothing,
    responses((status = 200, description = "It is open again", body = Changed), Changes))]
pub(super) async fn unmerge(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Nothing>,
) -> Result<Response, Problem> {
    let unmerge = async move |caller: Caller, _: Nothing| {
        caller.ticket(number).await?;
        merge::unmerge(&caller.desk, &number.to_string()).await?;
        Ok(Changed::of(&caller, number, "unmerged"))
    };
    once(&by, order, unmerge).await
}

/// Take messages that belong to another matter off into a new ticket
#[utoipa::path(post, path = "/tickets/{number}/split", operation_id = "split_ticket", tag = "actions", params(Number, Key), request_body = Split,
    responses((status = 200, description = "They are on the ticket that is named", body = Changed), Changes))]
pub(super) async fn split_off(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Split>,
) -> Result<Response, Problem> {
    let split = async move |caller: Caller, wish: Split| {
        let ticket = caller.ticket(number).await?.id;
        let numbers = wish.messages.into_iter().map(usize::try_from);
        let numbers = numbers.collect::<Result<_, _>>();
        let numbers = numbers.map_err(|_| Problem::malformed("messages: from 1"))?;
        let new = split::split(&caller.acting(), ticket, &numbers).await?;
        Ok(Changed::of(&caller, new, "split"))
    };
    once(&by, order, split).await
}

/// Link a ticket to another, in both
#[utoipa::path(post, path = "/tickets/{number}/link", operation_id = "link_ticket", tag = "actions", params(Number, Key), request_body = Link,
    responses((status = 200, description = "They are linked", body = Changed), Changes))]
pub(super) async fn link_to(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Link>,
) -> Result<Response, Problem> {
    let add = async move |caller: Caller, wish: Link| {
        let ticket = caller.ticket(number).await?.id;
        let other = caller.ticket(wish.other).await?.id;
        link::add(&caller.acting(), ticket, wish.kind.linked(), other).await?;
        Ok(Changed::of(&caller, number, "linked"))
    };
    once(&by, order, add).await
}

/// Take all links between two tickets away
#[utoipa::path(post, path = "/tickets/{number}/unlink", operation_id = "unlink_ticket", tag = "actions", params(Number, Key), request_body = Unlink,
    responses((status = 200, description = "They are not linked any more", body = Changed), Changes))]
pub(super) async fn unlink(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Unlink>,
) -> Result<Response, Problem> {
    let remove = async move |caller: Caller, wish: Unlink| {
        let ticket = caller.ticket(number).await?.id;
        link::remove(&caller.acting(), ticket, wish.other).await?;
        Ok(Changed::of(&caller, number, "unlinked"))
    };
    once(&by, order, remove).await
}
