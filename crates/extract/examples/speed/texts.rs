//! Texts like those of reports, made here, the same each time.

/// Octets of each text.
pub(crate) const SIZE: usize = 1 << 20;

const PROSE: &[&str] = &[
    "Dear colleagues, we operate the network of a medium-sized university and would like to report the following incident to you.",
    "On {date} at {clock} UTC our intrusion detection system noticed repeated connection attempts from {ip} to our mail server.",
    "We have observed a large number of failed login attempts originating from {ip} port {port} against our host {own}.",
    "The attempts were made with a list of common user names, so we believe that this is an automated brute-force attack.",
    "Could you please look into this matter and take the measures that you consider appropriate?",
    "The affected server has been disconnected from the network, and its disk was copied before anything was changed.",
    "Between 14:00 and 15:30 CET the traffic rose to about four times of what we usually see on a working day.",
    "Users received a mail that led them to hxxps://login[.]{word}[.]example[.]com/secure/index.php and asked for their password.",
    "The attachment has the SHA-256 digest 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 and was not recognised by our scanner.",
    "We are not sure whether any account was taken over, but three colleagues say that they followed the link.",
    "According to our records the address is assigned to a customer of yours, which is why we are writing to you first.",
    "Log excerpts are attached; all times are in UTC, and the clocks of our machines are kept by NTP.",
    "If you need more material, do not hesitate to write to abuse@{word}.example.org or to call us during office hours.",
    "The same host also scanned the ports 22, 80 and 443 of {own} and of two neighbouring machines on {month} {day}.",
    "We noticed that the software there answers as version 8.2.{small}.1, for which CVE-2021-44228 has been published.",
    "Please keep the reference of this message in your answer, so that we can find the case again.\n",
];

const FRENCH: &[&str] = &[
    "Bonjour, nous exploitons le réseau d'un établissement d'enseignement et souhaitons vous signaler l'incident suivant.",
    "Le {day} mars 2024 à {hour}h{minute} (heure de Paris), notre sonde a détecté des tentatives de connexion en provenance de {ip}.",
    "Ces tentatives visaient notre serveur {own} et ont utilisé une liste de noms d'utilisateurs très courants.",
    "Nous pensons qu'il s'agit d'une attaque par force brute menée par une machine infectée de votre réseau.",
    "Pourriez-vous vérifier ce qu'il en est et nous tenir informés des mesures que vous aurez prises ?",
    "La machine concernée a été déconnectée, et son disque a été copié avant toute autre manipulation.",
    "Plusieurs utilisateurs ont reçu un courriel d'hameçonnage qui renvoie vers hxxp://{word}[.]example[.]net/compte/.",
    "Les journaux sont joints à ce message ; les heures sont exprimées en UTC, sauf indication contraire.",
    "D'après nos relevés, l'adresse {ip} appartient à l'un de vos clients, c'est pourquoi nous nous adressons à vous.",
    "Nous restons à votre disposition pour tout renseignement complémentaire à l'adresse cert@{word}.example.fr.\n",
];

const LOGS: &[&str] = &[
    "Mar {day} {clock} gate sshd[{number}]: Failed password for invalid user {word} from {ip} port {port} ssh2",
    "Mar {day} {clock} gate sshd[{number}]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}",
    "{ip} - - [{day}/Mar/2024:{clock} +0100] \"GET /{word}/wp-login.php HTTP/1.1\" 404 {number} \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0\"",
    "{date}T{clock}Z fw kernel: [UFW BLOCK] IN=eth0 OUT= MAC=52:54:00:12:34:56 SRC={ip} DST={own} LEN=40 TOS=0x00 TTL=244 ID={number} PROTO=TCP SPT={port} DPT=22 WINDOW=1024 SYN",
    "{date} {clock},{small}12 [{number}]: NOTICE [sshd] Ban {ip}",
    "Mar {day} {clock} mx postfix/smtpd[{number}]: NOQUEUE: reject: RCPT from unknown[{ip}]: 554 5.7.1 Service unavailable; from=<{word}@example.net> to=<info@example.org> proto=ESMTP helo=<{word}>",
    "Mar {day} {clock} mx dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<{word}>, method=PLAIN, rip={ip}, lip={own}, TLS",
    "2024/03/{day} {clock} [error] {number}#0: *{number} open() \"/srv/{word}.php\" failed (2: No such file), client: {ip}, server: www.example.org, request: \"GET /{word}.php HTTP/1.1\"",
];

