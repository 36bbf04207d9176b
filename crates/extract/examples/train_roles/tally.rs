//! How well roles are told: right, missed, and the harms that cost most.

use std::collections::BTreeSet;
use std::fmt;

/// Addresses that did it, that were hit, and that are neither.
pub type Parties = [BTreeSet<String>; 3];

/// How often a role was right, told and true.
#[derive(Clone, Copy, Default)]
struct Role {
    right: usize,
    told: usize,
    truth: usize,
}

impl fmt::Display for Role {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |whole: usize| 100.0 * self.right as f64 / whole.max(1) as f64;
        let f1 = 200.0 * self.right as f64 / (self.told + self.truth).max(1) as f64;
        let (precise, recalled) = (share(self.told), share(self.truth));
        write!(to, "P {precise:5.1} R {recalled:5.1} F1 {f1:5.1}")
    }
}

/// The sum over passages.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    roles: [Role; 2],
    /// Sources told as targets, and the reverse.
    swaps: usize,
    /// Addresses told as a party that are none, of so many.
    strangers: usize,
    innocents: usize,
    /// Passages with exactly the right parties.
    exact: usize,
    passages: usize,
}

impl Tally {
    /// Adds a passage; whether all was right, and how many were swapped.
    pub fn add(&mut self, told: &[BTreeSet<String>; 2], truth: &Parties) -> (bool, usize) {
        for ((role, told), truth) in self.roles.iter_mut().zip(told).zip(truth) {
            role.right += told.intersection(truth).count();
            role.told += told.len();
            role.truth += truth.len();
        }
        let ([from, to], [blamed, hit, neither]) = (told, truth);
        let wrongly =
            |told: &BTreeSet<String>, other: &BTreeSet<String>, own: &BTreeSet<String>| {
                told.iter()
                    .filter(|one| other.contains(*one) && !own.contains(*one))
                    .count()
            };
        let swaps = wrongly(from, hit, blamed) + wrongly(to, blamed, hit);
        let party = |one: &&String| blamed.contains(*one) || hit.contains(*one);
        self.strangers += from.union(to).filter(|one| !party(one)).count();
        self.innocents += neither.iter().filter(|one| !party(one)).count();
        let exact = from == blamed && to == hit;
        self.swaps += swaps;
        self.exact += usize::from(exact);
        self.passages += 1;
        (exact, swaps)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [source, destination] = &self.roles;
        let parties = source.truth + destination.truth;
        write!(
            to,
            "source {source} destination {destination} swaps {} of {parties} strangers {} of {} exact {} of {}",
            self.swaps, self.strangers, self.innocents, self.exact, self.passages
        )
    }
}
