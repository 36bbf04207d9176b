//! Where an outcome is written: a ticket's case, new or known, or a case of its own for suppressed mail.

use intake::pipeline::Filing;
use intake::thread::Level;
use intake::triage::DispositionKind;
use jiff::Zoned;
use uuid::Uuid;
use vault::{CaseKey, VaultError, WrappedKey};

use super::facts::party_digest;
use super::record::Decided;
use super::{Fault, Worker};
use crate::epochs;
use crate::sealing::{self, OwnCase};
use crate::store::{NamedTicket, NewTicket, StoreFault};

/// Where an outcome is written.
pub(super) struct Place<'a> {
    pub case: Uuid,
    pub key: CaseKey,
    /// `Some` when the case is new.
    pub wrapped: Option<WrappedKey>,
    /// The message's own case, when analysts alone may open what the ticket's holds.
    own: Option<OwnCase>,
    /// The key as it was read when the case is not new.
    pub joined: Option<WrappedKey>,
    pub ticket: Option<Uuid>,
    pub serial: u64,
    pub reference: String,
    pub parties: Vec<Vec<u8>>,
    /// Digests of the sender of an answer, as a party of the ticket and of those merged into it.
    pub answers: Vec<Vec<u8>>,
    /// Until when an answer is meant to be given, for a new ticket and one that is open again.
    pub due: Option<Zoned>,
    /// The ticket was closed, or waited for just this, and is open again.
    pub reopens: bool,
    pub decided: &'a Decided<'a>,
}

impl Worker {
    /// Which case the message belongs to, and who becomes a party.
    pub(super) async fn place<'a>(&self, decided: &'a Decided<'a>) -> Result<Place<'a>, Fault> {
        let known = decided.known;
        match decided.outcome.filing {
            Filing::Join {
                ticket,
                serial,
                level,
                reopens,
            } => {
                let ticket = (Uuid::from_bytes(ticket), serial);
                self.existing(decided, ticket, level, reopens).await
            }
            Filing::Suppress => self.fresh(decided, None).await,
            Filing::Open { .. } => {
                let number = self.number(known, &decided.outcome.filing).await?;
                let number = u64::try_from(number).unwrap_or(1);
                let serial = self.ring.serial_permutation(number);
                self.fresh(decided, Some(serial)).await
            }
        }
    }

