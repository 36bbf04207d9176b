//! Tables: CSV as a part of its own or inside a text, with any of the usual delimiters and a header that names columns.

use std::collections::BTreeSet;

use super::cells::{blanks, marked, words};
use super::title::{columns, flow};
use super::turn::called;
use super::{cell, direction, flat, heading};
use crate::address::Address;
use crate::formats::form::{ports, protocol};
use crate::gather::Record;
use crate::kind;
use crate::label::{Field, What};
use crate::layout::Line;
use crate::reader::{Reading, endpoint};
use crate::text::{cut, window};
use crate::when::zone::Zone;
use crate::{Endpoint, Format, Kind, Role};

/// Longer lines are no rows.
const LINE_LIMIT: usize = 16_384;

/// How cells are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delimiter {
    Mark(char),
    /// Two blanks or more.
    Blanks,
    /// One blank or more: the logs that name their columns in a `#Fields:` line.
    Words,
}

/// A header that has been understood.
struct Header {
    delimiter: Delimiter,
    columns: usize,
    fields: Vec<(usize, Field)>,
    /// The columns whose words say what happened.
    telling: Vec<usize>,
    /// The zone that the title of a time's column gives: `first_seen_utc`, `Heure (UTC)`.
    zone: Option<Zone>,
    /// The column that tells the direction of a connection between a local and a remote end.
    direction: Option<usize>,
    /// Whether its addresses are those of a local and of a remote end.
    sided: bool,
    /// Columns of versions, whose cells are no addresses.
    versions: Vec<usize>,
    /// Whether its numbers are written by sixteen.
    hexadecimal: bool,
    /// Named by a directive: blank lines and comments may stand between the rows.
    directive: bool,
}

/// Reads a CSV part; `false` when no header is understood.
pub(crate) fn read(reading: &mut Reading<'_>, addresses: &[Address]) -> bool {
    !embedded(reading, addresses).is_empty()
}

/// Reads every table of the page; the indexes of its lines.
pub(crate) fn embedded(reading: &mut Reading<'_>, addresses: &[Address]) -> BTreeSet<usize> {
    let page = reading.page;
    let mut taken = BTreeSet::new();
    let mut header: Option<(usize, Header)> = None;
    let mut waiting: Option<usize> = None;
    for (index, line) in page.lines.iter().enumerate() {
        let text = page.line(line);
        let directive = header.as_ref().is_some_and(|(_, known)| known.directive);
        if text.len() > LINE_LIMIT || text.trim().is_empty() {
            // A table of bars goes on behind a blank line.
            let bars = |known: &Header| known.delimiter == Delimiter::Mark('|');
            header = header.filter(|(_, known)| directive || bars(known));
            continue;
        }
        if directive && text.starts_with('#') && !text.to_ascii_lowercase().starts_with("#fields") {
            taken.insert(index);
            continue;
        }
        if let Some((at, known)) = &header {
            let cells = cells(text, known.delimiter);
            let rule = text.chars().all(|c| {
                matches!(
                    c,
                    '-' | '|' | ':' | '+' | '=' | ' ' | '\t' | '\u{2500}'..='\u{257f}'
                )
            });
            // Argus and its like put both ends into one column of flows.
            if known.delimiter == Delimiter::Blanks && text.contains(" -> ") {
                continue;
            }
            if rule {
                taken.insert(index);
                continue;
            }
            if cells.len() == known.columns
                || known.columns > 3 && cells.len().abs_diff(known.columns) <= 1
            {
                if let Some(record) = row(reading, line, &cells, known, addresses) {
                    taken.extend(waiting.take_if(|waiting| waiting == at));
                    taken.insert(index);
                    reading.claim(line.start, line.end);
                    let versions = known.versions.iter().filter_map(|index| cells.get(*index));
                    versions.for_each(|cell| forget(reading, line, *cell));
                    reading.gathering.records.push(record);
                }
                continue;
            }
        }
        // A title names an address and is none.
        let named = held_by(addresses, line.start, line.end).is_none();
        header = (named.then(|| title(text)).flatten()).map(|title| (index, title));
        waiting = header.as_ref().map(|(at, _)| *at);
    }
    taken
}

