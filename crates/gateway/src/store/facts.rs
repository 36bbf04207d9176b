//! What `decide` needs to know, in one round trip, and a second one only for mail that names a ticket.

use sqlx::Row;
use uuid::Uuid;

use super::{Store, StoreFault};

/// What is known about a message before it is decided.
pub struct FactRow {
    /// The entry on a ticket that this very content was filed as before.
    pub seen: Option<Uuid>,
    /// Likewise without a ticket.
    pub suppressed: Option<Uuid>,
    /// The entry that it was filed as when it came with less proof.
    pub unproved: Option<Uuid>,
    /// A fresh ticket number, when one was asked for.
    pub number: Option<i64>,
    /// Answers given lately.
    pub answered: Answered,
    /// When mail to this address was refused for good: whether that was more than a day ago.
    pub undeliverable: Option<bool>,
    /// Tickets that carry one of the foreign references from this sender.
    pub foreign: Vec<Uuid>,
    /// One of the signatures was sent before in the sender's name, see [`Digests::proved`].
    pub signature_seen: bool,
    /// In which language an analyst wants this address answered.
    pub language: Option<String>,
    /// Messages that say the same, with proof of their sender or without.
    pub said: i64,
}

/// Numbers of answers: those given lately, or the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answered {
    /// To this address in the last hour.
    pub address_hour: i64,
    /// To this address in the last day.
    pub address_day: i64,
    /// To this domain in the last day.
    pub domain_day: i64,
    /// To everybody in the last hour.
    pub hour: i64,
}

/// Keyed digests of what the message says about itself.
#[derive(Clone, Copy, Default)]
pub struct Digests<'a> {
    /// Of the content, as it is kept on tickets.
    pub content: &'a [u8],
    /// Of the content, as it is kept without one.
    pub suppressed: &'a [u8],
    /// Of the content of a copy with less proof; `None` when this is one.
    pub unproved: Option<&'a [u8]>,
    /// Of the sender's address.
    pub address: &'a [u8],
    /// Of the sender's domain.
    pub domain: &'a [u8],
    /// Of each foreign reference with the sender.
    pub foreign: &'a [Vec<u8>],
    /// Of each signature.
    pub signatures: &'a [Vec<u8>],
    /// Of the sender of each, with whether he is proved.
    pub signed_by: &'a [Vec<u8>],
    /// The sender is proved: then nobody else can have used his signatures up. Else whoever sent one in its signer's name has.
    pub proved: bool,
    /// Of what it says, with its sender; empty for what is not looked for.
    pub said: &'a [Vec<u8>],
}

impl Store {
    /// The facts about one message; `number` asks for a fresh ticket number too.
    pub async fn facts(&self, digests: &Digests<'_>, number: bool) -> Result<FactRow, StoreFault> {
        let row = sqlx::query(
            "SELECT (SELECT entry FROM seen WHERE digest = $1),
                CASE WHEN $5 THEN nextval('ticket_number') END,
                (SELECT count(*) FROM acknowledged WHERE address = $2 AND at > now() - interval '1 hour'),
                (SELECT count(*) FROM acknowledged WHERE address = $2 AND at > now() - interval '1 day'),
                (SELECT count(*) FROM acknowledged WHERE domain = $3 AND at > now() - interval '1 day'),
                (SELECT count(*) FROM acknowledged WHERE at > now() - interval '1 hour'),
                (SELECT coalesce(array_agg(DISTINCT ticket), '{}') FROM foreign_reference WHERE digest = ANY ($4)),
                (SELECT since < now() - interval '1 day' FROM undeliverable WHERE address = $2),
                EXISTS (SELECT FROM unnest($6::bytea[], $7::bytea[]) AS l (digest, sender) JOIN replay r USING (digest)
                    WHERE CASE WHEN $8 THEN r.sender = l.sender ELSE r.own END),
                (SELECT entry FROM seen WHERE digest = $9),
                (SELECT language FROM contact_language WHERE address = $2),
                (SELECT entry FROM seen WHERE digest = $10),
                (SELECT count(*) FROM replay WHERE digest = ANY ($11))",
        )
        .bind(digests.content)
        .bind(digests.address)
        .bind(digests.domain)
        .bind(digests.foreign)
        .bind(number)
        .bind(digests.signatures)
        .bind(digests.signed_by)
        .bind(digests.proved)
        .bind(digests.unproved)
        .bind(digests.suppressed)
        .bind(digests.said)
        .fetch_one(&self.pool)
        .await?;
        Ok(FactRow {
            seen: row.try_get(0)?,
            suppressed: row.try_get(11)?,
            number: row.try_get(1)?,
            answered: Answered {
                address_hour: row.try_get(2)?,
                address_day: row.try_get(3)?,
                domain_day: row.try_get(4)?,
                hour: row.try_get(5)?,
            },
            foreign: row.try_get(6)?,
            undeliverable: row.try_get(7)?,
            signature_seen: row.try_get(8)?,
            unproved: row.try_get(9)?,
            language: row.try_get(10)?,
            said: row.try_get(12)?,
        })
    }

    /// The ticket that an entry is on, `None` when it is on none, and what became of its acknowledgement; `None` when there is no
    /// such entry.
    pub async fn filed_as(
        &self,
        entry: Uuid,
    ) -> Result<Option<(Option<Uuid>, String)>, StoreFault> {
        let found = sqlx::query_as("SELECT ticket, answer FROM entry WHERE id = $1")
            .bind(entry)
            .fetch_optional(&self.pool);
        Ok(found.await?)
    }

    /// Tickets with a message whose Message-ID, or whatever else of it may come again, has one of these digests.
    pub async fn tickets_with(&self, digests: &[Vec<u8>]) -> Result<Vec<Uuid>, StoreFault> {
        let found = sqlx::query_scalar(
            "SELECT DISTINCT ticket FROM replay JOIN entry ON entry.id = replay.entry WHERE digest = ANY ($1) AND ticket IS NOT NULL",
        )
        .bind(digests)
        .fetch_all(&self.pool);
        Ok(found.await?)
    }

    /// Mail of ours with one of these digests of its Message-ID and recipient: its case, and the digest.
    pub async fn addressed(&self, digests: &[Vec<u8>]) -> Result<Vec<(Uuid, Vec<u8>)>, StoreFault> {
        let found = sqlx::query_as(
            "SELECT DISTINCT case_id, addressed FROM outbox WHERE addressed = ANY ($1)",
        )
        .bind(digests)
        .fetch_all(&self.pool);
        Ok(found.await?)
    }

    /// A fresh ticket number.
    pub async fn next_number(&self) -> Result<i64, StoreFault> {
        Ok(sqlx::query_scalar("SELECT nextval('ticket_number')")
            .fetch_one(&self.pool)
            .await?)
    }
}
