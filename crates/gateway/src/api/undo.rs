//! What was done is taken back, and what a message claims is refused.

use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::access::{Act, By, Caller};
use super::actions::{Changed, Nothing};
use super::input::Named;
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem};
use super::shapes::Number;
use crate::actions::{claimed, undo};

/// To say whether a ticket may belong to the one that its first message names
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Belonging {
    /// It does not; `false` takes that back. That it does is said by a merge
    refused: bool,
}

/// Take the program's last change of state, owner or marking back
///
/// All is as before: the state, the clock, the answers that were awaited, the owner. 409 once somebody else acted on the ticket, or mail came
/// for it. A merge is taken back with `unmerge`.
#[utoipa::path(post, path = "/tickets/{number}/undo", operation_id = "undo_change", tag = "actions", params(Number, Key), request_body = Nothing,
    responses((status = 200, description = "It stands as before; `done` is its state, or `unmarked`", body = Changed), Changes))]
pub(super) async fn undo_change(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Nothing>,
) -> Result<Response, Problem> {
    let back = async move |caller: Caller, _: Nothing| {
        let ticket = caller.ticket(number).await?.id;
        let undone = undo::undo(&caller.acting(), ticket).await?;
        let done = if undone.is_marking {
            "unmarked"
        } else {
            undone.state
        };
        Ok(Changed::of(&caller, number, done))
    };
    once(&by, order, back).await
}

/// Refuse that a ticket belongs to the one that its first message names, or take that back
#[utoipa::path(post, path = "/tickets/{number}/belonging", operation_id = "judge_claim", tag = "actions", params(Number, Key), request_body = Belonging,
    responses((status = 200, description = "It is said", body = Changed), Changes))]
pub(super) async fn judge_claim(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Belonging>,
) -> Result<Response, Problem> {
    let judge = async move |caller: Caller, wish: Belonging| {
        let ticket = caller.ticket(number).await?.id;
        let done = match wish.refused {
            true => claimed::refuse(&caller.acting(), ticket)
                .await
                .map(|_| "claim-refused"),
            false => claimed::reconsider(&caller.acting(), ticket)
                .await
                .map(|_| "claim-open"),
        };
        Ok(Changed::of(&caller, number, done?))
    };
    once(&by, order, judge).await
}
