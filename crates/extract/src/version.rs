//! What looks like an address and is none: versions, sections, telephone numbers, sums.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use regex::Regex;

use crate::lookalike;
use crate::pattern::Pattern;
use crate::small;
use crate::text::{before, cut, regex, window};

/// Words before four numbers that make them something else.
static NOT_BEFORE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?i)(?:\b(?:versions?|versi[óo]n(?:es)?|ver|rev|revision|r[ée]vision|revisi[óo]n|releases?|rel|builds?|firmware|micrologiciel|patch(?:level)?|hotfix|fixed in|prior to|(?:upgrad(?:e|ed|ing)|updat(?:e|ed|ing)|patched|downgraded?|bumped|rolled back) to|(?:introduced|resolved|corrected|patched|solved) in|corrig[ée]e?s? (?:dans|en|par)|(?:behoben|geschlossen) (?:in|mit|ab)|corregid[oa]s? en|mise? [àa] jour (?:vers|en)|actualizad[oa] a|aktualisiert auf|serial|seriennummer|s/n|p/n|asn\.1|arcs?|sections?|sect|subsections?|chapters?|clauses?|paragra(?:ph|phe|f|fo)s?|paragraphen|annexe?s?|articles?|artikel|art|kapitel|abschnitte?s?|absatz|ziffer|chapitres?|secci[óo]n(?:es)?|cap[íi]tulos?|apartados?|art[íi]culos?|cl[áa]usulas?|klauseln?|requirements?|reqs?|exigences?|anforderung(?:en)?|requisitos?|finding|befund|constat|hallazgo|oids?|snmp|mib|vat|tva|ust|mwst|ust-id(?:nr)?|iva|nif|cif|siret|siren|isbn|issn|(?:rule|signature|virus|malware|definitions?) (?:db|database|set|engine|pack)|kernel|openssl|openssh|firefox|chrome|chromium|safari|(?-i:Opera|OPERA)|php|mysql|mariadb|jre|jdk|weblogic|ios|junos|fortios|pan-os|acrobat|flash|thunderbird|glibc|musl|torch|numpy|pandas|upgrade path|chemin de mise à jour|upgrade-pfad|r[ée]f(?:[ée]rence)?\.? catalogue|bestellnummer|kundennummer|artikelnummer|rechnungsnummer|wordpress|drupal|joomla|confluence|tomcat|python|ruby)\b(?:\s(?:numbers?|num|num[ée]ro|nummer|n[úu]mero|id|code|level|string|no\.?|nr\.?))?[\s.:#°=(/\x22'-]{0,3}|[a-z]_?version[\x22']?\s?[:=]\s?[\x22']?|\bversi(?:on|ón)\s(?:of|du|de|del|der|des)\s(?:the\s|la\s|le\s|el\s|l['’])?[^\s.,;:]{2,16}\s?:?\s?|\b(?:upgrad(?:e|ed|ing)|updat(?:e|ed|ing)|downgraded?|mise?s? [àa] jour|aktualisiert|actualizad[oa]|actualizamos)\s(?:from|de|von|desde)\s(?:[0-9.]{1,15}\s(?:to|vers|[àa]|auf)\s)?|[a-z-]*version[\x22'],\s?[\x22']value[\x22']:\s?[\x22']|\bimages?[=:]\s?[\x22']?[\w./-]{1,24}:|[a-z0-9_]\s?[=~><!]=\s?|\bv\.?\s?|§\s?|\bn°\s?|\b[A-Za-z]{2,24}[/\\])$",
    )
});

/// What stands before a telephone number and nothing else.
static DIAL: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new(r"(?i)\b(?:(?:tel|t[ée]l)[.:\s]{0,3}|fax[.:]{1,2}\s?)$"));

/// Words before a telephone number. A telephone has an address, too.
static PHONE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?i)(?:\b(?:phone|fax|mobile|gsm|handy|call(?: us| me)?(?: (?:at|on))?|t[ée]l[ée]phone|telefon|rufnummer|tel[ée]fono|m[óo]vil)\b(?:\s(?:numbers?|num[ée]ro|nummer|n[úu]mero|no\.?|nr\.?))?[\s.:#(/-]{0,3})$",
    )
});

/// Whether four numbers behind a word for a telephone are its number: groups of two digits, or one that begins with 0.
fn is_phone_number(lead: &str, number: &str) -> bool {
    let groups = || number.split('.');
    let dialled = groups().all(|group| group.len() == 2)
        || groups().any(|group| group.len() > 1 && group.starts_with('0'));
    DIAL.ends(lead) || dialled && PHONE.ends(lead)
}

/// Octets around a number in which another of its like may be called a version.
const NEARBY: usize = 600;

/// Words before a slash that say where an address lies, and no product.
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:\b(?:outside|inside|dmz|wan|lan|src|dst|source|destination|dest|ip|ipv4|tcp|udp|tls|wss?|host|from|to|icmp|client|server|direct|none|hier_direct|ip4|address|identity|[a-z]*(?:trust|interface))/|[a-z0-9-]\.(?:[a-z]{3,24}|[a-ik-z][a-z]|j[a-rt-z])/)$",
    )
});

/// The Spanish verb, and no version: `pueden ver 192.0.2.1`.
static SEEN: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)(?:\b(?:puede[ns]?|podr[áa]n?|podemos|se|a|al|de|deja(?:n)?)\sver\s)$")
});

/// Whether what stands before a number makes it a version, a section or a telephone number.
pub(crate) fn versioned(lead: &str) -> bool {
    // What stands below a heading is what was found: `Requirements:`, and addresses on the next lines.
    let listed = lead
        .rsplit_once(':')
        .is_some_and(|(_, blank)| blank.contains('\n') && blank.trim().is_empty());
    !listed && NOT_BEFORE.ends(lead) && !PLACE.is_match(lead) && !SEEN.is_match(lead)
}

