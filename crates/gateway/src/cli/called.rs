//! Whom to call about a ticket (T10): the sender's organisation, and those that the report is about.

use std::collections::BTreeMap;
use std::sync::Arc;

use extract::Belonging;
use intake::answer::calendar::Calendar;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::close;
use super::desk::Desk;
use crate::concern;
use crate::config::Settings;
use crate::contacts::{Called, Directory, Organisation, Whose};
use crate::corrections;
use crate::screen::one_line;
use crate::store::{EntryRow, QueueRow};
use crate::ticket::History;

/// Organisations that a line of a list names.
const NAMED: usize = 2;
/// Values that a line names.
const VALUES: usize = 3;

/// What is said with numbers and values, in a language.
pub(crate) struct Phrases {
    pub(crate) out_of_hours: &'static str,
    pub(crate) no_number: &'static str,
    /// Before what the sender belongs to an organisation by.
    pub(crate) sender_of: &'static str,
    pub(crate) source: &'static str,
    pub(crate) destination: &'static str,
    /// Between a value and what it belongs to an organisation by.
    pub(crate) within: &'static str,
    pub(crate) colon: &'static str,
}

/// In the terminal, and for programs.
pub(crate) static ENGLISH: Phrases = Phrases {
    out_of_hours: "out of hours",
    no_number: "no telephone number",
    sender_of: "sender of",
    source: "source ",
    destination: "destination ",
    within: "in",
    colon: ":",
};

/// The register, and whether the team is at work.
pub(crate) struct Calling {
    directory: Arc<Directory>,
    at_work: bool,
    words: &'static Phrases,
}

/// Whom to call about a ticket.
#[derive(Default)]
pub(crate) struct Call {
    /// One line an organisation.
    pub lines: Vec<String>,
    pub json: Value,
    /// The organisations of these lines, as the register calls them.
    pub(crate) names: Vec<String>,
    /// Whose problem it is: values that are the constituency's or only look so, each once.
    pub(crate) concerns: Vec<(String, Belonging)>,
    short: Vec<String>,
}

/// By ticket.
pub(super) type Calls = BTreeMap<Uuid, Call>;

impl Call {
    /// For a list.
    pub(super) fn line(&self) -> String {
        let more = self.short.len().saturating_sub(NAMED);
        let named: Vec<&str> = self.short.iter().take(NAMED).map(String::as_str).collect();
        let named = named.join("; ");
        match more {
            0 => named,
            more => format!("{named} (+{more})"),
        }
    }
}

/// Of tickets in a list.
pub(super) async fn of_queue(
    desk: &Desk,
    settings: &Settings,
    rows: &[QueueRow],
) -> anyhow::Result<Calls> {
    let calling = Calling::new(desk, settings)?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut calls = Calls::new();
    for ticket in desk.store.tickets(&desk.team, &[], &ids).await? {
        let entries = desk.store.entries(ticket.id).await?;
        let history = close::history(desk, &ticket).await?;
        calls.insert(ticket.id, calling.of(desk, &entries, &history));
    }
    Ok(calls)
}

impl Calling {
    /// With the register that the desk knows.
    pub(crate) fn new(desk: &Desk, settings: &Settings) -> anyhow::Result<Calling> {
        let team = &settings.team;
        let calendar = Calendar::parse(&team.hours, &team.timezone, &team.holidays);
        let calendar = calendar.map_err(anyhow::Error::msg)?;
        Ok(Calling {
            directory: Arc::clone(&desk.directory),
            at_work: calendar.is_open(Timestamp::now()),
            words: &ENGLISH,
        })
    }

    /// In another language.
    pub(crate) fn speaking(self, words: &'static Phrases) -> Calling {
        Calling { words, ..self }
    }

