//! What a mail transport agent in front of the gateway must do, whichever it is: `postfix`, `exim` and `opensmtpd` start Debian's
//! with the lines that `deploy/` shows, on loopback, each in a folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::mail::{TEAM, field, mail};
use crate::support::{Conversation, Daemon, Installation, free_port, send, wait_for};

/// How long an agent may take to hand a mail on.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// How an agent hands mail over; each is a variant in the guides.
#[derive(Clone, Copy, Debug)]
pub enum Hop {
    /// LMTP to this port.
    Lmtp(u16),
    /// SMTP with STARTTLS to this port, the certificate checked.
    Tls(u16),
}

/// A running agent: hands mail for team.example to the gateway, and puts mail for partner.example into maildirs.
pub trait Agent: Sized {
    /// Whether it knows SMTPUTF8.
    const UTF8: bool = true;
    /// Starts one that takes mail by SMTP on `port`.
    fn start(port: u16, hop: Hop, installation: &Installation) -> Self;
    /// Where it takes mail.
    fn port(&self) -> u16;
    /// Tries everything that waits in the queue again, now.
    fn flush(&self);
    /// How many messages wait in the queue.
    fn waiting(&self) -> usize;
    /// The folder of the mailboxes.
    fn mailboxes(&self) -> PathBuf;
    /// What it logged.
    fn log(&self) -> String;

    /// The mails in a mailbox at partner.example.
    fn mailbox(&self, user: &str) -> Vec<String> {
        let new = self.mailboxes().join(user).join("new");
        let mut files: Vec<PathBuf> = fs::read_dir(new)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
            .iter()
            .map(|path| String::from_utf8(fs::read(path).unwrap()).unwrap())
            .collect()
    }

    /// Waits until a mailbox has so many mails; they.
    fn delivered(&self, user: &str, count: usize) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mails = self.mailbox(user);
            if mails.len() >= count {
                assert_eq!(mails.len(), count, "{mails:?}");
                return mails;
            }
            let found = mails.len();
            assert!(
                Instant::now() < deadline,
                "{found} of {count} mails: {}",
                self.log()
            );
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
}

/// A gateway whose smarthost is the agent in front of it. `extra` is configuration.
pub fn behind<A: Agent>(hop: fn(&Installation) -> Hop, extra: &str) -> (Installation, A) {
    let port = free_port();
    let smarthost = format!("[outbox]\nsmarthost = \"127.0.0.1:{port}\"\n");
    let installation = Installation::new(&format!("{extra}\n{smarthost}"));
    let agent = A::start(port, hop(&installation), &installation);
    (installation, agent)
}

/// To the LMTP listener.
pub fn by_lmtp(installation: &Installation) -> Hop {
    Hop::Lmtp(installation.ports.lmtp)
}

/// To the listener with STARTTLS.
pub fn by_smtp(installation: &Installation) -> Hop {
    Hop::Tls(installation.ports.smtp)
}

const NOC: &str = "noc@partner.example";
const ATTACK: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";
const ACCENTED: &str = "Bonjour,\n\nnotre serveur 198.51.100.7 est attaqué depuis hier soir par l'adresse 192.0.2.10.\n\
                        Merci de bien vouloir regarder ce qui se passe.\n\nCordialement";
const EIGHT_BIT: &str =
    "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n";

/// A report whose Subject and Message-ID carry `name`.
pub fn report(name: &str, more: &str, body: &str) -> String {
    mail(NOC, name, &format!("{name}@partner.example"), more, body)
}

/// One transaction. `parameters` are those of MAIL. The answer to each recipient, then that to the content.
fn submit(
    conversation: &mut Conversation,
    parameters: &str,
    to: &[&str],
    message: &str,
) -> Vec<String> {
    let mail = format!("MAIL FROM:<{NOC}> {parameters}");
    let reply = conversation.say(mail.trim()).unwrap();
    assert!(reply.starts_with("250"), "{mail}: {reply}");
    let mut replies = Vec::new();
    for recipient in to {
        replies.push(conversation.say(&format!("RCPT TO:<{recipient}>")).unwrap());
    }
    assert!(conversation.say("DATA").unwrap().starts_with("354"));
    conversation
        .write(&message.replace("\r\n.", "\r\n.."))
        .unwrap();
    replies.push(conversation.say(".").unwrap());
    replies
}

/// What was kept of the one ticket with this Subject, as it came: header and body.
fn kept(installation: &Installation, tickets: &[Value], subject: &str) -> (String, String) {
    let mut found = tickets
        .iter()
        .filter(|ticket| ticket["first"]["subject"] == subject);
    let (Some(ticket), None) = (found.next(), found.next()) else {
        panic!("not one {subject}: {tickets:?}");
    };
    let reference = ticket["reference"].as_str().unwrap();
    let raw = installation.run(&["ticket", "show", reference, "--raw", "1"]);
    let (header, body) = raw.split_once("\r\n\r\n").unwrap();
    (header.to_owned(), body.to_owned())
}

