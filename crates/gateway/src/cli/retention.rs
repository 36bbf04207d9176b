//! `retention plan|run|erase-month|log`.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::bail;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;
use vault::Epoch;

use super::confirm::{Consent, confirm, reason};
use super::desk::Desk;
use crate::audit::actor;
use crate::config::Settings;
use crate::erasure::{self, By};
use crate::retention::{self, Due, Plan};
use crate::screen;

/// What to do about age.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Say what `run` would erase, and why
    Plan {
        /// As JSON, one object a case
        #[arg(long)]
        json: bool,
    },
    /// Erase closed tickets and suppressed mail that were kept long enough ([retention] in the configuration)
    Run(Run),
    /// Erase a month: destroy its key, so that no copy of the database opens it, and delete its rows
    #[command(
        after_help = "Example:\n  pillarbox retention erase-month 2024-11 --dry-run\nThe month of a ticket is the one in which it was opened."
    )]
    EraseMonth(Month),
    /// List what was erased: ids, times, who and why
    Log {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: i64,
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
}

/// How to run.
#[derive(Args)]
pub(super) struct Run {
    /// The same as `plan`
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: Consent,
}

/// Which month, and how.
#[derive(Args)]
pub(super) struct Month {
    /// Year and month, as 2024-11
    #[arg(value_parser = month)]
    month: Epoch,
    /// Why, one word, for the shred log
    #[arg(long, default_value = "age", value_parser = reason)]
    reason: String,
    /// Also when tickets of the month are still open
    #[arg(long)]
    open_too: bool,
    /// Only say what would be erased
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: Consent,
}

fn month(text: &str) -> Result<Epoch, &'static str> {
    let epoch: Epoch = text.parse()?;
    match epoch.month() {
        Some(_) => Ok(epoch),
        None => Err("the standing key belongs to no month"),
    }
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    let mut out = std::io::stdout();
    match action {
        Action::Plan { json } => {
            let plan = due(&desk, settings).await?;
            show(&desk, &plan, *json, &mut out)
        }
        Action::Run(options) => {
            let plan = due(&desk, settings).await?;
            show(&desk, &plan, false, &mut out)?;
            if options.dry_run {
                return Ok(());
            }
            if !plan.due.is_empty() {
                let question = format!("Erase {} cases for good?", plan.due.len());
                confirm(&options.consent, &question)?;
            }
            let actor = actor();
            let by = By {
                team: &desk.team,
                actor: &actor,
                reason: "age",
            };
            let erased = retention::run(&desk.store, &desk.ring, &plan, by).await?;
            writeln!(out, "erased: {}", erased.cases)?;
            let skipped = plan
                .due
                .iter()
                .filter(|due| erased.skipped.contains(&due.case));
            for due in skipped {
                let reference = due.serial.map(|serial| desk.reference(serial));
                let name = reference.unwrap_or_else(|| due.case.to_string());
                writeln!(out, "{name} has changed meanwhile, and stays")?;
            }
            for month in erased.months {
                writeln!(out, "nothing is left of {month}: its key is destroyed")?;
            }
            Ok(())
        }
        Action::EraseMonth(options) => erase_month(&desk, options, &mut out).await,
        Action::Log { limit, json } => log(&desk, *limit, *json, &mut out).await,
    }
}

async fn due(desk: &Desk, settings: &Settings) -> anyhow::Result<Plan> {
    let now = Timestamp::now();
    let retention = &settings.retention;
    Ok(retention::plan(&desk.store, &desk.ring, &desk.team, retention, now).await?)
}

fn show(desk: &Desk, plan: &Plan, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    if as_json {
        for due in &plan.due {
            writeln!(out, "{}", due_json(desk, due))?;
        }
        return Ok(());
    }
    let mut counts: BTreeMap<(Epoch, String, String), u64> = BTreeMap::new();
    for due in &plan.due {
        let key = (due.month, class(due), due.age.to_string());
        *counts.entry(key).or_default() += 1;
    }
    let rows = counts
        .into_iter()
        .map(|((month, class, age), count)| vec![month.to_string(), class, age, count.to_string()]);
    if plan.due.is_empty() {
        writeln!(out, "nothing was kept long enough")?;
    } else {
        let header = ["Month", "What", "Kept for", "Cases"];
        writeln!(out, "{}", screen::table(&header, rows.collect()))?;
    }
    if plan.unreadable > 0 {
        let count = plan.unreadable;
        writeln!(
            out,
            "{count} closed tickets stay: their label can't be read"
        )?;
    }
    Ok(())
}

fn class(due: &Due) -> String {
    match (due.serial, due.label) {
        (None, _) => "suppressed".into(),
        (Some(_), None) => "no label".into(),
        (Some(_), Some(label)) => format!("TLP:{}", label.as_str()),
    }
}

fn due_json(desk: &Desk, due: &Due) -> serde_json::Value {
    json!({
        "case": due.case,
        "ticket": due.serial.map(|serial| desk.reference(serial)),
        "month": due.month.to_string(),
        "class": class(due),
        "changed_hour": due.changed.to_string(),
        "kept_for": due.age.to_string(),
    })
}

async fn erase_month(desk: &Desk, options: &Month, out: &mut impl Write) -> anyhow::Result<()> {
    let month = options.month;
    let number = i32::from(month.number());
    let (cases, open) = desk.store.month_size(&desk.team, number).await?;
    let keys = desk.ring.epoch_keys()?;
    let keys = keys.iter().filter(|(name, _)| name.epoch == month).count();
    writeln!(
        out,
        "{month}: {cases} cases, {open} of them open tickets; {keys} keys"
    )?;
    if options.dry_run {
        return Ok(());
    }
    if open > 0 && !options.open_too {
        bail!("{open} tickets of {month} are open: close them first, or say --open-too");
    }
    let question =
        format!("No copy of the database, and no backup of it, will open {month} again. Go on?");
    confirm(&options.consent, &question)?;
    let actor = actor();
    let by = By {
        team: &desk.team,
        actor: &actor,
        reason: &options.reason,
    };
    let erased = erasure::erase_month(&desk.store, &desk.ring, month, by).await?;
    writeln!(out, "erased {month}: {erased} cases")?;
    writeln!(
        out,
        "Delete {month}.*.epoch from your copies of the folder of months, too: who has one opens old backups."
    )?;
    Ok(())
}

async fn log(desk: &Desk, limit: i64, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let lines = desk.store.shred_log(&desk.team, None, limit).await?;
    let mut rows = Vec::new();
    for line in &lines {
        let month = Epoch::from_number(u16::try_from(line.epoch).unwrap_or(0)).to_string();
        let reference = line.serial.map(|serial| desk.reference(serial));
        if as_json {
            let line = json!({
                "what": line.what, "case": line.case, "ticket": reference, "month": month, "actor": line.actor,
                "reason": line.reason, "at": line.at, "ended": line.is_ended,
            });
            writeln!(out, "{line}")?;
            continue;
        }
        let case = line.case.map(|case| case.to_string());
        let name = reference.or(case).unwrap_or_else(|| month.clone());
        let what = match line.is_ended {
            true => line.what.clone(),
            false => format!("{} (not ended: start it again)", line.what),
        };
        let (actor, reason) = (line.actor.clone(), line.reason.clone());
        rows.push(vec![line.at.clone(), what, name, month, actor, reason]);
    }
    if !as_json {
        let header = ["When", "What", "Which", "Month", "Who", "Why"];
        writeln!(out, "{}", screen::table(&header, rows))?;
    }
    Ok(())
}
