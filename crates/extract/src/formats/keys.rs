//! What the keys of a log line say beside its ends: ports, protocol, and whether a value is one after a translation.

use std::sync::LazyLock;

use regex::Regex;

use crate::formats::form::{ports, protocol};
use crate::formats::{name, transport};
use crate::gather::Record;
use crate::label::What;
use crate::text::{cut, regex, window, wordy};
use crate::{Endpoint, Role};

/// `SPT=`, `DPT=`, `PROTO=`, or the protocol as a word of its own beside two ends.
///
/// `below` is the text behind the line.
pub(super) fn pairs(text: &str, below: &str, record: &mut Record) {
    let mut transport = None;
    for (key, value) in keys(text) {
        // Check Point's, a number or a name.
        match key {
            "service" => set_port(&mut record.destination, value),
            "s_port" | "IpPort" | "ipport" | "ip_port" => set_port(&mut record.source, value),
            _ => {}
        }
        let Some(field) = name::read(key).filter(|_| !translated(key)) else {
            continue;
        };
        match (field.what, field.role) {
            (What::Port, Role::Source) => set_port(&mut record.source, value),
            (What::Port, Role::Destination) => set_port(&mut record.destination, value),
            (What::Protocol, _) => transport = transport.or_else(|| protocol(value)),
            (
                What::Port
                | What::Address
                | What::Time
                | What::ReportTime
                | What::Zone
                | What::Kind,
                _,
            ) => {}
        }
    }
    spaced(text, record);
    if transport.is_none() && record.source.is_some() && record.destination.is_some() {
        transport = transport::of_line(text, below);
    }
    if transport.is_none() && record.source.is_some() != record.destination.is_some() {
        transport = transport::of_one(text);
    }
    for endpoint in [&mut record.source, &mut record.destination]
        .into_iter()
        .flatten()
    {
        if endpoint.protocol.is_none() {
            endpoint.protocol.clone_from(&transport);
        }
    }
}

/// `ClientPort 51022 - VserverServicePort 443`, where nothing else gave the ports.
fn spaced(text: &str, record: &mut Record) {
    static SPACED: LazyLock<Regex> =
        LazyLock::new(|| regex(r"\b([A-Za-z_]{2,24}[Pp]ort) (\d{1,5})\b"));
    let open = record.source.as_ref().is_some_and(|end| end.port.is_none());
    if !open || memchr::memmem::find(text.as_bytes(), b"ort ").is_none() {
        return;
    }
    for found in SPACED.captures_iter(text).take(8) {
        let (Some(key), Some(value)) = (found.get(1), found.get(2)) else {
            continue;
        };
        match name::read(key.as_str()).map(|field| (field.what, field.role)) {
            Some((What::Port, Role::Source)) => set_port(&mut record.source, value.as_str()),
            Some((What::Port, Role::Destination)) => {
                set_port(&mut record.destination, value.as_str())
            }
            Some(_) | None => {}
        }
    }
}

/// Whether a key speaks of an end after its translation: `nat-source-address`, `tranip`, `natDst`.
pub(super) fn translated(key: &str) -> bool {
    ["nat", "tran", "xlate", "mapped"]
        .iter()
        .any(|word| window(key, 0, word.len()).eq_ignore_ascii_case(word))
        && !key.eq_ignore_ascii_case("transport")
}

/// Every `key=value` and `key:value`: a word of up to 24 letters, and one of up to 8 letters and digits.
fn keys(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let bytes = text.as_bytes();
    let mut floor = 0;
    memchr::memchr2_iter(b'=', b':', bytes).filter_map(move |mark| {
        let lead = numbered(bare(bytes.get(floor..mark)?));
        let key_end = floor + lead.len();
        let most = lead.iter().rev().take(24);
        let run = most
            .take_while(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b'-'))
            .count();
        let word = lead.get(lead.len() - run..)?;
        let mut length = run - word.iter().position(u8::is_ascii_alphabetic)?;
        // `Src Port: 51022`
        if word.eq_ignore_ascii_case(b"port") {
            length += word_before(lead.get(..lead.len() - run).unwrap_or_default());
        }
        let next = bytes.get(mark + 1);
        let blank = next == Some(&b' ')
            && bytes.get(mark) == Some(&b':')
            && bytes.get(mark + 2).is_some_and(|b| {
                b.is_ascii_digit()
                    || *b == b'"'
                    || matches!(b, b't' | b'T' | b'u' | b'U') && word.ends_with(b"rotocol")
            });
        let quoted = matches!(bytes.get(mark + 1 + usize::from(blank)), Some(b'"' | b'['));
        let start = mark + 1 + usize::from(blank) + usize::from(quoted);
        let value = bytes
            .iter()
            .skip(start)
            .take(9)
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        let end = start + value;
        let ends = !window(text, end, 4).chars().next().is_some_and(wordy);
        if length < 2 || !(1..=8).contains(&value) || !ends {
            return None;
        }
        floor = end;
        Some((cut(text, key_end - length, key_end), cut(text, start, end)))
    })
}

/// A key without what closes it: `"client_port":`, `[Local Port]=`.
fn bare(lead: &[u8]) -> &[u8] {
    match lead {
        [bare @ .., b'"' | b']' | b'\''] => bare,
        _ => lead,
    }
}

/// A key without its number: `SrcPort(1004)`.
fn numbered(lead: &[u8]) -> &[u8] {
    let Some(bare) = lead.strip_suffix(b")") else {
        return lead;
    };
    let digits = bare
        .iter()
        .rev()
        .take(5)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let name = bare.get(..bare.len() - digits).unwrap_or_default();
    name.strip_suffix(b"(")
        .filter(|_| digits > 0)
        .unwrap_or(lead)
}

/// How long the word is that one blank parts from what follows, with that blank.
fn word_before(lead: &[u8]) -> usize {
    let Some(bare) = lead.strip_suffix(b" ") else {
        return 0;
    };
    let letters = bare
        .iter()
        .rev()
        .take(12)
        .take_while(|b| b.is_ascii_alphabetic())
        .count();
    if letters > 0 { letters + 1 } else { 0 }
}

fn set_port(endpoint: &mut Option<Endpoint>, value: &str) {
    let port = ports(value).first().copied();
    if let Some(endpoint) = endpoint {
        endpoint.port = endpoint.port.or(port);
    }
}
