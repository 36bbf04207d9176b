//! Tickets that nobody answered in time (T10), or that wait for somebody longer than an analyst meant them to (T11): those on
//! duty hear of all of a moment in one letter, and the webhook is told. Of each ticket they hear once, and once more after
//! `duty.remind_after`, however many workers there are and however often they start: the database counts.

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use extract::Extraction;
use intake::answer::{self, Contact, Overdue, OverdueTicket};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::{Fault, Worker, pause};
use crate::contacts::Called;
use crate::corrections;
use crate::epochs;
use crate::sealing::{self, Summary, Understood};
use crate::sender::Letter;
use crate::settings::domain_of;
use crate::store::{EntryRow, LateTicket, Telling};
use crate::ticket::{self, History, TicketFault};

/// How often is looked.
const LOOK: Duration = Duration::from_secs(10);
/// Tickets of one letter.
const MOST: i64 = 500;

impl Worker {
    /// Looks until `stop` becomes true; not at all where there is nobody to tell.
    pub(crate) async fn watch_overdue(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let nobody = self.bell.settings.addresses.is_empty() && !self.bell.hooked;
        while !nobody && !*stop.borrow() {
            if let Err(fault) = self.tell_overdue().await {
                tracing::warn!(%fault, "those on duty are not told of overdue tickets yet; trying again");
            }
            pause(&mut stop, LOOK).await;
        }
        // A task that ends is taken for a fault.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    async fn tell_overdue(&self) -> Result<(), Fault> {
        let tickets = self.store.late_tickets(&self.team, MOST).await?;
        if tickets.is_empty() {
            return Ok(());
        }
        let letters = self.overdue_letters(&tickets).await?;
        if letters.is_empty() && !self.bell.hooked {
            // Why is in the log already. What reaches nobody isn't told.
            tracing::error!(
                "no letter to those on duty could be made: overdue tickets are not told; trying again"
            );
            return Ok(());
        }
        let (case, letters) = self.seal_together(&letters).await?;
        let telling = Telling {
            tickets: &tickets,
            again: self.reminder(),
            case: case.as_ref().map(|(id, wrapped)| (*id, wrapped)),
            letters: &letters,
            hook: self.bell.hooked.then(Uuid::now_v7),
        };
        if self.store.tell_overdue(&telling).await? {
            let (count, letters) = (tickets.len(), letters.len());
            tracing::warn!(tickets = count, letters, "tickets are overdue");
            self.outbox_wake.notify_one();
        }
        Ok(())
    }

    /// When they are told again: so much time at work from now.
    fn reminder(&self) -> Option<Timestamp> {
        let after = SignedDuration::try_from(self.bell.settings.remind_after.0).ok()?;
        let calendar = &self.letterhead.borrow().calendar;
        let moment = (!after.is_zero()).then(|| calendar.due(Timestamp::now(), after));
        moment.flatten().map(|moment| moment.timestamp())
    }

    /// One for each of those on duty.
    async fn overdue_letters(&self, tickets: &[LateTicket]) -> Result<Vec<Letter>, Fault> {
        let now = Timestamp::now();
        let letterhead = self.letterhead.borrow().clone();
        let contacts = self
            .called_about_late(tickets, letterhead.calendar.is_open(now))
            .await?;
        let mut letters = Vec::new();
        for recipient in &self.bell.settings.addresses {
            let id = Uuid::now_v7().simple().to_string();
            let overdue = |contacts: &[Vec<Contact>]| Overdue {
                recipient: recipient.clone(),
                tickets: self.late(tickets, contacts),
                message_id: format!("ntc.{id}@{}", domain_of(&letterhead.address)),
                loop_token: self.policy.loop_token.clone(),
                now,
            };
            let compose = |contacts: &[Vec<Contact>]| {
                answer::compose_overdue(&letterhead, &overdue(contacts))
            };
            let letter = self.for_duty(recipient, (&compose, &contacts), "overdue", now);
            letters.extend(letter.await?);
        }
        Ok(letters)
    }

