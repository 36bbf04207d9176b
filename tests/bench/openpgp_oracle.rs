//! Whether time tells what is wrong with an encrypted mail (threats.md T07, S-07): Welch's t, where |t| under 4.5 says that so many
//! samples don't tell two kinds apart.
//!
//! `cargo bench -p pillarbox --bench openpgp_oracle -- [reader] [daemon] [MAILS] [KIND]…`, both and 1000 of every kind when not
//! given; each is set beside `padded`.
//! `reader` measures the processor time of reading itself, where the kinds of a bad RSA block must not differ; what else is wrong
//! may show there. `daemon` measures what a sender sees: the time until the 250, until the 250 of the mail sent next, and until
//! the answer, for which nothing may differ from anything. Mails of all kinds come in random order.
//!
//! 22 November 2026, two cores, load average 6 to 17. `daemon 2000 padded unpadded`: t of all and of the fast nine tenths -1.42 and
//! 1.35 until the 250, -1.07 and 0.99 until the next 250, -0.30 and -0.72 until the answer; `daemon 300`, all kinds: none above
//! 1.88. `reader 3000`: unpadded -1.09 and -1.51,
//! checksum 0.87 and 1.23, length 1.03 and 0.72; what is not about the RSA block shows there and not outside: content 18,
//! stranger -139, hidden 87, good 53.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::wildcard_enum_match_arm,
    reason = "a failed step is a failed run; it prints its findings"
)]

#[path = "openpgp/packets.rs"]
#[expect(dead_code, reason = "a part of it is for bombs")]
mod packets;
#[path = "openpgp/spoiled.rs"]
mod spoiled;
#[path = "openpgp/statistics.rs"]
mod statistics;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant, SystemTime};

use intake::openpgp::Keys;
use intake::reading::read;
use jiff::Timestamp;
use sequoia_openpgp::crypto::random;
use spoiled::{ALL, Class, Maker};
use statistics::{median, moments, welch};
use support::Installation;

/// Mails come so far apart that a worker is idle when the next comes.
const PAUSE: Duration = Duration::from_millis(60);
const CONFIGURATION: &str = "[acknowledge]\ngrid = \"2 s\"\n";

fn main() {
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let count = asked
        .iter()
        .find_map(|one| one.parse().ok())
        .unwrap_or(1000);
    let named = |name: &str| asked.iter().any(|one| one == name);
    let both = !named("reader") && !named("daemon");
    let load = fs::read_to_string("/proc/loadavg").unwrap();
    println!("load average before: {}", load.trim_end());
    let (secret, team) = spoiled::rsa_key("csirt@team.example");
    let (_, other) = spoiled::rsa_key("other@other.example");
    let maker = Maker::new(team, other);
    let mut classes: Vec<Class> = ALL.into_iter().collect();
    classes.retain(|class| named(&format!("{class:?}").to_lowercase()));
    if classes.is_empty() {
        classes = ALL.into();
    } else if !classes.contains(&Class::Padded) {
        classes.push(Class::Padded);
    }
    if both || named("reader") {
        reader(&secret, &maker, shuffled(&classes, count));
    }
    if both || named("daemon") {
        daemon(&secret, &maker, shuffled(&classes, count));
    }
}

/// Every kind so many times, in random order.
fn shuffled(classes: &[Class], count: usize) -> Vec<Class> {
    let each = classes.iter().flat_map(|class| vec![*class; count]);
    let mut order: Vec<Class> = each.collect();
    for at in (1..order.len()).rev() {
        let mut octets = [0; 8];
        random(&mut octets).unwrap();
        let below = u64::try_from(at + 1).unwrap();
        order.swap(
            at,
            usize::try_from(u64::from_le_bytes(octets) % below).unwrap(),
        );
    }
    order
}

type Samples = BTreeMap<Class, Vec<f64>>;

/// Each kind beside the first.
fn print(what: &str, samples: &Samples) {
    println!(
        "\n{what}\n{:<10} {:>7} {:>12} {:>12} {:>8} {:>14}",
        "kind", "mails", "mean", "median", "t", "t of fast 9/10"
    );
    let first = &samples[&Class::Padded];
    for (class, sample) in samples {
        let (all, most) = welch(sample, first);
        let tell = match class {
            Class::Padded => String::new(),
            _ => format!("{all:8.2} {most:14.2}"),
        };
        println!(
            "{:<10} {:>7} {:>9.1} µs {:>9.1} µs {tell}",
            format!("{class:?}"),
            sample.len(),
            moments(sample).0,
            median(sample)
        );
    }
}

