//! One thing done with many tickets of the queue. Each is changed on its own, as long as it stands as the page showed it: those that
//! somebody else was faster with stay as they are, and are named. The queue that is shown next says what was done, and undoes it where
//! it can be, for tickets that nobody has changed since.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};
use vault::VaultError;

use super::access::Right;
use super::accounts::url;
use super::act::names;
use super::guard::Wrong;
use super::session::{Analyst, actor};
use super::told;
use super::words::Words;
use crate::actions::{ActionFault, owner};
use crate::store::{QueueFilter, QueueRow, StoreFault, TicketRow};
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
    /// Numbers, each with the ticket's version on the page.
    chosen: Chosen,
}

/// Numbers of tickets, each with how it stood: see [`told::version`].
type Chosen = Vec<(i64, String)>;

/// `12-0123456789abcdef`; without a version it was not seen.
fn chosen(text: &str) -> Option<(i64, String)> {
    let (serial, version) = text.split_once('-').unwrap_or((text, ""));
    Some((serial.parse().ok()?, version.to_owned()))
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
                "t" => asked.chosen.extend(chosen(&value)),
                _ => {}
            }
        }
        asked.chosen.truncate(MOST);
        asked
    }
}

/// What came of it, as the address of the queue has it.
pub(super) struct Told<'a> {
    pub(super) did: &'a str,
    pub(super) ok: &'a str,
    pub(super) no: &'a str,
    /// That a page of ours says so.
    pub(super) code: &'a str,
}

/// The same in words.
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) done: Vec<String>,
    /// What was not done, and how it stands now.
    pub(super) left: Vec<String>,
    /// What undoes it, and with which tickets, as the form has them.
    pub(super) undo: Option<(&'static str, Vec<String>)>,
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
        Some(_) if asked.chosen.is_empty() => did = "nothing",
        Some(Deed::Reject) if asked.reason.is_empty() => did = "unsaid",
        Some(Deed::Assign) if !is_analyst(&analyst, &asked.to).await? => did = "unknown",
        Some(deed) => {
            for row in rows(&analyst, &asked.chosen).await? {
                let version = (row.serial, told::version(&analyst, &row));
                let done =
                    asked.chosen.contains(&version) && one(&analyst, &row, deed, &asked).await?;
                match done {
                    true => ok.push(format!(
                        "{}-{}",
                        row.serial,
                        after(&analyst, &row, deed, &asked)
                    )),
                    false => no.push(row.serial.to_string()),
                }
            }
        }
    }
    let (ok, no) = (ok.join("."), no.join("."));
    let place = format!(
        "/q/{}?q={}&order={}&did={did}&ok={ok}&no={no}&code={}",
        url(&desk.team),
        url(&asked.query),
        url(&asked.order),
        told::code(&analyst, did, &ok, &no)
    );
    Ok(Redirect::to(&place).into_response())
}

/// The tickets as they are now, by number.
async fn rows(analyst: &Analyst, chosen: &Chosen) -> Result<Vec<QueueRow>, Wrong> {
    let (store, team) = (&analyst.desk.store, &analyst.desk.team);
    let serials: Vec<i64> = chosen.iter().map(|(serial, _)| *serial).collect();
    let known = store.tickets(team, &serials, &[]).await;
    let known = known.map_err(|fault| analyst.fault(fault))?;
    let filter = QueueFilter {
        ids: Some(known.iter().map(|row| row.id).collect()),
        limit: i64::try_from(MOST).unwrap_or(i64::MAX),
        ..QueueFilter::default()
    };
    let rows = store.queue(team, &filter).await;
    let mut rows = rows.map_err(|fault| analyst.fault(fault))?;
    rows.sort_by_key(|row| row.serial);
    Ok(rows)
}

/// How a ticket stands once that was done with it: who undoes it has seen it so.
fn after(analyst: &Analyst, row: &QueueRow, deed: Deed, asked: &Asked) -> String {
    let own = analyst.desk.actor.as_str();
    let (to, state) = (actor(&asked.to), row.state.as_str());
    let (state, owner) = match deed {
        Deed::Claim => (state, own),
        Deed::Release => (state, ""),
        Deed::Assign => (state, to.as_str()),
        Deed::Open | Deed::Resolve | Deed::Reject | Deed::Reopen => {
            let state = match deed.step() {
                Some(step) => step.state(),
                None => state,
            };
            (state, row.owner.as_str())
        }
    };
    told::stands(analyst, row, state, owner)
}

/// Whether there is such an analyst.
async fn is_analyst(analyst: &Analyst, name: &str) -> Result<bool, Wrong> {
    let names = names(analyst).await;
    let names = names.map_err(|fault| analyst.fault(fault))?;
    Ok(names.iter().any(|known| known == name))
}

/// Does it with one ticket, as long as it stands as it was read; whether that changed it.
async fn one(analyst: &Analyst, row: &QueueRow, deed: Deed, asked: &Asked) -> Result<bool, Wrong> {
    let desk = &analyst.desk;
    if let Some(step) = deed.step() {
        let by = (desk.actor.as_str(), asked.reason.as_str());
        let (step, place) = ((Some(row.state.as_str()), step), (&desk.store, &desk.ring));
        let done = ticket::change_from(place.0, place.1, &desk.team, row.id, step, by).await;
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
        Deed::Assign => (
            owner::hand(&acting, row.id, &to, &row.owner).await,
            to.as_str(),
        ),
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
    let ours = told::is_code(analyst, (told.did, told.ok, told.no), told.code);
    if text.is_empty() || !ours {
        return Ok(None);
    }
    let (ok, no) = (serials(told.ok), serials(told.no));
    let no: Vec<i64> = no.into_iter().map(|(serial, _)| serial).collect();
    let rows = match no.is_empty() {
        true => Ok(Vec::new()),
        false => desk.store.tickets(&desk.team, &no, &[]).await,
    };
    let rows = rows.map_err(|fault| analyst.fault(fault))?;
    let left = rows.iter().map(|row| stands(analyst, row, w));
    let deed = Deed::of(told.did).filter(|_| !ok.is_empty());
    Ok(Some(Notice {
        text: text.to_owned(),
        done: ok
            .iter()
            .map(|(serial, _)| desk.reference(*serial))
            .collect(),
        left: left.collect(),
        undo: deed
            .and_then(Deed::inverse)
            .map(|inverse| (inverse, values(&ok))),
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

fn serials(text: &str) -> Chosen {
    text.split('.').filter_map(chosen).take(MOST).collect()
}

/// For the form.
fn values(chosen: &Chosen) -> Vec<String> {
    let values = chosen.iter();
    values
        .map(|(serial, version)| format!("{serial:06}-{version}"))
        .collect()
}
