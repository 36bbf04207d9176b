//! Reads the `Authentication-Results` (RFC 8601) of our own MTA; those of strangers are never looked at.

use crate::envelope::Envelope;
use crate::reading::Reading;

/// The domain of the From address when our own MTA says that DMARC passed for it (RFC 7489, RFC 8601 section 2.7.6).
///
/// Only a trusted peer's field counts, only with a configured authserv-id, and only the topmost of that id: our MTA
/// removes fields that claim its name, or puts its own on top.
pub fn dmarc_pass<'a>(
    envelope: &Envelope,
    reading: &'a Reading,
    authserv_ids: &[String],
) -> Option<&'a str> {
    if !envelope.trusted_relay {
        return None;
    }
    let [from] = reading.from.as_slice() else {
        return None;
    };
    let (_, domain) = from.address.rsplit_once('@')?;
    let field = reading.headers.iter().find(|field| {
        field.name.eq_ignore_ascii_case("Authentication-Results")
            && authserv_id(&field.raw).is_some_and(|id| {
                authserv_ids
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(id))
            })
    })?;
    let value = plain(&field.raw);
    let mut verdicts = value
        .split(';')
        .skip(1)
        .filter(|result| method(result) == "dmarc");
    let (verdict, more) = (verdicts.next(), verdicts.next());
    (more.is_none() && verdict.is_some_and(|verdict| is_pass(verdict, domain))).then_some(domain)
}

fn authserv_id(value: &str) -> Option<&str> {
    value.split(';').next()?.split_whitespace().next()
}

/// The method of a result, lower case: `dmarc` of ` dmarc=pass header.from=example.org`.
fn method(result: &str) -> String {
    let method = result.split('=').next().unwrap_or("");
    method
        .split('/')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase()
}

/// ` dmarc=pass (p=NONE) header.from=example.org`
fn is_pass(result: &str, domain: &str) -> bool {
    let mut words = result.split_whitespace();
    let pass = words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("dmarc=pass"));
    let named = |(name, _): &(&str, &str)| name.eq_ignore_ascii_case("header.from");
    let from = words.filter_map(|word| word.split_once('=')).find(named);
    pass && from.is_some_and(|(_, value)| {
        let value = value.rsplit_once('@').map_or(value, |(_, domain)| domain);
        value.eq_ignore_ascii_case(domain)
    })
}

/// The value without comments, and with quoted strings made harmless: both may hold anything, semicolons included, and the
/// local part of a reverse-path is a stranger's to choose (RFC 5322 section 3.2, RFC 8601 section 2.2).
fn plain(value: &str) -> String {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if escaped {
            escaped = false;
            continue;
        }
        match c {
            '\\' => escaped = true,
            '"' if depth == 0 => {
                quoted = !quoted;
                out.push('"');
            }
            _ if quoted => {}
            '(' => depth = depth.saturating_add(1),
            ')' if depth > 0 => depth -= 1,
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}
