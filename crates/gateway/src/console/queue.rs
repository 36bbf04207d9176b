//! The queue.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::App;
use super::access::Right;
use super::accounts::url;
use super::guard::{Wrong, render};
use super::session::{Analyst, Frame};
use super::shown::{self, Badge, Clock};
use super::words::Words;
use crate::audit::DEPLOYMENT;
use crate::store::{QueueOrder, QueuePage, QueuePlace, QueueRow};

/// Tickets on a page.
const PAGE: i64 = 50;

/// What the query string says; what it doesn't know changes nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    state: String,
    protection: String,
    mark: String,
    order: String,
    due: String,
    after: Option<Uuid>,
}

/// A choice of a filter.
struct Choice {
    value: &'static str,
    text: &'static str,
    chosen: bool,
}

/// A line of the table.
struct Line {
    serial: String,
    reference: String,
    tlp: String,
    badges: Vec<Badge>,
    subject: String,
    gist: String,
    from: String,
    kind: &'static str,
    state: &'static str,
    state_class: String,
    note: Option<String>,
    received: shown::Moment,
    age: String,
    clock: Option<Clock>,
    messages: i64,
    copies: i64,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueueView {
    f: Frame,
    w: &'static Words,
    states: Vec<Choice>,
    protections: Vec<Choice>,
    marks: Vec<Choice>,
    orders: Vec<Choice>,
    lines: Vec<Line>,
    more: Option<String>,
    first: Option<String>,
}

impl QueueView {
    /// Name, label and choices of each filter.
    fn filters(&self) -> [(&'static str, &'static str, &[Choice]); 4] {
        let w = self.w;
        [
            ("state", w.state, &self.states),
            ("protection", w.protection, &self.protections),
            ("mark", w.mark, &self.marks),
            ("order", w.order, &self.orders),
        ]
    }
}

/// The team's queue.
pub(super) async fn home(analyst: Analyst) -> Redirect {
    Redirect::to(&format!("/q/{}", url(&analyst.desk.team)))
}

/// A page of it.
pub(super) async fn page(
    State(app): State<App>,
    analyst: Analyst,
    Path(team): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    let (desk, w) = (&analyst.desk, analyst.w);
    if team != desk.team || !analyst.may(Right::Read) {
        return Err(Wrong::nowhere(w));
    }
    let wanted = asked.page();
    let rows = desk.store.queue_page(&desk.team, &wanted).await;
    let mut rows = rows.map_err(|fault| analyst.fault(fault))?;
    let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
    let has_more = rows.len() > shown;
    rows.truncate(shown);
    let detail = format!("what=tickets count={}", rows.len());
    let noted = desk.note(DEPLOYMENT, "listed", detail).await;
    noted.map_err(|error| analyst.fault(error))?;
    let now = Timestamp::now();
    let base = format!("/q/{}", url(&desk.team));
    let last = rows.last().filter(|_| has_more);
    let view = QueueView {
        f: analyst.frame(),
        w,
        states: choices(&asked.state, &w.states()),
        protections: choices(&asked.protection, &w.protections()),
        marks: choices(&asked.mark, &w.marks()),
        orders: choices(&asked.order, &[("", w.most_urgent), ("newest", w.newest)]),
        more: last.map(|last| format!("{base}?{}", asked.query(Some(last)))),
        first: asked.after.map(|_| format!("{base}?{}", asked.query(None))),
        lines: rows
            .iter()
            .map(|row| line(row, &analyst, &app, now))
            .collect(),
    };
    Ok(render(&view))
}

fn choices(asked: &str, all: &[(&'static str, &'static str)]) -> Vec<Choice> {
    let choice = |&(value, text)| Choice {
        value,
        text,
        chosen: asked == value,
    };
    all.iter().map(choice).collect()
}

impl Asked {
    fn page(&self) -> QueuePage {
        let states: &[&'static str] = match self.state.as_str() {
            "new" => &["new"],
            "open" => &["open"],
            "waiting" => &["waiting"],
            "closed" => &["resolved", "rejected"],
            "all" => &["new", "open", "waiting", "resolved", "rejected"],
            _ => &["new", "open", "waiting"],
        };
        let has_closed = matches!(self.state.as_str(), "closed" | "all");
        let signatures: &[&'static str] = match self.protection.as_str() {
            "signed" => &["good", "good_unknown_key"],
            "verified" => &["good"],
            "bad" => &["bad", "malformed", "expired_key", "revoked_key"],
            "unsigned" => &["none"],
            _ => &[],
        };
        // Closed tickets have no clock that could be urgent.
        let order = match self.order.as_str() {
            "newest" => QueueOrder::Newest,
            _ if has_closed => QueueOrder::Newest,
            _ => QueueOrder::Urgent,
        };
        // Checked here, since the database would refuse what is no time.
        let due = self.due.parse::<Timestamp>().ok();
        QueuePage {
            order,
            states: states.to_vec(),
            needs_human: self.mark == "human",
            overdue: self.mark == "overdue",
            encrypted: match self.protection.as_str() {
                "encrypted" => Some(true),
                "clear" => Some(false),
                _ => None,
            },
            signatures: signatures.to_vec(),
            after: self.after.map(|id| QueuePlace {
                due: due.map(|due| due.to_string()),
                id,
            }),
            limit: PAGE + 1,
        }
    }

    /// The same filters, from this ticket on.
    fn query(&self, after: Option<&QueueRow>) -> String {
        let mut pairs = vec![
            ("state", self.state.clone()),
            ("protection", self.protection.clone()),
            ("mark", self.mark.clone()),
            ("order", self.order.clone()),
        ];
        if let Some(row) = after {
            pairs.push(("due", row.answer_due.clone().unwrap_or_default()));
            pairs.push(("after", row.id.to_string()));
        }
        pairs.retain(|(_, value)| !value.is_empty());
        let pairs = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", url(value)));
        pairs.collect::<Vec<_>>().join("&")
    }
}

fn line(row: &QueueRow, analyst: &Analyst, app: &App, now: Timestamp) -> Line {
    let (desk, w) = (&analyst.desk, analyst.w);
    let summary = desk.summary(&row.first);
    let received: Option<Timestamp> = summary.received_at.parse().ok();
    let age = received.map(|at| shown::span(now.as_second() - at.as_second(), w));
    let subject = shown::line(&summary.subject, 160);
    let closed = desk.is_closed(&row.first);
    let other = (row.claims > 0).then(|| desk.reference(row.claims));
    Line {
        serial: format!("{:06}", row.serial),
        reference: desk.reference(row.serial),
        tlp: shown::line(&summary.tlp, 20),
        badges: shown::badges(&row.first, &row.needs_human, w),
        subject: match (closed, subject.is_empty()) {
            (true, _) => w.sealed_to_analysts.to_owned(),
            (false, true) => w.no_subject.to_owned(),
            (false, false) => subject,
        },
        gist: if closed {
            String::new()
        } else {
            shown::line(&summary.gist, 160)
        },
        from: shown::line(&summary.from, 80),
        kind: w.kind(&row.first.kind),
        state: w.state(&row.state),
        state_class: row.state.clone(),
        note: other.map(|other| format!("{} {other}", w.link(&row.link))),
        received: shown::moment(&summary.received_at, &app.zone),
        age: age.unwrap_or_default(),
        clock: shown::clock(&row.state, row.answer_due.as_deref(), (now, &app.zone), w),
        messages: row.messages,
        copies: row.copies,
    }
}
