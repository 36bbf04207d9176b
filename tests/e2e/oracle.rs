//! Twelve ways in which a message can't be opened look the same from outside (threats.md S-06): no oracle for who holds a captured
//! ciphertext.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use sequoia_openpgp::armor::{Kind, Writer};
use sequoia_openpgp::cert::{Cert, CertBuilder};
use sequoia_openpgp::packet::{Body, SEIP};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::Serialize;
use sequoia_openpgp::serialize::stream::{
    Compressor, Encryptor, LiteralWriter, Message, Recipient,
};
use sequoia_openpgp::types::{CompressionAlgorithm, Features};
use sequoia_openpgp::{Packet, PacketPile, Result};

use crate::gnupg::{encrypted_entity, split_signed};
use crate::mail::{TEAM, field, mail};
use crate::support::Installation;

const SECRET: &str = "Content-Type: text/plain\r\n\r\nattacked from 192.0.2.10, zebra-7741\r\n";

/// Binary, to the certificate, with a writer for what goes inside.
fn around(
    cert: &Cert,
    hidden: bool,
    inside: impl for<'m> FnOnce(Message<'m>) -> Result<()>,
) -> Vec<u8> {
    let policy = StandardPolicy::new();
    let keys = cert
        .keys()
        .with_policy(&policy, None)
        .for_transport_encryption();
    let recipients = keys.map(|key| {
        let handle = (!hidden).then(|| key.key().key_handle());
        Recipient::new(Features::empty().set_seipdv1(), handle, key.key())
    });
    let mut sink = Vec::new();
    let message = Encryptor::for_recipients(Message::new(&mut sink), recipients)
        .build()
        .unwrap();
    inside(message).unwrap();
    sink
}

fn literal(message: Message<'_>, content: &[u8]) -> Result<()> {
    let mut writer = LiteralWriter::new(message).build()?;
    writer.write_all(content)?;
    writer.finalize()
}

fn compressed(message: Message<'_>) -> Result<Message<'_>> {
    Compressor::new(message)
        .algo(CompressionAlgorithm::Zip)
        .build()
}

fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [[0xC0 | tag, 0xFF].as_slice(), &length, body].concat()
}

/// The session key packets, and the body of the container.
fn taken_apart(message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut session_keys, mut container) = (Vec::new(), Vec::new());
    for packet in PacketPile::from_bytes(message).unwrap().into_children() {
        if let Packet::SEIP(SEIP::V1(seip)) = &packet {
            let Body::Unprocessed(body) = seip.body() else {
                panic!("opened without a key")
            };
            container.push(1);
            container.extend_from_slice(body);
        } else {
            packet.serialize(&mut session_keys).unwrap();
        }
    }
    (session_keys, container)
}

fn armored(binary: &[u8]) -> String {
    let mut writer = Writer::new(Vec::new(), Kind::Message).unwrap();
    writer.write_all(binary).unwrap();
    String::from_utf8(writer.finalize().unwrap()).unwrap()
}

/// What can't be opened, and the word that analysts get.
fn failures(team: &Cert) -> Vec<(&'static str, String, &'static str)> {
    let other = CertBuilder::general_purpose(Some("else@other.example"))
        .generate()
        .unwrap()
        .0;
    let plain = |message: Message<'_>| literal(message, SECRET.as_bytes());
    let good = around(team, false, plain);
    let (keys, container) = taken_apart(&good);
    let with = |tag: u8, body: &[u8]| armored(&[keys.clone(), packet(tag, body)].concat());
    let mut damaged = good.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let mut passphrase = Vec::new();
    let symmetric = Encryptor::with_passwords(Message::new(&mut passphrase), Some("123456"));
    literal(symmetric.build().unwrap(), SECRET.as_bytes()).unwrap();
    let bomb = around(team, false, |message| {
        let mut writer = LiteralWriter::new(compressed(message)?).build()?;
        for _ in 0..80 {
            writer.write_all(&[b'a'; 1024 * 1024])?;
        }
        writer.finalize()
    });
    let nested = around(team, false, |message| {
        literal(compressed(compressed(message)?)?, SECRET.as_bytes())
    });
    vec![
        (
            "another's key",
            armored(&around(&other, false, plain)),
            "no_key",
        ),
        ("damaged integrity code", armored(&damaged), "damaged"),
        ("truncated", armored(&good[..good.len() / 2]), "damaged"),
        ("downgraded", with(9, &container[1..]), "unsupported"),
        ("a passphrase", armored(&passphrase), "unsupported"),
        (
            "unknown version",
            with(18, &[&[3], &container[1..]].concat()),
            "unsupported",
        ),
        ("librepgp", with(20, &container), "unsupported"),
        ("bomb", armored(&bomb), "expands"),
        (
            "flood",
            armored(&[keys.repeat(1_000), packet(18, &container)].concat()),
            "too_many_packets",
        ),
        (
            "malformed armour",
            armored(&good).replace("\n\n", "\n\n!!!!"),
            "malformed",
        ),
        ("nested compression", armored(&nested), "expands"),
        (
            "hidden recipient",
            armored(&around(&other, true, plain)),
            "no_key",
        ),
    ]
}

