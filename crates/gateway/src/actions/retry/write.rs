//! A message that opened is sealed anew, and written with all that is known of it now.

use extract::Extraction;
use intake::openpgp::Layer;
use uuid::Uuid;

use super::{Opener, Said, Waits, key_of, waits};
use crate::actions::{Acting, ActionFault};
use crate::audit::{self, Event, hex};
use crate::corrections;
use crate::protection;
use crate::sealing::{self, Summary, Understood};
use crate::store::{EntryRow, NewEntry, NewObservables, NewSigner, OpenedAgain, StoreFault};
use crate::ticket::History;
use crate::verify::columns;
use crate::worker::again::Opened;
use crate::worker::observables::{self, Found};
use crate::worker::record::{signers, understood};
use crate::worker::{foreign_digest, party_digest};

/// The word of the history and of the trail.
const ACTION: &str = "retried";

/// A message, as it was filed and as it is read now.
pub(super) struct Message<'a> {
    pub ticket: Uuid,
    /// Its number on the ticket, from 1.
    pub number: usize,
    pub entry: &'a EntryRow,
    pub summary: Summary,
    pub understood: Understood,
    pub read: &'a Opened,
}

/// What becomes of the digests beside it.
struct Beside {
    parties: Vec<Vec<u8>>,
    foreign: Vec<Vec<u8>>,
    signers: Vec<NewSigner>,
}