/// Reads a line as a header: at least two columns named, one of them an address.
fn title(text: &str) -> Option<Header> {
    // Who began tells the state of a socket, not its side.
    if text.len() > 4096 || direction::sockets(text) {
        return None;
    }
    let (text, directive) = undressed(text);
    let marks = [',', ';', '\t', '|', '│', '┃', '║'];
    let drawn = memchr::memchr(0xe2, text.as_bytes()).is_some();
    let count = |mark: char| match u8::try_from(mark) {
        Ok(mark) => memchr::memchr_iter(mark, text.as_bytes()).count(),
        Err(_) if drawn => text.matches(mark).count(),
        Err(_) => 0,
    };
    let counts = marks.map(|mark| (count(mark), Delimiter::Mark(mark)));
    let (count, delimiter) = counts.into_iter().max_by_key(|(count, _)| *count)?;
    let delimiter = match count {
        0 if directive || flow(text) => Delimiter::Words,
        0 if !text.contains("  ") => return None,
        0 if heading::tight(text) => Delimiter::Words,
        0 => Delimiter::Blanks,
        _ => delimiter,
    };
    let cells = cells(text, delimiter);
    if cells.len() < 2 || text.contains("://") {
        return None;
    }
    let title = |(start, end): &(usize, usize)| cut(text, *start, *end).trim();
    let fields = columns(text, &cells);
    let addressed = fields.iter().any(|(_, field)| field.what == What::Address);
    if fields.len() < 2 || !addressed {
        return None;
    }
    let telling = cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| flat::telling(title(cell)));
    let telling = telling.map(|(index, _)| index).collect();
    let timed = fields.iter().filter(|(_, field)| field.what == What::Time);
    let zone = timed
        .filter_map(|(index, _)| cells.get(*index))
        .find_map(|cell| cell::titled_zone(title(cell)));
    let titles = || cells.iter().map(title);
    let versions = heading::all_versions(titles());
    let direction = titles().position(direction::is_named);
    let ended = |field: &Field| field.what == What::Address && field.role != Role::Unknown;
    let ends = fields.iter().filter(|(_, field)| ended(field));
    let ends = ends.filter_map(|(index, _)| cells.get(*index)).map(title);
    let sided = direction::sides(ends);
    Some(Header {
        direction: direction.filter(|_| sided),
        sided,
        delimiter,
        columns: cells.len(),
        fields,
        telling,
        zone,
        versions,
        hexadecimal: heading::hexadecimal(&titles().collect::<Vec<_>>()),
        directive,
    })
}

/// A header without the mark of a comment and the word `Fields:` before it; whether that word stood there.
fn undressed(text: &str) -> (&str, bool) {
    let Some(bare) = text.strip_prefix('#') else {
        return (text, false);
    };
    let bare = bare.trim_start_matches(['#', ' ']);
    let word = window(bare, 0, 7);
    if !word.eq_ignore_ascii_case("fields:") && !word.eq_ignore_ascii_case("fields\t") {
        return (bare, false);
    }
    (cut(bare, 7, bare.len()).trim_start_matches(' '), true)
}

/// The octets of each cell within the line, without quotation marks.
fn cells(text: &str, delimiter: Delimiter) -> Vec<(usize, usize)> {
    match delimiter {
        Delimiter::Mark(mark) => marked(text, mark),
        Delimiter::Blanks => blanks(text),
        Delimiter::Words => words(text),
    }
}

/// What a row's cells say, before it is put together.
#[derive(Default)]
struct Row {
    record: Record,
    ports: [Option<u16>; 2],
    transport: Option<String>,
    zone: Option<Zone>,
    /// From the first cell with a time to the last: date and clock often have a column each.
    time: Option<(usize, usize)>,
}

fn row(
    reading: &Reading<'_>,
    line: &Line,
    cells: &[(usize, usize)],
    header: &Header,
    addresses: &[Address],
) -> Option<Record> {
    let mut row = Row::default();
    let sourced = header
        .fields
        .iter()
        .any(|(_, field)| field.what == What::Address && field.role == Role::Source);
    let mut last: Option<(usize, Role)> = None;
    let mut bare = None;
    for (index, field) in &header.fields {
        let Some(cell) = cells.get(*index).copied() else {
            continue;
        };
        // A column without a role speaks of the reported host, when no other column does.
        let role = if field.role == Role::Unknown && !sourced {
            Role::Source
        } else {
            field.role
        };
        let (start, end) = (line.start + cell.0, line.start + cell.1);
        if sourced && field.what == What::Address && role == Role::Unknown {
            bare = bare.or_else(|| held_by(addresses, start, end));
        }
        let held = matches!(field.what, What::Address | What::Port)
            && row.both(reading, addresses, role, start, end);
        if held || field.what == What::Address {
            last = Some((*index, role));
            continue;
        }
        // A bare `Port` belongs to the address in the column before it.
        let beside = last.filter(|(before, _)| before + 1 == *index);
        let role = match (field.role, beside) {
            (Role::Unknown, Some((_, role))) => role,
            (Role::Unknown | Role::Source | Role::Destination, _) => role,
        };
        if header.hexadecimal && row.sixteen(cut(reading.page.text(), start, end), field, role) {
            continue;
        }
        row.cell(reading, field.what, role, (start, end));
    }
    let time = row.time.and_then(|(start, end)| {
        reading.time_in(start, end, row.zone.as_ref().or(header.zone.as_ref()))
    });
    if row.record.kind.is_none() {
        row.record.kind = described(reading, line, cells, header);
    }
    // n6's `source` is who told, and its `ip` the host that he tells of.
    let bare = bare.map(|address| endpoint(reading.page, address, 0.9));
    row.address(Role::Source, bare);
    let mut record = row.finish();
    let way = header.direction.and_then(|index| cells.get(index));
    let local = header.sided && called(&record);
    if local
        || way.is_some_and(|(start, end)| {
            direction::outward(cut(reading.page.line(line), *start, *end))
        })
    {
        std::mem::swap(&mut record.source, &mut record.destination);
    }
    record.holds().then_some(Record {
        standing: line.standing,
        format: Format::Csv,
        time,
        ..record
    })
}

