//! The texts of acknowledgements. Short, exact, friendly; nothing of the report, no reason why something failed.

use std::fmt::Write;

use jiff::Zoned;
use jiff::civil::{Time, Weekday};

use super::{Letterhead, Occasion, Request};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    English,
    French,
}

/// The body: in the report's language when the team answers in it, else in all of the team's languages.
pub(super) fn body(letterhead: &Letterhead, request: &Request) -> String {
    let offered: Vec<Language> = letterhead
        .languages
        .iter()
        .filter_map(|name| language(name))
        .collect();
    let wanted = request
        .language
        .as_deref()
        .and_then(language)
        .filter(|wanted| offered.contains(wanted));
    let languages = match wanted {
        Some(wanted) => vec![wanted],
        None if offered.is_empty() => vec![Language::English],
        None => offered,
    };
    let mut text = match request.occasion {
        Occasion::Received | Occasion::Unreadable => format!("[{}]\r\n", request.reference),
        Occasion::KeyRequest => String::new(),
    };
    for (number, language) in languages.iter().enumerate() {
        if number > 0 {
            text.push_str("\r\n----------\r\n");
        }
        let part = match (request.occasion, language) {
            (Occasion::KeyRequest, language) => key(letterhead, *language),
            (Occasion::Received | Occasion::Unreadable, Language::English) => {
                english(letterhead, request)
            }
            (Occasion::Received | Occasion::Unreadable, Language::French) => {
                french(letterhead, request)
            }
        };
        if !text.is_empty() {
            text.push_str("\r\n");
        }
        text.push_str(&part.replace('\n', "\r\n"));
    }
    let _ = write!(text, "\r\n{}\r\n", letterhead.display_name);
    if !letterhead.website.is_empty() {
        let _ = write!(text, "{}\r\n", letterhead.website);
    }
    text
}

/// The words of a Subject that says nothing of the report.
pub(super) fn received(name: Option<&str>) -> &'static str {
    match name.and_then(language) {
        Some(Language::French) => "Signalement reçu",
        Some(Language::English) | None => "Report received",
    }
}

/// The Subject of the answer to a key request.
pub(super) fn key_subject(team: &str, name: Option<&str>) -> String {
    match name.and_then(language) {
        Some(Language::French) => format!("Clé OpenPGP de {team}"),
        Some(Language::English) | None => format!("OpenPGP key of {team}"),
    }
}

/// The answer to a key request.
fn key(letterhead: &Letterhead, language: Language) -> String {
    let fingerprint = grouped(&letterhead.fingerprint);
    match language {
        Language::English => format!(
            "Thank you for asking. Our OpenPGP key is attached to this mail.\n\n\
             Its fingerprint is\n  {fingerprint}\n\n\
             Before you trust the key, please compare the fingerprint with the one that\n\
             we publish, or ask us by telephone.\n\n\
             This is an automatic answer, signed with that key. No ticket was opened:\n\
             to report an incident, please write to this address.\n"
        ),
        Language::French => format!(
            "Merci de votre demande. Notre clé OpenPGP est jointe à ce message.\n\n\
             Son empreinte est\n  {fingerprint}\n\n\
             Avant de faire confiance à cette clé, merci de comparer l'empreinte avec\n\
             celle que nous publions, ou de nous la demander par téléphone.\n\n\
             Ceci est une réponse automatique, signée avec cette clé. Aucun dossier n'a\n\
             été ouvert : pour signaler un incident, écrivez à cette adresse.\n"
        ),
    }
}

fn language(name: &str) -> Option<Language> {
    match name {
        "en" => Some(Language::English),
        "fr" => Some(Language::French),
        _ => None,
    }
}

fn english(letterhead: &Letterhead, request: &Request) -> String {
    let mut text = String::from(match request.occasion {
        Occasion::Received | Occasion::KeyRequest => {
            "Thank you. We have received your report and opened the ticket above for it.\n\n\
             What happens next: an analyst reads it and answers you from this address.\n"
        }
        Occasion::Unreadable => {
            "Thank you. We have received your encrypted message and opened the ticket\n\
             above for it.\n\n\
             We could not open it yet. Nothing is lost: an analyst looks at it. Please\n\
             check that you encrypted it to the key that is named below.\n"
        }
    });
    if let Some((hours, next)) = opening(letterhead, request, Language::English) {
        let _ = writeln!(text, "We work {hours}.");
        if let Some(next) = next {
            let _ = writeln!(text, "We are back {next}.");
            if !letterhead.emergency_phone.is_empty() {
                let _ = writeln!(
                    text,
                    "If it can't wait, please call {}.",
                    letterhead.emergency_phone
                );
            }
        }
    }
    let _ = write!(
        text,
        "\nTo add something, answer this mail and leave the tag in the Subject.\n"
    );
    if !letterhead.fingerprint.is_empty() {
        let _ = write!(
            text,
            "For confidential details please encrypt to our OpenPGP key\n  {}\n",
            grouped(&letterhead.fingerprint)
        );
    }
    text.push_str(
        "We respect the TLP marking of your report; without one we treat it as\n\
         TLP:AMBER.\n\n\
         This is an automatic answer. It quotes nothing of your report.\n",
    );
    text
}

