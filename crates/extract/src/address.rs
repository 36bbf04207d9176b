//! Addresses: IPv4, IPv6, networks and ranges, with the port and protocol written beside them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use crate::IndicatorKind;
use crate::text::{before, cut, regex, window};

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

/// All addresses of a text, in order, none inside another. Every octet is looked at a bounded number of times.
pub(crate) fn find(text: &str) -> Vec<Address> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let candidate = match byte {
            b'0'..=b'9' => ipv4(text, at).or_else(|| ipv6(text, at)),
            b':' | b'a'..=b'f' | b'A'..=b'F' => ipv6(text, at),
            _ => None,
        };
        match candidate {
            Some(address) => {
                at = address.full.max(at + 1);
                found.push(address);
            }
            None => at = skip(bytes, at),
        }
    }
    found
}

/// The next place where an address may begin: never in the middle of a run of digits, letters and colons.
fn skip(bytes: &[u8], at: usize) -> usize {
    let word = |byte: Option<&u8>| {
        byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b':' || *b >= 0x80)
    };
    let mut next = at + 1;
    if word(bytes.get(at)) {
        while word(bytes.get(next)) {
            // `inside:192.0.2.1` and `ip:2001:db8::1`: what follows a word's colon is a new beginning.
            if bytes.get(next.wrapping_sub(1)) == Some(&b':') && bytes.get(next) != Some(&b':') {
                return next;
            }
            next += 1;
        }
    }
    next
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

fn ipv4(text: &str, start: usize) -> Option<Address> {
    let bytes = text.as_bytes();
    let previous = start
        .checked_sub(1)
        .and_then(|index| bytes.get(index))
        .copied();
    if previous
        .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+') || b >= 0x80)
    {
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
    if let Some((port, full)) = dotted_port(text, start, end) {
        let (kind, value) = (IndicatorKind::Ipv4, address.to_string());
        return Some(Address {
            start,
            end,
            full,
            kind,
            value,
            port: Some(port),
            protocol: None,
        });
    }
    if address.is_unspecified()
        || !clean_end(bytes, end)
        || not_an_address(text, start, end, address)
    {
        return None;
    }
    let mut kind = IndicatorKind::Ipv4;
    let (mut value, mut end) = (address.to_string(), end);
    if let Some((bits, after)) = prefix(text, end, 32) {
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
        Address {
            start,
            end,
            full: end,
            kind,
            value,
            port: None,
            protocol: None,
        },
    ))
}

/// tcpdump's `192.0.2.10.4455 > 198.51.100.7.22:`.
fn dotted_port(text: &str, start: usize, end: usize) -> Option<(u16, usize)> {
    let rest = window(text, end, 10).strip_prefix('.')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let port = cut(rest, 0, digits).parse().ok().filter(|port| *port > 0)?;
    let (lead, tail) = (before(text, start, 4), cut(rest, digits, rest.len()));
    let sender = lead.ends_with("IP ") && tail.starts_with(" > ");
    let receiver = lead.ends_with(" > ")
        && (tail.starts_with(':') || tail.starts_with([' ', '\n']) || tail.is_empty());
    (sender || receiver).then_some((port, end + 1 + digits))
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

/// Words before four numbers that make them something else.
static NOT_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\b(?:versions?|ver|rev|revision|release|rel|build|firmware|patch|fixed in|prior to|section|sect|chapter|clause|annexe?|article|kapitel|abschnitt|chapitre|secci[óo]n|cap[íi]tulo|oid|snmp|tel|t[ée]l|phone|fax|mobile|t[ée]l[ée]phone|telefon|tel[ée]fono|kernel|openssl|openssh|firefox|chrome|chromium|safari|opera|php|mysql|mariadb|jre|jdk|weblogic|ios|junos|fortios|pan-os|acrobat|flash|thunderbird|wordpress|drupal|joomla|confluence|tomcat|python|ruby)\b[\s.:#°=(/\x22-]{0,3}|\bv\.?\s?|§\s?|\bn°\s?|\b[A-Za-z]{2,24}/)$",
    )
});

