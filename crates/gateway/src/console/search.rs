//! Search: the same as `ticket search`.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use uuid::Uuid;

use super::App;
use super::access::Right;
use super::accounts::url;
use super::guard::{Wrong, render};
use super::session::{Analyst, Frame};
use super::shown;
use super::words::Words;
use crate::actions::Refusal;
use crate::cli::search::{FoundOn, find, months_back};
use crate::query::Term;
use crate::search::{Condition, Found, Kind, Months, Unasked, Value};

/// Messages on a page.
const PAGE: u16 = 100;
/// Values that are asked for at once.
const MOST: usize = 8;
/// Months that are looked into.
const MONTHS: u32 = 12;

/// What the query string says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    q: String,
    all: String,
    before: Option<Uuid>,
}

/// A value that was found.
struct Hit {
    /// The ticket's page, or that of the suppressed mail.
    place: String,
    reference: String,
    what: &'static str,
    value: String,
    port: String,
}

#[derive(Default)]
struct Answered {
    hits: Vec<Hit>,
    asked: bool,
    /// What is wrong with the question, in English.
    wrong: String,
    more: Option<String>,
    unreadable: usize,
    closed: Option<(String, String)>,
    /// The query that finds the same tickets, where there is one and they may be exported.
    query: Option<String>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchView {
    f: Frame,
    w: &'static Words,
    q: String,
    all: bool,
    a: Answered,
}

/// Form and answer.
pub(super) async fn page(
    State(_): State<App>,
    analyst: Analyst,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    if !analyst.may(Right::Read) {
        return Err(Wrong::not_allowed(analyst.w));
    }
    let view = SearchView {
        f: analyst.frame(),
        w: analyst.w,
        a: answer(&analyst, &asked).await?,
        all: !asked.all.is_empty(),
        q: asked.q,
    };
    Ok(render(&view))
}

async fn answer(analyst: &Analyst, asked: &Asked) -> Result<Answered, Wrong> {
    let conditions: Result<Vec<Condition>, Unasked> = asked
        .q
        .split_whitespace()
        .take(MOST)
        .map(Condition::parse)
        .collect();
    let wrong = |wrong: String| {
        Ok(Answered {
            wrong,
            ..Answered::default()
        })
    };
    let conditions = match conditions {
        Ok(conditions) if conditions.is_empty() => return Ok(Answered::default()),
        Ok(conditions) => conditions,
        Err(why) => return wrong(analyst.w.unasked(&why)),
    };
    let months = match asked.all.as_str() {
        "" => months_back(MONTHS),
        _ => Months::default(),
    };
    let found = match find(&analyst.desk, &conditions, &months, (PAGE, asked.before)).await {
        Err(error) => match error.downcast_ref::<Refusal>() {
            Some(refusal) => return wrong(analyst.w.refusal(refusal)),
            None => return Err(analyst.fault(error)),
        },
        Ok(found) => found,
    };
    let answer = &found.answer;
    // Several values are asked for in one message, and a query asks for them on one ticket.
    let is_one = conditions.len() == 1 && asked.all.is_empty();
    let may =
        analyst.may(Right::TakeOut) && answer.found.iter().any(|one| found.ticket(one).is_some());
    let query = (is_one && may).then(|| Term::Value(asked.q.trim().to_owned()).to_string());
    let hits = answer
        .found
        .iter()
        .flat_map(|one| hits(one, &found, analyst));
    let month = |day: &String| day.get(..7).unwrap_or(day).to_owned();
    Ok(Answered {
        hits: hits.collect(),
        asked: true,
        wrong: String::new(),
        more: answer.more.map(|before| asked.older(before)),
        unreadable: answer.unreadable,
        closed: answer
            .closed
            .as_ref()
            .map(|(first, last)| (month(first), month(last))),
        query,
    })
}

impl Asked {
    fn older(&self, before: Uuid) -> String {
        let all = if self.all.is_empty() { "" } else { "&all=1" };
        format!("/search?q={}{all}&before={before}", url(&self.q))
    }
}

fn hits(found: &Found, on: &FoundOn, analyst: &Analyst) -> Vec<Hit> {
    let ticket = on.ticket(found);
    let hit = |value: &Value| Hit {
        place: ticket.map_or_else(
            || format!("/quarantine/{}", found.entry),
            |ticket| format!("/t/{:06}", ticket.serial),
        ),
        reference: ticket.map_or_else(
            || analyst.w.quarantine_head.to_owned(),
            |ticket| analyst.desk.reference(ticket.serial),
        ),
        what: analyst.w.indexed(match value.role_word() {
            "" => value.kind.word(),
            role => role,
        }),
        value: match value.kind {
            Kind::Domain | Kind::Url | Kind::Mail | Kind::Sender => shown::defanged(&value.text),
            Kind::Address
            | Kind::Network
            | Kind::Port
            | Kind::Hash
            | Kind::Cve
            | Kind::Asn
            | Kind::Reference => shown::line(&value.text, 200),
        },
        port: port(value),
    };
    found.values.iter().map(hit).collect()
}

fn port(value: &Value) -> String {
    match (value.port, value.protocol.as_str()) {
        (None, _) => String::new(),
        (Some(port), "") => port.to_string(),
        (Some(port), protocol) => format!("{port}/{protocol}"),
    }
}
