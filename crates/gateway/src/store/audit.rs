//! The audit trail: chains of lines, how long each is, and the lines that say so.

use jiff::Timestamp;
use sqlx::Row;
use sqlx::postgres::{PgArguments, Postgres};
use sqlx::query::{Query, QueryScalar};
use uuid::Uuid;

use super::{Store, StoreFault};

/// Lines that are looked through for one that was written before: beyond them the same is written twice, which harms nobody.
const RECENT: i64 = 1_000;

/// One line of the audit trail.
pub struct AuditLine<'a> {
    /// Position in the chain, from 1.
    pub number: i32,
    /// When, to the second.
    pub at: Timestamp,
    /// Who: `gateway`, or a person.
    pub actor: &'a str,
    /// What was done, a word of ours.
    pub action: &'a str,
    /// Ids, digests and words only.
    pub detail: &'a str,
    /// Keyed code over the line and the one before.
    pub mac: &'a [u8],
    /// Keyed code over the chain's name, the number and the code.
    pub seal: &'a [u8],
}

/// Gives a statement the columns of a line as its next seven parameters: number, time, actor, action, detail, code, seal.
pub(super) trait BindLine<'q> {
    fn line(self, line: &AuditLine<'q>) -> Self;
}

macro_rules! bind_line {
    ($statement:ty $(, $row:ident)?) => {
        impl<'q $(, $row)?> BindLine<'q> for $statement {
            fn line(self, line: &AuditLine<'q>) -> Self {
                self.bind(line.number)
                    .bind(line.at.to_string())
                    .bind(line.actor)
                    .bind(line.action)
                    .bind(line.detail)
                    .bind(line.mac)
                    .bind(line.seal)
            }
        }
    };
}

