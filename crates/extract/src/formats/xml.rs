//! Other XML than IODEF, by the names of its elements: infringement notices (ACNS), events of Windows, sensors' own reports.
//! Entities are not expanded and nothing is fetched.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::formats::json::machine_kind;
use crate::formats::{flat, name};
use crate::label::{self, What};
use crate::layout::Line;
use crate::reader::Reading;
use crate::text::{cut, window};
use crate::{Format, Role, rsit};

/// Elements of one document that are read, at most.
const ELEMENTS: usize = 100_000;

/// Reads every event of a document; whether it told any address.
pub(crate) fn read(reading: &mut Reading<'_>, from: usize) -> bool {
    let original = reading.page.original;
    let document = cut(original, from, original.len());
    let mut reader = Reader::from_str(document);
    reader.config_mut().check_end_names = false;
    let mut path: Vec<String> = Vec::new();
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut begin = from;
    let before = reading.gathering.records.len();
    for _ in 0..ELEMENTS {
        match reader.read_event() {
            Ok(Event::Empty(element)) => attributes(&element, &mut pairs),
            Ok(Event::Start(element)) => {
                attributes(&element, &mut pairs);
                let name = element.local_name().as_ref().to_owned();
                // `<Data Name="IpAddress">`
                let mut all = element.attributes();
                let mut given = all.with_checks(false).flatten();
                let given = given.find(|one| one.key.as_ref() == "Name");
                path.push(given.map_or(name, |one| one.value.into_owned()));
            }
            Ok(Event::End(_)) => drop(path.pop()),
            Ok(Event::Text(content)) => {
                let name = path
                    .iter()
                    .rev()
                    .take(2)
                    .rev()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(".");
                let value = window(content.trim(), 0, 1024);
                if value.is_empty() {
                    continue;
                }
                // The same address's name again: the next event.
                let address = label::read(&name).is_some_and(|field| field.what == What::Address);
                if address && pairs.iter().any(|(known, _)| *known == name) {
                    push(reading, &pairs, &mut begin);
                    pairs.clear();
                }
                if pairs.len() < 512 {
                    pairs.push((name, value.to_owned()));
                }
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
    push(reading, &pairs, &mut begin);
    reading.gathering.records.len() > before
}

/// Attributes say as much as elements in some sensors' reports.
fn attributes(element: &BytesStart<'_>, pairs: &mut Vec<(String, String)>) {
    let mut all = element.attributes();
    for one in all.with_checks(false).flatten().take(32) {
        let name = one.key.local_name().as_ref().to_owned();
        if pairs.len() < 512 && name != "Name" {
            pairs.push((name, window(&one.value, 0, 1024).to_owned()));
        }
    }
}

fn push(reading: &mut Reading<'_>, pairs: &[(String, String)], from: &mut usize) {
    let mut record = flat::record(reading, pairs, *from);
    if !record.holds() {
        return;
    }
    let notice = "http://www.acns.net/ACNS";
    if record.kind.is_none() && reading.page.original.contains(notice) {
        let kind = rsit("copyright");
        record.kind = kind.map(|kind| machine_kind(reading, kind, notice, 0));
    }
    let ends = [record.source.as_ref(), record.destination.as_ref()];
    let last = ends.into_iter().flatten().map(|end| end.span.start).max();
    *from = last.unwrap_or(*from);
    record.format = Format::Log;
    reading.gathering.records.push(record);
}

/// Reads a line of elements that have attributes and nothing else: `<hit at="…"><evil ip="…" port="…"/><host ip="…"/></hit>`.
pub(crate) fn line(reading: &mut Reading<'_>, line: &Line) -> bool {
    let text = reading.page.line(line).trim();
    let begins = text.starts_with('<') && text.ends_with('>') && text.contains("=\"");
    if !begins || text.len() > 4096 || !text.contains("><") && !text.ends_with("/>") {
        return false;
    }
    let mut reader = Reader::from_str(text);
    let mut pairs: Vec<(String, String)> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Empty(element) | Event::Start(element)) => named(&element, &mut pairs),
            Ok(Event::End(_)) => {}
            Ok(Event::Eof) => break,
            Ok(_) | Err(_) => return false,
        }
    }
    // Beside the one who is blamed, a host is the one that was hit.
    let blamed = pairs.iter().any(|(path, _)| {
        name::read(path)
            .is_some_and(|field| field.what == What::Address && field.role == Role::Source)
    });
    for (path, _) in pairs.iter_mut().filter(|_| blamed) {
        if let Some(last) = path.strip_prefix("host.") {
            *path = format!("target.{last}");
        }
    }
    let from = reading.page.clean.original(line.start, line.start + 1).0;
    let mut record = flat::record(reading, &pairs, from);
    let known = blamed && record.holds();
    if known {
        record.format = Format::Log;
        record.standing = line.standing;
        reading.claim(line.start, line.end);
        reading.gathering.records.push(record);
    }
    known
}

/// An element's attributes behind its name; one that says when goes by that word alone.
fn named(element: &BytesStart<'_>, pairs: &mut Vec<(String, String)>) {
    let outer = element.local_name().as_ref().to_ascii_lowercase();
    let mut all = element.attributes();
    for one in all.with_checks(false).flatten().take(32) {
        let name = one.key.local_name().as_ref().to_ascii_lowercase();
        let path = match name.as_str() {
            "at" | "when" | "ts" | "time" => "time".to_owned(),
            _ => format!("{outer}.{name}"),
        };
        if pairs.len() < 512 {
            pairs.push((path, window(&one.value, 0, 1024).to_owned()));
        }
    }
}
