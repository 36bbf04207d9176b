//! What a table's cells and titles say beside addresses: zones, services, and whose port a public address is.

use crate::Role;
use crate::label::{Field, What};
use crate::text::cut;
use crate::when::zone::{self, Zone};

/// The zone in a title: `Log Time (GMT+1)`, `first_seen_utc`, `Heure [UTC+02:00]`.
pub(super) fn titled_zone(title: &str) -> Option<Zone> {
    let inner = title
        .find(['(', '['])
        .map(|at| cut(title, at + 1, title.len()));
    let offset = inner.and_then(zone::beside).or_else(|| {
        let at = ["UTC", "GMT", "utc", "gmt"]
            .iter()
            .find_map(|name| title.find(name))?;
        zone::beside(cut(title, at, title.len()))
    });
    let words = || {
        let words = title.rsplit(|c: char| !c.is_ascii_alphanumeric());
        words
            .filter(|word| (3..=4).contains(&word.len()))
            .find_map(zone::abbreviated)
    };
    offset
        .map(|(zone, _)| zone)
        .filter(|zone| *zone != Zone::Local)
        .or_else(words)
}

/// The zone in a cell of its own: `UTC`, `+01:00`, `Europe/Berlin`.
pub(super) fn zone(value: &str) -> Option<Zone> {
    let found = zone::beside(value.trim()).filter(|(zone, _)| *zone != Zone::Local);
    found
        .map(|(zone, _)| zone)
        .or_else(|| zone::abbreviated(value.trim()))
}

/// A column whose cells are a port with its protocol: `22/tcp`.
pub(super) fn service(title: &str) -> Option<Field> {
    let names = [
        "service",
        "dienst",
        "servicio",
        "proto/port",
        "port/proto",
        "port/protocol",
        "protocol/port",
        "dst service",
        "destination service",
    ];
    names
        .iter()
        .any(|name| title.eq_ignore_ascii_case(name))
        .then_some(Field {
            role: Role::Destination,
            what: What::Port,
            affected: false,
        })
}

/// Whether a title speaks of an address that a carrier shares out: `Public IP`, `NAT port`.
pub(super) fn shared(title: &str) -> bool {
    let word = title.split([' ', '_', '-', '.']).next().unwrap_or_default();
    let names = [
        "public",
        "nat",
        "natted",
        "external",
        "translated",
        "wan",
        "cgn",
        "cgnat",
        "customer",
        "subscriber",
        "publique",
        "externe",
        "publica",
        "öffentliche",
    ];
    names.iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// Carriers are asked who used a public address to speak with a remote one: there the remote one was spoken to.
pub(super) fn carrier(
    title: impl Fn(usize) -> String,
    fields: &mut Vec<(usize, Field)>,
    cells: usize,
) {
    let of = |role, fields: &[(usize, Field)]| {
        fields
            .iter()
            .any(|(_, field)| field.what == What::Address && field.role == role)
    };
    let remote = |index: usize| {
        let title = title(index).to_lowercase();
        ["remote", "distant", "remota", "remoto", "entfernt"]
            .iter()
            .any(|word| title.starts_with(word))
    };
    let asked = (0..cells).any(|index| shared(&title(index)));
    let other = fields
        .iter()
        .any(|(index, field)| field.role == Role::Source && !remote(*index));
    if !asked || other || of(Role::Destination, fields) || !of(Role::Source, fields) {
        return;
    }
    for (index, field) in fields.iter_mut() {
        if field.role == Role::Source {
            field.role = Role::Destination;
        } else if shared(&title(*index)) {
            field.role = Role::Source;
        }
    }
    for index in (0..cells).filter(|index| shared(&title(*index))) {
        let small = title(index).to_lowercase();
        let what = if small.contains("port") {
            What::Port
        } else {
            What::Address
        };
        if !fields.iter().any(|(known, _)| *known == index)
            && ["ip", "port", "address", "addr"]
                .iter()
                .any(|word| small.contains(word))
        {
            fields.push((
                index,
                Field {
                    role: Role::Source,
                    what,
                    affected: false,
                },
            ));
        }
    }
    fields.sort_by_key(|(index, _)| *index);
}
