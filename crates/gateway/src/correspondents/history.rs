//! What was done with certificates: sealed for people, and in the audit trail.

use uuid::Uuid;
use vault::{CaseKey, Sealed, VaultError};

use super::binding::{Note, now};
use super::{Book, BookFault, Known};
use crate::audit::{self, Event, Link};
use crate::sealing;
use crate::store::{StoredEvent, Told};

/// What was done with a certificate, twice: sealed for people, and in the audit trail.
pub(super) struct Said {
    event: StoredEvent,
    link: Link,
}

impl Said {
    pub(super) fn told(&self) -> Told<'_> {
        Told {
            event: &self.event,
            line: self.link.line(),
        }
    }
}

impl Book {
    /// What was done with a certificate: when, a word, and the note.
    pub(crate) async fn history(&self, known: &Known) -> Result<Vec<(String, Note)>, BookFault> {
        let key = self.key(known)?;
        let events = self.store.certificate_events(known.id).await?;
        let opened = events.into_iter().map(|event| {
            let aad = sealing::event_aad(&self.team, event.certificate, event.id);
            Ok((event.action, sealing::open(&key, &aad, &event.detail)?))
        });
        opened
            .collect::<Result<_, VaultError>>()
            .map_err(Into::into)
    }

    pub(super) fn key(&self, known: &Known) -> Result<CaseKey, VaultError> {
        sealing::case_key(&self.ring, &self.team, known.id, &known.row.wrapped)
    }

    /// An event of a certificate, and the line of its chain that names it.
    pub(super) async fn say(
        &self,
        key: &CaseKey,
        certificate: Uuid,
        action: &str,
        actor: &str,
        note: Note,
        words: String,
    ) -> Result<Said, BookFault> {
        let id = Uuid::now_v7();
        let aad = sealing::event_aad(&self.team, certificate, id);
        let detail: Sealed = sealing::seal(key, &aad, &note)?;
        let last = self.store.last_audit(certificate).await?;
        let event = Event {
            action: "certificate",
            detail: format!("event={id} {words}"),
        };
        Ok(Said {
            link: audit::next(&self.ring, certificate, last, actor, event),
            event: StoredEvent {
                id,
                certificate,
                action: action.to_owned(),
                detail,
            },
        })
    }
}

pub(super) fn note(address: &str, by: &str, why: &str) -> Note {
    Note {
        address: address.to_lowercase(),
        by: by.to_owned(),
        at: now(),
        why: why.to_owned(),
    }
}
