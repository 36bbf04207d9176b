//! What is this, and may it be answered: two questions, one ordered table of [`rules`].
//!
//! Only the envelope, the outer header fields, the outer structure and the text of outer unencrypted parts are looked at:
//! whether a message is acknowledged never depends on what was decrypted (T06). Structure comes before header fields, and
//! header fields before wording. Suppression never loses mail: what is classified here is stored all the same (L5).

#[rustfmt::skip]
mod automatic;
#[rustfmt::skip]
mod composed;
#[rustfmt::skip]
mod confirmed;
#[rustfmt::skip]
mod gapped;
mod header;
mod hold;
#[rustfmt::skip]
mod incident;
mod mail;
mod notice;
#[rustfmt::skip]
mod notifier;
#[rustfmt::skip]
mod product;
mod rules;
mod sentences;
mod structure;
mod tagged;
mod wording;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

pub use notice::{Failure, failures, named_addresses};
pub use rules::{Decides, Rule, rules};

use crate::envelope::Envelope;
use crate::reading::Reading;
use mail::Mail;

/// Says what a message is and whether it may be answered automatically.
///
/// The first rule that matches and decides the kind does so; the first that matches and holds the answer does that. A
/// message that no rule catches is a report by a person. An envelope without a known reverse-path decides nothing.
/// [`DispositionKind::Reply`] is never returned: whether a report belongs to a ticket is found by [`crate::thread`].
pub fn classify(envelope: &Envelope, reading: &Reading, policy: &TriagePolicy) -> Disposition {
    let mail = Mail::new(envelope, reading, policy);
    let mut decided: Option<(DispositionKind, &Rule, String)> = None;
    let mut held: Option<(&Rule, String)> = None;
    for rule in rules()
        .iter()
        .filter(|rule| !policy.disabled_rules.contains(rule.name))
    {
        match rule.decides {
            Decides::Kind(_) | Decides::Guess(_) if decided.is_some() => {}
            Decides::Kind(kind) | Decides::Guess(kind) => {
                decided = rule.evidence(&mail).map(|evidence| (kind, rule, evidence))
            }
            Decides::Hold if held.is_some() => {}
            Decides::Hold => held = rule.evidence(&mail).map(|evidence| (rule, evidence)),
        }
    }
    let Some((kind, rule, evidence)) = decided else {
        return report(held);
    };
    Disposition {
        kind,
        acknowledge: kind.is_answerable() && held.is_none(),
        rule: Some(rule.name.to_owned()),
        evidence: Some(evidence),
    }
}

fn report(held: Option<(&Rule, String)>) -> Disposition {
    let acknowledge = held.is_none();
    let (rule, evidence) = held
        .map(|(rule, evidence)| (rule.name.to_owned(), evidence))
        .unzip();
    Disposition {
        kind: DispositionKind::Report,
        acknowledge,
        rule,
        evidence,
    }
}

/// What a message is and whether it may be answered. This is the `disposition` object of `inspect --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// What it is.
    pub kind: DispositionKind,
    /// Whether the message, by its own nature, may be answered automatically.
    pub acknowledge: bool,
    /// The name of the rule that decided: about the kind, else about the answer. `None` for a plain report.
    pub rule: Option<String>,
    /// The field and a short piece of its value, at most 80 characters without control characters.
    pub evidence: Option<String>,
}

impl Disposition {
    /// Whether it may open a ticket; any other is kept without one, or joins the ticket that it is about. Words alone keep
    /// nothing out of the queue that may be somebody's report.
    pub fn may_open_ticket(&self) -> bool {
        self.kind.may_open_ticket() || self.rule.as_deref().is_some_and(rules::is_guess)
    }
}

/// The kinds of `interfaces.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DispositionKind {
    /// A report, by a person or a machine.
    Report,
    /// A report that belongs to a ticket; decided by [`crate::thread`].
    Reply,
    /// An automatic answer (RFC 3834).
    AutoReply,
    /// An automatic answer that says that somebody is away.
    OutOfOffice,
    /// A delivery status notification (RFC 3464), or a bounce in free text.
    DeliveryStatus,
    /// A read receipt (RFC 8098).
    DispositionNotification,
    /// A report by a machine in a standard form: ARF (RFC 5965), X-ARF, XARF and DMARC reports. Stored as a report.
    FeedbackReport,
    /// A post to a mailing list, or a newsletter.
    List,
    /// A challenge-response system asks us to prove that we are human.
    Challenge,
    /// Our own mail come back.
    OwnLoop,
    /// Somebody asks for the team's key by mail.
    KeyRequest,
    /// A trusted filter in front of us says that it is spam, and the policy follows it.
    SpamSuspect,
}

impl DispositionKind {
    /// Whether this kind may be answered automatically when no rule holds the answer.
    pub fn is_answerable(self) -> bool {
        match self {
            DispositionKind::Report | DispositionKind::Reply | DispositionKind::KeyRequest => true,
            DispositionKind::AutoReply
            | DispositionKind::OutOfOffice
            | DispositionKind::DeliveryStatus
            | DispositionKind::DispositionNotification
            | DispositionKind::FeedbackReport
            | DispositionKind::List
            | DispositionKind::Challenge
            | DispositionKind::OwnLoop
            | DispositionKind::SpamSuspect => false,
        }
    }

    /// Whether all mail of this kind may open a ticket.
    pub fn may_open_ticket(self) -> bool {
        matches!(
            self,
            DispositionKind::Report | DispositionKind::Reply | DispositionKind::FeedbackReport
        )
    }

    /// The word that stands in JSON and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            DispositionKind::Report => "report",
            DispositionKind::Reply => "reply",
            DispositionKind::AutoReply => "auto_reply",
            DispositionKind::OutOfOffice => "out_of_office",
            DispositionKind::DeliveryStatus => "delivery_status",
            DispositionKind::DispositionNotification => "disposition_notification",
            DispositionKind::FeedbackReport => "feedback_report",
            DispositionKind::List => "list",
            DispositionKind::Challenge => "challenge",
            DispositionKind::OwnLoop => "own_loop",
            DispositionKind::KeyRequest => "key_request",
            DispositionKind::SpamSuspect => "spam_suspect",
        }
    }
}

/// What triage must know of the installation, and one fact that the caller has checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TriagePolicy {
    /// The addresses that we send from, lower case, without `+detail`.
    pub own_addresses: BTreeSet<String>,
    /// The domains of the Message-IDs that we make, lower case.
    pub own_id_domains: BTreeSet<String>,
    /// A `X-Pillarbox-Loop` field of this message carries a token of ours: checked by the caller, who has the key.
    pub own_loop_token: bool,
    /// List-Ids, lower case, without angle brackets, of lists through which the team takes reports: no list to triage.
    pub own_lists: BTreeSet<String>,
    /// Whether `X-Spam-Flag: YES` of a trusted relay makes mail `spam_suspect`; otherwise it only holds the answer (L6).
    pub obey_spam_flag: bool,
    /// Names of rules that the operator has switched off.
    pub disabled_rules: BTreeSet<String>,
}
