//! What a label, a column's title or a key says about its value, in four languages and many programs' short forms.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use crate::Role;
use crate::text::{cut, fold};

/// What a labelled value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) role: Role,
    pub(crate) what: What,
    /// The address was hit, or is to blame where nobody else is.
    pub(crate) affected: bool,
}

impl Field {
    fn new(role: Role, what: What) -> Self {
        Self {
            role,
            what,
            affected: false,
        }
    }
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
     spt sourceport sender sending injecting offenders culprits spammers verursacher verursachende verursachender \
     angreifenden angreifender herkunfts ursprung absender remitente remite expediteur procedencia provenance \
     responsable causante attaquantes reflector reflectors reflecteur reflecteurs reflektor \
     reflektoren reflectores talkers zombies agresseur agresseurs agresor agresores tater taters scanners scanneurs \
     escaneres quellen sorgente sorgenti mittente attaccante bron aanvaller origem atacantes scansionatore \
     bad evil hostile rogue perpetrator \
     infizierter infizierten infiziertes kompromittierte kompromittierter kompromittierten befallene befallener verseuchte verseuchter";

const DESTINATION: &str = "destination destinations dest dst target targets targeted victim victims attacked our cible cibles \
     ciblee ciblees victime victimes attaquee attaque visee notre nos ziel opfer angegriffene angegriffener \
     angegriffenes unsere unser destino objetivo victima atacada nuestra lip laddr locip local daddr dstip \
     dstaddr destip dsthost destinationip ipdst dip dstport dport dpt destport destinationport vise visee vises visees \
     attaquees angegriffenen atacado atacados atacadas objetivos victimas opfers blanco sinkhole sinkholes scanned probed gescannte destinazione bersaglio vittima doel doelwit slachtoffer alvo";

const ADDRESS: &str = "ip ips ipv4 ipv6 address addresses addr adresse adresses adressen host hosts hote hotes machine machines \
     server servers serveur serveurs direccion direcciones rechner equipo servidor system systeme network \
     cidr range reseau identifier saddr srcip srcaddr sourceip srchost sip ipsrc daddr dstip dstaddr destip \
     dsthost destinationip ipdst dip rhost rip raddr remip lip laddr locip quelladresse zieladresse iporigen \
      ipaddress equipos servidores maquina maquinas sistema sistemas gerat gerate systems \
      computer computers poste postes appareil device devices appareils equipement geraet dispositivo indirizzo endereco adres adressen";

const PORT: &str = "port ports puerto puertos srcport sport spt sourceport dstport dport dpt destport destinationport \
     quellport zielport porta poort poorten bronpoort doelpoort";

const TIME: &str = "time times date dates datetime timestamp timestamps when heure heures horodatage jour quand zeit datum \
     uhrzeit zeitpunkt zeitstempel tatzeit wann hora fecha cuando seen ts eventtime starttime endtime start begin beginn \
     debut inicio inizio fin ende fine end epoch unixtime ora orario tijd tijdstip";

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

/// Hit, or to blame where nobody else is: `Affected host`.
const AFFECTED: &str = "affected impacted touche touchee touches touchees affecte affectee affectes affectees concerne \
     concernee concernes concernees betroffen betroffene betroffener betroffenes betroffenen afectado afectada \
     afectados afectadas impactado impactada c2 cnc";

/// Words that may stand between the others.
const FILLER: &str = "of the de la du des l d der s from to a e et and und in en set list liste scan scans attack attacks cause \
     balayage attaque attaques angriff angriffs scannes ataque ataques escaneo del las los el les your ihrem \
     su network reseau netz red";

const ZONE: &str = "timezone zone tz fuseau zeitzone huso zona";

const PROTOCOL: &str = "protocol protocole protokoll protocolo proto transport protocollo";

/// Beside a port's word: something else.
const NO_PORT: &str = "scan balayage name";

/// Beside a time's word: something else.
const NO_TIME: &str = "response uptime live ttl ip address";

/// Beside the word of a kind: the kind of something else.
const NO_KIND: &str = "content ip address source destination mime file evidence dns query user";

/// Which lists a word is in, a bit a list.
static WORDS: LazyLock<HashMap<&str, u16, Fixed>> = LazyLock::new(|| {
    let lists = [
        (SOURCE, IN_SOURCE),
        (DESTINATION, IN_DESTINATION),
        (ADDRESS, IN_ADDRESS),
        (PORT, IN_PORT),
        (TIME, IN_TIME),
        (KIND, IN_KIND),
        (OTHER, IN_OTHER),
        (REPORTED, IN_REPORTED),
        (FILLER, IN_FILLER),
        (ZONE, IN_ZONE),
        (PROTOCOL, IN_PROTOCOL),
        (NO_PORT, NOT_PORT),
        (NO_TIME, NOT_TIME),
        (NO_KIND, NOT_KIND),
        (AFFECTED, IN_AFFECTED),
    ];
    let mut words = HashMap::default();
    for (list, bit) in lists {
        for word in list.split_whitespace() {
            *words.entry(word).or_default() |= bit;
        }
    }
    words
});

/// A quick hash: the table is ours and never grows, so no text can spoil it.
type Fixed = BuildHasherDefault<Fnv>;

/// FNV-1a.
#[derive(Default)]
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

const IN_SOURCE: u16 = 1;
const IN_DESTINATION: u16 = 1 << 1;
const IN_ADDRESS: u16 = 1 << 2;
const IN_PORT: u16 = 1 << 3;
const IN_TIME: u16 = 1 << 4;
const IN_KIND: u16 = 1 << 5;
const IN_OTHER: u16 = 1 << 6;
const IN_REPORTED: u16 = 1 << 7;
const IN_FILLER: u16 = 1 << 8;
const IN_ZONE: u16 = 1 << 9;
const IN_PROTOCOL: u16 = 1 << 10;
const NOT_PORT: u16 = 1 << 11;
const NOT_TIME: u16 = 1 << 12;
const NOT_KIND: u16 = 1 << 13;
const IN_AFFECTED: u16 = 1 << 14;

/// A word of a label with the lists that it is in.
type Word<'a> = (Cow<'a, str>, u16);

