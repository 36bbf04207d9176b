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
    /// A fresh ticket number, when one was asked for.
    pub number: Option<i64>,
    /// Answers given lately.
    pub answered: Answered,
    /// The next numbers of an answer.
    pub slots: Slots,
    /// When mail to this address was refused for good: whether that was more than a day ago.
    pub undeliverable: Option<bool>,
    /// Tickets that carry one of the foreign references from this sender.
    pub foreign: Vec<Uuid>,
    /// One of the signatures is on a ticket already.
    pub signature_seen: bool,
}

/// Answers given lately.
#[derive(Clone, Copy, Debug, Default)]
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

/// Numbers of an answer: no two have the same. Who takes one knows that nobody has answered since the facts were read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slots {
    /// Among those to the address; `None` takes none.
    pub address: Option<i64>,
    /// Among those to the domain.
    pub domain: Option<i64>,
    /// Among all.
    pub all: Option<i64>,
}

/// Keyed digests of what the message says about itself.
pub struct Digests<'a> {
    /// Of the content, as it is kept on tickets.
    pub content: &'a [u8],
    /// Of the content, as it is kept without one.
    pub suppressed: &'a [u8],
    /// Of the sender's address.
    pub address: &'a [u8],
    /// Of the sender's domain.
    pub domain: &'a [u8],
    /// Of each foreign reference with the sender.
    pub foreign: &'a [Vec<u8>],
    /// Of each signature.
    pub signatures: &'a [Vec<u8>],
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
                EXISTS (SELECT FROM replay JOIN ticket ON ticket.id = replay.case_id WHERE digest = ANY ($6)),
                (SELECT entry FROM seen WHERE digest = $7),
                (SELECT coalesce(max(address_slot), 0) + 1 FROM acknowledged WHERE address = $2),
                (SELECT coalesce(max(domain_slot), 0) + 1 FROM acknowledged WHERE domain = $3),
                (SELECT coalesce(max(slot), 0) + 1 FROM acknowledged)",
        )
        .bind(digests.content)
        .bind(digests.address)
        .bind(digests.domain)
        .bind(digests.foreign)
        .bind(number)
        .bind(digests.signatures)
        .bind(digests.suppressed)
        .fetch_one(&self.pool)
        .await?;
        Ok(FactRow {
            seen: row.try_get(0)?,
            suppressed: row.try_get(9)?,
            slots: Slots {
                address: Some(row.try_get(10)?),
                domain: Some(row.try_get(11)?),
                all: Some(row.try_get(12)?),
            },
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
        })
    }

    /// A fresh ticket number.
    pub async fn next_number(&self) -> Result<i64, StoreFault> {
        Ok(sqlx::query_scalar("SELECT nextval('ticket_number')")
            .fetch_one(&self.pool)
            .await?)
    }
}
