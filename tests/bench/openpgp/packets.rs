//! Packets and mails put together by hand.

use std::io::Write;

use flate2::{Compress, Compression, FlushCompress};
use sequoia_openpgp::Cert;
use sequoia_openpgp::armor::{Kind, Writer};
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::stream::{Encryptor, Message, Recipient};
use sequoia_openpgp::types::Features;

/// A packet in the new format, its length in five octets (RFC 9580 section 4.2.1).
pub fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [[0xC0 | tag, 0xFF].as_slice(), &length, body].concat()
}

/// Compressed data of indeterminate length with what deflates to `inside`, `repeated` pieces of it again and again.
pub fn compressed(inside: &[u8], repeated: &[u8], times: usize) -> Vec<u8> {
    let mut packet = vec![0xA3, 1];
    packet.extend(deflated(inside));
    packet.extend(deflated(repeated).repeat(times));
    // An empty last block.
    packet.extend([1, 0, 0, 0xFF, 0xFF]);
    packet
}

/// Blocks that refer to nothing before them, so that they can be repeated.
fn deflated(octets: &[u8]) -> Vec<u8> {
    let mut compress = Compress::new(Compression::best(), false);
    let mut out = Vec::with_capacity(octets.len() + 1024);
    compress
        .compress_vec(octets, &mut out, FlushCompress::Full)
        .unwrap();
    assert_eq!(compress.total_in(), u64::try_from(octets.len()).unwrap());
    out
}

/// A literal packet of indeterminate length, its beginning.
pub const LITERAL: [u8; 8] = [0xAF, b'b', 0, 0, 0, 0, 0, b'x'];

/// Any octets, sealed to every encryption key of the certificate.
pub fn sealed(cert: &Cert, hidden: bool, inside: &[u8]) -> Vec<u8> {
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
    let mut message = Encryptor::for_recipients(Message::new(&mut sink), recipients)
        .build()
        .unwrap();
    message.write_all(inside).unwrap();
    message.finalize().unwrap();
    sink
}

pub fn armored(kind: Kind, binary: &[u8]) -> String {
    let mut writer = Writer::new(Vec::new(), kind).unwrap();
    writer.write_all(binary).unwrap();
    let text = String::from_utf8(writer.finalize().unwrap()).unwrap();
    text.replace('\n', "\r\n")
}

/// The end of a header and the body of a mail that is encrypted as RFC 3156 has it.
pub fn pgp_mime(binary: &[u8]) -> String {
    format!(
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=enc\r\n\r\n\
         --enc\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n\
         --enc\r\nContent-Type: application/octet-stream\r\n\r\n{}\r\n--enc--\r\n",
        armored(Kind::Message, binary)
    )
}

/// A mail with this sender and Subject.
pub fn mail(name: &str, rest: &str) -> Vec<u8> {
    format!(
        "From: {name}@partner.example\r\nTo: csirt@team.example\r\nSubject: {name}\r\n\
         Message-ID: <{name}@partner.example>\r\nMIME-Version: 1.0\r\n{rest}"
    )
    .into_bytes()
}
