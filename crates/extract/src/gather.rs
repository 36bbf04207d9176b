//! Everything observed, weighed against each other, in a stable order.

use std::collections::{BTreeMap, HashMap};

use crate::draft::{Draft, addresses};
use crate::hosts::{self, Said};
use crate::layout::Standing;
use crate::loose::{self, Loose};
use crate::state;
use crate::taxonomy::{RsitType, rsit};
use crate::tlp::Tlp;
use crate::when::moment::without_their_days;
use crate::{Endpoint, Extraction, Format, Incident, Indicator, Kind, Role, Span, Time};

/// What one log line, table row or machine report says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) standing: Standing,
    pub(crate) format: Format,
    pub(crate) time: Option<Time>,
    /// The end of a span of time.
    pub(crate) until: Option<Time>,
    pub(crate) source: Option<Endpoint>,
    pub(crate) destination: Option<Endpoint>,
    pub(crate) kind: Option<Kind>,
}

impl Record {
    /// Whether it says anything that makes an event.
    pub(crate) fn holds(&self) -> bool {
        self.source.is_some() || self.destination.is_some()
    }
}

/// A time told in prose or a form.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) standing: Standing,
    pub(crate) time: Time,
    /// A clock was given, not only a day.
    pub(crate) clock: bool,
    /// The incident began or ended on this day: said so even where clocks are told of other days.
    pub(crate) bound: bool,
    /// A label or wording says that it is the incident's.
    pub(crate) labelled: bool,
}

/// All observations of a report.
#[derive(Default)]
pub(crate) struct Gathering {
    pub(crate) tlp: Option<Tlp>,
    pub(crate) records: Vec<Record>,
    pub(crate) parties: Vec<(Standing, Format, Role, Endpoint)>,
    pub(crate) times: Vec<Told>,
    /// Evidence for a type, with its weight.
    pub(crate) kinds: Vec<(Standing, &'static RsitType, f64, Span)>,
    /// The types by learned wording and the evidence together, where people wrote the report.
    pub(crate) settled: Option<Vec<Kind>>,
    /// The wording is plainly that of a mail that reports nothing.
    pub(crate) calm: bool,
    /// Addresses that nothing gives a role.
    pub(crate) unplaced: Vec<(Standing, Endpoint)>,
    /// Ports of prose that stand beside no address.
    pub(crate) loose: Vec<(Standing, Loose)>,
    pub(crate) indicators: Vec<Indicator>,
    /// What is said of hosts that are named.
    pub(crate) hosts: Vec<(String, Said)>,
    /// The host that handed over a mail that is passed on as an example.
    pub(crate) injected: Option<Record>,
    /// Whether a party stands that was only learned.
    pub(crate) learned: bool,
}

impl Gathering {
    /// Decides what stands.
    pub(crate) fn finish(mut self, networks: &[ipnet::IpNet]) -> Extraction {
        self.doubt_the_learned();
        self.blame_the_sender();
        self.blame_the_rest();
        self.guess_lone_source();
        self.guess_own_target(networks);
        let mut draft = Draft::default();
        let (format, floor) = (self.format(), self.floor());
        for kind in self.types() {
            draft.kinds.add(&kind.kind, || kind.clone());
        }
        draft.best = (!draft.kinds.list.is_empty()).then_some(0);
        let records: Vec<Record> = std::mem::take(&mut self.records)
            .into_iter()
            .filter(|record| record.standing <= floor)
            .collect();
        let mut sources = self.told(Role::Source, &records);
        let mut destinations = self.told(Role::Destination, &records);
        disentangle(&mut sources, &mut destinations, &records);
        destinations = loose::with_ports(destinations);
        if records.is_empty() {
            state::retold(&mut draft.kinds.list, &sources, &destinations);
        }
        let best = draft.kinds.list.first().and_then(|kind| rsit(&kind.kind));
        if !records.iter().any(|record| record.source.is_some()) {
            loose::own_state(best, &mut sources, &mut destinations);
        }
        if records.is_empty() {
            self.loose.retain(|one| one.0 <= floor);
            loose::settle(&self.loose, best, &mut sources, &mut destinations);
        }
        let times = self.told_times(&records);
        for record in records {
            draft.record(record, only(&sources), only(&destinations));
        }
        for time in times {
            draft.times.add(&time.value, || time.clone());
        }
        draft.tell(sources, destinations);
        let incident = draft.finish(format);
        let mut indicators = with_roles(std::mem::take(&mut self.indicators), &incident);
        hosts::settle(&mut indicators, &self.hosts, best.map(|best| best.kind));
        Extraction {
            tlp: self.tlp,
            incident,
            indicators,
        }
    }

    /// What records and forms tell of each address so far; of one that is told as both, nothing.
    pub(crate) fn told_of(&self) -> HashMap<String, Role> {
        let recorded = self.records.iter().flat_map(|record| {
            let ends = [
                (Role::Source, &record.source),
                (Role::Destination, &record.destination),
            ];
            ends.into_iter()
                .filter_map(|(role, end)| Some((role, end.as_ref()?)))
        });
        let parties = self.parties.iter().map(|party| (party.2, &party.3));
        let mut told = HashMap::new();
        for (role, end) in recorded.chain(parties) {
            let Some(ip) = &end.ip else { continue };
            let known = told.entry(ip.clone()).or_insert(role);
            if *known != role {
                *known = Role::Unknown;
            }
        }
        told
    }

    /// The nearest standing that holds any endpoint.
    fn floor(&self) -> Standing {
        let records = self
            .records
            .iter()
            .filter(|record| record.holds())
            .map(|record| record.standing);
        let parties = self.parties.iter().map(|party| party.0);
        records
            .chain(parties)
            .min()
            .unwrap_or(Standing::Quoted)
            .min(Standing::Quoted)
    }

