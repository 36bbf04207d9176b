//! What can be spoken of in a report: its values, when the incident began and ended, and of what kind it was.

use serde::{Deserialize, Serialize};

use crate::{
    Context, Correction, Event, Incident, IndicatorKind, Kind, Says, Span, TextPart, Time,
    ZoneBasis, extract, rsit,
};

/// Octets of a time that somebody writes.
const LONGEST_TIME: usize = 80;

/// What something is said of.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(from = "Form", into = "Form")]
pub enum Spoken {
    /// An indicator, or a party by its address.
    Value(IndicatorKind),
    /// A time of the incident, as [`Time::value`].
    Time,
    /// A kind of incident, as [`Kind::kind`].
    Type,
}

impl From<IndicatorKind> for Spoken {
    fn from(kind: IndicatorKind) -> Spoken {
        Spoken::Value(kind)
    }
}

/// As it is written. What is stored counts these and names none: a new one stands last.
#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Form {
    Ipv4,
    Ipv6,
    Cidr,
    IpRange,
    Domain,
    Url,
    Email,
    Md5,
    Sha1,
    Sha256,
    Sha512,
    Cve,
    Asn,
    Bitcoin,
    Time,
    Type,
}

/// Each form of a value with what it is.
const FORMS: [(Form, IndicatorKind); 14] = [
    (Form::Ipv4, IndicatorKind::Ipv4),
    (Form::Ipv6, IndicatorKind::Ipv6),
    (Form::Cidr, IndicatorKind::Cidr),
    (Form::IpRange, IndicatorKind::IpRange),
    (Form::Domain, IndicatorKind::Domain),
    (Form::Url, IndicatorKind::Url),
    (Form::Email, IndicatorKind::Email),
    (Form::Md5, IndicatorKind::Md5),
    (Form::Sha1, IndicatorKind::Sha1),
    (Form::Sha256, IndicatorKind::Sha256),
    (Form::Sha512, IndicatorKind::Sha512),
    (Form::Cve, IndicatorKind::Cve),
    (Form::Asn, IndicatorKind::Asn),
    (Form::Bitcoin, IndicatorKind::Bitcoin),
];

impl From<Spoken> for Form {
    fn from(spoken: Spoken) -> Form {
        match spoken {
            Spoken::Value(kind) => match kind {
                IndicatorKind::Ipv4 => Form::Ipv4,
                IndicatorKind::Ipv6 => Form::Ipv6,
                IndicatorKind::Cidr => Form::Cidr,
                IndicatorKind::IpRange => Form::IpRange,
                IndicatorKind::Domain => Form::Domain,
                IndicatorKind::Url => Form::Url,
                IndicatorKind::Email => Form::Email,
                IndicatorKind::Md5 => Form::Md5,
                IndicatorKind::Sha1 => Form::Sha1,
                IndicatorKind::Sha256 => Form::Sha256,
                IndicatorKind::Sha512 => Form::Sha512,
                IndicatorKind::Cve => Form::Cve,
                IndicatorKind::Asn => Form::Asn,
                IndicatorKind::Bitcoin => Form::Bitcoin,
            },
            Spoken::Time => Form::Time,
            Spoken::Type => Form::Type,
        }
    }
}

impl From<Form> for Spoken {
    fn from(form: Form) -> Spoken {
        let mut values = FORMS.iter();
        match values
            .find(|(known, _)| std::mem::discriminant(known) == std::mem::discriminant(&form))
        {
            Some((_, kind)) => Spoken::Value(*kind),
            None if matches!(form, Form::Time) => Spoken::Time,
            None => Spoken::Type,
        }
    }
}