/// Words before a slash that say where an address lies, and no product.
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\b(?:outside|inside|dmz|wan|lan|src|dst|source|destination|dest|ip|ipv4|tcp|udp|tls|wss?|host|from|to|icmp|client|server|direct|none|hier_direct|ip4|address|identity|[a-z]*(?:trust|interface))/)$",
    )
});

/// Whether what stands before a number makes it a version, a section or a telephone number.
pub(crate) fn versioned(lead: &str) -> bool {
    NOT_BEFORE.is_match(lead) && !PLACE.is_match(lead)
}

fn not_an_address(text: &str, start: usize, end: usize, address: Ipv4Addr) -> bool {
    let lead = before(text, start, 32);
    if versioned(lead) {
        return true;
    }
    // A numbered heading: small numbers at the start of a line and a capitalised word behind them.
    let heading = lead.is_empty() || lead.ends_with('\n');
    let mut rest = window(text, end, 16).chars();
    heading
        && address.octets().iter().all(|octet| *octet <= 20)
        && rest.next() == Some(' ')
        && rest.next().is_some_and(char::is_uppercase)
        && rest.next().is_some_and(char::is_lowercase)
}

fn prefix(text: &str, at: usize, most: u8) -> Option<(u8, usize)> {
    let rest = window(text, at, 5).strip_prefix('/')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let bits: u8 = cut(rest, 0, digits).parse().ok()?;
    let next = rest.as_bytes().get(digits).copied();
    let ends = !next.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.'));
    (ends && digits <= 3 && (8..=most).contains(&bits)).then_some((bits, at + 1 + digits))
}

/// The network as written; host bits are kept off.
fn network(address: IpAddr, bits: u8) -> Option<String> {
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
    (gap == 0 && from == at + 1 && last > d && ends)
        .then_some((Ipv4Addr::new(a, b, c, last), from + digits))
}

