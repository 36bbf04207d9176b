//! Who has a ticket: claim, release, assign. The form says whose it was on the page, so that nobody takes it unnoticed.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::{No, Work, begin};
use crate::actions::owner;
use crate::console::App;
use crate::console::guard::Wrong;
use crate::console::session::{Analyst, actor};
use crate::store::StoreFault;

/// A claim, an assignment, or that a ticket is let go.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Hand {
    word: String,
    /// Whose it was on the page; empty for nobody's.
    seen: String,
    /// The account to which it is given.
    to: String,
}

/// Takes it for oneself.
pub(in crate::console) async fn claim(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(hand): Form<Hand>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &hand.word).await?;
    let acting = work.acting();
    let done = owner::hand(&acting, work.ticket.id, acting.by, &hand.seen).await;
    let done = work.said(&app, done);
    work.end(&app, ("claimed", ""), done).await
}

/// Lets it go.
pub(in crate::console) async fn release(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(hand): Form<Hand>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &hand.word).await?;
    let done = owner::release(&work.acting(), work.ticket.id).await;
    let done = work.said(&app, done);
    work.end(&app, ("released", ""), done).await
}

/// Gives it to an analyst of the console.
pub(in crate::console) async fn assign(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(hand): Form<Hand>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &hand.word).await?;
    let names = names(&work.analyst).await;
    let names = names.map_err(|fault| work.analyst.fault(fault))?;
    let done = match names.contains(&hand.to) {
        true => assigned(&app, &work, &hand).await,
        false => Err(No::Words(work.analyst.w.no_such_analyst.to_owned())),
    };
    work.end(&app, ("assigned", ""), done).await
}

async fn assigned(app: &App, work: &Work, hand: &Hand) -> Result<String, No> {
    let to = actor(&hand.to);
    let done = owner::hand(&work.acting(), work.ticket.id, &to, &hand.seen).await;
    work.said(app, done)
}

/// The names of those to whom a ticket can be given.
pub(in crate::console) async fn names(analyst: &Analyst) -> Result<Vec<String>, StoreFault> {
    let desk = &analyst.desk;
    let accounts = desk.store.console_accounts(&desk.team).await?.into_iter();
    let acting = accounts.filter(|account| !account.disabled && account.role != "reader");
    Ok(acting.map(|account| account.name).collect())
}
