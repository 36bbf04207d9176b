//! `index status|rebuild`: how fine the search index of each month is.

use std::io::Write;

use clap::Subcommand;
use jiff::civil::Date;
use serde_json::json;

use super::desk::Desk;
use super::search::month;
use crate::config::Settings;
use crate::doctor::index::fineness;
use crate::keyfiles;
use crate::screen;
use crate::search::{partition, rebuild};

/// Rows that are done when it is said next.
const STEP: u64 = 100_000;

/// What to do with the index.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Rows and bits a month and family
    Status {
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Index a month anew, with the bits that its rows ask for, while all else goes on; only filing with this month waits
    #[command(after_help = "Example:\n  pillarbox index rebuild 2026-11")]
    Rebuild {
        /// The month, YYYY-MM
        #[arg(value_name = "YYYY-MM", value_parser = month)]
        month: Date,
    },
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    let mut out = std::io::stdout();
    match action {
        Action::Status { json } => {
            let mut rows = Vec::new();
            for one in fineness(&desk.store).await? {
                let month = one.month.get(..7).unwrap_or(&one.month);
                if *json {
                    let line = json!({"month": month, "family": one.family.label(), "rows": one.rows, "bits": one.bits,
                        "rows_a_cell": one.share.rows_a_cell, "verdict": one.verdict()});
                    writeln!(out, "{line}")?;
                    continue;
                }
                rows.push(vec![
                    month.to_owned(),
                    one.family.label().to_owned(),
                    one.rows.to_string(),
                    one.bits.to_string(),
                    format!("{:.1}", one.share.rows_a_cell),
                    one.verdict().to_owned(),
                ]);
            }
            if !*json {
                let header = ["Month", "Values", "Rows", "Bits", "Rows a cell", ""];
                writeln!(out, "{}", screen::table(&header, rows))?;
            }
        }
        Action::Rebuild { month } => {
            let month = partition::first_day(*month);
            desk.open_index()?;
            if desk.own.is_none() && keyfiles::index_ratchet(&settings.storage).0.exists() {
                // Messages are sealed to analysts: the key of the current month is here, and no other.
                keyfiles::use_index_ratchet(&settings.storage, &desk.ring)?;
            }
            let mut next = STEP;
            let tell = |done: u64| {
                if done >= next {
                    next = done + STEP;
                    // Who looks at standard error sees that it goes on; nothing depends on it.
                    writeln!(std::io::stderr(), "{done} rows").ok();
                }
            };
            let rebuilt =
                rebuild::rebuild(&desk.store, &desk.ring, &desk.team, &month, tell).await?;
            writeln!(out, "{} rows", rebuilt.rows)?;
            if rebuilt.unreadable > 0 {
                tracing::warn!(
                    "{} rows are as they were, for their marks can't be read: `pillarbox verify` says which",
                    rebuilt.unreadable
                );
            }
        }
    }
    Ok(())
}
