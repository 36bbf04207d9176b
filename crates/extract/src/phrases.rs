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
        "bittorrent|torrent|peer-to-peer|pair a pair|tauschborse*|filesharing|file sharing|sharing this work",
    ),
    (
        "copyright",
        0.8,
        "without permission|sans autorisation|ohne erlaubnis|sin autorizacion",
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
    (
        "brute-force",
        2.5,
        "guessed passwords|guessing credentials|tries passwords|trying passwords|trying username*|\
      username and password combination*|passwords against|logins against|essaie des mots de passe|essais de mots de passe|\
      essai de mots de passe|tester des mots de passe|kennworter ausprobiert|passworter ausprobiert|\
      passworter zu erraten|kennworter zu erraten|probiert passworter|probiert kennworter|\
      prueba contrasenas|probando contrasenas|adivinar contrasenas|adivinar las contrasenas|wp-login*|xmlrpc*|register requests",
    ),
    (
        "brute-force",
        2.0,
        "credential-stuffing|tente de se connecter|tentent de se connecter|tentait de se connecter|intenta acceder|\
      intentan acceder|intento acceder|intentos de login|intentos fallidos|inicio de sesion|tries to log in|\
      trying to log in|tried to login|trying to login|tries to log on|sich einzuloggen",
    ),
    (
        "scanner",
        2.5,
        "port probe*|probing ports|sweep of|balayees|balayes|balayait|balaie|a ete sonde|ont ete sondes|sonde nos|sonde notre|\
      sondait|barrido|barridos|sondeo|sondeos|ha sondeado|sondeaba|abgetastet|abgescannt|list of all known ports|\
      different ports|ports differents|verschiedene ports|puertos distintos|puertos diferentes",
    ),
    (
        "ddos",
        2.5,
        "many hosts take part|hosts taking part|addresses taking part|sources taking part|attaque ddos|ataque ddos|\
      amplification dns|amplification ntp|ataque distribuido|verteilter angriff|verteilten angriff",
    ),
    (
        "dos",
        2.5,
        "inondation syn|inondation udp|inondation de paquets|inondation de requetes|inundacion syn|inundacion udp|\
      inundacion de|flooded with|been flooded|flood of requests|flood of packets|uberschwemmt|ping flood",
    ),
    (
        "phishing",
        2.5,
        "fraudulent page|fraudulent site|fraudulent website*|fraudulent login|bogus login|bogus site|bogus page|\
      phishing kit*|phishing-kit*|kit de phishing|kit d'hameconnage|page frauduleuse|pages frauduleuses|site frauduleux|\
      sites frauduleux|page contrefaite|faux formulaire|faux portail|web fraudulenta|pagina fraudulenta|\
      sitio fraudulento|portal falso|formulario falso|falsa pagina|falsa web|betrugerische seite*|betrugerische web*|\
      falsche anmelde*|gefalschtes portal|harvests credentials|harvesting credentials|steals credentials|\
      vole les identifiants|roba credenciales|roba las credenciales",
    ),
    (
        "phishing",
        1.5,
        "card number*|card details|numero de carte|coordonnees bancaires|identifiants de nos clients|kreditkartendaten|\
      datos de la tarjeta|datos bancarios",
    ),
    (
        "spam",
        2.5,
        "sextortion|sextorsion|erpressermail*|erpresser-mail*|filmed me|my webcam|ma webcam|webcam gefilmt|mi camara|\
      me ha grabado|chantage par courriel|chantage par mail|unwanted messages|messages indesirables|\
      courriels indesirables|mails indesirables|correos basura|envio masivo|werbe-mail*",
    ),
    (
        "infected-system",
        2.5,
        "cobalt strike beacon*|cobalt-strike-beacon*|beacons to|beacon cobalt strike|beacons cobalt strike|\
      beacon de cobalt strike|calls out to|poste infecte|machine infectee|equipo infectado|befallen",
    ),
    (
        "unauthorised-information-modification",
        3.0,
        "have been encrypted|files were encrypted|files are encrypted|data has been encrypted|files encrypted|\
      has encrypted|had encrypted|fichiers ont ete chiffres|fichiers sont chiffres|fichiers chiffres|donnees chiffrees|\
      entierement chiffre|entierement chiffree|a ete chiffre|a ete chiffree|ont ete chiffres|dateien verschlusselt|\
      daten verschlusselt|verschlusselt worden|alles verschlusselt|archivos cifrados|estan cifrados|han cifrado|\
      fueron cifrados|ficheros cifrados|piden un rescate|pide un rescate|ransom|page d'accueil a ete remplacee|\
      page d'accueil a ete modifiee|home page was replaced|homepage was replaced|front page was replaced|\
      startseite wurde ersetzt|startseite ausgetauscht|portada fue sustituida|defigure|defigures",
    ),
    (
        "ids-alert",
        3.0,
        "tried to exploit|tries to exploit|trying to exploit|attempting to exploit|attempt to exploit|eternalblue|ms17-010|\
      ${jndi*|tenter d'exploiter|tentait d'exploiter|tentaient d'exploiter|cherche a exploiter|essaye d'exploiter|\
      exploitation de la vulnerabilite|exploitation d'une faille|exploitation d'une vulnerabilite|lucke auszunutzen|\
      schwachstelle auszunutzen|intento explotar|intenta explotar|intentan explotar|intento aprovechar|\
      intenta aprovechar|intentado explotar|aprovechar la vulnerabilidad|aprovechar una vulnerabilidad|\
      explotacion de la vulnerabilidad|explotacion de una vulnerabilidad|traversee de repertoire|recorrido de directorios|\
      proxyshell|citrix bleed|spring4shell|inclusion de fichier*|remote file inclusion|local file inclusion|\
      injection de commande*|command injection*|inyeccion de comandos",
    ),
    (
        "system-compromise",
        2.5,
        "s'est introduit|se sont introduits|intrusion confirmee|un pirate|le pirate|les pirates|prise de controle|\
      a pris le controle|took control|gained access|gained a shell|reverse shell*|eingedrungen|einbruch in|\
      zugang verschafft|entraron en|entro en nuestr*|accedieron a|tomo el control|tomaron el control|fue comprometid*|\
      ha sido vulnerad*|was breached",
    ),
    (
        "unprivileged-account-compromise",
        3.5,
        "mailbox was taken over|mailbox taken over|mailbox has been taken|account was taken over|account has been taken|\
      account was accessed|account was hijacked|hijacked account*|hijacked mailbox*|account has been hacked|account was hacked|\
      compte a ete pirate|compte a ete compromis|compte de messagerie compromis|boite aux lettres piratee|\
      boite mail piratee|messagerie a ete piratee|messagerie piratee|mailkonto wurde|e-mail-konto wurde|postfach wurde|\
      konto wurde ubernommen|konto gehackt|gehacktes konto|gehacktes postfach|cuenta fue comprometida|\
      cuenta de correo fue|cuenta hackeada|cuenta fue hackeada|cuenta ha sido|buzon fue|buzon ha sido|\
      kompromittiertes konto|kompromittierte konten|kompromittiertes postfach",
    ),
    (
        "unprivileged-account-compromise",
        2.0,
        "mailbox of|stolen password*|mot de passe vole|gestohlenen passwort|gestohlenem passwort|contrasena robada|\
      identifiants voles|taken over",
    ),
    (
        "privileged-account-compromise",
        3.5,
        "administrator account was|admin account was|compte administrateur a ete|administratorkonto wurde|\
      cuenta de administrador fue",
    ),
    (
        "data-leak",
        3.0,
        "paste site*|pastebin|leaked credentials|credential leak*|credentials were leaked|leaked password*|\
      identifiants divulgues|identifiants ont fuite|mots de passe divulgues|donnees divulguees|zugangsdaten veroffentlicht|\
      zugangsdaten aufgetaucht|geleakt*|credenciales filtradas|contrasenas filtradas|datos filtrados|stolen data|\
      donnees volees|gestohlene daten|datos robados",
    ),
    (
        "copyright",
        2.5,
        "work was made available|film was shared|movie was shared|illegally shared|telechargement illegal|obra protegida|\
      geschutztes werk|hadopi",
    ),
    (
        "unauthorised-use-of-resources",
        3.0,
        "xmrig*|coinminer*|coin miner*|cryptomineur*|minage de crypto*|mineria de cripto*|minado de cripto*|monero",
    ),
    (
        "masquerade",
        3.5,
        "business email compromise|business e-mail compromise|bec fraud|bec attempt*|bec scam*|ceo-fraud*|chef-masche|\
      fraude del ceo|fraude del director|faux ordre de virement|faux virement*|virement urgent|urgent transfer*|\
      wire transfer*|transferencia urgente|dringende uberweisung|eilige uberweisung|changement de rib|changed bank details|\
      change of bank details|se faisant passer pour|se hizo pasar por|se hacia pasar por|gab sich als|usurpee",
    ),
    (
        "ddos-amplifier",
        3.0,
        "as an amplifier|as a reflector|servi d'amplificateur|sert d'amplificateur|comme amplificateur|servi de reflecteur|\
      sert de reflecteur|servi a amplifier|servi de relais a une attaque par|ntp ouvert|memcached ouvert|ldap ouvert|\
      cldap ouvert|snmp ouvert|resolveur recursif ouvert|als verstarker|als reflektor|offener ntp*|offenen ntp*|\
      offener memcached*|offenen memcached*|offener ldap*|offenen ldap*|offener snmp*|como reflector|como amplificador|\
      sirvio de reflector|sirve de amplificador|ntp abierto|memcached abierto|ldap abierto|cldap abierto|snmp abierto|\
      open ssdp|open chargen|open recursive*",
    ),
    (
        "potentially-unwanted-accessible",
        2.5,
        "open to anyone|open to everyone|exposes remote desktop|exposes rdp|exposes smb|reachable by anyone|\
      reachable from outside|joignable par n'importe qui|joignable depuis internet|joignable depuis l'exterieur|\
      expose le bureau|expose le service|expose un service|ouvert a tous|ouvert sur internet|ouvert a tout internet|\
      im internet erreichbar|frei erreichbar|von uberall erreichbar|fur jedermann erreichbar|von aussen erreichbar|\
      expone el escritorio|expone el servicio|expuesto en internet|expuesta en internet|abierto a todo internet|\
      abierto a internet|accesible para cualquiera|open relay*|relais ouvert|offenes relay",
    ),
    (
        "vulnerable-system",
        2.5,
        "hotes vulnerables|serveurs vulnerables|machines vulnerables|equipements vulnerables|systemes vulnerables|\
      equipos vulnerables|servidores vulnerables|sistemas vulnerables|verwundbare systeme|verwundbare server|\
      anfallige systeme|vulnerable hosts|vulnerable devices|vulnerable machines|affected by cve*|\
      affected by the vulnerability|touches par la faille|touche par la faille|touches par la vulnerabilite|\
      von der schwachstelle betroffen|afectados por la vulnerabilidad|afectado por la vulnerabilidad|\
      appliquer le correctif|not been patched|nicht gepatcht|ungepatcht|sin parchear",
    ),
    (
        "weak-crypto",
        3.0,
        "tls 1.0|sslv2|weak tls|chiffrement obsolete|veraltete verschlusselung|schwache verschlusselung|cifrado debil",
    ),
    (
        "harmful-speech",
        3.0,
        "death threat*|threatening messages|menaces de mort|morddrohung*|drohmail*|amenazas de muerte",
    ),
];
