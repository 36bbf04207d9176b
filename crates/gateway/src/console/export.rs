//! What was extracted from the tickets that a query finds, as a file: the same as `ticket export --query`.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::App;
use super::access::Right;
use super::accounts::url;
use super::guard::{SANDBOX, Wrong, render};
use super::session::{Analyst, Frame};
use super::words::Words;
use crate::actions::Refusal;
use crate::api::export::{Format, MISSING, Marking, TICKETS};
use crate::cli::exported::{Exported, MOST, Wanted, of_query};
use crate::query::parse;

/// What the form says.
#[derive(Deserialize)]
pub(super) struct Asked {
    q: String,
    format: Format,
    tlp: Marking,
}

/// Why there is no file.
#[derive(Template)]
#[template(path = "export_held.html")]
struct HeldView {
    f: Frame,
    w: &'static Words,
    q: String,
    /// The queue with this query.
    back: String,
    /// Tickets that may not leave, or why else there is nothing.
    why: String,
    is_held: bool,
}

/// The file, or why there is none.
pub(super) async fn found(
    State(app): State<App>,
    mut analyst: Analyst,
    Path(team): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    analyst.inform(&app).await?;
    let (desk, w) = (&analyst.desk, analyst.w);
    if team != desk.team {
        return Err(Wrong::nowhere(w));
    }
    if !analyst.may(Right::TakeOut) {
        return Err(Wrong::not_allowed(w));
    }
    let query = match parse(asked.q.trim()) {
        Ok(query) => query,
        Err(fault) => return Ok(no_file(&analyst, &asked, w.problem(&fault.problem), false)),
    };
    let (form, kind) = asked.format.form();
    let wanted = Wanted {
        query: &query,
        form,
        audience: asked.tlp.tlp(),
        tags: false,
        most: MOST,
    };
    match of_query(desk, &app.settings.team, &wanted).await {
        Ok(Exported::Written(written)) => {
            let (missing, tickets) = (written.missing().join(", "), written.tickets);
            let cut = if missing.is_empty() {
                ""
            } else {
                "-incomplete"
            };
            let name = format!(
                "attachment; filename=\"{tickets}-tickets{cut}.{}\"",
                asked.format.ending()
            );
            let fields = [
                (header::CONTENT_TYPE, kind.to_owned()),
                (header::CONTENT_DISPOSITION, name),
                (header::CONTENT_SECURITY_POLICY, SANDBOX.to_owned()),
                (TICKETS, tickets.to_string()),
            ];
            let missing = (!missing.is_empty()).then_some([(MISSING, missing)]);
            Ok(match missing {
                Some(missing) => (fields, missing, written.text).into_response(),
                None => (fields, written.text).into_response(),
            })
        }
        Ok(Exported::Held(held)) => Ok(no_file(&analyst, &asked, w.held(&held), true)),
        Err(error) => match error.downcast_ref::<Refusal>() {
            Some(refusal) => Ok(no_file(&analyst, &asked, w.refusal(refusal), false)),
            None => Err(analyst.fault(error)),
        },
    }
}

fn no_file(analyst: &Analyst, asked: &Asked, why: String, is_held: bool) -> Response {
    let view = HeldView {
        f: analyst.frame(),
        w: analyst.w,
        back: format!("/q/{}?q={}", url(&analyst.desk.team), url(&asked.q)),
        q: asked.q.clone(),
        why,
        is_held,
    };
    let status = match is_held {
        true => StatusCode::FORBIDDEN,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, render(&view)).into_response()
}
