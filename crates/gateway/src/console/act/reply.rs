//! A letter: written on a page of its own, which shows to whom it goes and how protected before it can be sent; and taken back.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use extract::Tlp;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::quote::{Answered, answered, quote};
use super::{No, Work, begin};
use crate::actions::ActionFault;
use crate::actions::canned;
use crate::actions::post::Post;
use crate::actions::reply::{self, Copy, Ready, Wish};
use crate::actions::thread::Thread;
use crate::cli::close::end_of;
use crate::console::App;
use crate::console::access::Right;
use crate::console::guard::{Wrong, render};
use crate::console::session::{Analyst, Frame};
use crate::console::shown::{self, Badge};
use crate::console::ticket;
use crate::console::words::Words;
use crate::correspondents::Book;
use crate::retention::label;
use crate::store::TicketRow;

/// The form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Writing {
    word: String,
    to: String,
    cc: String,
    subject: String,
    pub(super) text: String,
    tlp: String,
    /// The last day for an answer; empty when none is expected.
    until: String,
    /// Who may have said that it goes in clear all the same.
    clear: String,
    /// What the page showed of the recipients.
    seen: String,
    /// `send`, `insert` a canned text, or else to look first.
    pub(super) act: String,
    /// A canned text: name and language, as `asked-for-logs.fr`.
    canned: String,
    /// The form itself: made here, and sent once.
    once: String,
    /// The number of the message that stands beside it.
    pub(super) answered: String,
    /// Lines of it that are ticked: `q7`.
    #[serde(flatten)]
    pub(super) ticks: BTreeMap<String, String>,
}

/// Which letter is to be taken back.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Undoing {
    word: String,
    letter: String,
}

/// A letter that can be taken back.
pub(in crate::console) struct Held {
    pub(in crate::console) letter: String,
    /// For how long, in words.
    pub(in crate::console) words: String,
    /// Who wrote it; empty for oneself.
    pub(in crate::console) by: String,
    /// Whether he may take it back: his own, or as a lead.
    pub(in crate::console) may: bool,
}

/// To whom it goes, and how.
struct Recipient {
    address: String,
    badge: Badge,
    /// In groups of four, as people compare it; empty without.
    certificate: String,
    is_awaited: bool,
}

/// What will be sent.
struct Draft {
    subject: String,
    tlp: String,
    recipients: Vec<Recipient>,
    /// Who would get in clear what must not leave so; empty: nobody.
    barred: String,
    /// For the form: what was shown.
    seen: String,
}

#[derive(Template)]
#[template(path = "ticket_reply.html")]
struct ReplyView {
    f: Frame,
    w: &'static Words,
    serial: String,
    reference: String,
    writing: Writing,
    tlps: Vec<(&'static str, bool)>,
    draft: Option<Draft>,
    may_send_in_clear: bool,
    is_sealed: bool,
    foreign: String,
    /// Canned texts: value, name and language, and whether it is chosen.
    canned: Vec<(String, String, bool)>,
    answered: Option<Answered>,
    refused: String,
    is_english: bool,
    /// When the session ends if nothing is done.
    ends: shown::Moment,
}

/// The page, with whom the letter goes to if nobody else is named.
pub(in crate::console) async fn page(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
) -> Result<Response, Wrong> {
    if !analyst.may(Right::Act) {
        return Err(Wrong::not_allowed(analyst.w));
    }
    let ticket = ticket::find(&analyst, &serial).await?;
    let (work, post) = (Work { analyst, ticket }, post(&app).await);
    let post = post.map_err(|error| work.analyst.fault(error))?;
    let thread = thread(&app, &work).await;
    let reporter = thread.as_ref().ok().and_then(|thread| {
        let named = thread.reporter.clone();
        named.filter(|_| thread.marking != Some(Tlp::Red))
    });
    let writing = Writing {
        to: reporter.unwrap_or_default(),
        ..Writing::default()
    };
    let (draft, no) = match (&thread, writing.to.is_empty()) {
        (Ok(_), false) => match draft(&app, &work, &post, &writing).await {
            Ok((_, draft)) => (Some(draft), None),
            Err(no) => (None, Some(no)),
        },
        (Ok(_), true) | (Err(_), _) => (None, None),
    };
    view(&app, work, writing, draft, no).await
}

/// Looks at a letter, or sends it.
pub(in crate::console) async fn write(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(mut writing): Form<Writing>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &writing.word).await?;
    // Browsers write CRLF.
    writing.text = writing.text.replace("\r\n", "\n");
    let inserted = match writing.act.as_str() {
        "quote" | "quote-all" => quote(&app, &work, &mut writing).await?,
        _ => insert(&app, &work, &mut writing),
    };
    let post = post(&app).await;
    let post = post.map_err(|error| work.analyst.fault(error))?;
    let (draft, no) = match draft(&app, &work, &post, &writing).await {
        Ok((_, draft)) if inserted.is_err() => (Some(draft), inserted.err()),
        Err(no) => (None, Some(no)),
        Ok((ready, draft)) if writing.act == "send" => {
            match send(&app, &work, &post, (&writing, &ready, &draft)).await {
                Ok(()) => return work.end(&app, ("sent", ""), Ok(())).await,
                Err(no) => (Some(draft), Some(no)),
            }
        }
        Ok((_, draft)) => (Some(draft), None),
    };
    view(&app, work, writing, draft, no).await
}

