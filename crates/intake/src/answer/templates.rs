//! The texts of answers as templates (minijinja): built in, or the operator's own in place of them.
//!
//! A template is given what stands in [`Words`] and nothing else: no part of a report can get into an answer (T02). Tag,
//! marking, header and the lines below the text are not its business, so it can't lose or break them (T2, T55). It reads no
//! file: there is no `include`, no `import`, and no loader behind them.

mod canned;
mod samples;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use super::words::Language;

pub use self::canned::{Canned, CannedWords};

/// Octets of a template and of what it makes.
pub const MOST: usize = 8 * 1024;
/// Characters of a line that a template makes.
const WIDEST: usize = 200;
/// Steps of one template: some hundred times what the built-in ones take.
const FUEL: u64 = 50_000;

macro_rules! built_in {
    ($($name:literal)*) => { [$(($name, include_str!(concat!("templates/", $name)))),*] };
}

/// Name and text of every template that is built in.
pub const BUILT_IN: [(&str, &str); 16] = built_in![
    "acknowledgement.en.txt" "acknowledgement.fr.txt" "acknowledgement.de.txt" "acknowledgement.es.txt"
    "key.en.txt" "key.fr.txt" "key.de.txt" "key.es.txt"
    "notice.en.txt" "notice.fr.txt" "notice.de.txt" "notice.es.txt"
    "overdue.en.txt" "overdue.fr.txt" "overdue.de.txt" "overdue.es.txt"
];

/// All that a template may say. Texts without a value are empty, and so false in a condition.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Words {
    /// The team's display name.
    pub team: String,
    /// `Team#000123`; empty for a key request; of overdue tickets the first.
    pub reference: String,
    /// The report is encrypted and could not be opened.
    pub unreadable: bool,
    /// It named a ticket, without proof that it belongs there, and got a new one.
    pub unknown_tag: bool,
    /// It was added to the ticket that it belongs to.
    pub follow_up: bool,
    /// It was, and the ticket had been closed.
    pub reopened: bool,
    /// It says what its sender reported before, [`Words::since`], and was added to the ticket of that; it is `follow_up`, too.
    pub repeated: bool,
    /// It came in clear, with a marking that asks for more: [`Words::tlp`] names it where that may be said.
    pub sensitive: bool,
    /// It came in clear, and so does this answer, and it should not have: the answer says as little as can be.
    pub discreet: bool,
    /// It came encrypted, and this answer is not, for want of a key.
    pub ask_key: bool,
    /// The report's marking, e.g. `TLP:GREEN`; empty when there is none, or it is not to be named.
    pub tlp: String,
    /// Business hours in the language's words; empty around the clock.
    pub hours: String,
    /// When work begins again; empty while it goes on.
    pub next: String,
    /// Until when an answer is meant to be given; empty when no time is told.
    pub due: String,
    /// Since which day we have the same report; empty when this is the first.
    pub since: String,
    /// When the report came.
    pub received: String,
    /// Whom to call stands above: the notice is encrypted.
    pub contacts: bool,
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
    #[error("{name}: no answer has a template of this name; there are {}", names())]
    Unknown {
        /// The file's name.
        name: String,
    },
    /// Permanent: no letter's text has such a name.
    #[error(
        "{name}: a canned text is a file NAME.LANGUAGE.txt, with a name of small letters, digits and hyphens, and one of these languages: {languages}"
    )]
    Misnamed {
        /// The file's name.
        name: String,
        /// The team's languages.
        languages: String,
    },
    /// Permanent: it can't be read or rendered.
    #[error("{}: {problem}", place(name, *line))]
    Broken {
        /// The template.
        name: String,
        /// From 1; 0 when not known.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

/// The templates of one installation: the built-in ones, and those that stand before them, every one of which was rendered
/// with a sample of each case.
#[derive(Clone, Debug)]
pub struct Templates {
    built_in: Environment<'static>,
    own: Environment<'static>,
}

impl Default for Templates {
    fn default() -> Self {
        let mut built_in = environment();
        for (name, text) in BUILT_IN {
            // A test renders all of them.
            let _ = built_in.add_template(name, text);
        }
        Templates {
            built_in,
            own: environment(),
        }
    }
}

/// A text, and what was wrong with the operator's template when the built-in one had to do.
pub(super) type Rendered = (String, Option<TemplateFault>);

impl Templates {
    /// The built-in ones, with these (name, text) in place of those of the same name. One that is wrong is left out, and what
    /// is wrong is said: the built-in one serves.
    pub fn with(own: Vec<(String, String)>) -> (Templates, Vec<TemplateFault>) {
        let mut templates = Templates::default();
        let mut faults = Vec::new();
        for (name, text) in own {
            if let Err(fault) = templates.take(&name, text) {
                templates.own.remove_template(&name);
                faults.push(fault);
            }
        }
        (templates, faults)
    }

    fn take(&mut self, name: &str, text: String) -> Result<(), TemplateFault> {
        if !BUILT_IN.iter().any(|(known, _)| *known == name) {
            return Err(TemplateFault::Unknown {
                name: name.to_owned(),
            });
        }
        if text.len() > MOST {
            return Err(broken(name, 0, "longer than 8 KiB"));
        }
        let added = self.own.add_template_owned(name.to_owned(), text);
        added.map_err(|error| fault::<Words>(name, &error))?;
        check(&self.own, name)
    }

    /// Which answers have a text of the operator's.
    pub fn own_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .own
            .templates()
            .map(|(name, _)| name.to_owned())
            .collect();
        names.sort();
        names
    }

    pub(super) fn acknowledgement(
        &self,
        language: Language,
        words: &Words,
    ) -> Result<Rendered, TemplateFault> {
        self.text("acknowledgement", language, words)
    }

    pub(super) fn key(&self, language: Language, words: &Words) -> Result<Rendered, TemplateFault> {
        self.text("key", language, words)
    }

    pub(super) fn notice(
        &self,
        language: Language,
        words: &Words,
    ) -> Result<Rendered, TemplateFault> {
        self.text("notice", language, words)
    }

    pub(super) fn overdue(
        &self,
        language: Language,
        words: &Words,
    ) -> Result<Rendered, TemplateFault> {
        self.text("overdue", language, words)
    }

    /// The operator's text if there is one and it can be rendered: an answer is never lost for its wording.
    fn text(
        &self,
        kind: &str,
        language: Language,
        words: &Words,
    ) -> Result<Rendered, TemplateFault> {
        let name = format!("{kind}.{}.txt", language.code());
        if self.own.get_template(&name).is_ok() {
            let own = render(&self.own, &name, words);
            match own.and_then(|text| sound(&name, &text).map(|()| text)) {
                Ok(text) => return Ok((text, None)),
                Err(fault) => return Ok((render(&self.built_in, &name, words)?, Some(fault))),
            }
        }
        Ok((render(&self.built_in, &name, words)?, None))
    }
}

