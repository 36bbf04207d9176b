//! `ticket status`, `ticket close` and `ticket reopen`.

use std::io::Write;

use clap::Args;
use serde_json::{Value, json};

use super::Finding;
use super::desk::Desk;
use crate::audit::actor;
use crate::corrections;
use crate::screen;
use crate::store::TicketRow;
use crate::ticket::{self, History, Step, TicketFault};
use crate::worker::hour;

/// Octets of a reason.
pub(crate) const MOST: usize = 2_000;

/// Which ticket to close, and why.
#[derive(Args)]
pub(super) struct Close {
    /// References or numbers
    #[arg(required = true)]
    pub(super) references: Vec<String>,
    /// Why, in your words: sealed with the ticket
    #[arg(long, value_name = "TEXT", default_value = "", value_parser = reason)]
    reason: String,
    /// It is no incident, or none of ours: rejected, not resolved; says why
    #[arg(long, requires = "reason")]
    rejected: bool,
}

/// Which ticket, and how it stands.
#[derive(Args)]
pub(super) struct Status {
    /// References or numbers
    #[arg(required = true)]
    pub(super) references: Vec<String>,
    /// How it stands
    state: State,
    /// Why, in your words: sealed with the ticket
    #[arg(long, value_name = "TEXT", default_value = "", value_parser = reason)]
    reason: String,
    /// With `waiting`: the last day on which the other side is to answer; then the ticket is overdue
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Option<jiff::civil::Date>,
}

/// What a ticket that is not closed can be told to be.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum State {
    /// You have it in hand: it is not overdue any more
    Open,
    /// Somebody else is to answer; his answer opens it again
    Waiting,
}

/// Which ticket to reopen, and why.
#[derive(Args)]
pub(super) struct Reopen {
    /// References or numbers
    #[arg(required = true)]
    pub(super) references: Vec<String>,
    /// Why, in your words: sealed with the ticket
    #[arg(long, value_name = "TEXT", default_value = "", value_parser = reason)]
    reason: String,
}

fn reason(text: &str) -> Result<String, &'static str> {
    match text.len() <= MOST {
        true => Ok(text.trim().to_owned()),
        false => Err("at most 2000 octets"),
    }
}

pub(super) async fn close(
    desk: &Desk,
    (one, options): (&str, &Close),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let step = match options.rejected {
        true => Step::Reject,
        false => Step::Resolve,
    };
    change(desk, one, step, &options.reason, out).await
}

pub(super) async fn status(
    desk: &Desk,
    zone: &str,
    (one, options): (&str, &Status),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let step = match (options.state, options.until) {
        (State::Open, None) => Step::Take,
        (State::Open, Some(_)) => return Err(Finding("--until goes with waiting".into()).into()),
        (State::Waiting, day) => Step::Wait(day.map(|day| end_of(day, zone)).transpose()?),
    };
    change(desk, one, step, &options.reason, out).await
}

/// Midnight after a day, where the team is: a full hour, as all times in clear are (`threats.md` B5).
pub(crate) fn end_of(day: jiff::civil::Date, zone: &str) -> anyhow::Result<jiff::Timestamp> {
    let end = day.tomorrow()?.in_tz(zone)?.timestamp();
    match end > jiff::Timestamp::now() {
        true => Ok(hour(end)),
        false => Err(Finding(format!("{day} is over")).into()),
    }
}

pub(super) async fn reopen(
    desk: &Desk,
    (one, options): (&str, &Reopen),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    change(desk, one, Step::Reopen, &options.reason, out).await
}

