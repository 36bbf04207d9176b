//! `ticket list`: the queue.

use std::io::Write;

use clap::Args;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Finding;
use super::called::{self, Call, Calls};
use super::colour;
use super::desk::Desk;
use super::entries::{acknowledgement, entry_json, protection};
use super::links;
use super::seen::{self, Known};
use crate::actions::searches::{self, Kept};
use crate::audit::{self, DEPLOYMENT};
use crate::config::Settings;
use crate::protection::Protected;
use crate::query::find::{Listed, Wish, find, order};
use crate::query::{self, Query};
use crate::store::{QueueFilter, QueueOrder, QueueRow};
use crate::{concern, screen};

/// Which tickets.
#[derive(Args)]
pub(super) struct List {
    /// new, open, waiting, resolved or rejected
    #[arg(long)]
    state: Option<String>,
    /// Only those that could not be read or decrypted
    #[arg(long)]
    needs_human: bool,
    /// Only those whose time for an answer is over
    #[arg(long)]
    overdue: bool,
    /// Only those that you have
    #[arg(long, group = "whose")]
    mine: bool,
    /// Only those that nobody has
    #[arg(long, group = "whose")]
    unclaimed: bool,
    /// Only those that this analyst has
    #[arg(long, group = "whose", value_name = "ANALYST")]
    owner: Option<String>,
    /// Only those that answer a query, as in the console: 'is:open tlp:amber -is:mine'
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true, value_parser = query, conflicts_with_all = ["state", "needs_human", "overdue", "whose"])]
    query: Option<Query>,
    /// Only those with this word of the team; several: with all of them
    #[arg(long = "tag", value_name = "TAG", value_parser = super::tag::word, conflicts_with = "query")]
    tags: Vec<String>,
    /// Only those that answer a search that you or the team keep in the console, by its name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["query", "state", "needs_human", "overdue", "whose", "tags"])]
    search: Option<String>,
    /// Not the newest last, but in this order
    #[arg(long, value_enum)]
    order: Option<Order>,
    /// At most so many
    #[arg(long, default_value_t = 100)]
    limit: i64,
    /// As JSON, one object a line
    #[arg(long)]
    json: bool,
}

/// In which order.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Order {
    /// Whose time for an answer ends soonest, or ended longest ago: where only open ones are asked for, as by itself
    Urgent,
    /// The newest first
    Newest,
    /// The oldest first
    Oldest,
}

impl From<Order> for QueueOrder {
    fn from(order: Order) -> QueueOrder {
        match order {
            Order::Urgent => QueueOrder::Urgent,
            Order::Newest => QueueOrder::Newest,
            Order::Oldest => QueueOrder::Oldest,
        }
    }
}

/// A query; where it is wrong, and why.
pub(super) fn query(text: &str) -> Result<Query, String> {
    query::parse(text).map_err(|fault| {
        let before = text.get(..fault.at).unwrap_or(text).chars().count();
        format!("at character {}: {fault}", before + 1)
    })
}

impl List {
    /// Whose are listed; `None`: everybody's.
    fn whose(&self) -> Option<String> {
        match (self.mine, self.unclaimed) {
            (true, _) => Some(crate::audit::actor()),
            (false, true) => Some(String::new()),
            (false, false) => self.owner.clone(),
        }
    }

    /// The query that is asked, if one is: what was given, what is kept, or, for an order, what the other options come to.
    async fn asked(&self, desk: &Desk) -> anyhow::Result<Option<Query>> {
        let text = match (&self.query, &self.search, self.order) {
            (Some(query), _, _) => return Ok(Some(query.clone())),
            (None, Some(name), _) => kept(desk, name).await?,
            (None, None, None) => return Ok(None),
            (None, None, Some(order)) => self.as_query(order),
        };
        Ok(Some(query(&text).map_err(Finding)?))
    }

    /// The other options as a query.
    fn as_query(&self, order: Order) -> String {
        let mut words: Vec<String> = self.tags.iter().map(|tag| format!("tag:{tag}")).collect();
        let flags = [
            (self.needs_human, "is:human"),
            (self.overdue, "is:overdue"),
            (self.mine, "is:mine"),
            (self.unclaimed, "is:unclaimed"),
        ];
        let flags = flags.into_iter().filter(|(is_set, _)| *is_set);
        words.extend(flags.map(|(_, word)| word.to_owned()));
        words.extend(self.state.iter().map(|state| format!("status:{state}")));
        let owner = self.owner.iter().map(|name| name.replace('"', ""));
        words.extend(owner.map(|name| format!("owner:\"{name}\"")));
        // Only open ones have a clock.
        if matches!(order, Order::Urgent) && self.state.is_none() {
            words.push("is:open".to_owned());
        }
        words.join(" ")
    }
}

