//! Who did it to whom, from the wording around each address, in four languages.

use std::sync::LazyLock;

use regex::Regex;

use crate::Role;
use crate::address::Address;
use crate::clause;
use crate::frame;
use crate::own::{Own, alone};
use crate::pattern::Tiered;
use crate::teller;
use crate::text::{before, cut, regex, window};

/// A role with how sure it is; `Unknown` with zero when nothing tells, with one when it is told to be neither.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) role: Role,
    pub(crate) confidence: f64,
}

pub(crate) const NOTHING: Verdict = Verdict {
    role: Role::Unknown,
    confidence: 0.0,
};

pub(crate) const NEITHER: Verdict = Verdict {
    role: Role::Unknown,
    confidence: 1.0,
};
/// Who told us, not who did it.
static HEARSAY: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::new(
        r"(?i)\b(?:received|got|re[çc]u|erhalten|recibido)\s(?:\w+\s){0,2}(?:reports?|complaints?|mails?|e-mails?|messages?|notifications?|signalements?|plaintes?|meldung(?:en)?|informes?|quejas?)\b[^\n]{0,80}\b(?:from|de|von|by|par)\s[^.\n]{0,30}$",
    )
});

static LIST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?ix)^["'`)\]]?[\s,;/&|•*·+–-]{0,16}(?:and|et|und|y|e|or|ou|oder|o|as\swell\sas|ainsi\sque|sowie)?[\s("'`\[*-]{0,6}$"#,
    )
});
static ARROW: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^[\s\])]{0,12}(?:-{1,3}>|={1,2}>|→|⇒|➔|➜|⟶|>{1,2}|-&gt;)[\s\[(]{0,12}(?:[A-Za-z][\w-]{0,20}[:/])?$",
    )
});
static BACK_ARROW: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^[\s\])]{0,3}(?:<-{1,3}|<={1,2}|←|⇐|<)[\s\[(]{0,3}$"));
static BARE_TO: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)^[\s\])]{0,3}(?:to|vers|nach|hacia|auf|a|contra|against)\s[\s\[(]{0,2}$")
});

/// Where an address stands in the text that is read for roles.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    start: usize,
    full: usize,
    /// Words before this belong to something else.
    floor: usize,
    /// In sentences, not in a log line.
    prose: bool,
}

impl Place {
    /// The place in a piece of the page that begins at `base`.
    pub(crate) fn new(address: &Address, base: usize) -> Self {
        Self {
            start: address.start.saturating_sub(base),
            full: address.full.saturating_sub(base),
            floor: 0,
            prose: false,
        }
    }

    /// The place in a page whose words before `floor` another reader has taken.
    pub(crate) fn behind(address: &Address, floor: usize) -> Self {
        Self {
            floor,
            prose: true,
            ..Self::new(address, 0)
        }
    }

    /// Its first octet.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// Words before this belong to something else.
    pub(crate) fn floor(&self) -> usize {
        self.floor
    }
}

/// Whether what stands between two addresses joins them to a list; columns side by side are none.
pub(crate) fn listed(between: &str) -> bool {
    let joins = |c: char| c.is_alphabetic() || ",;&\n".contains(c);
    between.contains(joins)
        && between.len() <= 80
        && LIST.is_match(between)
        && !between.contains("\n\n")
}

