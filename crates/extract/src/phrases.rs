//! What people say of a type of incident, in four languages: the words of [`crate::words`] go first.

/// The type, how much the words tell, and the words: without accents, in small letters. A trailing `*` lets the word go on.
pub(crate) const PHRASES: &[(&str, f64, &str)] = &[
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
