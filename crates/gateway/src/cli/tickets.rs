//! `ticket list|show|attachment|correct|tag|untag|tlp|claim|assign|release|status|reply|note|retry|split|merge|unmerge|link|unlink|close|reopen|erase|export|search`.

use std::io::Write;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Finding;
use super::called::Calling;
use super::changes::Changes;
use super::close::{history_json, history_text};
use super::colour::{self, When};
use super::desk::Desk;
use super::entries::{full_json, write_entry};
use super::links;
use super::mailed::{mail_json, mail_text};
use super::queue;
use super::reply::Awaited;
use super::search::{SearchOptions, search};
use super::seen::Seen;
use super::shown::Shown;
use super::transport::{alert_json, write_alerts};
use crate::config::Settings;
use crate::corrections;
use crate::marking;
use crate::screen;
use crate::store::{EntryRow, TicketRow};

/// What to do with the queue, and how to say it.
#[derive(Args)]
pub(super) struct Work {
    /// As JSON: of what changes a ticket, how it stands afterwards and what changed, one ticket a line
    #[arg(long, global = true)]
    json: bool,
    /// Colours in lists and tickets
    #[arg(long, global = true, value_enum, default_value_t = When::Auto, value_name = "WHEN")]
    color: When,
    #[command(subcommand)]
    action: Action,
}

