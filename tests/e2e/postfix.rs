//! Behind a real Postfix, with the lines of `deploy/postfix`: it takes the mail, hands it over, and delivers our acknowledgements.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::mail::{TEAM, crlf, field, mail, text_of};
use crate::mta::{
    Agent, Hop, behind, by_lmtp, by_smtp, documented, hands_nothing_to_a_stranger,
    keeps_what_cannot_be_handed_over, relays, removes_forged_results, switched,
};
use crate::support::{Conversation, Installation, free_port, send};

/// A running Postfix; stopped when dropped.
pub struct Postfix {
    folder: tempfile::TempDir,
    port: u16,
}

/// Owner of the local mailboxes: `nobody`.
const MAILBOX_OWNER: u32 = 65534;

/// What a test needs besides the documented lines: folders, loopback, and mailboxes of partner.example.
const PREAMBLE: &str = "\
compatibility_level = 3.6
queue_directory = @FOLDER@/queue
data_directory = @FOLDER@/data
maillog_file = @FOLDER@/mail.log
maillog_file_prefixes = /
myhostname = mx.team.example
mydestination =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
address_verify_poll_delay = 1s
virtual_mailbox_domains = partner.example
virtual_mailbox_base = @FOLDER@/mailboxes
virtual_mailbox_maps = texthash:@FOLDER@/mailboxes.map
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
";

/// The services of Postfix that mail passes here; the submission port is the test's.
const SERVICES: &str = "\
127.0.0.1:@PORT@ inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
scache unix - - n - 1 scache
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
";

impl Agent for Postfix {
    fn start(port: u16, hop: Hop, installation: &Installation) -> Postfix {
        let main = documented("postfix/main.cf");
        Postfix::with(port, &main, &transport_to(hop), installation)
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn flush(&self) {
        self.command("postqueue", &["-f"]);
    }

    fn waiting(&self) -> usize {
        self.command("postqueue", &["-j"]).lines().count()
    }

    fn mailboxes(&self) -> PathBuf {
        self.path("mailboxes")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("mail.log")).unwrap_or_default()
    }
}

/// `pillarbox-transport`, with this hop in force.
fn transport_to(hop: Hop) -> String {
    let by_lmtp = "team.example    pillarbox:inet:[127.0.0.1]:10024";
    let by_smtp = "team.example    pillarbox-tls:[gateway.team.example]:25";
    let text = documented("postfix/pillarbox-transport");
    match hop {
        Hop::Lmtp(port) => {
            assert!(text.contains(by_lmtp), "{text}");
            text.replace("]:10024", &format!("]:{port}"))
        }
        Hop::Tls(port) => switched(&text, by_lmtp, by_smtp)
            .replace("[gateway.team.example]:25", &format!("[localhost]:{port}")),
    }
}