#[test]
fn twelve_failures_look_the_same_from_outside() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let exported = installation.run(&["keys", "export"]);
    let team = Cert::from_bytes(exported.as_bytes()).unwrap();
    let failures = failures(&team);
    assert_eq!(failures.len(), 12);
    let mut seen: Vec<(String, String)> = Vec::new();
    for (count, (what, message, reason)) in failures.iter().enumerate() {
        let (sender, id) = (
            format!("s{count:02}@partner.example"),
            format!("o{count:02}@partner.example"),
        );
        let (head, body) = encrypted_entity(message);
        let dialogue = dialogue(
            &installation,
            &sender,
            &mail(&sender, "...", &id, &head, &body),
        );
        installation.settle();
        let tickets = installation.tickets();
        assert_eq!(tickets.len(), count + 1);
        let from = |ticket: &&serde_json::Value| ticket["first"]["from"] == sender.as_str();
        let ticket = tickets.iter().find(from).unwrap();
        assert_eq!(ticket["needs_human"], "undecryptable", "{what}: {ticket}");
        let reference = ticket["reference"].as_str().unwrap();
        let shown = installation.json(&["ticket", "show", reference, "--json"]);
        assert_eq!(
            shown[0]["entries"][0]["openpgp"]["error"], *reason,
            "{what}"
        );
        let sent = installation.outbox();
        assert_eq!(sent.len(), count + 1, "{what}");
        let answer = sent.iter().find(|answer| answer.contains(&sender)).unwrap();
        seen.push((dialogue, neutral(answer, reference, &sender, &id)));
    }
    let (first_dialogue, first_answer) = &seen[0];
    assert!(first_dialogue.starts_with("220 ") && first_dialogue.ends_with("\r\n"));
    assert!(
        first_answer.contains("We could not open it yet"),
        "{first_answer}"
    );
    for ((dialogue, answer), (what, _, _)) in seen.iter().zip(&failures) {
        assert_eq!(dialogue, first_dialogue, "{what}");
        assert_eq!(answer, first_answer, "{what}");
    }
    let log = installation.log();
    assert!(!log.contains("zebra-7741") && !log.contains("192.0.2.10"));
}

/// Every octet that the server says, from the greeting to the end of the connection, without the id of the message.
fn dialogue(installation: &Installation, sender: &str, message: &str) -> String {
    let stream = TcpStream::connect(("127.0.0.1", installation.ports.smtp)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let mut stream = BufReader::new(stream);
    let mut said = answer(&mut stream);
    for line in [
        "EHLO client.example".to_owned(),
        format!("MAIL FROM:<{sender}>"),
        format!("RCPT TO:<{TEAM}>"),
        "DATA".to_owned(),
        format!("{}.", message.replace("\r\n.", "\r\n..")),
    ] {
        let line = format!("{line}\r\n");
        stream.get_mut().write_all(line.as_bytes()).unwrap();
        said.push_str(&answer(&mut stream));
    }
    let last = said.lines().last().unwrap().to_owned();
    let (text, id) = last.rsplit_once(' ').unwrap();
    assert!(text.starts_with("250 2.0.0"), "{said}");
    assert!(id.len() == 36 && id.matches('-').count() == 4, "{said}");
    let said = said.replace(id, "ID");
    stream.get_mut().write_all(b"QUIT\r\n").unwrap();
    let mut end = String::new();
    stream.read_to_string(&mut end).unwrap();
    said + &end
}

/// One answer as it came, line ends and all.
fn answer(stream: &mut BufReader<TcpStream>) -> String {
    let mut lines = String::new();
    loop {
        let start = lines.len();
        assert!(stream.read_line(&mut lines).unwrap() > 0, "{lines}");
        if lines.as_bytes()[start + 3] != b'-' {
            return lines;
        }
    }
}

/// Without number, id, date; and without what every signed mail has of its own: its signature and its boundaries.
fn neutral(answer: &str, reference: &str, sender: &str, id: &str) -> String {
    let (_, signature) = split_signed(answer);
    let mut text = answer
        .replace(&signature, "SIGNATURE")
        .replace(reference, "NUMBER");
    let serial = reference.split('#').nth(1).unwrap().trim_end_matches(']');
    for (unlike, word) in [
        (field(answer, "Message-ID").unwrap(), "MESSAGE-ID"),
        (field(answer, "Date").unwrap(), "DATE"),
        (sender.to_owned(), "SENDER"),
        (id.to_owned(), "ID"),
        (serial.to_owned(), "SERIAL"),
    ] {
        text = text.replace(&unlike, word);
    }
    while let Some((_, rest)) = text.split_once("boundary=\"") {
        let boundary = rest.split('"').next().unwrap().to_owned();
        text = text
            .replace("boundary=\"", "limit=\"")
            .replace(&boundary, "BOUNDARY");
    }
    text
}
