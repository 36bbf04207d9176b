//! What is read of tickets.

use std::fmt;
use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use uuid::Uuid;

use super::Api;
use super::access::{By, Caller, Export, Needs, Read};
use super::input::{Asked, Named, written};
use super::problem::{Problem, Problems};
use super::shapes;
use crate::actions::owner;
use crate::audit::DEPLOYMENT;
use crate::cli::called::Calling;
use crate::cli::shown::Shown;
use crate::cli::{queue, tickets};
use crate::store::{ChangedFilter, ChangedPlace, EntryRow, QueueFilter, TicketRow};
use crate::worker::hour;

/// Tickets of an answer, when nothing is said.
const PAGE: i64 = 50;
/// At most.
const MOST: i64 = 200;

/// Which tickets
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only this state
    #[param(inline)]
    state: Option<shapes::State>,
    /// Only those that this analyst has, as `owner` names him
    #[param(max_length = 64, min_length = 1)]
    owner: Option<String>,
    /// Only those that nobody has
    #[serde(default)]
    unclaimed: bool,
    /// Only those whose time for an answer is over
    #[serde(default)]
    overdue: bool,
    /// Only those that could not be read or decrypted
    #[serde(default)]
    needs_human: bool,
    /// Only those on which something happened since: mail, a letter, a note, a change of state, owner or merge. Times are kept to the
    /// hour: what happened earlier in that hour comes, too
    #[param(value_type = Option<String>, format = DateTime)]
    updated_since: Option<Timestamp>,
    /// `next` of the answer before
    #[serde(default, deserialize_with = "written")]
    #[param(value_type = Option<String>, max_length = 64)]
    cursor: Option<Cursor>,
    /// At most so many
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
}

/// Where a list goes on: the place of a ticket, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cursor(ChangedPlace);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0.hour, self.0.id.simple())
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Cursor, &'static str> {
        let parts = text.split_once('.').and_then(|(hour, id)| {
            let hour: u32 = hour.parse().ok()?;
            let id = Uuid::try_parse(id).ok()?;
            let place = ChangedPlace {
                hour: hour.into(),
                id,
            };
            Some(Cursor(place))
        });
        let written = parts.filter(|cursor| cursor.to_string() == text);
        written.ok_or("this is no cursor of ours")
    }
}

impl Wanted {
    fn filter(&self) -> Result<ChangedFilter, Problem> {
        let limit = self.limit.unwrap_or(PAGE);
        if !(1..=MOST).contains(&limit) {
            return Err(Problem::malformed(format!("limit: 1 to {MOST}")));
        }
        let owner = match (&self.owner, self.unclaimed) {
            (Some(_), true) => return Err(Problem::malformed("owner or unclaimed, not both")),
            (Some(name), false) => {
                let name = owner::name(name);
                Some(name.map_err(|wrong| Problem::malformed(format!("owner: {wrong}")))?)
            }
            (None, true) => Some(String::new()),
            (None, false) => None,
        };
        Ok(ChangedFilter {
            state: self.state.map(|state| state.word().to_owned()),
            owner,
            overdue: self.overdue,
            needs_human: self.needs_human,
            since: self.updated_since,
            after: self.cursor.map(|cursor| cursor.0),
            limit: limit + 1,
        })
    }
}

/// List tickets
///
/// In the order in which something happened on them, so that a program that comes back hears what is new: it asks with `cursor` until
/// `next` is null, and the next time with `updated_since` as the first answer said it.
#[utoipa::path(get, path = "/tickets", operation_id = "list_tickets", tag = "tickets", params(Wanted),
    responses((status = 200, description = "A page of them", body = shapes::Page), Problems))]
