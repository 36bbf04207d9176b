//! Four small numbers behind a word: versions are mostly such, and of a thousand addresses hardly one.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::pattern::Pattern;
use crate::text::{before, cut, window};
use crate::when::zone::abbreviated;

/// The largest number that sections, requirements and most versions have.
pub(crate) const SMALL: u8 = 30;

/// The largest number of a version whose other three are small: `4.96.2.1`.
const LARGEST: u8 = 127;
/// The same behind a word that need not be a program's.
const LARGE: u8 = 99;

/// Words that stand before an address: for hosts and roles, of place and way, and for what is done to one, in four languages.
const ADDRESSING: &str = "ip ips ipv ipv4 address addresses addr host hosts hostname server servers machine machines system systems box node nodes \
     client clients peer from by to at on against via of for is was are were be and or with between src dst source destination attacker \
     attackers target victim c2 cc sinkhole gateway router resolver resolvers dns ntp proxy scanner bot listener relay mx rhost remote local public private \
     blocked block blocking banned ban unban found restore deny denied dropped drop reject rejected scanned scanning attacked attacking hit \
     saw see seen contacted contacts contacting pinged ping queried reached called named using through into toward towards probed probing \
     hammering hits abuse abusing reported report check whois lookup tcp udp icmp http https ssh \
     de du des par vers a à au depuis contre sur dans adresse adresses hote hôte hotes hôtes serveur serveurs poste et ou est sont était bloqué \
     bloquée bloquer attaquant cible passerelle routeur l'adresse l'ip l'hôte d'adresse \
     von vom nach zu zur an auf gegen über durch rechner und oder ist sind war quelle ziel angreifer gesperrt blockiert sperren opfer \
     desde por al hacia en y o es era son dirección direccion direcciones equipo equipos servidor servidores origen destino atacante \
     bloqueado bloqueada bloquear la el le les der die das dem den los las user users rip lip inside outside wan lan dmz failed failure \
     da dal verso indirizzo van naar sie bitte please kunde kunden kundin customer customers subscriber cliente clientes abonné abonnés maschine \
     maschinen adressen direcciones behind hinter derrière detrás down recorded observed noticed detected logged registered flagged listed \
     sah sahen gesehen vu vue vus vues relevé détecté observé vio visto vimos detectó registró enregistré erfasst erkannt gemeldet \
     greift attackiert máquina maquina máquinas network netz réseau red range block subnet website site seite hosted verfolgt \
     mit bei unter neben avec chez sous con bajo ante sin off within without besides plus including like wie comme como namely only also then again now \
     auch nur aussi seulement también solo accept accepts accepted used uses use attack attacks scans scan sends sent send sending talks talk talked talking \
     connects connect connected connecting communicates communicated communicating beacons beaconed beaconing calls call calling resolves resolve \
     points pointed pointing answers answered responds responded visits visited opened downloaded fetched came comes come coming arrived \
     originates originated originating received receives belongs owns targets targeted infected compromised \
     kommt kam kamen kommen stammt stammen nutzt nutzte benutzt verwendet sprach spricht redet kommuniziert verbindet verband schickt sendet zeigt \
     antwortet wurde wurden wird werden gehört vient viennent venait provient proviennent utilise utilisé utilisée parle communique contacte contacté \
     appelle envoie répond pointe appartient viene vienen vino proviene provienen usa usó utiliza habla comunica contacta contactó envía responde \
     apunta pertenece uhr heure heures hora horas hrs am pm inetnum route netblock \
     absender herkunft ursprung verkehr zugriff zugriffe anfrage anfragen verbindung verbindungen angriff angriffe domain malware phishing \
     schadsoftware traffic connection connections request requests login logins connexion connexions requête requêtes trafic tráfico conexión \
     conexiones acceso accesos";

/// What has a number or a version of its own, and is no host.
const THINGS: &str = "room raum salle sala file files akte aktenzeichen dossier expediente page página ticket case cas caso app application \
     anwendung aplicación tool outil herramienta antivirus extension erweiterung extensión add-on addon theme thème tema update updates \
     mise maj aktualisierung actualización edition édition ausgabe edición than als que newer older neuer älter";

/// Ends of words for hosts, networks and their services: `Quelladresse`, `webserver`, `botnet`.
const ENDS: [&str; 24] = [
    "server",
    "serveur",
    "servidor",
    "host",
    "hosts",
    "hôte",
    "adresse",
    "adressen",
    "address",
    "addresses",
    "wall",
    "net",
    "netz",
    "bot",
    "bots",
    "gateway",
    "proxy",
    "router",
    "routeur",
    "rechner",
    "system",
    "systeme",
    "maschine",
    "scanner",
];

static KNOWN: LazyLock<HashSet<&str>> = LazyLock::new(|| ADDRESSING.split_whitespace().collect());

/// How many of the numbers are small, where the first one is and no private network or resolver that everybody knows begins so.
pub(crate) fn count(octets: [u8; 4]) -> usize {
    let [a, b, c, d] = octets;
    let known = a == b && c == d || [b, c, d] == [0, 0, 1] || octets == [1, 2, 3, 4];
    if known || a == 0 || a == 10 || a > SMALL {
        return 0;
    }
    if octets.iter().any(|octet| *octet > LARGEST) {
        return 0;
    }
    octets.iter().filter(|octet| **octet <= SMALL).count()
}

