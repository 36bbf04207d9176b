//! An event as a list of names and values: EVE, ECS, IntelMQ and other JSON by the names of its keys, and XML by those of its elements.

use serde_json::{Map, Value};

use crate::formats::form::ports;
use crate::formats::json::{end, machine_kind};
use crate::formats::{direction, name, pieces};
use crate::gather::Record;
use crate::kind;
use crate::label::{self, What};
use crate::reader::Reading;
use crate::text::window;
use crate::{Endpoint, Kind, Role, Time};

/// Keys and values of one report that are looked at, at most.
const VALUES: usize = 512;

/// The names and values of an object, those of objects inside it behind its own: `source.ip`.
pub(crate) fn pairs(top: &Map<String, Value>) -> Vec<(String, String)> {
    let mut queue: Vec<(String, &Value)> = top
        .iter()
        .take(VALUES)
        .map(|(key, value)| (key.clone(), value))
        .collect();
    let mut pairs = Vec::new();
    let mut at = 0;
    while let Some((path, value)) = queue.get(at).cloned() {
        at += 1;
        match value {
            Value::Object(inner) if queue.len() < VALUES => {
                let inner = inner.iter().take(VALUES);
                queue.extend(inner.map(|(key, value)| (format!("{path}.{key}"), value)));
            }
            Value::Array(list) if queue.len() < VALUES => {
                let plain = list.iter().filter(|one| one.is_string() || one.is_number());
                queue.extend(plain.take(16).map(|one| (path.clone(), one)));
            }
            Value::String(text) => pairs.push((path, text.clone())),
            Value::Number(number) => pairs.push((path, number.to_string())),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {}
        }
    }
    pairs
}

/// Names whose value says in words what happened.
pub(crate) fn telling(path: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or_default();
    [
        "signature",
        "category",
        "eventid",
        "message",
        "description",
        "info",
        "title",
        "summary",
        "infection",
        "tag",
        "threat",
        "text",
    ]
    .contains(&last.to_ascii_lowercase().as_str())
}

/// What the innermost name alone tells: `attr.remote`.
fn last(path: &str) -> Option<label::Field> {
    let (outer, last) = path.rsplit_once('.')?;
    let field = name::read(last).filter(|field| field.role != Role::Unknown)?;
    (!others(outer)).then_some(field)
}

/// Names of those who tell or are told of, and who are no party.
fn others(outer: &str) -> bool {
    let outer = outer.to_ascii_lowercase();
    [
        "host", "agent", "observer", "sensor", "reporter", "server", "victim", "user",
    ]
    .iter()
    .any(|other| outer.contains(other))
}

/// A bare name for the address that the whole entry is about.
fn bare(path: &str) -> bool {
    let (outer, last) = path.rsplit_once('.').unwrap_or(("", path));
    if others(outer) {
        return false;
    }
    let plain: String = last.chars().filter(|c| c.is_alphanumeric()).collect();
    [
        "ip",
        "ipaddress",
        "ipaddr",
        "ipv4",
        "ipv6",
        "address",
        "ipstr",
    ]
    .contains(&plain.to_ascii_lowercase().as_str())
}

/// What a path names; `visited` where the visitor stands before it.
fn field(path: &str, visited: bool) -> Option<label::Field> {
    let innermost = path.rsplit('.').next().unwrap_or(path);
    let served = || pieces::server(innermost).filter(|_| visited);
    match path {
        // Zeek's notices have the port of the one who was asked as `p`.
        "p" => label::read("id.resp_p"),
        // Cloudflare's server behind the visitor.
        "OriginIP" if visited => label::read("dst_addr"),
        // `protoPayload.requestMetadata.callerIp`: an outer name says less than the inner one.
        _ => match name::read(path.trim_start_matches("_source.")) {
            Some(named) if matches!(named.what, What::Protocol | What::Kind | What::Zone) => {
                last(path).or(Some(named))
            }
            Some(named)
                if named.role == Role::Unknown
                    && matches!(named.what, What::Port | What::Address) =>
            {
                served().or_else(|| last(path)).or(Some(named))
            }
            named => named.or_else(served).or_else(|| last(path)),
        },
    }
}

/// What the names tell of the values.
pub(crate) fn record(reading: &Reading<'_>, pairs: &[(String, String)], from: usize) -> Record {
    let mut record = Record::default();
    let mut alone: Option<Endpoint> = None;
    let (mut ports_of, mut transport) = ([None, None, None], None);
    let mut words: Option<&str> = None;
    let visited = visited(pairs);
    for (path, written) in pairs {
        if telling(path) {
            words = words.or(Some(written));
        }
        let address = || end(reading, written, None, None, from);
        let own = field(path, visited);
        let Some(field) = own else {
            if bare(path) {
                alone = alone.or_else(address);
            }
            continue;
        };
        let [source, destination, other] = &mut ports_of;
        let port = || ports(written).first().copied();
        match (field.what, field.role) {
            (What::Address, Role::Source) => came(&mut record.source, address),
            (What::Address, Role::Destination) => {
                record.destination = record.destination.or_else(address);
            }
            (What::Address, Role::Unknown) if bare(path) => alone = alone.or_else(address),
            (What::Port, Role::Source) => *source = source.or_else(port),
            (What::Port, Role::Destination) => *destination = destination.or_else(port),
            (What::Port, Role::Unknown) => *other = other.or_else(port),
            (What::Protocol, _) => {
                transport = transport.or_else(|| crate::formats::form::protocol(written))
            }
            (What::Time, _) => {
                record.time = record.time.or_else(|| reading.machine_time(written, from));
            }
            (What::Kind, _) if record.kind.is_none() && written.len() < 80 => {
                record.kind =
                    kind::named(written).map(|kind| machine_kind(reading, kind, written, from));
            }
            (What::Address | What::ReportTime | What::Zone | What::Kind, _) => {}
        }
    }
    record.time = record.time.or_else(|| entered(reading, pairs, from));
    let [mut source, mut destination, other] = ports_of;
    if outbound(pairs) || sided(pairs) && direction::called(destination, source) {
        std::mem::swap(&mut record.source, &mut record.destination);
        std::mem::swap(&mut source, &mut destination);
    }
    let lone = record.source.is_none() && alone.is_some();
    if lone {
        record.source = alone.map(told);
    }
    complete(
        &mut record.source,
        source.or(other.filter(|_| lone)),
        transport.as_deref(),
    );
    complete(&mut record.destination, destination, transport.as_deref());
    record.kind = record.kind.or_else(|| described(reading, words?, from));
    record
}

