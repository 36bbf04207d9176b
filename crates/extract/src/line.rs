//! What a log line holds beside its ends: text that others wrote, the name of the host, hints of the incident's type.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use crate::IndicatorKind;
use crate::address::Address;
use crate::layout::Line;
use crate::text::{before, cut, regex, window};

static PROGRAM: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^\s[A-Za-z][\w./-]{0,30}(?:\[\d{1,7}\])?:\s"));

const LOGIN: &[&str] = &[
    "failed password",
    "authentication failure",
    "authentication failed",
    "auth failed",
    "invalid user",
    "login failed",
    "failed login",
    "wrong password",
    "bad password",
    "password mismatch",
    "invalidpassword",
    "failed to authenticate",
    "login attempt",
    "incorrect authentication",
    "too many authentication failures",
    "maximum authentication attempts",
    "badlogin",
    "authfail",
    "failed for",
    "authentication error",
    "no such user",
    "failed to log on",
    "login denied",
    "logon failure",
    "invalid login",
    "unknown user",
    "not allowed because",
    "invalid credentials",
    "[sshd] ban",
];
const DROPPED: &[&str] = &[
    "ufw block",
    "ufw audit",
    "-drop",
    "drop ",
    "drop:",
    "reject:",
    " deny ",
    "deny ",
    "denied",
    "blocked",
    "iptables",
    "scanlogd",
    "portsentry",
];
const EXPLOIT: &[&str] = &[
    "../..",
    "union+select",
    "union select",
    "union%20select",
    "/etc/passwd",
    "${jndi",
    "<script",
    "%3cscript",
    "cmd.exe",
    "/bin/sh",
    "wget+http",
    "phpunit",
    "eval-stdin",
    "/.env",
    "/.git/",
    "cgi-bin/luci",
    "allow_url_include",
    "xp_cmdshell",
    "sleep(",
    "/boaform/",
    "/hnap1",
];

/// Quoted strings and angle brackets that hold more than an address: what others could write into the line.
pub(crate) fn masks(
    text: &str,
    addresses: &[Cow<'_, Address>],
    start: usize,
) -> Vec<(usize, usize)> {
    let mut masks: Vec<(usize, usize)> = origin(text).into_iter().collect();
    let mut open: Option<(usize, char)> = None;
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        match open {
            Some((from, end)) if c == end && previous != '\\' => {
                let message =
                    at + 1 == text.len() && sentence(cut(text, from, at), cut(text, 0, from));
                // What a mail's sender calls his host is his word, even an address.
                let called = cut(text, 0, from).ends_with("helo=<");
                let own = !called && holds_address(cut(text, from, at), addresses, start + from);
                if !message && !own {
                    masks.push((from, at));
                }
                open = None;
            }
            Some(_) => {}
            None if c == '"' => open = Some((at + 1, '"')),
            None if c == '\''
                && !previous.is_alphanumeric()
                && !cut(text, 0, at).ends_with("msg=") =>
            {
                open = Some((at + 1, '\''))
            }
            None if c == '<' && matches!(previous, '=' | '\'' | ' ') => open = Some((at + 1, '>')),
            None => {}
        }
        previous = c;
    }
    masks
}

/// RFC 5424's element that names the host that wrote the line.
fn origin(text: &str) -> Option<(usize, usize)> {
    text.starts_with('<').then_some(())?;
    let start = memchr::memmem::find(text.as_bytes(), b"[origin ")?;
    let length = cut(text, start, text.len()).find(']')?;
    Some((start, start + length))
}

/// Whether a quoted string at the end of a line is the whole message: `…: "Rejecting … from ADDRESS"`, and none that a visitor sent.
fn sentence(quoted: &str, lead: &str) -> bool {
    static MESSAGE: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"^[A-Z][a-z]+ing\s[A-Za-z ]{4,60}\sfrom\s\[?[0-9A-Fa-f:.]{7,45}\]?(?::\d{1,5})?$")
    });
    lead.trim_end_matches(['"', '\'']).ends_with(": ") && MESSAGE.is_match(quoted)
}

