//! What the titles of a table's columns name.

use crate::Role;
use crate::formats::{cell, heading, name};
use crate::label::{self, Field, What};
use crate::text::cut;

/// Whether a line is the header of flows in words: nothing but names of columns, both ends and a port among them.
pub(super) fn flow(text: &str) -> bool {
    let named = |word: &str| {
        let mut letters = word.bytes();
        letters.all(|b| {
            b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.')
        })
    };
    let words = || text.split(' ');
    if !words().all(named) || words().count() < 5 {
        return false;
    }
    let fields: Vec<Field> = words().filter_map(label::read).collect();
    let has = |what, role| {
        fields
            .iter()
            .any(|field| (field.what, field.role) == (what, role))
    };
    has(What::Address, Role::Source)
        && has(What::Address, Role::Destination)
        && has(What::Port, Role::Destination)
}

/// What each of a header's cells names.
pub(super) fn columns(text: &str, cells: &[(usize, usize)]) -> Vec<(usize, Field)> {
    let title = |(start, end): &(usize, usize)| cut(text, *start, *end).trim();
    let mut fields: Vec<(usize, Field)> = cells
        .iter()
        .enumerate()
        .filter_map(|(index, cell)| Some((index, pair(title(cell), column(title(cell))?))))
        .collect();
    // The machine that wrote a line is its `Origin`; where the attacker has a column of his own, that word isn't his.
    let origin = |index: usize| {
        let named = cells.get(index).map(title);
        named.is_some_and(|named| named.eq_ignore_ascii_case("origin"))
    };
    let own = fields.iter().any(|(index, field)| {
        field.what == What::Address && field.role == Role::Source && !origin(*index)
    });
    fields.retain(|(index, _)| !(own && origin(*index)));
    let written = |index: usize| cells.get(index).map(title).unwrap_or_default().to_owned();
    cell::carrier(written, &mut fields, cells.len());
    happened(&mut fields, &cells.iter().map(title).collect::<Vec<_>>());
    heading::together(&cells.iter().map(title).collect::<Vec<_>>(), &mut fields);
    let asked = |index: usize| cells.get(index).and_then(|cell| other_end(title(cell)));
    let asks = fields.iter().any(|(index, field)| {
        let address = field.what == What::Address && field.role != Role::Destination;
        address && asked(*index).is_none()
    });
    let told = fields.iter().any(|(index, field)| {
        let address = field.what == What::Address && field.role == Role::Destination;
        address && asked(*index).is_none()
    });
    if asks && !told {
        fields.retain(|(index, _)| asked(*index).is_none());
        fields.extend((0..cells.len()).filter_map(|index| Some((index, asked(index)?))));
        fields.sort_by_key(|(index, _)| *index);
    }
    fields
}

/// A column for addresses with their ports: `Source (IP:port)`.
fn pair(title: &str, field: Field) -> Field {
    let joined = [":", "/", "&", "+"].iter().any(|mark| title.contains(mark));
    let small = title.to_lowercase();
    let both = field.what == What::Port && joined && field.role != Role::Unknown;
    let addressed = [
        "ip:", "ip/", "ip &", "ip+", "addr:", "address:", "address/", "ip :", "ip / ", "adresse:",
        "adresse/",
    ];
    match both && addressed.iter().any(|word| small.contains(word)) {
        true => Field {
            what: What::Address,
            ..field
        },
        false => field,
    }
}

/// Where no other column has a time, an entry was made when it happened: `created_at`, `Received (GMT)`.
fn happened(fields: &mut [(usize, Field)], titles: &[&str]) {
    if fields.iter().any(|(_, field)| field.what == What::Time) {
        return;
    }
    let told = [
        "report", "sent", "submi", "publi", "updat", "expir", "modif",
    ];
    let mut made = fields.iter_mut().filter(|(index, field)| {
        let title = titles.get(*index).map(|title| title.to_lowercase());
        field.what == What::ReportTime
            && title.is_some_and(|title| !told.iter().any(|word| title.contains(word)))
    });
    if let Some((_, field)) = made.next() {
        field.what = What::Time;
    }
}

/// What a column's title names: what a label says, and what only the title of a column does.
fn column(title: &str) -> Option<Field> {
    let titled = || (title.len() <= 48).then(|| titled(title)).flatten();
    label::read(title)
        .or_else(|| name::read(title))
        .or_else(|| cell::service(title))
        .or_else(titled)
}

