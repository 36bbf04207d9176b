//! A change that is asked for twice is made once: every one carries an `Idempotency-Key`. The same key with the same body gives the same
//! answer; with another it is refused. Of many that ask at once, one does it and the others wait for its answer.
//!
//! What was refused is forgotten, since nothing has changed. What was broken off, by a crash, is not tried again: nobody knows how far
//! it got, and a letter must not go out twice.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use utoipa::IntoParams;
use uuid::Uuid;
use vault::Purpose;

use super::Api;
use super::access::{By, Caller, Changes};
use super::input;
use super::problem::Problem;
use crate::store::{Asked, Store, StoreFault};

/// Octets of a key.
const LONGEST: usize = 128;
/// How often, and how long apart, an answer is looked for that another waits for: less than an answer may take in all.
const LOOKS: u32 = 100;
const APART: Duration = Duration::from_millis(200);

/// A key of the asker's own
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct Key {
    /// Another for each change, as a random UUID; the same when the same is asked again
    #[param(
        rename = "Idempotency-Key",
        min_length = 1,
        max_length = 128,
        pattern = "^[!-~]+$"
    )]
    key: String,
}

/// A change that is asked for.
pub(super) struct Order<T> {
    what: T,
    key: [u8; 16],
    asked: [u8; 16],
}

impl<T: DeserializeOwned> FromRequest<Api> for Order<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let ring = &api.desk.ring;
        let key = key(request.headers())?;
        let key = ring.digest(Purpose::Request, &[b"key", key.as_bytes()]);
        let place = request.uri().path().to_owned();
        let octets = input::octets(request, api).await?;
        Ok(Order {
            what: input::parsed(&octets)?,
            key,
            asked: ring.digest(Purpose::Request, &[b"asked", place.as_bytes(), &octets]),
        })
    }
}

fn key(fields: &HeaderMap) -> Result<String, Problem> {
    let field = fields.get("idempotency-key");
    let key = field.and_then(|field| field.to_str().ok()).unwrap_or("");
    let is_key = (1..=LONGEST).contains(&key.len()) && key.bytes().all(|o| o.is_ascii_graphic());
    match is_key {
        true => Ok(key.to_owned()),
        false => Err(Problem::malformed(
            "send an Idempotency-Key of 1 to 128 letters, digits or marks: another for each change",
        )),
    }
}

/// Makes the change, or gives the answer that was given before.
pub(super) async fn once<N, T, W, F, A>(
    by: &By<N>,
    order: Order<T>,
    work: W,
) -> Result<Response, Problem>
where
    N: Changes,
    W: FnOnce(Caller, T) -> F,
    F: Future<Output = Result<A, Problem>> + Send + 'static,
    A: Serialize + Send + 'static,
{
    let (store, place) = (by.desk.store.clone(), (by.token, order.key));
    for _ in 0..LOOKS {
        match store
            .begin_request(by.token, &order.key, &order.asked)
            .await
        {
            Ok(Asked::New) => {
                let caller = Caller::clone(by);
                let work = work(caller, order.what);
                // Goes on when the asker hangs up, so that what was begun has an answer.
                let done = tokio::spawn(carry_out(store, place, work)).await;
                return done.map_err(|_| Problem::fault())?;
            }
            Ok(Asked::Before(Some(answer))) => {
                let mut response = said(answer);
                let replayed = HeaderName::from_static("idempotency-replayed");
                let fields = response.headers_mut();
                fields.insert(replayed, HeaderValue::from_static("true"));
                return Ok(response);
            }
            Ok(Asked::Other) => {
                let detail = "something else was asked for under this Idempotency-Key";
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return Err(Problem::new(status, "key", detail));
            }
            // In hand; or refused, and so forgotten, just now.
            Ok(Asked::Before(None)) | Err(StoreFault::Conflict) => tokio::time::sleep(APART).await,
            Err(fault) => return Err(fault.into()),
        }
    }
    let detail = "the same is in hand, or was broken off half-way: look at the ticket, and ask under another key if it was not done";
    Err(Problem::new(StatusCode::CONFLICT, "in-hand", detail))
}

async fn carry_out(
    store: Store,
    (token, key): (Uuid, [u8; 16]),
    work: impl Future<Output = Result<impl Serialize, Problem>>,
) -> Result<Response, Problem> {
    let changed = match work.await {
        Ok(changed) => changed,
        Err(problem) => {
            // What was refused may be asked again; what broke off may have been done.
            if problem.is_refusal() {
                store.forget_request(token, &key).await?;
            }
            return Err(problem);
        }
    };
    let answer = serde_json::to_string(&changed).map_err(|_| Problem::fault())?;
    if let Err(fault) = store.answer_request(token, &key, &answer).await {
        tracing::warn!(%fault, "an answer of the API was not kept: who asks again is told that it was broken off");
    }
    Ok(said(answer))
}

fn said(answer: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], answer).into_response()
}