/// The role of each address of a text, by its wording.
pub(crate) fn roles(text: &str, addresses: &[Place]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::with_capacity(addresses.len());
    // Addresses of the running sentence that a bare `to` stands before.
    let mut pending: Vec<usize> = Vec::new();
    let mut controllers: Vec<usize> = Vec::new();
    // Where the running list began.
    let mut listed = 0;
    let mut previous: Option<&Place> = None;
    for (index, address) in addresses.iter().enumerate() {
        let next = addresses.get(index + 1);
        let rest = window(text, address.full, 160);
        let (own, fresh) = read(text, address, previous, next, rest);
        let (mut verdict, weak) = (own.verdict, own.weak);
        if fresh || previous.is_none() {
            pending.clear();
        }
        if own.controller {
            controllers.push(index);
        }
        let near = previous.filter(|previous| address.floor <= previous.full);
        if let (Some(last), Some(previous)) = (verdicts.last_mut(), near) {
            let between = cut(text, previous.full, address.start);
            if between.len() <= 80 {
                verdict = beside(text, previous, address, between, last, verdict);
            }
            if address.prose && frame::same_sentence(between) {
                verdict = framed(between, rest, last, verdict);
                verdict = told_apart(text, previous, between, last, verdict);
            }
            let runs = between.len() <= 80 && LIST.is_match(between);
            listed = if runs { listed } else { index };
            // `A and B are scanning us`: what stands behind the last is said of all.
            if own.behind && runs {
                let unknown = |one: &&mut Verdict| one.role == Role::Unknown;
                let list = verdicts.iter_mut().skip(listed).filter(unknown);
                list.for_each(|one| *one = verdict);
            }
        }
        if weak && verdict.role == Role::Unknown {
            pending.push(index);
        }
        verdicts.push(verdict);
        settle(&mut verdicts, &mut pending, index, weak);
        previous = Some(address);
    }
    controlled(&mut verdicts, &controllers);
    verdicts
}

/// What the words around an address say, and whether a sentence began before it.
fn read(
    text: &str,
    address: &Place,
    previous: Option<&Place>,
    next: Option<&Place>,
    rest: &str,
) -> (Own, bool) {
    let floor = previous.map_or(0, |previous| previous.full);
    let floor = floor.max(address.floor);
    let length = 220.min(address.start.saturating_sub(floor));
    let (lead, fresh) = sentence(before(text, address.start, length));
    let next = next.map_or(text.len(), |next| next.start);
    let length = next.saturating_sub(address.full).min(100);
    let tail = cut(rest, 0, rest.floor_char_boundary(length));
    let own = alone(scheme(lead), tail, rest, address.prose);
    let told = own.weak || own.verdict.role != Role::Unknown;
    let said = || {
        let lead = sentence(before(text, address.start, 160)).0;
        HEARSAY.is_match(lead) || address.prose && clause::said(lead)
    };
    if told && said() {
        return (Own::of(NOTHING), fresh);
    }
    if address.prose && fresh && own.verdict == NOTHING {
        let earlier = before(text, address.start - lead.len(), 160);
        if teller::one_of_them(tail, earlier) {
            return (Own::new(Role::Source, 0.8), fresh);
        }
        if clause::ours_again(lead, earlier) {
            return (Own::new(Role::Destination, 0.75), fresh);
        }
    }
    (own, fresh)
}

/// An address in a URL has the words before the URL.
fn scheme(lead: &str) -> &str {
    let bare = lead.strip_suffix("://").map(|lead| {
        lead.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '[' || c == ']')
    });
    bare.unwrap_or(lead)
}

/// Who controls hosts that are told of was called by them; where none is told, it is what the report is about.
fn controlled(verdicts: &mut [Verdict], controllers: &[usize]) {
    let blamed = verdicts.iter().any(|one| one.role == Role::Source);
    let role = if blamed {
        Role::Destination
    } else {
        Role::Source
    };
    for at in controllers {
        if let Some(verdict) = verdicts.get_mut(*at)
            && *verdict == NOTHING
        {
            *verdict = Verdict {
                role,
                confidence: 0.85,
            };
        }
    }
}

/// What a whole clause says of the two addresses in it.
fn framed(between: &str, rest: &str, last: &mut Verdict, own: Verdict) -> Verdict {
    let verdict = |role| Verdict {
        role,
        confidence: 0.88,
    };
    let fits = |one: Verdict, role| one == NOTHING || one.role == role;
    match frame::joined(between, rest) {
        Some((first, second)) if fits(*last, first) && fits(own, second) => {
            *last = if *last == NOTHING {
                verdict(first)
            } else {
                *last
            };
            if own == NOTHING { verdict(second) } else { own }
        }
        _ => own,
    }
}