fn french(letterhead: &Letterhead, request: &Request) -> String {
    let mut text = String::from(match request.occasion {
        Occasion::Received | Occasion::KeyRequest => {
            "Merci. Nous avons bien reçu votre signalement ; il porte la référence\n\
             ci-dessus.\n\n\
             La suite : un analyste le lit et vous répond depuis cette adresse.\n"
        }
        Occasion::Unreadable => {
            "Merci. Nous avons bien reçu votre message chiffré ; il porte la référence\n\
             ci-dessus.\n\n\
             Nous n'avons pas encore pu le déchiffrer. Rien n'est perdu : un analyste\n\
             s'en occupe. Merci de vérifier que vous l'avez chiffré pour la clé indiquée\n\
             ci-dessous.\n"
        }
    });
    if let Some((hours, next)) = opening(letterhead, request, Language::French) {
        let _ = writeln!(text, "Nous travaillons {hours}.");
        if let Some(next) = next {
            let _ = writeln!(text, "Nous serons de retour {next}.");
            if !letterhead.emergency_phone.is_empty() {
                let _ = writeln!(
                    text,
                    "En cas d'urgence, appelez le {}.",
                    letterhead.emergency_phone
                );
            }
        }
    }
    let _ = write!(
        text,
        "\nPour ajouter un élément, répondez à ce message en laissant la référence\ndans l'objet.\n"
    );
    if !letterhead.fingerprint.is_empty() {
        let _ = write!(
            text,
            "Pour tout détail confidentiel, merci de chiffrer pour notre clé OpenPGP\n  {}\n",
            grouped(&letterhead.fingerprint)
        );
    }
    text.push_str(
        "Nous respectons le marquage TLP de votre signalement ; sans marquage, nous\n\
         le traitons comme TLP:AMBER.\n\n\
         Ceci est une réponse automatique. Elle ne cite rien de votre signalement.\n",
    );
    text
}

/// The hours in words, and when work begins again if it is over now.
fn opening(
    letterhead: &Letterhead,
    request: &Request,
    language: Language,
) -> Option<(String, Option<String>)> {
    let calendar = &letterhead.calendar;
    if !calendar.is_limited() {
        return None;
    }
    let spans: Vec<String> = calendar
        .hours()
        .map(|(first, last, from, until)| span(first, last, from, until, language))
        .collect();
    let zone = calendar.zone_name();
    let hours = match language {
        Language::English => format!("{} ({zone} time)", spans.join(", ")),
        Language::French => format!("{} ({zone})", spans.join(", ")),
    };
    let next = if calendar.is_open(request.now) {
        None
    } else {
        calendar.next_opening(request.now)
    };
    Some((hours, next.map(|next| moment(&next, language))))
}

fn span(first: Weekday, last: Weekday, from: Time, until: Time, language: Language) -> String {
    let (first, last, same) = (day(first, language), day(last, language), first == last);
    match (language, same) {
        (Language::English, true) => format!("{first} {} to {}", clock(from), clock(until)),
        (Language::English, false) => {
            format!("{first} to {last}, {} to {}", clock(from), clock(until))
        }
        (Language::French, true) => format!("le {first} de {} à {}", clock(from), clock(until)),
        (Language::French, false) => {
            format!("du {first} au {last} de {} à {}", clock(from), clock(until))
        }
    }
}

fn clock(time: Time) -> String {
    if time == Time::MAX {
        "24:00".into()
    } else {
        time.strftime("%H:%M").to_string()
    }
}

fn moment(when: &Zoned, language: Language) -> String {
    let (weekday, month) = (day(when.weekday(), language), month(when.month(), language));
    let (date, year, time, offset) = (
        when.day(),
        when.year(),
        clock(when.time()),
        when.strftime("%:z"),
    );
    match language {
        Language::English => format!("on {weekday} {date} {month} {year} at {time} (UTC{offset})"),
        Language::French => {
            let date = if date == 1 {
                "1er".to_owned()
            } else {
                date.to_string()
            };
            format!("le {weekday} {date} {month} {year} à {time} (UTC{offset})")
        }
    }
}

fn day(day: Weekday, language: Language) -> &'static str {
    let (english, french) = match day {
        Weekday::Monday => ("Monday", "lundi"),
        Weekday::Tuesday => ("Tuesday", "mardi"),
        Weekday::Wednesday => ("Wednesday", "mercredi"),
        Weekday::Thursday => ("Thursday", "jeudi"),
        Weekday::Friday => ("Friday", "vendredi"),
        Weekday::Saturday => ("Saturday", "samedi"),
        Weekday::Sunday => ("Sunday", "dimanche"),
    };
    match language {
        Language::English => english,
        Language::French => french,
    }
}

fn month(number: i8, language: Language) -> &'static str {
    const MONTHS: [(&str, &str); 12] = [
        ("January", "janvier"),
        ("February", "février"),
        ("March", "mars"),
        ("April", "avril"),
        ("May", "mai"),
        ("June", "juin"),
        ("July", "juillet"),
        ("August", "août"),
        ("September", "septembre"),
        ("October", "octobre"),
        ("November", "novembre"),
        ("December", "décembre"),
    ];
    let index = usize::try_from(number).unwrap_or(1).saturating_sub(1);
    let (english, french) = MONTHS.get(index).copied().unwrap_or(("", ""));
    match language {
        Language::English => english,
        Language::French => french,
    }
}

/// A fingerprint in groups of four, as people compare it.
fn grouped(fingerprint: &str) -> String {
    let mut text = String::with_capacity(50);
    for (index, c) in fingerprint.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            text.push(' ');
        }
        text.push(c);
    }
    text
}