/// Whether a label names something else: `Serial no. of the appliance:`, `OID of the trap:`.
fn labelled(text: &str, start: usize) -> bool {
    let lead = before(text, start, 56);
    let Some(label) = lead.trim_end().strip_suffix(':') else {
        return false;
    };
    let label = label.rsplit(['.', ';', '\n']).next().unwrap_or_default();
    let mut words = label.split(|c: char| !c.is_alphanumeric());
    words.any(|word| {
        let number = [
            "serial",
            "série",
            "serie",
            "seriennummer",
            "oid",
            "version",
            "versión",
            "firmware",
            "build",
            "release",
            "vat",
            "tva",
            "ust",
            "nif",
            "isbn",
            "firmwarestand",
            "versionsstand",
        ];
        number.contains(&word.to_lowercase().as_str())
    })
}

/// Whether four numbers are a version, a telephone number, a heading or a sum.
pub(crate) fn not_an_address(text: &str, start: usize, end: usize, address: Ipv4Addr) -> bool {
    let lead = before(text, start, 32);
    if versioned(lead)
        || is_phone_number(lead, cut(text, start, end))
        || lead.trim_end().ends_with(':') && labelled(text, start)
        || lookalike::is(text, start, end, address)
    {
        return true;
    }
    if of_a_product(text, start, address) || of_a_family(text, start, end, address) {
        return true;
    }
    // `<192.0.2.1.7@host>`: the name of a message.
    if window(text, end, 1) == "@"
        && lead
            .rsplit([' ', '\n'])
            .next()
            .is_some_and(|word| word.starts_with('<'))
    {
        return true;
    }
    // A numbered heading: small numbers at the start of a line and a capitalised word behind them.
    let heading = lead.is_empty() || lead.ends_with('\n');
    // `1.234.156.190 EUR`: a sum or a size with its thousands apart.
    let [_, groups @ ..] = address.octets();
    let unit = window(text, end, 8).trim_start();
    let unit = unit
        .split(|c: char| !c.is_alphanumeric() && !"€$£".contains(c))
        .next();
    let counted = [
        "eur", "usd", "chf", "€", "$", "£", "bytes", "octets", "byte", "kb", "mb", "gb",
    ];
    if groups.iter().all(|group| *group >= 100)
        && unit.is_some_and(|unit| counted.contains(&unit.to_lowercase().as_str()))
    {
        return true;
    }
    let mut rest = window(text, end, 16).chars();
    heading
        && address.octets().iter().all(|octet| *octet <= 20)
        && rest.next() == Some(' ')
        && rest.next().is_some_and(char::is_uppercase)
        && rest.next().is_some_and(char::is_lowercase)
}

/// `QuickTransfer 7.4.2.11 … fixed in release 7.4.2.19`: small numbers behind a name, and the text calls their like a version.
fn of_a_product(text: &str, start: usize, address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let lead = before(text, start, 32);
    let name = lead.trim_end().rsplit([' ', '\n']).next();
    let named = name.is_some_and(|name| {
        name.starts_with(char::is_uppercase) && name.chars().all(char::is_alphanumeric)
    });
    if !named || first > 30 || second > 30 {
        return false;
    }
    let like = format!("{first}.{second}.{third}.");
    let (from, around) = (start.saturating_sub(NEARBY), start + NEARBY);
    let from = text.floor_char_boundary(from);
    let near = cut(text, from, text.floor_char_boundary(around.min(text.len())));
    let mut others = near.match_indices(like.as_str()).take(8);
    others.any(|(at, _)| from + at != start && versioned(before(near, at, 32)))
}

/// `Release 7.2.0.14 is at fault … a patch is being prepared, 7.2.0.15`: small numbers whose like the text calls a version. Behind
/// a word for a host, three of its numbers are alike.
fn of_a_family(text: &str, start: usize, end: usize, address: Ipv4Addr) -> bool {
    const HOSTS: [&str; 12] = [
        "ip",
        "ips",
        "address",
        "adresse",
        "dirección",
        "host",
        "server",
        "from",
        "von",
        "depuis",
        "desde",
        "against",
    ];
    let octets = address.octets();
    let [first, second, third, _] = octets;
    if small::count(octets) < 3 || second > small::SMALL || small::addressed(window(text, end, 8)) {
        return false;
    }
    let lead = before(text, start, 32);
    let word = lead
        .trim_end_matches([' ', ':'])
        .rsplit([' ', '\n', '('])
        .next();
    let host = word.is_some_and(|word| HOSTS.contains(&word.to_lowercase().as_str()));
    let like = match host {
        true => format!("{first}.{second}.{third}."),
        false => format!("{first}.{second}."),
    };
    let from = text.floor_char_boundary(start.saturating_sub(NEARBY));
    let near = window(text, from, start + NEARBY - from);
    let mut others = near.match_indices(like.as_str()).take(8);
    others.any(|(at, _)| {
        let apart = !before(near, at, 1).ends_with(|c: char| c.is_ascii_digit() || c == '.');
        from + at != start && apart && versioned(before(near, at, 32))
    })
}

/// Whether what stands between two numbers makes them a list.
pub(crate) fn listed(between: &str) -> bool {
    between.len() <= 12
        && between
            .split([' ', ',', '/', ';', '-', '–', '&'])
            .all(|word| {
                matches!(
                    word,
                    "" | ">"
                        | "→"
                        | "and"
                        | "or"
                        | "to"
                        | "et"
                        | "ou"
                        | "und"
                        | "oder"
                        | "y"
                        | "o"
                        | "bis"
                        | "through"
                        | "thru"
                        | "until"
                        | "hasta"
                        | "à"
                )
            })
}
