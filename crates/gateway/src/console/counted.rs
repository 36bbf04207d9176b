//! Words about figures of constituents, and about what a line of the queue counts.

use super::words::Words;

impl Words {
    /// The chart of constituents.
    pub(super) fn chart_constituents(&self) -> &'static str {
        self.one(
            "Open tickets by organisation",
            "Tickets ouverts par organisation",
        )
    }

    /// What it counts.
    pub(super) fn chart_constituents_what(&self) -> &'static str {
        self.one(
            "By whose networks and domains the first message names, look-alikes too; else by its sender. Open: of the newest 500 that are open; 30 days: of the newest 500.",
            "D’après les réseaux et domaines que nomme le premier message, imitations comprises ; sinon d’après son expéditeur. Ouverts : parmi les 500 plus récents ouverts ; 30 jours : parmi les 500 plus récents.",
        )
    }

    /// Over the table of constituents.
    pub(super) fn constituents_table(&self) -> &'static str {
        self.one(
            "Figures of each organisation",
            "Chiffres de chaque organisation",
        )
    }

    /// Over a column.
    pub(super) fn open_tickets(&self) -> &'static str {
        self.one("Open", "Ouverts")
    }

    /// Over a column.
    pub(super) fn thirty_days(&self) -> &'static str {
        self.one("Came in 30 days", "Arrivés en 30 jours")
    }

    /// Before how many there are, in the queue.
    pub(super) fn attached(&self) -> &'static str {
        self.one("Attachments", "Pièces jointes")
    }

    /// Before how many there are, in the queue.
    pub(super) fn values_found(&self) -> &'static str {
        self.one("Values", "Valeurs")
    }

    /// Before how long ago mail came last.
    pub(super) fn last_in(&self) -> &'static str {
        self.one("last in", "dernier reçu")
    }

    /// Before how long ago a letter was written last.
    pub(super) fn last_out(&self) -> &'static str {
        self.one("last out", "dernier écrit")
    }

    /// Whether a sender is the one that he says.
    pub(super) fn trust(&self, is_proved: bool) -> &'static str {
        match is_proved {
            true => self.one("sender proved", "expéditeur prouvé"),
            false => self.one("sender not proved", "expéditeur non prouvé"),
        }
    }
}
