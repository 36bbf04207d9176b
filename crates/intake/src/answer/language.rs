//! In which language a correspondent is answered.

use super::words::Language;
use crate::message::{self, HeaderField};

/// What tells the language, the surest first.
#[derive(Clone, Copy, Default)]
pub struct Hints<'a> {
    /// What is stored for this contact, ISO 639-1.
    pub preferred: Option<&'a str>,
    /// That of the address to which the report went.
    pub addressed: Option<&'a str>,
    /// The report's header, outside all protection.
    pub header: &'a [HeaderField],
    /// What was recognised in the text; never that of a decrypted text for an answer in clear (T02).
    pub detected: Option<&'a str>,
}

/// The first that is told and in which the team answers; `None` when none is: then two languages are used.
pub fn choose(hints: &Hints<'_>, offered: &[String]) -> Option<String> {
    let header = header_languages(hints.header);
    let told = hints.preferred.into_iter().chain(hints.addressed);
    let told = told
        .chain(header.iter().map(String::as_str))
        .chain(hints.detected);
    told.map(primary)
        .find(|code| offered.contains(code) && Language::named(code).is_some())
}

/// `Content-Language` (RFC 3282 section 2) when it names one, then `Accept-Language` by weight.
fn header_languages(header: &[HeaderField]) -> Vec<String> {
    let value = |name| message::header(header, name).map_or("", |field| field.value.as_str());
    let content: Vec<&str> = tags(value("Content-Language")).collect();
    let mut languages: Vec<String> = match content.as_slice() {
        [one] => vec![(*one).to_owned()],
        // A text in several languages says nothing of its writer's.
        _ => Vec::new(),
    };
    let mut accepted: Vec<(u16, &str)> = tags(value("Accept-Language")).map(weighted).collect();
    // Stable: of equal weight, the first.
    accepted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let accepted = accepted.into_iter().filter(|(weight, _)| *weight > 0);
    languages.extend(accepted.map(|(_, tag)| tag.to_owned()));
    languages
}

fn tags(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(',')
        .map(str::trim)
        .filter(|tag| !tag.is_empty())
        .take(20)
}

/// `fr;q=0.8`: the tag, and the weight in thousandths (RFC 9110 section 12.4.2).
fn weighted(tag: &str) -> (u16, &str) {
    let Some((tag, parameter)) = tag.split_once(';') else {
        return (1_000, tag);
    };
    let weight = parameter.trim().trim_start_matches(['q', 'Q']);
    let weight = weight.trim_start().trim_start_matches('=').trim();
    let weight = match weight.split_once('.') {
        Some(("0", digits)) => format!("{digits:0<3}").get(..3).map(str::parse),
        _ if weight == "0" => Some(Ok(0)),
        _ => None,
    };
    (weight.and_then(Result::ok).unwrap_or(1_000), tag.trim())
}

/// `fr` of `fr-CH` or `fr_CH`, lower case.
fn primary(tag: &str) -> String {
    let tag = tag.trim().to_ascii_lowercase();
    tag.split(['-', '_']).next().unwrap_or_default().to_owned()
}
