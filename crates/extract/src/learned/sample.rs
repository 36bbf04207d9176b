//! Passages as the model sees them, for training.

use super::{Overall, class, clue, known, sites, weak};
use crate::address::{self, Address};
use crate::role::{self, NOTHING, Place};

/// An address of a passage, for training.
#[derive(Clone, Debug)]
pub struct Sample {
    /// First octet in the passage.
    pub start: usize,
    /// What is noticed around it.
    pub clues: Vec<u32>,
    /// What the rules give, if anything.
    pub ruled: Option<Ruled>,
}

/// What the rules give.
#[derive(Clone, Copy, Debug)]
pub struct Ruled {
    /// The class, in the order of the weights.
    pub class: usize,
    /// Whether it may be overruled.
    pub weak: bool,
}

/// The addresses of a passage as the model sees them.
#[must_use]
pub fn samples(text: &str) -> Vec<Sample> {
    let addresses = address::find(text);
    let addresses: Vec<&Address> = addresses.iter().collect();
    let place = |address: &&Address| Place::behind(address, 0);
    let places: Vec<Place> = addresses.iter().map(place).collect();
    let verdicts = role::roles(text, &places);
    let sites = sites(&addresses, &places, &verdicts);
    let known = known(&sites);
    let each = sites.iter().zip(&verdicts).enumerate();
    each.map(|(at, (site, verdict))| Sample {
        start: site.start,
        clues: clue::clues(text, &sites, at, Overall::of(&known, site.value)),
        ruled: (*verdict != NOTHING).then(|| Ruled {
            class: class(verdict.role),
            weak: weak(verdict),
        }),
    })
    .collect()
}