const FORMS: &[&str] = &[
    "Source IP: {ip}\nSource port: {port}\nDestination IP: {own}\nDestination port: 22\nProtocol: TCP\nTime: {date} {clock} +0100\nCategory: brute-force\nDescription: many attempts to log in with the names of {word}",
    "Adresse IP source : {ip}\nAdresse IP de la victime : {own}\nDate : {date}\nHeure : {clock} UTC\nType d'incident : balayage\nCommentaire : relevé par la sonde de {word}",
    "| Attacker | {ip} |\n| Target | {own} |\n| Port | {port} |\n| First seen | {date} {clock} UTC |\n| Last seen | {date} {clock} UTC |",
];

const ABUSE: &[&str] = &[
    "Hello abuse team,\nwe received an attack from a host of your network. Please stop it.\n\nSource IP: {ip}\nSource port: {port}\nTarget: {own}\nTarget port: 22/tcp\nTime: {date} {clock} UTC\nCategory: brute-force",
    "Dear Sir or Madam,\nplease find below a report about the abusive host {ip} at {date} {clock} +0100.\n> Attempted to log in as {word} from {ip} port {port}\n> Mar {day} {clock} gate sshd[{number}]: Invalid user {word} from {ip}\nThis mail was made by a machine; its reference is [{word} #{number}].",
    "Report-Type: login-attack\nService: ssh\nPort: 22\nSource: {ip}\nSource-Type: ip-address\nDate: {date}T{clock}+01:00\nUser-Agent: abuse/1.2.{small}",
    "An unsolicited message was sent by {ip} to one of our traps.\nReturn-Path: <{word}@example.com>\nReceived: from mail.{word}.example.net (unknown [{ip}]) by mx.example.org with ESMTP id {number}; Tue, 05 Mar 2024 {clock} +0100 (CET)\nSubject: your invoice {number}\nThe mail links to hxxp://{word}[.]example[.]com/pay?id={number}",
    "The following phishing page is hosted on {ip} (AS64500): http://{word}.example.net/~{word}/login.html, first seen {date} {clock} GMT, last seen {date} {clock} GMT. Please take it down, and tell us when it is done.",
    "| Attacker | {ip} |\n| Target | {own} |\n| Port | {port} |\n| First seen | {date} {clock} UTC |\n| Last seen | {date} {clock} UTC |",
];

const GERMAN: &[&str] = &[
    "Sehr geehrte Damen und Herren, am {day}.03.2024 um {hour}:{minute} Uhr haben wir Anmeldeversuche von {ip} auf unseren Server {own} festgestellt.",
    "Die Angriffe gingen vermutlich von einem infizierten Rechner in Ihrem Netz aus und dauerten etwa eine halbe Stunde.",
    "Bitte prüfen Sie den Vorgang und teilen Sie uns mit, welche Maßnahmen Sie ergriffen haben; alle Zeiten sind in MEZ angegeben.",
];

const SPANISH: &[&str] = &[
    "Estimados señores: el {day} de marzo de 2024 a las {hour}:{minute} detectamos intentos de acceso desde {ip} contra nuestro servidor {own}.",
    "Creemos que el equipo forma parte de una red de máquinas infectadas, y les rogamos que tomen las medidas necesarias.",
    "Los usuarios recibieron un correo que enlaza con hxxps://{word}[.]example[.]org/acceso/ y pide la contraseña.",
];

