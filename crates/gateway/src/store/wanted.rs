//! Which tickets are wanted, as the database can tell, and the statements that read them: the queue.

use sqlx::{Postgres, QueryBuilder, Row};
use uuid::Uuid;

use super::overdue_sql::{due_column, due_first, is_awaited, is_overdue};
use super::queue::ticket;
use super::urgent;
use super::{QueueRow, Store, StoreFault};
use crate::audit;

/// The states of tickets that are not closed.
pub const OPEN: [&str; 3] = ["new", "open", "waiting"];

/// Tickets that are wanted.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// Those that pass this test.
    Test(Test),
    /// Those that don't answer this.
    Not(Box<Wanted>),
    /// Those that answer all; every ticket when empty.
    All(Vec<Wanted>),
    /// Those that answer one of these.
    Any(Vec<Wanted>),
}

/// What the database can tell of a ticket.
#[derive(Clone, Debug)]
pub enum Test {
    /// It is in one of these states.
    State(Vec<&'static str>),
    /// Its first message could not be read or decrypted.
    Human,
    /// A time for an answer is over.
    Overdue,
    /// An answer to mail of ours is waited for.
    Awaited,
    /// Its first message came encrypted.
    Encrypted,
    /// The signatures of its first message came to one of these.
    Signature(Vec<&'static str>),
    /// This analyst has it; nobody, when empty.
    Owner(String),
    /// The name of who has it holds this, in lower case.
    OwnerPart(String),
    /// It has this number.
    Number(i64),
    /// Its id is less than this one: it came before.
    Before(Uuid),
    /// It is one of these.
    Among(Vec<Uuid>),
    /// The database can't tell: it gives those that may answer.
    Sealed,
}

/// A page of the queue, and which tickets may stand on it.
#[derive(Clone, Debug)]
pub struct QueuePage {
    /// Which first.
    pub order: QueueOrder,
    /// Which tickets.
    pub wanted: Wanted,
    /// Only what comes after this one.
    pub after: Option<QueuePlace>,
    /// At most so many.
    pub limit: i64,
}

/// Which tickets come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueOrder {
    /// Open ones only: whose time for an answer, ours or one that we wait for, ends soonest, or ended longest ago; then those without a
    /// clock, the oldest first.
    Urgent,
    /// The newest.
    Newest,
    /// The oldest.
    Oldest,
}

/// The place of a ticket in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuePlace {
    /// When it is due first (see [`QueueRow::due`]), RFC 3339, UTC; `None` without a clock.
    pub due: Option<String>,
    /// The ticket.
    pub id: Uuid,
}

/// How many tickets are wanted, and which came last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Of each, none higher than what was asked for.
    pub counts: Vec<i64>,
    /// The newest ticket of all; `None` when there is none.
    pub newest: Option<Uuid>,
}

impl Wanted {
    /// What the database can tell, in the order in which it stands.
    fn tests(&self) -> Vec<&Test> {
        match self {
            Wanted::Test(Test::Sealed) => Vec::new(),
            Wanted::Test(test) => vec![test],
            Wanted::Not(inner) => inner.tests(),
            Wanted::All(inner) | Wanted::Any(inner) => {
                inner.iter().flat_map(Wanted::tests).collect()
            }
        }
    }

    /// Whether all of it is told by the database.
    fn is_clear(&self) -> bool {
        match self {
            Wanted::Test(Test::Sealed) => false,
            Wanted::Test(_) => true,
            Wanted::Not(inner) => inner.is_clear(),
            Wanted::All(inner) | Wanted::Any(inner) => inner.iter().all(Wanted::is_clear),
        }
    }

