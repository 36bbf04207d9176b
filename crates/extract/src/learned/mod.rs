//! Who did it to whom in prose, and in lines of logs that no rule reads, of addresses and of hosts that are named: learned from passages
//! and whole mails in four languages, with the rules of [`crate::role`] as witnesses.
//!
//! A linear model over the words around a place: multinomial logistic regression, with weights rounded to whole numbers, so that
//! the same text gives the same answer everywhere. A second look adds what the first one thinks of the other addresses. It answers
//! only with margins at which, in cross-validation, hardly any report has source and destination swapped; else the role stays open.
//! `examples/train_roles` makes the weights from `tests/extract/training`.

mod around;
mod clue;
mod concept;
mod decide;
mod lexicon;
mod machine;
mod number;
mod report;
mod same;
mod second;
mod section;
mod token;

pub use decide::{MARGINS, Margins, answers};
pub use number::clues as numbers;
pub(crate) use number::is_number;
pub use second::second;

use crate::Role;
use crate::role::{NOTHING, Verdict};

/// Key and weights of each clue, by rising key: four octets, little-endian, and a signed octet a class.
static WEIGHTS: &[u8] = include_bytes!("roles.weights");

/// What an address may be, in the order of the weights: source, destination, neither.
pub const CLASSES: usize = 3;

/// Octets of an entry of the weights.
pub const ENTRY: usize = 4 + CLASSES;

/// Whole numbers to one unit of log-odds.
pub const SCALE: i32 = 24;

/// A text with more open addresses than this is a list or a log; no words tell them apart.
const OPEN_LIMIT: usize = 48;

/// The most that the model is sure of what it tells; rules are surer.
pub(crate) const LEARNED: f64 = 0.6;

/// An address, or a host that is named, among the others.
pub struct Site<'a> {
    /// Its first octet.
    pub start: usize,
    /// One past its port.
    pub full: usize,
    /// Words before this belong to something else, and those from `until` on.
    pub floor: usize,
    /// See `floor`.
    pub until: usize,
    /// Whether it stands in a line of a log.
    pub logged: bool,
    /// As it is compared.
    pub value: &'a str,
    /// Whether it is the name of a host.
    pub named: bool,
    /// The port beside it.
    pub port: Option<u16>,
    /// By the rules in prose, by its reader elsewhere.
    pub(crate) ruled: Verdict,
    /// Whether it stands in prose, so that its role is decided here.
    pub open: bool,
}

/// An address as the model sees it.
#[derive(Clone, Debug)]
pub struct Mention {
    /// What is noticed around it; empty where its role is known.
    pub clues: Vec<u32>,
    /// Addresses that share an answer have the same number: all mentions of a value, and what is listed with it.
    pub group: usize,
    /// Whether its role is decided here.
    pub open: bool,
    /// What the rules or another reader tell, as a class; none where nothing.
    pub ruled: Option<usize>,
    /// Whether they are sure.
    pub sure: bool,
}

/// The roles of all addresses of a text; of those that aren't open, what was known.
pub(crate) fn fill(text: &str, sites: &[Site<'_>]) -> Vec<Verdict> {
    let known = || sites.iter().map(|site| site.ruled).collect::<Vec<_>>();
    let open = |named| {
        let own = sites
            .iter()
            .filter(|site| site.open && !site.logged && site.named == named);
        own.count()
    };
    let (addresses, names) = (open(false), open(true));
    let logged = sites.iter().any(|site| site.logged);
    if addresses + names == 0 && !logged || addresses > OPEN_LIMIT {
        return known();
    }
    let mentions = mentions(text, sites);
    let scores = scores(&mentions, WEIGHTS);
    let told = answers(&mentions, &scores, MARGINS);
    let verdict = |(site, answer): (&Site<'_>, Option<(usize, bool)>)| match answer {
        _ if !site.open => site.ruled,
        answer => decide::verdict(answer, site.ruled),
    };
    sites.iter().zip(told).map(verdict).collect()
}

/// The scores of each mention after the second look.
#[must_use]
pub fn scores(mentions: &[Mention], weights: &[u8]) -> Vec<[i32; CLASSES]> {
    let first: Vec<_> = mentions
        .iter()
        .map(|one| score(&one.clues, weights))
        .collect();
    let more = second(mentions, &first);
    let sum = |(first, clues): (&[i32; CLASSES], Vec<u32>)| {
        let more = score(&clues, weights);
        std::array::from_fn(|class| {
            let of = |scores: &[i32; CLASSES]| scores.get(class).copied().unwrap_or_default();
            of(first) + of(&more)
        })
    };
    first.iter().zip(more).map(sum).collect()
}

/// The addresses of a text as the model sees them.
#[must_use]
pub fn mentions(text: &str, sites: &[Site<'_>]) -> Vec<Mention> {
    let groups = same::groups(text, sites);
    let report = report::Report::of(text, sites);
    let mention = |(at, (site, group)): (usize, (&Site<'_>, usize))| Mention {
        clues: match site.open {
            true => clue::clues(text, sites, at, &report),
            false => Vec::new(),
        },
        group,
        open: site.open,
        ruled: (site.ruled != NOTHING).then(|| class(site.ruled.role)),
        sure: site.ruled.confidence > 0.8,
    };
    sites.iter().zip(groups).enumerate().map(mention).collect()
}

/// The score of each class.
#[must_use]
pub fn score(clues: &[u32], weights: &[u8]) -> [i32; CLASSES] {
    let (entries, _) = weights.as_chunks::<ENTRY>();
    let key = |entry: &[u8; ENTRY]| {
        let [a, b, c, d, ..] = *entry;
        u32::from_le_bytes([a, b, c, d])
    };
    let mut sums = [0_i32; CLASSES];
    for clue in clues {
        let Ok(at) = entries.binary_search_by_key(clue, key) else {
            continue;
        };
        let Some([.., source, destination, neither]) = entries.get(at) else {
            continue;
        };
        for (sum, weight) in sums.iter_mut().zip([source, destination, neither]) {
            *sum += i32::from(i8::from_le_bytes([*weight]));
        }
    }
    sums
}

fn class(role: Role) -> usize {
    match role {
        Role::Source => 0,
        Role::Destination => 1,
        Role::Unknown => 2,
    }
}
