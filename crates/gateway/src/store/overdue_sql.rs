//! Whether an answer is waited for or late, of a ticket and of those that were merged into it, as text for statements. Functions in
//! the database say the same of one ticket; asked of each line of a list they would read all tickets each time. Here Postgres either looks
//! the few lines up by `awaited_ticket` and `ticket_merged`, or reads what is awaited once for all of them.

/// Whether an answer to mail of ours is waited for. `$t` is what the statement calls the ticket, `$more` a further condition on `awaited a`.
macro_rules! is_awaited {
    ($t:literal, $more:literal) => {
        concat!(
            "(EXISTS (SELECT FROM awaited a WHERE a.ticket = ",
            $t,
            ".id AND a.ended = ''",
            $more,
            ") OR EXISTS (SELECT FROM ticket c JOIN awaited a ON a.ticket = c.id WHERE c.merged_into <> 0 AND c.team = ",
            $t,
            ".team AND c.merged_into = ",
            $t,
            ".serial AND a.ended = ''",
            $more,
            "))"
        )
    };
    ($t:literal) => {
        is_awaited!($t, "")
    };
}

/// Whether the time for an answer is over, for ours or for one that we wait for.
macro_rules! is_overdue {
    ($t:literal) => {
        concat!(
            "(",
            $t,
            ".state IN ('new', 'open', 'waiting') AND (coalesce(",
            $t,
            ".answer_due <= now(), false) OR ",
            is_awaited!($t, " AND a.until <= now()"),
            "))"
        )
    };
}

/// When a ticket is due first: the end of the time for our answer, or of one that we wait for, whichever comes sooner; null without either.
macro_rules! due_first {
    ($t:literal) => {
        concat!(
            "least(",
            $t,
            ".answer_due, (SELECT min(a.until) FROM awaited a WHERE a.ticket = ",
            $t,
            ".id AND a.ended = ''),
            (SELECT min(a.until) FROM ticket c JOIN awaited a ON a.ticket = c.id WHERE c.merged_into <> 0 AND c.team = ",
            $t,
            ".team AND c.merged_into = ",
            $t,
            ".serial AND a.ended = ''))"
        )
    };
}

/// [`due_first`] as lists read it, under that name.
macro_rules! due_column {
    ($t:literal) => {
        concat!(
            "to_char(",
            due_first!($t),
            " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') AS due_first"
        )
    };
}

pub(super) use {due_column, due_first, is_awaited, is_overdue};