bind_line!(Query<'q, Postgres, PgArguments>);
bind_line!(QueryScalar<'q, Postgres, O, PgArguments>, O);

/// A line as it is stored.
#[derive(Clone, Debug)]
pub struct AuditRow {
    /// Its chain.
    pub case: Uuid,
    /// Position in the chain.
    pub number: i32,
    /// Seconds since 1970.
    pub at: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// Ids, digests and words.
    pub detail: String,
    /// Keyed code.
    pub mac: Vec<u8>,
}

/// How long a chain is.
#[derive(Clone, Debug)]
pub struct Head {
    /// The chain.
    pub case: Uuid,
    /// The number of its last line.
    pub number: i32,
    /// The code of that line.
    pub mac: Vec<u8>,
    /// Keyed code over these.
    pub seal: Vec<u8>,
}

impl Store {
    /// The last link of a chain: its number and code; `None` for a chain without lines. Where the head is missing, the line
    /// with the highest number stands in; `verify` tells.
    pub async fn last_audit(&self, case: Uuid) -> Result<Option<(i32, Vec<u8>)>, StoreFault> {
        let row = sqlx::query_as(
            "SELECT number, mac FROM (
                SELECT number, mac, 0 AS choice FROM audit_head WHERE case_id = $1
                UNION ALL (SELECT number, mac, 1 FROM audit WHERE case_id = $1 ORDER BY number DESC LIMIT 1)
             ) last ORDER BY choice LIMIT 1",
        )
        .bind(case)
        .fetch_optional(&self.pool)
        .await?;
        Ok(row)
    }

    /// Adds a line to a chain; [`StoreFault::Conflict`] when another process took its number first.
    pub async fn add_audit(&self, case: Uuid, line: &AuditLine<'_>) -> Result<(), StoreFault> {
        self.add_anchor(case, line, &[]).await
    }

    /// Adds a line to a chain, and with it how long these other chains are.
    pub async fn add_anchor(
        &self,
        case: Uuid,
        line: &AuditLine<'_>,
        heads: &[Head],
    ) -> Result<(), StoreFault> {
        let (cases, numbers): (Vec<Uuid>, Vec<i32>) =
            heads.iter().map(|head| (head.case, head.number)).unzip();
        sqlx::query(
            "WITH line AS (
                INSERT INTO audit (case_id, number, at, actor, action, detail, mac) VALUES ($1, $2, $3::timestamptz, $4, $5, $6, $7)
             ), head AS (
                INSERT INTO audit_head (case_id, number, mac, seal) VALUES ($1, $2, $7, $8)
                ON CONFLICT (case_id) DO UPDATE SET number = excluded.number, mac = excluded.mac, seal = excluded.seal
             ), heads AS (
                SELECT * FROM unnest($9::uuid[], $10::integer[]) AS h (case_id, number)
             ), anchored AS (
                UPDATE audit_head a SET anchored = h.number FROM heads h WHERE a.case_id = h.case_id
             )
             INSERT INTO audit_anchor (line, case_id, number) SELECT $2, case_id, number FROM heads",
        )
        .bind(case)
        .line(line)
        .bind(cases)
        .bind(numbers)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Chains that have become longer since a line of `except` said how long they are, in order of their names.
    pub async fn loose_heads(&self, except: Uuid, most: i64) -> Result<Vec<Head>, StoreFault> {
        let rows = sqlx::query(
            "SELECT case_id, number, mac, seal FROM audit_head WHERE number > anchored AND case_id <> $1 ORDER BY case_id LIMIT $2",
        )
        .bind(except)
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(head(row)?)).collect()
    }

    /// Heads of these chains, or of all, in order of their names, after one of them.
    pub async fn heads(
        &self,
        case: Option<Uuid>,
        after: Option<Uuid>,
        most: i64,
    ) -> Result<Vec<Head>, StoreFault> {
        let rows = sqlx::query(
            "SELECT case_id, number, mac, seal FROM audit_head
             WHERE ($1::uuid IS NULL OR case_id = $1) AND ($2::uuid IS NULL OR case_id > $2) ORDER BY case_id LIMIT $3",
        )
        .bind(case)
        .bind(after)
        .bind(most)
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(|row| Ok(head(row)?)).collect()
    }

    /// The code of one line of a chain; `None` when there is none of this number.
    pub async fn audit_mac(&self, case: Uuid, number: i32) -> Result<Option<Vec<u8>>, StoreFault> {
        let mac = sqlx::query_scalar("SELECT mac FROM audit WHERE case_id = $1 AND number = $2");
        let mac = mac.bind(case).bind(number);
        Ok(mac.fetch_optional(&self.pool).await?)
    }

    /// The lines of these chains, in order.
    pub async fn audit_rows(&self, cases: &[Uuid]) -> Result<Vec<AuditRow>, StoreFault> {
        let rows = sqlx::query(
            "SELECT case_id, number, extract(epoch FROM at)::bigint, actor, action, detail, mac FROM audit
             WHERE case_id = ANY ($1) ORDER BY case_id, number",
        )
        .bind(cases)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditRow {
                    case: row.try_get(0)?,
                    number: row.try_get(1)?,
                    at: row.try_get(2)?,
                    actor: row.try_get(3)?,
                    action: row.try_get(4)?,
                    detail: row.try_get(5)?,
                    mac: row.try_get(6)?,
                })
            })
            .collect()
    }

    /// Whether somebody's line with this action and detail is among those of the last hour; the newest [`RECENT`] are looked through.
    pub async fn has_line(
        &self,
        case: Uuid,
        (actor, action, detail): (&str, &str, &str),
    ) -> Result<bool, StoreFault> {
        let question = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM (
                SELECT at, actor, action, detail FROM audit WHERE case_id = $1 ORDER BY number DESC LIMIT $5
             ) newest WHERE actor = $2 AND action = $3 AND detail = $4 AND at > now() - interval '1 hour')",
        );
        let question = question.bind(case).bind(actor).bind(action).bind(detail);
        Ok(question.bind(RECENT).fetch_one(&self.pool).await?)
    }

    /// The chains that a line said something about, in order of their names: how long each was, and the code of that link, if it
    /// is still there.
    pub async fn anchors(
        &self,
        line: i32,
    ) -> Result<Vec<(Uuid, i32, Option<Vec<u8>>)>, StoreFault> {
        let rows = sqlx::query_as(
            "SELECT a.case_id, a.number, mac FROM audit_anchor a LEFT JOIN audit USING (case_id, number)
             WHERE line = $1 ORDER BY a.case_id",
        )
        .bind(line)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows)
    }
}

fn head(row: &sqlx::postgres::PgRow) -> Result<Head, sqlx::Error> {
    Ok(Head {
        case: row.try_get(0)?,
        number: row.try_get(1)?,
        mac: row.try_get(2)?,
        seal: row.try_get(3)?,
    })
}
