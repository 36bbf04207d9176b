//! Reads one part: finds what it is written as, and hands each line to the reader that knows it.

use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};

use crate::address::{self, Address};
use crate::form::{Form, Labelled, trimmed};
use crate::gather::{Gathering, Told};
use crate::label::What;
use crate::layout::{Line, Page, Standing};
use crate::time::{self, Calendar, Stamp};
use crate::tlp::Tlp;
use crate::zone::Zone;
use crate::{
    Context, Endpoint, Format, Indicator, IndicatorKind, Role, Span, TextKind, Time, ZoneBasis,
};
use crate::{arf, indicator, iodef, kind, logs, role, table, xarf};

/// What is known of time from outside a part.
#[derive(Clone, Default)]
pub(crate) struct Clockwork {
    pub(crate) calendar: Calendar,
    /// The zone that the report states for all its times.
    pub(crate) stated: Option<Zone>,
    /// The mail's own offset, or the team's zone.
    pub(crate) assumed: Option<Zone>,
}

impl Clockwork {
    /// Reads the context; `stated` is what any part says of all times.
    pub(crate) fn new(context: &Context, stated: Option<Zone>) -> Self {
        let pieces = context
            .date
            .as_deref()
            .and_then(|date| Pieces::parse(date).ok());
        let reference = pieces
            .as_ref()
            .map(|pieces| DateTime::from_parts(pieces.date(), pieces.time().unwrap_or_default()));
        let offset = pieces
            .as_ref()
            .and_then(Pieces::to_numeric_offset)
            .map(Zone::Fixed);
        let team = context
            .default_zone
            .as_deref()
            .and_then(|name| TimeZone::get(name).ok())
            .map(Zone::Named);
        let month_first = context
            .language
            .as_deref()
            .filter(|language| *language != "en")
            .map(|_| false);
        Self {
            calendar: Calendar {
                reference,
                month_first,
            },
            stated,
            assumed: offset.or(team),
        }
    }

    /// The value of a local time, by its own zone, the stated one, or the assumed one.
    fn resolve(&self, local: DateTime, own: Option<&Zone>) -> Option<(String, ZoneBasis)> {
        if let Some(zone) = own.or(self.stated.as_ref()) {
            return zone.value(local);
        }
        let assumed = self.assumed.clone().unwrap_or(Zone::Fixed(Offset::UTC));
        assumed
            .value(local)
            .map(|(value, _)| (value, ZoneBasis::Assumed))
    }
}

/// A part being read.
pub(crate) struct Reading<'a> {
    pub(crate) page: &'a Page<'a>,
    pub(crate) clockwork: &'a Clockwork,
    pub(crate) gathering: &'a mut Gathering,
    stamps: Vec<Stamp>,
    /// Stamps that a log line, a row or a label has used, by index.
    used: Vec<bool>,
}

/// Reads one part into the gathering.
pub(crate) fn read(page: &Page<'_>, clockwork: &Clockwork, gathering: &mut Gathering) {
    let stamps = time::find(page.text(), &clockwork.calendar);
    let used = vec![false; stamps.len()];
    let addresses = address::find(page.text());
    let mut reading = Reading {
        page,
        clockwork,
        gathering,
        stamps,
        used,
    };
    reading.marks(&addresses);
    let known = match page.part.kind {
        TextKind::FeedbackReport => arf::read(&mut reading, &addresses),
        TextKind::Json => xarf::json(&mut reading),
        TextKind::Xml => iodef::read(&mut reading),
        TextKind::Yaml => xarf::yaml(&mut reading, &addresses),
        TextKind::Csv => table::read(&mut reading, &addresses),
        TextKind::MessageHeader => true,
        TextKind::Subject | TextKind::Plain => sniff(&mut reading, &addresses),
    };
    if !known {
        reading.lines(&addresses);
    }
}

/// Machine reports that arrive as plain text.
fn sniff(reading: &mut Reading<'_>, addresses: &[Address]) -> bool {
    let text = reading.page.original.trim_start();
    let head = crate::text::window(text, 0, 4096);
    if text.starts_with(['{', '[']) {
        return xarf::json(reading);
    }
    if text.starts_with('<') && head.contains("IODEF-Document") {
        return iodef::read(reading);
    }
    let has = |key: &str| head.lines().any(|line| line.starts_with(key));
    if has("Feedback-Type:") && has("Version:") {
        return arf::read(reading, addresses);
    }
    has("Reported-From:")
        && (has("Report-Type:") || has("Category:"))
        && xarf::yaml(reading, addresses)
}