pub(super) async fn list(
    State(api): State<Api>,
    by: By<Read>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, Problem> {
    let mut filter = wanted.filter()?;
    let now = hour(Timestamp::now());
    let desk = by.desk.clone().informed(&api.settings).await?;
    let mut places = desk.store.changed_tickets(&desk.team, &filter).await?;
    filter.limit -= 1;
    let page = usize::try_from(filter.limit).unwrap_or(0);
    let has_more = places.len() > page;
    places.truncate(page);
    let ids = QueueFilter {
        ids: Some(places.iter().map(|place| place.id).collect()),
        limit: filter.limit,
        ..QueueFilter::default()
    };
    let mut rows = desk.store.queue(&desk.team, &ids).await?;
    rows.sort_by_key(|row| places.iter().position(|place| place.id == row.id));
    let detail = format!("what=tickets count={}", rows.len());
    desk.note(DEPLOYMENT, "listed", detail).await?;
    let next = places.last().filter(|_| has_more);
    Ok(Json(json!({
        "tickets": queue::listed_json(&desk, &rows).await?,
        "next": next.map(|place| Cursor(*place).to_string()),
        "updated_since": now.to_string(),
    })))
}

/// How much of a ticket
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct How {
    /// The text of messages, too
    #[serde(default)]
    text: bool,
}

impl Caller {
    /// The ticket of this number with its messages, once it is written down that they are read.
    pub(super) async fn read(
        &self,
        number: i64,
        what: String,
    ) -> Result<(TicketRow, Vec<EntryRow>), Problem> {
        let ticket = self.ticket(number).await?;
        let entries = self.desk.store.entries(ticket.id).await?;
        self.desk.note(ticket.id, "read", what).await?;
        Ok((ticket, entries))
    }

    /// The ticket of this number, if it is the team's.
    pub(super) async fn ticket(&self, number: i64) -> Result<TicketRow, Problem> {
        let store = &self.desk.store;
        let found = store.tickets(&self.desk.team, &[number], &[]).await?;
        found.into_iter().next().ok_or_else(Problem::nowhere)
    }
}

fn what(how: &How) -> String {
    if how.text { "text" } else { "facts" }.to_owned()
}

/// Show a ticket with its messages
#[utoipa::path(get, path = "/tickets/{number}", operation_id = "show_ticket", tag = "tickets", params(shapes::Number, How),
    responses((status = 200, description = "As `ticket show --json` prints it", body = shapes::Ticket), Problems))]
pub(super) async fn show(
    State(api): State<Api>,
    by: By<Read>,
    Named(number): Named<i64>,
    Asked(how): Asked<How>,
) -> Result<Json<Value>, Problem> {
    let (ticket, entries) = by.read(number, what(&how)).await?;
    let desk = by.desk.clone().informed(&api.settings).await?;
    let calling = Calling::new(&desk, &api.settings)?;
    let shown = tickets::shown_json(&desk, &calling, &ticket, &entries, how.text);
    Ok(Json(shown.await?))
}

/// The messages of a ticket, the oldest first
#[utoipa::path(get, path = "/tickets/{number}/messages", operation_id = "list_messages", tag = "tickets", params(shapes::Number, How),
    responses((status = 200, description = "The messages", body = shapes::Messages), Problems))]
pub(super) async fn messages(
    State(api): State<Api>,
    by: By<Read>,
    Named(number): Named<i64>,
    Asked(how): Asked<How>,
) -> Result<Json<Value>, Problem> {
    let messages = of_ticket(&api, &by, number, what(&how), how.text).await?;
    Ok(Json(json!({"messages": messages})))
}

async fn of_ticket<N: Needs>(
    api: &Api,
    by: &By<N>,
    number: i64,
    what: String,
    text: bool,
) -> Result<Vec<Value>, Problem> {
    let (ticket, entries) = by.read(number, what).await?;
    let desk = by.desk.clone().informed(&api.settings).await?;
    let shown = Shown::of(&desk, &ticket, &entries).await?;
    Ok(tickets::entries_json(&desk, &entries, &shown, text)?)
}

/// A message of a ticket, with its text
#[utoipa::path(get, path = "/tickets/{number}/messages/{message}", operation_id = "show_message", tag = "tickets", params(shapes::Number, shapes::Nth),
    responses((status = 200, description = "The message", body = shapes::Message), Problems))]
pub(super) async fn message(
    State(api): State<Api>,
    by: By<Read>,
    Named((number, message)): Named<(i64, usize)>,
) -> Result<Json<Value>, Problem> {
    let mut messages = of_ticket(&api, &by, number, format!("message={message}"), true).await?;
    let index = message.checked_sub(1);
    let index = index.filter(|index| *index < messages.len());
    Ok(Json(
        messages.swap_remove(index.ok_or_else(Problem::nowhere)?),
    ))
}

