//! Seals an outcome and commits it: one transaction holds ticket, entry, observables, audit and outbox.

use extract::{Extraction, IndicatorKind};
use intake::openpgp::{Layer, Verdict};
use intake::pipeline::{Answer, Examination, Filing, Outcome, Withheld};
use intake::reading::Reading;
use intake::thread::{Level, References};
use intake::triage::{Disposition, DispositionKind};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vault::{CaseKey, Field, Sealed, VaultError, WrappedKey};

use super::facts::{Known, party_digest};
use super::letter::{About, Finished};
use super::{Fault, Mail, Worker, hour};
use crate::gist;
use crate::sealing::{self, Summary, Understood};
use crate::sender::Letter;
use crate::store::{AuditLine, Committed, NewEntry, NewMail, NewObservable, NewTicket, Record};

/// Everything that one outcome is made of.
pub(super) struct Decided<'a> {
    pub mail: &'a Mail,
    /// `None` when the message could not be read at all.
    pub reading: Option<&'a Reading>,
    pub examination: &'a Examination,
    pub known: &'a Known,
    pub outcome: &'a Outcome,
}

/// Bits of a blind index (`threats.md` B6): enough to search, too few to tell equal values by.
pub(crate) const INDEX_BITS: u8 = 12;
/// Searchable values of one message; more are found in its text only.
const MOST_OBSERVABLES: usize = 500;

/// Where an outcome is written.
struct Place<'a> {
    case: Uuid,
    key: CaseKey,
    /// `Some` when the case is new.
    wrapped: Option<WrappedKey>,
    ticket: Option<Uuid>,
    serial: u64,
    reference: String,
    parties: Vec<Vec<u8>>,
    decided: &'a Decided<'a>,
}

/// What is filed of a message that could not be read.
pub(super) fn unread() -> (Examination, Outcome) {
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
        authenticated: None,
        signers: Vec::new(),
    };
    let outcome = Outcome {
        disposition,
        filing: Filing::Open { claims: 0 },
        extraction: Extraction::default(),
        answer: Answer::Withheld(Withheld::ByRule),
        undecryptable: false,
    };
    (examination, outcome)
}

impl Worker {
    /// Seals and commits.
    pub(super) async fn commit(&self, decided: &Decided<'_>) -> Result<(), Fault> {
        let place = self.place(decided).await?;
        let finished = self.finished(&place).await?;
        let sealed = self.seal_entry(&place, finished.as_ref())?;
        let mail = self.seal_letter(&place, finished.as_ref())?;
        let observables = self.observables(&place)?;
        let audit = self.audit(&place).await?;
        let answer = answer_word(decided, finished.as_ref());
        let outcome = decided.outcome;
        let record = Record {
            inbox: (decided.mail.id, decided.mail.attempt),
            digest: &decided.known.content,
            case: (place.case, place.wrapped.as_ref()),
            ticket: place.new_ticket(&self.team),
            on_ticket: place.ticket,
            entry: NewEntry {
                id: decided.mail.id,
                kind: outcome.disposition.kind.as_str(),
                rule: outcome.disposition.rule.as_deref().unwrap_or(""),
                answer,
                signature: worst_verdict(decided.reading),
                was_encrypted: decided
                    .reading
                    .is_some_and(|reading| reading.openpgp.encrypted),
                received_hour: hour(decided.mail.envelope.received_at),
                size_bucket: size_bucket(decided.mail.raw.len()),
                raw: &sealed.raw,
                summary: &sealed.summary,
                reading: &sealed.reading,
            },
            parties: &place.parties,
            foreign: if place.ticket.is_some() {
                &decided.known.foreign
            } else {
                &[]
            },
            observables: &observables,
            mail: mail.as_ref().map(|(id, due_at, message)| NewMail {
                id: *id,
                due_at: *due_at,
                message,
                address: &decided.known.address,
                domain: &decided.known.domain,
            }),
            audit: audit.line(),
        };
        match self.store.commit(&record).await? {
            Committed::Filed => self.filed(&place, answer, mail.is_some()),
            Committed::Duplicate => self.count_copy(decided.mail, decided.known).await?,
            Committed::LeaseLost => {
                tracing::warn!(spool = %decided.mail.id, "another worker holds this message now; nothing written")
            }
        }
        Ok(())
    }

