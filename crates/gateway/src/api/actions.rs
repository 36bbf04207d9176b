//! What is changed: each is what the command of the same name does.

use axum::extract::State;
use axum::response::Response;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Api;
use super::access::{Act, By, Caller};
use super::input::Named;
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem};
use super::shapes::{Number, State as TicketState};
use crate::actions::{Acting, note, owner};
use crate::cli::close::{MOST as REASON, end_of};
use crate::ticket::{self, Step};

/// Nothing more to say: `{}`
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Nothing {}

/// To take a ticket
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Claim {
    /// Also from this one, if he has it still, as `owner` names him; else only a ticket that nobody has
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64)]
    from: Option<String>,
}

/// To give a ticket to somebody
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Assign {
    /// The analyst, as the audit trail names him
    #[schema(min_length = 1, max_length = 64)]
    to: String,
    /// Only if this one has it still; `""`: only if nobody has
    #[serde(default)]
    #[schema(max_length = 64)]
    from: Option<String>,
}

/// To say how a ticket stands
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Stand {
    /// In hand, or waiting for somebody else
    state: Standing,
    /// With `waiting`: the last day on which the other side is to answer
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
    /// Why: sealed with the ticket
    #[serde(default)]
    #[schema(max_length = 2000)]
    reason: String,
    /// Only if the ticket is in this state still
    #[serde(default)]
    expected_state: Option<TicketState>,
}

/// How a ticket that is not closed stands
#[derive(Clone, Copy, Deserialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Standing {
    Open,
    Waiting,
}

/// To close a ticket
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Close {
    /// Dealt with, or no incident of ours
    outcome: Outcome,
    /// Why: sealed with the ticket; must be given with `rejected`
    #[serde(default)]
    #[schema(max_length = 2000)]
    reason: String,
    /// Only if the ticket is in this state still
    #[serde(default)]
    expected_state: Option<TicketState>,
}

/// How a ticket ended
#[derive(Clone, Copy, Deserialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Resolved,
    Rejected,
}

/// To reopen a ticket
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Reopen {
    /// Why: sealed with the ticket
    #[serde(default)]
    #[schema(max_length = 2000)]
    reason: String,
}

/// A note
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    /// Sealed with the ticket, sent to nobody
    #[schema(min_length = 1, max_length = 65536)]
    text: String,
}

/// What was done
#[derive(Serialize, ToSchema)]
pub(super) struct Changed {
    /// The ticket; after a split and a promotion the new one
    reference: String,
    number: i64,
    /// In a word
    done: &'static str,
    /// After a change of hands: who had it before; `""` for nobody
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(super) owner_before: Option<String>,
    /// After a letter: its id
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    letter: Option<Uuid>,
    /// After a merge that left tags behind: how many the other ticket does not get, for want of room or because a message of it is sealed
    /// to analysts and its tags would not be
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(super) tags_left: Option<usize>,
    /// After a merge: of how many tickets the other gets no tags, since they can't be opened
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(super) tags_closed: Option<usize>,
}

impl Changed {
    /// That this was done with the ticket of this number.
    pub(super) fn of(caller: &Caller, number: i64, done: &'static str) -> Changed {
        Changed {
            reference: caller.desk.reference(number),
            number,
            done,
            owner_before: None,
            letter: None,
            tags_left: None,
            tags_closed: None,
        }
    }

    /// With the letter.
    pub(super) fn with_letter(self, letter: Uuid) -> Changed {
        Changed {
            letter: Some(letter),
            ..self
        }
    }
}

impl Caller {
    /// For what it does, under its name.
    pub(super) fn acting(&self) -> Acting<'_> {
        self.desk.acting(&self.desk.actor)
    }

    /// A step of its life, if it is still in this state.
    pub(super) async fn step(
        &self,
        number: i64,
        (from, step): (Option<TicketState>, Step),
        reason: &str,
    ) -> Result<Changed, Problem> {
        if reason.len() > REASON {
            return Err(Problem::malformed(format!(
                "reason: at most {REASON} octets"
            )));
        }
        let (ticket, desk) = (self.ticket(number).await?, &self.desk);
        let from = from.map(TicketState::word);
        let why = (desk.actor.as_str(), reason.trim());
        let ids = (&desk.store, &desk.ring, desk.team.as_str());
        ticket::change_from(ids.0, ids.1, ids.2, ticket.id, (from, step), why).await?;
        Ok(Changed::of(self, number, step.state()))
    }
}

pub(super) fn name(text: &str) -> Result<String, Problem> {
    owner::name(text).map_err(Problem::malformed)
}

/// Take a ticket
///
/// 409 `taken` says who has it when it is another's.
#[utoipa::path(post, path = "/tickets/{number}/claim", operation_id = "claim_ticket", tag = "actions", params(Number, Key), request_body = Claim,
    responses((status = 200, description = "It is the program's", body = Changed), Changes))]
