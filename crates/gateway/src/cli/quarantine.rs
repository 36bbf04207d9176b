//! `quarantine list|show|retry`: mail that was kept without a ticket, with the rule that caught it; and what could not be
//! opened at all.

use std::io::Write;

use anyhow::bail;
use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use super::Finding;
use super::desk::Desk;
use super::entries::{entry_json, full_json, write_entry};
use super::flags::Notes;
use crate::audit::DEPLOYMENT;
use crate::config::Settings;
use crate::screen;
use crate::store::EntryRow;

/// What to do with suppressed mail.
#[derive(Subcommand)]
pub(super) enum Action {
    /// List suppressed mail and mail that can't be opened, the newest last
    List {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: i64,
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Open again what could not be opened, once the cause is gone
    Retry {
        /// Its spool id, as listed
        #[arg(required_unless_present = "all")]
        id: Option<Uuid>,
        /// All of them
        #[arg(long, conflicts_with = "id")]
        all: bool,
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
            let unreadable = desk.store.unreadable(*limit).await?;
            let count = format!("what=quarantine count={}", entries.len());
            desk.note(DEPLOYMENT, "listed", count).await?;
            if *json {
                for entry in &entries {
                    writeln!(out, "{}", entry_json(entry, &desk.summary(entry)))?;
                }
                for (id, reason) in unreadable {
                    let line = json!({"state": "unreadable", "id": id, "reason": reason});
                    writeln!(out, "{line}")?;
                }
            } else {
                writeln!(out, "{}", table(&desk, &entries)?)?;
                for (id, reason) in unreadable {
                    writeln!(out, "unreadable  {id}  {reason}")?;
                }
            }
        }
        Action::Retry { id, .. } => {
            let made_due = desk.store.retry(*id).await?;
            if let (Some(id), 0) = (id, made_due) {
                bail!(Finding(format!("there is no unreadable mail {id}")));
            }
            desk.store.notify().await?;
            writeln!(out, "{made_due} due again")?;
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
            let what = match (raw, text) {
                (true, _) => "raw=1",
                (false, true) => "text",
                (false, false) => "facts",
            };
            desk.note(entry.case, "read", what.to_owned()).await?;
            if *raw {
                out.write_all(&desk.raw(entry).await?)?;
            } else {
                show(&desk, entry, *json, *text, &mut out).await?;
            }
        }
    }
    Ok(())
}

async fn show(
    desk: &Desk,
    entry: &EntryRow,
    as_json: bool,
    with_text: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let notes = Notes::of(desk, std::slice::from_ref(entry)).await?;
    if as_json {
        let mut value = full_json(desk, entry, with_text)?;
        notes.add_json(desk, entry, &mut value)?;
        writeln!(out, "{value}")?;
    } else {
        writeln!(out, "{}", entry.id)?;
        write_entry(desk, entry, with_text, out)?;
        notes.write(desk, entry, out)?;
    }
    Ok(())
}

/// Suppressed mail as a table.
pub(super) fn table(desk: &Desk, entries: &[EntryRow]) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for entry in entries {
        let summary = desk.summary(entry);
        // Nothing but hour and size is known of what is sealed to analysts.
        let evidence = if desk.is_closed(entry) {
            &summary.gist
        } else {
            &summary.evidence
        };
        let copies = if entry.copies > 1 {
            format!(" (+{} copies)", entry.copies - 1)
        } else {
            String::new()
        };
        lines.push(vec![
            entry.id.to_string(),
            format!("{}{copies}", entry.kind),
            entry.rule.clone(),
            screen::one_line(evidence, 60),
            screen::one_line(&summary.from, 40),
            screen::one_line(&summary.subject, 60),
        ]);
    }
    Ok(screen::table(
        &["Id", "Kind", "Rule", "Evidence", "From", "Subject"],
        lines,
    ))
}
