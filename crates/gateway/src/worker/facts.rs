//! Looks up what `decide` needs to know: keyed digests go to the database, rows come back, tokens are checked here.

use intake::message;
use intake::pipeline::{Answered, Examination, Facts, Filing, Reach, Standing, TicketFact};
use intake::reading::Reading;
use uuid::Uuid;
use vault::{KeyRing, Purpose};

use super::alike::{SAME_ID, referred_to, same_id};
use super::better::{self, First};
use super::certificates::Signers;
use super::repeats::Said;
use super::replays::{layers, signature_digests};
use super::{Fault, Mail, Worker, token};
use crate::store::{Digests, NamedTicket, NewLayer};

/// The facts, and what the commit needs besides.
pub(super) struct Known {
    /// For `decide`.
    pub facts: Facts,
    /// This content was filed before, on a ticket and without one.
    seen: (bool, bool),
    /// Digests of the content.
    pub content: Contents,
    /// The message came before without proof.
    pub first: Option<First>,
    /// The entry that said the same first, of [`Facts::earlier`].
    pub first_said: Option<Uuid>,
    /// Under which digests it is known that a message says the same, and how many there were; `None` for what is not looked for.
    pub said: Option<(Said, i64)>,
    /// Mail of ours that a notice is about: its case, and the digest of its id with the recipient.
    pub addressed: Vec<(Uuid, Vec<u8>)>,
    /// Digest of the sender's address, for the rates.
    pub address: [u8; 16],
    /// Digest of the sender's domain, for the rates.
    pub domain: [u8; 16],
    /// Digests of the foreign references with their sender.
    pub foreign: Vec<Vec<u8>>,
    /// A fresh ticket number, when one may be needed.
    pub number: Option<i64>,
    /// The rows behind [`Facts::tickets`].
    pub rows: Vec<NamedTicket>,
    /// Ciphertexts and signatures, to know them again.
    pub layers: Vec<NewLayer>,
    /// One of the signatures was sent before in the sender's name, see [`Digests::proved`].
    pub signature_seen: bool,
    /// Signers whose signature proves something about this message.
    pub signers: Signers,
    /// In which language an analyst wants the sender answered.
    pub language: Option<String>,
}

impl Known {
    /// Whether the same content was filed in that way before.
    pub(super) fn is_copy(&self, filing: &Filing) -> bool {
        match filing {
            Filing::Open { .. } | Filing::Join { .. } => self.seen.0,
            Filing::Suppress => self.seen.1,
        }
    }
}

/// Digests of a message's content. What was kept without a ticket is counted on such only: a forged list copy that is sent
/// first must not hide the report (T57).
pub(super) struct Contents {
    /// And of whether its sender is proved.
    ticket: [u8; 16],
    /// Of a copy without that proof; `None` when this is one.
    unproved: Option<[u8; 16]>,
    suppressed: [u8; 16],
}

impl Contents {
    fn new(ring: &KeyRing, raw: &[u8], proved: bool) -> Contents {
        let (ticket, unproved) =
            better::digests(ring, content_digest(ring, raw, b"ticket"), proved);
        Contents {
            ticket,
            unproved,
            suppressed: content_digest(ring, raw, b"suppressed"),
        }
    }

    /// The one that is kept of what is filed so.
    pub(super) fn of(&self, filing: &Filing) -> &[u8; 16] {
        match filing {
            Filing::Open { .. } | Filing::Join { .. } => &self.ticket,
            Filing::Suppress => &self.suppressed,
        }
    }

    /// That of an unproved copy of what is filed so.
    pub(super) fn unproved(&self, filing: &Filing) -> Option<&[u8]> {
        let unproved = self.unproved.as_ref().map(<[u8; 16]>::as_slice);
        unproved.filter(|_| *filing != Filing::Suppress)
    }
}

