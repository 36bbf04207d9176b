//! Words right before the addresses of a log line, in the languages that programs and their translations speak: who came, and to whom.

use std::sync::LazyLock;

use crate::Role;
use crate::address::Address;
use crate::formats::arrow;
use crate::formats::logs::End;
use crate::pattern::Pattern;
use crate::text::{before, cut, last_word};

/// Before who came.
static CAME: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?i)(?:^|[\s(\[,;:])(?:from|by|von|durch|depuis|desde|da|dal|dall['’]|dalla|van|vanaf|proveniente de|provenant de|a partir de|à partir de|från|fra|od)\s(?:the\s|l['’]|la\s|el\s|o\s|il\s|de\s)?(?:(?:(?:remote|source|client|peer|external)\s)?(?:ip|host|address|addr|adresse|adresu|indirizzo|dirección|direcci[oó]n|endereço|client|peer|h[oô]te)(?:\s?ip)?[:\s]\s?)?[\[('<\x22]?$",
    )
});

/// Before who was spoken to.
static MET: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?i)(?:^|[\s(\[,;:])(?:to|towards|against|nach|zu|an|gegen|vers|contre|hacia|contra|verso|contro|naar|tegen|para|til|till|do)\s(?:the\s|l['’]|la\s|el\s|o\s|il\s|den\s|die\s|das\s)?(?:(?:(?:local|target|destination|internal|our)\s)?(?:ip|host|address|addr|adresse|adresu|indirizzo|dirección|direcci[oó]n|endereço|server|h[oô]te)(?:\s?ip)?[:\s]\s?)?[\[('<\x22]?$",
    )
});

/// The two sides of a connection as the words for them name them: `remote A, local B`.
const SIDES: [(&str, Role); 16] = [
    ("remote", Role::Source),
    ("peer", Role::Source),
    ("client", Role::Source),
    ("foreign", Role::Source),
    ("visitor", Role::Source),
    ("caller", Role::Source),
    ("local", Role::Destination),
    ("server", Role::Destination),
    ("node", Role::Destination),
    ("backend", Role::Destination),
    ("upstream", Role::Destination),
    ("listener", Role::Destination),
    ("vip", Role::Destination),
    ("device", Role::Destination),
    ("target", Role::Destination),
    ("victim", Role::Destination),
];

/// What one end does to the other, where nothing but this stands between them.
const DOES: [&str; 20] = [
    "attacks",
    "attacked",
    "is attacking",
    "attacking",
    "scans",
    "scanned",
    "is scanning",
    "scanning",
    "probes",
    "probed",
    "hits",
    "targets",
    "targeted",
    "attaque",
    "scanne",
    "vise",
    "ataca",
    "escanea",
    "scannt",
    "attackiert",
];

/// Both ends, where one word of each kind stands right before one of them.
pub(super) fn ends(text: &str, start: usize, open: &[&Address]) -> (End, End) {
    let pair = pointed(text, open).or_else(|| arrow::ends(text, open));
    let pair = pair.or_else(|| sent(text, start, open));
    // A user may be called `from A to B`: then somebody else came.
    let alone = |(one, other): &(usize, usize)| {
        let value = |at: usize| open.get(at).map(|one| &one.value);
        let mut others = open.iter().take(8).filter(|address| {
            Some(&address.value) != value(*one) && Some(&address.value) != value(*other)
        });
        !others.any(|address| CAME.ends(before(text, address.start, 48.min(address.start - start))))
    };
    if let Some((one, other)) = pair.filter(alone) {
        return (Some((one, 0.9)), Some((other, 0.9)));
    }
    let (mut source, mut destination): (End, End) = (None, None);
    let (mut many, mut side) = (false, false);
    for (index, address) in open.iter().enumerate().take(8) {
        let lead = before(text, address.start, 48.min(address.start - start));
        let (role, sided) = match side_of(lead) {
            Some(role) => (role, true),
            None if CAME.ends(lead) => (Role::Source, false),
            None if MET.ends(lead) => (Role::Destination, false),
            None => continue,
        };
        side |= sided;
        let end = match role {
            Role::Source => &mut source,
            Role::Destination => &mut destination,
            Role::Unknown => continue,
        };
        let value = |at: usize| open.get(at).map(|one| &one.value);
        many |= end.is_some_and(|(known, _)| value(known) != value(index));
        *end = end.or(Some((index, 0.88)));
    }
    let both = source.is_some() && destination.is_some();
    // A word for a side says something only beside the other's, and one who was spoken to only beside who spoke.
    if many || side && !both || source.is_none() {
        return (None, None);
    }
    (source, destination)
}

/// Both ends on the two sides of an arrow, with the name of an interface at most between: `A -> lan0 B`.
fn pointed(text: &str, open: &[&Address]) -> Option<(usize, usize)> {
    let [one, other] = open else { return None };
    let gap = cut(text, one.full, other.start).trim();
    if DOES.iter().any(|verb| gap.eq_ignore_ascii_case(verb)) {
        return Some((0, 1));
    }
    let (way, name) = match gap.strip_prefix("<-") {
        Some(name) => ((1, 0), name),
        None => {
            let arrows = ["-->", "->", "=>", "→", ">>"];
            let name = arrows.iter().find_map(|arrow| gap.strip_prefix(arrow))?;
            ((0, 1), name)
        }
    };
    let name = name.trim();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | ':');
    (name.len() <= 16 && name.chars().all(plain)).then_some(way)
}

/// `from A to B`, the first of a line that has more: what is forwarded behind it went on inside.
fn sent(text: &str, start: usize, open: &[&Address]) -> Option<(usize, usize)> {
    let words = [
        "to", "towards", "nach", "zu", "an", "vers", "hacia", "verso", "naar",
    ];
    let index = open.windows(2).take(4).position(|pair| match pair {
        [one, other] => {
            let gap = cut(text, one.full, other.start).trim_matches([' ', '[', ']', '(', ')']);
            let lead = before(text, one.start, 48.min(one.start - start));
            words.iter().any(|word| gap.eq_ignore_ascii_case(word)) && CAME.ends(lead)
        }
        _ => false,
    })?;
    Some((index, index + 1))
}

fn side_of(lead: &str) -> Option<Role> {
    let bare = lead.trim_end_matches(['[', '(', '\'', '"', '<']);
    let bare = bare.strip_suffix([' ', ':'])?.trim_end_matches([':', ' ']);
    let word = last_word(bare);
    SIDES
        .iter()
        .find(|(known, _)| word.eq_ignore_ascii_case(known))
        .map(|(_, role)| *role)
}
