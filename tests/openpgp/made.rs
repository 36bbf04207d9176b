//! Keys and mail for the tests, all made here.

use std::io::Write;
use std::sync::OnceLock;
use std::time::Duration;

use intake::openpgp::{
    Bound, Correspondent, Covers, EncryptedLayer, GeneratedKey, Keys, Layer, Profile, SignedLayer,
    encrypt, generate_team_key, sign_detached,
};
use intake::reading::{Reading, read};
use sequoia_openpgp::cert::Cert;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::stream::{Encryptor, LiteralWriter, Message, Recipient, Signer};
use sequoia_openpgp::types::Features;

/// What no output may hold unless the message was opened.
pub const CANARY: &str = "canary-7f3a9c";

pub fn now() -> jiff::Timestamp {
    "2026-03-05T12:00:00Z".parse().unwrap()
}

pub fn day(offset: i64) -> jiff::Timestamp {
    now() + jiff::SignedDuration::from_hours(24 * offset)
}

pub fn made(user_id: &str) -> GeneratedKey {
    generate_team_key(user_id, Profile::Curve25519, None, day(-30)).unwrap()
}

pub fn team() -> &'static GeneratedKey {
    static KEY: OnceLock<GeneratedKey> = OnceLock::new();
    KEY.get_or_init(|| made("CSIRT <csirt@team.example>"))
}

pub fn noc() -> &'static GeneratedKey {
    static KEY: OnceLock<GeneratedKey> = OnceLock::new();
    KEY.get_or_init(|| made("NOC <noc@peer.example>"))
}

pub fn keys_of(key: &GeneratedKey) -> Keys {
    let mut keys = Keys::new();
    keys.add_team_secret(key.secret.as_bytes(), None).unwrap();
    keys
}

pub fn short_lived(user_id: &str, days: u64, at: jiff::Timestamp) -> GeneratedKey {
    let validity = Duration::from_secs(days * 86_400);
    generate_team_key(user_id, Profile::Curve25519, Some(validity), at).unwrap()
}

/// Reads as the team does, with the peer's certificate authenticated.
pub fn reading(raw: &[u8]) -> Reading {
    reading_with(raw, &[(noc().public.as_bytes(), true)])
}

pub fn reading_with(raw: &[u8], certs: &[(&[u8], bool)]) -> Reading {
    let correspondents: Vec<Correspondent<'_>> = certs
        .iter()
        .map(|(cert, authenticated)| Correspondent {
            cert,
            authenticated: *authenticated,
            bound: Bound::UserIds,
        })
        .collect();
    read(raw, &keys_of(team()), &correspondents, now())
}

pub const HEADER: &str = "From: NOC <noc@peer.example>\r\nTo: csirt@team.example\r\n\
    Subject: outside\r\nDate: Thu, 5 Mar 2026 11:00:00 +0000\r\nMIME-Version: 1.0\r\n";

pub fn mail(header_and_body: &str) -> Vec<u8> {
    format!("{HEADER}{header_and_body}").into_bytes()
}

/// A MIME entity with a canary in it.
pub fn entity() -> String {
    format!("Content-Type: text/plain; charset=utf-8\r\n\r\nScan from 192.0.2.7, {CANARY}\r\n")
}

pub fn pgp_mime(armored: &str) -> Vec<u8> {
    mail(&pgp_mime_entity(armored))
}

pub fn pgp_mime_entity(armored: &str) -> String {
    format!(
        "Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=enc\r\n\r\n\
         --enc\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n\
         --enc\r\nContent-Type: application/octet-stream\r\n\r\n{armored}\r\n--enc--\r\n"
    )
}

pub fn signed_entity(content: &str, signature: &str) -> String {
    format!(
        "Content-Type: multipart/signed; micalg=pgp-sha512; protocol=\"application/pgp-signature\"; \
         boundary=sig\r\n\r\n--sig\r\n{content}\r\n--sig\r\n\
         Content-Type: application/pgp-signature\r\n\r\n{signature}\r\n--sig--\r\n"
    )
}

/// The peer's signature over an entity.
pub fn signature(content: &str) -> String {
    sign_detached(&keys_of(noc()), content.as_bytes(), now())
        .unwrap()
        .armored
}

/// What the peer writes to the team: signed and encrypted.
pub fn sealed(plaintext: &str) -> String {
    let to = [team().public.as_bytes()];
    encrypt(&keys_of(noc()), plaintext.as_bytes(), &to, true, now()).unwrap()
}

