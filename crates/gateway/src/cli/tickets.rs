//! `ticket list|show|status|merge|unmerge|close|reopen|erase|export|search`.

use std::io::Write;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Finding;
use super::called::{self, Call, Calling, Calls};
use super::close::{history_json, history_text};
use super::desk::Desk;
use super::entries::{acknowledgement, entry_json, full_json, protection, write_entry};
use super::links;
use super::search::{SearchOptions, search};
use super::seen::{self, Known, Seen};
use super::shown::Shown;
use super::transport::{alert_json, write_alerts};
use crate::audit::DEPLOYMENT;
use crate::config::Settings;
use crate::store::{EntryRow, MailState, QueueFilter, QueueRow, TicketRow};
use crate::ticket::is_closed;
use crate::{concern, screen};

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
    /// Merge a ticket into another: it is resolved, and mail for it goes to the other from now on
    #[command(after_help = "Example:\n  pillarbox ticket merge CSIRT#000124 CSIRT#000123")]
    Merge {
        /// Reference or number of the one that ends
        reference: String,
        /// Reference or number of the one that goes on
        into: String,
    },
    /// Undo a merge: the ticket stands for itself again
    #[command(
        after_help = "Example:\n  pillarbox ticket unmerge CSIRT#000124\nThe messages that it had go with it, and so does mail that names it \
        from now on. What came for it while it was\nmerged was filed on the other ticket and stays there."
    )]
    Unmerge {
        /// Reference or number of the one that was merged into another
        reference: String,
    },
    /// Say that you have a ticket in hand (open), or that somebody else is to answer (waiting)
    #[command(
        after_help = "Examples:\n  pillarbox ticket status CSIRT#000123 open\n  pillarbox ticket status 123 waiting --until 2026-12-01 \
        --reason \"asked for logs\""
    )]
    Status(super::close::Status),
    /// Close a ticket: resolved, or rejected
    #[command(
        after_help = "Examples:\n  pillarbox ticket close CSIRT#000123 --reason \"the host was cleaned\"\n  pillarbox ticket close 123 \
        --rejected --reason \"not our network\"\nClosed tickets are erased when they were kept long enough, if [retention] says so."
    )]
    Close(super::close::Close),
    /// Reopen a closed ticket
    #[command(
        after_help = "Example:\n  pillarbox ticket reopen CSIRT#000123 --reason \"it is back\""
    )]
    Reopen(super::close::Reopen),
    /// Erase a ticket for good: its key and everything about it; its number stays used
    #[command(
        after_help = "Example:\n  pillarbox ticket erase CSIRT#000123 --reason request --dry-run"
    )]
    Erase(super::erase::Options),
    /// Write down what was extracted from tickets, for other teams and tools: all that are named, or none
    #[command(
        after_help = "Examples:\n  pillarbox ticket export CSIRT#000123 --format stix --out case.json\n  \
        pillarbox ticket export 123 124 --format csv\n  pillarbox ticket export 123 --format misp --tlp red    (its recipients may have it)\n\
        What is not marked counts as TLP:AMBER. indicators is a table of addresses, names and hashes; csv one of events."
    )]
    Export(super::export::Export),
    /// Find messages by address, network, domain, URL, hash, CVE, AS number, mail address, sender, reference, port
    #[command(
        after_help = "What is asked for is told from its form; kind:VALUE says it: ip, net, port, domain, url, hash, cve, as, mail, sender, \
        ref.\nSeveral are all asked for in one message.\n\nExamples:\n  pillarbox ticket search 192.0.2.7\n  \
        pillarbox ticket search 192.0.2.0/24 port:22 --months all\n  pillarbox ticket search example.org    (and all below it)\n  \
        pillarbox ticket search sender:partner.example --from 2026-01 --to 2026-06"
    )]
    Search(SearchOptions),
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
    /// Only those whose time for an answer is over
    #[arg(long)]
    overdue: bool,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: i64,
    /// As JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    let mut out = std::io::stdout();
    match action {
        Action::List(options) => list(&desk, settings, options, &mut out).await?,
        Action::Show {
            reference,
            json,
            text,
            raw,
        } => {
            let calling = Calling::open(&desk, settings).await?;
            show(&desk, &calling, reference, *json, *text, *raw, &mut out).await?;
        }
        Action::Merge { reference, into } => {
            let said = super::merge::merge(&desk, reference, into).await?;
            writeln!(out, "{said}")?;
        }
        Action::Unmerge { reference } => {
            let said = super::merge::unmerge(&desk, reference).await?;
            writeln!(out, "{said}")?;
        }
        Action::Status(options) => {
            super::close::status(&desk, &settings.team.timezone, options, &mut out).await?;
        }
        Action::Close(options) => super::close::close(&desk, options, &mut out).await?,
        Action::Reopen(options) => super::close::reopen(&desk, options, &mut out).await?,
        Action::Erase(options) => super::erase::run(&desk, options, &mut out).await?,
        Action::Export(options) => {
            super::export::export(&desk, settings, options, &mut out).await?;
        }
        Action::Search(options) => search(&desk, options, &mut out).await?,
    }
    Ok(())
}