/// Whether four such numbers stand behind a word that no address stands behind: `newer than 4.2.6.5`, `Ziff. 7.3.2.1`, `"v":"4.0.12.7"`.
pub(crate) fn numbered(text: &str, start: usize, end: usize, octets: [u8; 4]) -> bool {
    let lead = before(text, start, 40);
    if header(text, start, lead) {
        return true;
    }
    if octets.iter().filter(|octet| **octet <= SMALL).count() == 4 && counted(lead) {
        return true;
    }
    // `6.1.0.0`: networks are written with their prefix.
    let tail = window(text, end, 8);
    let round = matches!(octets, [1..=30, _, 0, 0]) && !spanning(lead, tail);
    let few = count(octets) == 3 && octets.iter().all(|octet| *octet <= LARGE);
    if !few && count(octets) < 4 || addressed(tail) {
        return round && octets[0] != 10 && !addressed(tail);
    }
    let behind = window(text, end, 24);
    let all = count(octets) == 4;
    round || keyed(lead) || brought(lead, behind) || worded(lead, all) && !acts(behind)
}

/// Whether what stands around a round number makes it a network: a prefix, the end of a range, a mask, a word for one.
fn spanning(lead: &str, tail: &str) -> bool {
    const WORDS: [&str; 16] = [
        "network", "networks", "net", "netz", "netze", "netzwerk", "réseau", "red", "range",
        "ranges", "block", "netblock", "subnet", "inetnum", "netrange", "route",
    ];
    let ranged = ["-", "–", "—"]
        .iter()
        .find_map(|mark| tail.strip_prefix(mark));
    let masked = tail.strip_prefix(' ').unwrap_or_default();
    let word = lead.trim_end_matches([' ', ':', '=', '"']);
    let word = word
        .rsplit([' ', '\n', '"', '=', '('])
        .next()
        .unwrap_or_default();
    tail.starts_with('/')
        || ranged.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        || ["255.", "0.", "mask", "netmask", "mit Mas", "masque"]
            .iter()
            .any(|mask| masked.starts_with(mask))
        || WORDS.contains(&word.to_lowercase().as_str())
}

/// Whether what follows makes it an address: a port, a prefix, an arrow, a bracket that was opened for it.
pub(crate) fn addressed(tail: &str) -> bool {
    let mut next = tail.bytes();
    match (next.next(), next.next()) {
        (Some(b':' | b'#'), Some(digit)) => digit.is_ascii_digit(),
        (Some(b'/' | b'[' | b']' | b'>'), _) => true,
        (Some(b'('), Some(digit)) => digit.is_ascii_digit(),
        (Some(b' '), Some(b'-' | b'>' | b'=')) => true,
        _ => {
            let word = tail.trim_start_matches([' ', ',']).to_ascii_lowercase();
            ["port", "puerto", "tcp", "udp"]
                .iter()
                .any(|one| word.starts_with(one))
                || tail.starts_with(" – ")
                || tail.starts_with(" → ")
        }
    }
}

/// Fields of a header that names its product and its version: `CEF:0|Vendor|Product|9.1.3.2|`.
fn header(text: &str, start: usize, lead: &str) -> bool {
    if !lead.ends_with('|') {
        return false;
    }
    let lead = before(text, start, 120);
    let line = lead.rsplit('\n').next().unwrap_or(lead);
    ["CEF:", "LEEF:"].iter().any(|mark| {
        line.rfind(mark)
            .is_some_and(|at| cut(line, at, line.len()).matches('|').count() <= 3)
    })
}

/// `the matter number 10.11.12.13`
fn counted(lead: &str) -> bool {
    let Some(bare) = lead.strip_suffix(' ') else {
        return false;
    };
    let mut words = bare.rsplit([' ', '\n']);
    let last = words.next().unwrap_or_default().to_lowercase();
    let number = [
        "number", "numéro", "numero", "nummer", "número", "num", "nr", "nr.", "n°", "no.",
    ];
    let of = words.next().unwrap_or_default().to_lowercase();
    number.contains(&last.as_str()) && !of.starts_with("ip") && !of.starts_with("addr")
}

/// `"v":"4.0.12.7"`, `ver=4.0.12.7`
fn keyed(lead: &str) -> bool {
    let bare = lead.trim_end_matches(['"', '\'']);
    let Some(bare) = bare.strip_suffix([':', '=']) else {
        return false;
    };
    let bare = bare.trim_end_matches(['"', '\'', ' ']);
    let key = bare
        .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
        .next();
    let key = key.unwrap_or_default().to_ascii_lowercase();
    [
        "v",
        "ver",
        "vers",
        "rev",
        "fw",
        "sw",
        "fassung",
        "stand",
        "app_ver",
        "client_ver",
        "engine",
        "signatures",
        "sigs",
        "definitions",
        "build",
        "firmware",
        "kernel",
    ]
    .contains(&key.as_str())
        || key.ends_with("version")
}

