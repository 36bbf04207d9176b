//! Each grammar by itself, for tests that try millions of texts: text in, what was found in it out. Reports are read by
//! [`extract()`](crate::extract()).

use crate::address::{self, Address};
use crate::defang::Clean;
use crate::field;
use crate::formats::form::Form;
use crate::formats::{arf, iodef, json, received, table, xarf, xml};
use crate::gather::Gathering;
use crate::layout::Page;
use crate::reader::Reading;
use crate::scan::Places;
use crate::when::moment::Clockwork;
use crate::when::{clock, time, zone};
use crate::{Context, Extraction, TextPart, Tlp};
use crate::{indicator, kind, wallet};

/// What stands in the octets `start..end` of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// First octet.
    pub start: usize,
    /// One past the last octet.
    pub end: usize,
    /// What it was read as; may be empty where a grammar only tells the place.
    pub value: String,
}

fn found(start: usize, end: usize, value: impl Into<String>) -> Found {
    let value = value.into();
    Found { start, end, value }
}

/// IPv4 and IPv6 addresses, networks and ranges, in order; the port's octets are not among theirs.
#[must_use]
pub fn addresses(text: &str) -> Vec<Found> {
    let list = address::find(text).into_iter();
    list.map(|one| found(one.start, one.end, one.value))
        .collect()
}

/// The refanged text, and for each of its characters the octets of the original that it comes from.
#[must_use]
pub fn refanged(text: &str) -> (String, Vec<(usize, usize)>) {
    let clean = Clean::new(text);
    let letters = clean.text.char_indices();
    let places = letters.map(|(at, c)| clean.original(at, at + c.len_utf8()));
    let places = places.collect();
    (clean.text, places)
}

/// Times, each with its value as [`Time`](crate::Time) has it; no value for one of a zone that nothing tells.
#[must_use]
pub fn times(text: &str, context: &Context) -> Vec<Found> {
    let clockwork = Clockwork::new(context, None);
    let stamps = time::find(text, &Places::new(text), &clockwork.calendar);
    let value = |stamp: &time::Stamp| {
        let resolved = clockwork.resolve(stamp.date, stamp.clock, stamp.zone.as_ref());
        resolved.map(|(value, _)| value).unwrap_or_default()
    };
    let list = stamps.iter();
    list.map(|stamp| found(stamp.start, stamp.end, value(stamp)))
        .collect()
}

/// The clock that the text begins with, the one that it ends with, and the zone that it begins with; each may be missing.
#[must_use]
pub fn clocks(text: &str) -> Vec<Found> {
    let (after, hour) = (clock::after(text, 0), clock::hour(text, 0));
    let behind = after.into_iter().chain(hour).map(|(_, end)| (0, end));
    let leading = clock::leading(text, 0, text.len()).map(|(_, start)| (start, text.len()));
    let zone = zone::beside(text).map(|(_, end)| (0, end));
    let places = behind.chain(leading).chain(zone);
    places.map(|(start, end)| found(start, end, "")).collect()
}

/// URLs, names, mail addresses, wallets, hashes, CVE ids and AS numbers.
#[must_use]
pub fn names(text: &str) -> Vec<Found> {
    let marks = indicator::find(text, &Places::new(text)).into_iter();
    marks
        .map(|one| found(one.start, one.end, one.value))
        .collect()
}

/// Bitcoin addresses.
#[must_use]
pub fn wallets(text: &str) -> Vec<Found> {
    let mut list = Vec::new();
    wallet::find(text, |start, end, value| {
        list.push(found(start, end, value));
    });
    list
}

/// Markings of the Traffic Light Protocol.
#[must_use]
pub fn markings(text: &str) -> Vec<Found> {
    let list = Tlp::markings(text);
    list.map(|(tlp, start, end)| found(start, end, tlp.as_str()))
        .collect()
}

/// Words that tell the type of an incident; and the type that the whole text names, if it does, as its own last entry.
#[must_use]
pub fn kinds(text: &str) -> Vec<Found> {
    let list = kind::find(text).into_iter();
    let list = list.map(|one| found(one.start, one.end, one.kind.kind));
    let named = kind::named(text).map(|kind| found(0, text.len(), kind.kind));
    list.chain(named).collect()
}

/// A reader of lines or of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Lines of logs.
    Logs,
    /// Labelled lines.
    Forms,
    /// CSV, and tables within a text.
    Tables,
    /// JSON in every form that is known.
    Json,
    /// XML by the names of its elements.
    Xml,
    /// IODEF.
    Iodef,
    /// X-ARF 0.1 and 0.2.
    Yaml,
    /// ARF.
    Arf,
    /// `Received` fields.
    Received,
    /// Roles by the words around an address.
    Prose,
    /// All indicators and markings.
    Marks,
}

/// What one reader makes of a part, weighed as [`extract()`](crate::extract()) does.
#[must_use]
pub fn read(reader: Reader, part: &TextPart<'_>, context: &Context) -> Extraction {
    let page = Page::new(part);
    let clockwork = Clockwork::new(context, None);
    let mut gathering = Gathering::default();
    let (mut reading, addresses) = Reading::of(&page, &clockwork, &mut gathering);
    match reader {
        Reader::Logs => logs(&mut reading, &addresses),
        Reader::Forms => forms(&mut reading, &addresses),
        Reader::Tables => drop(table::read(&mut reading, &addresses)),
        Reader::Json => drop(json::read(&mut reading)),
        Reader::Xml => drop(xml::read(&mut reading, 0)),
        Reader::Iodef => drop(iodef::read(&mut reading)),
        Reader::Yaml => drop(xarf::yaml(&mut reading, &addresses)),
        Reader::Arf => drop(arf::read(&mut reading, &addresses)),
        Reader::Received => reading.gathering.injected = received::read(&reading, &addresses),
        Reader::Prose => reading.prose(&addresses, &vec![true; page.lines.len()]),
        Reader::Marks => reading.marks(&addresses),
    }
    gathering.finish(&context.networks)
}

fn logs(reading: &mut Reading<'_>, addresses: &[Address]) {
    let mut begun = None;
    for line in &reading.page.lines {
        let from = addresses.partition_point(|address| address.start < line.start);
        let to = addresses.partition_point(|address| address.start < line.end);
        let own = addresses.get(from..to).unwrap_or_default();
        reading.log(line, own, &mut begun);
    }
}

fn forms(reading: &mut Reading<'_>, addresses: &[Address]) {
    let mut form = Form::new();
    for line in &reading.page.lines {
        let labelled = field::fields(reading.page, line);
        let text = reading.page.text();
        debug_assert!(
            labelled
                .iter()
                .all(|one| text.get(one.start..one.end).is_some())
        );
        form.line(reading, line, addresses);
    }
    form.finish(reading);
}
