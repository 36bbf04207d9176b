//! What people say of values that were read from a report: wrong, in another role, or missing. What was read stays as it is; this makes
//! the view that follows from both.

use serde::{Deserialize, Serialize};

use crate::facts::facts;
use crate::spoken::{Says, Spoken};
use crate::{
    Context, Endpoint, Event, Extraction, Incident, Indicator, IndicatorKind, Role, Span, TextKind,
    TextPart, extract,
};

/// What is said of one value of a message, wherever it stands in it.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// What the value is.
    pub kind: Spoken,
    /// As [`Indicator::value`]; of a time [`crate::Time::value`], of a kind of incident [`crate::Kind::kind`].
    pub value: String,
    /// What is said of it.
    pub says: Says,
}

impl Correction {
    fn is_of(&self, indicator: &Indicator) -> bool {
        self.kind == Spoken::Value(indicator.kind) && self.value == indicator.value
    }

    /// Of an address, a network or a range: these are the parties.
    fn is_party(&self) -> bool {
        matches!(
            self.kind,
            Spoken::Value(
                IndicatorKind::Ipv4
                    | IndicatorKind::Ipv6
                    | IndicatorKind::Cidr
                    | IndicatorKind::IpRange
            )
        )
    }
}

/// What was read, as it is when this is true; at most one correction a value is meant, but for a time that is start and end. Values that were not read are added, with an
/// empty [`Span`] and, as parties, in events of their own where none has room for them.
#[must_use]
pub fn corrected(extraction: &Extraction, corrections: &[Correction]) -> Extraction {
    let mut view = extraction.clone();
    facts(&mut view.incident, corrections);
    parties(&mut view.incident, corrections);
    for one in corrections {
        if one.says == Says::Wrong {
            view.indicators.retain(|known| !one.is_of(known));
        }
        let (Some(role), Spoken::Value(kind)) = (one.says.role(), one.kind) else {
            continue;
        };
        let mut is_there = false;
        for known in view.indicators.iter_mut().filter(|known| one.is_of(known)) {
            (known.role, is_there) = (role, true);
        }
        if !is_there {
            view.indicators.push(Indicator {
                kind,
                value: one.value.clone(),
                raw: one.value.clone(),
                role,
                span: Span::default(),
            });
        }
    }
    view
}

/// The address, network or prefix of a value that is written in one of our forms; `None` for any other.
#[must_use]
pub fn party_kind(value: &str) -> Option<IndicatorKind> {
    match value.parse::<std::net::IpAddr>() {
        Ok(ip) if ip.is_ipv4() => return Some(IndicatorKind::Ipv4),
        Ok(_) => return Some(IndicatorKind::Ipv6),
        Err(_) => {}
    }
    if value.parse::<ipnet::IpNet>().is_ok() {
        return Some(IndicatorKind::Cidr);
    }
    let (first, last) = value.split_once('-')?;
    let both = [first, last].map(|end| end.parse::<std::net::IpAddr>().is_ok());
    both.iter()
        .all(|end| *end)
        .then_some(IndicatorKind::IpRange)
}

/// What a text is that says one value and nothing else, defanged or not, in the form in which it would be read from a report; `None` for
/// anything else.
#[must_use]
pub fn one_value(text: &str) -> Option<(IndicatorKind, String)> {
    let text = text.trim();
    if let Ok(ip) = text.parse::<std::net::IpAddr>() {
        return Some((party_kind(text)?, ip.to_string()));
    }
    let part = TextPart {
        id: "",
        kind: TextKind::Plain,
        text,
        attachment: false,
        forwarded: false,
    };
    let found = extract(&[part], &Context::default()).indicators;
    let whole = |one: &&Indicator| one.span.start == 0 && one.span.end == text.len();
    let one = found.iter().find(whole)?;
    Some((one.kind, one.value.clone()))
}

/// The place of an end in the new lists.
type Place = (Role, usize);

