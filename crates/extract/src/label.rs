//! What a label, a column's title or a key says about its value, in four languages and many programs' short forms.

use std::collections::BTreeSet;
use std::sync::LazyLock;

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

const SOURCE: &str = "source sources src attacker attackers attacking origin originating offending offender abuser abusive \
     abusing malicious suspicious infected compromised scanner scanning bot culprit banned blocked vulnerable \
     client remote rhost rip raddr remip spammer your attaquant attaquante attaquants attaquantes origine \
     emettrice emetteur infectee infecte compromis compromise malveillante malveillant incriminee suspecte \
     votre vos quelle quell angreifer angreifers angreifende herkunft infizierte ihre origen fuente atacante \
     atacantes maliciosa infectada comprometida saddr srcip srcaddr sourceip srchost sip ipsrc srcport sport \
     spt sourceport";

const DESTINATION: &str = "destination destinations dest dst target targets targeted victim victims attacked our cible cibles \
     ciblee ciblees victime victimes attaquee attaque visee notre nos ziel opfer angegriffene angegriffener \
     angegriffenes unsere unser destino objetivo victima atacada nuestra lip laddr locip local daddr dstip \
     dstaddr destip dsthost destinationip ipdst dip dstport dport dpt destport destinationport";

const ADDRESS: &str = "ip ips ipv4 ipv6 address addresses addr adresse adresses adressen host hosts hote hotes machine machines \
     server servers serveur serveurs direccion direcciones rechner equipo servidor system systeme network \
     cidr range reseau identifier saddr srcip srcaddr sourceip srchost sip ipsrc daddr dstip dstaddr destip \
     dsthost destinationip ipdst dip rhost rip raddr remip lip laddr locip quelladresse zieladresse iporigen \
     ipaddress";

const PORT: &str = "port ports puerto puertos srcport sport spt sourceport dstport dport dpt destport destinationport \
     quellport zielport";

const TIME: &str = "time times date dates datetime timestamp timestamps when heure heures horodatage jour quand zeit datum \
     uhrzeit zeitpunkt zeitstempel tatzeit wann hora fecha cuando seen ts eventtime starttime endtime";

const KIND: &str = "type types category categories categorie kategorie categoria classification taxonomy nature art tipo typ \
     vorfallart angriffsart klassifikation class classe";

/// Words that make a label something else.
const OTHER: &str = "mail email mails courriel mac postal contact kontakt reporter declarant phone tel code id number numero \
     count nombre anzahl content mime user reply subject size length bytes name hash file os key format \
     record update updated birth due asn as country geo encoding restriction version following these suivants \
     suivantes folgende folgenden siguientes";

const REPORTED: &str = "report reported reporting generated generation created sent received submitted submission signalement \
     declaration rapport envoi envoye reception emission redaction meldung gesendet gemeldet erstellt \
     empfangen informe envio enviado recibido observation published expires";

/// Words that may stand between the others.
const FILLER: &str = "of the de la du des l d der s from to a e et and und in en set list liste";

static WORDS: LazyLock<[BTreeSet<&str>; 9]> = LazyLock::new(|| {
    [
        SOURCE,
        DESTINATION,
        ADDRESS,
        PORT,
        TIME,
        KIND,
        OTHER,
        REPORTED,
        FILLER,
    ]
    .map(|list| list.split_whitespace().collect())
});

/// Reads a label; `None` when it names nothing that belongs to the incident.
pub(crate) fn read(label: &str) -> Option<Field> {
    if label.len() > 64 || label.is_empty() {
        return None;
    }
    let words = words(label);
    if words.is_empty() || words.len() > 7 {
        return None;
    }
    let [_, _, _, port, time, kind, other, reported, _] = &*WORDS;
    let any = |list: &BTreeSet<&str>| words.iter().any(|word| list.contains(word.as_str()));
    let one = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    let role = role(&words);
    let field = |role, what| Some(Field { role, what });
    if one(&[
        "timezone", "zone", "tz", "fuseau", "zeitzone", "huso", "zona",
    ]) {
        return field(Role::Unknown, What::Zone);
    }
    if any(port) && !one(&["scan", "balayage", "name"]) {
        return field(role, What::Port);
    }
    if one(&[
        "protocol",
        "protocole",
        "protokoll",
        "protocolo",
        "proto",
        "transport",
    ]) {
        return field(role, What::Protocol);
    }
    if any(time) && !one(&["response", "uptime", "live", "ttl", "ip", "address"]) {
        return field(
            Role::Unknown,
            if any(reported) {
                What::ReportTime
            } else {
                What::Time
            },
        );
    }
    let elsewhere = [
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
        "user",
    ];
    if any(kind) && !one(&elsewhere) {
        return field(Role::Unknown, What::Kind);
    }
    if any(other) || any(reported) || any(kind) {
        return None;
    }
    address(&words, role)
}

/// Whose value it is: the first of the words that tell.
fn role(words: &[String]) -> Role {
    let [source, destination, ..] = &*WORDS;
    let at = |list: &BTreeSet<&str>, stem: &str| {
        words
            .iter()
            .position(|word| list.contains(word.as_str()) || word.starts_with(stem))
    };
    match (at(source, "quell"), at(destination, "ziel")) {
        (Some(one), Some(two)) if one > two => Role::Destination,
        (Some(_), _) => Role::Source,
        (None, Some(_)) => Role::Destination,
        (None, None) => Role::Unknown,
    }
}

/// A label for an address: a role's word, a place's word, and few others.
fn address(words: &[String], role: Role) -> Option<Field> {
    let [source, destination, address, .., filler] = &*WORDS;
    let strange = words
        .iter()
        .filter(|word| {
            ![source, destination, address, filler]
                .iter()
                .any(|list| list.contains(word.as_str()))
        })
        .filter(|word| !word.starts_with("quell") && !word.starts_with("ziel"))
        .count();
    let placed = words.iter().any(|word| {
        address.contains(word.as_str()) || word.starts_with("quellip") || word.starts_with("zielip")
    });
    let most = if placed && role != Role::Unknown {
        2
    } else {
        0
    };
    let known = placed || role != Role::Unknown;
    (known && strange <= most).then_some(Field {
        role,
        what: What::Address,
    })
}

/// Small words without accents; `SourceIp` and `src_ip` are two.
fn words(label: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut small = false;
    for c in label.chars() {
        if !word.is_empty() && (!c.is_alphanumeric() || c.is_uppercase() && small) {
            words.push(fold(&word));
            word.clear();
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
