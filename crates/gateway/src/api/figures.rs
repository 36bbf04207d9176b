//! The figures behind the charts of the console.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::access::{By, Read};
use super::problem::{Problem, Problems};
use crate::figures;

/// Figures of the team's tickets
#[derive(Serialize, ToSchema)]
pub(super) struct Figures {
    /// How many tickets came on each of the last thirty days, `2026-11-23` in the team's zone; the oldest first
    days: Vec<Count>,
    /// How many tickets that are not closed came within these hours; without hours, all before
    ages: Vec<Age>,
    /// What triage took the messages of the last thirty days for, as `kind` of a message says it; the most frequent first
    kinds: Vec<Count>,
    /// Kinds of incident of the newest 500 tickets (Reference Security Incident Taxonomy); the most frequent first
    types: Vec<Count>,
    /// Domains of the senders of the newest 500 tickets; the most frequent first
    domains: Vec<Count>,
    /// Of each organisation in the register: tickets whose first message names a network or domain of theirs, or a name that looks like
    /// one; else those whose sender is theirs. Open ones of the newest 500 that are open; the most open first, 100 at most
    organisations: Vec<Constituent>,
    /// So many of the newest 500 tickets are sealed to analysts: their kinds and senders are not among these
    sealed_to_analysts: usize,
}

/// Figures of an organisation
#[derive(Serialize, ToSchema)]
struct Constituent {
    name: String,
    /// Tickets that are not closed
    #[schema(minimum = 0)]
    open: i64,
    /// Those of them for which a time for an answer is over
    #[schema(minimum = 0)]
    overdue: i64,
    /// How many of them came within these hours; without hours, all before
    ages: Vec<Age>,
    /// Tickets of the last thirty days among the newest 500, closed ones, too
    #[schema(minimum = 0)]
    month: i64,
}

/// How many
#[derive(Serialize, ToSchema)]
struct Count {
    /// Of what
    name: String,
    #[schema(minimum = 0)]
    count: i64,
}

/// How many of an age
#[derive(Serialize, ToSchema)]
struct Age {
    /// More hours than the age before it, and fewer than these
    #[schema(required)]
    hours: Option<u32>,
    #[schema(minimum = 0)]
    count: i64,
}

/// Upper ends of the ages that are counted, in hours: four hours, a day, three days, a week, thirty days.
const HOURS: [Option<u32>; 6] = [Some(4), Some(24), Some(72), Some(168), Some(720), None];

fn counts(each: Vec<(String, i64)>) -> Vec<Count> {
    let each = each.into_iter();
    each.map(|(name, count)| Count { name, count }).collect()
}

/// Figures of the team's tickets, as the charts of the console show them
#[utoipa::path(get, path = "/figures", operation_id = "figures", tag = "tickets",
    responses((status = 200, description = "The figures", body = Figures), Problems))]
pub(super) async fn show(State(api): State<Api>, by: By<Read>) -> Result<Json<Figures>, Problem> {
    let desk = by.desk.clone().informed(&api.settings).await?;
    let of = figures::of(&desk, &api.settings.team.timezone).await?;
    let ages = |counts: &[i64]| -> Vec<Age> {
        let ages = HOURS.into_iter().zip(counts);
        ages.map(|(hours, count)| Age {
            hours,
            count: *count,
        })
        .collect()
    };
    let organisations = of.constituents.into_iter().map(|one| Constituent {
        ages: ages(&one.ages),
        name: one.name,
        open: one.open,
        overdue: one.overdue,
        month: one.month,
    });
    Ok(Json(Figures {
        days: counts(of.all.days),
        ages: ages(&of.all.ages),
        kinds: counts(of.all.kinds),
        types: counts(of.types),
        domains: counts(of.domains),
        organisations: organisations.collect(),
        sealed_to_analysts: of.closed,
    }))
}
