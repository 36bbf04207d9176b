//! A canned text for a letter of an analyst, with its words filled in. Nothing of the report is in it.

use intake::answer::templates::{Canned, CannedWords};
use jiff::Timestamp;

use super::ActionFault;
use super::refusal::LetterRefusal;
use crate::config::Team;
use crate::templates;

/// The texts as they are on disk now; a wrong one is left out, as `config check` tells.
pub fn texts(team: &Team) -> Canned {
    templates::canned(team).0
}

/// The text of this name; without a language in the team's first one that it is in.
///
/// # Errors
/// [`ActionFault::Refused`] says which there are.
pub fn text(
    team: &Team,
    (name, language): (&str, Option<&str>),
    (tag, analyst): (&str, &str),
) -> Result<String, ActionFault> {
    let texts = texts(team);
    let languages = team.languages.iter().map(String::as_str);
    let mut wanted = languages.filter(|one| language.is_none_or(|language| language == *one));
    let found = wanted.find(|language| texts.names().any(|one| one == (name, *language)));
    let Some(language) = found else {
        let there: Vec<String> = texts
            .names()
            .map(|(name, language)| format!("{name} ({language})"))
            .collect();
        return Err(match there.is_empty() {
            true => LetterRefusal::NoCanned.into(),
            false => LetterRefusal::WhichCanned(there.join(", ")).into(),
        });
    };
    let now = Timestamp::now().in_tz(&team.timezone);
    let now = now.map_err(|error| LetterRefusal::Canned(error.to_string()))?;
    let words = CannedWords::new(language, tag, &team.display_name, analyst, &now);
    let text = texts.text((name, language), &words);
    let text = text.map_err(|fault| LetterRefusal::Canned(fault.to_string()))?;
    Ok(text.unwrap_or_default())
}
