//! What was checked of a message's sender and of its way, how it joined a ticket, and what was read from it, in the reader's language; in
//! English as the commands have it.

use extract::{IndicatorKind, Spoken};
use intake::authentication::{AuthResult, AuthResults, Dnssec, Source};

use super::words::Words;
use crate::cli::called::{self, Phrases};
use crate::cli::links::Joined;
use crate::cli::transport::alert_line;
use crate::corrections;
use crate::store::AlertRow;
use crate::transport::pseudonym;

/// Whom to call.
static CALLS: Phrases = Phrases {
    out_of_hours: "hors des heures ouvrées",
    no_number: "aucun numéro de téléphone",
    sender_of: "expéditeur de",
    source: "source ",
    destination: "cible ",
    within: "dans",
    colon: "\u{a0}:",
};

impl Words {
    /// What is said with telephone numbers.
    pub(super) fn calls(&self) -> &'static Phrases {
        match self.lang {
            "fr" => &CALLS,
            _ => &called::ENGLISH,
        }
    }

    /// SPF, DKIM, DMARC, ARC and DNSSEC; empty when nobody checked.
    pub(super) fn checked(&self, results: &AuthResults) -> String {
        if self.lang != "fr" || results.source == Source::None {
            return results.line();
        }
        let said = |method: &str, result: AuthResult, domain: &str| match domain {
            "" => format!("{method} : {}", result_of(result)),
            domain => format!("{method} : {} ({domain})", result_of(result)),
        };
        let mut words = vec![said("SPF", results.spf.result, &results.spf.domain)];
        if results.dkim.is_empty() {
            words.push("DKIM : aucune signature".to_owned());
        }
        let dkim = results.dkim.iter();
        words.extend(dkim.map(|one| said("DKIM", one.result, &one.domain)));
        let dmarc = &results.dmarc;
        words.push(match (dmarc.result, dmarc.by_spf || dmarc.by_dkim) {
            (AuthResult::None, true) => "DMARC : rien de publié, mais aligné".to_owned(),
            (AuthResult::None, false) => "DMARC : rien de publié".to_owned(),
            (result, _) => said("DMARC", result, ""),
        });
        if results.arc.result != AuthResult::None {
            words.push(said("ARC", results.arc.result, &results.arc.sealer));
        }
        words.push(match (results.source, results.dnssec) {
            (Source::Relay, _) => "dit par notre relais".to_owned(),
            (Source::Own | Source::None, Dnssec::Unchecked) => "DNSSEC : non vérifié".to_owned(),
            (Source::Own | Source::None, Dnssec::Secure) => "DNSSEC : sûr".to_owned(),
            (Source::Own | Source::None, Dnssec::Insecure) => "DNSSEC : zone non signée".to_owned(),
            (Source::Own | Source::None, Dnssec::Bogus) => "DNSSEC : FAUX".to_owned(),
        });
        words.join(" ; ")
    }

    /// How a message joined a ticket.
    pub(super) fn joined_by(&self, joined: Joined) -> String {
        if self.lang != "fr" {
            return joined.words();
        }
        let by = match joined.level {
            4 => "par la signature d’une clé connue",
            3 => "par le jeton de notre courriel",
            2 => "domaine authentifié",
            _ => "un avis au sujet de notre courriel",
        };
        let reopened = match (joined.was_closed, joined.was_waiting) {
            (true, _) => " ; il était fermé",
            (false, true) => " ; il attendait cela",
            (false, false) => "",
        };
        format!("{by}{reopened}")
    }

    /// What became worse on a message's way.
    pub(super) fn alert(&self, alert: &AlertRow) -> String {
        if self.lang != "fr" {
            return alert_line(alert);
        }
        let what = match (alert.kind.as_str(), alert.direction.as_str()) {
            ("tls_lost", "inbound") => "le pair est venu sans TLS",
            ("tls_lost", _) => "le pair n’offre plus TLS",
            _ => "le certificat du pair ne se vérifie plus",
        };
        let closed = match &alert.closed_at {
            Some(at) => format!("clos {at}"),
            None => "toujours ouvert".to_owned(),
        };
        let (before, peer) = (alert.before, pseudonym(alert.peer));
        format!("ALERTE : {what}, après {before} messages qui allaient bien ({peer}, {closed})")
    }

    /// The line of values that lists show: made by us in English, and sealed so.
    pub(super) fn gist(&self, gist: &str) -> String {
        if self.lang != "fr" {
            return gist.to_owned();
        }
        if let Some(source) = gist.strip_prefix("from ") {
            return format!("de {source}");
        }
        if let Some(destination) = gist.strip_prefix("to ") {
            return format!("vers {destination}");
        }
        match gist.strip_suffix(" indicators") {
            Some(count) => format!("{count} indicateurs"),
            None => gist.to_owned(),
        }
    }

    /// What a value is.
    pub(super) fn value_kind(&self, kind: Spoken) -> String {
        let words = [
            (IndicatorKind::Domain, "domaine"),
            (IndicatorKind::Email, "adresse électronique"),
            (IndicatorKind::IpRange, "plage d’adresses"),
            (IndicatorKind::Cidr, "réseau"),
        ];
        let french = |kind| words.into_iter().find(|(known, _)| *known == kind);
        match kind {
            Spoken::Time => self.time.to_owned(),
            Spoken::Type => self.incident_kind.to_owned(),
            Spoken::Value(value) => match french(value) {
                Some((_, french)) if self.lang == "fr" => french.to_owned(),
                Some(_) | None => corrections::kind_word(kind),
            },
        }
    }
}

fn result_of(result: AuthResult) -> &'static str {
    match result {
        AuthResult::None => "rien",
        AuthResult::Neutral => "neutre",
        AuthResult::Pass => "réussi",
        AuthResult::Fail => "ÉCHOUÉ",
        AuthResult::SoftFail => "échoué, dit mollement",
        AuthResult::TempError => "erreur passagère",
        AuthResult::PermError => "erreur durable",
        AuthResult::Policy => "refusé par principe",
    }
}
