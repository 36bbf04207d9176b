//! What is asked, read from a command line, and whether a value answers it.

use super::blocks::Block;
use super::place::domain_of;
use super::value::{Kind, Value, bare_reference, url_host};

/// One condition of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Addresses in this block; networks and ranges that meet it.
    Network(Block),
    /// A port: of the addresses asked for, or of any when none is. Never alone.
    Port(u16),
    /// A domain and all below it, also as host of a URL or domain of an address or sender.
    Name(String),
    /// A URL and all below its path.
    Url(String),
    /// A mail address, also as sender.
    Mail(String),
    /// A sender's address or domain.
    Sender(String),
    /// A file hash.
    Hash(String),
    /// A CVE id.
    Cve(String),
    /// An AS number.
    Asn(String),
    /// Another team's reference.
    Reference(String),
}

impl Condition {
    /// Reads `VALUE` or `kind:VALUE`. Defanged forms (`192[.]0[.]2[.]7`, `hxxp://`) are read, too.
    ///
    /// # Errors
    /// What is wrong, for people.
    pub fn parse(text: &str) -> Result<Condition, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("nothing to search for".into());
        }
        let (kind, value) = match text.split_once(':') {
            Some((kind, value)) if KINDS.contains(&kind.to_ascii_lowercase().as_str()) => {
                (kind.to_ascii_lowercase(), value.trim())
            }
            Some(_) | None => (String::new(), text),
        };
        if kind.is_empty() {
            return Ok(guess(value));
        }
        named(&kind, value)
            .filter(|_| !value.is_empty())
            .ok_or_else(|| format!("{value:?} is no {kind}"))
    }

    /// What kind it is, for the audit trail.
    pub fn word(&self) -> &'static str {
        match self {
            Condition::Network(block) if block.is_address() => "address",
            Condition::Network(_) => "network",
            Condition::Port(_) => "port",
            Condition::Name(_) => "name",
            Condition::Url(_) => "url",
            Condition::Mail(_) => "mail",
            Condition::Sender(_) => "sender",
            Condition::Hash(_) => "hash",
            Condition::Cve(_) => "cve",
            Condition::Asn(_) => "asn",
            Condition::Reference(_) => "reference",
        }
    }

    /// Whether this value answers it. A port is answered by any value with it.
    pub fn is_met_by(&self, value: &Value) -> bool {
        let text = value.text.as_str();
        match (self, value.kind) {
            (Condition::Network(block), Kind::Address | Kind::Network) => {
                Block::parse(text).is_some_and(|stored| stored.meets(*block))
            }
            (Condition::Network(block), Kind::Url) => {
                Block::parse(&url_host(text)).is_some_and(|stored| stored.meets(*block))
            }
            (Condition::Port(port), _) => value.port == Some(*port),
            (Condition::Name(name), Kind::Domain) => is_below(text, name),
            (Condition::Name(name), Kind::Url) => is_below(&url_host(text), name),
            (Condition::Name(name), Kind::Mail | Kind::Sender)
            | (Condition::Sender(name), Kind::Sender)
                if !name.contains('@') =>
            {
                is_below(domain_of(text), name)
            }
            (Condition::Url(url), Kind::Url) => is_under(text, url),
            (Condition::Mail(address), Kind::Mail | Kind::Sender)
            | (Condition::Sender(address), Kind::Sender) => text == address,
            (Condition::Hash(asked), Kind::Hash)
            | (Condition::Cve(asked), Kind::Cve)
            | (Condition::Asn(asked), Kind::Asn)
            | (Condition::Reference(asked), Kind::Reference) => text == asked,
            _ => false,
        }
    }
}

/// Words before a colon that say what the value is.
const KINDS: [&str; 16] = [
    "ip",
    "net",
    "port",
    "domain",
    "host",
    "url",
    "mail",
    "sender",
    "from",
    "hash",
    "cve",
    "as",
    "asn",
    "ref",
    "reference",
    "address",
];

fn named(kind: &str, value: &str) -> Option<Condition> {
    let plain = refang(value);
    let lower = plain.to_lowercase();
    match kind {
        "ip" | "net" | "address" => Block::parse(&plain).map(Condition::Network),
        "port" => value.parse().ok().map(Condition::Port),
        "domain" | "host" => is_name(&lower).then_some(Condition::Name(lower)),
        "url" => Some(Condition::Url(plain)),
        "mail" => lower.contains('@').then_some(Condition::Mail(lower)),
        "sender" | "from" => Some(Condition::Sender(lower)),
        "hash" => is_hash(&lower).then_some(Condition::Hash(lower)),
        "cve" => is_cve(&lower).then(|| Condition::Cve(lower.to_uppercase())),
        "as" | "asn" => {
            let digits = lower.trim_start_matches("as");
            let number: u32 = digits.parse().ok()?;
            Some(Condition::Asn(format!("AS{number}")))
        }
        "ref" | "reference" => Some(Condition::Reference(bare_reference(value))),
        _ => None,
    }
}

/// The kind of a value from its form. What looks like nothing else is another team's reference.
fn guess(value: &str) -> Condition {
    let plain = refang(value);
    let lower = plain.to_lowercase();
    if value.starts_with('[') && value.ends_with(']') && !value.contains("[.]") {
        return Condition::Reference(bare_reference(value));
    }
    if let Some(block) = Block::parse(&plain) {
        return Condition::Network(block);
    }
    let kind = if lower.contains("://") {
        "url"
    } else if is_cve(&lower) {
        "cve"
    } else if is_hash(&lower) {
        "hash"
    } else if lower.strip_prefix("as").is_some_and(is_number) {
        "asn"
    } else if lower.contains('@') {
        "mail"
    } else if is_name(&lower) {
        "domain"
    } else if lower.contains('/') && lower.split('/').next().is_some_and(is_name) {
        "url"
    } else {
        "ref"
    };
    named(kind, value).unwrap_or_else(|| Condition::Reference(bare_reference(value)))
}

