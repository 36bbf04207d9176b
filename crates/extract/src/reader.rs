//! Reads one part: finds what it is written as, and hands each line to the reader that knows it.

use std::cell::Cell;
use std::collections::HashSet;

use crate::address::{self, Address};
use crate::formats::form::Form;
use crate::formats::{arf, iodef, json, logs, port, received, table, tuple, xarf, xml};
use crate::gather::{Gathering, Told};
use crate::hosts::{self, Name, Said};
use crate::layout::{Line, Page, Standing};
use crate::text::cut;
use crate::tlp::Tlp;
use crate::when::moment::{Clockwork, seconds};
use crate::when::report::{bound, reported};
use crate::when::time::{self, Stamp};
use crate::{Endpoint, Indicator, IndicatorKind, Role, TextKind};
use crate::{indicator, kind};

/// A part being read.
pub(crate) struct Reading<'a> {
    pub(crate) page: &'a Page<'a>,
    pub(crate) clockwork: &'a Clockwork,
    pub(crate) gathering: &'a mut Gathering,
    pub(crate) stamps: Vec<Stamp>,
    /// Where a machine reader found its last value, and how many octets such searches have read.
    pub(crate) cursor: Cell<usize>,
    pub(crate) searched: Cell<usize>,
    /// Hosts that are named.
    pub(crate) names: Vec<Name>,
    /// Where addresses of log lines begin that no rule of a program placed, in order.
    pub(crate) left: Vec<usize>,
    /// Stamps that a log line, a row or a label has used, by index.
    pub(crate) used: Vec<bool>,
}

/// Reads one part into the gathering; which of its lines are prose, none where a machine wrote it.
pub(crate) fn read(page: &Page<'_>, clockwork: &Clockwork, gathering: &mut Gathering) -> Vec<bool> {
    let (mut reading, addresses) = Reading::of(page, clockwork, gathering);
    reading.marks(&addresses);
    let known = match page.part.kind {
        TextKind::FeedbackReport => arf::read(&mut reading, &addresses),
        TextKind::Json => json::read(&mut reading),
        TextKind::Xml => iodef::read(&mut reading) || markup(&mut reading, 0),
        TextKind::Yaml => xarf::yaml(&mut reading, &addresses),
        TextKind::Csv => table::read(&mut reading, &addresses),
        TextKind::MessageHeader => {
            let hop = received::read(&reading, &addresses);
            reading.gathering.injected = reading.gathering.injected.take().or(hop);
            true
        }
        TextKind::Subject | TextKind::Plain => sniff(&mut reading, &addresses),
    };
    let prose = match known {
        true => Vec::new(),
        false => reading.lines(&addresses),
    };
    let told = std::mem::take(&mut reading.names).into_iter();
    let told = told.filter(|name| name.said != Said::Nothing);
    let told = told.map(|name| (name.host, name.said));
    reading.gathering.hosts.extend(told);
    prose
}

/// XML that isn't IODEF; its words tell the type.
fn markup(reading: &mut Reading<'_>, from: usize) -> bool {
    let known = xml::read(reading, from);
    if known && reading.page.part.kind == TextKind::Xml {
        reading.kinds();
    }
    known
}

/// Machine reports that arrive as plain text.
fn sniff(reading: &mut Reading<'_>, addresses: &[Address]) -> bool {
    let text = reading.page.original.trim_start();
    let head = crate::text::window(text, 0, 4096);
    if text.starts_with(['{', '[']) {
        return json::read(reading);
    }
    if text.starts_with('<') && head.contains("IODEF-Document") {
        return iodef::read(reading);
    }
    // A notice in a mail's text: its XML is read, and the words around it too.
    if let Some(at) = ["<?xml ", "<Infringement"]
        .iter()
        .find_map(|mark| text.find(mark))
    {
        let lead = reading.page.original.len() - text.len();
        markup(reading, lead + at);
    }
    let has = |key: &str| head.lines().any(|line| line.starts_with(key));
    if has("Feedback-Type:") && has("Version:") {
        return arf::read(reading, addresses);
    }
    has("Reported-From:")
        && (has("Report-Type:") || has("Category:"))
        && xarf::yaml(reading, addresses)
}

/// An endpoint from an address of the page.
pub(crate) fn endpoint(page: &Page<'_>, address: &Address, confidence: f64) -> Endpoint {
    Endpoint {
        ip: Some(address.value.clone()),
        port: address.port,
        protocol: address.protocol.clone(),
        confidence,
        span: page.span(address.start, address.end),
    }
}

