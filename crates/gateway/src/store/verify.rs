//! Everything that is stored of a case, for `pillarbox verify`.

use sqlx::Row;
use uuid::Uuid;
use vault::{Bits, Mark, Sealed, WrappedKey};

use super::{
    AwaitedRow, Store, StoreFault, StoredBinding, StoredEvent, StoredTicketEvent, StoredVerdict,
};

/// Everything that is stored of a case.
#[derive(Default)]
pub struct CaseRows {
    /// The case's key, wrapped; `None` when it is gone.
    pub wrapped: Option<WrappedKey>,
    /// The ticket; `None` for a suppressed message and all else.
    pub ticket: Option<TicketColumns>,
    /// Messages, in order.
    pub entries: Vec<EntryColumns>,
    /// Digests of parties.
    pub parties: Vec<Vec<u8>>,
    /// Digests of foreign references.
    pub foreign: Vec<Vec<u8>>,
    /// Searchable values by message, with their month.
    pub observables: Vec<(Uuid, String, Sealed)>,
    /// The index.
    pub index: Vec<IndexColumns>,
    /// Mail of ours; `None` for one that was emptied once it was sent.
    pub mail: Vec<(Uuid, Option<Sealed>)>,
    /// A correspondent's certificate.
    pub certificate: Option<Sealed>,
    /// A peer's name.
    pub peer: Option<Sealed>,
    /// The secret of an analyst's codes.
    pub totp: Option<Sealed>,
    /// A search that an analyst keeps.
    pub search: Option<Sealed>,
    /// An organisation of the register: keyed digest of its name, and all of it, sealed.
    pub organisation: Option<(Vec<u8>, Sealed)>,
    /// Whose the certificate is.
    pub bindings: Vec<StoredBinding>,
    /// What was done with the certificate.
    pub certificate_events: Vec<StoredEvent>,
    /// What was done with the ticket.
    pub ticket_events: Vec<StoredTicketEvent>,
    /// Answers that its letters expect, or expected.
    pub awaited: Vec<AwaitedRow>,
    /// Later verdicts on messages.
    pub verdicts: Vec<StoredVerdict>,
}

/// A row of the index.
pub struct IndexColumns {
    /// Its message.
    pub entry: Uuid,
    /// The number of its family.
    pub family: i16,
    /// First day of the month, `YYYY-MM-DD`.
    pub month: String,
    /// Truncated keyed hash.
    pub cell: i32,
    /// The whole of it, sealed.
    pub mark: Mark,
    /// How fine the month's index is at the same moment; `None` when that is nowhere.
    pub bits: Option<Bits>,
}

/// A ticket's columns that never change, and its state.
pub struct TicketColumns {
    /// The team's name.
    pub team: String,
    /// Its number.
    pub serial: i64,
    /// The number of the ticket that its first message names.
    pub claims: i64,
    /// An analyst refused it.
    pub claim_refused: bool,
    /// How it stands to that one.
    pub link: String,
    /// The number of the ticket that it was merged into; 0 for none. An analyst changes it, and a line says so.
    pub merged_into: i64,
    /// Its state.
    pub state: String,
    /// The analyst who has it; empty when nobody has.
    pub owner: String,
}

/// An entry without its raw bytes.
pub struct EntryColumns {
    /// Its id.
    pub id: Uuid,
    /// Its case: the ticket's, or one of its own when analysts alone can open it.
    pub case: Uuid,
    /// That case's key, wrapped; `None` when it is gone.
    pub wrapped: Option<WrappedKey>,
    /// The ticket it is on.
    pub ticket: Option<Uuid>,
    /// `disposition.kind`.
    pub kind: String,
    /// The rule that classified it.
    pub rule: String,
    /// What became of the acknowledgement.
    pub answer: String,
    /// Worst signature verdict.
    pub signature: String,
    /// Whether it arrived encrypted.
    pub was_encrypted: bool,
    /// Seconds since 1970.
    pub received_hour: i64,
    /// log2 of the size.
    pub size_bucket: i16,
    /// Sealed summary.
    pub summary: Sealed,
    /// Sealed reading.
    pub reading: Sealed,
}

