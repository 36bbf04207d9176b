//! OpenPGP layers in words: what was signed and by whom, what was opened, what was left closed.

use intake::openpgp::{Covers, EncryptedLayer, Form, Layer, OpenPgp, SignedLayer, Verdict};

use crate::screen::printable;

/// One phrase a layer, from the outside in, then what stands where it is not opened.
pub(crate) fn phrases(openpgp: &OpenPgp) -> Vec<String> {
    let layers = openpgp.layers.iter().map(|layer| match layer {
        Layer::Encrypted(layer) => encrypted(layer),
        Layer::Signed(layer) => signed(layer),
    });
    let errant = openpgp.errant.iter().map(|errant| {
        format!(
            "part {} is encrypted and stands where it is not opened ({})",
            printable(&errant.part),
            form(errant.form)
        )
    });
    layers.chain(errant).collect()
}

fn encrypted(layer: &EncryptedLayer) -> String {
    let form = form(layer.form);
    match (&layer.error, &layer.key) {
        (Some(error), _) => format!("encrypted ({form}), NOT OPENED: {}", reason(error)),
        (None, Some(key)) => format!("encrypted ({form}), opened with {key}"),
        (None, None) => format!("encrypted ({form})"),
    }
}

fn signed(layer: &SignedLayer) -> String {
    let signer = layer.signer.as_deref().unwrap_or("nobody named");
    let verdict = match layer.verdict {
        Verdict::Good => "good, key verified",
        Verdict::GoodUnknownKey if layer.other_address => "good, verified key of ANOTHER ADDRESS",
        Verdict::GoodUnknownKey => "good, key not verified",
        Verdict::MissingKey => "no key to check it",
        Verdict::ExpiredKey => "EXPIRED KEY",
        Verdict::RevokedKey => "REVOKED KEY",
        Verdict::Bad => "BAD",
        Verdict::Malformed => "UNREADABLE",
    };
    let error = layer
        .error
        .as_ref()
        .map_or_else(String::new, |word| format!(" ({})", reason(word)));
    let parts = printable(&layer.parts.join(", "));
    let covers = match (layer.covers, layer.parts.is_empty()) {
        (Covers::Whole, _) => "covers all".to_owned(),
        (Covers::Part, true) => "covers NOTHING that is shown".to_owned(),
        (Covers::Part, false) => format!("covers ONLY part {parts}"),
    };
    let from = match (layer.from_matches, layer.claims_from) {
        (true, _) => "signer is From",
        (false, true) => "its key came along and claims to be From",
        (false, false) => "signer is not From",
    };
    let form = form(layer.form);
    let made = layer
        .made
        .map_or_else(String::new, |time| format!(" on {time}"));
    format!("signed ({form}) by {signer}{made}: {verdict}{error}, {covers}, {from}")
}

/// A word of [`OpenPgp::error`] in a sentence; one that a newer program wrote, as it stands.
fn reason(word: &str) -> &str {
    match word {
        "no_key" => "it is for none of our keys",
        "damaged" => "damaged: its integrity code doesn't fit, or it breaks off",
        "unsupported" => {
            "not supported: a passphrase, a packet without integrity code, or an algorithm that is not built in"
        }
        "expands" => "it expands to more than the limits allow, as bombs do",
        "too_many_packets" => "more keys or signatures than the limits allow",
        "malformed" => "malformed: no OpenPGP message of a form that is taken",
        "weak" => "made with an algorithm that proves nothing any more",
        "not_for_us" => "its signer named other recipients",
        other => other,
    }
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Mime => "mime",
        Form::Inline => "inline",
        Form::Attachment => "attachment",
    }
}
