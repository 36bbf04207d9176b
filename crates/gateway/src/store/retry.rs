//! A message that could not be decrypted when it came is written anew, as it is read with the keys of now.

use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::audit::BindLine;
use super::reseal::CaseWork;
use super::{AuditLine, NewLayer, NewObservables, NewSigner, Store, StoreFault, StoredTicketEvent};

/// What is written of a message that opened.
pub struct OpenedAgain<'a> {
    /// The message.
    pub entry: Uuid,
    /// The case whose key seals it, and that key as it was read.
    pub case: (Uuid, &'a WrappedKey),
    /// Its reading as it was: another one by now is a conflict.
    pub before: &'a Sealed,
    /// Its worst signature verdict, or `none`.
    pub signature: &'a str,
    /// Sealed summary for lists.
    pub summary: &'a Sealed,
    /// Sealed reading and extraction.
    pub reading: &'a Sealed,
    /// Searchable values; `None` leaves those that it has.
    pub observables: Option<&'a NewObservables>,
    /// Digests of parties to add to the ticket.
    pub parties: &'a [Vec<u8>],
    /// Digests of foreign references to add to the ticket.
    pub foreign: &'a [Vec<u8>],
    /// Its signatures.
    pub signatures: &'a [NewLayer],
    /// Whose they are.
    pub signers: &'a [NewSigner],
    /// No other message of the ticket stays closed: nobody is needed to look any more.
    pub is_last: bool,
    /// What was done, for people.
    pub event: &'a StoredTicketEvent,
    /// The line of the audit trail that names the rows.
    pub line: AuditLine<'a>,
}

impl Store {
    /// Tickets of a team with messages that came encrypted, of the next `most` such messages after this one; and the last message.
    pub async fn encrypted_entries(
        &self,
        team: &str,
        after: Uuid,
        most: i64,
    ) -> Result<Vec<(Uuid, Uuid)>, StoreFault> {
        let rows = sqlx::query_as(
            "SELECT e.id, t.id FROM entry e JOIN ticket t ON t.id = e.ticket
             WHERE t.team = $1 AND e.was_encrypted AND e.kind <> 'letter' AND e.id > $2 ORDER BY e.id LIMIT $3",
        )
        .bind(team)
        .bind(after)
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }

    /// Whether another message brought one of these signatures in the sender's name, as [`super::Digests::proved`] has it. The message
    /// itself, whose outer signature was noted when it came, does not count.
    pub async fn signature_seen(
        &self,
        entry: Uuid,
        signatures: &[Vec<u8>],
        signed_by: &[Vec<u8>],
        proved: bool,
    ) -> Result<bool, StoreFault> {
        let seen = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM unnest($1::bytea[], $2::bytea[]) AS l (digest, sender) JOIN replay r USING (digest)
                WHERE r.entry <> $4 AND CASE WHEN $3 THEN r.sender = l.sender ELSE r.own END)",
        )
        .bind(signatures)
        .bind(signed_by)
        .bind(proved)
        .bind(entry)
        .fetch_one(&self.pool)
        .await?;
        Ok(seen)
    }
}

