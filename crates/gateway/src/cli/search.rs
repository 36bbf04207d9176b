//! `ticket search`: exact search over sealed values.

use std::collections::HashMap;
use std::io::Write;

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;
use vault::Purpose;

use super::Finding;
use super::desk::Desk;
use crate::actions::refusal::{AskRefusal, Refusal};
use crate::audit::{DEPLOYMENT, hex};
use crate::search::{Answer, Condition, Effort, Found, Months, Page, Value, partition};
use crate::{concern, screen, store::TicketRow};

/// What to look for, and where.
#[derive(Args)]
pub(super) struct SearchOptions {
    /// A value, or kind:VALUE
    #[arg(required = true, value_parser = Condition::parse)]
    value: Vec<Condition>,
    /// How many months to look back, or `all`
    #[arg(long, value_name = "N|all", default_value = "12", conflicts_with_all = ["from", "to"], value_parser = look_back)]
    months: LookBack,
    /// The first month, YYYY-MM
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    from: Option<Date>,
    /// The last month, YYYY-MM
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    to: Option<Date>,
    /// At most so many messages, the newest
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    limit: u16,
    /// Only messages before this one: where a longer answer goes on
    #[arg(long, value_name = "MESSAGE")]
    before: Option<Uuid>,
    /// As JSON, one object a message and value; the last one is {"more": MESSAGE} when there is more
    #[arg(long)]
    json: bool,
}

/// How far to look back.
#[derive(Clone, Copy, Debug)]
enum LookBack {
    All,
    Months(u32),
}

fn look_back(text: &str) -> Result<LookBack, String> {
    match text {
        "all" => Ok(LookBack::All),
        number => match number.parse() {
            Ok(months) if months > 0 => Ok(LookBack::Months(months)),
            Ok(_) | Err(_) => Err("a number of months from 1, or \"all\"".into()),
        },
    }
}

/// The first day of a month.
pub(super) fn month(text: &str) -> Result<Date, String> {
    let day = format!("{text}-01").parse::<Date>();
    day.map_err(|_| format!("{text:?} is no month; write it as 2026-11"))
}

fn months(options: &SearchOptions) -> Months {
    if options.from.is_some() || options.to.is_some() {
        return Months {
            from: options.from.map(partition::first_day),
            to: options.to.map(partition::first_day),
        };
    }
    match options.months {
        LookBack::All => Months::default(),
        LookBack::Months(count) => months_back(count),
    }
}

/// The current month and those before it, so many in all.
pub(crate) fn months_back(count: u32) -> Months {
    Months {
        from: Some(since(count)),
        to: None,
    }
}

/// The first day of the first of so many months, this one included.
pub(super) fn since(months: u32) -> String {
    let mut first = Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .first_of_month();
    for _ in 1..months {
        first = first.yesterday().unwrap_or(first).first_of_month();
    }
    partition::first_day(first)
}

/// What was found, and on which tickets.
pub(crate) struct FoundOn {
    /// The messages.
    pub(crate) answer: Answer,
    on_ticket: HashMap<Uuid, Uuid>,
    tickets: HashMap<Uuid, TicketRow>,
}

impl FoundOn {
    /// The ticket of a message; `None` for suppressed mail.
    pub(crate) fn ticket(&self, found: &Found) -> Option<&TicketRow> {
        self.tickets.get(self.on_ticket.get(&found.entry)?)
    }
}

/// The index is asked for truncated keyed hashes; what it finds is opened, and what only shares a hash is dropped. That it was
/// asked is written down before anything is shown.
pub(crate) async fn find(
    desk: &Desk,
    conditions: &[Condition],
    months: &Months,
    (most, before): (u16, Option<Uuid>),
) -> anyhow::Result<FoundOn> {
    let answer = entries(desk, conditions, months, (most, before)).await?;
    let entries: Vec<Uuid> = answer.found.iter().map(|found| found.entry).collect();
    let on_ticket = desk.store.tickets_of(&entries).await?;
    let on_ticket: HashMap<Uuid, Uuid> = on_ticket.into_iter().collect();
    let ids: Vec<Uuid> = on_ticket.values().copied().collect();
    let tickets = desk.store.tickets(&desk.team, &[], &ids).await?;
    Ok(FoundOn {
        answer,
        on_ticket,
        tickets: tickets.into_iter().map(|row| (row.id, row)).collect(),
    })
}

