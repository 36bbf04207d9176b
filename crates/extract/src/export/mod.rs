//! What was extracted, in the forms that other teams and tools read. Nothing leaves that its marking forbids.

mod csv;
mod form;
mod intelmq;
mod iodef;
mod misp;
mod stix;
mod valid;

pub use csv::{events_csv, indicators_csv};
pub use form::{Form, together};
pub use intelmq::intelmq;
pub use iodef::iodef;
pub use misp::misp;
pub use stix::stix;

use jiff::Timestamp;

use crate::when::moment::bare;
use crate::{
    Endpoint, Event, Extraction, Incident, Indicator, IndicatorKind, Kind, Span, Time, Tlp,
    ZoneBasis,
};

/// What an export says besides what was extracted, and for whom it is.
pub struct Sheet<'a> {
    /// The team that makes the export.
    pub organisation: &'a str,
    /// Where the team is reached. May be empty.
    pub contact: &'a str,
    /// The team's own reference of the case.
    pub ticket: &'a str,
    /// When the report came, RFC 3339.
    pub received: &'a str,
    /// When the export is made, RFC 3339.
    pub made: &'a str,
    /// What counts for a report without a marking.
    pub unmarked: Tlp,
    /// The most restrictive marking that the recipient may see.
    pub audience: Tlp,
    /// A UUID (RFC 9562) for a name: the same for the same name.
    pub uuid: &'a dyn Fn(&str) -> String,
    /// Values that people corrected, and that are not as they were read.
    pub corrected: usize,
    /// Words by which the team sorts its tickets, as far as they may leave. May be empty.
    pub tags: &'a [String],
}

/// Why nothing was exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The marking doesn't allow this recipient.
    Marked(Tlp),
    /// A time of the [`Sheet`] is none.
    Time,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Marked(tlp) => write!(out, "marked TLP:{}", tlp.as_str()),
            Self::Time => out.write_str("a time is not RFC 3339"),
        }
    }
}

impl std::error::Error for Refusal {}

/// The sheet, checked.
struct Issue<'a> {
    sheet: &'a Sheet<'a>,
    tlp: Tlp,
    received: Timestamp,
    made: Timestamp,
}

impl<'a> Issue<'a> {
    fn new(extraction: &Extraction, sheet: &'a Sheet<'a>) -> Result<Self, Refusal> {
        let tlp = extraction.tlp.unwrap_or(sheet.unmarked);
        if tlp > sheet.audience {
            return Err(Refusal::Marked(tlp));
        }
        let time = |text: &str| text.parse().map_err(|_| Refusal::Time);
        Ok(Self {
            sheet,
            tlp,
            received: time(sheet.received)?,
            made: time(sheet.made)?,
        })
    }

    /// That people corrected values, in words; `None` when they did not.
    fn corrected(&self) -> Option<String> {
        match self.sheet.corrected {
            0 => None,
            1 => Some("1 value corrected by an analyst".to_owned()),
            many => Some(format!("{many} values corrected by analysts")),
        }
    }

    /// A UUID within this case.
    fn uuid(&self, name: &str) -> String {
        (self.sheet.uuid)(&format!("{}\n{name}", self.sheet.ticket))
    }
}

/// One event with its parts instead of indexes.
struct Row<'a> {
    time: Option<&'a Time>,
    /// Until when, for what came last, where somebody says that the incident ended later.
    until: Option<Timestamp>,
    source: Option<&'a Endpoint>,
    destination: Option<&'a Endpoint>,
    kind: Option<&'a Kind>,
}

impl Row<'_> {
    fn moment(&self) -> Option<Timestamp> {
        moment(self.time?)
    }

    /// The date, where no more than that is known.
    fn day(&self) -> Option<&str> {
        self.time
            .filter(|time| bare(time))
            .map(|time| time.value.as_str())
    }

    fn assumed(&self) -> bool {
        self.time
            .is_some_and(|time| time.zone == ZoneBasis::Assumed)
    }

    /// The class and the type; `undetermined` when nothing tells.
    fn kind(&self) -> (&str, &str) {
        self.kind.map_or(("other", "undetermined"), |kind| {
            (kind.classification.as_str(), kind.kind.as_str())
        })
    }

    /// The transport protocol of either end.
    fn protocol(&self) -> Option<&str> {
        let ends = [self.source, self.destination].into_iter().flatten();
        ends.filter_map(|end| end.protocol.as_deref()).next()
    }
}

fn moment(time: &Time) -> Option<Timestamp> {
    time.value.parse().ok()
}

/// Times that somebody said: those were read nowhere.
fn said(incident: &Incident) -> impl Iterator<Item = Timestamp> {
    let said = incident.times.iter();
    said.filter(|time| time.span == Span::default())
        .filter_map(moment)
}

/// The events in their order.
fn rows(extraction: &Extraction) -> impl Iterator<Item = Row<'_>> {
    let incident = &extraction.incident;
    let time = |event: &Event| {
        let value = event.time.as_ref()?;
        incident.times.iter().find(|time| time.value == *value)
    };
    let last = incident
        .events
        .iter()
        .filter_map(time)
        .filter_map(moment)
        .max();
    let end = said(incident).max().filter(|end| Some(*end) > last);
    incident.events.iter().map(move |event| Row {
        time: time(event),
        until: end.filter(|_| last.is_some() && time(event).and_then(moment) == last),
        source: event.source.and_then(|index| incident.sources.get(index)),
        destination: event
            .destination
            .and_then(|index| incident.destinations.get(index)),
        kind: event.kind.and_then(|index| incident.types.get(index)),
    })
}

/// What an endpoint's address is.
enum Host<'a> {
    /// One address.
    Address(std::net::IpAddr),
    /// A network with its prefix length.
    Network(ipnet::IpNet),
    /// `first-last`
    Range(&'a str),
}

fn host(end: &Endpoint) -> Option<Host<'_>> {
    let ip = end.ip.as_deref()?;
    let address = ip.parse().map(Host::Address).ok();
    let network = || ip.parse().map(Host::Network).ok();
    Some(address.or_else(network).unwrap_or(Host::Range(ip)))
}

/// Whether the writer took care that nobody opens it by chance: then he means it as an indicator of harm.
fn defanged(indicator: &Indicator) -> bool {
    match indicator.kind {
        IndicatorKind::Url | IndicatorKind::Domain | IndicatorKind::Email => {
            !indicator.raw.eq_ignore_ascii_case(&indicator.value)
                && indicator.raw.contains(['[', '(', '{'])
                || indicator.raw.to_ascii_lowercase().starts_with("hxx")
        }
        IndicatorKind::Ipv4
        | IndicatorKind::Ipv6
        | IndicatorKind::Cidr
        | IndicatorKind::IpRange
        | IndicatorKind::Md5
        | IndicatorKind::Sha1
        | IndicatorKind::Sha256
        | IndicatorKind::Sha512
        | IndicatorKind::Cve
        | IndicatorKind::Asn
        | IndicatorKind::Bitcoin => indicator.raw.contains(['[', '(', '{']),
    }
}
