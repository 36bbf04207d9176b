//! `audit export`: what everybody did and read, in the order of time. The API and the console's page read through the same functions.

use std::fmt;
use std::io::Write;
use std::str::FromStr;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Finding;
use super::desk::Desk;
use super::queue::tell;
use crate::actions::owner;
use crate::audit::{self, DEPLOYMENT};
use crate::config::Settings;
use crate::screen;
use crate::store::{TrailFilter, TrailPlace, TrailRow};

/// Lines that are asked for at a time.
const PAGE: i64 = 1_000;

/// What to do with the audit trail.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Write the audit trail down, the oldest line first: tickets, sign-ins, searches, lists, keys, accounts
    #[command(
        after_help = "Examples:\n  pillarbox audit export --json > audit.jsonl\n  pillarbox audit export --since 2026-11-01 --by kim\n  \
        pillarbox audit export --since 2026-11-23T00:00:00Z --json    (lines are named by chain and number)\n\
        Each line is compared with the one before it. Exit code 1 when one is not as it was written; `pillarbox verify` also sees\n\
        what was cut off. That it was exported stands in the trail, too."
    )]
    Export(Export),
}

/// Which lines, and how.
#[derive(Args)]
pub(super) struct Export {
    /// Not before: a day of the team's time zone, or a time (RFC 3339)
    #[arg(long, value_name = "TIME")]
    since: Option<Moment>,
    /// Before
    #[arg(long, value_name = "TIME")]
    until: Option<Moment>,
    /// What this analyst or program did, also as others write the name: `kim` for `kim (console)`
    #[arg(long, value_name = "NAME", value_parser = owner::name)]
    by: Option<String>,
    /// What was done with this ticket, by reference or number
    #[arg(long, value_name = "TICKET")]
    ticket: Option<String>,
    /// As JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// A day or a time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Moment {
    Day(Date),
    Time(Timestamp),
}

impl FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Moment, &'static str> {
        let time = text.parse().map(Moment::Time);
        // A time without a zone would be taken for its day.
        let day = || {
            let day = Some(text).filter(|text| text.len() == 10)?;
            day.parse().ok().map(Moment::Day)
        };
        let moment = time.ok().or_else(day);
        moment.ok_or("write 2026-11-23, or 2026-11-23T08:00:00Z")
    }
}

impl Moment {
    /// Seconds since 1970; of a day its beginning.
    pub(crate) fn second(self, zone: &TimeZone) -> anyhow::Result<i64> {
        Ok(match self {
            Moment::Day(day) => day.to_zoned(zone.clone())?.timestamp().as_second(),
            Moment::Time(time) => time.as_second(),
        })
    }
}

/// Where a list goes on, as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor(pub(crate) TrailPlace);

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TrailPlace { at, case, number } = self.0;
        write!(f, "{at}.{}.{number}", case.simple())
    }
}

impl FromStr for Cursor {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Cursor, &'static str> {
        let mut parts = text.splitn(3, '.');
        let mut next = || parts.next().unwrap_or("");
        let place = (next().parse(), Uuid::try_parse(next()), next().parse());
        let cursor = match place {
            // Beyond that the database knows no time.
            (Ok(at @ 0..=253_402_300_799), Ok(case), Ok(number)) => {
                Some(Cursor(TrailPlace { at, case, number }))
            }
            (_, _, _) => None,
        };
        let written = cursor.filter(|cursor| cursor.to_string() == text);
        written.ok_or("this is no cursor of ours")
    }
}

/// The names under which somebody's lines stand: as it is, in the console, and at the API.
pub(crate) fn names(name: &str) -> Vec<String> {
    if name.ends_with(')') {
        return vec![name.to_owned()];
    }
    let ways = ["", " (console)", " (api)"];
    ways.map(|way| format!("{name}{way}")).to_vec()
}

/// A line after which a list goes on.
pub(crate) fn place(line: &TrailRow) -> Cursor {
    let row = &line.row;
    Cursor(TrailPlace {
        at: row.at,
        case: row.case,
        number: row.number,
    })
}

/// Whether a line is the one that was written after the one before it.
pub(crate) fn is_whole(desk: &Desk, line: &TrailRow) -> bool {
    let before = match (line.row.number, &line.before) {
        (1, None) => Some([0; 32]),
        (1, Some(_)) | (_, None) => None,
        (_, Some(before)) => <[u8; 32]>::try_from(before.as_slice()).ok(),
    };
    before.is_some_and(|before| audit::is_next(&desk.ring, &before, &line.row))
}

/// When it was.
pub(crate) fn time(line: &TrailRow) -> String {
    let at = Timestamp::from_second(line.row.at);
    at.map_or_else(|_| line.row.at.to_string(), |at| at.to_string())
}

