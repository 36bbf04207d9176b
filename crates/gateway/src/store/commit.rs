//! One transaction an outcome: a single statement, so that no half-written report exists and no round trip is wasted.

use jiff::Timestamp;
use sqlx::Row;
use uuid::Uuid;
use vault::{Sealed, WrappedKey};

use super::audit::AuditLine;
use super::audit::BindLine;
use super::facts::Answered;
use super::observables::NewObservables;
use super::{NewLayer, NewSigner, Store, StoreFault};

/// All that one outcome writes. Sealed values, keyed digests and words of ours only.
pub struct Record<'a> {
    /// The inbox row that this outcome replaces, and the attempt that holds it.
    pub inbox: (Uuid, i16),
    /// Keyed digest of the content.
    pub digest: &'a [u8],
    /// That of a copy of less proof, which is counted on this message from now on; `None` when there is none.
    pub unproved: Option<&'a [u8]>,
    /// The case: the ticket's id, or the entry's own for suppressed mail. `Some` key when the case is new.
    pub case: (Uuid, Option<&'a WrappedKey>),
    /// The key of a case that was there before, as it was read: when another is there by now, or none, what is sealed under
    /// this one would be lost, and it is a conflict. `None` for a new case.
    pub joined: Option<&'a WrappedKey>,
    /// The message's own case, when analysts alone may open it: then the mail is emptied once it was sent.
    pub own_case: Option<(Uuid, &'a WrappedKey)>,
    /// The ticket to open; `None` when the message joins one or is suppressed.
    pub ticket: Option<NewTicket<'a>>,
    /// The ticket that the message joins or opens; `None` for suppressed mail.
    pub on_ticket: Option<Uuid>,
    /// That ticket was closed or waited, and is open again.
    pub reopens: bool,
    /// The message itself.
    pub entry: NewEntry<'a>,
    /// Digests of parties to add to the ticket.
    pub parties: &'a [Vec<u8>],
    /// Digests of foreign references to add to the ticket.
    pub foreign: &'a [Vec<u8>],
    /// Searchable values; `None` when there are none.
    pub observables: Option<&'a NewObservables>,
    /// Digests of the sender as a party of this ticket, or of others whose mail goes here: his answer has come. Empty for what is no
    /// answer.
    pub answers: &'a [Vec<u8>],
    /// Until when an answer is meant to be given, in full hours; for a new ticket, and one that is open again.
    pub answer_due: Option<Timestamp>,
    /// Mail to send.
    pub mail: &'a [NewMail<'a>],
    /// The answer among it, as the rates count it; `None` when there is none.
    pub answered: Option<NewAnswer<'a>>,
    /// The entry that said the same first, when it is filed on its ticket for that.
    pub repeats: Option<Uuid>,
    /// Digests of what a message says that opens a ticket, and how many said it when that was decided: when there are more by now it
    /// is a conflict, and nothing is written. `None`: it is not asked.
    pub said: Option<(&'a [Vec<u8>], i64)>,
    /// Ciphertexts and signatures, each once, and what it says.
    pub layers: &'a [NewLayer],
    /// Whose signatures they are.
    pub signers: &'a [NewSigner],
}

/// A ticket to open.
pub struct NewTicket<'a> {
    /// The team's name.
    pub team: &'a str,
    /// Its number.
    pub serial: i64,
    /// `""`, `undecryptable` or `unread`.
    pub needs_human: &'a str,
    /// The number of the ticket that its message names; 0 for none.
    pub claims: i64,
    /// How it stands to that one; empty for none.
    pub link: &'a str,
}

/// The message as filed.
pub struct NewEntry<'a> {
    /// Its id: the spool id of the inbox row.
    pub id: Uuid,
    /// `disposition.kind`.
    pub kind: &'a str,
    /// The rule that classified it; may be empty.
    pub rule: &'a str,
    /// What became of the acknowledgement, a word of ours.
    pub answer: &'a str,
    /// Worst signature verdict, or `none`.
    pub signature: &'a str,
    /// Whether it arrived encrypted.
    pub was_encrypted: bool,
    /// When it was received, to the hour.
    pub received_hour: Timestamp,
    /// log2 of the size.
    pub size_bucket: i16,
    /// Sealed raw bytes.
    pub raw: &'a Sealed,
    /// Sealed summary for lists.
    pub summary: &'a Sealed,
    /// Sealed reading and extraction.
    pub reading: &'a Sealed,
}

/// Mail to send.
pub struct NewMail<'a> {
    /// Its id.
    pub id: Uuid,
    /// When it may leave.
    pub due_at: Timestamp,
    /// Sealed recipient and finished message.
    pub message: &'a Sealed,
    /// `answer` or `notice`.
    pub purpose: &'a str,
    /// Keyed digest of its Message-ID and recipient; empty when no notice can be about it.
    pub addressed: &'a [u8],
}

