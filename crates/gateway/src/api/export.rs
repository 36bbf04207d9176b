//! What was extracted, for other teams and tools: the same as `ticket export`, of a ticket and of those that a query finds.

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use extract::Tlp;
use extract::export::{Form, Refusal};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::access::{By, Export};
use super::input::{Asked, Named};
use super::problem::{Problem, Problems};
use super::queue::query;
use super::shapes::{Number, Octets};
use crate::cli::export::{How, note, of_ticket};
use crate::cli::exported::{self, Exported, MOST, USUAL, of_query};

/// How many tickets an answer has.
pub(crate) const TICKETS: HeaderName = HeaderName::from_static("pillarbox-tickets");
/// Why tickets that answer may be missing in it; not there when none is.
pub(crate) const MISSING: HeaderName = HeaderName::from_static("pillarbox-missing");

/// In which form, for whom
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The form
    #[param(inline)]
    format: Format,
    /// The most restrictive marking that may leave, without one `amber`; what is not marked counts as amber
    #[param(inline)]
    tlp: Option<Marking>,
    /// The team's words go along, where the form has a place for them: `misp` and `stix`
    #[serde(default)]
    tags: bool,
}

/// Which tickets, in which form, for whom
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct WantedOf {
    /// The query, as in the console and in `ticket list --query`
    #[param(max_length = 2000, example = "is:open obs:192.0.2.0/24")]
    query: String,
    /// The form
    #[param(inline)]
    format: Format,
    /// The most restrictive marking that may leave, without one `amber`; what is not marked counts as amber
    #[param(inline)]
    tlp: Option<Marking>,
    /// The team's words go along, where the form has a place for them: `misp` and `stix`
    #[serde(default)]
    tags: bool,
    /// At most so many tickets, the newest
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<u16>,
}

/// A form
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    IntelMq,
    Iodef,
    Misp,
    Stix,
    Csv,
    Indicators,
}

/// A marking
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Marking {
    Clear,
    Green,
    Amber,
    #[serde(rename = "amber-strict")]
    AmberStrict,
    Red,
}

impl Format {
    /// The form, and its media type.
    pub(crate) fn form(self) -> (Form, &'static str) {
        match self {
            Format::IntelMq => (Form::IntelMq, "application/x-ndjson"),
            Format::Iodef => (Form::Iodef, "application/xml"),
            Format::Misp => (Form::Misp, "application/json"),
            Format::Stix => (Form::Stix, "application/stix+json;version=2.1"),
            Format::Csv => (Form::Csv, "text/csv; charset=utf-8"),
            Format::Indicators => (Form::IndicatorsCsv, "text/csv; charset=utf-8"),
        }
    }
}

impl Format {
    /// How a file's name ends.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Format::IntelMq => "jsonl",
            Format::Iodef => "xml",
            Format::Misp | Format::Stix => "json",
            Format::Csv | Format::Indicators => "csv",
        }
    }
}

impl Marking {
    /// The same.
    pub(crate) fn tlp(self) -> Tlp {
        match self {
            Marking::Clear => Tlp::Clear,
            Marking::Green => Tlp::Green,
            Marking::Amber => Tlp::Amber,
            Marking::AmberStrict => Tlp::AmberStrict,
            Marking::Red => Tlp::Red,
        }
    }
}

/// Write down what was extracted from a ticket
///
/// 403 `marked` when its marking is more restrictive than `tlp`.
#[utoipa::path(get, path = "/tickets/{number}/export", operation_id = "export_ticket", tag = "export", params(Number, Wanted),
    responses((status = 200, description = "In the form that was asked for", content(
            (Octets = "application/x-ndjson"), (Octets = "application/xml"), (serde_json::Value = "application/json"),
            (serde_json::Value = "application/stix+json"), (Octets = "text/csv"))), Problems,
        (status = 422, description = "A time in it can't be written", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn export(
    State(api): State<Api>,
    by: By<Export>,
    Named(number): Named<i64>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Response, Problem> {
    let (ticket, desk) = (by.ticket(number).await?, &by.desk);
    let entries = desk.store.entries(ticket.id).await?;
    if entries.iter().any(|entry| desk.is_closed(entry)) {
        return Err(Problem::sealed());
    }
    let (form, kind) = wanted.format.form();
    let how = How {
        form,
        audience: wanted.tlp.unwrap_or(Marking::Amber).tlp(),
        tags: wanted.tags,
    };
    let name = desk.reference(number);
    let written = of_ticket(desk, &api.settings.team, (ticket.id, &name), how).await?;
    let (text, tlp) = written.map_err(|refusal| match refusal {
        Refusal::Marked(tlp) => {
            let word = tlp.as_str();
            let detail =
                format!("it is TLP:{word}: if its recipients may have it, say so with tlp");
            Problem::new(StatusCode::FORBIDDEN, "marked", detail)
        }
        Refusal::Time => Problem::refused(refusal.to_string()),
    })?;
    note(desk, ticket.id, tlp, how).await?;
    Ok(([(header::CONTENT_TYPE, kind)], form.join(&[text])).into_response())
}

/// Write down what was extracted from the tickets that a query finds
///
/// All or none: 403 `held` names those whose marking is more restrictive than `tlp`, or that are sealed to analysts. `Pillarbox-Tickets`
/// says how many there are; `Pillarbox-Missing` is there when not all that answer may be: `limit` (there are more), `looked` (older ones
/// were not looked into), `common` (of the messages with a value only the newest were looked at), `sealed` (to analysts).
#[utoipa::path(get, path = "/export", operation_id = "export_query", tag = "export", params(WantedOf),
    responses((status = 200, description = "In the form that was asked for", headers(
            ("Pillarbox-Tickets" = i64, description = "How many tickets"),
            ("Pillarbox-Missing" = String, description = "Why some may be missing, words with commas between them; left out when none is")),
        content((Octets = "application/x-ndjson"), (Octets = "application/xml"), (serde_json::Value = "application/json"),
            (serde_json::Value = "application/stix+json"), (Octets = "text/csv"))), Problems,
        (status = 422, description = "No ticket answers, the index can't be asked this, or it is too much", body = Problem,
            content_type = "application/problem+json")))]
pub(super) async fn export_found(
    State(api): State<Api>,
    by: By<Export>,
    Asked(asked): Asked<WantedOf>,
) -> Result<Response, Problem> {
    let limit = asked.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::malformed(format!("limit: 1 to {MOST}")));
    }
    let query = query(&asked.query)?;
    let (form, kind) = asked.format.form();
    let wanted = exported::Wanted {
        query: &query,
        form,
        audience: asked.tlp.unwrap_or(Marking::Amber).tlp(),
        tags: asked.tags,
        most: limit,
    };
    let desk = by.desk.clone().informed(&api.settings).await?;
    match of_query(&desk, &api.settings.team, &wanted).await? {
        Exported::Written(written) => {
            let fields = [
                (header::CONTENT_TYPE, kind.to_owned()),
                (TICKETS, written.tickets.to_string()),
            ];
            let missing = written.missing().join(", ");
            let missing = (!missing.is_empty()).then_some([(MISSING, missing)]);
            Ok(match missing {
                Some(missing) => (fields, missing, written.text).into_response(),
                None => (fields, written.text).into_response(),
            })
        }
        Exported::Held(held) => {
            let detail = format!(
                "held back by {}: if the recipients may have what is marked, say so with tlp, or leave them out of the query",
                exported::named(&held)
            );
            Err(Problem::new(StatusCode::FORBIDDEN, "held", detail))
        }
    }
}
