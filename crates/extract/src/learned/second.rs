//! The second look: what the first one thinks of an address, and of the others.

use super::token::hash;
use super::{CLASSES, Mention};

/// What the second look adds to each mention.
#[must_use]
pub fn second(mentions: &[Mention], first: &[[i32; CLASSES]]) -> Vec<Vec<u32>> {
    let opinions: Vec<Opinion> = mentions.iter().zip(first).map(opinion).collect();
    let clues = |at: usize| match mentions.get(at) {
        Some(mention) if mention.open => clues(mentions, &opinions, at),
        _ => Vec::new(),
    };
    (0..mentions.len()).map(clues).collect()
}

/// The class that is thought of, and how sure: 0 to 3.
#[derive(Clone, Copy)]
struct Opinion(u32, u32);

fn opinion((mention, score): (&Mention, &[i32; CLASSES])) -> Opinion {
    if !mention.open {
        return match mention.ruled {
            Some(0) => Opinion(0, 3),
            Some(1) => Opinion(1, 3),
            _ => Opinion(2, 0),
        };
    }
    let best = (0..).zip(score).max_by_key(|(_, score)| **score);
    let Some((class, best)) = best else {
        return Opinion(2, 0);
    };
    let next = (0..).zip(score).filter(|(other, _)| *other != class);
    let next = next.map(|(_, score)| *score).max().unwrap_or_default();
    Opinion(
        class,
        match best - next {
            ..18 => 0,
            18..48 => 1,
            48..96 => 2,
            96.. => 3,
        },
    )
}

fn clues(mentions: &[Mention], opinions: &[Opinion], at: usize) -> Vec<u32> {
    let group = |at: usize| mentions.get(at).map_or(at, |mention| mention.group);
    let own = group(at);
    let told = |at: usize| opinions.get(at).copied().unwrap_or(Opinion(2, 0));
    let Opinion(class, sure) = told(at);
    let mut best = [0_u32; CLASSES];
    for other in (0..mentions.len()).filter(|other| group(*other) != own) {
        let Opinion(class, sure) = told(other);
        let slot = usize::try_from(class)
            .ok()
            .and_then(|class| best.get_mut(class));
        if let Some(slot) = slot {
            *slot = (*slot).max(sure + 1);
        }
    }
    let near = |step: isize| {
        let mut other = at.checked_add_signed(step)?;
        while other < mentions.len() && group(other) == own {
            other = other.checked_add_signed(step)?;
        }
        (other < mentions.len()).then(|| told(other))
    };
    let near = |step: isize| near(step).map_or(9, |Opinion(class, sure)| class * 2 + sure / 2);
    let [sources, destinations, neither] = best;
    let mut found = Vec::with_capacity(16);
    let mut add = |sort: u32, parts: &[u32]| found.push(clue(sort, parts));
    add(0, &[class, sure]);
    add(1, &[sources]);
    add(2, &[destinations]);
    add(3, &[neither]);
    add(4, &[sources, destinations]);
    add(
        5,
        &[class, sure, sources.div_ceil(2), destinations.div_ceil(2)],
    );
    add(6, &[class, sources]);
    add(7, &[class, destinations]);
    add(8, &[near(-1)]);
    add(9, &[near(1)]);
    add(10, &[near(-1), class]);
    add(11, &[near(1), class]);
    add(12, &[near(-1), near(1)]);
    found
}

fn clue(sort: u32, parts: &[u32]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.to_le_bytes());
    hash(bytes, (sort + 1000).wrapping_mul(0x9e37_79b9))
}
