//! What has been kept long enough: closed tickets by how they are marked (TLP), suppressed mail by its own age. Labels
//! are sealed, so summaries are opened; there is no column in clear. Open tickets are never erased.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use extract::Tlp;
use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;
use vault::{Epoch, KeyRing};

use crate::actions::thread::LETTER;
use crate::config::{Age, Retention};
use crate::erasure::{self, By};
use crate::marking::{self, Marked};
use crate::sealing::{self, Summary};
use crate::store::{Aged, MarkEvent, Store, StoreFault};

/// Who erases by age, in the shred log.
pub const ACTOR: &str = "retention";
/// Cases looked at between two questions to the database.
const BATCH: i64 = 200;
/// How often the daemon erases.
const DAY: Duration = Duration::from_secs(24 * 3_600);
/// A daemon that was just started has better things to do.
const FIRST: Duration = Duration::from_secs(600);

/// What is erased, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The case.
    pub case: Uuid,
    /// The ticket's number; `None` for suppressed mail.
    pub serial: Option<i64>,
    /// The strictest label on the ticket.
    pub label: Option<Tlp>,
    /// The month in which the case began.
    pub month: Epoch,
    /// The last change, to the hour.
    pub changed: Timestamp,
    /// How long it was to be kept.
    pub age: Age,
}

/// What is due, and how many closed cases could not be opened to see their label: those stay.
#[derive(Debug, Default)]
pub struct Plan {
    /// In the order of their ids.
    pub due: Vec<Due>,
    /// Cases whose label can't be read.
    pub unreadable: u64,
}

/// What would be erased now.
///
/// # Errors
/// Those of the store.
pub async fn plan(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    retention: &Retention,
    now: Timestamp,
) -> Result<Plan, StoreFault> {
    let mut plan = Plan::default();
    // What is younger than the shortest age needs no look.
    let Some(before) = retention.ages().filter_map(|age| age.before(now)).max() else {
        return Ok(plan);
    };
    let mut after = Uuid::nil();
    loop {
        let aged = store.aged(team, before, after, BATCH).await?;
        let Some(last) = aged.last() else {
            return Ok(plan);
        };
        after = last.case;
        let cases: Vec<Uuid> = aged.iter().map(|one| one.case).collect();
        let mut said: HashMap<Uuid, Vec<MarkEvent>> = HashMap::new();
        for event in store.mark_events(&cases).await? {
            said.entry(event.heir).or_default().push(event);
        }
        for one in &aged {
            let said = said.get(&one.case).map_or(&[][..], Vec::as_slice);
            let label = match (one.serial, label_of(ring, team, (one, said))) {
                (None, _) => None,
                (Some(_), Some(label)) => label,
                (Some(_), None) => {
                    plan.unreadable += 1;
                    continue;
                }
            };
            let age = match one.serial {
                Some(_) => retention.of(label),
                None => retention.suppressed,
            };
            if age.before(now).is_some_and(|before| one.changed < before) {
                plan.due.push(Due {
                    case: one.case,
                    serial: one.serial,
                    label,
                    month: sealing::epoch_of(one.case),
                    changed: one.changed,
                    age,
                });
            }
        }
    }
}

/// How a ticket is marked, as everywhere: a letter of ours makes no marking that is less than what is not marked counts as. `None` when a
/// message, or what an analyst said, can't be opened.
fn label_of(
    ring: &KeyRing,
    team: &str,
    (aged, said): (&Aged, &[MarkEvent]),
) -> Option<Option<Tlp>> {
    if aged.has_closed {
        return None;
    }
    let key = sealing::case_key(ring, team, aged.case, &aged.wrapped).ok()?;
    let mut marked = Marked::default();
    for (entry, kind, sealed) in &aged.summaries {
        let aad = sealing::entry_aad(team, "summary", aged.case, *entry);
        let summary: Summary = sealing::open(&key, &aad, sealed).ok()?;
        marked.count(kind == LETTER, label(&summary.tlp));
    }
    for event in said {
        marked = marked.and_said(marking::said_in(ring, team, event).ok()?);
    }
    Some(marked.at_least())
}

/// The label that a summary names.
pub(crate) fn label(word: &str) -> Option<Tlp> {
    Tlp::ALL.into_iter().find(|label| label.as_str() == word)
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Cases.
    pub cases: u64,
    /// Months of which nothing was left, so that their keys were destroyed, too.
    pub months: Vec<Epoch>,
    /// Cases that changed since the plan was made, and stay.
    pub skipped: Vec<Uuid>,
}

/// Erases what is due, and the keys of past months of which nothing is left: then backups are blank, too. What was reopened,
/// promoted or written to since the plan was made is skipped: the statement that erases looks once more.
///
/// # Errors
/// Those of the store and of the epochs' folder; what was erased before stays so.
pub async fn run(store: &Store, ring: &KeyRing, plan: &Plan, by: By<'_>) -> anyhow::Result<Erased> {
    let mut erased = Erased::default();
    for due in &plan.due {
        let since = Some(due.changed);
        if erasure::erase_unchanged(store, ring, due.case, by, since).await? {
            erased.cases += 1;
        } else if !store.case_sizes(&[due.case]).await?.is_empty() {
            erased.skipped.push(due.case);
        }
    }
    let current = erasure::current_month(Timestamp::now());
    let mut months: Vec<Epoch> = ring
        .epoch_keys()?
        .into_iter()
        .map(|(name, _)| name.epoch)
        .filter(|epoch| *epoch != Epoch::STANDING && *epoch < current)
        .collect();
    months.dedup();
    for month in months {
        // In a database that never had the month, as a new or a wrong one, nothing was erased either.
        if store.is_emptied(i32::from(month.number())).await? {
            erasure::erase_month(store, ring, month, by).await?;
            erased.months.push(month);
        }
    }
    store.forget_spread().await?;
    Ok(erased)
}

/// Erases every day what is due, until `stop` becomes true.
pub async fn daily(
    store: Store,
    ring: Arc<KeyRing>,
    team: String,
    retention: Retention,
    mut stop: watch::Receiver<bool>,
) {
    let mut pause = FIRST;
    loop {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = stop.changed() => return,
        }
        pause = DAY;
        match once(&store, &ring, &team, &retention).await {
            Ok(erased) if erased == Erased::default() => {}
            Ok(erased) => tracing::info!(
                cases = erased.cases,
                skipped = erased.skipped.len(),
                months = erased.months.len(),
                "erased what was kept long enough"
            ),
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "retention did not end");
                pause = FIRST;
            }
        }
    }
}

async fn once(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    retention: &Retention,
) -> anyhow::Result<Erased> {
    let plan = plan(store, ring, team, retention, Timestamp::now()).await?;
    if plan.unreadable > 0 {
        tracing::warn!(
            tickets = plan.unreadable,
            "tickets stay whose label can't be read"
        );
    }
    let by = By {
        team,
        actor: ACTOR,
        reason: "age",
    };
    run(store, ring, &plan, by).await
}