/// An answer, as the rates count it.
pub struct NewAnswer<'a> {
    /// Digest of the address.
    pub address: &'a [u8],
    /// Digest of the domain.
    pub domain: &'a [u8],
    /// The most answers, this one among them; when more were committed meanwhile it is a conflict, and nothing is written.
    pub most: Answered,
}

/// What came of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// Written.
    Filed,
    /// The same content was filed meanwhile: nothing was written, count it instead.
    Duplicate,
    /// Another worker holds the message now: nothing was written.
    LeaseLost,
}

const COMMIT: &str = "
WITH mine AS (
    SELECT id, pieces, restored FROM inbox WHERE id = $1 AND attempts = $2 FOR UPDATE
), known_case AS (
    SELECT id FROM case_key WHERE id = $4 AND wrapped = $41 FOR SHARE
), partitions AS (
    SELECT p.family FROM index_partition p JOIN (SELECT DISTINCT * FROM unnest($26::smallint[], $27::integer[]) AS w (family, version)) w
    ON w.family = p.family AND w.version = p.version WHERE p.month = $25::date FOR SHARE OF p
), planned AS (
    SELECT (SELECT count(*) FROM partitions) = (SELECT count(DISTINCT family) FROM unnest($26::smallint[]) AS w (family)) AS well
), room AS MATERIALIZED (
    SELECT CASE WHEN $65::bytea[] IS NOT NULL AND NOT said_as_known($65, $66) THEN false WHEN $32::bytea IS NULL THEN true ELSE answer_room($32, $33, $49, $50, $51, $52) END AS there_is FROM mine, planned
    WHERE planned.well
), fresh AS (
    INSERT INTO seen (digest, entry) SELECT $3, $10 FROM mine, planned, room
    WHERE planned.well AND room.there_is AND ($41::bytea IS NULL OR EXISTS (SELECT FROM known_case)) ON CONFLICT DO NOTHING RETURNING entry
), unproved AS (
    INSERT INTO seen (digest, entry) SELECT $55, $10 FROM fresh WHERE $55::bytea IS NOT NULL ON CONFLICT DO NOTHING
), new_case AS (
    INSERT INTO case_key (id, wrapped) SELECT $4, $5 FROM fresh WHERE $5::bytea IS NOT NULL
), own_case AS (
    INSERT INTO case_key (id, wrapped) SELECT $47::uuid, $48::bytea FROM fresh WHERE $47::uuid IS NOT NULL
), new_ticket AS (
    INSERT INTO ticket (id, team, serial, needs_human, claims, link, was_encrypted, created_hour, changed_hour, answer_due, tell_at)
    SELECT $4, $6, $7, $8, $9, $59, $15, $16::timestamptz, $16::timestamptz, $53::timestamptz, $53::timestamptz
    FROM fresh WHERE $7::bigint IS NOT NULL
), changed AS (
    UPDATE ticket SET changed_hour = $16::timestamptz, state = CASE WHEN $58 THEN 'open' ELSE state END,
        answer_due = CASE WHEN $58 THEN $53::timestamptz ELSE answer_due END,
        tell_at = CASE WHEN $58 THEN $53::timestamptz ELSE tell_at END, told = CASE WHEN $58 THEN 0 ELSE told END
    FROM fresh WHERE id = $11 AND $7::bigint IS NULL
), came AS (
    UPDATE awaited SET ended = 'answered' FROM fresh WHERE party = ANY ($63::bytea[]) AND ended = ''
), filed AS (
    INSERT INTO entry (id, case_id, ticket, kind, rule, answer, signature, was_encrypted, received_hour, size_bucket, raw, summary, reading)
    SELECT $10, coalesce($47::uuid, $4), $11, $12, $13, $14, $20, $15, $16::timestamptz, $17, $18, $19, $21 FROM fresh
), parties AS (
    INSERT INTO party (ticket, digest) SELECT $11, unnest($22::bytea[]) FROM fresh WHERE $11::uuid IS NOT NULL ON CONFLICT DO NOTHING
), foreigners AS (
    INSERT INTO foreign_reference (digest, ticket) SELECT unnest($23::bytea[]), $11 FROM fresh WHERE $11::uuid IS NOT NULL
    ON CONFLICT DO NOTHING
), observables AS (
    INSERT INTO observable (case_id, entry, month, value) SELECT coalesce($47::uuid, $4), $10, $25::date, $24 FROM fresh WHERE $24::bytea IS NOT NULL
), index_rows AS (
    INSERT INTO observable_index (entry, family, month, cell, mark)
    SELECT $10, family, $25::date, cell, mark FROM fresh, unnest($26::smallint[], $28::integer[], $60::uuid[]) AS i (family, cell, mark)
), spread AS (
    INSERT INTO index_spread (family, month, mark)
    SELECT family, $25::date, mark FROM fresh, unnest($61::smallint[], $62::uuid[]) AS s (family, mark) ON CONFLICT DO NOTHING
), mail AS (
    INSERT INTO outbox (id, case_id, state, due_at, message, purpose, once, addressed)
    SELECT m.id, $4, CASE WHEN restored THEN 'held' ELSE 'queued' END, m.due_at::timestamptz, m.message, m.purpose, $47::uuid IS NOT NULL,
        nullif(m.addressed, '')
    FROM fresh, mine, unnest($29::uuid[], $30::text[], $31::bytea[], $54::text[], $56::bytea[]) AS m (id, due_at, message, purpose, addressed)
), answered AS (
    INSERT INTO acknowledged (address, domain) SELECT $32, $33 FROM fresh WHERE $32::bytea IS NOT NULL
), audited AS (
    INSERT INTO audit (case_id, number, at, actor, action, detail, mac)
    SELECT $4, $34, $35::timestamptz, $36, $37, $38, $39 FROM fresh
), headed AS (
    INSERT INTO audit_head (case_id, number, mac, seal) SELECT $4, $34, $39, $40 FROM fresh
    ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
), layers AS (
    INSERT INTO replay AS known (digest, case_id, entry, sender, own) SELECT digest, $4, $10, sender, own FROM fresh,
        unnest($42::bytea[], $43::bytea[], $57::boolean[]) AS l (digest, sender, own)
    ON CONFLICT (digest, sender) DO UPDATE SET again = known.again + 1
), flags AS (
    INSERT INTO entry_flag (entry, flag, other) SELECT DISTINCT ON (l.digest) $10, l.flag, r.entry FROM fresh,
        unnest($42::bytea[], $43::bytea[], $44::text[]) AS l (digest, sender, flag) JOIN replay r USING (digest)
    WHERE l.flag <> '' AND (r.case_id <> $4 OR r.sender <> l.sender) ORDER BY l.digest, r.entry
    ON CONFLICT DO NOTHING
), repeated AS (
    INSERT INTO entry_flag (entry, flag, other) SELECT $10, 'repeated', $64 FROM fresh WHERE $64::uuid IS NOT NULL ON CONFLICT DO NOTHING
), signers AS (
    INSERT INTO signer (entry, case_id, month, index) SELECT $10, $4, month, index FROM fresh,
        unnest($45::date[], $46::integer[]) AS s (month, index) ON CONFLICT DO NOTHING
), gone AS (
    DELETE FROM inbox USING fresh WHERE inbox.id = $1
), pieces_gone AS (
    DELETE FROM inbox_piece USING fresh, mine WHERE message = $1 AND mine.pieces > 0
)
SELECT (SELECT count(*) FROM mine), (SELECT count(*) FROM fresh), (SELECT well FROM planned) AND (SELECT there_is FROM room) IS NOT FALSE
    AND ($41::bytea IS NULL OR EXISTS (SELECT FROM known_case))";

