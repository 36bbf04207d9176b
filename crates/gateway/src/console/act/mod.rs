//! What analysts do from the pages. Every form is a plain POST that works without a script: it carries the session's word (T62), is
//! done by the same function as the command, and ends on the ticket's page, which says what was done, or why it was not.

mod bound;
mod certificates;
mod contacts;
mod correct;
mod forms;
mod hands;
mod mark;
mod quarantine;
mod quote;
mod register;
mod reply;
mod retry;
mod standing;
mod tag;
mod together;
mod undo;

pub(super) use forms::Acts;
pub(super) use hands::names;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use super::App;
use super::access::Right;
use super::guard::Wrong;
use super::session::Analyst;
use super::shown;
use super::ticket::{self, Said};
use super::told::told;
use super::words::Words;
use crate::actions::{Acting, ActionFault, Refusal, note, reply as letters};
use crate::cli::Finding;
use crate::store::{StoreFault, TicketRow};
use crate::ticket::TicketFault;

/// Octets of a form with a text of so many: each octet of it may be written as three, and a line's end as six.
const fn form_of(text: usize) -> usize {
    text * 3 + (8 << 10)
}

/// Octets of the longest form.
pub(super) const MOST_FORM: usize = {
    let (letter, note) = (form_of(letters::MOST_TEXT), form_of(note::MOST));
    if letter > note { letter } else { note }
};

/// The forms.
pub(super) fn routes() -> Router<App> {
    let reply = get(reply::page).post(reply::write);
    let reply = reply.layer(DefaultBodyLimit::max(form_of(letters::MOST_TEXT)));
    let note = post(standing::note).layer(DefaultBodyLimit::max(form_of(note::MOST)));
    let correct = post(correct::correct).layer(DefaultBodyLimit::max(form_of(correct::MOST)));
    Router::new()
        .route("/t/{serial}/correct", correct)
        .route("/t/{serial}/claim", post(hands::claim))
        .route("/t/{serial}/release", post(hands::release))
        .route("/t/{serial}/assign", post(hands::assign))
        .route("/t/{serial}/status", post(standing::status))
        .route("/t/{serial}/note", note)
        .route("/t/{serial}/reply", reply)
        .route("/t/{serial}/undo", post(reply::undo))
        .route("/t/{serial}/retry", post(retry::retry))
        .route("/t/{serial}/tag", post(tag::tag))
        .route("/t/{serial}/tlp", post(mark::mark))
        .route("/t/{serial}/untag", post(tag::untag))
        .route("/t/{serial}/merge", post(together::merge))
        .route("/t/{serial}/unmerge", post(together::unmerge))
        .route("/t/{serial}/split", post(together::split))
        .route("/t/{serial}/link", post(together::link))
        .route("/t/{serial}/unlink", post(together::unlink))
        .route("/t/{serial}/back", post(undo::back))
        .route("/t/{serial}/belonging", post(undo::belonging))
        .route("/certificates", get(certificates::page))
        .route("/certificates/{fingerprint}", post(certificates::decide))
        .merge(registered())
        .route("/quarantine", get(quarantine::page))
        .route("/quarantine/{id}", get(quarantine::one))
        .route("/quarantine/{id}/promote", post(quarantine::promote))
        .route("/quarantine/{id}/retry", post(quarantine::retry))
}

/// The register of contacts.
fn registered() -> Router<App> {
    let limit = || DefaultBodyLimit::max(form_of(register::MOST));
    let list = get(contacts::page).post(register::add).layer(limit());
    let one = get(contacts::one).post(register::change).layer(limit());
    Router::new()
        .route("/contacts", list)
        .route("/contacts/new", get(contacts::new))
        .route("/contacts/{id}", one)
        .route(
            "/contacts/{id}/certificates/{fingerprint}",
            post(register::judge),
        )
}

/// An analyst, and the ticket on which he acts.
struct Work {
    analyst: Analyst,
    ticket: TicketRow,
}

/// Why something was not done.
enum No {
    /// In his language.
    Words(String),
    /// In ours: it comes from an action that the commands share.
    English(String),
    /// The ticket is gone.
    Gone,
    /// Nothing of his doing.
    Fault(anyhow::Error),
}

/// Begins what a form asks for: it is one of his, his role allows it, and the ticket is his team's.
async fn begin(analyst: Analyst, serial: &str, word: &str) -> Result<Work, Wrong> {
    may_act(&analyst, word)?;
    let ticket = ticket::find(&analyst, serial).await?;
    Ok(Work { analyst, ticket })
}

