//! Certificates that came for an address that has another (T11): both side by side, and the analyst's decision between them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::may_act;
use crate::actions::certificate::{self, Choice, Undecided};
use crate::audit::DEPLOYMENT;
use crate::console::App;
use crate::console::access::Right;
use crate::console::guard::{Wrong, render};
use crate::console::session::{Analyst, Frame};
use crate::console::shown::{self, Moment};
use crate::console::told::{checked, told};
use crate::console::words::Words;
use crate::correspondents::{Book, Side};

/// Certificates that the page shows.
const MOST: i64 = 100;
/// The page.
const HERE: &str = "/certificates";

/// One of two certificates.
struct Shown {
    /// As it is stored; empty when it can't be read.
    fingerprint: String,
    /// In groups of four, as people compare it.
    groups: String,
    user_ids: String,
    /// What stands behind it.
    proof: &'static str,
    /// Who said so; empty for the gateway.
    by: String,
    since: Moment,
}

/// Two certificates for one address, and what was written about them.
struct Line {
    /// As it is shown; it may be cut.
    address: String,
    /// As a form says it.
    whole: String,
    came: Shown,
    known: Option<Shown>,
    /// The reason that was given with a decision that was refused.
    why: String,
}

#[derive(Template)]
#[template(path = "certificates.html")]
struct View {
    f: Frame,
    w: &'static Words,
    lines: Vec<Line>,
    may: bool,
    did: &'static str,
    refused: &'static str,
}

/// What the query string says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asked {
    did: String,
    code: String,
}

/// A decision.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Decision {
    word: String,
    address: String,
    /// The certificate that stayed in use on the page; empty for none.
    seen: String,
    why: String,
    /// `take` the one that came, or `keep` the one that is known.
    act: String,
}

/// The page.
pub(in crate::console) async fn page(
    State(app): State<App>,
    analyst: Analyst,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    if !analyst.may(Right::Read) {
        return Err(Wrong::not_allowed(analyst.w));
    }
    let did = checked(&analyst, HERE, &asked.did, &asked.code);
    let did = analyst.w.decided(did);
    Ok(render(&view(&app, &analyst, did, ("", None)).await?))
}

/// Decides, if both are as the page showed them.
pub(in crate::console) async fn decide(
    State(app): State<App>,
    analyst: Analyst,
    Path(fingerprint): Path<String>,
    Form(decision): Form<Decision>,
) -> Result<Response, Wrong> {
    may_act(&analyst, &decision.word)?;
    match decided(&app, &analyst, &fingerprint, &decision).await? {
        Ok(did) => Ok(Redirect::to(&told(&analyst, HERE, did)).into_response()),
        Err(refused) => {
            let written = (refused, Some((fingerprint.as_str(), &decision)));
            let page = view(&app, &analyst, "", written).await?;
            Ok((StatusCode::CONFLICT, render(&page)).into_response())
        }
    }
}

/// What was decided, as [`Words::decided`] names it; or why nothing was.
async fn decided(
    app: &App,
    analyst: &Analyst,
    fingerprint: &str,
    decision: &Decision,
) -> Result<Result<&'static str, &'static str>, Wrong> {
    let w = analyst.w;
    let (choice, did) = match decision.act.as_str() {
        "take" => (Choice::Take, "took"),
        "keep" => (Choice::Keep, "kept"),
        _ => return Err(Wrong::nowhere(w)),
    };
    let wanted = certificate::Decision {
        fingerprint,
        address: &decision.address,
        seen: &decision.seen,
        choice,
        why: &decision.why,
    };
    let done = certificate::decide(&book(app), &analyst.desk.actor, &wanted).await;
    Ok(match done {
        Ok(()) => Ok(did),
        Err(Undecided::TooLong) => Err(w.reason_too_long),
        Err(Undecided::NotCompared) => Err(w.how_compared()),
        Err(Undecided::Meanwhile) => Err(w.other_by_now()),
        Err(Undecided::Gone) => return Err(Wrong::nowhere(w)),
        Err(Undecided::Book(fault)) => return Err(analyst.fault(fault)),
    })
}

/// Its readers are started only by what needs them: nothing here does.
fn book(app: &App) -> Book {
    let (store, ring) = (app.desk.store.clone(), Arc::clone(&app.desk.ring));
    Book::with(&app.settings, store, ring)
}

async fn view(
    app: &App,
    analyst: &Analyst,
    did: &'static str,
    (refused, written): (&'static str, Option<(&str, &Decision)>),
) -> Result<View, Wrong> {
    let conflicts = book(app).conflicts(MOST).await;
    let conflicts = conflicts.map_err(|fault| analyst.fault(fault))?;
    let count = format!("what=certificates count={}", conflicts.len());
    let noted = analyst.desk.note(DEPLOYMENT, "listed", count).await;
    noted.map_err(|error| analyst.fault(error))?;
    let lines = conflicts.into_iter().map(|one| {
        let mine = written.filter(|(fingerprint, decision)| {
            one.came.fingerprint == *fingerprint && one.address == decision.address
        });
        Line {
            address: shown::line(&one.address, 200),
            whole: one.address,
            came: side(app, analyst.w, &one.came),
            known: one.known.map(|known| side(app, analyst.w, &known)),
            why: mine.map_or_else(String::new, |(_, decision)| decision.why.clone()),
        }
    });
    Ok(View {
        f: Frame {
            here: HERE.to_owned(),
            ..analyst.frame()
        },
        w: analyst.w,
        lines: lines.collect(),
        may: analyst.may(Right::Act),
        did,
        refused,
    })
}

fn side(app: &App, w: &Words, side: &Side) -> Shown {
    let digits: Vec<char> = side.fingerprint.chars().collect();
    let groups = digits.chunks(4).map(|group| group.iter().collect());
    let groups: Vec<String> = groups.collect();
    Shown {
        groups: groups.join(" "),
        fingerprint: side.fingerprint.clone(),
        user_ids: shown::line(&side.user_ids.join(", "), 300),
        proof: w.stands_behind(side.binding.proof),
        by: shown::line(&side.binding.note.by, 64),
        since: shown::moment(&side.binding.note.at, &app.zone),
    }
}