    /// Endpoints from prose and forms, unless words nearer to the report, or its records, give that role.
    fn told(&self, role: Role, records: &[Record]) -> Vec<Endpoint> {
        let recorded = |record: &&Record| match role {
            Role::Source => record.source.is_some(),
            Role::Destination => record.destination.is_some(),
            Role::Unknown => false,
        };
        let from_records = records
            .iter()
            .filter(recorded)
            .map(|record| record.standing);
        let floor = self
            .parties
            .iter()
            .filter(|party| party.2 == role)
            .map(|party| party.0)
            .chain(from_records)
            .min();
        let floor = floor.unwrap_or_default().min(Standing::Quoted);
        let mut told: Vec<Endpoint> = Vec::new();
        let mut place: BTreeMap<Option<String>, usize> = BTreeMap::new();
        for (_, _, _, endpoint) in self
            .parties
            .iter()
            .filter(|party| party.2 == role && party.0 <= floor)
        {
            match place
                .get(&endpoint.ip)
                .and_then(|index| told.get_mut(*index))
            {
                // The same address again: what is known of its port adds up; another port is another endpoint.
                Some(known)
                    if known.port.is_none()
                        || endpoint.port.is_none()
                        || known.port == endpoint.port =>
                {
                    merge(known, endpoint)
                }
                _ => {
                    place.insert(endpoint.ip.clone(), told.len());
                    told.push(endpoint.clone());
                }
            }
        }
        told
    }

    fn told_times(&self, records: &[Record]) -> Vec<Time> {
        let floor = self
            .times
            .iter()
            .map(|told| told.standing)
            .min()
            .unwrap_or_default();
        let near = || {
            self.times
                .iter()
                .filter(|told| told.standing <= floor && told.standing <= Standing::Quoted)
        };
        let clock =
            near().any(|told| told.clock) || records.iter().any(|record| record.time.is_some());
        let labelled = near().any(|told| told.labelled && told.clock == clock);
        let told = near().filter(|told| told.clock == clock || told.bound);
        let told = told.filter(|told| told.labelled || !labelled);
        let events = records.iter().filter_map(|record| record.time.as_ref());
        without_their_days(told.map(|told| &told.time).collect(), events)
    }

    fn format(&self) -> Format {
        let floor = self.floor();
        let mut formats: Vec<Format> = self
            .records
            .iter()
            .filter(|record| record.standing <= floor)
            .map(|record| record.format)
            .chain(
                self.parties
                    .iter()
                    .filter(|party| party.0 <= floor)
                    .map(|party| party.1),
            )
            .collect();
        formats.sort_unstable();
        formats.dedup();
        for machine in [
            Format::Arf,
            Format::Xarf,
            Format::Iodef,
            Format::Misp,
            Format::Stix,
        ] {
            if formats.contains(&machine) {
                return machine;
            }
        }
        match formats.as_slice() {
            [] => Format::FreeText,
            [one] => *one,
            _ => Format::Mixed,
        }
    }
}

/// An address told as both ends keeps the end that is better supported; log lines and tables support best.
fn disentangle(sources: &mut Vec<Endpoint>, destinations: &mut Vec<Endpoint>, records: &[Record]) {
    let weigh = |told: &[Endpoint], recorded: fn(&Record) -> Option<&Endpoint>| {
        let mut weights: HashMap<String, f64> = HashMap::with_capacity(told.len());
        for (one, extra) in told
            .iter()
            .map(|one| (one, 0.0))
            .chain(records.iter().filter_map(recorded).map(|one| (one, 1.0)))
        {
            let Some(ip) = &one.ip else { continue };
            let sure = one.confidence + extra;
            match weights.get_mut(ip) {
                Some(weight) => *weight = weight.max(sure),
                None => drop(weights.insert(ip.clone(), sure.max(0.0))),
            }
        }
        weights
    };
    let blamed = weigh(sources, |record| record.source.as_ref());
    let hit = weigh(destinations, |record| record.destination.as_ref());
    let weight = |weights: &HashMap<String, f64>, one: &Endpoint| {
        one.ip.as_ref().and_then(|ip| weights.get(ip)).copied()
    };
    sources.retain(|one| {
        weight(&hit, one).is_none_or(|against| weight(&blamed, one).unwrap_or_default() >= against)
    });
    destinations.retain(|one| {
        weight(&blamed, one).is_none_or(|against| weight(&hit, one).unwrap_or_default() > against)
    });
}

fn only(list: &[Endpoint]) -> Option<&Endpoint> {
    match list {
        [one] => Some(one),
        _ => None,
    }
}

fn merge(known: &mut Endpoint, other: &Endpoint) {
    known.port = known.port.or(other.port);
    if known.protocol.is_none() {
        known.protocol.clone_from(&other.protocol);
    }
    known.confidence = known.confidence.max(other.confidence);
}

/// Gives each indicator the role that its value has in the incident; an address that has both has neither.
fn with_roles(mut indicators: Vec<Indicator>, incident: &Incident) -> Vec<Indicator> {
    let (sources, destinations) = (
        addresses(&incident.sources),
        addresses(&incident.destinations),
    );
    for indicator in &mut indicators {
        indicator.role = match (
            sources.contains(indicator.value.as_str()),
            destinations.contains(indicator.value.as_str()),
        ) {
            (true, false) => Role::Source,
            (false, true) => Role::Destination,
            (true, true) | (false, false) => Role::Unknown,
        };
    }
    indicators
}
