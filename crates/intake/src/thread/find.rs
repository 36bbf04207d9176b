//! Finds tags in Subjects and in the first lines of a text.

use super::foreign::{ForeignPattern, built_in};
use super::{References, TicketRef, told};

/// Lines that are not blank at the start of the text in which our own tag counts: an answer keeps it there (T2).
const MAX_LINES: usize = 10;
/// Octets of a text or Subject that are looked at.
const MAX_OCTETS: usize = 8 * 1024;
/// References of each sort that are kept: more is an attack.
const MAX_REFERENCES: usize = 20;

/// Knows the teams' names and the configured foreign forms. Made once, used for every message.
#[derive(Clone, Debug)]
pub struct ReferenceFinder {
    /// Longest first: `[Team North#…]` is not team `Team`.
    teams: Vec<String>,
    configured: Vec<ForeignPattern>,
}

impl ReferenceFinder {
    /// Names may hold spaces, dots, dashes and underscores; their case does not matter.
    pub fn new(teams: &[String], configured: Vec<ForeignPattern>) -> ReferenceFinder {
        let mut teams: Vec<String> = teams
            .iter()
            .filter(|team| !team.trim().is_empty())
            .cloned()
            .collect();
        teams.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        ReferenceFinder { teams, configured }
    }

    /// What the Subjects (protected and outer, decoded) and the beginning of the text refer to.
    ///
    /// Prefixes of clients and lists, folding and encoding don't matter, since a tag counts wherever it stands. Inside its
    /// brackets blanks don't count, which bad folding leaves (T3). Letters, digits and signs count as they are and nothing is
    /// stripped: look-alikes, full-width forms, hidden characters are another name or none (T44). Foreign forms count in
    /// Subjects only, since a text may quote anything; [`ReferenceFinder::told`] knows the fields that name one.
    pub fn find(&self, subjects: &[&str], text: &str) -> References {
        let mut references = References::default();
        for subject in subjects {
            let subject = start(subject);
            self.own(subject, &mut references);
            self.foreign(subject, &mut references);
        }
        for line in start(text)
            .lines()
            .filter(|line| !line.trim().is_empty())
            .take(MAX_LINES)
        {
            let mut found = References::default();
            self.own(line, &mut found);
            found
                .own
                .into_iter()
                .for_each(|ticket| add(&mut references.own, ticket));
        }
        references
    }

    /// Adds what letters and machines' reports say outside the Subject. Another's mail that is passed on says nothing: hand in only what
    /// its sender wrote.
    pub fn told<'t>(
        &self,
        opening: &str,
        reports: impl Iterator<Item = &'t str>,
        references: &mut References,
    ) {
        let letter = told::letter(start(opening));
        for reference in letter.into_iter().chain(reports.flat_map(told::report)) {
            let known = references
                .foreign
                .iter()
                .any(|other| other.raw.contains(&reference.raw));
            let mut tags = References::default();
            self.own(&format!("[{}]", reference.id), &mut tags);
            let ours = self
                .teams
                .iter()
                .any(|team| after_name(&reference.system, team).is_some_and(str::is_empty));
            if !known && !ours && tags.own.is_empty() && !tags.addressed_team {
                add(&mut references.foreign, reference);
            }
        }
    }

    fn own(&self, text: &str, references: &mut References) {
        for (position, _) in text.match_indices('[') {
            let inside = text.get(position.saturating_add(1)..).unwrap_or_default();
            // The longest name that fits decides, also when what follows it is no tag.
            let Some((team, rest)) = self
                .teams
                .iter()
                .find_map(|team| Some((team, after_name(inside, team)?)))
            else {
                continue;
            };
            if rest.starts_with(']') {
                references.addressed_team = true;
            } else if let Some(serial) = serial(rest) {
                add(
                    &mut references.own,
                    TicketRef {
                        team: team.clone(),
                        serial,
                    },
                );
            }
        }
    }

    fn foreign(&self, subject: &str, references: &mut References) {
        let ours = |name: &str| {
            self.teams
                .iter()
                .any(|team| after_name(name, team).is_some_and(str::is_empty))
        };
        for pattern in self.configured.iter().chain(built_in()) {
            for reference in pattern.find(subject) {
                let known = references
                    .foreign
                    .iter()
                    .any(|other| other.raw.contains(&reference.raw));
                if !known && !ours(&reference.system) {
                    add(&mut references.foreign, reference);
                }
            }
        }
    }
}

/// What follows the name and blanks, when the text begins with it and with nothing longer: `#` or `]` comes next, or the end.
///
/// ASCII letters match in any case, everything else only itself, so that a look-alike is another name (T44). A blank in the
/// name is one in the text; other blanks in the text are what a client left that folded in the middle of a word.
fn after_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = text.trim_start_matches(is_blank);
    for expected in name.trim().chars() {
        if expected == ' ' {
            rest.starts_with(is_blank).then_some(())?;
            rest = rest.trim_start_matches(is_blank);
        } else {
            // The blank of the name that comes next must still be there.
            let plain = rest.trim_start_matches(is_blank);
            let mut characters = plain.chars();
            characters
                .next()?
                .eq_ignore_ascii_case(&expected)
                .then_some(())?;
            rest = characters.as_str();
        }
    }
    let rest = rest.trim_start_matches(is_blank);
    matches!(rest.chars().next(), None | Some('#' | ']')).then_some(rest)
}

/// What unfolding, and clients that keep a blank from breaking, leave.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\u{a0}')
}

/// `#000123]`: at least six ASCII digits, zeros in front only to make six.
///
/// Blanks between digits are left out, unless what stands before them is a number by itself: then it may be either.
fn serial(rest: &str) -> Option<u64> {
    let (inside, _) = rest.strip_prefix('#')?.split_once(']')?;
    let mut groups = inside.split(is_blank).filter(|group| !group.is_empty());
    let mut digits = groups.next()?.to_owned();
    for group in groups {
        (digits.len() < 6).then_some(())?;
        digits.push_str(group);
    }
    let canonical = digits.len() == 6 || (digits.len() > 6 && !digits.starts_with('0'));
    let number: u64 = digits
        .parse()
        .ok()
        .filter(|_| canonical && digits.bytes().all(|octet| octet.is_ascii_digit()))?;
    (number > 0).then_some(number)
}

fn add<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if list.len() < MAX_REFERENCES && !list.contains(&item) {
        list.push(item);
    }
}

fn start(text: &str) -> &str {
    let mut end = text.len().min(MAX_OCTETS);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}
