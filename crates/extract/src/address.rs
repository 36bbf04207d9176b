//! Addresses: IPv4, IPv6, networks and ranges, with the port and protocol written beside them.

use std::net::{IpAddr, Ipv4Addr};

use crate::IndicatorKind;
use crate::beside::with_port;
use crate::ipv6::ipv6;
use crate::learned;
use crate::netmask;
use crate::service;
use crate::small;
use crate::text::{before, cut, window};
use crate::version::{listed, not_an_address};

/// An address in the clean text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Address {
    pub(crate) start: usize,
    /// One past the address itself, its prefix or range; without the port.
    pub(crate) end: usize,
    /// One past the port and protocol that belong to it.
    pub(crate) full: usize,
    pub(crate) kind: IndicatorKind,
    pub(crate) value: String,
    pub(crate) port: Option<u16>,
    pub(crate) protocol: Option<String>,
}

impl Address {
    /// An address whose port is not looked for yet, or stands in it already.
    pub(crate) fn new(
        (start, end): (usize, usize),
        kind: IndicatorKind,
        value: String,
        port: Option<(u16, usize)>,
    ) -> Self {
        Self {
            start,
            end,
            full: port.map_or(end, |(_, full)| full),
            kind,
            value,
            port: port.map(|(port, _)| port),
            protocol: None,
        }
    }
}

/// All addresses of a text, in order, none inside another. Every octet is looked at a bounded number of times.
pub(crate) fn find(text: &str) -> Vec<Address> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut version) = (0, Version::default());
    while let Some(&byte) = bytes.get(at) {
        let candidate = match byte {
            b'0'..=b'9' => ipv4(text, at, &mut version).or_else(|| ipv6(text, at)),
            b':' => ipv6(text, at),
            b'a'..=b'f' | b'A'..=b'F' if grouped(bytes, at) => ipv6(text, at),
            _ => None,
        };
        match candidate {
            Some(address) => {
                at = address.full.max(at + 1);
                found.push(address);
            }
            None => at = skip(text, at),
        }
    }
    found
}

/// Whether a colon is near enough to end the first group of an IPv6 address.
fn grouped(bytes: &[u8], at: usize) -> bool {
    bytes.iter().skip(at + 1).take(5).any(|b| *b == b':')
}

/// The octets from `from` on that a run consists of.
fn run(bytes: &[u8], from: usize, own: impl Fn(&u8) -> bool) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().position(|b| !own(b)).unwrap_or(rest.len())
}

/// The next place where an address may begin: never in the middle of a run of digits, letters and colons.
fn skip(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut next = at;
    loop {
        next += run(bytes, next, u8::is_ascii_alphanumeric);
        match bytes.get(next) {
            // `inside:192.0.2.1` and `ip:2001:db8::1`: what follows a word's colon is a new beginning.
            Some(b':') => return next + run(bytes, next, |b| *b == b':'),
            // Only letters go on with a word; `«` and `–` don't.
            Some(b) if !b.is_ascii() && letter(text, next) => next += 1,
            Some(_) | None => return next.max(at + 1),
        }
    }
}

/// Whether the character that this octet is of belongs to a word.
fn letter(text: &str, at: usize) -> bool {
    window(text, text.floor_char_boundary(at), 4).starts_with(char::is_alphanumeric)
}

fn octets(text: &str, start: usize) -> Option<(Ipv4Addr, usize)> {
    let bytes = text.as_bytes();
    let mut at = start;
    let mut parts = [0_u8; 4];
    let (mut padded, mut two) = (false, true);
    for (index, part) in parts.iter_mut().enumerate() {
        if index > 0 {
            (bytes.get(at) == Some(&b'.')).then_some(())?;
            at += 1;
        }
        let digits = window(text, at, 4)
            .bytes()
            .take_while(u8::is_ascii_digit)
            .count();
        let written = cut(text, at, at + digits);
        *part = (digits <= 3).then(|| written.parse().ok())??;
        padded |= digits > 1 && written.starts_with('0');
        two &= digits == 2;
        at += digits;
    }
    // `06.12.34.56` is a telephone number.
    (!(padded && two)).then_some((Ipv4Addr::from(parts), at))
}

