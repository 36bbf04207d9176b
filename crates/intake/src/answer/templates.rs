//! The texts of answers as templates (minijinja): built in, or the operator's own in place of them.
//!
//! A template is given what stands in [`Words`] and nothing else: no part of a report can get into an answer (T02). Tag,
//! header and the line below the text are not its business, so it can't lose or break them (T2, T55).

use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use super::words::Language;

/// Octets of a template and of what it makes.
const MOST: usize = 8 * 1024;
/// Steps of one template: some hundred times what the built-in ones take.
const FUEL: u64 = 50_000;

/// Name and text of every template, in the order of languages.
pub const BUILT_IN: [(&str, &str); 8] = [
    (
        "acknowledgement.en.txt",
        include_str!("templates/acknowledgement.en.txt"),
    ),
    (
        "acknowledgement.fr.txt",
        include_str!("templates/acknowledgement.fr.txt"),
    ),
    (
        "acknowledgement.de.txt",
        include_str!("templates/acknowledgement.de.txt"),
    ),
    (
        "acknowledgement.es.txt",
        include_str!("templates/acknowledgement.es.txt"),
    ),
    ("key.en.txt", include_str!("templates/key.en.txt")),
    ("key.fr.txt", include_str!("templates/key.fr.txt")),
    ("key.de.txt", include_str!("templates/key.de.txt")),
    ("key.es.txt", include_str!("templates/key.es.txt")),
];

/// All that a template may say. Texts without a value are empty, and so false in a condition.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Words {
    /// The team's display name.
    pub team: String,
    /// `Team#000123`; empty for a key request.
    pub reference: String,
    /// The report is encrypted and could not be opened.
    pub unreadable: bool,
    /// The report's marking is one that should have come encrypted, and it came in clear.
    pub sensitive: bool,
    /// That marking, e.g. `TLP:RED`; empty when not `sensitive`.
    pub tlp: String,
    /// Business hours in the language's words; empty around the clock.
    pub hours: String,
    /// When work begins again; empty while it goes on.
    pub next: String,
    /// For emergencies out of hours.
    pub phone: String,
    /// Of the team's key, in groups of four.
    pub fingerprint: String,
    /// Where the team describes itself.
    pub website: String,
}

/// What is wrong with a template of the operator's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// Permanent: no answer has this name.
    #[error("{0}: no answer has a template of this name; there are {}", names())]
    Unknown(String),
    /// Permanent: it can't be read or rendered.
    #[error("{name}, line {line}: {problem}")]
    Broken {
        /// The template.
        name: String,
        /// From 1; 0 when not known.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// The templates of one installation, every one of them rendered before with samples of each case.
#[derive(Clone, Debug)]
pub struct Templates(Environment<'static>);

impl Default for Templates {
    fn default() -> Self {
        let mut environment = environment();
        for (name, text) in BUILT_IN {
            // A test renders all of them.
            let _ = environment.add_template(name, text);
        }
        Templates(environment)
    }
}

impl Templates {
    /// The built-in ones, with these (name, text) in place of those of the same name.
    ///
    /// # Errors
    /// [`TemplateFault`], for the first that is wrong.
    pub fn with(own: Vec<(String, String)>) -> Result<Templates, TemplateFault> {
        let mut templates = Templates::default();
        for (name, text) in own {
            if !BUILT_IN.iter().any(|(known, _)| *known == name) {
                return Err(TemplateFault::Unknown(name));
            }
            if text.len() > MOST {
                return Err(broken(&name, 0, "longer than 8 KiB"));
            }
            let added = templates.0.add_template_owned(name.clone(), text);
            added.map_err(|error| fault(&name, &error))?;
            templates.check(&name)?;
        }
        Ok(templates)
    }

    /// Renders a template with a sample of every case.
    fn check(&self, name: &str) -> Result<(), TemplateFault> {
        for words in samples() {
            let text = self.render(name, &words)?;
            let bad = |c: char| c.is_control() && c != '\n' && c != '\t';
            if text.contains(bad) {
                return Err(broken(name, 0, "makes control characters"));
            }
            if text.lines().any(|line| line.chars().count() > 200) {
                return Err(broken(name, 0, "makes lines of more than 200 characters"));
            }
            if text.trim().is_empty() || text.len() > MOST {
                return Err(broken(name, 0, "makes no text, or more than 8 KiB"));
            }
            if !text.contains(&words.fingerprint) && name.starts_with("key.") {
                return Err(broken(name, 0, "does not show {{ fingerprint }}"));
            }
        }
        Ok(())
    }

    pub(super) fn acknowledgement(
        &self,
        language: Language,
        words: &Words,
    ) -> Result<String, TemplateFault> {
        self.render(&format!("acknowledgement.{}.txt", language.code()), words)
    }

    pub(super) fn key(&self, language: Language, words: &Words) -> Result<String, TemplateFault> {
        self.render(&format!("key.{}.txt", language.code()), words)
    }

    fn render(&self, name: &str, words: &Words) -> Result<String, TemplateFault> {
        let template = self.0.get_template(name);
        template
            .and_then(|template| template.render(minijinja::Value::from_serialize(words)))
            .map_err(|error| fault(name, &error))
    }
}

/// Plain text, nothing from files; a name that does not exist is an error, and so is a template without end.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_keep_trailing_newline(true);
    environment.set_fuel(Some(FUEL));
    environment.set_debug(false);
    environment
}

/// Every case: readable or not, sensitive or not, in and out of hours, with and without what a team may leave empty.
fn samples() -> impl Iterator<Item = Words> {
    (0..32_u8).map(|case| {
        let when = |bit: u8, text: &str| match case & bit {
            0 => String::new(),
            _ => text.to_owned(),
        };
        let sensitive = case & 2 != 0;
        Words {
            team: "Example CSIRT".into(),
            reference: "CSIRT#000123".into(),
            unreadable: case & 1 != 0,
            sensitive,
            tlp: when(2, "TLP:RED"),
            hours: when(4, "Monday to Friday, 07:00 to 20:00 (Europe/Paris time)"),
            next: when(4, "on Monday 23 November 2026 at 07:00 (UTC+01:00)"),
            phone: when(8, "+33 1 99 00 00 00"),
            fingerprint: when(16, "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567"),
            website: when(8, "https://csirt.example.org/rfc2350"),
        }
    })
}

fn broken(name: &str, line: usize, problem: &str) -> TemplateFault {
    TemplateFault::Broken {
        name: name.to_owned(),
        line,
        problem: problem.to_owned(),
    }
}

fn fault(name: &str, error: &minijinja::Error) -> TemplateFault {
    let kind = error.kind();
    let problem = match error.detail() {
        Some(detail) => format!("{kind}: {detail}"),
        None if kind == ErrorKind::UndefinedError => {
            "a value that does not exist; see `pillarbox config templates`".to_owned()
        }
        None => kind.to_string(),
    };
    broken(name, error.line().unwrap_or(0), &problem)
}

fn names() -> String {
    BUILT_IN.map(|(name, _)| name).join(", ")
}