impl Store {
    /// Writes one outcome and the line of the audit trail that names its rows, or nothing. The answer to a message that came out of
    /// a backup is held: it may have left before (T74).
    #[expect(
        clippy::too_many_lines,
        reason = "one line binds one parameter of one statement"
    )]
    pub async fn commit(
        &self,
        record: &Record<'_>,
        audit: &AuditLine<'_>,
    ) -> Result<Committed, StoreFault> {
        let ticket = record.ticket.as_ref();
        let entry = &record.entry;
        let mail = record.mail.iter();
        let mail_ids: Vec<Uuid> = mail.clone().map(|mail| mail.id).collect();
        let mail_due: Vec<String> = mail.clone().map(|mail| mail.due_at.to_string()).collect();
        let purposes: Vec<&str> = mail.clone().map(|mail| mail.purpose).collect();
        let addressed: Vec<&[u8]> = mail.clone().map(|mail| mail.addressed).collect();
        let mail: Vec<&[u8]> = mail.map(|mail| mail.message.as_bytes()).collect();
        let answered = record.answered.as_ref();
        let most = answered.map_or_else(Answered::default, |answered| answered.most);
        let observables = record.observables;
        let index = observables.map_or(&[][..], |observables| observables.index.as_slice());
        let families: Vec<i16> = index.iter().map(|row| row.family.number()).collect();
        let versions: Vec<i32> = index.iter().map(|row| row.version).collect();
        let cells: Vec<i32> = index.iter().map(|row| row.cell).collect();
        let marks: Vec<Uuid> = index.iter().map(|row| Uuid::from_bytes(row.mark)).collect();
        let spread = observables.map_or(&[][..], |observables| observables.spread.as_slice());
        let (spread_families, spread): (Vec<i16>, Vec<Uuid>) = spread
            .iter()
            .map(|row| (row.family.number(), Uuid::from_bytes(row.mark)))
            .unzip();
        let layers = record.layers;
        let digests: Vec<&[u8]> = layers.iter().map(|layer| layer.digest.as_slice()).collect();
        let senders: Vec<&[u8]> = layers.iter().map(|layer| layer.sender.as_slice()).collect();
        let flags: Vec<&str> = layers.iter().map(|layer| layer.flag).collect();
        let own: Vec<bool> = layers.iter().map(|layer| layer.own).collect();
        let signers = record.signers.iter();
        let signed_months: Vec<&str> = signers.clone().map(|one| one.month.as_str()).collect();
        let signed_by: Vec<i32> = signers.map(|one| one.index).collect();
        let row = sqlx::query(COMMIT)
            .bind(record.inbox.0)
            .bind(record.inbox.1)
            .bind(record.digest)
            .bind(record.case.0)
            .bind(record.case.1.map(WrappedKey::as_bytes))
            .bind(ticket.map(|ticket| ticket.team))
            .bind(ticket.map(|ticket| ticket.serial))
            .bind(ticket.map(|ticket| ticket.needs_human))
            .bind(ticket.map(|ticket| ticket.claims))
            .bind(entry.id)
            .bind(record.on_ticket)
            .bind(entry.kind)
            .bind(entry.rule)
            .bind(entry.answer)
            .bind(entry.was_encrypted)
            .bind(entry.received_hour.to_string())
            .bind(entry.size_bucket)
            .bind(entry.raw.as_bytes())
            .bind(entry.summary.as_bytes())
            .bind(entry.signature)
            .bind(entry.reading.as_bytes())
            .bind(record.parties)
            .bind(record.foreign)
            .bind(observables.map(|observables| observables.value.as_bytes()))
            .bind(observables.map(|observables| observables.month.as_str()))
            .bind(families)
            .bind(versions)
            .bind(cells)
            .bind(mail_ids)
            .bind(mail_due)
            .bind(mail)
            .bind(answered.map(|answered| answered.address))
            .bind(answered.map(|answered| answered.domain))
            .line(audit)
            .bind(record.joined.map(WrappedKey::as_bytes))
            .bind(digests)
            .bind(senders)
            .bind(flags)
            .bind(signed_months)
            .bind(signed_by)
            .bind(record.own_case.map(|(id, _)| id))
            .bind(record.own_case.map(|(_, wrapped)| wrapped.as_bytes()))
            .bind(most.address_hour)
            .bind(most.address_day)
            .bind(most.domain_day)
            .bind(most.hour)
            .bind(record.answer_due.map(|due| due.to_string()))
            .bind(purposes)
            .bind(record.unproved)
            .bind(addressed)
            .bind(own)
            .bind(record.reopens)
            .bind(ticket.map(|ticket| ticket.link))
            .bind(marks)
            .bind(spread_families)
            .bind(spread)
            .bind(record.answers)
            .bind(record.repeats)
            .bind(record.said.map(|(digests, _)| digests))
            .bind(record.said.map(|(_, count)| count))
            .fetch_one(&self.pool)
            .await?;
        let (mine, fresh): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
        match (mine, fresh, row.try_get(2)?) {
            (0, _, _) => Ok(Committed::LeaseLost),
            // The month was indexed anew meanwhile, the case sealed anew or erased, the same was said, or others were answered and no
            // room is left.
            (_, _, false) => Err(StoreFault::Conflict),
            (_, 0, true) => Ok(Committed::Duplicate),
            (_, _, true) => Ok(Committed::Filed),
        }
    }

    /// Counts a second delivery on the first, and lets the inbox row go.
    pub async fn count_copy(
        &self,
        inbox: (Uuid, i16),
        digest: &[u8],
    ) -> Result<Option<Uuid>, StoreFault> {
        let entry = sqlx::query_scalar(
            "WITH first AS (
                SELECT entry.id FROM seen JOIN entry ON entry.id = seen.entry WHERE seen.digest = $3
             ), mine AS (
                DELETE FROM inbox WHERE id = $1 AND attempts = $2 AND EXISTS (SELECT FROM first) RETURNING id, pieces
             ), pieces_gone AS (
                DELETE FROM inbox_piece USING mine WHERE message = mine.id AND mine.pieces > 0
             )
             UPDATE entry SET copies = copies + 1 FROM first, mine WHERE entry.id = first.id RETURNING entry.id",
        )
        .bind(inbox.0)
        .bind(inbox.1)
        .bind(digest)
        .fetch_optional(&self.pool)
        .await?;
        Ok(entry)
    }
}
