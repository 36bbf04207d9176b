//! `/api/v1`: what analysts do, as JSON for programs, on the console's HTTPS server (T63, T64, T67).
//!
//! | module | what it does |
//! | --- | --- |
//! | `access` | whose token it is, and what it may do |
//! | [`tokens`] | tokens, given from the command line |
//! | `input` | what is taken of a request, and how much |
//! | `problem` | what went wrong (RFC 9457) |
//! | `once` | a change that is asked for twice is made once |
//! | `tickets`, `queue`, `parts`, `quarantine`, `canned`, `search`, `figures`, `contacts`, `export`, `audit`, `analysts` | what is read |
//! | `actions`, `bulk`, `correct`, `letters`, `mark`, `retry`, `tags`, `together`, `undo`, `certificates`, `searches` | what is changed |
//! | `shapes`, `registered` | answers, as the document describes them |
//!
//! Answers are those of `ticket list --json` and `ticket show --json`, and changes those of the commands. No analyst's key is here: of
//! what is sealed to analysts an answer says so, and what is known of it in clear.
//!
//! The document, [`document`], is made from the functions that answer; `config/openapi.json` is the same, and a test compares them.

mod access;
mod actions;
mod analysts;
mod audit;
mod bulk;
mod canned;
mod certificates;
mod contacts;
mod correct;
pub(crate) mod export;
mod figures;
mod input;
mod letters;
mod mark;
mod once;
mod organisation_metrics;
mod parts;
mod problem;
mod quarantine;
mod queue;
mod registered;
mod retry;
mod search;
mod searches;
mod shapes;
mod tags;
mod tickets;
mod together;
pub(crate) mod tokens;
mod undo;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::problem::Problem;
use crate::cli::desk::Desk;
use crate::config::Settings;
use crate::console::guard::{PATIENCE, SANDBOX, put_fields};
use crate::telemetry::Metrics;

/// Where it is.
pub(crate) const ROOT: &str = "/api/v1";
/// Octets of a request: the longest has a letter's text.
const BODY: usize = 1 << 20;

/// The document as it is sent: anybody may ask for it, so it is made once. `None`, never in fact, when it can't be written.
static MADE: LazyLock<Option<String>> = LazyLock::new(|| serde_json::to_string(&document()).ok());

/// What the functions need.
#[derive(Clone)]
struct Api {
    settings: Arc<Settings>,
    desk: Desk,
    metrics: Arc<Metrics>,
}

/// Everything that there is to ask.
fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(access::Document::openapi())
        .routes(routes!(tickets::list))
        .routes(routes!(queue::list))
        .routes(routes!(tickets::show))
        .routes(routes!(tickets::messages))
        .routes(routes!(tickets::message))
        .routes(routes!(tickets::raw))
        .routes(routes!(parts::part))
        .routes(routes!(tickets::observables))
        .routes(routes!(tickets::audit))
        .routes(routes!(quarantine::suppressed))
        .routes(routes!(quarantine::one))
        .routes(routes!(search::search))
        .routes(routes!(searches::list, searches::keep))
        .routes(routes!(searches::remove))
        .routes(routes!(certificates::list))
        .routes(routes!(certificates::decide))
        .routes(routes!(figures::show))
        .routes(routes!(organisation_metrics::show))
        .routes(routes!(contacts::list, contacts::add))
        .routes(routes!(contacts::show, contacts::change))
        .routes(routes!(contacts::judge))
        .routes(routes!(export::export))
        .routes(routes!(export::export_found))
        .routes(routes!(actions::claim))
        .routes(routes!(actions::release))
        .routes(routes!(actions::assign))
        .routes(routes!(actions::status))
        .routes(routes!(actions::close))
        .routes(routes!(actions::reopen))
        .routes(routes!(actions::add_note))
        .routes(routes!(retry::retry))
        .routes(routes!(correct::correct_value))
        .routes(routes!(together::merge_into))
        .routes(routes!(together::unmerge))
        .routes(routes!(together::split_off))
        .routes(routes!(together::link_to))
        .routes(routes!(together::unlink))
        .routes(routes!(tags::tag_ticket))
        .routes(routes!(mark::mark_ticket))
        .routes(routes!(canned::texts))
        .routes(routes!(canned::filled))
        .routes(routes!(letters::preview))
        .routes(routes!(letters::reply))
        .routes(routes!(letters::take_back))
        .routes(routes!(quarantine::open_ticket))
        .routes(routes!(quarantine::read_again))
        .routes(routes!(undo::undo_change))
        .routes(routes!(undo::judge_claim))
        .routes(routes!(audit::trail))
        .routes(routes!(analysts::list))
        .routes(routes!(bulk::many))
        .routes(routes!(openapi))
}

/// The OpenAPI 3.1 document.
pub fn document() -> utoipa::openapi::OpenApi {
    OpenApiRouter::<Api>::new()
        .nest(ROOT, routes())
        .into_openapi()
}

pub(crate) fn router(settings: &Settings, desk: Desk, metrics: Arc<Metrics>) -> Router {
    let settings = Arc::new(settings.clone());
    let api = Api {
        settings,
        desk,
        metrics,
    };
    let (router, _) = routes().split_for_parts();
    router
        .fallback(async || Problem::nowhere())
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method",
                "this can't be done here",
            )
        })
        .layer(axum::middleware::from_fn(protect))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(api)
}

/// Bounds the time, and puts the fields on the answer. What an answer holds is nothing that a browser should run.
async fn protect(request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(PATIENCE, next.run(request)).await;
    let mut response = answered.unwrap_or_else(|_| Problem::unavailable().into_response());
    put_fields(&mut response, SANDBOX);
    response
}

/// This document
///
/// It needs no token.
#[utoipa::path(get, path = "/openapi.json", operation_id = "openapi", tag = "document", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
async fn openapi() -> Result<impl IntoResponse, Problem> {
    let text = MADE.as_deref().ok_or_else(Problem::fault)?;
    Ok(([(header::CONTENT_TYPE, "application/json")], text))
}