/// Messages that answer; that they were asked for is written down.
pub(crate) async fn entries(
    desk: &Desk,
    conditions: &[Condition],
    months: &Months,
    (most, before): (u16, Option<Uuid>),
) -> anyhow::Result<Answer> {
    desk.open_index()?;
    let page = Page {
        most: most.into(),
        before,
        effort: match desk.own {
            Some(_) => Effort::GNUPG,
            None => Effort::ORDINARY,
        },
    };
    let answer = desk.search().run(conditions, months, page).await;
    let answer = answer.map_err(fault)?;
    let kinds: Vec<&str> = conditions.iter().map(Condition::word).collect();
    let asked = conditions.iter().map(|condition| format!("{condition:?}"));
    note(desk, &kinds.join(","), asked, answer.found.len()).await?;
    Ok(answer)
}

/// Searches and prints.
pub(super) async fn search(
    desk: &Desk,
    options: &SearchOptions,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (conditions, months) = (&options.value, months(options));
    let found = find(desk, conditions, &months, (options.limit, options.before)).await?;
    for one in &found.answer.found {
        write(desk, one, found.ticket(one), options.json, out)?;
    }
    let answer = &found.answer;
    warn(desk, answer);
    if let Some(before) = answer.more.filter(|_| options.json) {
        writeln!(out, "{}", json!({"more": before}))?;
    } else if let Some(before) = answer.more {
        writeln!(out, "There is more: older messages with --before {before}")?;
    }
    if answer.found.is_empty() {
        return Err(Finding(nothing(conditions, &months, answer)).into());
    }
    Ok(())
}

/// Says what could not be looked at.
fn warn(desk: &Desk, answer: &Answer) {
    if let Some((first, last)) = &answer.closed {
        let key = match desk.own {
            Some(_) => "your key has none for them",
            None => "an analyst's own key is needed: --analyst",
        };
        let month = |day: &str| day.get(..7).unwrap_or(day).to_owned();
        let (first, last) = (month(first), month(last));
        tracing::warn!("the months from {first} to {last} were not searched: {key}");
    }
    if answer.unreadable > 0 {
        tracing::warn!(
            "{} messages can't be opened: they are sealed to analysts (--analyst), or `pillarbox verify` says what is wrong",
            answer.unreadable
        );
    }
}

/// What was understood, and where it was looked for: a value that was taken for something else is seen here.
fn nothing(conditions: &[Condition], months: &Months, answer: &Answer) -> String {
    let what: Vec<String> = conditions.iter().map(Condition::describe).collect();
    let what = screen::one_line(&what.join(" with "), 200);
    let month = |day: &String| day.get(..7).unwrap_or(day).to_owned();
    let when = match (&months.from, &months.to) {
        (None, None) => "in all months".to_owned(),
        (Some(from), None) => format!("since {}", month(from)),
        (None, Some(to)) => format!("up to {}", month(to)),
        (Some(from), Some(to)) => format!("from {} to {}", month(from), month(to)),
    };
    match answer.more {
        Some(before) => format!(
            "{what}: nothing found yet {when}, {} messages were opened; go on with --before {before}",
            answer.opened
        ),
        None if answer.unreadable > 0 => format!(
            "{what}: nothing found {when} that can be opened; {} messages may have it and can't be: --analyst opens what is sealed to \
             analysts",
            answer.unreadable
        ),
        None if months.from.is_some() => {
            format!("{what}: nothing found {when}; --months all looks at all of them")
        }
        None => format!("{what}: nothing found {when}"),
    }
}

