//! The words that a provider refuses with (RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect Core 1.0 section 3.1.2.6). Pure.

use serde_json::Value;

use super::provider::ProviderFault;
use super::refusal::Refusal;

/// Octets of a word.
const LONGEST: usize = 64;

/// A word as the standards have them; anything else is for no log.
pub(super) fn word(text: &str) -> Option<&str> {
    let is_letter = |octet: u8| octet.is_ascii_lowercase() || octet == b'_';
    let fits = (1..=LONGEST).contains(&text.len());
    (fits && text.bytes().all(is_letter)).then_some(text)
}

/// The word of an answer's body.
pub(super) fn in_body(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    word(body.get("error")?.as_str()?).map(str::to_owned)
}

/// What it means for whoever is sent back with it: he was not let in, or the provider won't talk to this console, or is ill.
pub(super) fn of_person(word: &str) -> Refusal {
    match word {
        "server_error" | "temporarily_unavailable" => Refusal::Away,
        "invalid_request"
        | "invalid_scope"
        | "invalid_client"
        | "unauthorized_client"
        | "unsupported_response_type"
        | "request_not_supported"
        | "request_uri_not_supported"
        | "registration_not_supported" => Refusal::Unfit,
        _ => Refusal::Denied,
    }
}

/// What a refused token request means, whose secret was sent by this method: another code may be taken, another client is none.
pub(super) fn of_client(fault: ProviderFault, method: &str) -> ProviderFault {
    match &fault {
        ProviderFault::Refused(word) if is_of_client(word) => ProviderFault::Unfit(format!(
            "the provider does not take the client ({word}): compare console.oidc.client_id, the secret in \
             client_secret_file, and that the client may send it by {method}"
        )),
        ProviderFault::Away(_) | ProviderFault::Unfit(_) | ProviderFault::Refused(_) => fault,
    }
}

fn is_of_client(word: &str) -> bool {
    matches!(word, "invalid_client" | "unauthorized_client")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_standards_and_say_whose_fault_it_is() {
        assert_eq!(word("invalid_scope"), Some("invalid_scope"));
        for none in ["", "AADSTS", "a b", "invalid\nscope", &"x".repeat(65)] {
            assert_eq!(word(none), None, "{none:?}");
        }
        let said = in_body(br#"{"error": "invalid_client", "error_description": "x"}"#);
        assert_eq!(said.as_deref(), Some("invalid_client"));
        assert_eq!(in_body(b"<html>"), None);
        assert!(matches!(of_person("access_denied"), Refusal::Denied));
        assert!(matches!(of_person("invalid_scope"), Refusal::Unfit));
        assert!(matches!(of_person("server_error"), Refusal::Away));
        let of = |word: &str| {
            let fault = of_client(ProviderFault::Refused(word.into()), "client_secret_basic");
            fault.to_string()
        };
        for wrong in ["invalid_client", "unauthorized_client"] {
            let said = of(wrong);
            assert!(
                said.contains(wrong) && said.contains("client_secret_basic"),
                "{said}"
            );
        }
        assert_eq!(
            of("invalid_grant"),
            "the provider refuses the code: invalid_grant"
        );
    }
}