/// The first address of who came, with the port that it has anywhere.
fn came(source: &mut Option<Endpoint>, address: impl Fn() -> Option<Endpoint>) {
    match source {
        Some(known) if known.port.is_none() => {
            let same = address().filter(|other| other.ip == known.ip);
            known.port = same.and_then(|other| other.port);
        }
        Some(_) => {}
        None => *source = address(),
    }
}

/// Whether a client has a name: then a server's is the one that it asked.
fn visited(pairs: &[(String, String)]) -> bool {
    pairs.iter().any(|(path, _)| {
        let last = path.rsplit('.').next().unwrap_or_default();
        pieces::asked(last) && name::read(last).is_some_and(|field| field.what == What::Address)
    })
}

/// Whether the names of addresses are those of a local and of a remote end, no other name tells their roles, and nothing says that the
/// connection came in.
fn sided(pairs: &[(String, String)]) -> bool {
    let came = pairs
        .iter()
        .any(|(_, value)| value.len() < 32 && direction::enters(value));
    named(pairs, "local") && named(pairs, "remote") && !ended(pairs) && !came
}

/// Whether the last name of a path is that of the address of a side.
fn named(pairs: &[(String, String)], side: &str) -> bool {
    pairs.iter().any(|(path, _)| {
        let last = path.to_ascii_lowercase();
        let last = last.rsplit('.').next().unwrap_or_default();
        path.to_ascii_lowercase().contains(side)
            && (last == side
                || ["ip", "addr", "host"]
                    .iter()
                    .any(|thing| last.contains(thing)))
    })
}

/// Whether names tell the ends as such.
fn ended(pairs: &[(String, String)]) -> bool {
    let ends = ["src", "source", "dst", "dest", "target"];
    pairs.iter().any(|(path, _)| {
        let path = path.to_ascii_lowercase();
        ends.iter().any(|end| path.contains(end))
    })
}

/// The address that an entry is about, without a word for its role.
fn told(one: Endpoint) -> Endpoint {
    Endpoint {
        confidence: 0.75,
        ..one
    }
}

/// When an entry was made, where it tells no other time.
fn entered(reading: &Reading<'_>, pairs: &[(String, String)], from: usize) -> Option<Time> {
    const NAMES: [&str; 7] = [
        "published",
        "created",
        "createdat",
        "created_at",
        "received",
        "logged",
        "logged_at",
    ];
    let named = |path: &str| NAMES.iter().any(|name| path.eq_ignore_ascii_case(name));
    let timed = |path: &str| {
        let last = path
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let told = [
            "timestamp",
            "lastseen",
            "firstseen",
            "last_seen",
            "first_seen",
            "datetime",
            "creationtime",
        ];
        told.iter().any(|end| last.ends_with(end))
    };
    let of = |named: &dyn Fn(&str) -> bool| {
        let mut found = pairs.iter().filter(|(path, _)| named(path));
        found.find_map(|(_, written)| reading.machine_time(written, from))
    };
    of(&named).or_else(|| of(&timed))
}

/// Whether the local end began a connection to a remote one, as tools on the machines themselves tell it.
fn outbound(pairs: &[(String, String)]) -> bool {
    let small = |path: &str| {
        path.rsplit('.')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase()
    };
    let told = pairs.iter().any(|(path, value)| {
        let value = value.to_ascii_lowercase();
        match small(path).as_str() {
            "actiontype" => [
                "connectionsuccess",
                "connectionrequest",
                "connectionfailed",
                "connectionattempt",
            ]
            .contains(&value.as_str()),
            // Falcon's number for what the local end began.
            "connectiondirection" if value == "0" => true,
            name if direction::is_named(name) => direction::outward(&value),
            _ => false,
        }
    });
    told && named(pairs, "remote") && (named(pairs, "local") || !ended(pairs))
}

/// The type that a description speaks of.
fn described(reading: &Reading<'_>, words: &str, from: usize) -> Option<Kind> {
    let words = window(words, 0, 1024);
    let found = kind::find(words).into_iter();
    let best = found.max_by(|a, b| a.weight.total_cmp(&b.weight))?;
    let written = window(words, best.start, best.end - best.start);
    Some(Kind {
        confidence: 0.7,
        ..machine_kind(reading, best.kind, written, from)
    })
}

fn complete(end: &mut Option<Endpoint>, port: Option<u16>, transport: Option<&str>) {
    if let Some(end) = end {
        end.port = end.port.or(port);
        if end.protocol.is_none() {
            end.protocol = transport.map(str::to_owned);
        }
    }
}