/// The last number that is a version: those listed behind it are versions too.
#[derive(Default)]
struct Version {
    /// Where it ended; 0 before the first.
    end: usize,
    /// Where only its size told that it is one: its first two numbers, which those listed behind it have too.
    family: Option<[u8; 2]>,
}

fn ipv4(text: &str, start: usize, version: &mut Version) -> Option<Address> {
    let bytes = text.as_bytes();
    let previous = before(text, start, 4).chars().next_back();
    // `198.51.100.1...192.0.2.10` are the two ends of a tunnel.
    let behind = previous.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '+'));
    if behind && before(text, start, 3) != "..." {
        return None;
    }
    let digits = bytes
        .iter()
        .skip(start)
        .take(4)
        .take_while(|b| b.is_ascii_digit())
        .count();
    (bytes.get(start + digits) == Some(&b'.')).then_some(())?;
    let (address, end) = octets(text, start)?;
    let glued = dotted_port(text, start, end);
    if glued.is_some() {
        let (kind, value) = (IndicatorKind::Ipv4, written(text, start, end, address));
        return Some(Address::new((start, end), kind, value, glued));
    }
    if address.is_unspecified() || netmask::is(address) || !clean_end(bytes, end) {
        return None;
    }
    let [first, second, ..] = address.octets();
    let alike = version
        .family
        .is_none_or(|family| family == [first, second]);
    if version.end > 0 && alike && listed(cut(text, version.end, start)) {
        version.end = end;
        return None;
    }
    let named = not_an_address(text, start, end, address);
    let octets = address.octets();
    if named
        || small::numbered(text, start, end, octets)
        || !small::addressed(window(text, end, 8)) && learned::is_number(text, start, end, octets)
    {
        let family = (!named).then_some([first, second]);
        *version = Version { end, family };
        return None;
    }
    let mut kind = IndicatorKind::Ipv4;
    let (mut value, mut end) = (written(text, start, end, address), end);
    if let Some((bits, after)) = prefix(text, end, 32).or_else(|| masked(text, end, address)) {
        (kind, value, end) = (
            IndicatorKind::Cidr,
            network(IpAddr::V4(address), bits)?,
            after,
        );
    } else if let Some((last, after)) = range(text, end, address) {
        (kind, value, end) = (IndicatorKind::IpRange, format!("{address}-{last}"), after);
    }
    Some(with_port(
        text,
        Address::new((start, end), kind, value, None),
    ))
}

/// A network by the mask behind it; a host with the mask of its network stays a host.
fn masked(text: &str, end: usize, address: Ipv4Addr) -> Option<(u8, usize)> {
    let (bits, after) = netmask::behind(text, end)?;
    let hosts = u32::MAX.checked_shr(bits.into()).unwrap_or_default();
    (bits < 32 && u32::from(address) & hosts == 0).then_some((bits, after))
}

/// The address in its one form: as it is written, if no number of it begins with a zero.
fn written(text: &str, start: usize, end: usize, address: Ipv4Addr) -> String {
    let letters = cut(text, start, end);
    let mut numbers = letters.split('.');
    match numbers.any(|number| number.len() > 1 && number.starts_with('0')) {
        true => address.to_string(),
        false => letters.to_owned(),
    }
}

