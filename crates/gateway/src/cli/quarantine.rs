//! `quarantine list|show|promote|retry`: mail that was kept without a ticket, with the rule that caught it; and what could not be
//! opened at all.

use std::io::Write;

use anyhow::bail;
use clap::Subcommand;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Finding;
use super::desk::Desk;
use super::entries::{entry_json, full_json, write_entry};
use super::flags::Notes;
use crate::actions::Refusal;
use crate::audit::{self, DEPLOYMENT, Event};
use crate::config::Settings;
use crate::screen;
use crate::store::{EntryRow, NewTicket};
use crate::verify::columns;
use crate::worker::{hour, party_digest};

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
    /// Open a ticket for one: it is a report after all. Nobody is answered
    #[command(
        after_help = "When a rule is wrong time and again, name it in [triage] disabled_rules.\nExample:\n  pillarbox quarantine promote 01927f3e-…"
    )]
    Promote {
        /// Its id, as listed
        id: Uuid,
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
    let desk = Desk::knowing(settings).await?;
    let mut out = std::io::stdout();
    match action {
        Action::List { limit, json } => list(&desk, *limit, *json, &mut out).await?,
        Action::Retry { id, .. } => {
            let made_due = retry(&desk, *id).await?;
            if let (Some(id), 0) = (id, made_due) {
                bail!(Finding(format!("there is no unreadable mail {id}")));
            }
            writeln!(out, "{made_due} due again")?;
        }
        Action::Promote { id } => {
            let reference = promote(&desk, *id).await?;
            writeln!(out, "{reference}")?;
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

/// Makes what could not be opened due again, one of it or all (`None`), once that is in the trail; how many there are.
pub(crate) async fn retry(desk: &Desk, id: Option<Uuid>) -> anyhow::Result<u64> {
    if !desk.store.has_unreadable(id).await? {
        return Ok(0);
    }
    let which = id.map_or_else(|| "all".to_owned(), |id| id.to_string());
    desk.note(DEPLOYMENT, "retried", format!("spool={which}"))
        .await?;
    let made_due = desk.store.retry(id).await?;
    desk.store.notify().await?;
    Ok(made_due)
}

async fn list(desk: &Desk, limit: i64, json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let entries = desk.store.suppressed(None, limit).await?;
    let unreadable = desk.store.unreadable(limit).await?;
    let count = format!("what=quarantine count={}", entries.len());
    desk.note(DEPLOYMENT, "listed", count).await?;
    if json {
        for entry in &entries {
            writeln!(
                out,
                "{}",
                screen::json(&entry_json(entry, &desk.summary(entry)))
            )?;
        }
        for (id, reason) in unreadable {
            let line = json!({"state": "unreadable", "id": id, "reason": reason});
            writeln!(out, "{line}")?;
        }
    } else {
        writeln!(out, "{}", table(desk, &entries)?)?;
        for (id, reason) in unreadable {
            writeln!(out, "unreadable  {id}  {reason}")?;
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
    if as_json {
        writeln!(
            out,
            "{}",
            screen::json(&shown_json(desk, entry, with_text).await?)
        )?;
    } else {
        let notes = Notes::of(desk, entry.case, std::slice::from_ref(entry)).await?;
        writeln!(out, "{}", entry.id)?;
        write_entry(desk, entry, (with_text, &[]), out)?;
        notes.write(desk, entry, out)?;
    }
    Ok(())
}

/// As `quarantine show --json` prints it, and as the API answers.
pub(crate) async fn shown_json(
    desk: &Desk,
    entry: &EntryRow,
    with_text: bool,
) -> anyhow::Result<Value> {
    let notes = Notes::of(desk, entry.case, std::slice::from_ref(entry)).await?;
    let mut value = full_json(desk, entry, (with_text, &[]))?;
    notes.add_json(desk, entry, &mut value)?;
    Ok(value)
}

/// Opens a ticket on the message's own case; its reference.
pub(crate) async fn promote(desk: &Desk, id: Uuid) -> anyhow::Result<String> {
    let missing = || Refusal::NoSuppressed(id.to_string());
    let entries = desk.store.suppressed(Some(id), 1).await?;
    let entry = entries.first().ok_or_else(missing)?;
    if entry.wrapped.message().is_some() {
        // The gateway could not file later mail on a ticket whose key it can't open.
        return Err(Refusal::SealedMail.into());
    }
    let understood = desk.understood(entry)?;
    let undecryptable = understood
        .reading
        .as_ref()
        .is_some_and(|reading| reading.openpgp.encrypted && !reading.openpgp.decrypted);
    let from = match understood.reading.as_ref().map(|reading| &reading.from[..]) {
        Some([one]) => Some(party_digest(&desk.ring, entry.case, &one.address)),
        Some(_) | None => None,
    };
    let number = u64::try_from(desk.store.next_number().await?).unwrap_or(1);
    let serial = i64::try_from(desk.ring.serial_permutation(number))?;
    let ticket = NewTicket {
        team: &desk.team,
        serial,
        needs_human: if undecryptable { "undecryptable" } else { "" },
        claims: 0,
        link: "",
    };
    let parties: Vec<Vec<u8>> = from.into_iter().collect();
    let detail = promotion(desk, entry, &ticket, &parties).await?;
    let event = Event {
        action: "promoted",
        detail,
    };
    let last = desk.store.last_audit(entry.case).await?;
    let link = audit::next(&desk.ring, entry.case, last, &desk.actor, event);
    let now = hour(Timestamp::now());
    let opened = desk
        .store
        .promote(id, &ticket, now, &parties, &link.line())
        .await?;
    if !opened {
        bail!(missing());
    }
    Ok(desk.reference(serial))
}

/// The line of the trail: it names the rows as they are from now on.
async fn promotion(
    desk: &Desk,
    entry: &EntryRow,
    ticket: &NewTicket<'_>,
    parties: &[Vec<u8>],
) -> anyhow::Result<String> {
    let rows = desk.store.case_rows(entry.case).await?;
    let row = rows.entries.iter().find(|row| row.id == entry.id);
    let row = row.ok_or_else(|| Finding("the message is gone".into()))?;
    let digest = audit::entry_digest(&desk.ring, entry.case, Some(entry.case), &columns(row));
    let opened = audit::ticket_digest(&desk.ring, entry.case, ticket);
    let mut detail = format!(
        "entry={} rule={} row={digest} ticket={opened}",
        entry.id, entry.rule
    );
    for party in parties {
        detail.push_str(&format!(" party={}", audit::hex(party)));
    }
    Ok(detail)
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
