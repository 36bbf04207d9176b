//! Whose problem a report is: which of the constituency's networks and domains it names, and which names only look like them (E5).

use std::collections::BTreeSet;
use std::net::IpAddr;

use extract::{Belonging, Constituency, Extraction};
use serde::Serialize;
use serde_json::{Value, json};

use crate::contacts::Directory;
use crate::search::{self, Kind};

/// Names of a message that are compared with the constituency's, in lists.
const MOST_COMPARED: usize = 100;
/// Values of a ticket that are told, and looked at.
const MOST_TOLD: usize = 100;
const MOST_LOOKED: usize = 3_000;

/// What a report names of the constituency, its own first; each once.
pub fn of_extraction(constituency: &Constituency, extraction: &Extraction) -> Vec<Belonging> {
    let incident = &extraction.incident;
    let ends = incident.sources.iter().chain(&incident.destinations);
    let ends = ends.filter_map(|end| constituency.of_endpoint(end));
    let others = extraction.indicators.iter();
    let others = others.filter_map(|one| constituency.of_indicator(one));
    let all: BTreeSet<Belonging> = ends.chain(others).collect();
    all.into_iter().collect()
}

/// The same of a searchable value. Who sent a report doesn't say whose problem it is.
pub fn of_value(constituency: &Constituency, value: &search::Value) -> Option<Belonging> {
    match value.kind {
        Kind::Address | Kind::Network => constituency.of_address(&value.text),
        Kind::Domain => constituency.of_name(&value.text),
        Kind::Url => constituency.of_host(&extract::url_host(&value.text)),
        Kind::Mail => constituency.of_name(search::value::domain_of(&value.text)),
        Kind::Port | Kind::Hash | Kind::Cve | Kind::Asn | Kind::Sender | Kind::Reference => None,
    }
}

/// The same of a value that is the constituency's own.
pub fn of_own_value(constituency: &Constituency, value: &search::Value) -> Option<Belonging> {
    let of_host = |host: &str| match host.parse::<IpAddr>() {
        Ok(_) => constituency.of_address(host),
        Err(_) => constituency.of_own_name(host),
    };
    match value.kind {
        Kind::Domain => constituency.of_own_name(&value.text),
        Kind::Url => of_host(&extract::url_host(&value.text)),
        Kind::Mail => constituency.of_own_name(search::value::domain_of(&value.text)),
        Kind::Address
        | Kind::Network
        | Kind::Port
        | Kind::Hash
        | Kind::Cve
        | Kind::Asn
        | Kind::Sender
        | Kind::Reference => of_value(constituency, value),
    }
}

/// The same of all values of a message; each once. Of its strange names only the first hundred are compared with the constituency's: a
/// message may have thousands, and a list many messages.
pub fn of_values(constituency: &Constituency, values: &[search::Value]) -> Vec<Belonging> {
    let mut compared = 0;
    let all = values.iter();
    let all = all.filter_map(|value| {
        let own = of_own_value(constituency, value);
        compared += usize::from(own.is_none());
        match own {
            None if compared <= MOST_COMPARED => of_value(constituency, value),
            own => own,
        }
    });
    let all: BTreeSet<Belonging> = all.collect();
    all.into_iter().collect()
}

/// The values of messages that are the constituency's own or only look so, as they were read, in order of place; each once,
/// and bounded.
pub fn values<'e>(
    constituency: &Constituency,
    extractions: impl Iterator<Item = &'e Extraction>,
) -> Vec<(String, Belonging)> {
    let mut all: Vec<(String, Belonging)> = Vec::new();
    let indicators = extractions.flat_map(|extraction| &extraction.indicators);
    for indicator in indicators.take(MOST_LOOKED) {
        if all.len() == MOST_TOLD {
            break;
        }
        let belonging = constituency.of_indicator(indicator);
        let is_known = |(value, _): &(String, Belonging)| *value == indicator.value;
        if let Some(belonging) = belonging.filter(|_| !all.iter().any(is_known)) {
            all.push((indicator.value.clone(), belonging));
        }
    }
    all
}

/// What `concerns:` looks for: each as it is told, and who has it by the register; lower case.
pub fn texts(directory: &Directory, concerned: &[Belonging]) -> Vec<String> {
    let texts = concerned.iter().flat_map(|one| {
        let names = directory.having(&one.of).into_iter();
        let names = names.map(|organisation| organisation.name.clone());
        names.chain([one.to_string()])
    });
    texts.map(|text| text.to_lowercase()).collect()
}

/// The first of them, and how many more there are: `198.51.100.0/24 (+1)`.
pub fn line(concerned: &[Belonging]) -> String {
    match concerned {
        [] => String::new(),
        [one] => one.to_string(),
        [first, more @ ..] => format!("{first} (+{})", more.len()),
    }
}

/// The incident and the indicators for scripts: `constituency` stands with each address and name.
pub fn add_json(constituency: &Constituency, extraction: &Extraction, object: &mut Value) {
    let incident = &extraction.incident;
    let ends = |list: &[extract::Endpoint]| -> Value {
        let each = list.iter();
        each.map(|end| with(end, constituency.of_endpoint(end).as_ref()))
            .collect()
    };
    let mut told = json!(incident);
    if let Some(told) = told.as_object_mut() {
        told.insert("sources".into(), ends(&incident.sources));
        told.insert("destinations".into(), ends(&incident.destinations));
    }
    let indicators = extraction.indicators.iter();
    let indicators: Value = indicators
        .map(|one| with(one, constituency.of_indicator(one).as_ref()))
        .collect();
    if let Some(object) = object.as_object_mut() {
        object.insert("incident".into(), told);
        object.insert("indicators".into(), indicators);
        let all = of_extraction(constituency, extraction);
        object.insert("constituency".into(), json!(all));
    }
}

fn with(value: &impl Serialize, belonging: Option<&Belonging>) -> Value {
    let mut value = json!(value);
    if let Some(value) = value.as_object_mut() {
        value.insert("constituency".into(), json!(belonging));
    }
    value
}