    /// Which case the message belongs to, and who becomes a party.
    async fn place<'a>(&self, decided: &'a Decided<'a>) -> Result<Place<'a>, Fault> {
        let known = decided.known;
        match decided.outcome.filing {
            Filing::Join {
                ticket,
                serial,
                level,
            } => self.existing(decided, Uuid::from_bytes(ticket), serial, level),
            Filing::Suppress => self.fresh(decided, None),
            Filing::Open { .. } => {
                let number = self.number(known, &decided.outcome.filing).await?;
                let number = u64::try_from(number).unwrap_or(1);
                self.fresh(decided, Some(self.ring.serial_permutation(number)))
            }
        }
    }

    /// The case of a ticket that there is; a signer joins its parties when the message proved more than a domain.
    fn existing<'a>(
        &self,
        decided: &'a Decided<'a>,
        id: Uuid,
        serial: u64,
        level: Level,
    ) -> Result<Place<'a>, Fault> {
        let mut rows = decided.known.rows.iter();
        let row = rows.find(|row| row.id == id).ok_or(VaultError::Malformed)?;
        let signers = decided.examination.signers.iter();
        let new = signers.filter(|_| level >= Level::Token);
        Ok(Place {
            case: id,
            key: sealing::case_key(&self.ring, &self.team, id, &row.wrapped)?,
            wrapped: None,
            ticket: Some(id),
            serial,
            reference: self.reference(serial),
            parties: new.map(|name| party_digest(&self.ring, id, name)).collect(),
            decided,
        })
    }

    /// A new case: a ticket's when there is a number, else that of a suppressed message.
    fn fresh<'a>(&self, decided: &'a Decided<'a>, serial: Option<u64>) -> Result<Place<'a>, Fault> {
        let case = Uuid::now_v7();
        let key = self.ring.new_case_key()?;
        let wrapped = self.ring.wrap(&key, &sealing::case_aad(&self.team, case))?;
        let sender = decided.examination.sender.iter();
        let parties = sender
            .chain(&decided.examination.signers)
            .filter(|_| serial.is_some());
        Ok(Place {
            case,
            key,
            wrapped: Some(wrapped),
            ticket: serial.map(|_| case),
            serial: serial.unwrap_or(0),
            reference: serial.map_or_else(String::new, |serial| self.reference(serial)),
            parties: parties
                .map(|name| party_digest(&self.ring, case, name))
                .collect(),
            decided,
        })
    }

    fn reference(&self, serial: u64) -> String {
        intake::thread::TicketRef {
            team: self.team.clone(),
            serial,
        }
        .to_string()
    }

    async fn finished(&self, place: &Place<'_>) -> Result<Option<Finished>, Fault> {
        let (
            Answer::Send {
                recipient,
                occasion,
            },
            Some(reading),
            Some(ticket),
        ) = (
            &place.decided.outcome.answer,
            place.decided.reading,
            place.ticket,
        )
        else {
            return Ok(None);
        };
        let about = About {
            ticket,
            serial: place.serial,
            reference: &place.reference,
            recipient,
            occasion: *occasion,
            reading,
            examination: place.decided.examination,
        };
        self.letter(&about).await
    }

    fn seal_entry(
        &self,
        place: &Place<'_>,
        finished: Option<&Finished>,
    ) -> Result<SealedEntry, VaultError> {
        let (mail, outcome) = (place.decided.mail, place.decided.outcome);
        let aad = |column| sealing::entry_aad(&self.team, column, place.case, mail.id);
        let understood = Understood {
            envelope: mail.envelope.clone(),
            reading: place.decided.reading.cloned(),
            extraction: outcome.extraction.clone(),
        };
        let summary = summary(place.decided, finished);
        Ok(SealedEntry {
            raw: place.key.seal(&aad("raw"), &mail.raw)?,
            summary: sealing::seal(&place.key, &aad("summary"), &summary)?,
            reading: sealing::seal(&place.key, &aad("reading"), &understood)?,
        })
    }

    fn seal_letter(
        &self,
        place: &Place<'_>,
        finished: Option<&Finished>,
    ) -> Result<Option<(Uuid, Timestamp, Sealed)>, VaultError> {
        let Some(finished) = finished else {
            return Ok(None);
        };
        let id = Uuid::now_v7();
        let sealed = sealing::seal(
            &place.key,
            &Letter::aad(&self.team, place.case, id),
            &finished.letter,
        )?;
        Ok(Some((id, self.next_slot(Timestamp::now()), sealed)))
    }

    /// The next multiple of the grid: the delay of an answer tells nothing about the work behind it (T07).
    fn next_slot(&self, now: Timestamp) -> Timestamp {
        let grid = i64::try_from(self.acknowledge.grid.0.as_secs()).unwrap_or(0);
        if grid == 0 {
            return now;
        }
        let ahead = grid - now.as_second().rem_euclid(grid);
        Timestamp::from_second(now.as_second())
            .unwrap_or(now)
            .saturating_add(SignedDuration::from_secs(ahead))
            .unwrap_or(now)
    }

    fn observables(&self, place: &Place<'_>) -> Result<Vec<NewObservable>, VaultError> {
        let received = place
            .decided
            .mail
            .envelope
            .received_at
            .to_zoned(jiff::tz::TimeZone::UTC);
        let month = (received.year(), u8::try_from(received.month()).unwrap_or(0));
        let mut values = searchable(place.decided);
        values.sort();
        values.dedup();
        values.truncate(MOST_OBSERVABLES);
        let mut observables = Vec::with_capacity(values.len());
        for (number, (field, value)) in (1i16..).zip(values) {
            let index_field = field_by_number(field).ok_or(VaultError::Malformed)?;
            let index = self
                .ring
                .blind_index(index_field, &self.team, month, &value, INDEX_BITS);
            let aad =
                sealing::observable_aad(&self.team, place.case, place.decided.mail.id, number);
            observables.push(NewObservable {
                field,
                month: received.strftime("%Y-%m-01").to_string(),
                index: index.value(),
                value: place.key.seal(&aad, value.as_bytes())?,
            });
        }
        Ok(observables)
    }

    async fn audit(&self, place: &Place<'_>) -> Result<Audit, Fault> {
        let last = if place.wrapped.is_some() {
            None
        } else {
            self.store.last_audit(place.case).await?
        };
        let (number, previous) = last.unwrap_or((0, Vec::new()));
        let previous: [u8; 32] = previous.try_into().unwrap_or([0; 32]);
        let action = match place.decided.outcome.filing {
            Filing::Open { .. } => "opened",
            Filing::Join { .. } => "joined",
            Filing::Suppress => "suppressed",
        };
        let level = match place.decided.outcome.filing {
            Filing::Join { level, .. } => format!(" level={}", level.number()),
            Filing::Open { .. } | Filing::Suppress => String::new(),
        };
        let detail = format!(
            "entry={} kind={}{level}",
            place.decided.mail.id,
            place.decided.outcome.disposition.kind.as_str()
        );
        let mut audit = Audit {
            number: number.saturating_add(1),
            at: whole_second(Timestamp::now()),
            action,
            detail,
            mac: [0; 32],
        };
        audit.mac = self
            .ring
            .chain_mac(&previous, audit.row(place.case).as_bytes());
        Ok(audit)
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
        let milliseconds = i64::try_from(waited.as_millis()).unwrap_or(i64::MAX);
        if place.ticket.is_some() {
            tracing::info!(spool = %message.id, ticket = place.reference, kind, rule, answer, attempt = message.attempt, milliseconds, "filed");
        } else {
            self.metrics.suppressed(rule);
            tracing::info!(spool = %message.id, kind, rule, attempt = message.attempt, milliseconds, "kept without a ticket");
        }
    }
}

