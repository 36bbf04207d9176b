//! Mail that was kept without a ticket, with the rule that caught it, and what could not be opened at all: looked at, made a ticket,
//! tried again.

use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::{finding, may_act};
use crate::audit::DEPLOYMENT;
use crate::cli::flags::Notes;
use crate::cli::links::Proofs;
use crate::cli::quarantine::{promote as promoted, retry as due_again};
use crate::cli::shown::Shown;
use crate::console::App;
use crate::console::access::Right;
use crate::console::found::Chosen;
use crate::console::guard::{Wrong, render};
use crate::console::message::{self, Message, Room};
use crate::console::session::{Analyst, Frame};
use crate::console::shown::{self, Moment};
use crate::console::told::{checked, told};
use crate::console::words::Words;
use crate::store::EntryRow;

/// Messages on a page of the list, the newest first.
const MOST: i64 = 200;
/// More than that are not counted.
const COUNTED: i64 = 10_001;

/// A line of the list.
struct Line {
    id: String,
    received: Moment,
    kind: &'static str,
    rule: String,
    evidence: String,
    from: String,
    subject: String,
    copies: i64,
    /// Sealed to analysts: it can't become a ticket.
    is_closed: bool,
}

#[derive(Template)]
#[template(path = "quarantine.html")]
struct ListView {
    f: Frame,
    w: &'static Words,
    lines: Vec<Line>,
    /// How many there are.
    count: String,
    /// The page begins with the newest.
    is_first: bool,
    /// The last of the page, when there are more.
    older: Option<Uuid>,
    /// Id and why.
    unreadable: Vec<(Uuid, String)>,
    may: bool,
    did: &'static str,
    refused: String,
    is_english: bool,
}

#[derive(Template)]
#[template(path = "quarantine_one.html")]
struct OneView {
    f: Frame,
    w: &'static Words,
    line: Line,
    m: Message,
    may: bool,
    may_take_out: bool,
    serial: String,
}

/// A form with nothing but its word.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Pressed {
    word: String,
}

/// What the query string says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Asked {
    /// What was just done, and that a page of ours says so.
    did: String,
    code: String,
    /// Only what came before this one.
    before: Option<Uuid>,
}

/// The list.
pub(in crate::console) async fn page(
    State(app): State<App>,
    analyst: Analyst,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    if !analyst.may(Right::Read) {
        return Err(Wrong::not_allowed(analyst.w));
    }
    let did = checked(&analyst, "/quarantine", &asked.did, &asked.code);
    list(&app, &analyst, (did, asked.before), (String::new(), false)).await
}

async fn list(
    app: &App,
    analyst: &Analyst,
    (did, before): (&str, Option<Uuid>),
    (refused, is_english): (String, bool),
) -> Result<Response, Wrong> {
    let (desk, w) = (&analyst.desk, analyst.w);
    // One more than the page shows tells that there are more.
    let entries = desk.store.suppressed_before(None, before, MOST + 1).await;
    let mut entries = entries.map_err(|fault| analyst.fault(fault))?;
    let is_more = usize::try_from(MOST).is_ok_and(|most| entries.len() > most);
    if is_more {
        entries.remove(0);
    }
    let count = desk.store.suppressed_count(COUNTED).await;
    let count = count.map_err(|fault| analyst.fault(fault))?;
    let unreadable = desk.store.unreadable(MOST).await;
    let unreadable = unreadable.map_err(|fault| analyst.fault(fault))?;
    let listed = format!("what=quarantine count={}", entries.len());
    let noted = desk.note(DEPLOYMENT, "listed", listed).await;
    noted.map_err(|error| analyst.fault(error))?;
    let lines = entries.iter().rev().map(|entry| line(analyst, app, entry));
    let why = |why: String| w.unopened(&why);
    Ok(render(&ListView {
        f: Frame {
            here: "/quarantine".to_owned(),
            ..analyst.frame()
        },
        w,
        lines: lines.collect(),
        count: match count {
            COUNTED.. => format!("{}+", COUNTED - 1),
            few => few.to_string(),
        },
        is_first: before.is_none(),
        older: entries.first().filter(|_| is_more).map(|last| last.id),
        unreadable: unreadable
            .into_iter()
            .map(|(id, text)| (id, why(text)))
            .collect(),
        may: analyst.may(Right::Act),
        did: w.did(did),
        refused,
        is_english,
    }))
}