impl Postfix {
    fn with(port: u16, main: &str, transport: &str, installation: &Installation) -> Postfix {
        let folder = tempfile::Builder::new().prefix("pfx-").tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let postfix = Postfix { folder, port };
        for name in ["etc", "queue", "data", "mailboxes"] {
            fs::create_dir_all(postfix.path(name)).unwrap();
        }
        chown(postfix.path("mailboxes"), Some(MAILBOX_OWNER), None).unwrap();
        chown(postfix.path("data"), Some(user_id("postfix")), None).unwrap();
        fs::write(
            postfix.path("mailboxes.map"),
            "noc@partner.example noc/\nsoc@partner.example soc/\n",
        )
        .unwrap();
        let write = |name: &str, text: &str| {
            let text = text
                .replace("@FOLDER@", &postfix.folder.path().display().to_string())
                .replace("@PORT@", &port.to_string());
            fs::write(postfix.path("etc").join(name), text).unwrap();
        };
        let etc = postfix.path("etc").display().to_string();
        let authority = installation.path("ca.crt").display().to_string();
        let main = main.replace("/etc/postfix", &etc);
        write("main.cf", &format!("{PREAMBLE}{main}"));
        let master = documented("postfix/master.cf")
            .replace("/etc/ssl/certs/ca-certificates.crt", &authority);
        write("master.cf", &format!("{SERVICES}{master}"));
        write(
            "pillarbox-headers",
            &documented("postfix/pillarbox-headers"),
        );
        write("pillarbox-transport", transport);
        postfix.command("postfix", &["check"]);
        postfix.command("postfix", &["start"]);
        postfix
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// One of Postfix' programs on this configuration alone; its standard output.
    fn command(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(Path::new("/usr/sbin").join(program))
            .arg("-c")
            .arg(self.path("etc"))
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}; apt-get install postfix"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {errors}{}",
            self.log()
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

/// One with Debian's own setting for bare line feeds.
pub struct CarelessPostfix(Postfix);

impl Agent for CarelessPostfix {
    fn start(port: u16, hop: Hop, installation: &Installation) -> CarelessPostfix {
        let main = documented("postfix/main.cf");
        let careless = main.replace("\nsmtpd_forbid_bare_newline", "\n#");
        assert!(careless != main, "{main}");
        let transport = transport_to(hop);
        CarelessPostfix(Postfix::with(port, &careless, &transport, installation))
    }

    fn port(&self) -> u16 {
        self.0.port()
    }

    fn flush(&self) {
        self.0.flush();
    }

    fn waiting(&self) -> usize {
        self.0.waiting()
    }

    fn mailboxes(&self) -> PathBuf {
        self.0.mailboxes()
    }

    fn log(&self) -> String {
        self.0.log()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(self.path("etc"))
            .arg("stop")
            .output();
    }
}

fn user_id(name: &str) -> u32 {
    let output = Command::new("id").args(["-u", name]).output().unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("there is no user {name}: apt-get install postfix"))
}

const ENGLISH: &str = "Hello,\n\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.\n\
                       Please have a look at it.\n\nKind regards";
const FRENCH: &str = "Bonjour,\n\nnotre serveur 198.51.100.7 est attaqué depuis hier soir par l'adresse 192.0.2.10.\n\
                      Merci de bien vouloir regarder ce qui se passe.\n\nCordialement";

/// What RFC 3834 and our own promises want of every acknowledgement.
fn assert_is_acknowledgement(message: &str, reference: &str, answers: &str) {
    let value = |name: &str| field(message, name).unwrap_or_else(|| panic!("no {name}: {message}"));
    assert_eq!(value("Return-Path"), "<>");
    assert_eq!(value("Auto-Submitted"), "auto-replied");
    assert_eq!(value("From"), format!("\"Test CSIRT\" <{TEAM}>"));
    assert_eq!(value("In-Reply-To"), format!("<{answers}>"));
    assert_eq!(value("References"), format!("<{answers}>"));
    assert!(
        value("Subject").starts_with(&format!("[{reference}] ")),
        "{message}"
    );
    assert!(value("Message-ID").ends_with("@team.example>"), "{message}");
    assert!(
        value("Content-Type").starts_with("multipart/signed"),
        "{message}"
    );
    let text = text_of(message);
    assert!(text.starts_with(&format!("[{reference}]\r\n")), "{text}");
    assert!(!text.contains("192.0.2.10"), "quotes the report: {text}");
}

#[test]
fn report_through_postfix_is_acknowledged_to_the_reporters_mailbox() {
    let (installation, postfix) = behind::<Postfix>(by_lmtp, "");
    let _daemon = installation.serve();
    let report = mail(
        "Noc <noc@partner.example>",
        "Scan",
        "en.1@partner.example",
        "",
        ENGLISH,
    );
    let reply = send(postfix.port(), "noc@partner.example", TEAM, &report);
    assert!(reply.starts_with("250"), "{reply}");
    let message = crlf(&postfix.delivered("noc", 1)[0]);
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 1);
    let reference = tickets[0]["reference"].as_str().unwrap();
    assert_is_acknowledgement(&message, reference, "en.1@partner.example");
    assert_eq!(
        field(&message, "Subject").unwrap(),
        format!("[{reference}] Re: Scan")
    );
    assert_eq!(field(&message, "To").unwrap(), "noc@partner.example");
    let text = text_of(&message);
    assert!(text.contains("We have received your report"), "{text}");
    assert!(!text.contains("Merci"), "one language is enough: {text}");
    assert!(
        postfix.log().contains("postfix/pillarbox"),
        "{}",
        postfix.log()
    );
}

