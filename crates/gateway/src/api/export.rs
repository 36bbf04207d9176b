//! What was extracted, for other teams and tools: the same as `ticket export`.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use extract::Tlp;
use extract::export::{Form, Refusal};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::access::{By, Export};
use super::input::{Asked, Named};
use super::problem::{Problem, Problems};
use super::shapes::{Number, Octets};
use crate::cli::export::{note, of_ticket};

/// In which form, for whom
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The form
    #[param(inline)]
    format: Format,
    /// The most restrictive marking that may leave; what is not marked counts as amber
    #[param(inline, default = "amber")]
    tlp: Option<Marking>,
}

/// A form
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
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
enum Marking {
    Clear,
    Green,
    Amber,
    #[serde(rename = "amber-strict")]
    AmberStrict,
    Red,
}

impl Format {
    fn form(self) -> (Form, &'static str) {
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

impl Marking {
    fn tlp(self) -> Tlp {
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
    let most = wanted.tlp.unwrap_or(Marking::Amber).tlp();
    let name = desk.reference(number);
    let written = of_ticket(desk, &api.settings.team, (ticket.id, &name), (form, most)).await?;
    let (text, tlp) = written.map_err(|refusal| match refusal {
        Refusal::Marked(tlp) => {
            let word = tlp.as_str();
            let detail =
                format!("it is TLP:{word}: if its recipients may have it, say so with tlp");
            Problem::new(StatusCode::FORBIDDEN, "marked", detail)
        }
        Refusal::Time => Problem::refused(refusal.to_string()),
    })?;
    note(desk, ticket.id, tlp, (form, most)).await?;
    Ok(([(header::CONTENT_TYPE, kind)], form.join(&[text])).into_response())
}