impl Store {
    /// Cases after one of them, in order: whatever has a key, a head or a line of the audit trail. Messages with a case of their
    /// own on a ticket are looked at with that.
    pub async fn cases(&self, after: Uuid, most: i64) -> Result<Vec<Uuid>, StoreFault> {
        let ids = sqlx::query_scalar(
            "SELECT id FROM (
                (SELECT id FROM case_key c WHERE id > $1
                 AND NOT EXISTS (SELECT FROM entry WHERE case_id = c.id AND ticket <> c.id) ORDER BY id LIMIT $2)
                UNION (SELECT case_id FROM audit_head WHERE case_id > $1 ORDER BY case_id LIMIT $2)
                UNION (SELECT DISTINCT case_id FROM audit WHERE case_id > $1 ORDER BY case_id LIMIT $2)
             ) cases ORDER BY id LIMIT $2",
        )
        .bind(after)
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        Ok(ids)
    }

    async fn ticket_columns(&self, case: Uuid) -> Result<Option<TicketColumns>, StoreFault> {
        let row = sqlx::query(
            "SELECT team, serial, claims, link, merged_into, state, owner, claim_refused FROM ticket WHERE id = $1",
        )
        .bind(case)
        .fetch_optional(&self.pool)
        .await?;
        let columns = row.map(|row| -> Result<TicketColumns, sqlx::Error> {
            Ok(TicketColumns {
                team: row.try_get(0)?,
                serial: row.try_get(1)?,
                claims: row.try_get(2)?,
                link: row.try_get(3)?,
                merged_into: row.try_get(4)?,
                state: row.try_get(5)?,
                owner: row.try_get(6)?,
                claim_refused: row.try_get(7)?,
            })
        });
        Ok(columns.transpose()?)
    }

    /// Everything that is stored of a case.
    pub async fn case_rows(&self, case: Uuid) -> Result<CaseRows, StoreFault> {
        let mut rows = CaseRows {
            entries: self.case_entries(case, None).await?,
            ..CaseRows::default()
        };
        let one = sqlx::query(
            "SELECT (SELECT wrapped FROM case_key WHERE id = $1), (SELECT sealed FROM certificate WHERE id = $1),
                (SELECT sealed FROM transport_peer WHERE id = $1), (SELECT totp FROM console_account WHERE id = $1),
                (SELECT coalesce(array_agg(digest), '{}') FROM party WHERE ticket = $1),
                (SELECT coalesce(array_agg(digest), '{}') FROM foreign_reference WHERE ticket = $1),
                (SELECT digest FROM organisation WHERE id = $1), (SELECT sealed FROM organisation WHERE id = $1),
                (SELECT sealed FROM console_search WHERE id = $1)",
        )
        .bind(case)
        .fetch_one(&self.pool)
        .await?;
        let sealed = |bytes: Option<Vec<u8>>| bytes.map(Sealed::from_bytes);
        rows.wrapped = one.try_get::<Option<_>, _>(0)?.map(WrappedKey::from_bytes);
        rows.certificate = sealed(one.try_get(1)?);
        rows.peer = sealed(one.try_get(2)?);
        rows.totp = sealed(one.try_get(3)?);
        rows.search = sealed(one.try_get(8)?);
        rows.parties = one.try_get(4)?;
        rows.foreign = one.try_get(5)?;
        let digest: Option<Vec<u8>> = one.try_get(6)?;
        rows.organisation = digest.zip(sealed(one.try_get(7)?));
        self.more_rows(case, &mut rows).await?;
        let values: Vec<(Uuid, String, Vec<u8>)> = sqlx::query_as(
            "SELECT o.entry, month::text, value FROM observable o
             WHERE case_id = $1 OR entry IN (SELECT id FROM entry WHERE ticket = $1) ORDER BY o.entry",
        )
        .bind(case)
        .fetch_all(&self.pool)
        .await?;
        let values = values.into_iter();
        rows.observables = values
            .map(|(entry, month, value)| (entry, month, Sealed::from_bytes(value)))
            .collect();
        rows.index = self.index_columns(case).await?;
        let mail: Vec<(Uuid, Option<Vec<u8>>)> = sqlx::query_as(
            "SELECT id, CASE WHEN once AND state <> 'queued' AND message = '' THEN NULL ELSE message END
             FROM outbox WHERE case_id = $1 ORDER BY id",
        )
        .bind(case)
        .fetch_all(&self.pool)
        .await?;
        let mail = mail.into_iter();
        rows.mail = mail.map(|(id, message)| (id, sealed(message))).collect();
        Ok(rows)
    }

    async fn index_columns(&self, case: Uuid) -> Result<Vec<IndexColumns>, StoreFault> {
        let rows: Vec<(Uuid, i16, String, i32, Uuid, Option<i32>)> = sqlx::query_as(
            "SELECT i.entry, i.family, i.month::text, cell, mark, bits
             FROM observable o JOIN observable_index i ON i.entry = o.entry
             LEFT JOIN index_partition p ON p.family = i.family AND p.month = i.month
             WHERE o.case_id = $1 OR o.entry IN (SELECT id FROM entry WHERE ticket = $1)",
        )
        .bind(case)
        .fetch_all(&self.pool)
        .await?;
        let row = |(entry, family, month, cell, mark, bits): (_, _, _, _, Uuid, Option<i32>)| {
            IndexColumns {
                entry,
                family,
                month,
                cell,
                mark: mark.into_bytes(),
                bits: bits.and_then(Bits::from_number),
            }
        };
        Ok(rows.into_iter().map(row).collect())
    }

    /// Which values are spread: family, month and mark.
    pub async fn all_spread(&self) -> Result<Vec<(i16, String, Mark)>, StoreFault> {
        let rows: Vec<(i16, String, Uuid)> =
            sqlx::query_as("SELECT family, month::text, mark FROM index_spread")
                .fetch_all(&self.pool)
                .await?;
        let rows = rows.into_iter();
        Ok(rows
            .map(|(family, month, mark)| (family, month, mark.into_bytes()))
            .collect())
    }

    /// A ticket, what was done with it or with a certificate, and what was said later.
    async fn more_rows(&self, case: Uuid, rows: &mut CaseRows) -> Result<(), StoreFault> {
        rows.ticket = self.ticket_columns(case).await?;
        if rows.ticket.is_some() {
            rows.ticket_events = self.ticket_events(case).await?;
            rows.awaited = self.awaited(case).await?;
            rows.awaited.retain(|row| row.ticket == case);
        }
        if rows.certificate.is_some() {
            rows.bindings = self.bindings(Some(&[case]), Some(&[])).await?;
            rows.certificate_events = self.certificate_events(case).await?;
        }
        let entries: Vec<Uuid> = rows.entries.iter().map(|entry| entry.id).collect();
        if !entries.is_empty() {
            rows.verdicts = self.verdicts(&entries).await?;
        }
        Ok(())
    }

    /// The entries of a case, or this one of them alone.
    pub(crate) async fn case_entries(
        &self,
        case: Uuid,
        only: Option<Uuid>,
    ) -> Result<Vec<EntryColumns>, StoreFault> {
        let rows = sqlx::query(
            "SELECT id, ticket, kind, rule, answer, signature, was_encrypted, extract(epoch FROM received_hour)::bigint, size_bucket,
                summary, reading, case_id, (SELECT wrapped FROM case_key WHERE case_key.id = entry.case_id)
             FROM entry WHERE (case_id = $1 OR ticket = $1) AND ($2::uuid IS NULL OR id = $2) ORDER BY id",
        )
        .bind(case)
        .bind(only)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(EntryColumns {
                    id: row.try_get(0)?,
                    ticket: row.try_get(1)?,
                    kind: row.try_get(2)?,
                    rule: row.try_get(3)?,
                    answer: row.try_get(4)?,
                    signature: row.try_get(5)?,
                    was_encrypted: row.try_get(6)?,
                    received_hour: row.try_get(7)?,
                    size_bucket: row.try_get(8)?,
                    summary: Sealed::from_bytes(row.try_get(9)?),
                    reading: Sealed::from_bytes(row.try_get(10)?),
                    case: row.try_get(11)?,
                    wrapped: row.try_get::<Option<_>, _>(12)?.map(WrappedKey::from_bytes),
                })
            })
            .collect()
    }
}
