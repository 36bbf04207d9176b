//! Tickets that nobody answered in time (T10), or that wait for somebody longer than an analyst meant them to (T11): those on
//! duty hear of all of a moment in one letter, and the webhook is told. Of each ticket they hear once, and once more after
//! `duty.remind_after`, however many workers there are and however often they start: the database counts.

use std::sync::Arc;
use std::time::Duration;

use intake::answer::{self, Overdue, OverdueTicket};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::{Fault, Worker, pause};
use crate::epochs;
use crate::sealing;
use crate::sender::Letter;
use crate::settings::domain_of;
use crate::store::{LateTicket, Telling};

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
        let late = tickets.iter().filter_map(|ticket| {
            Some(OverdueTicket {
                reference: self.reference(u64::try_from(ticket.serial).ok()?),
                state: ticket.state.clone(),
                due: ticket.due.parse().ok()?,
            })
        });
        let late: Vec<OverdueTicket> = late.collect();
        let mut letters = Vec::new();
        for recipient in &self.bell.settings.addresses {
            let id = Uuid::now_v7().simple().to_string();
            let overdue = Overdue {
                recipient: recipient.clone(),
                tickets: late.clone(),
                message_id: format!("ntc.{id}@{}", domain_of(&letterhead.address)),
                loop_token: self.policy.loop_token.clone(),
                now,
            };
            let composed = answer::compose_overdue(&letterhead, &overdue);
            let letter = self.for_duty(recipient, composed, "overdue", now);
            letters.extend(letter.await?);
        }
        Ok(letters)
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
