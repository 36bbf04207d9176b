//! Why something was not done, in every language: a refusal without its French sentence does not compile.

use super::shown;
use super::words::Words;
use crate::actions::refusal::{
    AskRefusal, ClaimRefusal, Close, LetterRefusal, LinkRefusal, OwnerRefusal, PlaceRefusal,
    Refusal, TagRefusal, UndoRefusal,
};
use crate::actions::{note, reply, split};
use crate::cli::exported::{self, Hold, MOST_OCTETS};
use crate::query::find::MOST_VALUES;
use crate::search::Unasked;
use crate::tags::{self, TagFault};

impl Words {
    /// Why something was not done.
    pub(super) fn refusal(&self, refusal: &Refusal) -> String {
        let words = match self.lang {
            "fr" => self.french(refusal),
            _ => refusal.to_string(),
        };
        shown::text(&words)
    }

    /// Why a word is none of the team's.
    pub(super) fn tag_fault(&self, fault: &TagFault) -> String {
        if self.lang != "fr" {
            return fault.to_string();
        }
        match fault {
            TagFault::NoLetter => "une étiquette a au moins une lettre".to_owned(),
            TagFault::TooLong => {
                format!("une étiquette a {} caractères au plus", tags::LONGEST)
            }
            TagFault::Character => {
                "une étiquette a des lettres, des chiffres et - _ . : / + &, et commence par une lettre ou un chiffre".to_owned()
            }
            TagFault::Marking => {
                "une marque n’est pas un mot de l’équipe : elle vient avec un message, ou avec une lettre".to_owned()
            }
        }
    }

    /// Why something can't be looked for.
    pub(super) fn unasked(&self, why: &Unasked) -> String {
        let words = match why {
            why if self.lang != "fr" => why.to_string(),
            Unasked::Nothing => "il n’y a rien à chercher".to_owned(),
            Unasked::NoSuch(value, kind) => format!("{value:?} n’est pas de type {kind}"),
            Unasked::Port(host, port) => {
                format!("pour une adresse avec un port, écrivez : {host} port:{port}")
            }
            Unasked::Kind { word, kinds, plain } => format!(
                "{word:?} n’est pas un type de valeur ; il y a {kinds} et ref. La référence d’une autre équipe avec un deux-points s’écrit ref:{plain}"
            ),
            Unasked::Network(network) => {
                format!("pour toutes les adresses d’un réseau, écrivez : {network}")
            }
            Unasked::Wildcard => {
                "il n’y a pas de jokers : un domaine vaut pour tout ce qui est en dessous, un réseau s’écrit 192.0.2.0/24".to_owned()
            }
        };
        shown::text(&words)
    }

    /// The tickets that hold an export back.
    pub(super) fn held(&self, held: &[(String, Hold)]) -> String {
        if self.lang != "fr" {
            return exported::named(held);
        }
        let some = held.iter().take(exported::NAMED).map(|(name, why)| {
            let why = match why {
                Hold::Marked(marking) => marking.as_str(),
                Hold::Sealed => "chiffré pour les analystes",
                Hold::Damaged => "ne peut pas être ouvert",
            };
            format!("{name} ({why})")
        });
        let some = some.collect::<Vec<_>>().join(", ");
        match held.len().saturating_sub(exported::NAMED) {
            0 => some,
            more => format!("{some} et {more} de plus"),
        }
    }

    fn french(&self, refusal: &Refusal) -> String {
        match refusal {
            Refusal::NoTicket(reference) => format!("{reference} n’existe pas"),
            Refusal::Erased {
                reference,
                at,
                reason,
            } => format!("{reference} a été effacé à {at} ({reason})"),
            Refusal::Already(state) => format!("il est déjà {}", self.state(state)),
            Refusal::ErasedMonth => "il a été effacé avec son mois".to_owned(),
            Refusal::NoteLength => format!("une note a de 1 à {} octets", note::MOST),
            Refusal::Keys => {
                "les clés de l’équipe ne peuvent pas servir : voyez `pillarbox keys check`".to_owned()
            }
            Refusal::NoSuppressed(id) => format!("il n’y a pas de courriel écarté {id}"),
            Refusal::SealedMail => {
                "il n’est chiffré que pour les analystes, et un tel courriel ne peut pas encore devenir un ticket".to_owned()
            }
            Refusal::Letter(refusal) => of_letter(refusal),
            Refusal::Place(refusal) => of_place(refusal),
            Refusal::Link(refusal) => self.of_link(refusal),
            Refusal::Tag(refusal) => self.of_tag(refusal),
            Refusal::Ask(refusal) => of_ask(refusal),
            Refusal::Mark(refusal) => super::marked::refused(*refusal),
            Refusal::Undo(refusal) => of_undo(refusal),
            Refusal::Claim(refusal) => of_claim(refusal),
            Refusal::Owner(OwnerRefusal::Unknown(name)) => {
                format!("il n’y a pas d’analyste {name:?} : « pillarbox analyst list » dit qui il y a")
            }
            Refusal::Owner(OwnerRefusal::Idle(name)) => {
                format!("{name} est lecteur, ou ne peut pas se connecter, et n’y travaillerait jamais")
            }
        }
    }

