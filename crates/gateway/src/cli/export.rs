//! What was extracted, for other teams and tools: of tickets (`ticket export`) and of files (`inspect --export`).

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use extract::Tlp;
use extract::export::{Form, Refusal, Sheet, together};
use jiff::Timestamp;
use uuid::{Uuid, uuid};

use super::desk::Desk;
use super::exported::{self, Exported, Wanted, of_query};
use super::{Finding, queue};
use crate::actions::tag;
use crate::config::{Settings, Team};
use crate::corrections;
use crate::marking;
use crate::query::Query;

/// Under which ids of observables are made from what they are (STIX 2.1, section 2.9): every team makes the same ones.
const STIX: Uuid = uuid!("00abedb4-aa42-466c-9c01-fed23315a9b7");
/// How a report counts that is not marked.
const UNMARKED: Tlp = Tlp::Amber;

/// For whom.
#[derive(Args)]
pub(super) struct Audience {
    /// The most restrictive marking that may leave: clear, green, amber, amber+strict, red
    #[arg(long, value_name = "MARKING", default_value = "amber", value_parser = tlp)]
    pub tlp: Tlp,
}

/// What to write, how and where.
#[derive(Args)]
pub(super) struct Export {
    /// References or numbers
    #[arg(required_unless_present = "query", value_name = "TICKET")]
    tickets: Vec<String>,
    /// The newest tickets that answer a query, as in `ticket list --query`, instead
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true, value_parser = queue::query, conflicts_with = "tickets")]
    query: Option<Query>,
    /// With a query: at most so many tickets, 500 at most [default: 100]
    #[arg(long, value_name = "N", conflicts_with = "tickets", value_parser = clap::value_parser!(u16).range(1..=i64::from(exported::MOST)))]
    limit: Option<u16>,
    /// The form
    #[arg(long, value_parser = form())]
    format: Form,
    #[command(flatten)]
    audience: Audience,
    /// The team's words go along, where the form has a place for them: MISP and STIX
    #[arg(long)]
    tags: bool,
    /// A file, which must not exist; standard output when not given
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Reads the name of a form.
pub(super) fn form() -> impl TypedValueParser<Value = Form> {
    let names = PossibleValuesParser::new(Form::ALL.map(Form::as_str));
    names.try_map(|name| {
        let known = Form::ALL.into_iter().find(|form| form.as_str() == name);
        known.ok_or("no such form")
    })
}

pub(crate) fn tlp(text: &str) -> Result<Tlp, String> {
    let name = text.to_uppercase();
    let known = Tlp::ALL
        .into_iter()
        .find(|tlp| tlp.as_str() == name.trim_start_matches("TLP:"));
    known.ok_or_else(|| "clear, green, amber, amber+strict or red".into())
}

/// A report that leaves.
pub(super) struct Leaving<'a> {
    pub form: Form,
    /// The most restrictive marking that may.
    pub audience: Tlp,
    /// Its reference.
    pub name: &'a str,
    /// When it came, RFC 3339.
    pub received: &'a str,
    /// Values of it that analysts corrected.
    pub corrected: usize,
    /// Words of the team that go along.
    pub tags: &'a [String],
}

/// How tickets leave.
#[derive(Clone, Copy)]
pub(crate) struct How {
    pub form: Form,
    /// The most restrictive marking that may.
    pub audience: Tlp,
    /// Whether the team's words go along.
    pub tags: bool,
}

/// Writes a report down for others.
///
/// # Errors
/// When its marking is more restrictive than they may see.
pub(super) fn written(
    team: &Team,
    leaving: &Leaving<'_>,
    extraction: &extract::Extraction,
) -> Result<String, Refusal> {
    let made = Timestamp::now().to_string();
    let id = |name: &str| Uuid::new_v5(&STIX, name.as_bytes()).to_string();
    let sheet = Sheet {
        organisation: &team.name,
        contact: &team.address,
        ticket: leaving.name,
        received: leaving.received,
        made: &made,
        unmarked: UNMARKED,
        audience: leaving.audience,
        uuid: &id,
        corrected: leaving.corrected,
        tags: leaving.tags,
    };
    leaving.form.write(extraction, &sheet)
}

/// All of them, or nothing: a ticket that may not leave holds the others back.
pub(super) async fn export(
    desk: &Desk,
    settings: &Settings,
    options: &Export,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let text = match &options.query {
        Some(query) => answering(desk, settings, options, query).await?,
        None => named(desk, settings, options).await?,
    };
    match &options.out {
        Some(path) => {
            new_file(path, text.as_bytes()).with_context(|| format!("{}", path.display()))
        }
        None => Ok(out.write_all(text.as_bytes())?),
    }
}