/// A small generator of numbers: the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit.max(1)
    }

    pub(crate) fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        let at = self.below(u64::try_from(list.len()).unwrap_or(1));
        list.get(usize::try_from(at).unwrap_or(0))
            .copied()
            .unwrap_or_default()
    }

    /// A template with its fields filled in.
    fn fill(&mut self, template: &str) -> String {
        let mut text = template.to_owned();
        for name in [
            "ip", "own", "port", "date", "clock", "day", "hour", "minute", "number", "small",
            "month", "word",
        ] {
            let field = format!("{{{name}}}");
            while text.contains(&field) {
                let value = self.value(name);
                text = text.replacen(&field, &value, 1);
            }
        }
        text
    }

    fn value(&mut self, name: &str) -> String {
        match name {
            "ip" => format!("203.0.113.{}", 1 + self.below(254)),
            "own" => format!("198.51.100.{}", 1 + self.below(254)),
            "port" => (1024 + self.below(60_000)).to_string(),
            "date" => format!("2024-03-{:02}", 1 + self.below(28)),
            "clock" => format!(
                "{:02}:{:02}:{:02}",
                self.below(24),
                self.below(60),
                self.below(60)
            ),
            "day" => format!("{:02}", 1 + self.below(28)),
            "hour" | "small" => format!("{}", 1 + self.below(9)),
            "minute" => format!("{}", 10 + self.below(50)),
            "month" => self.pick(&["March", "April", "May"]).to_owned(),
            "word" => self
                .pick(&[
                    "alpha", "harbour", "meadow", "printer", "oracle", "student", "deploy",
                ])
                .to_owned(),
            _ => self.below(30_000).to_string(),
        }
    }

    /// A text of [`SIZE`] octets from templates, set apart by `gap`.
    fn text(&mut self, templates: &[&str], gap: &str) -> String {
        let mut text = String::with_capacity(SIZE + 2048);
        while text.len() < SIZE {
            let template = self.pick(templates);
            text.push_str(&self.fill(template));
            text.push_str(gap);
        }
        text.truncate(text.floor_char_boundary(SIZE));
        text
    }

    /// Half logs, a quarter prose, a fifth abuse mail, the rest French, German and Spanish, a few KiB of each in turn.
    fn mix(&mut self) -> String {
        const ROUND: usize = 16 << 10;
        let mut text = String::with_capacity(SIZE + 2 * ROUND);
        let mut add = |templates: &[&str], share: usize, gap: &str| {
            let goal = text.len() + ROUND * share / 60;
            while text.len() < goal {
                let template = self.pick(templates);
                text.push_str(&self.fill(template));
                text.push_str(gap);
            }
            text.push('\n');
            text.len() >= SIZE
        };
        while !(add(LOGS, 30, "\n")
            | add(PROSE, 15, "\n")
            | add(ABUSE, 12, "\n\n")
            | add(FRENCH, 1, "\n")
            | add(GERMAN, 1, "\n")
            | add(SPANISH, 1, "\n"))
        {}
        text.truncate(text.floor_char_boundary(SIZE));
        text
    }
}

/// What the figures are for.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    let mut dice = Dice(7);
    vec![
        ("prose", dice.text(PROSE, "\n")),
        ("logs", dice.text(LOGS, "\n")),
        ("abuse", dice.text(ABUSE, "\n\n")),
        ("forms", dice.text(FORMS, "\n\n")),
        ("French", dice.text(FRENCH, "\n")),
        ("German", dice.text(GERMAN, "\n")),
        ("Spanish", dice.text(SPANISH, "\n")),
        ("mix", dice.mix()),
    ]
}

/// A report of usual length: some sentences, and the lines of a log.
pub(crate) fn report() -> String {
    let mut dice = Dice(7);
    let mut report = String::new();
    for (templates, length) in [(PROSE, 1400), (LOGS, 2700)] {
        while report.len() < length {
            let template = dice.pick(templates);
            report.push_str(&dice.fill(template));
            report.push('\n');
        }
    }
    report
}
