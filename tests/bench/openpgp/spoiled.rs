//! Encrypted mails that differ in one thing: what is wrong with them.

use sequoia_openpgp::cert::Cert;
use sequoia_openpgp::crypto::{SessionKey, mpi};
use sequoia_openpgp::packet::{Key, PKESK, key};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::{Serialize, SerializeInto};
use sequoia_openpgp::types::{PublicKeyAlgorithm, SymmetricAlgorithm};
use sequoia_openpgp::{KeyID, Packet, PacketPile};

use super::packets::{packet, pgp_mime, sealed};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// A well-padded session key, another than the one that the content is encrypted with.
    Padded,
    /// What RSA decrypts to is no padding.
    Unpadded,
    /// Well padded, but the checksum is wrong.
    Checksum,
    /// Well padded, but of no length that a session key has.
    Length,
    /// The session key is right, the content's integrity code is not.
    Content,
    /// For another's key, which is named.
    Stranger,
    /// For another's key, which is not.
    Hidden,
    /// Nothing.
    Good,
}

pub const ALL: [Class; 8] = [
    Class::Padded,
    Class::Unpadded,
    Class::Checksum,
    Class::Length,
    Class::Content,
    Class::Stranger,
    Class::Hidden,
    Class::Good,
];

type Public = Key<key::PublicParts, key::UnspecifiedRole>;

/// Makes mails for a team with an RSA key.
pub struct Maker {
    team: Cert,
    other: Cert,
    key: Public,
}

impl Maker {
    pub fn new(team: Cert, other: Cert) -> Maker {
        let policy = StandardPolicy::new();
        let key = team
            .keys()
            .with_policy(&policy, None)
            .for_transport_encryption()
            .next()
            .unwrap();
        let key = key.key().clone().role_into_unspecified();
        Maker { team, other, key }
    }

    /// The end of a header, and a body of about 2 kB; another one each time.
    pub fn mail(&self, class: Class) -> String {
        let entity = format!(
            "Content-Type: text/plain\r\n\r\n{}",
            "192.0.2.7 scanned us again.\r\n".repeat(70)
        );
        let literal = packet(11, &[b"b\0\0\0\0\0".as_slice(), entity.as_bytes()].concat());
        let cert = match class {
            Class::Stranger | Class::Hidden => &self.other,
            _ => &self.team,
        };
        let whole = sealed(cert, class == Class::Hidden, &literal);
        let binary = match class {
            Class::Good | Class::Stranger | Class::Hidden => whole,
            Class::Content => {
                let mut whole = whole;
                *whole.last_mut().unwrap() ^= 1;
                whole
            }
            Class::Padded | Class::Unpadded | Class::Checksum | Class::Length => {
                self.with_session_key(&whole, class)
            }
        };
        pgp_mime(&binary)
    }

    fn with_session_key(&self, whole: &[u8], class: Class) -> Vec<u8> {
        let packets = PacketPile::from_bytes(whole).unwrap().into_children();
        let changed: Vec<Packet> = packets
            .map(|packet| match packet {
                Packet::PKESK(_) => self.session_key(class).into(),
                other => other,
            })
            .collect();
        PacketPile::from(changed).to_vec().unwrap()
    }

    fn session_key(&self, class: Class) -> PKESK {
        let random = SessionKey::new(32).unwrap();
        let sum = random
            .iter()
            .fold(0_u16, |sum, octet| sum.wrapping_add(u16::from(*octet)));
        let aes256 = u8::from(SymmetricAlgorithm::AES256);
        let whole = |sum: u16| [&[aes256], &random[..], &sum.to_be_bytes()].concat();
        let content = match class {
            Class::Checksum => whole(sum ^ 0x100),
            Class::Length => random[..21].to_vec(),
            _ => whole(sum),
        };
        let esk = match class {
            Class::Unpadded => {
                // Below the modulus, and what it decrypts to is as good as random.
                let mut octets = SessionKey::new(256).unwrap().to_vec();
                octets[0] = 1;
                mpi::Ciphertext::RSA { c: octets.into() }
            }
            _ => self.key.encrypt(&SessionKey::from(content)).unwrap(),
        };
        let recipient = KeyID::from(self.key.fingerprint());
        let algorithm = PublicKeyAlgorithm::RSAEncryptSign;
        PKESK::V3(
            sequoia_openpgp::packet::pkesk::PKESK3::new(Some(recipient), algorithm, esk).unwrap(),
        )
    }
}

/// A secret key with RSA of 2048 bits, and its certificate.
pub fn rsa_key(address: &str) -> (Vec<u8>, Cert) {
    use sequoia_openpgp::cert::{CertBuilder, CipherSuite};
    use sequoia_openpgp::types::Features;
    let (cert, _) = CertBuilder::new()
        .set_cipher_suite(CipherSuite::RSA2k)
        .set_features(Features::empty().set_seipdv1())
        .unwrap()
        .add_userid(address)
        .add_signing_subkey()
        .add_transport_encryption_subkey()
        .generate()
        .unwrap();
    let mut secret = Vec::new();
    cert.as_tsk().serialize(&mut secret).unwrap();
    (secret, cert.strip_secret_key_material())
}