/// Words that a label may have.
const WORD_LIMIT: usize = 7;

/// Reads a label; `None` when it names nothing that belongs to the incident.
pub(crate) fn read(label: &str) -> Option<Field> {
    if label.len() > 64 || label.is_empty() {
        return None;
    }
    if let Some((role, what)) = exact(label) {
        return Some(Field::new(role, what));
    }
    // A server for command and control.
    let joined = memchr::memchr(b'&', label.as_bytes()).map(|_| label.replace("C&C", "C2"));
    let words = words(joined.as_deref().unwrap_or(label));
    if words.is_empty() || words.len() > WORD_LIMIT {
        return None;
    }
    let any = |lists: u16| words.iter().any(|(_, found)| found & lists != 0);
    let role = role(&words);
    let field = |role, what| Some(Field::new(role, what));
    if any(IN_ZONE) {
        return field(Role::Unknown, What::Zone);
    }
    if any(IN_PORT) && !any(NOT_PORT) {
        return field(role, What::Port);
    }
    if any(IN_PROTOCOL) {
        return field(role, What::Protocol);
    }
    if any(IN_TIME) && !any(NOT_TIME) {
        return field(
            Role::Unknown,
            if any(IN_REPORTED) {
                What::ReportTime
            } else {
                What::Time
            },
        );
    }
    if any(IN_KIND) && !any(NOT_KIND) {
        return field(Role::Unknown, What::Kind);
    }
    if any(IN_OTHER | IN_REPORTED | IN_KIND) {
        return None;
    }
    address(&words, role)
}

/// `From: ADDRESS` and `To: ADDRESS` at the start of a form's line.
pub(crate) fn end(label: &str) -> Option<Field> {
    let role = match label.to_lowercase().as_str() {
        "from" | "von" | "de" | "desde" | "depuis" => Role::Source,
        "to" | "nach" | "vers" | "hacia" => Role::Destination,
        _ => return None,
    };
    Some(Field::new(role, What::Address))
}

/// A heading of those who did what it tells: `Illegal users from:`, `Blocked by:`.
pub(crate) fn doers(label: &str) -> Option<Field> {
    const DEEDS: [&str; 20] = [
        "failed",
        "illegal",
        "invalid",
        "refused",
        "rejected",
        "denied",
        "dropped",
        "attack",
        "attempt",
        "probe",
        "scan",
        "login",
        "logon",
        "fehlgeschlagen",
        "abgewiesen",
        "versuch",
        "tentative",
        "échou",
        "intento",
        "fallid",
    ];
    let small = label.to_lowercase();
    let (deed, last) = small.trim().rsplit_once(' ')?;
    let told = deed.len() <= 40 && DEEDS.iter().any(|word| deed.contains(word));
    (told && DOERS.contains(&last)).then(|| Field::new(Role::Source, What::Address))
}

