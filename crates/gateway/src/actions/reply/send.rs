//! A letter that is ready is sealed, filed and queued, in one statement.

use std::time::Duration;

use extract::Extraction;
use intake::authentication::AuthResults;
use intake::envelope::{Envelope, ReversePath};
use jiff::Timestamp;
use uuid::Uuid;
use vault::{CaseKey, Sealed};

use super::{Copy, Ready, once};
use crate::actions::post::Post;
use crate::actions::refusal::LetterRefusal;
use crate::actions::thread::LETTER;
use crate::actions::{Acting, ActionFault, TRIES};
use crate::audit;
use crate::epochs;
use crate::reader::{Done, Job};
use crate::sealing::{self, OwnCase, Summary, Understood};
use crate::sender::Letter;
use crate::store::{NewEntry, NewLetter, NewMail, StoreFault, TicketRow};
use crate::worker::{hour, party_digest, size_bucket};

/// How long a letter is held, so that it can be taken back.
pub const HOLD: Duration = Duration::from_secs(15);

/// Files a letter and queues its copies; the id of its entry. That of the letter before, and nothing is done, when its form sent it already.
///
/// # Errors
/// [`ActionFault`].
pub async fn send(acting: &Acting<'_>, post: &Post, ready: &Ready) -> Result<Uuid, ActionFault> {
    ready.check()?;
    let filing = Filing::new(acting, post, ready).await?;
    for _ in 0..TRIES {
        let row = acting.open_ticket(ready.ticket).await?;
        match filing.write(&row).await {
            Err(ActionFault::Store(StoreFault::Conflict)) => {}
            done => return done,
        }
    }
    Err(StoreFault::Conflict.into())
}

/// What is filed.
struct Filing<'a> {
    acting: &'a Acting<'a>,
    ready: &'a Ready,
    entry: Uuid,
    now: Timestamp,
    understood: Understood,
    summary: Summary,
    own: Option<OwnCase>,
}

