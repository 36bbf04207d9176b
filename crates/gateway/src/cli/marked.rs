//! The readable view of `inspect`: what would happen and why, and the text with each value marked where it was found.

use std::fmt::Write;

use intake::message::{Segment, SegmentKind};
use intake::pipeline::Filing;

use super::json::Seen;
use super::layers;
use super::paint::{self, Piece};
use crate::screen::{one_line, printable};
use crate::{concern, gist};

const DIM: (&str, &str) = ("\u{1b}[2m", "\u{1b}[0m");

pub(super) fn view(seen: &Seen<'_>, colour: bool) -> String {
    let mut text = String::new();
    let (reading, outcome) = (seen.reading, seen.outcome);
    let _ = writeln!(text, "── {}", printable(seen.file));
    if let Some(fault) = seen.fault {
        let _ = writeln!(
            text,
            "   could not be read ({fault}): it would be stored unread, as a ticket that needs a human"
        );
    }
    let from = reading
        .from
        .iter()
        .map(|mailbox| printable(&mailbox.address))
        .collect::<Vec<_>>()
        .join(", ");
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "   {name:<12}{value}");
        }
    };
    line("From", &from);
    line(
        "Subject",
        &one_line(reading.subject.as_deref().unwrap_or(""), 200),
    );
    line("Kind", outcome.disposition.kind.as_str());
    line("Rule", outcome.disposition.rule.as_deref().unwrap_or(""));
    line(
        "Evidence",
        &printable(outcome.disposition.evidence.as_deref().unwrap_or("")),
    );
    line("Filed", &filing(&outcome.filing));
    line("Answer", &answer(seen));
    for phrase in layers::phrases(&reading.openpgp) {
        line("OpenPGP", &phrase);
    }
    line("TLP", outcome.extraction.tlp.map_or("", |tlp| tlp.as_str()));
    let foreign: Vec<String> = seen
        .examination
        .references
        .foreign
        .iter()
        .map(|known| printable(&known.raw))
        .collect();
    line("References", &foreign.join(", "));
    line("Incident", &printable(&gist::line(&outcome.extraction)));
    for time in &outcome.extraction.incident.times {
        line("Date", &readings(time).unwrap_or_default());
    }
    for of in concern::of_extraction(seen.constituency, &outcome.extraction) {
        line("Concerns", &printable(&of.to_string()));
    }
    parts(seen, colour, &mut text);
    text.push('\n');
    text
}

/// Both readings of a date that nothing decides: `03/04/2024 14:05: 3 April 2024 or 4 March 2024`.
fn readings(time: &extract::Time) -> Option<String> {
    let day = |value: &str| {
        let date: jiff::civil::Date = value.get(..10)?.parse().ok()?;
        Some(date.strftime("%-d %B %Y").to_string())
    };
    let (one, other) = (day(&time.value)?, day(time.ambiguous.as_deref()?)?);
    Some(format!("{}: {one} or {other}", one_line(&time.raw, 80)))
}

/// The parts in which something was found or looks as if it should, or that the sender did not write alone.
fn parts(seen: &Seen<'_>, colour: bool, text: &mut String) {
    let (reading, outcome) = (seen.reading, seen.outcome);
    let segments = intake::texts::segments(reading);
    let mut legend = Some(paint::legend(colour));
    for part in intake::texts::parts(reading) {
        let pieces = paint::pieces(&outcome.extraction, part.id, part.text);
        let segments = segments.iter().find(|(id, _)| *id == part.id);
        let segments = segments.map_or(&[][..], |(_, segments)| segments.as_slice());
        let mixed = segments
            .iter()
            .any(|segment| segment.kind != SegmentKind::Own);
        if part.id != "subject" && (mixed || !pieces.is_empty()) {
            let legend = legend
                .take()
                .map_or_else(String::new, |legend| format!("   {legend}"));
            let _ = writeln!(text, "   ┌ part {}{legend}", printable(part.id));
            text.push_str(&body(part.text, segments, &pieces, colour));
        }
    }
}

/// The lines of a text with a word in front of what the sender did not write himself, dimmed on a terminal.
fn body(text: &str, segments: &[Segment], pieces: &[Piece], colour: bool) -> String {
    let whole = [Segment {
        kind: SegmentKind::Own,
        start: 0,
        end: text.len(),
    }];
    let segments = if segments.is_empty() {
        &whole
    } else {
        segments
    };
    let mut out = String::new();
    for segment in segments {
        let (gutter, dim) = match segment.kind {
            SegmentKind::Own => ("│", false),
            SegmentKind::Quoted => ("│ quoted    ┊", true),
            SegmentKind::Signature => ("│ signature ┊", true),
            SegmentKind::ForwardedHeader | SegmentKind::Forwarded => ("│ forwarded ┊", false),
        };
        let (before, after) = if dim && colour { DIM } else { ("", "") };
        let inside = pieces.iter().filter_map(|(start, end, paint)| {
            let start = (*start).max(segment.start).checked_sub(segment.start)?;
            let end = (*end).min(segment.end).checked_sub(segment.start)?;
            (start < end).then_some((start, end, *paint))
        });
        let slice = text.get(segment.start..segment.end).unwrap_or_default();
        let marked = paint::paint(slice, &inside.collect::<Vec<_>>(), colour);
        for line in marked.lines() {
            let _ = writeln!(out, "   {gutter} {before}{line}{after}");
        }
    }
    out
}

fn filing(filing: &Filing) -> String {
    match filing {
        Filing::Open { link: None } => "a new ticket".into(),
        Filing::Open { link: Some(link) } => {
            format!("a new ticket that names number {:06}", link.serial)
        }
        Filing::Join { serial, level, .. } => {
            format!("joins number {serial:06} (proof level {})", level.number())
        }
        Filing::Suppress => "kept without a ticket (quarantine)".into(),
    }
}

/// By the message's own nature; proof of the sender and rates are applied when it is really received.
fn answer(seen: &Seen<'_>) -> String {
    match (seen.outcome.disposition.acknowledge, &seen.outcome.filing) {
        (false, _) => "never acknowledged".into(),
        (true, Filing::Join { .. }) => "not acknowledged: it joins a ticket".into(),
        (true, Filing::Open { .. } | Filing::Suppress) => {
            "may be acknowledged, when its sender is proved".into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_that_nothing_decides_is_shown_with_both_readings() {
        let mut time = extract::Time {
            value: "2024-04-03T14:05:00+02:00".into(),
            raw: "03/04/2024 14:05".into(),
            zone: extract::ZoneBasis::Stated,
            ambiguous: Some("2024-03-04T14:05:00+01:00".into()),
            span: extract::Span::default(),
        };
        assert_eq!(
            readings(&time).as_deref(),
            Some("03/04/2024 14:05: 3 April 2024 or 4 March 2024")
        );
        time.ambiguous = None;
        assert_eq!(readings(&time), None);
    }
}
