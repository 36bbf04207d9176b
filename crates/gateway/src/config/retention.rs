//! `[retention]`: how long what is closed is kept.

use extract::Tlp;
use jiff::{Span as Calendar, Timestamp, ToSpan, tz::TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How long closed tickets and suppressed mail are kept, counted from the last change.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Retention {
    /// Tickets without a label, and those whose label has no age of its own here.
    pub default: Age,
    /// TLP:RED.
    pub red: Option<Age>,
    /// TLP:AMBER+STRICT; as `amber` when absent.
    pub amber_strict: Option<Age>,
    /// TLP:AMBER.
    pub amber: Option<Age>,
    /// TLP:GREEN.
    pub green: Option<Age>,
    /// TLP:CLEAR.
    pub clear: Option<Age>,
    /// Suppressed mail.
    pub suppressed: Age,
    /// Whether the worker erases every day by itself what `pillarbox retention plan` shows.
    pub daily: bool,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            default: Age::FOREVER,
            red: None,
            amber_strict: None,
            amber: None,
            green: None,
            clear: None,
            suppressed: Age::FOREVER,
            daily: false,
        }
    }
}

impl Retention {
    /// The age for tickets with this label.
    pub fn of(&self, label: Option<Tlp>) -> Age {
        let own = match label {
            None => None,
            Some(Tlp::Red) => self.red,
            Some(Tlp::AmberStrict) => self.amber_strict.or(self.amber),
            Some(Tlp::Amber) => self.amber,
            Some(Tlp::Green) => self.green,
            Some(Tlp::Clear) => self.clear,
        };
        own.unwrap_or(self.default)
    }

    /// Every age that is set.
    pub fn ages(&self) -> impl Iterator<Item = Age> {
        let own = [
            self.red,
            self.amber_strict,
            self.amber,
            self.green,
            self.clear,
        ];
        own.into_iter()
            .flatten()
            .chain([self.default, self.suppressed])
    }
}

/// `"90 days"`, `"18 months"`, `"2 years"` or `"forever"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age(Option<(i32, Unit)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
    Month,
    Year,
}

const UNITS: [(&str, Unit); 4] = [
    ("day", Unit::Day),
    ("week", Unit::Week),
    ("month", Unit::Month),
    ("year", Unit::Year),
];

impl Age {
    /// Never erased.
    pub const FOREVER: Self = Self(None);

    /// What did not change since then is older; `None` when nothing ever is.
    pub fn before(self, now: Timestamp) -> Option<Timestamp> {
        let (count, unit) = self.0?;
        let span: Calendar = match unit {
            Unit::Day => count.days(),
            Unit::Week => count.weeks(),
            Unit::Month => count.months(),
            Unit::Year => count.years(),
        };
        let then = now.to_zoned(TimeZone::UTC).checked_sub(span);
        then.ok().map(|then| then.timestamp())
    }

    fn parse(text: &str) -> Result<Self, String> {
        const WANTED: &str =
            "write \"90 days\", \"6 weeks\", \"18 months\", \"2 years\" or \"forever\"";
        if text.trim() == "forever" {
            return Ok(Self::FOREVER);
        }
        let wrong = || format!("{text:?} is not an age: {WANTED}");
        let (count, unit) = text.trim().split_once(' ').ok_or_else(wrong)?;
        let unit = unit.trim();
        let unit = UNITS
            .iter()
            .find(|(name, _)| unit.strip_suffix('s').unwrap_or(unit) == *name);
        // Zero would erase what is closed at once: nobody means that.
        let count = count
            .parse()
            .ok()
            .filter(|count| (1..=1_200).contains(count));
        match (count, unit) {
            (Some(count), Some((_, unit))) => Ok(Self(Some((count, *unit)))),
            _ => Err(wrong()),
        }
    }
}

impl std::fmt::Display for Age {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some((count, unit)) = self.0 else {
            return f.write_str("forever");
        };
        let name = UNITS.iter().find(|(_, known)| *known == unit);
        let name = name.map_or("", |(name, _)| name);
        write!(f, "{count} {name}{}", if count == 1 { "" } else { "s" })
    }
}

impl<'de> Deserialize<'de> for Age {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl Serialize for Age {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_string())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use super::*;

    #[test]
    fn ages_are_counted_by_the_calendar() {
        let now: Timestamp = "2026-03-31T12:00:00Z".parse().unwrap();
        for (text, before) in [
            ("1 day", "2026-03-30T12:00:00Z"),
            ("2 weeks", "2026-03-17T12:00:00Z"),
            ("1 month", "2026-02-28T12:00:00Z"),
            ("2 years", "2024-03-31T12:00:00Z"),
        ] {
            let age = Age::parse(text).unwrap();
            assert_eq!(age.before(now).unwrap().to_string(), before);
            assert_eq!(age.to_string(), text);
        }
        assert_eq!(Age::parse("forever").unwrap().before(now), None);
        for text in [
            "",
            "2",
            "years",
            "0 days",
            "-1 days",
            "2 h",
            "2years",
            "9999999999 days",
        ] {
            assert!(Age::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_label_without_an_age_has_the_default() {
        let age = |text| Age::parse(text).unwrap();
        let retention = Retention {
            default: age("2 years"),
            red: Some(age("30 days")),
            amber: Some(age("1 year")),
            ..Retention::default()
        };
        let found = [
            None,
            Some(Tlp::Red),
            Some(Tlp::AmberStrict),
            Some(Tlp::Amber),
            Some(Tlp::Clear),
        ]
        .map(|label| retention.of(label).to_string());
        assert_eq!(found, ["2 years", "30 days", "1 year", "1 year", "2 years"]);
    }
}
