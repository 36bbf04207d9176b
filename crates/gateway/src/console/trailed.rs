//! Words of the audit trail: stored in English, shown in the reader's language.

use super::words::Words;
use crate::audit::outside::Standing;

impl Words {
    /// What a line of the trail says that was done; one that a newer program wrote, as it stands.
    pub(super) fn action<'a>(&self, action: &'a str) -> &'a str {
        if self.lang != "fr" {
            return action;
        }
        match action {
            "opened" => "ouvert",
            "joined" => "rattaché",
            "suppressed" => "gardé sans ticket",
            "promoted" => "promu en ticket",
            "claimed" => "pris",
            "assigned" => "attribué",
            "released" => "libéré",
            "changed" => "état changé",
            "closed" => "fermé",
            "reopened" => "rouvert",
            "merged" => "fusionné",
            "took-over" => "a repris",
            "unmerged" => "fusion défaite",
            "gave-back" => "a rendu",
            "undone" => "annulé",
            "claim-refused" => "appartenance refusée",
            "claim-open" => "appartenance à nouveau possible",
            "split" => "séparé",
            "split-off" => "messages séparés",
            "linked" => "lié",
            "unlinked" => "délié",
            "noted" => "note écrite",
            "tagged" => "étiqueté",
            "untagged" => "étiquette retirée",
            "marked" => "marqué (TLP)",
            "corrected" => "valeur corrigée",
            "retried" => "nouvel essai d’ouverture",
            "sent" => "lettre envoyée",
            "unsent" => "lettre reprise",
            "read" => "lu",
            "listed" => "listé",
            "searched" => "cherché",
            "exported" => "exporté",
            "verdict" => "signature jugée à nouveau",
            "certificate" => "certificat",
            "contact" => "contact",
            "alerted" => "alerte",
            "alert-closed" => "alerte close",
            "overdue" => "en retard",
            "removed" => "retiré",
            "erased" => "effacé",
            "resealed" => "chiffré à nouveau",
            "signed-in" => "connecté",
            "signed-out" => "déconnecté",
            "sign-in-failed" => "connexion refusée",
            "token" => "jeton",
            "token-refused" => "jeton refusé",
            "account" => "compte",
            "anchored" => "chaînes ancrées",
            "anchor-accepted" => "marque acceptée",
            "rewrapped" => "clés reprises",
            "restored" => "restauré",
            other => other,
        }
    }
}

impl Words {
    /// The page, and the menu.
    pub(super) fn audit_head(&self) -> &'static str {
        self.one("Audit", "Journal d’audit")
    }

    /// What it is.
    pub(super) fn audit_hint(&self) -> &'static str {
        self.one(
            "Who did and who read what, the newest first: tickets, sign-ins, searches, lists, keys and accounts. That you look at it is written down, too. `pillarbox audit export` writes all of it as a file.",
            "Qui a fait et qui a lu quoi, le plus récent d’abord : tickets, connexions, recherches, listes, clés et comptes. Votre consultation y est consignée aussi. « pillarbox audit export » écrit le tout dans un fichier.",
        )
    }

    /// A field of the filter.
    pub(super) fn audit_by(&self) -> &'static str {
        self.one("Who", "Qui")
    }

    /// A field of the filter.
    pub(super) fn audit_day(&self) -> &'static str {
        self.one("Day", "Jour")
    }

    /// A head of the table.
    pub(super) fn audit_when(&self) -> &'static str {
        self.one("When", "Quand")
    }

    /// A head of the table.
    pub(super) fn audit_detail(&self) -> &'static str {
        self.one("Details", "Détails")
    }

    /// There is none.
    pub(super) fn audit_none(&self) -> &'static str {
        self.one("Nothing was written.", "Rien n’a été consigné.")
    }

    /// What was asked for is no day.
    pub(super) fn no_such_day(&self) -> &'static str {
        self.one(
            "That is no day: write 2026-11-23.",
            "Ce n’est pas un jour : écrivez 2026-11-23.",
        )
    }

    /// Beside a line.
    pub(super) fn audit_broken(&self) -> &'static str {
        self.one("not as it was written", "altérée depuis son écriture")
    }

    /// After how many lines.
    pub(super) fn audit_broken_here(&self) -> &'static str {
        self.one(
            "lines here are not as they were written: `pillarbox verify` says more.",
            "lignes de cette page ne sont plus telles qu’elles furent écrites : « pillarbox verify » en dit plus.",
        )
    }

    /// All that the page shows is well.
    pub(super) fn audit_whole_here(&self) -> &'static str {
        self.one(
            "Every line here is as it was written.",
            "Chaque ligne de cette page est telle qu’elle fut écrite.",
        )
    }

    /// How the deployment's chain stands to its mark outside the database.
    pub(super) fn audit_standing(&self, standing: &Standing) -> &'static str {
        match standing {
            Standing::Whole(_) => self.one(
                "Nothing was cut off up to the mark outside the database. `pillarbox verify` looks at everything.",
                "Rien n’a été coupé jusqu’à la marque hors de la base. « pillarbox verify » examine tout.",
            ),
            Standing::Unmarked => self.one(
                "There is no mark outside the database yet: it would not show if the end were cut off.",
                "Il n’y a pas encore de marque hors de la base : une fin coupée ne se verrait pas.",
            ),
            Standing::CutBack(_) => self.one(
                "The trail was CUT BACK: a line that was there is gone, or is another one. See `pillarbox verify`.",
                "Le journal a été COUPÉ : une ligne qui y était manque, ou n’est plus la même. Voir « pillarbox verify ».",
            ),
            Standing::Altered => self.one(
                "The mark outside the database is not as it was written. See `pillarbox verify`.",
                "La marque hors de la base n’est plus telle qu’elle fut écrite. Voir « pillarbox verify ».",
            ),
        }
    }
}