    /// Of a ticket's messages, with what analysts said of their values; those that can't be opened say nothing.
    pub(crate) fn of(
        &self,
        desk: &Desk,
        entries: &[EntryRow],
        history: &[(String, History)],
    ) -> Call {
        let open = entries.iter().filter(|entry| !desk.is_closed(entry));
        let open = open.filter_map(|entry| {
            let read = desk.understood(entry).ok()?.extraction;
            let view = corrections::seen(&read, history, entry.id);
            Some((desk.summary(entry).from, view))
        });
        let open: Vec<_> = open.collect();
        let messages = open.iter().map(|(from, view)| (from.as_str(), view));
        let called = Called::of(&self.directory, messages);
        let organisations = called.organisations();
        let short = organisations.iter().map(|one| self.numbers(one));
        let lines = organisations.iter().map(|one| {
            let why = why(&called, one, self.words).join(", ");
            format!("{}  ({})", self.numbers(one), one_line(&why, 200))
        });
        let json = organisations.iter().map(|one| self.json(&called, one));
        let names = organisations.iter().map(|one| one.name.clone());
        let extractions = open.iter().map(|(_, view)| view);
        Call {
            short: short.collect(),
            lines: lines.collect(),
            names: names.collect(),
            concerns: concern::values(&desk.constituency, extractions),
            json: json!({"out_of_hours": !self.at_work, "organisations": json.collect::<Vec<_>>()}),
        }
    }

    /// `Example Bank: +352 99 00 00 (out of hours), +352 12 34 56`
    fn numbers(&self, one: &Organisation) -> String {
        let calls = one.calls(self.at_work);
        let calls = calls.iter().map(|call| match call.whose {
            Whose::Office => call.number.to_owned(),
            Whose::OutOfHours => format!("{} ({})", call.number, self.words.out_of_hours),
            Whose::Person(name) => format!("{} ({name})", call.number),
        });
        let calls: Vec<String> = calls.collect();
        let calls = match calls.is_empty() {
            true => self.words.no_number.to_owned(),
            false => calls.join(", "),
        };
        let colon = self.words.colon;
        format!(
            "{}{colon} {}",
            one_line(&one.name, 60),
            one_line(&calls, 200)
        )
    }

    fn json(&self, called: &Called<'_>, one: &Organisation) -> Value {
        let same = |other: &Organisation| other.name == one.name;
        let from = called
            .reporter
            .iter()
            .find(|owner| same(owner.organisation));
        let about = called
            .concerned
            .iter()
            .find(|about| same(about.organisation));
        let values = about.into_iter().flat_map(|about| &about.values);
        let values =
            values.map(|value| json!({"value": value.value, "role": value.role, "by": value.by}));
        let calls = one.calls(self.at_work);
        let calls = calls.iter().map(|call| {
            let (whose, person) = match call.whose {
                Whose::Office => ("office", None),
                Whose::OutOfHours => ("out_of_hours", None),
                Whose::Person(name) => ("person", Some(name)),
            };
            json!({"number": call.number, "whose": whose, "person": person})
        });
        json!({
            "name": one.name,
            "telephone": one.telephone,
            "out_of_hours": one.out_of_hours,
            "address": one.address,
            "call": calls.collect::<Vec<_>>(),
            "reporter": from.map(|owner| &owner.by),
            "values": values.collect::<Vec<_>>(),
        })
    }
}

/// What an organisation has to do with a ticket.
fn why(called: &Called<'_>, one: &Organisation, words: &Phrases) -> Vec<String> {
    let same = |other: &Organisation| other.name == one.name;
    let from = called
        .reporter
        .iter()
        .filter(|owner| same(owner.organisation));
    let from = from.map(|owner| format!("{} {}", words.sender_of, owner.by));
    let about = called
        .concerned
        .iter()
        .filter(|about| same(about.organisation));
    let values = about.flat_map(|about| {
        let more = about.values.len().saturating_sub(VALUES);
        let named = about.values.iter().take(VALUES);
        let named = named.map(|value| {
            let role = match value.role {
                extract::Role::Source => words.source,
                extract::Role::Destination => words.destination,
                extract::Role::Unknown => "",
            };
            format!("{role}{} {} {}", value.value, words.within, value.by)
        });
        named.chain((more > 0).then(|| format!("+{more}")))
    });
    from.chain(values).collect()
}
