//! The words before an address that tell whose it is, in four languages.

use std::sync::LazyLock;

use regex::Regex;

use crate::frame::Hints;
use crate::pattern::Choice;
use crate::teller;
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
          | from\s(?:home|scratch|abroad)|on\sbehalf\sof|according\sto|reply\sto|repl(?:y|ied)\s|belong(?:s|ing)?\sto|assigned\sto|relat(?:ed|es|ing)\sto|thanks\sto|due\sto|in\sresponse\sto|regards?\sto|similar\sto|resolv(?:es|ed|ing)\sto|from\sour|mail\sto|write\sto|report\sfrom
          | (?:signal|d[ée]tect|observ|constat|g[ée]r|enregistr)[ée]e?s?\spar|gemeldet\svon|whois|contact(?:ez)?|version|ticket|bin[dt]|not\s(?:from|by)",
    ),
    (
        Cue::Source,
        r"(?:attacked|scanned|probed|targeted|hit|flooded|compromised|abused|accessed|contacted|initiated|launched|performed|conducted|carried\sout|made|caused|sent|generated|attempted|attaqu\w+|scann\w+|effectu\w+|men[ée]e?s?|lanc[ée]e?s?|[ée]mise?s?|cibl[ée]e?s?|angegriffen|gescannt|atacad\w+|escanead\w+|realizad\w+|enviad\w+|balay[ée]e?s?|sond[ée]e?s?|contact[ée]e?s?|compromis(?:e|es)?|pirat[ée]e?s?|exploit[ée]e?s?|atteinte?s?|contactad\w+|sondead\w+|barrid\w+|comprometid\w+|hackead\w+|kontaktiert|[üu]berschwemmt|attackiert|gehackt|kompromittiert|abgetastet|brute-?forced|swept|hammered|hacked|exploited|taken\sover|reached|approached|versandt|gesendet|inond[ée]e?s?|satur[ée]e?s?|inundad\w+|saturad\w+|bombard\w+|[üu]berflutet|injected|submitted|uploaded|posted|envoy[ée]e?s?|inject[ée]e?s?|lanzad\w+|efectuad\w+)\s(?:by|par|von|por|durch)
          | from|depuis|en\sprovenance\sd[eu']|provenant\sd[eu']|venant\sd[eu']|issue?s?\sd[eu']|[àa]\spartir\sd[eu']|proven(?:ait|aient)\sd[eu']|proced[íi]an?\sde|procede[n]?\sde|procedi(?:[óo]|eron)\sde|provien(?:t|nent|en?)\sd[eu']|proven[íi]an?\sde|provin(?:o|ieron)\sde|vien(?:t|nent|en?)\sd[eu']|ven(?:ait|aient|[íi]an?)\sd[eu']|[ée]man(?:e|ent|ait|aient|ant|[ée]e?s?|an|aron|[óo])\sd[eu']|part(?:ent|ait|aient|[ée]?i?e?s?)\sd[eu']|de\sla\spart\sd[eu']|(?:kam|kamen|kommt|kommen)\s(?:[^\s.,;:]+\s)?[üu]ber|(?:came|comes|got|gained|entered|logged)\s(?:[^\s.,;:]+\s){0,2}(?:via|through)|(?:connexions|requ[êe]tes|conexiones|peticiones)\sde|ausgehend\svon|desde|procedentes?\sde|provenientes?\sde|originat(?:ing|ed|es?)(?:\s(?:from|at|in))?|durch|von|aus
          | attackers?|perpetrators?|authors?|origins?|ausgangspunkt\w*|herkunft\w*|ursprung\w*|urheber\w*|absender\w*|auteurs?|[ée]metteurs?|exp[ée]diteurs?|autor(?:es)?|remitentes?|or[íi]genes|attacking\s(?:ip|host|address|machine|server|system|source)\w*|sources?(?:\s(?:ip|address|host)\w*)?|src|culprits?|coupables?|fauti(?:fs?|ves?)|[üu]belt[äa]ter\w*|infractor\w*|offend\w+|malicious|malveillant\w*|infected|infect[ée]e?s?|infiziert\w*|infectad\w+|compromised\s(?:host|server|machine|system|device|computer|client|ip)\w*|abusive|abusing
          | scanning\s(?:ip|host|address|machine|server|source)\w*|attaquante?s?|angreif\w*|quell\w*|atacantes?|origen|hosted\s(?:on|at|by)|h[ée]berg[ée]e?s?\s(?:chez\svous,?\s)?(?:sur|[àa]|par|chez)|gehostet\s(?:auf|bei)|alojad\w+\sen|block(?:ed|ing)|bann(?:ed|ing)|bloqu[ée]\w*|gesperrt|bots?|scanners?|spammers?|phishing\s(?:site|page|host|server)|offender|abuse\s(?:from|by|of|report|complaint)|complain(?:s|ed|ing)?\sabout|se\splai(?:nt|gnent)\sd[eu']|beschwer(?:t|en)\ssich\s[üu]ber|se\squejan?\sd[eu]|reflect(?:or|ore)s?|r[ée]flecteurs?|reflektor\w*|verursacher\w*|t[äa]ter\w*|agresor\w*|agresseurs?|scanneurs?|verursachende\w*|culpables?|incrimin[ée]e?s?|intrus|intruder|eindringling\w*|serv(?:ed|ing)\sfrom|(?:bear|carr[yi])\w*\sthe\s(?:source\s)?address(?:es)?|guilty|schuldig\w*|en\scause|responsible\s(?:ip|host|address|machine|is|was|are|were)|responsables?\s(?:est|sont|es|son|fue)|verantwortlich\s(?:ist|sind|war|waren)|beteiligt\s(?:war|waren|sind|ist)|(?:involved|taking\spart)\s(?:were|are|was|is)|(?:relayed|sent|routed|delivered|distributed|submitted|passed|relay[ée]e?s?|envoy[ée]e?s?|enviad[oa]s?|versandt|verschickt)\s(?:through|via|over|par|[üu]ber|por)|by\s(?:an?|one|the)\s(?:[^\s.,;:]+\s)?(?:client|host|machine|visitor|computer|bot|device|user)|par\s(?:une?|le|la)\s(?:client|machine|poste|h[ôo]te|visiteur|robot)|von\seine[mr]\s(?:rechner|client|ger[äa]t|host|besucher)|por\suna?\s(?:equipo|cliente|m[áa]quina|host|robot)|(?:provien|vien|prov|ven|proced|part|[ée]man)\w*\s(?:tou[ts]e?s?|tod[oa]s|principalement|surtout|notamment|essentiellement|principalmente|sobre\stodo)\sd[eu']|(?:spams?|pourriels?|courriels?|correos?(?:\sbasura)?|publicidad|publicit[ée]s?)\sd[eu']|open\s(?:dns\s|ntp\s|recursive\s)?(?:resolvers?|proxy|relay)|(?:r[ée]solveur|servidor|relais|proxy)\s(?:dns\s)?(?:ouvert|abierto)|offene\w*\s(?:dns-)?(?:resolver|relay|proxy)|vulnerable\s(?:host|server|system|device)\w*",
    ),
    (
        Cue::Destination,
        r"against|towards?|moved\s(?:laterally\s|on\s)?to|(?:pivoted|jumped|spread)\sto|s['’]est\spropag\w+\s(?:vers|[àa])|salt[óo]\sal?|se\spropag[óo]\sa|(?:talk(?:s|ed|ing)?|speaks?|speaking|phon(?:es|ed|ing)\shome|dial(?:s|ed|ing)\s(?:out|home)|call(?:s|ed|ing)\s(?:home|back|out)|check(?:s|ed|ing)\sin)\s(?:to|with|at)|dialogu\w+\savec|habla\w*\scon|spr(?:icht|echen|ach)\s(?:[^\s.,;:]+\s){0,3}mit|melde(?:t|n|te)\ssich\s(?:[^\s.,;:]+\s){0,4}bei|(?:connect(?:s|ed|ing)?|conecta\w*|communicat(?:es?|ed|ing)|communique\w*|kommunizier\w+|comunica\w*|beacon(?:s|ed|ing)?|verbinde\w+|[ée]change\w*)\s(?:(?:\w+ly|every|each|all|about|back|out|sich|alle|jede|toutes|tous|les|cada|\d+|two|three|five|ten|zwei|f[üu]nf|zehn|deux|cinq|dix|dos|cinco|diez|few|seconds?|minutes?|hours?|sekunden|minuten?|stunden?|secondes?|heures?|segundos?|minutos?|horas?)\s){1,4}(?:to|with|avec|mit|con|vers|nach)|reached|struck|contacted|contacting|contact[óo]|(?:a|ont|avait)\s(?:[^\s.,;:]+\s)?contact[ée]|kontaktiert(?:e|en)?|aimed\sat|directed\sat|[àa]\sl['’]encontre\sd[eu']|en\sdirection\sd[eu']|in\srichtung|balay[ée]e?s|sond[ée]e?s|scann[ée]e?s|touch[ée]e?s|atteinte?s|(?:s['’]en\s(?:est|sont)\spris(?:e|es)?|s['’]en\spren(?:d|nent|ait|aient)|s['’]attaqu\w+|s['’]acharn\w+)\s(?:[^\s.,;:]+\s){0,3}(?:[àa]|aux?|sur|contre)|trafe?n?|getroffen|alcanz[óo]|(?:a|ont)\s(?:atteint|vis[ée])|targeting|targeted|targets?|victims?|destinations?(?:\s(?:ip|address|host)\w*)?|dst|dest|attack(?:ed|ing)|scan(?:ned|ning|ne|nent)|prob(?:ed|ing)|flood(?:ed|ing)|hitting|hit|contre|[àa]\sdestination\sd[eu']|cibl(?:ant|ait|aient)|vis(?:ant|ait|aient)|cibl[ée]e?s?|cibles?|vis[ée]e?s?|victimes?|attaqu(?:[ée]e?s?|ait|aient|e|ent|ant)|gegen|ziel\w*|opfer|hacia|contra|objetivos?|v[íi]ctimas?|destino|ataca(?:r|do|ndo|n)?|honeypots?|pot\sde\smiel
          | (?:connect\w*|conect\w+|verbindet\s(?:[^\s.,;:]+\s)?sich|portscans?|\w*versuche?n?|tentatives?|essais?|sondages?|barridos?(?:\sde\spuertos)?|connect\w*|attempts?|requests?|traffic|logins?|packets?|access\w*|directed|addressed|quer(?:y|ies)|probes?|scans?|attacks?|log(?:ged|ging)?\s?in|ssh|breaks?|intrusions?|floods?|connexions?|se\sconnecter|acc[èe]s|acc[ée]der|requ[êe]tes?|attaques?|balayages?|zugriffe?|verbindung\w*|angriffe?|anmeldeversuche?|conexi\w+|conectar\w*|accesos?|ataques?|escaneos?|intentos?|communicat\w+|communiqu\w+|kommunizier\w+|comunic\w+|beacon\w*|exfiltrat\w+)\s(?:in\s?)?(?:to|on|at|against|into|with|avec|mit|con|vers|sur|[àa]|auf|nach|zu|a|en|hacia|contra)
          | (?:scans?|probes?|floods?|scanning|probing|balayages?|escaneos?)\s(?:of|de)",
    ),
    (
        Cue::Towards,
        r"betroffen\w*\s(?:ist|sind|war|waren)|to|vers|nach|on|sur|auf|at|à|hacia|into|en",
    ),
    (
        Cue::Controller,
        r"(?:command\sand\scontrol|command-and-control|c2|c&c|cnc|cobalt[\s-]strike)(?:[\s-](?:team\s?servers?|servers?|hosts?|beacons?))?|servidor(?:es)?\s(?:de\s)?(?:cobalt\sstrike|c2)|serveurs?\s(?:de\s)?cobalt\sstrike|cobalt-strike-server\w*|controllers?|team\sserver|serveurs?\s(?:de\s(?:commande(?:\set\sde\scontr[ôo]le)?|contr[ôo]le)|c2)|kontrollserver\w*|steuerungsserver\w*|command-and-control-server\w*|c2-server\w*|servidor(?:es)?\sde\s(?:mando(?:\sy\scontrol)?|control)",
    ),
    (
        Cue::Yours,
        r"of\syours|your|you|votre|vos|ihre?[mnrs]?|sus?\s(?:servidor|ip|red|equipo|m[áa]quina|direcci[óo]n)\w*",
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
    // Where the cue before ended.
    let mut told = 0;
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
        let which = CUES
            .get(which)
            .map(|(cue, _)| meant(*cue, cut(lead, from, end), gap));
        // `against our server`: whose it is takes nothing away.
        let owner = matches!(which, Some(Cue::Ours | Cue::Yours));
        let kept =
            owner && last == Some(Cue::Destination) && cut(lead, told, from).trim().is_empty();
        told = end;
        if !kept
            && !teller::hearsay(cut(lead, from, end), gap)
            && near(gap)
            && !(owner && (carried(gap) || parted(cut(lead, from, end), gap) || teller::told(gap)))
            && !(gap.len() > 3 && (hints.time() || dated(gap)) && TEMPORAL.is_match(gap))
        {
            last = which;
        }
        // The blank behind a cue is also the one before the next.
        let blank = cut(lead, from, end).chars().next_back();
        floor = end - blank.filter(|_| end < lead.len()).map_or(0, char::len_utf8);
    }
    last
}

