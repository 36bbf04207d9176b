//! Texts that analysts reach for when they write letters: named, in the team's languages, the operator's alone.
//!
//! They are given what stands in [`CannedWords`] and nothing else, so that no part of a report gets into a letter by them (T02). Each was
//! rendered before it is offered; an analyst sees it, and changes it, before it leaves.

use std::collections::BTreeSet;

use jiff::Zoned;
use minijinja::Environment;
use serde::Serialize;

use super::{Language, MOST, TemplateFault, broken, environment, fault, render, sound};

/// Characters of a name.
const LONGEST: usize = 40;

/// All that a canned text may say.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CannedWords {
    /// `Team#000123`
    pub tag: String,
    /// The team's display name.
    pub team: String,
    /// Who writes the letter.
    pub analyst: String,
    /// Today where the team is, in the text's language, e.g. `Monday 23 November 2026`.
    pub day: String,
}

impl CannedWords {
    /// For a letter that is written now.
    pub fn new(language: &str, tag: &str, team: &str, analyst: &str, now: &Zoned) -> CannedWords {
        CannedWords {
            tag: tag.to_owned(),
            team: team.to_owned(),
            analyst: analyst.to_owned(),
            day: Language::named(language).map_or_else(String::new, |one| one.date(now)),
        }
    }
}

/// The canned texts of one installation.
#[derive(Clone, Debug)]
pub struct Canned {
    texts: Environment<'static>,
    /// Name and language.
    names: BTreeSet<(String, String)>,
}

impl Canned {
    /// These files (name and text), each in one of these languages. One that is wrong is left out, and what is wrong is said.
    pub fn with(
        files: Vec<(String, String)>,
        languages: &[String],
    ) -> (Canned, Vec<TemplateFault>) {
        let mut canned = Canned {
            texts: environment(),
            names: BTreeSet::new(),
        };
        let mut faults = Vec::new();
        for (file, text) in files {
            if let Err(fault) = canned.take(&file, text, languages) {
                canned.texts.remove_template(&file);
                faults.push(fault);
            }
        }
        (canned, faults)
    }

    fn take(
        &mut self,
        file: &str,
        text: String,
        languages: &[String],
    ) -> Result<(), TemplateFault> {
        let named = named(file).filter(|(_, language)| languages.contains(language));
        let (name, language) = named.ok_or_else(|| TemplateFault::Misnamed {
            name: file.to_owned(),
            languages: languages.join(", "),
        })?;
        if text.len() > MOST {
            return Err(broken(file, 0, "longer than 8 KiB"));
        }
        let added = self.texts.add_template_owned(file.to_owned(), text);
        added.map_err(|error| fault::<CannedWords>(file, &error))?;
        let sample = CannedWords {
            tag: "CSIRT#000123".into(),
            team: "Example CSIRT".into(),
            analyst: "kim".into(),
            day: "Monday 23 November 2026".into(),
        };
        self.rendered(file, &sample)?;
        self.names.insert((name, language));
        Ok(())
    }

    /// Which there are: name and language, in order.
    pub fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let names = self.names.iter();
        names.map(|(name, language)| (name.as_str(), language.as_str()))
    }

    /// One of them, with its words filled in; `None` when there is none of this name in this language.
    ///
    /// # Errors
    /// [`TemplateFault::Broken`] when it can't be rendered with these words.
    pub fn text(
        &self,
        (name, language): (&str, &str),
        words: &CannedWords,
    ) -> Result<Option<String>, TemplateFault> {
        let is_there = self.names().any(|known| known == (name, language));
        let file = format!("{name}.{language}.txt");
        is_there.then(|| self.rendered(&file, words)).transpose()
    }

    fn rendered(&self, file: &str, words: &CannedWords) -> Result<String, TemplateFault> {
        let text = render(&self.texts, file, words)?;
        sound(file, &text)?;
        Ok(text)
    }
}

/// Name and language of a file.
fn named(file: &str) -> Option<(String, String)> {
    let (name, language) = file.strip_suffix(".txt")?.rsplit_once('.')?;
    let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (1..=LONGEST).contains(&name.len()) && name.chars().all(is_fine);
    fits.then(|| (name.to_owned(), language.to_owned()))
}
