//! Open sockets as `netstat`, `ss` and their like list them: the local end, the remote one, and the state of the connection.

use std::sync::LazyLock;

use regex::Regex;

use crate::address::Address;
use crate::text::{cut, regex};

/// Ports from here on are those that a client is given (RFC 6335 begins later; Linux begins here).
const GIVEN: u16 = 32_768;

/// The states of TCP as both kinds of tools write them.
static STATE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?:^|\s)(?:ESTAB(?:LISHED)?|SYN[_-](?:SENT|RECV|RCVD|RECEIVED)|TIME[_-]WAIT|CLOSE[_-]WAIT|FIN[_-]WAIT[_-]?[12]?|LAST[_-]ACK|CLOSING|HERGESTELLT|WARTEND)(?:\s|$)",
    )
});

/// Whether a line lists a socket.
pub(super) fn is(text: &str) -> bool {
    let bare = text.trim_start();
    let first = bare.split_ascii_whitespace().next().unwrap_or_default();
    let listed = ["tcp", "udp", "tcp4", "tcp6", "udp4", "udp6"]
        .iter()
        .any(|name| first.eq_ignore_ascii_case(name))
        || first.starts_with("ESTAB")
        || first.starts_with("SYN-")
        || first.starts_with("TIME-");
    listed && STATE.is_match(text)
}

/// The indexes of source and destination: who began, by the state or by whose port a client is given.
pub(super) fn ends(text: &str, whole: &str, open: &[&Address]) -> Option<Option<(usize, usize)>> {
    if !is(whole) {
        return None;
    }
    let pair = open.windows(2).position(|pair| match pair {
        [one, other] => {
            one.port.is_some()
                && other.port.is_some()
                && cut(text, one.full, other.start).trim().is_empty()
        }
        _ => false,
    })?;
    let (local, remote) = (open.get(pair)?.port?, open.get(pair + 1)?.port?);
    let sent = whole.contains("SYN_SENT") || whole.contains("SYN-SENT");
    let received = ["SYN_RE", "SYN-RE", "SYN_RC", "SYN-RC"]
        .iter()
        .any(|state| whole.contains(state));
    let client =
        |one: u16, other: u16| one >= GIVEN && other < GIVEN || one >= 1024 && other < 1024;
    Some(match () {
        () if sent || !received && client(local, remote) => Some((pair, pair + 1)),
        () if received || client(remote, local) => Some((pair + 1, pair)),
        () => None,
    })
}