fn reader(secret: &[u8], maker: &Maker, order: Vec<Class>) {
    let mut keys = Keys::new();
    keys.add_team_secret(secret, None).unwrap();
    let mut samples = Samples::new();
    for class in order {
        let raw = packets::mail("noc", &maker.mail(class));
        let before = spent();
        let reading = read(&raw, &keys, &[], Timestamp::now());
        let took = spent() - before;
        assert_eq!(reading.openpgp.decrypted, class == Class::Good);
        samples
            .entry(class)
            .or_default()
            .push(took.as_secs_f64() * 1e6);
    }
    print("processor time of reading", &samples);
}

/// Processor time of this thread.
fn spent() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    spent.try_into().unwrap()
}

/// What was seen of one mail.
struct Seen {
    class: Class,
    /// Until the 250, in µs.
    accepted: f64,
    at: SystemTime,
}

fn daemon(secret: &[u8], maker: &Maker, order: Vec<Class>) {
    let installation = Installation::new(CONFIGURATION);
    let folder = installation.path("keys/openpgp");
    for entry in fs::read_dir(&folder).unwrap() {
        fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let path = folder.join("team.pgp");
    fs::write(&path, secret).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let daemon = installation.serve();
    let mut peer = Peer::connect(installation.ports.smtp);
    let mut seen: Vec<Seen> = Vec::new();
    for (number, class) in order.into_iter().enumerate() {
        let name = format!("n{number}");
        let raw = packets::mail(&name, &maker.mail(class));
        std::thread::park_timeout(PAUSE);
        let accepted = peer.send(&name, &raw).as_secs_f64() * 1e6;
        let at = SystemTime::now();
        seen.push(Seen {
            class,
            accepted,
            at,
        });
    }
    installation.settle();
    let mut accepted = Samples::new();
    let mut next = Samples::new();
    for (number, one) in seen.iter().enumerate() {
        accepted.entry(one.class).or_default().push(one.accepted);
        if let Some(after) = seen.get(number + 1) {
            next.entry(one.class).or_default().push(after.accepted);
        }
    }
    print("until the 250", &accepted);
    print("until the 250 of the mail that is sent next", &next);
    print("until the answer", &answers(&installation, &seen));
    assert!(daemon.terminate());
}

/// Answers are files; their time is when they went out.
fn answers(installation: &Installation, seen: &[Seen]) -> Samples {
    let mut samples = Samples::new();
    for entry in fs::read_dir(installation.path("outbox")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let number = text
            .lines()
            .find_map(|line| line.strip_prefix("To: "))
            .and_then(|to| {
                to.trim_start_matches('<')
                    .strip_prefix('n')?
                    .split('@')
                    .next()?
                    .parse::<usize>()
                    .ok()
            });
        let Some(one) = number.and_then(|number| seen.get(number)) else {
            continue;
        };
        let written = fs::metadata(&path).unwrap().modified().unwrap();
        let waited = written.duration_since(one.at).unwrap_or_default();
        samples
            .entry(one.class)
            .or_default()
            .push(waited.as_secs_f64() * 1e6);
    }
    samples
}

/// One connection for some mails, then the next.
struct Peer {
    stream: BufReader<TcpStream>,
    port: u16,
    sent: usize,
}

impl Peer {
    fn connect(port: u16) -> Peer {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        let stream = BufReader::new(stream);
        let mut peer = Peer {
            stream,
            port,
            sent: 0,
        };
        peer.answer();
        peer.say(b"EHLO client.example\r\n");
        peer
    }

    /// The time from the last octet to the answer.
    fn send(&mut self, name: &str, raw: &[u8]) -> Duration {
        if self.sent == 50 {
            *self = Peer::connect(self.port);
        }
        self.sent += 1;
        self.say(format!("MAIL FROM:<{name}@partner.example>\r\n").as_bytes());
        self.say(b"RCPT TO:<csirt@team.example>\r\n");
        self.say(b"DATA\r\n");
        self.stream.get_mut().write_all(raw).unwrap();
        let began = Instant::now();
        let reply = self.say(b".\r\n");
        assert!(reply.starts_with("250 "), "{reply}");
        began.elapsed()
    }

    fn say(&mut self, octets: &[u8]) -> String {
        self.stream.get_mut().write_all(octets).unwrap();
        self.answer()
    }

    fn answer(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert!(
                self.stream.read_line(&mut line).unwrap() > 0,
                "the daemon hung up"
            );
            if line.as_bytes()[3] == b' ' {
                return line;
            }
        }
    }
}
