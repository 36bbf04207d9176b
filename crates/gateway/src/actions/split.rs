//! Messages that belong to another matter leave a ticket for a new one.
//!
//! What is sealed under a ticket's key is erased with it, so that they are sealed anew under the new ticket's; messages that are sealed to
//! analysts have keys of their own and keep them. The values that a search finds go along. Nobody is answered. Who names the old ticket
//! gets there, as before; `ticket merge` puts both together again.
//!
//! Another team's reference stays with the messages that carry it: the new ticket has those of the messages that left, and the old
//! one keeps those of the messages that stayed. Where both have one, later mail with it goes by the thread: to the ticket with the
//! messages that it refers to; if there are none, to one that is not closed, then to the newer.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;
use vault::{CaseKey, WrappedKey};

use super::refusal::PlaceRefusal;
use super::thread::{LETTER, opened, signers};
use super::{Acting, ActionFault, TRIES, correct, mark};
use crate::audit::{self, Event, hex};
use crate::epochs;
use crate::protection::stays_closed;
use crate::sealing::{self, Summary, Understood};
use crate::store::{
    CaseWork, EntryRow, NewTicket, SealedColumn, SealedPlace, Split, StoreFault, StoredTicketEvent,
    TicketRow,
};
use crate::verify::columns;
use crate::worker::{foreign_digest, hour, party_digest};

/// Messages of one split.
pub const MOST: usize = 50;

/// Moves messages, by their numbers on the ticket from 1, to a new ticket; its number.
///
/// # Errors
/// [`ActionFault::Refused`] says which can't be moved.
pub async fn split(
    acting: &Acting<'_>,
    ticket: Uuid,
    numbers: &BTreeSet<usize>,
) -> Result<i64, ActionFault> {
    let fresh = u64::try_from(acting.store.next_number().await?).unwrap_or(1);
    let serial = i64::try_from(acting.ring.serial_permutation(fresh));
    let serial = serial.map_err(|_| PlaceRefusal::NoNumbers)?;
    acting.open_ticket(ticket).await?;
    let messages = chosen(acting, ticket, numbers).await?;
    for _ in 0..TRIES {
        match attempt(acting, ticket, &messages, serial).await {
            Err(ActionFault::Store(StoreFault::Conflict)) => {}
            done => return done.map(|()| serial),
        }
    }
    Err(StoreFault::Conflict.into())
}

/// The messages that leave, and what is known of them.
struct Leaving {
    entries: Vec<EntryRow>,
    /// Addresses and fingerprints of who wrote them; not all of them are parties.
    names: BTreeSet<String>,
    /// Digests of other teams' references in them, and in the messages that stay; not all of them were proved.
    foreign: [BTreeSet<Vec<u8>>; 2],
    needs_human: &'static str,
    /// What was said of their values, for the new ticket's history.
    said: Vec<StoredTicketEvent>,
}

impl Leaving {
    /// Those of the old ticket's references that the new one has, and those of them that the old one loses.
    fn references(&self, stored: &[Vec<u8>]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let [gone, kept] = &self.foreign;
        let foreign = stored.iter().filter(|digest| gone.contains(*digest));
        let parted = foreign.clone().filter(|digest| !kept.contains(*digest));
        (foreign.cloned().collect(), parted.cloned().collect())
    }
}

async fn attempt(
    acting: &Acting<'_>,
    ticket: Uuid,
    messages: &BTreeSet<Uuid>,
    serial: i64,
) -> Result<(), ActionFault> {
    let row = acting.open_ticket(ticket).await?;
    let mut leaving = leaving(acting, ticket, messages).await?;
    let new = Uuid::now_v7();
    let epoch = sealing::epoch_of(new);
    epochs::ready(acting.store, acting.ring, acting.team, epoch).await?;
    let key = acting.ring.new_case_key(epoch)?;
    let wrapped = acting
        .ring
        .wrap(&key, &sealing::case_aad(acting.team, new))?;
    let work = acting.store.take_case(ticket).await?;
    let mut work = work.ok_or(ActionFault::Gone)?;
    if work.wrapped != row.wrapped {
        return Err(StoreFault::Conflict.into());
    }
    let ids: Vec<Uuid> = leaving.entries.iter().map(|entry| entry.id).collect();
    reseal(acting, &mut work, (ticket, new, &key), &ids).await?;
    leaving.said = correct::moved(acting, &row, (new, &key), &ids).await?;
    let marked = mark::moved(acting, ticket, (new, &key)).await?;
    leaving.said.extend(marked);
    write(acting, work, &row, (new, &wrapped, serial), &leaving).await
}

