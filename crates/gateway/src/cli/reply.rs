//! `ticket reply` and `ticket note`, and what letters say of answers that are awaited.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use intake::answer::calendar::Calendar;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Finding;
use super::confirm::{Consent, confirm};
use super::desk::{Desk, told};
use crate::actions::post::Post;
use crate::actions::reply::{self, HOLD, Ready, Wish};
use crate::actions::{canned, note as notes, thread::LETTER};
use crate::audit::actor;
use crate::config::Settings;
use crate::screen;
use crate::store::{AwaitedRow, EntryRow};
use crate::worker::party_digest;

/// A letter.
#[derive(Args)]
pub(super) struct Reply {
    /// Reference or number
    pub(super) reference: String,
    /// To whom, repeatable; else to the reporter
    #[arg(long, value_name = "ADDRESS")]
    to: Vec<String>,
    /// Who else reads it, repeatable
    #[arg(long, value_name = "ADDRESS")]
    cc: Vec<String>,
    /// Instead of the report's Subject; tag and references are put before it
    #[arg(long)]
    subject: Option<String>,
    /// The last day on which those in --to are to answer, YYYY-MM-DD, or so many days at work, as 3d: the ticket waits until then
    #[arg(long, value_name = "DAYS|DATE")]
    expect_answer: Option<String>,
    /// The text; - is standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    text: PathBuf,
    /// A text of the team's instead, by its name
    #[arg(long, value_name = "NAME", conflicts_with = "text")]
    canned: Option<String>,
    /// With --canned: in which language; else the team's first that it is in
    #[arg(long, value_name = "LANGUAGE", requires = "canned")]
    language: Option<String>,
    /// To those without a certificate in clear, although the ticket came encrypted or is TLP:AMBER or above
    #[arg(long)]
    allow_clear: bool,
    /// Take a letter back, as long as it has not begun to leave; without its id the last
    #[arg(long, value_name = "LETTER", num_args = 0..=1, require_equals = true,
        conflicts_with_all = ["to", "cc", "subject", "expect_answer", "text", "canned", "allow_clear"])]
    undo: Option<Option<Uuid>>,
    #[command(flatten)]
    consent: Consent,
}

impl Reply {
    /// As JSON nobody reads before it is sent what would be sent, so it must be said at once.
    pub(super) fn can_be_asked(&self, as_json: bool) -> anyhow::Result<()> {
        match as_json && !self.consent.yes && self.undo.is_none() {
            true => Err(Finding("with --json say --yes: nobody is asked".into()).into()),
            false => Ok(()),
        }
    }
}

/// A note.
#[derive(Args)]
pub(super) struct Note {
    /// Reference or number
    pub(super) reference: String,
    /// The note; else standard input
    #[arg(long)]
    text: Option<String>,
}

pub(super) async fn run(
    desk: &Desk,
    settings: &Settings,
    options: &Reply,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(&options.reference).await?;
    let told = |fault| told(fault, &reference);
    let by = actor();
    let acting = desk.acting(&by);
    if let Some(letter) = options.undo {
        // Who may use this command may do as a lead does.
        let letter = reply::take_back(&acting, ticket, (letter, true)).await;
        let letter = letter.map_err(told)?;
        writeln!(out, "{reference}: letter {letter} is taken back")?;
        return Ok(());
    }
    let wish = options.wish(settings, (&reference, &by))?;
    let post = Post::open(settings).await?;
    let ready = reply::prepare(&acting, &post, ticket, &wish);
    let ready = ready.await.map_err(told)?;
    write_ready(&ready, wish.until, out)?;
    if options.canned.is_some() {
        writeln!(out, "\n{}\n", screen::printable(wish.text.trim_end()))?;
    }
    confirm(&options.consent, "Send it?")?;
    let letter = reply::send(&acting, &post, &ready).await.map_err(told)?;
    writeln!(
        out,
        "{reference}: letter {letter} leaves in {} seconds; `pillarbox ticket reply {reference} --undo` takes it back",
        HOLD.as_secs()
    )?;
    Ok(())
}

impl Reply {
    fn wish(&self, settings: &Settings, (tag, by): (&str, &str)) -> anyhow::Result<Wish> {
        let until = self.expect_answer.as_deref();
        Ok(Wish {
            to: self.to.clone(),
            cc: self.cc.clone(),
            subject: self.subject.clone(),
            text: match &self.canned {
                Some(name) => {
                    let named = (name.as_str(), self.language.as_deref());
                    let text = canned::text(&settings.team, named, (tag, by));
                    text.map_err(|fault| told(fault, tag))?
                }
                None => text(&self.text, reply::MOST_TEXT)?,
            },
            marking: None,
            until: until.map(|until| moment(until, settings)).transpose()?,
            allow_clear: self.allow_clear,
            once: None,
        })
    }
}

/// `3d`, or a day.
fn moment(text: &str, settings: &Settings) -> anyhow::Result<Timestamp> {
    let team = &settings.team;
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok());
    if let Some(days) = days {
        let calendar = Calendar::parse(&team.hours, &team.timezone, &team.holidays);
        let end = calendar
            .map_err(anyhow::Error::msg)?
            .after_days(Timestamp::now(), days);
        let far = || Finding(format!("there are no {days} days at work within a year"));
        return Ok(crate::worker::hour(end.ok_or_else(far)?));
    }
    let day = text.parse().ok();
    let day =
        day.ok_or_else(|| Finding(format!("{text:?} is neither days, as 3d, nor YYYY-MM-DD")));
    super::close::end_of(day?, &team.timezone)
}