/// Takes what stands in a cell back out of the indicators.
fn forget(reading: &mut Reading<'_>, line: &Line, (start, end): (usize, usize)) {
    let span = reading.page.span(line.start + start, line.start + end);
    let inside = |at: usize| (span.start..span.end).contains(&at);
    let known = &mut reading.gathering.indicators;
    known.retain(|one| one.span.part != span.part || !inside(one.span.start));
}

/// The type that a column of words tells.
fn described(
    reading: &Reading<'_>,
    line: &Line,
    cells: &[(usize, usize)],
    header: &Header,
) -> Option<Kind> {
    let telling = header.telling.iter();
    let cells = telling.filter_map(|index| cells.get(*index).copied());
    let read = |(start, end)| named(reading, line.start + start, line.start + end);
    cells.into_iter().find_map(read)
}

fn named(reading: &Reading<'_>, start: usize, end: usize) -> Option<Kind> {
    let value = cut(reading.page.text(), start, end);
    let kind = kind::named(value).filter(|_| value.len() < 80 && !value.is_empty())?;
    Some(Kind {
        classification: kind.classification.to_owned(),
        kind: kind.kind.to_owned(),
        confidence: 0.9,
        span: reading.page.span(start, end),
    })
}

/// The first address of a cell.
fn held_by(addresses: &[Address], start: usize, end: usize) -> Option<&Address> {
    let at = addresses.partition_point(|address| address.start < start);
    addresses.get(at).filter(|address| address.start < end)
}

impl Row {
    /// A cell that holds no address.
    fn cell(
        &mut self,
        reading: &Reading<'_>,
        what: What,
        role: Role,
        (start, end): (usize, usize),
    ) {
        let value = cut(reading.page.text(), start, end);
        match what {
            What::Port => {
                self.port(role, ports(value).first().copied());
                let named = value.contains(char::is_alphabetic);
                self.transport = self
                    .transport
                    .take()
                    .or_else(|| protocol(value).filter(|_| named));
            }
            What::Protocol => self.transport = self.transport.take().or_else(|| protocol(value)),
            What::Time => {
                self.time = Some(self.time.map_or((start, end), |(first, _)| (first, end)));
            }
            What::Kind if self.record.kind.is_none() => {
                self.record.kind = named(reading, start, end);
            }
            What::Zone => self.zone = cell::zone(value),
            What::Address | What::Kind | What::ReportTime => {}
        }
    }

    /// A port or a protocol by sixteen: `0016`, `06`.
    fn sixteen(&mut self, value: &str, field: &Field, role: Role) -> bool {
        let number = u16::from_str_radix(value, 16).ok();
        match field.what {
            What::Port => self.port(role, number.filter(|port| *port > 0)),
            What::Protocol => {
                self.transport = number.and_then(|number| protocol(&number.to_string()));
            }
            What::Address | What::Time | What::ReportTime | What::Zone | What::Kind => {
                return false;
            }
        }
        true
    }

    /// A column that a port's word names may hold addresses with their ports.
    fn both(
        &mut self,
        reading: &Reading<'_>,
        addresses: &[Address],
        role: Role,
        start: usize,
        end: usize,
    ) -> bool {
        let found = held_by(addresses, start, end);
        if let Some(found) = found {
            self.address(role, Some(endpoint(reading.page, found, 0.97)));
        }
        found.is_some()
    }

    fn address(&mut self, role: Role, found: Option<Endpoint>) {
        match role {
            Role::Source => self.record.source = self.record.source.take().or(found),
            Role::Destination => self.record.destination = self.record.destination.take().or(found),
            Role::Unknown => {}
        }
    }

    fn port(&mut self, role: Role, port: Option<u16>) {
        let [source, destination] = &mut self.ports;
        match role {
            Role::Source => *source = source.or(port),
            Role::Destination => *destination = destination.or(port),
            Role::Unknown => {}
        }
    }

    fn finish(mut self) -> Record {
        let [source, destination] = self.ports;
        for (end, port) in [
            (&mut self.record.source, source),
            (&mut self.record.destination, destination),
        ] {
            if let Some(end) = end {
                end.port = end.port.or(port);
                if end.protocol.is_none() {
                    end.protocol.clone_from(&self.transport);
                }
            }
        }
        self.record
    }
}
