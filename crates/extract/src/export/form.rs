//! The forms by name, several messages of a case as one, and several cases in one file.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Refusal, Sheet, events_csv, indicators_csv, intelmq, iodef, misp, stix};
use crate::{Event, Extraction};

/// A form that other tools read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// IntelMQ events, one JSON object a line.
    IntelMq,
    /// IODEF 2 (RFC 7970), XML.
    Iodef,
    /// A MISP event, JSON.
    Misp,
    /// A STIX 2.1 bundle, JSON.
    Stix,
    /// A table of events.
    Csv,
    /// A table of indicators.
    IndicatorsCsv,
}

impl Form {
    /// Each of them.
    pub const ALL: [Form; 6] = [
        Form::IntelMq,
        Form::Iodef,
        Form::Misp,
        Form::Stix,
        Form::Csv,
        Form::IndicatorsCsv,
    ];

    /// Its name on a command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Form::IntelMq => "intelmq",
            Form::Iodef => "iodef",
            Form::Misp => "misp",
            Form::Stix => "stix",
            Form::Csv => "csv",
            Form::IndicatorsCsv => "indicators",
        }
    }

    /// One case.
    ///
    /// # Errors
    /// When the marking forbids this recipient.
    pub fn write(self, extraction: &Extraction, sheet: &Sheet<'_>) -> Result<String, Refusal> {
        match self {
            Form::IntelMq => intelmq(extraction, sheet),
            Form::Iodef => iodef(extraction, sheet),
            Form::Misp => misp(extraction, sheet),
            Form::Stix => stix(extraction, sheet),
            Form::Csv => events_csv(extraction, sheet),
            Form::IndicatorsCsv => indicators_csv(extraction, sheet),
        }
    }

    /// Several cases that [`Form::write`] wrote, as one file.
    #[must_use]
    pub fn join(self, cases: &[String]) -> String {
        let [first, more @ ..] = cases else {
            return String::new();
        };
        if more.is_empty() {
            return first.clone();
        }
        match self {
            Form::IntelMq => cases.concat(),
            Form::Csv | Form::IndicatorsCsv => {
                let rows = more.iter().filter_map(|case| case.split_once("\r\n"));
                rows.fold(first.clone(), |all, (_, rows)| all + rows)
            }
            Form::Iodef => incidents(cases),
            Form::Misp => {
                let events: Vec<Value> = values(cases).collect();
                format!("{}\n", json!({"response": events}))
            }
            Form::Stix => bundle(cases),
        }
    }
}

/// Of documents of ours, which all stand in the same lines, one with all incidents.
fn incidents(cases: &[String]) -> String {
    const BEGIN: &str = "<Incident ";
    const END: &str = "</IODEF-Document>\n";
    let incident = |case: &'_ String| -> Option<String> {
        let (_, incident) = case.split_once(BEGIN)?;
        Some(format!("{BEGIN}{}", incident.strip_suffix(END)?))
    };
    let head = cases.first().and_then(|case| case.split_once(BEGIN));
    let head = head.map_or("", |(head, _)| head);
    let all: String = cases.iter().filter_map(incident).collect();
    format!("{head}{all}{END}")
}

/// One bundle with all objects, those that several share once.
fn bundle(cases: &[String]) -> String {
    let mut bundles = values(cases);
    let Some(mut all) = bundles.next() else {
        return String::new();
    };
    if let Some(objects) = all.get_mut("objects").and_then(Value::as_array_mut) {
        let id = |object: &Value| object.get("id").and_then(Value::as_str).map(str::to_owned);
        let mut known: HashSet<Option<String>> = objects.iter().map(id).collect();
        for mut bundle in bundles {
            let more = bundle.get_mut("objects").and_then(Value::as_array_mut);
            for object in more.into_iter().flatten() {
                if known.insert(id(object)) {
                    objects.push(object.take());
                }
            }
        }
    }
    format!("{all}\n")
}

fn values(cases: &[String]) -> impl Iterator<Item = Value> {
    let read = |case: &String| serde_json::from_str(case).ok();
    cases.iter().filter_map(read)
}

/// What several messages of one case say, as if it were one: under the most restrictive of their markings, each indicator once.
#[must_use]
pub fn together(messages: Vec<Extraction>) -> Extraction {
    let mut all = Extraction::default();
    for message in messages {
        all.tlp = all.tlp.max(message.tlp);
        let (to, from) = (&mut all.incident, message.incident);
        let after = |list: usize, index: Option<usize>| index.map(|index| index + list);
        let (sources, destinations, types) =
            (to.sources.len(), to.destinations.len(), to.types.len());
        to.events.extend(from.events.into_iter().map(|event| Event {
            time: event.time,
            source: after(sources, event.source),
            destination: after(destinations, event.destination),
            kind: after(types, event.kind),
        }));
        to.times.extend(from.times);
        to.sources.extend(from.sources);
        to.destinations.extend(from.destinations);
        to.types.extend(from.types);
        for indicator in message.indicators {
            let is_same = |known: &crate::Indicator| {
                (known.kind, &known.value, known.role)
                    == (indicator.kind, &indicator.value, indicator.role)
            };
            if !all.indicators.iter().any(is_same) {
                all.indicators.push(indicator);
            }
        }
    }
    all
}