/// Puts a canned text below what is written, when that is what was pressed.
fn insert(app: &App, work: &Work, writing: &mut Writing) -> Result<(), No> {
    if writing.act != "insert" {
        return Ok(());
    }
    let chosen = writing.canned.rsplit_once('.');
    let (name, language) = chosen.unwrap_or((&writing.canned, ""));
    let tag = work.analyst.desk.reference(work.ticket.serial);
    let analyst = &work.analyst.who.name;
    let named = (name, Some(language));
    let text = canned::text(&app.settings.team, named, (&tag, analyst));
    let text = work.said(app, text)?;
    let written = writing.text.trim_end();
    writing.text = match written.is_empty() {
        true => text,
        false => format!("{written}\n\n{text}"),
    };
    Ok(())
}

/// The canned texts that there are, for the list.
fn canned_texts(app: &App, chosen: &str) -> Vec<(String, String, bool)> {
    let texts = canned::texts(&app.settings.team);
    let names = texts.names().map(|(name, language)| {
        let value = format!("{name}.{language}");
        let is_chosen = value == chosen;
        (value, format!("{name} ({language})"), is_chosen)
    });
    names.collect()
}

/// Takes a letter back.
pub(in crate::console) async fn undo(
    State(app): State<App>,
    analyst: Analyst,
    Path(serial): Path<String>,
    Form(undoing): Form<Undoing>,
) -> Result<Response, Wrong> {
    let work = begin(analyst, &serial, &undoing.word).await?;
    // What is no id is no letter's.
    let letter = Some(undoing.letter.parse().unwrap_or_default());
    let anybodys = work.analyst.may(Right::TakeBackOthers);
    let done = match reply::take_back(&work.acting(), work.ticket.id, (letter, anybodys)).await {
        Err(ActionFault::Refused(_)) => Err(No::Words(work.analyst.w.too_late.to_owned())),
        done => work.said(&app, done),
    };
    work.end(&app, ("undone", ""), done).await
}

/// With the team's keys and certificates of now; its readers end with it.
async fn post(app: &App) -> anyhow::Result<Post> {
    let (store, ring) = (app.desk.store.clone(), Arc::clone(&app.desk.ring));
    let book = Book::with(&app.settings, store, ring);
    Post::with(&app.settings, book).await
}

pub(super) async fn thread(app: &App, work: &Work) -> Result<Thread, No> {
    work.said(app, Thread::of(&work.acting(), work.ticket.id).await)
}

/// What would be sent; nothing is written.
async fn draft(
    app: &App,
    work: &Work,
    post: &Post,
    writing: &Writing,
) -> Result<(Ready, Draft), No> {
    let (analyst, w) = (&work.analyst, work.analyst.w);
    let until = match writing.until.as_str() {
        "" => None,
        day => {
            let day = day.parse().ok();
            let end = day.and_then(|day| end_of(day, &app.settings.team.timezone).ok());
            Some(end.ok_or_else(|| No::Words(w.day_over.to_owned()))?)
        }
    };
    let text = match writing.text.trim() {
        // To be looked at: what has no words is not sent.
        "" => "…",
        _ => writing.text.as_str(),
    };
    let wish = Wish {
        to: addresses(&writing.to),
        cc: addresses(&writing.cc),
        subject: Some(writing.subject.trim().to_owned()).filter(|subject| !subject.is_empty()),
        text: text.to_owned(),
        marking: label(&writing.tlp),
        until,
        allow_clear: !writing.clear.is_empty() && analyst.may(Right::SendInClear),
        once: writing.once.parse().ok(),
    };
    let ready = reply::draft(&work.acting(), post, work.ticket.id, &wish).await;
    let ready = work.said(app, ready)?;
    let draft = Draft {
        subject: shown::line(&ready.subject, 300),
        tlp: ready.marking.map_or("", Tlp::as_str).to_owned(),
        recipients: ready.copies.iter().map(|copy| recipient(copy, w)).collect(),
        barred: shown::line(&ready.barred().join(", "), 400),
        // The form says it back, so that nothing is sent that was not looked at.
        seen: ready.seen(),
    };
    Ok((ready, draft))
}

/// Sends what the page showed, to those whom it showed, protected as it showed.
async fn send(
    app: &App,
    work: &Work,
    post: &Post,
    (writing, ready, draft): (&Writing, &Ready, &Draft),
) -> Result<(), No> {
    let w = work.analyst.w;
    if writing.text.trim().is_empty() {
        return Err(No::Words(w.letter_wanted.to_owned()));
    }
    if writing.seen != draft.seen || writing.once.parse::<Uuid>().is_err() {
        return Err(No::Words(w.look_first.to_owned()));
    }
    let is_allowed = !writing.clear.is_empty() && work.analyst.may(Right::SendInClear);
    if !draft.barred.is_empty() && !is_allowed {
        return Err(No::Words(w.not_in_clear.to_owned()));
    }
    let sent = reply::send(&work.acting(), post, ready).await;
    work.said(app, sent).map(drop)
}

