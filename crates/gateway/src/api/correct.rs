//! What is said of a value that was read from a message, or was not.

use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::access::{Act, By, Caller};
use super::actions::Changed;
use super::input::Named;
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem};
use super::shapes::{Nth, Number};
use crate::actions::correct::{self, CorrectFault, Wanted};

/// What is said of which value
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Correction {
    /// As the message lists it, or as people write it: one address, network, name, URL, mail address, hash, CVE or AS number; for `start` and
    /// `end` a time with its zone, for `type` one of the Reference Security Incident Taxonomy
    #[schema(min_length = 1, max_length = 2000)]
    value: String,
    says: Says,
    /// Why: sealed with the ticket; must be given for a value that was not read
    #[serde(default)]
    #[schema(max_length = 2000)]
    reason: String,
    /// Only if this is still what it puts an end to: the `id` in the message's `corrections` of the value's last one, of the one that
    /// says the same for `start`, `end` and `type`; of both with a blank between; `""` for none
    #[serde(default)]
    #[schema(max_length = 200)]
    seen: Option<String>,
}

/// What is said of a value: it has no business here, has this role, is when the incident began or ended, is its type, or is as it was read
/// after all
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Says {
    Wrong,
    Source,
    Destination,
    NoRole,
    Start,
    End,
    Type,
    AsRead,
}

impl From<Says> for extract::Says {
    fn from(says: Says) -> extract::Says {
        match says {
            Says::Wrong => extract::Says::Wrong,
            Says::Source => extract::Says::Source,
            Says::Destination => extract::Says::Destination,
            Says::NoRole => extract::Says::NoRole,
            Says::Start => extract::Says::Start,
            Says::End => extract::Says::End,
            Says::Type => extract::Says::Type,
            Says::AsRead => extract::Says::AsRead,
        }
    }
}

impl From<CorrectFault> for Problem {
    fn from(fault: CorrectFault) -> Problem {
        let detail = fault.to_string();
        match fault {
            CorrectFault::Meanwhile { .. } | CorrectFault::Moved => Problem::conflict(detail),
            CorrectFault::Sealed => Problem::sealed(),
            CorrectFault::Action(fault) => fault.into(),
            CorrectFault::Already
            | CorrectFault::NothingSaid
            | CorrectFault::NotThere
            | CorrectFault::WhyNeeded
            | CorrectFault::NoValue
            | CorrectFault::NoTime
            | CorrectFault::NoType
            | CorrectFault::NotOfThis
            | CorrectFault::TooLong
            | CorrectFault::TooMany
            | CorrectFault::NoKey => Problem::refused(detail),
        }
    }
}

/// Correct a value of a message, or its role, or add one
///
/// What was read stays beside it. Search, values seen before and exports go by what is said. The last that is said of a value stands.
#[utoipa::path(post, path = "/tickets/{number}/messages/{message}/corrections", operation_id = "correct_value", tag = "actions",
    params(Number, Nth, Key), request_body = Correction,
    responses((status = 200, description = "It is said", body = Changed), Changes))]
pub(super) async fn correct_value(
    by: By<Act>,
    Named((number, message)): Named<(i64, usize)>,
    order: Order<Correction>,
) -> Result<Response, Problem> {
    let say = async move |caller: Caller, wish: Correction| {
        let ticket = caller.ticket(number).await?.id;
        let entries = caller.desk.store.entries(ticket).await?;
        let entry = message.checked_sub(1).and_then(|index| entries.get(index));
        let wanted = Wanted {
            entry: entry.ok_or_else(Problem::nowhere)?.id,
            kind: None,
            value: &wish.value,
            says: wish.says.into(),
            reason: &wish.reason,
            seen: wish.seen.as_deref(),
        };
        correct::correct(&caller.acting(), ticket, &wanted).await?;
        Ok(Changed::of(&caller, number, "corrected"))
    };
    once(&by, order, say).await
}