/// What the clause around both says: `attempts by A against B`, `not from A but from B`.
fn told_apart(
    text: &str,
    previous: &Place,
    between: &str,
    last: &mut Verdict,
    own: Verdict,
) -> Verdict {
    if between.len() > 80 {
        return own;
    }
    let (lead, _) = sentence(before(text, previous.start, 120));
    let verdict = |role| Verdict {
        role,
        confidence: 0.9,
    };
    if clause::contrast(lead, between) {
        let came = clause::came_from(lead).then(|| verdict(Role::Source));
        let known = |one: &Verdict| one.role != Role::Unknown;
        let meant = [own, *last].into_iter().find(known).or(came);
        *last = NEITHER;
        return meant.unwrap_or(own);
    }
    if *last != NEITHER && clause::aims(lead, between) {
        *last = verdict(Role::Source);
        return verdict(Role::Destination);
    }
    own
}

/// Turns a bare `to` into a target once the sentence blames somebody.
fn settle(verdicts: &mut [Verdict], pending: &mut Vec<usize>, index: usize, weak: bool) {
    let role = |at: usize| verdicts.get(at).map(|verdict| verdict.role);
    let blamed = role(index) == Some(Role::Source)
        || weak && index.checked_sub(1).and_then(role) == Some(Role::Source);
    if blamed {
        for at in pending.drain(..) {
            if let Some(verdict) = verdicts.get_mut(at) {
                *verdict = Verdict {
                    role: Role::Destination,
                    confidence: 0.85,
                };
            }
        }
    }
}

/// What two neighbours tell about each other.
fn beside(
    text: &str,
    previous: &Place,
    address: &Place,
    between: &str,
    last: &mut Verdict,
    own: Verdict,
) -> Verdict {
    let verdict = |role| Verdict {
        role,
        confidence: 0.92,
    };
    if ARROW.is_match(between) || BARE_TO.is_match(between) && last.role != Role::Destination {
        *last = verdict(Role::Source);
        return verdict(Role::Destination);
    }
    if BACK_ARROW.is_match(between) {
        *last = verdict(Role::Destination);
        return verdict(Role::Source);
    }
    if own != NOTHING {
        return own;
    }
    let rows = starts_line(text, previous.start)
        && starts_line(text, address.start)
        && !between.contains("\n\n");
    if LIST.is_match(between) && !between.contains("\n\n") || rows {
        return *last;
    }
    own
}

fn starts_line(text: &str, at: usize) -> bool {
    let lead = before(text, at, 12);
    let line = lead.rsplit('\n').next().unwrap_or_default();
    (line.len() < lead.len() || lead.len() == at) && line.chars().all(|c| !c.is_alphanumeric())
}

/// Whether a word in front of a full stop is a whole one, so that the address behind begins a sentence.
fn whole(gap: &str, at: usize) -> bool {
    let short = [
        "nr", "no", "bzw", "resp", "vs", "addr", "adr", "adresse", "dir", "incl", "inkl", "ca",
        "approx", "e.g", "i.e", "z.b", "b", "d.h", "h", "p.ex", "ex", "p.ej", "ej", "etc", "usw",
        "u.a", "a", "vgl", "cf", "ip", "ref", "n°", "num", "núm",
    ];
    let word = cut(gap, 0, at).rsplit([' ', '\n', '(']).next();
    let word = word.unwrap_or_default().to_lowercase();
    word.len() > 1 && !short.contains(&word.as_str())
}

/// The part of a gap that belongs to the address's own sentence, and whether a sentence ended before.
fn sentence(gap: &str) -> (&str, bool) {
    let mut start = 0;
    let mut fresh = false;
    for (at, mark) in gap.bytes().enumerate() {
        let rest = || cut(gap, at + 1, gap.len());
        let ends = match mark {
            b'\n' => {
                rest().trim_start_matches(['\r', ' ']).starts_with('\n')
                    && !cut(gap, 0, at).trim_end().ends_with(':')
            }
            b'.' | b'!' | b'?' => {
                rest().starts_with([' ', '\n', '\r'])
                    && rest()
                        .trim_start()
                        .starts_with(|c: char| c.is_uppercase() || c == '(')
                    || mark == b'.'
                        && !rest().is_empty()
                        && rest().trim().is_empty()
                        && whole(gap, at)
            }
            _ => false,
        };
        if ends {
            (start, fresh) = (at + 1, true);
        }
    }
    (cut(gap, start, gap.len()), fresh)
}
