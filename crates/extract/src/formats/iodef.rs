//! IODEF 1 and 2 (RFC 5070, RFC 7970). Entities are not expanded and nothing is fetched.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::address;
use crate::formats::form::{ports, protocol};
use crate::gather::Record;
use crate::kind;
use crate::reader::Reading;
use crate::taxonomy::RsitType;
use crate::text::window;
use crate::tlp::Tlp;
use crate::{Endpoint, Format, Kind, Role, Time};

/// Elements inside each other, at most; deeper ones are read as if they stood here.
const DEPTH: usize = 128;

/// What has been read of the document so far.
#[derive(Default)]
struct State {
    path: Vec<String>,
    /// The running System's part in the incident.
    role: Role,
    /// Endpoints of the running System, before its port is known.
    system: Vec<Endpoint>,
    port: Option<u16>,
    transport: Option<String>,
    flow: [Vec<Endpoint>; 2],
    rest: [Vec<Endpoint>; 2],
    times: [Option<Time>; 3],
    kind: Option<Kind>,
    category: String,
    /// What the running AdditionalData says.
    meaning: String,
    found: bool,
    /// The strictest of those that the incidents and their events have.
    restriction: Option<Tlp>,
}

/// Reads the document; `false` when it is no IODEF.
pub(crate) fn read(reading: &mut Reading<'_>) -> bool {
    let text = reading.page.original.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut state = State::default();
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event() {
            Ok(Event::Start(element)) => state.start(reading, &element, at),
            Ok(Event::Empty(element)) => {
                state.start(reading, &element, at);
                state.end(reading);
            }
            Ok(Event::End(_)) => state.end(reading),
            Ok(Event::Text(content)) => {
                state.text(reading, &content, at);
            }
            Ok(Event::Eof) | Err(_) => break,
            Ok(
                Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_)
                | Event::GeneralRef(_),
            ) => {}
        }
    }
    state.event_data(reading);
    if state.found {
        reading.gathering.tlp = reading.gathering.tlp.max(state.restriction);
    }
    state.found
}

fn attribute(element: &BytesStart<'_>, names: &[&str]) -> Option<String> {
    let mut all = element.attributes();
    let found = all.with_checks(false).flatten().find(|attribute| {
        names
            .iter()
            .any(|name| attribute.key.local_name().as_ref() == *name)
    })?;
    Some(found.value.into_owned())
}

impl State {
    fn start(&mut self, reading: &Reading<'_>, element: &BytesStart<'_>, at: usize) {
        let name = element.local_name().as_ref().to_owned();
        if matches!(name.as_str(), "IODEF-Document" | "Incident" | "EventData") {
            let own = attribute(element, &["restriction"]);
            self.restriction = self
                .restriction
                .max(own.and_then(|word| Tlp::restriction(&word)));
        }
        match name.as_str() {
            "IODEF-Document" => self.found = true,
            "System" => {
                self.role = match attribute(element, &["category"]).as_deref() {
                    Some("source") => Role::Source,
                    Some("target") => Role::Destination,
                    _ => Role::Unknown,
                };
            }
            "Address" => self.category = attribute(element, &["category"]).unwrap_or_default(),
            "AdditionalData" => self.meaning = attribute(element, &["meaning"]).unwrap_or_default(),
            "Service" => {
                self.transport = attribute(element, &["ip-protocol", "ip_protocol"])
                    .and_then(|value| protocol(&value))
            }
            "Impact" | "SystemImpact" => {
                if let Some((kind, written)) = attribute(element, &["type"])
                    .and_then(|written| Some((impact(&written)?, written)))
                {
                    self.set_kind(reading, kind, &written, at);
                }
            }
            _ => {}
        }
        if self.path.len() < DEPTH {
            self.path.push(name);
        }
    }

    fn set_kind(
        &mut self,
        reading: &Reading<'_>,
        kind: &'static RsitType,
        written: &str,
        at: usize,
    ) {
        let span = reading.place(written, at);
        let kind = Kind {
            classification: kind.classification.to_owned(),
            kind: kind.kind.to_owned(),
            confidence: 0.9,
            span,
        };
        self.kind.get_or_insert(kind);
    }

