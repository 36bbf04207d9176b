//! A report that comes again as a new message, known by a keyed digest of what it says with its sender: looked up among those of the
//! last days, and kept with the message (T7, T57).
//!
//! There are two digests of each: one for those whose sender is proved and that say it for themselves, one for all others, so that
//! what somebody sends in another's name is never taken for his.

use intake::envelope::Envelope;
use intake::pipeline::{Earlier, Examination, Filing, may_repeat, says_for_itself};
use intake::reading::Reading;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vault::{KeyRing, Purpose};

use super::facts::Known;
use super::record::Decided;
use super::{Fault, Mail, Worker};
use crate::store::NewLayer;

/// The flag of a report that came before; `other` is the first.
pub(crate) const REPEATED: &str = "repeated";

/// What a report says, with its sender.
pub(super) struct Said {
    /// With proof of the sender, and without.
    digests: [Vec<u8>; 2],
    for_itself: bool,
}

impl Said {
    /// `None` for what is not looked for among earlier mail.
    fn of(
        ring: &KeyRing,
        envelope: &Envelope,
        reading: Option<&Reading>,
        examination: &Examination,
    ) -> Option<Said> {
        let reading = reading.filter(|reading| may_repeat(envelope, reading, examination))?;
        let sender = examination.sender.as_deref()?.to_lowercase();
        let says = reading.says?;
        let digest = |proved: &[u8]| {
            let parts = [b"says".as_slice(), proved, sender.as_bytes(), &says];
            ring.digest(Purpose::Dedupe, &parts).to_vec()
        };
        Some(Said {
            digests: [digest(b"proved"), digest(b"")],
            for_itself: says_for_itself(reading),
        })
    }

    /// Both digests.
    pub(super) fn digests(&self) -> &[Vec<u8>] {
        &self.digests
    }
}

impl Worker {
    /// `None` where no report is known by what it says.
    pub(super) fn said(
        &self,
        mail: &Mail,
        reading: Option<&Reading>,
        examination: &Examination,
    ) -> Option<Said> {
        let said = Said::of(&self.ring, &mail.envelope, reading, examination);
        said.filter(|_| !self.repeat.is_zero())
    }

    /// Looks up the same report, and keeps the digest of this one.
    pub(super) async fn add_earlier(
        &self,
        known: &mut Known,
        mail: &Mail,
        examination: &Examination,
    ) -> Result<(), Fault> {
        let Some((said, count)) = &known.said else {
            return Ok(());
        };
        let [with_proof, without] = &said.digests;
        let proved = said.for_itself && examination.sender_is_proved(&known.facts);
        // A forger may have said it before: that is nothing to whom it is proved of (T57).
        let (own, digests) = match proved {
            true => (with_proof, std::slice::from_ref(with_proof)),
            false => (without, said.digests()),
        };
        let layer = NewLayer {
            digest: own.clone(),
            sender: self
                .ring
                .digest(Purpose::Dedupe, &[b"entry", mail.id.as_bytes()])
                .to_vec(),
            flag: "",
            own: false,
        };
        if *count > 0 {
            let since = self.repeats_since(mail.envelope.received_at);
            if let Some(found) = self.store.said_before(digests, since).await? {
                self.add_ticket(known, found, proved, examination).await?;
            }
        }
        known.layers.push(layer);
        Ok(())
    }

    async fn add_ticket(
        &self,
        known: &mut Known,
        (first, ticket): (Uuid, Uuid),
        proved: bool,
        examination: &Examination,
    ) -> Result<(), Fault> {
        let rows = self.named(&[], &[ticket]).await?;
        // Nothing can be added to a ticket of an erased month.
        let Some(row) = rows.into_iter().find(|row| !self.is_erased(row)) else {
            return Ok(());
        };
        let sender = examination.sender.as_deref().unwrap_or("").to_lowercase();
        let ticket = self.ticket_fact(&row, &sender, examination, &known.signers, &[]);
        known.facts.earlier = Some(Earlier { ticket, proved });
        known.first_said = Some(first);
        known.rows.push(row);
        Ok(())
    }

    /// The least id of a message that came within the time.
    fn repeats_since(&self, received: Timestamp) -> Uuid {
        let within = SignedDuration::try_from(self.repeat).unwrap_or(SignedDuration::MAX);
        let since = received.saturating_sub(within).unwrap_or(Timestamp::MIN);
        least_id(since)
    }
}

/// Ids begin with the milliseconds since 1970 (UUID version 7).
fn least_id(time: Timestamp) -> Uuid {
    let milliseconds = u128::try_from(time.as_millisecond()).unwrap_or(0);
    Uuid::from_u128(milliseconds << 80)
}

/// When a message came, by its id; `None` for an id that doesn't tell.
pub(crate) fn came_at(id: Uuid) -> Option<Timestamp> {
    let (seconds, nanoseconds) = id.get_timestamp()?.to_unix();
    let (seconds, nanoseconds) = (
        i64::try_from(seconds).ok()?,
        i32::try_from(nanoseconds).ok()?,
    );
    Timestamp::new(seconds, nanoseconds).ok()
}

/// For a proved message that opens a ticket: the digests under which others say the same, and how many of them were known. One more by
/// now may be the same report, sent twice at once; what is not proved joins nothing, so that nobody is kept waiting by much of it.
pub(super) fn guarded<'a>(decided: &Decided<'a>) -> Option<(&'a [Vec<u8>], i64)> {
    let said = decided.known.said.as_ref();
    let proved = decided.examination.sender_is_proved(&decided.known.facts);
    let said = said.filter(|(said, _)| proved && said.for_itself);
    let said = said.filter(|_| matches!(decided.outcome.filing, Filing::Open { .. }));
    said.map(|(said, count)| (said.digests(), *count))
}

/// The entry that said it first, when the message joins its ticket for that.
pub(super) fn first(decided: &Decided<'_>) -> Option<Uuid> {
    let first = decided.known.first_said;
    first.filter(|_| decided.outcome.repeated)
}

/// When that came.
pub(super) fn since(decided: &Decided<'_>) -> Option<Timestamp> {
    first(decided).and_then(came_at)
}
