//! `[triage]`: what the classifier is told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::units::Span;

/// How mail is classified.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Triage {
    /// Names of rules that are switched off, as `config rules` prints them.
    pub disabled_rules: Vec<String>,
    /// List-Ids of lists through which the team takes reports.
    pub own_lists: Vec<String>,
    /// Whether a trusted relay's `X-Spam-Flag: YES` keeps mail out of the queue; otherwise it only holds the answer.
    pub obey_spam_flag: bool,
    /// Mail opens a closed ticket again that was quiet for no longer than this; later it opens one that follows it.
    pub reopen: Span,
    /// A report that its sender, who is proved, sends again within this time joins the ticket of the first; zero: none does.
    pub repeat: Span,
}

impl Default for Triage {
    fn default() -> Self {
        Triage {
            disabled_rules: Vec::new(),
            own_lists: Vec::new(),
            obey_spam_flag: false,
            reopen: Span(Duration::from_hours(30 * 24)),
            repeat: Span(Duration::from_hours(7 * 24)),
        }
    }
}
