//! What is a token for us, and what isn't.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed step is a failed test"
)]

use serde_json::{Value, json};

use super::*;

#[path = "../../../../../tests/support/jwt.rs"]
mod jwt;

use jwt::{Signer, unsigned, with_secret};

const NOW: i64 = 1_790_000_000;
const EXPECTED: Expected<'static> = Expected {
    issuer: "https://id.example/realms/soc",
    client_id: "pillarbox",
    nonce: "of-this-sign-in",
    now: NOW,
    skew: 60,
};

fn claims() -> Value {
    json!({"iss": "https://id.example/realms/soc", "sub": "1234", "aud": "pillarbox", "exp": NOW + 300, "iat": NOW,
        "nonce": "of-this-sign-in", "groups": ["soc"]})
}

fn keys(signers: &[&Signer]) -> Vec<Jwk> {
    let keys = signers.iter().map(|signer| signer.jwk());
    keys.map(|key| serde_json::from_value(key).unwrap())
        .collect()
}

#[test]
fn each_algorithm_that_providers_use_is_verified_and_an_octet_more_or_less_is_not() {
    for (algorithm, _) in ALGORITHMS {
        let signer = Signer::new(algorithm, "1");
        let other = Signer::new(algorithm, "1");
        let token = signer.sign(&claims());
        let verified = verify(&token, &keys(&[&signer]), &EXPECTED).unwrap();
        assert_eq!(subject(&verified), Some("1234"));
        assert_eq!(
            verify(&token, &keys(&[&other]), &EXPECTED),
            Err(TokenFault::Signature),
            "{algorithm}"
        );
        let changed = signer.sign(&json!({"sub": "5678"}));
        let parts: Vec<&str> = token.split('.').collect();
        let theirs: Vec<&str> = changed.split('.').collect();
        for mixed in [
            format!("{}.{}.{}", parts[0], theirs[1], parts[2]),
            format!("{}.{}.", parts[0], parts[1]),
            format!("{}.{}.{}AA", parts[0], parts[1], parts[2]),
        ] {
            let refused = verify(&mixed, &keys(&[&signer]), &EXPECTED);
            assert_eq!(refused, Err(TokenFault::Signature), "{algorithm}");
        }
    }
}

#[test]
fn no_algorithm_but_these_counts_whatever_the_head_says() {
    let rsa = Signer::new("RS256", "1");
    let all = keys(&[&rsa]);
    let n = rsa.jwk()["n"].as_str().unwrap().to_owned();
    let none = unsigned(&json!({"alg": "none"}), &claims());
    let secrets = [n.as_bytes(), b"", rsa.jwk().to_string().as_bytes()].map(<[u8]>::to_vec);
    let mut tokens = vec![format!("{none}."), none];
    tokens.extend(secrets.iter().map(|secret| with_secret(secret, &claims())));
    for name in [
        "None", "NONE", "nOnE", "", "HS256", "RS1", "RS384", "RS512", "ES384", "PS512",
    ] {
        tokens.push(rsa.sign_as(&json!({"alg": name, "kid": "1"}), &claims()));
    }
    tokens.push(rsa.sign_as(&json!({"kid": "1"}), &claims()));
    tokens.extend(["", ".", "..", "a.b.c", "....", "\0.\0.\0"].map(str::to_owned));
    for token in tokens {
        let refused = verify(&token, &all, &EXPECTED);
        assert_eq!(refused, Err(TokenFault::Algorithm), "{token}");
    }
    // A shared secret among the keys is no key of ours.
    let secret = json!({"kty": "oct", "k": "AAAA", "kid": "1"});
    let secret = [serde_json::from_value(secret).unwrap()];
    let token = with_secret(&[0; 3], &claims());
    assert_eq!(
        verify(&token, &secret, &EXPECTED),
        Err(TokenFault::Algorithm)
    );
    // One padding is not the other, and one kind of key not the other.
    let padded = rsa.sign_as(&json!({"alg": "PS256", "kid": "1"}), &claims());
    assert_eq!(verify(&padded, &all, &EXPECTED), Err(TokenFault::Signature));
    let curve = rsa.sign_as(&json!({"alg": "ES256", "kid": "1"}), &claims());
    assert_eq!(verify(&curve, &all, &EXPECTED), Err(TokenFault::Key));
    let critical = json!({"alg": "RS256", "kid": "1", "crit": ["x"], "x": 1});
    let critical = rsa.sign_as(&critical, &claims());
    assert_eq!(
        verify(&critical, &all, &EXPECTED),
        Err(TokenFault::Malformed)
    );
    let long = rsa.sign(&json!({"groups": "g".repeat(LONGEST)}));
    assert_eq!(verify(&long, &all, &EXPECTED), Err(TokenFault::Malformed));
}

