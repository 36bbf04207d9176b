//! SMTP smuggling (T30, CVE-2023-51764 to -51766): octets that one server takes for the end of a message and the next one
//! doesn't. The store is the judge: a message that nobody sent must not be in it.

use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::exim::Exim;
use crate::mail::TEAM;
use crate::mta::{Agent, PATIENCE, behind, by_lmtp, by_smtp, taken};
use crate::opensmtpd::OpenSmtpd;
use crate::postfix::{CarelessPostfix, Postfix};
use crate::support::{Installation, free_port};

const NOC: &str = "noc@partner.example";

/// Ends that some server has taken for one. The true one is CR LF . CR LF alone (RFC 5321 section 4.1.1.4).
const ENDS: [&str; 15] = [
    "\n.\n",
    "\n.\r\n",
    "\r.\r\n",
    "\r\n.\n",
    "\r\n.\r",
    "\r\n\0.\r\n",
    "\r\n.\0\r\n",
    "\r.\r",
    "\n.\r",
    "\r.\n",
    "\n\n.\r\n",
    "\r\n.\r\r\n",
    "\r\r\n.\r\r\n",
    "\n.\r\r\n",
    "\r\n\r.\r\n",
];

/// What one probe was answered.
struct Probe {
    /// The answer to the first content.
    kept: bool,
    /// Whether what stood after the false end was taken for commands, and kept.
    smuggled: bool,
    replies: Vec<String>,
}

/// One conversation, octet by octet.
struct Raw(TcpStream);

impl Raw {
    fn connect(port: u16) -> Raw {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Raw(stream)
    }

    fn write(&mut self, octets: &str) {
        self.0.write_all(octets.as_bytes()).unwrap();
    }

    /// The last line of an answer; nothing when none comes in this time.
    fn answer(&mut self, patience: Duration) -> Option<String> {
        self.0.set_read_timeout(Some(patience)).unwrap();
        let mut read = Vec::new();
        let mut octets = [0; 4096];
        loop {
            let count = self.0.read(&mut octets).ok()?;
            assert!(count > 0, "closed");
            read.extend_from_slice(&octets[..count]);
            let text = String::from_utf8_lossy(&read);
            let last = text.lines().last().unwrap_or_default();
            if text.ends_with('\n') && last.as_bytes().get(3) != Some(&b'-') {
                return Some(last.to_owned());
            }
        }
    }

    fn say(&mut self, command: &str) -> String {
        self.write(command);
        self.answer(PATIENCE).unwrap()
    }

    /// All lines until the other side closes.
    fn rest(mut self) -> Vec<String> {
        self.0.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut answer = Vec::new();
        let _ = self.0.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer).into_owned();
        text.lines().map(str::to_owned).collect()
    }
}

/// A message, without its end.
fn message(name: &str, number: usize) -> String {
    format!(
        "From: {NOC}\r\nTo: {TEAM}\r\nSubject: {name}\r\nMessage-ID: <{name}.{number}@partner.example>\r\n\r\n{name} {number}"
    )
}

/// What a false end hides, if it is taken for one.
const COMMANDS: [&str; 3] = [
    "MAIL FROM:<smuggled@partner.example>\r\n",
    "RCPT TO:<csirt@team.example>\r\n",
    "DATA\r\n",
];

/// The conversation up to where content is awaited.
fn begun(port: u16, hello: &str) -> Raw {
    let mut raw = Raw::connect(port);
    raw.say("");
    raw.say(&format!("{hello} client.example\r\n"));
    raw.say(&format!("MAIL FROM:<{NOC}>\r\n"));
    let reply = raw.say(&format!("RCPT TO:<{TEAM}>\r\n"));
    assert!(reply.starts_with("250"), "{reply}");
    let reply = raw.say("DATA\r\n");
    assert!(reply.starts_with("354"), "{reply}");
    raw
}

/// Sends a message with a false end and a whole second transaction behind it, in one go.
fn probe(port: u16, hello: &str, number: usize, end: &str) -> Probe {
    let mut raw = begun(port, hello);
    let (honest, smuggled) = (message("honest", number), message("smuggled", number));
    let commands = COMMANDS.concat();
    raw.write(&format!(
        "{honest}{end}{commands}{smuggled}\r\n.\r\nQUIT\r\n"
    ));
    let replies = raw.rest();
    let begun = replies.iter().position(|line| line.starts_with("354"));
    let after = begun.and_then(|begun| replies.get(begun + 1));
    Probe {
        kept: replies.first().is_some_and(|line| line.starts_with("250")),
        smuggled: after.is_some_and(|line| line.starts_with("250")),
        replies,
    }
}

/// The same for a server that takes no command before it has answered the last: waits after the false end for an answer that
/// ought not to come.
fn patient_probe(port: u16, number: usize, end: &str) -> Probe {
    let mut raw = begun(port, "EHLO");
    raw.write(&format!("{}{end}", message("honest", number)));
    let mut replies: Vec<String> = raw.answer(Duration::from_millis(300)).into_iter().collect();
    let ended = !replies.is_empty();
    if ended {
        replies.extend(COMMANDS.iter().map(|command| raw.say(command)));
    } else {
        raw.write(&COMMANDS.concat());
    }
    replies.push(raw.say(&format!("{}\r\n.\r\n", message("smuggled", number))));
    let good = |reply: Option<&String>| reply.is_some_and(|reply| reply.starts_with("250"));
    Probe {
        kept: good(replies.first()),
        smuggled: ended && good(replies.last()),
        replies,
    }
}

