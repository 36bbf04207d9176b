//! Independent mail clients talk to every listener.

use std::process::{Command, Output};

use lettre::{Message, SmtpTransport, Transport};

use crate::mail::{TEAM, mail};
use crate::support::Installation;

const NOC: &str = "noc@partner.example";
const BODY: &str = "Our server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.";

/// swaks with these arguments; it writes the conversation to standard output.
fn swaks(arguments: &[&str]) -> Output {
    Command::new("swaks")
        .args([
            "--from",
            NOC,
            "--helo",
            "client.example",
            "--header",
            "Subject: Scan",
            "--body",
            BODY,
        ])
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("swaks: {error}; apt-get install swaks libnet-ssleay-perl"))
}

fn conversation(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs swaks, which must succeed; the conversation.
fn taken(arguments: &[&str]) -> String {
    let output = swaks(arguments);
    let text = conversation(&output);
    assert!(output.status.success(), "swaks {arguments:?}: {text}");
    assert!(text.contains("250 2.0.0"), "{text}");
    text
}

fn at(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

#[test]
fn swaks_delivers_to_every_listener() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let ports = installation.ports;
    let (smtp, smtps, lmtp) = (at(ports.smtp), at(ports.smtps), at(ports.lmtp));
    let socket = installation.path("lmtp.sock").display().to_string();
    let clear = taken(&["--to", TEAM, "--server", &smtp]);
    for extension in [
        "SIZE",
        "8BITMIME",
        "SMTPUTF8",
        "PIPELINING",
        "ENHANCEDSTATUSCODES",
        "STARTTLS",
    ] {
        assert!(clear.contains(extension), "{extension}: {clear}");
    }
    let upgraded = taken(&["--to", TEAM, "--server", &smtp, "--tls"]);
    assert!(upgraded.contains("TLS started with cipher"), "{upgraded}");
    taken(&[
        "--to",
        TEAM,
        "--server",
        &smtp,
        "--tls",
        "--tls-protocol",
        "tlsv1_2",
    ]);
    let implicit = taken(&["--to", TEAM, "--server", &smtps, "--tlsc"]);
    assert!(implicit.contains("TLS started with cipher"), "{implicit}");
    taken(&[
        "--to",
        "abuse+web@team.example",
        "--server",
        &lmtp,
        "--protocol",
        "LMTP",
    ]);
    taken(&["--to", TEAM, "--server", &smtp, "--pipeline"]);
    // swaks takes a path for a Unix socket.
    taken(&["--to", TEAM, "--socket", &socket, "--protocol", "LMTP"]);
    installation.settle();
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 7, "{tickets:?}");
    assert_eq!(installation.outbox().len(), 7);
}

#[test]
fn lmtp_answers_for_each_recipient_and_keeps_one_message() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let lmtp = at(installation.ports.lmtp);
    let recipients = format!("{TEAM},accounting@team.example,abuse@team.example");
    let output = swaks(&["--to", &recipients, "--server", &lmtp, "--protocol", "LMTP"]);
    let text = conversation(&output);
    assert!(text.contains("550 5.1.1"), "{text}");
    assert_eq!(text.matches("250 2.0.0").count(), 2, "{text}");
    installation.settle();
    assert_eq!(installation.tickets().len(), 1);
}

#[test]
fn wrong_recipients_are_refused_for_good() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let smtp = at(installation.ports.smtp);
    for recipient in [
        "accounting@team.example",
        "csirt@elsewhere.example",
        "csirt%elsewhere.example@team.example",
    ] {
        let output = swaks(&["--to", recipient, "--server", &smtp]);
        let text = conversation(&output);
        assert!(!output.status.success(), "{text}");
        assert!(text.contains("<** 550 5.1.1"), "{recipient}: {text}");
    }
    assert_eq!(installation.tickets().len(), 0);
}

#[test]
fn mail_over_the_size_limit_is_refused_and_nothing_of_it_kept() {
    let installation = Installation::new("[intake]\nmax_size = \"64 KiB\"\n");
    let _daemon = installation.serve();
    let smtp = at(installation.ports.smtp);
    let large = installation.path("large.txt");
    std::fs::write(
        &large,
        "All work and no play makes a long report.\n".repeat(3000),
    )
    .unwrap();
    let attachment = format!("@{}", large.display());
    let output = swaks(&["--to", TEAM, "--server", &smtp, "--attach", &attachment]);
    let text = conversation(&output);
    assert!(!output.status.success(), "{text}");
    assert!(text.contains("<** 552 5.3.4"), "{text}");
    taken(&["--to", TEAM, "--server", &smtp]);
    installation.settle();
    assert_eq!(installation.tickets().len(), 1);
}

