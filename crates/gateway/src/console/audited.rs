//! What everybody did and read: for admins, the newest first.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use jiff::civil::Date;
use serde::Deserialize;

use super::App;
use super::access::Right;
use super::accounts::url;
use super::act::names;
use super::guard::{Wrong, render};
use super::session::{Analyst, Frame};
use super::shown::{self, Moment};
use super::words::Words;
use crate::actions::owner;
use crate::audit::DEPLOYMENT;
use crate::audit::outside::Standing;
use crate::cli::trail::{self, Cursor};
use crate::store::{TrailFilter, TrailRow};

/// Lines of a page.
const PAGE: i64 = 100;

/// A line.
struct Line {
    at: Moment,
    by: String,
    what: String,
    detail: String,
    /// Its ticket: number and reference; erased ones have no page.
    ticket: Option<(i64, String)>,
    is_whole: bool,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct View {
    f: Frame,
    w: &'static Words,
    by: String,
    ticket: String,
    day: String,
    names: Vec<String>,
    wrong: &'static str,
    lines: Vec<Line>,
    /// Where the older ones are.
    older: Option<String>,
    /// How many of these are not as they were written.
    broken: usize,
    standing: &'static str,
    is_well: bool,
}

/// What the query string says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    by: String,
    ticket: String,
    day: String,
    after: String,
}

impl Asked {
    /// Which lines; or what is wrong with it.
    fn filter(&self, app: &App, analyst: &Analyst) -> Result<TrailFilter, &'static str> {
        let w = analyst.w;
        let mut filter = TrailFilter {
            newest: true,
            most: PAGE,
            ..TrailFilter::default()
        };
        if !self.by.trim().is_empty() {
            let name = owner::name(&self.by).map_err(|_| w.no_such_analyst)?;
            filter.by = trail::names(&name);
        }
        if !self.ticket.trim().is_empty() {
            let serial = analyst.desk.serial(self.ticket.trim());
            filter.ticket = Some(serial.map_err(|_| w.no_such_ticket)?);
        }
        if !self.day.trim().is_empty() {
            let bound = |day: Date| Some(day.to_zoned(app.zone.clone()).ok()?.timestamp());
            let day: Option<Date> = self.day.trim().parse().ok();
            let bounds = day.and_then(|day| Some((bound(day)?, bound(day.tomorrow().ok()?)?)));
            let (since, until) = bounds.ok_or(w.no_such_day())?;
            (filter.since, filter.until) = (Some(since.as_second()), Some(until.as_second()));
        }
        if !self.after.is_empty() {
            let cursor: Result<Cursor, _> = self.after.parse();
            filter.after = Some(cursor.map_err(|_| w.nowhere)?.0);
        }
        Ok(filter)
    }

    /// The page after this one.
    fn older(&self, team: &str, after: Cursor) -> String {
        let (team, by, ticket, day) = (url(team), url(&self.by), url(&self.ticket), url(&self.day));
        format!("/audit/{team}?by={by}&ticket={ticket}&day={day}&after={after}")
    }
}

/// The page.
pub(super) async fn page(
    State(app): State<App>,
    analyst: Analyst,
    Path(team): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Wrong> {
    let (desk, w) = (&analyst.desk, analyst.w);
    if team != desk.team {
        return Err(Wrong::nowhere(w));
    }
    if !analyst.may(Right::Audit) {
        return Err(Wrong::not_allowed(w));
    }
    let fault = |error: anyhow::Error| analyst.fault(error);
    let (lines, wrong) = match asked.filter(&app, &analyst) {
        Err(wrong) => (Vec::new(), wrong),
        Ok(filter) => {
            let detail = format!("what=audit {}", trail::told(&filter));
            let noted = desk.note(DEPLOYMENT, "listed", detail.trim_end().to_owned());
            noted.await.map_err(fault)?;
            let lines = desk.store.trail(&desk.team, &filter).await;
            (lines.map_err(|error| fault(error.into()))?, "")
        }
    };
    let is_full = i64::try_from(lines.len()).unwrap_or(PAGE) >= PAGE;
    let after = lines.last().filter(|_| is_full).map(trail::place);
    let standing = desk.outside().compare(&desk.store).await.map_err(fault)?;
    let names = names(&analyst).await;
    let shown: Vec<Line> = lines.iter().map(|one| line(one, &app, &analyst)).collect();
    let view = View {
        f: analyst.frame(),
        w,
        names: names.map_err(|error| fault(error.into()))?,
        older: after.map(|after| asked.older(&desk.team, after)),
        by: asked.by,
        ticket: asked.ticket,
        day: asked.day,
        wrong,
        broken: shown.iter().filter(|line| !line.is_whole).count(),
        lines: shown,
        is_well: matches!(standing, Standing::Whole(_)),
        standing: w.audit_standing(&standing),
    };
    Ok(render(&view))
}

fn line(one: &TrailRow, app: &App, analyst: &Analyst) -> Line {
    let (row, desk) = (&one.row, &analyst.desk);
    Line {
        at: shown::moment(&trail::time(one), &app.zone),
        by: shown::line(&row.actor, 64),
        what: analyst.w.action(&row.action).to_owned(),
        detail: shown::line(&row.detail, 400),
        ticket: one.serial.map(|serial| (serial, desk.reference(serial))),
        is_whole: trail::is_whole(desk, one),
    }
}
