//! Which addresses of a log line may be ends, and whose the ports behind them are.

use std::borrow::Cow;

use crate::address::Address;
use crate::gather::Record;
use crate::layout::Line;
use crate::line::{log_host, mentioned, writer};
use crate::text::{before, cut, last_word, window};

/// The addresses that may be ends: not those in others' words, nor the host that wrote the line.
pub(super) fn open<'a>(
    text: &str,
    line: &Line,
    addresses: &'a [Cow<'_, Address>],
    masks: &[(usize, usize)],
) -> Vec<&'a Address> {
    let masked = |address: &Address| {
        let at = address.start - line.start;
        masks.iter().find(|(from, to)| (*from..*to).contains(&at))
    };
    let several = addresses
        .windows(2)
        .any(|pair| matches!(pair, [one, other] if one.value != other.value));
    let own = |address: &&Address| {
        !translated(text, address)
            && !mentioned(text, address)
            && !log_host(text, line, address)
            && !writer(text, line, address, several)
    };
    let all = || addresses.iter().map(|address| &**address).filter(own);
    let open: Vec<&Address> = all().filter(|address| masked(address).is_none()).collect();
    if !open.is_empty() || several {
        return open;
    }
    // A line that is all keys has its sentence in `msg="…"`.
    let told = |address: &&Address| {
        masked(address).is_some_and(|(from, to)| {
            let whole = cut(text, line.start, line.end);
            let last = whole.len() <= to + 1 && whole.matches('"').count() == 2;
            let from_whom = before(text, address.start, 8).ends_with(" from ");
            cut(text, line.start, line.start + from).ends_with("msg=\"")
                || last && from_whom && !whole.contains("HTTP/")
        })
    };
    all().filter(told).collect()
}

/// `10.0.0.9:51022 [203.0.113.7:30112] -> `: what an end became on its way.
fn translated(text: &str, address: &Address) -> bool {
    let lead = before(text, address.start, 8);
    let port = lead
        .strip_suffix('[')
        .map(str::trim_end)
        .is_some_and(|lead| {
            lead.ends_with(|c: char| c.is_ascii_digit()) && lead.contains([':', '.', '/'])
        });
    let behind = window(text, address.full, 6);
    let word = last_word(before(text, address.start, 12).trim_end());
    let named = ["nat", "snat", "pat", "nated", "natted"];
    if named.iter().any(|name| word.eq_ignore_ascii_case(name)) {
        return true;
    }
    port && behind
        .strip_prefix(']')
        .is_some_and(|rest| rest.trim_start().starts_with(['-', '→', '=']))
}

/// Where addresses begin that are neither end of a line without a source. Beside a source that grammar tells, others may stand in what
/// an attacker wrote into the line: a user's name, a `Host`.
pub(super) fn left(open: &[&Address], record: &Record) -> Vec<usize> {
    if record.source.is_some() {
        return Vec::new();
    }
    let hit = record.destination.as_ref().and_then(|end| end.ip.as_ref());
    let free = open.iter().filter(|one| hit != Some(&one.value));
    free.map(|one| one.start).collect()
}

/// `198.51.100.7, Src Port: 51022`: the port behind an address may be named as the other end's.
pub(super) fn own_ports(text: &str, open: &[&Address], record: &mut Record) {
    let ends = [
        (&mut record.source, ["dst", "dest"]),
        (&mut record.destination, ["src", "source"]),
    ];
    for (end, others) in ends {
        let Some(end) = end.as_mut().filter(|end| end.port.is_some()) else {
            continue;
        };
        let named = open.iter().any(|address| {
            let behind = cut(text, address.end, address.full).to_ascii_lowercase();
            Some(&address.value) == end.ip.as_ref()
                && others.iter().any(|other| behind.contains(other))
        });
        if named {
            end.port = None;
        }
    }
}
