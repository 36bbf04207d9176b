//! What the queue says, in every language: about queries, about what was done with many tickets, and on charts.

use super::deeds::{STAYS_CLOSED, STAYS_SEALED};
use super::why::Why;
use super::words::Words;
use crate::query::fault::{KEYS, Problem};
use crate::query::term::Tlp;

impl Words {
    /// Over the form for an export.
    pub(super) fn export_head(&self) -> &'static str {
        self.one("Export what was found", "Exporter ce qui a été trouvé")
    }

    /// What the other table of an export has.
    pub(super) fn export_indicators(&self) -> &'static str {
        self.one("indicators", "indicateurs")
    }

    /// Before the most restrictive marking that may leave.
    pub(super) fn export_most(&self) -> &'static str {
        self.one(
            "Its recipients may have up to",
            "Ses destinataires peuvent avoir jusqu’à",
        )
    }

    /// On the button.
    pub(super) fn export_do(&self) -> &'static str {
        self.one("Export", "Exporter")
    }

    /// What an export has, and what it has not.
    pub(super) fn export_hint(&self) -> &'static str {
        self.one(
            "Every ticket that answers, not this page alone: the newest 500 at most, all or none. What is not marked counts as TLP:AMBER. A file whose name ends in “incomplete” does not have all that answer. Each ticket’s audit trail says that it left.",
            "Tous les tickets qui répondent, pas seulement cette page : les 500 plus récents au plus, tous ou aucun. Ce qui n’est pas marqué compte comme TLP:AMBER. Un fichier dont le nom finit par « incomplete » ne les a pas tous. Le journal d’audit de chaque ticket dit qu’il est sorti.",
        )
    }

    /// Before the tickets that hold an export back.
    pub(super) fn export_held(&self) -> &'static str {
        self.one(
            "Nothing was exported. These tickets may not leave; if the recipients may have them, choose their marking, or leave them out of the query with -NUMBER:",
            "Rien n’a été exporté. Ces tickets ne peuvent pas sortir ; si les destinataires peuvent les avoir, choisissez leur marque, ou excluez-les de la requête avec -NUMÉRO :",
        )
    }

    /// How old tickets are, as the chart has it.
    pub(super) fn ages(&self) -> [&'static str; 6] {
        [
            self.one("up to 4 hours", "jusqu’à 4 heures"),
            self.one("up to a day", "jusqu’à un jour"),
            self.one("up to 3 days", "jusqu’à 3 jours"),
            self.one("up to a week", "jusqu’à une semaine"),
            self.one("up to 30 days", "jusqu’à 30 jours"),
            self.one("older", "plus vieux"),
        ]
    }

    /// What was done with many tickets; empty for what is no word of ours.
    pub(super) fn bulk(&self, did: &str) -> &'static str {
        let (english, french) = match did {
            "claim" => ("Claimed:", "Pris :"),
            "release" => ("Released:", "Libérés :"),
            "assign" => ("Assigned:", "Attribués :"),
            "open" => ("Taken in hand:", "Pris en main :"),
            "resolve" => ("Resolved:", "Résolus :"),
            "reject" => ("Rejected:", "Rejetés :"),
            "reopen" => ("Reopened:", "Rouverts :"),
            "tag" => ("Tagged", "Étiquetés"),
            "untag" => ("Tags taken off", "Étiquettes retirées"),
            "merge" => ("Merged into", "Fusionnés dans"),
            "unmerge" => ("No longer merged:", "Fusion défaite :"),
            "undo" => ("As before:", "Comme avant :"),
            "no-tag" => (
                "Write a tag: letters and digits, at most 40 characters, 20 of them; a number or a marking is none.",
                "Écrivez une étiquette : des lettres et des chiffres, 40 caractères au plus, 20 au plus ; un numéro ou une marque n’en est pas une.",
            ),
            "no-heir" => (self.no_such_ticket, self.no_such_ticket),
            "alone" => (
                "Choose the tickets that end, and one into which they are merged.",
                "Choisissez les tickets qui finissent, et celui dans lequel ils sont fusionnés.",
            ),
            "heir-changed" => (
                "The ticket that goes on was changed meanwhile; nothing was merged.",
                "Le ticket qui reste a changé entre-temps ; rien n’a été fusionné.",
            ),
            "nothing" => ("No ticket was chosen.", "Aucun ticket n’était choisi."),
            "unsaid" => (self.reason_wanted, self.reason_wanted),
            "unknown" => (self.no_such_analyst, self.no_such_analyst),
            _ => ("", ""),
        };
        self.one(english, french)
    }

    /// That tags of these tickets stay on them alone after a merge.
    pub(super) fn tags_stay(&self, why: u32, these: &str) -> String {
        let (english, french) = match why {
            STAYS_CLOSED => (
                "Tags that can’t be opened stay on these alone; please tell the administrator:",
                "Des étiquettes qui ne peuvent pas être ouvertes ne restent que sur ceux-ci ; prévenez l’administration :",
            ),
            STAYS_SEALED => (
                "Their tags stay on them alone, since a message of the other is sealed to analysts, and its tags would not be:",
                "Leurs étiquettes ne restent que sur eux, un message de l’autre n’étant chiffré que pour les analystes, ce que ses étiquettes ne seraient pas :",
            ),
            _ => (
                "Some of their tags stay on them alone, since there was no room for them:",
                "Certaines de leurs étiquettes ne restent que sur eux, faute de place :",
            ),
        };
        format!("{} {these}", self.one(english, french))
    }

    /// Why nothing was done with one of many tickets.
    pub(super) fn left(&self, why: Why) -> &'static str {
        let (english, french) = match why {
            Why::Changed => ("changed meanwhile", "changé entre-temps"),
            Why::Already => ("it is so already", "c’est déjà ainsi"),
            Why::Closed => (
                "it is closed: reopen it first",
                "il est fermé : rouvrez-le d’abord",
            ),
            Why::Taken => ("another has it", "quelqu’un d’autre l’a"),
            Why::Free => ("nobody has it", "personne ne l’a"),
            Why::Merged => ("a merge is in the way", "une fusion l’empêche"),
            Why::Sealed => (
                "a message of it is sealed to analysts",
                "un de ses messages n’est chiffré que pour les analystes",
            ),
            Why::Full => ("it has 20 tags", "il a 20 étiquettes"),
            Why::Heir => (
                "the ticket that goes on changed meanwhile",
                "le ticket qui reste a changé entre-temps",
            ),
            Why::Slow => (
                "it took too long: try it again by itself",
                "cela a duré trop longtemps : réessayez-le seul",
            ),
            Why::Fault => (
                "it failed, and is written down for the administrator",
                "échec, noté pour l’administration",
            ),
            Why::Refused => (
                "it can’t be done with this one",
                "c’est impossible avec celui-ci",
            ),
        };
        self.one(english, french)
    }

    /// That so many reports came since the page was made.
    pub(super) fn arrived(&self, count: i64) -> String {
        match (self.lang, count) {
            ("fr", 1) => "1 nouveau signalement – afficher".to_owned(),
            ("fr", _) => format!("{count} nouveaux signalements – afficher"),
            (_, 1) => "1 new report – show".to_owned(),
            (_, _) => format!("{count} new reports – show"),
        }
    }

    /// What keys do, for those who use them.
    pub(super) fn key_list(&self) -> [(&'static str, &'static str); 26] {
        let [reply, marking, merge, split, duplicate, link, copy] = self.form_keys();
        [
            (
                "j k",
                self.one("next, previous ticket", "ticket suivant, précédent"),
            ),
            ("o ⏎", self.one("open it", "l’ouvrir")),
            ("x", self.one("choose it", "le choisir")),
            ("c a", self.one("claim", "prendre")),
            ("A", self.one("assign …", "attribuer …")),
            ("s", self.one("state …", "état …")),
            ("i", self.one("in hand", "en main")),
            ("e", self.one("resolve", "résoudre")),
            (
                "!",
                self.one("reject: the reason …", "rejeter : le motif …"),
            ),
            ("l +", self.one("tag …", "étiqueter …")),
            ("-", self.one("take tags off …", "retirer des étiquettes …")),
            ("n", self.one("note …", "note …")),
            ("z", self.one("undo", "annuler")),
            reply,
            marking,
            merge,
            split,
            duplicate,
            link,
            copy,
            (
                "[  ]",
                self.one(
                    "the beginning, or look again; more tickets",
                    "le début, ou chercher de nouveau ; plus de tickets",
                ),
            ),
            (
                "u",
                self.one("back to what is to do", "retour à ce qui est à faire"),
            ),
            ("/", self.one("query", "requête")),
            ("g q", self.one("to do now", "à faire")),
            ("g m  g u", self.one("mine, unclaimed", "à moi, libres")),
            ("?", self.one("these keys", "ces touches")),
        ]
    }

    /// Those that lead to the forms of a ticket, in the queue as on its page.
    fn form_keys(&self) -> [(&'static str, &'static str); 7] {
        [
            ("r", self.one("reply …", "répondre …")),
            (
                "t",
                self.one(
                    "mark more strictly (TLP) …",
                    "marquer plus strictement (TLP) …",
                ),
            ),
            ("m", self.one("merge into …", "fusionner dans …")),
            (
                "v",
                self.one("split off messages …", "séparer des messages …"),
            ),
            ("d", self.one("duplicate of …", "doublon de …")),
            ("L", self.one("link to …", "lier à …")),
            (
                ".  ..  ...",
                self.one(
                    "copy the tag, with title, with address",
                    "copier la référence, avec titre, avec adresse",
                ),
            ),
        ]
    }

    /// The same on a ticket's page.
    pub(super) fn ticket_keys(&self) -> [(&'static str, &'static str); 20] {
        let [reply, marking, merge, split, duplicate, link, copy] = self.form_keys();
        [
            (
                "j k",
                self.one("next, previous message", "message suivant, précédent"),
            ),
            ("u", self.one("back to the queue", "retour à la file")),
            ("c a", self.one("claim", "prendre")),
            ("A", self.one("assign …", "attribuer …")),
            ("s", self.one("state …", "état …")),
            (
                "e",
                self.one("resolve: the reason …", "résoudre : le motif …"),
            ),
            (
                "!",
                self.one("reject: the reason …", "rejeter : le motif …"),
            ),
            ("n", self.one("note …", "note …")),
            ("l +", self.one("tag …", "étiqueter …")),
            reply,
            marking,
            merge,
            split,
            duplicate,
            link,
            copy,
            (
                "z",
                self.one(
                    "take the letter back, undo the last change or the merge",
                    "reprendre la lettre, annuler le dernier changement ou la fusion",
                ),
            ),
            ("/", self.one("search", "recherche")),
            (
                "g q  g m  g u",
                self.one("to do now, mine, unclaimed", "à faire, à moi, libres"),
            ),
            ("?", self.one("these keys", "ces touches")),
        ]
    }

    /// A label of TLP, or that there is none.
    pub(super) fn tlp(&self, tlp: Tlp, word: &'static str) -> &'static str {
        match tlp {
            Tlp::None => self.one("not marked", "non marqué"),
            Tlp::Red | Tlp::Amber | Tlp::AmberStrict | Tlp::Green | Tlp::Clear => word,
        }
    }

    /// What is wrong with a query.
    pub(super) fn problem(&self, problem: &Problem) -> String {
        if self.lang != "fr" {
            return problem.to_string();
        }
        let near = |near: &Option<&str>| {
            near.map_or_else(String::new, |near| format!(" Vouliez-vous dire {near} ?"))
        };
        match problem {
            Problem::Key(key, close) => format!(
                "Rien ne s’appelle {key:?} ici.{} Il y a {} ; ce qui a lui-même un deux-points va entre guillemets.",
                near(close),
                KEYS.join(", ")
            ),
            Problem::NoValue(key) => format!("Il manque quelque chose derrière {key}:"),
            Problem::Choice(key, choices, close) => {
                let choices = choices.join(", ");
                format!("Derrière {key}: vient un de ces mots : {choices}.{}", near(close))
            }
            Problem::Type(close) => {
                format!("Aucun type d’incident ne s’appelle ainsi.{}", near(close))
            }
            Problem::Tag(why) => format!(
                "Derrière tag: vient un mot, ou le numéro d’un ticket : {}.",
                self.tag_fault(why)
            ),
            Problem::Age => "Un âge s’écrit age>4h, age<2d, age>30m ou age<3w.".to_owned(),
            Problem::Value(why) => format!("Cette valeur ne peut pas être cherchée : {}", self.unasked(why)),
            Problem::Ticket(value) => format!("{value:?} n’est pas un ticket : écrivez 123 ou la référence entière."),
            Problem::Port => "Un port seul n’est pas cherché : presque chaque signalement en a un. Nommez une adresse, un réseau ou un domaine.".to_owned(),
            Problem::Quote => "Ce guillemet n’a pas de second à la fin.".to_owned(),
            Problem::Unclosed => "Cette parenthèse n’est pas fermée.".to_owned(),
            Problem::Unopened => "Cette parenthèse n’a jamais été ouverte.".to_owned(),
            Problem::Missing => "Il manque quelque chose ici.".to_owned(),
            Problem::Control => "Ce caractère ne peut pas être cherché.".to_owned(),
            Problem::Much => "C’est plus que ce qui est lu : 1000 octets, 40 termes et 20 niveaux au plus.".to_owned(),
        }
    }
}
