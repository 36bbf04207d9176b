//! Who tells of an address without owning it: `our provider says that ADDRESS …`, `my log is full of ADDRESS`.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::regex;

/// Beginnings of words for people and companies: what is theirs isn't called ours.
const PEOPLE: [&str; 36] = [
    "provider",
    "isp",
    "hoster",
    "vendor",
    "supplier",
    "partner",
    "analyst",
    "colleague",
    "technician",
    "admin",
    "helper",
    "consultant",
    "contractor",
    "prestataire",
    "fournisseur",
    "hébergeur",
    "informatic",
    "partenaire",
    "collègue",
    "technicien",
    "dienstleister",
    "anbieter",
    "techniker",
    "kolleg",
    "lieferant",
    "berater",
    "proveedor",
    "técnico",
    "socio",
    "colega",
    "informático",
    "neighbo",
    "voisin",
    "nachbar",
    "vecin",
    "team",
];

/// Beginnings of words for what only writes down or looks on, unless the address stands right behind it.
const THINGS: [&str; 34] = [
    "log",
    "router",
    "firewall",
    "ids",
    "fail2ban",
    "antivirus",
    "mail",
    "e-mail",
    "message",
    "inbox",
    "report",
    "box",
    "record",
    "journal",
    "journaux",
    "routeur",
    "pare-feu",
    "courriel",
    "boîte",
    "messages",
    "protokoll",
    "virenschutz",
    "postfach",
    "registro",
    "cortafuegos",
    "correo",
    "third",
    "second",
    "troisième",
    "deuxième",
    "dritte",
    "zweite",
    "tercer",
    "segundo",
];

/// Whether the words between `our` and an address begin with somebody or something that only tells of it.
pub(crate) fn told(gap: &str) -> bool {
    let mut words = gap.split_whitespace();
    let Some(noun) = words.next() else {
        return false;
    };
    let noun = noun.to_lowercase();
    let begins = |list: &[&str]| list.iter().any(|word| noun.starts_with(word));
    // `our firewall ADDRESS`, `our router (ADDRESS)`: its own.
    let more = words
        .filter(|word| word.contains(char::is_alphabetic))
        .count();
    let named = gap.split_whitespace().any(|word| {
        let word = word.to_lowercase();
        word.starts_with("ip") || word.contains("dres") || word.contains("direcci")
    });
    begins(&PEOPLE) || begins(&THINGS) && more > 0 && !named
}

/// Whether `nach` tells whose word it is, and no direction: `nach Auskunft unseres Anbieters`.
pub(crate) fn hearsay(cue: &str, gap: &str) -> bool {
    let words = [
        "auskunft",
        "angabe",
        "aussage",
        "meinung",
        "ansicht",
        "mitteilung",
    ];
    let gap = gap.trim_start().to_lowercase();
    cue.trim().eq_ignore_ascii_case("nach") && words.iter().any(|word| gap.starts_with(word))
}

/// Whether an address is said to be one of the bots that the sentence before speaks of: `… a list of bots. ADDRESS is among them`.
pub(crate) fn one_of_them(tail: &str, earlier: &str) -> bool {
    static AMONG: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)^\s(?:(?:is|was)\s(?:among|one\sof)\s(?:them|these|those)|en\sfai(?:t|sait)\spartie|(?:figure|est)\sparmi\s(?:eux|elles)|(?:ist|war)\s(?:darunter|dabei|einer\sdavon)|geh[öo]rt\sdazu|(?:es|era)\sun[oa]\sde\sell[oa]s|est[áa]\sentre\sell[oa]s)",
        )
    });
    static BOTS: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)(?-u:\b)(?:bots?|botnet\w*|botnetz\w*|infect\w*|infiziert\w*|zombies?|robots)")
    });
    AMONG.is_match(tail) && BOTS.is_match(earlier)
}
