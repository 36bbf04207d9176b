//! The transport protocol of a log line that has no key for it: a word of its own, the flags of a captured packet, a number in brackets.

use std::sync::LazyLock;

use regex::Regex;

use crate::formats::form::protocol;
use crate::text::{before, cut, regex, window};

/// A protocol's name as a word: `TCP:`, `(udp)`, `RT_SCREEN_UDP:`.
static WORD: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)(?:^|[\s{(\[|,/_])(tcp|udp|icmp|sctp)(?:v6)?(?:[\s(})\],/|:;!]|$)")
});

/// What only packets of one protocol have, as tcpdump and pf print them.
static PACKET: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x):\s(?:(?P<tcp>Flags\s\[|[SFPRUWE.]{1,6}\s(?:cksum\s[^,]{1,30},?\s)?[0-9]{1,10}:[0-9]{1,10}\([0-9]{1,5}\)|[SR.]\sack\s)
            |(?P<udp>UDP,\s|SIP:\s|NTPv[0-9]|SNMP|isakmp|[0-9]{1,5}[+*%-]{0,3}\s(?:\[[^\]]{1,20}\]\s)?(?:A|AAAA|ANY|TXT|MX|PTR|NS|SRV)\?\s)
            |(?P<icmp>ICMP6?[\s,]))",
    )
});

/// Junos: the number before `(0)`, and the one behind the names of both translations.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?:\s(6|17|1)\(\d{1,3}\)\s|\s(?:N/A N/A N/A N/A|\S+ None) (6|17|1)\s)")
});

/// The protocol that a line tells of both its ends, `below` being the text behind the line.
pub(super) fn of_line(text: &str, below: &str) -> Option<String> {
    if let Some(word) = WORD.captures(text).and_then(|found| found.get(1)) {
        return Some(word.as_str().to_lowercase());
    }
    let packet = memchr::memmem::find(text.as_bytes(), b" > ").is_some();
    if let Some(found) = packet.then(|| PACKET.captures(text)).flatten() {
        let names = ["tcp", "udp", "icmp"];
        let name = names.iter().find(|name| found.name(name).is_some())?;
        return Some((*name).to_owned());
    }
    if text.contains("RT_FLOW") {
        let found = NUMBER.captures(text)?;
        return protocol(found.get(1).or_else(|| found.get(2))?.as_str());
    }
    // Snort's full alerts have it on the line below the addresses.
    let below = window(below.trim_start_matches(['\r', '\n', '>', ' ']), 0, 12);
    let (name, rest) = below.split_once(' ')?;
    (rest.starts_with("TTL:") && ["TCP", "UDP", "ICMP"].contains(&name))
        .then(|| name.to_lowercase())
}

/// The protocol that a line with one end only tells of it: `TCP connection`, `(PROTOCOL=tcp)`, `UDP Rcv`.
pub(super) fn of_one(text: &str) -> Option<String> {
    static ONE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?:\b(tcp|udp)\s(?:connections?|packets?|syn|scan|session|rcv|recv)\b|\(PROTOCOL=(tcp|udp)\)|\((tcp|udp)\)$)",
        )
    });
    let hint = ["tcp", "TCP", "udp", "UDP"];
    hint.iter()
        .any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
        .then_some(())?;
    let found = ONE.captures(text)?;
    let name = found
        .get(1)
        .or_else(|| found.get(2))
        .or_else(|| found.get(3))?;
    Some(name.as_str().to_lowercase())
}

/// The protocol right before an address: `from UDP 192.0.2.1:5077`, `source tcp:192.0.2.1:5077`.
pub(super) fn before_address(text: &str, at: usize) -> Option<String> {
    let lead = before(text, at, 8);
    let bare = lead.strip_suffix([' ', ':', '/'])?;
    let letters = bare
        .bytes()
        .rev()
        .take_while(u8::is_ascii_alphabetic)
        .count();
    let word = cut(bare, bare.len() - letters, bare.len()).to_ascii_lowercase();
    ["tcp", "udp", "sctp"]
        .contains(&word.as_str())
        .then_some(word)
}
