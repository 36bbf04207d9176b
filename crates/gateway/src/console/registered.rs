//! Words about the register of contacts, and about whose problem a report is.

use super::shown;
use super::words::Words;
use crate::actions::contact::Unchanged;
use crate::contacts::{Gap, MOST, Misfit, Unfit};
use crate::correspondents::State;

impl Words {
    /// The page, and its place in the menu.
    pub(super) fn contacts_head(&self) -> &'static str {
        self.one("Contacts", "Contacts")
    }

    /// What the page is for.
    pub(super) fn contacts_hint(&self) -> &'static str {
        self.one(
            "Who the constituents are, what is theirs, and whom to call there. All of it is sealed, and the audit trail says who looked.",
            "Qui sont les organisations suivies, ce qui leur appartient, et qui y appeler. Tout est chiffré, et le journal d’audit dit qui a regardé.",
        )
    }

    /// Before the field that narrows the list.
    pub(super) fn contacts_ask(&self) -> &'static str {
        self.one(
            "Name, person, address, network or domain",
            "Nom, personne, adresse, réseau ou domaine",
        )
    }

    /// Leaves those in the list that lack something.
    pub(super) fn contacts_gaps_only(&self) -> &'static str {
        self.one("only those with gaps", "seulement ceux qui ont des lacunes")
    }

    /// Nobody answers.
    pub(super) fn no_contacts(&self) -> &'static str {
        self.one("No organisations here.", "Aucune organisation ici.")
    }

    /// A link to the page before.
    pub(super) fn contacts_before(&self) -> &'static str {
        self.one("Those before", "Les précédentes")
    }

    /// A link to the page after.
    pub(super) fn contacts_more(&self) -> &'static str {
        self.one("More organisations", "Plus d’organisations")
    }

    /// From whom to call to the organisation.
    pub(super) fn contact_page(&self) -> &'static str {
        self.one("all of it", "tout savoir")
    }

    /// Before how many there are.
    pub(super) fn contacts_found(&self) -> &'static str {
        self.one("Found:", "Trouvées :")
    }

    /// The page with a form for one more.
    pub(super) fn contact_add(&self) -> &'static str {
        self.one("Add an organisation", "Ajouter une organisation")
    }

    /// On the form's button.
    pub(super) fn contact_save(&self) -> &'static str {
        self.one("Save", "Enregistrer")
    }

    /// Over the form.
    pub(super) fn contact_edit(&self) -> &'static str {
        self.one("Change this organisation", "Modifier cette organisation")
    }

    /// Of the organisation.
    pub(super) fn office_number(&self) -> &'static str {
        self.one("Telephone", "Téléphone")
    }

    /// At all other times.
    pub(super) fn late_number(&self) -> &'static str {
        self.one("Out-of-hours number", "Numéro hors horaires")
    }

    /// The address of a role.
    pub(super) fn role_address(&self) -> &'static str {
        self.one("Role address", "Adresse de fonction")
    }

    /// Those who are named.
    pub(super) fn persons(&self) -> &'static str {
        self.one("Persons", "Personnes")
    }

    /// How they are written.
    pub(super) fn persons_hint(&self) -> &'static str {
        self.one(
            "one a line: Jane Doe <jane@bank.example> +352 12 34 57",
            "une par ligne : Jane Doe <jane@bank.example> +352 12 34 57",
        )
    }

    /// Its networks.
    pub(super) fn networks(&self) -> &'static str {
        self.one("Networks", "Réseaux")
    }

    /// Its domains.
    pub(super) fn domains(&self) -> &'static str {
        self.one("Domains", "Domaines")
    }

    /// How they are written.
    pub(super) fn one_a_line(&self) -> &'static str {
        self.one("one a line", "un par ligne")
    }

    /// For analysts.
    pub(super) fn contact_note(&self) -> &'static str {
        self.one("Note for analysts", "Note pour les analystes")
    }

    /// Nothing is known.
    pub(super) fn not_known(&self) -> &'static str {
        self.one("not known", "inconnu")
    }

    /// What an organisation lacks.
    pub(super) fn gap(&self, gap: Gap) -> &'static str {
        match gap {
            Gap::Persons => self.one("fewer than two persons", "moins de deux personnes"),
            Gap::OutOfHours => self.one("no out-of-hours number", "pas de numéro hors horaires"),
        }
    }

    /// Mail to one of its addresses is refused.
    pub(super) fn mail_refused(&self) -> &'static str {
        self.one("refuses our mail", "refuse nos courriels")
    }

    /// Before the status and the time.
    pub(super) fn refused_with(&self) -> &'static str {
        self.one(
            "Our mail was refused with",
            "Notre courriel a été refusé avec",
        )
    }

    /// None is refused.
    pub(super) fn none_refused(&self) -> &'static str {
        self.one(
            "No mail of ours to it was refused.",
            "Aucun de nos courriels n’y a été refusé.",
        )
    }

    /// Before a language.
    pub(super) fn answered_in(&self) -> &'static str {
        self.one("Answered in:", "Réponses en :")
    }

    /// Over addresses and their certificates.
    pub(super) fn addresses_head(&self) -> &'static str {
        self.one("Addresses and certificates", "Adresses et certificats")
    }

    /// None is bound to the address.
    pub(super) fn no_certificate(&self) -> &'static str {
        self.one(
            "No certificate is known for it.",
            "Aucun certificat connu pour elle.",
        )
    }

    /// A link to the queue.
    pub(super) fn their_tickets(&self) -> &'static str {
        self.one(
            "Tickets that they reported or that concern them",
            "Tickets qu’ils ont signalés ou qui les concernent",
        )
    }

    /// Over what was done with a certificate.
    pub(super) fn certificate_history(&self) -> &'static str {
        self.one("What was done with it", "Ce qui en a été fait")
    }

    /// How a certificate stands to an address.
    pub(super) fn stands(&self, state: State) -> &'static str {
        let (english, french) = match state {
            State::Pinned => ("used, not verified", "utilisé, non vérifié"),
            State::Authenticated => ("used, verified", "utilisé, vérifié"),
            State::Conflict => (
                "in conflict with another, not used",
                "en conflit avec un autre, pas utilisé",
            ),
            State::Superseded => (
                "another took its place, not used",
                "remplacé par un autre, pas utilisé",
            ),
            State::Rejected => ("rejected, not used", "rejeté, pas utilisé"),
        };
        self.one(english, french)
    }

    /// It can't be used any more.
    pub(super) fn is_revoked(&self) -> &'static str {
        self.one("revoked", "révoqué")
    }

    /// Before a time.
    pub(super) fn expires(&self) -> &'static str {
        self.one("Expires", "Expire")
    }

    /// On the button.
    pub(super) fn trust_it(&self) -> &'static str {
        self.one("It is theirs", "C’est le leur")
    }

    /// On the other button.
    pub(super) fn reject_it(&self) -> &'static str {
        self.one("It is not theirs", "Ce n’est pas le leur")
    }

    /// Before the reason.
    pub(super) fn judged_label(&self) -> &'static str {
        self.one(
            "How you compared the fingerprint, and with whom (needed to say that it is theirs)",
            "Comment et avec qui vous avez comparé l’empreinte (obligatoire pour dire que c’est le leur)",
        )
    }

    /// What happened to a certificate; a word of a newer program as it stands.
    pub(super) fn befell<'a>(&self, action: &'a str) -> &'a str {
        if let Some(state) = State::of(action) {
            return self.stands(state);
        }
        match action {
            "kept" => self.one("first seen", "vu la première fois"),
            "merged" => self.one("news of it came", "il y en eut du nouveau"),
            other => other,
        }
    }

    /// Why, where words of ours say so; an analyst's stand as he wrote them.
    pub(super) fn befell_why<'a>(&self, why: &'a str) -> &'a str {
        match why {
            "imported" => self.one("imported by an operator", "importé par un exploitant"),
            "came by mail" => self.one("it came by mail", "il est venu par courriel"),
            "signed mail of a proved sender" => self.one(
                "it signed mail of a proved sender",
                "il a signé un courriel d’un expéditeur prouvé",
            ),
            "another certificate was taken" => self.one("another was taken", "un autre a été pris"),
            "another certificate came with better proof" => self.one(
                "another came with better proof",
                "un autre est venu avec une meilleure preuve",
            ),
            other => other,
        }
    }

    /// What was done; empty for what is no word of ours.
    pub(super) fn contact_did(&self, did: &str) -> &'static str {
        let (english, french) = match did {
            "added" => (
                "The organisation is in the register.",
                "L’organisation est dans le registre.",
            ),
            "changed" => (
                "The organisation is changed.",
                "L’organisation est modifiée.",
            ),
            "trusted" => (
                "The certificate is theirs, and used.",
                "Le certificat est le leur, et utilisé.",
            ),
            "rejected" => (
                "The certificate is not theirs, and not taken again.",
                "Le certificat n’est pas le leur, et ne sera pas repris.",
            ),
            _ => ("", ""),
        };
        self.one(english, french)
    }

    /// Why an organisation was not written; `None` for a fault of ours.
    pub(super) fn contact_refusal(&self, why: &Unchanged) -> Option<String> {
        Some(match why {
            Unchanged::Unfit(unfit) => self.unfit(unfit),
            Unchanged::Full if self.lang == "fr" => {
                format!("Le registre garde {MOST} organisations au plus.")
            }
            Unchanged::Full => format!("The register keeps {MOST} organisations at most."),
            Unchanged::Taken => self
                .one(
                    "There is an organisation of this name already.",
                    "Une organisation porte déjà ce nom.",
                )
                .to_owned(),
            Unchanged::Meanwhile => self
                .one(
                    "Meanwhile somebody else has changed it: above is what stands now, below what you wrote. Nothing was saved.",
                    "Entre-temps, quelqu’un d’autre l’a modifiée : au-dessus, ce qui vaut maintenant ; au-dessous, ce que vous avez écrit. Rien n’a été enregistré.",
                )
                .to_owned(),
            Unchanged::Gone | Unchanged::Fault(_) => return None,
        })
    }

    fn unfit(&self, unfit: &Unfit) -> String {
        let field = match unfit.field {
            "name" => self.name,
            "address" => self.role_address(),
            "telephone" => self.office_number(),
            "out_of_hours" => self.late_number(),
            "note" => self.contact_note(),
            "networks" => self.networks(),
            "domains" => self.domains(),
            "person" => self.persons(),
            other => other,
        };
        let colon = self.calls().colon;
        let why = match &unfit.problem {
            why if self.lang != "fr" => why.to_string(),
            Misfit::Needed => "il en faut un".to_owned(),
            Misfit::Nameless => "chacun a besoin d’un nom".to_owned(),
            Misfit::Many(count, most) => format!("{count}, c’est plus que {most}"),
            Misfit::Long(octets, most) => format!("{octets} octets, c’est plus que {most}"),
            Misfit::Hidden(shown) => {
                format!("pas de caractères de commande ni de marques cachées{colon} {shown}")
            }
            Misfit::Lines => "une seule ligne".to_owned(),
            Misfit::Number(text) => format!("{text:?} n’est pas un numéro de téléphone"),
            Misfit::Address(text) => format!("{text:?} n’est pas une adresse de courriel"),
            Misfit::Domain(text) => format!("{text:?} n’est pas un domaine"),
            Misfit::Letters(text) => {
                format!("{text:?}{colon} écrivez-le avec ses A-labels (xn--…)")
            }
            Misfit::Network(text) => format!(
                "{text:?} n’est pas un réseau{colon} écrivez 192.0.2.0/24, 2001:db8::/32 ou une adresse"
            ),
            Misfit::Form => "écrivez NOM <ADRESSE> NUMÉRO".to_owned(),
        };
        shown::text(&format!("{field}{colon} {why}"))
    }
}
