//! Who did it to whom where the rules of [`crate::role`] find no words that they know: learned from passages in four languages.
//!
//! A linear model over the words around an address: multinomial logistic regression, with weights rounded to whole numbers, so that
//! the same text gives the same answer everywhere. It answers only with a margin at which, in cross-validation, hardly any report
//! has source and destination swapped; else the role stays open. `examples/train_roles` makes the weights from `tests/extract/training/roles`.

mod clue;
mod concept;
mod sample;
mod token;

pub use sample::{Ruled, Sample, samples};

use std::collections::BTreeMap;

use crate::Role;
use crate::address::Address;
use crate::role::{self, NEITHER, NOTHING, Place, Verdict};
use crate::text::cut;

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

/// How far, in log-odds times [`SCALE`], the best answer must lie before the next.
#[derive(Clone, Copy, Debug)]
pub struct Margins {
    /// A party before the opposite party.
    pub swap: i32,
    /// A party before neither.
    pub party: i32,
    /// Neither before both parties.
    pub neither: i32,
    /// Another answer before that of a weak rule.
    pub overrule: i32,
}

/// The most that the model is sure of what it tells; rules are surer.
pub(crate) const LEARNED: f64 = 0.6;

/// Rules that are no surer than this may be overruled: whose a machine is called, what lies there.
const WEAK: f64 = 0.75;

/// Chosen by cross-validation: see `examples/train_roles`.
pub const MARGINS: Margins = Margins {
    swap: 100,
    party: 66,
    neither: 120,
    overrule: 96,
};

/// An address among the others.
pub(crate) struct Site<'a> {
    start: usize,
    full: usize,
    floor: usize,
    value: &'a str,
    port: Option<u16>,
    /// By the rules.
    role: Role,
}

/// What the rules tell of the other addresses of a text.
#[derive(Clone, Copy)]
pub(crate) struct Overall {
    source: bool,
    destination: bool,
    /// Values without a role.
    open: usize,
}

impl Overall {
    fn told(self, role: Role) -> bool {
        match role {
            Role::Source => self.source,
            Role::Destination => self.destination,
            Role::Unknown => self.open > 0,
        }
    }

    /// What is told of all but `value`.
    fn of(known: &BTreeMap<&str, (bool, bool)>, value: &str) -> Self {
        let others = || known.iter().filter(|(other, _)| **other != value);
        Self {
            source: others().any(|(_, told)| told.0),
            destination: others().any(|(_, told)| told.1),
            open: 1 + others()
                .filter(|(_, told)| **told == (false, false))
                .count(),
        }
    }
}

/// Gives a role, or neither, to addresses that the rules left open, where the model is sure.
pub(crate) fn fill(text: &str, addresses: &[&Address], places: &[Place], verdicts: &mut [Verdict]) {
    let open = verdicts.iter().filter(|one| **one == NOTHING || weak(one));
    let open = open.count();
    if open == 0 || open > OPEN_LIMIT {
        return;
    }
    let sites = sites(addresses, places, verdicts);
    doubt(text, &sites, verdicts);
    let groups = groups(text, &sites, verdicts);
    let answers: Vec<Option<Verdict>> = groups
        .iter()
        .map(|group| decide(group.score, MARGINS))
        .collect();
    // While others stay open, nobody is set aside: the one who is left would be blamed.
    let blank = answers.iter().any(Option::is_none);
    for (group, answer) in groups.into_iter().zip(answers) {
        let Some(verdict) = answer.filter(|one| !blank || *one != NEITHER) else {
            continue;
        };
        for at in group.members {
            if let Some(one) = verdicts.get_mut(at) {
                *one = verdict;
            }
        }
    }
}

fn weak(verdict: &Verdict) -> bool {
    verdict.role != Role::Unknown && verdict.confidence <= WEAK
}

