//! What went wrong, as `application/problem+json` (RFC 9457): a word for programs, a sentence for people.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

use crate::actions::{ActionFault, Refusal};
use crate::cli::Finding;
use crate::store::StoreFault;
use crate::ticket::TicketFault;

/// Seconds after which it may be well again.
const LATER: HeaderValue = HeaderValue::from_static("30");

/// What went wrong (RFC 9457; `type` is left out, which means `about:blank`)
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Problem {
    /// The words of the status
    title: &'static str,
    /// The HTTP status
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// For programs: `token`, `scope`, `nowhere`, `malformed`, `refused`, `taken`, `state`, `key`, `sealed`, `marked` …
    code: &'static str,
    /// For people
    detail: String,
    /// With `taken`: who has the ticket
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    owner: Option<Box<str>>,
    /// With `taken`: since when
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    since: Option<Box<str>>,
    /// With `state`: the state in which the ticket is
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    state: Option<Box<str>>,
}

impl Problem {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<String>,
    ) -> Problem {
        Problem {
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            owner: None,
            since: None,
            state: None,
        }
    }

    /// Whatever is not there, was erased, or is another team's: all the same.
    pub(super) fn nowhere() -> Problem {
        Problem::new(
            StatusCode::NOT_FOUND,
            "nowhere",
            "there is nothing like that",
        )
    }

    /// The request is none.
    pub(super) fn malformed(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::BAD_REQUEST, "malformed", detail)
    }

    /// It is understood, and can't be done.
    pub(super) fn refused(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", detail)
    }

    /// It is not as it was seen.
    pub(super) fn conflict(detail: impl Into<String>) -> Problem {
        Problem::new(StatusCode::CONFLICT, "conflict", detail)
    }

    /// The ticket is in another state than this needs.
    pub(super) fn in_state(state: &str) -> Problem {
        let detail = format!("the ticket is {state}");
        Problem {
            state: Some(state.into()),
            ..Problem::new(StatusCode::CONFLICT, "state", detail)
        }
    }

    /// What is asked for is sealed to analysts.
    pub(super) fn sealed() -> Problem {
        let detail = "it is sealed to analysts, and no token opens it: `pillarbox --analyst` does, with an analyst's own key";
        Problem::new(StatusCode::FORBIDDEN, "sealed", detail)
    }

    /// The database is away, or it took too long.
    pub(super) fn unavailable() -> Problem {
        let detail = "this is not available now: ask again in half a minute";
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail)
    }

    /// A fault of ours: the log says which.
    pub(super) fn fault() -> Problem {
        let detail = "this went wrong here: the log of the gateway says why";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", detail)
    }
}

impl From<StoreFault> for Problem {
    fn from(fault: StoreFault) -> Problem {
        match fault {
            StoreFault::Conflict => {
                Problem::conflict("somebody else was faster: look again, and ask again")
            }
            StoreFault::Unavailable(_) | StoreFault::Slow | StoreFault::Full => {
                tracing::error!(%fault, "the API could not answer");
                Problem::unavailable()
            }
            StoreFault::Denied | StoreFault::Refused(_) | StoreFault::Schema(_) => {
                tracing::error!(%fault, "the API could not answer");
                Problem::fault()
            }
        }
    }
}

impl From<anyhow::Error> for Problem {
    /// A finding is for whoever asked; anything else is told to the log, without anything of a report.
    fn from(error: anyhow::Error) -> Problem {
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return Problem::refused(refusal.to_string());
        }
        match error.downcast::<Finding>() {
            Ok(Finding(words)) => Problem::refused(words),
            Err(error) => match error.downcast::<StoreFault>() {
                Ok(fault) => fault.into(),
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "the API could not answer");
                    Problem::fault()
                }
            },
        }
    }
}