    /// Writes the condition. Denial goes down to the tests, so that what the database can't tell leaves nothing out.
    pub(super) fn write(&self, sql: &mut QueryBuilder<Postgres>, denied: bool) {
        let (inner, joint, none) = match (self, denied) {
            (Wanted::Test(test @ Test::Sealed), _) | (Wanted::Test(test), false) => {
                return test.write(sql);
            }
            (Wanted::Test(test), true) => {
                sql.push("NOT (");
                test.write(sql);
                sql.push(")");
                return;
            }
            (Wanted::Not(inner), _) => return inner.write(sql, !denied),
            (Wanted::All(inner), false) | (Wanted::Any(inner), true) => (inner, " AND ", "true"),
            (Wanted::All(inner), true) | (Wanted::Any(inner), false) => (inner, " OR ", "false"),
        };
        if inner.is_empty() {
            sql.push(none);
        }
        for (number, one) in inner.iter().enumerate() {
            sql.push(if number == 0 { "(" } else { joint });
            one.write(sql, denied);
        }
        if !inner.is_empty() {
            sql.push(")");
        }
    }

    /// Writes the condition for tickets that are open by another one. Said twice, it would make Postgres count on a tenth of the tickets that
    /// there are, and sort them all instead of walking along an index.
    pub(super) fn write_of_open(&self, sql: &mut QueryBuilder<Postgres>) {
        match self {
            Wanted::Test(Test::State(states))
                if OPEN.iter().all(|state| states.contains(state)) =>
            {
                sql.push("true");
            }
            Wanted::All(inner) => {
                sql.push("(true");
                for one in inner {
                    sql.push(" AND ");
                    one.write_of_open(sql);
                }
                sql.push(")");
            }
            Wanted::Test(_) | Wanted::Not(_) | Wanted::Any(_) => self.write(sql, false),
        }
    }

    /// Which of several kinds of ticket these are, as columns and condition of a statement that calls the ticket `t`.
    pub(super) fn tested(&self, sql: &mut QueryBuilder<Postgres>) {
        let tests = match self.is_clear() {
            true => Vec::new(),
            false => self.tests(),
        };
        sql.push("ARRAY[");
        for (number, test) in tests.iter().enumerate() {
            sql.push(if number > 0 { ", " } else { "" });
            test.write(sql);
        }
        sql.push("]::boolean[] AS tests");
    }

    /// From where they are read: the first message only where it is asked for.
    pub(super) fn tables(&self) -> &'static str {
        let of_message = |test: &&Test| matches!(test, Test::Encrypted | Test::Signature(_));
        match self.tests().iter().any(of_message) {
            true => {
                " FROM ticket t JOIN LATERAL (SELECT was_encrypted, signature FROM entry WHERE ticket = t.id ORDER BY id LIMIT 1) e ON true"
            }
            false => " FROM ticket t",
        }
    }
}

impl Test {
    fn write(&self, sql: &mut QueryBuilder<Postgres>) {
        match self {
            Test::State(states) => {
                sql.push("t.state = ANY (").push_bind(states.clone());
                sql.push(")")
            }
            Test::Human => sql.push("t.needs_human <> ''"),
            Test::Overdue => sql.push(is_overdue!("t")),
            Test::Awaited => sql.push(is_awaited!("t")),
            Test::Encrypted => sql.push("e.was_encrypted"),
            Test::Signature(words) => {
                sql.push("e.signature = ANY (").push_bind(words.clone());
                sql.push(")")
            }
            Test::Owner(name) => {
                sql.push("t.owner = ANY (")
                    .push_bind(audit::spellings(name));
                sql.push(")")
            }
            Test::OwnerPart(part) => {
                sql.push("strpos(lower(t.owner), ").push_bind(part.clone());
                sql.push(") > 0")
            }
            Test::Number(number) => sql.push("t.serial = ").push_bind(*number),
            Test::Before(id) => sql.push("t.id < ").push_bind(*id),
            Test::Among(ids) => {
                sql.push("t.id = ANY (").push_bind(ids.clone());
                sql.push(")")
            }
            Test::Sealed => sql.push("true"),
        };
    }
}

