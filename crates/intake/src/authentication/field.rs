//! The value of an `Authentication-Results` field (RFC 8601 section 2.2).

use super::{Arc, AuthResult, AuthResults, Dkim, Dmarc, Scope, Source, Spf};

/// More results of one method than this are not looked at.
const MOST: usize = 10;

/// The name under which somebody wrote the field; `None` when anything but plain ASCII stands before the first semicolon.
///
/// Our MTA removes the fields of strangers by a pattern. What that pattern may not take for white space or for our name must
/// not be taken for them here (T51).
pub(super) fn authserv_id(value: &str) -> Option<&str> {
    let head = value.split(';').next()?;
    let plain = |octet: u8| octet.is_ascii_graphic() || matches!(octet, b' ' | b'\t');
    let mut words = head.split([' ', '\t']).filter(|word| !word.is_empty());
    words.next().filter(|_| head.bytes().all(plain))
}

/// The results for a message whose one From address is in `domain`; empty when there is not exactly one.
pub(super) fn results(value: &str, domain: &str) -> AuthResults {
    let value = plain(value);
    let said: Vec<Said<'_>> = value.split(';').skip(1).filter_map(read).collect();
    let spf = spf(&said);
    let dkim = dkim(&said);
    let aligned = |name: &str| !domain.is_empty() && name.eq_ignore_ascii_case(domain);
    let dmarc = Dmarc {
        by_spf: spf.result == AuthResult::Pass && aligned(&spf.domain),
        by_dkim: dkim
            .iter()
            .any(|one| one.result == AuthResult::Pass && aligned(&one.domain)),
        ..dmarc(&said, domain)
    };
    AuthResults {
        source: Source::Relay,
        arc: arc(&said),
        spf,
        dkim,
        dmarc,
        ..AuthResults::default()
    }
}

/// ` dmarc=pass header.from=example.org`
struct Said<'a> {
    method: &'a str,
    result: AuthResult,
    properties: Vec<(&'a str, &'a str)>,
}

fn read(text: &str) -> Option<Said<'_>> {
    // `dkim/1 = pass` is as good as `dkim=pass`; everything behind the result is `ptype.property=value`.
    let (method, rest) = text.split_once('=')?;
    let method = method.split('/').next().unwrap_or("").trim_ascii();
    let mut words = rest.split_ascii_whitespace();
    Some(Said {
        method,
        result: words
            .next()
            .and_then(AuthResult::from_word)
            .unwrap_or_default(),
        properties: words.filter_map(|word| word.split_once('=')).collect(),
    })
}

impl Said<'_> {
    fn is(&self, method: &str) -> bool {
        self.method.eq_ignore_ascii_case(method)
    }

    /// A property's value; `None` when it is missing or stands there twice.
    fn property(&self, name: &str) -> Option<&str> {
        let mut found = self
            .properties
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let (first, more) = (found.next(), found.next());
        first.filter(|_| more.is_none()).map(|(_, value)| *value)
    }
}

/// The one result of a method that has one; two contradict each other, so they are none.
fn only<'a, 'b>(said: &'a [Said<'b>], method: &str) -> Option<&'a Said<'b>> {
    let mut found = said.iter().filter(|said| said.is(method));
    let (first, more) = (found.next(), found.next());
    first.filter(|_| more.is_none())
}

fn spf(said: &[Said<'_>]) -> Spf {
    let sender = |said: &&Said<'_>| said.is("spf") && said.property("smtp.mailfrom").is_some();
    // A MAIL FROM and a HELO result may stand side by side.
    let senders: Vec<&Said<'_>> = said.iter().filter(sender).collect();
    let found = match senders.as_slice() {
        [one] => Some(*one),
        [] => only(said, "spf"),
        _ => None,
    };
    let Some(found) = found else {
        return Spf::default();
    };
    let (name, scope) = match (found.property("smtp.mailfrom"), found.property("smtp.helo")) {
        (Some(name), _) => (name, Scope::MailFrom),
        (None, Some(name)) => (name, Scope::Helo),
        (None, None) => ("", Scope::MailFrom),
    };
    Spf {
        result: found.result,
        domain: domain_of(name),
        scope,
        reason: String::new(),
    }
}

fn dkim(said: &[Said<'_>]) -> Vec<Dkim> {
    let signatures = said.iter().filter(|said| said.is("dkim")).take(MOST);
    signatures
        .map(|said| Dkim {
            result: said.result,
            domain: said
                .property("header.d")
                .or_else(|| said.property("header.i"))
                .map_or_else(String::new, domain_of),
            selector: said.property("header.s").unwrap_or("").to_owned(),
            algorithm: said.property("header.a").unwrap_or("").to_owned(),
            reason: String::new(),
        })
        .collect()
}

fn dmarc(said: &[Said<'_>], domain: &str) -> Dmarc {
    let found = only(said, "dmarc");
    let stated = found.and_then(|said| said.property("header.from"));
    let same = stated.is_some_and(|name| domain_of(name).eq_ignore_ascii_case(domain));
    Dmarc {
        // Contradicting results are no better than a failure.
        result: match found {
            Some(said) if said.result == AuthResult::Pass && !same => AuthResult::Fail,
            Some(said) => said.result,
            None if said.iter().any(|said| said.is("dmarc")) => AuthResult::PermError,
            None => AuthResult::None,
        },
        domain: domain.to_lowercase(),
        ..Dmarc::default()
    }
}

fn arc(said: &[Said<'_>]) -> Arc {
    let found = only(said, "arc");
    Arc {
        result: found.map_or(AuthResult::None, |said| said.result),
        ..Arc::default()
    }
}

fn domain_of(name: &str) -> String {
    name.rsplit_once('@')
        .map_or(name, |(_, domain)| domain)
        .to_lowercase()
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
