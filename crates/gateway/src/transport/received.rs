//! Reports (RFC 8460) that others send us: what they saw of our own TLS, kept under the reporter's name.
//!
//! Read in a reader process, like all that is hostile. Counted only when the reporter's domain is proved (section 3 wants
//! an aligned DKIM signature), only for domains of ours, once for each report id, and for days that can be true.

use intake::tlsrpt::{self, Report};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use uuid::Uuid;
use vault::{KeyRing, Purpose, VaultError};

use super::{Direction, day_of, peer_domain, peer_id, seal_peer};
use crate::store::{Count, Store, StoreFault};

/// A report may be about a day so far back.
const OLDEST_DAYS: i64 = 30;

/// What became of a report that somebody sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reception {
    /// Counted.
    Counted,
    /// Its id was counted before.
    Again,
    /// Nothing proves who sent it.
    Unauthenticated,
    /// It is not about a domain of ours.
    NotOurs,
    /// It is about the future, or about a day too far back.
    WrongDay,
}

impl Reception {
    /// The word in logs and metrics.
    pub fn word(self) -> &'static str {
        match self {
            Reception::Counted => "counted",
            Reception::Again => "again",
            Reception::Unauthenticated => "unauthenticated",
            Reception::NotOurs => "not-ours",
            Reception::WrongDay => "wrong-day",
        }
    }
}

/// Why a report could not be kept: ours.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database.
    #[error("{0}")]
    Store(#[from] StoreFault),
    /// The keys.
    #[error("{0}")]
    Vault(#[from] VaultError),
}

/// Counts a report. `authenticated` is the domain that is proved to have sent it, `ours` are our own domains, lower case.
///
/// # Errors
/// [`Fault`]
pub async fn receive(
    store: &Store,
    ring: &KeyRing,
    team: &str,
    report: &Report,
    authenticated: Option<&str>,
    ours: &[String],
    now: Timestamp,
) -> Result<Reception, Fault> {
    let Some(reporter) = authenticated.and_then(peer_domain) else {
        return Ok(Reception::Unauthenticated);
    };
    let day = day_of(report.date_range.start_datetime);
    if !is_believable(day, day_of(now)) {
        return Ok(Reception::WrongDay);
    }
    let peer = peer_id(ring, team, &reporter);
    let counts = counts(report, ours, peer, day);
    if counts.is_empty() {
        return Ok(Reception::NotOurs);
    }
    let written = day.to_string();
    let name = [
        reporter.as_bytes(),
        report.report_id.as_bytes(),
        written.as_bytes(),
    ];
    let digest = ring.digest(Purpose::TransportReport, &name);
    let add = async || {
        let stored = seal_peer(ring, team, &reporter)?;
        Ok::<_, Fault>(store.add_received(&digest, &stored, &counts).await?)
    };
    let fresh = match add().await {
        // The key that wrapped it was replaced at the same moment.
        Err(Fault::Store(StoreFault::Conflict)) => add().await?,
        added => added?,
    };
    Ok(if fresh {
        Reception::Counted
    } else {
        Reception::Again
    })
}

fn is_believable(day: Date, today: Date) -> bool {
    let oldest = today.checked_sub(OLDEST_DAYS.days()).unwrap_or(today);
    let tomorrow = today.tomorrow().unwrap_or(today);
    day >= oldest && day <= tomorrow
}

/// Sums over the policies of our own domains; what saturates stays at the largest count.
fn counts(report: &Report, ours: &[String], peer: Uuid, day: Date) -> Vec<Count> {
    let mut sums = std::collections::BTreeMap::<String, u64>::new();
    let mut add = |name: String, more: u64| {
        let sum = sums.entry(name).or_default();
        *sum = sum.saturating_add(more);
    };
    let is_ours = |domain: &str| {
        let domain = domain.trim_end_matches('.').to_lowercase();
        ours.contains(&domain)
    };
    let policies = report.policies.iter();
    for policy in policies.filter(|policy| is_ours(&policy.policy.policy_domain)) {
        let (good, bad) = (
            policy.summary.total_successful_session_count,
            policy.summary.total_failure_session_count,
        );
        let kind = tlsrpt::policy_word(&policy.policy.policy_type);
        add("sessions".into(), good.saturating_add(bad));
        add("tls".into(), good);
        add(format!("session:{kind}"), good);
        for failure in &policy.failure_details {
            let word = tlsrpt::failure_word(&failure.result_type);
            add(format!("failure:{word}"), failure.failed_session_count);
            add(
                format!("session:{kind}:{word}"),
                failure.failed_session_count,
            );
        }
    }
    let count = |(name, count)| Count {
        peer,
        direction: Direction::Reported.word().to_owned(),
        day: day.to_string(),
        name,
        count: i64::try_from(count).unwrap_or(i64::MAX),
    };
    sums.into_iter().map(count).collect()
}
