//! `ticket list|show|search`.

use std::io::Write;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;
use vault::KeyRing;

use super::{Finding, json as contract};
use crate::config::Settings;
use crate::sealing::{self, Summary, Understood};
use crate::store::{EntryRow, QueueFilter, QueueRow, Store};
use crate::worker::record::{INDEX_BITS, field_by_number};
use crate::{gist, keyfiles, screen};

/// What to do with the queue.
#[derive(Subcommand)]
pub(super) enum Action {
    /// List tickets, the newest last
    #[command(
        after_help = "Examples:\n  pillarbox ticket list\n  pillarbox ticket list --needs-human --json"
    )]
    List(List),
    /// Show a ticket with its messages
    #[command(
        after_help = "Examples:\n  pillarbox ticket show CSIRT#000123\n  pillarbox ticket show 123 --json"
    )]
    Show {
        /// Reference or number
        reference: String,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// The messages' text, too
        #[arg(long)]
        text: bool,
        /// Write one message as it came (raw, RFC 5322) to standard output: its number on the ticket
        #[arg(long, value_name = "N")]
        raw: Option<usize>,
    },
    /// Find tickets by an exact value: address, domain, URL, hash, CVE, sender, foreign reference
    #[command(after_help = "Example:\n  pillarbox ticket search 192.0.2.10 --months 12")]
    Search {
        /// The value
        value: String,
        /// How many months to look back
        #[arg(long, default_value_t = 12)]
        months: u32,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// Which tickets.
#[derive(Args)]
pub(super) struct List {
    /// new, open, waiting, resolved or rejected
    #[arg(long)]
    state: Option<String>,
    /// Only those that could not be read or decrypted
    #[arg(long)]
    needs_human: bool,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: i64,
    /// As JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(super) struct Desk {
    pub store: Store,
    pub ring: KeyRing,
    pub team: String,
}

impl Desk {
    pub(super) fn new(settings: &Settings) -> anyhow::Result<Desk> {
        let store = Store::new(&settings.database)?;
        Ok(Desk {
            store,
            ring: keyfiles::ring(&settings.storage)?,
            team: settings.team.name.clone(),
        })
    }

    pub(super) fn summary(&self, entry: &EntryRow) -> anyhow::Result<Summary> {
        let key = sealing::case_key(&self.ring, &self.team, entry.case, &entry.wrapped)?;
        let aad = sealing::entry_aad(&self.team, "summary", entry.case, entry.id);
        Ok(sealing::open(&key, &aad, &entry.summary)?)
    }

    pub(super) fn understood(&self, entry: &EntryRow) -> anyhow::Result<Understood> {
        let key = sealing::case_key(&self.ring, &self.team, entry.case, &entry.wrapped)?;
        let aad = sealing::entry_aad(&self.team, "reading", entry.case, entry.id);
        Ok(sealing::open(&key, &aad, &entry.reading)?)
    }

    pub(super) async fn raw(
        &self,
        entry: &EntryRow,
    ) -> anyhow::Result<zeroize::Zeroizing<Vec<u8>>> {
        let key = sealing::case_key(&self.ring, &self.team, entry.case, &entry.wrapped)?;
        let sealed = self
            .store
            .raw(entry.id)
            .await?
            .ok_or_else(|| Finding("the message is gone".into()))?;
        Ok(key.open(
            &sealing::entry_aad(&self.team, "raw", entry.case, entry.id),
            &sealed,
        )?)
    }

    fn reference(&self, serial: i64) -> String {
        format!("{}#{serial:06}", self.team)
    }
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    let mut out = std::io::stdout();
    match action {
        Action::List(list) => {
            let filter = QueueFilter {
                state: list.state.clone(),
                needs_human: list.needs_human,
                limit: list.limit,
            };
            let rows = desk.store.queue(&desk.team, &filter).await?;
            if list.json {
                for row in &rows {
                    writeln!(out, "{}", ticket_json(&desk, row)?)?;
                }
            } else {
                writeln!(out, "{}", queue_table(&desk, &rows)?)?;
            }
        }
        Action::Show {
            reference,
            json,
            text,
            raw,
        } => {
            show(&desk, reference, *json, *text, *raw, &mut out).await?;
        }
        Action::Search {
            value,
            months,
            json,
        } => search(&desk, value, *months, *json, &mut out).await?,
    }
    Ok(())
}

/// The queue as text, for the demo.
pub(crate) async fn queue_text(settings: &Settings) -> anyhow::Result<String> {
    let desk = Desk::new(settings)?;
    let rows = desk
        .store
        .queue(
            &desk.team,
            &QueueFilter {
                limit: 1000,
                ..QueueFilter::default()
            },
        )
        .await?;
    let suppressed = desk.store.suppressed(None, 1000).await?;
    let tickets = queue_table(&desk, &rows)?;
    let quarantine = super::quarantine::table(&desk, &suppressed)?;
    Ok(format!(
        "Tickets\n{tickets}\n\nKept without a ticket\n{quarantine}"
    ))
}

fn queue_table(desk: &Desk, rows: &[QueueRow]) -> anyhow::Result<String> {
    let mut lines = Vec::new();
    for row in rows {
        let summary = desk.summary(&row.first)?;
        lines.push(vec![
            desk.reference(row.serial),
            row.state.clone(),
            summary.tlp.clone(),
            protection(&row.first, &row.needs_human),
            screen::one_line(&summary.from, 40),
            screen::one_line(&summary.subject, 60),
            screen::one_line(&summary.gist, 90),
            messages(row),
            acknowledgement(&row.first, &summary),
        ]);
    }
    let header = [
        "Ticket",
        "State",
        "TLP",
        "Protection",
        "From",
        "Subject",
        "Extracted",
        "Messages",
        "Acknowledged",
    ];
    Ok(screen::table(&header, lines))
}

fn protection(entry: &EntryRow, needs_human: &str) -> String {
    let mut words = Vec::new();
    match (entry.was_encrypted, needs_human) {
        (_, "unread") => words.push("NOT READ"),
        (true, "undecryptable") => words.push("CANNOT DECRYPT"),
        (true, _) => words.push("encrypted"),
        (false, _) => {}
    }
    words.push(match entry.signature.as_str() {
        "none" => "",
        "good" => "signed, key verified",
        "good_unknown_key" => "signed, key not verified",
        "missing_key" => "signed, no key",
        "expired_key" => "signed, EXPIRED KEY",
        "revoked_key" => "signed, REVOKED KEY",
        "bad" => "SIGNATURE BAD",
        _ => "SIGNATURE UNREADABLE",
    });
    words.retain(|word| !word.is_empty());
    if words.is_empty() {
        "plain".into()
    } else {
        words.join(", ")
    }
}

fn messages(row: &QueueRow) -> String {
    let mut text = row.messages.to_string();
    if row.copies > 0 {
        text.push_str(&format!(" (+{} copies)", row.copies));
    }
    if row.claims > 0 {
        text.push_str(&format!(", claims #{:06}", row.claims));
    }
    text
}

fn acknowledgement(entry: &EntryRow, summary: &Summary) -> String {
    match summary.answer_form.as_str() {
        "" => format!("no: {}", entry.answer),
        form => format!(
            "yes, {form} ({})",
            if summary.language.is_empty() {
                "both languages"
            } else {
                &summary.language
            }
        ),
    }
}

fn ticket_json(desk: &Desk, row: &QueueRow) -> anyhow::Result<Value> {
    Ok(json!({
        "reference": desk.reference(row.serial),
        "state": row.state,
        "needs_human": (!row.needs_human.is_empty()).then_some(&row.needs_human),
        "claims": (row.claims > 0).then(|| desk.reference(row.claims)),
        "messages": row.messages,
        "copies": row.copies,
        "first": entry_json(&row.first, &desk.summary(&row.first)?),
    }))
}

/// What lists show of an entry.
pub(super) fn entry_json(entry: &EntryRow, summary: &Summary) -> Value {
    json!({
        "id": entry.id,
        "kind": entry.kind,
        "rule": (!entry.rule.is_empty()).then_some(&entry.rule),
        "evidence": (!summary.evidence.is_empty()).then_some(&summary.evidence),
        "received_at": summary.received_at,
        "copies": entry.copies,
        "encrypted": entry.was_encrypted,
        "signature": entry.signature,
        "from": summary.from,
        "subject": summary.subject,
        "tlp": (!summary.tlp.is_empty()).then_some(&summary.tlp),
        "language": (!summary.language.is_empty()).then_some(&summary.language),
        "gist": summary.gist,
        "foreign_references": summary.foreign,
        "answer": entry.answer,
        "answered_to": (!summary.answered_to.is_empty()).then_some(&summary.answered_to),
    })
}

async fn show(
    desk: &Desk,
    reference: &str,
    as_json: bool,
    with_text: bool,
    raw: Option<usize>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let digits = reference
        .rsplit_once('#')
        .map_or(reference, |(_, digits)| digits)
        .trim_end_matches(']');
    let serial: i64 = digits.parse().map_err(|_| {
        Finding(format!(
            "{reference:?} is no ticket reference; write {}#000123 or 123",
            desk.team
        ))
    })?;
    let tickets = desk.store.tickets(&desk.team, &[serial], &[]).await?;
    let ticket = tickets
        .first()
        .ok_or_else(|| Finding(format!("there is no ticket {}", desk.reference(serial))))?;
    let entries = desk.store.entries(ticket.id).await?;
    if let Some(number) = raw {
        let entry = number.checked_sub(1).and_then(|index| entries.get(index));
        let entry =
            entry.ok_or_else(|| Finding(format!("the ticket has {} messages", entries.len())))?;
        return Ok(out.write_all(&desk.raw(entry).await?)?);
    }
    let mail = desk.store.mail_states(ticket.id).await?;
    if as_json {
        let entries = entries
            .iter()
            .map(|entry| full_json(desk, entry, with_text))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let sent: Vec<Value> =
            mail.iter().map(|(state, status, attempts)| json!({"state": state, "status": status, "attempts": attempts})).collect();
        let ticket = json!({"reference": desk.reference(serial), "state": ticket.state, "entries": entries, "sent": sent});
        writeln!(out, "{ticket}")?;
        return Ok(());
    }
    writeln!(out, "{}  ({})", desk.reference(serial), ticket.state)?;
    for (number, entry) in (1..).zip(&entries) {
        writeln!(out, "\nMessage {number}  {}", entry.id)?;
        write_entry(desk, entry, with_text, out)?;
    }
    for (state, status, attempts) in &mail {
        writeln!(
            out,
            "\nAcknowledgement: {state} {status} (attempts: {attempts})"
        )?;
    }
    Ok(())
}

/// One entry with everything that was understood.
pub(super) fn full_json(desk: &Desk, entry: &EntryRow, with_text: bool) -> anyhow::Result<Value> {
    let (summary, understood) = (desk.summary(entry)?, desk.understood(entry)?);
    let mut value = entry_json(entry, &summary);
    let Some(object) = value.as_object_mut() else {
        return Ok(value);
    };
    let extraction = &understood.extraction;
    object.insert(
        "incident".into(),
        serde_json::to_value(&extraction.incident)?,
    );
    object.insert(
        "indicators".into(),
        serde_json::to_value(&extraction.indicators)?,
    );
    if let Some(reading) = &understood.reading {
        object.insert("openpgp".into(), contract::openpgp(&reading.openpgp));
        let part = |part: &intake::reading::ReadPart| {
            json!({"id": part.id, "content_type": part.content_type, "filename": part.filename, "size": part.size,
                "attachment": part.attachment, "signed": part.signed, "encrypted": part.encrypted,
                "text": part.text.as_ref().filter(|_| with_text)})
        };
        object.insert("parts".into(), reading.parts.iter().map(part).collect());
    }
    Ok(value)
}

/// One entry for people.
pub(super) fn write_entry(
    desk: &Desk,
    entry: &EntryRow,
    with_text: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (summary, understood) = (desk.summary(entry)?, desk.understood(entry)?);
    let mut line = |name: &str, value: &str| -> std::io::Result<()> {
        if value.is_empty() {
            Ok(())
        } else {
            writeln!(out, "  {name:<14}{}", screen::one_line(value, 400))
        }
    };
    line("From", &summary.from)?;
    line("Subject", &summary.subject)?;
    line("Received", &summary.received_at)?;
    line("Kind", &entry.kind)?;
    line("Rule", &entry.rule)?;
    line("Evidence", &summary.evidence)?;
    line("Protection", &protection(entry, ""))?;
    line("TLP", &summary.tlp)?;
    line("References", &summary.foreign.join(", "))?;
    line(
        "Copies",
        &if entry.copies > 1 {
            (entry.copies - 1).to_string()
        } else {
            String::new()
        },
    )?;
    line("Extracted", &gist::line(&understood.extraction))?;
    line("Answer", &acknowledgement(entry, &summary))?;
    let Some(reading) = &understood.reading else {
        writeln!(
            out,
            "  This message could not be read; it is kept as it came (--raw)."
        )?;
        return Ok(());
    };
    for indicator in &understood.extraction.indicators {
        let (kind, role) = (
            serde_json::to_value(indicator.kind)?,
            serde_json::to_value(indicator.role)?,
        );
        let (kind, role) = (kind.as_str().unwrap_or(""), role.as_str().unwrap_or(""));
        writeln!(
            out,
            "    {kind:<9}{role:<13}{}",
            screen::one_line(&indicator.value, 200)
        )?;
    }
    for part in &reading.parts {
        let name = part.filename.as_deref().unwrap_or("");
        writeln!(
            out,
            "  part {:<8}{} {} ({} octets)",
            part.id,
            part.content_type,
            screen::one_line(name, 80),
            part.size
        )?;
        if let Some(text) = part.text.as_deref().filter(|_| with_text) {
            for line in screen::printable(text).lines() {
                writeln!(out, "    | {line}")?;
            }
        }
    }
    Ok(())
}

/// One keyed index a field and month is asked for; the hits are opened, and those that only share the index are dropped.
async fn search(
    desk: &Desk,
    value: &str,
    months: u32,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let value = value.trim().trim_start_matches('[').trim_end_matches(']');
    let candidates = [value.to_owned(), value.to_lowercase(), value.to_uppercase()];
    let (mut fields, mut dates, mut indexes) = (Vec::new(), Vec::new(), Vec::new());
    let mut month = Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .first_of_month();
    for _ in 0..months.max(1) {
        let key = (month.year(), u8::try_from(month.month()).unwrap_or(1));
        for number in 0..12_i16 {
            let Some(field) = field_by_number(number) else {
                continue;
            };
            for candidate in &candidates {
                fields.push(number);
                dates.push(month.to_string());
                indexes.push(
                    desk.ring
                        .blind_index(field, &desk.team, key, candidate, INDEX_BITS)
                        .value(),
                );
            }
        }
        month = month.yesterday()?.first_of_month();
    }
    let hits = desk.store.observables(&fields, &dates, &indexes).await?;
    let mut found: Vec<(Uuid, String)> = Vec::new();
    for (case, wrapped, entry, number, sealed) in hits {
        let key = sealing::case_key(
            &desk.ring,
            &desk.team,
            case,
            &vault::WrappedKey::from_bytes(wrapped),
        )?;
        let opened = key.open(
            &sealing::observable_aad(&desk.team, case, entry, number),
            &vault::Sealed::from_bytes(sealed),
        )?;
        let opened = String::from_utf8_lossy(&opened).into_owned();
        let matches = opened.eq_ignore_ascii_case(value)
            || opened.eq_ignore_ascii_case(&format!("[{value}]"));
        if matches && !found.iter().any(|(known, _)| *known == case) {
            found.push((case, opened));
        }
    }
    let ids: Vec<Uuid> = found.iter().map(|(case, _)| *case).collect();
    let tickets = desk.store.tickets(&desk.team, &[], &ids).await?;
    if found.is_empty() {
        return Err(Finding("nothing found".into()).into());
    }
    for (case, value) in found {
        let ticket = tickets
            .iter()
            .find(|ticket| ticket.id == case)
            .map(|ticket| desk.reference(ticket.serial));
        if as_json {
            writeln!(
                out,
                "{}",
                json!({"ticket": ticket, "case": case, "value": value})
            )?;
        } else {
            writeln!(
                out,
                "{}  {}",
                ticket.unwrap_or_else(|| "(quarantine)".into()),
                screen::one_line(&value, 200)
            )?;
        }
    }
    Ok(())
}
