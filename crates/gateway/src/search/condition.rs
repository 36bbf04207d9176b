//! What is asked, read from a command line, and whether a value answers it.

use extract::{ascii_name, url_host};

use super::blocks::Block;
use super::unasked::Unasked;
use super::value::{Kind, Value, bare_reference, domain_of};

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
    /// [`Unasked`].
    pub fn parse(text: &str) -> Result<Condition, Unasked> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Unasked::Nothing);
        }
        if let Some((kind, value)) = text.split_once(':')
            && let Some(name) = kind_of(kind)
        {
            let value = value.trim();
            let read = named(name, value).filter(|_| !value.is_empty());
            return read.ok_or_else(|| Unasked::NoSuch(value.to_owned(), name));
        }
        match hint(text) {
            Some(hint) => Err(hint),
            None => Ok(guess(text.strip_prefix("*.").unwrap_or(text))),
        }
    }

    /// What was understood, for who asked: `address 192.0.2.7`.
    pub fn describe(&self) -> String {
        let value = match self {
            Condition::Network(block) => block.to_string(),
            Condition::Port(port) => port.to_string(),
            Condition::Name(text)
            | Condition::Url(text)
            | Condition::Mail(text)
            | Condition::Sender(text)
            | Condition::Hash(text)
            | Condition::Cve(text)
            | Condition::Asn(text)
            | Condition::Reference(text) => text.clone(),
        };
        format!("{} {value}", self.word())
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

/// Words before a colon that say what the value is, each with the others that people write.
const KINDS: [(&str, &[&str]); 10] = [
    ("ip", &["address", "ipv4", "ipv6", "addr"]),
    ("net", &["network", "cidr", "range"]),
    ("port", &[]),
    ("domain", &["host", "hostname", "fqdn"]),
    ("url", &["uri", "link"]),
    ("mail", &["email", "e-mail", "mailto"]),
    ("sender", &["from"]),
    ("hash", &["md5", "sha1", "sha256", "sha512"]),
    ("cve", &[]),
    ("as", &["asn"]),
];
/// The same for another team's reference.
const REFERENCE: [&str; 2] = ["ref", "reference"];

fn kind_of(word: &str) -> Option<&'static str> {
    let word = word.trim().to_ascii_lowercase();
    if REFERENCE.contains(&word.as_str()) {
        return Some("ref");
    }
    let is_it = |(name, others): &&(&'static str, &[&str])| {
        *name == word || others.contains(&word.as_str())
    };
    KINDS.iter().find(is_it).map(|(name, _)| *name)
}

/// What to write instead, for what would be taken as a reference and find nothing.
fn hint(text: &str) -> Option<Unasked> {
    let plain = refang(text);
    let bare = plain.trim_matches(['[', ']']);
    if Block::parse(bare).is_some() {
        return None;
    }
    if let Some((host, port)) = plain.rsplit_once(':')
        && port.parse::<u16>().is_ok()
        && !plain.contains("://")
    {
        let host = host.trim_matches(['[', ']']);
        if Block::parse(host).is_some() || is_name(&host.to_lowercase()) {
            return Some(Unasked::Port(host.to_owned(), port.to_owned()));
        }
    }
    if let Some((word, _)) = plain.split_once(':')
        && !plain.contains("://")
        && !word.is_empty()
        && word.chars().all(|c| c.is_ascii_alphabetic() || c == '-')
    {
        let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
        return Some(Unasked::Kind {
            word: word.to_owned(),
            kinds: names.join(", "),
            plain,
        });
    }
    let digits = plain.trim_end_matches(['.', '*', 'x']);
    let octets: Vec<&str> = digits.trim_end_matches('.').split('.').collect();
    let is_part =
        (2..=3).contains(&octets.len()) && octets.iter().all(|octet| octet.parse::<u8>().is_ok());
    if is_part {
        let mut whole = octets.join(".");
        whole.extend(std::iter::repeat_n(".0", 4 - octets.len()));
        let length = octets.len() * 8;
        return Some(Unasked::Network(format!("{whole}/{length}")));
    }
    let wild = plain.strip_prefix("*.").unwrap_or(&plain);
    wild.contains('*').then_some(Unasked::Wildcard)
}

fn named(kind: &str, value: &str) -> Option<Condition> {
    let plain = refang(value);
    let lower = plain.to_lowercase();
    match kind {
        "ip" | "net" => Block::parse(&plain).map(Condition::Network),
        "port" => value.parse().ok().map(Condition::Port),
        "domain" => is_name(&lower).then(|| Condition::Name(ascii_name(&lower))),
        "url" => Some(Condition::Url(plain)),
        "mail" => lower.contains('@').then_some(Condition::Mail(lower)),
        "sender" => Some(Condition::Sender(lower)),
        "hash" => is_hash(&lower).then_some(Condition::Hash(lower)),
        "cve" => is_cve(&lower).then(|| Condition::Cve(lower.to_uppercase())),
        "as" => {
            let digits = lower.trim_start_matches("as");
            let number: u32 = digits.parse().ok()?;
            Some(Condition::Asn(format!("AS{number}")))
        }
        "ref" => Some(Condition::Reference(bare_reference(value))),
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
        "as"
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
            ("*.example.org", "name"),
            ("email:noc@example.org", "mail"),
            ("CIDR:192.0.2.0/24", "network"),
            ("ref:CERT:77", "reference"),
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
        for (text, words) in [
            ("192.0.2.7:22", "192.0.2.7 port:22"),
            ("[2001:db8::7]:22", "2001:db8::7 port:22"),
            ("example.org:8080", "example.org port:8080"),
            ("adress:192.0.2.7", "no kind"),
            ("CERT:77", "ref:CERT:77"),
            ("192.0.2", "192.0.2.0/24"),
            ("192.0.2.*", "192.0.2.0/24"),
            ("10.200.", "10.200.0.0/16"),
            ("ex*mple.org", "no wildcards"),
        ] {
            let said = Condition::parse(text).unwrap_err().to_string();
            assert!(said.contains(words), "{text}: {said}");
        }
        assert_eq!(
            Condition::parse("192.0.2.7/24").unwrap().describe(),
            "network 192.0.2.0/24"
        );
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
        assert!(met("Bücher.example", Kind::Domain, "xn--bcher-kva.example"));
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
