//! One thing done with many tickets of the queue. Each is changed on its own: those that somebody else was faster with stay as they
//! are, and are named. The queue that is shown next says what was done, and undoes it where it can be.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use vault::VaultError;

use super::access::Right;
use super::accounts::url;
use super::act::names;
use super::guard::Wrong;
use super::session::{Analyst, actor};
use super::words::Words;
use crate::actions::{ActionFault, owner};
use crate::store::{StoreFault, TicketRow};
use crate::ticket::{self, Step, TicketFault};

/// Tickets at a time: those of a page.
const MOST: usize = 50;

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Claim,
    Release,
    Assign,
    Open,
    Resolve,
    Reject,
    Reopen,
}

impl Deed {
    const ALL: [(Deed, &'static str); 7] = [
        (Deed::Claim, "claim"),
        (Deed::Release, "release"),
        (Deed::Assign, "assign"),
        (Deed::Open, "open"),
        (Deed::Resolve, "resolve"),
        (Deed::Reject, "reject"),
        (Deed::Reopen, "reopen"),
    ];

    fn of(word: &str) -> Option<Deed> {
        let mut all = Deed::ALL.iter();
        all.find(|(_, known)| *known == word).map(|(deed, _)| *deed)
    }

    /// What undoes it; `None` where what was before is not known any more.
    fn inverse(self) -> Option<&'static str> {
        match self {
            Deed::Claim => Some("release"),
            Deed::Release => Some("claim"),
            Deed::Resolve | Deed::Reject => Some("reopen"),
            Deed::Assign | Deed::Open | Deed::Reopen => None,
        }
    }

    fn step(self) -> Option<Step> {
        match self {
            Deed::Open => Some(Step::Take),
            Deed::Resolve => Some(Step::Resolve),
            Deed::Reject => Some(Step::Reject),
            Deed::Reopen => Some(Step::Reopen),
            Deed::Claim | Deed::Release | Deed::Assign => None,
        }
    }
}

/// What a form of the queue says; a name stands once for each ticket.
#[derive(Default)]
struct Asked {
    word: String,
    query: String,
    order: String,
    deed: String,
    to: String,
    reason: String,
    serials: Vec<i64>,
}

impl Asked {
    fn read(pairs: Vec<(String, String)>) -> Asked {
        let mut asked = Asked::default();
        for (name, value) in pairs {
            match name.as_str() {
                "word" => asked.word = value,
                "q" => asked.query = value,
                "order" => asked.order = value,
                "do" => asked.deed = value,
                "to" => asked.to = value,
                "reason" => asked.reason = value.trim().to_owned(),
                "t" => asked.serials.extend(value.parse::<i64>()),
                _ => {}
            }
        }
        asked.serials.truncate(MOST);
        asked
    }
}

/// What came of it, as the address of the queue has it.
pub(super) struct Told<'a> {
    pub(super) did: &'a str,
    pub(super) ok: &'a str,
    pub(super) no: &'a str,
}

/// The same in words.
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) done: Vec<String>,
    /// What was not done, and how it stands now.
    pub(super) left: Vec<String>,
    /// What undoes it, and with which tickets.
    pub(super) undo: Option<(&'static str, Vec<i64>)>,
}