/// The query of a search that the analyst or the team keeps.
async fn kept(desk: &Desk, name: &str) -> anyhow::Result<String> {
    let account = audit::plain(&desk.actor);
    let account = desk.store.console_account(&desk.team, account).await?;
    let kept = searches::all(desk, account.map(|account| account.id)).await?;
    let is_it = |one: &&Kept| one.name.to_lowercase() == name.to_lowercase();
    if let Some(found) = kept.iter().find(is_it) {
        return Ok(found.query.clone());
    }
    let names: Vec<&str> = kept.iter().map(|one| one.name.as_str()).collect();
    let words = format!(
        "there is no search {name:?} of yours or the team's; there are: {}",
        names.join(", ")
    );
    Err(Finding(words).into())
}

pub(super) async fn list(
    desk: &Desk,
    settings: &Settings,
    (list, is_coloured): (&List, bool),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let rows = match &list.asked(desk).await? {
        Some(query) => answering(desk, query, list.order, list.limit).await?,
        None => {
            let filter = QueueFilter {
                state: list.state.clone(),
                needs_human: list.needs_human,
                overdue: list.overdue,
                owner: list.whose(),
                ids: match list.tags.is_empty() {
                    true => None,
                    false => Some(super::tag::with_all(desk, &list.tags).await?),
                },
                limit: list.limit,
            };
            desk.store.queue(&desk.team, &filter).await?
        }
    };
    desk.note(
        DEPLOYMENT,
        "listed",
        format!("what=tickets count={}", rows.len()),
    )
    .await?;
    // The next step is a call (T10).
    let calls = match list.overdue {
        true => called::of_queue(desk, settings, &rows).await?,
        false => Calls::default(),
    };
    let known = seen::of_queue(desk, &rows).await?;
    if list.json {
        for (row, known) in rows.iter().zip(&known) {
            writeln!(
                out,
                "{}",
                screen::json(&ticket_json(desk, row, known, calls.get(&row.id))?)
            )?;
        }
    } else {
        writeln!(
            out,
            "{}",
            queue_table(
                desk,
                (&rows, &known),
                list.overdue.then_some(&calls),
                is_coloured
            )?
        )?;
    }
    Ok(())
}

/// Tickets as `ticket list --json` prints them, and as the API answers.
pub(crate) async fn listed_json(desk: &Desk, rows: &[QueueRow]) -> anyhow::Result<Vec<Value>> {
    let known = seen::of_queue(desk, rows).await?;
    let each = rows.iter().zip(&known);
    each.map(|(row, known)| ticket_json(desk, row, known, None))
        .collect()
}

/// The newest tickets that answer a query, the newest last; says what could not be looked at.
async fn answering(
    desk: &Desk,
    query: &Query,
    wanted: Option<Order>,
    limit: i64,
) -> anyhow::Result<Vec<QueueRow>> {
    let wish = Wish {
        query,
        order: order(query, wanted.map_or(QueueOrder::Newest, QueueOrder::from)),
        after: None,
        most: usize::try_from(limit).unwrap_or(0),
    };
    let mut listed = find(desk, &wish).await?;
    warn(&listed);
    if wanted.is_none() {
        listed.rows.reverse();
    }
    Ok(listed.rows)
}

/// Says what could not be looked at.
pub(super) fn warn(listed: &Listed) {
    if listed.closed > 0 {
        let closed = listed.closed;
        tell(&format!(
            "{closed} tickets have messages that are sealed to analysts or can't be opened: labels, kinds and words can't be looked for in them without --analyst"
        ));
    }
    if listed.is_cut {
        tell("older tickets were not looked into: narrow the query, as with age<30d");
    }
    if !listed.index.common.is_empty() {
        tell("of the many messages with a value only the newest were looked at");
    }
    if let Some((first, last)) = &listed.index.months {
        tell(&format!(
            "values were not looked for from {first} to {last}: an analyst's own key is needed: --analyst"
        ));
    }
}

/// Beside what is asked for, on standard error: commands keep no log.
pub(super) fn tell(what: &str) {
    let _ = writeln!(std::io::stderr(), "pillarbox: {what}");
}

/// The queue as text, for the demo.
pub(crate) async fn queue_text(settings: &Settings) -> anyhow::Result<String> {
    let desk = Desk::knowing(settings).await?;
    let rows = desk
        .store
        .queue(
            &desk.team,
            &QueueFilter {
                limit: 1000,
                ..QueueFilter::default()
            },
        )
        .await?;
    let suppressed = desk.store.suppressed(None, 1000).await?;
    let known = seen::of_queue(&desk, &rows).await?;
    let tickets = queue_table(&desk, (&rows, &known), None, false)?;
    let quarantine = super::quarantine::table(&desk, &suppressed)?;
    Ok(format!(
        "Tickets\n{tickets}\n\nKept without a ticket\n{quarantine}"
    ))
}

