//! The queue, what is due first before all else: by the end of the time for our answer, or for one that we wait for, on the ticket itself
//! or on one that was merged into it.
//!
//! No column holds that moment: whoever sends mail says that it was refused, and with that a time is over, but has no right to touch a
//! ticket. So two ways are walked, each in its order, and the first lines of both are put together: along the index `ticket_urgent` those
//! whose own clock ends first, and along `awaited_open` those of which something that is awaited ends before it. The second are few:
//! letters that nobody has answered yet.

use sqlx::{Postgres, QueryBuilder};

use super::overdue_sql::is_awaited;
use super::{QueuePage, QueuePlace};

/// What is awaited, by the ticket on which it counts.
const WAITS: &str = "WITH waits AS (SELECT w.id, min(w.until) AS until FROM (
        SELECT ticket AS id, until FROM awaited WHERE ended = ''
        UNION ALL SELECT h.id, a.until FROM ticket c JOIN awaited a ON a.ticket = c.id JOIN ticket h ON h.team = c.team AND h.serial = c.merged_into
            WHERE c.merged_into <> 0 AND a.ended = ''
    ) w GROUP BY w.id) SELECT * FROM (";
/// Something that is awaited ends before the ticket's own clock.
const SOONER: &str = is_awaited!("t", " AND a.until < coalesce(t.answer_due, 'infinity')");

/// Writes the tickets of a page, each with `due`, the moment by which it is placed.
pub(super) fn write(sql: &mut QueryBuilder<Postgres>, team: &str, page: &QueuePage) {
    sql.push(WAITS);
    let own = (" WHERE NOT ", "coalesce(t.answer_due, 'infinity')");
    half(sql, team, page, ("", own.1), |sql| {
        sql.push(own.0).push(SOONER);
    });
    sql.push(" UNION ALL ");
    half(
        sql,
        team,
        page,
        (" JOIN waits ON waits.id = t.id", "waits.until"),
        |sql| {
            sql.push(" WHERE waits.until < coalesce(t.answer_due, 'infinity')");
        },
    );
    sql.push(") t ORDER BY t.due, t.id LIMIT ")
        .push_bind(page.limit);
}

fn half(
    sql: &mut QueryBuilder<Postgres>,
    team: &str,
    page: &QueuePage,
    (joined, due): (&'static str, &'static str),
    which: impl Fn(&mut QueryBuilder<Postgres>),
) {
    sql.push("(SELECT t.*, ");
    page.wanted.tested(sql);
    sql.push(", ").push(due).push(" AS due");
    sql.push(page.wanted.tables()).push(joined);
    which(sql);
    sql.push(" AND t.state IN ('new', 'open', 'waiting') AND t.team = ");
    sql.push_bind(team.to_owned()).push(" AND ");
    page.wanted.write_of_open(sql);
    if let Some(QueuePlace { due: last, id }) = &page.after {
        let last = last.clone().unwrap_or_else(|| "infinity".to_owned());
        sql.push(" AND (").push(due).push(", t.id) > (");
        sql.push_bind(last).push("::timestamptz, ");
        sql.push_bind(*id).push(")");
    }
    sql.push(" ORDER BY ").push(due).push(", t.id LIMIT ");
    sql.push_bind(page.limit).push(")");
}
