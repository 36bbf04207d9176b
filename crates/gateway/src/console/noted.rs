//! Notes on messages in French: replays, repetitions, certificates in conflict, and when signatures were made.

use intake::openpgp::Verdict;

use super::words::Words;
use crate::cli::flags::{self, Phrases, Twice};
use crate::correspondents::LaterVerdict;

static FRENCH: Phrases = Phrases {
    same_id: Twice {
        before: "le même Message-ID, avec un autre contenu, est déjà venu",
        again: "son Message-ID est revenu, avec un autre contenu",
    },
    ciphertext: Twice {
        before: "rejeu : le même texte chiffré est déjà venu",
        again: "son texte chiffré est revenu",
    },
    signature: Twice {
        before: "rejeu : la même signature est déjà venue",
        again: "sa signature est revenue",
    },
    proved_copy: Twice {
        before: "il est déjà venu, sans preuve de son expéditeur",
        again: "il est revenu, avec la preuve de son expéditeur",
    },
    repeated: Twice {
        before: "répété : le même signalement est d’abord venu",
        again: "le même signalement est revenu",
    },
    key_conflict: "il est venu avec un certificat qui n’est pas celui connu pour son expéditeur : voyez les certificats en conflit",
    at: "le",
    within: "dans",
    quarantine: "la quarantaine",
    made: "faite le",
    made_sometime: "faite on ne sait quand",
    by: "par",
    nobody: "quelqu’un qui n’est pas nommé",
    colon: "\u{a0}:",
    later,
};

impl Words {
    /// What notes are made of.
    pub(super) fn notes(&self) -> &'static Phrases {
        match self.lang {
            "fr" => &FRENCH,
            _ => &flags::ENGLISH,
        }
    }
}

/// What became of a verdict: as [`LaterVerdict::words`].
fn later(later: &LaterVerdict, at_receipt: Verdict) -> String {
    let revoked = later.revocation.as_ref().map(|revocation| {
        let day = revocation.since.strftime("%Y-%m-%d");
        let reason = &revocation.reason;
        format!(" ; certificat révoqué depuis le {day} ({reason})")
    });
    let now = (later.verdict != at_receipt && revoked.is_none())
        .then(|| format!(" ; maintenant {}", verdict(later.verdict)));
    let more = revoked.or(now).unwrap_or_default();
    format!("{} à la réception{more}", verdict(at_receipt))
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => "bonne",
        Verdict::GoodUnknownKey => "bonne (clé non vérifiée)",
        Verdict::MissingKey => "sans clé",
        Verdict::ExpiredKey => "clé expirée",
        Verdict::RevokedKey => "clé révoquée",
        Verdict::Bad => "mauvaise",
        Verdict::Malformed => "illisible",
    }
}