fn queue_table(
    desk: &Desk,
    (rows, known): (&[QueueRow], &[Known]),
    calls: Option<&Calls>,
    is_coloured: bool,
) -> anyhow::Result<String> {
    let (mut lines, now) = (Vec::new(), Timestamp::now());
    for (row, known) in rows.iter().zip(known) {
        let summary = desk.summary(&row.first);
        let mut line = vec![
            desk.reference(row.serial),
            state(row),
            known.tlp.to_owned(),
            protection(Protected::listed(row, &summary)),
            screen::one_line(&summary.from, 40),
            screen::one_line(&summary.subject, 60),
            screen::one_line(&summary.gist, 90),
            screen::one_line(&concern::line(&known.concerns), 60),
            known.seen_word(),
            known.tags.join(" "),
            messages(row),
            acknowledgement(&row.first, &summary),
            age(row, now),
            time_left(row, now),
        ];
        line.extend(calls.map(|calls| calls.get(&row.id).map_or_else(String::new, Call::line)));
        lines.push(line);
    }
    let mut header = vec![
        "Ticket",
        "State",
        "TLP",
        "Protection",
        "From",
        "Subject",
        "Extracted",
        "Concerns",
        "Seen",
        "Tags",
        "Messages",
        "Acknowledged",
        "Age",
        "Left",
    ];
    header.extend(calls.map(|_| "Call"));
    Ok(match is_coloured {
        true => screen::painted(&header, lines, colour::of),
        false => screen::table(&header, lines),
    })
}

/// How long ago it was opened, by its id (RFC 9562 section 5.7).
fn age(row: &QueueRow, now: Timestamp) -> String {
    let at = row.id.get_timestamp().map(|at| at.to_unix().0);
    let at = at.and_then(|at| i64::try_from(at).ok());
    at.map_or_else(String::new, |at| span(now.as_second() - at))
}

/// How much time is left for an answer, or over.
fn time_left(row: &QueueRow, now: Timestamp) -> String {
    let due: Option<Timestamp> = row.answer_due.as_ref().and_then(|due| due.parse().ok());
    let seconds = due.map(|due| due.as_second() - now.as_second());
    match seconds {
        None => String::new(),
        Some(seconds) if seconds < 0 => format!("-{}", span(seconds)),
        Some(seconds) => span(seconds),
    }
}

/// Minutes, hours, days.
fn span(seconds: i64) -> String {
    match seconds.abs() {
        ..3_600 => format!("{}m", seconds.abs() / 60),
        3_600..172_800 => format!("{}h", seconds.abs() / 3_600),
        172_800.. => format!("{}d", seconds.abs() / 86_400),
    }
}

fn state(row: &QueueRow) -> String {
    let late = if row.overdue { " OVERDUE" } else { "" };
    let owner = match row.owner.as_str() {
        "" => String::new(),
        owner => format!(" ({})", screen::one_line(owner, 20)),
    };
    format!("{}{late}{owner}", row.state)
}

fn messages(row: &QueueRow) -> String {
    let mut text = row.messages.to_string();
    if row.copies > 0 {
        text.push_str(&format!(" (+{} copies)", row.copies));
    }
    if row.claims > 0 {
        text.push_str(", ");
        text.push_str(&links::words(&row.link, &format!("#{:06}", row.claims)));
    }
    text
}

fn ticket_json(
    desk: &Desk,
    row: &QueueRow,
    known: &Known,
    call: Option<&Call>,
) -> anyhow::Result<Value> {
    let mut value = json!({
        "reference": desk.reference(row.serial),
        "number": row.serial,
        "state": row.state,
        "answer_due": row.answer_due,
        "due": row.due,
        "overdue": row.overdue,
        "owner": (!row.owner.is_empty()).then_some(&row.owner),
        "needs_human": (!row.needs_human.is_empty()).then_some(&row.needs_human),
        "claims": (row.claims > 0).then(|| desk.reference(row.claims)),
        "link": (!row.link.is_empty()).then_some(&row.link),
        "messages": row.messages,
        "copies": row.copies,
        "constituency": known.concerns,
        "seen_before": known.seen,
        "values": known.values,
        "last_in": known.last.0.map(|at| at.to_string()),
        "last_out": known.last.1.map(|at| at.to_string()),
        "tags": known.tags,
        "tlp": (!known.tlp.is_empty()).then_some(known.tlp),
        "first": entry_json(&row.first, &desk.summary(&row.first)),
    });
    if let (Some(object), Some(call)) = (value.as_object_mut(), call) {
        object.insert("contacts".into(), call.json.clone());
    }
    Ok(value)
}
