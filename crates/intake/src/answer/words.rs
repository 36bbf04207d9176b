//! Days, months, hours and Subjects in the languages of answers.

use jiff::Zoned;
use jiff::civil::{Time, Weekday};

use super::calendar::Calendar;

/// A language in which answers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    French,
    German,
    Spanish,
}

/// ISO 639-1 codes of the languages in which answers are written.
pub const LANGUAGES: [&str; 4] = ["en", "fr", "de", "es"];

impl Language {
    pub(super) fn named(code: &str) -> Option<Language> {
        match code {
            "en" => Some(Language::English),
            "fr" => Some(Language::French),
            "de" => Some(Language::German),
            "es" => Some(Language::Spanish),
            _ => None,
        }
    }

    pub(super) fn code(self) -> &'static str {
        self.of(LANGUAGES)
    }

    fn of<T>(self, [english, french, german, spanish]: [T; 4]) -> T {
        match self {
            Language::English => english,
            Language::French => french,
            Language::German => german,
            Language::Spanish => spanish,
        }
    }

    /// The words of a Subject that says nothing of the report.
    pub(super) fn received(self) -> &'static str {
        self.of([
            "Report received",
            "Signalement reçu",
            "Meldung eingegangen",
            "Notificación recibida",
        ])
    }

    /// The Subject of the answer to a key request.
    pub(super) fn key_of(self, team: &str) -> String {
        let before = self.of([
            "OpenPGP key of",
            "Clé OpenPGP de",
            "OpenPGP-Schlüssel:",
            "Clave OpenPGP de",
        ]);
        format!("{before} {team}")
    }

    /// The hours of a calendar, e.g. `Monday to Friday, 07:00 to 20:00 (Europe/Paris time)`; empty around the clock.
    pub(super) fn hours(self, calendar: &Calendar) -> String {
        if !calendar.is_limited() {
            return String::new();
        }
        let spans: Vec<String> = calendar
            .hours()
            .map(|(first, last, from, until)| self.span(first, last, from, until))
            .collect();
        let zone = calendar.zone_name();
        let zone = self.of([
            format!("({zone} time)"),
            format!("({zone})"),
            format!("(Zeitzone {zone})"),
            format!("(hora de {zone})"),
        ]);
        format!("{} {zone}", spans.join(", "))
    }

    fn span(self, first: Weekday, last: Weekday, from: Time, until: Time) -> String {
        let (from, until) = (clock(from), clock(until));
        let one = first == last;
        let (first, last) = (self.day(first), self.day(last));
        if one {
            self.of([
                format!("{first} {from} to {until}"),
                format!("le {first} de {from} à {until}"),
                format!("{first} von {from} bis {until} Uhr"),
                format!("los {} de {from} a {until}", several(first)),
            ])
        } else {
            self.of([
                format!("{first} to {last}, {from} to {until}"),
                format!("du {first} au {last} de {from} à {until}"),
                format!("{first} bis {last} von {from} bis {until} Uhr"),
                format!("de {first} a {last} de {from} a {until}"),
            ])
        }
    }

    /// A time, e.g. `on Monday 23 November 2026 at 07:00 (UTC+01:00)`.
    pub(super) fn moment(self, when: &Zoned) -> String {
        let (weekday, month) = (self.day(when.weekday()), self.month(when.month()));
        let (date, year, time) = (when.day(), when.year(), clock(when.time()));
        let offset = when.strftime("%:z");
        let ordinal = if date == 1 { "er" } else { "" };
        self.of([
            format!("on {weekday} {date} {month} {year} at {time} (UTC{offset})"),
            format!("le {weekday} {date}{ordinal} {month} {year} à {time} (UTC{offset})"),
            format!("am {weekday}, {date}. {month} {year}, um {time} Uhr (UTC{offset})"),
            format!("el {weekday} {date} de {month} de {year} a las {time} (UTC{offset})"),
        ])
    }

    fn day(self, day: Weekday) -> &'static str {
        self.of(match day {
            Weekday::Monday => ["Monday", "lundi", "Montag", "lunes"],
            Weekday::Tuesday => ["Tuesday", "mardi", "Dienstag", "martes"],
            Weekday::Wednesday => ["Wednesday", "mercredi", "Mittwoch", "miércoles"],
            Weekday::Thursday => ["Thursday", "jeudi", "Donnerstag", "jueves"],
            Weekday::Friday => ["Friday", "vendredi", "Freitag", "viernes"],
            Weekday::Saturday => ["Saturday", "samedi", "Samstag", "sábado"],
            Weekday::Sunday => ["Sunday", "dimanche", "Sonntag", "domingo"],
        })
    }

    fn month(self, number: i8) -> &'static str {
        self.of(match number {
            1 => ["January", "janvier", "Januar", "enero"],
            2 => ["February", "février", "Februar", "febrero"],
            3 => ["March", "mars", "März", "marzo"],
            4 => ["April", "avril", "April", "abril"],
            5 => ["May", "mai", "Mai", "mayo"],
            6 => ["June", "juin", "Juni", "junio"],
            7 => ["July", "juillet", "Juli", "julio"],
            8 => ["August", "août", "August", "agosto"],
            9 => ["September", "septembre", "September", "septiembre"],
            10 => ["October", "octobre", "Oktober", "octubre"],
            11 => ["November", "novembre", "November", "noviembre"],
            _ => ["December", "décembre", "Dezember", "diciembre"],
        })
    }
}

/// Spanish weekdays end in `s`, but for two.
fn several(day: &str) -> String {
    match day {
        "sábado" | "domingo" => format!("{day}s"),
        other => other.to_owned(),
    }
}

fn clock(time: Time) -> String {
    if time == Time::MAX {
        "24:00".into()
    } else {
        time.strftime("%H:%M").to_string()
    }
}