/// Overrules weak rules where the model is very sure of another answer.
fn doubt(text: &str, sites: &[Site<'_>], verdicts: &mut [Verdict]) {
    let known = known(sites);
    for (at, (site, verdict)) in sites.iter().zip(verdicts).enumerate() {
        if !weak(verdict) {
            continue;
        }
        let clues = clue::clues(text, sites, at, Overall::of(&known, site.value));
        let ruled = class(verdict.role);
        let other = overrule(score(&clues, WEIGHTS), ruled, MARGINS.overrule);
        let answer = match other {
            None => continue,
            Some(0) => party(Role::Source),
            Some(1) => party(Role::Destination),
            Some(_) => NEITHER,
        };
        // Whom another address is told to be, this one is less likely to be too.
        let told = sites
            .iter()
            .any(|one| one.role == answer.role && one.value != site.value);
        if answer == NEITHER || !told {
            *verdict = answer;
        }
    }
}

fn party(role: Role) -> Verdict {
    Verdict {
        role,
        confidence: 0.5,
    }
}

/// The class that stands against that of a weak rule, where it is surer by the margin.
#[must_use]
pub fn overrule(score: [i32; CLASSES], ruled: usize, margin: i32) -> Option<usize> {
    let own = score.get(ruled)?;
    let best = (0..).zip(score).max_by_key(|(_, score)| *score)?;
    (best.1 - own >= margin).then_some(best.0)
}

/// Open addresses that share an answer: all mentions of a value, and what is listed with it.
struct Group {
    members: Vec<usize>,
    score: [i32; CLASSES],
}

fn sites<'a>(addresses: &[&'a Address], places: &[Place], verdicts: &[Verdict]) -> Vec<Site<'a>> {
    let site = |((address, place), verdict): ((&&'a Address, &Place), &Verdict)| Site {
        start: address.start,
        full: address.full,
        floor: place.floor(),
        value: &address.value,
        port: address.port,
        role: verdict.role,
    };
    let each = addresses.iter().zip(places).zip(verdicts);
    each.map(site).collect()
}

/// What the rules tell of each value: that it did it, that it was hit.
fn known<'a>(sites: &[Site<'a>]) -> BTreeMap<&'a str, (bool, bool)> {
    let mut known: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for site in sites {
        let told = known.entry(site.value).or_default();
        told.0 |= site.role == Role::Source;
        told.1 |= site.role == Role::Destination;
    }
    known
}

/// The open addresses whose value has no role elsewhere, put together, with the mean of their scores.
fn groups(text: &str, sites: &[Site<'_>], verdicts: &[Verdict]) -> Vec<Group> {
    let known = known(sites);
    let mut groups: Vec<Group> = Vec::new();
    let mut of_value: BTreeMap<&str, usize> = BTreeMap::new();
    let mut last: Option<(usize, usize)> = None;
    for (at, (site, verdict)) in sites.iter().zip(verdicts).enumerate() {
        let told = known
            .get(site.value)
            .is_some_and(|told| *told != (false, false));
        if *verdict != NOTHING || told {
            continue;
        }
        let listed = last
            .filter(|(before, _)| before + 1 == at)
            .filter(|(before, _)| {
                let end = sites.get(*before).map_or(0, |site| site.full);
                role::listed(cut(text, end, site.start))
            });
        let group = of_value.get(site.value).copied();
        let group = group.or(listed.map(|(_, group)| group));
        let group = group.unwrap_or_else(|| {
            groups.push(Group {
                members: Vec::new(),
                score: [0; CLASSES],
            });
            groups.len() - 1
        });
        of_value.insert(site.value, group);
        last = Some((at, group));
        if let Some(group) = groups.get_mut(group) {
            let clues = clue::clues(text, sites, at, Overall::of(&known, site.value));
            let score = score(&clues, WEIGHTS);
            group.members.push(at);
            for (sum, one) in group.score.iter_mut().zip(score) {
                *sum = sum.saturating_add(one);
            }
        }
    }
    for group in &mut groups {
        let count = i32::try_from(group.members.len()).unwrap_or(1).max(1);
        group.score = group.score.map(|sum| sum / count);
    }
    groups
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

/// The answer where it is sure enough.
fn decide([source, destination, neither]: [i32; CLASSES], margins: Margins) -> Option<Verdict> {
    let (role, best, other) = match source >= destination {
        true => (Role::Source, source, destination),
        false => (Role::Destination, destination, source),
    };
    if neither - best >= margins.neither {
        return Some(NEITHER);
    }
    let sure = best - other >= margins.swap && best - neither >= margins.party;
    sure.then(|| Verdict {
        role,
        confidence: match best - other >= 2 * margins.swap {
            true => LEARNED,
            false => 0.5,
        },
    })
}

/// The class that is answered, in the order of the weights; none where the model isn't sure.
#[must_use]
pub fn answer(score: [i32; CLASSES], margins: Margins) -> Option<usize> {
    decide(score, margins).map(|verdict| class(verdict.role))
}

fn class(role: Role) -> usize {
    match role {
        Role::Source => 0,
        Role::Destination => 1,
        Role::Unknown => 2,
    }
}