struct SealedEntry {
    raw: Sealed,
    summary: Sealed,
    reading: Sealed,
}

struct Audit {
    number: i32,
    at: Timestamp,
    action: &'static str,
    detail: String,
    mac: [u8; 32],
}

impl Audit {
    fn row(&self, case: Uuid) -> String {
        audit_row(
            case,
            self.number,
            self.at,
            "gateway",
            self.action,
            &self.detail,
        )
    }

    fn line(&self) -> AuditLine<'_> {
        AuditLine {
            number: self.number,
            at: self.at,
            action: self.action,
            detail: &self.detail,
            mac: &self.mac,
        }
    }
}

/// What a link of the audit chain covers, in one unambiguous line.
pub(crate) fn audit_row(
    case: Uuid,
    number: i32,
    at: Timestamp,
    actor: &str,
    action: &str,
    detail: &str,
) -> String {
    format!(
        "{case}\n{number}\n{}\n{actor}\n{action}\n{detail}",
        at.as_second()
    )
}

impl Place<'_> {
    fn new_ticket<'t>(&self, team: &'t str) -> Option<NewTicket<'t>> {
        let Filing::Open { claims } = self.decided.outcome.filing else {
            return None;
        };
        let needs_human = match (self.decided.reading, self.decided.outcome.undecryptable) {
            (None, _) => "unread",
            (Some(_), true) => "undecryptable",
            (Some(_), false) => "",
        };
        let number = |serial: u64| i64::try_from(serial).unwrap_or(0);
        Some(NewTicket {
            team,
            serial: number(self.serial),
            needs_human,
            claims: number(claims),
        })
    }
}

