//! What can be spoken of in a report: its values, when the incident began and ended, and of what kind it was.

use serde::{Deserialize, Serialize};

use crate::{Context, IndicatorKind, Role, TextPart, ZoneBasis, extract, rsit};

/// Octets of a time that somebody writes.
const LONGEST_TIME: usize = 80;

/// What something is said of.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(from = "Form", into = "Form")]
pub enum Spoken {
    /// An indicator, or a party by its address.
    Value(IndicatorKind),
    /// A time of the incident, as [`Time::value`].
    Time,
    /// A kind of incident, as [`Kind::kind`].
    Type,
}

impl From<IndicatorKind> for Spoken {
    fn from(kind: IndicatorKind) -> Spoken {
        Spoken::Value(kind)
    }
}

/// What somebody says of a value.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Says {
    /// It has no business here: misread, or an example.
    Wrong,
    /// It is the party that the report blames.
    Source,
    /// It is the target.
    Destination,
    /// It is there, and is neither.
    NoRole,
    /// It is as it was read: whatever was said before is taken back.
    AsRead,
    // What is stored counts these and names none: a new one stands last.
    /// Of a time: the incident began then.
    Start,
    /// Of a time: it ended then.
    End,
    /// Of a kind of incident: it is that one.
    Type,
}

impl Says {
    /// Each of them.
    pub const ALL: [Says; 8] = [
        Says::Wrong,
        Says::Source,
        Says::Destination,
        Says::NoRole,
        Says::Start,
        Says::End,
        Says::Type,
        Says::AsRead,
    ];

    /// Its name in forms, commands and JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Says::Wrong => "wrong",
            Says::Source => "source",
            Says::Destination => "destination",
            Says::NoRole => "no-role",
            Says::AsRead => "as-read",
            Says::Start => "start",
            Says::End => "end",
            Says::Type => "type",
        }
    }

    /// The role that it gives; `None` when it gives none.
    pub(crate) fn role(self) -> Option<Role> {
        match self {
            Says::Source => Some(Role::Source),
            Says::Destination => Some(Role::Destination),
            Says::NoRole => Some(Role::Unknown),
            Says::Wrong | Says::AsRead | Says::Start | Says::End | Says::Type => None,
        }
    }

    /// Whether it can be said of that; that nothing is said can be said of anything.
    #[must_use]
    pub fn fits(self, spoken: Spoken) -> bool {
        match self {
            Says::Wrong | Says::AsRead => true,
            Says::Source | Says::Destination | Says::NoRole => matches!(spoken, Spoken::Value(_)),
            Says::Start | Says::End => spoken == Spoken::Time,
            Says::Type => spoken == Spoken::Type,
        }
    }

    /// Whether it is said of one alone: an incident has one start, one end, and is of one kind.
    #[must_use]
    pub fn is_of_one(self) -> bool {
        matches!(self, Says::Start | Says::End | Says::Type)
    }
}

/// As it is written. What is stored counts these and names none: a new one stands last.
#[derive(Serialize, Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Form {
    Ipv4,
    Ipv6,
    Cidr,
    IpRange,
    Domain,
    Url,
    Email,
    Md5,
    Sha1,
    Sha256,
    Sha512,
    Cve,
    Asn,
    Bitcoin,
    Time,
    Type,
}

/// Each form of a value with what it is.
const FORMS: [(Form, IndicatorKind); 14] = [
    (Form::Ipv4, IndicatorKind::Ipv4),
    (Form::Ipv6, IndicatorKind::Ipv6),
    (Form::Cidr, IndicatorKind::Cidr),
    (Form::IpRange, IndicatorKind::IpRange),
    (Form::Domain, IndicatorKind::Domain),
    (Form::Url, IndicatorKind::Url),
    (Form::Email, IndicatorKind::Email),
    (Form::Md5, IndicatorKind::Md5),
    (Form::Sha1, IndicatorKind::Sha1),
    (Form::Sha256, IndicatorKind::Sha256),
    (Form::Sha512, IndicatorKind::Sha512),
    (Form::Cve, IndicatorKind::Cve),
    (Form::Asn, IndicatorKind::Asn),
    (Form::Bitcoin, IndicatorKind::Bitcoin),
];

