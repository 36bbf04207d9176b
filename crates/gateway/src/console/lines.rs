//! Lines of the queue.

use std::net::IpAddr;

use jiff::Timestamp;

use super::App;
use super::concerned::Concerned;
use super::session::Analyst;
use super::shown::{self, Badge, Clock};
use super::{ticket, told};
use crate::cli::seen::Known;
use crate::protection::Protected;
use crate::sealing::Summary;
use crate::store::QueueRow;

/// Values of a ticket that others have, too, as the queue names them.
const SHARED: usize = 3;

/// A line of the table.
pub(super) struct Line {
    pub(super) serial: String,
    /// How the ticket stands, for the form: see [`told::version`].
    pub(super) version: String,
    pub(super) reference: String,
    pub(super) tlp: String,
    pub(super) badges: Vec<Badge>,
    pub(super) subject: String,
    pub(super) gist: String,
    pub(super) from: String,
    /// The organisation of the sender, by the register of contacts; may be empty.
    pub(super) contact: String,
    /// Its page.
    pub(super) contact_href: Option<String>,
    /// Whose problem it is.
    pub(super) concerned: Concerned,
    pub(super) kind: &'static str,
    pub(super) state: &'static str,
    pub(super) state_class: String,
    /// Marks in words.
    pub(super) marks: Vec<Badge>,
    pub(super) owner: String,
    pub(super) is_mine: bool,
    pub(super) note: Option<String>,
    /// How many other tickets have one of its values; empty for none.
    pub(super) seen: String,
    pub(super) shared: String,
    /// Words of the team, each with the query that finds them.
    pub(super) tags: Vec<(String, String)>,
    pub(super) received: shown::Moment,
    pub(super) age: String,
    pub(super) clock: Option<Clock>,
    pub(super) copies: i64,
    /// How many messages, attachments, values, each where there is more to say than that it is one report.
    pub(super) counts: Vec<(&'static str, usize)>,
    /// When mail came last, and when a letter was written last, in a ticket of several messages.
    pub(super) last_in: Option<Last>,
    pub(super) last_out: Option<Last>,
    /// Whether the sender's domain stands behind the first message; empty where that is not known.
    pub(super) trust: &'static str,
}

/// A time, and how long ago it is.
pub(super) struct Last {
    pub(super) at: shown::Moment,
    pub(super) ago: String,
}

impl Last {
    fn of(at: Timestamp, now: Timestamp, app: &App, w: &super::words::Words) -> Last {
        Last {
            ago: shown::span(now.as_second() - at.as_second(), w),
            at: shown::moment(&at.to_string(), &app.zone),
        }
    }
}

/// A ticket as a line.
pub(super) fn line(
    (row, known): (&QueueRow, &Known),
    analyst: &Analyst,
    app: &App,
    now: Timestamp,
) -> Line {
    let (desk, w) = (&analyst.desk, analyst.w);
    let summary = desk.summary(&row.first);
    let received: Option<Timestamp> = summary.received_at.parse().ok();
    let age = received.map(|at| shown::span(now.as_second() - at.as_second(), w));
    let subject = shown::line(&summary.subject, 160);
    let closed = desk.is_closed(&row.first);
    let other = (row.claims > 0).then(|| desk.reference(row.claims));
    let clock = shown::clock(&row.state, row.due.as_deref(), (now, &app.zone), w);
    let shared = known.shared.iter().take(SHARED);
    let shared: Vec<String> = shared.map(|value| shared_value(value)).collect();
    let last = |at: Option<Timestamp>| at.map(|at| Last::of(at, now, app, w));
    let contacts = desk.directory.of_address(&summary.from);
    Line {
        serial: format!("{:06}", row.serial),
        version: told::version(analyst, row),
        reference: desk.reference(row.serial),
        tlp: known.tlp.to_owned(),
        badges: shown::badges(Protected::listed(row, &summary), w),
        subject: match (closed, subject.is_empty()) {
            (true, _) => w.sealed_to_analysts.to_owned(),
            (false, true) => w.no_subject.to_owned(),
            (false, false) => subject,
        },
        gist: match closed {
            true => String::new(),
            false => shown::line(&w.gist(&summary.gist), 160),
        },
        from: shown::line(&summary.from, 80),
        contact_href: contacts
            .first()
            .and_then(|owner| desk.directory.id(owner.organisation))
            .map(|id| format!("/contacts/{id}")),
        concerned: Concerned::listed(desk, &known.concerns, w),
        contact: contacts.first().map_or_else(String::new, |owner| {
            shown::line(&owner.organisation.name, 60)
        }),
        kind: w.kind(&row.first.kind),
        state: w.state(&row.state),
        state_class: row.state.clone(),
        marks: marks(row, clock.as_ref(), w),
        is_mine: crate::audit::is_same(&row.owner, &desk.actor),
        owner: shown::line(&row.owner, 64),
        note: other.map(|other| format!("{} {other}", w.link(&row.link))),
        seen: known.seen_word(),
        shared: shared.join(", "),
        tags: ticket::tags(analyst, &known.tags),
        received: shown::moment(&summary.received_at, &app.zone),
        age: age.unwrap_or_default(),
        clock,
        copies: row.copies,
        counts: counts(row, known, &summary, w),
        last_in: last(known.last.0),
        last_out: last(known.last.1),
        trust: summary
            .glance
            .map_or("", |glance| w.trust(glance.is_proved)),
    }
}

/// What there is in it.
fn counts(
    row: &QueueRow,
    known: &Known,
    summary: &Summary,
    w: &'static super::words::Words,
) -> Vec<(&'static str, usize)> {
    let attachments = summary.glance.map_or(0, |glance| glance.attachments);
    let messages = match (row.messages, row.copies) {
        (..=1, ..=0) => 0,
        (several, _) => usize::try_from(several).unwrap_or(0),
    };
    let all = [
        (w.messages, messages),
        (w.attached(), usize::try_from(attachments).unwrap_or(0)),
        (w.values_found(), known.values),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

/// Names can be clicked where they are passed on to; addresses can't.
fn shared_value(value: &str) -> String {
    match value.parse::<IpAddr>() {
        Ok(address) => address.to_string(),
        Err(_) => shown::defanged(value),
    }
}

/// What the clock doesn't say: that an answer of somebody else is waited for, or didn't come in time.
fn marks(row: &QueueRow, clock: Option<&Clock>, w: &'static super::words::Words) -> Vec<Badge> {
    let badge = |class, icon, text| Badge { class, icon, text };
    let is_told = clock.is_some_and(|clock| clock.late);
    let late = (row.overdue && !is_told).then(|| badge("bad", "alert", w.overdue));
    let awaited = row
        .awaited
        .then(|| badge("plain", "question", w.mark_awaited));
    late.into_iter().chain(awaited).collect()
}
