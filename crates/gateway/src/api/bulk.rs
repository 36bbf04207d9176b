//! One thing done with many tickets, as the queue of the console does it: each on its own, and each is answered for.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{Act, By, Caller};
use super::actions::{Changed, name};
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem};
use super::shapes::State as TicketState;
use super::tags::words;
use crate::actions::{owner, tag};
use crate::cli::merge;
use crate::ticket::Step;

/// Tickets at a time, as on a page of the queue.
const MOST: usize = 50;

/// What is to be done with which tickets
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Many {
    /// What
    #[serde(rename = "do")]
    deed: Deed,
    /// Their numbers
    #[schema(min_items = 1, max_items = 50)]
    tickets: Vec<i64>,
    /// With `assign`: the analyst
    #[serde(default)]
    #[schema(max_length = 64)]
    to: String,
    /// With a change of state: why, sealed with each ticket; must be given with `reject`
    #[serde(default)]
    #[schema(max_length = 2000)]
    reason: String,
    /// With `tag` and `untag`: which words
    #[serde(default)]
    #[schema(max_items = 20)]
    tags: Vec<String>,
    /// With `merge`: the number of the ticket that goes on; else the first of them
    #[serde(default)]
    #[schema(minimum = 1)]
    into: Option<i64>,
    /// Only those that are in this state still
    #[serde(default)]
    expected_state: Option<TicketState>,
}

/// What is done with each
#[derive(Clone, Copy, Deserialize, ToSchema, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Deed {
    Claim,
    Release,
    Assign,
    /// They are in hand
    Open,
    Resolve,
    Reject,
    Reopen,
    Tag,
    Untag,
    Merge,
    Unmerge,
}

/// What came of it
#[derive(Serialize, ToSchema)]
pub(super) struct DoneWithMany {
    /// Those with which it was done
    done: Vec<Changed>,
    /// Those that stay as they were
    left: Vec<Left>,
}

/// A ticket with which nothing was done
#[derive(Serialize, ToSchema)]
struct Left {
    number: i64,
    reference: String,
    /// Why, as `code` of a problem: `nowhere`, `taken`, `state`, `refused`, `conflict`, `unavailable` …
    code: &'static str,
    /// For people; absent where it would name words of the team
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    detail: Option<String>,
    /// With `taken`: who has it
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    owner: Option<String>,
    /// With `taken`: since when
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    since: Option<String>,
    /// With `state`: how it stands
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    state: Option<String>,
}

/// What is wrong with the question is said before anything is done.
async fn ready(caller: &Caller, mut wish: Many) -> Result<Many, Problem> {
    let mut seen = std::collections::BTreeSet::new();
    wish.tickets.retain(|number| seen.insert(*number));
    if !(1..=MOST).contains(&wish.tickets.len()) {
        return Err(Problem::malformed(format!("tickets: 1 to {MOST}")));
    }
    match wish.deed {
        Deed::Assign => {
            let acting = caller.acting();
            wish.to = owner::known(&acting, &name(&wish.to)?).await?;
        }
        Deed::Reject if wish.reason.trim().is_empty() => {
            return Err(Problem::malformed("reason: must be given with reject"));
        }
        Deed::Tag | Deed::Untag => {
            wish.tags = words(&wish.tags)?;
            if wish.tags.is_empty() {
                return Err(Problem::malformed("tags: at least one"));
            }
        }
        Deed::Merge => {
            let heir = wish.into.or(wish.tickets.first().copied()).unwrap_or(0);
            caller.ticket(heir).await?;
            wish.into = Some(heir);
            wish.tickets.retain(|number| *number != heir);
            if wish.tickets.is_empty() {
                return Err(Problem::malformed(
                    "tickets: another than the one that goes on",
                ));
            }
        }
        Deed::Claim
        | Deed::Release
        | Deed::Open
        | Deed::Resolve
        | Deed::Reject
        | Deed::Reopen
        | Deed::Unmerge => {}
    }
    Ok(wish)
}