    /// As a letter names them, each with whom to call, if that may be said.
    fn late(&self, tickets: &[LateTicket], contacts: &[Vec<Contact>]) -> Vec<OverdueTicket> {
        let contacts = contacts.iter().cloned().chain(iter::repeat(Vec::new()));
        let late = tickets
            .iter()
            .zip(contacts)
            .filter_map(|(ticket, contacts)| {
                Some(OverdueTicket {
                    reference: self.reference(u64::try_from(ticket.serial).ok()?),
                    state: ticket.state.clone(),
                    due: ticket.due.parse().ok()?,
                    contacts,
                })
            });
        late.collect()
    }

    /// Whom to call about each of the first tickets, which a letter names.
    async fn called_about_late(
        &self,
        tickets: &[LateTicket],
        at_work: bool,
    ) -> Result<Vec<Vec<Contact>>, Fault> {
        let seen = self.contacts.seen().await?;
        let mut contacts = Vec::new();
        for ticket in tickets.iter().take(answer::NAMED) {
            let entries = self.store.entries(ticket.id).await?;
            let said = self.corrected(ticket.id).await?;
            let opened = entries.iter().filter_map(|entry| {
                let (summary, understood) = self.opened(entry)?;
                let view = corrections::seen(&understood.extraction, &said, entry.id);
                Some((summary.from, view))
            });
            let opened: Vec<(String, Extraction)> = opened.collect();
            let messages = opened.iter().map(|(from, view)| (from.as_str(), view));
            contacts.push(Called::of(&seen.directory, messages).contacts(at_work));
        }
        Ok(contacts)
    }

    /// What analysts said of a ticket's values; nothing of one that can't be opened.
    async fn corrected(&self, id: Uuid) -> Result<Vec<(String, History)>, Fault> {
        let row = self.store.tickets(&self.team, &[], &[id]).await?.pop();
        let Some(row) = row else {
            return Ok(Vec::new());
        };
        let of = (id, &row.wrapped);
        let said = ticket::history_of("corrected", &self.store, &self.ring, &self.team, of);
        match said.await {
            Err(TicketFault::Store(fault)) => Err(fault.into()),
            said => Ok(said.unwrap_or_default()),
        }
    }

    /// What is known of a message; `None` for one that analysts alone can open, and one that is damaged.
    fn opened(&self, entry: &EntryRow) -> Option<(Summary, Understood)> {
        let key = sealing::case_key(&self.ring, &self.team, entry.case, &entry.wrapped).ok()?;
        let aad = |column| sealing::entry_aad(&self.team, column, entry.case, entry.id);
        let summary = sealing::open(&key, &aad("summary"), &entry.summary).ok()?;
        let understood = sealing::open(&key, &aad("reading"), &entry.reading).ok()?;
        Some((summary, understood))
    }

    /// Sealed under a case of their own: they belong to no ticket alone.
    async fn seal_together(
        &self,
        letters: &[Letter],
    ) -> Result<(Option<(Uuid, WrappedKey)>, Vec<(Uuid, Sealed)>), Fault> {
        if letters.is_empty() {
            return Ok((None, Vec::new()));
        }
        let case = Uuid::now_v7();
        let epoch = sealing::epoch_of(case);
        epochs::ready(&self.store, &self.ring, &self.team, epoch).await?;
        let key = self.ring.new_case_key(epoch)?;
        let wrapped = self.ring.wrap(&key, &sealing::case_aad(&self.team, case))?;
        let sealed = letters.iter().map(|letter| {
            let id = Uuid::now_v7();
            let aad = Letter::aad(&self.team, case, id);
            Ok((id, sealing::seal(&key, &aad, letter)?))
        });
        let sealed: Vec<(Uuid, Sealed)> = sealed.collect::<Result<_, Fault>>()?;
        Ok((Some((case, wrapped)), sealed))
    }
}
