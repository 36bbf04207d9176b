//! The words before an address that tell whose it is, in four languages.

use std::sync::LazyLock;

use regex::Regex;

use crate::frame::Hints;
use crate::pattern::Choice;
use crate::text::{cut, regex};

/// Octets of the text before an address that are looked at for cues.
const CUE_LIMIT: usize = 220;

/// [`CUES`], each with a mark behind it, tried at what stands before its word: so it needs no word boundary.
pub(crate) static CUE: LazyLock<Choice> = LazyLock::new(|| {
    Choice::new(
        &CUES.map(|(_, words)| format!(r"(?ix)(?:\A|\W)(?:{words})(?:[\s:('’\[,<\x22*=]|$)")),
    )
});

/// What a cue says of the address behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cue {
    /// Takes away.
    Nothing,
    /// Blames.
    Source,
    /// Is hit.
    Destination,
    /// Is hit when somebody else in the sentence is blamed.
    Towards,
    Yours,
    Ours,
    /// Controls infected hosts, or is blamed where none is told.
    Controller,
}

/// Words before an address; what comes first goes before.
const CUES: [(Cue, &str); 7] = [
    (
        Cue::Nothing,
        r"(?:report|detect|observ|notic|logg|seen|collect|operat|manag|own|sign|provid|regist|run|announc|publish|confirm|record|captur)\w*\s(?:by|to|from)
          | on\sbehalf\sof|according\sto|reply\sto|repl(?:y|ied)\s|belong(?:s|ing)?\sto|assigned\sto|relat(?:ed|es|ing)\sto|thanks\sto|due\sto|in\sresponse\sto|regards?\sto|similar\sto|resolv(?:es|ed|ing)\sto|from\sour|mail\sto|write\sto|report\sfrom
          | (?:signal|d[ée]tect|observ|constat|g[ée]r|enregistr)[ée]e?s?\spar|gemeldet\svon|whois|contact(?:ez)?|version|ticket|bin[dt]|not\s(?:from|by)",
    ),
    (
        Cue::Source,
        r"(?:attacked|scanned|probed|targeted|hit|flooded|compromised|abused|accessed|contacted|initiated|launched|performed|conducted|carried\sout|made|caused|sent|generated|attempted|attaqu\w+|scann\w+|effectu\w+|men[ée]e?s?|lanc[ée]e?s?|[ée]mise?s?|cibl[ée]e?s?|angegriffen|gescannt|atacad\w+|escanead\w+|realizad\w+|enviad\w+|versandt|gesendet|inond[ée]e?s?|satur[ée]e?s?|inundad\w+|saturad\w+|bombard\w+|[üu]berflutet|injected|submitted|uploaded|posted|envoy[ée]e?s?|inject[ée]e?s?|lanzad\w+|efectuad\w+)\s(?:by|par|von|por|durch)
          | from|depuis|en\sprovenance\sd[eu']|provenant\sd[eu']|venant\sd[eu']|issue?s?\sd[eu']|[àa]\spartir\sd[eu']|proven(?:ait|aient)\sd[eu']|proced[íi]an?\sde|(?:connexions|requ[êe]tes|conexiones|peticiones)\sde|ausgehend\svon|desde|procedentes?\sde|provenientes?\sde|originat(?:ing|ed|es?)(?:\s(?:from|at|in))?|durch|von|aus
          | attackers?|attacking\s(?:ip|host|address|machine|server|system|source)\w*|sources?(?:\s(?:ip|address|host)\w*)?|src|culprits?|offend\w+|malicious|malveillant\w*|infected|infect[ée]e?s?|infiziert\w*|infectad\w+|compromised\s(?:host|server|machine|system|device|computer|client|ip)\w*|abusive|abusing
          | scanning\s(?:ip|host|address|machine|server|source)\w*|attaquante?s?|angreif\w*|quell\w*|atacantes?|origen|hosted\s(?:on|at|by)|h[ée]berg[ée]e?s?\s(?:chez\svous,?\s)?(?:sur|[àa]|par|chez)|gehostet\s(?:auf|bei)|alojad\w+\sen|block(?:ed|ing)|bann(?:ed|ing)|bloqu[ée]\w*|gesperrt|bots?|scanners?|spammers?|phishing\s(?:site|page|host|server)|offender|abuse\s(?:from|by|of|report|complaint)|complain(?:s|ed|ing)?\sabout|se\splai(?:nt|gnent)\sd[eu']|beschwer(?:t|en)\ssich\s[üu]ber|se\squejan?\sd[eu]|reflect(?:or|ore)s?|r[ée]flecteurs?|reflektor\w*|verursacher\w*|t[äa]ter\w*|agresor\w*|agresseurs?|scanneurs?|verursachende\w*|culpables?|incrimin[ée]e?s?|intrus|intruder|eindringling\w*|serv(?:ed|ing)\sfrom|open\s(?:dns\s|ntp\s|recursive\s)?(?:resolvers?|proxy|relay)|(?:r[ée]solveur|servidor|relais|proxy)\s(?:dns\s)?(?:ouvert|abierto)|offene\w*\s(?:dns-)?(?:resolver|relay|proxy)|vulnerable\s(?:host|server|system|device)\w*",
    ),
    (
        Cue::Destination,
        r"against|towards?|reached|struck|trafe?n?|getroffen|alcanz[óo]|(?:a|ont)\s(?:atteint|vis[ée])|targeting|targeted|targets?|victims?|destinations?(?:\s(?:ip|address|host)\w*)?|dst|dest|attack(?:ed|ing)|scan(?:ned|ning|ne|nent)|prob(?:ed|ing)|flood(?:ed|ing)|hitting|hit|contre|[àa]\sdestination\sd[eu']|ciblant|visant|cibl[ée]e?s?|cibles?|vis[ée]e?s?|victimes?|attaqu(?:[ée]e?s?|ait|aient|e|ent|ant)|gegen|ziel\w*|opfer|hacia|contra|objetivos?|v[íi]ctimas?|destino|ataca(?:r|do|ndo|n)?|honeypots?|pot\sde\smiel
          | (?:connect\w*|attempts?|requests?|traffic|logins?|packets?|access\w*|directed|addressed|quer(?:y|ies)|probes?|scans?|attacks?|log(?:ged|ging)?\s?in|ssh|breaks?|intrusions?|floods?|connexions?|se\sconnecter|acc[èe]s|acc[ée]der|requ[êe]tes?|attaques?|balayages?|zugriffe?|verbindung\w*|angriffe?|anmeldeversuche?|conexi\w+|conectar\w*|accesos?|ataques?|escaneos?|intentos?|communicat\w+|communiqu\w+|kommunizier\w+|comunic\w+|beacon\w*|exfiltrat\w+)\s(?:in\s?)?(?:to|on|at|against|into|with|avec|mit|con|vers|sur|[àa]|auf|nach|zu|a|en|hacia|contra)
          | (?:scans?|probes?|floods?|scanning|probing|balayages?|escaneos?)\s(?:of|de)",
    ),
    (Cue::Towards, r"to|vers|nach|on|sur|auf|at|à|hacia|into|en"),
    (
        Cue::Controller,
        r"(?:command\sand\scontrol|command-and-control|c2|c&c|cnc)(?:[\s-](?:servers?|hosts?))?|controllers?|team\sserver|serveurs?\s(?:de\s(?:commande(?:\set\sde\scontr[ôo]le)?|contr[ôo]le)|c2)|kontrollserver\w*|steuerungsserver\w*|command-and-control-server\w*|c2-server\w*|servidor(?:es)?\sde\s(?:mando(?:\sy\scontrol)?|control)",
    ),
    (
        Cue::Yours,
        r"your|you|votre|vos|ihre?[mnrs]?|sus?\s(?:servidor|ip|red|equipo|m[áa]quina|direcci[óo]n)\w*",
    ),
    (
        Cue::Ours,
        r"our|my|notre|nos|mon|unsere?[mnrs]?|unser|nuestr[oa]s?|mi|us",
    ),
];

/// A time behind a preposition, which then says nothing of an address.
static TEMPORAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)^\s?(?:(?:le|el|am|the|dem|du|del)\s)?(?:(?:[^\s.,;:]+\s|\d+\s){0,3}(?:heures?|jours?|semaines?|mois|nuit|matin|soir|hours?|days?|weeks?|months?|minutes?|nights?|morning|evening|stunden?|tage[n]?|wochen?|nacht|morgen|abend|horas?|d[íi]as?|semanas?|noche|ma[ñn]ana|tarde)(?-u:\b)|hier(?-u:\b)|avant-hier|yesterday|today|midnight|gestern|heute|ayer|anoche|hoy(?-u:\b)|hace(?-u:\b)
          |(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo)(?-u:\b)
          |\d{4}-\d|(?:las\s)?\d{1,2}(?:[./:]|\s?h\s?)\d|\d{1,2}\s?(?:h|uhr)(?-u:\b)|\d{1,2}(?:st|nd|rd|th|er|\.)?\s(?:de\s)?[^\s.,;:\d]{3,10}\s\d)",
    )
});

