//! Search: the same as `ticket search`.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;
use uuid::Uuid;

use super::Api;
use super::access::{By, Read};
use super::input::Asked;
use super::problem::{Problem, Problems};
use super::shapes;
use crate::cli::search::{find, months_back, value_json};
use crate::search::{Condition, Months, Unasked};

/// Octets of a question.
const LONGEST: usize = 2_000;
/// Values that are asked for at once.
const MOST: usize = 8;

/// What to look for, and where
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// One to eight values, with blanks between them, all in one message: an address, network, domain, URL, hash, CVE, AS number or mail
    /// address, or `kind:VALUE` with ip, net, port, domain, url, hash, cve, as, mail, sender or ref
    #[param(min_length = 1, max_length = 2000, example = "192.0.2.0/24 port:22")]
    q: String,
    /// How many months to look back, this one included
    #[param(minimum = 1, maximum = 1200, default = 12)]
    months: Option<u16>,
    /// Only messages before this one: `more` of the answer before
    before: Option<Uuid>,
    /// At most so many messages, the newest
    #[param(minimum = 1, maximum = 1000, default = 100)]
    limit: Option<u16>,
}

impl Wanted {
    fn conditions(&self) -> Result<Vec<Condition>, Problem> {
        let words: Vec<&str> = self.q.split_whitespace().collect();
        if self.q.len() > LONGEST || !(1..=MOST).contains(&words.len()) {
            let detail = format!("q: 1 to {MOST} values, {LONGEST} octets at most");
            return Err(Problem::malformed(detail));
        }
        let conditions: Result<_, Unasked> = words.into_iter().map(Condition::parse).collect();
        conditions.map_err(|wrong| Problem::malformed(format!("q: {wrong}")))
    }

    fn months(&self) -> Result<Months, Problem> {
        match self.months.unwrap_or(12) {
            months @ 1..=1_200 => Ok(months_back(months.into())),
            _ => Err(Problem::malformed("months: 1 to 1200")),
        }
    }
}

/// Find messages by what was extracted from them
#[utoipa::path(get, path = "/search", operation_id = "search", tag = "search", params(Wanted),
    responses((status = 200, description = "What was found", body = shapes::Found), Problems,
        (status = 422, description = "It would have to look at too much, or a port was asked for alone", body = Problem,
            content_type = "application/problem+json")))]
pub(super) async fn search(
    State(api): State<Api>,
    by: By<Read>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Value>, Problem> {
    let (conditions, months) = (wanted.conditions()?, wanted.months()?);
    let limit = wanted.limit.unwrap_or(100);
    if !(1..=1_000).contains(&limit) {
        return Err(Problem::malformed("limit: 1 to 1000"));
    }
    let desk = by.desk.clone().informed(&api.settings).await?;
    let on = find(&desk, &conditions, &months, (limit, wanted.before)).await?;
    let answer = &on.answer;
    let each = answer.found.iter().flat_map(|found| {
        let reference = on.ticket(found).map(|row| desk.reference(row.serial));
        let (desk, values) = (&desk, found.values.iter());
        values.map(move |value| value_json(desk, found, reference.as_deref(), value))
    });
    let month = |day: &String| day.get(..7).unwrap_or(day).to_owned();
    let closed = answer.closed.as_ref();
    Ok(Json(json!({
        "found": each.collect::<Vec<_>>(),
        "more": answer.more,
        "unreadable": answer.unreadable,
        "sealed_months": closed.map(|(first, last)| json!({"from": month(first), "to": month(last)})),
    })))
}
