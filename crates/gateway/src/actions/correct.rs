//! Values of a message are corrected: called wrong, given another role, added, and put back as they were read. What was read stays as it
//! is; what is said of it is sealed in the ticket's history, and the message is searchable by the view that follows from both.
//!
//! Of two who correct the same value at once, the second is told what the first said: each says which corrections he saw.

mod kept;
pub(crate) mod relist;

use extract::{Correction, Extraction, Says, Spoken, one_time, one_type, one_value};
use uuid::Uuid;
use vault::{CaseKey, VaultError};

use self::kept::{searchable, summary, write};
use super::thread::opened;
use super::{Acting, ActionFault, TRIES};
use crate::corrections::{self, Corrected, Standing};
use crate::sealing;
use crate::store::{EntryRow, StoreFault, StoredTicketEvent, TicketRow};
use crate::ticket::{self, History};

/// Values of one message that can be spoken of.
const MOST: usize = 500;
/// Octets of a reason.
pub(crate) const MOST_REASON: usize = 2_000;
/// Octets of a value.
pub(crate) const MOST_VALUE: usize = 2_000;

/// What is said of which value.
pub struct Wanted<'a> {
    /// The message.
    pub entry: Uuid,
    /// What the value is; `None`: as its text says.
    pub kind: Option<Spoken>,
    /// The value, as it is shown, or as people write it.
    pub value: &'a str,
    /// What is said.
    pub says: Says,
    /// Why; needed for a value that was not read.
    pub reason: &'a str,
    /// The ids of the corrections that were seen, with blanks between, empty for none; `None`: whatever was said before.
    pub seen: Option<&'a str>,
}

/// Why nothing was said.
#[derive(Debug, thiserror::Error)]
pub enum CorrectFault {
    /// Somebody said something else since the value was looked at: who, and what.
    #[error("{by} said meanwhile: {}", corrections::line(said))]
    Meanwhile {
        /// Who.
        by: String,
        /// What.
        said: Box<Corrected>,
    },
    /// The same stands already.
    #[error("that is said of it already")]
    Already,
    /// There is nothing to take back.
    #[error("nothing was said of it")]
    NothingSaid,
    /// What was not read can't be wrong.
    #[error("the message has no such value")]
    NotThere,
    /// A value that was not read needs a reason.
    #[error("say why, for a value that was not read")]
    WhyNeeded,
    /// The text says no value.
    #[error(
        "this is no value that is known: write one address, network, name, URL, mail address, hash, CVE or AS number, a time with its zone \
         (2024-03-05 02:11 +01:00) or a type of the taxonomy (brute-force)"
    )]
    NoValue,
    /// Value or reason is too long.
    #[error("a value and a reason have 2000 octets at most")]
    TooLong,
    /// The text says no time.
    #[error("write one time with its zone: 2024-03-05 02:11 +01:00")]
    NoTime,
    /// The text says no kind of incident.
    #[error(
        "this is no type of the Reference Security Incident Taxonomy: write one as brute-force, phishing or scanner"
    )]
    NoType,
    /// That can't be said of this.
    #[error("that can't be said of it")]
    NotOfThis,
    /// Of this message so many were spoken of.
    #[error("500 values of a message can be spoken of")]
    TooMany,
    /// What is said of one that is sealed to analysts would be readable without them.
    #[error("the message is sealed to analysts, and what is said of its values would not be")]
    Sealed,
    /// The message left the ticket.
    #[error("its messages are others by now: look at it again")]
    Moved,
    /// The index of its month is an analyst's.
    #[error("there is no key here to the index of the month in which it came: an analyst has it")]
    NoKey,
    /// Another reason.
    #[error(transparent)]
    Action(#[from] ActionFault),
}

impl From<StoreFault> for CorrectFault {
    fn from(fault: StoreFault) -> CorrectFault {
        ActionFault::from(fault).into()
    }
}

impl From<VaultError> for CorrectFault {
    fn from(fault: VaultError) -> CorrectFault {
        ActionFault::from(fault).into()
    }
}