/// Parties change sides, go, or come; events keep what is left of them.
fn parties(incident: &mut Incident, corrections: &[Correction]) {
    let said: Vec<&Correction> = corrections.iter().filter(|one| one.is_party()).collect();
    if said.is_empty() {
        return;
    }
    let mut lists = Lists::default();
    let mut move_all = |side: Role, ends: Vec<Endpoint>| -> Vec<Option<Place>> {
        let ends = ends.into_iter();
        ends.map(|end| lists.put(side_of(&end, side, &said), end))
            .collect()
    };
    let sources = move_all(Role::Source, std::mem::take(&mut incident.sources));
    let destinations = move_all(
        Role::Destination,
        std::mem::take(&mut incident.destinations),
    );
    let events = std::mem::take(&mut incident.events);
    let moved = |places: &[Option<Place>], index: Option<usize>| *places.get(index?)?;
    let again = |event: Event| {
        let ends = [
            moved(&sources, event.source),
            moved(&destinations, event.destination),
        ];
        with_ends(event, ends)
    };
    incident.events = events.into_iter().flat_map(again).collect();
    for one in said {
        let role = one.says.role().filter(|role| *role != Role::Unknown);
        if let Some(role) = role
            && !lists.has(role, &one.value)
        {
            let end = Endpoint {
                ip: Some(one.value.clone()),
                confidence: 1.0,
                ..Endpoint::default()
            };
            let place = lists.put(role, end);
            add(incident, place);
        }
    }
    (incident.sources, incident.destinations) = (lists.sources, lists.destinations);
}

/// On which side an end is, by what is said of it; unknown for one that goes.
fn side_of(end: &Endpoint, side: Role, said: &[&Correction]) -> Role {
    let one = said.iter().find(|one| end.ip.as_ref() == Some(&one.value));
    match one.map(|one| one.says) {
        None | Some(Says::AsRead | Says::Start | Says::End | Says::Type) => side,
        Some(Says::Wrong | Says::NoRole) => Role::Unknown,
        Some(Says::Source) => Role::Source,
        Some(Says::Destination) => Role::Destination,
    }
}

/// The parties of both sides.
#[derive(Default)]
struct Lists {
    sources: Vec<Endpoint>,
    destinations: Vec<Endpoint>,
}

impl Lists {
    fn put(&mut self, side: Role, end: Endpoint) -> Option<Place> {
        let list = match side {
            Role::Source => &mut self.sources,
            Role::Destination => &mut self.destinations,
            Role::Unknown => return None,
        };
        list.push(end);
        Some((side, list.len().saturating_sub(1)))
    }

    fn has(&self, side: Role, ip: &str) -> bool {
        let list = match side {
            Role::Source => &self.sources,
            Role::Destination => &self.destinations,
            Role::Unknown => return false,
        };
        list.iter().any(|end| end.ip.as_deref() == Some(ip))
    }
}

/// An event with these ends; where both are on one side now, one of them gets an event of its own.
fn with_ends(event: Event, ends: [Option<Place>; 2]) -> Vec<Event> {
    let bare = Event {
        source: None,
        destination: None,
        ..event
    };
    let mut events = vec![bare.clone()];
    for place in ends.into_iter().flatten() {
        let free = events.iter_mut().find(|event| is_free(event, place));
        match free {
            Some(event) => set(event, place),
            None => {
                let mut event = bare.clone();
                set(&mut event, place);
                events.push(event);
            }
        }
    }
    events
}

fn is_free(event: &Event, (side, _): Place) -> bool {
    match side {
        Role::Source => event.source.is_none(),
        Role::Destination => event.destination.is_none(),
        Role::Unknown => false,
    }
}

fn set(event: &mut Event, (side, index): Place) {
    match side {
        Role::Source => event.source = Some(index),
        Role::Destination => event.destination = Some(index),
        Role::Unknown => {}
    }
}

