//! Sentences about what was done, and what was not: as [`super::words`], with something in them or chosen by a word of the store.

use super::words::Words;
use crate::ticket::LinkKind;

impl Words {
    /// That so many other tickets have a value; `plus` for as many or more.
    pub(super) fn in_others(&self, count: usize, plus: &str) -> String {
        match (self.lang, count) {
            ("fr", 1) => "dans 1 autre ticket".to_owned(),
            ("fr", _) => format!("dans {count}{plus} autres tickets"),
            (_, 1) => "in 1 other ticket".to_owned(),
            (_, _) => format!("in {count}{plus} other tickets"),
        }
    }

    /// Where a mail of ours is.
    pub(super) fn mail_state(&self, state: &str) -> &'static str {
        let (english, french) = match state {
            "queued" => ("queued", "en file"),
            "held" => ("held", "retenu"),
            "sent" => ("sent", "envoyé"),
            _ => ("not sent", "non envoyé"),
        };
        self.one(english, french)
    }

    /// How an answer that was awaited ended.
    pub(super) fn ended(&self, ended: &str) -> &'static str {
        let (english, french) = match ended {
            "" => ("", ""),
            "answered" => ("answered", "reçue"),
            "withdrawn" => ("no longer awaited", "n’est plus attendue"),
            _ => ("letter taken back", "lettre reprise"),
        };
        self.one(english, french)
    }

    /// How a ticket stands to another, before its reference.
    pub(super) fn linked(&self, kind: LinkKind) -> &'static str {
        let (english, french) = match kind {
            LinkKind::Parent => ("parent of", "parent de"),
            LinkKind::Child => ("child of", "enfant de"),
            LinkKind::Related => ("related to", "en rapport avec"),
            LinkKind::Duplicate => ("duplicate of", "doublon de"),
            LinkKind::Duplicated => ("duplicated by", "a pour doublon"),
        };
        self.one(english, french)
    }

    /// That so many messages went to another ticket.
    pub(super) fn left_for(&self, count: usize) -> String {
        match self.lang {
            "fr" => format!("messages séparés ({count}) vers"),
            _ => format!("messages split off ({count}) to"),
        }
    }

    /// That a letter can be taken back for so many seconds.
    pub(super) fn leaves_in(&self, seconds: f64) -> String {
        match self.lang {
            "fr" => format!("La lettre part dans {seconds:.0} secondes."),
            _ => format!("The letter leaves in {seconds:.0} seconds."),
        }
    }

    /// What a ticket is told to be.
    pub(super) fn becomes(&self, state: &str, was_closed: bool) -> &'static str {
        let (english, french) = match (state, was_closed) {
            ("open", true) => ("reopen it", "rouvrir"),
            ("open", false) => (
                "open: in hand, no clock runs",
                "ouvert : pris en main, sans délai",
            ),
            ("waiting", _) => ("waiting for somebody else", "en attente de quelqu’un"),
            ("resolved", _) => ("close as resolved", "fermer comme résolu"),
            (_, _) => ("close as rejected", "fermer comme rejeté"),
        };
        self.one(english, french)
    }

    /// That somebody else has it.
    pub(super) fn taken(&self, who: &str, since: &str) -> String {
        match self.lang {
            "fr" => format!("{who} l’a depuis {since}."),
            _ => format!("{who} has it since {since}."),
        }
    }

    /// That it is closed.
    pub(super) fn is_closed(&self, state: &str) -> String {
        let state = self.state(state);
        match self.lang {
            "fr" => format!("Le ticket est {state} : rouvrez-le d’abord."),
            _ => format!("The ticket is {state}: reopen it first."),
        }
    }

    /// That it is not as it was on the page.
    pub(super) fn is_by_now(&self, state: &str) -> String {
        let state = self.state(state);
        match self.lang {
            "fr" => format!("Entre-temps, quelqu’un d’autre l’a changé : il est {state}."),
            _ => format!("Somebody else has changed it meanwhile: it is {state}."),
        }
    }

    /// Which messages stay closed, and why, as [`crate::actions::retry::Retried`] has it.
    pub(super) fn stays_closed(&self, closed: &[(usize, String)]) -> String {
        let each = closed.iter().map(|(number, why)| {
            let (english, french) = match why.as_str() {
                "no_key" => (
                    "none of the team’s keys fits",
                    "aucune clé de l’équipe ne convient",
                ),
                "damaged" => (
                    "it is damaged, or was changed on its way",
                    "il est endommagé, ou a été modifié en route",
                ),
                "unsupported" => (
                    "it needs an algorithm that is not supported",
                    "il demande un algorithme qui n’est pas pris en charge",
                ),
                _ => ("it can’t be decrypted", "il ne peut pas être déchiffré"),
            };
            let colon = self.one(":", "\u{a0}:");
            let why = self.one(english, french);
            format!("{} {number}{colon} {why}", self.message)
        });
        let each: Vec<String> = each.collect();
        match self.lang {
            "fr" => format!("Reste fermé. {}.", each.join(" ; ")),
            _ => format!("It stays closed. {}.", each.join("; ")),
        }
    }

    /// With which key a message was opened: what the history keeps, its number and the key's fingerprint.
    pub(super) fn with_key(&self, kept: &str) -> String {
        let (number, key) = kept.split_once(' ').unwrap_or((kept, ""));
        let digits = key.as_bytes().chunks(4);
        let groups = digits.map(|group| String::from_utf8_lossy(group).into_owned());
        let (message, word) = (self.message, self.one("key", "clé"));
        let groups: Vec<String> = groups.collect();
        format!("{message} {number}, {word} {}", groups.join(" "))
    }

    /// What was just done; empty for what is no word of ours.
    pub(super) fn did(&self, did: &str) -> &'static str {
        let (english, french) = match did {
            "claimed" => ("The ticket is yours.", "Le ticket est à vous."),
            "released" => ("Nobody has the ticket now.", "Plus personne n’a le ticket."),
            "assigned" => ("The ticket is assigned.", "Le ticket est attribué."),
            "changed" => ("The state is changed.", "L’état est changé."),
            "sent" => ("The letter is queued.", "La lettre est en file."),
            "merged" => ("The ticket is merged.", "Le ticket est fusionné."),
            "merged-full" => (
                "The ticket is merged. Some of its tags stay on it alone: there was no room for them.",
                "Le ticket est fusionné. Certaines de ses étiquettes ne restent que sur lui : il n’y avait pas de place pour elles.",
            ),
            "merged-sealed" => (
                "The ticket is merged. Its tags stay on it alone: a message of the other is sealed to analysts, and its tags would not be.",
                "Le ticket est fusionné. Ses étiquettes ne restent que sur lui : un message de l’autre n’est chiffré que pour les analystes, et ses étiquettes ne le seraient pas.",
            ),
            "merged-closed" => (
                "The ticket is merged. Tags that can’t be opened stay where they are; please tell the administrator.",
                "Le ticket est fusionné. Des étiquettes qui ne peuvent pas être ouvertes restent où elles sont ; prévenez l’administration.",
            ),
            "unmerged" => (
                "The merge is undone; the ticket is as before.",
                "La fusion est défaite ; le ticket est comme avant.",
            ),
            "split" => ("This is the new ticket.", "Voici le nouveau ticket."),
            "linked" => ("The tickets are linked.", "Les tickets sont liés."),
            "unlinked" => (
                "The tickets are no longer linked.",
                "Les tickets ne sont plus liés.",
            ),
            "promoted" => (
                "The mail is a ticket now.",
                "Le courriel est maintenant un ticket.",
            ),
            "opened" => (
                "The message is open now; nobody was answered.",
                "Le message est maintenant ouvert ; personne n’a reçu de réponse.",
            ),
            "open" => (
                "Nothing here waits to be opened.",
                "Rien ici n’attend d’être ouvert.",
            ),
            "retried" => ("It is tried again.", "Nouvel essai en cours."),
            "undone" => (
                "The letter is taken back; nothing left.",
                "La lettre est reprise ; rien n’est parti.",
            ),
            "noted" => ("The note is kept.", "La note est gardée."),
            "tagged" => ("The ticket is tagged.", "Le ticket est étiqueté."),
            "untagged" => ("The tag is taken off.", "L’étiquette est retirée."),
            "marked" => ("The ticket is marked.", "Le ticket est marqué."),
            "corrected" => ("The value is corrected.", "La valeur est corrigée."),
            _ => undone(did),
        };
        self.one(english, french)
    }
}

/// What was just taken back, or said of a claim.
fn undone(did: &str) -> (&'static str, &'static str) {
    match did {
        "taken-back" => (
            "It is undone: the ticket stands as before.",
            "C’est annulé : le ticket est comme avant.",
        ),
        "claim-refused" => (
            "It is said that this ticket does not belong to the other.",
            "Il est dit que ce ticket n’appartient pas à l’autre.",
        ),
        "claim-open" => (
            "This ticket may belong to the other again.",
            "Ce ticket peut à nouveau appartenir à l’autre.",
        ),
        _ => ("", ""),
    }
}