/// Says something of a value; what was said, as it is kept. Also on a closed ticket.
///
/// # Errors
/// [`CorrectFault`]; then nothing has changed.
pub async fn correct(
    acting: &Acting<'_>,
    ticket: Uuid,
    wanted: &Wanted<'_>,
) -> Result<Corrected, CorrectFault> {
    if wanted.reason.len() > MOST_REASON || wanted.value.len() > MOST_VALUE {
        return Err(CorrectFault::TooLong);
    }
    for _ in 0..TRIES {
        match attempt(acting, ticket, wanted).await {
            Err(CorrectFault::Action(ActionFault::Store(StoreFault::Conflict))) => {}
            done => return done,
        }
    }
    Err(StoreFault::Conflict.into())
}

async fn attempt(
    acting: &Acting<'_>,
    ticket: Uuid,
    wanted: &Wanted<'_>,
) -> Result<Corrected, CorrectFault> {
    // The trail first: whoever says something after this was read takes the next line's number, and this is tried again.
    let last = acting.store.last_audit(ticket).await?;
    let row = acting.ticket(ticket).await?;
    let entry = message(acting, &row, wanted.entry).await?;
    let opened = opened(acting, &entry).map_err(ActionFault::OwnKey)?;
    let understood = &opened.1;
    let history = history(acting, &row).await?;
    let standing = corrections::of_entry(corrections::events(&history), entry.id);
    let correction = decided(&understood.extraction, &standing, wanted)?;
    let corrected = Corrected {
        id: Uuid::now_v7(),
        entry: entry.id,
        correction,
    };
    let said = History {
        reason: wanted.reason.trim().to_owned(),
        correction: Some(corrected.clone()),
        ..History::now(&row.state, acting.by)
    };
    let standing = corrections::of_entry(corrections::events(&history).chain([&said]), entry.id);
    let (view, _) = corrections::view(&understood.extraction, &standing);
    let values = searchable(acting, &entry, understood, &view).await?;
    let summary = summary(acting, &entry, opened.0, &view)?;
    let key = sealing::case_key(acting.ring, acting.team, ticket, &row.wrapped)?;
    let event = said.sealed(&key, (acting.team, ticket), "corrected")?;
    write(
        acting,
        (&row, &entry),
        last,
        (&event, &values, summary.as_ref()),
    )
    .await?;
    Ok(corrected)
}

async fn history(
    acting: &Acting<'_>,
    row: &TicketRow,
) -> Result<Vec<(String, History)>, ActionFault> {
    let (store, ring, team) = (acting.store, acting.ring, acting.team);
    Ok(ticket::history(store, ring, team, row.id, &row.wrapped).await?)
}

/// A message of the ticket that the gateway can open. What is said of one that is sealed to analysts would be readable without them.
async fn message(
    acting: &Acting<'_>,
    row: &TicketRow,
    entry: Uuid,
) -> Result<EntryRow, CorrectFault> {
    let entries = acting.store.entries(row.id).await?.into_iter();
    let entry = entries.into_iter().find(|one| one.id == entry);
    let entry = entry.ok_or(CorrectFault::Moved)?;
    match entry.wrapped.message().is_some() || entry.case != row.id {
        true => Err(CorrectFault::Sealed),
        false => Ok(entry),
    }
}

