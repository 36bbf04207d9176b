//! `transport list|show|report`: how peers protect their mail.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Subcommand;
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Finding;
use super::desk::Desk;
use crate::config::Settings;
use crate::screen;
use crate::store::{AlertRow, StoredPeer};
use crate::transport::report::{Submitter, build};
use crate::transport::{day_of, open_peer, peer_id, pseudonym};

/// What to see.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Alerts about peers that lost TLS or a valid certificate, the newest last
    #[command(
        after_help = "Examples:\n  pillarbox transport list\n  pillarbox transport list --all --json"
    )]
    List {
        /// Closed ones, too
        #[arg(long)]
        all: bool,
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: i64,
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// A peer's indicators: share of TLS, versions, suites, failures, last alert
    #[command(
        after_help = "Examples:\n  pillarbox transport show partner.example\n  pillarbox transport show peer-0123456789ab --days 7\n  \
        pillarbox transport show 192.0.2.0/24 --json"
    )]
    Show {
        /// A domain, a network (/24, /48), or a pseudonym from the log
        peer: String,
        /// How many days to look back
        #[arg(long, default_value_t = 30)]
        days: u32,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Reports (RFC 8460) of one day, as they are sent or would be
    #[command(
        after_help = "Example:\n  pillarbox transport report --day 2026-11-21 --domain partner.example --json"
    )]
    Report {
        /// The day, UTC; yesterday when not given
        #[arg(long)]
        day: Option<Date>,
        /// Only about this domain
        #[arg(long)]
        domain: Option<String>,
        /// As JSON, one report a line
        #[arg(long)]
        json: bool,
    },
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    let mut out = std::io::stdout();
    match action {
        Action::List { all, limit, json } => list(&desk, *all, *limit, *json, &mut out).await,
        Action::Show { peer, days, json } => show(&desk, peer, *days, *json, &mut out).await,
        Action::Report { day, domain, json } => {
            let yesterday = day_of(Timestamp::now()).yesterday()?;
            let day = day.unwrap_or(yesterday);
            let submitter = Submitter::new(settings);
            report(&desk, &submitter, day, domain.as_deref(), *json, &mut out).await
        }
    }
}

impl Desk {
    /// A peer's name; one that can't be opened says so and does not hide the others.
    fn peer_name(&self, peer: &StoredPeer) -> String {
        open_peer(&self.ring, &self.team, peer)
            .unwrap_or_else(|error| format!("(this name can't be opened: {error})"))
    }
}

async fn list(
    desk: &Desk,
    all: bool,
    limit: i64,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let alerts = desk.store.alerts(all, None, None, limit).await?;
    if as_json {
        for (alert, peer) in &alerts {
            let mut value = alert_json(alert);
            if let Some(object) = value.as_object_mut() {
                object.insert("peer".into(), desk.peer_name(peer).into());
            }
            writeln!(out, "{value}")?;
        }
        return Ok(());
    }
    if alerts.is_empty() {
        let none = if all {
            "no alerts"
        } else {
            "no alert is open; --all shows closed ones"
        };
        writeln!(out, "{none}")?;
        return Ok(());
    }
    let lines = alerts.iter().map(|(alert, peer)| {
        vec![
            alert.raised_at.clone(),
            desk.peer_name(peer),
            alert.direction.clone(),
            words(alert).to_owned(),
            alert.closed_at.clone().unwrap_or_else(|| "open".into()),
        ]
    });
    let header = ["Raised", "Peer", "Direction", "What", "Closed"];
    writeln!(out, "{}", screen::table(&header, lines.collect()))?;
    Ok(())
}

/// What `transport list`, `transport show` and `ticket show` print of an alert.
pub(super) fn alert_json(alert: &AlertRow) -> Value {
    json!({
        "id": alert.id,
        "kind": alert.kind,
        "direction": alert.direction,
        "pseudonym": pseudonym(alert.peer),
        "messages_before": alert.before,
        "raised_at": alert.raised_at,
        "closed_at": alert.closed_at,
        "entry": alert.entry,
    })
}

/// The alerts that this entry of a ticket raised; with `None`, those that our own mail about it raised.
pub(super) fn write_alerts(
    alerts: &[(AlertRow, StoredPeer)],
    entry: Option<Uuid>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for (alert, _) in alerts.iter().filter(|(alert, _)| alert.entry == entry) {
        writeln!(out, "  {:<14}{}", "Transport", alert_line(alert))?;
    }
    Ok(())
}

/// The fact as an analyst reads it.
pub(crate) fn alert_line(alert: &AlertRow) -> String {
    let closed = match &alert.closed_at {
        Some(at) => format!("closed {at}"),
        None => "still open".into(),
    };
    format!(
        "ALERT {}, after {} messages with it ({}, {closed})",
        words(alert),
        alert.before,
        pseudonym(alert.peer)
    )
}

fn words(alert: &AlertRow) -> &'static str {
    match (alert.kind.as_str(), alert.direction.as_str()) {
        ("tls_lost", "inbound") => "peer came without TLS",
        ("tls_lost", _) => "peer no longer offers TLS",
        _ => "peer's certificate stopped verifying",
    }
}

