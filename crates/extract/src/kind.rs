//! Which type of incident the words speak of. A table of words and weights; a trailing `*` lets the word go on.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::taxonomy::{RsitType, rsit};
use crate::text::{before, fold, window};

/// Words without accents and in small letters, the type, how much they tell.
const WORDS: &[(&str, &str, f64)] = &[
    ("brute-force*", "brute-force", 3.0),
    ("brute force*", "brute-force", 3.0),
    ("bruteforc*", "brute-force", 3.0),
    ("force brute", "brute-force", 3.0),
    ("fuerza bruta", "brute-force", 3.0),
    ("password guess*", "brute-force", 3.0),
    ("password spray*", "brute-force", 3.0),
    ("credential stuffing", "brute-force", 3.0),
    ("dictionary attack*", "brute-force", 3.0),
    ("failed login*", "brute-force", 2.0),
    ("failed password*", "brute-force", 2.0),
    ("failed ssh", "brute-force", 2.0),
    ("login attempt*", "brute-force", 2.0),
    ("log in attempt*", "brute-force", 2.0),
    ("login failure*", "brute-force", 2.0),
    ("login attack*", "brute-force", 3.0),
    ("authentication failure*", "brute-force", 2.0),
    ("authentication attempt*", "brute-force", 2.0),
    ("failed authentication*", "brute-force", 2.0),
    ("invalid user*", "brute-force", 1.5),
    ("ssh attack*", "brute-force", 2.5),
    ("ssh login*", "brute-force", 1.0),
    ("fail2ban", "brute-force", 1.2),
    ("tried to log in", "brute-force", 2.0),
    ("tentatives de connexion", "brute-force", 2.0),
    ("tentative de connexion", "brute-force", 2.0),
    ("tentatives d'authentification", "brute-force", 2.5),
    ("echecs d'authentification", "brute-force", 2.0),
    ("echec d'authentification", "brute-force", 2.0),
    ("mots de passe", "brute-force", 0.7),
    ("par dictionnaire", "brute-force", 2.0),
    ("anmeldeversuch*", "brute-force", 2.0),
    ("login-versuch*", "brute-force", 2.0),
    ("loginversuch*", "brute-force", 2.0),
    ("fehlgeschlagene anmeld*", "brute-force", 2.0),
    ("intentos de acceso", "brute-force", 2.0),
    ("intentos de inicio de sesion", "brute-force", 2.0),
    ("intentos de autenticacion", "brute-force", 2.0),
    ("port scan*", "scanner", 3.0),
    ("portscan*", "scanner", 3.0),
    ("port-scan*", "scanner", 3.0),
    ("port sweep*", "scanner", 3.0),
    ("network scan*", "scanner", 3.0),
    ("vulnerability scan*", "scanner", 3.0),
    ("scanning", "scanner", 2.0),
    ("scanned", "scanner", 2.0),
    ("scans", "scanner", 1.6),
    ("scan", "scanner", 1.6),
    ("scanner", "scanner", 1.0),
    ("probing", "scanner", 1.6),
    ("probed", "scanner", 1.6),
    ("probes", "scanner", 1.2),
    ("reconnaissance", "scanner", 1.5),
    ("masscan", "scanner", 2.0),
    ("nmap", "scanner", 1.5),
    ("zmap", "scanner", 1.5),
    ("balayage*", "scanner", 3.0),
    ("scan de ports", "scanner", 3.0),
    ("scanne", "scanner", 2.0),
    ("scannent", "scanner", 2.0),
    ("sondage de ports", "scanner", 3.0),
    ("portabtastung", "scanner", 3.0),
    ("gescannt", "scanner", 2.0),
    ("escaneo*", "scanner", 3.0),
    ("escaneado", "scanner", 2.0),
    ("barrido de puertos", "scanner", 3.0),
    ("web crawler*", "scanner", 1.2),
    ("ddos", "ddos", 3.0),
    ("d-dos", "ddos", 2.5),
    ("distributed denial*", "ddos", 3.5),
    ("deni de service distribue", "ddos", 3.5),
    ("verteilte* dienstblockade", "ddos", 3.0),
    ("denegacion de servicio distribuid*", "ddos", 3.5),
    ("amplification attack*", "ddos", 2.5),
    ("reflection attack*", "ddos", 2.5),
    ("udp flood*", "ddos", 2.0),
    ("volumetric", "ddos", 1.5),
    ("attaque par amplification", "ddos", 2.5),
    ("denial of service", "dos", 2.5),
    ("denial-of-service", "dos", 2.5),
    ("deni de service", "dos", 2.5),
    ("syn flood*", "dos", 2.0),
    ("syn-flood*", "dos", 2.0),
    ("http flood*", "dos", 2.0),
    ("flooding", "dos", 1.5),
    ("dienstverweigerung", "dos", 2.5),
    ("denegacion de servicio", "dos", 2.5),
    ("dos attack*", "dos", 2.5),
    ("dos-angriff*", "dos", 2.5),
    ("attaque dos", "dos", 2.5),
    ("phishing", "phishing", 3.0),
    ("phish", "phishing", 2.5),
    ("phishingseite*", "phishing", 3.0),
    ("hameconnage", "phishing", 3.0),
    ("filoutage", "phishing", 3.0),
    ("spear-phishing", "phishing", 3.0),
    ("spearphishing", "phishing", 3.0),
    ("fake login page*", "phishing", 2.5),
    ("credential harvest*", "phishing", 2.5),
    ("fausse page", "phishing", 2.0),
    ("suplantacion de identidad", "phishing", 2.0),
    ("smishing", "phishing", 3.0),
    ("spam", "spam", 2.0),
    ("spamming", "spam", 2.5),
    ("spammer*", "spam", 2.5),
    ("spamtrap*", "spam", 2.5),
    ("unsolicited", "spam", 2.0),
    ("bulk mail*", "spam", 2.0),
    ("pourriel*", "spam", 2.5),
    ("courriers indesirables", "spam", 2.5),
    ("courrier indesirable", "spam", 2.5),
    ("spam-versand", "spam", 2.5),
    ("correo no deseado", "spam", 2.5),
    ("correo basura", "spam", 2.5),
    ("mails non sollicites", "spam", 2.5),
    ("infected", "infected-system", 2.0),
    ("infection", "infected-system", 1.5),
    ("botnet", "infected-system", 2.0),
    ("bot-net", "infected-system", 2.0),
    ("bots", "infected-system", 1.5),
    ("sinkhole*", "infected-system", 2.5),
    ("drone", "infected-system", 1.5),
    ("trojan", "infected-system", 1.5),
    ("worm", "infected-system", 1.5),
    ("zombie", "infected-system", 1.5),
    ("beaconing", "infected-system", 2.0),
    ("infecte", "infected-system", 2.0),
    ("infectee", "infected-system", 2.0),
    ("infectes", "infected-system", 2.0),
    ("infectees", "infected-system", 2.0),
    ("infiziert*", "infected-system", 2.0),
    ("cheval de troie", "infected-system", 1.5),
    ("infectado*", "infected-system", 2.0),
    ("infectada*", "infected-system", 2.0),
    ("machine zombie", "infected-system", 2.0),
    ("schadsoftware", "infected-system", 1.5),
    ("mirai", "infected-system", 1.2),
    ("command and control", "c2-server", 2.0),
    ("command-and-control", "c2-server", 2.0),
    ("c2 server*", "c2-server", 2.5),
    ("c&c server*", "c2-server", 2.5),
    ("c&c", "c2-server", 1.5),
    ("c2", "c2-server", 1.2),
    ("serveur de commande*", "c2-server", 2.5),
    ("serveur c2", "c2-server", 2.5),
    ("botnet controller*", "c2-server", 3.0),
    ("kontrollserver", "c2-server", 2.5),
    ("servidor de mando*", "c2-server", 2.5),
    ("malware distribution", "malware-distribution", 3.5),
    ("distributing malware", "malware-distribution", 3.5),
    ("hosting malware", "malware-distribution", 3.5),
    ("malware hosting", "malware-distribution", 3.5),
    ("malware download*", "malware-distribution", 3.0),
    ("malicious file*", "malware-distribution", 2.0),
    ("malicious payload*", "malware-distribution", 1.5),
    ("serving malware", "malware-distribution", 3.5),
    ("malware url*", "malware-distribution", 3.0),
    ("distribution de maliciel*", "malware-distribution", 3.5),
    (
        "heberge un logiciel malveillant",
        "malware-distribution",
        3.5,
    ),
    ("logiciel malveillant", "malware-distribution", 1.5),
    ("logiciels malveillants", "malware-distribution", 1.5),
    ("maliciel*", "malware-distribution", 1.5),
    ("verbreitet schadsoftware", "malware-distribution", 3.5),
    ("malware", "malware-distribution", 1.5),
    ("ransomware", "unauthorised-information-modification", 3.0),
    (
        "rancongiciel*",
        "unauthorised-information-modification",
        3.0,
    ),
    (
        "encrypted our files",
        "unauthorised-information-modification",
        2.5,
    ),
    ("defac*", "unauthorised-information-modification", 3.0),
    ("defiguration", "unauthorised-information-modification", 3.0),
    ("defiguree", "unauthorised-information-modification", 2.5),
    (
        "verunstaltung",
        "unauthorised-information-modification",
        2.5,
    ),
    (
        "erpressungstrojaner",
        "unauthorised-information-modification",
        3.0,
    ),
    ("sql injection*", "ids-alert", 3.0),
    ("sql-injection*", "ids-alert", 3.0),
    ("injection sql", "ids-alert", 3.0),
    ("inyeccion sql", "ids-alert", 3.0),
    ("sqli", "ids-alert", 2.5),
    ("cross-site scripting", "ids-alert", 2.5),
    ("xss", "ids-alert", 2.0),
    ("path traversal", "ids-alert", 2.5),
    ("directory traversal", "ids-alert", 2.5),
    ("exploit attempt*", "ids-alert", 3.0),
    ("exploitation attempt*", "ids-alert", 3.0),
    ("attempted exploitation", "ids-alert", 3.0),
    ("attempts to exploit", "ids-alert", 3.0),
    ("attempted to exploit", "ids-alert", 3.0),
    ("tentative d'exploitation", "ids-alert", 3.0),
    ("tentatives d'exploitation", "ids-alert", 3.0),
    ("remote code execution", "ids-alert", 1.5),
    ("log4shell", "ids-alert", 2.0),
    ("log4j", "ids-alert", 1.5),
    ("shellshock", "ids-alert", 2.0),
    ("web attack*", "ids-alert", 2.0),
    ("web application attack*", "ids-alert", 2.5),
    ("ids alert*", "ids-alert", 2.0),
    ("intrusion attempt*", "ids-alert", 2.0),
    ("exploit-versuch*", "ids-alert", 3.0),
    ("tentative d'intrusion", "ids-alert", 1.5),
    ("tentatives d'intrusion", "ids-alert", 1.5),
    ("intento de explotacion", "ids-alert", 3.0),
    ("zero-day", "exploit", 2.0),
    ("0-day", "exploit", 2.0),
    ("zero day", "exploit", 2.0),
    ("unknown exploit", "exploit", 3.0),
    ("webshell*", "system-compromise", 3.0),
    ("web shell*", "system-compromise", 3.0),
    ("backdoor*", "system-compromise", 2.0),
    ("rootkit", "system-compromise", 2.5),
    ("has been compromised", "system-compromise", 2.5),
    ("was compromised", "system-compromise", 2.5),
    ("been hacked", "system-compromise", 2.5),
    ("compromised server*", "system-compromise", 2.5),
    ("compromised host*", "system-compromise", 2.5),
    ("compromised system*", "system-compromise", 2.5),
    ("compromised machine*", "system-compromise", 2.5),
    ("is compromised", "system-compromise", 2.0),
    ("serveur compromis", "system-compromise", 2.5),
    ("a ete compromis", "system-compromise", 2.5),
    ("a ete compromise", "system-compromise", 2.5),
    ("porte derobee", "system-compromise", 2.0),
    ("kompromittiert*", "system-compromise", 2.5),
    ("servidor comprometido", "system-compromise", 2.5),
    ("ha sido comprometid*", "system-compromise", 2.5),
    (
        "unauthorized access",
        "unauthorised-information-access",
        1.8,
    ),
    (
        "unauthorised access",
        "unauthorised-information-access",
        1.8,
    ),
    (
        "acces non autorise*",
        "unauthorised-information-access",
        1.8,
    ),
    ("unbefugter zugriff", "unauthorised-information-access", 2.0),
    (
        "acceso no autorizado",
        "unauthorised-information-access",
        1.8,
    ),
    (
        "compromised account*",
        "unprivileged-account-compromise",
        3.0,
    ),
    (
        "account compromise*",
        "unprivileged-account-compromise",
        3.0,
    ),
    ("hacked account*", "unprivileged-account-compromise", 3.0),
    ("stolen credentials", "unprivileged-account-compromise", 2.0),
    ("compte compromis", "unprivileged-account-compromise", 3.0),
    ("comptes compromis", "unprivileged-account-compromise", 3.0),
    ("compte pirate", "unprivileged-account-compromise", 3.0),
    ("account takeover", "unprivileged-account-compromise", 3.0),
    (
        "cuenta comprometida",
        "unprivileged-account-compromise",
        3.0,
    ),
    ("root compromise", "privileged-account-compromise", 3.0),
    ("domain admin*", "privileged-account-compromise", 2.0),
    ("data leak*", "data-leak", 3.0),
    ("data breach*", "data-leak", 3.0),
    ("leaked", "data-leak", 2.0),
    ("exfiltrat*", "data-leak", 2.0),
    ("fuite de donnees", "data-leak", 3.0),
    ("fuites de donnees", "data-leak", 3.0),
    ("datenleck", "data-leak", 3.0),
    ("datenabfluss", "data-leak", 3.0),
    ("fuga de datos", "data-leak", 3.0),
    ("filtracion de datos", "data-leak", 3.0),
    ("divulgation de donnees", "data-leak", 2.5),
    ("data loss", "data-loss", 3.0),
    ("perte de donnees", "data-loss", 3.0),
    ("datenverlust", "data-loss", 3.0),
    ("copyright*", "copyright", 2.5),
    ("dmca", "copyright", 3.0),
    ("infringement", "copyright", 2.0),
    ("contrefacon", "copyright", 2.0),
    ("droit d'auteur", "copyright", 2.5),
    ("urheberrecht*", "copyright", 2.5),
    ("derechos de autor", "copyright", 2.5),
    ("cryptomin*", "unauthorised-use-of-resources", 2.5),
    ("crypto-min*", "unauthorised-use-of-resources", 2.5),
    ("cryptojacking", "unauthorised-use-of-resources", 3.0),
    (
        "minage de cryptomonnaie",
        "unauthorised-use-of-resources",
        3.0,
    ),
    ("impersonat*", "masquerade", 2.0),
    ("usurpation d'identite", "masquerade", 2.5),
    ("typosquat*", "masquerade", 2.5),
    ("lookalike domain*", "masquerade", 2.5),
    ("look-alike domain*", "masquerade", 2.5),
    ("cybersquat*", "masquerade", 2.5),
    ("fake profile*", "masquerade", 2.5),
    ("identitatsdiebstahl", "masquerade", 2.5),
    ("ceo fraud", "masquerade", 2.5),
    ("fraude au president", "masquerade", 3.0),
    ("arnaque au president", "masquerade", 3.0),
    ("open resolver*", "ddos-amplifier", 3.5),
    ("amplifier*", "ddos-amplifier", 2.5),
    ("open dns resolver*", "ddos-amplifier", 3.5),
    ("resolveur ouvert", "ddos-amplifier", 3.0),
    ("offener dns-resolver", "ddos-amplifier", 3.0),
    ("ntp monlist", "ddos-amplifier", 3.0),
    ("open memcached", "ddos-amplifier", 3.0),
    ("openly accessible", "potentially-unwanted-accessible", 3.0),
    (
        "publicly accessible",
        "potentially-unwanted-accessible",
        2.5,
    ),
    ("exposed service*", "potentially-unwanted-accessible", 2.5),
    (
        "exposed to the internet",
        "potentially-unwanted-accessible",
        2.5,
    ),
    (
        "accessible from the internet",
        "potentially-unwanted-accessible",
        2.5,
    ),
    ("open service*", "potentially-unwanted-accessible", 2.0),
    (
        "accessible depuis internet",
        "potentially-unwanted-accessible",
        2.5,
    ),
    (
        "aus dem internet erreichbar",
        "potentially-unwanted-accessible",
        2.5,
    ),
    (
        "accesible desde internet",
        "potentially-unwanted-accessible",
        2.5,
    ),
    (
        "expose sur internet",
        "potentially-unwanted-accessible",
        2.5,
    ),
    ("vulnerable to", "vulnerable-system", 2.5),
    ("is vulnerable", "vulnerable-system", 2.5),
    ("vulnerable version*", "vulnerable-system", 2.5),
    ("vulnerable system*", "vulnerable-system", 3.0),
    ("vulnerable server*", "vulnerable-system", 3.0),
    ("unpatched", "vulnerable-system", 2.0),
    ("outdated version", "vulnerable-system", 2.0),
    ("est vulnerable", "vulnerable-system", 2.5),
    ("sont vulnerables", "vulnerable-system", 2.5),
    ("vulnerabilite*", "vulnerable-system", 1.0),
    ("vulnerability", "vulnerable-system", 0.8),
    ("verwundbar*", "vulnerable-system", 2.0),
    ("schwachstelle*", "vulnerable-system", 1.2),
    ("es vulnerable", "vulnerable-system", 2.5),
    ("poodle", "weak-crypto", 2.0),
    ("weak cipher*", "weak-crypto", 3.0),
    ("weak crypto*", "weak-crypto", 3.0),
    ("sslv3", "weak-crypto", 2.0),
    ("chiffrement faible", "weak-crypto", 3.0),
    ("directory listing", "information-disclosure", 2.5),
    ("information disclosure", "information-disclosure", 2.5),
    ("social engineering", "social-engineering", 2.5),
    ("ingenierie sociale", "social-engineering", 2.5),
    ("vishing", "social-engineering", 2.5),
    ("sniffing", "sniffing", 2.5),
    ("wiretap*", "sniffing", 2.5),
    ("man-in-the-middle", "sniffing", 2.0),
    ("hate speech", "harmful-speech", 3.0),
    ("harass*", "harmful-speech", 2.5),
    ("harcelement", "harmful-speech", 2.5),
    ("cyberstalking", "harmful-speech", 2.5),
    ("csam", "violence", 3.0),
    ("child abuse", "violence", 3.0),
    ("child sexual", "violence", 3.0),
    ("pedopornograph*", "violence", 3.0),
    ("outage", "outage", 2.0),
    ("sabotage", "sabotage", 2.5),
    ("misconfigur*", "misconfiguration", 2.0),
    ("route leak", "misconfiguration", 2.5),
    ("burglary", "burglary", 2.5),
    ("cambriolage", "burglary", 2.5),
];