async fn one(caller: &Caller, number: i64, wish: &Many) -> Result<Changed, Problem> {
    let ticket = caller.ticket(number).await?;
    let (acting, expected) = (caller.acting(), wish.expected_state);
    if expected.is_some_and(|expected| expected.word() != ticket.state) {
        return Err(Problem::in_state(&ticket.state));
    }
    let step = async |step| caller.step(number, (expected, step), &wish.reason).await;
    let mut changed = Changed::of(caller, number, wish.deed.did());
    match wish.deed {
        Deed::Open => return step(Step::Take).await,
        Deed::Resolve => return step(Step::Resolve).await,
        Deed::Reject => return step(Step::Reject).await,
        Deed::Reopen => return step(Step::Reopen).await,
        Deed::Claim => changed.owner_before = Some(owner::claim(&acting, ticket.id, false).await?),
        Deed::Release => changed.owner_before = Some(owner::release(&acting, ticket.id).await?),
        Deed::Assign => {
            changed.owner_before = Some(owner::assign(&acting, ticket.id, &wish.to).await?);
        }
        Deed::Tag => {
            tag::change(&acting, ticket.id, (&wish.tags, &[])).await?;
        }
        Deed::Untag => {
            tag::change(&acting, ticket.id, (&[], &wish.tags)).await?;
        }
        Deed::Merge => {
            let (own, heir) = (number.to_string(), wish.into.unwrap_or(0).to_string());
            let done = merge::merge(&caller.desk, own.as_str(), heir.as_str()).await?;
            let left = done.no_room + done.sealed;
            changed.tags_left = (left > 0).then_some(left);
            changed.tags_closed = (done.closed > 0).then_some(done.closed);
        }
        Deed::Unmerge => {
            merge::unmerge(&caller.desk, number.to_string().as_str()).await?;
        }
    }
    Ok(changed)
}

impl Deed {
    fn did(self) -> &'static str {
        match self {
            Deed::Claim => "claimed",
            Deed::Release => "released",
            Deed::Assign => "assigned",
            Deed::Open | Deed::Reopen => "open",
            Deed::Resolve => "resolved",
            Deed::Reject => "rejected",
            Deed::Tag | Deed::Untag => "tagged",
            Deed::Merge => "merged",
            Deed::Unmerge => "unmerged",
        }
    }
}

fn left(caller: &Caller, number: i64, wish: &Many, problem: &Problem) -> Left {
    let (code, [owner, since, state]) = problem.parts();
    // The answer is kept for who asks again, and names no word.
    let names_words = matches!(wish.deed, Deed::Tag | Deed::Untag) && code == "refused";
    Left {
        number,
        reference: caller.desk.reference(number),
        code,
        detail: (!names_words).then(|| problem.detail().to_owned()),
        owner: owner.map(str::to_owned),
        since: since.map(str::to_owned),
        state: state.map(str::to_owned),
    }
}

/// Do one thing with many tickets
///
/// Each is changed on its own: those that can't be, stay as they are and are named, and the others are done. When the database does not
/// answer any more, what is left is named, too.
#[utoipa::path(post, path = "/bulk", operation_id = "change_many", tag = "actions", params(Key), request_body = Many,
    responses((status = 200, description = "With which it was done, and with which not", body = DoneWithMany), Changes))]
pub(super) async fn many(by: By<Act>, order: Order<Many>) -> Result<Response, Problem> {
    let change = async move |caller: Caller, wish: Many| {
        let wish = ready(&caller, wish).await?;
        let mut outcome = DoneWithMany {
            done: Vec::new(),
            left: Vec::new(),
        };
        let mut away = None;
        for number in &wish.tickets {
            let done = match away.take() {
                Some(problem) => Err(problem),
                None => one(&caller, *number, &wish).await,
            };
            match done {
                Ok(changed) => outcome.done.push(changed),
                Err(problem) => {
                    outcome.left.push(left(&caller, *number, &wish, &problem));
                    away = (!problem.is_refusal()).then_some(problem);
                }
            }
        }
        Ok(outcome)
    };
    once(&by, order, change).await
}
