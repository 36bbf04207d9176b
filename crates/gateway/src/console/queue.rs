//! The queue: a query, and the tickets that answer it.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{Redirect, Response};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::App;
use super::access::Right;
use super::accounts::url;
use super::act::names;
use super::bulk::{self, Notice, Told};
use super::filters::{self, Facet, NOW, Tab};
use super::guard::{Wrong, render};
use super::lines::{Line, line};
use super::saved;
use super::session::{Analyst, Frame};
use super::words::Words;
use crate::actions::Refusal;
use crate::actions::searches::Kept;
use crate::audit::DEPLOYMENT;
use crate::cli::seen;
use crate::query::find::{Listed, Wish, countable, find, order};
use crate::query::{self, parse};
use crate::store::{QueueOrder, QueuePlace, Test, Wanted};

/// Tickets on a page.
const PAGE: usize = 50;
/// More tickets of a view than that are not counted.
const COUNTED: i64 = 100;

/// What the query string says; what it doesn't know changes nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The query; without one, what needs doing now.
    pub(super) q: Option<String>,
    order: String,
    due: String,
    after: Option<Uuid>,
    /// What was done with many tickets just now: with which, and with which not.
    did: String,
    ok: String,
    no: String,
    /// With which words, or into which ticket.
    with: String,
    /// That a page of ours says so.
    code: String,
    /// For arrivals: the newest ticket that the page knew of.
    since: Uuid,
}

/// A choice of the order.
struct Choice {
    value: &'static str,
    text: &'static str,
    chosen: bool,
}

/// Where a query is wrong.
struct Fault {
    before: String,
    marked: String,
    after: String,
    text: String,
}