/// Addresses with blanks, commas or semicolons between.
fn addresses(text: &str) -> Vec<String> {
    let each = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';'));
    let each = each.filter(|address| !address.is_empty());
    each.map(str::to_owned).collect()
}

fn recipient(copy: &Copy, w: &'static Words) -> Recipient {
    let badge = |class, icon, text| Badge { class, icon, text };
    let digits: Vec<char> = copy.certificate.chars().collect();
    let groups = digits.chunks(4).map(|group| group.iter().collect());
    Recipient {
        address: shown::line(&copy.recipient, 200),
        badge: match copy.form {
            "encrypted" => badge("good", "lock", w.will_be_encrypted),
            "signed" => badge("warn", "open", w.will_be_signed),
            _ => badge("bad", "alert", w.will_be_clear),
        },
        certificate: groups.collect::<Vec<String>>().join(" "),
        is_awaited: copy.awaited,
    }
}

/// The page with what was written, what would be sent, and what is wrong with it.
async fn view(
    app: &App,
    work: Work,
    mut writing: Writing,
    draft: Option<Draft>,
    no: Option<No>,
) -> Result<Response, Wrong> {
    let thread = thread(app, &work).await;
    if writing.once.parse::<Uuid>().is_err() {
        writing.once = Uuid::now_v7().to_string();
    }
    let answered = match &thread {
        Ok(thread) => answered(app, &work, thread, &writing).await?,
        Err(_) => None,
    };
    let (analyst, ticket) = (work.analyst, work.ticket);
    // The Subject, the reporter and the references stand on the page; and a message.
    let detail = answered.as_ref().map_or_else(
        || "reply".to_owned(),
        |answered| format!("reply messages={}", answered.number),
    );
    let noted = analyst.desk.note(ticket.id, "read", detail);
    noted.await.map_err(|error| analyst.fault(error))?;
    let (thread, no) = match thread {
        Ok(thread) => (thread, no),
        Err(fault) => (Thread::default(), Some(fault)),
    };
    let (refused, is_english) = match no {
        Some(no) => no.words(&analyst)?,
        None => (String::new(), false),
    };
    let serial = format!("{:06}", ticket.serial);
    let status = match refused.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::CONFLICT,
    };
    let page = ReplyView {
        f: Frame {
            here: format!("/t/{serial}/reply"),
            ..analyst.frame()
        },
        w: analyst.w,
        reference: analyst.desk.reference(ticket.serial),
        tlps: tlps(thread.marking, &writing.tlp),
        is_sealed: thread.sealed,
        foreign: shown::line(&thread.foreign.join(", "), 300),
        may_send_in_clear: analyst.may(Right::SendInClear),
        canned: canned_texts(app, &writing.canned),
        answered,
        serial,
        writing,
        draft,
        refused,
        is_english,
        ends: ends(app, &analyst),
    };
    Ok((status, render(&page)).into_response())
}

/// When the session ends if nothing is done.
fn ends(app: &App, analyst: &Analyst) -> shown::Moment {
    let ends = Timestamp::from_second(Timestamp::now().as_second() + analyst.who.left);
    shown::moment(&ends.unwrap_or_default().to_string(), &app.zone)
}

/// The markings that are at least as strict as the ticket's, and which is chosen.
fn tlps(least: Option<Tlp>, chosen: &str) -> Vec<(&'static str, bool)> {
    let fitting = Tlp::ALL.into_iter().filter(|tlp| Some(*tlp) >= least);
    let named = fitting.map(|tlp| (tlp.as_str(), tlp.as_str() == chosen));
    match least {
        Some(_) => named.collect(),
        None => std::iter::once(("", false)).chain(named).collect(),
    }
}

/// The letters of the ticket that are held.
pub(in crate::console) async fn held(
    analyst: &Analyst,
    ticket: &TicketRow,
) -> anyhow::Result<Vec<Held>> {
    let (store, own) = (&analyst.desk.store, analyst.desk.actor.as_str());
    let held = store.held_letters(ticket.id).await?;
    if held.is_empty() {
        return Ok(Vec::new());
    }
    let rows = store.audit_rows(&[ticket.id]).await?;
    let authors = reply::authors(&rows);
    let held = held.into_iter().map(|(letter, seconds)| {
        let by = authors.iter().find(|(written, _)| *written == letter);
        let by = by.map_or("", |(_, by)| *by);
        Held {
            letter: letter.to_string(),
            words: analyst.w.leaves_in(seconds.ceil()),
            may: analyst.may(Right::Act) && (by == own || analyst.may(Right::TakeBackOthers)),
            by: shown::line(if by == own { "" } else { by }, 64),
        }
    });
    Ok(held.collect())
}
