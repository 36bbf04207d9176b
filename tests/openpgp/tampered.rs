//! Large messages tampered with, packets shuffled, floods of signatures (threats.md S-04, S-09, S-27): no octet of plaintext leaves,
//! and what counts as signed was signed.

use std::io::Write;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use sequoia_openpgp::serialize::stream::{Compressor, Encryptor, Message};
use sequoia_openpgp::types::CompressionAlgorithm;

use crate::attacks::{packet, wrapped};
use crate::made::*;

/// 120 kB of text with canaries from its first to its last line.
fn large() -> String {
    let line =
        format!("{CANARY} the same line again and again, so that there is a canary everywhere\r\n");
    format!("Content-Type: text/plain\r\n\r\n{}", line.repeat(1_500))
}

fn large_message(aead: bool) -> Vec<u8> {
    encrypted_around(aead, |message| literal(signer(message), large().as_bytes()))
}

#[test]
fn large_messages_with_one_flipped_bit() {
    for aead in [false, true] {
        let message = large_message(aead);
        assert!(reading(&wrapped(&message)).openpgp.decrypted);
        let container = 150;
        // The first octets of the container, its middle, and its integrity code.
        let places = (0..12)
            .map(|step| container + step * (message.len() - container - 1) / 11)
            .chain(message.len() - 30..message.len());
        for at in places {
            let mut harmed = message.clone();
            harmed[at] ^= 1 << (at % 8);
            assert_closed(&wrapped(&harmed), None);
        }
    }
}

/// The length octets of chunks are where a streaming reader would stop (RFC 9580 section 4.2.1.4).
#[test]
fn large_messages_cut_at_every_boundary() {
    for aead in [false, true] {
        let message = large_message(aead);
        for at in boundaries(&message) {
            for cut in [at.saturating_sub(1), at, at + 1] {
                if cut < message.len() {
                    assert_closed(&wrapped(&message[..cut]), None);
                }
            }
        }
    }
}

/// Where packets and chunks begin.
fn boundaries(message: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut in_chunks = false;
    while at < message.len() {
        found.push(at);
        if !in_chunks {
            at += 1;
        }
        let first = usize::from(message[at]);
        let (length, octets, chunk) = match first {
            0..=191 => (first, 1, false),
            192..=223 => (
                ((first - 192) << 8) + usize::from(message[at + 1]) + 192,
                2,
                false,
            ),
            255 => (four_octets(&message[at + 1..]), 5, false),
            _ => (1 << (first & 0x1f), 1, true),
        };
        at += octets + length;
        in_chunks = chunk;
    }
    found
}

/// RFC 9580 section 5.13.2: each chunk has a tag of its own, so a reader that gives out chunk by chunk could be fed with some.
#[test]
fn chunks_of_aead_reordered_left_out_and_doubled() {
    let message = large_message(true);
    let starts = boundaries(&message);
    let (session_key, container) = message.split_at(starts[1]);
    let body = &container[container.len() - length_of(container)..];
    // Version, ciphers, chunk size, salt; the last tag covers the length of everything.
    let (head, rest) = body.split_at(4 + 32);
    let (chunks, last_tag) = rest.split_at(rest.len() - 16);
    let size = (1_usize << (head[3] + 6)) + 16;
    let chunks: Vec<&[u8]> = chunks.chunks(size).collect();
    assert!(chunks.len() > 4, "{}", chunks.len());
    let with = |chunks: Vec<&[u8]>| {
        let body = [head, &chunks.concat(), last_tag].concat();
        wrapped(&[session_key, &packet(18, &body)].concat())
    };
    assert!(reading(&with(chunks.clone())).openpgp.decrypted);
    for at in (0..chunks.len()).step_by(chunks.len() / 4) {
        assert_closed(&with([&chunks[..at], &chunks[at + 1..]].concat()), None);
        assert_closed(&with([&chunks[..=at], &chunks[at..]].concat()), None);
        assert_closed(&with(chunks[..at].to_vec()), None);
        let mut swapped = chunks.clone();
        swapped.swap(at, (at + 1) % chunks.len());
        assert_closed(&with(swapped), None);
    }
}

fn four_octets(octets: &[u8]) -> usize {
    octets[..4]
        .iter()
        .fold(0, |sum, octet| (sum << 8) | usize::from(*octet))
}

/// Octets of the body of a packet of one piece.
fn length_of(packet: &[u8]) -> usize {
    match packet[1] {
        255 => four_octets(&packet[2..]),
        first => panic!("length octet {first}"),
    }
}

#[test]
fn signature_floods_are_refused_at_once() {
    let content = entity();
    let one = binary(&signature(&content));
    let armored_signatures =
        |count: usize| armored(&one.repeat(count)).replace("MESSAGE", "SIGNATURE");
    let start = Instant::now();
    let reading_of = reading(&mail(&signed_entity(&content, &armored_signatures(10_000))));
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    let layers = signed_layers(&reading_of);
    assert_eq!(layers.len(), 1);
    assert_eq!(layers[0].error.as_deref(), Some("too_many_packets"));
    assert!(!reading_of.parts[0].signed);
    let thirty_two = reading(&mail(&signed_entity(&content, &armored_signatures(32))));
    assert!(thirty_two.parts[0].signed);

    let (ops, text, sig) = signed_pieces();
    let flood = [ops.repeat(5_000), text, sig.repeat(5_000)].concat();
    let sealed = encrypted_around(false, |mut message| {
        message.write_all(&flood)?;
        message.finalize()
    });
    assert_closed(&wrapped(&sealed), Some("too_many_packets"));
}