    fn of_tag(&self, refusal: &TagRefusal) -> String {
        match refusal {
            TagRefusal::Word(fault) => self.tag_fault(fault),
            TagRefusal::Many => format!("un ticket a {} étiquettes au plus", tags::MOST),
            TagRefusal::There(words) => format!("il a déjà {words}"),
            TagRefusal::NotThere(words) => format!("il n’a pas d’étiquette {words}"),
            TagRefusal::Merged(heir) => format!("il a été fusionné dans {heir} : étiquetez celui-là"),
            TagRefusal::Sealed => {
                "un de ses messages n’est chiffré que pour les analystes, et ses étiquettes ne le seraient pas".to_owned()
            }
            TagRefusal::NoKey => {
                "il n’y a pas ici de clé de l’index du mois où il est arrivé : un analyste l’a".to_owned()
            }
        }
    }

    fn of_link(&self, refusal: &LinkRefusal) -> String {
        match refusal {
            LinkRefusal::Itself => "un ticket ne peut pas être lié à lui-même".to_owned(),
            LinkRefusal::None(to) => format!("il n’a pas de lien avec {to}"),
            LinkRefusal::Heir(heir) => format!("il a été fusionné dans {heir} : liez celui-là"),
            LinkRefusal::OtherHeir { other, heir } => {
                format!("{other} a été fusionné dans {heir} : liez celui-là")
            }
            LinkRefusal::So { kind, to } => {
                format!("il est déjà lié ainsi : {} {to}", self.linked(*kind))
            }
            LinkRefusal::Else { kind, to } => {
                format!(
                    "il est lié autrement : {} {to} ; défaites d’abord ce lien",
                    self.linked(*kind)
                )
            }
            LinkRefusal::Circle { above, below } => {
                format!("{below} est déjà au-dessus de {above}")
            }
        }
    }
}

fn of_letter(refusal: &LetterRefusal) -> String {
    match refusal {
        LetterRefusal::None => {
            "il n’y a pas de lettre à reprendre, ou c’est celle de quelqu’un d’autre".to_owned()
        }
        LetterRefusal::Left => {
            "la lettre est partie, ou part, ou a déjà été reprise".to_owned()
        }
        LetterRefusal::SentBefore => {
            "cette lettre a déjà été envoyée, puis reprise : rouvrez le formulaire pour en écrire une autre".to_owned()
        }
        LetterRefusal::Unreadable => "la lettre n’a pas pu être relue".to_owned(),
        LetterRefusal::Unsigned => {
            "la lettre n’a pas pu être signée : voyez `pillarbox keys check`".to_owned()
        }
        LetterRefusal::Composing(why) => format!("la lettre ne peut pas être composée : {why}"),
        LetterRefusal::Certificates(why) => format!("les certificats ne peuvent pas être lus : {why}"),
        LetterRefusal::Length => format!("une lettre a de 1 à {} octets", reply::MOST_TEXT),
        LetterRefusal::Red => {
            "le ticket est TLP:RED : nommez tous ceux à qui va la lettre".to_owned()
        }
        LetterRefusal::ReporterSealed => {
            "le déclarant n’est chiffré que pour les analystes : dites à qui va la lettre".to_owned()
        }
        LetterRefusal::NoReporter => {
            "personne n’est nommé comme déclarant : dites à qui va la lettre".to_owned()
        }
        LetterRefusal::OwnAddress => "c’est notre propre adresse".to_owned(),
        LetterRefusal::NobodyInTo => "une lettre demande quelqu’un dans À".to_owned(),
        LetterRefusal::Recipients => format!("{} destinataires au plus", reply::MOST_RECIPIENTS),
        LetterRefusal::InClear { why, to } => format!(
            "rien de ce ticket ne peut partir en clair ({}), et il n’y a pas de certificat qui puisse servir pour {to}",
            why_close(why)
        ),
        LetterRefusal::NoCanned => {
            "il n’y a pas de textes préparés : voyez team.canned_dir".to_owned()
        }
        LetterRefusal::WhichCanned(there) => {
            format!("ce texte préparé n’existe pas ; il y a {there}")
        }
        LetterRefusal::Canned(why) => format!("le texte préparé ne peut pas servir : {why}"),
    }
}

