//! What our own relay wrote about the hop before it: was there TLS between the peer and our MTA?
//!
//! Behind an MTA, TLS on our socket is between that MTA and us and says nothing of the peer. The MTA's own `Received` field
//! does: `with ESMTPS` (RFC 3848), and in a comment version and cipher. Only the topmost field of a trusted relay counts.

use crate::message::{HeaderField, header};

/// TLS of one hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// `TLSv1.3`, `TLSv1.2` …, or `unknown`.
    pub version: String,
    /// The suite as IANA names it for TLS 1.3, as its implementation does for older ones; `unknown` when not told.
    pub suite: String,
}

/// The hop that the topmost `Received` describes: `Some(None)` is a hop in clear, `None` is a field that does not say, or
/// one that our own machine wrote about itself (a content filter that handed the message back).
pub fn topmost(headers: &[HeaderField]) -> Option<Option<Tls>> {
    let value = &header(headers, "Received")?.raw;
    let clauses = clauses(value)?;
    let with = clauses.with.to_ascii_uppercase();
    match with.as_str() {
        // RFC 3848, RFC 6531 section 4.3, and what Exim writes for TLS on 465.
        "ESMTPS" | "ESMTPSA" | "SMTPS" | "LMTPS" | "LMTPSA" | "UTF8SMTPS" | "UTF8SMTPSA"
        | "UTF8LMTPS" | "UTF8LMTPSA" => Some(Some(tls(value))),
        "SMTP" | "ESMTP" | "ESMTPA" | "LMTP" | "LMTPA" | "UTF8SMTP" | "UTF8SMTPA" | "UTF8LMTP"
        | "UTF8LMTPA" => Some(None),
        _ => None,
    }
}

/// Version and suite in `TLSv1_3 TLS13_AES_256_GCM_SHA384`, as our listener writes them, in the words used here.
pub fn negotiated(text: &str) -> Tls {
    let mut words = text.split_whitespace();
    let version = words.next().unwrap_or_default().replace('_', ".");
    let suite = words.next().unwrap_or_default();
    let suite = match suite.strip_prefix("TLS13_") {
        Some(rest) => format!("TLS_{rest}"),
        None => suite.to_owned(),
    };
    named(&version, &suite)
}

struct Clauses<'a> {
    with: &'a str,
}

/// `from` name comment `by` name comment, then pairs (RFC 5321 section 4.4). In this order and no other: the peer chooses
/// its name, and must not be able to say `with` for our relay.
fn clauses(value: &str) -> Option<Clauses<'_>> {
    let outside = words_outside_comments(value)?;
    let mut words = outside.words.into_iter();
    let (from, _, by, _) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let ordered = from.eq_ignore_ascii_case("from") && by.eq_ignore_ascii_case("by");
    if !ordered || outside.comments.iter().any(|comment| is_our_own(comment)) {
        return None;
    }
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        if name.eq_ignore_ascii_case("with") {
            return Some(Clauses { with: value });
        }
    }
    None
}

/// A loopback address as the peer's: `localhost [127.0.0.1]`.
fn is_our_own(comment: &str) -> bool {
    let addresses = comment
        .split(['[', ']', ' ', '(', ')'])
        .map(|word| word.trim_start_matches("IPv6:"));
    addresses
        .filter_map(|word| word.parse::<std::net::IpAddr>().ok())
        .any(|address| address.is_loopback())
}

struct Outside<'a> {
    words: Vec<&'a str>,
    comments: Vec<&'a str>,
}

/// Words before the date, and comments whole; `None` when comments don't close.
fn words_outside_comments(value: &str) -> Option<Outside<'_>> {
    let (mut words, mut comments) = (Vec::new(), Vec::new());
    let (mut depth, mut begun) = (0_usize, 0);
    for (at, c) in value.char_indices() {
        let closes = c == ')' && depth == 1;
        match c {
            '(' => {
                if depth == 0 {
                    words.extend(value.get(begun..at)?.split_whitespace());
                    begun = at.saturating_add(1);
                }
                depth = depth.saturating_add(1);
            }
            ')' if depth > 0 => depth = depth.saturating_sub(1),
            ';' if depth == 0 => {
                words.extend(value.get(begun..at)?.split_whitespace());
                return Some(Outside { words, comments });
            }
            _ => {}
        }
        if closes {
            comments.push(value.get(begun..at)?);
            begun = at.saturating_add(1);
        }
    }
    words.extend(value.get(begun..)?.split_whitespace());
    (depth == 0).then_some(Outside { words, comments })
}

/// Postfix: `(using TLSv1.3 with cipher X (256/256 bits) …)`. Exim: `with esmtps  (TLS1.3) tls X`. OpenSMTPD:
/// `(TLSv1.3:X:256:NO)`.
fn tls(value: &str) -> Tls {
    let words: Vec<&str> = value
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ':' | ';'))
        .filter(|word| !word.is_empty())
        .collect();
    let is_version = |word: &&str| {
        let number = word
            .strip_prefix("TLSv1")
            .or_else(|| word.strip_prefix("TLS1"));
        number.is_some_and(|rest| matches!(rest, "" | ".0" | ".1" | ".2" | ".3"))
    };
    let place = words.iter().position(is_version);
    let Some((place, version)) = place.and_then(|place| Some((place, words.get(place)?))) else {
        return named("", "");
    };
    let after = words.get(place.saturating_add(1)..).unwrap_or_default();
    let suite = match after {
        ["with", "cipher", suite, ..] | ["tls", suite, ..] | [suite, ..] => suite,
        [] => "",
    };
    named(&version.replace("TLS1", "TLSv1"), suite)
}

/// Only words that may name a counter.
fn named(version: &str, suite: &str) -> Tls {
    let versions = ["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1.0", "TLSv1"];
    let version = versions
        .iter()
        .find(|known| **known == version)
        .unwrap_or(&"unknown");
    let fits = (3..=64).contains(&suite.len())
        && suite
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    Tls {
        version: (*version).to_owned(),
        suite: if fits { suite } else { "unknown" }.to_owned(),
    }
}