pub(super) async fn write(
    acting: &Acting<'_>,
    opener: &Opener,
    (message, said): (Message<'_>, &mut Said),
) -> Result<(), ActionFault> {
    let (entry, read, ticket) = (message.entry, message.read, message.ticket);
    // From here on nobody else writes to the ticket in this way.
    let work = acting.store.take_case(ticket).await?;
    let work = work.ok_or(ActionFault::Gone)?;
    let row = acting.ticket(ticket).await?;
    if row.wrapped != work.wrapped {
        return Err(StoreFault::Conflict.into());
    }
    let last = acting.store.last_audit(ticket).await?;
    let number = last.as_ref().map(|(number, _)| *number);
    let history = said.until(acting, &row, number).await?;
    // What analysts said of it counts for what it is found by, and for lists.
    let standing = corrections::of_entry(corrections::events(history), entry.id);
    let (view, _) = corrections::view(&read.extraction, &standing);
    let observables = values(acting, opener, &message, &view).await?;
    let is_last = others(acting, ticket, entry.id).await?;
    let beside = beside(acting, &message);
    let own = acting.key(entry).map_err(ActionFault::OwnKey)?;
    let aad = |column| sealing::entry_aad(acting.team, column, entry.case, entry.id);
    let summary = sealing::seal(&own, &aad("summary"), &summarised(&message, &view))?;
    let signature = protection::signature(Some(&read.reading));
    let key = key_of(acting, ticket, &row.wrapped)?;
    let opened_with = fingerprint(read);
    let history = History {
        reason: format!("{} {opened_with}", message.number),
        ..History::now(&row.state, acting.by)
    };
    let event = history.sealed(&key, (acting.team, ticket), ACTION)?;
    let mut detail = digest(acting, &message, signature).await?;
    detail.push_str(&format!(" event={} key={opened_with}", event.id));
    detail.push_str(&come(observables.is_some(), &beside));
    let (action, by) = (ACTION, acting.by);
    let line = audit::next(acting.ring, ticket, last, by, Event { action, detail });
    let number = line.line().number;
    let reading = Understood {
        reading: Some(read.reading.clone()),
        extraction: read.extraction.clone(),
        octets: read.reading.octets.clone(),
        ..message.understood
    };
    let reading = sealing::seal(&own, &aad("reading"), &reading)?;
    let new = OpenedAgain {
        entry: entry.id,
        case: (entry.case, &entry.wrapped),
        before: &entry.reading,
        signature,
        summary: &summary,
        reading: &reading,
        observables: observables.as_ref(),
        parties: &beside.parties,
        foreign: &beside.foreign,
        signatures: &read.signatures,
        signers: &beside.signers,
        is_last,
        event: &event,
        line: line.line(),
    };
    work.open_again(&new).await?;
    said.last = Some(number);
    Ok(())
}

async fn values(
    acting: &Acting<'_>,
    opener: &Opener,
    message: &Message<'_>,
    view: &Extraction,
) -> Result<Option<NewObservables>, ActionFault> {
    let (entry, read) = (message.entry, message.read);
    let key = acting.key(entry).map_err(ActionFault::OwnKey)?;
    let found = Found {
        entry: entry.id,
        received: message.understood.envelope.received_at,
        examination: &read.examination,
        extraction: view,
        reading: Some(&read.reading),
    };
    let index = (acting.store, acting.ring, acting.team);
    let sealed = observables::sealed(index, &opener.partitions, (entry.case, &key), &found);
    Ok(sealed.await?)
}

/// Whether no other message of the ticket waits to be opened: asked under the lock, so that of several who open its messages at once the
/// last sees it. From the end, where those stand that are tried next.
async fn others(acting: &Acting<'_>, ticket: Uuid, except: Uuid) -> Result<bool, ActionFault> {
    for entry in acting.store.entries(ticket).await?.iter().rev() {
        if entry.id != except && !matches!(waits(acting, entry)?, Waits::No) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What lists show: what was read now, and what became of the message when it came.
fn summarised(message: &Message<'_>, view: &Extraction) -> Summary {
    let (read, before) = (message.read, &message.summary);
    Summary {
        received_at: before.received_at.clone(),
        evidence: before.evidence.clone(),
        answered_to: before.answered_to.clone(),
        answer_language: before.answer_language.clone(),
        answer_form: before.answer_form.clone(),
        ..understood(Some(&read.reading), &read.examination, view)
    }
}

/// Whom it makes a party, and with which references later mail finds the ticket: as for any message that opens a ticket or joins one.
fn beside(acting: &Acting<'_>, message: &Message<'_>) -> Beside {
    let (ring, ticket, read) = (acting.ring, message.ticket, message.read);
    let examination = &read.examination;
    let proved = examination.authenticated || read.signers.authenticated;
    let sender = examination.sender.as_deref().unwrap_or("");
    let names = read.signers.all().filter(|_| proved || message.number == 1);
    let foreign = examination.references.foreign.iter();
    let foreign = foreign.filter(|known| proved && !known.in_text);
    // Nobody here can look again at what analysts alone can open, so that no index says who signed it.
    let sealed = message.entry.wrapped.message().is_some();
    let received = message.understood.envelope.received_at;
    Beside {
        parties: names.map(|name| party_digest(ring, ticket, name)).collect(),
        foreign: foreign
            .map(|known| foreign_digest(ring, &known.raw, sender))
            .collect(),
        signers: match sealed {
            true => Vec::new(),
            false => signers((ring, acting.team), Some(&read.reading), received),
        },
    }
}

/// For the trail: what comes with it.
fn come(has_observables: bool, beside: &Beside) -> String {
    let mut come = String::new();
    if has_observables {
        come.push_str(" observables=1");
    }
    for party in &beside.parties {
        come.push_str(&format!(" party={}", hex(party)));
    }
    for reference in &beside.foreign {
        come.push_str(&format!(" foreign={}", hex(reference)));
    }
    come
}

/// The team's certificate that opened it.
fn fingerprint(read: &Opened) -> &str {
    let mut layers = read.reading.openpgp.layers.iter();
    let key = layers.find_map(|layer| match layer {
        Layer::Encrypted(layer) => layer.key.as_deref(),
        Layer::Signed(_) => None,
    });
    key.unwrap_or_default()
}

/// For the trail: the message's columns in clear as they are from now on.
async fn digest(
    acting: &Acting<'_>,
    message: &Message<'_>,
    signature: &str,
) -> Result<String, ActionFault> {
    let only = Some(message.entry.id);
    let rows = acting.store.case_entries(message.ticket, only).await?;
    let row = rows.first().ok_or(StoreFault::Conflict)?;
    let entry = NewEntry {
        signature,
        ..columns(row)
    };
    let digest = audit::entry_digest(acting.ring, row.case, row.ticket, &entry);
    Ok(format!("entry={} row={digest}", row.id))
}