/// `hxxp` and bracketed dots, colons and at-signs are undone.
fn refang(text: &str) -> String {
    let mut out = text.trim().trim_end_matches('.').to_owned();
    for (from, to) in [
        ("[.]", "."),
        ("(.)", "."),
        ("[:]", ":"),
        ("[at]", "@"),
        ("[@]", "@"),
    ] {
        out = out.replace(from, to);
    }
    match out.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("hxxp") => {
            format!("http{}", out.get(4..).unwrap_or(""))
        }
        Some(_) | None => out,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 32 | 40 | 64 | 128) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_cve(text: &str) -> bool {
    let mut parts = text.split('-');
    let fits = parts.next() == Some("cve")
        && parts.next().is_some_and(is_number)
        && parts.next().is_some_and(is_number);
    fits && parts.next().is_none()
}

/// Labels with a dot between, the last of them no number.
fn is_name(text: &str) -> bool {
    let labels: Vec<&str> = text.split('.').collect();
    let is_label = |label: &&str| {
        !label.is_empty()
            && label
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    labels.len() > 1
        && labels.iter().all(is_label)
        && !labels.last().is_some_and(|last| is_number(last))
}

/// The name itself, or one below it.
fn is_below(name: &str, above: &str) -> bool {
    name.strip_suffix(above)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The URL itself, or one below its path; the scheme counts when it was asked for.
fn is_under(url: &str, asked: &str) -> bool {
    let parts = |url: &str| {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let path = rest.find(['/', '?', '#']).and_then(|at| rest.get(at..));
        (scheme.to_lowercase(), path.unwrap_or("").to_owned())
    };
    let ((scheme, path), (asked_scheme, asked_path)) = (parts(url), parts(asked));
    let asked_path = asked_path.trim_end_matches('/');
    let below = path
        .strip_prefix(asked_path)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    below && url_host(url) == url_host(asked) && (asked_scheme.is_empty() || asked_scheme == scheme)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use super::*;

    #[test]
    fn kinds_are_told_from_their_form() {
        let cases = [
            ("192.0.2.7", "address"),
            ("192[.]0[.]2[.]7", "address"),
            ("2001:db8::7", "address"),
            ("ip:2001:db8::7", "address"),
            ("192.0.2.0/24", "network"),
            ("192.0.2.1-192.0.2.9", "network"),
            ("port:22", "port"),
            ("Example.ORG", "name"),
            ("example[.]org.", "name"),
            ("hxxps://example[.]org/kit", "url"),
            ("example.org/kit", "url"),
            ("noc@example.org", "mail"),
            ("sender:example.org", "sender"),
            ("d41d8cd98f00b204e9800998ecf8427e", "hash"),
            ("cve-2021-44228", "cve"),
            ("AS64500", "asn"),
            ("as:64500", "asn"),
            ("[CERT-X #77]", "reference"),
            ("CERT-X#77", "reference"),
            ("ref:INC0012345", "reference"),
            ("INC0012345", "reference"),
        ];
        for (text, word) in cases {
            assert_eq!(Condition::parse(text).unwrap().word(), word, "{text}");
        }
        for text in [
            "",
            "port:99999",
            "ip:example.org",
            "hash:xyz",
            "as:x",
            "mail:",
            "cve:1",
        ] {
            assert!(Condition::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_answer_what_was_asked_and_nothing_else() {
        let met = |asked: &str, kind: Kind, text: &str| {
            Condition::parse(asked)
                .unwrap()
                .is_met_by(&Value::new(kind, text))
        };
        assert!(met("192.0.2.7", Kind::Network, "192.0.2.0/25"));
        assert!(met("192.0.2.0/24", Kind::Network, "192.0.1.9-192.0.2.1"));
        assert!(met("192.0.2.0/24", Kind::Url, "http://192.0.2.9:8080/x"));
        assert!(!met("192.0.2.7", Kind::Address, "192.0.2.70"));
        assert!(met("example.org", Kind::Domain, "a.b.example.org"));
        assert!(!met("example.org", Kind::Domain, "badexample.org"));
        assert!(met(
            "b.example.org",
            Kind::Url,
            "https://a.b.example.org:1/x"
        ));
        assert!(met("example.org", Kind::Sender, "noc@mail.example.org"));
        assert!(met("sender:example.org", Kind::Sender, "noc@example.org"));
        assert!(!met("sender:example.org", Kind::Mail, "noc@example.org"));
        assert!(met("noc@example.org", Kind::Mail, "noc@example.org"));
        assert!(met(
            "https://e.example/kit",
            Kind::Url,
            "https://e.example/kit/a.php"
        ));
        assert!(!met(
            "https://e.example/kit",
            Kind::Url,
            "https://e.example/kitten"
        ));
        assert!(!met(
            "https://e.example/kit",
            Kind::Url,
            "http://e.example/kit"
        ));
        assert!(met("e.example/kit", Kind::Url, "http://e.example/kit"));
        assert!(met("[CERT-X  #77]", Kind::Reference, "cert-x #77"));
        assert!(!met("port:22", Kind::Address, "192.0.2.7"));
    }
}
