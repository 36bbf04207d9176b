//! A day's report (RFC 8460) about a domain, made from its counters.

use std::collections::BTreeMap;

use intake::tlsrpt::{self, DateRange, Failure, Policy, PolicyReport, Report, Summary};
use jiff::ToSpan;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::pseudonym;

/// What stands in every report.
#[derive(Clone, Debug)]
pub struct Submitter {
    /// Our domain.
    pub domain: String,
    /// The address that reports come from.
    pub address: String,
    /// Who reports.
    pub organization_name: String,
    /// Whom to ask.
    pub contact_info: String,
}

impl Submitter {
    /// From the configuration.
    pub fn new(settings: &crate::config::Settings) -> Submitter {
        let (team, transport) = (&settings.team, &settings.transport);
        let domain = team
            .address
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain);
        let or = |text: &str, other: &str| if text.is_empty() { other } else { text }.to_owned();
        Submitter {
            domain: domain.to_lowercase(),
            address: team.address.clone(),
            organization_name: or(&transport.organization_name, &team.display_name),
            contact_info: or(&transport.contact_info, &team.address),
        }
    }
}

/// A day's report about a domain, from its counters; `None` when there was no session.
pub fn build(
    submitter: &Submitter,
    domain: &str,
    peer: Uuid,
    day: Date,
    counts: &[(String, i64)],
) -> Option<Report> {
    let mut policies = BTreeMap::<&str, (u64, Vec<Failure>)>::new();
    for (name, count) in counts {
        let Some(session) = name.strip_prefix("session:") else {
            continue;
        };
        let count = u64::try_from(*count).unwrap_or(0);
        let (kind, failure) = match session.split_once(':') {
            Some((kind, failure)) => (kind, Some(failure)),
            None => (session, None),
        };
        // A policy of our own making is none that the domain published.
        let kind = if tlsrpt::POLICIES.contains(&kind) {
            kind
        } else {
            "no-policy-found"
        };
        let (good, bad) = policies.entry(kind).or_default();
        match failure {
            None => *good = good.saturating_add(count),
            Some(failure) => bad.push(Failure {
                result_type: failure.to_owned(),
                failed_session_count: count,
            }),
        }
    }
    let policies: Vec<PolicyReport> = policies
        .into_iter()
        .map(|(kind, (good, failures))| policy(kind, domain, good, failures))
        .collect();
    let start = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
    let end = start.checked_add(86_399.seconds()).ok()?;
    (!policies.is_empty()).then(|| Report {
        organization_name: submitter.organization_name.clone(),
        date_range: DateRange {
            start_datetime: start,
            end_datetime: end,
        },
        contact_info: submitter.contact_info.clone(),
        report_id: format!("{day}.{}@{}", pseudonym(peer), submitter.domain),
        policies,
    })
}

fn policy(kind: &str, domain: &str, good: u64, failures: Vec<Failure>) -> PolicyReport {
    let counts = failures.iter().map(|failure| failure.failed_session_count);
    PolicyReport {
        policy: Policy {
            policy_type: kind.to_owned(),
            policy_domain: domain.to_owned(),
        },
        summary: Summary {
            total_successful_session_count: good,
            total_failure_session_count: counts.fold(0, u64::saturating_add),
        },
        failure_details: failures,
    }
}
