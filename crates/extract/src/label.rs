//! What a label, a column's title or a key says about its value, in four languages and many programs' short forms.

use crate::Role;
use crate::text::fold;

/// What a labelled value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) role: Role,
    pub(crate) what: What,
}

/// The datum that a label names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Address,
    Port,
    Protocol,
    /// A time of the incident.
    Time,
    /// A time of the report, its receipt or its making.
    ReportTime,
    Zone,
    Kind,
}

const SOURCE: &[&str] = &[
    "source",
    "sources",
    "src",
    "attacker",
    "attackers",
    "attacking",
    "origin",
    "originating",
    "offending",
    "offender",
    "abuser",
    "abusive",
    "abusing",
    "malicious",
    "suspicious",
    "infected",
    "compromised",
    "scanner",
    "scanning",
    "bot",
    "culprit",
    "banned",
    "blocked",
    "vulnerable",
    "client",
    "remote",
    "rhost",
    "rip",
    "raddr",
    "remip",
    "spammer",
    "your",
    "attaquant",
    "attaquante",
    "attaquants",
    "attaquantes",
    "origine",
    "emettrice",
    "emetteur",
    "infectee",
    "infecte",
    "compromis",
    "compromise",
    "malveillante",
    "malveillant",
    "incriminee",
    "suspecte",
    "votre",
    "vos",
    "quelle",
    "quell",
    "angreifer",
    "angreifers",
    "angreifende",
    "herkunft",
    "infizierte",
    "ihre",
    "origen",
    "fuente",
    "atacante",
    "atacantes",
    "maliciosa",
    "infectada",
    "comprometida",
    "saddr",
    "srcip",
    "srcaddr",
    "sourceip",
    "srchost",
    "sip",
    "ipsrc",
    "srcport",
    "sport",
    "spt",
    "sourceport",
];

const DESTINATION: &[&str] = &[
    "destination",
    "destinations",
    "dest",
    "dst",
    "target",
    "targets",
    "targeted",
    "victim",
    "victims",
    "attacked",
    "our",
    "cible",
    "cibles",
    "ciblee",
    "ciblees",
    "victime",
    "victimes",
    "attaquee",
    "attaque",
    "visee",
    "notre",
    "nos",
    "ziel",
    "opfer",
    "angegriffene",
    "angegriffener",
    "angegriffenes",
    "unsere",
    "unser",
    "destino",
    "objetivo",
    "victima",
    "atacada",
    "nuestra",
    "lip",
    "laddr",
    "locip",
    "local",
    "daddr",
    "dstip",
    "dstaddr",
    "destip",
    "dsthost",
    "destinationip",
    "ipdst",
    "dip",
    "dstport",
    "dport",
    "dpt",
    "destport",
    "destinationport",
];

const ADDRESS: &[&str] = &[
    "ip",
    "ips",
    "ipv4",
    "ipv6",
    "address",
    "addresses",
    "addr",
    "adresse",
    "adresses",
    "adressen",
    "host",
    "hosts",
    "hote",
    "hotes",
    "machine",
    "machines",
    "server",
    "servers",
    "serveur",
    "serveurs",
    "direccion",
    "direcciones",
    "rechner",
    "equipo",
    "servidor",
    "system",
    "systeme",
    "network",
    "cidr",
    "range",
    "reseau",
    "identifier",
    "saddr",
    "srcip",
    "srcaddr",
    "sourceip",
    "srchost",
    "sip",
    "ipsrc",
    "daddr",
    "dstip",
    "dstaddr",
    "destip",
    "dsthost",
    "destinationip",
    "ipdst",
    "dip",
    "rhost",
    "rip",
    "raddr",
    "remip",
    "lip",
    "laddr",
    "locip",
    "quelladresse",
    "zieladresse",
    "iporigen",
    "ipaddress",
];

const PORT: &[&str] = &[
    "port",
    "ports",
    "puerto",
    "puertos",
    "srcport",
    "sport",
    "spt",
    "sourceport",
    "dstport",
    "dport",
    "dpt",
    "destport",
    "destinationport",
    "quellport",
    "zielport",
];

const TIME: &[&str] = &[
    "time",
    "times",
    "date",
    "dates",
    "datetime",
    "timestamp",
    "timestamps",
    "when",
    "heure",
    "heures",
    "horodatage",
    "jour",
    "quand",
    "zeit",
    "datum",
    "uhrzeit",
    "zeitpunkt",
    "zeitstempel",
    "tatzeit",
    "wann",
    "hora",
    "fecha",
    "cuando",
    "seen",
    "ts",
    "eventtime",
    "starttime",
    "endtime",
];

const KIND: &[&str] = &[
    "type",
    "types",
    "category",
    "categories",
    "categorie",
    "kategorie",
    "categoria",
    "classification",
    "taxonomy",
    "nature",
    "art",
    "tipo",
    "typ",
    "vorfallart",
    "angriffsart",
    "klassifikation",
    "class",
    "classe",
];