impl<'a> Reading<'a> {
    /// A part before it is read, with its times and its addresses.
    pub(crate) fn of(
        page: &'a Page<'a>,
        clockwork: &'a Clockwork,
        gathering: &'a mut Gathering,
    ) -> (Self, Vec<Address>) {
        let stamps = time::find(page.text(), &page.places, &clockwork.calendar);
        let used = vec![false; stamps.len()];
        let mut addresses = address::find(page.text());
        port::not_networks(page, &mut addresses);
        let reading = Self {
            page,
            clockwork,
            gathering,
            stamps,
            cursor: Cell::new(0),
            searched: Cell::new(0),
            names: Vec::new(),
            left: Vec::new(),
            used,
        };
        (reading, addresses)
    }
}

impl Reading<'_> {
    /// Line by line: tables, logs, forms, and what is left as prose, which is told of each line.
    fn lines(&mut self, addresses: &[Address]) -> Vec<bool> {
        let prose = self.taken(addresses);
        self.prose(addresses, &prose);
        self.told();
        self.kinds();
        prose
    }

    /// Reads tables, logs, forms and pasted headers; which lines are left as prose.
    pub(crate) fn taken(&mut self, addresses: &[Address]) -> Vec<bool> {
        let page = self.page;
        let mut form = Form::new();
        let mut prose = vec![true; page.lines.len()];
        let mut begun = None;
        let rows = table::embedded(self, addresses);
        let mut trace = false;
        let (mut pasted, mut tries) = (0, 64);
        for (index, line) in page.lines.iter().enumerate() {
            // Pasted headers tell whom a mail passed, not who did what.
            trace = received::trace(page.line(line), trace);
            if trace {
                self.claim(line.start, line.end);
                if let Some(prose) = prose.get_mut(index) {
                    *prose = false;
                }
                continue;
            }
            if self.pasted(line, &mut pasted, &mut tries) {
                if let Some(prose) = prose.get_mut(index) {
                    *prose = false;
                }
                continue;
            }
            let from = addresses.partition_point(|address| address.start < line.start);
            let to = addresses.partition_point(|address| address.start < line.end);
            let own = addresses.get(from..to).unwrap_or_default();
            let taken = rows.contains(&index)
                || !own.is_empty() && (tuple::line(self, line) || xml::line(self, line))
                || self.log(line, own, &mut begun)
                || form.line(self, line, addresses);
            if let (true, Some(prose)) = (taken, prose.get_mut(index)) {
                *prose = false;
            }
        }
        form.finish(self);
        let hop = received::read(self, addresses);
        self.gathering.injected = self.gathering.injected.take().or(hop);
        prose
    }

    /// Whether a line is one of pasted JSON that ends at the octet `end` of the original. Few are tried in vain.
    fn pasted(&mut self, line: &Line, end: &mut usize, tries: &mut usize) -> bool {
        if *end == 0 && !self.page.line(line).starts_with(['{', '[']) {
            return false;
        }
        let start = self.page.clean.original(line.start, line.start + 1).0;
        if start < *end {
            self.claim(line.start, line.end);
            return true;
        }
        *end = 0;
        let text = self.page.line(line);
        let opens = text.starts_with('{') || text.trim_end() == "[" || text.starts_with("[{");
        if !opens || *tries == 0 {
            return false;
        }
        match json::pasted(self, start) {
            Some(last) => *end = last,
            None => *tries -= 1,
        }
        if *end > 0 {
            self.claim(line.start, line.end);
        }
        *end > 0
    }

    /// Reads a log line, or the rest of one; `begun` is a line of a log that has told no ends so far.
    pub(crate) fn log(
        &mut self,
        line: &Line,
        addresses: &[Address],
        begun: &mut Option<Line>,
    ) -> bool {
        if self.page.part.kind == TextKind::Subject {
            return false;
        }
        let text = self.page.line(line);
        let stamp = self.stamps_in(line.start, line.end).find(|(_, stamp)| {
            stamp
                .clock
                .is_some_and(|_| seconds(self.page.text(), stamp))
        });
        let stamp = stamp.map(|(_, stamp)| stamp.start - line.start);
        if addresses.is_empty() {
            if stamp.is_some_and(|at| logs::stamped(text, at)) {
                *begun = Some(*line);
            } else if text.trim().is_empty() {
                *begun = None;
            }
            return false;
        }
        let whole = if logs::is_log(text, stamp, addresses.len() > 1) {
            *line
        } else {
            let first = begun.take().filter(|first| {
                first.standing == line.standing
                    && line.end - first.start <= 1024
                    && logs::continues(self.page.line(first), text)
            });
            let Some(first) = first else { return false };
            Line {
                start: first.start,
                ..*line
            }
        };
        // A line that does not tell its ends is still no prose: its words may be an attacker's. Its time counts.
        let logs::Told { record, left } = logs::line(self, &whole, addresses);
        *begun = None;
        if record.is_some() {
            self.claim(whole.start, whole.end);
        } else {
            *begun = Some(whole);
        }
        if record
            .as_ref()
            .is_some_and(|record| record.destination.is_none())
        {
            let others = addresses.iter().filter(|one| !left.contains(&one.start));
            let others = others.map(|address| (line.standing, endpoint(self.page, address, 0.0)));
            self.gathering.unplaced.extend(others);
        }
        self.left.extend(left);
        self.gathering.records.extend(record);
        true
    }

    /// Times of prose that nothing has used.
    fn told(&mut self) {
        let absolute =
            self.stamps.iter().any(|stamp| !stamp.relative) || self.gathering.indicators.is_empty();
        // Where a time of the report ends: the other end of its span is none of the incident's either.
        let mut passed = None;
        for (index, stamp) in self.stamps.iter().enumerate() {
            // A day such as "today" says nothing beside a date, or where nothing is reported.
            if stamp.relative && stamp.clock.is_none() && absolute {
                continue;
            }
            let standing = self.page.standing(stamp.start);
            let used = self.used.get(index).copied().unwrap_or(true);
            let subject = self.page.part.kind == TextKind::Subject;
            let coming = self.clockwork.calendar.is_to_come(stamp.date);
            if used || standing >= Standing::Signature || subject || coming {
                continue;
            }
            let text = self.page.text();
            let joined = passed.is_some_and(|end| time::spanned(cut(text, end, stamp.start)));
            if joined || reported(text, stamp.start) {
                passed = Some(stamp.end);
                continue;
            }
            let clock = stamp.clock.is_some();
            let bound = bound(text, stamp.start);
            for time in self.times(stamp) {
                self.gathering.times.push(Told {
                    standing,
                    time,
                    clock,
                    bound,
                    labelled: false,
                });
            }
        }
    }

    /// Words of the taxonomy; those of the Subject weigh more.
    fn kinds(&mut self) {
        let factor = if self.page.part.kind == TextKind::Subject {
            1.5
        } else {
            1.0
        };
        for evidence in kind::find(self.page.text()) {
            let standing = self.page.standing(evidence.start);
            let span = self.page.span(evidence.start, evidence.end);
            self.gathering
                .kinds
                .push((standing, evidence.kind, evidence.weight * factor, span));
        }
    }

    /// Indicators and markings, each value once a part.
    pub(crate) fn marks(&mut self, addresses: &[Address]) {
        let page = self.page;
        let named = indicator::find(page.text(), &page.places);
        self.names = hosts::told(page, &named);
        let mut found: Vec<(usize, usize, IndicatorKind, &str)> = addresses
            .iter()
            .map(|one| (one.start, one.end, one.kind, one.value.as_str()))
            .chain(
                named
                    .iter()
                    .map(|one| (one.start, one.end, one.kind, one.value.as_str())),
            )
            .collect();
        found.sort_by_key(|mark| (mark.0, mark.1, mark.2));
        let mut seen = HashSet::with_capacity(found.len());
        found.retain(|mark| seen.insert((mark.2, mark.3)));
        let indicators = found.into_iter().map(|(start, end, kind, value)| {
            let span = page.span(start, end);
            Indicator {
                kind,
                value: value.to_owned(),
                raw: page.raw(&span),
                role: Role::Unknown,
                span,
            }
        });
        self.gathering.indicators.extend(indicators);
        self.gathering.tlp = self.gathering.tlp.max(Tlp::find(page.text()));
    }

    /// The first address of a machine's field.
    pub(crate) fn endpoint_in(
        &self,
        addresses: &[Address],
        start: usize,
        end: usize,
    ) -> Option<Endpoint> {
        let at = addresses.partition_point(|address| address.start < start);
        addresses
            .get(at)
            .filter(|address| address.start < end)
            .map(|address| endpoint(self.page, address, 0.98))
    }
}