async fn show(
    desk: &Desk,
    wanted: &str,
    days: u32,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (peer, name) = find(desk, wanted).await?;
    let since = day_of(Timestamp::now()).checked_sub(i64::from(days).days())?;
    let counts = desk.store.counts_since(peer, &since.to_string()).await?;
    let mut directions = BTreeMap::<String, BTreeMap<String, i64>>::new();
    for (direction, name, count) in counts {
        directions.entry(direction).or_default().insert(name, count);
    }
    let alerts = desk.store.alerts(true, Some(peer), None, 1).await?;
    let last = alerts.first().map(|(alert, _)| alert);
    if as_json {
        let directions: serde_json::Map<String, Value> = directions
            .iter()
            .map(|(direction, counts)| (direction.clone(), direction_json(counts)))
            .collect();
        let value = json!({"peer": name, "pseudonym": pseudonym(peer), "since": since.to_string(),
            "directions": directions, "last_alert": last.map(alert_json)});
        writeln!(out, "{value}")?;
        return Ok(());
    }
    writeln!(
        out,
        "{}  ({}, since {since})",
        screen::one_line(&name, 253),
        pseudonym(peer)
    )?;
    for (direction, counts) in &directions {
        writeln!(out, "\n{direction}")?;
        if let Some(share) = share(counts) {
            writeln!(out, "  {:<44}{:>9.1} %", "TLS", share * 100.0)?;
        }
        for (name, count) in counts {
            writeln!(out, "  {name:<44}{count:>9}")?;
        }
    }
    match last {
        Some(alert) => writeln!(out, "\nLast: {} on {}", alert_line(alert), alert.raised_at)?,
        None => writeln!(out, "\nNo alert.")?,
    }
    Ok(())
}

/// A pseudonym is the beginning of an id; anything else is the name itself.
async fn find(desk: &Desk, wanted: &str) -> anyhow::Result<(Uuid, String)> {
    let nothing = || Finding(format!("nothing is known of {wanted:?}"));
    let digits = wanted.strip_prefix("peer-").filter(|digits| {
        digits.len() >= 6 && digits.chars().all(|digit| digit.is_ascii_hexdigit())
    });
    let prefix = match digits {
        Some(digits) => digits.to_lowercase(),
        None => {
            let name = wanted.trim_end_matches('.').to_lowercase();
            let id = peer_id(&desk.ring, &desk.team, &name);
            id.simple().to_string()
        }
    };
    let found = desk.store.transport_peers(&prefix).await?;
    match found.as_slice() {
        [] => Err(nothing().into()),
        [peer] => Ok((peer.id, desk.peer_name(peer))),
        _ => Err(Finding(format!(
            "several peers begin with {wanted:?}: give more digits"
        ))
        .into()),
    }
}

/// Messages or, where others counted, sessions with TLS among all.
fn share(counts: &BTreeMap<String, i64>) -> Option<f64> {
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    let all = count("messages").max(count("sessions"));
    let thousandths = i128::from(count("tls")) * 1_000 / i128::from(all.max(1));
    let thousandths = i32::try_from(thousandths).unwrap_or(1_000);
    (all > 0).then(|| f64::from(thousandths) / 1_000.0)
}

fn direction_json(counts: &BTreeMap<String, i64>) -> Value {
    let group = |prefix: &str| -> serde_json::Map<String, Value> {
        let named = |(name, count): (&String, &i64)| {
            Some((name.strip_prefix(prefix)?.to_owned(), Value::from(*count)))
        };
        counts.iter().filter_map(named).collect()
    };
    let count = |name: &str| counts.get(name).copied().unwrap_or(0);
    json!({
        "messages": count("messages"),
        "sessions": count("sessions"),
        "tls": count("tls"),
        "tls_share": share(counts),
        "verified": count("verified"),
        "versions": group("version:"),
        "suites": group("suite:"),
        "failures": group("failure:"),
        "session_results": group("session:"),
    })
}

async fn report(
    desk: &Desk,
    submitter: &Submitter,
    day: Date,
    domain: Option<&str>,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let written = day.to_string();
    let mut found = false;
    for peer in desk.store.delivered_to(&written, false).await? {
        let name = desk.peer_name(&peer);
        if domain.is_some_and(|domain| !domain.eq_ignore_ascii_case(&name)) {
            continue;
        }
        let counts = desk.store.day_counts(peer.id, &written).await?;
        let Some(report) = build(submitter, &name, peer.id, day, &counts) else {
            continue;
        };
        found = true;
        if as_json {
            writeln!(out, "{}", report.to_json())?;
            continue;
        }
        writeln!(
            out,
            "{}  {written}  {}",
            screen::one_line(&name, 253),
            report.report_id
        )?;
        for policy in &report.policies {
            let summary = &policy.summary;
            writeln!(
                out,
                "  {:<44}{:>9} good {:>9} failed",
                policy.policy.policy_type,
                summary.total_successful_session_count,
                summary.total_failure_session_count
            )?;
            for failure in &policy.failure_details {
                let count = failure.failed_session_count;
                writeln!(out, "    {:<42}{count:>9}", failure.result_type)?;
            }
        }
    }
    if found {
        return Ok(());
    }
    Err(Finding(format!("no session with anybody asked for on {written}")).into())
}