impl<'a> Filing<'a> {
    async fn new(
        acting: &'a Acting<'a>,
        post: &Post,
        ready: &'a Ready,
    ) -> Result<Filing<'a>, ActionFault> {
        let now = Timestamp::now();
        let job = Job::Read {
            raw: ready.plain.clone(),
            correspondents: Vec::new(),
            now,
        };
        let Some(Done::Read(reading, octets)) = post.press().run(&job).await? else {
            return Err(LetterRefusal::Unreadable.into());
        };
        let entry = Uuid::now_v7();
        let own = match &post.analysts {
            None => None,
            Some(analysts) => {
                let epoch = sealing::epoch_of(ready.ticket);
                epochs::ready(acting.store, acting.ring, acting.team, epoch).await?;
                let ids = (entry, ready.ticket);
                Some(OwnCase::new(acting.ring, acting.team, ids, analysts)?)
            }
        };
        let recipients: Vec<&str> = ready
            .copies
            .iter()
            .map(|copy| copy.recipient.as_str())
            .collect();
        let forms: Vec<&str> = ready.copies.iter().map(|copy| copy.form).collect();
        let from = post.letterhead.address.clone();
        Ok(Filing {
            acting,
            ready,
            entry,
            now,
            summary: Summary {
                from: from.clone(),
                subject: ready.subject.clone(),
                tlp: ready
                    .marking
                    .map_or_else(String::new, |tlp| tlp.as_str().to_owned()),
                received_at: now.to_string(),
                gist: format!("letter by {}", acting.by),
                language: reading.language.clone().unwrap_or_default(),
                answered_to: recipients.join(", "),
                answer_form: forms.join(", "),
                ..Summary::default()
            },
            understood: Understood {
                envelope: Envelope {
                    reverse_path: ReversePath::Mailbox(from),
                    forward_paths: recipients.iter().map(|one| (*one).to_owned()).collect(),
                    received_at: now,
                    ..Envelope::default()
                },
                reading: Some(*reading),
                extraction: Extraction::default(),
                authentication: AuthResults::default(),
                octets,
            },
            own,
        })
    }

    async fn write(&self, row: &TicketRow) -> Result<Uuid, ActionFault> {
        let (acting, ready, ticket) = (self.acting, self.ready, self.ready.ticket);
        let key = sealing::case_key(acting.ring, acting.team, ticket, &row.wrapped)?;
        let (case, entry_key) = match &self.own {
            Some(own) => (own.id, &own.key),
            None => (ticket, &key),
        };
        let aad = |column| sealing::entry_aad(acting.team, column, case, self.entry);
        let raw = entry_key.seal(&aad("raw"), &ready.plain)?;
        let summary = sealing::seal(entry_key, &aad("summary"), &self.summary)?;
        let reading = sealing::seal(entry_key, &aad("reading"), &self.understood)?;
        let entry = NewEntry {
            id: self.entry,
            kind: LETTER,
            rule: "",
            answer: "",
            signature: "none",
            was_encrypted: ready.was_encrypted,
            received_hour: hour(self.now),
            size_bucket: size_bucket(ready.plain.len()),
            raw: &raw,
            summary: &summary,
            reading: &reading,
        };
        let sealed = self.sealed(&key)?;
        let mail: Vec<NewMail<'_>> = sealed.iter().map(|one| one.new_mail(self.now)).collect();
        let party = |copy: &Copy| party_digest(acting.ring, ticket, &copy.recipient);
        let parties: Vec<Vec<u8>> = ready.copies.iter().map(party).collect();
        let awaited = sealed.iter().filter(|one| one.copy.awaited);
        let awaited: Vec<_> = awaited.map(|one| (one.id, party(one.copy))).collect();
        let (state, clock) = self.becomes(row);
        let digest = audit::entry_digest(acting.ring, case, Some(ticket), &entry);
        let rows = (digest.as_str(), sealed.as_slice(), parties.as_slice());
        let detail = self.detail(row, state, clock.is_some(), rows, &awaited);
        let line = acting.line(ticket, "sent", detail).await?;
        if let Some(before) = once::before(acting, ready).await? {
            return Ok(before);
        }
        let letter = NewLetter {
            ticket: (ticket, &row.wrapped),
            states: (&row.state, state),
            clock,
            changed_hour: hour(self.now),
            entry,
            own_case: self.own.as_ref().map(|own| (own.id, &own.wrapped)),
            parties: &parties,
            mail: &mail,
            hold: HOLD,
            awaited: &awaited,
            until: ready.until,
            audit: line.line(),
        };
        acting.store.send_letter(&letter).await?;
        Ok(self.entry)
    }

    /// The copies, each sealed for its row in the outbox.
    fn sealed(&self, key: &CaseKey) -> Result<Vec<SealedCopy<'_>>, ActionFault> {
        let copies = self.ready.copies.iter();
        let sealed = copies.map(|copy| {
            let id = Uuid::now_v7();
            let aad = Letter::aad(self.acting.team, self.ready.ticket, id);
            let message = sealing::seal(key, &aad, &copy.letter)?;
            Ok(SealedCopy { id, copy, message })
        });
        sealed.collect()
    }

    /// The ticket's state and clock afterwards: it waits when an answer is expected; the reporter has got ours when he is among the
    /// recipients; else nothing changes.
    fn becomes<'r>(&self, row: &'r TicketRow) -> (&'r str, Option<Option<Timestamp>>) {
        let reporter = self.ready.reporter.as_deref().unwrap_or_default();
        let mut copies = self.ready.copies.iter();
        if self.ready.until.is_some() {
            return ("waiting", Some(self.ready.until));
        }
        match copies.any(|copy| copy.recipient.eq_ignore_ascii_case(reporter)) {
            true => ("open", Some(None)),
            false => (row.state.as_str(), None),
        }
    }

    /// For the trail: every row, and how the ticket stood, so that a letter can be taken back.
    fn detail(
        &self,
        row: &TicketRow,
        state: &str,
        clock: bool,
        (digest, sealed, parties): (&str, &[SealedCopy<'_>], &[Vec<u8>]),
        awaited: &[(Uuid, Vec<u8>)],
    ) -> String {
        let mut detail = format!(
            "entry={} kind={LETTER} row={digest} state={state} was={}",
            self.entry, row.state
        );
        if clock {
            let due = row.answer_due.as_deref().unwrap_or("none");
            detail.push_str(&format!(" clock={due}"));
        }
        for one in sealed {
            detail.push_str(&format!(" mail={} form={}", one.id, one.copy.form));
        }
        if let Some(until) = self.ready.until {
            detail.push_str(&format!(" until={until}"));
        }
        for (mail, party) in awaited {
            detail.push_str(&format!(" awaited={mail} of={}", audit::hex(party)));
        }
        for party in parties {
            detail.push_str(&format!(" party={}", audit::hex(party)));
        }
        if let Some(once) = &self.ready.once {
            detail.push_str(&format!(" once={once}"));
        }
        detail
    }
}

/// A copy as it is queued.
struct SealedCopy<'a> {
    id: Uuid,
    copy: &'a Copy,
    message: Sealed,
}

impl SealedCopy<'_> {
    fn new_mail(&self, due_at: Timestamp) -> NewMail<'_> {
        NewMail {
            id: self.id,
            due_at,
            message: &self.message,
            purpose: LETTER,
            addressed: &self.copy.addressed,
        }
    }
}
