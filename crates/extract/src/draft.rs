//! The incident as it is put together: lists without repetition, and the events that point into them.

use std::collections::{HashMap, HashSet};

use crate::gather::Record;
use crate::{Endpoint, Event, Format, Incident, Kind, Time};

/// The incident as it grows.
#[derive(Default)]
pub(crate) struct Draft {
    pub(crate) times: Register<Time>,
    pub(crate) kinds: Register<Kind>,
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
            self.times.add(&time.value, || time.clone());
        }
        let own = record
            .kind
            .map(|kind| (kind.confidence, self.kinds.add(&kind.kind, || kind.clone())));
        let kind = match (own, self.best) {
            (Some((confidence, own)), best) if confidence >= 0.6 || best.is_none() => Some(own),
            (_, best) => best,
        };
        let source = record.source.or_else(|| source.cloned());
        let destination = record.destination.or_else(|| destination.cloned());
        self.events.push(Event {
            time: record.time.map(|time| time.value),
            source: source.map(|one| self.sources.enter(one)),
            destination: destination.map(|one| self.destinations.enter(one)),
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
                addresses(&parties.known.list)
            } else {
                HashSet::new()
            };
            let fresh = |one: &Endpoint| !one.ip.as_deref().is_some_and(|ip| known.contains(ip));
            let new: Vec<Endpoint> = told.into_iter().filter(fresh).collect();
            new.into_iter().map(|one| parties.enter(one)).collect()
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
            sources: self.sources.known.list,
            destinations: self.destinations.known.list,
            types: self.kinds.list,
            events: self.events,
            format,
        }
    }
}

/// A list without repetition, and where the entry of each key is.
pub(crate) struct Register<V> {
    pub(crate) list: Vec<V>,
    known: HashMap<String, usize>,
}

impl<V> Default for Register<V> {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            known: HashMap::new(),
        }
    }
}

impl<V> Register<V> {
    /// The index of the key's entry; `value` is made only for a key that is new.
    pub(crate) fn add(&mut self, key: &str, value: impl FnOnce() -> V) -> usize {
        if let Some(index) = self.known.get(key) {
            return *index;
        }
        self.known.insert(key.to_owned(), self.list.len());
        self.list.push(value());
        self.list.len() - 1
    }
}

/// Endpoints; the same address with another port or protocol is another.
#[derive(Default)]
pub(crate) struct Parties {
    known: Register<Endpoint>,
    /// The last key, kept for its memory.
    key: String,
}

impl Parties {
    fn enter(&mut self, endpoint: Endpoint) -> usize {
        let (ip, protocol) = (endpoint.ip.as_deref(), endpoint.protocol.as_deref());
        self.key.clear();
        self.key.push_str(ip.unwrap_or_default());
        for octet in endpoint.port.unwrap_or_default().to_be_bytes() {
            self.key.push(char::from(octet));
        }
        self.key.push_str(protocol.unwrap_or_default());
        self.known.add(&self.key, || endpoint)
    }
}

pub(crate) fn addresses(list: &[Endpoint]) -> HashSet<&str> {
    list.iter().filter_map(|one| one.ip.as_deref()).collect()
}