/// The columns that [`ticket`] reads of a page's tickets, and what the tests came to.
const COLUMNS: &str = concat!(
    "SELECT t.id, t.serial, t.state, t.needs_human, CASE WHEN t.claim_refused THEN 0 ELSE t.claims END, m.messages, m.copies, e.id, e.case_id, wrapped,
        kind, rule, answer, signature, e.was_encrypted, e.copies,
        to_char(received_hour AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), summary, ''::bytea, size_bucket, t.link,
        to_char(t.answer_due AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), ",
    is_overdue!("t"),
    ", t.owner, ",
    is_awaited!("t"),
    ", t.tests, ",
    due_column!("t"),
    " FROM ("
);
/// What goes with each of them.
const BESIDE: &str = ") t
    JOIN LATERAL (SELECT * FROM entry WHERE ticket = t.id ORDER BY id LIMIT 1) e ON true
    JOIN case_key ON case_key.id = e.case_id
    JOIN LATERAL (SELECT count(*) AS messages, sum(copies - 1) AS copies FROM entry WHERE ticket = t.id) m ON true ORDER BY ";

/// The tickets of a page by their ids, from the last of the page before on.
fn by_id(
    sql: &mut QueryBuilder<Postgres>,
    team: &str,
    page: &QueuePage,
    after: &'static str,
    order: &'static str,
) {
    sql.push("SELECT t.*, ");
    page.wanted.tested(sql);
    sql.push(page.wanted.tables()).push(" WHERE t.team = ");
    sql.push_bind(team.to_owned()).push(" AND ");
    page.wanted.write(sql, false);
    if let Some(last) = &page.after {
        sql.push(after).push_bind(last.id);
    }
    sql.push(" ORDER BY ").push(order);
    sql.push(" LIMIT ").push_bind(page.limit);
}

impl Store {
    /// A page of the queue, in its order.
    pub async fn queue_page(
        &self,
        team: &str,
        page: &QueuePage,
    ) -> Result<Vec<QueueRow>, StoreFault> {
        let mut sql = QueryBuilder::new(COLUMNS);
        let order = match page.order {
            QueueOrder::Urgent => {
                urgent::write(&mut sql, team, page);
                "t.due, t.id"
            }
            // Along the index `ticket_newest`.
            QueueOrder::Newest => {
                by_id(&mut sql, team, page, " AND t.id < ", "t.id DESC");
                "t.id DESC"
            }
            QueueOrder::Oldest => {
                by_id(&mut sql, team, page, " AND t.id > ", "t.id");
                "t.id"
            }
        };
        sql.push(BESIDE).push(order);
        let rows = sql.build().fetch_all(&self.pool).await?;
        let row = |row| {
            let mut read = ticket(row)?;
            read.awaited = row.try_get(24)?;
            read.tests = row.try_get(25)?;
            Ok(read)
        };
        Ok(rows.iter().map(row).collect::<Result<_, sqlx::Error>>()?)
    }

    /// How many tickets each of these wants, counted up to `most`, and the newest ticket of the team.
    pub async fn queue_counts(
        &self,
        team: &str,
        each: &[Wanted],
        most: i64,
    ) -> Result<Counts, StoreFault> {
        let mut sql = QueryBuilder::new("SELECT (SELECT id FROM ticket WHERE team = ");
        sql.push_bind(team.to_owned());
        sql.push(" ORDER BY id DESC LIMIT 1), ARRAY[");
        for (number, wanted) in each.iter().enumerate() {
            sql.push(if number > 0 { ", " } else { "" });
            sql.push("(SELECT count(*) FROM (SELECT")
                .push(wanted.tables());
            sql.push(" WHERE t.team = ").push_bind(team.to_owned());
            sql.push(" AND ");
            wanted.write(&mut sql, false);
            sql.push(" LIMIT ").push_bind(most);
            sql.push(") counted)");
        }
        sql.push("]::bigint[]");
        let row = sql.build().fetch_one(&self.pool).await?;
        Ok(Counts {
            newest: row.try_get(0)?,
            counts: row.try_get(1)?,
        })
    }
}
