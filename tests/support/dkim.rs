//! Keys for DKIM and ARC, made at run time, and signatures with them.

#![allow(
    dead_code,
    reason = "each test binary uses its own part of the harness"
)]

use mail_auth::arc::ArcSealer;
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::DkimSigner;
use mail_auth::{ArcOutput, AuthenticatedMessage, AuthenticationResults, DmarcOutput, DmarcResult};

/// A test-only key pair.
pub struct TestKey {
    pair: rcgen::KeyPair,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    Ed25519,
}

/// What is signed by default.
pub const SIGNED: [&str; 5] = ["From", "To", "Subject", "Date", "Message-ID"];

/// How a signature differs from an ordinary one.
#[derive(Clone, Copy, Default)]
pub struct Odd {
    /// `x=`: this many seconds from signing.
    pub expires: Option<u64>,
    /// `l=`
    pub length: bool,
}

impl TestKey {
    /// RSA-2048.
    pub fn rsa() -> TestKey {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
        TestKey {
            pair,
            kind: Kind::Rsa,
        }
    }

    /// Ed25519 (RFC 8463).
    pub fn ed25519() -> TestKey {
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        TestKey {
            pair,
            kind: Kind::Ed25519,
        }
    }

    /// The key record as master file text: strings of at most 255 octets.
    pub fn record(&self) -> String {
        let pem = self.pair.public_key_pem();
        let lines = pem.lines().filter(|line| !line.starts_with("-----"));
        let spki: String = lines.collect();
        // The algorithm identifier before an Ed25519 key is 12 octets long: 16 characters.
        let text = match self.kind {
            Kind::Rsa => format!("v=DKIM1; k=rsa; p={spki}"),
            Kind::Ed25519 => format!("v=DKIM1; k=ed25519; p={}", &spki[16..]),
        };
        strings(&text)
    }

    /// The message with a DKIM-Signature on top.
    pub fn sign(&self, domain: &str, selector: &str, message: &str) -> String {
        self.sign_oddly(domain, selector, message, Odd::default())
    }

    /// The same, different from the ordinary.
    pub fn sign_oddly(&self, domain: &str, selector: &str, message: &str, odd: Odd) -> String {
        let der = self.pair.serialize_der();
        let header = match self.kind {
            Kind::Rsa => {
                let key = RsaKey::<Sha256>::from_key_der(rustls::pki_types::PrivateKeyDer::Pkcs8(
                    der.into(),
                ));
                signature(key.unwrap(), domain, selector, message, odd)
            }
            Kind::Ed25519 => {
                let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&der);
                signature(key.unwrap(), domain, selector, message, odd)
            }
        };
        format!("{header}{message}")
    }

    /// The message with an ARC set on top: this sealer says that DMARC passed, or failed, for `from`.
    pub fn seal(
        &self,
        domain: &str,
        selector: &str,
        message: &str,
        from: &str,
        pass: bool,
        before: &ArcOutput<'_>,
    ) -> String {
        let der = self.pair.serialize_der();
        let key = Ed25519Key::from_pkcs8_maybe_unchecked_der(&der).unwrap();
        let parsed = AuthenticatedMessage::parse(message.as_bytes()).unwrap();
        let result = if pass {
            DmarcResult::Pass
        } else {
            DmarcResult::Fail(mail_auth::Error::NotAligned)
        };
        let dmarc = DmarcOutput::new(from.to_owned()).with_dkim_result(result);
        let said = AuthenticationResults::new(domain).with_dmarc_result(&dmarc);
        let set = ArcSealer::from_key(key)
            .domain(domain)
            .selector(selector)
            .headers(SIGNED)
            .seal(&parsed, &said, before)
            .unwrap();
        format!("{}{message}", set.to_header())
    }
}

fn signature<T: mail_auth::common::crypto::SigningKey>(
    key: T,
    domain: &str,
    selector: &str,
    message: &str,
    odd: Odd,
) -> String {
    let mut signer = DkimSigner::from_key(key)
        .domain(domain)
        .selector(selector)
        .headers(SIGNED);
    if let Some(seconds) = odd.expires {
        signer = signer.expiration(seconds);
    }
    let signer = signer.body_length(odd.length);
    signer.sign(message.as_bytes()).unwrap().to_header()
}

/// A TXT value in master file form.
pub fn strings(text: &str) -> String {
    let octets = text.as_bytes().chunks(200);
    let strings = octets.map(|octets| format!("\"{}\"", String::from_utf8_lossy(octets)));
    strings.collect::<Vec<_>>().join(" ")
}
