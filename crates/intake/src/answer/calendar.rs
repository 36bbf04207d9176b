//! Business hours: `Mon-Fri 07:00-20:00` in a zone, with holidays (T10).
//!
//! A day's hours are turned into moments first and compared as moments, so that a clock that is put forward or back makes a
//! day shorter or longer, and nothing else.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{RoundMode, SignedDuration, Timestamp, ToSpan, Unit, Zoned, ZonedRound};

/// When the team is at work. An empty week means around the clock.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    spans: Vec<Opening>,
    holidays: Vec<Holiday>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Opening {
    first: Weekday,
    last: Weekday,
    from: Time,
    until: Time,
}

/// Days without work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holiday {
    /// From the first to the last.
    Dates(Date, Date),
    /// Month and day of every year.
    Yearly(i8, i8),
}

const DAYS: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

/// Days that are looked ahead: a calendar that opens once a year is one still.
const AHEAD: i64 = 400;

impl Calendar {
    /// Reads hours such as `Mon-Fri 07:00-20:00, Sat 09:00-12:00`; the error says what is wrong.
    pub fn parse(hours: &str, zone: &str, holidays: &[String]) -> Result<Calendar, String> {
        let zone = TimeZone::get(zone)
            .map_err(|_| format!("{zone:?} is not an IANA time zone such as Europe/Paris"))?;
        let spans = hours
            .split(',')
            .map(str::trim)
            .filter(|span| !span.is_empty())
            .map(opening)
            .collect::<Result<_, _>>()?;
        let holidays = holidays
            .iter()
            .map(|day| holiday(day))
            .collect::<Result<_, _>>()?;
        Ok(Calendar {
            zone,
            spans,
            holidays,
        })
    }

    /// Always at work, UTC.
    pub fn around_the_clock() -> Calendar {
        Calendar {
            zone: TimeZone::UTC,
            spans: Vec::new(),
            holidays: Vec::new(),
        }
    }

    /// Whether the team has hours at all.
    pub fn is_limited(&self) -> bool {
        !self.spans.is_empty()
    }

    /// Whether the team is at work.
    pub fn is_open(&self, now: Timestamp) -> bool {
        let today = self.local(now).date();
        !self.is_limited()
            || self
                .hours_on(today)
                .iter()
                .any(|(from, until)| from.timestamp() <= now && now < until.timestamp())
    }

    /// When work begins again after a time off; `None` around the clock, and when nothing opens for more than a year.
    pub fn next_opening(&self, now: Timestamp) -> Option<Zoned> {
        self.work_after(now)
            .map(|(from, _)| from)
            .find(|from| from.timestamp() > now)
    }

    /// The moment until which the team has been at work for so long, in full hours, rounded up: what is kept of a time in clear
    /// says no more (`threats.md` B5). `None` when it is not at work for so long within a year.
    pub fn due(&self, from: Timestamp, work: SignedDuration) -> Option<Zoned> {
        let full = |moment: Zoned| {
            let into = SignedDuration::from_mins(moment.minute().into())
                + SignedDuration::from_secs(moment.second().into())
                + SignedDuration::from_nanos(moment.subsec_nanosecond().into());
            if into.is_zero() {
                return Some(moment);
            }
            // By what passes, not by the clock's face: where an hour comes twice, the next full one may be called the same.
            let next = moment
                .checked_add(SignedDuration::from_hours(1) - into)
                .ok()?;
            let hour = ZonedRound::new().smallest(Unit::Hour);
            next.round(hour.mode(RoundMode::Ceil)).ok()
        };
        if !self.is_limited() {
            let moment = from.checked_add(work).ok()?;
            return full(self.local(moment));
        }
        let mut left = work;
        for (begin, end) in self.work_after(from) {
            let begin = begin.timestamp().max(from);
            let long = begin.duration_until(end.timestamp());
            if left <= long {
                return full(self.local(begin.checked_add(left).ok()?));
            }
            left = left.checked_sub(long)?;
        }
        None
    }

    /// The end of so many days at work after today: midnight, where the team is. `None` when there are not so many within a year.
    pub fn after_days(&self, now: Timestamp, days: u16) -> Option<Timestamp> {
        let mut day = self.local(now).date();
        let mut left = days;
        for _ in 0..AHEAD {
            if left == 0 {
                break;
            }
            day = day.tomorrow().ok()?;
            if !self.is_limited() || !self.hours_on(day).is_empty() {
                left = left.saturating_sub(1);
            }
        }
        let end = day.tomorrow().ok()?.to_zoned(self.zone.clone()).ok()?;
        (left == 0).then(|| end.timestamp())
    }

    /// A moment on the team's clock.
    pub fn local(&self, moment: Timestamp) -> Zoned {
        moment.to_zoned(self.zone.clone())
    }