/// Binary, to the team, with a writer for what goes inside the encryption; SEIPDv2 when asked for.
pub fn encrypted_around(
    aead: bool,
    inside: impl for<'m> FnOnce(Message<'m>) -> sequoia_openpgp::Result<()>,
) -> Vec<u8> {
    let policy = StandardPolicy::new();
    let cert = Cert::from_bytes(team().public.as_bytes()).unwrap();
    let features = match aead {
        true => Features::empty().set_seipdv2(),
        false => Features::empty().set_seipdv1(),
    };
    let at: std::time::SystemTime = now().into();
    let recipients = cert
        .keys()
        .with_policy(&policy, at)
        .for_transport_encryption()
        .map(|key| Recipient::new(features.clone(), key.key().key_handle(), key.key()));
    let mut sink = Vec::new();
    let message = Encryptor::for_recipients(Message::new(&mut sink), recipients)
        .build()
        .unwrap();
    inside(message).unwrap();
    sink
}

pub fn literal(message: Message<'_>, content: &[u8]) -> sequoia_openpgp::Result<()> {
    let mut writer = LiteralWriter::new(message).build()?;
    writer.write_all(content)?;
    writer.finalize()
}

/// The peer's signer.
pub fn signer<'m>(message: Message<'m>) -> Message<'m> {
    let policy = StandardPolicy::new();
    let cert = Cert::from_bytes(noc().secret.as_bytes()).unwrap();
    let at: std::time::SystemTime = now().into();
    let key = cert
        .keys()
        .with_policy(&policy, at)
        .for_signing()
        .next()
        .unwrap()
        .key()
        .clone();
    let pair = key.parts_into_secret().unwrap().into_keypair().unwrap();
    let signer = Signer::new(message, pair).unwrap();
    signer.creation_time(at).build().unwrap()
}

pub fn armored(binary: &[u8]) -> String {
    use sequoia_openpgp::armor::{Kind, Writer};
    let mut writer = Writer::new(Vec::new(), Kind::Message).unwrap();
    writer.write_all(binary).unwrap();
    String::from_utf8(writer.finalize().unwrap()).unwrap()
}

pub fn binary(armored: &str) -> Vec<u8> {
    use std::io::Read;
    let mut octets = Vec::new();
    sequoia_openpgp::armor::Reader::from_bytes(armored.as_bytes(), None)
        .read_to_end(&mut octets)
        .unwrap();
    octets
}

pub fn cleartext(text: &str) -> String {
    let policy = StandardPolicy::new();
    let cert = Cert::from_bytes(noc().secret.as_bytes()).unwrap();
    let at: std::time::SystemTime = now().into();
    let key = cert
        .keys()
        .with_policy(&policy, at)
        .for_signing()
        .next()
        .unwrap();
    let pair = key
        .key()
        .clone()
        .parts_into_secret()
        .unwrap()
        .into_keypair()
        .unwrap();
    let mut sink = Vec::new();
    let mut writer = Signer::new(Message::new(&mut sink), pair)
        .unwrap()
        .cleartext()
        .creation_time(at)
        .build()
        .unwrap();
    writer.write_all(text.as_bytes()).unwrap();
    writer.finalize().unwrap();
    String::from_utf8(sink).unwrap()
}

pub fn encrypted_layers(reading: &Reading) -> Vec<&EncryptedLayer> {
    let layers = reading.openpgp.layers.iter();
    layers
        .filter_map(|layer| match layer {
            Layer::Encrypted(layer) => Some(layer),
            Layer::Signed(_) => None,
        })
        .collect()
}

pub fn signed_layers(reading: &Reading) -> Vec<&SignedLayer> {
    let layers = reading.openpgp.layers.iter();
    layers
        .filter_map(|layer| match layer {
            Layer::Signed(layer) => Some(layer),
            Layer::Encrypted(_) => None,
        })
        .collect()
}

pub fn text(reading: &Reading) -> String {
    let texts = reading.parts.iter().filter_map(|part| part.text.as_deref());
    texts.collect::<Vec<_>>().join("\n")
}

/// The plaintext is nowhere in what we hand on.
pub fn assert_closed(raw: &[u8], word: Option<&str>) {
    let reading = reading(raw);
    let json = serde_json::to_string(&reading).unwrap();
    assert!(
        !json.contains(CANARY),
        "plaintext left: {:?}",
        reading.openpgp
    );
    assert!(!reading.openpgp.decrypted);
    if let Some(word) = word {
        assert_eq!(
            reading.openpgp.error.as_deref(),
            Some(word),
            "{:?}",
            reading.openpgp
        );
    }
    assert!(reading.parts.iter().all(|part| !part.signed));
}

pub fn assert_no_whole_good(raw: &[u8]) {
    let reading = reading(raw);
    for layer in signed_layers(&reading) {
        assert!(
            layer.covers != Covers::Whole
                || !matches!(layer.verdict, intake::openpgp::Verdict::Good),
            "{:?}",
            reading.openpgp
        );
    }
}
