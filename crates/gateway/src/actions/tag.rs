//! Words by which the team sorts its tickets: put on them, taken away, found. What stands is sealed in the ticket's history; by a mark
//! in the index it is found, and who has the database sees how many a ticket has, and nothing of which.
//!
//! Each change says what comes and what goes, and is made on what stands when it is written: of two people at once both are heard.

use std::collections::HashMap;

use uuid::Uuid;
use vault::{Family, Mark, VaultError};

use super::refusal::TagRefusal;
use super::{Acting, ActionFault, TRIES};
use crate::audit::{self, Event};
use crate::sealing;
use crate::search::partition;
use crate::store::{Retag, Store, StoreFault, TagEvent, TicketRow};
use crate::tags::Tagged;
use crate::ticket::History;

/// What a change came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// Words that were not there before, and those that are gone.
    pub added: Vec<String>,
    /// Those that are gone.
    pub removed: Vec<String>,
    /// All that stand now, sorted.
    pub stand: Vec<String>,
}

/// Puts words on a ticket and takes others away, also on a closed one; [`crate::tags::normalised`] words.
///
/// # Errors
/// [`ActionFault::Refused`] when nothing would change, when there would be too many, when the ticket was merged away, and when a message of
/// it is sealed to analysts: what is said of it would be readable without them.
pub async fn change(
    acting: &Acting<'_>,
    ticket: Uuid,
    (add, remove): (&[String], &[String]),
) -> Result<Changed, ActionFault> {
    for _ in 0..TRIES {
        // The trail first: whoever says something after this was read takes the next line's number, and this is tried again.
        let last = acting.store.last_audit(ticket).await?;
        let row = acting.ticket(ticket).await?;
        fits(acting, &row, add).await?;
        let before = stand(acting, &row).await?;
        let after = before.1.changed(add, remove).ok_or(TagRefusal::Many)?;
        // A word that only came along with a merge becomes the ticket's own: it stays when the merge is taken back.
        if after.stand == before.1.stand {
            return Err(nothing(add, remove).into());
        }
        let change = retag(acting, &row, (before.0, &after))?;
        let event = Event {
            action: action(&after),
            detail: format!("event={}", change.event.id),
        };
        let line = audit::next(acting.ring, ticket, last, acting.by, event);
        match acting.store.retag(&change, &line.line()).await {
            Err(StoreFault::Conflict) => {}
            done => {
                done?;
                return Ok(Changed {
                    stand: after.words(),
                    added: after.added,
                    removed: after.removed,
                });
            }
        }
    }
    Err(StoreFault::Conflict.into())
}

/// What stands on a ticket, with the id of the event that says so; the nil one when nothing ever stood.
pub(crate) type Standing = (Uuid, Tagged);

/// What stands on a ticket now.
pub(crate) async fn stand(acting: &Acting<'_>, row: &TicketRow) -> Result<Standing, ActionFault> {
    let events = acting.store.tag_events(&[row.id]).await?;
    match events.first() {
        Some(event) => Ok((event.id, opened(acting, event)?)),
        None => Ok((Uuid::nil(), Tagged::default())),
    }
}

/// The words of each of these tickets; one that can't be opened has none here.
pub(crate) async fn of_tickets(
    acting: &Acting<'_>,
    tickets: &[Uuid],
) -> Result<HashMap<Uuid, Vec<String>>, StoreFault> {
    let events = acting.store.tag_events(tickets).await?.into_iter();
    let words = events.filter_map(|event| {
        let tagged = opened(acting, &event).ok()?;
        Some((event.ticket, tagged.words()))
    });
    Ok(words.collect())
}

fn opened(acting: &Acting<'_>, event: &TagEvent) -> Result<Tagged, VaultError> {
    let key = sealing::case_key(acting.ring, acting.team, event.ticket, &event.wrapped)?;
    let aad = sealing::ticket_event_aad(acting.team, event.ticket, event.id);
    let history: History = sealing::open(&key, &aad, &event.detail)?;
    Ok(history.tags.unwrap_or_default())
}

