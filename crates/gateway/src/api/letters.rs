//! Letters to the reporter and to others.

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;
use vault::Purpose;

use super::Api;
use super::access::{Act, By, Caller};
use super::actions::Changed;
use super::export::Marking;
use super::input::{self, Named};
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem};
use super::shapes::{self, Number};
use crate::actions::post::Post;
use crate::actions::reply::{self, Ready, Wish};
use crate::audit::hex;
use crate::correspondents::Book;
use crate::worker::hour;

/// A letter
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Letter {
    /// To whom; empty for the reporter
    #[serde(default)]
    #[schema(max_items = 20)]
    to: Vec<String>,
    /// Who else reads it
    #[serde(default)]
    #[schema(max_items = 20)]
    cc: Vec<String>,
    /// Instead of the report's Subject; tag and references are put before it
    #[serde(default)]
    #[schema(max_length = 500)]
    subject: Option<String>,
    #[schema(min_length = 1, max_length = 262144)]
    text: String,
    /// A marking, where that of the ticket is not strict enough: it is raised, never lowered
    #[serde(default)]
    #[schema(inline, nullable)]
    tlp: Option<Marking>,
    /// An answer of each recipient in `to` is expected until then; kept to the hour
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    expect_answer_until: Option<Timestamp>,
    /// `seen` of a preview: sent only if it still goes to the same, to each as protected and to the same certificate
    #[serde(default)]
    #[schema(max_length = 64)]
    seen: Option<String>,
}

impl Letter {
    fn wish(self) -> Result<Wish, Problem> {
        if self
            .subject
            .as_ref()
            .is_some_and(|subject| subject.len() > 2_000)
        {
            return Err(Problem::malformed("subject: at most 2000 octets"));
        }
        Ok(Wish {
            to: self.to,
            cc: self.cc,
            subject: self.subject,
            text: self.text,
            until: self.expect_answer_until.map(future).transpose()?,
            marking: self.tlp.map(Marking::tlp),
            // That is for people: a lead in the console, or the command.
            allow_clear: false,
            // Its Idempotency-Key says that.
            once: None,
        })
    }
}

/// Times in clear are full hours (`threats.md` B5).
fn future(until: Timestamp) -> Result<Timestamp, Problem> {
    let until = hour(until);
    match until > Timestamp::now() {
        true => Ok(until),
        false => Err(Problem::malformed(
            "expect_answer_until: in an hour at the earliest",
        )),
    }
}

async fn ready(
    api: &Api,
    caller: &Caller,
    number: i64,
    letter: Letter,
) -> Result<(Post, Ready), Problem> {
    let (ticket, wish) = (caller.ticket(number).await?.id, letter.wish()?);
    let (store, ring) = (caller.desk.store.clone(), Arc::clone(&caller.desk.ring));
    let book = Book::with(&api.settings, store, ring);
    let post = Post::with(&api.settings, book).await?;
    let ready = reply::prepare(&caller.acting(), &post, ticket, &wish).await?;
    Ok((post, ready))
}

/// What tells one preview from another; nothing can be read from it.
fn seen(caller: &Caller, ready: &Ready) -> String {
    let copies = ready.seen();
    let digest = caller
        .desk
        .ring
        .digest(Purpose::Request, &[b"seen", copies.as_bytes()]);
    hex(&digest)
}

/// See how a letter would go out, to whom encrypted and to whom not; nothing is written or sent
#[utoipa::path(post, path = "/tickets/{number}/replies/preview", operation_id = "preview_letter", tag = "actions", params(Number), request_body = Letter,
    responses((status = 200, description = "How it would go out", body = shapes::Preview), Changes))]
pub(super) async fn preview(
    State(api): State<Api>,
    by: By<Act>,
    Named(number): Named<i64>,
    Said(letter): Said<Letter>,
) -> Result<Json<Value>, Problem> {
    let ticket = by.ticket(number).await?.id;
    by.desk.note(ticket, "read", "reply".to_owned()).await?;
    let (_, ready) = ready(&api, &by, number, letter).await?;
    let copies = ready.copies.iter();
    let copies = copies.map(|copy| {
        json!({"recipient": copy.recipient, "form": copy.form,
        "certificate": (!copy.certificate.is_empty()).then_some(&copy.certificate)})
    });
    Ok(Json(json!({
        "subject": ready.subject,
        "tlp": ready.marking.map(extract::Tlp::as_str),
        "copies": copies.collect::<Vec<_>>(),
        "seen": seen(&by, &ready),
    })))
}

/// Write to the reporter, or to others
///
/// Signed, encrypted to whoever has a certificate, kept on the ticket. It leaves after fifteen seconds: until then it can be taken back.
#[utoipa::path(post, path = "/tickets/{number}/replies", operation_id = "send_letter", tag = "actions", params(Number, Key), request_body = Letter,
    responses((status = 200, description = "It is queued", body = Changed), Changes))]
pub(super) async fn reply(
    State(api): State<Api>,
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Letter>,
) -> Result<Response, Problem> {
    let send = async move |caller: Caller, letter: Letter| {
        let looked_at = letter.seen.clone();
        let (post, ready) = ready(&api, &caller, number, letter).await?;
        if looked_at.is_some_and(|looked_at| looked_at != seen(&caller, &ready)) {
            let detail = "recipients or their keys are others than the preview said: look again";
            return Err(Problem::conflict(detail));
        }
        let letter = reply::send(&caller.acting(), &post, &ready).await?;
        Ok(Changed::of(&caller, number, "queued").with_letter(letter))
    };
    once(&by, order, send).await
}

/// Which letter
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    /// Its id, as sending it said; without one, the last of this token that was not taken back before
    #[serde(default)]
    letter: Option<Uuid>,
}

/// Take a letter of this token back, as long as it has not begun to leave
#[utoipa::path(post, path = "/tickets/{number}/replies/undo", operation_id = "take_letter_back", tag = "actions", params(Number, Key), request_body = Which,
    responses((status = 200, description = "It is taken back", body = Changed), Changes))]
pub(super) async fn take_back(
    by: By<Act>,
    Named(number): Named<i64>,
    order: Order<Which>,
) -> Result<Response, Problem> {
    let undo = async move |caller: Caller, which: Which| {
        let ticket = caller.ticket(number).await?.id;
        let letter = reply::take_back(&caller.acting(), ticket, (which.letter, false)).await?;
        Ok(Changed::of(&caller, number, "taken back").with_letter(letter))
    };
    once(&by, order, undo).await
}

/// A body of JSON for what changes nothing.
pub(super) struct Said<T>(T);

impl<T: serde::de::DeserializeOwned> FromRequest<Api> for Said<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        let octets = input::octets(request, api).await?;
        Ok(Said(input::parsed(&octets)?))
    }
}
