//! `quarantine list|show`: mail that was kept without a ticket, with the rule that caught it.

use std::io::Write;

use clap::Subcommand;
use uuid::Uuid;

use super::Finding;
use super::desk::Desk;
use super::entries::{entry_json, full_json, write_entry};
use crate::config::Settings;
use crate::screen;
use crate::store::EntryRow;

/// What to do with suppressed mail.
#[derive(Subcommand)]
pub(super) enum Action {
    /// List suppressed mail, the newest last
    List {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: i64,
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Show one
    Show {
        /// Its id, as listed
        id: Uuid,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Its text, too
        #[arg(long)]
        text: bool,
        /// Write it as it came (raw, RFC 5322) to standard output
        #[arg(long)]
        raw: bool,
    },
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    let mut out = std::io::stdout();
    match action {
        Action::List { limit, json } => {
            let entries = desk.store.suppressed(None, *limit).await?;
            if *json {
                for entry in &entries {
                    writeln!(out, "{}", entry_json(entry, &desk.summary(entry)))?;
                }
            } else {
                writeln!(out, "{}", table(&desk, &entries)?)?;
            }
        }
        Action::Show {
            id,
            json,
            text,
            raw,
        } => {
            let entries = desk.store.suppressed(Some(*id), 1).await?;
            let entry = entries
                .first()
                .ok_or_else(|| Finding(format!("there is no suppressed mail {id}")))?;
            if *raw {
                out.write_all(&desk.raw(entry).await?)?;
            } else if *json {
                writeln!(out, "{}", full_json(&desk, entry, *text)?)?;
            } else {
                writeln!(out, "{}", entry.id)?;
                write_entry(&desk, entry, *text, &mut out)?;
            }
        }
    }
    Ok(())
}

/// Suppressed mail as a table.
pub(super) fn table(desk: &Desk, entries: &[EntryRow]) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for entry in entries {
        let summary = desk.summary(entry);
        let copies = if entry.copies > 1 {
            format!(" (+{} copies)", entry.copies - 1)
        } else {
            String::new()
        };
        lines.push(vec![
            entry.id.to_string(),
            format!("{}{copies}", entry.kind),
            entry.rule.clone(),
            screen::one_line(&summary.evidence, 60),
            screen::one_line(&summary.from, 40),
            screen::one_line(&summary.subject, 60),
        ]);
    }
    Ok(screen::table(
        &["Id", "Kind", "Rule", "Evidence", "From", "Subject"],
        lines,
    ))
}