/// The log lines that the gateway wrote for the messages it took.
pub fn taken(installation: &Installation) -> Vec<Value> {
    let log = installation.log();
    let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
    lines
        .filter(|line: &Value| {
            line["message"] == "message" || line["fields"]["message"] == "message"
        })
        .collect()
}

/// A name, the parameters of MAIL, and the message: plain, with dots, 8-bit, 5 MiB, and with a header in UTF-8.
type Sample = (&'static str, &'static str, String);

fn samples() -> Vec<Sample> {
    let line = "0123456789abcdef 0123456789abcdef 0123456789abcdef 0123456789abcdef\n";
    let large = line.repeat(77_000);
    let dots = format!("{ATTACK}\n.\n..\n.leading\n\n\n.\n\nend");
    let accented = format!("{EIGHT_BIT}X-Team: réseau\n");
    let text = |name, more: &str, body: &str| report(name, more, body);
    vec![
        ("plain", "", text("plain", "", ATTACK)),
        ("dots", "BODY=7BIT", text("dots", "", &dots)),
        ("eight", "BODY=8BITMIME", text("eight", EIGHT_BIT, ACCENTED)),
        ("large", "SIZE=6000000", text("large", "", &large)),
        (
            "utf8",
            "BODY=8BITMIME SMTPUTF8",
            text("utf8", &accented, ACCENTED),
        ),
    ]
}

/// Hands the samples to the agent, and what else it offers to take; how many messages it took.
fn submit_all(agent: &impl Agent, samples: &[Sample], offered: &[String]) -> usize {
    let mut conversation = Conversation::connect(agent.port()).unwrap();
    conversation.say("EHLO client.example").unwrap();
    for (name, parameters, text) in samples {
        let replies = submit(&mut conversation, parameters, &[TEAM], text);
        let good = replies.iter().all(|reply| reply.starts_with("250"));
        assert!(good, "{name}: {replies:?}: {}", agent.log());
    }
    // A wrong address among good ones: refused to the sender's face, while the message is taken once for the others.
    let several = [TEAM, "accounting@team.example", "abuse+web@team.example"];
    let text = report("several", "", ATTACK);
    let replies = submit(&mut conversation, "", &several, &text);
    let codes: Vec<&str> = replies.iter().map(|reply| &reply[..3]).collect();
    assert_eq!(codes, ["250", "550", "250", "250"], "{replies:?}");
    if !offers(offered, "PIPELINING") {
        return samples.len() + 1;
    }
    let envelope = format!("MAIL FROM:<{NOC}>\r\nRCPT TO:<{TEAM}>\r\nDATA\r\n");
    conversation.write(&envelope).unwrap();
    for code in ["250", "250", "354"] {
        assert!(conversation.reply().unwrap().starts_with(code));
    }
    conversation
        .write(&report("pipelined", "", ATTACK))
        .unwrap();
    let reply = conversation.say(".").unwrap();
    assert!(reply.starts_with("250"), "{reply}");
    samples.len() + 2
}

fn offers(offered: &[String], word: &str) -> bool {
    offered.iter().any(|line| line.contains(word))
}

/// Mail of every kind goes through the agent unchanged, is acknowledged through the agent, and a wrong address is refused.
pub fn relays<A: Agent>(hop: fn(&Installation) -> Hop) {
    let (installation, agent) = behind::<A>(hop, "");
    let _daemon = installation.serve();
    let mut samples = samples();
    let mut conversation = Conversation::connect(agent.port()).unwrap();
    let offered = conversation.say_all("EHLO client.example").unwrap();
    assert_eq!(offers(&offered, "SMTPUTF8"), A::UTF8, "{offered:?}");
    if !A::UTF8 {
        samples.pop();
    }
    let count = submit_all(&agent, &samples, &offered);
    for acknowledgement in agent.delivered("noc", count) {
        let value = |name| field(&acknowledgement, name);
        // OpenSMTPD's maildirs don't tell.
        let path = value("Return-Path").unwrap_or_else(|| "<>".to_owned());
        assert_eq!(path, "<>", "{acknowledgement}");
        assert_eq!(value("Auto-Submitted").unwrap(), "auto-replied");
        assert_eq!(value("To").unwrap(), NOC);
    }
    wait_for("an empty queue", PATIENCE, || {
        agent.flush();
        agent.waiting() == 0
    });
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), count);
    for (name, _, text) in &samples {
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        let (header, arrived) = kept(&installation, &tickets, name);
        assert!(arrived == body, "{name} came changed");
        assert_eq!(header.contains("X-Team: réseau"), *name == "utf8");
    }
    let wanted = match hop(&installation) {
        Hop::Lmtp(_) => ("lmtp", false),
        Hop::Tls(_) => ("smtp", true),
    };
    let taken = taken(&installation);
    assert!(taken.len() >= count, "{taken:?}");
    for line in taken {
        let found = (line["listener"].as_str().unwrap(), line["tls"] != "none");
        assert_eq!(found, wanted, "{line}");
    }
}