fn answer_word(decided: &Decided<'_>, finished: Option<&Finished>) -> &'static str {
    match (&decided.outcome.answer, finished) {
        (Answer::Withheld(reason), _) => reason.word(),
        (Answer::Send { .. }, Some(finished)) => finished.form,
        (Answer::Send { .. }, None) => "not-composed",
    }
}

fn summary(decided: &Decided<'_>, finished: Option<&Finished>) -> Summary {
    let (reading, outcome) = (decided.reading, decided.outcome);
    Summary {
        from: decided.examination.sender.clone().unwrap_or_default(),
        subject: reading
            .and_then(|reading| reading.subject.clone())
            .unwrap_or_default(),
        tlp: outcome
            .extraction
            .tlp
            .map_or_else(String::new, |tlp| tlp.as_str().to_owned()),
        received_at: decided.mail.envelope.received_at.to_string(),
        gist: gist::line(&outcome.extraction),
        language: reading
            .and_then(|reading| reading.language.clone())
            .unwrap_or_default(),
        evidence: outcome.disposition.evidence.clone().unwrap_or_default(),
        foreign: decided
            .examination
            .references
            .foreign
            .iter()
            .map(|known| known.raw.clone())
            .collect(),
        answered_to: finished
            .map_or_else(String::new, |finished| finished.letter.recipient.clone()),
        answer_form: finished.map_or_else(String::new, |finished| finished.form.to_owned()),
    }
}

/// What can be searched for later: number of the field, normalised value.
fn searchable(decided: &Decided<'_>) -> Vec<(i16, String)> {
    let mut values = Vec::new();
    if let Some(sender) = &decided.examination.sender {
        values.push((9, sender.to_lowercase()));
        if let Some((_, domain)) = sender.rsplit_once('@') {
            values.push((10, domain.to_lowercase()));
        }
    }
    values.extend(
        decided
            .examination
            .references
            .foreign
            .iter()
            .map(|known| (11, known.raw.to_lowercase())),
    );
    values.extend(
        decided
            .outcome
            .extraction
            .indicators
            .iter()
            .filter_map(|indicator| Some((field_of(indicator.kind)?, indicator.value.clone()))),
    );
    values
}

fn field_of(kind: IndicatorKind) -> Option<i16> {
    match kind {
        IndicatorKind::Ipv4 | IndicatorKind::Ipv6 => Some(0),
        IndicatorKind::Cidr => Some(1),
        IndicatorKind::IpRange => None,
        IndicatorKind::Domain => Some(3),
        IndicatorKind::Url => Some(4),
        IndicatorKind::Email => Some(5),
        IndicatorKind::Md5
        | IndicatorKind::Sha1
        | IndicatorKind::Sha256
        | IndicatorKind::Sha512 => Some(6),
        IndicatorKind::Cve => Some(7),
        IndicatorKind::Asn => Some(8),
    }
}

/// The index field behind a number in the database: never change one.
pub(crate) fn field_by_number(number: i16) -> Option<Field> {
    Some(match number {
        0 => Field::Ip,
        1 => Field::Network,
        2 => Field::Port,
        3 => Field::Domain,
        4 => Field::UrlHost,
        5 => Field::MailAddress,
        6 => Field::FileHash,
        7 => Field::Cve,
        8 => Field::Asn,
        9 => Field::SenderAddress,
        10 => Field::SenderDomain,
        11 => Field::ForeignReference,
        _ => return None,
    })
}

/// The verdict that an analyst must not miss, in one word; `none` without a signature.
fn worst_verdict(reading: Option<&Reading>) -> &'static str {
    let rank = |verdict: Verdict| match verdict {
        Verdict::Bad => (6, "bad"),
        Verdict::Malformed => (5, "malformed"),
        Verdict::RevokedKey => (4, "revoked_key"),
        Verdict::ExpiredKey => (3, "expired_key"),
        Verdict::MissingKey => (2, "missing_key"),
        Verdict::GoodUnknownKey => (1, "good_unknown_key"),
        Verdict::Good => (0, "good"),
    };
    let layers = reading.map_or(&[][..], |reading| reading.openpgp.layers.as_slice());
    let verdicts = layers.iter().filter_map(|layer| match layer {
        Layer::Signed(signed) => Some(rank(signed.verdict)),
        Layer::Encrypted(_) => None,
    });
    verdicts.max().map_or("none", |(_, word)| word)
}

/// log2 of the size: what may be known of it in clear.
fn size_bucket(size: usize) -> i16 {
    i16::try_from(size.max(1).ilog2()).unwrap_or(0)
}

fn whole_second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}
