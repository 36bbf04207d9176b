//! How people without a CSIRT's words tell of an incident, in four languages: read after [`crate::phrases`].

/// The type, how much the words tell, and the words: without accents, in small letters. A trailing `*` lets the word go on.
pub(crate) const SAYINGS: &[(&str, f64, &str)] = &[
    (
        "phishing",
        2.5,
        "imitating the|imitates the|imitating a|imitates a|mimics the|mimicking|cloned page|cloned site|copy of the login|\
      copy of the page|counterfeit page*|counterfeit site*|spoofed page*|spoofed site*|nachgemachte*|nachgebaute*|imite la|imite le|\
      imitant la|imitant le|contrefait|reproduit la page|imita la|imita al|suplanta*|falso portal|falsa pagina|sitio falso",
    ),
    (
        "phishing",
        2.0,
        "in the name of the|in the name of our|asking for card*|asks for card*|card data|card number*|donnees de carte|\
      kartendaten|datos de tarjeta*|au nom de la|im namen der|en nombre de|enter their password*|enter their credential*|\
      saisir leurs identifiants|zugangsdaten abgreift|zugangsdaten abfragt|introducir sus datos|pide los datos",
    ),
    (
        "unauthorised-information-modification",
        2.5,
        "replaced by a picture|replaced tonight|page was replaced|page has been replaced|page was altered|site was altered|\
      hacker group*|political slogan*|slogan of|groupe de pirates|site a ete modifie|page a ete modifiee|page a ete remplacee|\
      startseite wurde verandert|startseite wurde|seite wurde verandert|hackergruppe*|fue modificada por|fue sustituida por|\
      pagina principal fue|pagina de inicio fue|pagina ha sido modificada|cifro nuestros|cifro los|chiffre nos|chiffre les|\
      encrypted the|encrypted our|hat unsere daten|verschlusselte*|lockbit",
    ),
    (
        "brute-force",
        2.5,
        "guessed extensions|guessing extensions|register flood*|refused logins|rejected logins|guess logins|wrong password*|\
      wrong credential*|bad password*|one password after another|thousands of passwords|hundreds of passwords|mots de passe errones|\
      mots de passe au hasard|mauvais mot de passe|falsche passworter|falschen passwortern|falschem passwort|passworter an|\
      contrasenas erroneas|contrasenas equivocadas|probar contrasenas|probaba contrasenas|deviner des mots de passe|\
      deviner les mots de passe|essayer des mots de passe|essaye des mots de passe",
    ),
    ("brute-force", 1.5, "refused about|logins|guessed|erraten"),
    (
        "scanner",
        2.0,
        "hundreds of ports|dozens of ports|many ports|all ports|knocks on|knocking on|port by port|one port after another|\
      connection attempts from|blocked connection attempts|centaines de ports|tous les ports|tous nos ports|hunderte von ports|\
      hunderte ports|alle ports|cientos de puertos|todos los puertos|ratisse*|klopft",
    ),
    (
        "ddos",
        2.5,
        "grand nombre d'adresses|many addresses at once|thousands of addresses|milliers d'adresses|vielen adressen|\
      tausenden von adressen|miles de direcciones|many sources",
    ),
    (
        "dos",
        2.0,
        "est sature|sont satures|est saturee|saturate*|saturated|saturado|flooded|syn packets|packets a second|packets per second|\
      requests a second|requests per second|requetes par seconde|paquets par seconde|anfragen pro sekunde|pakete pro sekunde|\
      peticiones por segundo|paquetes por segundo|brought down|knocked offline|in die knie|zum erliegen|tumbo|tumbar|\
      can no longer be reached|n'est plus joignable|ya no responde",
    ),
    (
        "ddos-amplifier",
        3.0,
        "recursive queries|requetes recursives|rekursive anfragen|consultas recursivas|to amplify|amplifies|pour amplifier|\
      amplifier une attaque|a amplifier|para amplificar|amplificar un ataque|amplificar ataques|zur verstarkung|verstarkt angriffe|\
      as a mirror|restrict recursion|desactiver la recursion|rekursion abschalten",
    ),
    (
        "potentially-unwanted-accessible",
        2.5,
        "reached from the internet|reached from anywhere|read from the internet|open from the internet|open on the internet|\
      without any password|ouverte a tout internet|ouvert a tout internet|ouverte a tous|ouverte sur internet|\
      interface d'administration|admin interface|administration interface|frei aus dem internet|offen im internet|\
      ohne jedes passwort|tiene abierto el puerto|abierto el puerto|abierta a internet|sin ninguna contrasena|\
      sans aucun mot de passe|should not be public|exposes its",
    ),
    (
        "vulnerable-system",
        2.0,
        "still runs|still running|is open to|tourne encore|toujours en version|lauft noch|veraltet*|\
      todavia usa|sigue usando|desactualizad*|did not exploit|security update missing|missing patch*|\
      n'est pas a jour|pas a jour|nicht aktuell",
    ),
    (
        "vulnerable-system",
        1.0,
        "please update|please patch|please upgrade|mettre a jour|bitte aktualisieren|aktualisieren sie|actualicen|actualicelo",
    ),
    (
        "infected-system",
        2.0,
        "talks to a|phoned home|phoning home|takes part in the botnet|remote access trojan|meldet sich alle|\
      information stealer|infostealer*|asyncrat|trickbot|dridex|icedid|remcos|njrat|formbook|lumma|redline stealer|raccoon stealer|\
      agent tesla|socks5systemz|mozi|gafgyt|conficker|sality|necurs|ursnif|gootloader|bumblebee|danabot|appelle maison|\
      telefoniert nach hause|llama a casa",
    ),
    (
        "c2-server",
        3.0,
        "acts as a command and control server*|acts as a c2*|acts as a controller*|acts as the controller*|control panel of|\
      control server*|controls infected|controls bots|controls a botnet|panneau de controle|panneau d'administration d'un botnet|\
      panneau de commande|serveur de pilotage|steuerserver*|steuert ein botnetz|panel de control|servidor de control|\
      controla una botnet|bots report to|bots connect to|bots s'y connectent|bots melden sich",
    ),
    (
        "malware-distribution",
        2.5,
        "file with malware|malware offered|offered for download|infected file*|fichier infecte|fichier piege|infizierte datei*|\
      archivo infectado|archivo malicioso|download of malware|loader is downloaded|payload is downloaded",
    ),
    (
        "unprivileged-account-compromise",
        2.5,
        "n'a pas quitte|\
      login was successful|successful login*|successfully logged in|\
      connexion reussie|erfolgreich angemeldet|erfolgreiche anmeldung*|inicio de sesion correcto|mit dem konto|mit dem passwort|\
      account was used|account has been used|account is being used|account of one of|somebody else's account|compte a ete utilise|\
      compte a servi|konto wurde benutzt|konto wurde verwendet|konto wurde missbraucht|cuenta fue usada|cuenta fue utilizada|\
      mailbox was opened|mailbox was read|mailbox was used|opened the mailbox|read the mailbox|identifiant vole|stolen login",
    ),
    (
        "unprivileged-account-compromise",
        2.0,
        "mailbox|\
      aus einem datenleck|from a data leak|issu d'une fuite|d'une fuite de donnees|de una filtracion",
    ),
    (
        "privileged-account-compromise",
        2.0,
        "administrator account|admin account|root account|administratorkonto|admin-konto|root-konto|compte administrateur|\
      compte root|cuenta de administrador|cuenta root|right root password|domain controller was|created two further users|\
      created a new administrator",
    ),
    (
        "data-leak",
        2.0,
        "user names and passwords|usernames and passwords|names and passwords of|published online|\
      noms d'utilisateur et mots de passe|donnees de nos clients|base de donnees de nos|benutzernamen und passworter|\
      usuarios y contrasenas|datos de nuestros clientes|ins netz gestellt|can be downloaded from|data dump*|\
      leaked account*|comptes divulgues|comptes voles|geleakte*|cuentas filtradas|stolen account*",
    ),
    (
        "ids-alert",
        2.5,
        "log4j hole|for the hole|known hole|lucke cve*|faille cve*|vulnerabilite cve*|vulnerabilidad cve*|schwachstelle cve*|\
      exploit for cve*|exploits cve*|einzudringen|use the hole|used the hole|exploiter une faille|sicherheitslucke auszu*|\
      explotar una vulnerabilidad|intento explotar una|exploiting the hole|exploit the hole",
    ),
    (
        "spam",
        2.0,
        "advertising pills|advertising mail*|unwanted advertising|unwanted advertisement*|scam mail*|\
      spams|nigerian",
    ),
    (
        "copyright",
        2.0,
        "our film|our movie|our series|our song|our album|notre film|notre oeuvre|l'oeuvre|unseren film|unser album|\
      nuestra pelicula|nuestra obra|illegal copy|illegal copies|copie illegale",
    ),
    (
        "unprivileged-account-compromise",
        1.4,
        "from abroad|in another country|foreign country|foreign address|depuis l'etranger|a l'etranger|aus dem ausland|im ausland|en el extranjero|desde el extranjero",
    ),
    (
        "unprivileged-account-compromise",
        1.3,
        "postfach|mailkonto|compte de messagerie|cuenta de correo|cuenta de una|cuenta de un|la cuenta del",
    ),
    ("spam", 1.3, "publicites|publicidad|werbung|junk"),
    ("data-leak", 1.2, "customer data|kundendaten"),
    ("vulnerable-system", 1.3, "outdated|out of date|obsolete"),
    (
        "vulnerable-system",
        2.0,
        "fonctionne encore|fonctionne toujours|touchee par la cve*|touche par la cve*|betrieben wird noch|sigue funcionando con|afectada por la cve*|affected by the cve*",
    ),
    (
        "unprivileged-account-compromise",
        2.0,
        "s'est servi du compte|servi d'un compte|utilise le compte|gave away her password|gave away his password|signed in to|used the account|uso la cuenta|compte d'un|compte d'une|forwarding rule",
    ),
    (
        "copyright",
        3.0,
        "without any licence|without a licence|without licence|sans licence|ohne lizenz|sin licencia|client's album|client's film",
    ),
    (
        "ddos",
        2.0,
        "queries per second|queries a second|requetes dns par seconde",
    ),
    ("dos", 2.0, "inundaron|inundo|lo inund*"),
    (
        "potentially-unwanted-accessible",
        2.0,
        "exposed to the whole world|exposed to the world|exposed to anyone|should be behind a firewall|abierta a cualquiera|abierto a cualquiera|offen fur jeden",
    ),
    (
        "brute-force",
        2.0,
        "entrar por ssh|intentando entrar|intentando acceder|intentan entrar|zu erraten|pris au hasard",
    ),
    (
        "phishing",
        1.6,
        "pide a los clientes|sus claves|copia el de|copie celui de|looks exactly like",
    ),
    ("ids-alert", 2.5, "hole cve*|attempt to use the"),
    (
        "unauthorised-information-modification",
        1.6,
        "verschlusselt|were suddenly encrypted|chiffres pendant",
    ),
];