/// What to do with the queue.
#[derive(Subcommand)]
pub(super) enum Action {
    /// List tickets, the newest last
    #[command(
        after_help = "Examples:\n  pillarbox ticket list\n  pillarbox ticket list --needs-human --json\n  \
        pillarbox ticket list --query 'is:unclaimed (tlp:amber or from:@bank.example) age>4h'"
    )]
    List(queue::List),
    /// Show a ticket with its messages
    #[command(
        after_help = "Examples:\n  pillarbox ticket show CSIRT#000123\n  pillarbox ticket show 123 --json\n  pillarbox ticket show 123 --trail"
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
        /// Its audit trail instead: who read and did what, each line compared with the one before it
        #[arg(long, conflicts_with_all = ["text", "raw"])]
        trail: bool,
    },
    /// Save one part of a message, an attachment say: as it came, after transfer encoding and encryption were undone
    #[command(
        after_help = "Example:\n  pillarbox ticket attachment CSIRT#000123 --message 1 --part 2 --output sample.bin\n`ticket show` lists the \
        parts, each with its SHA-256. What is saved may be hostile."
    )]
    Attachment(super::attachment::Options),
    /// Correct a value that was read from a message, or its role, or add one: kept beside what was read, with who, when and why
    #[command(
        after_help = "Examples:\n  pillarbox ticket correct CSIRT#000123 192.0.2.7 destination --message 2\n  \
        pillarbox ticket correct 123 1.2.3.4 wrong --reason \"a version number\"\n  \
        pillarbox ticket correct 123 evil.example.org source --reason \"in the picture\"    (was not read)\n  \
        pillarbox ticket correct 123 192.0.2.7 as-read    (takes back what was said)\n\
        Search, lists of values seen before and exports go by what was said."
    )]
    Correct(super::correct::Options),
    /// Merge a ticket into another: it is resolved, and mail for it goes to the other from now on
    #[command(
        after_help = "Examples:\n  pillarbox ticket merge CSIRT#000124 CSIRT#000123\n  pillarbox ticket merge 124 125 126 123    (three into 123)"
    )]
    Merge {
        /// Reference or number of the one that ends; several
        #[arg(required = true)]
        references: Vec<String>,
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
    /// Take your last change of a ticket's state, owner or marking back: all is as before, its clock and awaited answers too
    #[command(
        after_help = "Example:\n  pillarbox ticket undo CSIRT#000123\nExit code 1 once somebody else acted on it, or mail came for it. \
        `ticket unmerge` takes a merge back."
    )]
    Undo(super::undo::Undo),
    /// Say that a ticket does not belong to the one that its first message names; `ticket merge` says that it does
    #[command(
        after_help = "Examples:\n  pillarbox ticket refuse-claim CSIRT#000124\n  pillarbox ticket refuse-claim CSIRT#000124 --take-back"
    )]
    RefuseClaim(super::undo::Refuse),
    /// Link two tickets: parent and child, duplicates, related
    #[command(
        after_help = "Examples:\n  pillarbox ticket link CSIRT#000123 parent CSIRT#000124   124 is a part of 123\n  \
        pillarbox ticket link 125 duplicate 123\nBoth tickets show it. Exit code 1 when they are linked so already."
    )]
    Link(links::Link),
    /// Take all links between two tickets away
    #[command(after_help = "Example:\n  pillarbox ticket unlink CSIRT#000123 CSIRT#000124")]
    Unlink(links::Unlink),
    /// Put words of the team on a ticket
    #[command(
        after_help = "Example:\n  pillarbox ticket tag CSIRT#000123 phishing-wave bank\nAt most 20 a ticket, of 40 characters. They are sealed with \
        the ticket and searchable: `ticket list --tag bank`.\nExit code 1 when it has them already."
    )]
    Tag(super::tag::Tag),
    /// Take words of the team off a ticket
    #[command(after_help = "Example:\n  pillarbox ticket untag CSIRT#000123 bank")]
    Untag(super::tag::Tag),
    /// Mark a ticket more strictly than its messages are (TLP): for what may be answered in clear, exported, and kept
    #[command(
        after_help = "Examples:\n  pillarbox ticket tlp CSIRT#000123 --to amber+strict --reason \"they called\"\n  \
        pillarbox ticket tlp 123 --to amber --lower --reason \"raised by mistake\"\nExit code 1 when it is marked so already, or would be lowered. \
        `ticket undo` takes the last change back."
    )]
    Tlp(super::mark::Mark),
    /// Take a ticket that nobody has
    #[command(
        after_help = "Examples:\n  pillarbox ticket claim CSIRT#000123\n  pillarbox ticket claim 123 --steal    (another has it)\n\
        Exit code 1 when another has it. Its state and its clock stay as they are."
    )]
    Claim(super::owner::Claim),
    /// Let a ticket go that you have
    Release(super::owner::Release),
    /// Give a ticket to an analyst
    #[command(after_help = "Example:\n  pillarbox ticket assign CSIRT#000123 kim")]
    Assign(super::owner::Assign),
    /// Write to the reporter, or to others: signed, encrypted to whoever has a certificate, kept on the ticket
    #[command(
        after_help = "Examples:\n  pillarbox ticket reply CSIRT#000123 --text answer.txt\n  \
        pillarbox ticket reply 123 --to noc@isp.example --expect-answer 3d --yes < question.txt\n  \
        pillarbox ticket reply 123 --canned asked-for-logs --language fr\n  \
        pillarbox ticket reply 123 --undo     within 15 seconds, or as long as no daemon sends"
    )]
    Reply(super::reply::Reply),
    /// Take messages that belong to another matter off into a new ticket; nobody is answered
    #[command(
        after_help = "Example:\n  pillarbox ticket split CSIRT#000123 --message 2,3\nWhat they report goes along. `ticket merge` puts both \
        together again."
    )]
    Split(super::split::Options),
    /// Write a note on a ticket: sealed with it, sent to nobody
    #[command(
        after_help = "Examples:\n  pillarbox ticket note CSIRT#000123 --text 'called them, they look into it'\n  \
        pillarbox ticket note 123 < minutes.txt"
    )]
    Note(super::reply::Note),
    /// Open what could not be decrypted when it came, with the team's keys of now; nobody is answered
    #[command(
        after_help = "Examples:\n  pillarbox ticket retry CSIRT#000123\n  pillarbox ticket retry --all-undecryptable\nExit code 1 when a \
        message stays closed; running it again does no harm. What is sealed to analysts opens with --analyst."
    )]
    Retry(super::retry::Options),
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
    /// Write down what was extracted from tickets, for other teams and tools: all that are named or answer a query, or none
    #[command(
        after_help = "Examples:\n  pillarbox ticket export CSIRT#000123 --format stix --out case.json\n  \
        pillarbox ticket export 123 124 --format csv\n  \
        pillarbox ticket export --query 'is:open obs:192.0.2.0/24' --format misp --limit 50\n  pillarbox ticket export 123 --format misp --tlp red    (its recipients may have it)\n\
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

