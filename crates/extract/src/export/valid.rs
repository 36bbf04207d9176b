//! What readers of an export take for a host name or a URL; mail holds more than that.

use std::net::Ipv6Addr;

use idna::uts46::{AsciiDenyList, DnsLength, Hyphens, Uts46};

/// Whether this is a host name (RFC 1123 section 2.1, RFC 5890): letters, digits and hyphens, internationalised or not. Names of the DNS
/// with other letters, as `_dmarc.example`, are none.
pub(super) fn is_host_name(text: &str) -> bool {
    let strict = (
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::VerifyAllowRootDot,
    );
    Uts46::new()
        .to_ascii(text.as_bytes(), strict.0, strict.1, strict.2)
        .is_ok()
}

/// A URL as RFC 3986 writes it: what may not stand behind its host is percent-encoded. `None` when scheme or host are none.
pub(super) fn uri(text: &str) -> Option<String> {
    let (scheme, rest) = text.split_once("://")?;
    let mut letters = scheme.chars();
    let is_scheme = letters.next()?.is_ascii_alphabetic()
        && letters.all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end)?;
    if !is_scheme || !is_authority(authority) {
        return None;
    }
    let mut written = format!("{scheme}://{authority}");
    let mut left = path;
    while let Some(letter) = left.chars().next() {
        let (one, more) = left.split_at_checked(letter.len_utf8())?;
        let is_escape = letter == '%'
            && more
                .as_bytes()
                .get(..2)
                .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
        // A second `#` would begin another fragment.
        let is_first = letter == '#' && !written.contains('#');
        match letter.is_ascii_alphanumeric()
            || "-._~!$&'()*+,;=:@/?".contains(letter)
            || is_escape
            || is_first
        {
            true => written.push(letter),
            false => one
                .bytes()
                .for_each(|octet| written.push_str(&format!("%{octet:02X}"))),
        }
        left = more;
    }
    Some(written)
}

/// `user@host:port`, each as far as it is there but the host.
fn is_authority(text: &str) -> bool {
    let (user, place) = text.rsplit_once('@').unwrap_or(("", text));
    let is_user = user
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:%".contains(letter));
    let (host, port) = match place
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((address, port)) => (
            address.parse::<Ipv6Addr>().is_ok(),
            port.strip_prefix(':').unwrap_or(port),
        ),
        None => {
            let (name, port) = place.rsplit_once(':').unwrap_or((place, ""));
            (!name.is_empty() && is_registered(name), port)
        }
    };
    is_user && host && port.len() <= 5 && port.bytes().all(|octet| octet.is_ascii_digit())
}

/// A `reg-name` without escapes; other letters than ASCII are for IRIs (RFC 3987).
fn is_registered(name: &str) -> bool {
    name.bytes()
        .all(|octet| octet.is_ascii_alphanumeric() || b"-._".contains(&octet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_told_from_other_names() {
        for name in [
            "example.com",
            "xn--bcher-kva.example",
            "b\u{fc}cher.example",
            "a-b.c1.example",
        ] {
            assert!(is_host_name(name), "{name}");
        }
        for name in [
            "__example.com",
            "[example.com",
            "a_b.example.com",
            "http__example.com",
            "",
            "-a.example",
        ] {
            assert!(!is_host_name(name), "{name}");
        }
    }

    #[test]
    fn urls_are_written_as_uris() {
        for (text, written) in [
            (
                "http://example.com/[.].com",
                Some("http://example.com/%5B.%5D.com"),
            ),
            (
                "https://example.com/a]b?q=<x>#y#z",
                Some("https://example.com/a%5Db?q=%3Cx%3E#y%23z"),
            ),
            (
                "http://example.com/\u{e9}%2f%zz",
                Some("http://example.com/%C3%A9%2f%25zz"),
            ),
            (
                "https://a:b@[2001:db8::1]:8443/",
                Some("https://a:b@[2001:db8::1]:8443/"),
            ),
            ("ftp://192.0.2.1", Some("ftp://192.0.2.1")),
            ("https://example.com>", None),
            ("http://[example.com", None),
            ("http:///a", None),
            ("http://example.com:99999999/", None),
        ] {
            assert_eq!(uri(text).as_deref(), written, "{text}");
        }
    }
}
