//! How lines of logs begin beside a stamp of their own: a number or the name of a product before it.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::Regex;

use crate::label;
use crate::text::{cut, regex};

/// Words before a time in a sentence.
const SPOKEN: &str = "am um vom seit le les du depuis el la los desde on at since from until der den die das the il al kl";

/// Whether what stands before a stamp makes the line one of a log: few letters, numbers in brackets, `Product: `, or one word before a
/// stamp as ISO 8601 has it.
pub(super) fn leads(text: &str, at: usize) -> bool {
    let lead = cut(text, 0, at);
    if lead.chars().filter(|c| c.is_alphanumeric()).count() <= 4 {
        return true;
    }
    if lead.len() > 48 {
        return false;
    }
    let bare = lead.trim_end_matches(['[', '(', '<']).trim();
    if bare
        .chars()
        .all(|c| c.is_ascii_digit() || " []()/#|<>*-.,:".contains(c))
    {
        return true;
    }
    let spoken = |word: &str| {
        SPOKEN
            .split(' ')
            .any(|known| word.eq_ignore_ascii_case(known))
    };
    if let Some(name) = bare.strip_suffix(':') {
        let mut words = name.split(' ');
        return name.split(' ').count() <= 3 && label::read(name).is_none() && !words.any(spoken);
    }
    let iso = cut(text, at, at + 11).ends_with('T') || cut(text, at, at + 11).ends_with('t');
    let marked =
        bare.ends_with(']') && bare.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[');
    !bare.contains(' ') && !spoken(bare) && (iso && lead.ends_with(' ') || marked)
}

/// Whether a line is of keys and values: four of them at least.
pub(super) fn paired(text: &str) -> bool {
    let bytes = text.as_bytes();
    let marks = memchr::memchr_iter(b'=', bytes).take(64).filter(|mark| {
        let lead = bytes.get(..*mark).unwrap_or_default();
        let key = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        let length = lead.iter().rev().take(32).take_while(key).count();
        let before = lead
            .len()
            .checked_sub(length + 1)
            .and_then(|at| lead.get(at));
        length > 1 && before.is_none_or(|b| matches!(b, b' ' | b',' | b';' | b'|' | b'\t'))
    });
    marks.count() > 3
}

/// Whether a line tells only which address a host was given: a lease, or the inner address of a tunnel.
pub(super) fn hands_out(text: &str) -> bool {
    static GIVEN: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?:^|[\w\]]:\s|[0-9]\s)DHCP(?:ACK|OFFER|REQUEST|RELEASE|INFORM|NAK)\b|\blease\s(?:of\s|for\s)?[0-9]{1,3}\.[0-9]|\bassign(?:ed|ing)?\s(?:\w+\s){0,3}(?:ip|ipv4|ipv6|address)\b|(?:,|\s)(?:Assign|Renew),[0-9]{1,3}\.[0-9]",
        )
    });
    let has = |words: &[&str]| {
        let mut words = words.iter();
        words.any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
    };
    // Visitors and users write what they like.
    has(&["DHCP", "ease", "ssign", "Renew"])
        && !has(&[
            "HTTP/", "ailed", "ailure", "nvalid", "enied", "eject", "assword",
        ])
        && GIVEN.is_match(text)
}

/// Words before an address that was spoken to, answered or used: who stands behind them alone is not to blame.
pub(super) fn met(lead: &str) -> bool {
    const WORDS: [&str; 11] = [
        "is", "on", "via", "towards", "toward", "through", "upstream", "->", "→", "=>", "into",
    ];
    let Some(bare) = lead
        .trim_end_matches(['[', '(', '\'', '"'])
        .strip_suffix(' ')
    else {
        return false;
    };
    let word = bare.rsplit([' ', ':', ',']).next().unwrap_or_default();
    let on = || {
        ["orward", "outgoing", "utbound", "elay", "sent"]
            .iter()
            .any(|way| lead.contains(way))
    };
    word == "to" && on() || WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether an address is one of a network's own.
pub(super) fn local(address: &str) -> bool {
    match address.parse::<IpAddr>().map(|ip| ip.to_canonical()) {
        Ok(IpAddr::V4(ip)) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        Ok(IpAddr::V6(ip)) => ip.is_loopback() || ip.is_unique_local(),
        Err(_) => false,
    }
}
