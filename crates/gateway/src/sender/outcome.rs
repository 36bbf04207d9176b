//! What an answer, a fault or a missing route means for the mail, for its destination and for the indicators.

use std::net::SocketAddr;

use jiff::Timestamp;

use super::Way;
use super::attempt::{Attempt, AttemptOutcome, PolicyKind, TlsFailure};
use super::connection::Connection;
use super::courier::Courier;
use super::policy::Unmet;
use super::replies::{Fault, Phase};
use super::route::NoRoute;

/// How an attempt ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// The peer has it.
    Taken,
    /// Never; `contact` says that the address is why, not the mail.
    Refused { status: String, contact: bool },
    /// Not now, this mail: the destination works.
    Later(String),
    /// Not now, and no other mail there either.
    Away(String),
}

/// A connection, and what there is to say about it in an [`Attempt`].
pub(super) struct Open {
    pub connection: Connection,
    pub story: Story,
}

/// What an [`Attempt`] says of a host.
#[derive(Clone)]
pub(super) struct Story {
    pub mx: String,
    pub address: Option<SocketAddr>,
    pub kind: PolicyKind,
    pub detail: Vec<String>,
    /// A failure of its session was told already: the session is counted once (RFC 8460 section 4.3).
    pub failed: bool,
}

impl Courier {
    /// After a mail was said over a connection: what it means for the mail, and whether the connection is kept.
    pub(super) async fn sent(&mut self, mut open: Open, sent: Result<(), Fault>) -> Ended {
        let Err(fault) = sent else {
            self.tell(&open, AttemptOutcome::Delivered, "");
            self.open = Some(open);
            return Ended::Taken;
        };
        match fault {
            Fault::Said(phase @ (Phase::Recipient | Phase::Content), status) => {
                let permanent = status.starts_with('5');
                let outcome = if permanent {
                    AttemptOutcome::Permanent
                } else {
                    AttemptOutcome::Temporary
                };
                self.tell(&open, outcome, &status);
                if open.connection.reset().await {
                    self.open = Some(open);
                }
                if permanent {
                    let contact = phase == Phase::Recipient && is_about_the_address(&status);
                    return Ended::Refused { status, contact };
                }
                Ended::Later(status)
            }
            Fault::Said(Phase::Session, status) => {
                self.tell(&open, AttemptOutcome::Temporary, &status);
                Ended::Away(status)
            }
            Fault::Lost(word) => {
                self.tell(&open, AttemptOutcome::Temporary, word);
                Ended::Away(word.into())
            }
            Fault::Closed | Fault::Tls(_) => {
                self.tell(&open, AttemptOutcome::Temporary, "connection-lost");
                Ended::Away("connection-lost".into())
            }
        }
    }

    pub(super) fn not_opened(&self, story: &Story, fault: Fault) -> Ended {
        let (outcome, status) = match fault {
            Fault::Tls(TlsFailure::TlsaInvalid) if story.kind != PolicyKind::Dane => {
                // No record but a pinned key was not there.
                let failure = TlsFailure::ValidationFailure;
                (
                    AttemptOutcome::TlsFailure(failure),
                    "tls: pinned-key".to_owned(),
                )
            }
            Fault::Tls(failure) => (
                AttemptOutcome::TlsFailure(failure),
                format!("tls: {}", failure.as_str()),
            ),
            Fault::Said(_, status) => (AttemptOutcome::Temporary, status),
            Fault::Lost(word) => (AttemptOutcome::Temporary, word.to_owned()),
            Fault::Closed => (AttemptOutcome::Temporary, "connection-lost".to_owned()),
        };
        self.failed(story, outcome, &status);
        Ended::Away(status)
    }

    pub(super) fn no_route(&self, no_route: NoRoute, host: &str) -> Ended {
        match no_route {
            NoRoute::Permanent(status) => Ended::Refused {
                status: status.into(),
                // Null MX and no such domain: there is no mailbox behind it.
                contact: status != "5.4.6",
            },
            NoRoute::Temporary(word) => Ended::Away(word.into()),
            NoRoute::Bogus => self.unmet(
                host,
                Unmet {
                    kind: PolicyKind::Dane,
                    detail: Vec::new(),
                    failure: TlsFailure::DnssecInvalid,
                    reason: "dnssec",
                },
            ),
        }
    }

    pub(super) fn unmet(&self, host: &str, unmet: Unmet) -> Ended {
        let story = Story {
            mx: host.to_owned(),
            address: None,
            kind: unmet.kind,
            detail: unmet.detail,
            failed: false,
        };
        self.failed(
            &story,
            AttemptOutcome::TlsFailure(unmet.failure),
            unmet.reason,
        );
        Ended::Away(format!("tls: {}", unmet.failure.as_str()))
    }

    pub(super) fn failed(&self, story: &Story, outcome: AttemptOutcome, reason: &str) {
        self.observe(story, None, outcome, reason);
    }

    fn tell(&self, open: &Open, outcome: AttemptOutcome, reason: &str) {
        self.observe(&open.story, Some(&open.connection), outcome, reason);
    }

    fn observe(
        &self,
        story: &Story,
        connection: Option<&Connection>,
        outcome: AttemptOutcome,
        reason: &str,
    ) {
        let Some(case) = self.carries else {
            return;
        };
        let by_mx = matches!(self.sender.way, Way::Mx(_));
        self.sender.observe(Attempt {
            domain: if by_mx {
                self.destination.clone()
            } else {
                story.mx.clone()
            },
            mx: story.mx.clone(),
            address: story.address.map(|address| address.ip()),
            at: Timestamp::now(),
            policy: story.kind,
            policy_detail: story.detail.clone(),
            tls: connection.and_then(|connection| connection.tls.clone()),
            new_session: connection.is_none_or(|connection| connection.mails <= 1 && !story.failed),
            outcome,
            failure_reason: reason.to_owned(),
            case: Some(case),
        });
    }
}

/// Only what says that there is no such mailbox, or not any more (RFC 3463 sections 3.2 and 3.3, RFC 7505). All else may be about
/// us (5.1.7, 5.1.8: our address; 5.7.1: a block list; a bare 550) or about today (5.2.2: full) or about this mail (5.2.3: too long).
fn is_about_the_address(status: &str) -> bool {
    let enhanced = status.split_once(' ').map(|(_, enhanced)| enhanced);
    matches!(
        enhanced,
        Some("5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.2.1")
    )
}
