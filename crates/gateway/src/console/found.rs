//! What was found in a message: values, and whether the page shows the place of each.

use extract::{Endpoint, Extraction, Indicator, IndicatorKind, Role as Part, Span, ZoneBasis};
use intake::reading::Reading;

use super::message::{Room, shown_texts};
use super::shown;
use super::words::Words;

/// A value that was found.
pub(super) struct Found {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) role: &'static str,
    pub(super) value: String,
    pub(super) is_chosen: bool,
    /// Its place is in a text that the page shows.
    pub(super) has_place: bool,
}

/// What a page shows of a message's values.
pub(super) struct Values {
    pub(super) values: Vec<Found>,
    /// Values that are not listed.
    pub(super) more: usize,
    /// The place of the one that was chosen.
    pub(super) place: Option<Span>,
}

/// A value before it is numbered: kind, role, text, place.
type Seen<'a> = (String, &'static str, String, &'a Span);

/// The values of a message of this number; `chosen` is that of one of them.
pub(super) fn values(
    extraction: &Extraction,
    reading: Option<&Reading>,
    (number, chosen): (usize, Option<usize>),
    room: Room,
    w: &'static Words,
) -> Values {
    let mut all = of_incident(extraction, w);
    all.extend(extraction.indicators.iter().map(|one| indicator(one, w)));
    let place = chosen.and_then(|chosen| all.get(chosen.checked_sub(1)?));
    let place = place.map(|(_, _, _, span)| (*span).clone());
    let has_place = |span: &Span| {
        let texts = reading.into_iter();
        let mut texts = texts.flat_map(|reading| shown_texts(reading, room));
        texts.any(|(part, _, end)| *part.id == *span.part && span.end <= end)
    };
    let more = all.len().saturating_sub(room.values);
    let values = (1..).zip(all).take(room.values);
    let values = values.map(|(value, (kind, role, text, span))| Found {
        id: format!("{number}.{value}"),
        kind,
        role,
        value: text,
        is_chosen: chosen == Some(value),
        has_place: has_place(span),
    });
    Values {
        values: values.collect(),
        more,
        place,
    }
}

fn of_incident<'a>(extraction: &'a Extraction, w: &'static Words) -> Vec<Seen<'a>> {
    let incident = &extraction.incident;
    let times = incident.times.iter().map(|time| {
        let zone = match time.zone {
            ZoneBasis::Stated => "",
            ZoneBasis::Assumed => w.zone_assumed,
        };
        (
            w.time.to_owned(),
            zone,
            shown::line(&time.value, 60),
            &time.span,
        )
    });
    let kinds = incident.types.iter().map(|kind| {
        let value = format!("{} / {}", kind.classification, kind.kind);
        (w.incident_kind.to_owned(), "", value, &kind.span)
    });
    let parties = [
        (w.source, &incident.sources),
        (w.destination, &incident.destinations),
    ];
    let parties = parties.into_iter().flat_map(|(role, list)| {
        let list = list.iter();
        list.map(move |one| (w.party.to_owned(), role, endpoint(one), &one.span))
    });
    times.chain(kinds).chain(parties).collect()
}

fn indicator<'a>(indicator: &'a Indicator, w: &'static Words) -> Seen<'a> {
    let is_name = matches!(
        indicator.kind,
        IndicatorKind::Domain | IndicatorKind::Url | IndicatorKind::Email
    );
    let value = match is_name {
        true => shown::defanged(&indicator.value),
        false => shown::line(&indicator.value, 200),
    };
    let role = match indicator.role {
        Part::Source => w.source,
        Part::Destination => w.destination,
        Part::Unknown => "",
    };
    let kind = serde_json::to_value(indicator.kind).unwrap_or_default();
    let kind = kind.as_str().unwrap_or_default().to_owned();
    (kind, role, value, &indicator.span)
}

fn endpoint(endpoint: &Endpoint) -> String {
    let port = endpoint
        .port
        .map_or_else(String::new, |port| format!(" port {port}"));
    let protocol = endpoint.protocol.as_deref().unwrap_or("");
    let slash = if protocol.is_empty() { "" } else { "/" };
    let ip = endpoint.ip.as_deref().unwrap_or("?");
    shown::line(&format!("{ip}{port}{slash}{protocol}"), 200)
}
