//! The types of a report by the words and fields that name them.

use std::collections::BTreeMap;

use crate::gather::Gathering;
use crate::layout::Standing;
use crate::taxonomy::RsitType;
use crate::{Kind, Span};

/// The least weight at which words alone name a type.
pub(crate) const NAMED: f64 = 1.5;

/// The sum of a type's evidence, with the place of the best.
pub(crate) struct Weighed<'a> {
    pub(crate) weight: f64,
    pub(crate) kind: &'static RsitType,
    pub(crate) span: &'a Span,
    best: f64,
}

impl Weighed<'_> {
    /// The type as the report's, as sure as its weight.
    pub(crate) fn named(&self) -> Kind {
        Kind {
            classification: self.kind.classification.to_owned(),
            kind: self.kind.kind.to_owned(),
            confidence: round((self.weight / (self.weight + 1.0)).min(0.98)),
            span: self.span.clone(),
        }
    }
}

impl Gathering {
    /// The types with the sum of their evidence in the words nearest to the report, the heaviest first.
    pub(crate) fn evidence(&self) -> Vec<Weighed<'_>> {
        let floor = self
            .kinds
            .iter()
            .map(|kind| kind.0)
            .min()
            .unwrap_or_default();
        let mut sums: BTreeMap<&str, Weighed<'_>> = BTreeMap::new();
        for (_, kind, weight, span) in self
            .kinds
            .iter()
            .filter(|kind| kind.0 <= floor && kind.0 < Standing::Signature)
        {
            let entry = sums.entry(kind.kind).or_insert(Weighed {
                weight: 0.0,
                kind,
                span,
                best: *weight,
            });
            entry.weight += weight;
            if *weight > entry.best {
                (entry.span, entry.best) = (span, *weight);
            }
        }
        absorb(&mut sums, "ddos-amplifier", "ddos");
        absorb(&mut sums, "ddos", "dos");
        let mut list: Vec<_> = sums.into_values().collect();
        list.sort_by(|a, b| {
            b.weight
                .total_cmp(&a.weight)
                .then_with(|| a.span.cmp(b.span))
        });
        list
    }

    /// The report's types: the best, and others that come near it.
    pub(crate) fn types(&self) -> Vec<Kind> {
        if let Some(settled) = &self.settled {
            return settled.clone();
        }
        let evidence = self.evidence();
        let named = evidence.iter().filter(|one| one.weight >= NAMED);
        let top = evidence.first().map_or(0.0, |one| one.weight);
        let near = named.filter(|one| one.weight >= top * 0.75);
        near.take(3).map(Weighed::named).collect()
    }
}

/// The words of the wider type speak for the narrower one where that is told too.
fn absorb(sums: &mut BTreeMap<&str, Weighed<'_>>, narrow: &str, wide: &str) {
    let told = |kind: &str| sums.get(kind).map_or(0.0, |one| one.weight);
    let (own, other) = (told(narrow), told(wide));
    if own >= 2.5
        && other > 0.0
        && let Some(entry) = sums.get_mut(narrow)
    {
        entry.weight += other;
        sums.remove(wide);
    }
}

fn round(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