fn of_undo(refusal: &UndoRefusal) -> String {
    match refusal {
        UndoRefusal::Nothing => {
            "il n’y a pas de changement d’état, de propriétaire ou de marquage à annuler".to_owned()
        }
        UndoRefusal::Other(by) => {
            format!("le dernier changement est de {by} : seul son auteur l’annule")
        }
        UndoRefusal::Since(by) => format!("{by} a agi dessus depuis : regardez-le à nouveau"),
        UndoRefusal::Merged => "il a été fusionné : « défaire la fusion » annule cela".to_owned(),
    }
}

fn of_claim(refusal: &ClaimRefusal) -> String {
    match refusal {
        ClaimRefusal::None => {
            "son premier message ne prétend appartenir à aucun autre ticket".to_owned()
        }
        ClaimRefusal::Refused(other) => {
            format!("il a déjà été refusé qu’il appartienne à {other}")
        }
        ClaimRefusal::Open(other) => {
            format!("personne n’a refusé qu’il appartienne à {other}")
        }
        ClaimRefusal::Merged(heir) => format!("il a été fusionné dans {heir}"),
    }
}

fn of_ask(refusal: &AskRefusal) -> String {
    match refusal {
        AskRefusal::Values => {
            format!("on cherche {MOST_VALUES} valeurs et expéditeurs à la fois au plus")
        }
        AskRefusal::PortAlone => {
            "un port seul n’est pas cherché : presque chaque signalement en a un ; nommez aussi une adresse, un réseau ou un domaine".to_owned()
        }
        AskRefusal::TooWide => {
            "les réseaux plus larges qu’un /8 d’IPv4 ou un /24 d’IPv6 ne sont pas cherchés".to_owned()
        }
        AskRefusal::Busy => "d’autres exportent en ce moment : réessayez dans une minute".to_owned(),
        AskRefusal::NoTicket => "aucun ticket ne répond à cela".to_owned(),
        AskRefusal::TooMuch => format!(
            "cela fait plus de {} Mio : affinez la requête, ou prenez-en moins",
            MOST_OCTETS >> 20
        ),
    }
}

fn why_close(why: &Close) -> String {
    match why {
        Close::Encrypted => "il est arrivé chiffré".to_owned(),
        Close::Sealed => "il n’est chiffré que pour les analystes".to_owned(),
        Close::Marked(label) => format!("il est TLP:{label}"),
    }
}

