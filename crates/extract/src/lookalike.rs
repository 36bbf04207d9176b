//! Four numbers that are no address by what they are glued to, by the sentence around them, or by their size beside a product's name.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use regex::Regex;

use crate::pattern::Pattern;
use crate::small::{self, SMALL};
use crate::text::{before, cut, regex, window};

/// Words of hosts that stand before a dash and an address: `host-192.0.2.1`.
const HOSTS: &str = "host hosts ip ipv src dst source destination from to client server srv gw gateway router addr address \
     ban block net node dyn dynamic static pool ppp pppoe dsl adsl cable user customer dhcp vpn nat peer target victim attacker \
     remote local inet broadband fiber hsi rev reverse unknown";

/// Names of programs that are also said of machines: only small numbers behind them are a version.
const PROGRAMS: &str = "oracle apache httpd nginx iis exim postfix dovecot samba squid bind unbound asterisk postgres redis splunk \
     grafana jenkins gitlab nextcloud owncloud roundcube zimbra exchange outlook office windows android macos curl wget java node perl \
     log4j log4net struts spring jquery rails django laravel magento typo3 moodle jira bitbucket citrix teams zoom webex anydesk teamviewer edge \
     opera acrobat reader vlc winrar putty filezilla notepad adobe foxit nessus nmap zeek suricata snort clamd spamassassin rspamd \
     ansible puppet docker kubernetes traefik envoy keycloak veeam vcenter esxi qts dsm kernel engine agent sensor plugin module \
     microcode wp firmwarestand driver library bibliothek bibliothèque biblioteca logiciel software programm programa paquet package paket paquete";

/// Words of documents: only small numbers behind them are a place in one.
static PLACE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?i)\b(?:rules?|r[èe]gles?|regeln?|reglas?|controls?|contr[ôo]les?|kontrollen?|controles?|puntos?|items?|steps?|[ée]tapes?|schritte?|pasos?|tables?|tab|tabellen?|tableaux?|tablas?|fig|figures?|figuras?|abbildung|abb|appendix|anhang|anexos?|polic(?:y|ies)|norme?s?|normas?|numeral(?:es)?|levels?|niveau|schemas?|statement|test|question|topic|task|aufgabe|safeguards?|mesures?|ma(?:ß|ss)nahmen?|medidas?)\b\s?(?:no\.?\s|nr\.?\s|n°\s?|#|:\s)?$",
    )
});

/// What follows a version and no address: `or later`, `et antérieures`, `(64-bit)`.
static BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^,?\s\(?(?:(?:or|oder|ou|o)\s(?:newer|later|above|higher|earlier|older|lower|neuer|h(?:ö|oe)her|sup[ée]rieure?|ult[ée]rieure?|posterior(?:es)?|superior(?:es)?)\b|(?:or|and|oder|und|ou|et|o|y)\s(?:any\s|all\s|toutes?\s(?:les\s)?|alle\s|todas?\s(?:las\s)?)?(?:later|earlier|newer|older|above|below|higher|lower|prior|h(?:ö|oe)her|neuer|(?:ä|ae)lter|fr(?:ü|ue)her|niedriger|sp(?:ä|ae)ter|ult[ée]rieure?s?|sup[ée]rieure?s?|ant[ée]rieure?s?|plus\sr[ée]cente?s?|posterior(?:es)?|superior(?:es)?|anterior(?:es)?)(?:e|en|e\sversionen)?(?:$|[.,;)\n]|\sin\suse|\s(?:versions?|releases?|builds?|versionen|versiones))|(?:beta|alpha|rc\d|sp\d|lts|x64|x86|(?:64|32)-?bit|build|hotfix|service\spack)\b)",
    )
});

/// What is said to be these numbers, with the verb right before them: `the serial number of the box is`.
static SAID: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:versions?|versi[óo]n|firmware|build|release|revision|serial|seriennummer|serie|s[ée]rie|oid|part\snumber|model|vat|tva|ust|mwst|uid|iva|nif|cif|siret|siren|tax|isbn|issn|account|konto|compte|cuenta|extension|durchwahl|nebenstelle|(?:phone|fax)\snumber|telefonnummer|rufnummer)\b[^.;:\n0-9]{0,40}$",
    )
});

