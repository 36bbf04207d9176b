//! Every word of the pages, in every language: a word that lacks one does not compile.

use super::access::Role;

macro_rules! words {
    ($($name:ident: $english:literal, $french:literal;)*) => {
        /// The words of a language.
        pub(super) struct Words { $(pub(super) $name: &'static str),* }
        /// English.
        pub(super) static ENGLISH: Words = Words { $($name: $english),* };
        /// French.
        pub(super) static FRENCH: Words = Words { $($name: $french),* };
        #[cfg(test)]
        const PAIRS: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $french)),*];
    };
}

words! {
    lang: "en", "fr";
    // The frame of every page.
    skip: "Skip to content", "Aller au contenu";
    queue: "Queue", "File";
    search: "Search", "Recherche";
    signed_in_as: "Signed in as", "Connecté :";
    sign_out: "Sign out", "Se déconnecter";
    other_language: "Français", "English";
    other_lang: "fr", "en";
    main_menu: "Main menu", "Menu principal";
    // Signing in.
    sign_in: "Sign in", "Se connecter";
    name: "Name", "Nom";
    password: "Password", "Mot de passe";
    code: "Code", "Code";
    code_hint: "Six digits, from the app on your telephone", "Six chiffres, donnés par l’application de votre téléphone";
    not_let_in: "That was not right. After several attempts, signing in waits for up to fifteen minutes.",
        "Ce n’est pas correct. Après plusieurs essais, la connexion attend jusqu’à quinze minutes.";
    // What went wrong.
    sorry: "Sorry", "Désolé";
    nowhere: "There is nothing here.", "Il n’y a rien ici.";
    refused: "This form is too old, or it does not come from this console. Please go back, reload the page and try again.",
        "Ce formulaire est trop ancien, ou il ne vient pas de cette console. Revenez en arrière, rechargez la page et réessayez.";
    not_allowed: "Your role does not allow this.", "Votre rôle ne le permet pas.";
    unavailable: "The console can’t do this right now. Please try again in a moment.",
        "La console ne peut pas le faire pour le moment. Réessayez dans un instant.";
    fault: "Something is wrong on our side; the daemon’s log says what.", "Une erreur s’est produite ; le journal du démon dit laquelle.";
    to_queue: "To the queue", "Vers la file";
    // The queue.
    filters: "Filters", "Filtres";
    show: "Show", "Afficher";
    state: "State", "État";
    protection: "Protection", "Protection";
    mark: "Mark", "Marque";
    order: "Order", "Ordre";
    not_closed: "Not closed", "Non fermés";
    closed: "Closed", "Fermés";
    all: "All", "Tous";
    any: "Any", "Toutes";
    most_urgent: "Most urgent first", "Les plus urgents d’abord";
    newest: "Newest first", "Les plus récents d’abord";
    in_clear: "In clear", "En clair";
    signed: "Signed", "Signé";
    wrong_signature: "Bad signature", "Signature mauvaise";
    unsigned: "Not signed", "Non signé";
    needs_human: "Needs a human", "Demande un humain";
    overdue: "Overdue", "En retard";
    ticket: "Ticket", "Ticket";
    subject: "Subject", "Objet";
    reporter: "Reporter", "Déclarant";
    kind_head: "Kind", "Type";
    age: "Age", "Âge";
    clock: "Answer due", "Réponse due";
    no_clock: "no clock", "sans délai";
    found: "Found", "Trouvé";
    messages: "Messages", "Messages";
    copies: "copies", "copies";
    no_tickets: "No tickets here.", "Aucun ticket ici.";
    next_page: "More tickets", "Plus de tickets";
    first_page: "Back to the beginning", "Retour au début";
    no_subject: "(no subject)", "(sans objet)";
    sealed_to_analysts: "(sealed to analysts)", "(chiffré pour les analystes)";
    days: "d", "j";
    left: "left", "restant";
    overdue_by: "overdue", "de retard";
    // Badges.
    plain: "PLAIN", "EN CLAIR";
    encrypted: "ENCRYPTED", "CHIFFRÉ";
    cannot_decrypt: "CANNOT DECRYPT", "INDÉCHIFFRABLE";
    not_read: "NOT READ", "NON LU";
    signed_verified: "SIGNED – key verified", "SIGNÉ – clé vérifiée";
    signed_not_verified: "SIGNED – key not verified", "SIGNÉ – clé non vérifiée";
    signed_no_key: "SIGNED – no key to check", "SIGNÉ – clé absente";
    signed_expired: "SIGNED – key expired", "SIGNÉ – clé expirée";
    signed_revoked: "SIGNED – key revoked", "SIGNÉ – clé révoquée";
    signature_bad: "SIGNATURE BAD", "SIGNATURE MAUVAISE";
    signature_unreadable: "SIGNATURE UNREADABLE", "SIGNATURE ILLISIBLE";
    // A ticket.
    message: "Message", "Message";
    received: "Received", "Reçu";
    from: "From", "De";
    proved: "What it proved", "Ce qui est prouvé";
    answer: "Answer", "Réponse";
    openpgp: "OpenPGP", "OpenPGP";
    sender_check: "Sender", "Expéditeur";
    not_checked: "not checked", "non vérifié";
    tls: "TLS", "TLS";
    no_tls: "none with us", "aucun avec nous";
    client: "Came from", "Venu de";
    account: "Account", "Compte";
    beware: "Beware", "Attention";
    alike: "Alike", "Semblable";
    signature_of: "Signature", "Signature";
    joined: "Joined", "Rattaché";
    rule: "Rule", "Règle";
    foreign: "Other references", "Autres références";
    transport: "Transport", "Transport";
    values: "Values found", "Valeurs trouvées";
    value: "Value", "Valeur";
    place: "In the text", "Dans le texte";
    show_place: "show", "montrer";
    source: "source", "source";
    destination: "target", "cible";
    party: "endpoint", "extrémité";
    time: "time", "date";
    zone_assumed: "zone assumed", "fuseau supposé";
    incident_kind: "incident", "incident";
    text: "Text", "Texte";
    quoted: "Quoted", "Cité";
    signature: "Sender’s signature block", "Bloc de signature de l’expéditeur";
    forwarded: "Passed on", "Transmis";
    cut: "Cut here; the whole text is in the message as it came.", "Coupé ici ; le texte entier est dans le message d’origine.";
    covered: "signed", "signé";
    opened: "was encrypted", "était chiffré";
    attachments: "Attachments", "Pièces jointes";
    file_name: "Name", "Nom";
    file_kind: "Type as its sender says", "Type selon l’expéditeur";
    octets: "Octets", "Octets";
    no_name: "(no name)", "(sans nom)";
    take_out: "Download the message as it came", "Télécharger le message d’origine";
    take_out_hint: "Unchanged and perhaps hostile: open it only where that does no harm.",
        "Inchangé et peut-être hostile : ne l’ouvrez que là où c’est sans danger.";
    unread_message: "This message could not be read: whatever read it ran out of memory or time. It is kept as it came.",
        "Ce message n’a pas pu être lu : mémoire ou temps épuisés. Il est gardé tel quel.";
    closed_message: "Sealed to analysts: the console has no key that opens it. In the terminal: pillarbox ticket show --analyst",
        "Chiffré pour les analystes : la console n’a pas de clé pour l’ouvrir. Dans le terminal : pillarbox ticket show --analyst";
    links: "Other tickets", "Autres tickets";
    merged_into: "merged into", "fusionné dans";
    merged_here: "merged here:", "fusionné ici :";
    history: "History", "Historique";
    audit: "Who read and did what", "Qui a lu et fait quoi";
    sent: "Mail of ours", "Nos courriels";
    at: "When", "Quand";
    by: "Who", "Qui";
    what: "What", "Quoi";
    why: "Details", "Détails";
    // Search.
    search_label: "Values, with blanks between", "Valeurs, séparées par des espaces";
    search_hint: "Addresses, networks, domains, URLs, hashes, CVE ids, AS numbers; or kind:value, as sender:bank.example, port:22. All of them are asked for in one message.",
        "Adresses, réseaux, domaines, URL, empreintes, CVE, numéros d’AS ; ou type:valeur, comme sender:banque.example, port:22. Toutes sont cherchées dans un même message.";
    all_months: "All months, not only twelve", "Tous les mois, pas seulement douze";
    nothing_found: "Nothing was found.", "Rien n’a été trouvé.";
    unreadable: "messages may have it and can’t be opened here.", "messages l’ont peut-être et ne peuvent pas être ouverts ici.";
    months_closed: "Months that the console has no index key to:", "Mois dont la console n’a pas la clé d’index :";
    older: "Older messages", "Messages plus anciens";
    quarantine: "quarantine", "quarantaine";
    port: "Port", "Port";
    results: "Results", "Résultats";
}