/// Whether a quoted string is an address, with at most a port and the words of a socket around it.
fn holds_address(quoted: &str, addresses: &[Cow<'_, Address>], start: usize) -> bool {
    let index = addresses.partition_point(|address| address.start < start);
    addresses.get(index).is_some_and(|address| {
        address.end <= start + quoted.len()
            && quoted.len() <= (address.end - address.start) + 18
            && !quoted.contains([' ', '@'])
            // A chain of proxies.
            || quoted.contains(", ")
                && quoted
                    .split(", ")
                    .all(|one| one.trim().parse::<std::net::IpAddr>().is_ok())
    })
}

/// Whether the address is the name of the host that wrote the line.
pub(crate) fn log_host(text: &str, line: &Line, address: &Address) -> bool {
    let lead = cut(text, line.start, address.start);
    lead.len() < 40
        && address.port.is_none()
        && lead.contains(':')
        && PROGRAM.is_match(window(text, address.full, 48))
        && lead.ends_with(' ')
}

/// Whether the address is of the machine that wrote or passed on the line, where others stand behind it: right behind the stamp of
/// syslog (RFC 3164), or before the arrow to a log's name.
pub(crate) fn writer(text: &str, line: &Line, address: &Address, several: bool) -> bool {
    static STAMP: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2}\s[ \d]\d(?:\s\d{4})?\s\d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S{8,24})\s(?:<\w{2,10}\.\w{2,10}>\s)?$",
        )
    });
    let behind = window(text, address.end, 40);
    if let Some(log) = behind.strip_prefix("->") {
        return log.starts_with(|c: char| c == '/' || c.is_ascii_alphabetic());
    }
    let lead = cut(text, line.start, address.start);
    if !several || lead.len() > 40 || address.port.is_some() || !STAMP.is_match(lead) {
        return false;
    }
    let next = behind
        .trim_start_matches(':')
        .trim_start()
        .split(' ')
        .next()
        .unwrap_or_default();
    let verb = next.bytes().all(|b| b.is_ascii_uppercase())
        || ["to", "from", "connected", "accessed", "failed"].contains(&next);
    let other = next.contains(['>', '['])
        || next.parse::<std::net::IpAddr>().is_ok()
        || next.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    !(verb || other)
}

/// `user@ADDRESS` is a name, but `(user@ADDRESS)` is how some servers name the peer.
pub(crate) fn mentioned(text: &str, address: &Address) -> bool {
    before(text, address.start, 1) == "@" && !window(text, address.end, 1).starts_with(')')
}

/// `ADDRESS/22` with host bits is a port in a log, and no network.
pub(crate) fn port_after_slash<'a>(text: &str, address: &'a Address) -> Cow<'a, Address> {
    if address.kind != IndicatorKind::Cidr {
        return Cow::Borrowed(address);
    }
    let written = cut(text, address.start, address.end);
    let parts = written.split_once('/').and_then(|(ip, port)| {
        Some((
            ip.parse::<std::net::Ipv4Addr>().ok()?,
            port.parse::<u16>().ok()?,
        ))
    });
    match parts {
        Some((ip, port)) if !address.value.starts_with(&format!("{ip}/")) => Cow::Owned(Address {
            end: address.end - (written.len() - ip.to_string().len()),
            kind: IndicatorKind::Ipv4,
            value: ip.to_string(),
            port: Some(port),
            ..address.clone()
        }),
        _ => Cow::Borrowed(address),
    }
}

/// The words of a line that tell a type, the lists before each other in weight.
pub(crate) const SHOWN: [(&[&str], (&str, f64)); 4] = [
    (LOGIN, ("brute-force", 0.8)),
    (EXPLOIT, ("ids-alert", 0.65)),
    (&["/wp-login.php", "/xmlrpc.php"], ("brute-force", 0.55)),
    (DROPPED, ("scanner", 0.5)),
];