pub(super) async fn run(work: &Work, settings: &Settings) -> anyhow::Result<()> {
    let action = &work.action;
    if work.json && action.is_silent() {
        return Err(Finding("this has no JSON: it writes a file, or nothing".into()).into());
    }
    let shows = matches!(
        action,
        Action::List(_) | Action::Show { .. } | Action::Search(_)
    );
    let desk = match shows {
        true => Desk::knowing(settings).await?,
        false => Desk::new(settings)?,
    };
    done(&desk, settings, work).await
}

/// Does it.
async fn done(desk: &Desk, settings: &Settings, work: &Work) -> anyhow::Result<()> {
    let (action, is_coloured) = (&work.action, work.color.is_on());
    let changes = Changes {
        desk,
        settings,
        as_json: work.json,
    };
    let mut out = std::io::stdout();
    match action {
        Action::List(options) => {
            queue::list(desk, settings, (options, is_coloured), &mut out).await?
        }
        Action::Show { .. } => painted(desk, settings, action, is_coloured, &mut out).await?,
        Action::Attachment(options) => {
            super::attachment::run(desk, settings, options, &mut out).await?;
        }
        Action::Correct(options) => changes.correct(options).await?,
        Action::Merge { references, into } => changes.merge(references, into).await?,
        Action::Unmerge { reference } => changes.unmerge(reference).await?,
        Action::Undo(options) => changes.undo(options).await?,
        Action::RefuseClaim(options) => changes.refuse_claim(options).await?,
        Action::Link(options) => changes.link(options).await?,
        Action::Unlink(options) => changes.unlink(options).await?,
        Action::Tag(options) => changes.tag(options).await?,
        Action::Untag(options) => changes.untag(options).await?,
        Action::Tlp(options) => changes.mark(options).await?,
        Action::Claim(options) => changes.claim(options).await?,
        Action::Release(options) => changes.release(options).await?,
        Action::Assign(options) => changes.assign(options).await?,
        Action::Reply(options) => changes.reply(options).await?,
        Action::Split(options) => changes.split(options).await?,
        Action::Note(options) => changes.note(options).await?,
        Action::Status(options) => changes.status(options).await?,
        Action::Close(options) => changes.close(options).await?,
        Action::Reopen(options) => changes.reopen(options).await?,
        Action::Retry(options) => super::retry::run(desk, settings, options, &mut out).await?,
        Action::Erase(options) => super::erase::run(desk, options, &mut out).await?,
        Action::Export(options) => {
            super::export::export(desk, settings, options, &mut out).await?;
        }
        Action::Search(options) => search(desk, options, &mut out).await?,
    }
    Ok(())
}

