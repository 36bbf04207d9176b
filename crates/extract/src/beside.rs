//! The port and protocol beside an address.

use std::sync::LazyLock;

use regex::Regex;

use crate::address::Address;
use crate::pattern::Pattern;
use crate::text::{cut, regex, window};

/// A port and protocol beside an address, in the many ways people write them.
static BESIDE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?ix)^(?:
            \]?::?(?P<p1>\d{1,5})(?:(?:/|\s?\(|\s)(?P<t1>tcp|udp|sctp)\b\)?)?\b
          | \]?[\#](?P<p2>\d{1,5})\b
          | \((?P<p9>\d{1,5})\)
          | \]?/(?P<p8>\d{2,5})(?:/(?P<t8>tcp|udp|sctp))?\b
          | \]?[,;]?\s?[(\[]?\s?(?P<t3>tcp|udp|sctp)\s?[/:]\s?(?P<p3>\d{1,5})\b
          | \]?[,;]?\s?[(\[]?\s?(?P<p4>\d{1,5})\s?/\s?(?P<t4>tcp|udp|sctp)\b
          | \]?[,;]?\s{0,2}[(\[]?\s?(?:on\s|sur\s(?:le\s)?|auf\s|an\s|(?:en|por)\s(?:el\s)?|with\s|avec\s(?:le\s)?)?\s?(?:(?:its|the|destination|dest|dst|source|src|local|remote|target)\s)?(?P<t5>tcp|udp|sctp)?[-/\s]?
              (?:ports?|puertos?|portas?|poort)\s?(?:source|cible|destination|src|dst|origen|destino)?\s?(?:n°|no\.?|number|num[ée]ro|\#)?\s?[:=]?\s?(?P<t7>tcp|udp)?[/\s]?(?P<p5>\d{1,5})\b(?:(?:\s?[(/]\s?|\s)(?P<t6>tcp|udp|sctp)\b)?
        )",
    )
});

/// A cheap look: how each writing of [`BESIDE`] begins.
fn promising(rest: &str) -> bool {
    const WORDS: [&str; 28] = [
        "porta",
        "portas",
        "poort",
        "port",
        "ports",
        "puerto",
        "puertos",
        "tcp",
        "udp",
        "sctp",
        "on",
        "sur",
        "auf",
        "an",
        "en",
        "por",
        "with",
        "avec",
        "its",
        "the",
        "destination",
        "dest",
        "dst",
        "source",
        "src",
        "local",
        "remote",
        "target",
    ];
    let bare = rest.trim_start_matches(|c: char| c.is_whitespace() || "],;([".contains(c));
    match bare.as_bytes() {
        [b':', b':', next, ..] | [b':' | b'#', next, ..] => next.is_ascii_digit(),
        [b'/' | b'-', next, ..] => next.is_ascii_digit() || matches!(next, b'p' | b'P'),
        [b'0'..=b'9', ..] => rest.contains(['/', '(']),
        [letter, ..] if letter.is_ascii_alphabetic() => {
            let letters = bare.bytes().take_while(u8::is_ascii_alphabetic).count();
            let word = cut(bare, 0, letters);
            WORDS.iter().any(|known| word.eq_ignore_ascii_case(known))
                && bare.bytes().any(|b| b.is_ascii_digit())
        }
        _ => false,
    }
}

/// `ADDRESS port 4242 ssh2`, as sshd has it, and the length of that: what [`BESIDE`] finds too, but much slower.
fn usual(rest: &str) -> Option<(u16, usize)> {
    let number = rest.strip_prefix(" port ")?;
    let digits = number.bytes().take_while(u8::is_ascii_digit).count();
    let ends = match cut(number, digits, number.len()).as_bytes() {
        [] => true,
        [b'\n', ..] => true,
        // `port 8000 TCP` is for the others.
        [b' ', a, b, b'p' | b'P', ..]
            if matches!(
                (a, b),
                (b't' | b'T', b'c' | b'C') | (b'u' | b'U', b'd' | b'D')
            ) =>
        {
            false
        }
        [b' ', next, ..] => next.is_ascii_alphabetic(),
        _ => false,
    };
    let port = cut(number, 0, digits).parse().ok();
    Some((
        port.filter(|port| *port > 0 && digits <= 5 && ends)?,
        6 + digits,
    ))
}

/// The address with what [`BESIDE`] finds behind it.
pub(crate) fn with_port(text: &str, mut address: Address) -> Address {
    let rest = window(text, address.end, 60);
    if let Some((port, length)) = usual(rest) {
        (address.port, address.full) = (Some(port), address.end + length);
        return address;
    }
    let Some(found) = promising(rest)
        .then(|| BESIDE.groups(rest, 0, rest.len()))
        .flatten()
    else {
        return address;
    };
    let port = ["p1", "p2", "p3", "p4", "p5", "p8", "p9"]
        .iter()
        .find_map(|name| found.place(name));
    // A clock time, a line number or a longer number follows, but no port.
    let port = port.and_then(|(start, end)| {
        let port = cut(rest, start, end).parse::<u16>().ok();
        Some((port.filter(|port| *port > 0)?, end))
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
        .map(str::to_lowercase);
    address.full = address.end + found.whole().1;
    address
}

/// Further ports of a list behind an address and its first port: `ports 80, 443 and 8080`, `:80,443`.
pub(crate) fn more_ports(text: &str, address: &Address) -> Vec<u16> {
    static NEXT: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"^\s?(?:,|/|;|&|,?\s(?:and|et|und|y|ou|or|oder|o))\s?(\d{1,5})(?:[\s,;/&).]|$)")
    });
    let own = cut(text, address.end, address.full).to_ascii_lowercase();
    let several = own.starts_with(':') || own.contains("ports") || own.contains("puertos");
    let mut ports = Vec::new();
    let mut at = address.full;
    while several && address.port.is_some() && ports.len() < 16 {
        let Some(found) = NEXT
            .captures(window(text, at, 16))
            .and_then(|found| found.get(1))
        else {
            break;
        };
        let Some(port) = found.as_str().parse().ok().filter(|port| *port > 0) else {
            break;
        };
        // `192.0.2.1:25 and 198.51.100.7`: the next address.
        let next = window(text, at + found.end(), 2).as_bytes();
        if matches!(next, [b'.', digit] if digit.is_ascii_digit()) {
            break;
        }
        // `192.0.2.1:25, 900 mails`: they are counted.
        let mut behind = window(text, at + found.end(), 24).split_whitespace();
        let counted = behind.next().filter(|_| own.starts_with(':'));
        if counted.is_some_and(|word| {
            word.starts_with(char::is_alphabetic) && !["and", "et", "und", "y"].contains(&word)
        }) {
            break;
        }
        ports.push(port);
        at += found.end();
    }
    ports
}

/// Whether the port behind an address is the one that was tried there: `on port 22`, `sur le port 443`, below those that clients use.
pub(crate) fn aimed(text: &str, address: &Address) -> bool {
    static AT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)^\]?[\s,;(]{1,3}(?:on|sur|auf|an|en|to|against|at|vers|contre|gegen)\s(?:the\s|le\s|les\s|el\s|los\s)?(?:tcp|udp|target|destination|dest)?[-/\s]?(?:ports?|puertos?)\b",
        )
    });
    address.port.is_some_and(|port| port < 32_768)
        && AT.is_match(cut(text, address.end, address.full))
}