/// Renders a template with a sample of every case.
fn check(environment: &Environment<'_>, name: &str) -> Result<(), TemplateFault> {
    for words in samples::all(name) {
        let text = render(environment, name, &words)?;
        sound(name, &text)?;
        if name.starts_with("key.") && !text.contains(&words.fingerprint) {
            return Err(broken(name, 0, "does not show {{ fingerprint }}"));
        }
    }
    Ok(())
}

/// Whether a text can stand in a mail.
fn sound(name: &str, text: &str) -> Result<(), TemplateFault> {
    let bad = |c: char| super::is_hidden(c) && !matches!(c, '\n' | '\r' | '\t');
    let line = |found: usize| found.saturating_add(1);
    if let Some(found) = text.lines().position(|line| line.contains(bad)) {
        let problem = format!(
            "makes control or invisible characters in line {} of the text",
            line(found)
        );
        return Err(broken(name, 0, &problem));
    }
    let mut lines = text.lines();
    if let Some(found) = lines.position(|line| line.chars().count() > WIDEST) {
        let problem = format!(
            "makes more than {WIDEST} characters in line {} of the text",
            line(found)
        );
        return Err(broken(name, 0, &problem));
    }
    if text.trim().is_empty() || text.len() > MOST {
        return Err(broken(name, 0, "makes no text, or more than 8 KiB"));
    }
    Ok(())
}

fn render<T: Default + Serialize>(
    environment: &Environment<'_>,
    name: &str,
    words: &T,
) -> Result<String, TemplateFault> {
    let template = environment.get_template(name);
    template
        .and_then(|template| template.render(Serde(words)))
        .map_err(|error| fault::<T>(name, &error))
}

/// Plain text, nothing from files; a name that does not exist is an error, and so is a template without end.
fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true);
    // Only other delimiters could be refused.
    if let Ok(syntax) = syntax.keep_trailing_newline(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_fuel(Some(FUEL));
    environment
}

fn broken(name: &str, line: usize, problem: &str) -> TemplateFault {
    TemplateFault::Broken {
        name: name.to_owned(),
        line,
        problem: problem.to_owned(),
    }
}

fn fault<T: Default + Serialize>(name: &str, error: &minijinja::Error) -> TemplateFault {
    let kind = error.kind();
    let problem = match (kind, error.detail()) {
        (_, Some(detail)) => format!("{kind}: {detail}"),
        (ErrorKind::UndefinedError, None) => {
            format!("a name that does not exist; there are {}", words::<T>())
        }
        (_, None) => kind.to_string(),
    };
    broken(name, error.line().unwrap_or(0), &problem)
}

fn place(name: &str, line: usize) -> String {
    match line {
        0 => name.to_owned(),
        line => format!("{name}, line {line}"),
    }
}

fn names() -> String {
    BUILT_IN.map(|(name, _)| name).join(", ")
}

/// The names that a template may use.
fn words<T: Default + Serialize>() -> String {
    let words = serde_json::to_value(T::default()).unwrap_or_default();
    let names = words.as_object().into_iter().flat_map(|words| words.keys());
    names.map(String::as_str).collect::<Vec<_>>().join(", ")
}