#[expect(
    clippy::unwrap_used,
    reason = "the patterns are constants of this crate, and every call of the crate builds them"
)]
static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(WORDS.iter().map(|word| word.0.trim_end_matches('*')))
        .unwrap()
});

/// Evidence for a type.
pub(crate) struct Evidence {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: &'static RsitType,
    pub(crate) weight: f64,
}

/// Every word of the table in the text.
pub(crate) fn find(text: &str) -> Vec<Evidence> {
    let (folded, places) = folded(text);
    let mut found = Vec::new();
    for hit in FINDER.find_iter(&folded) {
        let Some(&(word, kind, weight)) = WORDS.get(hit.pattern().as_usize()) else {
            continue;
        };
        let left = before(&folded, hit.start(), 4).chars().next_back();
        let right = window(&folded, hit.end(), 4).chars().next();
        let inside =
            |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '@'));
        if inside(left)
            || !word.ends_with('*')
                && (inside(right) || right == Some('.') && addressed(&folded, hit.end()))
        {
            continue;
        }
        let (Some(start), Some(end), Some(kind)) = (
            places.original(hit.start()),
            places.original(hit.end()),
            rsit(kind),
        ) else {
            continue;
        };
        found.push(Evidence {
            start,
            end,
            kind,
            weight,
        });
    }
    found
}

