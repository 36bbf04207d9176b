//! The times of a part: which stamps belong to the incident, and what their zone makes of them.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};

use crate::field::Labelled;
use crate::formats::form::trimmed;
use crate::gather::Told;
use crate::label::What;
use crate::layout::{Line, Standing};
use crate::pattern::Tiered;
use crate::reader::Reading;
use crate::scan::Places;
use crate::text::{before, cut, window};
use crate::when::time::{self, Calendar, Stamp};
use crate::when::zone::Zone;
use crate::{Context, Span, Time, ZoneBasis};

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
    pub(crate) fn resolve(
        &self,
        local: DateTime,
        own: Option<&Zone>,
    ) -> Option<(String, ZoneBasis)> {
        if let Some(zone) = own.or(self.stated.as_ref()) {
            return zone.value(local);
        }
        let assumed = self.assumed.clone().unwrap_or(Zone::Fixed(Offset::UTC));
        assumed
            .value(local)
            .map(|(value, _)| (value, ZoneBasis::Assumed))
    }
}

impl Reading<'_> {
    pub(crate) fn stamps_in(
        &self,
        start: usize,
        end: usize,
    ) -> impl Iterator<Item = (usize, &Stamp)> {
        let from = self.stamps.partition_point(|stamp| stamp.start < start);
        self.stamps
            .iter()
            .enumerate()
            .skip(from)
            .take_while(move |(_, stamp)| stamp.start < end)
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
    pub(crate) fn times(&self, stamp: &Stamp) -> Vec<Time> {
        self.times_in(stamp, None)
    }

    /// The same in the zone of its column.
    fn times_in(&self, stamp: &Stamp, column: Option<&Zone>) -> Vec<Time> {
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
            let own = stamp.zone.as_ref().or(column);
            let (value, zone) = self.clockwork.resolve(local, own)?;
            Some(Time {
                value,
                raw: raw.clone(),
                zone,
                ambiguous: None,
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
        if let Some((lead, rest)) = text.split_once("audit(") {
            return self.epoch(line.start + lead.len() + 6, rest.split([':', ')']).next()?);
        }
        let (start, word) = epoch_within(text)?;
        self.epoch(line.start + start, word)
    }

    /// Seconds since 1970 at an octet of the clean text.
    pub(crate) fn epoch(&self, start: usize, word: &str) -> Option<Time> {
        let (value, zone) = Zone::Fixed(Offset::UTC).value(time::epoch(word)?)?;
        let span = self.page.span(start, start + word.len());
        Some(Time {
            value,
            raw: self.page.raw(&span),
            zone,
            ambiguous: None,
            span,
        })
    }

    /// The time in a piece of the page, as a value of a labelled line or a cell.
    pub(crate) fn time_at(&self, start: usize, end: usize) -> Option<Time> {
        self.time_in(start, end, None)
    }

    /// The same in the zone of its column.
    pub(crate) fn time_in(&self, start: usize, end: usize, column: Option<&Zone>) -> Option<Time> {
        let stamps = self.stamps_in(start, end).map(|(_, stamp)| stamp);
        let best =
            stamps.max_by_key(|stamp| (stamp.clock.is_some(), std::cmp::Reverse(stamp.start)));
        match best {
            Some(stamp) => self.times_in(stamp, column).into_iter().next(),
            None => {
                let written = cut(self.page.text(), start, end);
                let word = written.split([' ', '\t', '(']).next().unwrap_or_default();
                self.epoch(start, word)
            }
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

    /// A value that a machine reader found in the original text, with its place; the search begins near `from`, and near
    /// the last value. All searches of a page together are bounded: a value that is written in escapes has no place.
    pub(crate) fn place(&self, value: &str, from: usize) -> Span {
        const NEAR: usize = 1 << 16;
        const MOST: usize = 32 << 20;
        let original = self.page.original;
        let search = |start: usize, length: usize| {
            let piece = window(original, original.floor_char_boundary(start), length);
            self.searched.set(self.searched.get() + piece.len());
            let start = original.floor_char_boundary(start);
            piece.find(value).map(|at| start + at)
        };
        let found = if value.is_empty() || self.searched.get() > MOST {
            None
        } else {
            let near = search(from.max(self.cursor.get()), NEAR);
            near.or_else(|| search(from, original.len()))
                .or_else(|| search(0, original.len()))
        };
        let (start, end) = found.map_or((0, 0), |start| (start, start + value.len()));
        self.cursor.set(self.cursor.get().max(start));
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
        let dates = Places::new(written).dates;
        let (value, zone) = match time::find(written, &dates, &self.clockwork.calendar)
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
            ambiguous: None,
            span,
        })
    }
}

/// Seconds since 1970 within a line: behind a key of time, or as the begin and the end of a flow side by side.
fn epoch_within(text: &str) -> Option<(usize, &str)> {
    let seconds = |word: &str| {
        let whole = word.split('.').next().unwrap_or_default();
        let plain = whole.bytes().all(|b| b.is_ascii_digit());
        let recent = plain && matches!(whole.len(), 10 | 13) && whole.starts_with(['1', '2']);
        recent.then(|| cut(whole, 0, 10).parse::<i64>().ok())?
    };
    let mut start = 0;
    let mut last: Option<(usize, &str, i64)> = None;
    for word in text.split([' ', '\t', ',', ';', '|']) {
        let at = start;
        start += word.len() + 1;
        if let Some((key, value)) = word.split_once('=')
            && matches!(
                key,
                "rt" | "start" | "time" | "ts" | "timestamp" | "eventtime" | "end"
            )
            && seconds(value.trim_matches('"')).is_some()
        {
            let quote = value.len() - value.trim_start_matches('"').len();
            return Some((at + key.len() + 1 + quote, value.trim_matches('"')));
        }
        let now = seconds(word);
        if let (Some((at, word, first)), Some(now)) = (last, now)
            && (0..86_400).contains(&(now - first))
        {
            return Some((at, word));
        }
        last = now.map(|now| (at, word, now));
    }
    None
}

/// Whether a stamp was written to the second.
pub(crate) fn seconds(text: &str, stamp: &Stamp) -> bool {
    cut(text, stamp.start, stamp.end).matches(':').count() >= 2
}

/// Whether the words before a time make it the report's: a sending date, a quotation's introduction, a header.
pub(crate) fn reported(text: &str, at: usize) -> bool {
    static REPORTED: LazyLock<Tiered> = LazyLock::new(|| {
        Tiered::loose(
            r"(?i)(?:\b(?:report(?:ed)?|generated|created|sent|received|submitted|printed|expires?|envoy[ée]e?|re[çc]u|signal[ée]e?|g[ée]n[ée]r[ée]e?|r[ée]dig[ée]e?|gesendet|erstellt|gemeldet|enviado|recibido|copyright|©|last\supdated?|published|valid\s(?:until|from)|deadline|before|until|since\sour\sreport|avant\sle|d'ici)\b[^.\n]{0,24}|^(?:on|le|am|el|date)\s?:?\s?)$",
        )
    });
    let lead = before(text, at, 60);
    let line = lead.rsplit('\n').next().unwrap_or_default();
    let own = window(text, at, 200);
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
