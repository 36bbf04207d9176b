//! Tickets that a query finds, written down for others: the terminal, the console and programs ask here.

use std::time::Duration;

use extract::Tlp;
use extract::export::{Form, Refusal as Unwritten};
use tokio::sync::Semaphore;
use vault::VaultError;

use super::Finding;
use super::desk::Desk;
use super::export::{How, note, of_ticket};
use crate::actions::refusal::{AskRefusal, Refusal};
use crate::audit::DEPLOYMENT;
use crate::config::Team;
use crate::query::Query;
use crate::query::find::{Listed, Wish, find};
use crate::store::QueueOrder;

/// Exports at once: each holds all its text in memory.
static TURNS: Semaphore = Semaphore::const_new(2);
/// How long one waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Tickets of an export when nothing is said.
pub(crate) const USUAL: u16 = 100;
/// Tickets of an export at most.
pub(crate) const MOST: u16 = 500;
/// Octets of an export at most: it is held in memory until the last ticket may leave.
pub(crate) const MOST_OCTETS: usize = 32 << 20;
/// Tickets that are named of those that hold the others back.
pub(crate) const NAMED: usize = 20;

/// What is to leave, and for whom.
pub(crate) struct Wanted<'a> {
    /// Which tickets.
    pub query: &'a Query,
    /// How they are written.
    pub form: Form,
    /// The most restrictive marking that may leave.
    pub audience: Tlp,
    /// Whether the team's words go along.
    pub tags: bool,
    /// At most so many tickets, the newest.
    pub most: u16,
}

/// What came of it.
pub(crate) enum Exported {
    /// All of them, the newest last.
    Written(Written),
    /// Nothing: these may not leave. The reference and the reason of each.
    Held(Vec<(String, Hold)>),
}

/// Why a ticket may not leave.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Hold {
    /// Its marking, or what else the form can't say.
    #[error("{0}")]
    Marked(String),
    /// A message of it is sealed to analysts.
    #[error("sealed to analysts")]
    Sealed,
    /// What it holds was changed.
    #[error("can't be opened")]
    Damaged,
}

/// Tickets, written down; each stands in the trail.
pub(crate) struct Written {
    /// In the form that was asked for.
    pub text: String,
    /// How many tickets.
    pub tickets: usize,
    /// What the query could not look into; without the tickets.
    pub listed: Listed,
}

impl Written {
    /// Why tickets that answer may be missing, a word each: `limit` (there are more), `looked` (older ones were not looked into),
    /// `common` (of the messages with a value only the newest were looked at), `sealed` (to analysts). Empty when none is.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        let listed = &self.listed;
        let limit = (listed.more.is_some() && !listed.is_cut).then_some("limit");
        limit.into_iter().chain(listed.missing()).collect()
    }
}

/// Writes the newest tickets that answer down, all or none; that each leaves is in the trail before.
///
/// # Errors
/// [`Refusal`] when no ticket answers, the index can't be asked this, or it would be too much; those of the store.
pub(crate) async fn of_query(
    desk: &Desk,
    team: &Team,
    wanted: &Wanted<'_>,
) -> anyhow::Result<Exported> {
    let wish = Wish {
        query: wanted.query,
        order: QueueOrder::Newest,
        after: None,
        most: wanted.most.min(MOST).into(),
    };
    let turn = tokio::time::timeout(PATIENCE, TURNS.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        return Err(Refusal::from(AskRefusal::Busy).into());
    };
    let mut listed = find(desk, &wish).await?;
    let rows = std::mem::take(&mut listed.rows);
    let detail = format!("what=tickets count={}", rows.len());
    desk.note(DEPLOYMENT, "listed", detail).await?;
    if rows.is_empty() {
        return Err(Refusal::from(AskRefusal::NoTicket).into());
    }
    let how = How {
        form: wanted.form,
        audience: wanted.audience,
        tags: wanted.tags,
    };
    let (mut cases, mut leaving, mut held, mut octets) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for row in rows.iter().rev() {
        let name = desk.reference(row.serial);
        match of_ticket(desk, team, (row.id, &name), how).await {
            Ok(Ok((text, tlp))) => {
                octets += text.len();
                cases.push(text);
                leaving.push((row.id, tlp));
            }
            Ok(Err(refusal)) => held.push((name, reason(refusal))),
            Err(error) if error.is::<Finding>() => held.push((name, Hold::Sealed)),
            Err(error) if error.is::<VaultError>() => held.push((name, Hold::Damaged)),
            Err(error) => return Err(error),
        }
        if octets > MOST_OCTETS {
            return Err(Refusal::from(AskRefusal::TooMuch).into());
        }
    }
    if !held.is_empty() {
        return Ok(Exported::Held(held));
    }
    for (ticket, tlp) in &leaving {
        note(desk, *ticket, *tlp, how).await?;
    }
    let form = wanted.form;
    // Much text is read and written anew: others are served meanwhile.
    let text = tokio::task::spawn_blocking(move || form.join(&cases)).await?;
    Ok(Exported::Written(Written {
        text,
        tickets: leaving.len(),
        listed,
    }))
}

/// `CSIRT#000003 (TLP:RED), CSIRT#000007 (sealed to analysts) and 12 more`.
pub(crate) fn named(held: &[(String, Hold)]) -> String {
    let some = held.iter().take(NAMED);
    let some = some.map(|(name, why)| format!("{name} ({why})"));
    let some = some.collect::<Vec<_>>().join(", ");
    match held.len().saturating_sub(NAMED) {
        0 => some,
        more => format!("{some} and {more} more"),
    }
}

fn reason(refusal: Unwritten) -> Hold {
    match refusal {
        Unwritten::Marked(tlp) => Hold::Marked(format!("TLP:{}", tlp.as_str())),
        Unwritten::Time => Hold::Marked(refusal.to_string()),
    }
}