async fn change(
    desk: &Desk,
    reference: &str,
    step: Step,
    reason: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let serial = desk.serial(reference)?;
    let reference = desk.reference(serial);
    let rows = desk.store.tickets(&desk.team, &[serial], &[]).await?;
    let Some(row) = rows.first() else {
        return Err(super::erase::missing(desk, serial).await?.into());
    };
    let by = (actor(), reason);
    let by = (by.0.as_str(), by.1);
    match ticket::change(&desk.store, &desk.ring, &desk.team, row.id, step, by).await {
        Err(TicketFault::Already(state)) => {
            Err(Finding(format!("{reference} is {state} already")).into())
        }
        // Exit codes go by what the store says.
        Err(TicketFault::Store(fault)) => Err(fault.into()),
        done => {
            done?;
            writeln!(out, "{reference} is {}", step.state())?;
            Ok(())
        }
    }
}

/// What was done with a ticket.
pub(super) async fn history(
    desk: &Desk,
    row: &TicketRow,
) -> anyhow::Result<Vec<(String, History)>> {
    let history = ticket::history(&desk.store, &desk.ring, &desk.team, row.id, &row.wrapped);
    Ok(history.await?)
}

/// As JSON, the oldest first.
pub(super) fn history_json(desk: &Desk, history: &[(String, History)]) -> Value {
    history
        .iter()
        .map(|(action, one)| {
            let reason = (!one.reason.is_empty()).then_some(&one.reason);
            let links = one.links.iter();
            let links = links.map(|(kind, other)| json!({"kind": kind.name(), "ticket": desk.reference(*other)}));
            json!({"action": action, "state": one.state, "by": one.by, "at": one.at, "reason": reason,
                "links": links.collect::<Vec<_>>(),
                "correction": one.correction.as_ref().map(corrections::json),
                "marking": one.marking.as_ref().map(|said| json!({"tlp": said.tlp, "was": said.was})),
                "tags": one.tags.as_ref().map(|tags| json!({"added": tags.added, "removed": tags.removed}))})
        })
        .collect()
}

/// For people: `closed as resolved by kim at 2026-11-22T08:00:00Z: false alarm`.
pub(super) fn history_text(desk: &Desk, action: &str, one: &History) -> String {
    let by = screen::one_line(&one.by, 64);
    if !one.links.is_empty() {
        let links = one.links.iter();
        let links =
            links.map(|(kind, other)| format!("{} {}", kind.words(), desk.reference(*other)));
        let links: Vec<String> = links.collect();
        return format!("{action}, {}, by {by} at {}", links.join(", "), one.at);
    }
    if let Some(correction) = &one.correction {
        let said = corrections::line(correction);
        return format!("corrected, {said}, by {by} at {}", one.at);
    }
    if let Some(tags) = &one.tags {
        return format!("{action}, {}, by {by} at {}", tags.told(), one.at);
    }
    if let Some(said) = &one.marking {
        let word = |tlp: &str| match tlp {
            "" => "as its messages say".to_owned(),
            tlp => format!("TLP:{tlp}"),
        };
        let (tlp, was) = (word(&said.tlp), word(&said.was));
        let reason = screen::one_line(&one.reason, 200);
        let colon = if reason.is_empty() { "" } else { ": " };
        return format!(
            "marked {tlp} (was {was}), by {by} at {}{colon}{reason}",
            one.at
        );
    }
    if action == "noted" {
        let lines: Vec<String> = one
            .reason
            .lines()
            .map(|line| format!("    | {}", screen::printable(line)))
            .collect();
        return format!("note by {by} at {}\n{}", one.at, lines.join("\n"));
    }
    let reason = screen::one_line(&one.reason, 200);
    if let "claim-refused" | "claim-open" = action {
        let words = match action {
            "claim-refused" => "does not belong to",
            _ => "may belong to",
        };
        return format!("{words} {reason}, said by {by} at {}", one.at);
    }
    if action == "retried" {
        let (number, key) = reason.split_once(' ').unwrap_or((&reason, ""));
        return format!(
            "message {number} opened with the key {key}, by {by} at {}",
            one.at
        );
    }
    let colon = if reason.is_empty() { "" } else { ": " };
    format!(
        "{action}, {} since, by {by} at {}{colon}{reason}",
        one.state, one.at
    )
}