/// A dot with a letter behind it: the word is a label of a name such as `spam.example`.
fn addressed(text: &str, at: usize) -> bool {
    window(text, at + 1, 4).starts_with(char::is_alphanumeric)
}

/// Where the octets of the folded text stood.
struct Places(Vec<(usize, usize)>);

impl Places {
    fn original(&self, at: usize) -> Option<usize> {
        let index = self
            .0
            .partition_point(|(folded, _)| *folded <= at)
            .checked_sub(1)?;
        let (folded, original) = self.0.get(index)?;
        Some(original + (at - folded))
    }
}

/// Small letters without accents. A place is noted wherever the two texts drift apart.
fn folded(text: &str) -> (String, Places) {
    let mut out = String::with_capacity(text.len());
    let mut places = vec![(0, 0)];
    for (at, c) in text.char_indices() {
        if c.is_ascii() {
            out.push(if c == '\n' {
                ' '
            } else {
                c.to_ascii_lowercase()
            });
            continue;
        }
        let mut buffer = [0; 4];
        let plain = fold(c.encode_utf8(&mut buffer));
        out.push_str(if c == '’' { "'" } else { &plain });
        places.push((out.len(), at + c.len_utf8()));
    }
    (out, Places(places))
}

/// The type that a machine's or a form's word names: the taxonomy's own, a neighbour taxonomy's, or a word of the table.
pub(crate) fn named(word: &str) -> Option<&'static RsitType> {
    let plain = fold(word.trim()).replace([' ', '_'], "-");
    let compact: String = plain
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect();
    if let Some(kind) = rsit(&plain) {
        return Some(kind);
    }
    let kind = match compact.as_str() {
        "loginattack" | "bruteforce" | "login" | "auth" | "ssh" => "brute-force",
        "portscan"
        | "scan"
        | "reconnaissance"
        | "vulnerabilityscan"
        | "webcrawler"
        | "informationgathering" => "scanner",
        "sqlinjection" | "exploitattempt" => "ids-alert",
        "ddos" | "ddosamplification" => "ddos",
        "dos" => "dos",
        "infectedhost" | "infected" | "botnet" | "botnetdrone" | "bot" | "drone" | "virus"
        | "worm" | "trojan" | "spyware" | "dialer" => "infected-system",
        "cc" | "c2" | "candc" | "c2server" => "c2-server",
        "malware" | "malwareattack" | "malwaredistribution" => "malware-distribution",
        "ransomware" | "defacement" | "compromisedwebsite" => {
            "unauthorised-information-modification"
        }
        "compromisedserver" | "remotecompromise" | "compromised" | "backdoor" | "webshell"
        | "rootkit" | "unauthorizedlogin" => "system-compromise",
        "potentiallycompromisedaccount" | "accountcompromise" => "unprivileged-account-compromise",
        "brandinfringement" | "trademark" | "suspiciousregistration" => "masquerade",
        "csam" | "csem" | "childabuse" => "violence",
        "harassment" => "harmful-speech",
        "exposeddata" | "leak" => "data-leak",
        "unauthorizeduseofresources" => "unauthorised-use-of-resources",
        "cyberlocker" | "linksite" | "p2p" | "ugcplatform" | "usenet" | "copyrightinfringement" => {
            "copyright"
        }
        "spam" | "bulkmessaging" | "abuse" => "spam",
        "vulnerableservice" | "vulnerableclient" | "cve" | "vulnerability" => "vulnerable-system",
        "openservice" => "potentially-unwanted-accessible",
        "openresolver" => "ddos-amplifier",
        "scraping" | "blocklist" | "blacklist" | "threatintelligence" | "dropzone" | "proxy"
        | "tor" | "dgadomain" => "other",
        "unknown" => "undetermined",
        _ => {
            return find(word)
                .into_iter()
                .max_by(|a, b| a.weight.total_cmp(&b.weight))
                .map(|best| best.kind);
        }
    };
    rsit(kind)
}
