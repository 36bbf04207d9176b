//! What is taken of a request: numbers in the path, the query, a body of JSON. What nobody knows is refused, not passed over.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::problem::Problem;
use crate::screen;

/// The query string.
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match Query::<T>::try_from_uri(&parts.uri) {
            Ok(Query(asked)) => Ok(Asked(asked)),
            Err(wrong) => Err(Problem::malformed(plain(&wrong.body_text()))),
        }
    }
}

/// What is written as a text of ours.
pub(super) fn written<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = Cow::<'de, str>::deserialize(from)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

/// Numbers and ids in the path: what is none names nothing.
pub(super) struct Named<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Named<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(named)) => Ok(Named(named)),
            Err(_) => Err(Problem::nowhere()),
        }
    }
}

/// The octets of a body that says that it is JSON, and whose length is bounded.
pub(super) async fn octets<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        let detail = "the body must be JSON: send `Content-Type: application/json`";
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        return Err(Problem::new(status, "content-type", detail));
    }
    let octets = Bytes::from_request(request, state).await;
    octets.map_err(|wrong| match wrong.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            "the body has more than 1 MiB",
        ),
        _ => Problem::malformed("the body did not come whole"),
    })
}

/// What the body says; where it is wrong is named.
pub(super) fn parsed<T: DeserializeOwned>(octets: &[u8]) -> Result<T, Problem> {
    // A list would be read as the fields in their order.
    if octets.trim_ascii_start().first() != Some(&b'{') {
        return Err(Problem::malformed("the body must be a JSON object"));
    }
    let mut reader = serde_json::Deserializer::from_slice(octets);
    let parsed = serde_path_to_error::deserialize(&mut reader);
    let wrong = |wrong: String| Problem::malformed(plain(&wrong));
    let parsed = parsed.map_err(|error| wrong(error.to_string()))?;
    reader.end().map_err(|error| wrong(error.to_string()))?;
    Ok(parsed)
}

fn is_json(fields: &HeaderMap) -> bool {
    let field = fields.get(header::CONTENT_TYPE);
    let field = field.and_then(|field| field.to_str().ok()).unwrap_or("");
    let kind = field.split(';').next().unwrap_or("");
    kind.trim().eq_ignore_ascii_case("application/json")
}

fn plain(text: &str) -> String {
    screen::one_line(text, 300)
}
