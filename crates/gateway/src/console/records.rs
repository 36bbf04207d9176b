//! What was done with a ticket and what was sent: the newest on its page, more on a page of their own.

use jiff::Timestamp;

use super::App;
use super::found;
use super::shown::{self, Moment};
use super::words::Words;
use crate::cli::shown::Shown;
use crate::corrections::Corrected;
use crate::store::AuditRow;
use crate::tags::Tagged;
use crate::ticket::History;

/// Of the trail, of mail and of what was done: the newest of each on the page of a ticket, and on that of its records.
const BRIEF: usize = 30;
const MOST: usize = 300;

/// Something that was done.
pub(super) struct Done {
    pub(super) at: Moment,
    pub(super) by: String,
    pub(super) what: String,
    pub(super) why: String,
    /// A note, which may have lines.
    pub(super) is_note: bool,
}

/// What is shown of it.
#[derive(Default)]
pub(super) struct Records {
    /// Mail of ours, and where it is.
    pub(super) sent: Vec<String>,
    pub(super) history: Vec<Done>,
    pub(super) trail: Vec<Done>,
    /// There is more than that, on the page of records.
    pub(super) is_cut: bool,
}

impl Records {
    /// The newest, the oldest of them first.
    pub(super) fn of(
        shown: &Shown,
        trail: &[AuditRow],
        app: &App,
        w: &Words,
        many: bool,
    ) -> Records {
        let most = if many { MOST } else { BRIEF };
        let lengths = [shown.mail.len(), shown.history.len(), trail.len()];
        Records {
            sent: sent(shown, app, w, most),
            history: history(shown, app, w, most),
            trail: newest(trail, most).map(|row| line(row, app, w)).collect(),
            is_cut: !many && lengths.iter().any(|length| *length > most),
        }
    }
}

fn newest<T>(all: &[T], most: usize) -> impl Iterator<Item = &T> {
    all.iter().skip(all.len().saturating_sub(most))
}

fn sent(shown: &Shown, app: &App, w: &Words, most: usize) -> Vec<String> {
    let sent = newest(&shown.mail, most).map(|mail| {
        let ended = mail.ended.as_deref();
        let ended = ended.map(|at| shown::moment(at, &app.zone).people);
        format!(
            "{}{} {} {} {}",
            w.purpose(&mail.purpose),
            w.colon(),
            w.mail_state(&mail.state),
            mail.status,
            ended.unwrap_or_default()
        )
    });
    sent.collect()
}

fn history(shown: &Shown, app: &App, w: &Words, most: usize) -> Vec<Done> {
    let done = newest(&shown.history, most).map(|(action, one)| Done {
        at: shown::moment(&one.at, &app.zone),
        by: shown::line(&one.by, 64),
        what: match action.as_str() {
            "noted" => w.note_head.to_owned(),
            "linked" | "unlinked" | "corrected" | "tagged" | "untagged" | "marked" => {
                w.did(action).to_owned()
            }
            "retried" => w.opened_again.to_owned(),
            "undone" => format!("{} ({})", w.state(&one.state), w.undone),
            "claim-refused" => w.claim_refused.to_owned(),
            "claim-open" => w.claim_open.to_owned(),
            _ => w.state(&one.state).to_owned(),
        },
        why: match (action.as_str(), &one.correction) {
            ("retried", _) => w.with_key(&one.reason),
            ("tagged" | "untagged", _) => {
                let tags = one.tags.as_ref().map(Tagged::told);
                shown::line(&tags.unwrap_or_default(), 1_000)
            }
            ("marked", _) => {
                let said = w.marked(one.marking.as_ref());
                shown::text(format!("{said} {}", one.reason).trim_end())
            }
            ("linked" | "unlinked", _) => linked(one, app, w),
            (_, Some(said)) => spoken(said, &one.reason, w),
            (_, None) => shown::text(&one.reason),
        },
        is_note: action == "noted",
    });
    done.collect()
}

/// How the ticket stands to which.
fn linked(one: &History, app: &App, w: &Words) -> String {
    let links = one.links.iter();
    let links = links.map(|(kind, other)| {
        let other = app.desk.reference(*other);
        format!("{} {other}", w.linked(*kind))
    });
    links.collect::<Vec<_>>().join(", ")
}

/// What was said of a value, and why.
fn spoken(said: &Corrected, reason: &str, w: &Words) -> String {
    let one = &said.correction;
    let value = found::text_of(one.kind, &one.value);
    let colon = w.colon();
    let more = if reason.is_empty() { "" } else { colon };
    format!(
        "{value}{colon} {}{more} {}",
        w.says(one.says),
        shown::line(reason, 400)
    )
}

/// A line of the audit trail; its details are words of ours, as they are stored.
fn line(row: &AuditRow, app: &App, w: &Words) -> Done {
    let at = Timestamp::from_second(row.at).map(|at| at.to_string());
    Done {
        at: shown::moment(&at.unwrap_or_default(), &app.zone),
        by: shown::line(&row.actor, 64),
        what: w.action(&row.action).to_owned(),
        why: shown::line(&row.detail, 400),
        is_note: false,
    }
}
