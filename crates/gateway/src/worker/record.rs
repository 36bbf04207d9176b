//! Seals an outcome and commits it: one transaction holds ticket, entry, observables, audit and outbox.

use std::collections::BTreeSet;

use extract::Extraction;
use intake::authentication::AuthResults;
use intake::openpgp::Layer;
use intake::pipeline::{Answer, Examination, Filing, Outcome, Withheld};
use intake::reading::Reading;
use intake::thread::References;
use intake::triage::{Disposition, DispositionKind};
use jiff::{Timestamp, Zoned};
use uuid::Uuid;
use vault::{KeyRing, Sealed, VaultError};

use super::facts::Known;
use super::letter::{About, Finished, Written};
use super::place::Place;
use super::slot::slot;
use super::{Fault, Mail, Worker, hour, repeats};
use crate::correspondents::signer_index;
use crate::gist;
use crate::protection;
use crate::sealing::{self, Glance, Summary, Understood};
use crate::sender::Letter;
use crate::store::{Answered, Committed, NewAnswer, NewEntry, NewMail, NewSigner, Record};
use crate::transport::{Shown, proved};

/// Everything that one outcome is made of.
pub(super) struct Decided<'a> {
    pub mail: &'a Mail,
    /// `None` when the message could not be read at all.
    pub reading: Option<&'a Reading>,
    pub examination: &'a Examination,
    pub known: &'a Known,
    pub outcome: &'a Outcome,
}

impl Decided<'_> {
    fn is_encrypted(&self) -> bool {
        self.reading
            .is_some_and(|reading| reading.openpgp.encrypted)
    }
}

/// What is filed of a message that could not be read.
pub(crate) fn unread() -> (Examination, Outcome) {
    let disposition = Disposition {
        kind: DispositionKind::Report,
        acknowledge: false,
        rule: Some("unread".into()),
        evidence: None,
    };
    let examination = Examination {
        disposition: disposition.clone(),
        references: References::default(),
        answers_to: Vec::new(),
        sender: None,
        results: AuthResults::default(),
        authenticated: false,
        signers: Vec::new(),
        newcomers: Vec::new(),
        signed_references: References::default(),
    };
    let outcome = Outcome {
        disposition,
        filing: Filing::Open { link: None },
        extraction: Extraction::default(),
        answer: Answer::Withheld(Withheld::ByRule),
        undecryptable: false,
        repeated: false,
    };
    (examination, outcome)
}

impl Worker {
    /// Seals and commits.
    pub(super) async fn commit(&self, decided: &Decided<'_>) -> Result<(), Fault> {
        let place = self.place(decided).await?;
        let written = self.written(&place).await?;
        let finished = written.finished();
        let sealed = self.seal_entry(&place, finished)?;
        let letters = self.seal_letters(&place, finished).await?;
        let mail: Vec<NewMail<'_>> = letters.iter().map(SealedLetter::new_mail).collect();
        let observables = self.observables(&place).await?;
        let (answer, outcome) = (answer_word(decided, &written), decided.outcome);
        let record = Record {
            inbox: (decided.mail.id, decided.mail.attempt),
            digest: decided.known.content.of(&outcome.filing),
            unproved: decided.known.content.unproved(&outcome.filing),
            case: (place.case, place.wrapped.as_ref()),
            own_case: place.own_case(),
            joined: place.joined.as_ref(),
            ticket: place.new_ticket(&self.team),
            on_ticket: place.ticket,
            reopens: place.reopens,
            entry: NewEntry {
                id: decided.mail.id,
                kind: outcome.disposition.kind.as_str(),
                rule: outcome.disposition.rule.as_deref().unwrap_or(""),
                answer,
                signature: protection::signature(decided.reading),
                was_encrypted: decided.is_encrypted(),
                received_hour: hour(decided.mail.envelope.received_at),
                size_bucket: size_bucket(decided.mail.raw.len()),
                raw: &sealed.raw,
                summary: &sealed.summary,
                reading: &sealed.reading,
            },
            parties: &place.parties,
            answers: &place.answers,
            // A forged mail with a guessed reference must not become the ticket that the real one joins.
            foreign: if place.ticket.is_some()
                && decided.examination.sender_is_proved(&decided.known.facts)
            {
                &decided.known.foreign
            } else {
                &[]
            },
            observables: observables.as_ref(),
            answer_due: place.due.as_ref().map(Zoned::timestamp),
            mail: &mail,
            answered: finished.map(|_| self.new_answer(decided)),
            repeats: repeats::first(decided),
            said: repeats::guarded(decided),
            layers: &decided.known.layers,
            signers: &self.indexed_signers(decided),
        };
        let audit = self.audit(&place, &record).await?;
        match self.store.commit(&record, &audit.line()).await? {
            Committed::Filed => self.filed(&place, answer, !mail.is_empty()),
            Committed::Duplicate => self.count_copy(decided).await?,
            Committed::LeaseLost => {
                tracing::warn!(spool = %decided.mail.id, "another worker holds this message now; nothing written")
            }
        }
        Ok(())
    }