    /// The hours as configured, day by day: first day, last day, from, until.
    pub fn hours(&self) -> impl Iterator<Item = (Weekday, Weekday, Time, Time)> {
        self.spans
            .iter()
            .map(|opening| (opening.first, opening.last, opening.from, opening.until))
    }

    /// IANA name of the zone.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or("UTC")
    }

    /// All work that is not over yet, in order; the first may have begun.
    fn work_after(&self, now: Timestamp) -> impl Iterator<Item = (Zoned, Zoned)> {
        let today = self.local(now).date();
        (0..AHEAD)
            .filter_map(move |ahead| today.checked_add(ahead.days()).ok())
            .flat_map(|day| self.hours_on(day))
            .filter(move |(_, until)| until.timestamp() > now)
    }

    /// The hours of one day, in order, none beside another. A time that a change of the clock skips is the moment after it.
    fn hours_on(&self, day: Date) -> Vec<(Zoned, Zoned)> {
        if self.holidays.iter().any(|holiday| holiday.holds(day)) {
            return Vec::new();
        }
        let moment = |time: Time| day.to_datetime(time).to_zoned(self.zone.clone()).ok();
        let midnight = || day.tomorrow().ok()?.to_zoned(self.zone.clone()).ok();
        let spans = self.spans.iter();
        let mut spans: Vec<(Zoned, Zoned)> = spans
            .filter(|span| span.covers(day.weekday()))
            .filter_map(|span| {
                let until = match span.until {
                    Time::MAX => midnight()?,
                    time => moment(time)?,
                };
                Some((moment(span.from)?, until))
            })
            .filter(|(from, until)| from < until)
            .collect();
        spans.sort();
        let mut hours: Vec<(Zoned, Zoned)> = Vec::with_capacity(spans.len());
        for (from, until) in spans {
            match hours.last_mut() {
                Some((_, last)) if from <= *last => {
                    if until > *last {
                        *last = until;
                    }
                }
                Some(_) | None => hours.push((from, until)),
            }
        }
        hours
    }
}

impl Opening {
    fn covers(&self, day: Weekday) -> bool {
        let (first, last, day) = (
            self.first.to_monday_zero_offset(),
            self.last.to_monday_zero_offset(),
            day.to_monday_zero_offset(),
        );
        if first <= last {
            (first..=last).contains(&day)
        } else {
            day >= first || day <= last
        }
    }
}

impl Holiday {
    fn holds(&self, day: Date) -> bool {
        match *self {
            Holiday::Dates(first, last) => (first..=last).contains(&day),
            Holiday::Yearly(month, of_month) => day.month() == month && day.day() == of_month,
        }
    }
}

/// `2026-12-25`, `2026-12-24/2027-01-03`, or `12-25` for every year.
fn holiday(text: &str) -> Result<Holiday, String> {
    let wrong = || {
        format!(
            "holiday {text:?} is not a date YYYY-MM-DD, two of them with a slash between, or MM-DD for every year"
        )
    };
    let date = |text: &str| text.trim().parse::<Date>().map_err(|_| wrong());
    if let Some((first, last)) = text.split_once('/') {
        let (first, last) = (date(first)?, date(last)?);
        return if first <= last {
            Ok(Holiday::Dates(first, last))
        } else {
            Err(wrong())
        };
    }
    if text.trim().len() == 5 {
        // 2028 has a 29 February.
        let day = date(&format!("2028-{}", text.trim()))?;
        return Ok(Holiday::Yearly(day.month(), day.day()));
    }
    date(text).map(|day| Holiday::Dates(day, day))
}

/// `Mon-Fri 07:00-20:00`
fn opening(text: &str) -> Result<Opening, String> {
    let wrong = || format!("business hours {text:?} are not like \"Mon-Fri 07:00-20:00\"");
    let (days, times) = text.split_once(' ').ok_or_else(wrong)?;
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (from, until) = times.trim().split_once('-').ok_or_else(wrong)?;
    let opening = Opening {
        first: weekday(first).ok_or_else(wrong)?,
        last: weekday(last).ok_or_else(wrong)?,
        from: from.trim().parse().map_err(|_| wrong())?,
        until: if until.trim() == "24:00" {
            Time::MAX
        } else {
            until.trim().parse().map_err(|_| wrong())?
        },
    };
    if opening.from < opening.until {
        Ok(opening)
    } else {
        Err(wrong())
    }
}

fn weekday(text: &str) -> Option<Weekday> {
    let text = text.trim().to_ascii_lowercase();
    DAYS.iter()
        .find(|(name, _)| text.starts_with(name))
        .map(|(_, day)| *day)
}
