//! How fast the crate reads: `cargo run --release -p extract --example speed`. Every text is made here, the same each time.
#![expect(clippy::print_stdout, reason = "a report for people")]

use extract::{Context, TextKind, TextPart, extract};
use rustix::time::{ClockId, clock_gettime};

/// Octets of each text.
const SIZE: usize = 1 << 20;

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

/// Units of texts that cost some reader of reports dear.
const HOSTILE: &[&str] = &[
    "a.",
    "1.",
    "1.1.1.",
    "[",
    ":",
    "::",
    "a1",
    "(",
    ")",
    "\"",
    "'",
    "<",
    "192.0.2.1 ",
    "192.0.2.1\n",
    "1/",
    "a@",
    "@",
    "http://",
    "http://a)",
    "- ",
    "Source: ",
    "Source: 192.0.2.1 ",
    "\n> ",
    "> ",
    "TLP:",
    "TLP:RED ",
    "12:",
    "a[.]",
    " to ",
    "0x",
    "2024-",
    "2024-03-05 ",
    "5 May ",
    "May ",
    "5 May 12:00 ",
    "1.2.2024 12h ",
    "a,",
    "ip,time,port\n",
    "UTC ",
    "all times UTC ",
    "a.com ",
    "\n",
    " ",
    "é",
    "Mar 5 02:11:09 x from 192.0.2.1\n",
    "{",
    "[{",
    "<a>",
    "</a>",
    "phishing ",
    "CVE-",
    "AS1 ",
    "aaaa:",
    "192.0.2.1 -> ",
    "from ",
    "Date: ",
    "a.b@",
    "https://a.com/( ",
    "1",
    "f",
    "=",
    "\t",
    "a=",
    "a: ",
    "SRC=192.0.2.1 ",
    "from 192.0.2.1 to 192.0.2.2 ",
    "Time: 2024-03-05 02:11 ",
    "-- \n",
    "K",
    "On a b c wrote:\n",
    "traffic light protocol ",
    "src_ip,dst_ip,time\n1.2.3.4,5.6.7.8,x\n",
    "1::2 ",
    "v1.2.3.4 ",
    "0",
    "mo ",
    "mar ",
    "12h",
    "12am ",
    "+01:00 ",
    "Zeit",
    "time ",
    "11111",
    "-",
    "|",
    "a | ",
    "reports from ",
    "[ ",
    "( at ",
    "@ ",
    "a at b [dot] ",
    "192.0.2.1.8080 ",
    "192.0.2.1.8080 > ",
    "192.0.2.1,80,",
    "192.0.2.1(80) ",
    "192.0.2.1:80,81,",
    "#Fields: c-ip s-ip\n192.0.2.1 192.0.2.2\n",
    "1709601069 ",
    "ts=1709601069 ",
    "Received: from a [10.0.0.1]\n",
    " from [10.0.0.1]\n",
    "Mar 5 02:11:09 a[1]: b\n 192.0.2.1\n",
    "v1.2.3.4, ",
    "<Infringement><ip>192.0.2.1</ip>",
    "{\"a\":",
    "{\"src_ip\":\"192.0.2.1\"}\n",
    "2001:db8::1.80 ",
];

/// A small generator of numbers: the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit.max(1)
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
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

    /// Paragraphs, logs and forms in turn, as mails bring them.
    fn mixed(&mut self) -> String {
        let mut text = String::with_capacity(SIZE + 8192);
        while text.len() < SIZE {
            for (templates, count, gap) in [
                (PROSE, 6, " "),
                (LOGS, 12, "\n"),
                (FORMS, 1, "\n\n"),
                (FRENCH, 4, " "),
                (LOGS, 8, "\n"),
            ] {
                for _ in 0..count {
                    let template = self.pick(templates);
                    text.push_str(&self.fill(template));
                    text.push_str(gap);
                }
                text.push('\n');
            }
        }
        text.truncate(text.floor_char_boundary(SIZE));
        text
    }
}

/// What this thread has used of the processor, in seconds: other programs don't count.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    std::time::Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
    .as_secs_f64()
}

/// The best of some runs, in seconds of the processor.
fn took(text: &str, runs: usize) -> f64 {
    let context = Context {
        date: Some("2024-03-29T09:00:00+01:00".into()),
        ..Context::default()
    };
    let part = TextPart {
        id: "1",
        kind: TextKind::Plain,
        text,
        attachment: false,
        forwarded: false,
    };
    let once = |_| {
        let start = processor_time();
        let read = extract(&[part], &context);
        let seconds = processor_time() - start;
        std::hint::black_box(read);
        seconds
    };
    (0..runs).map(once).fold(f64::INFINITY, f64::min)
}

fn main() {
    let mut dice = Dice(7);
    let mut report = String::new();
    while report.len() < 1400 {
        let template = dice.pick(PROSE);
        report.push_str(&dice.fill(template));
        report.push('\n');
    }
    while report.len() < 2700 {
        let template = dice.pick(LOGS);
        report.push_str(&dice.fill(template));
        report.push('\n');
    }
    println!(
        "the first report of a process, which builds the patterns: {:.0} ms",
        took(&report, 1) * 1e3
    );
    let texts = [
        ("prose", dice.text(PROSE, "\n")),
        ("logs", dice.text(LOGS, "\n")),
        ("forms", dice.text(FORMS, "\n\n")),
        ("French", dice.text(FRENCH, "\n")),
        ("mixed", dice.mixed()),
    ];
    for (name, text) in &texts {
        println!("{name:<8} {:6.1} MiB/s", 1.0 / took(text, 9));
    }
    println!(
        "one report of {} octets: {:.0} µs",
        report.len(),
        took(&report, 200) * 1e6
    );
    let mut worst: Vec<(f64, f64, &str)> = HOSTILE
        .iter()
        .map(|unit| {
            let seconds = |size: usize| took(&unit.repeat(size / unit.len()), 2);
            (seconds(SIZE), seconds(SIZE / 2), *unit)
        })
        .collect();
    worst.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (whole, half, unit) in worst.iter().take(12) {
        println!(
            "hostile 1 MiB {unit:?}: {whole:.3} s, time(2n)/time(n) {:.2}",
            whole / half
        );
    }
}
