//! What every answer carries, where a form may come from, and pages about what went wrong.

use std::time::Duration;

use askama::Template;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use super::session::preferred;
use super::words::{ENGLISH, Words};
use crate::store::StoreFault;

/// For one answer: a search may take some seconds.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Only files of ours are run, nothing is asked of anybody else, and nobody frames us.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
/// For what mail brought: whatever a browser makes of it, it has no rights at all.
pub(crate) const SANDBOX: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

const FIELDS: [(HeaderName, &str); 7] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=()",
    ),
];

/// Refuses forms of other sites, bounds the time, and puts the fields on the answer.
pub(super) async fn protect(request: Request, next: Next) -> Response {
    let words = preferred(request.headers());
    let is_ours = request.method() != Method::POST || is_own_form(request.headers());
    let mut response = if is_ours {
        let answered = tokio::time::timeout(PATIENCE, next.run(request)).await;
        answered.unwrap_or_else(|_| Wrong::unavailable(words).into_response())
    } else {
        Wrong::refused(words).into_response()
    };
    put_fields(&mut response, POLICY);
    response
}

/// What every answer carries; `policy` unless it has one of its own.
pub(crate) fn put_fields(response: &mut Response, policy: &'static str) {
    let fields = response.headers_mut();
    for (name, value) in FIELDS {
        fields.insert(name, HeaderValue::from_static(value));
    }
    let usual = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in usual {
        let field = fields.entry(name);
        field.or_insert(HeaderValue::from_static(value));
    }
}

/// Whether a form comes from one of our pages (T62). Since our pages send no referrer, browsers write `Origin: null` for their
/// forms as well (Fetch, "append a request Origin header"): then `Sec-Fetch-Site` says it, which no page can set.
fn is_own_form(fields: &HeaderMap) -> bool {
    let field = |name: HeaderName| fields.get(name).and_then(|value| value.to_str().ok());
    let own = field(header::HOST).map(|host| format!("https://{host}"));
    match field(header::ORIGIN) {
        Some("null") => field(HeaderName::from_static("sec-fetch-site")) == Some("same-origin"),
        Some(origin) => own.as_deref() == Some(origin),
        None => false,
    }
}

/// What went wrong, as a page.
pub(super) struct Wrong {
    status: StatusCode,
    words: &'static Words,
    text: &'static str,
}

#[derive(Template)]
#[template(path = "wrong.html")]
struct WrongPage {
    w: &'static Words,
    text: &'static str,
}

impl Wrong {
    /// There is no such page, ticket or team, or it is somebody else's.
    pub(super) fn nowhere(words: &'static Words) -> Wrong {
        let (status, text) = (StatusCode::NOT_FOUND, words.nowhere);
        Wrong {
            status,
            words,
            text,
        }
    }

    /// A form that is none of ours, or too old.
    pub(super) fn refused(words: &'static Words) -> Wrong {
        let (status, text) = (StatusCode::FORBIDDEN, words.refused);
        Wrong {
            status,
            words,
            text,
        }
    }

    /// The role doesn't allow it.
    pub(super) fn not_allowed(words: &'static Words) -> Wrong {
        let (status, text) = (StatusCode::FORBIDDEN, words.not_allowed);
        Wrong {
            status,
            words,
            text,
        }
    }

    /// The database is away, or it took too long.
    pub(super) fn unavailable(words: &'static Words) -> Wrong {
        let (status, text) = (StatusCode::SERVICE_UNAVAILABLE, words.unavailable);
        Wrong {
            status,
            words,
            text,
        }
    }

    /// It can't be done as things are: why.
    pub(super) fn conflict(words: &'static Words, text: &'static str) -> Wrong {
        let status = StatusCode::CONFLICT;
        Wrong {
            status,
            words,
            text,
        }
    }

    /// A fault of ours or of the store; the log says which, without anything of a report.
    pub(super) fn fault(words: &'static Words, error: &anyhow::Error) -> Wrong {
        tracing::error!(error = format!("{error:#}"), "a page could not be made");
        if error.downcast_ref::<StoreFault>().is_some() {
            return Wrong::unavailable(words);
        }
        let (status, text) = (StatusCode::INTERNAL_SERVER_ERROR, words.fault);
        Wrong {
            status,
            words,
            text,
        }
    }
}

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let (w, text) = (self.words, self.text);
        (self.status, render(&WrongPage { w, text })).into_response()
    }
}

/// A page for nowhere.
pub(super) async fn nowhere(fields: HeaderMap) -> Wrong {
    Wrong::nowhere(preferred(&fields))
}

/// A page as it is sent.
pub(super) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            (StatusCode::INTERNAL_SERVER_ERROR, ENGLISH.fault).into_response()
        }
    }
}
