//! The body of an answer: the tag and the marking, the template in the right language, the team's name.

use std::fmt::Write;

use extract::Tlp;

use super::templates::{TemplateFault, Words};
use super::words::Language;
use super::{Contact, Letterhead, Notice, Number, Occasion, Overdue, Request, one_line};

/// Columns of a line, as mail is read (RFC 5322 section 2.1.1 asks for 78 with the quotation marks of a reply).
const COLUMNS: usize = 76;

/// A space at which no line is broken while it is filled; it leaves as a plain one.
const TIE: &str = "\u{a0}";

/// A text, and what was wrong with a template of the operator's.
type Text = Result<(String, Option<TemplateFault>), TemplateFault>;

/// In the language that was chosen, else in the team's first two.
pub(super) fn body(letterhead: &Letterhead, request: &Request) -> Text {
    let is_report = request.occasion != Occasion::KeyRequest;
    let mut text = String::new();
    if is_report {
        head(&mut text, &request.reference);
        // FIRST TLP 2.0: above the text that it is about (C9).
        if let Some(marking) = told_marking(request) {
            let _ = write!(text, "{marking}\r\n");
        }
    }
    let mut broken = None;
    let languages = languages(letterhead, request.language.as_deref());
    for (number, language) in languages.into_iter().enumerate() {
        if number > 0 {
            text.push_str("\r\n----------\r\n");
        }
        let words = words(letterhead, request, language);
        let templates = &letterhead.templates;
        let (part, fault) = match is_report {
            true => templates.acknowledgement(language, &words)?,
            false => templates.key(language, &words)?,
        };
        broken = broken.or(fault);
        add(&mut text, &part);
    }
    sign(&mut text, letterhead);
    Ok((text, broken))
}

/// In the team's first language.
pub(super) fn notice(letterhead: &Letterhead, notice: &Notice) -> Text {
    let languages = languages(letterhead, None);
    let language = languages.first().copied().unwrap_or(Language::English);
    let calendar = &letterhead.calendar;
    let words = Words {
        reference: one_line(&notice.reference, 100),
        unreadable: notice.unreadable,
        received: language.moment(&calendar.local(notice.received)),
        due: notice
            .due
            .as_ref()
            .map_or_else(String::new, |due| language.until(due)),
        contacts: !notice.contacts.is_empty(),
        ..of_team(letterhead, language)
    };
    let (part, fault) = letterhead.templates.notice(language, &words)?;
    let mut text = String::new();
    head(&mut text, &notice.reference);
    call(&mut text, language, &notice.contacts);
    add(&mut text, &part);
    sign(&mut text, letterhead);
    Ok((text, fault))
}

/// Tickets that an overdue notice names; the queue shows all.
pub const NAMED: usize = 20;

/// The tickets with their time and state, then what is to be said of them, in the team's first language.
pub(super) fn overdue(letterhead: &Letterhead, overdue: &Overdue) -> Text {
    let languages = languages(letterhead, None);
    let language = languages.first().copied().unwrap_or(Language::English);
    let words = Words {
        reference: one_line(overdue.first(), 100),
        contacts: overdue
            .tickets
            .iter()
            .any(|ticket| !ticket.contacts.is_empty()),
        ..of_team(letterhead, language)
    };
    let (part, fault) = letterhead.templates.overdue(language, &words)?;
    let mut text = String::new();
    for ticket in overdue.tickets.iter().take(NAMED) {
        let due = letterhead.calendar.local(ticket.due);
        let due = due.strftime("%Y-%m-%d %H:%M (UTC%:z)");
        let _ = write!(text, "[{}]  {due}  {}\r\n", ticket.reference, ticket.state);
        call(&mut text, language, &ticket.contacts);
    }
    let more = overdue.tickets.len().saturating_sub(NAMED);
    if more > 0 {
        let _ = write!(text, "(+{more})\r\n");
    }
    add(&mut text, &part);
    sign(&mut text, letterhead);
    Ok((text, fault))
}

/// Organisations that are named below a ticket.
const CALLED: usize = 5;

/// `    Example Bank: +352 99 00 00 (out of hours), +352 12 34 56`
fn call(text: &mut String, language: Language, contacts: &[Contact]) {
    for contact in contacts.iter().take(CALLED) {
        let numbers: Vec<String> = contact
            .numbers
            .iter()
            .map(|one| number(language, one))
            .collect();
        let _ = write!(
            text,
            "    {}: {}\r\n",
            one_line(&contact.name, 60),
            numbers.join(", ")
        );
    }
    let more = contacts.len().saturating_sub(CALLED);
    if more > 0 {
        let _ = write!(text, "    (+{more})\r\n");
    }
}

fn number(language: Language, one: &Number) -> String {
    let number = one_line(&one.number, 64);
    let person = one_line(&one.person, 60);
    match (person.as_str(), one.out_of_hours) {
        ("", false) => number,
        ("", true) => format!("{number} ({})", language.out_of_hours()),
        (person, _) => format!("{number} ({person})"),
    }
}