#[test]
fn key_is_the_one_that_the_token_names_and_is_for_signatures() {
    let [old, new] = ["old", "new"].map(|kid| Signer::new("ES256", kid));
    let token = new.sign(&claims());
    assert_eq!(
        verify(&token, &keys(&[&old]), &EXPECTED),
        Err(TokenFault::Key)
    );
    assert!(verify(&token, &keys(&[&old, &new]), &EXPECTED).is_ok());
    assert_eq!(verify(&token, &[], &EXPECTED), Err(TokenFault::Key));
    // Without a name any that fits is tried.
    let nameless = new.sign_as(&json!({"alg": "ES256"}), &claims());
    assert!(verify(&nameless, &keys(&[&old, &new]), &EXPECTED).is_ok());
    for (name, value) in [("use", "enc"), ("alg", "ES384")] {
        let mut key = new.jwk();
        key[name] = json!(value);
        let key = [serde_json::from_value(key).unwrap()];
        assert_eq!(
            verify(&token, &key, &EXPECTED),
            Err(TokenFault::Key),
            "{name}"
        );
    }
}

#[test]
fn token_is_for_us_from_them_now_and_for_this_sign_in() {
    let signer = Signer::new("EdDSA", "1");
    let all = keys(&[&signer]);
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        claims
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
        verify(&signer.sign(&claims), &all, &EXPECTED).err()
    };
    for (name, value) in [
        ("aud", json!(["pillarbox"])),
        ("azp", json!("pillarbox")),
        ("exp", json!(NOW - 59)),
        ("iat", json!(NOW + 60)),
        ("iat", json!(NOW - 600)),
        ("nbf", json!(NOW - 300)),
        ("groups", Value::Null),
    ] {
        assert_eq!(with(name, value.clone()), None, "{name} {value}");
    }
    for (name, value, fault) in [
        (
            "iss",
            json!("https://id.example/realms/soc/"),
            TokenFault::Issuer,
        ),
        ("iss", json!("https://evil.example"), TokenFault::Issuer),
        ("iss", Value::Null, TokenFault::Issuer),
        ("aud", json!("another"), TokenFault::Audience),
        ("aud", json!([]), TokenFault::Audience),
        ("aud", json!(["pillarbox", "another"]), TokenFault::Audience),
        ("aud", Value::Null, TokenFault::Audience),
        ("azp", json!("another"), TokenFault::Audience),
        ("azp", json!(["pillarbox"]), TokenFault::Audience),
        ("exp", json!(NOW - 60), TokenFault::Expired),
        ("exp", json!("2999999999"), TokenFault::Expired),
        ("exp", json!(i64::MIN), TokenFault::Expired),
        ("exp", Value::Null, TokenFault::Expired),
        ("iat", json!(NOW + 61), TokenFault::Time),
        ("iat", json!(NOW - 661), TokenFault::Time),
        ("iat", json!(i64::MAX), TokenFault::Time),
        ("iat", Value::Null, TokenFault::Time),
        ("nbf", json!(NOW + 61), TokenFault::Time),
        ("nbf", json!("soon"), TokenFault::Time),
        ("nonce", json!("of-another"), TokenFault::Nonce),
        ("nonce", json!(""), TokenFault::Nonce),
        ("nonce", Value::Null, TokenFault::Nonce),
        ("sub", json!(""), TokenFault::Subject),
        ("sub", json!(7), TokenFault::Subject),
        ("sub", json!("a\nb"), TokenFault::Subject),
        ("sub", json!("x".repeat(256)), TokenFault::Subject),
        ("sub", Value::Null, TokenFault::Subject),
    ] {
        assert_eq!(with(name, value.clone()), Some(fault), "{name} {value}");
    }
}

#[test]
fn token_for_several_names_us_as_whom_it_was_made_for() {
    let signer = Signer::new("EdDSA", "1");
    let all = keys(&[&signer]);
    let both = json!(["pillarbox", "another"]);
    let mut several = claims();
    several["aud"] = both;
    several["azp"] = json!("pillarbox");
    assert!(verify(&signer.sign(&several), &all, &EXPECTED).is_ok());
}