pub(super) async fn claim(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Claim>,
) -> Result<Response, Problem> {
    let claim = async move |caller: Caller, wish: Claim| {
        let ticket = caller.ticket(number).await?.id;
        let before = match wish.from {
            Some(from) => {
                let by = &caller.desk.actor;
                owner::hand(&caller.acting(), ticket, by, &name(&from)?).await?
            }
            None => owner::claim(&caller.acting(), ticket, false).await?,
        };
        Ok(Changed {
            owner_before: Some(before),
            ..Changed::of(&caller, number, "claimed")
        })
    };
    once(&by, order, claim).await
}

/// Let a ticket go that the program has
#[utoipa::path(post, path = "/tickets/{number}/release", operation_id = "release_ticket", tag = "actions", params(Number, Key), request_body = Nothing,
    responses((status = 200, description = "Nobody has it", body = Changed), Changes))]
pub(super) async fn release(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Nothing>,
) -> Result<Response, Problem> {
    let release = async move |caller: Caller, _: Nothing| {
        let ticket = caller.ticket(number).await?.id;
        let before = owner::release(&caller.acting(), ticket).await?;
        Ok(Changed {
            owner_before: Some(before),
            ..Changed::of(&caller, number, "released")
        })
    };
    once(&by, order, release).await
}

/// Give a ticket to an analyst
#[utoipa::path(post, path = "/tickets/{number}/assign", operation_id = "assign_ticket", tag = "actions", params(Number, Key), request_body = Assign,
    responses((status = 200, description = "It is his", body = Changed), Changes))]
pub(super) async fn assign(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Assign>,
) -> Result<Response, Problem> {
    let assign = async move |caller: Caller, wish: Assign| {
        let (ticket, to) = (caller.ticket(number).await?.id, name(&wish.to)?);
        let acting = caller.acting();
        let to = owner::known(&acting, &to).await?;
        let before = match wish.from {
            None => owner::assign(&acting, ticket, &to).await?,
            Some(from) => owner::hand(&acting, ticket, &to, &from).await?,
        };
        Ok(Changed {
            owner_before: Some(before),
            ..Changed::of(&caller, number, "assigned")
        })
    };
    once(&by, order, assign).await
}

/// Say that a ticket is in hand, or that somebody else is to answer
#[utoipa::path(post, path = "/tickets/{number}/status", operation_id = "set_status", tag = "actions", params(Number, Key), request_body = Stand,
    responses((status = 200, description = "It stands so", body = Changed), Changes))]
pub(super) async fn status(
    State(api): State<Api>,
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Stand>,
) -> Result<Response, Problem> {
    let status = async move |caller: Caller, wish: Stand| {
        let zone = &api.settings.team.timezone;
        let step = match (wish.state, wish.until) {
            (Standing::Open, None) => Step::Take,
            (Standing::Open, Some(_)) => return Err(Problem::malformed("until goes with waiting")),
            (Standing::Waiting, day) => Step::Wait(day.map(|day| end_of(day, zone)).transpose()?),
        };
        let change = (wish.expected_state, step);
        caller.step(number, change, &wish.reason).await
    };
    once(&by, order, status).await
}

/// Close a ticket
#[utoipa::path(post, path = "/tickets/{number}/close", operation_id = "close_ticket", tag = "actions", params(Number, Key), request_body = Close,
    responses((status = 200, description = "It is closed", body = Changed), Changes))]
pub(super) async fn close(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Close>,
) -> Result<Response, Problem> {
    let close = async move |caller: Caller, wish: Close| {
        let step = match wish.outcome {
            Outcome::Resolved => Step::Resolve,
            Outcome::Rejected if wish.reason.trim().is_empty() => {
                return Err(Problem::malformed("reason: must be given with rejected"));
            }
            Outcome::Rejected => Step::Reject,
        };
        let change = (wish.expected_state, step);
        caller.step(number, change, &wish.reason).await
    };
    once(&by, order, close).await
}

/// Reopen a closed ticket
#[utoipa::path(post, path = "/tickets/{number}/reopen", operation_id = "reopen_ticket", tag = "actions", params(Number, Key), request_body = Reopen,
    responses((status = 200, description = "It is open", body = Changed), Changes))]
pub(super) async fn reopen(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Reopen>,
) -> Result<Response, Problem> {
    let reopen = async move |caller: Caller, wish: Reopen| {
        caller
            .step(number, (None, Step::Reopen), &wish.reason)
            .await
    };
    once(&by, order, reopen).await
}

/// Write a note on a ticket
#[utoipa::path(post, path = "/tickets/{number}/notes", operation_id = "add_note", tag = "actions", params(Number, Key), request_body = Note,
    responses((status = 200, description = "It is written", body = Changed), Changes))]
pub(super) async fn add_note(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Note>,
) -> Result<Response, Problem> {
    let add = async move |caller: Caller, wish: Note| {
        let ticket = caller.ticket(number).await?.id;
        note::add(&caller.acting(), ticket, &wish.text).await?;
        Ok(Changed::of(&caller, number, "noted"))
    };
    once(&by, order, add).await
}
