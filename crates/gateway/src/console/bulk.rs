//! One thing done with many tickets of the queue. Each is changed on its own, as long as it stands as the page showed it: those that
//! somebody else was faster with stay as they are, and are named. The queue that is shown next says what was done, and undoes it where
//! it can be, for tickets that nobody has changed since.

use axum::extract::{Form, Path};
use axum::response::{IntoResponse, Redirect, Response};

use super::access::Right;
use super::accounts::url;
use super::act::names;
use super::deeds::{self, Deed, End, Wish};
use super::guard::Wrong;
use super::session::Analyst;
use super::told;
use super::why::Why;
use crate::store::{QueueFilter, QueueRow, TicketRow};
use crate::tags::{MOST as MOST_TAGS, several};

/// Tickets at a time: those of a page.
const MOST: usize = 50;
/// Tickets of one request for which a database may be too slow: one may be locked by somebody, of more it is the database itself.
const MOST_SLOW: usize = 2;

/// What a form of the queue says; a name stands once for each ticket.
#[derive(Default)]
struct Asked {
    word: String,
    query: String,
    order: String,
    deed: String,
    to: String,
    reason: String,
    /// Words of the team, with commas between.
    tags: String,
    /// Reference or number of the ticket that goes on; empty: the first that is chosen.
    into: String,
    /// Tickets, as the page showed them.
    chosen: Vec<Chosen>,
}

/// A ticket of a form or of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) serial: i64,
    /// How it stood: see [`told::version`]; empty: it was not seen. Of one with which nothing was done a letter that says why.
    pub(super) version: String,
    /// Which of the words were put on it or taken off, a bit each.
    pub(super) which: u32,
}

/// `12-0123456789abcdef`, `12-0123456789abcdef-3`.
fn chosen(text: &str) -> Option<Chosen> {
    let mut parts = text.splitn(3, '-');
    Some(Chosen {
        serial: parts.next()?.parse().ok()?,
        version: parts.next().unwrap_or("").to_owned(),
        which: match parts.next() {
            Some(bits) => u32::from_str_radix(bits, 16).ok()?,
            None => u32::MAX,
        },
    })
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
                "tags" => asked.tags = value,
                "into" => asked.into = value.trim().to_owned(),
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
    /// With which words, or into which ticket.
    pub(super) with: &'a str,
    /// That a page of ours says so.
    pub(super) code: &'a str,
}