fn fault(fault: crate::search::find::SearchFault) -> anyhow::Error {
    use crate::search::find::SearchFault::{PortAlone, Store, TooWide};
    match fault {
        Store(fault) => fault.into(),
        PortAlone => Refusal::from(AskRefusal::PortAlone).into(),
        TooWide => Refusal::from(AskRefusal::TooWide).into(),
    }
}

/// Who searched, and a keyed digest of what for: the same question has the same digest, and nothing else is known of it.
pub(crate) async fn note(
    desk: &Desk,
    kinds: &str,
    asked: impl Iterator<Item = String>,
    found: usize,
) -> anyhow::Result<()> {
    written(desk, detail(desk, kinds, asked, found)).await
}

/// As [`note`], for what is looked up by itself whenever a ticket or a list is shown: who has asked the same within the hour, and found as
/// much, is written down already. That the ticket is read is a line of its own each time (P3).
pub(super) async fn note_hourly(
    desk: &Desk,
    kinds: &str,
    asked: impl Iterator<Item = String>,
    found: usize,
) -> anyhow::Result<()> {
    let detail = detail(desk, kinds, asked, found);
    let line = (desk.actor.as_str(), "searched", detail.as_str());
    match desk.store.has_line(DEPLOYMENT, line).await? {
        true => Ok(()),
        false => written(desk, detail).await,
    }
}

fn detail(desk: &Desk, kinds: &str, asked: impl Iterator<Item = String>, found: usize) -> String {
    let mut digester = desk.ring.digester(Purpose::Searched);
    for asked in asked {
        digester.part(asked.as_bytes());
    }
    let digest = hex(&digester.finish());
    format!("kinds={kinds} what={digest} found={found}")
}

async fn written(desk: &Desk, detail: String) -> anyhow::Result<()> {
    let noted = desk.note(DEPLOYMENT, "searched", detail);
    noted.await.context("search")
}

fn write(
    desk: &Desk,
    found: &Found,
    ticket: Option<&TicketRow>,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let reference = ticket.map(|ticket| desk.reference(ticket.serial));
    for value in &found.values {
        if as_json {
            writeln!(
                out,
                "{}",
                value_json(desk, found, reference.as_deref(), value)
            )?;
        } else {
            let place = match &reference {
                Some(reference) => reference.clone(),
                None => format!("(quarantine) {}", found.entry),
            };
            let of = concern::of_value(&desk.constituency, value);
            let of = of.map_or_else(String::new, |of| format!("  · {of}"));
            writeln!(out, "{place}  {}{of}", screen::one_line(&line(value), 200))?;
        }
    }
    Ok(())
}

/// A value that was found, as JSON; `reference` is the ticket's, `None` for suppressed mail.
pub(crate) fn value_json(
    desk: &Desk,
    found: &Found,
    reference: Option<&str>,
    value: &Value,
) -> serde_json::Value {
    let of = concern::of_value(&desk.constituency, value);
    let role = Some(value.role_word()).filter(|word| !word.is_empty());
    let protocol = Some(&value.protocol).filter(|protocol| !protocol.is_empty());
    json!({"ticket": reference, "case": found.case, "message": found.entry, "kind": value.kind, "value": value.text,
        "role": role, "port": value.port, "protocol": protocol, "constituency": of})
}

/// `source       192.0.2.7, port 22/tcp`.
fn line(value: &Value) -> String {
    let what = match value.role_word() {
        "" => value.kind.word(),
        role => role,
    };
    let port = value
        .port
        .map_or_else(String::new, |port| format!(", port {port}"));
    let protocol = match value.protocol.as_str() {
        "" => String::new(),
        protocol => format!("/{protocol}"),
    };
    format!("{what:<12} {}{port}{protocol}", value.text)
}
