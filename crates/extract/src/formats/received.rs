//! The header of a mail that somebody passes on as an example: which host handed it over.

use crate::address::Address;
use crate::gather::Record;
use crate::layout::Standing;
use crate::reader::{Reading, endpoint};
use crate::text::cut;
use crate::{Endpoint, Format};

/// The first `Received` line, from the top, that names a peer in the open network. What stands below it may be forged.
pub(crate) fn read(reading: &Reading<'_>, addresses: &[Address]) -> Option<Record> {
    let text = reading.page.text();
    let mut at = 0;
    while let Some((start, end)) = field(text, at) {
        at = end;
        let hop = cut(text, start, end);
        let by = hop
            .find(" by ")
            .or_else(|| hop.find("\tby "))
            .map_or(end, |by| start + by);
        let from = addresses.partition_point(|address| address.start < start);
        let peer = addresses
            .iter()
            .skip(from)
            .take_while(|address| address.start < by)
            .filter(|address| {
                cut(text, address.start.saturating_sub(1), address.start) == "["
                    || cut(text, address.start.saturating_sub(5), address.start) == "IPv6:"
            })
            .find(|address| open(&address.value));
        if let Some(peer) = peer {
            return Some(Record {
                standing: Standing::Forwarded,
                format: Format::FreeText,
                time: reading.time_at(start, end),
                source: Some(Endpoint {
                    port: None,
                    ..endpoint(reading.page, peer, 0.5)
                }),
                ..Record::default()
            });
        }
    }
    None
}

/// Whether a line belongs to a header that a transport wrote; `within` is whether the line before it did.
pub(crate) fn trace(line: &str, within: bool) -> bool {
    const NAMES: [&str; 8] = [
        "received",
        "x-received",
        "authentication-results",
        "arc-authentication-results",
        "received-spf",
        "dkim-signature",
        "arc-seal",
        "message-id",
    ];
    // A quotation's mark takes the blanks before a continued line away, and mail programs break it anew.
    let goes_on = ["by ", "for ", "with ", "id ", "[", "("];
    let blank = line.starts_with([' ', '\t']) && !line.trim().is_empty();
    if within && (blank || goes_on.iter().any(|word| line.starts_with(word))) {
        return true;
    }
    let name = line
        .get(..28)
        .unwrap_or(line)
        .split(':')
        .next()
        .unwrap_or_default();
    name.len() < line.len() && NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// The next `Received` field with its continued lines.
fn field(text: &str, at: usize) -> Option<(usize, usize)> {
    let rest = cut(text, at, text.len());
    let named = |name: &[u8]| memchr::memmem::find(rest.as_bytes(), name).is_some();
    if !named(b"eceived:") && !named(b"ECEIVED:") {
        return None;
    }
    let begins = |line: &str| {
        line.get(..9)
            .is_some_and(|name| name.eq_ignore_ascii_case("received:"))
    };
    let mut start = at;
    let mut found = None;
    for line in rest.split_inclusive('\n') {
        let end = start + line.len();
        match found {
            None if begins(line) => found = Some((start, end)),
            Some((first, _)) if line.starts_with([' ', '\t']) => found = Some((first, end)),
            Some(_) => return found,
            None => {}
        }
        start = end;
    }
    found
}

/// An address that the open network routes, or that documentation uses.
fn open(value: &str) -> bool {
    match value.parse() {
        Ok(std::net::IpAddr::V4(ip)) => {
            let [a, b, ..] = ip.octets();
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || a == 100 && (64..128).contains(&b))
        }
        Ok(std::net::IpAddr::V6(ip)) => {
            !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local())
        }
        Err(_) => false,
    }
}
