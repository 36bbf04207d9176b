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
    show: "Show", "Afficher";
    state: "State", "État";
    protection: "Protection", "Protection";
    mark: "Mark", "Marque";
    order: "Order", "Ordre";
    not_closed: "Not closed", "Non fermés";
    closed: "Closed", "Fermés";
    most_urgent: "Most urgent first", "Les plus urgents d’abord";
    newest: "Newest first", "Les plus récents d’abord";
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
    tags: "Tags", "Étiquettes";
    tag: "Tag", "Étiqueter";
    untag: "Take tags off", "Retirer les étiquettes";
    take_off: "Take off", "Retirer";
    tags_hint: "Words of the team, with commas between; sealed with the ticket, found with tag:word", "Mots de l’équipe, séparés par des virgules ; chiffrés avec le ticket, trouvés avec tag:mot";
    into: "Into (else the first chosen)", "Dans (sinon le premier choisi)";
    no_tickets: "No tickets here.", "Aucun ticket ici.";
    next_page: "More tickets", "Plus de tickets";
    first_page: "Back to the beginning", "Retour au début";
    no_subject: "(no subject)", "(sans objet)";
    sealed_to_analysts: "(sealed to analysts)", "(chiffré pour les analystes)";
    days: "d", "j";
    left: "left", "restant";
    overdue_by: "overdue", "de retard";
    views: "Views", "Vues";
    view_now: "To do now", "À faire";
    view_mine: "Mine", "À moi";
    view_unclaimed: "Unclaimed", "Libres";
    query: "Query", "Requête";
    query_hint: "is:open is:mine is:unclaimed is:overdue is:awaited is:human · status:waiting · tlp:amber · sig:bad sig:partly sig:other · enc:yes · type:phishing · owner:kim · tag:wave · org:bank · concerns:bank concerns:like · from:@bank.example · obs:192.0.2.0/24 · age>4h age<2d · a ticket’s number · words or \"several words\". A blank is “and”, or is “or”, - before a term is “not”; parentheses go around what belongs together.",
        "is:open is:mine is:unclaimed is:overdue is:awaited is:human · status:waiting · tlp:amber · sig:bad sig:partly sig:other · enc:yes · type:phishing · owner:kim · tag:vague · org:banque · concerns:banque concerns:like · from:@banque.example · obs:192.0.2.0/24 · age>4h age<2d · le numéro d’un ticket · des mots ou \"plusieurs mots\". Une espace veut dire « et », or « ou », - devant un terme « non » ; des parenthèses réunissent ce qui va ensemble.";
    query_limits: "Words, kinds and organisations (org: whose the sender is, concerns: whose values are named, both by the register of contacts; concerns:like names that look like theirs) are looked for in the first message: its subject, sender and line of values, not its text; labels (tlp) in all messages, the strictest counts. Values (obs, from) are looked for in all messages of the last twelve months. What is sealed to analysts alone can’t be looked into here; in the terminal: pillarbox ticket list --query … --analyst",
        "Mots, types et organisations (org: celle de l’expéditeur, concerns: celle des valeurs citées, d’après le registre des contacts ; concerns:like les noms qui leur ressemblent) sont cherchés dans le premier message : objet, expéditeur et ligne des valeurs, pas le texte ; les marques (tlp) dans tous les messages, la plus stricte compte. Les valeurs (obs, from) sont cherchées dans tous les messages des douze derniers mois. Ce qui n’est chiffré que pour les analystes ne peut pas être fouillé ici ; dans le terminal : pillarbox ticket list --query … --analyst";
    narrow: "Narrow down, and how to write a query", "Affiner, et comment écrire une requête";
    you: "you", "vous";
    mark_awaited: "Answer awaited", "Réponse attendue";
    contact: "Organisation", "Organisation";
    seen_head: "Seen before", "Déjà vu";
    others: "other tickets", "autres tickets";
    oldest: "Oldest first", "Les plus anciens d’abord";
    look_again: "Look again for new reports", "Chercher de nouveaux signalements";
    unseen_closed: "tickets may answer this too, and are sealed to analysts: labels, kinds and words can’t be looked for in them here.",
        "tickets répondent peut-être aussi, et sont chiffrés pour les analystes : TLP, types et mots n’y peuvent pas être cherchés ici.";
    unseen_common: "Of the many messages with this value only the newest 2 000 were looked at:",
        "Parmi les nombreux messages avec cette valeur, seuls les 2 000 plus récents ont été considérés :";
    unseen_cut: "2 000 tickets were looked into for this page; the next page goes on from there.",
        "2 000 tickets ont été fouillés pour cette page ; la page suivante continue.";
    keys: "Keys", "Touches";
    keys_close: "Close", "Fermer";
    copied: "Copied:", "Copié :";
    choose_all: "Choose all", "Tout choisir";
    choose: "Choose", "Choisir";
    with_chosen: "With the chosen tickets", "Avec les tickets choisis";
    take_in_hand: "In hand", "En main";
    resolve: "Resolve", "Résoudre";
    reject: "Reject", "Rejeter";
    reopen: "Reopen", "Rouvrir";
    why_closed: "Reason (needed to reject)", "Motif (obligatoire pour rejeter)";
    undo: "Undo", "Annuler";
    claim_refused: "does not belong to", "n’appartient pas à";
    claim_open: "may belong to", "peut appartenir à";
    undone: "undone", "annulé";
    refuse_claim: "It does not belong there", "Il n’y appartient pas";
    reconsider_claim: "It may belong there after all", "Il peut y appartenir";
    not_done: "Left as they were, since somebody else was faster or they don’t allow it:", "Laissés tels quels, quelqu’un d’autre ayant été plus rapide ou leur état ne le permettant pas :";
    keep_head: "Keep this query", "Garder cette requête";
    keep: "Keep", "Garder";
    keep_shared: "for the whole team", "pour toute l’équipe";
    kept: "Kept queries", "Requêtes gardées";
    remove: "Remove", "Supprimer";
    shared: "team", "équipe";
    charts: "Charts", "Graphiques";
    charts_closed: "of these tickets are sealed to analysts: incidents and senders are counted without them.",
        "de ces tickets sont chiffrés pour les analystes : incidents et expéditeurs sont comptés sans eux.";
    chart_table: "The figures are in the table below.", "Les chiffres sont dans le tableau ci-dessous.";
    chart_figures: "Figures", "Chiffres";
    chart_days: "New tickets a day", "Nouveaux tickets par jour";
    chart_days_what: "The last thirty days.", "Les trente derniers jours.";
    chart_ages: "Age of tickets that are not closed", "Âge des tickets non fermés";
    chart_ages_what: "Since their first message came, to the hour.", "Depuis leur premier message, à l’heure près.";
    chart_kinds: "Messages by what triage took them for", "Messages selon le tri";
    chart_kinds_what: "The last thirty days, kept without a ticket too.", "Les trente derniers jours, y compris ceux gardés sans ticket.";
    chart_types: "Incidents", "Incidents";
    chart_senders: "Senders by domain", "Expéditeurs par domaine";
    chart_newest: "Of the newest 500 tickets, which are opened for this: what stands in clear doesn’t tell.", "Des 500 tickets les plus récents, ouverts pour cela : rien en clair ne le dit.";
    // Badges.
    plain: "PLAIN", "EN CLAIR";
    encrypted: "ENCRYPTED", "CHIFFRÉ";
    cannot_decrypt: "CANNOT DECRYPT", "INDÉCHIFFRABLE";
    cannot_decrypt_key: "CANNOT DECRYPT (no key)", "INDÉCHIFFRABLE (aucune clé)";
    cannot_decrypt_damaged: "CANNOT DECRYPT (damaged)", "INDÉCHIFFRABLE (endommagé)";
    not_read: "NOT READ", "NON LU";
    signed_verified: "SIGNED – key verified", "SIGNÉ – clé vérifiée";
    signed_other: "SIGNED – other address", "SIGNÉ – autre adresse";
    signed_not_verified: "SIGNED – key not verified", "SIGNÉ – clé non vérifiée";
    partly_signed: "PARTLY SIGNED", "SIGNÉ EN PARTIE";
    partly_verified: "PARTLY SIGNED – a part only, key verified", "SIGNÉ EN PARTIE – une partie seulement, clé vérifiée";
    partly_not_verified: "PARTLY SIGNED – a part only, key not verified", "SIGNÉ EN PARTIE – une partie seulement, clé non vérifiée";
    partly_nothing: "PARTLY SIGNED – nothing that is shown", "SIGNÉ EN PARTIE – rien de ce qui est montré";
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
    brief: "Show this message alone, with more of its text and values", "Afficher ce message seul, avec plus de texte et de valeurs";
    more_values: "more values, in an export", "autres valeurs, dans un export";
    of_messages: "of", "sur";
    older_messages: "Older messages", "Messages plus anciens";
    newer_messages: "Newer messages", "Messages plus récents";
    first_and_newest: "The first and the newest", "Le premier et les plus récents";
    from_message: "From message", "À partir du message";
    all_records: "All of it, without the messages", "Tout, sans les messages";
    covered: "signed", "signé";
    opened: "was encrypted", "était chiffré";
    attachments: "Attachments", "Pièces jointes";
    parts: "Parts and attachments", "Parties et pièces jointes";
    octets: "octets", "octets";
    looks_like: "Its octets begin like", "Ses octets commencent comme";
    is_program: "a program, or what starts one", "un programme, ou ce qui en lance un";
    save_part: "Save this part", "Enregistrer cette partie";
    save_part_hint: "As it came, under a name of ours, and perhaps hostile: open it only where that does no harm.",
        "Telle que reçue, sous un nom choisi ici, et peut-être hostile : ne l’ouvrez que là où cela ne nuit pas.";
    part_closed: "None of the team’s present keys opens this part. The whole message can still be downloaded.",
        "Aucune clé actuelle de l’équipe n’ouvre cette partie. Le message entier peut toujours être téléchargé.";
    part_differs: "What came out is not what was filed: its SHA-256 is another. Nothing is given out; please tell who runs the gateway.",
        "Ce qui en est sorti n’est pas ce qui a été classé : son SHA-256 est différent. Rien n’est donné ; prévenez qui exploite la passerelle.";
    no_name: "(no name)", "(sans nom)";
    take_out: "Download the message as it came", "Télécharger le message d’origine";
    take_out_hint: "Unchanged and perhaps hostile: open it only where that does no harm.",
        "Inchangé et peut-être hostile : ne l’ouvrez que là où c’est sans danger.";
    unread_message: "This message could not be read: whatever read it ran out of memory or time. It is kept as it came.",
        "Ce message n’a pas pu être lu : mémoire ou temps épuisés. Il est gardé tel quel.";
    undecryptable_message: "This message could not be decrypted: it is kept as it came. When it was written for another key of the team, have that key added, then open it again.",
        "Ce message n’a pas pu être déchiffré : il est gardé tel quel. S’il a été écrit pour une autre clé de l’équipe, faites ajouter cette clé, puis ouvrez-le de nouveau.";
    closed_message: "Sealed to analysts: the console has no key that opens it. In the terminal: pillarbox ticket show --analyst. Its values can’t be corrected, there either: what is said of a value is kept in the ticket’s history and in the index, which the gateway opens without an analyst; a note that names none may say what to look at.",
        "Chiffré pour les analystes : la console n’a pas de clé pour l’ouvrir. Dans le terminal : pillarbox ticket show --analyst. Ses valeurs ne peuvent pas être corrigées, là non plus : ce qui est dit d’une valeur est gardé dans l’historique du ticket et dans l’index, que la passerelle ouvre sans analyste ; une note qui n’en nomme aucune peut dire où regarder.";
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
    // What is done with a ticket.
    acts: "What you can do", "Ce que vous pouvez faire";
    owner: "Owner", "Responsable";
    nobody: "nobody", "personne";
    since: "since", "depuis";
    claim: "Claim", "Prendre";
    take_over: "Take over", "Reprendre";
    release: "Release", "Libérer";
    assign: "Assign", "Attribuer";
    analyst: "To the analyst", "À l’analyste";
    change_state: "Change the state", "Changer l’état";
    reason: "Reason", "Motif";
    reason_hint: "In your words; sealed with the ticket. Needed to reject.", "Avec vos mots ; chiffré avec le ticket. Obligatoire pour rejeter.";
    until: "When waiting: last day for an answer", "En attente : dernier jour pour une réponse";
    note_head: "Note", "Note";
    note_label: "Note, sealed with the ticket and never sent", "Note, chiffrée avec le ticket et jamais envoyée";
    write_note: "Keep the note", "Garder la note";
    too_busy: "Others are changing this ticket at the same moment. Please try again.", "D’autres modifient ce ticket en ce moment. Réessayez.";
    free: "Nobody has it any more.", "Plus personne ne l’a.";
    no_such_analyst: "There is no such analyst.", "Cet analyste n’existe pas.";
    no_such_state: "There is no such state.", "Cet état n’existe pas.";
    day_over: "That is no day that is still to come.", "Ce n’est pas un jour à venir.";
    reason_wanted: "Please say why it is rejected.", "Dites pourquoi il est rejeté.";
    reason_too_long: "A reason has at most 2000 octets.", "Un motif a au plus 2000 octets.";
    note_wanted: "The note has no words.", "La note est vide.";
    open_again: "Open again", "Ouvrir de nouveau";
    opened_again: "opened with a key of now", "ouvert avec une clé d’aujourd’hui";
    all_sealed: "It is sealed to analysts: the console has no key that opens it. In the terminal: pillarbox ticket retry --analyst",
        "Chiffré pour les analystes : la console n’a pas de clé pour l’ouvrir. Dans le terminal : pillarbox ticket retry --analyst";
    // What stands beside a ticket.
    awaited: "Answers awaited", "Réponses attendues";
    expected: "expected,", "attendue,";
    our_mail_refused: "our mail was refused:", "notre courriel a été refusé :";
    seen_before: "SEEN BEFORE", "DÉJÀ VU";
    letter: "Letter", "Lettre";
    never_left: "taken back: it never left", "reprise : elle n’est jamais partie";
    last: "last", "dernier";
    whom_to_call: "Whom to call", "Qui appeler";
    // Tickets together, and mail without one.
    merge: "Merge", "Fusionner";
    merge_into: "Into the ticket", "Dans le ticket";
    merge_hint: "Reference or number. Mail for this one goes there; it can be undone.", "Référence ou numéro. Le courrier de celui-ci ira là-bas ; c’est réversible.";
    unmerge: "Undo the merge", "Défaire la fusion";
    confirm_merge: "Yes: merge", "Oui : fusionner";
    link_to: "Link", "Lier";
    unlink: "Unlink", "Délier";
    this_is: "This ticket is", "Ce ticket est";
    other_ticket: "the ticket (reference or number)", "le ticket (référence ou numéro)";
    split: "Split off", "Séparer";
    split_numbers: "Numbers of the messages", "Numéros des messages";
    split_hint: "As counted on this page, with commas between; they go to a new ticket.", "Comme comptés sur cette page, séparés par des virgules ; ils vont dans un nouveau ticket.";
    numbers_wanted: "Please name messages by their numbers, as 2, 3.", "Nommez des messages par leurs numéros, comme 2, 3.";
    no_such_ticket: "There is no such ticket.", "Ce ticket n’existe pas.";
    no_such_link: "There is no such link.", "Ce lien n’existe pas.";
    quarantine_head: "Quarantine", "Quarantaine";
    quarantine_hint: "Mail that a rule kept without a ticket, the newest first. Promoting one opens a ticket; nobody is answered.",
        "Courriels qu’une règle a gardés sans ticket, les plus récents d’abord. Promouvoir en ouvre un ; personne ne reçoit de réponse.";
    no_mail: "There is no such mail.", "Aucun courriel de ce genre.";
    evidence: "Evidence", "Indice";
    promote: "Promote to a ticket", "Promouvoir en ticket";
    unreadable_head: "Mail that could not be opened", "Courriels qui n’ont pas pu être ouverts";
    unreadable_hint: "Kept as it came. Try again once the cause is gone, a storage key for instance.", "Gardés tels quels. Réessayez une fois la cause disparue, une clé de stockage par exemple.";
    spool: "Spool id", "Identifiant";
    retry: "Try again", "Réessayer";
    // A letter.
    reply: "Reply", "Répondre";
    to: "To", "À";
    to_hint: "Addresses with blanks or commas between; each gets a copy of his own.", "Adresses séparées par des espaces ou des virgules ; chacune reçoit sa propre copie.";
    cc: "Copy to", "Copie à";
    subject_hint: "Empty: the report’s. Our reference is put before it.", "Vide : celui du signalement. Notre référence est mise devant.";
    no_marking: "none", "aucun";
    answer_until: "Answer expected until the end of", "Réponse attendue jusqu’à la fin du";
    what_leaves: "What will be sent", "Ce qui sera envoyé";
    certificate: "certificate", "certificat";
    is_awaited: "answer expected", "réponse attendue";
    will_be_encrypted: "will be encrypted", "sera chiffré";
    will_be_signed: "no usable certificate: in clear, signed", "aucun certificat utilisable : en clair, signé";
    will_be_clear: "no usable certificate: in clear, not signed", "aucun certificat utilisable : en clair, non signé";
    barred: "Nothing of this ticket may leave in clear: it came encrypted, its marking forbids it, or its messages are sealed. No usable certificate for:",
        "Rien de ce ticket ne peut partir en clair : il est arrivé chiffré, son marquage l’interdit, ou ses messages sont scellés. Aucun certificat utilisable pour :";
    clear_anyway: "Send it in clear all the same", "L’envoyer en clair malgré tout";
    not_in_clear: "This letter may not leave in clear. Nothing was sent.", "Cette lettre ne peut pas partir en clair. Rien n’a été envoyé.";
    look_first: "The recipients, or how the letter is protected, are not as the page showed them. Please look at them, then send.",
        "Les destinataires ou la protection ne sont pas tels que la page les montrait. Vérifiez-les, puis envoyez.";
    letter_wanted: "The letter has no words. Nothing was sent.", "La lettre est vide. Rien n’a été envoyé.";
    canned: "A text of the team’s", "Un texte de l’équipe";
    insert: "Insert", "Insérer";
    look: "Check the recipients", "Vérifier les destinataires";
    send: "Send", "Envoyer";
    send_hint: "For 15 seconds it can be taken back, on the ticket’s page.", "Pendant 15 secondes, on peut la reprendre, sur la page du ticket.";
    reply_sealed: "Messages of this ticket are sealed to analysts: the console knows neither their reporter nor their Subject nor other teams’ references. Name the recipients; the letter leaves encrypted only.",
        "Des messages de ce ticket sont chiffrés pour les analystes : la console ne connaît ni leur déclarant, ni leur objet, ni les références d’autres équipes. Nommez les destinataires ; la lettre ne part que chiffrée.";
    take_back: "Take it back", "La reprendre";
    too_late: "There is no letter that can still be taken back.", "Il n’y a plus de lettre à reprendre.";
    // Search.
    search_label: "Values, with blanks between", "Valeurs, séparées par des espaces";
    search_hint: "Addresses, networks, domains, URLs, hashes, CVE ids, AS numbers; or kind:value, as sender:bank.example, port:22. All of them are asked for in one message.",
        "Adresses, réseaux, domaines, URL, empreintes, CVE, numéros d’AS ; ou type:valeur, comme sender:banque.example, port:22. Toutes sont cherchées dans un même message.";
    all_months: "All months, not only twelve", "Tous les mois, pas seulement douze";
    nothing_found: "Nothing was found.", "Rien n’a été trouvé.";
    unreadable: "messages may have it and can’t be opened here.", "messages l’ont peut-être et ne peuvent pas être ouverts ici.";
    months_closed: "Months that the console has no index key to:", "Mois dont la console n’a pas la clé d’index :";
    older: "Older messages", "Messages plus anciens";
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
            "letter" => ("letter of ours", "notre lettre"),
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
            "split" => ("split off", "séparé de"),
            _ => ("claims to belong to", "prétend appartenir à"),
        };
        self.one(english, french)
    }

    /// What a mail of ours is for.
    pub(super) fn purpose(&self, purpose: &str) -> &'static str {
        let (english, french) = match purpose {
            "notice" => ("Notice to those on duty", "Avis à l’astreinte"),
            "letter" => ("Letter", "Lettre"),
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

    /// Of two words the one in this language.
    pub(super) fn one(&self, english: &'static str, french: &'static str) -> &'static str {
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
            // Words may be the same, sentences never are.
            assert!(
                english != french || english.len() < 12 || !english.contains(' '),
                "{name} was not translated"
            );
        }
        for role in [Role::Reader, Role::Lead, Role::Admin] {
            assert_ne!(ENGLISH.role(role), FRENCH.role(role));
        }
    }
}