/// With the gateway or its database away the agent keeps the mail, and hands it over once they are back; nothing is bounced.
pub fn keeps_what_cannot_be_handed_over<A: Agent>(hop: fn(&Installation) -> Hop) {
    let (mut installation, agent) = behind::<A>(hop, "");
    let daemon = installation.serve();
    let take = |name: &str| {
        let reply = send(agent.port(), NOC, TEAM, &report(name, "", ATTACK));
        assert!(reply.starts_with("250"), "{reply}: {}", agent.log());
    };
    // The agent may ask the gateway about an address that it does not know yet: now it can.
    take("first");
    agent.delivered("noc", 1);
    assert!(daemon.terminate());
    take("second");
    agent.flush();
    // While it is tried, it is in neither of the agent's lists for a moment.
    wait_for("one mail to wait", PATIENCE, || agent.waiting() == 1);
    let _daemon: Daemon = installation.serve();
    wait_for("the second mail", PATIENCE, || {
        agent.flush();
        agent.mailbox("noc").len() == 2
    });
    installation.cluster.stop().unwrap();
    take("third");
    wait_for("the agent to be told 451", PATIENCE, || {
        agent.log().contains("451 4.3.0") && agent.waiting() == 1
    });
    installation.cluster.start().unwrap();
    wait_for("the third mail", PATIENCE, || {
        agent.flush();
        agent.mailbox("noc").len() == 3
    });
    wait_for("an empty queue", PATIENCE, || agent.waiting() == 0);
    let subjects = installation.tickets();
    assert_eq!(subjects.len(), 3, "{subjects:?}");
    for message in agent.mailbox("noc") {
        assert_eq!(field(&message, "Auto-Submitted").unwrap(), "auto-replied");
    }
}

/// Where the guide says that the certificate is checked, it is: nothing goes to a gateway that shows another authority's.
pub fn hands_nothing_to_a_stranger<A: Agent>() {
    let (installation, agent) = behind::<A>(
        |installation| {
            let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
            fs::write(installation.path("ca.crt"), other.cert.pem()).unwrap();
            by_smtp(installation)
        },
        "",
    );
    let _daemon = installation.serve();
    let mut conversation = Conversation::connect(agent.port()).unwrap();
    conversation.say("EHLO client.example").unwrap();
    let text = report("sealed", "", ATTACK);
    let reply = conversation.send(NOC, TEAM, &text).unwrap();
    // Refused for now where the agent asks the gateway about the address first; else kept.
    if reply.starts_with("250") {
        agent.flush();
        wait_for("a failed attempt", PATIENCE, || {
            agent.log().contains("ertificate")
        });
        assert_eq!(agent.waiting(), 1, "{}", agent.log());
    } else {
        assert!(reply.starts_with('4'), "{reply}");
    }
    assert!(agent.log().contains("ertificate"), "{}", agent.log());
    assert!(taken(&installation).is_empty(), "{}", installation.log());
}