/// Whether a form is one of his, and his role allows it.
fn may_act(analyst: &Analyst, word: &str) -> Result<(), Wrong> {
    analyst.check(word)?;
    match analyst.may(Right::Act) {
        true => Ok(()),
        false => Err(Wrong::not_allowed(analyst.w)),
    }
}

impl Work {
    fn acting(&self) -> Acting<'_> {
        let desk = &self.analyst.desk;
        desk.acting(&desk.actor)
    }

    /// What an action says, in his language.
    fn said<T>(&self, app: &App, done: Result<T, ActionFault>) -> Result<T, No> {
        done.map_err(|fault| no(app, self.analyst.w, fault))
    }

    /// Back to the ticket, which says what was done; or the ticket with what is wrong, and what was written.
    async fn end<T>(
        self,
        app: &App,
        (did, text): (&'static str, &str),
        done: Result<T, No>,
    ) -> Result<Response, Wrong> {
        let no = match done {
            Ok(_) => {
                let place = format!("/t/{:06}", self.ticket.serial);
                let place = told(&self.analyst, &place, did);
                return Ok(Redirect::to(&place).into_response());
            }
            Err(no) => no,
        };
        let said = Said {
            at: did,
            text: text.to_owned(),
            ..Said::default()
        };
        self.refused(app, no, said).await
    }

    /// The ticket with what is wrong, and what was written.
    async fn refused(self, app: &App, no: No, said: Said) -> Result<Response, Wrong> {
        let (analyst, id) = (self.analyst, self.ticket.id);
        let (refused, is_english) = no.words(&analyst)?;
        let said = Said {
            refused,
            is_english,
            ..said
        };
        // As it is by now: somebody else may have changed it meanwhile.
        let desk = &analyst.desk;
        let rows = desk.store.tickets(&desk.team, &[], &[id]).await;
        let row = rows.map_err(|fault| analyst.fault(fault))?.pop();
        let row = row.ok_or_else(|| Wrong::nowhere(analyst.w))?;
        let page = ticket::show(app, &analyst, &row, said).await?;
        Ok((StatusCode::CONFLICT, page).into_response())
    }
}

impl No {
    /// In words, and whether these are English whatever the page's language.
    fn words(self, analyst: &Analyst) -> Result<(String, bool), Wrong> {
        match self {
            No::Words(words) => Ok((words, false)),
            No::English(words) => Ok((shown::text(&words), true)),
            No::Gone => Err(Wrong::nowhere(analyst.w)),
            No::Fault(error) => Err(analyst.fault(error)),
        }
    }
}

/// What an action says that was not done.
fn no(app: &App, w: &Words, fault: ActionFault) -> No {
    match fault {
        ActionFault::Store(StoreFault::Conflict) => No::Words(w.too_busy.to_owned()),
        ActionFault::Store(fault) => No::Fault(fault.into()),
        ActionFault::Vault(fault) => No::Fault(fault.into()),
        ActionFault::Gone => No::Gone,
        ActionFault::Closed(state) => No::Words(w.is_closed(&state)),
        ActionFault::Taken(owner, since) => {
            let since = shown::moment(&since, &app.zone).people;
            No::Words(w.taken(&shown::line(&owner, 64), &since))
        }
        ActionFault::Free => No::Words(w.free.to_owned()),
        ActionFault::Refused(why) => No::Words(w.refusal(&why)),
        ActionFault::OwnKey(error) => No::English(format!("{error:#}")),
    }
}

/// What a change of state says that was not done.
fn unchanged(w: &Words, fault: TicketFault) -> No {
    match fault {
        TicketFault::Store(StoreFault::Conflict) => No::Words(w.too_busy.to_owned()),
        TicketFault::Store(fault) => No::Fault(fault.into()),
        TicketFault::Vault(fault) => No::Fault(fault.into()),
        TicketFault::Gone => No::Gone,
        TicketFault::Already(state) => No::Words(w.is_by_now(&state)),
    }
}

/// What a function of the commands says that was not done.
fn finding(w: &Words, error: anyhow::Error) -> No {
    if let Some(refusal) = error.downcast_ref::<Refusal>() {
        return No::Words(w.refusal(refusal));
    }
    if let Some(finding) = error.downcast_ref::<Finding>() {
        return No::English(finding.to_string());
    }
    match error.downcast_ref::<StoreFault>() {
        Some(StoreFault::Conflict) => No::Words(w.too_busy.to_owned()),
        Some(_) | None => No::Fault(error),
    }
}