/// The messages with these numbers: once, since the numbers are others when somebody else has split the ticket.
async fn chosen(
    acting: &Acting<'_>,
    ticket: Uuid,
    numbers: &BTreeSet<usize>,
) -> Result<BTreeSet<Uuid>, ActionFault> {
    let all = acting.store.entries(ticket).await?;
    if numbers.is_empty() || numbers.len() > MOST {
        return Err(PlaceRefusal::SplitCount.into());
    }
    if let Some(number) = numbers
        .iter()
        .find(|number| !(1..=all.len()).contains(*number))
    {
        return Err(PlaceRefusal::NoMessage(*number).into());
    }
    if numbers.len() == all.len() {
        return Err(PlaceRefusal::OneStays.into());
    }
    let numbered = (1..).zip(&all);
    let chosen = numbered.filter(|(number, _)| numbers.contains(number));
    Ok(chosen.map(|(_, entry)| entry.id).collect())
}

async fn leaving(
    acting: &Acting<'_>,
    ticket: Uuid,
    messages: &BTreeSet<Uuid>,
) -> Result<Leaving, ActionFault> {
    let all = acting.store.entries(ticket).await?;
    let leaves = |entry: &EntryRow| messages.contains(&entry.id);
    let (entries, staying): (Vec<_>, Vec<_>) = all.into_iter().partition(leaves);
    if entries.len() != messages.len() || staying.is_empty() {
        return Err(PlaceRefusal::Moved.into());
    }
    if entries.iter().any(|entry| entry.kind == LETTER) {
        return Err(PlaceRefusal::LettersStay.into());
    }
    let (mut names, mut needs_human) = (BTreeSet::new(), "");
    let mut foreign = [BTreeSet::new(), BTreeSet::new()];
    let [gone, kept] = &mut foreign;
    for entry in staying.iter().filter(|entry| entry.kind != LETTER) {
        let read = opened(acting, entry).map_err(ActionFault::OwnKey)?;
        kept.extend(references(acting, &read));
    }
    for entry in &entries {
        let read = opened(acting, entry).map_err(ActionFault::OwnKey)?;
        gone.extend(references(acting, &read));
        let (summary, understood) = read;
        names.insert(summary.from);
        if let Some(reading) = &understood.reading {
            names.extend(signers(reading).cloned());
        }
        if needs_human.is_empty() {
            needs_human = need(&understood);
        }
    }
    Ok(Leaving {
        entries,
        names,
        foreign,
        needs_human,
        said: Vec::new(),
    })
}

/// Digests of other teams' references in the Subject of a message, as its ticket has them when its sender was proved. One that stands in its
/// text alone is no thread of its own (`intake::thread::ForeignRef::in_text`): another message's may be quoted there.
fn references(acting: &Acting<'_>, (summary, understood): &(Summary, Understood)) -> Vec<Vec<u8>> {
    let reading = understood.reading.as_ref();
    let outer = reading.and_then(|reading| reading.outer_subject.as_deref());
    let subjects = [summary.subject.as_str(), outer.unwrap_or_default()];
    let stands = |raw: &&String| {
        subjects
            .iter()
            .any(|subject| subject.contains(raw.as_str()))
    };
    let written = summary.foreign.iter().filter(stands);
    let digests = written.map(|raw| foreign_digest(acting.ring, raw, &summary.from));
    digests.collect()
}

fn need(understood: &Understood) -> &'static str {
    match &understood.reading {
        None => "unread",
        Some(reading) if stays_closed(reading) => "undecryptable",
        Some(_) => "",
    }
}

