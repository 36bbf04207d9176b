//! The bombs and floods, at the sizes of threats.md.

use sequoia_openpgp::Cert;
use sequoia_openpgp::armor::Kind;
use sequoia_openpgp::cert::CertBuilder;

use super::packets::{LITERAL, armored, compressed, packet, pgp_mime, sealed};

const MIB: usize = 1 << 20;

/// A name, and the end of the header with the body.
pub type Bomb = (&'static str, String);

pub fn all(team: &Cert) -> Vec<Bomb> {
    let mut bombs = inside(team);
    bombs.extend(outside(team));
    bombs.extend(around(team));
    bombs
}

fn zeros(gibibytes: usize) -> Vec<u8> {
    compressed(&LITERAL, &vec![0; MIB], gibibytes << 10)
}

/// What bursts once the message is opened.
fn inside(team: &Cert) -> Vec<Bomb> {
    let seal = |inside: &[u8]| pgp_mime(&sealed(team, false, inside));
    let largest = zeros(16);
    let block = armored(Kind::Message, &sealed(team, false, &largest));
    let mut deep = [LITERAL.as_slice(), b"the end"].concat();
    for _ in 0..64 {
        deep = compressed(&deep, &[], 0);
    }
    let marker = packet(10, b"PGP");
    let one_pass = packet(4, &[3, 0, 10, 22, 1, 2, 3, 4, 5, 6, 7, 8, 0]);
    let markers = marker.repeat(MIB / marker.len());
    let one_passes = one_pass.repeat(MIB / one_pass.len());
    let text = compressed(&LITERAL, &lines(MIB), 63);
    let harmed = |place: fn(&[u8]) -> usize, mebibytes: usize| {
        let mut sealed = sealed(team, false, &compressed(&LITERAL, &lines(MIB), mebibytes));
        let at = place(&sealed);
        sealed[at] ^= 1;
        pgp_mime(&sealed)
    };
    let whole = sealed(team, false, &compressed(&LITERAL, &lines(MIB), 40));
    let cut = &whole[..whole.len() - 1000];
    vec![
        ("zeros-1-gib", seal(&zeros(1))),
        ("zeros-4-gib", seal(&zeros(4))),
        ("zeros-16-gib", seal(&largest)),
        ("zeros-16-gib-unsealed", pgp_mime(&largest)),
        ("zeros-16-gib-inline", plain(&block)),
        (
            "zeros-16-gib-quoted",
            plain(&block.replace("\r\n", "\r\n> ")),
        ),
        ("zeros-in-zeros", seal(&compressed(&zeros(4), &[], 0))),
        ("64-compressions", seal(&deep)),
        ("quine", seal(&quine())),
        ("10-million-markers", seal(&compressed(&[], &markers, 80))),
        (
            "5-million-one-pass",
            seal(&compressed(&[], &one_passes, 80)),
        ),
        (
            "filler-1-gib",
            seal(&compressed(&[0xBF], &vec![0; MIB], 1024)),
        ),
        (
            "bzip2",
            seal(&[&[0xA3, 3], vec![7; MIB].as_slice()].concat()),
        ),
        ("63-mib-of-text", seal(&text)),
        (
            "65-mib-of-text",
            seal(&compressed(&LITERAL, &lines(MIB), 65)),
        ),
        ("20-mib-one-bit-off", harmed(|sealed| sealed.len() / 2, 20)),
        ("40-mib-one-bit-off", harmed(|sealed| sealed.len() - 1, 40)),
        ("40-mib-cut-short", pgp_mime(cut)),
    ]
}

fn plain(text: &str) -> String {
    format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n")
}

/// What is refused before a key is touched.
fn outside(team: &Cert) -> Vec<Bomb> {
    let named = sealed(team, false, b"x");
    // For somebody else who isn't named: each of our keys is tried for each.
    let whole = sealed(&somebody(), true, b"x");
    let session_key = &whole[..whole.len() - container(&whole)];
    let container = &whole[session_key.len()..];
    let argon2 = {
        // Version 6, algorithms, then S2K 4: salt, t = 255, p = 255, m = 2^31 KiB.
        let s2k = [[4_u8].as_slice(), &[7; 16], &[255, 255, 31]].concat();
        packet(
            3,
            &[[6_u8, 40, 9, 2, 20].as_slice(), &s2k, &[1; 48]].concat(),
        )
    };
    // Chunks of one octet, five million of them.
    let crumbs = [
        [0xD2_u8, 224, 1].as_slice(),
        &[224, 0].repeat(5_000_000),
        &[0],
    ]
    .concat();
    vec![
        (
            "10000-hidden-session-keys",
            pgp_mime(&[&session_key.repeat(10_000), container].concat()),
        ),
        (
            "16-hidden-session-keys",
            pgp_mime(&[&session_key.repeat(16), container].concat()),
        ),
        ("argon2", pgp_mime(&[argon2, named].concat())),
        ("5-million-chunks", pgp_mime(&crumbs)),
        (
            "16-mib-of-noise",
            pgp_mime(&packet(
                18,
                &[[1_u8].as_slice(), &vec![0xA5; 16 * MIB]].concat(),
            )),
        ),
    ]
}

fn somebody() -> Cert {
    let user_id = Some("else@other.example");
    CertBuilder::general_purpose(user_id).generate().unwrap().0
}

/// The length of the last packet, whose header has two or more octets.
fn container(message: &[u8]) -> usize {
    let start = (0..message.len())
        .find(|at| message[*at] == 0xD2 && usize::from(message[at + 1]) == message.len() - at - 2);
    message.len() - start.unwrap()
}

/// What is many rather than large.
fn around(team: &Cert) -> Vec<Bomb> {
    let signature = packet(
        2,
        &[
            [4, 0, 22, 10, 0, 0, 0, 0, 1, 2].as_slice(),
            &[0, 8, 255].repeat(2),
        ]
        .concat(),
    );
    let block = armored(Kind::Message, &sealed(team, false, &zeros(1)));
    let files: String = (0..14)
        .map(|n| {
            format!("--m\r\nContent-Type: application/octet-stream; name={n}.pgp\r\nContent-Disposition: attachment; filename={n}.pgp\r\n\r\n{block}\r\n")
        })
        .collect();
    let full = armored(
        Kind::Message,
        &sealed(team, false, &compressed(&LITERAL, &lines(MIB), 20)),
    );
    let texts: String = (0..7)
        .map(|n| {
            format!("--m\r\nContent-Type: application/octet-stream; name={n}.txt.pgp\r\nContent-Disposition: attachment; filename={n}.txt.pgp\r\n\r\n{full}\r\n")
        })
        .collect();
    let cleartext = "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA512\r\n\r\n- x\r\n";
    vec![
        (
            "10000-signatures",
            format!(
                "Content-Type: multipart/signed; protocol=\"application/pgp-signature\"; boundary=s\r\n\r\n\
                 --s\r\nContent-Type: text/plain\r\n\r\nx\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n{}\r\n--s--\r\n",
                armored(Kind::Signature, &signature.repeat(10_000))
            ),
        ),
        (
            "14-files-of-1-gib",
            format!("Content-Type: multipart/mixed; boundary=m\r\n\r\n{files}--m--\r\n"),
        ),
        (
            "7-files-of-20-mib",
            format!("Content-Type: multipart/mixed; boundary=m\r\n\r\n{texts}--m--\r\n"),
        ),
        (
            "200000-begins",
            format!(
                "Content-Type: text/plain\r\n\r\n{}",
                "-----BEGIN PGP MESSAGE-----\r\n\r\n".repeat(200_000)
            ),
        ),
        (
            "100000-cleartexts",
            format!(
                "Content-Type: text/plain\r\n\r\n{}",
                cleartext.repeat(100_000)
            ),
        ),
        ("flooded-certificate", flooded(team)),
    ]
}

/// 150,000 certifications by strangers on one certificate.
fn flooded(team: &Cert) -> String {
    use sequoia_openpgp::serialize::SerializeInto;
    let certification = packet(
        2,
        &[
            [
                4_u8, 0x10, 22, 10, 0, 6, 5, 2, 0x66, 0, 0, 0, 0, 10, 9, 0x10,
            ]
            .as_slice(),
            &[9, 8, 7, 6, 5, 4, 3, 2, 1, 2],
            &[[1_u8, 0].as_slice(), &[0xA5; 32], &[1, 0], &[0x5A; 32]].concat(),
        ]
        .concat(),
    );
    let cert = team.clone().strip_secret_key_material();
    let flood = [cert.to_vec().unwrap(), certification.repeat(150_000)].concat();
    format!(
        "Content-Type: application/pgp-keys\r\n\r\n{}",
        armored(Kind::PublicKey, &flood)
    )
}

/// Lines of a log that deflate to a tenth, as much as may become of a message.
fn lines(octets: usize) -> Vec<u8> {
    let line = |n: usize| {
        let (a, b) = (n * 7919 % 251, n * 104_729 % 241);
        format!("192.0.2.{a} port {n} scanned 198.51.100.{b} port 22/tcp\r\n").into_bytes()
    };
    (0..).flat_map(line).take(octets).collect()
}

/// A compressed packet that holds itself, and so on for ever. After Russ Cox's "Zip files all the way down" (2010): a program of
/// opcodes with five octets each, stored blocks that print what follows them and blocks that repeat what was printed last.
pub fn quine() -> Vec<u8> {
    // Markers make the header as long as the code for a repetition of it wants.
    let header = [packet_short_marker().repeat(2), vec![0xA3, 1]].concat();
    let print = |octets: usize| {
        let length = u16::try_from(octets).unwrap().to_le_bytes();
        [0, length[0], length[1], !length[0], !length[1]].to_vec()
    };
    let (head, four, end) = (header.len() + 5, print(20), vec![1, 0, 0, 0xFF, 0xFF]);
    let (print_head, repeat_head, repeat_four) = (print(head), repeat(head), repeat(20));
    let (one, none) = (print(5), print(0));
    let program = [
        &print_head,
        &header,
        &print_head,
        &repeat_head,
        &one,
        &repeat_head,
        &one,
        &one,
        &four,
        &repeat_head,
        &one,
        &one,
        &four,
        &repeat_four,
        &four,
        &repeat_four,
        &four,
        &repeat_four,
        &four,
        &repeat_four,
        &four,
        &repeat_four,
        &none,
        &none,
        &four,
        &repeat_four,
        &none,
        &none,
        &four,
        &repeat_four,
        &none,
        &none,
        &end,
        &repeat_four,
        &none,
        &none,
        &end,
    ];
    let program: Vec<u8> = program.into_iter().flatten().copied().collect();
    [header, program].concat()
}

/// Old format, one octet of length.
fn packet_short_marker() -> Vec<u8> {
    vec![0xA8, 3, b'P', b'G', b'P']
}

/// A block with fixed codes (RFC 1951 section 3.2.6) that repeats the last octets, 17 to 20 of them, in two matches; exactly five
/// octets long.
fn repeat(octets: usize) -> Vec<u8> {
    let (mut bits, mut count) = (0_u64, 0);
    let mut put = |value: u64, width: u32, from_the_top: bool| {
        for bit in 0..width {
            let at = if from_the_top { width - 1 - bit } else { bit };
            bits |= (value >> at & 1) << count;
            count += 1;
        }
    };
    // Not the last block, fixed codes.
    put(0b010, 3, false);
    for length in [octets / 2, octets - octets / 2] {
        // Codes 257 to 264 are lengths 3 to 10, in seven bits; distance code 8 is 17 to 24, with three more bits.
        put(u64::try_from(length - 2).unwrap(), 7, true);
        put(8, 5, true);
        put(u64::try_from(octets - 17).unwrap(), 3, false);
    }
    put(0, 7, true);
    assert_eq!(count, 40);
    bits.to_le_bytes()[..5].to_vec()
}