/// A time as people write it, with its zone, in the form in which it would be read from a report: RFC 3339, to the second. `None` for
/// anything else, also where the zone is not told, or the day could be another.
#[must_use]
pub fn one_time(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST_TIME || text.contains(['\n', '\r']) {
        return None;
    }
    let said = format!("Time: {text}");
    let found = extract(&[TextPart::body(&said)], &Context::default());
    let [time] = found.incident.times.as_slice() else {
        return None;
    };
    let is_whole = time.value.contains('T') && time.ambiguous.is_none();
    (is_whole && time.zone == ZoneBasis::Stated).then(|| time.value.clone())
}

/// A kind of incident by its identifier in the Reference Security Incident Taxonomy, alone (`brute-force`) or with its class before it
/// (`intrusion-attempts/brute-force`); the former. `None` for anything else.
#[must_use]
pub fn one_type(text: &str) -> Option<&'static str> {
    let text = text.trim().to_ascii_lowercase();
    let (class, kind) = match text.split_once('/') {
        Some((class, kind)) => (Some(class.trim_end()), kind.trim_start()),
        None => (None, text.as_str()),
    };
    let known = rsit(kind)?;
    let is_so = class.is_none_or(|class| class == known.classification);
    is_so.then_some(known.kind)
}

/// Times and kinds as they are when this is true.
pub(crate) fn facts(incident: &mut Incident, corrections: &[Correction]) {
    let of = |spoken: Spoken, says: Says| {
        let said = corrections.iter();
        let said = said.filter(move |one| one.kind == spoken && one.says == says);
        said.map(|one| one.value.as_str())
    };
    for wrong in of(Spoken::Time, Says::Wrong) {
        incident.times.retain(|time| time.value != wrong);
        again(&mut incident.events, |time| time != wrong, None);
    }
    let start = of(Spoken::Time, Says::Start).next_back();
    let end = of(Spoken::Time, Says::End).next_back();
    times(incident, start, end);
    for wrong in of(Spoken::Type, Says::Wrong) {
        let kept = |kind: &Kind| kind.kind != wrong;
        let places: Vec<bool> = incident.types.iter().map(kept).collect();
        incident.types.retain(kept);
        let moved = |index: usize| {
            let before = places.iter().take(index).filter(|kept| **kept).count();
            places
                .get(index)
                .copied()
                .unwrap_or(false)
                .then_some(before)
        };
        for event in &mut incident.events {
            event.kind = event.kind.and_then(moved);
        }
    }
    if let Some(known) = of(Spoken::Type, Says::Type).next_back().and_then(rsit) {
        incident.types = vec![Kind {
            classification: known.classification.to_owned(),
            kind: known.kind.to_owned(),
            confidence: 1.0,
            span: Span::default(),
        }];
        incident
            .events
            .iter_mut()
            .for_each(|event| event.kind = Some(0));
        one_event(incident);
    }
}

/// The first that was read becomes the start, and the last of several the end; what is outside both is gone, and its events began with
/// the incident.
fn times(incident: &mut Incident, start: Option<&str>, end: Option<&str>) {
    let mut read: Vec<(jiff::Timestamp, String)> = Vec::new();
    for time in &incident.times {
        read.extend(instant(&time.value).map(|at| (at, time.value.clone())));
    }
    read.sort();
    read.dedup();
    let several = read.len() > 1;
    let first = start.and(read.first()).map(|(_, value)| value.clone());
    let last = end.filter(|_| several).and(read.last());
    let last = last.map(|(_, value)| value.clone());
    let (from, to) = (start.and_then(instant), end.and_then(instant));
    if from.is_none() && to.is_none() {
        return;
    }
    let is_inside = |value: &str| {
        let at = instant(value);
        let after = at.zip(from).is_none_or(|(at, from)| at >= from);
        after && at.zip(to).is_none_or(|(at, to)| at <= to)
    };
    let is_kept = |value: &str| {
        let is_replaced = [&first, &last]
            .into_iter()
            .flatten()
            .any(|one| one == value);
        !is_replaced && is_inside(value)
    };
    incident.times.retain(|time| is_kept(&time.value));
    if let Some((value, last)) = end.zip(last.as_deref()) {
        again(&mut incident.events, |time| time != last, Some(value));
    }
    let began = start.or(incident.times.first().map(|time| time.value.as_str()));
    let began = began.or(end).map(str::to_owned);
    let kept = |time: &str| Some(time) == end || Some(time) == start || is_kept(time);
    again(&mut incident.events, kept, began.as_deref());
    for event in &mut incident.events {
        if event.time.is_none() {
            event.time = start.map(str::to_owned);
        }
    }
    let said = |value: &str| Time {
        value: value.to_owned(),
        raw: value.to_owned(),
        zone: ZoneBasis::Stated,
        ambiguous: None,
        span: Span::default(),
    };
    if let Some(start) = start {
        incident.times.insert(0, said(start));
    }
    if let Some(end) = end.filter(|end| Some(*end) != start) {
        incident.times.push(said(end));
    }
    one_event(incident);
}