/// The last cue that keeps together with the address.
pub(crate) fn last_cue(lead: &str, hints: Hints) -> Option<Cue> {
    let (mut floor, mut last) = (0, None);
    let mut previous = None;
    for (at, c) in lead.char_indices() {
        // A cue is tried at what stands before its word, so that the pattern needs no boundary.
        let from = previous.map_or(0, |(from, _)| from);
        let begins = c.is_alphabetic()
            && previous.is_none_or(|(_, c): (usize, char)| !c.is_ascii_alphanumeric());
        previous = Some((at, c));
        let Some((which, end)) = (begins && from >= floor)
            .then(|| CUE.at(lead, from, CUE_LIMIT))
            .flatten()
        else {
            continue;
        };
        let gap = cut(lead, end, lead.len());
        if near(gap) && !(gap.len() > 3 && (hints.time() || dated(gap)) && TEMPORAL.is_match(gap)) {
            last = CUES.get(which).map(|(cue, _)| *cue);
        }
        // The blank behind a cue is also the one before the next.
        let blank = cut(lead, from, end).chars().next_back();
        floor = end - blank.filter(|_| end < lead.len()).map_or(0, char::len_utf8);
    }
    last
}

/// Whether the words between a cue and the address keep them together.
fn near(gap: &str) -> bool {
    gap.len() <= 60 && gap.split_whitespace().count() <= 6 && !gap.contains([';', '?', '!'])
}

/// A number that soon follows.
fn dated(gap: &str) -> bool {
    gap.bytes().take(8).any(|b| b.is_ascii_digit())
}
