//! Words about a ticket's marking that analysts set.

use super::words::Words;
use crate::actions::refusal::MarkRefusal;
use crate::ticket::Marking;

impl Words {
    /// The form, and its button.
    pub(super) fn mark(&self) -> &'static str {
        self.one("Mark (TLP)", "Marquer (TLP)")
    }

    /// The choice.
    pub(super) fn marking(&self) -> &'static str {
        self.one("Marking", "Marquage")
    }

    /// Who may do what.
    pub(super) fn mark_hint(&self) -> &'static str {
        self.one(
            "From AMBER on nothing is answered in clear, and exports hold it back by it. A lead may lower what was said, with a reason; never below what a message says.",
            "À partir d’AMBER, rien ne part en clair, et les exports le retiennent d’après lui. Un responsable peut abaisser ce qui a été dit, avec un motif ; jamais sous ce que dit un message.",
        )
    }

    /// Where none was chosen, or the reason is too long.
    pub(super) fn choose_marking(&self) -> &'static str {
        self.one(
            "Choose a marking; a reason has at most 2000 octets.",
            "Choisissez un marquage ; un motif a au plus 2000 octets.",
        )
    }

    /// For the history: from what to what.
    pub(super) fn marked(&self, said: Option<&Marking>) -> String {
        let none = self.one("as its messages say", "comme disent ses messages");
        let word = |tlp: &str| match tlp {
            "" => none.to_owned(),
            tlp => format!("TLP:{tlp}"),
        };
        said.map_or_else(String::new, |said| {
            format!("{} → {}", word(&said.was), word(&said.tlp))
        })
    }
}

/// Why a marking stays, in French.
pub(super) fn refused(refusal: MarkRefusal) -> String {
    match refusal {
        MarkRefusal::So(tlp) => format!("il est déjà TLP:{tlp}"),
        MarkRefusal::Mail(tlp) => {
            format!("un de ses messages est TLP:{tlp}, et seul son auteur pourrait dire moins")
        }
        MarkRefusal::Lead => "cela abaisserait son marquage, ou le marquerait moins que ce que vaut un ticket non marqué (TLP:AMBER) : un responsable le peut, avec un motif".to_owned(),
        MarkRefusal::Reason => "pour abaisser un marquage, il faut un motif".to_owned(),
    }
}