/// A message as it came (RFC 5322), which may be hostile: scope `export`
#[utoipa::path(get, path = "/tickets/{number}/messages/{message}/raw", operation_id = "download_message", tag = "export", params(shapes::Number, shapes::Nth),
    responses((status = 200, description = "Its octets", body = shapes::Octets, content_type = "application/octet-stream"), Problems))]
pub(super) async fn raw(
    by: By<Export>,
    Named((number, message)): Named<(i64, usize)>,
) -> Result<Response, Problem> {
    let (ticket, entries) = by.read(number, format!("raw={message}")).await?;
    let entry = message.checked_sub(1).and_then(|index| entries.get(index));
    let entry = entry.ok_or_else(Problem::nowhere)?;
    if by.desk.is_closed(entry) {
        return Err(Problem::sealed());
    }
    let octets = by.desk.raw(entry).await?;
    let name = format!(
        "attachment; filename=\"{:06}-{message}.eml\"",
        ticket.serial
    );
    let fields = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((fields, octets.to_vec()).into_response())
}

/// The values that were found in a ticket's messages, as analysts have corrected them
#[utoipa::path(get, path = "/tickets/{number}/observables", operation_id = "list_observables", tag = "tickets", params(shapes::Number),
    responses((status = 200, description = "The values, with the number of their message", body = shapes::Observables), Problems))]
pub(super) async fn observables(
    State(api): State<Api>,
    by: By<Read>,
    Named(number): Named<i64>,
) -> Result<Json<Value>, Problem> {
    let messages = of_ticket(&api, &by, number, "facts".to_owned(), false).await?;
    let (mut found, mut sealed) = (Vec::new(), Vec::new());
    for (number, mut message) in (1..).zip(messages) {
        let view = match message.get("corrected") {
            Some(_) => "/corrected/indicators",
            None => "/indicators",
        };
        match message.pointer_mut(view).map(Value::take) {
            Some(Value::Array(indicators)) => {
                for mut indicator in indicators {
                    if let Some(object) = indicator.as_object_mut() {
                        object.insert("message".into(), json!(number));
                    }
                    found.push(indicator);
                }
            }
            Some(_) | None => sealed.push(number),
        }
    }
    Ok(Json(
        json!({"observables": found, "sealed_messages": sealed}),
    ))
}

/// Who read and did what with a ticket
#[utoipa::path(get, path = "/tickets/{number}/audit", operation_id = "list_audit", tag = "tickets", params(shapes::Number),
    responses((status = 200, description = "The lines of its audit trail", body = shapes::Trail), Problems))]
pub(super) async fn audit(by: By<Read>, Named(number): Named<i64>) -> Result<Json<Value>, Problem> {
    let (ticket, _) = by.read(number, "audit".to_owned()).await?;
    let rows = by.desk.store.audit_rows(&[ticket.id]).await?;
    let line = |row: &crate::store::AuditRow| {
        let at = Timestamp::from_second(row.at).ok();
        json!({"number": row.number, "at": at.map(|at| at.to_string()), "by": row.actor, "action": row.action, "detail": row.detail})
    };
    let lines: Vec<Value> = rows.iter().map(line).collect();
    Ok(Json(json!({"lines": lines})))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cursor_is_read_as_it_was_written_and_nothing_else_is_one(hour: u32, id: u128, text in ".{0,80}", at in 0_usize..48, other: char) {
            let place = ChangedPlace { hour: hour.into(), id: Uuid::from_u128(id) };
            let written = Cursor(place).to_string();
            prop_assert_eq!(written.parse::<Cursor>(), Ok(Cursor(place)));
            let mut damaged: Vec<char> = written.chars().collect();
            if let Some(one) = damaged.get_mut(at) {
                *one = other;
            }
            for text in [text, damaged.into_iter().collect()] {
                if let Ok(cursor) = text.parse::<Cursor>() {
                    prop_assert_eq!(cursor.to_string(), text);
                }
            }
        }
    }
}
