//! What was found in a message: values, and whether the page shows the place of each.

use extract::{
    Endpoint, Extraction, Indicator, IndicatorKind, Role as Part, Says, Span, Spoken, ZoneBasis,
};
use intake::reading::Reading;
use jiff::tz::TimeZone;

use super::message::{Room, shown_texts};
use super::shown;
use super::words::Words;
use crate::corrections::{self, Standing};

/// Values of a message by their numbers, and what can be done with them.
#[derive(Clone, Copy, Default)]
pub(super) struct Chosen<'a> {
    /// Its place is wanted.
    pub(super) place: Option<usize>,
    /// Something is to be said of it.
    pub(super) correct: Option<usize>,
    /// What was written of one and not taken, and why not.
    pub(super) typed: Option<(&'a Typed, &'a str)>,
    /// Something can be said of any.
    pub(super) may_correct: bool,
}

/// What was written into a form of a message's values.
#[derive(Clone, Default)]
pub(super) struct Typed {
    /// The message's number on the ticket.
    pub(super) message: usize,
    /// The kind's name; empty: as the text says.
    pub(super) kind: String,
    pub(super) value: String,
    /// A word of [`Says`].
    pub(super) says: String,
    pub(super) reason: String,
    /// Why it was not taken; empty when nothing was written.
    pub(super) refused: String,
}

/// A value that was found, or that an analyst added.
pub(super) struct Found {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) role: &'static str,
    pub(super) value: String,
    pub(super) is_chosen: bool,
    /// Its place is in a text that the page shows.
    pub(super) has_place: bool,
    /// What an analyst says of it, and who and when; empty for nothing.
    pub(super) said: String,
    /// He says that it is wrong.
    pub(super) is_wrong: bool,
    /// He says that its role is another.
    pub(super) is_other_role: bool,
    /// Something can be said of it.
    pub(super) can_correct: bool,
}

/// What a page shows of a message's values.
pub(super) struct Values {
    pub(super) values: Vec<Found>,
    /// Values that are not listed.
    pub(super) more: usize,
    /// The place of the one that was chosen.
    pub(super) place: Option<Span>,
}

/// A value of which something is to be said.
pub(super) struct Correcting {
    /// The kind's name, for the form.
    pub(super) kind: String,
    /// As it is stored, for the form.
    pub(super) value: String,
    /// The kind as the page's table names it.
    pub(super) name: String,
    /// As it is shown.
    pub(super) shown: String,
    /// The corrections that were seen; empty for none.
    pub(super) seen: String,
    pub(super) choices: Vec<(&'static str, &'static str)>,
    /// Its number on the page.
    pub(super) number: usize,
    /// What was written of it, if that was refused.
    pub(super) typed: Typed,
}

/// What can be said of a value, for a form.
pub(super) fn choices(all: &[Says], w: &Words) -> Vec<(&'static str, &'static str)> {
    all.iter()
        .map(|says| (says.word(), w.says(*says)))
        .collect()
}

