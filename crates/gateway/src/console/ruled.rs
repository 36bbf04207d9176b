//! What the rules of triage are called. Their names are those of the configuration (`triage.disabled_rules`), English as everything there:
//! on a French page the name stands behind what it says.

use super::shown;
use super::words::Words;

/// What each rule says, by its name.
const FRENCH: &[(&str, &str)] = &[
    ("own-loop-token", "notre propre courriel, à sa marque"),
    ("own-loop-sender", "notre propre courriel, à son expéditeur"),
    ("mdn", "accusé de lecture"),
    ("mdn-part", "accusé de lecture, dans une partie"),
    ("arf", "signalement d’une machine (ARF)"),
    ("xarf-header", "signalement d’une machine (X-ARF)"),
    ("xarf-json", "signalement d’une machine (XARF)"),
    ("complaint", "plainte transmise par un fournisseur"),
    ("ses-complaint", "plainte transmise par Amazon SES"),
    ("rfc8460-tls-report", "rapport sur TLS"),
    ("dmarc-report", "rapport DMARC"),
    ("calendar-reply", "réponse d’un agenda"),
    ("challenge-header", "demande de confirmation, à ses champs"),
    (
        "challenge-sender",
        "demande de confirmation, à son expéditeur",
    ),
    (
        "challenge-address",
        "demande de confirmation, à son adresse",
    ),
    ("challenge-wording", "demande de confirmation, à ses mots"),
    ("challenge-text", "demande de confirmation, à son texte"),
    (
        "challenge-sentence",
        "demande de confirmation, à une phrase",
    ),
    ("dsn", "avis de remise"),
    ("dsn-part", "avis de remise, dans une partie"),
    (
        "dsn-failed-recipients",
        "avis de remise, destinataires refusés",
    ),
    ("ses-notice", "avis de remise d’Amazon SES"),
    ("bounce-daemon", "échec de remise, d’un serveur de courrier"),
    ("bounce-sender-wording", "échec de remise, d’une machine"),
    (
        "bounce-postmaster-wording",
        "échec de remise, de postmaster",
    ),
    ("bounce-wording", "échec de remise, à ses mots"),
    ("bounce-subject-end", "échec de remise, à la fin de l’objet"),
    (
        "bounce-returned-original",
        "échec de remise, l’original est joint",
    ),
    ("out-of-office-header", "absence, à ses champs"),
    ("out-of-office-subject", "absence, à son objet"),
    ("out-of-office-text", "absence, à son texte"),
    ("rfc3834-auto-replied", "réponse automatique, qui le dit"),
    ("auto-reply-header", "réponse automatique, à ses champs"),
    (
        "precedence-auto-reply",
        "réponse automatique, à sa priorité",
    ),
    ("auto-reply-subject", "réponse automatique, à son objet"),
    (
        "auto-reply-prefix",
        "réponse automatique, au début de l’objet",
    ),
    ("auto-reply-text", "réponse automatique, à son texte"),
    ("automatic-answer-text", "réponse automatique, à une phrase"),
    (
        "automatic-answer",
        "réponse automatique d’un système de tickets",
    ),
    ("list-administration", "administration d’une liste"),
    ("list-id", "courriel d’une liste"),
    ("list-owner", "courriel du gérant d’une liste"),
    ("list-precedence", "courriel d’une liste, à sa priorité"),
    ("newsletter", "lettre d’information"),
    ("receipt-wording", "accusé de lecture, à ses mots"),
    (
        "ticket-acknowledgement",
        "accusé de réception d’un système de tickets",
    ),
    ("acknowledgement-wording", "accusé de réception, à ses mots"),
    ("receipt-confirmed", "accusé de réception, confirmé"),
    ("answers-later", "réponse annoncée pour plus tard"),
    ("unread-mailbox", "boîte que personne ne lit"),
    ("filed-under-number", "classé sous un numéro"),
    ("promised-answer", "réponse promise"),
    ("virus-notice", "avis d’un antivirus"),
    ("null-path-answer", "réponse sans adresse de retour"),
    ("spam-flag", "signalé comme spam par le relais"),
    ("key-recipient", "demande de clé, à l’adresse écrite"),
    ("key-subject", "demande de clé, à l’objet"),
    ("hold-null-path", "pas de réponse : sans adresse de retour"),
    ("hold-auto-submitted", "pas de réponse : envoi automatique"),
    ("hold-precedence", "pas de réponse : envoi en nombre"),
    ("hold-list-fields", "pas de réponse : champs d’une liste"),
    (
        "hold-response-suppress",
        "pas de réponse : l’expéditeur n’en veut pas",
    ),
    (
        "hold-loop-field",
        "pas de réponse : marque contre les boucles",
    ),
    ("hold-sender", "pas de réponse : expéditeur automatique"),
    ("hold-own-address", "pas de réponse : notre propre adresse"),
    ("hold-ticket-system", "pas de réponse : système de tickets"),
    ("hold-bulk-mailer", "pas de réponse : envoi en masse"),
    (
        "hold-first-line",
        "pas de réponse : la première ligne n’en veut pas",
    ),
    (
        "hold-last-line",
        "pas de réponse : la dernière ligne n’en veut pas",
    ),
    (
        "hold-automatic-sentence",
        "pas de réponse : une phrase dit que c’est automatique",
    ),
    ("hold-program", "pas de réponse : écrit par un programme"),
    ("hold-notifier-text", "pas de réponse : avis d’un service"),
    ("hold-survey", "pas de réponse : enquête de satisfaction"),
    (
        "hold-bounce-wording",
        "pas de réponse : ressemble à un échec de remise",
    ),
    (
        "hold-forwarded-bounce",
        "pas de réponse : échec de remise transmis",
    ),
    ("hold-hops", "pas de réponse : trop de relais"),
    (
        "hold-spam-flag",
        "pas de réponse : signalé comme spam par le relais",
    ),
];

