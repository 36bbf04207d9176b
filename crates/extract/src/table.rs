//! Tables: CSV as a part of its own or inside a text, with any of the usual delimiters and a header that names columns.

use std::collections::BTreeSet;

use crate::address::Address;
use crate::form::{ports, protocol};
use crate::gather::Record;
use crate::kind;
use crate::label::{self, Field, What};
use crate::layout::Line;
use crate::reader::{Reading, endpoint};
use crate::text::cut;
use crate::{Format, Kind, Role};

/// Longer lines are no rows.
const LINE_LIMIT: usize = 16_384;

/// How cells are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delimiter {
    Mark(char),
    /// Two blanks or more.
    Blanks,
}

/// A header that has been understood.
struct Header {
    delimiter: Delimiter,
    columns: usize,
    fields: Vec<(usize, Field)>,
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
        if text.len() > LINE_LIMIT || text.trim().is_empty() {
            header = None;
            continue;
        }
        if let Some((at, known)) = &header {
            let cells = cells(text, known.delimiter);
            let rule = text
                .chars()
                .all(|c| matches!(c, '-' | '|' | ':' | '+' | '=' | ' ' | '\t'));
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
                    reading.gathering.records.push(record);
                }
                continue;
            }
        }
        header = title(text).map(|title| (index, title));
        waiting = header.as_ref().map(|(at, _)| *at);
    }
    taken
}

/// Reads a line as a header: at least two columns named, one of them an address.
fn title(text: &str) -> Option<Header> {
    if text.len() > 4096 || text.contains("://") {
        return None;
    }
    let marks =
        [',', ';', '\t', '|'].map(|mark| (text.matches(mark).count(), Delimiter::Mark(mark)));
    let (count, delimiter) = marks.into_iter().max_by_key(|(count, _)| *count)?;
    let delimiter = if count > 0 {
        delimiter
    } else {
        Delimiter::Blanks
    };
    let cells = cells(text, delimiter);
    let fields: Vec<(usize, Field)> = cells
        .iter()
        .enumerate()
        .filter_map(|(index, (start, end))| {
            Some((index, label::read(cut(text, *start, *end).trim())?))
        })
        .collect();
    let addressed = fields.iter().any(|(_, field)| field.what == What::Address);
    (cells.len() >= 2 && fields.len() >= 2 && addressed).then_some(Header {
        delimiter,
        columns: cells.len(),
        fields,
    })
}

/// The octets of each cell within the line, without quotation marks.
fn cells(text: &str, delimiter: Delimiter) -> Vec<(usize, usize)> {
    match delimiter {
        Delimiter::Mark(mark) => marked(text, mark),
        Delimiter::Blanks => blanks(text),
    }
}

fn marked(text: &str, mark: char) -> Vec<(usize, usize)> {
    let mut cells = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c == mark && !quoted {
            cells.push(bare(text, start, at));
            start = at + mark.len_utf8();
        }
    }
    cells.push(bare(text, start, text.len()));
    cells
}

fn blanks(text: &str) -> Vec<(usize, usize)> {
    let mut cells = Vec::new();
    let mut start = 0;
    for piece in text.split("  ") {
        let end = start + piece.len();
        if !piece.trim().is_empty() {
            cells.push(bare(text, start, end));
        }
        start = end + 2;
    }
    cells
}

/// Without blanks and quotation marks around it.
fn bare(text: &str, start: usize, end: usize) -> (usize, usize) {
    let outer = ['"', '\'', ' ', '`', '\t', '*'];
    let cell = cut(text, start, end);
    let from = start + (cell.len() - cell.trim_start_matches(outer).len());
    (from, from + cell.trim_matches(outer).len())
}

fn row(
    reading: &Reading<'_>,
    line: &Line,
    cells: &[(usize, usize)],
    header: &Header,
    addresses: &[Address],
) -> Option<Record> {
    let page = reading.page;
    let mut record = Record {
        standing: line.standing,
        format: Format::Csv,
        ..Record::default()
    };
    let named = |role| {
        header
            .fields
            .iter()
            .any(|(_, field)| field.what == What::Address && field.role == role)
    };
    let (mut source_port, mut destination_port, mut transport) = (None, None, None);
    let mut time: Option<(usize, usize)> = None;
    for (index, field) in &header.fields {
        let Some((start, end)) = cells.get(*index).copied() else {
            continue;
        };
        let value = cut(page.line(line), start, end);
        let (start, end) = (line.start + start, line.start + end);
        match (field.what, field.role) {
            (What::Address, role) => {
                let at = addresses.partition_point(|address| address.start < start);
                let found = addresses
                    .get(at)
                    .filter(|address| address.start < end)
                    .map(|address| endpoint(page, address, 0.97));
                match role {
                    Role::Source => record.source = record.source.or(found),
                    Role::Destination => record.destination = record.destination.or(found),
                    Role::Unknown if !named(Role::Source) => {
                        record.source = record.source.or(found)
                    }
                    Role::Unknown => {}
                }
            }
            (What::Port, Role::Source) => {
                source_port = source_port.or(ports(value).first().copied())
            }
            (What::Port, Role::Destination) => {
                destination_port = destination_port.or(ports(value).first().copied())
            }
            (What::Port, Role::Unknown) if !named(Role::Source) => {
                source_port = source_port.or(ports(value).first().copied())
            }
            (What::Protocol, _) => transport = transport.or(protocol(value)),
            (What::Time, _) => time = Some(time.map_or((start, end), |(first, _)| (first, end))),
            (What::Kind, _) => {
                if let Some(kind) = kind::named(value)
                    .filter(|_| value.len() < 80 && !value.is_empty() && record.kind.is_none())
                {
                    let span = page.span(start, end);
                    record.kind = Some(Kind {
                        classification: kind.classification.to_owned(),
                        kind: kind.kind.to_owned(),
                        confidence: 0.9,
                        span,
                    });
                }
            }
            (What::Port, Role::Unknown) | (What::ReportTime | What::Zone, _) => {}
        }
    }
    record.time = time.and_then(|(start, end)| reading.time_at(start, end));
    for (end, port) in [
        (&mut record.source, source_port),
        (&mut record.destination, destination_port),
    ] {
        if let Some(end) = end {
            end.port = end.port.or(port);
            if end.protocol.is_none() {
                end.protocol.clone_from(&transport);
            }
        }
    }
    record.holds().then_some(record)
}