#[test]
fn lettre_delivers_several_mails_over_one_connection() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let transport = SmtpTransport::builder_dangerous("127.0.0.1")
        .port(installation.ports.smtp)
        .build();
    assert!(transport.test_connection().unwrap());
    for number in 0..3 {
        let message = Message::builder()
            .from("Équipe réseau <noc@partner.example>".parse().unwrap())
            .to(TEAM.parse().unwrap())
            .subject(format!("Incident n° {number}: été"))
            .body(format!("{number}: {BODY}\n.\n..\nLine after the dots."))
            .unwrap();
        let response = transport.send(&message).unwrap();
        assert!(response.is_positive());
    }
    installation.settle();
    let mut tickets = installation.tickets();
    tickets.sort_by_key(|ticket| ticket["first"]["subject"].to_string());
    assert_eq!(tickets.len(), 3);
    assert_eq!(tickets[2]["first"]["subject"], "Incident n° 2: été");
    let reference = tickets[2]["reference"].as_str().unwrap();
    let shown = installation.json(&["ticket", "show", reference, "--json", "--text"]);
    let text = shown[0]["entries"][0]["parts"][0]["text"]
        .as_str()
        .unwrap()
        .replace("\r\n", "\n");
    assert!(text.contains("\n.\n..\nLine after the dots."), "{text}");
}

#[test]
fn pythons_smtplib_delivers_with_tls_and_checks_the_certificate() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let script = r#"
import smtplib, ssl, sys
from email.message import EmailMessage
smtp, smtps, lmtp = map(int, sys.argv[1:4])
authority, socket = sys.argv[4:]
context = ssl.create_default_context(cafile=authority)
def mail(number):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "noc@partner.example", "csirt@team.example", "Signalement %d" % number
    message["Message-ID"] = "<py.%d@partner.example>" % number
    message.set_content("Attaque n° %d depuis 192.0.2.10 contre 198.51.100.7:22/tcp." % number, cte="8bit")
    message.add_attachment(b"\x00\x01\x02" * 1000, maintype="application", subtype="octet-stream", filename="trafic.pcap")
    return message
with smtplib.SMTP("localhost", smtp) as client:
    client.starttls(context=context)
    assert client.sock.version() == "TLSv1.3", client.sock.version()
    assert not client.send_message(mail(1), mail_options=["BODY=8BITMIME"])
    assert not client.send_message(mail(2), mail_options=["SMTPUTF8"])
    refused = client.send_message(mail(3), to_addrs=["csirt@team.example", "accounting@team.example"])
    assert list(refused) == ["accounting@team.example"] and refused["accounting@team.example"][0] == 550, refused
with smtplib.SMTP_SSL("localhost", smtps, context=context) as client:
    assert not client.send_message(mail(4))
with smtplib.LMTP("localhost", lmtp) as client:
    assert not client.send_message(mail(5))
with smtplib.LMTP(socket) as client:
    assert not client.send_message(mail(6))
try:
    smtplib.SMTP("localhost", smtp).starttls(context=ssl.create_default_context())
    sys.exit("the certificate of an unknown authority was taken")
except ssl.SSLCertVerificationError:
    pass
"#;
    let ports = installation.ports;
    let output = Command::new("python3")
        .args(["-c", script])
        .args([ports.smtp, ports.smtps, ports.lmtp].map(|port| port.to_string()))
        .arg(installation.path("ca.crt"))
        .arg(installation.path("lmtp.sock"))
        .output()
        .unwrap_or_else(|error| panic!("python3: {error}; apt-get install python3"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    installation.settle();
    assert_eq!(installation.tickets().len(), 6);
}

/// msmtp with a configuration of these lines, the certificate checked against `authority`.
fn msmtp(installation: &Installation, lines: &str, authority: &str, number: usize) -> Output {
    let file = installation.path("msmtprc");
    let trust = installation.path(authority).display().to_string();
    let account = format!(
        "account default\nhost localhost\nfrom {NOC}\ntimeout 20\ntls_trust_file {trust}\n{lines}"
    );
    std::fs::write(&file, account).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, mode).unwrap();
    let message = installation.path("msmtp.eml");
    let id = format!("msmtp.{number}@partner.example");
    std::fs::write(&message, mail(NOC, "Scan", &id, "", BODY)).unwrap();
    Command::new("msmtp")
        .arg("--file")
        .arg(&file)
        .args([TEAM, "abuse+web@team.example"])
        .stdin(std::fs::File::open(&message).unwrap())
        .output()
        .unwrap_or_else(|error| panic!("msmtp: {error}; apt-get install msmtp"))
}

#[test]
fn msmtp_delivers_and_checks_the_certificate() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let ports = installation.ports;
    let ways = [
        format!("port {}\ntls on\ntls_starttls on\n", ports.smtp),
        format!("port {}\ntls on\ntls_starttls off\n", ports.smtps),
        format!("port {}\nprotocol lmtp\ntls off\n", ports.lmtp),
    ];
    for (number, lines) in ways.iter().enumerate() {
        let output = msmtp(&installation, lines, "ca.crt", number);
        assert!(
            output.status.success(),
            "{lines}: {}",
            conversation(&output)
        );
    }
    installation.settle();
    assert_eq!(installation.tickets().len(), ways.len());
    assert_eq!(installation.outbox().len(), ways.len());
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(installation.path("other.crt"), other.cert.pem()).unwrap();
    for lines in &ways[..2] {
        let output = msmtp(&installation, lines, "other.crt", ways.len());
        let text = conversation(&output);
        assert!(!output.status.success(), "{text}");
        assert!(text.contains("certificate"), "{text}");
    }
    assert_eq!(installation.tickets().len(), ways.len());
}
