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

    /// The Subject of the answer to a key request; the team's name follows.
    pub(super) fn key_of(self) -> &'static str {
        self.of([
            "OpenPGP key",
            "Clé OpenPGP",
            "OpenPGP-Schlüssel",
            "Clave OpenPGP",
        ])
    }

    /// The Subject of a notice to those on duty.
    pub(super) fn new_report(self) -> &'static str {
        self.of([
            "New report outside business hours",
            "Nouveau signalement en dehors des heures de service",
            "Neue Meldung außerhalb der Dienstzeit",
            "Nueva notificación fuera del horario de servicio",
        ])
    }

    /// The Subject of a notice of overdue tickets.
    pub(super) fn overdue(self) -> &'static str {
        self.of([
            "Answer overdue",
            "Réponse en retard",
            "Antwort überfällig",
            "Respuesta pendiente fuera de plazo",
        ])
    }

    /// Said of a telephone number.
    pub(super) fn out_of_hours(self) -> &'static str {
        self.of([
            "out of hours",
            "hors heures de service",
            "außerhalb der Dienstzeit",
            "fuera de horario",
        ])
    }

    /// `a, b and c`.
    fn list(self, parts: &[String]) -> String {
        let and = self.of([" and ", " et ", " und ", " y "]);
        match parts {
            [] => String::new(),
            [one] => one.clone(),
            [first @ .., last] => format!("{}{and}{last}", first.join(", ")),
        }
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
            format!("(fuseau horaire {zone})"),
            format!("(Zeitzone {zone})"),
            format!("(zona horaria {zone})"),
        ]);
        format!("{} {zone}", self.list(&spans))
    }

    fn span(self, first: Weekday, last: Weekday, from: Time, until: Time) -> String {
        let one = first == last;
        let (first, last) = (self.day(first), self.day(last));
        let (from, until) = (self.clock(from), self.clock(until));
        if one {
            self.of([
                format!("{first}, {from} to {until}"),
                format!("le {first} de {from} à {until}"),
                format!("{}s von {from} bis {until} Uhr", first.to_lowercase()),
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
        self.told(when, ["on ", "le ", "am ", "el "])
    }

    /// A day, e.g. `Monday 23 November 2026`.
    pub(super) fn date(self, when: &Zoned) -> String {
        let (weekday, month) = (self.day(when.weekday()), self.month(when.month()));
        let (date, year) = (when.day(), when.year());
        let ordinal = if date == 1 { "er" } else { "" };
        self.of([
            format!("{weekday} {date} {month} {year}"),
            format!("{weekday} {date}{ordinal} {month} {year}"),
            format!("{weekday}, {date}.\u{a0}{month} {year}"),
            format!("{weekday} {date} de {month} de {year}"),
        ])
    }

    /// A time that is the last one, e.g. `by Monday 23 November 2026 at 15:00 (UTC+01:00)`.
    pub(super) fn until(self, when: &Zoned) -> String {
        self.told(
            when,
            [
                "by ",
                "au plus tard le ",
                "spätestens am ",
                "a más tardar el ",
            ],
        )
    }

    /// The day of a time, e.g. `since Monday 16 November 2026`.
    pub(super) fn since(self, when: &Zoned) -> String {
        let (weekday, month) = (self.day(when.weekday()), self.month(when.month()));
        let (date, year) = (when.day(), when.year());
        let ordinal = if date == 1 { "er" } else { "" };
        self.of([
            format!("since {weekday} {date} {month} {year}"),
            format!("depuis le {weekday} {date}{ordinal} {month} {year}"),
            format!("seit {weekday}, dem {date}.\u{a0}{month} {year}"),
            format!("desde el {weekday} {date} de {month} de {year}"),
        ])
    }

    fn told(self, when: &Zoned, before: [&str; 4]) -> String {
        let before = self.of(before);
        let (weekday, month) = (self.day(when.weekday()), self.month(when.month()));
        let (date, year, time) = (when.day(), when.year(), self.clock(when.time()));
        let offset = when.strftime("%:z");
        let ordinal = if date == 1 { "er" } else { "" };
        let article = if when.hour() == 1 { "la" } else { "las" };
        self.of([
            format!("{before}{weekday} {date} {month} {year} at {time} (UTC{offset})"),
            format!("{before}{weekday} {date}{ordinal} {month} {year} à {time} (UTC{offset})"),
            format!("{before}{weekday}, {date}.\u{a0}{month} {year}, um {time} Uhr (UTC{offset})"),
            format!(
                "{before}{weekday} {date} de {month} de {year} a {article} {time} (UTC{offset})"
            ),
        ])
    }

    /// The end of a day is 24:00.
    fn clock(self, time: Time) -> String {
        let between = self.of([":", "h", ":", ":"]);
        match time {
            Time::MAX => format!("24{between}00"),
            time => format!("{:02}{between}{:02}", time.hour(), time.minute()),
        }
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
