//! The object that `inspect --json` prints: a contract with scripts. Every field is always there.

use extract::Constituency;
use intake::openpgp::{Layer, OpenPgp};
use intake::pipeline::{Examination, Outcome};
use intake::reading::Reading;
use serde_json::{Value, json};

use crate::concern;

/// One inspected message.
pub(super) struct Seen<'a> {
    pub file: &'a str,
    pub reading: &'a Reading,
    pub examination: &'a Examination,
    pub outcome: &'a Outcome,
    pub constituency: &'a Constituency,
    /// Why the message could not be read at all.
    pub fault: Option<&'a str>,
}

pub(super) fn object(seen: &Seen<'_>) -> Value {
    let (reading, outcome) = (seen.reading, seen.outcome);
    let mut object = json!({
        "file": seen.file,
        "message_id": reading.message_id,
        "from": reading.from.first().map(|mailbox| &mailbox.address),
        "subject": reading.subject,
        "language": reading.language,
        "tlp": outcome.extraction.tlp.map(|tlp| tlp.as_str()),
        "disposition": outcome.disposition,
        "references": references(seen),
        "openpgp": openpgp(&reading.openpgp),
        "segments": segments(reading),
        "error": seen.fault,
    });
    concern::add_json(seen.constituency, &outcome.extraction, &mut object);
    object
}

/// What the sender wrote himself, quoted and passed on, by part: octets of the part's text.
fn segments(reading: &Reading) -> Value {
    let parts = intake::texts::segments(reading);
    let parts = parts
        .iter()
        .map(|(part, segments)| json!({"part": part, "segments": segments}));
    parts.collect()
}

pub(super) fn references(seen: &Seen<'_>) -> Value {
    let found = &seen.examination.references;
    json!({
        "own": found.own.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "foreign": found.foreign.iter().map(|known| format!("{}#{}", known.system, known.id)).collect::<Vec<_>>(),
        "in_reply_to": seen.reading.in_reply_to,
    })
}

pub(super) fn openpgp(openpgp: &OpenPgp) -> Value {
    json!({
        "encrypted": openpgp.encrypted,
        "decrypted": openpgp.decrypted,
        "signed": openpgp.signed,
        "layers": openpgp.layers.iter().map(layer).collect::<Vec<_>>(),
        "protected_subject": openpgp.protected_subject,
        "errant": openpgp.errant.iter().map(|errant| json!({ "part": errant.part, "form": errant.form })).collect::<Vec<_>>(),
        "error": openpgp.error,
    })
}

fn layer(layer: &Layer) -> Value {
    match layer {
        Layer::Encrypted(layer) => json!({
            "kind": "encrypted",
            "form": layer.form,
            "key": layer.key,
            "integrity": layer.integrity,
            "error": layer.error,
        }),
        Layer::Signed(layer) => json!({
            "kind": "signed",
            "form": layer.form,
            "verdict": layer.verdict,
            "signer": layer.signer,
            "covers": layer.covers,
            "parts": layer.parts,
            "from_matches": layer.from_matches,
            "claims_from": layer.claims_from,
            "time": layer.made.map(|time| time.to_string()),
            "error": layer.error,
        }),
    }
}