/// The same in words.
pub(super) struct Notice {
    pub(super) text: String,
    pub(super) done: Vec<String>,
    /// After a merge: whose tags stay on them alone, and why.
    pub(super) stayed: Vec<String>,
    /// What was not done, and how it stands now.
    pub(super) left: Vec<String>,
    /// What undoes it, and with which tickets, as the form has them.
    pub(super) undo: Option<(&'static str, Vec<String>)>,
    /// Words, for what undoes it.
    pub(super) tags: String,
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
    let (work, did) = match Deed::of(&asked.deed) {
        None => (None, ""),
        Some(_) if asked.chosen.is_empty() => (None, "nothing"),
        Some(deed) => match wish(&analyst, deed, &asked).await? {
            Ok(wish) => (Some(wish), asked.deed.as_str()),
            Err(why) => (None, why),
        },
    };
    let (ok, no, with) = match &work {
        Some(wish) => {
            let (ok, no) = each(&analyst, &asked.chosen, wish).await?;
            (ok, no, wish.with())
        }
        None => Default::default(),
    };
    let told = Told {
        did,
        ok: &ok,
        no: &no,
        with: &with,
        code: "",
    };
    let place = format!(
        "/q/{}?q={}&order={}&did={did}&ok={ok}&no={no}&with={}&code={}",
        url(&desk.team),
        url(&asked.query),
        url(&asked.order),
        url(&with),
        told::code(&analyst, &told)
    );
    Ok(Redirect::to(&place).into_response())
}

/// Does it with each that stands as the page showed it: with which it was done, and with which not, as the address has them.
async fn each(
    analyst: &Analyst,
    chosen: &[Chosen],
    wish: &Wish,
) -> Result<(String, String), Wrong> {
    let (mut ok, mut no, mut is_away) = (Vec::new(), Vec::new(), false);
    let mut slow = 0_usize;
    for row in rows(analyst, chosen).await? {
        let serial = row.serial;
        if wish.is_heir(serial) {
            continue;
        }
        let mut seen = chosen.iter().filter(|one| one.serial == serial);
        let version = told::version(analyst, &row);
        let done = match seen.find(|one| one.version == version) {
            // What does not answer is asked no more, and all that is left is named.
            Some(_) if is_away => End::Away,
            Some(seen) => deeds::one(analyst, &row, wish, seen.which).await,
            None => End::Left(Why::Changed),
        };
        slow += usize::from(matches!(done, End::Left(Why::Slow)));
        is_away |= slow >= MOST_SLOW || matches!(done, End::Away);
        match done {
            End::Done(which) => {
                let after = wish.after(analyst, &row);
                ok.push(match which {
                    0 => format!("{serial}-{after}"),
                    bits => format!("{serial}-{after}-{bits:x}"),
                });
            }
            End::Left(why) => no.push(format!("{serial}-{}", why.letter())),
            End::Away => no.push(format!("{serial}-{}", Why::Fault.letter())),
        }
    }
    Ok((ok.join("."), no.join(".")))
}

/// What is to be done with each; or the word of what is wrong with the form.
async fn wish(
    analyst: &Analyst,
    deed: Deed,
    asked: &Asked,
) -> Result<Result<Wish, &'static str>, Wrong> {
    let mut wish = Wish {
        deed,
        to: asked.to.clone(),
        reason: asked.reason.clone(),
        ..Wish::default()
    };
    match deed {
        Deed::Reject if asked.reason.is_empty() => return Ok(Err("unsaid")),
        Deed::Assign if !is_analyst(analyst, &asked.to).await? => return Ok(Err("unknown")),
        Deed::Tag | Deed::Untag => match several(&asked.tags) {
            Ok(words) if words.len() <= MOST_TAGS => wish.tags = words,
            Ok(_) | Err(_) => return Ok(Err("no-tag")),
        },
        Deed::Merge => match heir(analyst, asked).await? {
            Ok((heir, seen)) => (wish.heir, wish.heir_seen) = (heir, seen),
            Err(why) => return Ok(Err(why)),
        },
        Deed::Claim
        | Deed::Release
        | Deed::Assign
        | Deed::Open
        | Deed::Resolve
        | Deed::Reject
        | Deed::Reopen
        | Deed::Unmerge
        | Deed::Undo => {}
    }
    Ok(Ok(wish))
}

/// A ticket's number, and the state and the owner with which the page showed it, if it did.
type Heir = (i64, Option<(String, String)>);

/// The ticket into which the others are merged: the one that is named, or the first that is chosen, if it stands as the page showed it.
async fn heir(analyst: &Analyst, asked: &Asked) -> Result<Result<Heir, &'static str>, Wrong> {
    let desk = &analyst.desk;
    let serial = match (asked.into.as_str(), asked.chosen.first()) {
        ("", Some(first)) => first.serial,
        (named, _) => match desk.serial(named) {
            Ok(serial) => serial,
            Err(_) => return Ok(Err("no-heir")),
        },
    };
    let mut others = asked.chosen.iter().filter(|one| one.serial != serial);
    if others.next().is_none() {
        return Ok(Err("alone"));
    }
    let shown = asked.chosen.iter().find(|one| one.serial == serial);
    let one = Chosen {
        serial,
        ..Chosen::default()
    };
    let rows = rows(analyst, &[one]).await?;
    let is_seen =
        |row: &QueueRow| shown.is_none_or(|shown| shown.version == told::version(analyst, row));
    Ok(match rows.first() {
        None => Err("no-heir"),
        Some(row) if !is_seen(row) => Err("heir-changed"),
        Some(row) => {
            let seen = shown.map(|_| (row.state.clone(), row.owner.clone()));
            Ok((serial, seen))
        }
    })
}

