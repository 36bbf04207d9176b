//! What stands beside a ticket's messages: whom to call, which other tickets have its values, what is awaited, its marking.

use extract::Tlp;
use jiff::Timestamp;

use super::App;
use super::concerned::Concerned;
use super::session::Analyst;
use super::shown::{self, Clock};
use super::words::Words;
use crate::cli::called::{Call, Calling};
use crate::cli::desk::Desk;
use crate::cli::reply::{Awaited, elsewhere};
use crate::cli::seen::Seen;
use crate::marking;
use crate::search::before::MANY;
use crate::store::{EntryRow, TicketRow};
use crate::ticket::History;

/// Values that are named, of those that other tickets have, too.
const MOST_SEEN: usize = 12;

/// A value that other tickets have, too.
pub(super) struct Known {
    pub(super) value: String,
    /// In how many other tickets.
    pub(super) tickets: String,
    /// The newest of them.
    pub(super) last: Option<Other>,
}

/// Another ticket.
pub(super) struct Other {
    pub(super) serial: String,
    pub(super) reference: String,
}

/// An answer that one of our letters expects, or expected.
pub(super) struct Answer {
    pub(super) from: String,
    /// How it ended; empty while it is awaited.
    pub(super) ended: &'static str,
    /// Our letter was refused with this status; empty when it was not.
    pub(super) failed: String,
    pub(super) until: Option<Clock>,
}

/// Whom to call.
pub(super) struct Calls {
    pub(super) line: String,
    /// The organisation's page.
    pub(super) href: Option<String>,
}

/// Messages of a ticket that all tell whom to call; of a longer one those do that the page shows.
const MOST_CALLED: usize = 50;

/// What stands beside the messages.
pub(super) struct Beside {
    /// The strictest marking of its messages; empty for none.
    pub(super) tlp: String,
    /// One line an organisation: numbers, and why.
    pub(super) calls: Vec<Calls>,
    /// Whose problem it is.
    pub(super) concerned: Concerned,
    pub(super) seen: Vec<Known>,
    /// Values that are not named.
    pub(super) more: usize,
    pub(super) awaited: Vec<Answer>,
    /// It came with a certificate over which nobody has decided yet.
    pub(super) has_conflict: bool,
}

impl Beside {
    /// Of a ticket with these messages and this history, as of now.
    pub(super) async fn of(
        app: &App,
        analyst: &Analyst,
        ticket: &TicketRow,
        (entries, history): (&[EntryRow], &[(String, History)]),
    ) -> anyhow::Result<Beside> {
        let mut desk = analyst.desk.clone();
        let register = app.contacts.seen().await?;
        desk.directory = register.directory;
        desk.constituency = register.constituency;
        let calling = Calling::new(&desk, &app.settings)?.speaking(analyst.w.calls());
        // The page has the readings of the messages that it shows.
        let call = match entries.len() {
            ..=MOST_CALLED => calling.of(&desk, &desk.store.entries(ticket.id).await?, history),
            _ => calling.of(&desk, entries, history),
        };
        let marked = marking::of_ticket(&desk.acting(""), ticket.id, entries).await?;
        let (seen, more) = seen(&desk, ticket, analyst.w).await?;
        Ok(Beside {
            tlp: marked.known().map_or("", Tlp::as_str).to_owned(),
            concerned: Concerned::shown(&desk, &call.concerns, analyst.w),
            calls: calls(&desk, &call),
            seen,
            more,
            awaited: awaited(app, analyst, ticket, entries).await?,
            has_conflict: has_conflict(&desk, ticket).await?,
        })
    }
}

/// Each line with the organisation's page.
fn calls(desk: &Desk, call: &Call) -> Vec<Calls> {
    let ids = call.names.iter().map(|name| desk.directory.id_of(name));
    let lines = call.lines.iter().zip(ids);
    let calls = lines.map(|(line, id)| Calls {
        line: shown::text(line),
        href: id.map(|id| format!("/contacts/{id}")),
    });
    calls.collect()
}

async fn has_conflict(desk: &Desk, ticket: &TicketRow) -> anyhow::Result<bool> {
    let flags = desk.store.flags(ticket.id).await?.into_iter();
    let flagged = flags.filter(|flag| flag.flag == "key-conflict");
    let certificates: Vec<_> = flagged.map(|flag| flag.other).collect();
    if certificates.is_empty() {
        return Ok(false);
    }
    let bindings = desk.store.bindings(Some(&certificates), Some(&[])).await?;
    Ok(bindings.iter().any(|binding| binding.state == "conflict"))
}

async fn seen(desk: &Desk, ticket: &TicketRow, w: &Words) -> anyhow::Result<(Vec<Known>, usize)> {
    let seen = Seen::of(desk, ticket.id).await?;
    let before = seen.before.as_deref().unwrap_or_default();
    let known = before.iter().take(MOST_SEEN).map(|one| {
        let last = one.tickets.first().and_then(|id| seen.serials.get(id));
        let plus = if one.tickets.len() >= MANY { "+" } else { "" };
        Known {
            value: match one.value.parse::<std::net::IpAddr>() {
                Ok(address) => address.to_string(),
                Err(_) => shown::defanged(&one.value),
            },
            tickets: w.in_others(one.tickets.len(), plus),
            last: last.map(|serial| Other {
                serial: format!("{serial:06}"),
                reference: desk.reference(*serial),
            }),
        }
    });
    Ok((known.collect(), before.len().saturating_sub(MOST_SEEN)))
}

async fn awaited(
    app: &App,
    analyst: &Analyst,
    ticket: &TicketRow,
    entries: &[EntryRow],
) -> anyhow::Result<Vec<Answer>> {
    let w = analyst.w;
    let rows = Awaited::of(&analyst.desk, ticket.id, entries).await?.0;
    let answer = |(from, row): &(String, crate::store::AwaitedRow)| {
        let now = (Timestamp::now(), &app.zone);
        let runs = row.ended.is_empty();
        Answer {
            from: shown::line(from, 100) + &elsewhere(&analyst.desk, ticket.id, row),
            ended: w.ended(&row.ended),
            failed: shown::line(&row.failed, 60),
            until: shown::clock("waiting", Some(&row.until), now, w).filter(|_| runs),
        }
    };
    Ok(rows.iter().map(answer).collect())
}
