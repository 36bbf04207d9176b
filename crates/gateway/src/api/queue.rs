//! The queue as the console has it: the tickets that answer a query.

use std::fmt;
use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Api;
use super::access::{By, Read};
use super::input::{Asked, written};
use super::problem::{Problem, Problems};
use super::shapes;
use crate::audit::DEPLOYMENT;
use crate::cli::queue;
use crate::query::find::{Wish, find, order};
use crate::query::{Query, parse};
use crate::store::{QueueOrder, QueuePlace};

/// Octets of a query.
const LONGEST: usize = 2_000;
/// Tickets of an answer, when nothing is said.
const PAGE: u16 = 50;
/// At most.
const MOST: u16 = 200;

/// Which tickets, in which order
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// As in the console and in `ticket list --query`; without one, all tickets
    #[serde(default)]
    #[param(max_length = 2000, example = "is:open obs:192.0.2.0/24")]
    query: String,
    /// Without one `urgent`: the most urgent first, by the time until which an answer is meant to be given, where all that answer are open;
    /// else the newest first
    #[param(inline)]
    order: Option<Order>,
    /// `next` of the answer before, to the same query in the same order
    #[serde(default, deserialize_with = "written")]
    #[param(value_type = Option<String>, max_length = 64)]
    cursor: Option<Cursor>,
    /// At most so many
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u16>,
}

/// An order
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Order {
    Urgent,
    Newest,
    Oldest,
}

impl From<Order> for QueueOrder {
    fn from(order: Order) -> QueueOrder {
        match order {
            Order::Urgent => QueueOrder::Urgent,
            Order::Newest => QueueOrder::Newest,
            Order::Oldest => QueueOrder::Oldest,
        }
    }
}

/// Where a list goes on: the place of a ticket, as text. No clock was due before 1970, and the database does not know every year before.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cursor(QueuePlace);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let due = self.0.due.as_deref().unwrap_or("");
        write!(f, "{due}.{}", self.0.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Cursor, &'static str> {
        let parts = text.split_once('.').and_then(|(due, id)| {
            let due: Option<Timestamp> = match due {
                "" => None,
                due => Some(due.parse().ok()?),
            };
            if due.is_some_and(|due| due < Timestamp::UNIX_EPOCH) {
                return None;
            }
            let id = Uuid::try_parse(id).ok()?;
            let due = due.map(|due| due.to_string());
            Some(Cursor(QueuePlace { due, id }))
        });
        let written = parts.filter(|cursor| cursor.to_string() == text);
        written.ok_or("this is no cursor of ours")
    }
}

/// A page of the queue
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct Queue {
    tickets: Vec<shapes::Listed>,
    /// Ask with this as `cursor` for what follows; null at the end
    #[schema(required)]
    next: Option<String>,
    /// Why tickets that answer may be missing here: `looked` (summaries of enough tickets were looked into for one answer: `next` goes on),
    /// `common` (of the messages with a value only the newest were looked at), `sealed` (to analysts); empty when none is
    missing: Vec<String>,
}

/// What a query says; where it is wrong is named.
pub(super) fn query(text: &str) -> Result<Query, Problem> {
    if text.len() > LONGEST {
        let detail = format!("query: {LONGEST} octets at most");
        return Err(Problem::malformed(detail));
    }
    parse(text).map_err(|fault| {
        let before = text.get(..fault.at).unwrap_or_default();
        let place = before.chars().count() + 1;
        Problem::malformed(format!("query: at character {place}: {fault}"))
    })
}

/// List the tickets that answer a query
///
/// `is:mine` asks for those that the program has. For what happened since the last time ask for the list of tickets instead.
#[utoipa::path(get, path = "/queue", operation_id = "queue", tag = "search", params(Wanted),
    responses((status = 200, description = "A page of them", body = Queue), Problems,
        (status = 422, description = "The index can't be asked this", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list(
    State(api): State<Api>,
    by: By<Read>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, Problem> {
    let limit = wanted.limit.unwrap_or(PAGE);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::malformed(format!("limit: 1 to {MOST}")));
    }
    let query = query(&wanted.query)?;
    let desk = by.desk.clone().informed(&api.settings).await?;
    let wish = Wish {
        query: &query,
        order: order(&query, wanted.order.unwrap_or(Order::Urgent).into()),
        after: wanted.cursor.map(|cursor| cursor.0),
        most: limit.into(),
    };
    let listed = find(&desk, &wish).await?;
    let detail = format!("what=tickets count={}", listed.rows.len());
    desk.note(DEPLOYMENT, "listed", detail).await?;
    let missing = listed.missing();
    Ok(Json(json!({
        "tickets": queue::listed_json(&desk, &listed.rows).await?,
        "next": listed.more.map(|place| Cursor(place).to_string()),
        "missing": missing,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_one_that_was_given() {
        let id = "0190c0ffee007000800000000000abcd";
        for (due, is_ours) in [
            ("", true),
            ("2026-11-23T17:00:00Z", true),
            // The database knows no year 0.
            ("0000-01-01T00:00:00Z", false),
            ("-000001-01-01T00:00:00Z", false),
            ("1969-12-31T23:59:59Z", false),
            ("2026-11-23 17:00Z", false),
        ] {
            let read = format!("{due}.{id}").parse::<Cursor>();
            assert_eq!(read.is_ok(), is_ours, "{due}");
        }
    }
}