impl CaseWork {
    /// Writes a message of this ticket anew, and commits. [`StoreFault::Conflict`], and nothing is written, when it is another by now,
    /// its case was sealed anew, its month was indexed anew, or a line's number is taken: read it again.
    pub async fn open_again(mut self, new: &OpenedAgain<'_>) -> Result<(), StoreFault> {
        let written = sqlx::query(
            "WITH key AS (
                SELECT id FROM case_key WHERE id = $2 AND wrapped = $3 FOR SHARE
             )
             UPDATE entry SET summary = $4, reading = $5, signature = $6 FROM key
             WHERE entry.id = $1 AND case_id = key.id AND ticket = $7 AND reading = $8",
        )
        .bind(new.entry)
        .bind(new.case.0)
        .bind(new.case.1.as_bytes())
        .bind(new.summary.as_bytes())
        .bind(new.reading.as_bytes())
        .bind(new.signature)
        .bind(self.case)
        .bind(new.before.as_bytes())
        .execute(&mut self.connection)
        .await?;
        if written.rows_affected() != 1 {
            return Err(StoreFault::Conflict);
        }
        if let Some(observables) = new.observables {
            self.index_again(new, observables).await?;
        }
        self.signed(new).await?;
        self.told(new).await?;
        self.commit().await
    }

    /// Other values in place of those of the envelope, in the index too.
    async fn index_again(
        &mut self,
        new: &OpenedAgain<'_>,
        observables: &NewObservables,
    ) -> Result<(), StoreFault> {
        let index = &observables.index;
        let families: Vec<i16> = index.iter().map(|row| row.family.number()).collect();
        let versions: Vec<i32> = index.iter().map(|row| row.version).collect();
        let cells: Vec<i32> = index.iter().map(|row| row.cell).collect();
        let marks: Vec<Uuid> = index.iter().map(|row| Uuid::from_bytes(row.mark)).collect();
        let spread = observables.spread.iter();
        let (spread_families, spread): (Vec<i16>, Vec<Uuid>) = spread
            .map(|row| (row.family.number(), Uuid::from_bytes(row.mark)))
            .unzip();
        let row = sqlx::query(
            "WITH p AS (
                SELECT p.family FROM index_partition p
                JOIN (SELECT DISTINCT * FROM unnest($2::smallint[], $3::integer[]) AS w (family, version)) w USING (family, version)
                WHERE p.month = $1::date FOR SHARE OF p
             )
             SELECT (SELECT count(*) FROM p) = (SELECT count(DISTINCT family) FROM unnest($2::smallint[]) AS w (family))",
        )
        .bind(&observables.month)
        .bind(&families)
        .bind(&versions)
        .fetch_one(&mut self.connection)
        .await?;
        if !row.try_get::<bool, _>(0)? {
            return Err(StoreFault::Conflict);
        }
        sqlx::query("DELETE FROM observable_index WHERE entry = $1")
            .bind(new.entry)
            .execute(&mut self.connection)
            .await?;
        sqlx::query(
            "INSERT INTO observable AS known (case_id, entry, month, value) VALUES ($2, $1, $3::date, $4)
             ON CONFLICT (entry) DO UPDATE SET month = excluded.month, value = excluded.value",
        )
        .bind(new.entry)
        .bind(new.case.0)
        .bind(&observables.month)
        .bind(observables.value.as_bytes())
        .execute(&mut self.connection)
        .await?;
        sqlx::query(
            "WITH spread AS (
                INSERT INTO index_spread (family, month, mark)
                SELECT family, $2::date, mark FROM unnest($6::smallint[], $7::uuid[]) AS s (family, mark) ON CONFLICT DO NOTHING
             )
             INSERT INTO observable_index (entry, family, month, cell, mark)
             SELECT $1, family, $2::date, cell, mark FROM unnest($3::smallint[], $4::integer[], $5::uuid[]) AS i (family, cell, mark)",
        )
        .bind(new.entry)
        .bind(&observables.month)
        .bind(families)
        .bind(cells)
        .bind(marks)
        .bind(spread_families)
        .bind(spread)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Who signed it, and with what; whoever it proves is a party.
    async fn signed(&mut self, new: &OpenedAgain<'_>) -> Result<(), StoreFault> {
        let signatures = new.signatures.iter();
        let digests: Vec<&[u8]> = signatures.clone().map(|one| &*one.digest).collect();
        let senders: Vec<&[u8]> = signatures.clone().map(|one| &*one.sender).collect();
        let flags: Vec<&str> = signatures.clone().map(|one| one.flag).collect();
        let own: Vec<bool> = signatures.map(|one| one.own).collect();
        let signers = new.signers.iter();
        let months: Vec<&str> = signers.clone().map(|one| one.month.as_str()).collect();
        let indexes: Vec<i32> = signers.map(|one| one.index).collect();
        sqlx::query(
            "WITH came AS (
                SELECT * FROM unnest($3::bytea[], $4::bytea[], $5::text[], $6::boolean[]) AS l (digest, sender, flag, own)
             ), flags AS (
                INSERT INTO entry_flag (entry, flag, other) SELECT DISTINCT ON (l.digest) $1, l.flag, r.entry
                FROM came l JOIN replay r USING (digest)
                WHERE r.entry <> $1 AND (r.case_id <> $2 OR r.sender <> l.sender) ORDER BY l.digest, r.entry ON CONFLICT DO NOTHING
             ), layers AS (
                INSERT INTO replay AS known (digest, case_id, entry, sender, own) SELECT digest, $2, $1, sender, own FROM came
                ON CONFLICT (digest, sender) DO UPDATE SET again = known.again + 1 WHERE known.entry <> excluded.entry
             ), signers AS (
                INSERT INTO signer (entry, case_id, month, index)
                SELECT $1, $2, month, index FROM unnest($7::date[], $8::integer[]) AS s (month, index) ON CONFLICT DO NOTHING
             ), parties AS (
                INSERT INTO party (ticket, digest) SELECT $2, unnest($9::bytea[]) ON CONFLICT DO NOTHING
             )
             INSERT INTO foreign_reference (digest, ticket) SELECT unnest($10::bytea[]), $2 ON CONFLICT DO NOTHING",
        )
        .bind(new.entry)
        .bind(self.case)
        .bind(digests)
        .bind(senders)
        .bind(flags)
        .bind(own)
        .bind(months)
        .bind(indexes)
        .bind(new.parties)
        .bind(new.foreign)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// The flag goes with the last message; history and trail have a line more.
    async fn told(&mut self, new: &OpenedAgain<'_>) -> Result<(), StoreFault> {
        sqlx::query(
            "WITH told AS (
                INSERT INTO ticket_event (id, ticket, action, detail) VALUES ($2, $1, $3, $4)
             ), changed AS (
                -- The time of a closed one says how long it is kept.
                UPDATE ticket SET needs_human = CASE WHEN $5 AND needs_human = 'undecryptable' THEN '' ELSE needs_human END,
                    changed_hour = CASE WHEN state IN ('resolved', 'rejected') THEN changed_hour
                        ELSE greatest(changed_hour, date_trunc('hour', $7::timestamptz, 'UTC')) END
                WHERE id = $1
             ), audited AS (
                INSERT INTO audit (case_id, number, at, actor, action, detail, mac) VALUES ($1, $6, $7::timestamptz, $8, $9, $10, $11)
             )
             INSERT INTO audit_head (case_id, number, mac, seal) VALUES ($1, $6, $11, $12)
             ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal",
        )
        .bind(self.case)
        .bind(new.event.id)
        .bind(&new.event.action)
        .bind(new.event.detail.as_bytes())
        .bind(new.is_last)
        .line(&new.line)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}