/// A memory-hard key derivation that the attacker chose (RFC 9580 section 3.7.1.4) is never begun.
#[test]
fn argon2_session_keys_are_not_tried() {
    let mut binary = Vec::new();
    let message = Encryptor::with_passwords(Message::new(&mut binary), Some("123456")).build();
    literal(message.unwrap(), entity().as_bytes()).unwrap();
    // Version 6, algorithms, then S2K 4: salt, t = 255, p = 255, m = 2^31 KiB.
    let s2k = [[4_u8].as_slice(), &[7; 16], &[255, 255, 31]].concat();
    let body = [[6_u8, 40, 9, 2, 20].as_slice(), &s2k, &[1; 48]].concat();
    let bomb = [packet(3, &body), binary].concat();
    let start = Instant::now();
    assert_closed(&wrapped(&bomb), Some("unsupported"));
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

/// The packets of a signed message: one-pass signature, literal data, signature.
fn signed_pieces() -> (Vec<u8>, Vec<u8>, Vec<u8>) {
    use sequoia_openpgp::PacketPile;
    use sequoia_openpgp::parse::Parse;
    use sequoia_openpgp::serialize::Serialize;
    let mut sink = Vec::new();
    literal(signer(Message::new(&mut sink)), b"signed words").unwrap();
    let mut pieces = PacketPile::from_bytes(&sink)
        .unwrap()
        .into_children()
        .map(|packet| {
            let mut octets = Vec::new();
            packet.serialize(&mut octets).unwrap();
            octets
        });
    (
        pieces.next().unwrap(),
        pieces.next().unwrap(),
        pieces.next().unwrap(),
    )
}

fn compressed(inside: &[u8]) -> Vec<u8> {
    let mut sink = Vec::new();
    let mut writer = Compressor::new(Message::new(&mut sink))
        .algo(CompressionAlgorithm::Zip)
        .build()
        .unwrap();
    writer.write_all(inside).unwrap();
    writer.finalize().unwrap();
    sink
}

#[derive(Clone, Debug)]
enum Piece {
    OnePass,
    Signed,
    Signature,
    Forged,
    Empty,
    Marker,
    Padding,
    Unknown,
    Compressed(Vec<Piece>),
    Encrypted(Vec<Piece>),
}

fn octets(pieces: &[Piece]) -> Vec<u8> {
    let (ops, text, signature) = signed_pieces();
    let one = |piece: &Piece| match piece {
        Piece::OnePass => ops.clone(),
        Piece::Signed => text.clone(),
        Piece::Signature => signature.clone(),
        Piece::Forged => packet(11, b"b\0\0\0\0\0forged words"),
        Piece::Empty => packet(11, b"b\0\0\0\0\0"),
        Piece::Marker => packet(10, b"PGP"),
        Piece::Padding => packet(21, b"forged padding"),
        Piece::Unknown => packet(60, b"forged private"),
        Piece::Compressed(inside) => compressed(&octets(inside)),
        Piece::Encrypted(inside) => encrypted_around(false, |mut message| {
            message.write_all(&octets(inside))?;
            message.finalize()
        }),
    };
    pieces.iter().flat_map(one).collect()
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let leaf = prop_oneof![
        4 => Just(Piece::OnePass),
        4 => Just(Piece::Signed),
        4 => Just(Piece::Signature),
        3 => Just(Piece::Forged),
        1 => Just(Piece::Empty),
        1 => Just(Piece::Marker),
        1 => Just(Piece::Padding),
        1 => Just(Piece::Unknown),
    ];
    let piece = leaf.prop_recursive(3, 12, 4, |inner| {
        let inside = prop::collection::vec(inner, 0..5);
        prop_oneof![
            2 => inside.clone().prop_map(Piece::Compressed),
            1 => inside.prop_map(Piece::Encrypted),
        ]
    });
    prop::collection::vec(piece, 1..6)
}

#[test]
fn the_one_order_that_is_signed() {
    let good = [Piece::OnePass, Piece::Signed, Piece::Signature];
    for pieces in [good.to_vec(), vec![Piece::Compressed(good.to_vec())]] {
        let raw = wrapped(&octets(&[Piece::Encrypted(pieces)]));
        let reading = reading(&raw);
        assert!(reading.parts[0].signed, "{:?}", reading.openpgp);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Type confusion (T27): whatever packets come in whatever order, signed text is the text that was signed.
    #[test]
    fn shown_as_signed_is_what_was_signed(pieces in pieces(), around in any::<bool>()) {
        let pieces = if around { vec![Piece::Encrypted(pieces)] } else { pieces };
        let message = octets(&pieces);
        let inline = mail(&format!("Content-Type: text/plain\r\n\r\n{}", armored(&message)));
        let file = mail(&format!(
            "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: text/plain\r\n\r\nsee\r\n\
             --m\r\nContent-Type: application/octet-stream; name=x.gpg\r\n\r\n{}\r\n--m--\r\n",
            armored(&message)
        ));
        for raw in [wrapped(&message), inline, file] {
            for part in reading(&raw).parts.iter().filter(|part| part.signed) {
                let text = part.text.as_deref().unwrap_or_default();
                prop_assert_eq!(text, "signed words", "{:?}", pieces);
            }
        }
    }
}
