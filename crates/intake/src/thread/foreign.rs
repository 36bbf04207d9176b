//! The forms of other teams' references (T4): built in, and as the configuration adds them.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};

use super::ForeignRef;

/// Octets that a compiled pattern of the configuration may take (T43).
const MAX_COMPILED: usize = 256 * 1024;

/// A form: the capture `id` is the number or key; a capture `system`, when there is one, names the system.
#[derive(Clone, Debug)]
pub struct ForeignPattern {
    system: String,
    form: Regex,
}

/// Why a configured pattern can't be used; permanent, found when the configuration is read.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// Not a regular expression, or too large a one.
    #[error("not a usable regular expression: {0}")]
    Syntax(#[from] regex::Error),
    /// Without the capture, there is nothing to look up.
    #[error("a pattern needs a capture group named `id`")]
    NoId,
}

impl ForeignPattern {
    /// A pattern of the configuration; `system` is used when the pattern has no capture of that name.
    pub fn new(system: &str, pattern: &str) -> Result<ForeignPattern, PatternError> {
        let form = RegexBuilder::new(pattern)
            .size_limit(MAX_COMPILED)
            .build()?;
        if !form.capture_names().flatten().any(|name| name == "id") {
            return Err(PatternError::NoId);
        }
        Ok(ForeignPattern {
            system: system.to_owned(),
            form,
        })
    }

    /// All that match in a Subject.
    pub(super) fn find(&self, subject: &str) -> Vec<ForeignRef> {
        let found = self.form.captures_iter(subject).filter_map(|captures| {
            let id = captures.name("id")?.as_str().to_owned();
            let system = captures
                .name("system")
                .map_or(self.system.as_str(), |name| name.as_str())
                .trim()
                .to_owned();
            let raw = captures.get(0)?.as_str().trim().to_owned();
            (id.bytes().any(|octet| octet.is_ascii_digit()) && !is_term(&id)).then_some(
                ForeignRef {
                    system,
                    id,
                    raw,
                    in_text: false,
                },
            )
        });
        found.collect()
    }
}

/// Names with a number that are no keys of an issue tracker.
fn is_term(id: &str) -> bool {
    let terms = [
        "CVE", "CWE", "UTF", "ISO", "SHA", "RFC", "AES", "MD", "KB", "AS", "TLS", "SSL", "BCP",
        "IPV", "COVID", "WIN", "HTTP", "APT", "UNC", "TA", "TLP", "P", "T",
    ];
    id.split_once('-')
        .is_some_and(|(prefix, _)| terms.contains(&prefix))
}

/// The built-in forms, the more particular first. The names are ASCII: a look-alike of a known name is none (T44).
pub(super) fn built_in() -> &'static [ForeignPattern] {
    static FORMS: LazyLock<Vec<ForeignPattern>> = LazyLock::new(|| {
        let forms = [
            // RT `[name #1]`, OTRS and Znuny `[Ticket#2026030110000012]`, Zammad, GLPI, other CSIRTs `[Other_Team#012345]`,
            // CERT-Bund `[CB-Report#20190101-10000123]`.
            (
                "",
                r"\[(?:https?://)?(?P<system>[A-Za-z0-9][A-Za-z0-9 ._/@-]{0,60}?) ?# ?(?P<id>[0-9][A-Za-z0-9._-]{0,40}) ?\]",
            ),
            // FreeScout, Freshdesk, Redmine without a name.
            ("#", r"\[#(?P<id>[0-9]{1,15})\]"),
            // Jira.
            ("Jira", r"[\[(](?P<id>[A-Z][A-Z0-9]{1,9}-[0-9]{1,9})[\])]"),
            // Zendesk's encoded id.
            ("Zendesk", r"\[(?P<id>[A-Z0-9]{6}-[A-Z0-9]{4})\]"),
            // ManageEngine.
            ("ManageEngine", r"##(?:RE-)?(?P<id>[0-9]{1,15})##"),
            // ServiceNow: incidents, requests, security incidents, cases.
            (
                "ServiceNow",
                r"\b(?P<id>(?:INC|RITM|REQ|CHG|PRB|SIR|SCTASK|TASK|CS)[0-9]{7,10})\b",
            ),
            // Words: `Ticket ID: 12345`, `Case #12345`.
            (
                "Ticket",
                r"(?i)\b(?:ticket|case)(?: ?(?:id|no|nr|number)\.?)? ?[:#]+ ?(?P<id>[0-9]{4,20})\b",
            ),
        ];
        forms
            .map(|(system, form)| ForeignPattern {
                system: system.to_owned(),
                form: compiled(form),
            })
            .into()
    });
    &FORMS
}

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and a test compiles them all"
)]
pub(super) fn compiled(pattern: &'static str) -> Regex {
    Regex::new(pattern).expect("a constant pattern")
}
