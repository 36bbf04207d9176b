//! Business hours: `Mon-Fri 07:00-20:00` in a zone, with holidays (T10).

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// When the team is at work. An empty week means around the clock.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    spans: Vec<Opening>,
    holidays: Vec<Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Opening {
    first: Weekday,
    last: Weekday,
    from: Time,
    until: Time,
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
            .map(|day| {
                day.parse()
                    .map_err(|_| format!("holiday {day:?} is not a date YYYY-MM-DD"))
            })
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
        let local = now.to_zoned(self.zone.clone());
        !self.is_limited()
            || self
                .openings(local.date())
                .any(|opening| opening.from <= local.time() && local.time() < opening.until)
    }

    /// When work begins again; `None` around the clock, and when nothing opens within a month.
    pub fn next_opening(&self, now: Timestamp) -> Option<Zoned> {
        let local = now.to_zoned(self.zone.clone());
        (0..31).find_map(|ahead| {
            let day = local.date().checked_add(ahead.days()).ok()?;
            let mut starts: Vec<Zoned> = self
                .openings(day)
                .filter_map(|opening| {
                    day.to_datetime(opening.from)
                        .to_zoned(self.zone.clone())
                        .ok()
                })
                .filter(|start| start.timestamp() > now)
                .collect();
            starts.sort();
            starts.into_iter().next()
        })
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

    fn openings(&self, day: Date) -> impl Iterator<Item = &Opening> {
        let works = !self.holidays.contains(&day);
        self.spans
            .iter()
            .filter(move |opening| works && opening.covers(day.weekday()))
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