fn line(analyst: &Analyst, app: &App, entry: &EntryRow) -> Line {
    let (desk, w) = (&analyst.desk, analyst.w);
    let (summary, is_closed) = (desk.summary(entry), desk.is_closed(entry));
    let subject = shown::line(&summary.subject, 160);
    Line {
        id: entry.id.to_string(),
        received: shown::moment(&summary.received_at, &app.zone),
        kind: w.kind(&entry.kind),
        rule: w.rule_name(&entry.rule),
        evidence: shown::line(&summary.evidence, 200),
        from: shown::line(&summary.from, 80),
        subject: match (is_closed, subject.is_empty()) {
            (true, _) => w.sealed_to_analysts.to_owned(),
            (false, true) => w.no_subject.to_owned(),
            (false, false) => subject,
        },
        copies: i64::from(entry.copies) - 1,
        is_closed,
    }
}

/// One of them, with its text.
pub(in crate::console) async fn one(
    State(app): State<App>,
    analyst: Analyst,
    Path(id): Path<String>,
) -> Result<Response, Wrong> {
    if !analyst.may(Right::Read) {
        return Err(Wrong::not_allowed(analyst.w));
    }
    let entry = find(&analyst, &id).await?;
    // What another team's keys sealed is not ours to see, nor its trail to write to.
    if !analyst.desk.is_closed(&entry) && analyst.desk.understood(&entry).is_err() {
        return Err(Wrong::nowhere(analyst.w));
    }
    let noted = analyst.desk.note(entry.case, "read", "text".to_owned());
    noted.await.map_err(|error| analyst.fault(error))?;
    let view = view(&app, &analyst, &entry).await;
    Ok(render(&view.map_err(|error| analyst.fault(error))?))
}

async fn view(app: &App, analyst: &Analyst, entry: &EntryRow) -> anyhow::Result<OneView> {
    let desk = &analyst.desk;
    let beside = Shown {
        tags: Vec::new(),
        mail: Vec::new(),
        alerts: Vec::new(),
        notes: Notes::of(desk, entry.case, std::slice::from_ref(entry)).await?,
        proofs: Proofs::of(desk, entry.case).await?,
        history: Vec::new(),
        links: Vec::new(),
    };
    Ok(OneView {
        f: analyst.frame(),
        w: analyst.w,
        line: line(analyst, app, entry),
        m: message::of(
            analyst,
            app,
            (1, entry),
            &beside,
            (Chosen::default(), Room::among(1)),
        )?,
        may: analyst.may(Right::Act),
        may_take_out: false,
        serial: String::new(),
    })
}

/// Opens a ticket for one.
pub(in crate::console) async fn promote(
    State(app): State<App>,
    analyst: Analyst,
    Path(id): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, Wrong> {
    may_act(&analyst, &pressed.word)?;
    let entry = find(&analyst, &id).await?;
    match promoted(&analyst.desk, entry.id).await {
        Ok(reference) => {
            let serial = analyst.desk.serial(&reference);
            let serial = serial.map_err(|error| analyst.fault(error))?;
            let place = told(&analyst, &format!("/t/{serial:06}"), "promoted");
            Ok(Redirect::to(&place).into_response())
        }
        Err(error) => {
            let refused = finding(analyst.w, error).words(&analyst)?;
            let page = list(&app, &analyst, ("", None), refused).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
    }
}

/// Makes what could not be opened due again.
pub(in crate::console) async fn retry(
    analyst: Analyst,
    Path(id): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Result<Response, Wrong> {
    may_act(&analyst, &pressed.word)?;
    let nowhere = || Wrong::nowhere(analyst.w);
    let id: Uuid = id.parse().map_err(|_| nowhere())?;
    let due = due_again(&analyst.desk, Some(id)).await;
    if due.map_err(|error| analyst.fault(error))? == 0 {
        return Err(nowhere());
    }
    let place = told(&analyst, "/quarantine", "retried");
    Ok(Redirect::to(&place).into_response())
}

async fn find(analyst: &Analyst, id: &str) -> Result<EntryRow, Wrong> {
    let nowhere = || Wrong::nowhere(analyst.w);
    let id: Uuid = id.parse().map_err(|_| nowhere())?;
    let found = analyst.desk.store.suppressed(Some(id), 1).await;
    let mut found = found.map_err(|fault| analyst.fault(fault))?;
    found.pop().ok_or_else(nowhere)
}