/// Does it.
pub(super) async fn act(
    analyst: Analyst,
    Path(team): Path<String>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, Wrong> {
    let (desk, w) = (&analyst.desk, analyst.w);
    let asked = Asked::read(pairs);
    analyst.check(&asked.word)?;
    if team != desk.team {
        return Err(Wrong::nowhere(w));
    }
    if !analyst.may(Right::Act) {
        return Err(Wrong::not_allowed(w));
    }
    let (mut did, mut ok, mut no) = (asked.deed.as_str(), Vec::new(), Vec::new());
    match Deed::of(did) {
        None => did = "",
        Some(_) if asked.serials.is_empty() => did = "nothing",
        Some(Deed::Reject) if asked.reason.is_empty() => did = "unsaid",
        Some(Deed::Assign) if !is_analyst(&analyst, &asked.to).await? => did = "unknown",
        Some(deed) => {
            let rows = desk.store.tickets(&desk.team, &asked.serials, &[]).await;
            let mut rows = rows.map_err(|fault| analyst.fault(fault))?;
            rows.sort_by_key(|row| row.serial);
            for row in rows {
                match one(&analyst, &row, deed, &asked).await? {
                    true => ok.push(row.serial.to_string()),
                    false => no.push(row.serial.to_string()),
                }
            }
        }
    }
    let place = format!(
        "/q/{}?q={}&order={}&did={did}&ok={}&no={}",
        url(&desk.team),
        url(&asked.query),
        url(&asked.order),
        ok.join("."),
        no.join(".")
    );
    Ok(Redirect::to(&place).into_response())
}

/// Whether there is such an analyst.
async fn is_analyst(analyst: &Analyst, name: &str) -> Result<bool, Wrong> {
    let names = names(analyst).await;
    let names = names.map_err(|fault| analyst.fault(fault))?;
    Ok(names.iter().any(|known| known == name))
}

/// Does it with one ticket; whether that changed it.
async fn one(analyst: &Analyst, row: &TicketRow, deed: Deed, asked: &Asked) -> Result<bool, Wrong> {
    let desk = &analyst.desk;
    if let Some(step) = deed.step() {
        let by = (desk.actor.as_str(), asked.reason.as_str());
        let done = ticket::change(&desk.store, &desk.ring, &desk.team, row.id, step, by).await;
        return match done {
            Ok(()) => Ok(true),
            Err(
                TicketFault::Gone
                | TicketFault::Already(_)
                | TicketFault::Store(StoreFault::Conflict),
            ) => Ok(false),
            Err(TicketFault::Vault(VaultError::SealedToAnalysts)) => Ok(false),
            Err(TicketFault::Store(fault)) => Err(analyst.fault(fault)),
            Err(TicketFault::Vault(fault)) => Err(analyst.fault(fault)),
        };
    }
    let acting = desk.acting(&desk.actor);
    let to = actor(&asked.to);
    let (done, to) = match deed {
        Deed::Claim => (owner::claim(&acting, row.id, false).await, acting.by),
        Deed::Assign => (owner::assign(&acting, row.id, &to).await, to.as_str()),
        Deed::Release | Deed::Open | Deed::Resolve | Deed::Reject | Deed::Reopen => {
            (owner::release(&acting, row.id).await, "")
        }
    };
    match done {
        // Whose it was already, nothing was done with.
        Ok(before) => Ok(before != to),
        Err(
            ActionFault::Gone
            | ActionFault::Closed(_)
            | ActionFault::Taken(..)
            | ActionFault::Free
            | ActionFault::Refused(_)
            | ActionFault::Store(StoreFault::Conflict),
        ) => Ok(false),
        Err(ActionFault::Store(fault)) => Err(analyst.fault(fault)),
        Err(ActionFault::Vault(fault)) => Err(analyst.fault(fault)),
        Err(ActionFault::OwnKey(error)) => Err(analyst.fault(error)),
    }
}

/// What the queue says of it; `None` when nothing was done.
pub(super) async fn notice(analyst: &Analyst, told: Told<'_>) -> Result<Option<Notice>, Wrong> {
    let (desk, w) = (&analyst.desk, analyst.w);
    let text = w.bulk(told.did);
    if text.is_empty() {
        return Ok(None);
    }
    let (ok, no) = (serials(told.ok), serials(told.no));
    let rows = match no.is_empty() {
        true => Ok(Vec::new()),
        false => desk.store.tickets(&desk.team, &no, &[]).await,
    };
    let rows = rows.map_err(|fault| analyst.fault(fault))?;
    let left = rows.iter().map(|row| stands(analyst, row, w));
    let deed = Deed::of(told.did).filter(|_| !ok.is_empty());
    Ok(Some(Notice {
        text: text.to_owned(),
        done: ok.iter().map(|serial| desk.reference(*serial)).collect(),
        left: left.collect(),
        undo: deed.and_then(Deed::inverse).map(|inverse| (inverse, ok)),
    }))
}

/// How a ticket stands with which nothing was done.
fn stands(analyst: &Analyst, row: &TicketRow, w: &Words) -> String {
    let owner = match row.owner.as_str() {
        "" => w.nobody.to_owned(),
        owner if owner == analyst.desk.actor => w.you.to_owned(),
        owner => super::shown::line(owner, 64),
    };
    let reference = analyst.desk.reference(row.serial);
    format!("{reference} ({}, {owner})", w.state(&row.state))
}

fn serials(text: &str) -> Vec<i64> {
    let serials = text.split('.').filter_map(|serial| serial.parse().ok());
    serials.take(MOST).collect()
}
