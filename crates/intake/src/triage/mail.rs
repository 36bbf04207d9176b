//! What the rules may look at, prepared once a message.

use crate::envelope::{Envelope, ReversePath};
use crate::message::{HeaderField, header, headers_named, own_text};
use crate::reading::{ReadPart, Reading};

use super::TriagePolicy;

/// Characters of an excerpt that is kept as evidence.
const MAX_EVIDENCE: usize = 80;
/// Characters at the start of the text that wording is looked for in.
const MAX_TEXT: usize = 3_000;

/// A message as the rules see it.
pub(super) struct Mail<'a> {
    pub(super) envelope: &'a Envelope,
    pub(super) reading: &'a Reading,
    pub(super) policy: &'a TriagePolicy,
    /// The outer Subject, lower case, blanks collapsed.
    pub(super) subject: String,
    /// The start of the outer unencrypted text, lower case, blanks collapsed.
    pub(super) text: String,
    /// What the sender wrote of that himself: no quotation, nothing passed on, no signature.
    pub(super) own: String,
    /// The first line that he wrote, likewise.
    pub(super) first_line: String,
    /// And the last one.
    pub(super) last_line: String,
    /// All of them, likewise.
    pub(super) lines: Vec<String>,
}

impl<'a> Mail<'a> {
    pub(super) fn new(
        envelope: &'a Envelope,
        reading: &'a Reading,
        policy: &'a TriagePolicy,
    ) -> Mail<'a> {
        let subject = reading.outer_subject.as_deref().unwrap_or_default();
        let (mut text, mut own) = (String::new(), String::new());
        for part in reading.parts.iter().filter(|part| is_outer_text(part)) {
            let start: String = part
                .text
                .as_deref()
                .unwrap_or_default()
                .chars()
                .take(MAX_TEXT)
                .collect();
            // The same words as HTML say nothing more about who wrote them.
            if own.trim().is_empty() {
                own = own_text(&start, subject);
            }
            text.push_str(&start);
            text.push('\n');
        }
        let lines = own.lines().map(folded).filter(|line| !line.is_empty());
        let lines: Vec<String> = lines.collect();
        let first_line = lines.first().cloned().unwrap_or_default();
        let last_line = lines.iter().skip(1).next_back().cloned();
        Mail {
            envelope,
            reading,
            policy,
            subject: folded(subject),
            text: folded(&text),
            first_line,
            last_line: last_line.unwrap_or_default(),
            lines,
            own: folded(&own),
        }
    }

    pub(super) fn field(&self, name: &str) -> Option<&'a HeaderField> {
        header(&self.reading.headers, name)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.field(name).is_some()
    }

    pub(super) fn fields(&self, name: &str) -> impl Iterator<Item = &'a HeaderField> {
        headers_named(&self.reading.headers, name)
    }

    /// The first field of these names, as evidence.
    pub(super) fn any_of(&self, names: &[&str]) -> Option<String> {
        self.reading
            .headers
            .iter()
            .find(|field| {
                names
                    .iter()
                    .any(|name| field.name.eq_ignore_ascii_case(name))
            })
            .map(excerpt)
    }

    /// The first field whose name begins so, in lower case, as evidence.
    pub(super) fn any_beginning(&self, prefixes: &[&str]) -> Option<String> {
        let named = |field: &&HeaderField| {
            let name = field.name.to_ascii_lowercase();
            prefixes.iter().any(|prefix| name.starts_with(prefix))
        };
        self.reading.headers.iter().find(named).map(excerpt)
    }

    /// The first field of that name whose value satisfies the test, as evidence; the value is given in lower case.
    pub(super) fn field_where(&self, name: &str, test: impl Fn(&str) -> bool) -> Option<String> {
        self.fields(name)
            .find(|field| test(&field.value.to_lowercase()))
            .map(excerpt)
    }

    /// The subject as evidence.
    pub(super) fn subject_evidence(&self) -> String {
        self.field("Subject")
            .map_or_else(|| "Subject".to_owned(), excerpt)
    }

    pub(super) fn null_path(&self) -> bool {
        match &self.envelope.reverse_path {
            ReversePath::Null => true,
            ReversePath::Mailbox(_) | ReversePath::Unknown => false,
        }
    }

    /// The reverse-path, lower case; empty when it is null, not known, or a forwarder's (SRS), which tells nothing of who wrote.
    pub(super) fn reverse_path(&self) -> String {
        let rewritten = |address: &String| {
            ["srs0", "srs1", "bounces+srs="]
                .iter()
                .any(|start| address.starts_with(start))
        };
        match &self.envelope.reverse_path {
            ReversePath::Mailbox(address) => Some(address.to_lowercase())
                .filter(|path| !rewritten(path))
                .unwrap_or_default(),
            ReversePath::Null | ReversePath::Unknown => String::new(),
        }
    }

    /// The From addresses and the reverse-path, lower case.
    pub(super) fn senders(&self) -> Vec<String> {
        let from = self
            .reading
            .from
            .iter()
            .map(|mailbox| mailbox.address.to_lowercase());
        from.chain(Some(self.reverse_path()))
            .filter(|address| !address.is_empty())
            .collect()
    }

    /// Local parts of [`Mail::senders`].
    pub(super) fn sender_names(&self) -> Vec<String> {
        self.senders()
            .iter()
            .map(|address| {
                address
                    .rsplit_once('@')
                    .map_or(address.as_str(), |(local, _)| local)
                    .to_owned()
            })
            .collect()
    }

    /// The leading token of Auto-Submitted (RFC 3834 section 5), lower case; empty when there is none.
    pub(super) fn auto_submitted(&self) -> String {
        let value = self
            .field("Auto-Submitted")
            .map(|field| field.value.to_lowercase())
            .unwrap_or_default();
        value
            .split([';', ' ', '(', '\t'])
            .next()
            .unwrap_or_default()
            .to_owned()
    }

    /// Whether the message says that it answers another.
    pub(super) fn answers(&self) -> bool {
        self.has("In-Reply-To") || self.has("References") || self.has("X-Original-Message-ID")
    }

    /// A person forwards: what follows the prefix is somebody else's Subject.
    pub(super) fn forwarded(&self) -> bool {
        const PREFIXES: [&str; 21] = [
            "fwd:",
            "fwd :",
            "fw:",
            "fw :",
            "wg:",
            "tr:",
            "tr :",
            "rv:",
            "i:",
            "enc:",
            "doorst:",
            "pd:",
            "vb:",
            "vl:",
            "prz:",
            "přep:",
            "转发:",
            "转发：",
            "轉寄:",
            "轉寄：",
            "転送:",
        ];
        self.prefixed(&PREFIXES)
    }

    /// A person forwards or answers.
    pub(super) fn forwarded_or_answered(&self) -> bool {
        let answers = [
            "re:", "re :", "aw:", "sv:", "vs:", "antw:", "odp:", "r:", "res:",
        ];
        self.forwarded() || self.prefixed(&answers)
    }

    /// Whether one of these stands before the Subject, behind tags of lists and tickets: `[x] Fwd: …`, `[Fwd: …]`.
    fn prefixed(&self, prefixes: &[&str]) -> bool {
        let mut subject = self.subject.as_str();
        while let Some(rest) = subject.strip_prefix('[') {
            subject = match rest.split_once(']') {
                Some((_, after)) if !after.trim().is_empty() => after.trim_start(),
                Some(_) | None => rest,
            };
        }
        prefixes.iter().any(|prefix| subject.starts_with(prefix))
    }
}

/// Parts whose words are the sender's and that everybody on the way could read.
fn is_outer_text(part: &ReadPart) -> bool {
    !part.encrypted
        && !part.attachment
        && part.enclosing_messages == 0
        && part.content_type.starts_with("text/")
}

/// Name and value, short and harmless.
pub(super) fn excerpt(field: &HeaderField) -> String {
    harmless(&format!("{}: {}", field.name, field.value))
}

/// At most 80 characters, without control, bidirectional or zero-width characters (T44).
pub(super) fn harmless(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
    };
    text.chars()
        .filter(|character| !hidden(*character))
        .take(MAX_EVIDENCE)
        .collect()
}

fn folded(text: &str) -> String {
    text.to_lowercase()
        .replace('\u{2019}', "'")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