/// A line as the command prints it, and as the API answers.
pub(crate) fn json(desk: &Desk, line: &TrailRow) -> Value {
    let row = &line.row;
    json!({
        "chain": row.case,
        "number": row.number,
        "ticket": line.serial.map(|serial| desk.reference(serial)),
        "at": time(line),
        "by": row.actor,
        "action": row.action,
        "detail": row.detail,
        "whole": is_whole(desk, line),
    })
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let Action::Export(options) = action;
    let desk = Desk::new(settings)?;
    let zone = TimeZone::get(&settings.team.timezone)?;
    let second = |moment: Option<Moment>| moment.map(|moment| moment.second(&zone)).transpose();
    let ticket = options.ticket.as_deref();
    let filter = TrailFilter {
        ticket: ticket.map(|ticket| desk.serial(ticket)).transpose()?,
        by: options.by.as_deref().map(names).unwrap_or_default(),
        since: second(options.since)?,
        until: second(options.until)?,
        most: PAGE,
        ..TrailFilter::default()
    };
    let detail = format!("what=audit {}", told(&filter));
    desk.note(DEPLOYMENT, "exported", detail.trim_end().to_owned())
        .await?;
    export(&desk, filter, options.json, &mut std::io::stdout()).await
}

/// What everybody read and did with one ticket, for `ticket show --trail`. That it is looked at stands in it, too.
pub(super) async fn of_ticket(
    desk: &Desk,
    reference: &str,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let serial = desk.serial(reference)?;
    let (ticket, _) = desk.ticket(reference).await?;
    desk.note(ticket, "read", "audit".to_owned()).await?;
    let filter = TrailFilter {
        ticket: Some(serial),
        most: PAGE,
        ..TrailFilter::default()
    };
    export(desk, filter, as_json, out).await
}

/// What was asked for, for the trail: numbers and times. Names stand in it as they are.
pub(crate) fn told(filter: &TrailFilter) -> String {
    let number = |name: &str, value: Option<i64>| value.map(|value| format!("{name}={value}"));
    let words = [
        number("ticket", filter.ticket),
        number("since", filter.since),
        number("until", filter.until),
        filter.by.first().map(|name| format!("by={name}")),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    words.join(" ")
}

async fn export(
    desk: &Desk,
    mut filter: TrailFilter,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (mut rows, mut broken) = (Vec::new(), 0_usize);
    loop {
        let lines = desk.store.trail(&desk.team, &filter).await?;
        for line in &lines {
            broken += usize::from(!is_whole(desk, line));
            match as_json {
                true => writeln!(out, "{}", json(desk, line))?,
                false => rows.push(row(desk, line)),
            }
        }
        let Some(last) = lines.last() else { break };
        filter.after = Some(place(last).0);
    }
    if !as_json {
        let header = ["When", "Who", "What", "Ticket", "Details", ""];
        writeln!(out, "{}", screen::table(&header, rows))?;
    }
    match broken {
        0 => Ok(()),
        broken => {
            tell("`pillarbox verify` says more");
            let words = format!("{broken} lines of the audit trail are not as they were written");
            Err(Finding(words).into())
        }
    }
}

fn row(desk: &Desk, line: &TrailRow) -> Vec<String> {
    let broken = if is_whole(desk, line) { "" } else { "BROKEN" };
    let serial = line.serial;
    vec![
        time(line),
        screen::one_line(&line.row.actor, 64),
        line.row.action.clone(),
        serial.map_or_else(String::new, |serial| desk.reference(serial)),
        screen::one_line(&line.row.detail, 400),
        broken.to_owned(),
    ]
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use super::*;

    #[test]
    fn a_day_is_one_and_a_time_needs_its_zone() {
        let zone = TimeZone::get("Europe/Luxembourg").unwrap();
        for (text, second) in [
            ("2026-11-23", Some(1_795_388_400)),
            ("2026-11-23T00:00:00Z", Some(1_795_392_000)),
            ("2026-11-23T00:00:00", None),
            ("yesterday", None),
        ] {
            let moment = text.parse::<Moment>().ok();
            let read = moment.map(|moment| moment.second(&zone).unwrap());
            assert_eq!(read, second, "{text}");
        }
    }

    #[test]
    fn a_cursor_is_one_that_was_given() {
        let id = "0190c0ffee007000800000000000abcd";
        for (text, is_ours) in [
            (format!("1795388400.{id}.7"), true),
            (format!("-1.{id}.7"), false),
            (format!("1795388400.{id}.07"), false),
            (format!("999999999999999.{id}.7"), false),
            (format!("1795388400.{id}"), false),
        ] {
            assert_eq!(text.parse::<Cursor>().is_ok(), is_ours, "{text}");
        }
    }
}