    fn text(&mut self, reading: &mut Reading<'_>, content: &str, at: usize) {
        let content = window(content.trim(), 0, 4096);
        if content.is_empty() {
            return;
        }
        match self.path.last().map(String::as_str) {
            Some("Address")
                if !matches!(
                    self.category.as_str(),
                    "e-mail" | "mac" | "asn" | "atm" | "site-uri"
                ) =>
            {
                if let Some(found) = address::find(content).into_iter().next() {
                    let span =
                        reading.place(window(content, found.start, found.end - found.start), at);
                    self.system.push(Endpoint {
                        ip: Some(found.value),
                        confidence: 0.98,
                        span,
                        ..Endpoint::default()
                    });
                }
            }
            Some("Port" | "Portlist" | "portlist") => self.port = ports(content).first().copied(),
            // As we write a port whose protocol nobody named.
            Some("AdditionalData")
                if self.meaning == "port" && self.path.iter().any(|name| name == "System") =>
            {
                self.port = self.port.or(ports(content).first().copied());
            }
            Some("StartTime") => self.time(reading, 0, content, at),
            Some("DetectTime") => self.time(reading, 1, content, at),
            Some("EndTime") => self.time(reading, 2, content, at),
            Some("IncidentCategory") => {
                if let Some(kind) = kind::named(content) {
                    self.set_kind(reading, kind, content, at);
                }
            }
            Some("Description")
                if !self.path.iter().any(|name| {
                    matches!(name.as_str(), "Reference" | "Contact" | "Expectation")
                }) =>
            {
                for evidence in kind::find(content) {
                    let span = reading.place(
                        window(content, evidence.start, evidence.end - evidence.start),
                        at,
                    );
                    reading.gathering.kinds.push((
                        crate::layout::Standing::Own,
                        evidence.kind,
                        evidence.weight,
                        span,
                    ));
                }
            }
            _ => {}
        }
    }

    fn time(&mut self, reading: &Reading<'_>, slot: usize, content: &str, at: usize) {
        let time = reading.machine_time(content, at);
        if let Some(slot) = self.times.get_mut(slot) {
            *slot = slot.take().or(time);
        }
    }

    fn end(&mut self, reading: &mut Reading<'_>) {
        match self.path.pop().as_deref() {
            Some("System") => {
                let [sources, targets] = &mut self.flow;
                let list = match self.role {
                    Role::Source => Some(sources),
                    Role::Destination => Some(targets),
                    Role::Unknown => None,
                };
                let (port, transport) = (self.port.take(), self.transport.take());
                let systems = std::mem::take(&mut self.system);
                if let Some(list) = list {
                    list.extend(systems.into_iter().map(|one| Endpoint {
                        port,
                        protocol: transport.clone(),
                        ..one
                    }));
                }
                self.role = Role::Unknown;
            }
            Some("Flow") => {
                let [sources, targets] = std::mem::take(&mut self.flow);
                if !sources.is_empty() && !targets.is_empty() {
                    self.pair(reading, &sources, &targets);
                } else {
                    let [left, right] = &mut self.rest;
                    left.extend(sources);
                    right.extend(targets);
                }
            }
            Some("EventData") => self.event_data(reading),
            _ => {}
        }
    }

    /// Endpoints of flows that name one side only.
    fn event_data(&mut self, reading: &mut Reading<'_>) {
        let [mut sources, mut targets] = std::mem::take(&mut self.rest);
        let [left, right] = std::mem::take(&mut self.flow);
        sources.extend(left);
        targets.extend(right);
        self.pair(reading, &sources, &targets);
        if self.path.is_empty()
            && self.found
            && reading.gathering.records.is_empty()
            && (self.kind.is_some() || self.times.iter().any(Option::is_some))
        {
            self.push(reading, None, None);
        }
    }

    fn pair(&self, reading: &mut Reading<'_>, sources: &[Endpoint], targets: &[Endpoint]) {
        match (sources, targets) {
            ([], []) => {}
            (many, []) => many
                .iter()
                .for_each(|one| self.push(reading, Some(one), None)),
            ([], many) => many
                .iter()
                .for_each(|one| self.push(reading, None, Some(one))),
            (many, [target]) => many
                .iter()
                .for_each(|one| self.push(reading, Some(one), Some(target))),
            ([source], many) => many
                .iter()
                .for_each(|one| self.push(reading, Some(source), Some(one))),
            (many, others) => {
                many.iter()
                    .for_each(|one| self.push(reading, Some(one), None));
                others
                    .iter()
                    .for_each(|one| self.push(reading, None, Some(one)));
            }
        }
    }

    fn push(
        &self,
        reading: &mut Reading<'_>,
        source: Option<&Endpoint>,
        target: Option<&Endpoint>,
    ) {
        let [start, detect, end] = &self.times;
        reading.gathering.records.push(Record {
            format: Format::Iodef,
            time: start.clone().or_else(|| detect.clone()),
            until: end.clone(),
            source: source.cloned(),
            destination: target.cloned(),
            kind: self.kind.clone(),
            ..Record::default()
        });
    }
}

/// The taxonomy's type for the impacts of both versions that tell one.
pub(crate) fn impact(written: &str) -> Option<&'static RsitType> {
    let kind = match written {
        "admin" => "privileged-account-compromise",
        "user" | "takeover-account" => "unprivileged-account-compromise",
        "dos" | "availability-system" | "availability-service" | "availability-account" => "dos",
        "info-leak" | "breach-privacy" | "breach-proprietary" => "data-leak",
        "file" | "integrity-data" => "unauthorised-information-modification",
        "misconfiguration" | "breach-configuration" => "misconfiguration",
        "recon" => "scanner",
        "social-engineering" => "social-engineering",
        "takeover-system" => "system-compromise",
        "takeover-service" => "application-compromise",
        "integrity-hardware" | "integrity-configuration" => "system-compromise",
        "monitoring-network" => "sniffing",
        _ => return None,
    };
    crate::rsit(kind)
}
