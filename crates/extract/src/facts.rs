//! When the incident began and ended, and of what kind it was, as people say it.

use crate::spoken::{Says, Spoken};
use crate::{Correction, Event, Incident, Kind, Span, Time, ZoneBasis, rsit};

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
    // Start and end come in below, also where they were read, in whatever zone.
    let is_inside = |value: &str| {
        let at = instant(value);
        let after = at.zip(from).is_none_or(|(at, from)| at > from);
        after && at.zip(to).is_none_or(|(at, to)| at < to)
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
    as_said(&mut incident.events, [end, start]);
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

/// An event at the moment that is said has it as it is said; also one in another zone.
fn as_said(events: &mut [Event], said: [Option<&str>; 2]) {
    for event in events {
        let at = event.time.as_deref().and_then(instant);
        let mut said = said.into_iter().flatten();
        if let Some(said) = said.find(|said| at.is_some() && at == instant(said)) {
            event.time = Some(said.to_owned());
        }
    }
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
    use crate::{Context, Extraction, TextPart, corrected, extract};

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
    fn a_time_that_was_read_and_is_said_stands_once() {
        let mut read = read(ONE);
        let mut last = read.incident.times.clone();
        for time in &mut last {
            time.value = "2024-03-05T04:00:00+00:00".to_owned();
        }
        read.incident.times.extend(last);
        let mut event = read.incident.events.first().cloned().unwrap_or_default();
        event.time = Some("2024-03-05T04:00:00+00:00".to_owned());
        read.incident.events.push(event);
        let [first, last] = ["2024-03-05T02:11:09+00:00", "2024-03-05T04:00:00+00:00"];
        for (value, says) in [(last, Says::Start), (first, Says::End)] {
            let view = corrected(&read, &[said(Spoken::Time, value, says)]);
            assert_eq!(values(&view), [value], "{says:?}");
            assert_eq!(events(&view), [Some(value); 2]);
        }
        // Also in another zone; and the whole incident may be a moment.
        let paris = "2024-03-05T05:00:00+01:00";
        let start = said(Spoken::Time, paris, Says::Start);
        let view = corrected(&read, std::slice::from_ref(&start));
        assert_eq!(
            (values(&view), events(&view)),
            (vec![paris], vec![Some(paris); 2])
        );
        let view = corrected(&read, &[start, said(Spoken::Time, paris, Says::End)]);
        assert_eq!(
            (values(&view), events(&view)),
            (vec![paris], vec![Some(paris); 2])
        );
        let both = [
            said(Spoken::Time, first, Says::Start),
            said(Spoken::Time, last, Says::End),
        ];
        let view = corrected(&read, &both);
        assert_eq!(values(&view), [first, last]);
        assert_eq!(events(&view), [Some(first), Some(last)]);
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
}