/// Whether the word right before them, with one blank between, says nothing of an address. Unless all numbers are small, it is a
/// name with a capital.
fn worded(lead: &str, all: bool) -> bool {
    let lead = lead
        .strip_suffix(['(', '"', '\'', '«', '„', '“'])
        .unwrap_or(lead);
    let Some(bare) = lead.strip_suffix([' ', '\u{a0}']) else {
        return false;
    };
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    let own = |c: &char| c.is_alphanumeric() || matches!(c, '\'' | '’' | '+');
    let length: usize = bare.chars().rev().take_while(own).map(char::len_utf8).sum();
    let (outer, word) = bare.split_at(bare.len() - length);
    // A host's name, and the zone of a time.
    let named = outer.strip_suffix(['.', '@', ':', '/']);
    let named = named.is_some_and(|host| host.ends_with(char::is_alphanumeric));
    if named || abbreviated(word).is_some() {
        return false;
    }
    let thing = THINGS.split_whitespace().any(|thing| thing == word);
    if !all && !thing && !word.contains(char::is_uppercase) {
        return false;
    }
    let word = word.to_lowercase();
    let word = word.replace('’', "'");
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
    letters >= 2
        && letters * 2 > word.chars().count()
        && !KNOWN.contains(bare)
        && !ENDS.iter().any(|end| bare.ends_with(end) && bare != "net")
}

/// Whether the word right before them is one for hosts, of place or of what is done to one, the zone of a time, or a host's name.
pub(crate) fn addressing(lead: &str) -> bool {
    let bare = lead.trim_end_matches([' ', '\u{a0}', ':', '=', '(', '"', '\'', '«', '„', '“']);
    let word = bare.rsplit([' ', '\n', '\u{a0}', '(', ';', ',']).next();
    let word = word.unwrap_or_default();
    let folded = word.to_lowercase().replace('’', "'");
    let plain = folded.trim_end_matches(|c: char| c.is_ascii_digit());
    let dotted = word.trim_end_matches('.').contains('.') && plain.contains(char::is_alphabetic);
    KNOWN.contains(plain)
        || ENDS.iter().any(|end| plain.ends_with(end))
        || abbreviated(word).is_some()
        || dotted
}

/// Whether the words behind say what a host does, and no program.
fn acts(behind: &str) -> bool {
    const STEMS: [&str; 26] = [
        "scan",
        "attack",
        "brute",
        "infected",
        "infiziert",
        "infecté",
        "infectad",
        "sends",
        "sent ",
        "sending",
        "verschickt",
        "schickt",
        "envoie",
        "envía",
        "greift",
        "attaque",
        "ataca",
        "escane",
        "spam",
        "tries",
        "tried",
        "versucht",
        "tente",
        "intenta",
        "hits",
        "hammer",
    ];
    let behind = behind.trim_start_matches([' ', ')', ',']).to_lowercase();
    let behind = [
        "is ", "was ", "has ", "ist ", "hat ", "est ", "a ", "está ", "ha ", "keeps ",
    ]
    .iter()
    .find_map(|word| behind.strip_prefix(word))
    .unwrap_or(&behind);
    STEMS.iter().any(|stem| behind.starts_with(stem))
}

/// Whether something runs in it or is to be brought to it: `still on 9.1.8.3`, `move to 12.4.1.6`, `auf 12.4.1.6 aktualisieren`.
fn brought(lead: &str, behind: &str) -> bool {
    static TO: LazyLock<Pattern> = LazyLock::new(|| {
        Pattern::new(
            r"(?i)\b(?:(?:still|noch|immer noch|encore|toujours|aún|todavía|segu[ií]a|stuck)\s(?:on|at|auf|bei|en|à|con)(?:\s(?:la|the|der))?|(?:move|switch|jump|roll(?:ed)? back|passer|passez|migrer|pasar|actualicen?|actualizar|subir)\s(?:to|à|en|a)(?:\s(?:la|the))?)\s$",
        )
    });
    let bare = behind.trim_start().to_lowercase();
    let lifted = [
        "aktualisier",
        "updaten",
        "upgraden",
        "upgedatet",
        "anheb",
        "angehob",
        "hochzie",
    ]
    .iter()
    .any(|stem| bare.starts_with(stem));
    lifted || TO.ends(lead) && !hosted(lead)
}

/// Whether a sentence speaks of hosts and what they do before its numbers: `the bot is still on 5.2.14.77`.
fn hosted(lead: &str) -> bool {
    const HOSTS: [&str; 18] = [
        "site",
        "website",
        "bot",
        "bots",
        "c2",
        "server",
        "servers",
        "host",
        "domain",
        "attacker",
        "traffic",
        "malware",
        "serveur",
        "servidor",
        "angreifer",
        "attaquant",
        "atacante",
        "phishing",
    ];
    let clause = lead
        .rsplit(['.', ';', '\n'])
        .next()
        .unwrap_or(lead)
        .to_lowercase();
    clause
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| HOSTS.contains(&word))
}