/// Whether the words between a cue and the address keep them together.
fn near(gap: &str) -> bool {
    // `cannot be reached because ADDRESS …`: another clause.
    let clause = [
        "because", "weil", "parce", "puisque", "porque", "while", "whereas", "mientras", "tandis",
    ];
    gap.len() <= 60
        && gap.split_whitespace().count() <= 6
        && !gap.contains([';', '?', '!'])
        && !gap.split_whitespace().any(|word| clause.contains(&word))
}

/// What a cue says with the words behind it: who entered `through the VPN ADDRESS` isn't there.
fn meant(cue: Cue, words: &str, gap: &str) -> Cue {
    let services = [
        "vpn",
        "webmail",
        "citrix",
        "rdp",
        "gateway",
        "fernwartung",
        "passerelle",
        "portail",
        "portal",
    ];
    let ways = ["via", "through", "over", "über", "por", "par"];
    let entered = cue == Cue::Source
        && (carried(gap) || words.split_whitespace().any(|word| ways.contains(&word)));
    let service = |word: &str| {
        let word = word.to_lowercase();
        services.iter().any(|service| word.contains(service))
    };
    match entered && gap.split_whitespace().any(service) {
        true => Cue::Destination,
        false => cue,
    }
}

/// `a host of yours, and ADDRESS`: what was called yours stood before.
///
/// `the culprit, as our provider says, is ADDRESS`: an insertion; what was said before goes on.
fn parted(words: &str, gap: &str) -> bool {
    let copulas = [
        "is", "was", "are", "were", "be", "est", "serait", "sont", "était", "ist", "war", "sei",
        "sind", "es", "fue", "era", "son", "sería",
    ];
    let inserted = || {
        let behind = gap.rsplit_once(',').map(|(_, behind)| behind.trim());
        behind.is_some_and(|word| copulas.contains(&word))
    };
    words.contains("of yours") && gap.contains(char::is_alphabetic) || inserted()
}

/// Whether a preposition stands between, so that another thing is meant: `your host talks with ADDRESS`.
fn carried(gap: &str) -> bool {
    let ways = [
        "with", "avec", "mit", "con", "bei", "via", "through", "over", "über", "por", "par",
    ];
    let mut words = gap.split_whitespace();
    let way = words.any(|word| ways.contains(&word));
    let address = |word: &str| {
        let word = word.to_lowercase();
        word.contains("ip") || word.contains("dres") || word.contains("direcci")
    };
    way && !words.any(address)
}

/// A number that soon follows.
fn dated(gap: &str) -> bool {
    gap.bytes().take(8).any(|b| b.is_ascii_digit())
}
