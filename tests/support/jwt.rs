//! Tokens as a provider signs them (RFC 7515, 7517, 7518), written out by hand: independent of the code under test.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

/// A key of a provider's.
pub struct Signer {
    pub kid: String,
    pub algorithm: &'static str,
    key: Key,
}

enum Key {
    Rsa(RsaPair),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

impl Signer {
    pub fn new(algorithm: &'static str, kid: &str) -> Signer {
        let key = match algorithm {
            "RS256" | "PS256" => Key::Rsa(RsaPair::generate(KeySize::Rsa2048).unwrap()),
            "ES256" => Key::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap()),
            _ => Key::Ed(Ed25519KeyPair::generate().unwrap()),
        };
        Signer {
            kid: kid.to_owned(),
            algorithm,
            key,
        }
    }

    /// The public key as a provider publishes it.
    pub fn jwk(&self) -> Value {
        let mut key = match &self.key {
            Key::Rsa(pair) => {
                let public = pair.public_key();
                let (n, e) = (public.modulus(), public.exponent());
                let n = n.big_endian_without_leading_zero();
                let e = e.big_endian_without_leading_zero();
                json!({"kty": "RSA", "n": BASE64.encode(n), "e": BASE64.encode(e)})
            }
            Key::Ec(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (&point[1..33], &point[33..65]);
                json!({"kty": "EC", "crv": "P-256", "x": BASE64.encode(x), "y": BASE64.encode(y)})
            }
            Key::Ed(pair) => {
                let x = BASE64.encode(pair.public_key().as_ref());
                json!({"kty": "OKP", "crv": "Ed25519", "x": x})
            }
        };
        key["kid"] = json!(self.kid);
        key["use"] = json!("sig");
        key
    }

    pub fn sign(&self, claims: &Value) -> String {
        let head = json!({"alg": self.algorithm, "kid": self.kid, "typ": "JWT"});
        self.sign_as(&head, claims)
    }

    /// Whatever the head says, this key signs it in its own way.
    pub fn sign_as(&self, head: &Value, claims: &Value) -> String {
        let text = unsigned(head, claims);
        let random = SystemRandom::new();
        let signature = match &self.key {
            Key::Rsa(pair) => {
                let padding: &'static dyn aws_lc_rs::signature::RsaEncoding = match self.algorithm {
                    "PS256" => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(padding, &random, text.as_bytes(), &mut signature);
                signed.unwrap();
                signature
            }
            Key::Ec(pair) => pair
                .sign(&random, text.as_bytes())
                .unwrap()
                .as_ref()
                .to_vec(),
            Key::Ed(pair) => pair.sign(text.as_bytes()).as_ref().to_vec(),
        };
        format!("{text}.{}", BASE64.encode(signature))
    }
}

/// Head and claims, as they are signed.
pub fn unsigned(head: &Value, claims: &Value) -> String {
    let [head, claims] = [head, claims].map(|part| BASE64.encode(part.to_string()));
    format!("{head}.{claims}")
}

/// With a secret that both sides know: what a client must not believe whose keys are public.
pub fn with_secret(secret: &[u8], claims: &Value) -> String {
    let text = unsigned(&json!({"alg": "HS256", "typ": "JWT"}), claims);
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
    let tag = aws_lc_rs::hmac::sign(&key, text.as_bytes());
    format!("{text}.{}", BASE64.encode(tag))
}