/// Shows a ticket, in colours when they are wanted.
async fn painted(
    desk: &Desk,
    settings: &Settings,
    action: &Action,
    is_coloured: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let Action::Show {
        reference,
        json,
        text,
        raw,
        trail,
    } = action
    else {
        return Ok(());
    };
    if *trail {
        return super::trail::of_ticket(desk, reference, *json, out).await;
    }
    let calling = Calling::new(desk, settings)?;
    if *json || raw.is_some() || !is_coloured {
        return show(desk, &calling, reference, *json, *text, *raw, out).await;
    }
    let mut said = Vec::new();
    show(desk, &calling, reference, false, *text, None, &mut said).await?;
    let said = colour::head(&String::from_utf8_lossy(&said));
    Ok(out.write_all(said.as_bytes())?)
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
    if as_json {
        let shown = shown_json(desk, calling, ticket, &entries, with_text).await?;
        writeln!(out, "{}", screen::json(&shown))?;
        return Ok(());
    }
    let beside = Shown::of(desk, ticket, &entries).await?;
    let awaited = Awaited::of(desk, ticket.id, &entries).await?;
    let call = calling.of(desk, &entries, &beside.history);
    let seen = Seen::of(desk, ticket.id).await?;
    writeln!(out, "{}  ({})", desk.reference(serial), ticket.state)?;
    links::write(desk, ticket, &beside, out)?;
    super::tag::write(&beside.tags, out)?;
    let marked = marking::of_ticket(&desk.acting(""), ticket.id, &entries).await?;
    super::mark::write(marked, out)?;
    write_due(ticket, &call.lines, out)?;
    awaited.write(desk, ticket.id, out)?;
    seen.write(desk, out)?;
    for (action, one) in &beside.history {
        writeln!(out, "  {}", history_text(desk, action, one))?;
    }
    for (number, entry) in (1..).zip(&entries) {
        writeln!(out, "\nMessage {number}  {}", entry.id)?;
        let standing = corrections::of_entry(corrections::events(&beside.history), entry.id);
        write_entry(desk, entry, (with_text, &standing), out)?;
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

/// A ticket as `ticket show --json` prints it, and as the API answers.
pub(crate) async fn shown_json(
    desk: &Desk,
    calling: &Calling,
    ticket: &TicketRow,
    entries: &[EntryRow],
    with_text: bool,
) -> anyhow::Result<Value> {
    let beside = Shown::of(desk, ticket, entries).await?;
    let awaited = Awaited::of(desk, ticket.id, entries).await?;
    let call = calling.of(desk, entries, &beside.history);
    let seen = Seen::of(desk, ticket.id).await?;
    let marked = marking::of_ticket(&desk.acting(""), ticket.id, entries).await?;
    let tlp = marked.known().map(extract::Tlp::as_str);
    let entries = entries_json(desk, entries, &beside, with_text)?;
    let sent: Vec<Value> = beside.mail.iter().map(mail_json).collect();
    let alerts = beside.alerts.iter();
    let alerts: Vec<Value> = alerts.map(|(alert, _)| alert_json(alert)).collect();
    let mut shown = json!({"reference": desk.reference(ticket.serial), "number": ticket.serial, "state": ticket.state, "tlp": tlp,
        "history": history_json(desk, &beside.history), "answer_due": ticket.answer_due, "due": ticket.due, "overdue": ticket.overdue,
        "awaited": awaited.json(desk), "entries": entries, "sent": sent, "transport_alerts": alerts, "contacts": call.json,
        "seen_before": seen.json(desk)});
    links::add_json(desk, ticket, &beside, &mut shown);
    super::tag::add_json(&beside.tags, &mut shown);
    Ok(shown)
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

/// The messages of a ticket, as JSON.
pub(crate) fn entries_json(
    desk: &Desk,
    entries: &[EntryRow],
    beside: &Shown,
    with_text: bool,
) -> anyhow::Result<Vec<Value>> {
    let entries = entries.iter().map(|entry| {
        let standing = corrections::of_entry(corrections::events(&beside.history), entry.id);
        let mut value = full_json(desk, entry, (with_text, &standing))?;
        beside.notes.add_json(desk, entry, &mut value)?;
        beside.proofs.add_json(entry.id, &mut value);
        Ok(value)
    });
    entries.collect()
}

/// For the trail.
fn what_is_read(raw: Option<usize>, with_text: bool) -> String {
    match (raw, with_text) {
        (Some(number), _) => format!("raw={number}"),
        (None, true) => "text".to_owned(),
        (None, false) => "facts".to_owned(),
    }
}

fn write_due(ticket: &TicketRow, calls: &[String], out: &mut impl Write) -> std::io::Result<()> {
    if !ticket.owner.is_empty() {
        let owner = screen::one_line(&ticket.owner, 64);
        writeln!(out, "  Owner       {owner}, since {}", ticket.owner_since)?;
    }
    if let Some(due) = &ticket.due {
        let late = if ticket.overdue { "  OVERDUE" } else { "" };
        writeln!(out, "  Answer due  {due}{late}")?;
    }
    for line in calls {
        writeln!(out, "  Call        {line}")?;
    }
    Ok(())
}