/// The value with this number, for the form in which something is said of it.
pub(super) fn correcting(
    extraction: &Extraction,
    standing: &[Standing<'_>],
    number: usize,
    w: &'static Words,
) -> Option<Correcting> {
    let mut all = all(extraction, standing, w);
    let index = number.checked_sub(1).filter(|index| *index < all.len())?;
    let one = all.swap_remove(index);
    let (kind, value) = one.key?;
    let of_it = standing.iter().filter(|known| known.is_of(kind, &value));
    let of_it: Vec<Says> = of_it.map(|one| one.corrected.correction.says).collect();
    let is_said =
        |says: &Says| !of_it.contains(says) && (*says != Says::AsRead || !of_it.is_empty());
    let all = Says::ALL.into_iter().filter(|says| says.fits(kind));
    let says: Vec<Says> = all.filter(is_said).collect();
    Some(Correcting {
        kind: corrections::kind_word(kind),
        name: one.kind,
        shown: one.text,
        seen: corrections::shown(standing, Some((kind, &value))),
        choices: choices(&says, w),
        number,
        typed: Typed::default(),
        value,
    })
}

/// The form in which that was written, with it; `None` when the message has no such value.
pub(super) fn typed(
    extraction: &Extraction,
    standing: &[Standing<'_>],
    (typed, refused): (&Typed, &str),
    w: &'static Words,
) -> Option<Correcting> {
    let is_meant = |seen: &Seen<'_>| {
        seen.key.as_ref().is_some_and(|(kind, value)| {
            let is_kind = typed.kind.is_empty() || corrections::kind_word(*kind) == typed.kind;
            is_kind && *value == typed.value.trim()
        })
    };
    let index = all(extraction, standing, w).iter().position(is_meant)?;
    let form = correcting(extraction, standing, index + 1, w)?;
    let typed = Typed {
        refused: refused.to_owned(),
        ..typed.clone()
    };
    Some(Correcting { typed, ..form })
}

/// A value before it is numbered.
struct Seen<'a> {
    kind: String,
    role: &'static str,
    text: String,
    /// Nowhere, for one that was not read.
    span: Option<&'a Span>,
    /// What is spoken of; `None` for a party without an address.
    key: Option<(Spoken, String)>,
}

/// All values in the order of the page: those that were read, then those that were not.
fn all<'a>(
    extraction: &'a Extraction,
    standing: &[Standing<'_>],
    w: &'static Words,
) -> Vec<Seen<'a>> {
    let mut all = of_incident(extraction, w);
    all.extend(extraction.indicators.iter().map(|one| indicator(one, w)));
    let added = standing.iter().map(|one| &one.corrected.correction);
    let added = added.filter(|one| one.says != Says::AsRead);
    let added = added.filter(|one| {
        let mut read = all.iter().filter_map(|seen| seen.key.as_ref());
        !read.any(|(kind, value)| *kind == one.kind && *value == one.value)
    });
    let mut added: Vec<_> = added.collect();
    // An incident may have begun and ended at the same moment.
    added.dedup_by(|one, other| one.kind == other.kind && one.value == other.value);
    let added: Vec<Seen<'a>> = added
        .into_iter()
        .map(|one| Seen {
            kind: w.value_kind(one.kind),
            role: "",
            text: text_of(one.kind, &one.value),
            span: None,
            key: Some((one.kind, one.value.clone())),
        })
        .collect();
    all.extend(added);
    all
}

/// The values of a message with what is said of them, and the place of the one that was chosen.
pub(super) fn values(
    extraction: &Extraction,
    reading: Option<&Reading>,
    (number, chosen): (usize, Option<usize>),
    (standing, zone): (&[Standing<'_>], &TimeZone),
    room: Room,
    w: &'static Words,
) -> Values {
    let all = all(extraction, standing, w);
    let place = chosen.and_then(|chosen| all.get(chosen.checked_sub(1)?));
    let place = place.and_then(|seen| seen.span.cloned());
    let has_place = |span: &Span| {
        let texts = reading.into_iter();
        let mut texts = texts.flat_map(|reading| shown_texts(reading, room));
        texts.any(|(part, _, end)| *part.id == *span.part && span.end <= end)
    };
    let count = all.len();
    let listed = listed(all, standing, room);
    let more = count.saturating_sub(listed.len());
    let values = listed.into_iter().map(|(value, seen)| {
        let known = of(standing, &seen);
        let says: Vec<Says> = known
            .iter()
            .map(|one| one.corrected.correction.says)
            .collect();
        let said = known.iter().zip(&says).map(|(one, says)| {
            let when = shown::moment(&one.history.at, zone).people;
            w.said_by(*says, &shown::line(&one.history.by, 64), &when)
        });
        let said: Vec<String> = said.collect();
        Found {
            id: format!("{number}.{value}"),
            kind: seen.kind,
            role: seen.role,
            value: seen.text,
            is_chosen: chosen == Some(value),
            has_place: seen.span.is_some_and(has_place),
            said: said.join("; "),
            is_wrong: says.contains(&Says::Wrong),
            is_other_role: says.iter().any(|says| *says != Says::Wrong),
            can_correct: seen.key.is_some(),
        }
    });
    Values {
        values: values.collect(),
        more,
        place,
    }
}

/// What stands of a value: two for the moment of an incident's start and end; empty when nobody said anything, or it was taken back.
fn of<'s, 'h>(standing: &'s [Standing<'h>], seen: &Seen<'_>) -> Vec<&'s Standing<'h>> {
    let is_of = |one: &&Standing<'_>| {
        let key = seen.key.as_ref();
        let is_it = key.is_some_and(|(kind, value)| one.is_of(*kind, value));
        is_it && one.corrected.correction.says != Says::AsRead
    };
    standing.iter().filter(is_of).collect()
}