/// A party that was not read: part of every event that has none on its side, or an event of its own.
fn add(incident: &mut Incident, place: Option<Place>) {
    let Some(place) = place else {
        return;
    };
    let mut free = incident
        .events
        .iter_mut()
        .filter(|event| is_free(event, place))
        .peekable();
    if free.peek().is_some() {
        free.for_each(|event| set(event, place));
        return;
    }
    let mut event = Event {
        time: match incident.times.as_slice() {
            [only] => Some(only.value.clone()),
            _ => None,
        },
        kind: (!incident.types.is_empty()).then_some(0),
        ..Event::default()
    };
    set(&mut event, place);
    incident.events.push(event);
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "a failed step is a failed test")]

    use super::*;

    fn read(text: &str) -> Extraction {
        let part = TextPart::body(text);
        extract(&[part], &Context::default())
    }

    fn says(value: &str, says: Says) -> Correction {
        Correction {
            kind: party_kind(value).unwrap_or(IndicatorKind::Domain).into(),
            value: value.into(),
            says,
        }
    }

    fn ips(list: &[Endpoint]) -> Vec<&str> {
        list.iter().filter_map(|end| end.ip.as_deref()).collect()
    }

    const REPORT: &str = "Source: 192.0.2.10:4711/tcp\nDestination: 198.51.100.7:22/tcp\nTime: 2024-03-05 02:11:09 UTC\n\
        See evil.example.org";

    #[test]
    fn nothing_said_changes_nothing_and_neither_does_taking_back() {
        let read = read(REPORT);
        assert_eq!(corrected(&read, &[]), read);
        let back = [says("192.0.2.10", Says::AsRead)];
        assert_eq!(corrected(&read, &back), read);
    }

    #[test]
    fn parties_that_were_swapped_are_put_right_in_their_event() {
        let read = read(REPORT);
        let both = [
            says("192.0.2.10", Says::Destination),
            says("198.51.100.7", Says::Source),
        ];
        let view = corrected(&read, &both);
        let incident = &view.incident;
        assert_eq!(ips(&incident.sources), ["198.51.100.7"]);
        assert_eq!(ips(&incident.destinations), ["192.0.2.10"]);
        assert_eq!(incident.destinations[0].port, Some(4711));
        assert_eq!(incident.events.len(), read.incident.events.len());
        assert_eq!(
            (incident.events[0].source, incident.events[0].destination),
            (Some(0), Some(0))
        );
        let role = |value: &str| {
            let mut all = view.indicators.iter();
            all.find(|one| one.value == value).map(|one| one.role)
        };
        assert_eq!(role("192.0.2.10"), Some(Role::Destination));
        assert_eq!(role("198.51.100.7"), Some(Role::Source));
        // What was said of the one that is said again.
        let again = corrected(&read, &[says("192.0.2.10", Says::Destination)]);
        assert_eq!(again.incident.destinations.len(), 2);
        assert_eq!(again.incident.events.len(), 2);
    }

    #[test]
    fn a_wrong_value_is_gone_everywhere_and_its_event_keeps_the_rest() {
        let read = read(REPORT);
        let view = corrected(&read, &[says("192.0.2.10", Says::Wrong)]);
        assert!(view.incident.sources.is_empty());
        assert!(!view.indicators.iter().any(|one| one.value == "192.0.2.10"));
        let event = &view.incident.events[0];
        assert_eq!((event.source, event.destination), (None, Some(0)));
        assert_eq!(event.time, read.incident.events[0].time);
        let view = corrected(&read, &[says("evil.example.org", Says::Wrong)]);
        assert!(
            !view
                .indicators
                .iter()
                .any(|one| one.value == "evil.example.org")
        );
        assert_eq!(view.incident, read.incident);
    }

    #[test]
    fn one_value_is_read_as_in_a_report() {
        for (text, kind, value) in [
            (" 192.0.2.10 ", IndicatorKind::Ipv4, "192.0.2.10"),
            ("2001:DB8:0::7", IndicatorKind::Ipv6, "2001:db8::7"),
            ("192[.]0[.]2[.]10", IndicatorKind::Ipv4, "192.0.2.10"),
            ("192.0.2.0/24", IndicatorKind::Cidr, "192.0.2.0/24"),
            (
                "evil[.]example[.]org",
                IndicatorKind::Domain,
                "evil.example.org",
            ),
            (
                "hxxps://evil.example.org/a",
                IndicatorKind::Url,
                "https://evil.example.org/a",
            ),
            (
                "a@evil.example.org",
                IndicatorKind::Email,
                "a@evil.example.org",
            ),
            ("CVE-2024-3094", IndicatorKind::Cve, "CVE-2024-3094"),
        ] {
            assert_eq!(one_value(text), Some((kind, value.to_owned())), "{text}");
        }
        for text in [
            "",
            "evil",
            "from 192.0.2.10",
            "192.0.2.10 192.0.2.11",
            "1.2.3",
        ] {
            assert_eq!(one_value(text), None, "{text}");
        }
    }

    #[test]
    fn what_was_not_read_is_added_where_there_is_room() {
        let read = read("Host 198.51.100.7 was scanned on 2024-03-05 02:11:09 UTC.");
        let view = corrected(&read, &[says("203.0.113.9", Says::Source)]);
        assert_eq!(ips(&view.incident.sources), ["203.0.113.9"]);
        assert!(
            view.incident
                .events
                .iter()
                .all(|event| event.source == Some(0))
        );
        let view = corrected(&view, &[says("203.0.113.10", Says::Source)]);
        let last = &view.incident.events[view.incident.events.len() - 1];
        assert_eq!((last.source, last.destination), (Some(1), None));
        let view = corrected(&read, &[says("bad.example.net", Says::NoRole)]);
        assert!(
            view.indicators
                .iter()
                .any(|one| one.value == "bad.example.net")
        );
    }
}