impl Worker {
    pub(super) async fn facts(
        &self,
        mail: &Mail,
        reading: Option<&Reading>,
        examination: &Examination,
    ) -> Result<Known, Fault> {
        let content = Contents::new(&self.ring, &mail.raw, examination.authenticated);
        let sender = examination.sender.as_deref().unwrap_or("").to_lowercase();
        let (address_digest, domain_digest) = rate_digests(&self.ring, &sender);
        let foreign = foreign_digests(&self.ring, examination, &sender);
        let mut layers = layers(&self.ring, reading, examination);
        layers.extend(same_id(&self.ring, reading, mail.id));
        let (signatures, signed_by) = signature_digests(&layers);
        let said = self.said(mail, reading, examination);
        let digests = Digests {
            content: &content.ticket,
            suppressed: &content.suppressed,
            unproved: content.unproved.as_ref().map(<[u8; 16]>::as_slice),
            address: &address_digest,
            domain: &domain_digest,
            foreign: &foreign,
            signatures: &signatures,
            signed_by: &signed_by,
            proved: examination.authenticated,
            said: said.as_ref().map_or(&[], Said::digests),
        };
        let row = self.store.facts(&digests, may_open(examination)).await?;
        let answered = row.answered;
        let mut known = Known {
            facts: Facts {
                tickets: Vec::new(),
                signer_known: false,
                answered: counts(answered),
                reach: reach(row.undeliverable),
                earlier: None,
            },
            seen: (row.seen.is_some(), row.suppressed.is_some()),
            content,
            first: None,
            first_said: None,
            said: said.map(|said| (said, row.said)),
            addressed: Vec::new(),
            address: address_digest,
            domain: domain_digest,
            foreign,
            number: row.number,
            rows: Vec::new(),
            layers,
            signature_seen: row.signature_seen,
            signers: Signers::default(),
            language: row.language,
        };
        let before = (row.foreign.as_slice(), row.unproved);
        self.add_rest(&mut known, (mail, reading, examination), before)
            .await?;
        Ok(known)
    }

    /// What takes more questions: signers, the tickets that are named, and messages that came before.
    async fn add_rest(
        &self,
        known: &mut Known,
        (mail, reading, examination): (&Mail, Option<&Reading>, &Examination),
        (foreign, unproved): (&[Uuid], Option<Uuid>),
    ) -> Result<(), Fault> {
        // A signature that was sent before proves nothing about the message that brings it again (T26).
        if !known.signature_seen {
            known.signers = self.book.signers(examination).await?;
            known.facts.signer_known = known.signers.authenticated;
        }
        if let Some(reading) = reading {
            known.addressed = self.noticed(reading, examination).await?;
        }
        let sender = examination.sender.as_deref().unwrap_or("").to_lowercase();
        self.add_tickets(known, &sender, examination, foreign)
            .await?;
        if let Some(reading) = reading {
            self.add_thread(known, reading).await?;
        }
        self.add_first(known, unproved).await?;
        self.add_earlier(known, mail, examination).await?;
        // The same content is no other message.
        if known.first.is_some() {
            known.layers.retain(|layer| layer.flag != SAME_ID);
        }
        Ok(())
    }

    /// The tickets that the message names.
    async fn add_tickets(
        &self,
        known: &mut Known,
        sender: &str,
        examination: &Examination,
        foreign: &[Uuid],
    ) -> Result<(), Fault> {
        let serials = named_serials(examination);
        if !serials.is_empty() || !foreign.is_empty() {
            known.rows = self.named(&serials, foreign).await?;
            known.facts.tickets = known
                .rows
                .iter()
                .map(|ticket| TicketFact {
                    notice_about_ours: known
                        .addressed
                        .iter()
                        .any(|(case, _)| *case == ticket.named_id),
                    ..self.ticket_fact(ticket, sender, examination, &known.signers, foreign)
                })
                .collect();
        }
        Ok(())
    }

    /// Which of several tickets with one foreign reference has the messages that this one refers to.
    async fn add_thread(&self, known: &mut Known, reading: &Reading) -> Result<(), Fault> {
        let foreign = known.facts.tickets.iter().filter(|ticket| ticket.foreign);
        if foreign.count() < 2 {
            return Ok(());
        }
        let digests = referred_to(&self.ring, reading);
        let there = self.store.tickets_with(&digests).await?;
        for (ticket, row) in known.facts.tickets.iter_mut().zip(&known.rows) {
            ticket.thread = there.contains(&row.named_id);
        }
        Ok(())
    }

    /// Where mail goes that names these.
    pub(super) async fn named(
        &self,
        serials: &[i64],
        ids: &[Uuid],
    ) -> Result<Vec<NamedTicket>, Fault> {
        let named = self
            .store
            .named_tickets(&self.team, serials, ids, self.reopen);
        Ok(named.await?)
    }

