//! Certificates that came for an address that has another (T11), and the decision between both.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::access::{Act, By, Caller, Read};
use super::input::Named;
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem, Problems};
use crate::actions::certificate::{self, Choice, Decision, Undecided};
use crate::audit::DEPLOYMENT;
use crate::correspondents::{Book, BookFault, Side};

/// Certificates of an answer.
const MOST: i64 = 100;

/// Certificates in conflict, by address
#[derive(Serialize, ToSchema)]
pub(super) struct Conflicts {
    conflicts: Vec<Conflict>,
}

/// Two certificates for one address
#[derive(Serialize, ToSchema)]
struct Conflict {
    address: String,
    /// What came later, and is not used
    came: Certificate,
    /// What stays in use; null when nothing speaks for the address any more
    #[schema(required)]
    known: Option<Certificate>,
}

/// A certificate, and what binds it to the address
#[derive(Serialize, ToSchema)]
struct Certificate {
    /// Hexadecimal, upper case; empty when it can't be read any more
    fingerprint: String,
    /// What it says of itself: no proof of anything
    user_ids: Vec<String>,
    /// What it rests on, in a word: `sender`, `wkd`, `analyst` …
    proof: &'static str,
    /// Who said so; empty for the gateway
    by: String,
    /// Since when
    since: String,
}

/// A decision between two certificates
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Decide {
    /// As the list has it
    #[schema(min_length = 1, max_length = 1000)]
    address: String,
    decision: Taken,
    /// The fingerprint of the known one, as the list has it; `""` where it has none. Nothing is decided when another is in use by now
    #[schema(max_length = 200)]
    seen: String,
    /// How the fingerprint was compared, and with whom; must be given with `take`
    #[serde(default)]
    #[schema(max_length = 2000)]
    reason: String,
}

/// The one that came, from now on; or the one that is known, and the other is not taken again
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Taken {
    Take,
    Keep,
}

/// What was decided
#[derive(Serialize, ToSchema)]
pub(super) struct Decided {
    /// In a word: `taken`, `kept`
    done: &'static str,
}

/// Which certificate
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct Which {
    /// The `fingerprint` of the one that came
    #[param(min_length = 1, max_length = 200)]
    fingerprint: String,
}

impl From<BookFault> for Problem {
    fn from(fault: BookFault) -> Problem {
        match fault {
            BookFault::Store(fault) => fault.into(),
            BookFault::Vault(_) | BookFault::Reader(_) => anyhow::Error::from(fault).into(),
        }
    }
}

impl From<Undecided> for Problem {
    fn from(fault: Undecided) -> Problem {
        let detail = fault.to_string();
        match fault {
            Undecided::Gone => Problem::nowhere(),
            Undecided::NotCompared | Undecided::TooLong => {
                Problem::malformed(format!("reason: {detail}"))
            }
            Undecided::Meanwhile => Problem::conflict(detail),
            Undecided::Book(fault) => fault.into(),
        }
    }
}

fn side(side: Side) -> Certificate {
    Certificate {
        fingerprint: side.fingerprint,
        user_ids: side.user_ids,
        proof: side.binding.proof.word(),
        by: side.binding.note.by,
        since: side.binding.note.at,
    }
}

/// Its readers are started only by what needs them: nothing here does.
fn book(api: &Api, caller: &Caller) -> Book {
    let (store, ring) = (caller.desk.store.clone(), Arc::clone(&caller.desk.ring));
    Book::with(&api.settings, store, ring)
}

/// List certificates that came for an address that has another
///
/// The known one stays in use until somebody decides.
#[utoipa::path(get, path = "/certificates", operation_id = "list_certificates", tag = "tickets",
    responses((status = 200, description = "Both, side by side", body = Conflicts), Problems))]
pub(super) async fn list(State(api): State<Api>, by: By<Read>) -> Result<Json<Conflicts>, Problem> {
    let conflicts = book(&api, &by).conflicts(MOST).await?;
    let detail = format!("what=certificates count={}", conflicts.len());
    by.desk.note(DEPLOYMENT, "listed", detail).await?;
    let conflicts = conflicts.into_iter().map(|one| Conflict {
        address: one.address,
        came: side(one.came),
        known: one.known.map(side),
    });
    Ok(Json(Conflicts {
        conflicts: conflicts.collect(),
    }))
}

/// Decide between a certificate that came and the one that is known
///
/// Only if both are as they were seen: 409 `conflict` when not. Whoever takes one has compared it, and not by mail.
#[utoipa::path(post, path = "/certificates/{fingerprint}/decide", operation_id = "decide_certificate", tag = "actions", params(Which, Key), request_body = Decide,
    responses((status = 200, description = "It is decided", body = Decided), Changes))]
pub(super) async fn decide(
    State(api): State<Api>,
    by: By<Act>,
    Named(fingerprint): Named<String>,
    order: Order<Decide>,
) -> Result<Response, Problem> {
    let decide = async move |caller: Caller, wish: Decide| {
        let (choice, done) = match wish.decision {
            Taken::Take => (Choice::Take, "taken"),
            Taken::Keep => (Choice::Keep, "kept"),
        };
        let decision = Decision {
            fingerprint: &fingerprint,
            address: &wish.address,
            seen: &wish.seen,
            choice,
            why: &wish.reason,
        };
        certificate::decide(&book(&api, &caller), &caller.desk.actor, &decision).await?;
        // The answer is kept for who asks again, and names nobody.
        Ok(Decided { done })
    };
    once(&by, order, decide).await
}