impl Words {
    /// What a rule is called; one that a newer program wrote by its name alone.
    pub(super) fn rule_name(&self, name: &str) -> String {
        let shown = shown::line(name, 60);
        let mut known = FRENCH.iter();
        match known.find(|(known, _)| *known == name) {
            Some((_, french)) if self.lang == "fr" => format!("{french} [{shown}]"),
            Some(_) | None => shown,
        }
    }

    /// Why a message could not be opened, by the word that is stored.
    pub(super) fn unopened(&self, why: &str) -> String {
        let french = match why {
            "not-authentic" => "aucune clé ne convient, ou le message a été modifié",
            "malformed" => "ce qui est stocké est endommagé",
            "pieces-missing" => "des morceaux manquent",
            other => return shown::line(other, 100),
        };
        match self.lang {
            "fr" => french.to_owned(),
            _ => why.to_owned(),
        }
    }

    /// Why a message was not answered, by the word that is stored.
    pub(super) fn withheld(&self, why: &str) -> String {
        let french = match why {
            "by-rule" => "une règle le dit",
            "joined" => "jointe à un ticket, ce qui n’est pas répondu",
            "disabled" => "les réponses sont désactivées",
            "no-address" => "aucune adresse à qui répondre",
            "own-address" => "l’adresse est la nôtre",
            "unauthenticated" => "rien ne prouve l’expéditeur",
            "undeliverable" => "le courrier pour cette adresse est refusé",
            "address-rate" => "cette adresse a eu assez de réponses",
            "domain-rate" => "ce domaine a eu assez de réponses",
            "gateway-rate" => "assez de réponses sont parties",
            other => return shown::line(other, 60),
        };
        match self.lang {
            "fr" => french.to_owned(),
            _ => shown::line(why, 60),
        }
    }
}

#[cfg(test)]
mod tests {
    use intake::pipeline::Withheld;

    use super::*;
    use crate::console::words::{ENGLISH, FRENCH as PAGES};

    #[test]
    fn every_rule_and_reason_is_called_something_in_french() {
        for rule in intake::triage::rules() {
            let name = PAGES.rule_name(rule.name);
            assert!(
                name.ends_with(&format!(" [{}]", rule.name)),
                "{} has no French",
                rule.name
            );
            assert_eq!(ENGLISH.rule_name(rule.name), rule.name);
        }
        for (name, _) in FRENCH {
            let mut rules = intake::triage::rules().iter();
            assert!(rules.any(|rule| rule.name == *name), "{name} is no rule");
        }
        let reasons = [
            Withheld::ByRule,
            Withheld::Joined,
            Withheld::Disabled,
            Withheld::NoAddress,
            Withheld::OwnAddress,
            Withheld::Unauthenticated,
            Withheld::Undeliverable,
            Withheld::AddressRate,
            Withheld::DomainRate,
            Withheld::GatewayRate,
        ];
        for why in reasons {
            assert_ne!(PAGES.withheld(why.word()), why.word());
        }
    }
}
