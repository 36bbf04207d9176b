//! A ticket is marked (TLP) without a letter.

use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::access::{Act, By, Caller};
use super::actions::Changed;
use super::export::Marking;
use super::input::Named;
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem};
use super::shapes::Number;
use crate::actions::mark::{self, Wish};
use crate::cli::close::MOST as REASON;

/// To mark a ticket
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Mark {
    /// Its marking from then on: stricter than it is
    tlp: Marking,
    /// Why: sealed with the ticket
    #[serde(default)]
    #[schema(max_length = 2000)]
    reason: String,
}

/// Mark a ticket more strictly than its messages are
///
/// Programs raise a marking; lowering what was said is for a lead, in the console. 422 when it would not be raised.
#[utoipa::path(post, path = "/tickets/{number}/tlp", operation_id = "mark_ticket", tag = "actions", params(Number, Key), request_body = Mark,
    responses((status = 200, description = "It is marked so", body = Changed), Changes))]
pub(super) async fn mark_ticket(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Mark>,
) -> Result<Response, Problem> {
    let mark = async move |caller: Caller, wish: Mark| {
        if wish.reason.len() > REASON {
            return Err(Problem::malformed(format!(
                "reason: at most {REASON} octets"
            )));
        }
        let ticket = caller.ticket(number).await?.id;
        let wish = Wish {
            tlp: wish.tlp.tlp(),
            reason: &wish.reason,
            may_lower: false,
        };
        mark::mark(&caller.acting(), ticket, wish).await?;
        Ok(Changed::of(&caller, number, "marked"))
    };
    once(&by, order, mark).await
}
