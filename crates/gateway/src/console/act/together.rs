//! Tickets that belong together, or do not: merge, unmerge, split, link, unlink.

use std::collections::BTreeSet;

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{No, Work, begin, finding};
use crate::actions::{link, split as splits};
use crate::cli::merge;
use crate::console::App;
use crate::console::guard::Wrong;
use crate::console::session::Analyst;
use crate::console::told::told;
use crate::store::TicketRow;
use crate::ticket::LinkKind;

/// What is to be put together, or taken apart.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Together {
    word: String,
    /// Reference or number of another ticket.
    other: String,
    /// With a link: what this ticket is to the other, as [`LinkKind::name`].
    kind: String,
    /// With a split: numbers of messages, with blanks or commas between.
    messages: String,
}

/// How a ticket can be linked by hand.
pub(in crate::console) const KINDS: [LinkKind; 4] = [
    LinkKind::Duplicate,
    LinkKind::Related,
    LinkKind::Parent,
    LinkKind::Child,
];

/// Merges it into another.
pub(in crate::console) async fn merge(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(together): Form<Together>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &together.word).await?;
    let done = match other(&work, &together.other).await {
        Ok(other) => {
            let desk = &work.analyst.desk;
            let (own, other) = (work.ticket.serial.to_string(), other.serial.to_string());
            let merged = merge::merge(desk, &own, &other).await;
            merged.map_err(|error| finding(work.analyst.w, error))
        }
        Err(no) => Err(no),
    };
    match done {
        Ok(done) if done.sealed + done.no_room + done.closed > 0 => {
            let did = match (done.sealed, done.no_room) {
                (0, 0) => "merged-closed",
                (0, _) => "merged-full",
                (_, _) => "merged-sealed",
            };
            let place = format!("/t/{:06}", work.ticket.serial);
            let place = told(&work.analyst, &place, did);
            Ok(Redirect::to(&place).into_response())
        }
        done => work.end(&app, ("merged", &together.other), done).await,
    }
}

/// It stands for itself again.
pub(in crate::console) async fn unmerge(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(together): Form<Together>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &together.word).await?;
    let own = work.ticket.serial.to_string();
    let done = merge::unmerge(&work.analyst.desk, &own).await;
    let done = done.map_err(|error| finding(work.analyst.w, error));
    work.end(&app, ("unmerged", ""), done).await
}

/// Messages leave it for a new one.
pub(in crate::console) async fn split(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(together): Form<Together>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &together.word).await?;
    let numbers = together.messages.split([',', ' ', ';']);
    let numbers = numbers.filter(|number| !number.is_empty());
    let numbers: Result<BTreeSet<usize>, _> = numbers.map(str::parse).collect();
    let done = match numbers.unwrap_or_default() {
        numbers if numbers.is_empty() => Err(No::Words(work.analyst.w.numbers_wanted.to_owned())),
        numbers => {
            let split = splits::split(&work.acting(), work.ticket.id, &numbers).await;
            work.said(&app, split)
        }
    };
    match done {
        Ok(new) => {
            let place = told(&work.analyst, &format!("/t/{new:06}"), "split");
            Ok(Redirect::to(&place).into_response())
        }
        no => work.end(&app, ("split", &together.messages), no).await,
    }
}

/// Links it to another.
pub(in crate::console) async fn link(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(together): Form<Together>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &together.word).await?;
    let kind = KINDS.into_iter().find(|kind| kind.name() == together.kind);
    let done = match (other(&work, &together.other).await, kind) {
        (Ok(other), Some(kind)) => {
            let linked = link::add(&work.acting(), work.ticket.id, kind, other.id).await;
            work.said(&app, linked)
        }
        (Err(no), _) => Err(no),
        (Ok(_), None) => Err(No::Words(work.analyst.w.no_such_link.to_owned())),
    };
    work.end(&app, ("linked", &together.other), done).await
}

/// Takes its links to another away, which may have been erased.
pub(in crate::console) async fn unlink(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(together): Form<Together>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &together.word).await?;
    let done = match work.analyst.desk.serial(&together.other) {
        Ok(other) => {
            let removed = link::remove(&work.acting(), work.ticket.id, other).await;
            work.said(&app, removed)
        }
        Err(_) => Err(No::Words(work.analyst.w.no_such_ticket.to_owned())),
    };
    work.end(&app, ("unlinked", ""), done).await
}

/// The other ticket that a form names, of the same team.
async fn other(work: &Work, reference: &str) -> Result<TicketRow, No> {
    let desk = &work.analyst.desk;
    let none = || No::Words(work.analyst.w.no_such_ticket.to_owned());
    let serial = desk.serial(reference.trim()).map_err(|_| none())?;
    let rows = desk.store.tickets(&desk.team, &[serial], &[]).await;
    let rows = rows.map_err(|fault| No::Fault(fault.into()))?;
    rows.into_iter().next().ok_or_else(none)
}
