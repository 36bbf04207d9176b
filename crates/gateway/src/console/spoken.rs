//! Sentences about values that are corrected: as [`super::sentences`].

use extract::Says;

use super::found::text_of;
use super::shown;
use super::words::Words;
use crate::actions::ActionFault;
use crate::actions::correct::CorrectFault;

impl Words {
    /// To say something of a value.
    pub(super) fn correct(&self) -> &'static str {
        self.one("correct", "corriger")
    }

    /// The form for a value that was read.
    pub(super) fn correct_head(&self) -> &'static str {
        self.one("Correct this value", "Corriger cette valeur")
    }

    /// The form for one that was not.
    pub(super) fn add_value(&self) -> &'static str {
        self.one(
            "Add a value that was not read",
            "Ajouter une valeur qui n’a pas été lue",
        )
    }

    /// Before what can be said of it.
    pub(super) fn it_is(&self) -> &'static str {
        self.one("It is", "C’est")
    }

    /// What can be said of it.
    pub(super) fn says(&self, says: Says) -> &'static str {
        let (english, french) = match says {
            Says::Wrong => (
                "wrong: it has no business here",
                "fausse : elle n’a rien à faire ici",
            ),
            Says::Source => ("the source", "la source"),
            Says::Destination => ("the target", "la cible"),
            Says::NoRole => ("neither source nor target", "ni source ni cible"),
            Says::Start => ("when the incident began", "le début de l’incident"),
            Says::End => ("when the incident ended", "la fin de l’incident"),
            Says::Type => ("the kind of incident", "le type d’incident"),
            Says::AsRead => ("as it was read", "telle qu’elle a été lue"),
        };
        self.one(english, french)
    }

    /// What somebody said of it, and when.
    pub(super) fn said_by(&self, says: Says, who: &str, when: &str) -> String {
        let says = self.says(says);
        match self.lang {
            "fr" => format!("corrigé : {says}, selon {who}, {when}"),
            _ => format!("corrected: {says}, says {who}, {when}"),
        }
    }

    /// What comes of it.
    pub(super) fn correct_hint(&self) -> &'static str {
        self.one(
            "What was read stays beside what you say. Search, values seen before and exports go by what you say.",
            "Ce qui a été lu reste à côté de ce que vous dites. La recherche, les valeurs déjà vues et les exports suivent ce que vous dites.",
        )
    }

    /// What can be added, and how.
    pub(super) fn add_hint(&self) -> &'static str {
        self.one(
            "One address, network, name, URL, mail address, hash, CVE or AS number, defanged or not; a time with its zone (2024-03-05 02:11 +01:00); a type of the taxonomy (brute-force). Say where you have it from.",
            "Une adresse, un réseau, un nom, une URL, une adresse électronique, une empreinte, un numéro CVE ou AS, neutralisé ou non ; une heure avec son fuseau (2024-03-05 02:11 +01:00) ; un type de la taxonomie (brute-force). Dites d’où vous l’avez.",
        )
    }

    /// Why nothing was said.
    pub(super) fn not_corrected(&self, fault: &CorrectFault) -> String {
        if self.lang != "fr" {
            return fault.to_string();
        }
        let words = match fault {
            CorrectFault::Meanwhile { by, said } => {
                let one = &said.correction;
                let (kind, value) = (self.value_kind(one.kind), text_of(one.kind, &one.value));
                let by = shown::line(by, 64);
                return format!(
                    "Entre-temps, {by} a dit de « {kind} {value} » : {}",
                    self.says(one.says)
                );
            }
            CorrectFault::Already => "C’est déjà ce qui en est dit.",
            CorrectFault::NothingSaid => "Rien n’en a été dit.",
            CorrectFault::NotThere => "Le message n’a pas cette valeur.",
            CorrectFault::WhyNeeded => "Dites pourquoi, pour une valeur qui n’a pas été lue.",
            CorrectFault::NoValue => {
                "Ce n’est pas une valeur connue : écrivez une adresse, un réseau, un nom, une URL, une adresse électronique, une empreinte, un numéro CVE ou AS, une heure avec son fuseau (2024-03-05 02:11 +01:00) ou un type de la taxonomie (brute-force)."
            }
            CorrectFault::NoTime => "Écrivez une heure avec son fuseau : 2024-03-05 02:11 +01:00",
            CorrectFault::NoType => {
                "Ce n’est pas un type de la « Reference Security Incident Taxonomy » : écrivez par exemple brute-force, phishing ou scanner."
            }
            CorrectFault::NotOfThis => "Cela ne peut pas en être dit.",
            CorrectFault::TooLong => "Une valeur et un motif ont 2 000 octets au plus.",
            CorrectFault::TooMany => {
                "On peut dire quelque chose de 500 valeurs d’un message au plus."
            }
            CorrectFault::Sealed => {
                "Le message n’est chiffré que pour les analystes ; ce qui est dit de ses valeurs ne le serait pas."
            }
            CorrectFault::Moved => {
                "Les messages du ticket ont changé entre-temps : regardez à nouveau."
            }
            CorrectFault::NoKey => {
                "Il n’y a pas ici de clé de l’index du mois de ce message : un analyste l’a."
            }
            CorrectFault::Action(ActionFault::Refused(fault)) => return self.refusal(fault),
            CorrectFault::Action(fault) => return fault.to_string(),
        };
        words.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use extract::{Correction, IndicatorKind};
    use uuid::Uuid;

    use super::*;
    use crate::console::words::{ENGLISH, FRENCH};
    use crate::corrections::Corrected;

    #[test]
    fn what_was_said_meanwhile_is_said_in_the_readers_language() {
        let said = Corrected {
            id: Uuid::nil(),
            entry: Uuid::nil(),
            correction: Correction {
                kind: IndicatorKind::Domain.into(),
                value: "evil.example".into(),
                says: Says::Destination,
            },
        };
        let fault = CorrectFault::Meanwhile {
            by: "kim".into(),
            said: Box::new(said),
        };
        assert_eq!(
            ENGLISH.not_corrected(&fault),
            "kim said meanwhile: domain evil.example: destination"
        );
        assert_eq!(
            FRENCH.not_corrected(&fault),
            "Entre-temps, kim a dit de « domaine evil[.]example » : la cible"
        );
    }
}