async fn list(
    desk: &Desk,
    settings: &Settings,
    list: &List,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let filter = QueueFilter {
        state: list.state.clone(),
        needs_human: list.needs_human,
        overdue: list.overdue,
        limit: list.limit,
    };
    let rows = desk.store.queue(&desk.team, &filter).await?;
    desk.note(
        DEPLOYMENT,
        "listed",
        format!("what=tickets count={}", rows.len()),
    )
    .await?;
    // The next step is a call (T10).
    let calls = match list.overdue {
        true => called::of_queue(desk, settings, &rows).await?,
        false => Calls::default(),
    };
    let known = seen::of_queue(desk, &rows).await?;
    if list.json {
        for (row, known) in rows.iter().zip(&known) {
            writeln!(
                out,
                "{}",
                ticket_json(desk, row, known, calls.get(&row.id))?
            )?;
        }
    } else {
        writeln!(
            out,
            "{}",
            queue_table(desk, &rows, &known, list.overdue.then_some(&calls))?
        )?;
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
    let known = seen::of_queue(&desk, &rows).await?;
    let tickets = queue_table(&desk, &rows, &known, None)?;
    let quarantine = super::quarantine::table(&desk, &suppressed)?;
    Ok(format!(
        "Tickets\n{tickets}\n\nKept without a ticket\n{quarantine}"
    ))
}

fn queue_table(
    desk: &Desk,
    rows: &[QueueRow],
    known: &[Known],
    calls: Option<&Calls>,
) -> anyhow::Result<String> {
    let now = Timestamp::now();
    let mut lines = Vec::new();
    for (row, known) in rows.iter().zip(known) {
        let summary = desk.summary(&row.first);
        let mut line = vec![
            desk.reference(row.serial),
            state(row, now),
            summary.tlp.clone(),
            protection(&row.first, &row.needs_human),
            screen::one_line(&summary.from, 40),
            screen::one_line(&summary.subject, 60),
            screen::one_line(&summary.gist, 90),
            screen::one_line(&concern::line(&known.concerns), 60),
            known.seen_word(),
            messages(row),
            acknowledgement(&row.first, &summary),
        ];
        line.extend(calls.map(|calls| calls.get(&row.id).map_or_else(String::new, Call::line)));
        lines.push(line);
    }
    let mut header = vec![
        "Ticket",
        "State",
        "TLP",
        "Protection",
        "From",
        "Subject",
        "Extracted",
        "Concerns",
        "Seen",
        "Messages",
        "Acknowledged",
    ];
    header.extend(calls.map(|_| "Call"));
    Ok(screen::table(&header, lines))
}

fn state(row: &QueueRow, now: Timestamp) -> String {
    let late = overdue(&row.state, row.answer_due.as_deref(), now);
    format!("{}{}", row.state, if late { " OVERDUE" } else { "" })
}

fn messages(row: &QueueRow) -> String {
    let mut text = row.messages.to_string();
    if row.copies > 0 {
        text.push_str(&format!(" (+{} copies)", row.copies));
    }
    if row.claims > 0 {
        text.push_str(", ");
        text.push_str(&links::words(&row.link, &format!("#{:06}", row.claims)));
    }
    text
}

fn ticket_json(
    desk: &Desk,
    row: &QueueRow,
    known: &Known,
    call: Option<&Call>,
) -> anyhow::Result<Value> {
    let mut value = json!({
        "reference": desk.reference(row.serial),
        "state": row.state,
        "answer_due": row.answer_due,
        "overdue": overdue(&row.state, row.answer_due.as_deref(), Timestamp::now()),
        "needs_human": (!row.needs_human.is_empty()).then_some(&row.needs_human),
        "claims": (row.claims > 0).then(|| desk.reference(row.claims)),
        "link": (!row.link.is_empty()).then_some(&row.link),
        "messages": row.messages,
        "copies": row.copies,
        "constituency": known.concerns,
        "seen_before": known.seen,
        "first": entry_json(&row.first, &desk.summary(&row.first)),
    });
    if let (Some(object), Some(call)) = (value.as_object_mut(), call) {
        object.insert("contacts".into(), call.json.clone());
    }
    Ok(value)
}

async fn show(
    desk: &Desk,
    calling: &Calling,
    reference: &str,
    as_json: bool,
    with_text: bool,
    raw: Option<usize>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let serial = desk.serial(reference)?;
    let tickets = desk.store.tickets(&desk.team, &[serial], &[]).await?;
    let Some(ticket) = tickets.first() else {
        return Err(super::erase::missing(desk, serial).await?.into());
    };
    let entries = desk.store.entries(ticket.id).await?;
    desk.note(ticket.id, "read", what_is_read(raw, with_text))
        .await?;
    if let Some(number) = raw {
        return Ok(out.write_all(&as_it_came(desk, &entries, number).await?)?);
    }
    let beside = Shown::of(desk, ticket, &entries).await?;
    let call = calling.of(desk, &entries);
    let seen = Seen::of(desk, ticket.id).await?;
    if as_json {
        let entries = entries.iter().map(|entry| {
            let mut value = full_json(desk, entry, with_text)?;
            beside.notes.add_json(desk, entry, &mut value)?;
            beside.proofs.add_json(entry.id, &mut value);
            Ok(value)
        });
        let entries = entries.collect::<anyhow::Result<Vec<_>>>()?;
        let sent: Vec<Value> = beside.mail.iter().map(mail_json).collect();
        let alerts: Vec<Value> = beside
            .alerts
            .iter()
            .map(|(alert, _)| alert_json(alert))
            .collect();
        let mut shown = json!({"reference": desk.reference(serial), "state": ticket.state, "history": history_json(&beside.history),
            "answer_due": ticket.answer_due, "overdue": is_overdue(ticket), "entries": entries, "sent": sent,
            "transport_alerts": alerts, "contacts": call.json, "seen_before": seen.json(desk)});
        links::add_json(desk, ticket, &mut shown);
        writeln!(out, "{shown}")?;
        return Ok(());
    }
    writeln!(out, "{}  ({})", desk.reference(serial), ticket.state)?;
    links::write(desk, ticket, out)?;
    write_due(ticket, out)?;
    for line in &call.lines {
        writeln!(out, "  Call        {line}")?;
    }
    seen.write(desk, out)?;
    for (action, one) in &beside.history {
        writeln!(out, "  {}", history_text(action, one))?;
    }
    for (number, entry) in (1..).zip(&entries) {
        writeln!(out, "\nMessage {number}  {}", entry.id)?;
        write_entry(desk, entry, with_text, out)?;
        beside.proofs.write(entry.id, out)?;
        beside.notes.write(desk, entry, out)?;
        write_alerts(&beside.alerts, Some(entry.id), out)?;
    }
    write_alerts(&beside.alerts, None, out)?;
    for mail in &beside.mail {
        writeln!(out, "\n{}", mail_text(mail))?;
    }
    Ok(())
}

/// A message by its number on the ticket.
async fn as_it_came(
    desk: &Desk,
    entries: &[EntryRow],
    number: usize,
) -> anyhow::Result<zeroize::Zeroizing<Vec<u8>>> {
    let entry = number.checked_sub(1).and_then(|index| entries.get(index));
    let entry =
        entry.ok_or_else(|| Finding(format!("the ticket has {} messages", entries.len())))?;
    desk.raw(entry).await
}

/// For the trail.
fn what_is_read(raw: Option<usize>, with_text: bool) -> String {
    match (raw, with_text) {
        (Some(number), _) => format!("raw={number}"),
        (None, true) => "text".to_owned(),
        (None, false) => "facts".to_owned(),
    }
}

fn write_due(ticket: &TicketRow, out: &mut impl Write) -> std::io::Result<()> {
    let Some(due) = &ticket.answer_due else {
        return Ok(());
    };
    let late = if is_overdue(ticket) { "  OVERDUE" } else { "" };
    writeln!(out, "  Answer due  {due}{late}")
}

fn is_overdue(ticket: &TicketRow) -> bool {
    overdue(
        &ticket.state,
        ticket.answer_due.as_deref(),
        Timestamp::now(),
    )
}

/// The time for an answer is over: for ours, or while it waits for somebody else's (T10, T11).
pub(crate) fn overdue(state: &str, due: Option<&str>, now: Timestamp) -> bool {
    let due = due.and_then(|due| due.parse().ok());
    !is_closed(state) && due.is_some_and(|due: Timestamp| due < now)
}

fn mail_json(mail: &MailState) -> Value {
    json!({
        "purpose": mail.purpose,
        "state": mail.state,
        "status": mail.status,
        "attempts": mail.attempts,
        "at": mail.ended,
    })
}

/// `Acknowledgement: sent 250 at 2026-11-22T08:00:00Z (attempts: 1)`.
fn mail_text(mail: &MailState) -> String {
    let ended = mail.ended.as_deref();
    let at = ended.map_or_else(String::new, |at| format!(" at {at}"));
    let what = match mail.purpose.as_str() {
        "notice" => "Notice to those on duty",
        _ => "Acknowledgement",
    };
    format!(
        "{what}: {} {}{at} (attempts: {})",
        mail.state, mail.status, mail.attempts
    )
}
