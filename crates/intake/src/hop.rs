//! What our own relay wrote about the hop before it: was there TLS between the peer and our MTA?
//!
//! Behind an MTA, TLS on our socket is between that MTA and us and says nothing of the peer. The MTA's own `Received` field
//! does: `with ESMTPS` (RFC 3848), and in a comment version and cipher. Only the topmost field of a trusted relay counts.

mod suites;

use crate::message::{HeaderField, header};

/// TLS of one hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// `TLSv1.3`, `TLSv1.2` …; `unknown` when not told; `other`.
    pub version: String,
    /// The suite as IANA names it for TLS 1.3, as its implementation does for older ones; `unknown` when not told; `other` when
    /// it is none that we know.
    pub suite: String,
}

/// The hop that the topmost `Received` describes: `Some(None)` is a hop in clear, `None` is a field that does not say, or
/// one that our own machine wrote about itself (a content filter that handed the message back).
pub fn topmost(headers: &[HeaderField]) -> Option<Option<Tls>> {
    let received = Received::read(&header(headers, "Received")?.raw)?;
    match received.with.to_ascii_uppercase().as_str() {
        // RFC 3848, RFC 6531 section 4.3, and what Exim writes for TLS on 465.
        "ESMTPS" | "ESMTPSA" | "SMTPS" | "LMTPS" | "LMTPSA" | "UTF8SMTPS" | "UTF8SMTPSA"
        | "UTF8LMTPS" | "UTF8LMTPSA" => Some(Some(received.tls())),
        "SMTP" | "ESMTP" | "ESMTPA" | "LMTP" | "LMTPA" | "UTF8SMTP" | "UTF8SMTPA" | "UTF8LMTP"
        | "UTF8LMTPA" => Some(None),
        _ => None,
    }
}

/// Version and suite in `TLSv1_3 TLS13_AES_256_GCM_SHA384`, as our listener writes them, in the words used here.
pub fn negotiated(text: &str) -> Tls {
    let mut words = text.split_ascii_whitespace();
    let version = words.next().unwrap_or_default().replace('_', ".");
    let suite = words.next().unwrap_or_default();
    let suite = match suite.strip_prefix("TLS13_") {
        Some(rest) => format!("TLS_{rest}"),
        None => suite.to_owned(),
    };
    suites::named(&version, &suite)
}

/// What counts of a `Received` value.
struct Received<'a> {
    /// Comments before `with`: the peer chooses its own name in the first of them.
    before: Vec<&'a str>,
    /// The protocol.
    with: &'a str,
    /// What stands behind the protocol: the relay's own words.
    behind: Vec<Token<'a>>,
}

enum Token<'a> {
    Word(&'a str),
    Comment(&'a str),
}

impl<'a> Received<'a> {
    /// `from` name comment `by` name comment, then pairs (RFC 5321 section 4.4). In this order and no other: the peer chooses
    /// its name, and must not be able to say `with` for our relay.
    fn read(value: &'a str) -> Option<Received<'a>> {
        let mut tokens = tokens(value)?.into_iter();
        let (mut words, mut before) = (Vec::new(), Vec::new());
        while let Some(token) = tokens.next() {
            match token {
                Token::Comment(comment) if is_our_own(comment) => return None,
                Token::Comment(comment) => before.push(comment),
                Token::Word(word) => words.push(word),
            }
            let [from, _, by, _, pairs @ ..] = words.as_slice() else {
                continue;
            };
            if !(from.eq_ignore_ascii_case("from") && by.eq_ignore_ascii_case("by")) {
                return None;
            }
            if let ([.., name, with], 0) = (pairs, pairs.len() % 2)
                && name.eq_ignore_ascii_case("with")
            {
                return Some(Received {
                    before,
                    with,
                    behind: tokens.collect(),
                });
            }
        }
        None
    }

    /// Postfix: `(using TLSv1.3 with cipher X (256/256 bits) …)` before `by`. Behind the protocol, Exim: `(TLS1.3) tls X` or
    /// `(TLS1.3:X:256)`; OpenSMTPD: `(TLSv1.3:X:256:NO)`; Sendmail: `(version=TLSv1.3 cipher=X bits=256 verify=NO)`.
    fn tls(&self) -> Tls {
        let using = self.before.iter().find_map(|comment| {
            let words: Vec<&str> = comment.split_ascii_whitespace().take(5).collect();
            match words.as_slice() {
                ["using", version, "with", "cipher", suite] => Some((*version, *suite)),
                _ => None,
            }
        });
        let behind = || {
            self.behind.iter().enumerate().find_map(|(at, token)| {
                let Token::Comment(comment) = token else {
                    return None;
                };
                let rest = self.behind.get(at.saturating_add(1)..)?;
                described(comment, rest)
            })
        };
        let (version, suite) = using.or_else(behind).unwrap_or_default();
        suites::named(version, suite)
    }
}

/// Version and suite of a comment behind the protocol, with what follows it.
fn described<'a>(comment: &'a str, rest: &[Token<'a>]) -> Option<(&'a str, &'a str)> {
    if let Some(words) = comment.strip_prefix("version=") {
        let (version, rest) = words.split_once(' ')?;
        let suite = rest.trim_ascii().strip_prefix("cipher=")?;
        return Some((version, suite.split_ascii_whitespace().next()?));
    }
    let (version, more) = comment.split_once(':').unwrap_or((comment, ""));
    let suite = match rest {
        [Token::Word("tls"), Token::Word(suite), ..] => suite,
        _ => more.split(':').next().unwrap_or_default(),
    };
    suites::is_version(version).then_some((version, suite))
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

/// Words and whole comments before the date, in order; `None` when comments don't close.
fn tokens(value: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let (mut depth, mut begun) = (0_usize, 0);
    for (at, c) in value.char_indices() {
        let behind = at.saturating_add(c.len_utf8());
        match c {
            '(' => {
                if depth == 0 {
                    tokens.extend(words(value.get(begun..at)?));
                    begun = behind;
                }
                depth = depth.saturating_add(1);
            }
            ')' if depth > 0 => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    tokens.push(Token::Comment(value.get(begun..at)?));
                    begun = behind;
                }
            }
            ';' if depth == 0 => {
                tokens.extend(words(value.get(begun..at)?));
                return Some(tokens);
            }
            _ => {}
        }
    }
    tokens.extend(words(value.get(begun..)?));
    (depth == 0).then_some(tokens)
}

fn words(text: &str) -> impl Iterator<Item = Token<'_>> {
    text.split_ascii_whitespace().map(Token::Word)
}
