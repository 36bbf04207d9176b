//! A ticket: its thread, what each message proved, what was found, what was done.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;

use super::App;
use super::access::Right;
use super::guard::{SANDBOX, Wrong, render};
use super::message::{self, Message};
use super::session::{Analyst, Frame};
use super::shown::{self, Clock, Moment};
use super::words::Words;
use crate::cli::shown::Shown;
use crate::store::{AuditRow, EntryRow, TicketRow};

/// Lines of the audit trail that are shown, the newest.
const TRAIL: usize = 200;

/// What the query string says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The value whose place is shown: number of the message, of the value.
    v: String,
}

/// Another ticket, and how this one stands to it.
struct Link {
    words: String,
    serial: Option<String>,
    reference: String,
}

/// Something that was done.
struct Done {
    at: Moment,
    by: String,
    what: String,
    why: String,
}

#[derive(Template)]
#[template(path = "ticket.html")]
struct TicketView {
    f: Frame,
    w: &'static Words,
    serial: String,
    reference: String,
    subject: String,
    state: &'static str,
    state_class: String,
    clock: Option<Clock>,
    links: Vec<Link>,
    messages: Vec<Message>,
    alerts: Vec<String>,
    sent: Vec<String>,
    history: Vec<Done>,
    trail: Vec<Done>,
    may_take_out: bool,
}

/// The ticket of this number with its messages, once it is written down that they are read.
async fn read(
    analyst: &Analyst,
    serial: &str,
    what: String,
) -> Result<(TicketRow, Vec<EntryRow>), Wrong> {
    let desk = &analyst.desk;
    let digits = Some(serial).filter(|serial| serial.bytes().all(|octet| octet.is_ascii_digit()));
    let number: Option<i64> = digits.and_then(|digits| digits.parse().ok());
    let number = number.ok_or_else(|| Wrong::nowhere(analyst.w))?;
    let found = desk.store.tickets(&desk.team, &[number], &[]).await;
    let found = found.map_err(|fault| analyst.fault(fault))?;
    let ticket = found.into_iter().next();
    let ticket = ticket.ok_or_else(|| Wrong::nowhere(analyst.w))?;
    let entries = desk.store.entries(ticket.id).await;
    let entries = entries.map_err(|fault| analyst.fault(fault))?;
    let noted = desk.note(ticket.id, "read", what).await;
    noted.map_err(|error| analyst.fault(error))?;
    Ok((ticket, entries))
}

/// The page.
pub(super) async fn page(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    if !analyst.may(Right::Read) {
        return Err(Wrong::not_allowed(analyst.w));
    }
    let (ticket, entries) = read(&analyst, &serial, "text".to_owned()).await?;
    let view = view(&app, &analyst, &ticket, &entries, &asked.v).await;
    Ok(render(&view.map_err(|error| analyst.fault(error))?))
}

async fn view(
    app: &App,
    analyst: &Analyst,
    ticket: &TicketRow,
    entries: &[EntryRow],
    chosen: &str,
) -> anyhow::Result<TicketView> {
    let (desk, w) = (&analyst.desk, analyst.w);
    let shown = Shown::of(desk, ticket, entries).await?;
    let trail = desk.store.audit_rows(&[ticket.id]).await?;
    let chosen = chosen.split_once('.').and_then(|(message, value)| {
        Some((message.parse::<usize>().ok()?, value.parse::<usize>().ok()?))
    });
    let messages: anyhow::Result<Vec<Message>> = (1..)
        .zip(entries)
        .map(|(number, entry)| {
            let value = chosen.filter(|(message, _)| *message == number);
            let value = value.map(|(_, value)| value);
            message::of(analyst, app, (number, entry), &shown, value)
        })
        .collect();
    let messages = messages?;
    let subject = messages.first().map(|first| first.subject.clone());
    let due = ticket.answer_due.as_deref();
    let newest = trail.len().saturating_sub(TRAIL);
    Ok(TicketView {
        f: analyst.frame(),
        w,
        serial: format!("{:06}", ticket.serial),
        reference: desk.reference(ticket.serial),
        subject: subject.unwrap_or_default(),
        state: w.state(&ticket.state),
        state_class: ticket.state.clone(),
        clock: shown::clock(&ticket.state, due, (Timestamp::now(), &app.zone), w),
        links: links(analyst, ticket),
        alerts: message::alerts(&shown, None),
        sent: shown
            .mail
            .iter()
            .map(|mail| {
                let ended = mail
                    .ended
                    .as_deref()
                    .map(|at| shown::moment(at, &app.zone).people);
                format!(
                    "{}: {} {} {}",
                    w.purpose(&mail.purpose),
                    mail.state,
                    mail.status,
                    ended.unwrap_or_default()
                )
            })
            .collect(),
        history: history(&shown, app, w),
        trail: trail
            .iter()
            .skip(newest)
            .map(|row| line(row, app))
            .collect(),
        may_take_out: analyst.may(Right::TakeOut),
        messages,
    })
}

fn links(analyst: &Analyst, ticket: &TicketRow) -> Vec<Link> {
    let w = analyst.w;
    let link = |words: &str, serial: i64, is_there: bool| Link {
        words: words.to_owned(),
        serial: is_there.then(|| format!("{serial:06}")),
        reference: analyst.desk.reference(serial),
    };
    let mut links = Vec::new();
    if ticket.claims > 0 {
        links.push(link(
            w.link(&ticket.link),
            ticket.claims,
            ticket.link != "unknown",
        ));
    }
    if ticket.merged_into > 0 {
        links.push(link(w.merged_into, ticket.merged_into, true));
    }
    let here = ticket.merged_here.iter();
    links.extend(here.map(|serial| link(w.merged_here, *serial, true)));
    links
}

fn history(shown: &Shown, app: &App, w: &Words) -> Vec<Done> {
    let done = shown.history.iter().map(|(_, one)| Done {
        at: shown::moment(&one.at, &app.zone),
        by: shown::line(&one.by, 64),
        what: w.state(&one.state).to_owned(),
        why: shown::line(&one.reason, 400),
    });
    done.collect()
}

/// A line of the audit trail: words of ours, as they are stored.
fn line(row: &AuditRow, app: &App) -> Done {
    let at = Timestamp::from_second(row.at).map(|at| at.to_string());
    Done {
        at: shown::moment(&at.unwrap_or_default(), &app.zone),
        by: shown::line(&row.actor, 64),
        what: row.action.clone(),
        why: shown::line(&row.detail, 400),
    }
}

/// A message as it came, to be saved and nothing else.
pub(super) async fn raw(
    analyst: Analyst,
    Path((serial, number)): Path<(String, usize)>,
) -> Result<Response, Wrong> {
    let w = analyst.w;
    if !analyst.may(Right::TakeOut) {
        return Err(Wrong::not_allowed(w));
    }
    let (ticket, entries) = read(&analyst, &serial, format!("raw={number}")).await?;
    let entry = number.checked_sub(1).and_then(|index| entries.get(index));
    let entry = entry.ok_or_else(|| Wrong::nowhere(w))?;
    if analyst.desk.is_closed(entry) {
        return Err(Wrong::nowhere(w));
    }
    let octets = analyst.desk.raw(entry).await;
    let octets = octets.map_err(|error| analyst.fault(error))?;
    let name = format!("attachment; filename=\"{:06}-{number}.eml\"", ticket.serial);
    let fields = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CONTENT_SECURITY_POLICY, SANDBOX.to_owned()),
    ];
    Ok((fields, octets.to_vec()).into_response())
}
