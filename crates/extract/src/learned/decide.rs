//! When the model's scores are an answer.

use std::collections::BTreeMap;

use super::{CLASSES, LEARNED, Mention};
use crate::Role;
use crate::role::{NEITHER, NOTHING, Verdict};

/// How far, in log-odds times [`super::SCALE`], the best answer must lie before the next.
#[derive(Clone, Copy, Debug)]
pub struct Margins {
    /// A party before the opposite party.
    pub swap: i32,
    /// A party before neither.
    pub party: i32,
    /// Neither before both parties.
    pub neither: i32,
    /// Another answer before that of a sure rule; where the opposite party is before it by half of this, the role stays open.
    pub overrule: i32,
}

/// Chosen by cross-validation: see `examples/train_roles`.
pub const MARGINS: Margins = Margins {
    swap: 42,
    party: 0,
    neither: 0,
    overrule: 24,
};

/// The class that is answered for each mention, and whether it is sure; none where the model isn't sure enough.
#[must_use]
pub fn answers(
    mentions: &[Mention],
    scores: &[[i32; CLASSES]],
    margins: Margins,
) -> Vec<Option<(usize, bool)>> {
    let mut groups: BTreeMap<usize, (i32, [i32; CLASSES])> = BTreeMap::new();
    for (mention, score) in mentions.iter().zip(scores).filter(|(one, _)| one.open) {
        let (count, sums) = groups.entry(mention.group).or_default();
        *count += 1;
        for (sum, one) in sums.iter_mut().zip(score) {
            *sum = sum.saturating_add(*one);
        }
    }
    let mean = |mention: &Mention| {
        // Nobody asks about the others, and there may be very many.
        if !mention.open {
            return None;
        }
        let (count, sums) = groups.get(&mention.group)?;
        let mean = sums.map(|sum| sum / count);
        let ruled = ruled(mentions, mention.group);
        weighed(mean, ruled, decide(mean, margins), margins)
    };
    mentions.iter().map(mean).collect()
}

/// The class that sure rules tell of an address; none where they disagree.
fn ruled(mentions: &[Mention], group: usize) -> Option<usize> {
    let own = mentions.iter().filter(|one| one.group == group && one.sure);
    let mut told = own.filter_map(|one| one.ruled);
    let first = told.next()?;
    told.all(|other| other == first).then_some(first)
}

/// A sure rule stands until the model is surer of another answer; where that is the opposite party, the role stays open before.
fn weighed(
    scores: [i32; CLASSES],
    ruled: Option<usize>,
    answer: Option<(usize, bool)>,
    margins: Margins,
) -> Option<(usize, bool)> {
    let Some(class) = ruled else { return answer };
    let score = |class: usize| scores.get(class).copied().unwrap_or_default();
    let against = scores.iter().max().map_or(0, |best| best - score(class));
    let opposite = match class {
        0 => score(1) - score(0),
        1 => score(0) - score(1),
        _ => 0,
    };
    match against {
        _ if answer.is_some_and(|(told, _)| told == class) => answer,
        against if against >= margins.overrule => answer,
        _ if opposite >= margins.overrule * 3 / 4 => None,
        _ => Some((class, false)),
    }
}

/// The answer where it is sure enough.
fn decide(
    [source, destination, neither]: [i32; CLASSES],
    margins: Margins,
) -> Option<(usize, bool)> {
    let (party, best, other) = match source >= destination {
        true => (0, source, destination),
        false => (1, destination, source),
    };
    if neither - best >= margins.neither {
        return Some((2, true));
    }
    let sure = best - other >= margins.swap && best - neither >= margins.party;
    sure.then_some((party, best - other >= 2 * margins.swap))
}

/// The answer as a verdict; where there is none, what the rules told stays open too.
pub(super) fn verdict(answer: Option<(usize, bool)>, ruled: Verdict) -> Verdict {
    let role = match answer {
        Some((0, _)) => Role::Source,
        Some((1, _)) => Role::Destination,
        Some(_) => return NEITHER,
        None => return NOTHING,
    };
    let learned = match answer {
        Some((_, true)) => LEARNED,
        _ => 0.5,
    };
    let agreed = ruled.role == role;
    Verdict {
        role,
        confidence: if agreed {
            ruled.confidence.max(learned)
        } else {
            learned
        },
    }
}
