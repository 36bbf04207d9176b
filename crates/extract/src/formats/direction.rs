//! Which way a connection went, where a line or a row names its ends as the local and the remote one.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::regex;

/// Words for a connection that the local end began.
const OUT: [&str; 12] = [
    "outbound",
    "out",
    "outgoing",
    "egress",
    "sortant",
    "sortante",
    "ausgehend",
    "saliente",
    "salida",
    "in uscita",
    "uscita",
    "outwards",
];

/// Whether a value says that the local end began the connection.
pub(super) fn outward(value: &str) -> bool {
    let value = value.trim();
    OUT.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether a title or a key is the one of the direction.
pub(super) fn is_named(title: &str) -> bool {
    let plain: String = title.chars().filter(|c| c.is_alphanumeric()).collect();
    let plain = plain.to_lowercase();
    let names = [
        "dir",
        "sens",
        "richtung",
        "direzione",
        "verkehrsrichtung",
        "sentido",
        "dirección",
        "flowdir",
    ];
    plain.ends_with("direction") || names.contains(&plain.as_str())
}

/// Whether the names of a row's addresses are those of a local and of a remote end, and of no other.
pub(super) fn sides<'a>(names: impl Iterator<Item = &'a str>) -> bool {
    let (mut local, mut remote) = (false, false);
    for name in names {
        let small = name.to_lowercase();
        let first = |words: &[&str]| words.iter().any(|word| small.contains(word));
        let near = first(&["local", "lokal"]);
        let far = first(&[
            "remote", "distant", "remoto", "remota", "entfernt", "foreign", "peer",
        ]);
        if !near && !far {
            return false;
        }
        local |= near;
        remote |= far;
    }
    local && remote
}

/// Whether a line of keys says that its local end began the connection to its remote one.
pub(super) fn outbound(text: &str) -> bool {
    static KEY: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?i)(?:(?:direction|\bdir|\bsens|richtung)["'\]]?\s?[=:]\s?["'\[]?(?:outbound|outgoing|out|egress|sortante?|ausgehend|saliente)\b|connectiondirection["']?\s?[:=]\s?["']?0\b|[,;|]\s?(?:outbound|outgoing|egress)\s?[,;|])"#,
        )
    });
    static LOCAL: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"(?i)\blocal[\w\s]{0,12}["'\]]?\s?[=:]"#));
    static REMOTE: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"(?i)\bremote[\w\s]{0,12}["'\]]?\s?[=:]"#));
    let hint = ["emote", "EMOTE"]
        .iter()
        .any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some());
    hint && KEY.is_match(text) && LOCAL.is_match(text) && REMOTE.is_match(text)
}

/// Whether the local end began a connection by its ports: its own is one that clients are given, the remote one a service's.
pub(super) fn called(local: Option<u16>, remote: Option<u16>) -> bool {
    const GIVEN: u16 = 32_768;
    const SERVED: u16 = 16_384;
    // Those that answer what was forged: DNS, NTP, SSDP, LDAP and their like.
    const REFLECTORS: [u16; 25] = [
        7, 17, 19, 53, 69, 111, 123, 137, 161, 177, 389, 427, 500, 520, 1194, 1434, 1900, 3283,
        3478, 3702, 4500, 5060, 5353, 5683, 11_211,
    ];
    let serves = |port: u16| port < SERVED && !REFLECTORS.contains(&port);
    local.is_some_and(|port| port >= GIVEN) && remote.is_some_and(serves)
}

/// Whether the key right before an address, at the end of `lead`, is the one of the remote end, or of the local one.
pub(super) fn side(lead: &str, remote: bool) -> bool {
    static SIDE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?i)(?:(?P<local>local)|(?P<remote>remote))[\w\s]{0,12}["'\]]?\s?[=:]\s?["'\[(]{0,2}$"#,
        )
    });
    let name = if remote { "remote" } else { "local" };
    SIDE.captures(lead)
        .is_some_and(|found| found.name(name).is_some())
}

/// Whether a line says that a connection came in.
pub(super) fn enters(text: &str) -> bool {
    static IN: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)\b(?:inbound|incoming|ingress|entrante?s?|eingehende?r?|in entrata)\b")
    });
    IN.is_match(text)
}

/// Whether a line says that a connection went out, and not that somebody gave a wrong password: his name may be `outgoing`.
pub(super) fn leaves(text: &str) -> bool {
    static OUT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?ix)\b(?:outbound|outgoing|egress|ausgehende?r?)\s(?:[a-z]+\s)?(?:connections?|traffic|packets?|sessions?|flows?|verbindung|verkehr)\b
              |\b(?:connexion|trafic|paquet|flux|conexi[oó]n|tr[aá]fico|connessione|traffico)\s(?:sortante?|salientes?|in\suscita)\b",
        )
    });
    let hint = [
        "out", "Out", "OUT", "gress", "ortant", "usgehend", "alient", "uscita",
    ];
    let has = |words: &[&str]| {
        let mut words = words.iter();
        words.any(|word| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some())
    };
    has(&hint) && !has(&["ogin", "assword", "uthent", "nvalid user"]) && OUT.is_match(text)
}

/// Whether the words before an address name it as the far end: an arrow, `to`, `Remote:`.
pub(super) fn remote(lead: &str) -> bool {
    static FAR: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?i)(?:->|→|=>|\b(?:to|towards?|vers|nach|hacia|remote(?:\s?(?:ip|address|addr|host))?|peer|destination|dest|dst|target))["'\]]?\s?[:=]?\s?["'\[(]{0,2}$"#,
        )
    });
    FAR.is_match(lead)
}

/// Whether a header names the local and the remote end of open sockets.
pub(super) fn sockets(title: &str) -> bool {
    let small = title.to_ascii_lowercase();
    small.contains("local address")
        && ["foreign address", "peer address"]
            .iter()
            .any(|far| small.contains(far))
}
