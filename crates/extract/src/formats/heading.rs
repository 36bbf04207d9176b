//! Titles of columns that say something only beside the others: `FROM` and `TO`, `von` and `bis`, a service beside its host.

use crate::Role;
use crate::formats::cell;
use crate::label::{self, Field, What};

/// The words of both ends of a way.
const WAYS: [(&str, &str); 9] = [
    ("from", "to"),
    ("von", "nach"),
    ("de", "a"),
    ("de", "à"),
    ("de", "vers"),
    ("de", "para"),
    ("desde", "hacia"),
    ("da", "a"),
    ("who", "whom"),
];

/// The words of the begin and the end of a time.
const SPANS: [(&str, &str); 6] = [
    ("von", "bis"),
    ("from", "until"),
    ("from", "till"),
    ("du", "au"),
    ("desde", "hasta"),
    ("first", "last"),
];

fn named(role: Role, what: What) -> Field {
    Field {
        role,
        what,
        affected: false,
    }
}

/// Adds what the titles of a header tell together.
pub(super) fn together(titles: &[&str], fields: &mut Vec<(usize, Field)>) {
    let place = |word: &str| titles.iter().position(|title| title.to_lowercase() == word);
    let pair = |(one, other): &(&str, &str)| place(one).zip(place(other));
    if let Some((one, other)) = SPANS.iter().find_map(pair) {
        give(fields, one, named(Role::Unknown, What::Time));
        give(fields, other, named(Role::Unknown, What::Time));
    } else if let Some((one, other)) = WAYS.iter().find_map(pair)
        && !ended(fields)
    {
        give(fields, one, named(Role::Source, What::Address));
        give(fields, other, named(Role::Destination, What::Address));
    }
    if let Some(peer) = place("peer")
        && !of(fields, Role::Source)
    {
        give(fields, peer, named(Role::Source, What::Address));
    }
    asked(titles, fields);
    fields.sort_by_key(|(index, _)| *index);
    hosted(titles, fields);
}

fn give(fields: &mut Vec<(usize, Field)>, index: usize, field: Field) {
    fields.retain(|(known, _)| *known != index);
    fields.push((index, field));
}

fn of(fields: &[(usize, Field)], role: Role) -> bool {
    fields
        .iter()
        .any(|(_, field)| field.what == What::Address && field.role == role)
}

fn ended(fields: &[(usize, Field)]) -> bool {
    of(fields, Role::Source) || of(fields, Role::Destination)
}

/// A carrier is asked who had a public address and port when he spoke with a server: the public one is the source.
fn asked(titles: &[&str], fields: &mut Vec<(usize, Field)>) {
    let port = |title: &str| title.to_lowercase().contains("port");
    let shared: Vec<usize> = (0..titles.len())
        .filter(|index| titles.get(*index).is_some_and(|title| cell::shared(title)))
        .collect();
    let ported = shared
        .iter()
        .any(|index| titles.get(*index).is_some_and(|title| port(title)));
    if !ported || ended(fields) {
        return;
    }
    for index in shared {
        let Some(title) = titles.get(index) else {
            continue;
        };
        let small = title.to_lowercase();
        let address = ["ip", "addr"].iter().any(|word| small.contains(word));
        match () {
            () if port(title) => give(fields, index, named(Role::Source, What::Port)),
            () if address => give(fields, index, named(Role::Source, What::Address)),
            () => {}
        }
    }
}

/// The service beside the only host of a row is that host's own.
fn hosted(titles: &[&str], fields: &mut [(usize, Field)]) {
    let title = |index: usize| titles.get(index).copied().unwrap_or_default();
    let alone = !ended(fields)
        && fields
            .iter()
            .any(|(index, field)| field.what == What::Address && host(title(*index)));
    let own = fields
        .iter_mut()
        .filter(|(index, _)| alone && cell::service(title(*index)).is_some());
    own.for_each(|(_, field)| field.role = Role::Source);
}

/// Whether a title speaks of a machine, and not of an address that knocked.
fn host(title: &str) -> bool {
    let small = title.to_lowercase();
    [
        "host", "hôte", "hote", "server", "serveur", "servidor", "rechner", "system", "gerät",
        "device", "machine", "equipo", "asset",
    ]
    .iter()
    .any(|word| small.contains(word))
        && label::read(title).is_some_and(|field| field.role == Role::Unknown)
}

/// The columns that hold versions.
pub(super) fn all_versions<'t>(titles: impl Iterator<Item = &'t str>) -> Vec<usize> {
    let versions = titles.enumerate().filter(|(_, title)| versions(title));
    versions.map(|(index, _)| index).collect()
}

/// Whether a column holds versions: its cells are no addresses.
fn versions(title: &str) -> bool {
    let small = title.to_lowercase();
    [
        "fw",
        "firmware",
        "version",
        "ver",
        "ver.",
        "release",
        "build",
        "sw",
        "software",
        "patch",
        "fixed in",
        "versión",
        "os version",
        "fw version",
        "firmware version",
        "stand",
        "firmwarestand",
        "micrologiciel",
    ]
    .contains(&small.as_str())
        || small.ends_with("version")
        || small.ends_with("firmware")
}

/// Whether the columns are those of Cisco's cache of flows, which writes its numbers by sixteen: `Pr SrcP DstP`.
pub(super) fn hexadecimal(titles: &[&str]) -> bool {
    ["Pr", "SrcP", "DstP"]
        .iter()
        .all(|title| titles.contains(title))
}

/// Whether one blank stands between titles of one word each, as where a column is as wide as its title: `LocalPort RemoteAddress`.
pub(super) fn tight(text: &str) -> bool {
    let joined = |word: &str| {
        let mut letters = word.bytes();
        let first = letters.next().is_some_and(|b| b.is_ascii_alphabetic());
        first && word.contains('_')
            || word.as_bytes().windows(2).any(
                |pair| matches!(pair, [a, b] if a.is_ascii_lowercase() && b.is_ascii_uppercase()),
            )
    };
    text.split("  ").any(|cell| {
        let mut words = cell.trim().split(' ');
        words.clone().count() > 1
            && words.clone().filter(|word| joined(word)).count() > 1
            && words.all(|word| word.len() > 1)
    })
}