/// What is said, once it makes sense and nobody said something else meanwhile.
fn decided(
    read: &Extraction,
    standing: &[Standing<'_>],
    wanted: &Wanted<'_>,
) -> Result<Correction, CorrectFault> {
    let (kind, value) = named(read, standing, wanted)?;
    let said = Correction {
        kind,
        value,
        says: wanted.says,
    };
    let unseen = wanted
        .seen
        .and_then(|seen| corrections::unseen(standing, &said, seen));
    if let Some(unseen) = unseen {
        return Err(CorrectFault::Meanwhile {
            by: unseen.history.by.clone(),
            said: Box::new((unseen.corrected).clone()),
        });
    }
    let of_it = standing.iter().filter(|one| one.is_of(kind, &said.value));
    let of_it: Vec<Says> = of_it.map(|one| one.corrected.correction.says).collect();
    if of_it.contains(&wanted.says) {
        return Err(CorrectFault::Already);
    }
    if !wanted.says.fits(kind) {
        return Err(CorrectFault::NotOfThis);
    }
    let was_read = values(read).any(|(known, one)| known == kind && one == said.value);
    match (wanted.says, was_read, !of_it.is_empty()) {
        (Says::AsRead, _, false) => Err(CorrectFault::NothingSaid),
        (Says::Wrong, false, false) => Err(CorrectFault::NotThere),
        (says, false, false)
            if !matches!(says, Says::Wrong | Says::AsRead) && wanted.reason.trim().is_empty() =>
        {
            Err(CorrectFault::WhyNeeded)
        }
        (_, _, false) if standing.len() >= MOST => Err(CorrectFault::TooMany),
        _ => Ok(said),
    }
}

/// The value that is meant: one that is there as it is written, or what the text says.
fn named(
    read: &Extraction,
    standing: &[Standing<'_>],
    wanted: &Wanted<'_>,
) -> Result<(Spoken, String), CorrectFault> {
    let text = wanted.value.trim();
    let is_meant = |kind: Spoken| wanted.kind.is_none_or(|wanted| wanted == kind);
    let fits =
        |kind: Spoken, value: &str| value == text && is_meant(kind) && wanted.says.fits(kind);
    let spoken = standing.iter().map(|one| &one.corrected.correction);
    let spoken = spoken.map(|one| (one.kind, one.value.as_str()));
    let mut all = values(read).chain(spoken);
    if let Some((kind, value)) = all.find(|(kind, value)| fits(*kind, value)) {
        return Ok((kind, value.to_owned()));
    }
    match wanted.says {
        Says::Start | Says::End => {
            let time = one_time(text).ok_or(CorrectFault::NoTime)?;
            Ok((Spoken::Time, time))
        }
        Says::Type => {
            let kind = one_type(text).ok_or(CorrectFault::NoType)?;
            Ok((Spoken::Type, kind.to_owned()))
        }
        Says::Wrong | Says::Source | Says::Destination | Says::NoRole | Says::AsRead => {
            let said = one_value(text).map(|(kind, value)| (Spoken::from(kind), value));
            let said = said.or_else(|| Some((Spoken::Type, one_type(text)?.to_owned())));
            let said = said.or_else(|| Some((Spoken::Time, one_time(text)?)));
            let said = said.filter(|(kind, _)| is_meant(*kind));
            said.ok_or(CorrectFault::NoValue)
        }
    }
}

/// All that was read of which something can be said.
fn values(read: &Extraction) -> impl Iterator<Item = (Spoken, &str)> {
    let incident = &read.incident;
    let ends = incident.sources.iter().chain(&incident.destinations);
    let ends = ends.filter_map(|end| {
        let ip = end.ip.as_deref()?;
        Some((Spoken::from(extract::party_kind(ip)?), ip))
    });
    let found = read.indicators.iter();
    let found = found.map(|one| (Spoken::from(one.kind), one.value.as_str()));
    let times = incident.times.iter();
    let times = times.map(|one| (Spoken::Time, one.value.as_str()));
    let types = incident.types.iter();
    let types = types.map(|one| (Spoken::Type, one.kind.as_str()));
    found.chain(ends).chain(times).chain(types)
}

/// What was said of the values of messages that leave a ticket, each with who said it and when, for the history of the new one.
pub(super) async fn moved(
    acting: &Acting<'_>,
    old: &TicketRow,
    (new, key): (Uuid, &CaseKey),
    entries: &[Uuid],
) -> Result<Vec<StoredTicketEvent>, ActionFault> {
    let (team, history) = (acting.team, history(acting, old).await?);
    let of_these = |one: &&History| {
        let correction = one.correction.as_ref();
        correction.is_some_and(|one| entries.contains(&one.entry))
    };
    let said = corrections::events(&history).filter(of_these);
    let said = said.map(|one| one.sealed(key, (team, new), "corrected"));
    Ok(said.collect::<Result<_, _>>()?)
}
