//! Charts, where people would rather look than read: each is a picture made here with its figures in a table beside it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::App;
use super::access::Right;
use super::guard::{Wrong, render};
use super::session::{Analyst, Frame};
use super::shown;
use super::words::Words;
use crate::figures;

/// Width of the longest bar, and height of each with its gap.
const WIDTH: i64 = 320;
const HEIGHT: i64 = 22;
/// Constituents of a picture; the table has more.
const RANKED: usize = 12;

/// A chart of horizontal bars.
struct Chart {
    id: &'static str,
    title: &'static str,
    what: &'static str,
    bars: Vec<Bar>,
    height: i64,
}

/// Figures of a constituent.
struct Row {
    name: String,
    href: Option<String>,
    counts: Vec<i64>,
}

struct Bar {
    label: String,
    /// The same, as wide as the picture has room.
    short: String,
    count: i64,
    top: i64,
    middle: i64,
    width: i64,
}

#[derive(Template)]
#[template(path = "charts.html")]
struct ChartsView {
    f: Frame,
    w: &'static Words,
    charts: Vec<Chart>,
    /// Of constituents, all figures.
    rows: Vec<Row>,
    heads: Vec<&'static str>,
    /// Tickets that could not be opened.
    closed: usize,
}

/// The page.
pub(super) async fn page(
    State(app): State<App>,
    mut analyst: Analyst,
    Path(team): Path<String>,
) -> Result<Response, Wrong> {
    if team != analyst.desk.team || !analyst.may(Right::Read) {
        return Err(Wrong::nowhere(analyst.w));
    }
    // Whose problem each ticket is.
    analyst.inform(&app).await?;
    let (desk, w) = (&analyst.desk, analyst.w);
    let zone = app.zone.iana_name().unwrap_or("UTC");
    let of = figures::of(desk, zone).await;
    let of = of.map_err(|error| analyst.fault(error))?;
    let figures = of.all;
    let ages = w.ages().map(str::to_owned).into_iter().zip(figures.ages);
    let kinds = figures.kinds.into_iter();
    let kinds = kinds.map(|(kind, count)| (w.kind(&kind).to_owned(), count));
    let ranked = of.constituents.iter().take(RANKED);
    let ranking = ranked.map(|one| (one.name.clone(), one.open)).collect();
    let rows = of.constituents.into_iter().map(|one| Row {
        href: desk
            .directory
            .id_of(&one.name)
            .map(|id| format!("/contacts/{id}")),
        name: shown::line(&one.name, 80),
        counts: [one.open, one.overdue]
            .into_iter()
            .chain(one.ages)
            .chain([one.month])
            .collect(),
    });
    let heads = [w.open_tickets(), w.overdue]
        .into_iter()
        .chain(w.ages())
        .chain([w.thirty_days()]);
    let view = ChartsView {
        rows: rows.collect(),
        heads: heads.collect(),
        f: analyst.frame(),
        w,
        charts: vec![
            chart("days", (w.chart_days, w.chart_days_what), figures.days),
            chart("ages", (w.chart_ages, w.chart_ages_what), ages.collect()),
            chart(
                "kinds",
                (w.chart_kinds, w.chart_kinds_what),
                kinds.collect(),
            ),
            chart("types", (w.chart_types, w.chart_newest), of.types),
            chart("senders", (w.chart_senders, w.chart_newest), of.domains),
            chart(
                "constituents",
                (w.chart_constituents(), w.chart_constituents_what()),
                ranking,
            ),
        ],
        closed: of.closed,
    };
    Ok(render(&view))
}

fn chart(
    id: &'static str,
    (title, what): (&'static str, &'static str),
    figures: Vec<(String, i64)>,
) -> Chart {
    let most = figures.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let bars = (0_i64..).zip(figures).map(|(number, (label, count))| Bar {
        short: shown::line(&label, 20),
        label: shown::line(&label, 80),
        count,
        top: number * HEIGHT,
        middle: number * HEIGHT + HEIGHT * 2 / 3,
        // What is not nothing is seen.
        width: match count {
            0 => 0,
            _ => (count * WIDTH / most.max(1)).max(2),
        },
    });
    let bars: Vec<Bar> = bars.collect();
    Chart {
        id,
        title,
        what,
        height: bars.last().map_or(HEIGHT, |last| last.top + HEIGHT),
        bars,
    }
}
