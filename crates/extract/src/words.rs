//! The words that speak of a type of incident, in four languages. A trailing `*` lets the word go on.

use std::sync::LazyLock;

/// The table, a word an entry.
pub(crate) static WORDS: LazyLock<Vec<(&str, &str, f64)>> = LazyLock::new(|| {
    let words = |row: &(&'static str, f64, &'static str)| {
        let (kind, weight, words) = *row;
        words.split('|').map(move |word| (word, kind, weight))
    };
    TABLE.iter().flat_map(words).collect()
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
    (
        "brute-force",
        1.5,
        "guesses passwords|guessing passwords|password guessing|guess the password|guessed the password|\
      mots de passe|mot de passe|deviner le mot de passe|passworter|passwort-rate*|kennworter|\
      passwort zu erraten|erraten von pass*|durchprobier*|contrasenas|adivinar la contrasena|\
      adivinacion de contrasenas|prueba de contrasenas|pruebas de contrasenas|inicios de sesion fallidos|\
      inicio de sesion fallido|fehlgeschlagene login*",
    ),
    (
        "brute-force",
        1.5,
        "tried to log on|to log in to|d'ouvrir une session|ouverture de session|sich anzumelden|\
      anzumelden|intenta entrar|iniciar sesion",
    ),
    ("brute-force", 1.2, "passwords"),
    (
        "brute-force",
        0.8,
        "password|contrasena|passwort|trying root|username*|guess|guesses|guessing",
    ),
    (
        "scanner",
        2.0,
        "scannt|scannen|escanea*|escaneand*|sweeping|sweeps|balaye|balayent|sondeo de puertos|sondage|\
      looking for open ports|portscans|scanners|recherche de ports ouverts|nach offenen ports|busca de puertos abiertos|\
      exploration de ports|escaner de puertos|portscanner",
    ),
    (
        "ddos",
        3.0,
        "distributed dos|verteilte uberlastungsangriff*|verteilten uberlastungsangriff*|verteilter uberlastungsangriff*|verteiltes uberlastungsangriff*|amplification-angriff*|verstarkungsangriff*|\
      reflexionsangriff*|ataque de amplificacion|ataques de amplificacion|ataque de reflexion|\
      attaques par amplification|attaque par reflexion|attaque distribuee",
    ),
    (
        "dos",
        2.0,
        "flooding us|floods us|flooded by|inonde|inondent|inondes|inonde par|inundado por|uberflutet|uberfluten|inunda|inundan|\
      syn packets|syn-pakete*|paquets syn|paquetes syn|uberlastet|uberlastungsangriff*|sature par|\
      saturado por|saturada por|saturation de|packet flood|paketflut",
    ),
    (
        "dos",
        1.0,
        "unreachable|indisponible|nicht mehr erreichbar|no esta disponible",
    ),
    (
        "phishing",
        2.5,
        "imitating our|imitates our|imitation of our|pretending to be our|fake page|fake site|fake website*|\
      fake web page*|copy of our|clone of our|fausses pages|faux site|page imitant|imitant notre|imite notre|\
      copie de notre|gefalschte anmelde*|gefalschten anmelde*|gefalschter anmelde*|gefalschtes anmelde*|gefalschte seite*|gefalschten seite*|gefalschter seite*|gefalschtes seite*|gefalschte web*|gefalschten web*|gefalschter web*|gefalschtes web*|nachgebaute seite*|nachgebauten seite*|nachgebauter seite*|nachgebautes seite*|\
      nachgemachte seite*|nachgemachten seite*|nachgemachter seite*|nachgemachtes seite*|pagina falsa|paginas falsas|web falsa|sitio falso|imita nuestr*|imita a nuestr*|\
      copia de nuestr*",
    ),
    (
        "spam",
        2.5,
        "junk mail*|junk message*|junk e-mail*|unwanted mail*|unwanted e-mail*|unsolicited commercial|\
      spam-mail*|werbemails|unerwunschte werbung|unerwunschte mail*|unerwunschten mail*|unerwunschter mail*|unerwunschtes mail*|unerwunschte e-mail*|unerwunschten e-mail*|unerwunschter e-mail*|unerwunschtes e-mail*|massenmail*|\
      publicitaires non sollicit*|courriels non sollicit*|publicite non sollicitee|spammeur*|correos no deseados|\
      correo no solicitado|correos no solicitados|mensajes basura|publicidad no solicitada",
    ),
    (
        "infected-system",
        2.0,
        "part of a botnet|partie d'un botnet|teil eines botnet*|parte de una botnet|called home|calling home|\
      phones home|est compromise par|virus|virenbefall|infektion|disinfect*|desinfect*|trojaner",
    ),
    (
        "infected-system",
        1.5,
        "troyano|malware infection*|qakbot|emotet",
    ),
    (
        "c2-server",
        2.5,
        "team server*|command and control server*|command-and-control server*|command-and-control-server*|\
      serveur de controle|steuerungsserver|mando y control|botnet-controller",
    ),
    ("c2-server", 1.2, "cobalt strike"),
    (
        "malware-distribution",
        3.5,
        "malware is distributed|distributes malware|spreading malware|spreads malware|schadsoftware verteilt|\
      schadsoftware verbreitet|verteilung von schadsoftware|verbreitung von schadsoftware|distribue un maliciel|\
      malveillant est diffuse|diffuse un logiciel malveillant|diffusion de logiciels malveillants|\
      malveillant est distribue|distribuye malware|distribuye software malicioso|distribucion de malware|\
      distribuyen malware|malware-download*|downloads malware",
    ),
    (
        "malware-distribution",
        1.5,
        "software malicioso|fichier malveillant",
    ),
    (
        "unauthorised-information-modification",
        2.5,
        "was defaced|has been defaced|desfigurad*|verunstaltet|ransom note|demande de rancon|losegeld*|\
      nota de rescate|verschlusselungstrojaner|a chiffre tous|encrypted all|ha cifrado",
    ),
    (
        "ids-alert",
        2.0,
        "exploit cve*|exploiting cve*|exploiter la faille|exploitation de la faille|ids-alarm*|alerte ids|\
      alerta del ids|schwachstelle cve*|auszunutzen|explotar la vulnerabilidad|explotar vulnerabilidad*|\
      attempts to exploit|tente d'exploiter|sql-injection-versuch*|inyecciones sql|/etc/passwd",
    ),
    (
        "ids-alert",
        2.5,
        "traversee de repertoires|salto de directorio*|verzeichniswechsel",
    ),
    (
        "system-compromise",
        2.5,
        "broken into|broke into|break-in|intruder*|was hacked|has been hacked|piratage|a ete pirate|\
      a ete piratee|intrus|eingebrochen|eindringling*|gehackt|hackead*|intruso|puerta trasera|hintertur*|\
      back door*|got root|gained root|root-rechte*|droits d'administrateur|droits root|\
      permisos de administrador|privilegios de administrador|compromission",
    ),
    (
        "copyright",
        2.0,
        "rights holder*|rightsholder*|owner of the film|owner of the work|owner of the rights|ayant droit|\
      ayants droit|rechteinhaber*|titular de los derechos|titulares de los derechos|piracy|pirateria|raubkopie*",
    ),
    (
        "copyright",
        1.5,
        "bittorrent|torrent|peer-to-peer|pair a pair|tauschborse*|filesharing|file sharing|sharing this work|\
      without permission|sans autorisation|ohne erlaubnis|sin autorizacion",
    ),
    (
        "unauthorised-use-of-resources",
        3.0,
        "crypto miner*|krypto-miner*|kryptominer*|crypto-mineur*|mineur de crypto*|minero de cripto*|\
      criptominer*|mining malware|computing time",
    ),
    (
        "ddos-amplifier",
        3.0,
        "open ntp|open memcached|open snmp|open ldap|open cldap|resolveur dns ouvert|resolveurs ouverts|\
      offene resolver*|offenen resolver*|offener resolver*|offenes resolver*|offene dns*|offenen dns*|offener dns*|offenes dns*|offener rekursiver|resolutor abierto|servidor dns abierto|dns abierto|\
      resolver abierto|monlist|usarlo en ataques de amplificacion|verstarkungsangriffe missbrauch*|\
      abused for amplification|amplification attacks",
    ),
    (
        "potentially-unwanted-accessible",
        2.5,
        "reachable from the internet|reachable from the whole internet|reachable from anywhere|\
      accessible from anywhere|accessible from the whole internet|open to the internet|open to the world|\
      accessible depuis tout internet|accessible depuis l'internet|accessible a tous|\
      aus dem gesamten internet erreichbar|offentlich erreichbar|aus dem ganzen internet erreichbar|\
      accesible desde todo internet|accesible desde cualquier|expuesto a internet",
    ),
    (
        "vulnerable-system",
        2.5,
        "vulnerable a cve*|vulnerable au|vulnerable aux|anfallig fur|verwundbar durch|end of life|\
      fin de vie|nicht mehr unterstutzt",
    ),
    (
        "information-disclosure",
        2.0,
        "without a password|without password|without authentication|sans mot de passe|sans authentification|\
      ohne passwort|ohne authentifizierung|ohne anmeldung|sin contrasena|sin autenticacion|discloses|\
      discloses customer data|divulgue|gibt preis|revela datos|lisible par tous|fur jeden lesbar|readable by anyone|\
      read by anyone",
    ),
];
