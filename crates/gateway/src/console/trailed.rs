//! Words of the audit trail: stored in English, shown in the reader's language.

use super::words::Words;

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
            other => other,
        }
    }
}
