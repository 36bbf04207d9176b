//! What could not be decrypted when it came.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::access::{Act, By, Caller};
use super::actions::Nothing;
use super::input::Named;
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem};
use super::shapes::Number;
use crate::actions::retry::{self as retries, Opener};

/// What came of a ticket's messages that could not be decrypted; nothing in both lists: none waits to be opened
#[derive(Serialize, ToSchema)]
pub(super) struct Retried {
    reference: String,
    number: i64,
    /// Numbers of messages that are open now
    opened: Vec<usize>,
    closed: Vec<StaysClosed>,
    /// So many are sealed to analysts, and no token opens them
    sealed_to_analysts: usize,
}

/// A message that stays closed
#[derive(Serialize, ToSchema)]
struct StaysClosed {
    /// Its number on the ticket, from 1
    message: usize,
    /// In a word: `no_key`, `damaged`, `unsupported` …
    why: String,
}

/// Open what could not be decrypted when it came, with the team's keys of now
///
/// Read, searched and judged from then on as if it had opened when it came. Nobody is answered.
#[utoipa::path(post, path = "/tickets/{number}/retry", operation_id = "retry_ticket", tag = "actions", params(Number, Key), request_body = Nothing,
    responses((status = 200, description = "What is open now, and what stays closed", body = Retried), Changes))]
pub(super) async fn retry(
    State(api): State<Api>,
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Nothing>,
) -> Result<Response, Problem> {
    let retry = async move |caller: Caller, _: Nothing| {
        let (ticket, desk) = (caller.ticket(number).await?.id, &caller.desk);
        let opener = Opener::new(&api.settings, desk.store.clone(), Arc::clone(&desk.ring)).await?;
        let retried = retries::retry(&caller.acting(), &opener, ticket).await?;
        let closed = retried.closed.into_iter();
        let closed = closed.map(|(message, why)| StaysClosed { message, why });
        Ok(Retried {
            reference: desk.reference(number),
            number,
            opened: retried.opened,
            closed: closed.collect(),
            sealed_to_analysts: retried.sealed,
        })
    };
    once(&by, order, retry).await
}