fn of_place(refusal: &PlaceRefusal) -> String {
    match refusal {
        PlaceRefusal::NoNumbers => "il n’y a plus de numéros de ticket".to_owned(),
        PlaceRefusal::SplitCount => format!("on sépare de 1 à {} messages", split::MOST),
        PlaceRefusal::NoMessage(number) => format!("il n’y a pas de message {number}"),
        PlaceRefusal::OneStays => "un message au moins doit rester".to_owned(),
        PlaceRefusal::Moved => {
            "les messages du ticket ont changé entre-temps : regardez à nouveau".to_owned()
        }
        PlaceRefusal::LettersStay => "nos lettres restent là où elles ont été écrites".to_owned(),
        PlaceRefusal::MergeItself => "un ticket ne peut pas être fusionné dans lui-même".to_owned(),
        PlaceRefusal::MergedAlready { own, heir } => format!("{own} a été fusionné dans {heir}"),
        PlaceRefusal::HeirMerged { own, heir } => {
            format!("{own} a lui-même été fusionné dans {heir}")
        }
        PlaceRefusal::NotMerged(own) => format!("{own} n’est pas fusionné dans un autre ticket"),
        PlaceRefusal::Changed(own) => {
            format!("le numéro {own} a changé entre-temps : regardez-le à nouveau")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::{ENGLISH, FRENCH};
    use super::*;
    use crate::ticket::LinkKind;

    fn some() -> String {
        "CSIRT#000123".to_owned()
    }

    #[expect(clippy::too_many_lines, reason = "a list of all that there are")]
    fn all() -> Vec<Refusal> {
        let (own, heir, to) = (some(), some(), some());
        let kind = LinkKind::Duplicate;
        let tags = [
            TagFault::NoLetter,
            TagFault::TooLong,
            TagFault::Character,
            TagFault::Marking,
        ];
        let close = [Close::Encrypted, Close::Sealed, Close::Marked("RED")];
        let letters = [
            LetterRefusal::None,
            LetterRefusal::Left,
            LetterRefusal::SentBefore,
            LetterRefusal::Unreadable,
            LetterRefusal::Unsigned,
            LetterRefusal::Certificates(some()),
            LetterRefusal::Composing(some()),
            LetterRefusal::Length,
            LetterRefusal::Red,
            LetterRefusal::ReporterSealed,
            LetterRefusal::NoReporter,
            LetterRefusal::OwnAddress,
            LetterRefusal::NobodyInTo,
            LetterRefusal::Recipients,
            LetterRefusal::NoCanned,
            LetterRefusal::WhichCanned(some()),
            LetterRefusal::Canned(some()),
        ];
        let places = [
            PlaceRefusal::NoNumbers,
            PlaceRefusal::SplitCount,
            PlaceRefusal::NoMessage(3),
            PlaceRefusal::OneStays,
            PlaceRefusal::Moved,
            PlaceRefusal::LettersStay,
            PlaceRefusal::MergeItself,
            PlaceRefusal::MergedAlready {
                own: own.clone(),
                heir: heir.clone(),
            },
            PlaceRefusal::HeirMerged { own, heir },
            PlaceRefusal::NotMerged(some()),
            PlaceRefusal::Changed(7),
        ];
        let links = [
            LinkRefusal::Itself,
            LinkRefusal::None(some()),
            LinkRefusal::Heir(some()),
            LinkRefusal::OtherHeir {
                other: some(),
                heir: some(),
            },
            LinkRefusal::So {
                kind,
                to: to.clone(),
            },
            LinkRefusal::Else { kind, to },
            LinkRefusal::Circle {
                above: some(),
                below: some(),
            },
        ];
        let words = [
            TagRefusal::Many,
            TagRefusal::There(some()),
            TagRefusal::NotThere(some()),
            TagRefusal::Merged(some()),
            TagRefusal::Sealed,
            TagRefusal::NoKey,
        ];
        let asked = [
            AskRefusal::Values,
            AskRefusal::PortAlone,
            AskRefusal::TooWide,
            AskRefusal::Busy,
            AskRefusal::NoTicket,
            AskRefusal::TooMuch,
        ];
        let others = [
            Refusal::NoTicket(some()),
            Refusal::Erased {
                reference: some(),
                at: some(),
                reason: some(),
            },
            Refusal::Already("open".into()),
            Refusal::ErasedMonth,
            Refusal::NoteLength,
            Refusal::Keys,
            Refusal::NoSuppressed(some()),
            Refusal::SealedMail,
        ];
        let in_clear = close.map(|why| LetterRefusal::InClear { why, to: some() }.into());
        let all = others.into_iter().chain(in_clear);
        let all = all.chain(asked.map(Refusal::from));
        let all = all.chain(letters.map(Refusal::from));
        let all = all.chain(places.map(Refusal::from));
        let all = all
            .chain(links.map(Refusal::from))
            .chain(words.map(Refusal::from));
        all.chain(tags.map(|fault| TagRefusal::from(fault).into()))
            .collect()
    }

    #[test]
    fn every_refusal_has_a_sentence_in_every_language() {
        let english = [
            " the ", " is ", " was ", " has ", " to ", " of ", "can't", "there ",
        ];
        for refusal in all() {
            let (ours, french) = (ENGLISH.refusal(&refusal), FRENCH.refusal(&refusal));
            assert!(!ours.is_empty() && !french.is_empty(), "{refusal:?}");
            assert!(
                ours == refusal.to_string() || ours.contains('\u{2026}'),
                "{ours}"
            );
            // Options are typed in the terminal alone.
            assert!(!ours.contains("--") && !french.contains("--"), "{ours}");
            // What the library says of a letter or a text of the team is told as it is.
            assert_ne!(ours, french, "{refusal:?}");
            let told = french.replace("`pillarbox keys check`", "");
            let left = english.iter().find(|word| told.contains(**word));
            assert_eq!(left, None, "{french}");
        }
    }
}
