//! `ticket search`: exact search over sealed values.

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
use crate::audit::{DEPLOYMENT, hex};
use crate::search::{Condition, Found, Months, Search, Value, partition};
use crate::{screen, store::TicketRow};

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
    /// As JSON, one object a message and value
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
    let LookBack::Months(count) = options.months else {
        return Months::default();
    };
    let mut first = Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .first_of_month();
    for _ in 1..count {
        first = first.yesterday().unwrap_or(first).first_of_month();
    }
    Months {
        from: Some(partition::first_day(first)),
        to: None,
    }
}

/// The index is asked for truncated keyed hashes; what it finds is opened, and what only shares a hash is dropped.
pub(super) async fn search(
    desk: &Desk,
    options: &SearchOptions,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let conditions = &options.value;
    let search = Search {
        store: &desk.store,
        ring: &desk.ring,
        team: &desk.team,
    };
    let answer = search
        .run(conditions, &months(options))
        .await
        .map_err(fault)?;
    note(desk, conditions, answer.found.len()).await?;
    let ids: Vec<Uuid> = answer.found.iter().map(|found| found.case).collect();
    let tickets = desk.store.tickets(&desk.team, &[], &ids).await?;
    for found in &answer.found {
        let ticket = tickets.iter().find(|ticket| ticket.id == found.case);
        write(desk, found, ticket, options.json, out)?;
    }
    if answer.unreadable > 0 {
        tracing::warn!(
            messages = answer.unreadable,
            "can't be opened; `pillarbox verify` says which"
        );
    }
    if answer.found.is_empty() {
        return Err(Finding("nothing found".into()).into());
    }
    Ok(())
}

fn fault(fault: crate::search::find::SearchFault) -> anyhow::Error {
    use crate::search::find::SearchFault::{PortAlone, Store, TooWide};
    match fault {
        Store(fault) => fault.into(),
        fault @ (PortAlone | TooWide) => Finding(fault.to_string()).into(),
    }
}

/// Who searched, and a keyed digest of what for: the same question has the same digest, and nothing else is known of it.
async fn note(desk: &Desk, conditions: &[Condition], found: usize) -> anyhow::Result<()> {
    let kinds: Vec<&str> = conditions.iter().map(Condition::word).collect();
    let mut digester = desk.ring.digester(Purpose::Searched);
    for condition in conditions {
        digester.part(format!("{condition:?}").as_bytes());
    }
    let digest = hex(&digester.finish());
    let detail = format!("kinds={} what={digest} found={found}", kinds.join(","));
    desk.note(DEPLOYMENT, "searched", detail)
        .await
        .context("search")
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
            let role = Some(value.role_word()).filter(|word| !word.is_empty());
            let protocol = Some(&value.protocol).filter(|protocol| !protocol.is_empty());
            let line = json!({"ticket": reference, "case": found.case, "message": found.entry, "kind": value.kind, "value": value.text,
                "role": role, "port": value.port, "protocol": protocol});
            writeln!(out, "{line}")?;
        } else {
            let place = match &reference {
                Some(reference) => reference.clone(),
                None => format!("(quarantine) {}", found.entry),
            };
            writeln!(out, "{place}  {}", screen::one_line(&line(value), 200))?;
        }
    }
    Ok(())
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