#[test]
fn french_report_through_the_unix_socket_is_acknowledged_in_french() {
    let port = free_port();
    let smarthost = format!("[outbox]\nsmarthost = \"127.0.0.1:{port}\"\n");
    let installation = Installation::new(&smarthost);
    let transport = switched(
        &documented("postfix/pillarbox-transport"),
        "team.example    pillarbox:inet:[127.0.0.1]:10024",
        "team.example    pillarbox:unix:/run/pillarbox/lmtp",
    );
    let socket = installation.path("lmtp.sock").display().to_string();
    let transport = transport.replace("/run/pillarbox/lmtp", &socket);
    let postfix = Postfix::with(
        port,
        &documented("postfix/main.cf"),
        &transport,
        &installation,
    );
    let _daemon = installation.serve();
    let more = "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n";
    let report = mail(
        "soc@partner.example",
        "Attaque",
        "fr.1@partner.example",
        more,
        FRENCH,
    );
    let reply = send(
        postfix.port(),
        "soc@partner.example",
        "abuse+web@team.example",
        &report,
    );
    assert!(reply.starts_with("250"), "{reply}");
    let message = crlf(&postfix.delivered("soc", 1)[0]);
    let tickets = installation.tickets();
    let reference = tickets[0]["reference"].as_str().unwrap();
    assert_is_acknowledgement(&message, reference, "fr.1@partner.example");
    let text = text_of(&message);
    assert!(
        text.contains("Nous avons bien reçu votre signalement"),
        "{text}"
    );
    assert!(
        !text.contains("Thank you"),
        "one language is enough: {text}"
    );
}

#[test]
fn address_that_is_not_ours_is_refused_by_postfix_and_never_bounced() {
    let (installation, postfix) = behind::<Postfix>(by_lmtp, "");
    let _daemon = installation.serve();
    let mut conversation = Conversation::connect(postfix.port()).unwrap();
    conversation.say("EHLO client.example").unwrap();
    conversation.say("MAIL FROM:<noc@partner.example>").unwrap();
    let reply = conversation
        .say("RCPT TO:<accounting@team.example>")
        .unwrap();
    assert!(reply.starts_with("550 5.1.1"), "{reply}");
    let reply = conversation
        .say("RCPT TO:<security+dns@team.example>")
        .unwrap();
    assert!(reply.starts_with("250"), "{reply}");
    assert_eq!(
        installation.tickets().len(),
        0,
        "an address probe is no report"
    );
}

#[test]
fn postfix_relays_by_lmtp() {
    relays::<Postfix>(by_lmtp);
}

#[test]
fn postfix_relays_by_smtp_with_tls() {
    relays::<Postfix>(by_smtp);
}

#[test]
fn postfix_keeps_what_it_cannot_hand_over_by_lmtp() {
    keeps_what_cannot_be_handed_over::<Postfix>(by_lmtp);
}

#[test]
fn postfix_keeps_what_it_cannot_hand_over_by_smtp() {
    keeps_what_cannot_be_handed_over::<Postfix>(by_smtp);
}

#[test]
fn postfix_removes_forged_results() {
    removes_forged_results::<Postfix>();
}

#[test]
fn postfix_hands_nothing_to_a_stranger() {
    hands_nothing_to_a_stranger::<Postfix>();
}