/// Names of columns and keys that say nothing by their words: Zeek, W3C, SiLK, CEF, NetFlow.
fn exact(label: &str) -> Option<(Role, What)> {
    // Labels are many: no allocation for those that are none of these.
    let mut small = [0_u8; 12];
    let small = small.get_mut(..label.len())?;
    small.copy_from_slice(label.as_bytes());
    small.make_ascii_lowercase();
    Some(match std::str::from_utf8(small).ok()? {
        "id.orig_h" | "orig_h" | "c-ip" | "sa" | "src_addr" | "sip" | "who" => {
            (Role::Source, What::Address)
        }
        "id.orig_p" | "orig_p" | "c-port" | "sp" | "sport" => (Role::Source, What::Port),
        "id.resp_h" | "resp_h" | "s-ip" | "da" | "dst_addr" | "dip" | "whom" => {
            (Role::Destination, What::Address)
        }
        "id.resp_p" | "resp_p" | "s-port" | "dp" | "dport" => (Role::Destination, What::Port),
        "pro" | "pr" => (Role::Unknown, What::Protocol),
        "timecreated" | "time_created" | "utctime" | "ts" | "stime" | "rt" | "@timestamp"
        | "first_seen" | "start" => (Role::Unknown, What::Time),
        _ => return None,
    })
}

/// Words before who did what a word before them tells: `Scanned by`.
const DOERS: [&str; 8] = [
    "by", "from", "von", "durch", "par", "depuis", "por", "desde",
];

/// Whether a label names who did something to its destination: `Scanned from`, `Probed by host`.
fn done_by(words: &[Word<'_>]) -> bool {
    const DONE: [&str; 12] = [
        "scanned",
        "probed",
        "attacked",
        "targeted",
        "gescannt",
        "gescannte",
        "angegriffen",
        "attaquee",
        "attaque",
        "visee",
        "atacado",
        "atacada",
    ];
    let done = words.iter().position(|(word, _)| DONE.contains(&&**word));
    done.is_some_and(|done| {
        let behind = words.iter().skip(done + 1);
        behind.into_iter().any(|(word, _)| DOERS.contains(&&**word))
    })
}

/// Whose value it is: the first of the words that tell.
fn role(words: &[Word<'_>]) -> Role {
    if done_by(words) {
        return Role::Source;
    }
    let at = |list: u16, stem: &str| {
        words
            .iter()
            .position(|(word, found)| found & list != 0 || word.starts_with(stem))
    };
    match (at(IN_SOURCE, "quell"), at(IN_DESTINATION, "ziel")) {
        (Some(one), Some(two)) if one > two => Role::Destination,
        (Some(_), _) => Role::Source,
        (None, Some(_)) => Role::Destination,
        (None, None) => Role::Unknown,
    }
}

/// A label for an address: a role's word, a place's word, and few others.
fn address(words: &[Word<'_>], role: Role) -> Option<Field> {
    let known = IN_SOURCE | IN_DESTINATION | IN_ADDRESS | IN_FILLER | IN_AFFECTED;
    let done = done_by(words);
    let strange = words
        .iter()
        .filter(|(_, found)| found & known == 0)
        .filter(|(word, _)| !word.starts_with("quell") && !word.starts_with("ziel"))
        .filter(|(word, _)| !done || !DOERS.contains(&&**word))
        .count();
    let placed = words.iter().any(|(word, found)| {
        found & IN_ADDRESS != 0 || word.starts_with("quellip") || word.starts_with("zielip")
    });
    let affected = words.iter().any(|(_, found)| found & IN_AFFECTED != 0);
    let most = if placed && role != Role::Unknown {
        2
    } else {
        0
    };
    let known = placed || role != Role::Unknown;
    (known && strange <= most).then_some(Field {
        role,
        what: What::Address,
        affected: affected && role == Role::Unknown,
    })
}

/// Small words without accents; `SourceIp` and `src_ip` are two. One more than [`WORD_LIMIT`] at most.
fn words(label: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut start = None;
    let mut small = false;
    for (at, c) in label.char_indices() {
        let inside = c.is_alphanumeric();
        if let Some(from) = start
            && (!inside || c.is_uppercase() && small)
        {
            words.push(word(cut(label, from, at)));
            start = None;
            if words.len() > WORD_LIMIT {
                return words;
            }
        }
        if inside {
            start = start.or(Some(at));
        }
        small = c.is_lowercase();
    }
    if let Some(from) = start {
        words.push(word(cut(label, from, label.len())));
    }
    words
}

fn word(written: &str) -> Word<'_> {
    let plain = written
        .bytes()
        .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let word = if plain {
        Cow::Borrowed(written)
    } else {
        // Beside `attaques`, the noun.
        match fold(written) {
            hit if hit == "attaques" && written.ends_with("és") => Cow::Borrowed("attaquees"),
            folded => Cow::Owned(folded),
        }
    };
    let lists = WORDS.get(&*word).copied().unwrap_or(0);
    (word, lists)
}