/// Events whose time is no more have this one.
fn again(events: &mut [Event], kept: impl Fn(&str) -> bool, other: Option<&str>) {
    for event in events {
        if event.time.as_deref().is_some_and(|time| !kept(time)) {
            event.time = other.map(str::to_owned);
        }
    }
}

/// What is said of an incident of which nothing was read is one.
fn one_event(incident: &mut Incident) {
    if incident.events.is_empty() {
        incident.events.push(Event {
            time: incident.times.first().map(|time| time.value.clone()),
            kind: (!incident.types.is_empty()).then_some(0),
            ..Event::default()
        });
    }
}

/// A day alone begins at midnight, UTC.
fn instant(value: &str) -> Option<jiff::Timestamp> {
    let whole = value.parse().ok();
    whole.or_else(|| format!("{value}T00:00:00Z").parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Extraction, corrected};

    fn read(text: &str) -> Extraction {
        extract(&[TextPart::body(text)], &Context::default())
    }

    fn said(kind: Spoken, value: &str, says: Says) -> Correction {
        let value = value.to_owned();
        Correction { kind, value, says }
    }

    fn values(view: &Extraction) -> Vec<&str> {
        let times = view.incident.times.iter();
        times.map(|time| time.value.as_str()).collect()
    }

    fn events(view: &Extraction) -> Vec<Option<&str>> {
        let events = view.incident.events.iter();
        events.map(|event| event.time.as_deref()).collect()
    }

    const ONE: &str = "Source: 192.0.2.10\nDestination: 198.51.100.7:22/tcp\nTime: 2024-03-05 02:11:09 UTC\nssh brute force";

    #[test]
    fn a_time_is_written_with_its_zone() {
        for (text, value) in [
            ("2024-03-05 02:11 +01:00", "2024-03-05T02:11:00+01:00"),
            ("2024-03-05T02:11:09Z", "2024-03-05T02:11:09+00:00"),
            (" 2024-03-05 02:11:09 UTC ", "2024-03-05T02:11:09+00:00"),
            ("2024-07-05 02:11 Europe/Paris", "2024-07-05T02:11:00+02:00"),
        ] {
            assert_eq!(one_time(text).as_deref(), Some(value), "{text}");
        }
        for text in [
            "",
            "2024-03-05 02:11",
            "2024-03-05",
            "02:11 UTC",
            "2024-13-05 02:11 UTC",
            "yesterday",
            "from 2024-03-05 02:11 UTC to 2024-03-06 02:11 UTC",
        ] {
            assert_eq!(one_time(text), None, "{text}");
        }
        assert_eq!(one_type(" Brute-Force"), Some("brute-force"));
        assert_eq!(
            one_type("intrusion-attempts/brute-force"),
            Some("brute-force")
        );
        assert_eq!(
            (one_type("fraud/brute-force"), one_type("bad")),
            (None, None)
        );
    }

    #[test]
    fn the_start_that_is_said_takes_the_place_of_what_was_read() {
        let read = read(ONE);
        let start = said(Spoken::Time, "2024-03-05T00:11:09+00:00", Says::Start);
        let view = corrected(&read, std::slice::from_ref(&start));
        assert_eq!(values(&view), ["2024-03-05T00:11:09+00:00"]);
        assert_eq!(events(&view), [Some("2024-03-05T00:11:09+00:00")]);
        let end = said(Spoken::Time, "2024-03-05T04:00:00+00:00", Says::End);
        let view = corrected(&read, &[start, end.clone()]);
        assert_eq!(
            values(&view),
            ["2024-03-05T00:11:09+00:00", "2024-03-05T04:00:00+00:00"]
        );
        // An end alone leaves the one that was read as the start.
        let view = corrected(&read, &[end]);
        assert_eq!(
            values(&view),
            ["2024-03-05T02:11:09+00:00", "2024-03-05T04:00:00+00:00"]
        );
        assert_eq!(events(&view), [Some("2024-03-05T02:11:09+00:00")]);
        let wrong = said(Spoken::Time, "2024-03-05T02:11:09+00:00", Says::Wrong);
        let view = corrected(&read, &[wrong]);
        assert_eq!((values(&view).len(), events(&view)), (0, vec![None]));
    }

    #[test]
    fn of_several_times_those_outside_are_gone() {
        let mut read = read(ONE);
        let one = read.incident.times.clone();
        for hour in ["03", "04", "05"] {
            let mut time = one.clone();
            for time in &mut time {
                time.value = format!("2024-03-05T{hour}:00:00+00:00");
                let time = Some(time.value.clone());
                read.incident.events.push(Event {
                    time,
                    ..Event::default()
                });
            }
            read.incident.times.extend(time);
        }
        let view = corrected(
            &read,
            &[
                said(Spoken::Time, "2024-03-05T03:30:00+00:00", Says::Start),
                said(Spoken::Time, "2024-03-05T04:30:00+00:00", Says::End),
            ],
        );
        let wanted = [
            "2024-03-05T03:30:00+00:00",
            "2024-03-05T04:00:00+00:00",
            "2024-03-05T04:30:00+00:00",
        ];
        assert_eq!(values(&view), wanted);
        let [start, middle, end] = wanted.map(Some);
        assert_eq!(events(&view), [start, start, middle, end]);
    }

    #[test]
    fn the_kind_that_is_said_is_the_kind() {
        let read = read(ONE);
        let view = corrected(&read, &[said(Spoken::Type, "scanner", Says::Type)]);
        let kinds: Vec<(&str, &str)> = view
            .incident
            .types
            .iter()
            .map(|one| (one.classification.as_str(), one.kind.as_str()))
            .collect();
        assert_eq!(kinds, [("information-gathering", "scanner")]);
        assert!(view.incident.events.iter().all(|one| one.kind == Some(0)));
        let view = corrected(&read, &[said(Spoken::Type, "brute-force", Says::Wrong)]);
        assert!(view.incident.types.is_empty());
        assert!(view.incident.events.iter().all(|one| one.kind.is_none()));
        // Where nothing was read there is an incident since somebody says so.
        let view = corrected(
            &self::read("Hello."),
            &[said(Spoken::Type, "phishing", Says::Type)],
        );
        assert_eq!(view.incident.events.len(), 1);
    }

    #[test]
    fn what_is_spoken_of_has_the_names_of_values() {
        for (_, kind) in FORMS {
            let name = serde_json::to_value(kind).unwrap_or_default();
            assert_eq!(
                serde_json::to_value(Spoken::Value(kind)).ok(),
                Some(name.clone())
            );
            assert_eq!(
                serde_json::from_value::<Spoken>(name).ok(),
                Some(Spoken::Value(kind))
            );
        }
        assert_eq!(serde_json::to_value(Spoken::Type).ok(), Some("type".into()));
    }
}