/// The Subjects of everything that was kept.
fn subjects(installation: &Installation) -> Vec<String> {
    let tickets = installation.tickets();
    let subjects = tickets.iter().map(|ticket| &ticket["first"]["subject"]);
    let quarantine = installation.quarantine();
    let subjects = subjects.chain(quarantine.iter().map(|entry| &entry["subject"]));
    subjects
        .map(|subject| subject.as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn only_the_true_end_ends_a_message() {
    let installation = Installation::new("");
    // One that faces the internet, too: nobody is trusted there.
    let internet = free_port();
    let mut configuration = File::options()
        .append(true)
        .open(installation.configuration())
        .unwrap();
    write!(
        configuration,
        "\n[[listener]]\nname = \"internet\"\nprotocol = \"smtp\"\naddress = \"127.0.0.1:{internet}\"\ntrusted = []\n"
    )
    .unwrap();
    let _daemon = installation.serve();
    let ports = installation.ports;
    let mut kept = 0;
    for (port, hello) in [
        (ports.smtp, "EHLO"),
        (ports.lmtp, "LHLO"),
        (internet, "EHLO"),
    ] {
        for (number, end) in ENDS.iter().enumerate() {
            let probe = probe(port, hello, number, end);
            let replies = &probe.replies;
            // One answer to all of it, then that to QUIT.
            assert_eq!(replies.len(), 2, "{hello} {end:?}: {replies:?}");
            assert!(replies[1].starts_with("221"), "{end:?}: {replies:?}");
            let first = &replies[0];
            if port == internet {
                assert!(first.starts_with("550"), "{end:?}: {first}");
            }
            kept += usize::from(probe.kept);
        }
    }
    installation.settle();
    assert!(kept > 0);
    assert_eq!(taken(&installation).len(), kept);
    for subject in subjects(&installation) {
        assert_eq!(subject, "honest");
    }
}

/// Behind an agent: the gateway has exactly the messages that the agent took. The false ends that the agent itself took for true
/// ones.
fn false_ends_of<A: Agent>(
    (installation, agent): (Installation, A),
    probe: impl Fn(u16, usize, &str) -> Probe,
) -> Vec<&'static str> {
    let _daemon = installation.serve();
    let (mut kept, mut false_ends) = (0, Vec::new());
    for (number, end) in ENDS.into_iter().enumerate() {
        let probe = probe(agent.port(), number, end);
        kept += usize::from(probe.kept) + usize::from(probe.smuggled);
        if probe.smuggled {
            false_ends.push(end);
        }
    }
    assert!(kept > 0, "{}", agent.log());
    let deadline = Instant::now() + PATIENCE;
    while taken(&installation).len() < kept || agent.waiting() > 0 {
        assert!(
            Instant::now() < deadline,
            "{} of {kept} came: {}",
            taken(&installation).len(),
            agent.log()
        );
        std::thread::park_timeout(Duration::from_millis(25));
    }
    installation.settle();
    assert_eq!(taken(&installation).len(), kept, "{}", agent.log());
    let subjects = subjects(&installation);
    let found = subjects.iter().filter(|subject| *subject == "smuggled");
    assert_eq!(found.count(), false_ends.len(), "{subjects:?}");
    false_ends
}

fn in_one_go(port: u16, number: usize, end: &str) -> Probe {
    probe(port, "EHLO", number, end)
}

const NONE: Vec<&str> = Vec::new();

#[test]
fn nothing_is_smuggled_through_postfix_by_lmtp() {
    let postfix = behind::<Postfix>(by_lmtp, "");
    assert_eq!(false_ends_of(postfix, in_one_go), NONE);
}

#[test]
fn nothing_is_smuggled_through_postfix_by_smtp() {
    let postfix = behind::<Postfix>(by_smtp, "");
    assert_eq!(false_ends_of(postfix, in_one_go), NONE);
}

/// Debian's Postfix without the lines against smuggling of `deploy/postfix`: it takes some, and the gateway sees what it took.
#[test]
fn careless_postfix_and_the_gateway_agree_on_ends() {
    let careless = behind::<CarelessPostfix>(by_lmtp, "");
    let false_ends = false_ends_of(careless, in_one_go);
    assert!(false_ends.contains(&"\n.\r\n"), "{false_ends:?}");
}

#[test]
fn nothing_is_smuggled_through_exim_by_lmtp() {
    let exim = behind::<Exim>(by_lmtp, "");
    assert_eq!(false_ends_of(exim, in_one_go), NONE);
}

#[test]
fn nothing_is_smuggled_through_exim_by_smtp() {
    let exim = behind::<Exim>(by_smtp, "");
    assert_eq!(false_ends_of(exim, in_one_go), NONE);
}

/// OpenSMTPD 6.8 takes some, too, and has no setting against it: see `deploy/opensmtpd`.
#[test]
fn opensmtpd_and_the_gateway_agree_on_ends() {
    let opensmtpd = behind::<OpenSmtpd>(by_smtp, "");
    false_ends_of(opensmtpd, patient_probe);
}