    /// What the rates count, and what they allow.
    fn new_answer<'a>(&self, decided: &Decided<'a>) -> NewAnswer<'a> {
        let proved = decided.examination.sender_is_proved(&decided.known.facts);
        let most = self.policy.answers.most_for(proved);
        NewAnswer {
            address: &decided.known.address,
            domain: &decided.known.domain,
            most: Answered {
                address_hour: most.address_hour.into(),
                address_day: most.address_day.into(),
                domain_day: most.domain_day.into(),
                hour: most.hour.into(),
            },
        }
    }

    /// Nobody here can look again at what analysts alone can open, so that no index says who signed it.
    fn indexed_signers(&self, decided: &Decided<'_>) -> Vec<NewSigner> {
        match self.analysts {
            Some(_) => Vec::new(),
            None => signers(
                (&self.ring, &self.team),
                decided.reading,
                decided.mail.envelope.received_at,
            ),
        }
    }

    async fn written(&self, place: &Place<'_>) -> Result<Written, Fault> {
        let (
            Answer::Send {
                recipient,
                occasion,
            },
            Some(reading),
        ) = (&place.decided.outcome.answer, place.decided.reading)
        else {
            return Ok(Written::Failed);
        };
        let about = About {
            place,
            recipient,
            occasion: *occasion,
            reading,
            signers: &place.decided.known.signers,
        };
        self.letter(&about).await
    }

    fn seal_entry(
        &self,
        place: &Place<'_>,
        finished: Option<&Finished>,
    ) -> Result<SealedEntry, VaultError> {
        let (mail, outcome) = (place.decided.mail, place.decided.outcome);
        let (case, key) = place.entry_case();
        let aad = |column| sealing::entry_aad(&self.team, column, case, mail.id);
        let understood = Understood {
            envelope: mail.envelope.clone(),
            reading: place.decided.reading.cloned(),
            extraction: outcome.extraction.clone(),
            authentication: place.decided.examination.results.clone(),
            octets: place
                .decided
                .reading
                .map(|reading| reading.octets.clone())
                .unwrap_or_default(),
        };
        let summary = summary(place.decided, finished);
        Ok(SealedEntry {
            raw: key.seal(&aad("raw"), &mail.raw)?,
            summary: sealing::seal(key, &aad("summary"), &summary)?,
            reading: sealing::seal(key, &aad("reading"), &understood)?,
        })
    }

    /// The answer, if there is one, and notices to those on duty: sealed, and due at the same time.
    async fn seal_letters(
        &self,
        place: &Place<'_>,
        finished: Option<&Finished>,
    ) -> Result<Vec<SealedLetter>, Fault> {
        let received = place.decided.mail.envelope.received_at;
        let due_at = slot(received, Timestamp::now(), self.acknowledge.grid.0);
        let notices = self.notices(place).await?;
        let answer = finished.map(|one| (&one.letter, "answer", one.addressed.as_slice()));
        let letters = answer.into_iter();
        letters
            .chain(notices.iter().map(|letter| (letter, "notice", &[][..])))
            .map(|(letter, purpose, addressed)| {
                let id = Uuid::now_v7();
                let aad = Letter::aad(&self.team, place.case, id);
                Ok(SealedLetter {
                    id,
                    due_at,
                    message: sealing::seal(&place.key, &aad, letter)?,
                    purpose,
                    addressed: addressed.to_vec(),
                })
            })
            .collect()
    }

    fn filed(&self, place: &Place<'_>, answer: &str, mail: bool) {
        let (message, outcome) = (place.decided.mail, place.decided.outcome);
        let kind = outcome.disposition.kind.as_str();
        let rule = outcome.disposition.rule.as_deref().unwrap_or("");
        let waited = Timestamp::now().duration_since(message.envelope.received_at);
        self.metrics.filed(kind);
        self.metrics.answer(answer);
        self.metrics.path(waited.as_secs_f64());
        if mail {
            self.outbox_wake.notify_one();
        }
        if let Some(reading) = place.decided.reading {
            self.observer.filed(
                &message.envelope,
                &reading.headers,
                proved(
                    &place.decided.examination.results,
                    place.decided.examination.sender.as_deref(),
                ),
                Shown {
                    case: place.case,
                    entry: Some(message.id),
                },
            );
        }
        let milliseconds = i64::try_from(waited.as_millis()).unwrap_or(i64::MAX);
        if place.ticket.is_some() {
            tracing::info!(spool = %message.id, ticket = place.reference, kind, rule, answer, attempt = message.attempt, milliseconds, "filed");
        } else {
            self.metrics.suppressed(rule);
            tracing::info!(spool = %message.id, kind, rule, answer, attempt = message.attempt, milliseconds, "kept without a ticket");
        }
    }
}