/// Words that make a label something else.
const OTHER: &[&str] = &[
    "mail",
    "email",
    "mails",
    "courriel",
    "mac",
    "postal",
    "contact",
    "kontakt",
    "reporter",
    "declarant",
    "phone",
    "tel",
    "code",
    "id",
    "number",
    "numero",
    "count",
    "nombre",
    "anzahl",
    "content",
    "mime",
    "user",
    "reply",
    "subject",
    "size",
    "length",
    "bytes",
    "name",
    "hash",
    "file",
    "os",
    "key",
    "format",
    "record",
    "update",
    "updated",
    "birth",
    "due",
    "asn",
    "as",
    "country",
    "geo",
    "encoding",
    "restriction",
    "version",
];

const REPORTED: &[&str] = &[
    "report",
    "reported",
    "reporting",
    "generated",
    "generation",
    "created",
    "sent",
    "received",
    "submitted",
    "submission",
    "signalement",
    "declaration",
    "rapport",
    "envoi",
    "envoye",
    "reception",
    "emission",
    "redaction",
    "meldung",
    "gesendet",
    "gemeldet",
    "erstellt",
    "empfangen",
    "informe",
    "envio",
    "enviado",
    "recibido",
    "observation",
    "published",
    "expires",
];

/// Reads a label; `None` when it names nothing that belongs to the incident.
pub(crate) fn read(label: &str) -> Option<Field> {
    if label.len() > 64 || label.is_empty() {
        return None;
    }
    let words = words(label);
    let any = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if words.is_empty() || words.len() > 7 {
        return None;
    }
    let (source, destination) = (role_at(&words, SOURCE), role_at(&words, DESTINATION));
    let role = match (source, destination) {
        (Some(one), Some(other)) if one > other => Role::Destination,
        (Some(_), _) => Role::Source,
        (None, Some(_)) => Role::Destination,
        (None, None) if words.iter().any(|word| word.starts_with("quell")) => Role::Source,
        (None, None) if words.iter().any(|word| word.starts_with("ziel")) => Role::Destination,
        (None, None) => Role::Unknown,
    };
    if any(&[
        "timezone", "zone", "tz", "fuseau", "zeitzone", "huso", "zona",
    ]) {
        return Some(Field {
            role: Role::Unknown,
            what: What::Zone,
        });
    }
    if any(PORT) && !any(&["scan", "balayage", "name"]) {
        return Some(Field {
            role,
            what: What::Port,
        });
    }
    if any(&[
        "protocol",
        "protocole",
        "protokoll",
        "protocolo",
        "proto",
        "transport",
    ]) {
        return Some(Field {
            role,
            what: What::Protocol,
        });
    }
    let timed = any(TIME) && !any(&["response", "uptime", "live", "ttl", "zone"]);
    if timed && !any(&["ip", "address"]) {
        let what = if any(REPORTED) {
            What::ReportTime
        } else {
            What::Time
        };
        return Some(Field {
            role: Role::Unknown,
            what,
        });
    }
    if any(KIND)
        && !any(&[
            "content",
            "ip",
            "address",
            "source",
            "destination",
            "mime",
            "file",
            "evidence",
            "dns",
            "query",
            "record",
            "user",
        ])
    {
        return Some(Field {
            role: Role::Unknown,
            what: What::Kind,
        });
    }
    if any(OTHER) || any(REPORTED) || any(KIND) {
        return None;
    }
    let filler = [
        "of", "the", "de", "la", "du", "des", "l", "d", "der", "des", "s", "from", "to", "a", "e",
        "et", "and", "und", "in", "en", "set", "list", "liste",
    ];
    let strange = words
        .iter()
        .filter(|word| {
            let word = word.as_str();
            ![ADDRESS, SOURCE, DESTINATION]
                .iter()
                .any(|list| list.contains(&word))
                && !filler.contains(&word)
        })
        .count();
    let known = any(ADDRESS)
        || words
            .iter()
            .any(|word| word.starts_with("quellip") || word.starts_with("zielip"));
    match (role, known) {
        (Role::Unknown, true) => (strange == 0).then_some(Field {
            role,
            what: What::Address,
        }),
        (Role::Unknown, false) => None,
        (Role::Source | Role::Destination, true) => (strange <= 2).then_some(Field {
            role,
            what: What::Address,
        }),
        (Role::Source | Role::Destination, false) => (strange == 0).then_some(Field {
            role,
            what: What::Address,
        }),
    }
}

fn role_at(words: &[String], list: &[&str]) -> Option<usize> {
    words.iter().position(|word| list.contains(&word.as_str()))
}

/// Small words without accents; `SourceIp` and `src_ip` are two.
fn words(label: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut small = false;
    for c in label.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && small {
            if !word.is_empty() {
                words.push(fold(&word));
                word.clear();
            }
        }
        if c.is_alphanumeric() {
            word.push(c);
        }
        small = c.is_lowercase();
    }
    if !word.is_empty() {
        words.push(fold(&word));
    }
    words
}
