//! Words about certificates of correspondents.

use super::words::Words;
use crate::correspondents::Proof;

impl Words {
    /// The page of certificates in conflict.
    pub(super) fn certificates_head(&self) -> &'static str {
        self.one("Certificates in conflict", "Certificats en conflit")
    }

    /// The same in the menu.
    pub(super) fn certificates_menu(&self) -> &'static str {
        self.one("Certificates", "Certificats")
    }

    /// What this page is for.
    pub(super) fn certificates_hint(&self) -> &'static str {
        self.one(
            "Another certificate came for an address that has one. The known one stays in use until you decide. Compare the new fingerprint with its owner first, and not by mail: by telephone, at a number that you knew before.",
            "Un autre certificat est arrivé pour une adresse qui en a déjà un. Le certificat connu reste en usage jusqu’à votre décision. Comparez d’abord la nouvelle empreinte avec son propriétaire, autrement que par courriel : par téléphone, à un numéro que vous connaissiez déjà.",
        )
    }

    /// On a message; a link to the page follows.
    pub(super) fn in_conflict(&self) -> &'static str {
        self.one(
            "it came with a certificate that is not the one known for its sender:",
            "il est venu avec un certificat qui n’est pas celui connu pour son expéditeur\u{a0}:",
        )
    }

    /// There is none.
    pub(super) fn no_conflict(&self) -> &'static str {
        self.one(
            "No certificate is in conflict with another.",
            "Aucun certificat n’est en conflit avec un autre.",
        )
    }

    /// Over the one that is used.
    pub(super) fn stays_in_use(&self) -> &'static str {
        self.one("Known, in use", "Connu, en usage")
    }

    /// Over the one that is not.
    pub(super) fn came_later(&self) -> &'static str {
        self.one("Came later, not used", "Arrivé ensuite, pas utilisé")
    }

    /// Nothing speaks for the address.
    pub(super) fn none_in_use(&self) -> &'static str {
        self.one("None any more.", "Aucun désormais.")
    }

    /// Before a fingerprint.
    pub(super) fn fingerprint(&self) -> &'static str {
        self.one("Fingerprint", "Empreinte")
    }

    /// Before its user IDs.
    pub(super) fn says_of_itself(&self) -> &'static str {
        self.one("It says of itself", "Il dit de lui-même")
    }

    /// Before what a certificate rests on.
    pub(super) fn rests_on(&self) -> &'static str {
        self.one("It rests on", "Il repose sur")
    }

    /// Before the day.
    pub(super) fn known_since(&self) -> &'static str {
        self.one("Since", "Depuis")
    }

    /// The button for the new one.
    pub(super) fn take_new(&self) -> &'static str {
        self.one("Take the new one", "Prendre le nouveau")
    }

    /// The button for the known one.
    pub(super) fn keep_known(&self) -> &'static str {
        self.one("Stay with the known one", "Garder le connu")
    }

    /// Before the reason.
    pub(super) fn compared_label(&self) -> &'static str {
        self.one(
            "How you compared it, and with whom (needed to take the new one)",
            "Comment et avec qui vous l’avez comparée (obligatoire pour prendre le nouveau)",
        )
    }

    /// It was not said.
    pub(super) fn how_compared(&self) -> &'static str {
        self.one(
            "Please say how the fingerprint was compared, and with whom.",
            "Dites comment et avec qui l’empreinte a été comparée.",
        )
    }

    /// Somebody else was faster.
    pub(super) fn other_by_now(&self) -> &'static str {
        self.one(
            "Meanwhile somebody else has decided, or another certificate came. Please look again.",
            "Entre-temps, quelqu’un d’autre a décidé, ou un autre certificat est arrivé. Regardez à nouveau.",
        )
    }

    /// On a ticket with a certificate over which nobody has decided.
    pub(super) fn has_conflict(&self) -> &'static str {
        self.one(
            "A message of this ticket came with a certificate that is not the one known for its sender.",
            "Un message de ce ticket est arrivé avec un certificat qui n’est pas celui connu pour son expéditeur.",
        )
    }

    /// What was decided; empty for what is no word of ours.
    pub(super) fn decided(&self, did: &str) -> &'static str {
        let (english, french) = match did {
            "took" => (
                "The new certificate is used from now on.",
                "Le nouveau certificat est utilisé désormais.",
            ),
            "kept" => (
                "The known certificate stays; the other one is not taken again.",
                "Le certificat connu reste ; l’autre ne sera pas repris.",
            ),
            _ => ("", ""),
        };
        self.one(english, french)
    }

    /// What stands behind a certificate.
    pub(super) fn stands_behind(&self, proof: Proof) -> &'static str {
        let (english, french) = match proof {
            Proof::Signature => (
                "its own signature, on mail whose sender is not proved",
                "sa propre signature, sur un courriel dont l’expéditeur n’est pas prouvé",
            ),
            Proof::Attached => (
                "mail of a proved sender that brought it, unsigned",
                "un courriel d’un expéditeur prouvé qui l’a apporté, non signé",
            ),
            Proof::Keyserver => ("a key server", "un serveur de clés"),
            Proof::Sender => (
                "its signature on mail of a proved sender",
                "sa signature sur un courriel d’un expéditeur prouvé",
            ),
            Proof::Wkd => (
                "the directory of the address’s domain",
                "l’annuaire du domaine de l’adresse",
            ),
            Proof::Import => ("an operator’s import", "l’import d’un exploitant"),
            Proof::Certified => (
                "a certification that the team trusts",
                "une certification reconnue par l’équipe",
            ),
            Proof::Analyst => ("an analyst’s word", "la parole d’un analyste"),
        };
        self.one(english, french)
    }
}