impl From<ActionFault> for Problem {
    fn from(fault: ActionFault) -> Problem {
        match fault {
            ActionFault::Store(fault) => fault.into(),
            ActionFault::Vault(fault) => anyhow::Error::from(fault).into(),
            ActionFault::Gone => Problem::nowhere(),
            ActionFault::Closed(state) => Problem::in_state(&state),
            ActionFault::Taken(owner, since) => {
                let detail = format!("{owner} has it since {since}");
                Problem {
                    owner: Some(owner.into()),
                    since: Some(since.into()),
                    ..Problem::new(StatusCode::CONFLICT, "taken", detail)
                }
            }
            ActionFault::Free => Problem::new(StatusCode::CONFLICT, "free", "nobody has it"),
            ActionFault::Refused(why) => Problem::refused(why.to_string()),
            ActionFault::OwnKey(_) => Problem::sealed(),
        }
    }
}

impl From<TicketFault> for Problem {
    fn from(fault: TicketFault) -> Problem {
        match fault {
            TicketFault::Store(fault) => fault.into(),
            TicketFault::Vault(fault) => anyhow::Error::from(fault).into(),
            TicketFault::Gone => Problem::nowhere(),
            TicketFault::Already(state) => Problem::in_state(&state),
        }
    }
}

impl Problem {
    /// For programs, and how the ticket stands: owner, since when, state.
    pub(super) fn parts(&self) -> (&'static str, [Option<&str>; 3]) {
        let parts = [&self.owner, &self.since, &self.state];
        (self.code, parts.map(Option::as_deref))
    }

    /// The sentence for people.
    pub(super) fn detail(&self) -> &str {
        &self.detail
    }

    /// It was not done, for a reason that who asked can mend.
    pub(super) fn is_refusal(&self) -> bool {
        (400..500).contains(&self.status)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status);
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let text = serde_json::to_string(&self).unwrap_or_default();
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        let mut response = (status, kind, text).into_response();
        let fields = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            // RFC 6750 section 3.
            let asked = HeaderValue::from_static("Bearer realm=\"pillarbox\"");
            fields.insert(header::WWW_AUTHENTICATE, asked);
        }
        if matches!(
            status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            fields.insert(header::RETRY_AFTER, LATER);
        }
        response
    }
}

/// What every question may be answered with.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "for the document")]
pub(super) enum Problems {
    /// The request is malformed
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(Problem),
    /// No token, or one that is unknown, expired or revoked
    #[response(status = 401, content_type = "application/problem+json")]
    Unknown(Problem),
    /// The token's scopes don't cover this, or what is asked for is sealed to analysts
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// There is nothing like that, it was erased, or it is another team's
    #[response(status = 404, content_type = "application/problem+json")]
    Nowhere(Problem),
    /// The address of the question, or its header, is too long
    #[response(status = 431)]
    Long,
    /// Too many wrong tokens came from this network
    #[response(status = 429, content_type = "application/problem+json")]
    Slower(Problem),
    /// Not available now
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}

/// What a change may be answered with besides.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "for the document")]
pub(super) enum Changes {
    /// The request is malformed, or has no Idempotency-Key
    #[response(status = 400, content_type = "application/problem+json")]
    Malformed(Problem),
    /// No token, or one that is unknown, expired or revoked
    #[response(status = 401, content_type = "application/problem+json")]
    Unknown(Problem),
    /// The token's scopes don't cover this, or what is asked for is sealed to analysts
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(Problem),
    /// There is nothing like that, it was erased, or it is another team's
    #[response(status = 404, content_type = "application/problem+json")]
    Nowhere(Problem),
    /// Another has it (`taken`), nobody has it (`free`), it is in another state (`state`), or the same is in hand (`in-hand`)
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(Problem),
    /// The body is too long
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(Problem),
    /// The body is not said to be JSON
    #[response(status = 415, content_type = "application/problem+json")]
    NotJson(Problem),
    /// It can't be done, or something else was asked for under this Idempotency-Key
    #[response(status = 422, content_type = "application/problem+json")]
    Refused(Problem),
    /// Too many wrong tokens came from this network
    #[response(status = 429, content_type = "application/problem+json")]
    Slower(Problem),
    /// Not available now
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}