/// tcpdump's and pf's `192.0.2.10.4455 > 198.51.100.7.22:`, and the same side by side: one such number alone is something else.
pub(crate) fn dotted_port(text: &str, start: usize, end: usize) -> Option<(u16, usize)> {
    let (port, full) = dotted(text, end)?;
    let tail = window(text, full, 64);
    let lead = before(text, start, 64);
    let other = |word: &str| {
        let address = word
            .trim_end_matches([':', ','])
            .rsplit_once('.')
            .filter(|(ip, _)| ip.parse::<IpAddr>().is_ok());
        address.and_then(|(_, port)| service::port(port))
    };
    let pointed =
        |between: &str| matches!(between.trim(), ">" | "->" | "<->" | "<-" | "?>" | "<?>");
    let next = tail.trim_start_matches([' ', '>', '-', '<', '?']);
    let beside = next.split([' ', '\n', '\r']).next().and_then(other);
    let previous = lead.trim_end_matches([' ', '>', '-', '<', '?']);
    let behind = previous
        .rsplit([' ', '\n', '(', '['])
        .next()
        .and_then(other);
    let arrow = pointed(cut(tail, 0, tail.len() - next.len())) && beside.is_some()
        || pointed(cut(lead, previous.len(), lead.len())) && behind.is_some()
        || lead.ends_with("IP ") && tail.starts_with(" > ");
    // Without an arrow, two numbers of an object identifier could stand here.
    let pair = tail.starts_with(' ') && beside.is_some_and(|other| other > 255 || port > 255)
        || lead.ends_with(' ') && behind.is_some_and(|other| other > 255 || port > 255);
    (arrow || pair).then_some((port, full))
}

/// The port behind the dot at `end`, and where it ends.
fn dotted(text: &str, end: usize) -> Option<(u16, usize)> {
    let rest = window(text, end, 18).strip_prefix('.')?;
    let named = rest.starts_with(|c: char| c.is_ascii_lowercase());
    let own = |b: &u8| b.is_ascii_digit() || named && (b.is_ascii_lowercase() || *b == b'-');
    let digits = rest.bytes().take_while(own).count();
    let port = service::port(cut(rest, 0, digits))?;
    let next = rest.as_bytes().get(digits);
    let ends = !next.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'));
    ends.then_some((port, end + 1 + digits))
}

/// What may follow: not a letter or digit, nor a dot with a digit behind (an object identifier, a longer version).
fn clean_end(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        Some(b) if b.is_ascii_alphanumeric() || matches!(b, b'_' | b'@') => false,
        Some(b'.' | b'-') => !bytes.get(end + 1).is_some_and(|b| {
            if bytes.get(end) == Some(&b'.') {
                b.is_ascii_alphanumeric()
            } else {
                b.is_ascii_alphabetic()
            }
        }),
        _ => true,
    }
}

pub(crate) fn prefix(text: &str, at: usize, most: u8) -> Option<(u8, usize)> {
    let rest = window(text, at, 5).strip_prefix('/')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let bits: u8 = cut(rest, 0, digits).parse().ok()?;
    let next = rest.as_bytes().get(digits).copied();
    let ends = !next.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.'));
    (ends && digits <= 3 && (8..=most).contains(&bits)).then_some((bits, at + 1 + digits))
}

/// The network as written; host bits are kept off.
pub(crate) fn network(address: IpAddr, bits: u8) -> Option<String> {
    Some(ipnet::IpNet::new(address, bits).ok()?.trunc().to_string())
}

fn range(text: &str, at: usize, first: Ipv4Addr) -> Option<(Ipv4Addr, usize)> {
    let rest = window(text, at, 8);
    let tight = rest.trim_start_matches(' ');
    let mark = ["–", "—", "-"]
        .iter()
        .find(|mark| tight.starts_with(**mark))?;
    let gap = rest.len() - tight.len();
    let behind = tight.strip_prefix(mark)?;
    let from = at + gap + mark.len() + (behind.len() - behind.trim_start_matches(' ').len());
    if let Some((last, end)) = octets(text, from) {
        return (last > first && clean_end(text.as_bytes(), end)).then_some((last, end));
    }
    // `192.0.2.10-20`
    let digits = window(text, from, 4)
        .bytes()
        .take_while(u8::is_ascii_digit)
        .count();
    let [a, b, c, d] = first.octets();
    let last: u8 = cut(text, from, from + digits).parse().ok()?;
    let ends = !text
        .as_bytes()
        .get(from + digits)
        .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'/'));
    (gap == 0 && from == at + mark.len() && last > d && ends)
        .then_some((Ipv4Addr::new(a, b, c, last), from + digits))
}
