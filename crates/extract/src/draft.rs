//! The incident as it is put together: lists without repetition, and the events that point into them.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

use crate::gather::Record;
use crate::{Endpoint, Event, Format, Incident, Kind, Time};

/// The incident as it grows.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) times: Register<String, Time>,
    pub(crate) kinds: Register<String, Kind>,
    /// Index of the type that the whole report speaks of.
    pub(crate) best: Option<usize>,
    pub(crate) sources: Parties,
    pub(crate) destinations: Parties,
    pub(crate) events: Vec<Event>,
}

impl Draft {
    /// One event; what the line leaves open is filled from what the report says of one party only.
    pub(crate) fn record(
        &mut self,
        record: Record,
        source: Option<&Endpoint>,
        destination: Option<&Endpoint>,
    ) {
        for time in [&record.time, &record.until].into_iter().flatten() {
            self.times.add(time.value.clone(), time.clone());
        }
        let own = record
            .kind
            .map(|kind| (kind.confidence, self.kinds.add(kind.kind.clone(), kind)));
        let kind = match (own, self.best) {
            (Some((confidence, own)), best) if confidence >= 0.6 || best.is_none() => Some(own),
            (_, best) => best,
        };
        let source = record.source.or_else(|| source.cloned());
        let destination = record.destination.or_else(|| destination.cloned());
        self.events.push(Event {
            time: record.time.map(|time| time.value),
            source: source.map(|one| enter(&mut self.sources, one)),
            destination: destination.map(|one| enter(&mut self.destinations, one)),
            kind,
        });
    }

    /// Enters what prose and forms say; one event a pair, unless the records already have it.
    pub(crate) fn tell(&mut self, sources: Vec<Endpoint>, destinations: Vec<Endpoint>) {
        let recorded = !self.events.is_empty();
        let time = self
            .times
            .list
            .first()
            .filter(|_| !recorded)
            .map(|time| time.value.clone());
        let kind = self.best;
        let all = |parties: &mut Parties, told: Vec<Endpoint>| -> Vec<usize> {
            let known = if recorded {
                addresses(&parties.list)
            } else {
                BTreeSet::new()
            };
            told.into_iter()
                .filter(|one| !one.ip.as_ref().is_some_and(|ip| known.contains(ip)))
                .map(|one| enter(parties, one))
                .collect()
        };
        let sources = all(&mut self.sources, sources);
        let destinations = all(&mut self.destinations, destinations);
        let event = |source, destination| Event {
            time: time.clone(),
            source,
            destination,
            kind,
        };
        let events = &mut self.events;
        match (sources.as_slice(), destinations.as_slice()) {
            ([], many) if !recorded => events.extend(many.iter().map(|id| event(None, Some(*id)))),
            ([], _) => {}
            ([one], []) => events.push(event(Some(*one), None)),
            ([one], many) => events.extend(many.iter().map(|id| event(Some(*one), Some(*id)))),
            (many, [one]) => events.extend(many.iter().map(|id| event(Some(*id), Some(*one)))),
            (many, _) => events.extend(many.iter().map(|id| event(Some(*id), None))),
        }
        if self.events.is_empty() && kind.is_some() {
            self.events.push(Event {
                time,
                kind,
                ..Event::default()
            });
        }
    }

    pub(crate) fn finish(self, format: Format) -> Incident {
        Incident {
            times: self.times.list,
            sources: self.sources.list,
            destinations: self.destinations.list,
            types: self.kinds.list,
            events: self.events,
            format,
        }
    }
}

/// A list without repetition, and where each entry is.
pub(crate) struct Register<K, V> {
    pub(crate) list: Vec<V>,
    pub(crate) known: HashMap<K, usize>,
}

impl<K, V> Default for Register<K, V> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            known: HashMap::new(),
        }
    }
}

impl<K: Eq + Hash, V> Register<K, V> {
    pub(crate) fn add(&mut self, key: K, value: V) -> usize {
        *self.known.entry(key).or_insert_with(|| {
            self.list.push(value);
            self.list.len() - 1
        })
    }
}

pub(crate) type Parties = Register<(Option<String>, Option<u16>, Option<String>), Endpoint>;

pub(crate) fn enter(parties: &mut Parties, endpoint: Endpoint) -> usize {
    parties.add(
        (
            endpoint.ip.clone(),
            endpoint.port,
            endpoint.protocol.clone(),
        ),
        endpoint,
    )
}

pub(crate) fn addresses(list: &[Endpoint]) -> BTreeSet<String> {
    list.iter().filter_map(|one| one.ip.clone()).collect()
}