impl Words {
    /// A ticket's state.
    pub(super) fn state(&self, state: &str) -> &'static str {
        let (english, french) = match state {
            "new" => ("new", "nouveau"),
            "open" => ("open", "ouvert"),
            "waiting" => ("waiting", "en attente"),
            "resolved" => ("resolved", "résolu"),
            _ => ("rejected", "rejeté"),
        };
        self.one(english, french)
    }

    /// What triage took a message for.
    pub(super) fn kind(&self, kind: &str) -> &'static str {
        let (english, french) = match kind {
            "report" => ("report", "signalement"),
            "reply" => ("reply", "réponse"),
            "auto_reply" => ("automatic reply", "réponse automatique"),
            "out_of_office" => ("out of office", "absence"),
            "delivery_status" => ("delivery status", "avis de remise"),
            "disposition_notification" => ("receipt", "accusé de lecture"),
            "feedback_report" => ("machine’s report", "signalement automatique"),
            "list" => ("list", "liste"),
            "challenge" => ("challenge", "demande de confirmation"),
            "own_loop" => ("our own mail", "notre propre courriel"),
            "key_request" => ("key request", "demande de clé"),
            _ => ("perhaps spam", "peut-être du spam"),
        };
        self.one(english, french)
    }

    /// How a ticket stands to the one that its first message names.
    pub(super) fn link(&self, link: &str) -> &'static str {
        let (english, french) = match link {
            "unknown" => ("names, though there is none:", "nomme, sans qu’il existe :"),
            "proposed" => ("may belong to", "appartient peut-être à"),
            "follows" => ("follows", "fait suite à"),
            _ => ("claims to belong to", "prétend appartenir à"),
        };
        self.one(english, french)
    }

    /// What a mail of ours is for.
    pub(super) fn purpose(&self, purpose: &str) -> &'static str {
        let (english, french) = match purpose {
            "notice" => ("Notice to those on duty", "Avis à l’astreinte"),
            _ => ("Acknowledgement", "Accusé de réception"),
        };
        self.one(english, french)
    }

    /// What stands before a note on a message, as the commands have it.
    pub(super) fn note(&self, mark: &str) -> &'static str {
        match mark {
            "Beware" => self.beware,
            "Alike" => self.alike,
            _ => self.signature_of,
        }
    }

    /// A role.
    pub(super) fn role(&self, role: Role) -> &'static str {
        let (english, french) = match role {
            Role::Reader => ("reader", "lecteur"),
            Role::Analyst => ("analyst", "analyste"),
            Role::Lead => ("lead", "responsable"),
            Role::Admin => ("admin", "administrateur"),
        };
        self.one(english, french)
    }

    /// Choices of the filter by state.
    pub(super) fn states(&self) -> [(&'static str, &'static str); 6] {
        [
            ("", self.not_closed),
            ("new", self.state("new")),
            ("open", self.state("open")),
            ("waiting", self.state("waiting")),
            ("closed", self.closed),
            ("all", self.all),
        ]
    }

    /// Choices of the filter by protection.
    pub(super) fn protections(&self) -> [(&'static str, &'static str); 7] {
        [
            ("", self.any),
            ("encrypted", self.one("Encrypted", "Chiffré")),
            ("clear", self.in_clear),
            ("verified", self.signed_verified),
            ("signed", self.signed),
            ("bad", self.wrong_signature),
            ("unsigned", self.unsigned),
        ]
    }

    /// Choices of the filter by mark.
    pub(super) fn marks(&self) -> [(&'static str, &'static str); 3] {
        [
            ("", self.any),
            ("overdue", self.overdue),
            ("human", self.needs_human),
        ]
    }

    fn one(&self, english: &'static str, french: &'static str) -> &'static str {
        if self.lang == "fr" { french } else { english }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_there_in_both_languages() {
        for (name, english, french) in PAIRS {
            assert!(
                !english.trim().is_empty() && !french.trim().is_empty(),
                "{name}"
            );
            // What is longer than a word or two is never the same.
            assert!(
                english != french || english.len() < 12,
                "{name} was not translated"
            );
        }
        for role in [Role::Reader, Role::Lead, Role::Admin] {
            assert_ne!(ENGLISH.role(role), FRENCH.role(role));
        }
    }
}