/// The tickets that a query finds, written down; says what may be missing.
async fn answering(
    desk: &Desk,
    settings: &Settings,
    options: &Export,
    query: &Query,
) -> anyhow::Result<String> {
    let wanted = Wanted {
        query,
        form: options.format,
        audience: options.audience.tlp,
        tags: options.tags,
        most: options.limit.unwrap_or(exported::USUAL),
    };
    match of_query(desk, &settings.team, &wanted).await? {
        Exported::Written(written) => {
            if written.missing().contains(&"limit") {
                let tickets = written.tickets;
                queue::tell(&format!(
                    "of the tickets that answer only the newest {tickets} are in the export, and older tickets answer, too: --limit, or \
                     narrow the query"
                ));
            }
            queue::warn(&written.listed);
            Ok(written.text)
        }
        Exported::Held(held) => {
            let say = format!(
                "nothing was exported, held back by {}; if the recipients may have them, say so with --tlp, open what is sealed \
                 with --analyst, or leave them out of the query: -NUMBER",
                exported::named(&held)
            );
            Err(Finding(say).into())
        }
    }
}

/// The tickets that were named, written down.
async fn named(desk: &Desk, settings: &Settings, options: &Export) -> anyhow::Result<String> {
    let (mut cases, mut tickets, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let wanted = How {
        form: options.format,
        audience: options.audience.tlp,
        tags: options.tags,
    };
    for reference in &options.tickets {
        let serial = desk.serial(reference)?;
        let found = desk.store.tickets(&desk.team, &[serial], &[]).await?;
        let Some(ticket) = found.first() else {
            return Err(super::erase::missing(desk, serial).await?.into());
        };
        let name = desk.reference(serial);
        match of_ticket(desk, &settings.team, (ticket.id, &name), wanted).await? {
            Ok((text, tlp)) => {
                cases.push(text);
                tickets.push((ticket.id, tlp));
            }
            Err(refusal) => refused.push(why(&name, refusal)),
        }
    }
    if !refused.is_empty() {
        return Err(Finding(refused.join("; ")).into());
    }
    for (ticket, tlp) in tickets {
        note(desk, ticket, tlp, wanted).await?;
    }
    Ok(options.format.join(&cases))
}

/// A ticket written down, with its marking; or why it may not leave.
pub(crate) async fn of_ticket(
    desk: &Desk,
    team: &Team,
    (ticket, name): (Uuid, &str),
    how: How,
) -> anyhow::Result<Result<(String, Option<Tlp>), Refusal>> {
    let (extraction, received, corrected) = read(desk, ticket, name).await?;
    let tags = match how.tags {
        true => tag::of_tickets(&desk.acting(""), &[ticket]).await?,
        false => HashMap::new(),
    };
    let tags = tags.into_values().next().unwrap_or_default();
    let leaving = Leaving {
        corrected,
        form: how.form,
        audience: how.audience,
        name,
        received: &received,
        tags: &tags,
    };
    Ok(written(team, &leaving, &extraction).map(|text| (text, extraction.tlp)))
}

/// That a ticket leaves, for the trail.
pub(crate) async fn note(
    desk: &Desk,
    ticket: Uuid,
    tlp: Option<Tlp>,
    how: How,
) -> anyhow::Result<()> {
    let marked = tlp.map_or("none", Tlp::as_str);
    let (form, most) = (how.form.as_str(), how.audience.as_str());
    let mut detail = format!("format={form} marked={marked} allowed={most}");
    if how.tags {
        detail.push_str(" tags=1");
    }
    desk.note(ticket, "exported", detail).await
}

/// For its owner only, whole or not at all, and never over another.
pub(super) fn new_file(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent();
    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(content)?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// Why nothing is written, and what to do.
pub(crate) fn why(name: &str, refusal: Refusal) -> String {
    match refusal {
        Refusal::Marked(tlp) => {
            let word = tlp.as_str();
            let option = word.to_lowercase();
            format!(
                "{name} is TLP:{word} and was not exported; if its recipients may have it, say so: --tlp {option}"
            )
        }
        Refusal::Time => format!("{name}: {refusal}"),
    }
}

/// What the messages of a ticket say, as analysts have corrected it; when the first came; and how many values they corrected.
async fn read(
    desk: &Desk,
    ticket: Uuid,
    name: &str,
) -> anyhow::Result<(extract::Extraction, String, usize)> {
    let entries = desk.store.entries(ticket).await?;
    let rows = desk.store.tickets(&desk.team, &[], &[ticket]).await?;
    let history = match rows.first() {
        Some(row) => super::close::history(desk, row).await?,
        None => Vec::new(),
    };
    let (mut messages, mut corrected) = (Vec::new(), 0);
    for entry in &entries {
        if desk.is_closed(entry) {
            let say = format!("{name} is sealed to analysts: --analyst opens it with your own key");
            return Err(Finding(say).into());
        }
        let understood = desk.understood(entry)?;
        if understood.reading.is_none() {
            let id = entry.id;
            tracing::warn!(
                "message {id} of {name} was not read, and neither was its marking: it is not in the export"
            );
        }
        let standing = corrections::of_entry(corrections::events(&history), entry.id);
        let (view, changed) = corrections::view(&understood.extraction, &standing);
        messages.push(view);
        corrected += changed;
    }
    let first = entries.first().map(|entry| desk.summary(entry).received_at);
    let mut all = together(messages);
    // A letter of ours may be marked more strictly than what it answers; never less.
    let marked = marking::of_ticket(&desk.acting(""), ticket, &entries).await?;
    all.tlp = all.tlp.max(marked.at_least());
    Ok((all, first.unwrap_or_default(), corrected))
}
