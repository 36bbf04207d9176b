//! A ticket: its thread, what each message proved, what was found, what was done.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::App;
use super::access::Right;
use super::accounts::url;
use super::act::Acts;
use super::beside::Beside;
use super::filters;
use super::found::{Chosen, Typed};
use super::guard::{SANDBOX, Wrong, render};
use super::leaf::{Asked, Leaf, Wanted};
use super::message::{self, Message, Room};
use super::records::Records;
use super::session::{Analyst, Frame};
use super::shown::{self, Clock};
use super::told;
use super::words::Words;
use crate::actions::claimed;
use crate::cli::shown::Shown;
use crate::query::Term;
use crate::store::{EntryRow, TicketRow};

/// Forms that an address can unfold.
const FORMS: [&str; 8] = [
    "assigned", "changed", "noted", "merged", "linked", "split", "tagged", "marked",
];

/// What the page says beside the ticket itself.
#[derive(Default)]
pub(super) struct Said {
    /// The value whose place is shown.
    pub(super) chosen: String,
    /// The value of which something is to be said.
    pub(super) correcting: String,
    /// What was just done: a word of [`Words::did`]; empty for nothing.
    pub(super) did: String,
    /// What was not done, and why; empty for nothing.
    pub(super) refused: String,
    /// That is English whatever the page's language.
    pub(super) is_english: bool,
    /// By which form that was asked for, as [`Words::did`] names it.
    pub(super) at: &'static str,
    /// What was written into that form.
    pub(super) text: String,
    /// What was written into a form of a message's values.
    pub(super) typed: Option<Typed>,
    /// Which of it.
    pub(super) wanted: Wanted,
}

impl Said {
    /// What was written into a form of this message, and why it was not taken.
    fn typed_of(&self, number: usize) -> Option<(&Typed, &str)> {
        let typed = self.typed.as_ref()?;
        (typed.message == number).then_some((typed, &*self.refused))
    }
}