fn head(text: &mut String, reference: &str) {
    let _ = write!(text, "[{reference}]\r\n");
}

/// The template's lines, no wider than mail is read, and no empty ones in a row.
fn add(text: &mut String, part: &str) {
    if !text.is_empty() {
        text.push_str("\r\n");
    }
    let mut empty = false;
    for paragraph in paragraphs(part.trim()) {
        for line in paragraph {
            if line.is_empty() && empty {
                continue;
            }
            empty = line.is_empty();
            text.push_str(&line.replace(TIE, " "));
            text.push_str("\r\n");
        }
    }
}

fn sign(text: &mut String, letterhead: &Letterhead) {
    let _ = write!(text, "\r\n{}\r\n", one_line(&letterhead.display_name, 100));
    if !letterhead.website.is_empty() {
        let _ = write!(text, "{}\r\n", one_line(&letterhead.website, 200));
    }
}

/// Runs of lines; those of which one is too wide are filled anew. What is indented, as a fingerprint is, stays as it stands.
fn paragraphs(text: &str) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = Vec::new();
    let mut apart = true;
    for line in text.lines().map(str::trim_end) {
        let alone = line.is_empty() || line.starts_with([' ', '\t']);
        match all.last_mut() {
            Some(run) if !apart && !alone => run.push(line.to_owned()),
            Some(_) | None => all.push(vec![line.to_owned()]),
        }
        apart = alone;
    }
    let wide = |line: &String| line.chars().count() > COLUMNS && !line.starts_with([' ', '\t']);
    for run in &mut all {
        if run.iter().any(wide) {
            *run = filled(run);
        }
    }
    all
}

fn filled(run: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in run.iter().flat_map(|line| line.split(' ')) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// What was chosen, or two: more would bury the text.
pub(super) fn languages(letterhead: &Letterhead, chosen: Option<&str>) -> Vec<Language> {
    if let Some(chosen) = chosen.and_then(Language::named) {
        return vec![chosen];
    }
    let offered = letterhead.languages.iter();
    let mut offered: Vec<Language> = offered.filter_map(|name| Language::named(name)).collect();
    offered.truncate(2);
    if offered.is_empty() {
        offered.push(Language::English);
    }
    offered
}

/// The report came in clear and should not have.
fn is_sensitive(request: &Request) -> bool {
    let kept_close = matches!(request.marking, Some(Tlp::AmberStrict | Tlp::Red));
    kept_close && !request.came_encrypted
}

/// It did, and so does the answer: it says as little as can be.
pub(super) fn is_discreet(request: &Request) -> bool {
    is_sensitive(request) && !request.encrypted
}

/// The marking, where it may be said: not what stood inside an encryption, and not in clear that a report should not have
/// come in clear.
fn told_marking(request: &Request) -> Option<String> {
    let marking = request.marking.filter(|_| !request.came_encrypted)?;
    (!is_discreet(request)).then(|| format!("TLP:{}", marking.as_str().trim_start_matches("TLP:")))
}

fn words(letterhead: &Letterhead, request: &Request, language: Language) -> Words {
    let calendar = &letterhead.calendar;
    let next = match calendar.is_limited() && !calendar.is_open(request.now) {
        true => calendar.next_opening(request.now),
        false => None,
    };
    let is_report = request.occasion != Occasion::KeyRequest;
    Words {
        reference: one_line(&request.reference, 100),
        unreadable: request.occasion == Occasion::Unreadable,
        unknown_tag: request.occasion == Occasion::UnknownTag,
        // Templates that know nothing of reports that come again say of them what is true of all that joins a ticket.
        follow_up: matches!(
            request.occasion,
            Occasion::FollowUp | Occasion::Reopened | Occasion::Repeated
        ),
        repeated: request.occasion == Occasion::Repeated,
        reopened: request.occasion == Occasion::Reopened,
        sensitive: is_sensitive(request),
        discreet: is_discreet(request),
        ask_key: is_report && request.came_encrypted && !request.encrypted,
        tlp: told_marking(request).unwrap_or_default(),
        next: next.map_or_else(String::new, |next| language.moment(&next)),
        due: request
            .due
            .as_ref()
            .map_or_else(String::new, |due| language.until(due)),
        since: request
            .since
            .map_or_else(String::new, |first| language.since(&calendar.local(first))),
        ..of_team(letterhead, language)
    }
}

/// What the configuration says, in one line each: no value breaks a line (T55).
fn of_team(letterhead: &Letterhead, language: Language) -> Words {
    Words {
        team: one_line(&letterhead.display_name, 100),
        hours: language.hours(&letterhead.calendar),
        phone: one_line(&letterhead.emergency_phone, 60).replace(' ', TIE),
        fingerprint: grouped(&letterhead.fingerprint),
        website: one_line(&letterhead.website, 200),
        ..Words::default()
    }
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