    /// The case of a ticket that there is; a signer joins its parties when the sender is proved.
    async fn existing<'a>(
        &self,
        decided: &'a Decided<'a>,
        (id, serial): (Uuid, u64),
        level: Level,
        reopens: bool,
    ) -> Result<Place<'a>, Fault> {
        let mut rows = decided.known.rows.iter();
        let row = rows.find(|row| row.id == id).ok_or(VaultError::Malformed)?;
        let signers = decided.known.signers.all();
        // A token may have been passed on, and From may be forged: only proof of the sender makes his key a party.
        let proved = decided.examination.sender_is_proved(&decided.known.facts);
        let new = signers.filter(|_| level == Level::Signature || proved);
        let is_reply = decided.outcome.disposition.kind == DispositionKind::Reply;
        let reopens = reopens || (row.waiting && is_reply);
        Ok(Place {
            case: id,
            key: self.known_key(id, &row.wrapped)?,
            wrapped: None,
            own: self.own_case(decided.mail.id, id).await?,
            joined: Some(row.wrapped.clone()),
            ticket: Some(id),
            serial,
            reference: self.reference(serial),
            parties: new.map(|name| party_digest(&self.ring, id, name)).collect(),
            answers: match is_reply {
                true => self.answers(row, decided.examination.sender.as_deref()),
                false => Vec::new(),
            },
            due: self.due(decided).filter(|_| reopens),
            reopens,
            decided,
        })
    }

    /// The sender as a party of the ticket, and of those merged into it: so letters that expect his answer name him (T11).
    fn answers(&self, row: &NamedTicket, sender: Option<&str>) -> Vec<Vec<u8>> {
        let is_he = |of: &Uuid, digest: &Vec<u8>| {
            sender.is_some_and(|sender| *digest == party_digest(&self.ring, *of, sender))
        };
        let parties = row.parties.iter();
        let his = parties.filter(|(of, digest)| is_he(of, digest));
        his.map(|(_, digest)| digest.clone()).collect()
    }

    /// A new case: a ticket's when there is a number, else that of a suppressed message.
    async fn fresh<'a>(
        &self,
        decided: &'a Decided<'a>,
        serial: Option<u64>,
    ) -> Result<Place<'a>, Fault> {
        let case = Uuid::now_v7();
        self.ready(case).await?;
        let key = self.ring.new_case_key(sealing::epoch_of(case))?;
        let mut wrapped = self.ring.wrap(&key, &sealing::case_aad(&self.team, case))?;
        // A ticket's own key seals its letters, which have to be read to be sent; a suppressed message has none.
        let own = match serial {
            Some(_) => self.own_case(decided.mail.id, case).await?,
            None => {
                wrapped = self.to_analysts(wrapped)?;
                None
            }
        };
        let sender = decided.examination.sender.iter();
        let parties = sender
            .chain(decided.known.signers.all())
            .filter(|_| serial.is_some());
        Ok(Place {
            case,
            key,
            wrapped: Some(wrapped),
            own,
            joined: None,
            ticket: serial.map(|_| case),
            serial: serial.unwrap_or(0),
            reference: serial.map_or_else(String::new, |serial| self.reference(serial)),
            parties: parties
                .map(|name| party_digest(&self.ring, case, name))
                .collect(),
            answers: Vec::new(),
            due: serial.and_then(|_| self.due(decided)),
            reopens: false,
            decided,
        })
    }

    /// So much time at work after it came (T10).
    fn due(&self, decided: &Decided<'_>) -> Option<Zoned> {
        let within = self.answer_within;
        let calendar = &self.letterhead.borrow().calendar;
        (!within.is_zero())
            .then(|| calendar.due(decided.mail.envelope.received_at, within))
            .flatten()
    }

    /// Sees to it that there is a key for cases of this one's month.
    async fn ready(&self, case: Uuid) -> Result<(), Fault> {
        let epoch = sealing::epoch_of(case);
        Ok(epochs::ready(&self.store, &self.ring, &self.team, epoch).await?)
    }

    /// The key of a case that there is. Its month may have been erased since the facts were looked up: then they are asked for
    /// again, and the message opens a ticket of its own.
    fn known_key(&self, case: Uuid, wrapped: &WrappedKey) -> Result<CaseKey, Fault> {
        match sealing::case_key(&self.ring, &self.team, case, wrapped) {
            Err(VaultError::ErasedEpoch(_)) => Err(StoreFault::Conflict.into()),
            other => Ok(other?),
        }
    }

    /// A case for one message, of its ticket's month; `None` when the gateway may read what was filed.
    async fn own_case(&self, id: Uuid, ticket: Uuid) -> Result<Option<OwnCase>, Fault> {
        let Some(analysts) = &self.analysts else {
            return Ok(None);
        };
        self.ready(ticket).await?;
        let analysts = analysts.borrow();
        let own = OwnCase::new(&self.ring, &self.team, (id, ticket), &analysts);
        Ok(Some(own?))
    }

    /// Seals a wrapped key to the analysts as well; leaves it as it is when the gateway may read what was filed.
    fn to_analysts(&self, wrapped: WrappedKey) -> Result<WrappedKey, VaultError> {
        let Some(analysts) = &self.analysts else {
            return Ok(wrapped);
        };
        sealing::to_analysts(&wrapped, &analysts.borrow())
    }

    pub(super) fn reference(&self, serial: u64) -> String {
        intake::thread::TicketRef {
            team: self.team.clone(),
            serial,
        }
        .to_string()
    }
}

impl Place<'_> {
    /// The case under whose key the message is sealed.
    pub(super) fn entry_case(&self) -> (Uuid, &CaseKey) {
        match &self.own {
            Some(own) => (own.id, &own.key),
            None => (self.case, &self.key),
        }
    }

    /// The message's own case and its key; `None` when it is the ticket's.
    pub(super) fn own_case(&self) -> Option<(Uuid, &WrappedKey)> {
        self.own.as_ref().map(|own| (own.id, &own.wrapped))
    }

    /// The row of a ticket to open; `None` when none is opened.
    pub(super) fn new_ticket<'t>(&self, team: &'t str) -> Option<NewTicket<'t>> {
        let Filing::Open { link } = self.decided.outcome.filing else {
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
            claims: number(link.map_or(0, |link| link.serial)),
            link: link.map_or("", |link| link.kind.word()),
        })
    }
}