    pub(super) fn ticket_fact(
        &self,
        row: &NamedTicket,
        sender: &str,
        examination: &Examination,
        signers: &Signers,
        foreign: &[Uuid],
    ) -> TicketFact {
        let named = u64::try_from(row.named).unwrap_or(0);
        let nothing = TicketFact {
            id: row.id.into_bytes(),
            serial: u64::try_from(row.serial).unwrap_or(0),
            named,
            standing: match (row.closed, row.quiet) {
                (false, _) => Standing::Open,
                (true, false) => Standing::ClosedLately,
                (true, true) => Standing::ClosedBefore,
            },
            sender_is_party: false,
            signer_is_party: false,
            token: false,
            notice_about_ours: false,
            foreign: false,
            thread: false,
        };
        // Nothing can be added to a ticket of an erased month whose row is still there: the message opens one that names it.
        if self.is_erased(row) {
            return nothing;
        }
        let token = examination
            .answers_to
            .iter()
            .any(|own| own.serial == named && token::is_good(&self.ring, row.named_id, own));
        let is_party = |name: &str| {
            let mut parties = row.parties.iter();
            parties.any(|(ticket, digest)| *digest == party_digest(&self.ring, *ticket, name))
        };
        let sender_is_party = !sender.is_empty() && is_party(sender);
        TicketFact {
            sender_is_party,
            // The very certificate is on the ticket, or it is bound to an address there, by more than its own word.
            signer_is_party: signers.bound.iter().any(|signer| is_party(signer))
                || (signers.strong && sender_is_party),
            token,
            foreign: foreign.contains(&row.named_id),
            ..nothing
        }
    }

    pub(super) fn is_erased(&self, row: &NamedTicket) -> bool {
        let name = row.wrapped.epoch_key();
        name.is_ok_and(|name| self.ring.is_erased(name.epoch) == Ok(true))
    }

    /// The number of the ticket that this outcome opens, asked for late when nobody expected one.
    pub(super) async fn number(&self, known: &Known, filing: &Filing) -> Result<i64, Fault> {
        match (filing, known.number) {
            (Filing::Open { .. }, None) => Ok(self.store.next_number().await?),
            (_, number) => Ok(number.unwrap_or(0)),
        }
    }
}

fn reach(undeliverable: Option<bool>) -> Reach {
    match undeliverable {
        None => Reach::Fine,
        Some(false) => Reach::FailedLately,
        Some(true) => Reach::FailedBefore,
    }
}

fn counts(answered: crate::store::Answered) -> Answered {
    let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    Answered {
        address_hour: count(answered.address_hour),
        address_day: count(answered.address_day),
        domain_day: count(answered.domain_day),
        hour: count(answered.hour),
    }
}

/// Whether a ticket number will be needed: suppressed mail and answers to our own mail don't use one up.
fn may_open(examination: &Examination) -> bool {
    examination.disposition.may_open_ticket() && examination.answers_to.is_empty()
}

fn named_serials(examination: &Examination) -> Vec<i64> {
    let tags = examination.references.own.iter().map(|own| own.serial);
    let mut serials: Vec<i64> = tags
        .chain(examination.answers_to.iter().map(|own| own.serial))
        .filter_map(|serial| i64::try_from(serial).ok())
        .collect();
    serials.sort_unstable();
    serials.dedup();
    serials.truncate(20);
    serials
}

/// The same message by another way has the same digest (T7, T57): trace fields don't count.
fn content_digest(ring: &KeyRing, raw: &[u8], kept: &[u8]) -> [u8; 16] {
    let mut digester = ring.digester(Purpose::Dedupe);
    digester.part(kept);
    message::content_identity(raw, &mut |piece| digester.update(piece));
    digester.finish()
}

/// A party of a ticket: an address or a fingerprint. Keyed with the ticket, so that equal parties don't look equal.
pub(crate) fn party_digest(ring: &KeyRing, ticket: Uuid, name: &str) -> Vec<u8> {
    ring.digest(
        Purpose::Party,
        &[ticket.as_bytes(), name.to_lowercase().as_bytes()],
    )
    .to_vec()
}

/// Of the address and of its domain, for the rates.
fn rate_digests(ring: &KeyRing, sender: &str) -> ([u8; 16], [u8; 16]) {
    let domain = sender.rsplit_once('@').map_or("", |(_, domain)| domain);
    let address = ring.digest(Purpose::Rate, &[b"address", sender.as_bytes()]);
    let domain = ring.digest(Purpose::Rate, &[b"domain", domain.as_bytes()]);
    (address, domain)
}

fn foreign_digests(ring: &KeyRing, examination: &Examination, sender: &str) -> Vec<Vec<u8>> {
    let foreign = examination.references.foreign.iter();
    foreign
        .filter(|known| !known.in_text)
        .map(|known| foreign_digest(ring, &known.raw, sender))
        .collect()
}

/// Another team's reference, with who wrote it.
pub(crate) fn foreign_digest(ring: &KeyRing, raw: &str, sender: &str) -> Vec<u8> {
    let (raw, sender) = (raw.to_lowercase(), sender.to_lowercase());
    let parts = [raw.as_bytes(), sender.as_bytes()];
    ring.digest(Purpose::ForeignReference, &parts).to_vec()
}