/// What is written when this stands instead of that.
pub(crate) fn retag(
    acting: &Acting<'_>,
    row: &TicketRow,
    (last, after): (Uuid, &Tagged),
) -> Result<Retag, ActionFault> {
    let month = partition::first_day_of(sealing::epoch_of(row.id));
    let marks = |words: &[String]| marks(acting, row.id, &month, words);
    let history = History {
        tags: Some(after.clone()),
        ..History::now(&row.state, acting.by)
    };
    let key = sealing::case_key(acting.ring, acting.team, row.id, &row.wrapped)?;
    let place = (acting.team, row.id);
    // What is read of a ticket is the event with the highest id, whatever the clocks of two machines say.
    let id = Uuid::now_v7().max(Uuid::from_u128(last.as_u128().saturating_add(1)));
    Ok(Retag {
        ticket: row.id,
        key: row.wrapped.clone(),
        event: history.sealed_as(id, &key, place, action(after))?,
        come: marks(&after.added)?,
        gone: marks(&after.removed)?,
        month,
    })
}

/// The word of the history and of the trail.
fn action(after: &Tagged) -> &'static str {
    match after.added.is_empty() && !after.removed.is_empty() {
        true => "untagged",
        false => "tagged",
    }
}

fn nothing(add: &[String], remove: &[String]) -> TagRefusal {
    match add.is_empty() {
        true => TagRefusal::NotThere(remove.join(", ")),
        false => TagRefusal::There(add.join(", ")),
    }
}

/// Words can always be taken away.
async fn fits(acting: &Acting<'_>, row: &TicketRow, add: &[String]) -> Result<(), ActionFault> {
    if row.merged_into > 0 {
        let heir = format!("{}#{:06}", acting.team, row.merged_into);
        return Err(TagRefusal::Merged(heir).into());
    }
    match !add.is_empty() && acting.store.has_sealed_message(row.id).await? {
        true => Err(TagRefusal::Sealed.into()),
        false => Ok(()),
    }
}

/// The marks of words of a ticket, under each key that there is to its month.
fn marks(
    acting: &Acting<'_>,
    ticket: Uuid,
    month: &str,
    words: &[String],
) -> Result<Vec<Mark>, ActionFault> {
    let keys = partition::keys(acting.ring, month);
    if keys.is_empty() && !words.is_empty() {
        return Err(TagRefusal::NoKey.into());
    }
    let mut marks = Vec::new();
    for indexer in partition::indexers(&keys, acting.team, Family::Tag, month) {
        for word in words {
            let hash = indexer.hash(&[word]);
            marks.push(indexer.mark(hash, 0, ticket.as_bytes())?);
        }
    }
    Ok(marks)
}

/// Where a word was found.
pub struct Found {
    /// Tickets that have it, sorted.
    pub tickets: Vec<Uuid>,
    /// The first and the last of the months that there is no key to, `YYYY-MM-DD`.
    pub closed: Option<(String, String)>,
}

/// Looks for a word, in all months.
///
/// # Errors
/// [`StoreFault`].
pub async fn find(
    (store, ring, team): (&Store, &vault::KeyRing, &str),
    word: &str,
) -> Result<Found, StoreFault> {
    let (mut tickets, mut closed): (Vec<Uuid>, Option<(String, String)>) = (Vec::new(), None);
    for month in store.tag_marks().await? {
        let keys = partition::keys(ring, &month.month);
        if keys.is_empty() {
            let first = closed.map_or_else(|| month.month.clone(), |(first, _)| first);
            closed = Some((first, month.month.clone()));
        }
        let (octets, _) = month.rows.as_chunks::<16>();
        let (rows, _) = octets.as_chunks::<2>();
        let marks: Vec<Mark> = rows.iter().map(|[_, mark]| *mark).collect();
        for indexer in partition::indexers(&keys, team, Family::Tag, &month.month) {
            let asked = indexer.hash(&[word]);
            let read = rows.iter().zip(indexer.read(marks.as_flattened()));
            let hits = read.filter(|([id, _], mark)| mark.hashed() == asked && mark.is_of(id));
            tickets.extend(hits.map(|([id, _], _)| Uuid::from_bytes(*id)));
        }
    }
    tickets.sort_unstable();
    tickets.dedup();
    Ok(Found { tickets, closed })
}
