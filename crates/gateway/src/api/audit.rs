//! What everybody did and read, for a log elsewhere.

use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Api;
use super::access::{Audit, By};
use super::input::{Asked, written};
use super::problem::{Problem, Problems};
use crate::audit::DEPLOYMENT;
use crate::cli::trail::{self, Cursor, Moment};
use crate::store::TrailFilter;

/// Lines of an answer, when nothing is said.
const PAGE: u16 = 200;
/// At most.
const MOST: u16 = 1_000;

/// Which lines
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Not before: a day of the team's time zone, or a time (RFC 3339)
    #[serde(default, deserialize_with = "written")]
    #[param(value_type = Option<String>, max_length = 64, example = "2026-11-23T00:00:00Z")]
    since: Option<Moment>,
    /// Before
    #[serde(default, deserialize_with = "written")]
    #[param(value_type = Option<String>, max_length = 64)]
    until: Option<Moment>,
    /// Whose: `kim` is also `kim (console)` and `kim (api)`
    #[param(max_length = 64)]
    by: Option<String>,
    /// The number of a ticket, which may have been erased
    ticket: Option<i64>,
    /// `next` of the answer before, to the same question
    #[serde(default, deserialize_with = "written")]
    #[param(value_type = Option<String>, max_length = 80)]
    cursor: Option<Cursor>,
    /// At most so many
    #[param(minimum = 1, maximum = 1000, default = 200)]
    limit: Option<u16>,
}

/// A page of the audit trail
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct AuditPage {
    lines: Vec<AuditEntry>,
    /// Ask with this as `cursor` for what follows; null at the end
    #[schema(required)]
    next: Option<String>,
}

/// A line of the audit trail, named by `chain` and `number`
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct AuditEntry {
    /// A ticket, a message without one, a certificate, an organisation; all zeros: the deployment itself
    chain: Uuid,
    #[schema(minimum = 1)]
    number: i32,
    /// Its ticket
    #[schema(required)]
    ticket: Option<String>,
    #[schema(format = DateTime)]
    at: String,
    by: String,
    action: String,
    /// Ids, digests and words
    detail: String,
    /// It is the line that was written after the one before it
    whole: bool,
}

/// What everybody did and read, the oldest line first
///
/// Whoever follows it asks again with a `since` of some minutes before the last line, and knows lines by `chain` and `number`: one may be
/// written a moment after another of the same second. That it was asked for stands in it, too.
#[utoipa::path(get, path = "/audit", operation_id = "audit", tag = "audit", params(Wanted),
    responses((status = 200, description = "A page of it", body = AuditPage), Problems))]
pub(super) async fn trail(
    State(api): State<Api>,
    by: By<Audit>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, Problem> {
    let limit = wanted.limit.unwrap_or(PAGE);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::malformed(format!("limit: 1 to {MOST}")));
    }
    let desk = &by.desk;
    let zone = TimeZone::get(&api.settings.team.timezone).map_err(anyhow::Error::from)?;
    let second = |moment: Option<Moment>| {
        let second = moment.map(|moment| moment.second(&zone)).transpose();
        second.map_err(|_| Problem::malformed("there is no such time"))
    };
    let name = wanted.by.as_deref().map(super::actions::name).transpose()?;
    let filter = TrailFilter {
        ticket: wanted.ticket,
        by: name.as_deref().map(trail::names).unwrap_or_default(),
        since: second(wanted.since)?,
        until: second(wanted.until)?,
        after: wanted.cursor.map(|cursor| cursor.0),
        newest: false,
        most: limit.into(),
    };
    let detail = format!("what=audit {}", trail::told(&filter));
    desk.note(DEPLOYMENT, "listed", detail.trim_end().to_owned())
        .await?;
    let lines = desk.store.trail(&desk.team, &filter).await?;
    let is_full = lines.len() >= usize::from(limit);
    let next = lines.last().filter(|_| is_full).map(trail::place);
    let shown: Vec<Value> = lines.iter().map(|line| trail::json(desk, line)).collect();
    Ok(Json(
        json!({"lines": shown, "next": next.map(|next| next.to_string())}),
    ))
}
