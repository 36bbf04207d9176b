//! The words that speak of a type of incident, in four languages. A trailing `*` lets the word go on.

use std::sync::LazyLock;

use crate::phrases::PHRASES;
use crate::sayings::SAYINGS;

/// The table, a word an entry.
pub(crate) static WORDS: LazyLock<Vec<(&str, &str, f64)>> = LazyLock::new(|| {
    let words = |row: &(&'static str, f64, &'static str)| {
        let (kind, weight, words) = *row;
        words.split('|').map(move |word| (word, kind, weight))
    };
    TABLE
        .iter()
        .chain(PHRASES)
        .chain(SAYINGS)
        .flat_map(words)
        .collect()
});

/// The type, how much the words tell, and the words: without accents, in small letters.
const TABLE: &[(&str, f64, &str)] = &[
    (
        "brute-force",
        3.0,
        "brute-force*|brute force*|bruteforc*|force brute|fuerza bruta|password guess*|password spray*|\
      credential stuffing|dictionary attack*|login attack*",
    ),
    (
        "brute-force",
        2.0,
        "failed login*|failed password*|failed ssh|login attempt*|log in attempt*|login failure*|\
      authentication failure*|authentication attempt*|failed authentication*|tried to log in|failed to log on|logon failure*|failed logon*|echec d'ouverture de session|\
      fehler beim anmelden|error al iniciar sesion|\
      tentatives de connexion|tentative de connexion|echecs d'authentification|echec d'authentification|\
      par dictionnaire|anmeldeversuch*|login-versuch*|loginversuch*|fehlgeschlagene anmeld*|\
      intentos de acceso|intentos de inicio de sesion|intentos de autenticacion",
    ),
    ("brute-force", 1.5, "invalid user*"),
    (
        "brute-force",
        2.5,
        "ssh attack*|tentatives d'authentification",
    ),
    ("brute-force", 1.0, "ssh login*"),
    ("brute-force", 1.2, "fail2ban"),
    (
        "scanner",
        3.0,
        "port scan*|portscan*|port-scan*|port sweep*|network scan*|vulnerability scan*|balayage*|\
      scan de ports|sondage de ports|portabtastung|escaneo*|barrido de puertos",
    ),
    (
        "scanner",
        2.0,
        "scanning|scanned|masscan|scanne|scannent|gescannt|escaneado",
    ),
    ("scanner", 1.6, "scans|scan|probing|probed"),
    ("scanner", 1.0, "scanner"),
    ("scanner", 1.2, "probes|web crawler*"),
    ("scanner", 1.5, "reconnaissance|nmap|zmap"),
    (
        "ddos",
        3.0,
        "ddos|verteilte dienstblockade|verteilten dienstblockade|verteilter dienstblockade|verteiltes dienstblockade",
    ),
    (
        "ddos",
        2.5,
        "d-dos|amplification attack*|reflection attack*|attaque par amplification",
    ),
    (
        "ddos",
        3.5,
        "distributed denial*|deni de service distribue|denegacion de servicio distribuid*",
    ),
    ("ddos", 2.0, "udp flood*"),
    ("ddos", 1.5, "volumetric"),
    (
        "dos",
        2.5,
        "denial of service|denial-of-service|deni de service|dienstverweigerung|denegacion de servicio|\
      dos attack*|dos-angriff*|attaque dos",
    ),
    ("dos", 2.0, "syn flood*|syn-flood*|http flood*"),
    ("dos", 1.5, "flooding"),
    (
        "phishing",
        3.0,
        "phishing|phishingseite*|hameconnage|filoutage|spear-phishing|spearphishing|smishing",
    ),
    (
        "phishing",
        2.5,
        "phish|fake login page*|credential harvest*",
    ),
    ("phishing", 2.0, "fausse page|suplantacion de identidad"),
    ("spam", 2.0, "spam|unsolicited|bulk mail*"),
    (
        "spam",
        2.5,
        "spamming|spammer*|spamtrap*|pourriel*|courriers indesirables|courrier indesirable|spam-versand|\
      correo no deseado|correo basura|mails non sollicites",
    ),
    (
        "infected-system",
        2.0,
        "infected|botnet|bot-net|beaconing|infecte|infectee|infectes|infectees|infiziert*|infectado*|\
      infectada*|machine zombie",
    ),
    (
        "infected-system",
        1.5,
        "infection|bots|drone|trojan|worm|zombie|cheval de troie|schadsoftware",
    ),
    ("infected-system", 2.5, "sinkhole*"),
    ("infected-system", 1.2, "mirai"),
    ("c2-server", 2.0, "command and control|command-and-control"),
    (
        "c2-server",
        2.5,
        "c2 server*|c&c server*|serveur de commande*|serveur c2|kontrollserver|servidor de mando*",
    ),
    ("c2-server", 1.5, "c&c"),
    ("c2-server", 1.2, "c2"),
    ("c2-server", 3.0, "botnet controller*"),
    (
        "malware-distribution",
        3.5,
        "malware distribution|distributing malware|hosting malware|malware hosting|serving malware|\
      distribution de maliciel*|heberge un logiciel malveillant|verbreitet schadsoftware",
    ),
    (
        "malware-distribution",
        3.0,
        "malware download*|malware url*",
    ),
    ("malware-distribution", 2.0, "malicious file*"),
    (
        "malware-distribution",
        1.5,
        "malicious payload*|logiciel malveillant|logiciels malveillants|maliciel*|malware",
    ),
    (
        "unauthorised-information-modification",
        3.0,
        "ransomware|rancongiciel*|defac*|defiguration|erpressungstrojaner",
    ),
    (
        "unauthorised-information-modification",
        2.5,
        "encrypted our files|defiguree|verunstaltung",
    ),
    (
        "ids-alert",
        3.0,
        "sql injection*|sql-injection*|injection sql|inyeccion sql|exploit attempt*|exploitation attempt*|\
      attempted exploitation|attempts to exploit|attempted to exploit|tentative d'exploitation|\
      tentatives d'exploitation|exploit-versuch*|intento de explotacion",
    ),
    (
        "ids-alert",
        2.5,
        "sqli|cross-site scripting|path traversal|directory traversal|web application attack*",
    ),
    (
        "ids-alert",
        2.0,
        "xss|log4shell|shellshock|web attack*|ids alert*|intrusion attempt*",
    ),
    (
        "ids-alert",
        1.5,
        "remote code execution|log4j|tentative d'intrusion|tentatives d'intrusion",
    ),
    ("exploit", 2.0, "zero-day|0-day|zero day"),
    ("exploit", 3.0, "unknown exploit"),
    ("system-compromise", 3.0, "webshell*|web shell*"),
    (
        "system-compromise",
        2.0,
        "backdoor*|is compromised|porte derobee",
    ),
    (
        "system-compromise",
        2.5,
        "rootkit|has been compromised|was compromised|been hacked|compromised server*|compromised host*|\
      compromised system*|compromised machine*|serveur compromis|a ete compromis|a ete compromise|\
      kompromittiert*|servidor comprometido|ha sido comprometid*",
    ),
    (
        "unauthorised-information-access",
        1.8,
        "unauthorized access|unauthorised access|acces non autorise*|acceso no autorizado",
    ),
    ("unauthorised-information-access", 2.0, "unbefugter zugriff"),
    (
        "unprivileged-account-compromise",
        3.0,
        "compromised account*|account compromise*|hacked account*|compte compromis|comptes compromis|\
      compte pirate|account takeover|cuenta comprometida",
    ),
    ("unprivileged-account-compromise", 2.0, "stolen credentials"),
    ("privileged-account-compromise", 3.0, "root compromise"),
    ("privileged-account-compromise", 2.0, "domain admin*"),
    (
        "data-leak",
        3.0,
        "data leak*|data breach*|fuite de donnees|fuites de donnees|datenleck|datenabfluss|fuga de datos|\
      filtracion de datos",
    ),
    ("data-leak", 2.0, "leaked|exfiltrat*"),
    ("data-leak", 2.5, "divulgation de donnees"),
    ("data-loss", 3.0, "data loss|perte de donnees|datenverlust"),
    (
        "copyright",
        2.5,
        "copyright*|droit d'auteur|urheberrecht*|derechos de autor",
    ),
    ("copyright", 3.0, "dmca"),
    ("copyright", 2.0, "infringement|contrefacon"),
    (
        "unauthorised-use-of-resources",
        2.5,
        "cryptomin*|crypto-min*",
    ),
    (
        "unauthorised-use-of-resources",
        3.0,
        "cryptojacking|minage de cryptomonnaie",
    ),
    ("masquerade", 2.0, "impersonat*"),
    (
        "masquerade",
        2.5,
        "usurpation d'identite|typosquat*|lookalike domain*|look-alike domain*|cybersquat*|fake profile*|\
      identitatsdiebstahl|ceo fraud",
    ),
    (
        "masquerade",
        3.0,
        "fraude au president|arnaque au president",
    ),
    ("ddos-amplifier", 3.5, "open resolver*|open dns resolver*"),
    ("ddos-amplifier", 2.5, "amplifier*"),
    (
        "ddos-amplifier",
        3.0,
        "resolveur ouvert|offener dns-resolver|ntp monlist|open memcached",
    ),
    ("potentially-unwanted-accessible", 3.0, "openly accessible"),
    (
        "potentially-unwanted-accessible",
        2.5,
        "publicly accessible|exposed service*|exposed to the internet|accessible from the internet|\
      accessible depuis internet|aus dem internet erreichbar|accesible desde internet|expose sur internet",
    ),
    ("potentially-unwanted-accessible", 2.0, "open service*"),
    (
        "vulnerable-system",
        2.5,
        "vulnerable to|is vulnerable|vulnerable version*|est vulnerable|sont vulnerables|es vulnerable",
    ),
    (
        "vulnerable-system",
        3.0,
        "vulnerable system*|vulnerable server*",
    ),
    (
        "vulnerable-system",
        2.0,
        "unpatched|outdated version|verwundbar*",
    ),
    ("vulnerable-system", 1.0, "vulnerabilite*"),
    ("vulnerable-system", 0.8, "vulnerability"),
    ("vulnerable-system", 1.2, "schwachstelle*"),
    ("weak-crypto", 2.0, "poodle|sslv3"),
    (
        "weak-crypto",
        3.0,
        "weak cipher*|weak crypto*|chiffrement faible",
    ),
    (
        "information-disclosure",
        2.5,
        "directory listing|information disclosure",
    ),
    (
        "social-engineering",
        2.5,
        "social engineering|ingenierie sociale|vishing",
    ),
    ("sniffing", 2.5, "sniffing|wiretap*"),
    ("sniffing", 2.0, "man-in-the-middle"),
    ("harmful-speech", 3.0, "hate speech"),
    ("harmful-speech", 2.5, "harass*|harcelement|cyberstalking"),
    (
        "violence",
        3.0,
        "csam|child abuse|child sexual|pedopornograph*",
    ),
    ("outage", 2.0, "outage"),
    ("sabotage", 2.5, "sabotage"),
    ("misconfiguration", 2.0, "misconfigur*"),
    ("misconfiguration", 2.5, "route leak"),
    ("burglary", 2.5, "burglary|cambriolage"),
];
