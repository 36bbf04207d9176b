//! The times of a part: which stamps belong to the incident, and what their zone makes of them.

use jiff::civil::{Date, DateTime, Time as Clock};
use jiff::fmt::temporal::Pieces;
use jiff::tz::{Offset, TimeZone};

use crate::field::Labelled;
use crate::formats::form::trimmed;
use crate::formats::stamp;
use crate::gather::Told;
use crate::label::What;
use crate::layout::{Line, Standing};
use crate::reader::Reading;
use crate::scan::Places;
use crate::text::{cut, window};
use crate::when::epoch;
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
    /// The offset of the mail's `Date`.
    pub(crate) sender: Option<Offset>,
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
        let offset = pieces.as_ref().and_then(Pieces::to_numeric_offset);
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
        let sender = offset.map(Zone::Fixed);
        Self {
            calendar: Calendar {
                reference,
                month_first,
                leaning: sender.as_ref().and_then(Zone::month_first),
            },
            stated,
            assumed: sender.or(team),
            sender: offset,
        }
    }

    /// The value of a local time, by its own zone, the stated one, or the assumed one; without a clock a day stays a day.
    pub(crate) fn resolve(
        &self,
        date: Date,
        clock: Option<Clock>,
        own: Option<&Zone>,
    ) -> Option<(String, ZoneBasis)> {
        let (value, basis) = self.instant(date.to_datetime(clock.unwrap_or_default()), own)?;
        let value = match clock {
            Some(_) => value,
            None => date.to_string(),
        };
        Some((value, basis))
    }

    fn instant(&self, local: DateTime, own: Option<&Zone>) -> Option<(String, ZoneBasis)> {
        let known = own.or(self.stated.as_ref());
        if let Some(zone) = known.filter(|zone| **zone != Zone::Local) {
            return zone.value(local, self.sender);
        }
        let assumed = self.assumed.clone().unwrap_or(Zone::Fixed(Offset::UTC));
        assumed
            .value(local, None)
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
        let first = |date: Date| Some((date, stamp.clock));
        let last = |date: Date| {
            let until = stamp.until?;
            let over = stamp.clock.is_some_and(|clock| until < clock);
            let next = if over { date.tomorrow().ok() } else { None };
            Some((next.unwrap_or(date), Some(until)))
        };
        let own = stamp
            .zone
            .as_ref()
            .or(column)
            .or_else(|| self.zone_of_block(stamp.start))
            .or_else(|| {
                let lent = stamp.lent.as_ref();
                lent.filter(|_| self.clockwork.stated.is_none())
            });
        let time = |end: &dyn Fn(Date) -> Option<(Date, Option<Clock>)>| {
            let resolve = |(date, clock)| self.clockwork.resolve(date, clock, own);
            let (value, zone) = resolve(end(stamp.date)?)?;
            let other = stamp.other.and_then(end).and_then(resolve);
            Some(Time {
                value,
                raw: raw.clone(),
                zone,
                ambiguous: other.map(|(value, _)| value),
                span: span.clone(),
            })
        };
        time(&first).into_iter().chain(time(&last)).collect()
    }

    /// Where a page states several zones: the one of the time's own paragraph, else the last one before it.
    fn zone_of_block(&self, at: usize) -> Option<&Zone> {
        let zones = &self.page.zones;
        if zones.len() < 2 {
            return None;
        }
        let next = zones.partition_point(|(place, _)| *place < at);
        let last = next.checked_sub(1).and_then(|index| zones.get(index));
        let together = |place: usize| {
            let (from, to) = (place.min(at), place.max(at));
            to - from < 1000 && !cut(self.page.text(), from, to).contains("\n\n")
        };
        let own = last.filter(|(place, _)| together(*place));
        let following = || zones.get(next).filter(|(place, _)| together(*place));
        own.or_else(following).or(last).map(|(_, zone)| zone)
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
        let (value, zone) = Zone::Fixed(Offset::UTC).value(epoch::epoch(word)?, None)?;
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
        let zone = stamp::keyed(self.page.text(), start);
        let time = self.time_in(start, end, zone.as_ref());
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
        let standing = Standing::Own;
        self.gathering.times.push(Told {
            standing,
            time: time.clone(),
            clock: !bare(time),
            bound: false,
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
            part: std::sync::Arc::clone(&self.page.id),
            start,
            end,
        }
    }

    /// A time given as a machine's field.
    pub(crate) fn machine_time(&self, written: &str, from: usize) -> Option<Time> {
        let span = self.place(written, from);
        let raw = self.page.raw(&span);
        let places = Places::new(written);
        let (value, zone) = match time::find(written, &places, &self.clockwork.calendar)
            .into_iter()
            .next()
        {
            Some(stamp) => self
                .clockwork
                .resolve(stamp.date, stamp.clock, stamp.zone.as_ref())?,
            None => Zone::Fixed(Offset::UTC).value(epoch::epoch(written.trim())?, None)?,
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

/// Whether a time is a date without a clock.
pub(crate) fn bare(time: &Time) -> bool {
    !time.value.contains('T')
}

/// The times told, without a day of which a clock is told, too, by them or by an event.
pub(crate) fn without_their_days<'t>(
    told: Vec<&Time>,
    events: impl Iterator<Item = &'t Time>,
) -> Vec<Time> {
    let day = |time: &Time| window(&time.value, 0, 10).to_owned();
    let clocks = told.iter().copied().filter(|time| !bare(time)).map(day);
    let days: std::collections::HashSet<String> = clocks
        .chain(events.filter(|time| !bare(time)).map(day))
        .collect();
    let kept = told
        .into_iter()
        .filter(|time| !bare(time) || !days.contains(&time.value));
    kept.cloned().collect()
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
                "rt" | "start"
                    | "time"
                    | "ts"
                    | "timestamp"
                    | "eventtime"
                    | "end"
                    | "stamp"
                    | "at"
                    | "when"
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

/// Whether a stamp was written to the second, and by a machine: people put a word between the day and its clock.
pub(crate) fn seconds(text: &str, stamp: &Stamp) -> bool {
    let written = cut(text, stamp.start, stamp.end);
    let told = [" at ", " à ", " vers ", " um ", " gegen ", " a las "];
    let runs = &mut written.as_bytes().windows(4);
    let words = &mut written.as_bytes().windows(2);
    let worded = words.any(|pair| matches!(pair, [b' ', b'a'..=b'z' | 0xc3]));
    !(worded && told.iter().any(|word| written.contains(word)))
        && runs.any(
            |run| matches!(run, [b':', a, b, b':'] if a.is_ascii_digit() && b.is_ascii_digit()),
        )
}
