//! Messages that are many times longer than their ciphertext, and are no bombs: a report with a compressed log.

use intake::openpgp::{Covers, Verdict};
use sequoia_openpgp::serialize::stream::{Compressor, Message};
use sequoia_openpgp::types::CompressionAlgorithm;

use crate::attacks::wrapped;
use crate::made::*;

/// An entity of that length; what it ends with must be there.
fn long(octets: usize) -> String {
    let head = "Content-Type: text/plain; charset=utf-8\r\n\r\n";
    let line = "192.0.2.7 GET /index.html 404\r\n";
    let lines = line.repeat((octets - head.len()) / line.len());
    format!("{head}{lines}{CANARY}\r\n")
}

fn compressed(message: Message<'_>) -> Message<'_> {
    let message = Compressor::new(message).algo(CompressionAlgorithm::Zip);
    message.build().unwrap()
}

#[test]
fn compressed_text_is_read_to_its_end_and_its_signature_holds() {
    for octets in [60_000, 66_000, 900_000, 1_040_000] {
        for aead in [false, true] {
            let text_in = long(octets);
            let message = encrypted_around(aead, |message| {
                literal(signer(compressed(message)), text_in.as_bytes())
            });
            assert!(message.len() < octets / 8, "{} of {octets}", message.len());
            let reading = reading(&wrapped(&message));
            assert!(reading.openpgp.decrypted, "{octets}: {:?}", reading.openpgp);
            let signed = signed_layers(&reading);
            assert_eq!(signed.len(), 1);
            assert_eq!(signed[0].verdict, Verdict::Good);
            assert_eq!(signed[0].covers, Covers::Whole);
            assert!(text(&reading).trim_end().ends_with(CANARY), "{octets}");
        }
    }
}

#[test]
fn compressed_text_that_was_tampered_with_stays_closed() {
    for aead in [false, true] {
        let message = encrypted_around(aead, |message| {
            literal(signer(compressed(message)), long(900_000).as_bytes())
        });
        for at in [message.len() - 1, message.len() - 25, message.len() / 2] {
            let mut harmed = message.clone();
            harmed[at] ^= 1;
            assert_closed(&wrapped(&harmed), None);
        }
    }
}

#[test]
fn signed_and_compressed_without_encryption() {
    let mut message = Vec::new();
    let text_in = long(900_000);
    literal(
        signer(compressed(Message::new(&mut message))),
        text_in.as_bytes(),
    )
    .unwrap();
    let raw = mail(&format!(
        "Content-Type: text/plain; charset=utf-8\r\n\r\n{}",
        armored(&message)
    ));
    let reading = reading(&raw);
    assert_eq!(signed_layers(&reading)[0].verdict, Verdict::Good);
    assert!(text(&reading).trim_end().ends_with(CANARY));
}
