//! What a message proved and how it was answered, in the reader's language; in English as the commands have it.

use intake::openpgp::{Covers, EncryptedLayer, Form, Layer, OpenPgp, SignedLayer, Verdict};

use super::shown;
use super::words::Words;
use crate::actions::thread::LETTER;
use crate::cli::entries::acknowledgement;
use crate::cli::layers;
use crate::sealing::Summary;
use crate::store::EntryRow;

impl Words {
    /// One phrase a layer of OpenPGP, from the outside in, then what stands where it is not opened.
    pub(super) fn layers(&self, openpgp: &OpenPgp) -> Vec<String> {
        if self.lang != "fr" {
            return layers::phrases(openpgp);
        }
        let each = openpgp.layers.iter().map(|layer| match layer {
            Layer::Encrypted(layer) => encrypted(layer),
            Layer::Signed(layer) => signed(layer),
        });
        let errant = openpgp.errant.iter().map(|errant| {
            let (part, form) = (shown::line(&errant.part, 40), form(errant.form));
            format!("la partie {part} est chiffrée là où elle n’est pas ouverte ({form})")
        });
        each.chain(errant).collect()
    }

    /// How a message was answered.
    pub(super) fn answered(&self, entry: &EntryRow, summary: &Summary) -> String {
        if self.lang != "fr" {
            return acknowledgement(entry, summary);
        }
        let form = |form: &str| match form {
            "encrypted" => "chiffré".to_owned(),
            "signed" => "signé".to_owned(),
            "clear" => "en clair".to_owned(),
            other => other.to_owned(),
        };
        let answer = entry.answer.as_str();
        match summary.answer_form.as_str() {
            kept if entry.kind == LETTER => format!("à {} : {}", summary.answered_to, form(kept)),
            "" if matches!(answer, "signed" | "encrypted" | "clear") => {
                format!("oui, {}", form(answer))
            }
            "" if answer == "by-rule" => {
                format!("non, par la règle : {}", self.rule_name(&entry.rule))
            }
            "" => format!("non : {}", self.withheld(answer)),
            kept => {
                let language = match summary.answer_language.as_str() {
                    "" => "deux langues",
                    language => language,
                };
                format!("oui, {} ({language})", form(kept))
            }
        }
    }
}

fn encrypted(layer: &EncryptedLayer) -> String {
    let form = form(layer.form);
    match (&layer.error, &layer.key) {
        (Some(error), _) => format!("chiffré ({form}), PAS OUVERT : {}", reason(error)),
        (None, Some(key)) => format!("chiffré ({form}), ouvert avec {key}"),
        (None, None) => format!("chiffré ({form})"),
    }
}

fn signed(layer: &SignedLayer) -> String {
    let signer = layer.signer.as_deref().unwrap_or("quelqu’un d’inconnu");
    let verdict = match layer.verdict {
        Verdict::Good => "bonne, clé vérifiée",
        Verdict::GoodUnknownKey if layer.other_address => "bonne, clé vérifiée d’UNE AUTRE ADRESSE",
        Verdict::GoodUnknownKey => "bonne, clé non vérifiée",
        Verdict::MissingKey => "aucune clé pour la vérifier",
        Verdict::ExpiredKey => "CLÉ EXPIRÉE",
        Verdict::RevokedKey => "CLÉ RÉVOQUÉE",
        Verdict::Bad => "MAUVAISE",
        Verdict::Malformed => "ILLISIBLE",
    };
    let error = layer.error.as_ref();
    let error = error.map_or_else(String::new, |word| format!(" ({})", reason(word)));
    let parts = shown::line(&layer.parts.join(", "), 200);
    let covers = match (layer.covers, layer.parts.is_empty()) {
        (Covers::Whole, _) => "couvre tout".to_owned(),
        (Covers::Part, true) => "ne couvre RIEN de ce qui est montré".to_owned(),
        (Covers::Part, false) => format!("couvre SEULEMENT la partie {parts}"),
    };
    let from = match (layer.from_matches, layer.claims_from) {
        (true, _) => "le signataire est l’expéditeur",
        (false, true) => "sa clé était jointe et prétend être celle de l’expéditeur",
        (false, false) => "le signataire n’est pas l’expéditeur",
    };
    let made = layer
        .made
        .map_or_else(String::new, |time| format!(" le {time}"));
    let form = form(layer.form);
    format!("signé ({form}) par {signer}{made} : {verdict}{error}, {covers}, {from}")
}

/// A word of [`OpenPgp::error`] in a sentence; one that a newer program wrote, as it stands.
fn reason(word: &str) -> &str {
    match word {
        "no_key" => "pour aucune de nos clés",
        "damaged" => "endommagé : son code d’intégrité ne convient pas, ou il s’interrompt",
        "unsupported" => {
            "pas pris en charge : une phrase secrète, un paquet sans code d’intégrité, ou un algorithme qui n’est pas intégré"
        }
        "expands" => "une fois ouvert, plus grand que les limites, comme les bombes",
        "too_many_packets" => "plus de clés ou de signatures que les limites",
        "malformed" => "mal formé : aucun message OpenPGP d’une forme acceptée",
        "weak" => "fait avec un algorithme qui ne prouve plus rien",
        "not_for_us" => "son signataire a nommé d’autres destinataires",
        other => other,
    }
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Mime => "MIME",
        Form::Inline => "dans le texte",
        Form::Attachment => "pièce jointe",
    }
}