/// `port 3389 on ADDRESS`.
fn port_before(text: &str, at: usize) -> Option<u16> {
    static PORT: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        crate::text::regex(
            r"(?i)\b(?:ports?|puerto)\s(?:tcp/|udp/|n°\s?)?(\d{1,5})(?:/(?:tcp|udp))?\s(?:\([^)\n]{0,20}\)\s)?(?:on|of|at|sur|de|auf|von|en)\s(?:[\p{L}'’]+\s){0,4}$",
        )
    });
    PORT.captures(crate::text::before(text, at, 64))?
        .get(1)?
        .as_str()
        .parse()
        .ok()
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

impl Reading<'_> {
    /// Line by line: tables, logs, forms, and what is left as prose.
    fn lines(&mut self, addresses: &[Address]) {
        let page = self.page;
        let mut form = Form::new();
        let mut prose = vec![true; page.lines.len()];
        let rows = table::embedded(self, addresses);
        for (index, line) in page.lines.iter().enumerate() {
            let from = addresses.partition_point(|address| address.start < line.start);
            let to = addresses.partition_point(|address| address.start < line.end);
            let own = addresses.get(from..to).unwrap_or_default();
            let taken =
                rows.contains(&index) || self.log(line, own) || form.line(self, line, addresses);
            if let (true, Some(prose)) = (taken, prose.get_mut(index)) {
                *prose = false;
            }
        }
        form.finish(self);
        self.prose(addresses, &prose);
        self.told();
        self.kinds();
    }

    fn log(&mut self, line: &Line, addresses: &[Address]) -> bool {
        if addresses.is_empty() || self.page.part.kind == TextKind::Subject {
            return false;
        }
        let text = self.page.line(line);
        let stamp = self.stamps_in(line.start, line.end).find(|(_, stamp)| {
            stamp
                .clock
                .is_some_and(|_| seconds(self.page.text(), stamp))
        });
        if !logs::is_log(text, stamp.map(|(_, stamp)| stamp.start - line.start)) {
            return false;
        }
        // A line that does not tell its ends is still no prose: its words may be an attacker's.
        let record = logs::line(self, line, addresses);
        self.claim(line.start, line.end);
        self.gathering.records.extend(record);
        true
    }

    /// Roles by wording, for the addresses of lines that no other reader took.
    fn prose(&mut self, addresses: &[Address], prose: &[bool]) {
        let page = self.page;
        let line_of = |at: usize| {
            page.lines
                .partition_point(|line| line.start <= at)
                .checked_sub(1)
        };
        let free = |address: &&Address| {
            line_of(address.start)
                .and_then(|index| prose.get(index))
                .copied()
                .unwrap_or(false)
        };
        let left: Vec<Address> = addresses.iter().filter(free).cloned().collect();
        for (address, verdict) in left.iter().zip(role::roles(page.text(), &left)) {
            let standing = page.standing(address.start);
            let mut found = endpoint(page, address, verdict.confidence);
            found.port = found
                .port
                .or_else(|| port_before(page.text(), address.start));
            match verdict.role {
                Role::Unknown => self.gathering.unplaced.push((standing, found)),
                Role::Source | Role::Destination if standing < Standing::Signature => {
                    self.gathering
                        .parties
                        .push((standing, Format::FreeText, verdict.role, found));
                }
                Role::Source | Role::Destination => {}
            }
        }
    }

    /// Times of prose that nothing has used.
    fn told(&mut self) {
        for (index, stamp) in self.stamps.iter().enumerate() {
            let standing = self.page.standing(stamp.start);
            let used = self.used.get(index).copied().unwrap_or(true);
            if used
                || standing >= Standing::Signature
                || self.page.part.kind == TextKind::Subject
                || reported(self.page.text(), stamp.start)
            {
                continue;
            }
            let clock = stamp.clock.is_some();
            for time in self.times(stamp) {
                self.gathering.times.push(Told {
                    standing,
                    time,
                    clock,
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
    fn marks(&mut self, addresses: &[Address]) {
        let page = self.page;
        let mut found: Vec<(usize, usize, IndicatorKind, String)> = addresses
            .iter()
            .map(|address| {
                (
                    address.start,
                    address.end,
                    address.kind,
                    address.value.clone(),
                )
            })
            .collect();
        found.extend(
            indicator::find(page.text())
                .into_iter()
                .map(|mark| (mark.start, mark.end, mark.kind, mark.value)),
        );
        found.sort_by_key(|mark| (mark.0, mark.1, mark.2));
        let mut seen = std::collections::BTreeSet::new();
        for (start, end, kind, value) in found {
            if seen.insert((kind, value.clone())) {
                let span = page.span(start, end);
                let raw = page.raw(&span);
                self.gathering.indicators.push(Indicator {
                    kind,
                    value,
                    raw,
                    role: Role::Unknown,
                    span,
                });
            }
        }
        self.gathering.tlp = self.gathering.tlp.max(Tlp::find(page.text()));
    }

    fn stamps_in(&self, start: usize, end: usize) -> impl Iterator<Item = (usize, &Stamp)> {
        let from = self.stamps.partition_point(|stamp| stamp.start < start);
        self.stamps
            .iter()
            .enumerate()
            .skip(from)
            .take_while(move |(_, stamp)| stamp.start < end)
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

    /// Marks the stamps of a line as used.
    pub(crate) fn claim(&mut self, start: usize, end: usize) {
        let indexes: Vec<usize> = self.stamps_in(start, end).map(|(index, _)| index).collect();
        for index in indexes {
            if let Some(used) = self.used.get_mut(index) {
                *used = true;
            }
        }
    }

    /// A stamp's value, and the end of its span of time when it has one.
    fn times(&self, stamp: &Stamp) -> Vec<Time> {
        let span = self.page.span(stamp.start, stamp.end);
        let raw = self.page.raw(&span);
        let first = stamp.date.to_datetime(stamp.clock.unwrap_or_default());
        let last = stamp.until.map(|until| {
            let over = stamp.clock.is_some_and(|clock| until < clock);
            let date = if over {
                stamp.date.tomorrow().unwrap_or(stamp.date)
            } else {
                stamp.date
            };
            date.to_datetime(until)
        });
        let time = |local| {
            let (value, zone) = self.clockwork.resolve(local, stamp.zone.as_ref())?;
            Some(Time {
                value,
                raw: raw.clone(),
                zone,
                span: span.clone(),
            })
        };
        [Some(first), last]
            .into_iter()
            .flatten()
            .filter_map(time)
            .collect()
    }

    /// The first time with a clock in a line; or the seconds since 1970 that it begins with.
    pub(crate) fn first_time(&self, line: &Line) -> Option<Time> {
        let stamp = self
            .stamps_in(line.start, line.end)
            .find(|(_, stamp)| stamp.clock.is_some());
        if let Some((_, stamp)) = stamp {
            return self.times(stamp).into_iter().next();
        }
        let text = self.page.line(line);
        let word = text
            .split([' ', '\t', ',', ';', '|'])
            .next()
            .unwrap_or_default();
        let mark = word.len() - word.trim_start_matches('[').len();
        if let Some(time) = self.epoch(line.start + mark, word.trim_matches(['[', ']'])) {
            return Some(time);
        }
        let (lead, rest) = text.split_once("audit(")?;
        self.epoch(line.start + lead.len() + 6, rest.split([':', ')']).next()?)
    }

    /// Seconds since 1970 at an octet of the clean text.
    pub(crate) fn epoch(&self, start: usize, word: &str) -> Option<Time> {
        let (value, zone) = Zone::Fixed(Offset::UTC).value(time::epoch(word)?)?;
        let span = self.page.span(start, start + word.len());
        Some(Time {
            value,
            raw: self.page.raw(&span),
            zone,
            span,
        })
    }

    /// The time in a piece of the page, as a value of a labelled line or a cell.
    pub(crate) fn time_at(&self, start: usize, end: usize) -> Option<Time> {
        let stamps = self.stamps_in(start, end).map(|(_, stamp)| stamp);
        let best =
            stamps.max_by_key(|stamp| (stamp.clock.is_some(), std::cmp::Reverse(stamp.start)));
        match best {
            Some(stamp) => self.times(stamp).into_iter().next(),
            None => self.epoch(start, crate::text::cut(self.page.text(), start, end)),
        }
    }

    /// The time of a labelled value; its stamps are used up.
    pub(crate) fn labelled_time(&mut self, labelled: &Labelled) -> Option<Time> {
        let (start, end) = trimmed(self.page.text(), labelled);
        let time = self.time_at(start, end);
        if labelled.field.what == What::Time {
            // The end of a span of time within one value stays with the prose readers' list.
            let second = self
                .stamps_in(start, end)
                .find(|(_, stamp)| stamp.until.is_some())
                .map(|(_, stamp)| stamp.clone());
            if let Some(until) = second.and_then(|stamp| self.times(&stamp).into_iter().nth(1)) {
                self.label_time(&until);
            }
        }
        self.claim(start, end);
        time
    }

    /// A time that a label calls the incident's.
    pub(crate) fn label_time(&mut self, time: &Time) {
        let clock = !time.value.contains("T00:00:00") || time.raw.contains(':');
        let standing = Standing::Own;
        self.gathering.times.push(Told {
            standing,
            time: time.clone(),
            clock,
            labelled: true,
        });
    }

    /// A value that a machine reader found in the original text, with its place; the search goes on from `from`.
    pub(crate) fn place(&self, value: &str, from: usize) -> Span {
        let original = self.page.original;
        let found = crate::text::cut(original, from, original.len())
            .find(value)
            .map(|at| at + from)
            .or_else(|| original.find(value));
        let (start, end) = found
            .filter(|_| !value.is_empty())
            .map_or((0, 0), |start| (start, start + value.len()));
        Span {
            part: self.page.part.id.to_owned(),
            start,
            end,
        }
    }

    /// A time given as a machine's field.
    pub(crate) fn machine_time(&self, written: &str, from: usize) -> Option<Time> {
        let span = self.place(written, from);
        let raw = self.page.raw(&span);
        let (value, zone) = match time::find(written, &self.clockwork.calendar)
            .into_iter()
            .next()
        {
            Some(stamp) => self.clockwork.resolve(
                stamp.date.to_datetime(stamp.clock.unwrap_or_default()),
                stamp.zone.as_ref(),
            )?,
            None => Zone::Fixed(Offset::UTC).value(time::epoch(written.trim())?)?,
        };
        Some(Time {
            value,
            raw,
            zone,
            span,
        })
    }
}

fn seconds(text: &str, stamp: &Stamp) -> bool {
    crate::text::cut(text, stamp.start, stamp.end)
        .matches(':')
        .count()
        >= 2
}

/// Whether the words before a time make it the report's: a sending date, a quotation's introduction, a header.
fn reported(text: &str, at: usize) -> bool {
    static REPORTED: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| {
        crate::text::regex(
            r"(?i)(?:\b(?:report(?:ed)?|generated|created|sent|received|submitted|printed|expires?|envoy[ée]e?|re[çc]u|signal[ée]e?|g[ée]n[ée]r[ée]e?|r[ée]dig[ée]e?|gesendet|erstellt|gemeldet|enviado|recibido|copyright|©|last\supdated?|published|valid\s(?:until|from)|deadline|before|until|since\sour\sreport|avant\sle|d'ici)\b[^.\n]{0,24}|^(?:on|le|am|el|date)\s?:?\s?)$",
        )
    });
    let lead = crate::text::before(text, at, 60);
    let line = lead.rsplit('\n').next().unwrap_or_default();
    let own = crate::text::window(text, at, 200);
    let own = own.split('\n').next().unwrap_or_default().trim_end();
    let introduction = own.ends_with(':')
        && ["wrote", "écrit", "schrieb", "escrib"]
            .iter()
            .any(|word| own.contains(word));
    introduction
        || REPORTED.is_match(line)
            && !line.trim().is_empty()
            && !matches!(
                line.trim().to_ascii_lowercase().as_str(),
                "on" | "le" | "am" | "el"
            )
}
