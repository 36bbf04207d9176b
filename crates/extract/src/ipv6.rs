//! IPv6 addresses in all forms of RFC 4291, with a zone, a prefix, a range or a port.

use std::net::{IpAddr, Ipv6Addr};

use crate::IndicatorKind;
use crate::address::{Address, dotted_port, network, prefix};
use crate::beside::with_port;
use crate::text::{before, cut, window};

/// The address that begins here, in any form of RFC 4291.
pub(crate) fn ipv6(text: &str, start: usize) -> Option<Address> {
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
    let (address, length) = parse_ipv6(run(text, start))?;
    let mut end = start + length;
    let glued = dotted_port(text, start, end);
    if glued.is_some() {
        let (kind, value) = one(address);
        return Some(Address::new((start, end), kind, value, glued));
    }
    if address.is_unspecified()
        || bytes
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
    let (mut kind, mut value) = one(address);
    if kind == IndicatorKind::Ipv4 {
        // Neither a prefix nor a range is read behind such a writing.
    } else if let Some((bits, after)) = prefix(text, end, 128) {
        (kind, value, end) = (
            IndicatorKind::Cidr,
            network(IpAddr::V6(address), bits)?,
            after,
        );
    } else if let Some((last, after)) = range_v6(text, end, address) {
        (kind, value, end) = (IndicatorKind::IpRange, format!("{address}-{last}"), after);
    }
    Some(with_port(
        text,
        Address::new((start, end), kind, value, None),
    ))
}

/// One address: IPv4 where it only stands for that.
fn one(address: Ipv6Addr) -> (IndicatorKind, String) {
    match address.to_ipv4_mapped() {
        Some(mapped) => (IndicatorKind::Ipv4, mapped.to_string()),
        None => (IndicatorKind::Ipv6, address.to_string()),
    }
}

/// The letters that may belong to the address, without the marks of the sentence behind it.
fn run(text: &str, start: usize) -> &str {
    let own = |b: &u8| b.is_ascii_hexdigit() || matches!(b, b':' | b'.');
    let run = window(text, start, 46).bytes().take_while(own).count();
    let written = cut(text, start, start + run).trim_end_matches('.');
    if written.ends_with("::") {
        written
    } else {
        written.trim_end_matches(':')
    }
}

/// `2001:db8::1-2001:db8::9`, with or without blanks around the dash.
fn range_v6(text: &str, at: usize, first: Ipv6Addr) -> Option<(Ipv6Addr, usize)> {
    let rest = window(text, at, 52);
    let tail = rest.trim_start_matches(' ').strip_prefix(['-', '–'])?;
    let tail = tail.trim_start_matches(' ');
    let run = tail
        .bytes()
        .take_while(|b| b.is_ascii_hexdigit() || matches!(b, b':' | b'.'));
    let written = cut(tail, 0, run.count()).trim_end_matches(['.', ':']);
    let last: Ipv6Addr = written.parse().ok().filter(|last| *last > first)?;
    Some((last, at + (rest.len() - tail.len()) + written.len()))
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
    let read = |written: &str| written.parse().ok().filter(|_| !hardware(written));
    if let Some(address) = read(written) {
        return Some((address, written.len()));
    }
    // `2001:db8::1.443`: who calls has to look for another such end beside it.
    if let Some((head, port)) = written.rsplit_once('.')
        && port.bytes().all(|b| b.is_ascii_digit())
        && let Some(address) = read(head)
    {
        return Some((address, head.len()));
    }
    // `2001:db8:0:0:0:0:0:1:443`: eight groups and a port; five digits are no group either.
    let (head, port) = written.rsplit_once(':')?;
    ((groups == 9 && port.len() > 1 || port.len() == 5) && port.bytes().all(|b| b.is_ascii_digit()))
        .then(|| read(head).map(|a| (a, head.len())))?
}

/// Eight pairs of digits are a hardware address (EUI-64).
fn hardware(written: &str) -> bool {
    let mut pairs = written.split(':');
    pairs.clone().count() == 8 && pairs.all(|pair| pair.len() == 2)
}
