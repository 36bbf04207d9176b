//! Two ends on the sides of an arrow, with what programs write beside an address: its port behind a comma or a slash, a name or a
//! translation in brackets, an interface.

use std::sync::LazyLock;

use regex::Regex;

use crate::address::Address;
use crate::gather::Record;
use crate::text::{before, cut, regex, window};

/// What stands between the two: the first one's port and remarks, the arrow, the name of an interface.
static GAP: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?x)^[\])]?(?:[:,/\#.]\s?(?P<port>[0-9]{1,5})|\((?P<inner>[0-9]{1,5})\))?[\])]?
          (?:\s?\([^()]{0,40}\)|\s?\[[^\[\]]{0,40}\]){0,2}\s{0,3}
          (?:(?P<back><-{1,2}|<=|←)|-{1,2}(?:[a-z]{2,12}-{1,2})?>{1,2}|=>|→|>>|–>)\s{0,3}
          (?:[A-Za-z0-9_./-]{1,16}:?\s?)?[\[(]?$",
    )
});

/// The port behind the second.
static PORT: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^\]?(?:[,/#]\s?(\d{1,5})|\((\d{1,5})\))(?:[^\d.:]|$)"));

/// Whether a line has an address with its port, and an arrow to another one.
pub(super) fn is(text: &str) -> bool {
    static ARROW: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"[0-9]\.[0-9]{1,3}[\])]?(?:[:,/#]\s?[0-9]{1,5}|\([0-9]{1,5}\))[\])]?(?:\s?\([^()]{0,40}\)){0,2}\s{0,3}(?:-{1,2}>{1,2}|=>|→|>>)\s{0,3}(?:[A-Za-z0-9_./-]{1,16}:)?[\[(]?[0-9]{1,3}\.[0-9]",
        )
    });
    let arrow = memchr::memchr(b'>', text.as_bytes()).is_some_and(|at| at > 7);
    (arrow || text.contains('→')) && ARROW.is_match(text)
}

/// Whether one address points to the next: whether the arrow goes forward, and the first one's port.
fn pointed(text: &str, one: &Address, other: &Address) -> Option<(bool, Option<u16>)> {
    let gap = cut(text, one.end, other.start);
    if gap.len() > 96 || !gap.contains(['>', '<', '→', '←']) {
        return None;
    }
    let found = GAP.captures(gap)?;
    let port = found.name("port").or_else(|| found.name("inner"));
    Some((
        found.name("back").is_none(),
        port.and_then(|port| port.as_str().parse().ok()),
    ))
}

/// The indexes of source and destination: the first two with an arrow between them, where no other pair differs.
pub(super) fn ends(text: &str, open: &[&Address]) -> Option<(usize, usize)> {
    let pairs = open
        .windows(2)
        .enumerate()
        .take(8)
        .filter_map(|(index, pair)| match pair {
            [one, other] if one.value != other.value => Some((index, pointed(text, one, other)?.0)),
            _ => None,
        });
    let pairs: Vec<(usize, bool)> = pairs.collect();
    match pairs.as_slice() {
        [(index, true)] => Some((*index, index + 1)),
        [(index, false)] => Some((index + 1, *index)),
        _ => None,
    }
}

/// The one address right behind an arrow that begins at something else: `a.exe -> 203.0.113.7:443`.
pub(super) fn last(
    text: &str,
    start: usize,
    open: &[&Address],
    source: Option<(usize, f64)>,
) -> Option<(usize, f64)> {
    let mut behind = open.iter().enumerate().filter(|(_, address)| {
        let lead = before(text, address.start, 6.min(address.start - start));
        let bare = lead.trim_end_matches(['[', '(']).trim_end();
        ["->", "→", "=>"].iter().any(|arrow| bare.ends_with(arrow))
    });
    let (index, only) = behind.next()?;
    let other = behind.any(|(_, address)| address.value != only.value);
    let taken = source.and_then(|(index, _)| open.get(index));
    (!other && taken.is_none_or(|one| one.value != only.value)).then_some((index, 0.8))
}

/// Gives both ends the ports that stand beside the arrow.
pub(super) fn ports(text: &str, open: &[&Address], record: &mut Record) {
    for pair in open.windows(2).take(8) {
        let [one, other] = pair else { continue };
        let Some((_, first)) = pointed(text, one, other) else {
            continue;
        };
        let behind = PORT.captures(window(text, other.end, 9));
        let behind = behind.and_then(|found| found.get(1).or_else(|| found.get(2)));
        let second = first
            .and(behind)
            .and_then(|port| port.as_str().parse().ok());
        for (address, port) in [(one, first), (other, second)] {
            for end in [&mut record.source, &mut record.destination]
                .into_iter()
                .flatten()
            {
                if end.ip.as_ref() == Some(&address.value) {
                    end.port = end.port.or(port.filter(|port| *port > 0));
                }
            }
        }
    }
}
