//! Independent mail clients talk to every listener.

use std::process::{Command, Output};

use lettre::{Message, SmtpTransport, Transport};

use crate::mail::TEAM;
use crate::support::{Installation, installed};

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
    if !installed("python3") {
        return;
    }
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let script = r#"
import smtplib, ssl, sys
from email.message import EmailMessage
smtp, smtps, certificate = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=certificate)
def mail(number):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "noc@partner.example", "csirt@team.example", "Signalement %d" % number
    message["Message-ID"] = "<py.%d@partner.example>" % number
    message.set_content("Attaque n° %d depuis 192.0.2.10 contre 198.51.100.7:22/tcp." % number, cte="8bit")
    message.add_attachment(b"\x00\x01\x02" * 1000, maintype="application", subtype="octet-stream", filename="trafic.pcap")
    return message
with smtplib.SMTP("localhost", smtp) as client:
    client.starttls(context=context)
    assert not client.send_message(mail(1), mail_options=["BODY=8BITMIME"])
    assert not client.send_message(mail(2), mail_options=["SMTPUTF8"])
with smtplib.SMTP_SSL("localhost", smtps, context=context) as client:
    assert not client.send_message(mail(3))
"#;
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(installation.ports.smtp.to_string())
        .arg(installation.ports.smtps.to_string())
        .arg(installation.path("ca.crt"))
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    installation.settle();
    assert_eq!(installation.tickets().len(), 3);
}