impl From<Spoken> for Form {
    fn from(spoken: Spoken) -> Form {
        match spoken {
            Spoken::Value(kind) => match kind {
                IndicatorKind::Ipv4 => Form::Ipv4,
                IndicatorKind::Ipv6 => Form::Ipv6,
                IndicatorKind::Cidr => Form::Cidr,
                IndicatorKind::IpRange => Form::IpRange,
                IndicatorKind::Domain => Form::Domain,
                IndicatorKind::Url => Form::Url,
                IndicatorKind::Email => Form::Email,
                IndicatorKind::Md5 => Form::Md5,
                IndicatorKind::Sha1 => Form::Sha1,
                IndicatorKind::Sha256 => Form::Sha256,
                IndicatorKind::Sha512 => Form::Sha512,
                IndicatorKind::Cve => Form::Cve,
                IndicatorKind::Asn => Form::Asn,
                IndicatorKind::Bitcoin => Form::Bitcoin,
            },
            Spoken::Time => Form::Time,
            Spoken::Type => Form::Type,
        }
    }
}

impl From<Form> for Spoken {
    fn from(form: Form) -> Spoken {
        let mut values = FORMS.iter();
        match values
            .find(|(known, _)| std::mem::discriminant(known) == std::mem::discriminant(&form))
        {
            Some((_, kind)) => Spoken::Value(*kind),
            None if matches!(form, Form::Time) => Spoken::Time,
            None => Spoken::Type,
        }
    }
}

/// A time as people write it, with its zone, in the form in which it would be read from a report: RFC 3339, to the second. `None` for
/// anything else, also where the zone is not told, or the day could be another.
#[must_use]
pub fn one_time(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST_TIME || text.contains(['\n', '\r']) {
        return None;
    }
    let said = format!("Time: {text}");
    let found = extract(&[TextPart::body(&said)], &Context::default());
    let [time] = found.incident.times.as_slice() else {
        return None;
    };
    let is_whole = time.value.contains('T') && time.ambiguous.is_none();
    (is_whole && time.zone == ZoneBasis::Stated).then(|| time.value.clone())
}

/// A kind of incident by its identifier in the Reference Security Incident Taxonomy, alone (`brute-force`) or with its class before it
/// (`intrusion-attempts/brute-force`); the former. `None` for anything else.
#[must_use]
pub fn one_type(text: &str) -> Option<&'static str> {
    let text = text.trim().to_ascii_lowercase();
    let (class, kind) = match text.split_once('/') {
        Some((class, kind)) => (Some(class.trim_end()), kind.trim_start()),
        None => (None, text.as_str()),
    };
    let known = rsit(kind)?;
    let is_so = class.is_none_or(|class| class == known.classification);
    is_so.then_some(known.kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_with_its_zone() {
        for (text, value) in [
            ("2024-03-05 02:11 +01:00", "2024-03-05T02:11:00+01:00"),
            ("2024-03-05T02:11:09Z", "2024-03-05T02:11:09+00:00"),
            (" 2024-03-05 02:11:09 UTC ", "2024-03-05T02:11:09+00:00"),
            ("2024-07-05 02:11 Europe/Paris", "2024-07-05T02:11:00+02:00"),
        ] {
            assert_eq!(one_time(text).as_deref(), Some(value), "{text}");
        }
        for text in [
            "",
            "2024-03-05 02:11",
            "2024-03-05",
            "02:11 UTC",
            "2024-13-05 02:11 UTC",
            "yesterday",
            "from 2024-03-05 02:11 UTC to 2024-03-06 02:11 UTC",
        ] {
            assert_eq!(one_time(text), None, "{text}");
        }
        assert_eq!(one_type(" Brute-Force"), Some("brute-force"));
        assert_eq!(
            one_type("intrusion-attempts/brute-force"),
            Some("brute-force")
        );
        assert_eq!(
            (one_type("fraud/brute-force"), one_type("bad")),
            (None, None)
        );
    }

    #[test]
    fn what_is_spoken_of_has_the_names_of_values() {
        for (_, kind) in FORMS {
            let name = serde_json::to_value(kind).unwrap_or_default();
            assert_eq!(
                serde_json::to_value(Spoken::Value(kind)).ok(),
                Some(name.clone())
            );
            assert_eq!(
                serde_json::from_value::<Spoken>(name).ok(),
                Some(Spoken::Value(kind))
            );
        }
        assert_eq!(serde_json::to_value(Spoken::Type).ok(), Some("type".into()));
    }
}