/// Seals what the old ticket's key sealed of these messages under the new one's.
async fn reseal(
    acting: &Acting<'_>,
    work: &mut CaseWork,
    (old, new, key): (Uuid, Uuid, &CaseKey),
    entries: &[Uuid],
) -> Result<(), ActionFault> {
    let team = acting.team;
    let before = sealing::case_key(acting.ring, team, old, &work.wrapped)?;
    let verdicts = acting.store.verdicts(entries).await?.into_iter();
    let verdicts: BTreeSet<Uuid> = verdicts
        .map(|one| sealing::verdict_id(one.entry, one.number))
        .collect();
    let leaves = |place: &SealedPlace| match place.column {
        SealedColumn::Raw
        | SealedColumn::Summary
        | SealedColumn::Reading
        | SealedColumn::Observable => entries.contains(&place.row),
        SealedColumn::Verdict => verdicts.contains(&place.row),
        SealedColumn::Letter
        | SealedColumn::Certificate
        | SealedColumn::Peer
        | SealedColumn::Organisation
        | SealedColumn::Binding
        | SealedColumn::CertificateEvent
        | SealedColumn::TicketEvent
        | SealedColumn::Totp
        | SealedColumn::Search => false,
    };
    for place in work.places().await?.iter().filter(|place| leaves(place)) {
        let sealed = work.read(place).await?;
        let value = before.open(&sealing::place_aad(team, old, place), &sealed)?;
        let sealed = key.seal(&sealing::place_aad(team, new, place), &value)?;
        work.write(place, &sealed).await?;
    }
    Ok(())
}

async fn write(
    acting: &Acting<'_>,
    work: CaseWork,
    old: &TicketRow,
    (new, wrapped, serial): (Uuid, &WrappedKey, i64),
    leaving: &Leaving,
) -> Result<(), ActionFault> {
    let (ring, stored) = (acting.ring, acting.store.case_rows(old.id).await?);
    let ticket = NewTicket {
        team: acting.team,
        serial,
        needs_human: leaving.needs_human,
        claims: old.serial,
        link: "split",
    };
    let is_party = |name: &&String| stored.parties.contains(&party_digest(ring, old.id, name));
    let parties = leaving.names.iter().filter(is_party);
    let parties: Vec<Vec<u8>> = parties.map(|name| party_digest(ring, new, name)).collect();
    let (foreign, parted) = leaving.references(&stored.foreign);
    let (mut gone, mut come) = (format!("to={serial}"), String::new());
    come.push_str(&format!(
        "from={} ticket={}",
        old.serial,
        audit::ticket_digest(ring, new, &ticket)
    ));
    for entry in &leaving.entries {
        let row = stored.entries.iter().find(|row| row.id == entry.id);
        let row = row.ok_or(StoreFault::Conflict)?;
        let case = if row.case == old.id { new } else { row.case };
        let digest = audit::entry_digest(ring, case, Some(new), &columns(row));
        gone.push_str(&format!(" gone={}", entry.id));
        come.push_str(&format!(" entry={} row={digest}", entry.id));
        if stored.observables.iter().any(|(of, _, _)| *of == entry.id) {
            come.push_str(" observables=1");
        }
        for verdict in stored.verdicts.iter().filter(|one| one.entry == entry.id) {
            come.push_str(&format!(" verdict={} number={}", entry.id, verdict.number));
        }
    }
    let said = leaving.said.iter();
    come.extend(said.map(|event| format!(" event={}", event.id)));
    for party in &parties {
        come.push_str(&format!(" party={}", hex(party)));
    }
    for reference in &foreign {
        come.push_str(&format!(" foreign={}", hex(reference)));
    }
    for reference in &parted {
        gone.push_str(&format!(" parted={}", hex(reference)));
    }
    let (action, detail) = ("split", come);
    let opened = audit::next(ring, new, None, acting.by, Event { action, detail });
    let left = acting.line(old.id, "split-off", gone).await?;
    let ids: Vec<Uuid> = leaving.entries.iter().map(|entry| entry.id).collect();
    let split = Split {
        entries: &ids,
        ticket: (new, wrapped, ticket),
        hour: hour(Timestamp::now()),
        parties: &parties,
        foreign: &foreign,
        parted: &parted,
        events: &leaving.said,
        lines: [(old.id, left.line()), (new, opened.line())],
    };
    Ok(work.split(&split).await?)
}