fn ipv6(text: &str, start: usize) -> Option<Address> {
    let bytes = text.as_bytes();
    // At most four digits, then a colon; a first colon is followed by another.
    let digits = bytes
        .iter()
        .skip(start)
        .take(5)
        .take_while(|b| b.is_ascii_hexdigit())
        .count();
    let colon = |at: usize| bytes.get(at) == Some(&b':');
    if !colon(start + digits) || digits == 0 && !colon(start + 1) || !may_begin(text, start) {
        return None;
    }
    let run = window(text, start, 46)
        .bytes()
        .take_while(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'))
        .count();
    let written = cut(text, start, start + run).trim_end_matches('.');
    let written = if written.ends_with("::") {
        written
    } else {
        written.trim_end_matches(':')
    };
    let (address, length) = parse_ipv6(written)?;
    let mut end = start + length;
    if bytes
        .get(end)
        .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
    {
        return None;
    }
    if let Some(zone) = window(text, end, 20).strip_prefix('%') {
        end += 1 + zone
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
            .count();
    }
    let mut kind = IndicatorKind::Ipv6;
    let mut value = address.to_string();
    if let Some(mapped) = address.to_ipv4_mapped() {
        (kind, value) = (IndicatorKind::Ipv4, mapped.to_string());
    } else if let Some((bits, after)) = prefix(text, end, 128) {
        (kind, value, end) = (
            IndicatorKind::Cidr,
            network(IpAddr::V6(address), bits)?,
            after,
        );
    }
    Some(with_port(
        text,
        Address {
            start,
            end,
            full: end,
            kind,
            value,
            port: None,
            protocol: None,
        },
    ))
}

/// Whether an IPv6 address may begin here: behind no word, and behind a colon only when that ends a label.
fn may_begin(text: &str, start: usize) -> bool {
    let previous = before(text, start, 4).chars().next_back();
    let word = before(text, start, 24)
        .trim_end_matches(':')
        .rsplit(|c: char| !c.is_alphanumeric())
        .next();
    let label = word
        .is_some_and(|word| word.contains(|c: char| c.is_alphabetic() && !c.is_ascii_hexdigit()));
    !previous.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_') || c == ':' && !label)
}

fn parse_ipv6(written: &str) -> Option<(Ipv6Addr, usize)> {
    let colons = written.bytes().filter(|b| *b == b':').count();
    let groups = written.split(':').filter(|group| !group.is_empty()).count();
    let digits = written.bytes().any(|b| b.is_ascii_digit());
    if colons < 2 || groups == 0 || !digits && groups < 3 {
        return None;
    }
    if let Ok(address) = written.parse() {
        return Some((address, written.len()));
    }
    // `2001:db8:0:0:0:0:0:1:443`: eight groups and a port.
    let (head, port) = written.rsplit_once(':')?;
    (groups == 9 && port.bytes().all(|b| b.is_ascii_digit()))
        .then(|| head.parse().ok().map(|a| (a, head.len())))?
}

/// A port and protocol beside an address, in the many ways people write them.
static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)^(?:
            \]?:(?P<p1>\d{1,5})(?:(?:/|\s?\(|\s)(?P<t1>tcp|udp|sctp)\b\)?)?\b
          | \]?[\#](?P<p2>\d{1,5})\b
          | \]?/(?P<p8>\d{3,5})(?:/(?P<t8>tcp|udp|sctp))?\b
          | \]?\s?[(\[]?\s?(?P<t3>tcp|udp|sctp)\s?[/:]\s?(?P<p3>\d{1,5})\b
          | \]?[,;]?\s?[(\[]?\s?(?P<p4>\d{1,5})\s?/\s?(?P<t4>tcp|udp|sctp)\b
          | \]?[,;]?\s{0,2}[(\[]?\s?(?:on\s|sur\s(?:le\s)?|auf\s|an\s|en\s(?:el\s)?|with\s|avec\s(?:le\s)?)?\s?(?:(?:its|the|destination|dest|dst|source|src|local|remote|target)\s)?(?P<t5>tcp|udp|sctp)?[-/\s]?
              (?:ports?|puertos?|spt|dpt)\s?(?:source|cible|destination|src|dst|origen|destino)?\s?(?:n°|no\.?|number|num[ée]ro|\#)?\s?[:=]?\s?(?P<t7>tcp|udp)?[/\s]?(?P<p5>\d{1,5})\b(?:\s?[(/]\s?(?P<t6>tcp|udp|sctp)\b)?
        )",
    )
});

/// The address with what [`BESIDE`] finds behind it.
pub(crate) fn with_port(text: &str, mut address: Address) -> Address {
    let rest = window(text, address.end, 60);
    let Some(found) = BESIDE.captures(rest) else {
        return address;
    };
    let port = ["p1", "p2", "p3", "p4", "p5", "p8"]
        .iter()
        .find_map(|name| found.name(name));
    // A clock time, a line number or a longer number follows, but no port.
    let port = port.and_then(|port| {
        Some((
            port.as_str().parse::<u16>().ok().filter(|p| *p > 0)?,
            port.end(),
        ))
    });
    let Some((port, end)) = port else {
        return address;
    };
    let longer = cut(rest, end, rest.len()).starts_with([':', '.', '-'])
        && cut(rest, end + 1, rest.len()).starts_with(|c: char| c.is_ascii_digit());
    if longer {
        return address;
    }
    address.port = Some(port);
    address.protocol = ["t1", "t3", "t4", "t5", "t6", "t7", "t8"]
        .iter()
        .find_map(|name| found.name(name))
        .map(|t| t.as_str().to_lowercase());
    address.full = address.end + found.get(0).map_or(0, |whole| whole.end());
    address
}
