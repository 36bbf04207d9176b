//! Words about going from page to page by keyboard.

use super::words::Words;

impl Words {
    /// The link above a ticket.
    pub(super) fn back_to_queue(&self) -> &'static str {
        self.one("Back to the queue", "Retour à la file")
    }

    /// On every page: to the others.
    pub(super) fn way_keys(&self) -> [(&'static str, &'static str); 5] {
        [
            ("g s", self.one("search", "recherche")),
            ("g x", self.one("quarantine", "quarantaine")),
            (
                "g c",
                self.one("certificates in conflict", "certificats en conflit"),
            ),
            ("g h", self.one("charts", "graphiques")),
            (
                "Ctrl ⏎",
                self.one("send what you write", "envoyer ce que vous écrivez"),
            ),
        ]
    }

    /// Behind how many of all.
    pub(super) fn on_this_page(&self) -> &'static str {
        self.one("on this page", "sur cette page")
    }

    /// Between a word and what is said of it.
    pub(super) fn colon(&self) -> &'static str {
        self.one(":", "\u{a0}:")
    }

    /// Behind the number of other tickets that have a value, as it is shown.
    pub(super) fn others_of(&self, count: &str) -> &'static str {
        match count {
            "1" => self.one("other ticket", "autre ticket"),
            _ => self.others,
        }
    }

    /// What a value is to an incident, or what kind of value it is, as the index has it.
    pub(super) fn indexed(&self, word: &'static str) -> &'static str {
        match word {
            "source" => self.source,
            "destination" => self.destination,
            "address" => self.one("address", "adresse"),
            "network" => self.one("network", "réseau"),
            "domain" => self.one("domain", "domaine"),
            "url" => "URL",
            "mail" => self.one("mail address", "adresse électronique"),
            "hash" => self.one("hash", "empreinte"),
            "cve" => "CVE",
            "asn" => self.one("AS number", "numéro d’AS"),
            "sender" => self.one("sender", "expéditeur"),
            "reference" => self.one("reference", "référence"),
            _ => word,
        }
    }

    /// Over the form that exports one ticket.
    pub(super) fn export_one(&self) -> &'static str {
        self.one("Export this ticket", "Exporter ce ticket")
    }

    /// Where there is something to export.
    pub(super) fn export_key(&self) -> (&'static str, &'static str) {
        ("E", self.one("export …", "exporter …"))
    }

    /// Where neither the queue nor a ticket is.
    pub(super) fn page_keys(&self) -> [(&'static str, &'static str); 7] {
        [
            ("j k", self.one("next, previous", "suivant, précédent")),
            ("o ⏎", self.one("open it", "l’ouvrir")),
            ("p", self.one("promote to a ticket", "promouvoir en ticket")),
            ("u", self.one("back", "retour")),
            ("/", self.one("search", "recherche")),
            (
                "g q  g m  g u",
                self.one("to do now, mine, unclaimed", "à faire, à moi, libres"),
            ),
            ("?", self.one("these keys", "ces touches")),
        ]
    }
}
