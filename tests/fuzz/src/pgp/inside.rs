//! What stands inside the encryption: any packets at all, sealed to the team as a correspondent could.

use std::io::Write;
use std::sync::LazyLock;

use sequoia_openpgp::crypto::SessionKey;
use sequoia_openpgp::parse::{PacketParser, PacketParserResult, Parse};
use sequoia_openpgp::serialize::stream::{Encryptor, Message};
use sequoia_openpgp::types::SymmetricAlgorithm;
use sequoia_openpgp::{Cert, Packet};

use super::armor_source::dearmored;
use super::{SIGNED, WORLD, bare, framed};
use crate::openpgp::{Opened, Verdict, encrypt, open};

/// One session key and its packet, which every input is sealed with: so a run costs no private-key operation.
struct Sealing {
    packet: Vec<u8>,
    algorithm: SymmetricAlgorithm,
    key: SessionKey,
    earlier: Opened,
}

static SEALING: LazyLock<Sealing> = LazyLock::new(|| {
    let world = &*WORLD;
    let to = [world.team_public.as_bytes()];
    let armoured = encrypt(&world.peer, b"x", &to, false, world.now).expect("a message");
    let binary = dearmored(armoured.as_bytes()).expect("armour").into_owned();
    let certificates = world.certificates(&world.team);
    let earlier = open(&binary, &world.opener(&world.team, &certificates), None).expect("ours");
    let PacketParserResult::Some(parser) = PacketParser::from_bytes(&binary).expect("a message")
    else {
        panic!("no packet");
    };
    let Packet::PKESK(packet) = &parser.packet else {
        panic!("no session key");
    };
    let team = Cert::from_bytes(&world.team_secret).expect("a key");
    let (algorithm, key) = team
        .keys()
        .unencrypted_secret()
        .filter(|key| key.key().pk_algo().for_encryption())
        .find_map(|key| {
            let mut pair = key.key().clone().into_keypair().ok()?;
            packet.decrypt(&mut pair, None)
        })
        .expect("ours");
    let mut body = Vec::new();
    sequoia_openpgp::serialize::MarshalInto::to_vec(packet)
        .map(|octets| body = octets)
        .expect("memory");
    Sealing {
        packet: framed(1, &body, None),
        algorithm: algorithm.expect("version 3"),
        key,
        earlier,
    }
});

/// The input is what stands in the container.
pub fn content(input: &[u8]) {
    let (world, sealing) = (&*WORLD, &*SEALING);
    let mut message = sealing.packet.clone();
    seal(&mut message, input).expect("memory");
    let certificates = world.certificates(&world.team);
    let opener = world.opener(&world.team, &certificates);
    let Ok(opened) = open(&message, &opener, sealing.earlier.container.as_ref()) else {
        return;
    };
    assert!(opened.container.is_some());
    // A mebibyte is allowed for any message, and a hundred times its length.
    assert!(opened.plaintext.len() <= 1 << 20);
    let good = |verdict: &Verdict| matches!(verdict, Verdict::Good);
    if opened.signatures.iter().any(|one| good(&one.verdict)) {
        let text = String::from_utf8(opened.plaintext.to_vec()).expect("what was signed");
        assert_eq!(bare(&text), bare(SIGNED), "a good verdict on another text");
    }
}

fn seal(sink: &mut Vec<u8>, content: &[u8]) -> sequoia_openpgp::Result<()> {
    let sealing = &*SEALING;
    let message = Message::new(sink);
    let mut message =
        Encryptor::with_session_key(message, sealing.algorithm, sealing.key.clone())?.build()?;
    message.write_all(content)?;
    message.finalize()
}