/// Whether the octets from `start` to `end` are such numbers.
pub(crate) fn is(text: &str, start: usize, end: usize, address: Ipv4Addr) -> bool {
    let octets = address.octets();
    // `0.103.8.1` is nobody's (RFC 791), and of such networks nobody writes without a prefix: `122.0.0.0`.
    let [first, rest @ ..] = octets;
    let round = rest == [0, 0, 0] && !matches!(first, 10 | 127 | 224..) && !network(text, end);
    if first == 0 || round || octets == [1, 3, 6, 1] {
        return true;
    }
    let lead = before(text, start, 72);
    let small = octets.iter().all(|octet| *octet <= SMALL) && !matches!(first, 10 | 127);
    let few = small::count(octets) >= 3;
    // Most addresses are no versions of anything.
    let low = first <= SMALL && first != 10 && rest[0] <= SMALL;
    let behind =
        || window(text, end, 2).starts_with([' ', ',']) && BEHIND.is_match(window(text, end, 48));
    low && (glued(lead) || packaged(text, end) || behind())
        || said(lead)
        || (octets.iter().all(|octet| *octet <= SMALL) || few) && PLACE.ends(lead)
        || (small || few) && named(lead, address)
}

fn network(text: &str, end: usize) -> bool {
    window(text, end, 1) == "/" || window(text, end, 4).trim_start().starts_with(['-', '–'])
}

/// `phpMyAdmin-4.9.5.1`, `Win.Trojan.Agent-1.2.3.4`: a word and a dash that name no host.
fn glued(lead: &str) -> bool {
    let Some(name) = lead.strip_suffix('-') else {
        return false;
    };
    let letters = |b: &u8| b.is_ascii_alphabetic();
    let count = name.bytes().rev().take_while(letters).count();
    let word = cut(name, name.len() - count, name.len());
    count >= 3
        && !HOSTS
            .split_whitespace()
            .any(|host| word.eq_ignore_ascii_case(host))
}

/// `4.9.5.1-1.el7`, `4.9.5.1-2ubuntu1`, `4.9.5.1+dfsg`, `4.9.5.1~rc1`.
fn packaged(text: &str, end: usize) -> bool {
    let tail = window(text, end, 8);
    match tail.as_bytes() {
        [b'+' | b'~', next, ..] => next.is_ascii_alphanumeric(),
        [b'-', digits @ ..] => {
            let count = digits.iter().take_while(|b| b.is_ascii_digit()).count();
            let behind = digits.get(count..).unwrap_or_default();
            let letter = |b: &u8| b.is_ascii_alphabetic();
            (1..=3).contains(&count)
                && match behind {
                    [b'.', next, ..] => letter(next),
                    [next, ..] => letter(next) || matches!(next, b'~' | b'+'),
                    [] => false,
                }
        }
        _ => false,
    }
}

/// `The serial number is 12.44.180.9`.
fn said(lead: &str) -> bool {
    const VERBS: [&str; 12] = [
        " is ", " was ", " are ", " ist ", " war ", " lautet ", " est ", " es ", " reads ",
        " to be ", " était ", " era ",
    ];
    let bare = VERBS.iter().find_map(|verb| lead.strip_suffix(verb));
    let clause = bare.map(|bare| bare.rsplit(". ").next().unwrap_or(bare));
    clause
        .filter(|clause| SAID.is_match(clause))
        .is_some_and(|clause| {
            let mut words = clause.split(|c: char| !c.is_alphanumeric());
            !words.any(|word| {
                let host = [
                    "host",
                    "server",
                    "machine",
                    "address",
                    "ip",
                    "system",
                    "node",
                    "adresse",
                    "serveur",
                    "servidor",
                    "rechner",
                    "dirección",
                    "source",
                    "attacker",
                ];
                host.contains(&word.to_lowercase().as_str())
            })
        })
}

/// Small numbers behind the name of a program: `libxml 2.9.14.3`, `Oracle 12.2.0.1`. The resolvers that everybody knows stay.
fn named(lead: &str, address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    if a == b && c == d || [b, c, d] == [0, 0, 1] {
        return false;
    }
    let Some(lead) = lead.strip_suffix(' ') else {
        return false;
    };
    let own = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | '+');
    let length: usize = lead.chars().rev().take_while(own).map(char::len_utf8).sum();
    let word = cut(lead, lead.len() - length, lead.len());
    let capitals = word.bytes().skip(1).any(|b| b.is_ascii_uppercase());
    let mixed = capitals && word.bytes().any(|b| b.is_ascii_lowercase());
    let small = word.to_lowercase();
    let host = [
        "ip", "ips", "ipv4", "addr", "address", "host", "server", "gateway", "dos",
    ];
    mixed && !host.iter().any(|end| small.ends_with(end))
        || small.starts_with("lib") && small.len() > 4
        || PROGRAMS.split_whitespace().any(|name| name == small)
}