/// A file's text, or standard input's; one octet more than `most` at the most, so that too much is noticed.
fn text(path: &std::path::Path, most: usize) -> anyhow::Result<String> {
    let most = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = String::new();
    let read = match path.as_os_str() == "-" {
        true => std::io::stdin().take(most).read_to_string(&mut text),
        false => {
            let file = std::fs::File::open(path);
            let file = file.with_context(|| format!("{}", path.display()))?;
            file.take(most).read_to_string(&mut text)
        }
    };
    read.context("the text can't be read as UTF-8")?;
    Ok(text)
}

fn write_ready(
    ready: &Ready,
    until: Option<Timestamp>,
    out: &mut impl Write,
) -> std::io::Result<()> {
    writeln!(out, "Subject  {}", screen::one_line(&ready.subject, 200))?;
    if let Some(marking) = ready.marking {
        writeln!(out, "TLP      {}", marking.as_str())?;
    }
    for copy in &ready.copies {
        let answer = match until {
            Some(until) if copy.awaited => format!(", answer expected until {until}"),
            Some(_) | None => String::new(),
        };
        let form = match copy.form {
            "encrypted" => "encrypted and signed",
            "signed" => "IN CLEAR, signed",
            _ => "IN CLEAR, not signed: the team has no key",
        };
        let recipient = screen::one_line(&copy.recipient, 100);
        writeln!(out, "To       {recipient}: {form}{answer}")?;
    }
    Ok(())
}

pub(super) async fn note(desk: &Desk, options: &Note, out: &mut impl Write) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(&options.reference).await?;
    let words = match &options.text {
        Some(words) => words.clone(),
        None => text("-".as_ref(), notes::MOST)?,
    };
    let by = actor();
    let added = notes::add(&desk.acting(&by), ticket, &words).await;
    added.map_err(|fault| told(fault, &reference))?;
    writeln!(out, "{reference}: noted")?;
    Ok(())
}

/// Answers that a ticket's letters expect.
pub(crate) struct Awaited(pub(crate) Vec<(String, AwaitedRow)>);

impl Awaited {
    /// Of a ticket and those merged into it; from whom is read from the letters themselves.
    pub(crate) async fn of(
        desk: &Desk,
        ticket: Uuid,
        entries: &[EntryRow],
    ) -> anyhow::Result<Awaited> {
        let rows = desk.store.awaited(ticket).await?;
        let mut addresses: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
        for row in &rows {
            if addresses.contains_key(&row.ticket) {
                continue;
            }
            let written_to = if row.ticket == ticket {
                written_to(desk, entries)
            } else {
                desk.note(row.ticket, "read", "facts".into()).await?;
                written_to(desk, &desk.store.entries(row.ticket).await?)
            };
            addresses.insert(row.ticket, written_to);
        }
        let named = rows.into_iter().map(|row| {
            let mut addresses = addresses.get(&row.ticket).into_iter().flatten();
            let of = |address: &&String| party_digest(&desk.ring, row.ticket, address) == row.party;
            let name = addresses.find(of).cloned();
            (name.unwrap_or_else(|| "(sealed)".into()), row)
        });
        Ok(Awaited(named.collect()))
    }

    /// For people who look at this ticket.
    pub(super) fn write(
        &self,
        desk: &Desk,
        ticket: Uuid,
        out: &mut impl Write,
    ) -> std::io::Result<()> {
        for (name, row) in &self.0 {
            let name = screen::one_line(name, 100) + &elsewhere(desk, ticket, row);
            let failed = match row.failed.as_str() {
                "" => String::new(),
                status => format!(", our mail was refused ({status})"),
            };
            let late = if row.overdue { "  OVERDUE" } else { "" };
            let how = match row.ended.as_str() {
                "" => format!("until {}{failed}{late}", row.until),
                ended => format!("{ended}{failed}"),
            };
            writeln!(out, "  Answer of {name}: {how}")?;
        }
        Ok(())
    }

    /// As a list.
    pub(super) fn json(&self, desk: &Desk) -> Value {
        let one = |(name, row): &(String, AwaitedRow)| {
            let word = |word: &String| (!word.is_empty()).then(|| word.clone());
            json!({"from": name, "ticket": desk.reference(row.serial), "letter": row.letter, "until": row.until, "overdue": row.overdue,
                "failed": word(&row.failed), "ended": word(&row.ended)})
        };
        self.0.iter().map(one).collect()
    }
}

/// For who looks at a ticket: on which other one the letter was written, ` (CSIRT#000123)`; else nothing.
pub(crate) fn elsewhere(desk: &Desk, ticket: Uuid, row: &AwaitedRow) -> String {
    match row.ticket == ticket {
        true => String::new(),
        false => format!(" ({})", desk.reference(row.serial)),
    }
}

/// To whom a ticket's letters went.
fn written_to(desk: &Desk, entries: &[EntryRow]) -> Vec<String> {
    let letters = entries.iter().filter(|entry| entry.kind == LETTER);
    let mut addresses = Vec::new();
    for letter in letters {
        let to = desk.summary(letter).answered_to;
        addresses.extend(to.split(", ").map(str::to_owned));
    }
    addresses
}