/// Authentication-Results in the agent's name that a sender wrote are gone before the gateway sees them.
pub fn removes_forged_results<A: Agent>() {
    let strict = "[acknowledge]\nunauthenticated = false\n";
    let (installation, agent) = behind::<A>(by_lmtp, strict);
    let _daemon = installation.serve();
    let verdict = "dmarc=pass header.from=partner.example\n";
    let forged = [
        format!("Authentication-Results: mx.team.example; {verdict}"),
        format!("authentication-results:mx.TEAM.example; {verdict}"),
        format!("Authentication-Results:\n mx.team.example;\n\t{verdict}"),
        format!("Authentication-Results : mx.team.example; {verdict}"),
        format!("Authentication-Results:\t mx.team.example 1; {verdict}"),
        format!("Authentication-Results: (x) mx.team.example; {verdict}"),
        format!("Authentication-Results: \"mx.team\\.example\"; {verdict}"),
        format!("X-First: 1\nAuthentication-Results: mx.team.example; {verdict}X-Last: 2\n"),
        format!("Authentication-Results: \u{a0}mx.team.example; {verdict}"),
    ];
    let whole = forged.iter().enumerate();
    let mut forged: Vec<String> = whole
        .map(|(number, fields)| report(&format!("forged-{number}"), fields, ATTACK))
        .collect();
    // Damaged: where it is taken at all, nobody must read on behind the damage and find more than the agent did.
    let sound = forged.len();
    let field = format!("Authentication-Results: mx.team.example; {verdict}");
    for damage in [
        "From someone\n",
        ">From someone\n",
        "No field\n",
        "No field: 1\n",
        "No\0field\n",
    ] {
        let plain = report(&format!("damaged-{}", forged.len()), "", ATTACK);
        forged.push(format!("{damage}{field}{plain}"));
        let within = format!("X-Last: 1\n{damage}{field}");
        forged.push(report(
            &format!("damaged-{}", forged.len()),
            &within,
            ATTACK,
        ));
    }
    let mut taken = 0;
    for (number, report) in forged.iter().enumerate() {
        let reply = send(agent.port(), NOC, TEAM, report);
        assert!(number >= sound || reply.starts_with("250"), "{reply}");
        taken += usize::from(reply.starts_with("250"));
    }
    wait_for("the tickets", PATIENCE, || {
        installation.tickets().len() == taken
    });
    let tickets = installation.tickets();
    for ticket in &tickets {
        // Where the damage ended the header, there is no From either.
        let answer = ticket["first"]["answer"].as_str().unwrap();
        assert!(
            ["unauthenticated", "no-address"].contains(&answer),
            "{ticket}"
        );
    }
    let (header, _) = kept(&installation, &tickets, "forged-7");
    assert!(header.contains("X-First: 1\r\n"), "{header}");
    assert!(header.contains("X-Last: 2"), "{header}");
    assert!(!header.contains("mx.team.example; dmarc"), "{header}");
    assert_eq!(installation.outbox().len(), 0);
}

/// A file of `deploy/` with the test's domain.
pub fn documented(name: &str) -> String {
    fs::read_to_string(repository().join("deploy").join(name))
        .unwrap()
        .replace("example.org", "team.example")
        .replace("example\\.org", "team\\.example")
}

/// `text` with `line` in force: it stands there after a `#`, and `instead` is put out of force.
pub fn switched(text: &str, instead: &str, line: &str) -> String {
    let (on, off) = (format!("\n{instead}"), format!("\n#{line}"));
    assert!(text.contains(&on) && text.contains(&off), "{text}");
    let text = text.replace(&on, &format!("\n#{instead}"));
    text.replace(&off, &format!("\n{line}"))
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A root folder with an agent that isn't installed, and the agent's foreground process in it; ends when dropped.
pub struct Jail {
    folder: tempfile::TempDir,
    daemon: Option<Child>,
}

impl Jail {
    /// A copy of the root folder `name` that `deploy/unpack-mtas` made.
    pub fn of(name: &str) -> Jail {
        let made = repository().join("target/mtas").join(name);
        assert!(made.is_dir(), "no {name} here: run deploy/unpack-mtas");
        let folder = tempfile::Builder::new().prefix("mta-").tempdir().unwrap();
        let copy = Command::new("cp")
            .arg("-a")
            .arg(made)
            .arg(folder.path().join("root"))
            .output()
            .unwrap();
        assert!(copy.status.success(), "{copy:?}");
        let daemon = None;
        Jail { folder, daemon }
    }

    /// A path as it is outside.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.folder.path().join("root").join(inside)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, inside: &str, text: &str) {
        let path = self.path(inside);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The file's text; empty when there is none.
    pub fn read(&self, inside: &str) -> String {
        let octets = fs::read(self.path(inside)).unwrap_or_default();
        String::from_utf8_lossy(&octets).into_owned()
    }

    /// The name of what runs, for messages.
    fn command(&self, program: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command
            .arg(self.path(""))
            .args(program)
            .stdin(Stdio::null());
        command
    }

    /// Runs a program in it, which must succeed; its standard output.
    pub fn run(&self, program: &[&str]) -> String {
        let output = self.output(program);
        assert!(output.status.success(), "{program:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a program in it.
    pub fn output(&self, program: &[&str]) -> Output {
        self.command(program).output().unwrap()
    }

    /// Starts the daemon in the foreground and waits until it greets. What it writes goes into `log`.
    pub fn serve(&mut self, program: &[&str], log: &str, port: u16) {
        let file = fs::File::create(self.path(log)).unwrap();
        let errors = file.try_clone().unwrap();
        let child = self.command(program).stdout(file).stderr(errors).spawn();
        let daemon = self.daemon.insert(child.unwrap());
        let deadline = Instant::now() + PATIENCE;
        while Conversation::connect(port).is_err() {
            let ended = daemon.try_wait().unwrap();
            let text = fs::read_to_string(self.folder.path().join("root").join(log)).unwrap();
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "{program:?}: {ended:?}: {text}"
            );
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }
}

impl Drop for Jail {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            // Its children end when they are asked by it.
            let pid = daemon.id().to_string();
            let _ = Command::new("kill").args(["-TERM", &pid]).status();
            let _ = daemon.wait();
        }
    }
}