/// Mail of ours, sealed.
struct SealedLetter {
    id: Uuid,
    due_at: Timestamp,
    message: Sealed,
    purpose: &'static str,
    /// Keyed digest of its Message-ID and recipient; empty for a notice.
    addressed: Vec<u8>,
}

impl SealedLetter {
    fn new_mail(&self) -> NewMail<'_> {
        NewMail {
            id: self.id,
            due_at: self.due_at,
            message: &self.message,
            purpose: self.purpose,
            addressed: &self.addressed,
        }
    }
}

struct SealedEntry {
    raw: Sealed,
    summary: Sealed,
    reading: Sealed,
}

fn answer_word(decided: &Decided<'_>, written: &Written) -> &'static str {
    match (&decided.outcome.answer, written) {
        (Answer::Withheld(reason), _) => reason.word(),
        (Answer::Send { .. }, Written::Finished(finished)) => finished.form,
        (Answer::Send { .. }, Written::Larger) => "larger-than-mail",
        (Answer::Send { .. }, Written::Failed) => "not-composed",
    }
}

/// Whether what became of the acknowledgement, [`answer_word`], is that there was one.
pub(super) fn was_answered(answer: &str) -> bool {
    matches!(answer, "encrypted" | "signed" | "clear")
}

/// Whose certificates checked a signature, for when one of them is revoked.
pub(crate) fn signers(
    (ring, team): (&KeyRing, &str),
    reading: Option<&Reading>,
    received: Timestamp,
) -> Vec<NewSigner> {
    let layers = reading.iter().flat_map(|reading| &reading.openpgp.layers);
    layers
        .filter_map(|layer| match layer {
            Layer::Signed(signed) if signed.key.is_some() => signed.signer.as_deref(),
            Layer::Signed(_) | Layer::Encrypted(_) => None,
        })
        .map(|signer| signer_index(ring, team, received, signer))
        .collect()
}

/// Each once.
pub(crate) fn kinds(extraction: &Extraction) -> Vec<String> {
    let types = extraction.incident.types.iter();
    let kinds: BTreeSet<&str> = types.map(|one| one.kind.as_str()).collect();
    kinds.into_iter().map(str::to_owned).collect()
}

fn summary(decided: &Decided<'_>, finished: Option<&Finished>) -> Summary {
    let (outcome, examination) = (decided.outcome, decided.examination);
    Summary {
        received_at: decided.mail.envelope.received_at.to_string(),
        evidence: outcome.disposition.evidence.clone().unwrap_or_default(),
        answered_to: finished
            .map_or_else(String::new, |finished| finished.letter.recipient.clone()),
        answer_language: finished.map_or_else(String::new, |finished| finished.language.clone()),
        answer_form: finished.map_or_else(String::new, |finished| finished.form.to_owned()),
        ..understood(decided.reading, examination, &outcome.extraction)
    }
}

/// What lists show of a message by what was read in it; the rest is empty.
pub(crate) fn understood(
    reading: Option<&Reading>,
    examination: &Examination,
    extraction: &Extraction,
) -> Summary {
    let foreign = examination.references.foreign.iter();
    Summary {
        from: examination.sender.clone().unwrap_or_default(),
        subject: reading
            .and_then(|reading| reading.subject.clone())
            .unwrap_or_default(),
        tlp: extraction
            .tlp
            .map_or_else(String::new, |tlp| tlp.as_str().to_owned()),
        gist: gist::line(extraction),
        kinds: kinds(extraction),
        language: reading
            .and_then(|reading| reading.language.clone())
            .unwrap_or_default(),
        foreign: foreign.map(|known| known.raw.clone()).collect(),
        glance: reading.map(|reading| glance(reading, examination)),
        unopened: reading.map(protection::unopened).unwrap_or_default(),
        ..Summary::default()
    }
}

fn glance(reading: &Reading, examination: &Examination) -> Glance {
    let attachments = reading.parts.iter().filter(|part| part.attachment).count();
    Glance {
        attachments: u32::try_from(attachments).unwrap_or(u32::MAX),
        is_proved: examination.authenticated,
    }
}

/// log2 of the size: what may be known of it in clear.
pub(crate) fn size_bucket(size: usize) -> i16 {
    i16::try_from(size.max(1).ilog2()).unwrap_or(0)
}