/// The tickets as they are now, by number.
async fn rows(analyst: &Analyst, chosen: &[Chosen]) -> Result<Vec<QueueRow>, Wrong> {
    let (store, team) = (&analyst.desk.store, &analyst.desk.team);
    let serials: Vec<i64> = chosen.iter().map(|one| one.serial).collect();
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

/// Whether there is such an analyst.
async fn is_analyst(analyst: &Analyst, name: &str) -> Result<bool, Wrong> {
    let names = names(analyst).await;
    let names = names.map_err(|fault| analyst.fault(fault))?;
    Ok(names.iter().any(|known| known == name))
}

/// What the queue says of it; `None` when nothing was done.
pub(super) async fn notice(analyst: &Analyst, told: Told<'_>) -> Result<Option<Notice>, Wrong> {
    let (desk, w) = (&analyst.desk, analyst.w);
    let text = w.bulk(told.did);
    if text.is_empty() || !told::is_code(analyst, &told) {
        return Ok(None);
    }
    let (ok, no) = (serials(told.ok), serials(told.no));
    let numbers: Vec<i64> = no.iter().map(|one| one.serial).collect();
    let rows = match no.is_empty() {
        true => Ok(Vec::new()),
        false => desk.store.tickets(&desk.team, &numbers, &[]).await,
    };
    let rows = rows.map_err(|fault| analyst.fault(fault))?;
    let left = rows.iter().map(|row| {
        let letter = no.iter().find(|one| one.serial == row.serial);
        let why = letter.and_then(|one| Why::of(&one.version));
        stands(analyst, row, why.unwrap_or(Why::Changed))
    });
    let deed = Deed::of(told.did);
    let undo = deed.filter(|_| !ok.is_empty()).and_then(Deed::inverse);
    Ok(Some(Notice {
        text: format!("{text}{}", with(analyst, deed, told.with)),
        done: ok.iter().map(|one| desk.reference(one.serial)).collect(),
        stayed: match deed {
            Some(Deed::Merge) => stayed(analyst, &ok),
            Some(_) | None => Vec::new(),
        },
        left: left.collect(),
        undo: undo.map(|inverse| (inverse, values(&ok))),
        tags: told.with.to_owned(),
    }))
}

/// Whose tags stayed behind, a line each reason.
fn stayed(analyst: &Analyst, merged: &[Chosen]) -> Vec<String> {
    let (desk, w) = (&analyst.desk, analyst.w);
    let bits = [deeds::STAYS_SEALED, deeds::NO_ROOM, deeds::STAYS_CLOSED];
    let lines = bits.map(|bit| {
        // Without bits nothing stayed.
        let of_it = |one: &&Chosen| one.which != u32::MAX && one.which & bit != 0;
        let these = merged.iter().filter(of_it);
        let these: Vec<String> = these.map(|one| desk.reference(one.serial)).collect();
        (bit, these.join(", "))
    });
    let lines = lines.into_iter().filter(|(_, these)| !these.is_empty());
    lines.map(|(bit, these)| w.tags_stay(bit, &these)).collect()
}

/// Into which ticket, or which words.
fn with(analyst: &Analyst, deed: Option<Deed>, with: &str) -> String {
    let colon = analyst.w.one(":", "\u{a0}:");
    match (deed, with.parse()) {
        (Some(Deed::Merge), Ok(serial)) => {
            format!(" {}{colon}", analyst.desk.reference(serial))
        }
        (Some(Deed::Tag | Deed::Untag), _) => format!(" {}{colon}", with.replace(',', ", ")),
        (_, _) => String::new(),
    }
}

/// How a ticket stands with which nothing was done, and why.
fn stands(analyst: &Analyst, row: &TicketRow, why: Why) -> String {
    let w = analyst.w;
    let owner = match row.owner.as_str() {
        "" => w.nobody.to_owned(),
        owner if crate::audit::is_same(owner, &analyst.desk.actor) => w.you.to_owned(),
        owner => super::shown::line(owner, 64),
    };
    let reference = analyst.desk.reference(row.serial);
    let (state, colon) = (w.state(&row.state), w.one(":", "\u{a0}:"));
    format!("{reference} ({state}, {owner}){colon} {}", w.left(why))
}

fn serials(text: &str) -> Vec<Chosen> {
    text.split('.').filter_map(chosen).take(MOST).collect()
}

/// For the form.
fn values(chosen: &[Chosen]) -> Vec<String> {
    let values = chosen.iter();
    values
        .map(|one| format!("{:06}-{}-{:x}", one.serial, one.version, one.which))
        .collect()
}
