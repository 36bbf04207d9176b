//! The body of an answer: the tag, the template in the right language, the team's name.

use std::fmt::Write;

use super::templates::{TemplateFault, Words};
use super::words::Language;
use super::{Letterhead, Occasion, Request};

/// In the report's language when the team answers in it, else in the team's languages, the first two of them.
pub(super) fn body(letterhead: &Letterhead, request: &Request) -> Result<String, TemplateFault> {
    let is_report = match request.occasion {
        Occasion::Received | Occasion::Unreadable => true,
        Occasion::KeyRequest => false,
    };
    let mut text = String::new();
    if is_report {
        let _ = write!(text, "[{}]\r\n", request.reference);
    }
    for (number, language) in languages(letterhead, request).into_iter().enumerate() {
        if number > 0 {
            text.push_str("\r\n----------\r\n");
        }
        if !text.is_empty() {
            text.push_str("\r\n");
        }
        let words = words(letterhead, request, language);
        let part = match is_report {
            true => letterhead.templates.acknowledgement(language, &words)?,
            false => letterhead.templates.key(language, &words)?,
        };
        for line in part.trim().lines() {
            text.push_str(line.trim_end());
            text.push_str("\r\n");
        }
    }
    let _ = write!(text, "\r\n{}\r\n", letterhead.display_name);
    if !letterhead.website.is_empty() {
        let _ = write!(text, "{}\r\n", letterhead.website);
    }
    Ok(text)
}

/// What is not known is answered in two languages: more would bury the text.
fn languages(letterhead: &Letterhead, request: &Request) -> Vec<Language> {
    let mut offered: Vec<Language> = letterhead
        .languages
        .iter()
        .filter_map(|name| Language::named(name))
        .collect();
    let wanted = request
        .language
        .as_deref()
        .and_then(Language::named)
        .filter(|wanted| offered.contains(wanted));
    if let Some(wanted) = wanted {
        return vec![wanted];
    }
    offered.truncate(2);
    if offered.is_empty() {
        offered.push(Language::English);
    }
    offered
}

fn words(letterhead: &Letterhead, request: &Request, language: Language) -> Words {
    let calendar = &letterhead.calendar;
    let next = match calendar.is_limited() && !calendar.is_open(request.now) {
        true => calendar.next_opening(request.now),
        false => None,
    };
    Words {
        team: letterhead.display_name.clone(),
        reference: request.reference.clone(),
        unreadable: request.occasion == Occasion::Unreadable,
        sensitive: request.sent_in_clear.is_some(),
        tlp: request.sent_in_clear.unwrap_or_default().to_owned(),
        hours: language.hours(calendar),
        next: next.map_or_else(String::new, |next| language.moment(&next)),
        phone: letterhead.emergency_phone.clone(),
        fingerprint: grouped(&letterhead.fingerprint),
        website: letterhead.website.clone(),
    }
}

/// The words of a Subject that says nothing of the report.
pub(super) fn received(name: Option<&str>) -> &'static str {
    known(name).received()
}

/// The Subject of the answer to a key request.
pub(super) fn key_subject(team: &str, name: Option<&str>) -> String {
    known(name).key_of(team)
}

fn known(name: Option<&str>) -> Language {
    name.and_then(Language::named).unwrap_or(Language::English)
}

/// A fingerprint in groups of four, as people compare it.
fn grouped(fingerprint: &str) -> String {
    let mut text = String::with_capacity(50);
    for (index, c) in fingerprint.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push(' ');
        }
        text.push(c);
    }
    text
}
