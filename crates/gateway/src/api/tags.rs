//! Words of the team on a ticket.

use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::access::{Act, By, Caller};
use super::actions::Changed;
use super::input::Named;
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem};
use super::shapes::Number;
use crate::actions::tag;
use crate::tags::{MOST, normalised};

/// Words that come, and words that go: at least one
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Retag {
    /// Put on it: letters and digits, lower case, a hyphen for blanks
    #[serde(default)]
    #[schema(max_items = 20)]
    add: Vec<String>,
    /// Taken off it
    #[serde(default)]
    #[schema(max_items = 20)]
    remove: Vec<String>,
}

pub(super) fn words(texts: &[String]) -> Result<Vec<String>, Problem> {
    if texts.len() > MOST {
        return Err(Problem::malformed(format!("at most {MOST} tags")));
    }
    let words: Result<Vec<String>, _> = texts.iter().map(|text| normalised(text)).collect();
    words.map_err(|fault| Problem::malformed(fault.to_string()))
}

/// Put words of the team on a ticket, or take them off
///
/// Of two programs at once both are heard: each says what comes and what goes. 422 when nothing would change.
#[utoipa::path(post, path = "/tickets/{number}/tags", operation_id = "tag_ticket", tag = "actions", params(Number, Key), request_body = Retag,
    responses((status = 200, description = "They stand, or are gone", body = Changed), Changes))]
pub(super) async fn tag_ticket(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Retag>,
) -> Result<Response, Problem> {
    let retag = async move |caller: Caller, wish: Retag| {
        let (add, remove) = (words(&wish.add)?, words(&wish.remove)?);
        if add.is_empty() && remove.is_empty() {
            return Err(Problem::malformed("add or remove: at least one tag"));
        }
        let ticket = caller.ticket(number).await?.id;
        tag::change(&caller.acting(), ticket, (&add, &remove)).await?;
        // The answer is kept for who asks again, and names no word.
        Ok(Changed::of(&caller, number, "tagged"))
    };
    once(&by, order, retag).await
}