/// Names that programs and feeds give to columns, and that no label of a form has.
fn titled(title: &str) -> Option<Field> {
    let field = |what| Field {
        role: Role::Unknown,
        what,
        affected: false,
    };
    let small = title.to_ascii_lowercase();
    let (outer, last) = small.rsplit_once('.').unwrap_or(("", &small));
    let word = |one: &str| small.split([' ', '_', '-', '.']).any(|word| word == one);
    // In the reporter's own words.
    let blamed = [
        "bad guy",
        "bad",
        "initiator",
        "evil",
        "rogue",
        "hostile",
        "offending",
    ];
    let blamed = blamed.iter().find_map(|word| small.strip_prefix(word));
    blamed
        .and_then(|rest| label::read(&format!("attacker{rest}")))
        .or_else(|| label::read(last).filter(|_| !outer.is_empty()))
        .or_else(|| glued(last))
        .or_else(|| last.contains("protocol").then(|| field(What::Protocol)))
        .or_else(|| {
            let seen = word("first") || word("last") || last.ends_with("seen");
            seen.then(|| field(What::Time))
        })
        .or_else(|| {
            let first = small.split([' ', '_', '-', '.']).next().unwrap_or_default();
            let made = [
                "created",
                "received",
                "logged",
                "inserted",
                "empfangen",
                "recibido",
            ];
            let made = made.contains(&first) && small.len() <= 20;
            (made || last.ends_with("_at")).then(|| field(What::ReportTime))
        })
        .or_else(|| {
            let role = match small.as_str() {
                "recipient mx" | "mx" => Role::Destination,
                "relay ip" | "relay" => Role::Source,
                _ => return None,
            };
            Some(Field {
                role,
                ..field(What::Address)
            })
        })
        .or_else(|| {
            let values = ["value", "indicator", "ioc", "observable", "ioc_value"];
            values.contains(&last).then(|| field(What::Address))
        })
}

/// A role's word and a datum's in one: `clientip`, `attackerport`.
fn glued(title: &str) -> Option<Field> {
    let data = ["ipaddress", "address", "addr", "ip", "port"];
    let (role, datum) = data
        .iter()
        .find_map(|datum| Some((title.strip_suffix(datum)?, datum)))?;
    label::read(&format!("{role} {datum}")).filter(|field| field.role != Role::Unknown)
}

/// Titles that name the other end and its address at once.
const ALONE: [&str; 9] = [
    "c2 server",
    "c2-server",
    "c2",
    "cnc",
    "c&c",
    "cc",
    "honeypot",
    "server",
    "responder",
];

/// The column of the end that was spoken to, by a word that says so only beside another column: `server_ip`, `C2 port`, `To IP`,
/// `IP serveur`, `serverIpAddress`, `c2`.
fn other_end(title: &str) -> Option<Field> {
    const OTHERS: [&str; 18] = [
        "cc",
        "responder",
        "contacted",
        "server",
        "serveur",
        "servidor",
        "c2",
        "cnc",
        "c&c",
        "sinkhole",
        "controller",
        "to",
        "honeypot",
        "sensor",
        "decoy",
        "trap",
        "honeynet",
        "capteur",
    ];
    const ADDRESS: [&str; 6] = ["ip", "ips", "address", "addr", "host", "adresse"];
    let mut spaced = String::with_capacity(title.len() + 4);
    let mut small = false;
    for c in title.chars().take(48) {
        if small && c.is_uppercase() {
            spaced.push(' ');
        }
        small = c.is_lowercase();
        spaced.extend(c.to_lowercase());
    }
    let (mut who, mut what) = (false, None);
    for word in spaced
        .split([' ', '_', '.', '-'])
        .filter(|word| !word.is_empty())
    {
        match word {
            word if OTHERS.contains(&word) => who = true,
            word if ADDRESS.contains(&word) && what.is_none() => what = Some(What::Address),
            word if ADDRESS.contains(&word) => {}
            "port" | "puerto" => what = Some(What::Port),
            _ => return None,
        }
    }
    let alone = ALONE.contains(&spaced.as_str());
    let what = what.or(alone.then_some(What::Address))?;
    who.then_some(Field {
        role: Role::Destination,
        what,
        affected: false,
    })
}
