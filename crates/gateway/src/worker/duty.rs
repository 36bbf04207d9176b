//! Notices to those on duty: a report came while nobody is at work (of overdue tickets: [`super::overdue`]). They hold the tag
//! and the time, and nothing of the report.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use intake::answer::{self, ComposeError, Contact, Draft, Notice};
use intake::pipeline::Filing;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::place::Place;
use super::{Fault, Worker};
use crate::config::Duty;
use crate::contacts::Called;
use crate::sender::Letter;
use crate::settings::domain_of;

/// Who is told, and how often lately: a flood of reports is not to wake anybody a hundred times.
pub(crate) struct Bell {
    pub(super) settings: Duty,
    /// There is a webhook to tell of overdue tickets, too.
    pub(super) hooked: bool,
    /// When, and for which message: one that is decided twice rings once.
    rung: Mutex<VecDeque<(Timestamp, Uuid)>>,
}

impl Bell {
    pub(crate) fn new(settings: Duty, hooked: bool) -> Bell {
        Bell {
            settings,
            hooked,
            rung: Mutex::default(),
        }
    }

    /// Whether it may ring for a message within this hour; then it has.
    fn rings(&self, message: Uuid, now: Timestamp) -> bool {
        let mut rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let hour_ago = now.saturating_sub(SignedDuration::from_hours(1));
        let hour_ago = hour_ago.unwrap_or(now);
        while rung.front().is_some_and(|(at, _)| *at <= hour_ago) {
            rung.pop_front();
        }
        if rung.iter().any(|(_, known)| *known == message) {
            return true;
        }
        let most = usize::try_from(self.settings.per_hour).unwrap_or(usize::MAX);
        let rings = rung.len() < most;
        if rings {
            rung.push_back((now, message));
        }
        rings
    }
}

impl Worker {
    /// One letter for each of those on duty; none at work, for what opens no ticket, and once the bell rang often enough.
    pub(super) async fn notices(&self, place: &Place<'_>) -> Result<Vec<Letter>, Fault> {
        let received = place.decided.mail.envelope.received_at;
        let now = Timestamp::now();
        let letterhead = self.letterhead.borrow().clone();
        let opens = matches!(place.decided.outcome.filing, Filing::Open { .. });
        let nobody = self.bell.settings.addresses.is_empty();
        if nobody
            || !opens
            || letterhead.calendar.is_open(received)
            || !self.bell.rings(place.decided.mail.id, now)
        {
            return Ok(Vec::new());
        }
        let contacts = self
            .called_about(place, letterhead.calendar.is_open(now))
            .await?;
        let mut letters = Vec::new();
        for recipient in &self.bell.settings.addresses {
            let id = Uuid::now_v7().simple().to_string();
            let notice = |contacts: &[Contact]| Notice {
                recipient: recipient.clone(),
                reference: place.reference.clone(),
                received,
                unreadable: place.decided.outcome.undecryptable || place.decided.reading.is_none(),
                due: place.due.clone(),
                contacts: contacts.to_vec(),
                message_id: format!("ntc.{id}@{}", domain_of(&letterhead.address)),
                loop_token: self.policy.loop_token.clone(),
                now,
            };
            let compose =
                |contacts: &[Contact]| answer::compose_notice(&letterhead, &notice(contacts));
            let letter = self.for_duty(recipient, (&compose, &contacts), &place.reference, now);
            letters.extend(letter.await?);
        }
        Ok(letters)
    }

    /// Whom to call about a message that opens a ticket.
    async fn called_about(&self, place: &Place<'_>, at_work: bool) -> Result<Vec<Contact>, Fault> {
        let seen = self.contacts.seen().await?;
        let from = place
            .decided
            .examination
            .sender
            .as_deref()
            .unwrap_or_default();
        let message = (from, &place.decided.outcome.extraction);
        Ok(Called::of(&seen.directory, [message]).contacts(at_work))
    }

    /// Encrypted where a certificate is bound to the address by more than its own word, else signed; `None` when that can't be. Whom
    /// to call is said only in what is encrypted: the register is nobody's but the team's.
    pub(super) async fn for_duty<T>(
        &self,
        recipient: &str,
        (compose, contacts): (impl Fn(&[T]) -> Result<Draft, ComposeError>, &[T]),
        reference: &str,
        now: Timestamp,
    ) -> Result<Option<Letter>, Fault> {
        let encrypted = match self.book.bound_to(recipient).await? {
            None => None,
            Some(certificate) => match self.composed(compose(contacts), reference) {
                None => None,
                Some(draft) => {
                    self.press()
                        .encrypted(&draft, vec![certificate], now)
                        .await?
                }
            },
        };
        let message = match encrypted {
            Some(message) => Some(message),
            None => {
                let Some(draft) = self.composed(compose(&[]), reference) else {
                    return Ok(None);
                };
                let (press, letterhead) = (self.press(), self.letterhead.borrow().clone());
                press.signed(&draft, &letterhead, reference, now).await?
            }
        };
        Ok(message.and_then(|message| self.press().letter_to(recipient, reference, message)))
    }
}