/// What could not be looked at, in words.
#[derive(Default)]
struct Unseen {
    closed: usize,
    unreadable: usize,
    months: Option<(String, String)>,
    common: Vec<String>,
    is_cut: bool,
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueueView {
    f: Frame,
    w: &'static Words,
    q: String,
    tabs: Vec<Tab>,
    kept: Vec<Kept>,
    facets: Vec<Facet>,
    orders: Vec<Choice>,
    fault: Option<Fault>,
    /// What the index can't be asked for.
    refused: String,
    unseen: Unseen,
    lines: Vec<Line>,
    more: Option<String>,
    first: Option<String>,
    /// This view, from the beginning.
    here: String,
    /// Where to ask whether there are new ones; `None` where that costs too much.
    arrivals: Option<String>,
    order: String,
    may_act: bool,
    may_take_out: bool,
    analysts: Vec<String>,
    notice: Option<Notice>,
}

/// That there are new ones.
#[derive(Template)]
#[template(path = "arrivals.html")]
struct Arrivals {
    count: i64,
    text: String,
    here: String,
}

/// The team's queue.
pub(super) async fn home(analyst: Analyst) -> Redirect {
    Redirect::to(&format!("/q/{}", url(&analyst.desk.team)))
}

/// A page of it.
pub(super) async fn page(
    State(app): State<App>,
    mut analyst: Analyst,
    Path(team): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    if team != analyst.desk.team || !analyst.may(Right::Read) {
        return Err(Wrong::nowhere(analyst.w));
    }
    // Whose the senders are.
    analyst.inform(&app).await?;
    let (desk, w) = (&analyst.desk, analyst.w);
    let text = asked.text();
    let read = parse(text);
    let base = format!("/q/{}", url(&desk.team));
    let query = read.as_ref().ok();
    // Before the tickets are read: what comes meanwhile is new.
    let kept = saved::all(&analyst).await?;
    let (tabs, newest) = tabs(&analyst, &kept, (&base, query)).await?;
    let (listed, refused) = match &read {
        Ok(read) => list(&analyst, &asked, read).await?,
        Err(_) => (Listed::default(), String::new()),
    };
    let known = seen::of_queue(desk, &listed.rows).await;
    let known = known.map_err(|error| analyst.fault(error))?;
    let detail = format!("what=tickets count={}", listed.rows.len());
    let noted = desk.note(DEPLOYMENT, "listed", detail).await;
    noted.map_err(|error| analyst.fault(error))?;
    let now = Timestamp::now();
    let rows = listed.rows.iter().zip(&known);
    let may_act = analyst.may(Right::Act);
    let live = query.and_then(|query| countable(query, &desk.actor));
    let view = QueueView {
        f: analyst.frame(),
        w,
        q: text.to_owned(),
        tabs,
        kept,
        facets: query.map_or_else(Vec::new, |query| filters::facets(query, &base, w)),
        orders: orders(&asked.order, w),
        fault: read.as_ref().err().map(|fault| marked(text, fault, w)),
        refused,
        lines: rows.map(|row| line(row, &analyst, &app, now)).collect(),
        more: listed
            .more
            .as_ref()
            .map(|place| asked.link(&base, Some(place))),
        first: asked.after.map(|_| asked.link(&base, None)),
        here: asked.link(&base, None),
        arrivals: live.map(|_| asked.arrivals(&base, newest)),
        order: asked.order.clone(),
        may_act,
        may_take_out: analyst.may(Right::TakeOut),
        analysts: match may_act {
            true => names(&analyst)
                .await
                .map_err(|fault| analyst.fault(fault))?,
            false => Vec::new(),
        },
        notice: bulk::notice(&analyst, asked.told()).await?,
        unseen: unseen(listed),
    };
    Ok(render(&view))
}

/// Whether tickets came since a page was made. Nothing is shown of them, so that nothing stands in the trail.
pub(super) async fn arrivals(
    analyst: Analyst,
    Path(team): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    let (desk, w) = (&analyst.desk, analyst.w);
    let read = parse(asked.text()).ok();
    let wanted = read.and_then(|query| countable(&query, &desk.actor));
    let Some(wanted) = wanted.filter(|_| team == desk.team && analyst.may(Right::Read)) else {
        return Err(Wrong::nowhere(w));
    };
    let next = Uuid::from_u128(asked.since.as_u128().saturating_add(1));
    let before = Wanted::Test(Test::Before(next));
    let new = Wanted::All(vec![wanted, Wanted::Not(Box::new(before))]);
    let counts = desk.store.queue_counts(&desk.team, &[new], COUNTED).await;
    let counts = counts.map_err(|fault| analyst.fault(fault))?;
    let count = counts.counts.first().copied().unwrap_or(0);
    Ok(render(&Arrivals {
        count,
        text: w.arrived(count),
        here: asked.link(&format!("/q/{}", url(&desk.team)), None),
    }))
}

/// The tickets, or what the index can't be asked for.
async fn list(
    analyst: &Analyst,
    asked: &Asked,
    query: &query::Query,
) -> Result<(Listed, String), Wrong> {
    let wanted = match asked.order.as_str() {
        "newest" => QueueOrder::Newest,
        "oldest" => QueueOrder::Oldest,
        _ => QueueOrder::Urgent,
    };
    let wish = Wish {
        query,
        order: order(query, wanted),
        after: asked.after.map(|id| QueuePlace {
            // Checked here, since the database would refuse what is no time, and knows no year 0. None was due before 1970.
            due: asked
                .due
                .parse()
                .ok()
                .filter(|due| *due >= Timestamp::UNIX_EPOCH)
                .map(|due: Timestamp| due.to_string()),
            id,
        }),
        most: PAGE,
    };
    match find(&analyst.desk, &wish).await {
        Err(error) => match error.downcast_ref::<Refusal>() {
            Some(refusal) => Ok((Listed::default(), analyst.w.refusal(refusal))),
            None => Err(analyst.fault(error)),
        },
        Ok(listed) => Ok((listed, String::new())),
    }
}

/// The views, with how many tickets each has where that costs little.
async fn tabs(
    analyst: &Analyst,
    kept: &[Kept],
    at: (&str, Option<&query::Query>),
) -> Result<(Vec<Tab>, Uuid), Wrong> {
    let views = filters::built_in(analyst.w).into_iter();
    let kept = kept
        .iter()
        .map(|one| (one.name.as_str(), one.query.as_str()));
    let tabs = views
        .chain(kept)
        .filter_map(|(name, query)| filters::tab(name, query, at));
    let mut tabs: Vec<Tab> = tabs.collect();
    let (desk, actor) = (&analyst.desk, &analyst.desk.actor);
    let counted = tabs.iter_mut().filter_map(|tab| {
        let wanted = countable(&tab.query, actor)?;
        Some((tab, wanted))
    });
    let (counted, wanted): (Vec<&mut Tab>, Vec<_>) = counted.unzip();
    let counts = desk.store.queue_counts(&desk.team, &wanted, COUNTED).await;
    let counts = counts.map_err(|fault| analyst.fault(fault))?;
    for (tab, count) in counted.into_iter().zip(counts.counts) {
        tab.count = match count {
            COUNTED.. => format!("{}+", COUNTED - 1),
            few => few.to_string(),
        };
    }
    Ok((tabs, counts.newest.unwrap_or_default()))
}

fn orders(asked: &str, w: &Words) -> Vec<Choice> {
    let choice = |(value, text)| Choice {
        value,
        text,
        chosen: asked == value,
    };
    let all = [
        ("", w.most_urgent),
        ("newest", w.newest),
        ("oldest", w.oldest),
    ];
    all.into_iter().map(choice).collect()
}

fn marked(text: &str, fault: &query::Fault, w: &Words) -> Fault {
    let (before, rest) = text.split_at_checked(fault.at).unwrap_or((text, ""));
    let (marked, after) = rest.split_at_checked(fault.length).unwrap_or((rest, ""));
    Fault {
        before: before.to_owned(),
        marked: marked.to_owned(),
        after: after.to_owned(),
        text: w.problem(&fault.problem),
    }
}

fn unseen(listed: Listed) -> Unseen {
    let month = |day: String| day.get(..7).unwrap_or(&day).to_owned();
    Unseen {
        closed: listed.closed,
        unreadable: listed.index.unreadable,
        months: listed
            .index
            .months
            .map(|(first, last)| (month(first), month(last))),
        common: listed.index.common,
        is_cut: listed.is_cut,
    }
}

impl Asked {
    /// The query as it was written.
    pub(super) fn text(&self) -> &str {
        self.q.as_deref().unwrap_or(NOW).trim()
    }

    fn told(&self) -> Told<'_> {
        Told {
            did: &self.did,
            ok: &self.ok,
            no: &self.no,
            with: &self.with,
            code: &self.code,
        }
    }

    /// Where to ask whether there are new ones.
    fn arrivals(&self, base: &str, since: Uuid) -> String {
        let here = self.link(&format!("{base}/arrivals"), None);
        format!("{here}&since={since}")
    }

    /// The same, from this ticket on.
    fn link(&self, base: &str, after: Option<&QueuePlace>) -> String {
        let mut pairs = vec![("order", self.order.clone())];
        if let Some(place) = after {
            pairs.push(("due", place.due.clone().unwrap_or_default()));
            pairs.push(("after", place.id.to_string()));
        }
        pairs.retain(|(_, value)| !value.is_empty());
        pairs.insert(0, ("q", self.text().to_owned()));
        let pairs = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", url(value)));
        format!("{base}?{}", pairs.collect::<Vec<_>>().join("&"))
    }
}
