//! Port numbers and transport protocols in a value, and beside an address.

use std::sync::LazyLock;

use crate::IndicatorKind;
use crate::address::Address;
use crate::formats::logs;
use crate::layout::Page;
use crate::text::{self, regex};

/// Up to 16 port numbers; none where an address or a time stands. A short range is spelled out, a long one named by its ends.
pub(crate) fn ports(value: &str) -> Vec<u16> {
    let mut ports = Vec::new();
    if value.len() > 200 {
        return ports;
    }
    let words = value.split(|c: char| c.is_whitespace() || ",;()[]{}\"'&|".contains(c));
    for word in words.filter(|word| !word.is_empty()) {
        let word = word
            .trim_start_matches([':', '#'])
            .trim_end_matches(['.', ':']);
        let number = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
        match word
            .split_once(['-', '–', ':'])
            .map(|(a, b)| (number(a), number(b)))
        {
            Some((Some(first), Some(last))) if first < last && last - first < 16 => {
                ports.extend(first..=last);
            }
            Some((Some(first), Some(last))) if first < last => ports.extend([first, last]),
            Some(_) if word.contains([':', '.']) => {}
            _ if word.contains('.') => {}
            _ => ports.extend(word.split(['/', '-']).find_map(number)),
        }
    }
    ports.truncate(16);
    ports
}

/// A transport protocol's name or number in a value.
pub(crate) fn protocol(value: &str) -> Option<String> {
    let value = value.to_ascii_lowercase();
    let word = value
        .split(|c: char| !c.is_ascii_alphanumeric())
        .find(|word| !word.is_empty())?;
    match word {
        "tcp" | "udp" | "icmp" | "sctp" | "gre" | "esp" | "icmp6" | "icmpv6" | "igmp" => {
            Some(word.to_owned())
        }
        "6" | "t" => Some("tcp".to_owned()),
        "17" | "u" => Some("udp".to_owned()),
        "1" => Some("icmp".to_owned()),
        _ => value
            .split(|c: char| !c.is_ascii_alphanumeric())
            .find(|word| ["tcp", "udp", "icmp"].contains(word))
            .map(str::to_owned),
    }
}

/// `198.51.100.7/22` in a firewall's line is a port.
pub(crate) fn not_networks(page: &Page<'_>, addresses: &mut [Address]) {
    // Each line is asked once.
    let mut known: Option<(usize, bool)> = None;
    for address in addresses
        .iter_mut()
        .filter(|one| one.kind == IndicatorKind::Cidr)
    {
        let at = page.lines.partition_point(|line| line.end < address.start);
        let log = known.filter(|(line, _)| *line == at).unwrap_or_else(|| {
            let text = page.lines.get(at).map(|line| page.line(line));
            let is = |text: &str| logs::is_log(text, None, true) || text.contains("connection");
            (at, text.is_some_and(is))
        });
        known = Some(log);
        if log.1 {
            *address = crate::line::port_after_slash(page.text(), address).into_owned();
        }
    }
}

/// `port 3389 on ADDRESS`.
pub(crate) fn before(text: &str, at: usize) -> Option<u16> {
    static PORT: LazyLock<regex::Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:ports?|puerto)\s(?:tcp/|udp/|n°\s?)?(\d{1,5})(?:/(?:tcp|udp))?\s(?:\([^)\n]{0,20}\)\s)?(?:on|of|at|sur|de|auf|von|en)\s(?:[\p{L}'’]+\s){0,4}$",
        )
    });
    let found = PORT.captures(text::before(text, at, 64))?;
    let port = found.get(1)?.as_str().parse().ok();
    port.filter(|port| *port > 0)
}