/// Another ticket, and how this one stands to it.
struct Link {
    words: String,
    serial: Option<String>,
    reference: String,
    /// Who said so, and when; empty where nobody did.
    note: String,
    /// An analyst made it, and can take it away.
    is_made: bool,
    /// A message claims it: a merge says that it is so.
    is_claim: bool,
    /// That can be refused.
    may_refuse: bool,
    /// It was, and may be taken back.
    is_refused: bool,
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
    /// Words of the team, each with the query that finds them.
    tags: Vec<(String, String)>,
    messages: Vec<Message>,
    leaf: Leaf,
    alerts: Vec<String>,
    records: Records,
    may_take_out: bool,
    did: &'static str,
    said: Said,
    acts: Acts,
    beside: Beside,
    /// Views of the queue: name and address.
    views: Vec<(&'static str, String)>,
}

/// The team's ticket of this number.
pub(super) async fn find(analyst: &Analyst, serial: &str) -> Result<TicketRow, Wrong> {
    let desk = &analyst.desk;
    let digits = Some(serial).filter(|serial| serial.bytes().all(|octet| octet.is_ascii_digit()));
    let number: Option<i64> = digits.and_then(|digits| digits.parse().ok());
    let number = number.ok_or_else(|| Wrong::nowhere(analyst.w))?;
    let found = desk.store.tickets(&desk.team, &[number], &[]).await;
    let found = found.map_err(|fault| analyst.fault(fault))?;
    found
        .into_iter()
        .next()
        .ok_or_else(|| Wrong::nowhere(analyst.w))
}

/// The messages of a ticket, with the readings of these alone, once it is written down that they are read.
async fn read(
    analyst: &Analyst,
    ticket: &TicketRow,
    (ids, what): (&[uuid::Uuid], String),
) -> Result<Vec<EntryRow>, Wrong> {
    let desk = &analyst.desk;
    let entries = desk.store.entries_with(ticket.id, ids).await;
    let entries = entries.map_err(|fault| analyst.fault(fault))?;
    let noted = desk.note(ticket.id, "read", what).await;
    noted.map_err(|error| analyst.fault(error))?;
    Ok(entries)
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
    let ticket = find(&analyst, &serial).await?;
    let here = format!("/t/{:06}", ticket.serial);
    let said = Said {
        did: told::checked(&analyst, &here, &asked.did, &asked.code).to_owned(),
        wanted: Wanted::of(&asked),
        at: FORMS
            .into_iter()
            .find(|form| *form == asked.form)
            .unwrap_or_default(),
        chosen: asked.v,
        correcting: asked.c,
        ..Said::default()
    };
    show(&app, &analyst, &ticket, said).await
}

/// The page of a ticket, and what is said on it.
pub(super) async fn show(
    app: &App,
    analyst: &Analyst,
    ticket: &TicketRow,
    said: Said,
) -> Result<Response, Wrong> {
    let ids = analyst.desk.store.entry_ids(ticket.id).await;
    let ids = ids.map_err(|fault| analyst.fault(fault))?;
    let leaf = Leaf::of(&said.wanted, ids.len());
    let shown = (1..)
        .zip(&ids)
        .filter(|(number, _)| leaf.shown.contains(number));
    let shown: Vec<_> = shown.map(|(_, id)| *id).collect();
    let entries = read(analyst, ticket, (&shown, leaf.detail())).await?;
    let view = view(app, analyst, ticket, (&entries, leaf), said).await;
    Ok(render(&view.map_err(|error| analyst.fault(error))?))
}

async fn view(
    app: &App,
    analyst: &Analyst,
    ticket: &TicketRow,
    (entries, leaf): (&[EntryRow], Leaf),
    said: Said,
) -> anyhow::Result<TicketView> {
    let (desk, w) = (&analyst.desk, analyst.w);
    let shown = Shown::of(desk, ticket, entries).await?;
    let trail = desk.store.audit_rows(&[ticket.id]).await?;
    let room = Room::among(leaf.shown.len());
    let (chosen, correcting) = (numbers(&said.chosen), numbers(&said.correcting));
    let messages: anyhow::Result<Vec<Message>> = (1..)
        .zip(entries)
        .filter(|(number, _)| leaf.shown.contains(number))
        .map(|(number, entry)| {
            let here = |asked: Option<(usize, usize)>| {
                let asked = asked.filter(|(message, _)| *message == number);
                asked.map(|(_, value)| value)
            };
            let values = Chosen {
                place: here(chosen),
                correct: here(correcting),
                typed: said.typed_of(number),
                may_correct: true,
            };
            let message = message::of(analyst, app, (number, entry), &shown, (values, room))?;
            Ok(Message {
                here: leaf.here.clone(),
                ..message
            })
        })
        .collect();
    let messages = messages?;
    let subject = entries
        .first()
        .map(|first| message::subject(analyst, first));
    let due = ticket.due.as_deref();
    Ok(TicketView {
        // Where a change of the language goes back to, from a form that was refused, too.
        f: Frame {
            here: format!("/t/{:06}", ticket.serial),
            ..analyst.frame()
        },
        w,
        did: w.did(&said.did),
        acts: Acts::of(app, analyst, ticket, (&messages, entries.len()), &said).await?,
        beside: Beside::of(app, analyst, ticket, (entries, &shown.history)).await?,
        records: Records::of(&shown, &trail, app, w, said.wanted.records),
        views: filters::views(w, &analyst.desk.team),
        said,
        serial: format!("{:06}", ticket.serial),
        reference: desk.reference(ticket.serial),
        subject: subject.unwrap_or_default(),
        state: w.state(&ticket.state),
        state_class: ticket.state.clone(),
        clock: shown::clock(&ticket.state, due, (Timestamp::now(), &app.zone), w),
        links: links(app, analyst, ticket, &shown),
        tags: tags(analyst, &shown.tags),
        alerts: message::alerts(&shown, None, w),
        may_take_out: analyst.may(Right::TakeOut),
        messages,
        leaf,
    })
}

/// The numbers of a message and of a value of it.
pub(super) fn numbers(asked: &str) -> Option<(usize, usize)> {
    let (message, value) = asked.split_once('.')?;
    Some((message.parse().ok()?, value.parse().ok()?))
}

/// Words of the team, each with the address of the queue that has those with it.
pub(super) fn tags(analyst: &Analyst, words: &[String]) -> Vec<(String, String)> {
    let base = format!("/q/{}", url(&analyst.desk.team));
    let link = |word: &String| {
        let query = format!("{base}?q={}", url(&Term::Tag(word.clone()).to_string()));
        (word.clone(), query)
    };
    words.iter().map(link).collect()
}

fn links(app: &App, analyst: &Analyst, ticket: &TicketRow, shown: &Shown) -> Vec<Link> {
    let w = analyst.w;
    let link = |words: &str, serial: i64, is_there: bool| Link {
        words: words.to_owned(),
        serial: is_there.then(|| format!("{serial:06}")),
        reference: analyst.desk.reference(serial),
        note: String::new(),
        is_made: false,
        is_claim: false,
        may_refuse: false,
        is_refused: false,
    };
    let mut links = Vec::new();
    if ticket.claims > 0 {
        let is_there = ticket.link != "unknown";
        links.push(Link {
            is_claim: is_there && claimed::is_claim(ticket),
            may_refuse: claimed::is_claim(ticket),
            ..link(w.link(&ticket.link), ticket.claims, is_there)
        });
    }
    if ticket.refused > 0 {
        links.push(Link {
            is_refused: ticket.merged_into == 0,
            ..link(w.claim_refused, ticket.refused, ticket.link != "unknown")
        });
    }
    if ticket.merged_into > 0 {
        links.push(link(w.merged_into, ticket.merged_into, true));
    }
    let here = ticket.merged_here.iter();
    links.extend(here.map(|serial| link(w.merged_here, *serial, true)));
    let left = shown.proofs.left.iter();
    links.extend(left.map(|(serial, count)| link(&w.left_for(*count), *serial, true)));
    links.extend(shown.links.iter().map(|one| Link {
        note: format!(
            "({}, {})",
            shown::line(&one.link.by, 64),
            shown::moment(&one.link.at, &app.zone).people
        ),
        is_made: true,
        ..link(
            w.linked(one.link.kind),
            one.link.other,
            one.merged_into.is_some(),
        )
    }));
    links
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
    let ticket = find(&analyst, &serial).await?;
    let entries = read(&analyst, &ticket, (&[], format!("raw={number}"))).await?;
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
