//! `[triage]`: what the classifier is told.

use serde::{Deserialize, Serialize};

/// How mail is classified.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Triage {
    /// Names of rules that are switched off, as `config rules` prints them.
    pub disabled_rules: Vec<String>,
    /// List-Ids of lists through which the team takes reports.
    pub own_lists: Vec<String>,
    /// Whether a trusted relay's `X-Spam-Flag: YES` keeps mail out of the queue; otherwise it only holds the answer.
    pub obey_spam_flag: bool,
}