/// As many as there is room for, by their numbers, and those of which something is said, wherever they stand: it can be taken back.
/// Where other messages are on the page these are at most as many again.
fn listed<'a>(all: Vec<Seen<'a>>, standing: &[Standing<'_>], room: Room) -> Vec<(usize, Seen<'a>)> {
    let mut left = match room.is_alone {
        true => usize::MAX,
        false => room.values,
    };
    let mut is_listed = |number: usize, seen: &Seen<'_>| {
        if number <= room.values {
            return true;
        }
        let fits = left > 0 && !of(standing, seen).is_empty();
        left -= usize::from(fits);
        fits
    };
    let all = (1..).zip(all);
    all.filter(|(number, seen)| is_listed(*number, seen))
        .collect()
}

fn of_incident<'a>(extraction: &'a Extraction, w: &'static Words) -> Vec<Seen<'a>> {
    let incident = &extraction.incident;
    let times = incident.times.iter().map(|time| {
        let zone = match time.zone {
            ZoneBasis::Stated => "",
            ZoneBasis::Assumed => w.zone_assumed,
        };
        Seen {
            kind: w.time.to_owned(),
            role: zone,
            text: shown::line(&time.value, 60),
            span: Some(&time.span),
            key: Some((Spoken::Time, time.value.clone())),
        }
    });
    let kinds = incident.types.iter().map(|kind| Seen {
        kind: w.incident_kind.to_owned(),
        role: "",
        text: format!("{} / {}", kind.classification, kind.kind),
        span: Some(&kind.span),
        key: Some((Spoken::Type, kind.kind.clone())),
    });
    let parties = [
        (w.source, &incident.sources),
        (w.destination, &incident.destinations),
    ];
    let parties = parties.into_iter().flat_map(|(role, list)| {
        let list = list.iter();
        list.map(move |one| Seen {
            kind: w.party.to_owned(),
            role,
            text: endpoint(one),
            span: Some(&one.span),
            key: party(one),
        })
    });
    times.chain(kinds).chain(parties).collect()
}

fn indicator<'a>(indicator: &'a Indicator, w: &'static Words) -> Seen<'a> {
    let role = match indicator.role {
        Part::Source => w.source,
        Part::Destination => w.destination,
        Part::Unknown => "",
    };
    Seen {
        kind: w.value_kind(indicator.kind.into()),
        role,
        text: text_of(indicator.kind.into(), &indicator.value),
        span: Some(&indicator.span),
        key: Some((indicator.kind.into(), indicator.value.clone())),
    }
}

/// A value as it is shown.
pub(super) fn text_of(kind: Spoken, value: &str) -> String {
    match kind {
        Spoken::Value(IndicatorKind::Domain | IndicatorKind::Url | IndicatorKind::Email) => {
            shown::defanged(value)
        }
        Spoken::Value(_) | Spoken::Time => shown::line(value, 200),
        Spoken::Type => match extract::rsit(value) {
            Some(known) => format!("{} / {}", known.classification, known.kind),
            None => shown::line(value, 200),
        },
    }
}

/// Which value a party is.
fn party(endpoint: &Endpoint) -> Option<(Spoken, String)> {
    let ip = endpoint.ip.as_ref()?;
    Some((extract::party_kind(ip)?.into(), ip.clone()))
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
