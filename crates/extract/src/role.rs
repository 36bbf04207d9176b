//! Who did it to whom, from the wording around each address, in four languages.

use std::sync::LazyLock;

use regex::Regex;

use crate::Role;
use crate::address::Address;
use crate::pattern::{Choice, Tiered};
use crate::text::{before, cut, regex};

/// A role with how sure it is; `Unknown` with zero when nothing tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) role: Role,
    pub(crate) confidence: f64,
}

const NOTHING: Verdict = Verdict {
    role: Role::Unknown,
    confidence: 0.0,
};

/// Octets of the text before an address that are looked at for cues.
const CUE_LIMIT: usize = 220;

/// [`CUES`], each with a mark behind it, tried at what stands before its word: so it needs no word boundary.
static CUE: LazyLock<Choice> = LazyLock::new(|| {
    Choice::new(
        &CUES.map(|(_, words)| format!(r"(?ix)(?:\A|\W)(?:{words})(?:[\s:('’\[,<\x22*=]|$)")),
    )
});

/// What a cue says of the address behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cue {
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
}

/// Words before an address; what comes first goes before.
const CUES: [(Cue, &str); 6] = [
    (
        Cue::Nothing,
        r"(?:report|detect|observ|notic|logg|seen|collect|operat|manag|own|sign|provid|regist|run|announc|publish|confirm|record|captur)\w*\s(?:by|to|from)
          | on\sbehalf\sof|according\sto|reply\sto|repl(?:y|ied)\s|belong(?:s|ing)?\sto|assigned\sto|relat(?:ed|es|ing)\sto|thanks\sto|due\sto|in\sresponse\sto|regards?\sto|similar\sto|resolv(?:es|ed|ing)\sto|from\sour|mail\sto|write\sto|report\sfrom
          | (?:signal|d[ée]tect|observ|constat|g[ée]r|enregistr)[ée]e?s?\spar|gemeldet\svon|nameserver|name\sserver|resolver|gateway|dns\sserver|sensor|capteur|whois|contact(?:ez)?|version|ticket|bin[dt]|not\s(?:from|by)",
    ),
    (
        Cue::Source,
        r"(?:attacked|scanned|probed|targeted|hit|flooded|compromised|abused|accessed|contacted|initiated|launched|performed|conducted|carried\sout|made|caused|sent|generated|attempted|attaqu\w+|scann\w+|effectu\w+|men[ée]e?s?|lanc[ée]e?s?|[ée]mise?s?|cibl[ée]e?s?|angegriffen|gescannt|atacad\w+|escanead\w+|realizad\w+|enviad\w+|versandt|gesendet)\s(?:by|par|von|por|durch)
          | from|depuis|en\sprovenance\sd[eu']|provenant\sd[eu']|venant\sd[eu']|issue?s?\sd[eu']|[àa]\spartir\sd[eu']|ausgehend\svon|desde|procedentes?\sde|provenientes?\sde|originat(?:ing|ed|es?)(?:\s(?:from|at|in))?|durch|von|aus
          | attackers?|attacking\s(?:ip|host|address|machine|server|system|source)\w*|sources?(?:\s(?:ip|address|host)\w*)?|src|culprits?|offend\w+|malicious|malveillant\w*|infected|infect[ée]e?s?|infiziert\w*|infectad\w+|compromised\s(?:host|server|machine|system|device|computer|client|ip)\w*|abusive|abusing
          | scanning\s(?:ip|host|address|machine|server|source)\w*|attaquante?s?|angreif\w*|quell\w*|atacantes?|origen|hosted\s(?:on|at|by)|h[ée]berg[ée]e?s?\s(?:sur|[àa]|par|chez)|gehostet\s(?:auf|bei)|alojad\w+\sen|block(?:ed|ing)|bann(?:ed|ing)|bloqu[ée]\w*|gesperrt|bots?|scanners?|spammers?|phishing\s(?:site|page|host|server)|offender|abuse\s(?:from|by|of|report|complaint)|vulnerable\s(?:host|server|system|device)\w*",
    ),
    (
        Cue::Destination,
        r"against|towards?|targeting|targeted|targets?|victims?|destinations?(?:\s(?:ip|address|host)\w*)?|dst|dest|attack(?:ed|ing)|scan(?:ned|ning|ne|nent)|prob(?:ed|ing)|flood(?:ed|ing)|hitting|hit|contre|[àa]\sdestination\sd[eu']|ciblant|visant|cibl[ée]e?s?|cibles?|vis[ée]e?s?|victimes?|attaqu(?:[ée]e?s?|ait|aient|e|ent|ant)|gegen|ziel\w*|opfer|hacia|contra|objetivos?|v[íi]ctimas?|destino|ataca(?:r|do|ndo|n)?|honeypots?|pot\sde\smiel
          | (?:connect\w*|attempts?|requests?|traffic|logins?|packets?|access\w*|directed|addressed|quer(?:y|ies)|probes?|scans?|attacks?|log(?:ged|ging)?\s?in|ssh|breaks?|intrusions?|floods?|connexions?|se\sconnecter|acc[èe]s|acc[ée]der|requ[êe]tes?|attaques?|balayages?|zugriffe?|verbindung\w*|angriffe?|anmeldeversuche?|conexi\w+|conectar\w*|accesos?|ataques?|escaneos?|intentos?|communicat\w+|communiqu\w+|kommunizier\w+|comunic\w+|beacon\w*|exfiltrat\w+)\s(?:in\s?)?(?:to|on|at|against|into|with|avec|mit|con|vers|sur|[àa]|de|auf|nach|zu|a|en|hacia|contra)
          | (?:scans?|probes?|floods?|scanning|probing|balayages?|escaneos?)\s(?:of|de)",
    ),
    (Cue::Towards, r"to|vers|nach|on|sur|auf|at|à|hacia|into"),
    (
        Cue::Yours,
        r"your|you|votre|vos|ihre?[mnrs]?|sus?\s(?:servidor|ip|red|equipo|m[áa]quina|direcci[óo]n)\w*",
    ),
    (
        Cue::Ours,
        r"our|my|notre|nos|mon|unsere?[mnrs]?|unser|nuestr[oa]s?|mi|us",
    ),
];

/// What the address undergoes.
static PASSIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?ix)^[\])"'»,]{0,2}\s{0,2}(?:\([^)\n]{0,60}\)\s?)?(?:which\s|that\s|qui\s|die\s|que\s)?(?:
          (?:was|were|is|are|has\sbeen|have\sbeen|had\sbeen|(?:is|was|are|were)\sbeing|got|gets?)\s(?:\w+ly\s|also\s)?(?:attacked|scanned|probed|targeted|flooded|hit|bombarded|brute-?forced|attempted|the\s(?:target|victim|destination)|under\s(?:attack|a\sddos)|(?:compromised|infected|hacked|abused|accessed)\s(?:by|from))
        | (?:receiv(?:ed|es|ing)|re[çc]oit|a\sre[çc]u|erhielt|recibi[óo])\s(?:[^.\n]{0,40}\s)?(?:attack|attempt|scan|request|traffic|packet|spam|connection|tentative|attaque|requ[êe]te|trafic|angriff|ataque|intento)
        | (?:a|ont|avait|avaient)\s[ée]t[ée]\s(?:\w+ment\s)?(?:attaqu|scann|cibl|vis[ée]|la\scible|(?:la\s)?victime|l'objet|sond|inond|bombard|(?:compromis|infect[ée]|pirat[ée])e?s?\s(?:par|depuis))
        | (?:est|sont|[ée]tait|[ée]taient|fait|font|subit|subissent|a\ssubi)\s(?:la\scible|vis[ée]|attaqu|cibl|victimes?|l'objet|une\sattaque|des\sattaques)
        | (?:wurde|wurden|wird|werden)\s[^.\n]{0,60}?(?:angegriffen|gescannt|attackiert|das\sziel)
        | (?:fue|fueron|ha\ssido|han\ssido|est[áa]\ssiendo)\s(?:atacad|escanead|objetivo|v[íi]ctima)
        )"#,
    )
});

/// What the address does.
static ACTIVE: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::new(
        r#"(?ix)^[\])"'»,]{0,2}\s{0,2}(?:\([^)\n]{0,60}\)\s?)?(?:,?\s?(?:which|that|qui|die|que)\s)?
          (?:(?:has|have|had|is|are|was|were|been|a|ont|avait|est|sont|hat|haben|ist|ha|han|est[áa]|keeps?|continues?\sto|repeatedly|actively|currently|apparently|probably|appears?\sto(?:\sbe|\shave)?|seems?\sto(?:\sbe|\shave)?|observed|seen|caught|found|trying\sto|en\strain\sde|d'avoir|semble|a\s[ée]t[ée]|wurde|tried\sto|attempted\sto|started|started\sto|did|does|may\sbe|might\sbe)\s){0,4}
          (?:(?:hat|haben|griff)\s|attack|scann|scans?\b|prob(?:e|ing)|tr(?:y|ied|ies)|attempt|launch|flood|brute|hack|spam|send|sent|connect|initiat|infect|compromis|host(?:s|ed|ing)\b|participat|perform|conduct|generat|abus|exploit|part\sof|a\s(?:bot|spam|source)|member|vulnerable|running\s(?:an?\s)?(?:open|vulnerable)|attaqu|tent[eéa]|essa[iy]|effectu|lanc|envo|h[ée]berg|particip|[àa]\sl'origine|versuch|infizier|greif|sende|atac|intent|escane|realiz|envi|logged\sin|made\b|was\sblocked|is\sblocked|responsible|origin)"#,
    )
});

/// The words of a list's heading that blame what follows.
static HEADING: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::loose(
        r"(?ix)(?:\b(?:following|these|suivante?s?|folgende[nr]?|siguientes?|ces|diese)\s(?:\w+\s){0,2}?(?:ips?|hosts?|address\w*|adress\w*|machines?|systems?|syst[èe]mes?|servers?|serveurs?|sources?|rechner|equipos?|direcciones)\b|\b(?:adresses?|machines?|serveurs?|h[ôo]tes?|syst[èe]mes?|ips?|direcciones|equipos)\s(?:ip\s)?(?:suivante?s?|siguientes)\b)[^.\n]{0,60}?\b(?:attack|scan|prob|tr(?:y|ied)|attempt|flood|brute|spam|sen[dt]|connect|infect|compromis|particip|attaqu|tent|ont|haben|griff|versuch|atac|intent|are\s(?:part|infected|vulnerable))",
    )
});

/// Who told us, not who did it.
static HEARSAY: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::new(
        r"(?i)\b(?:received|got|re[çc]u|erhalten|recibido)\s(?:\w+\s){0,2}(?:reports?|complaints?|mails?|e-mails?|messages?|notifications?|signalements?|plaintes?|meldung(?:en)?|informes?|quejas?)\b[^\n]{0,80}\b(?:from|de|von|by|par)\s[^.\n]{0,30}$",
    )
});

static LIST: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?ix)^["'`)\]]?[\s,;/&|•*·+–-]{0,16}(?:and|et|und|y|e|or|ou|oder|o|as\swell\sas|ainsi\sque|sowie)?[\s("'`\[*-]{0,6}$"#,
    )
});
static ARROW: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"^[\s\])]{0,12}(?:-{1,3}>|={1,2}>|→|⇒|➔|➜|⟶|>{1,2}|-&gt;)[\s\[(]{0,12}(?:[A-Za-z][\w-]{0,20}[:/])?$",
    )
});
static BACK_ARROW: LazyLock<Regex> =
    LazyLock::new(|| regex(r"^[\s\])]{0,3}(?:<-{1,3}|<={1,2}|←|⇐|<)[\s\[(]{0,3}$"));
static BARE_TO: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)^[\s\])]{0,3}(?:to|vers|nach|hacia|auf)\s[\s\[(]{0,2}$"));

/// Where an address stands in the text that is read for roles.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    start: usize,
    full: usize,
}

impl Place {
    /// The place in a piece of the page that begins at `base`.
    pub(crate) fn new(address: &Address, base: usize) -> Self {
        Self {
            start: address.start.saturating_sub(base),
            full: address.full.saturating_sub(base),
        }
    }
}

/// The role of each address of a text, by its wording.
pub(crate) fn roles(text: &str, addresses: &[Place]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::with_capacity(addresses.len());
    // Addresses of the running sentence that a bare `to` stands before.
    let mut pending: Vec<usize> = Vec::new();
    let mut previous: Option<&Place> = None;
    for (index, address) in addresses.iter().enumerate() {
        let next = addresses
            .get(index + 1)
            .map_or(text.len(), |next| next.start);
        let floor = previous.map_or(0, |previous| previous.full);
        let gap = before(
            text,
            address.start,
            220.min(address.start.saturating_sub(floor)),
        );
        let (lead, fresh) = sentence(gap);
        if fresh || previous.is_none() {
            pending.clear();
        }
        let tail = cut(
            text,
            address.full,
            text.floor_char_boundary(next.min(address.full + 100)),
        );
        let (mut verdict, mut weak) = alone(lead, tail);
        if (weak || verdict.role != Role::Unknown)
            && HEARSAY.is_match(sentence(before(text, address.start, 160)).0)
        {
            (verdict, weak) = (NOTHING, false);
        }
        if let (Some(last), Some(previous)) = (verdicts.last_mut(), previous) {
            let between = cut(text, previous.full, address.start);
            if between.len() <= 80 {
                verdict = beside(text, previous, address, between, last, verdict);
            }
        }
        if weak && verdict.role == Role::Unknown {
            pending.push(index);
        }
        verdicts.push(verdict);
        settle(&mut verdicts, &mut pending, index, weak);
        previous = Some(address);
    }
    verdicts
}

/// Turns a bare `to` into a target once the sentence blames somebody.
fn settle(verdicts: &mut [Verdict], pending: &mut Vec<usize>, index: usize, weak: bool) {
    let role = |at: usize| verdicts.get(at).map(|verdict| verdict.role);
    let blamed = role(index) == Some(Role::Source)
        || weak && index.checked_sub(1).and_then(role) == Some(Role::Source);
    if blamed {
        for at in pending.drain(..) {
            if let Some(verdict) = verdicts.get_mut(at) {
                *verdict = Verdict {
                    role: Role::Destination,
                    confidence: 0.85,
                };
            }
        }
    }
}

/// What two neighbours tell about each other.
fn beside(
    text: &str,
    previous: &Place,
    address: &Place,
    between: &str,
    last: &mut Verdict,
    own: Verdict,
) -> Verdict {
    let verdict = |role| Verdict {
        role,
        confidence: 0.92,
    };
    if ARROW.is_match(between) || BARE_TO.is_match(between) && last.role != Role::Destination {
        *last = verdict(Role::Source);
        return verdict(Role::Destination);
    }
    if BACK_ARROW.is_match(between) {
        *last = verdict(Role::Destination);
        return verdict(Role::Source);
    }
    if own.role != Role::Unknown {
        return own;
    }
    let rows = starts_line(text, previous.start)
        && starts_line(text, address.start)
        && !between.contains("\n\n");
    if LIST.is_match(between) && !between.contains("\n\n") || rows {
        return *last;
    }
    own
}

fn starts_line(text: &str, at: usize) -> bool {
    let lead = before(text, at, 12);
    let line = lead.rsplit('\n').next().unwrap_or_default();
    (line.len() < lead.len() || lead.len() == at) && line.chars().all(|c| !c.is_alphanumeric())
}

/// The part of a gap that belongs to the address's own sentence, and whether a sentence ended before.
fn sentence(gap: &str) -> (&str, bool) {
    let mut start = 0;
    let mut fresh = false;
    for (at, mark) in gap.bytes().enumerate() {
        let rest = || cut(gap, at + 1, gap.len());
        let ends = match mark {
            b'\n' => {
                rest().trim_start_matches(['\r', ' ']).starts_with('\n')
                    && !cut(gap, 0, at).trim_end().ends_with(':')
            }
            b'.' | b'!' | b'?' => {
                rest().starts_with([' ', '\n', '\r'])
                    && rest()
                        .trim_start()
                        .starts_with(|c: char| c.is_uppercase() || c == '(')
            }
            _ => false,
        };
        if ends {
            (start, fresh) = (at + 1, true);
        }
    }
    (cut(gap, start, gap.len()), fresh)
}

/// The verdict of an address's own words; and whether only a bare preposition stands before it.
fn alone(lead: &str, tail: &str) -> (Verdict, bool) {
    let verdict = |role, confidence| Verdict { role, confidence };
    let heading = lead
        .trim_end_matches([' ', '\n', '\r', '\t', '-', '*', '•'])
        .ends_with(':');
    if heading && HEADING.is_match(lead) {
        return (verdict(Role::Source, 0.85), false);
    }
    let cue = last_cue(lead);
    let has = |one| cue == Some(one);
    let possessive = has(Cue::Yours) || has(Cue::Ours);
    if has(Cue::Source) {
        return (verdict(Role::Source, 0.9), false);
    }
    if has(Cue::Nothing) {
        return (NOTHING, false);
    }
    // `a scan of our server by ADDRESS`: who did it stands last.
    let agent = lead.trim_end().rsplit([' ', '\n']).next();
    let agent = agent.is_some_and(|word| ["by", "par", "durch", "por", "von"].contains(&word));
    if agent && (has(Cue::Destination) || has(Cue::Ours)) {
        return (verdict(Role::Source, 0.8), false);
    }
    if has(Cue::Destination) {
        return (verdict(Role::Destination, 0.9), false);
    }
    if PASSIVE.is_match(tail) {
        return (verdict(Role::Destination, 0.9), false);
    }
    if ACTIVE.is_match(tail) {
        return (verdict(Role::Source, 0.85), false);
    }
    if possessive {
        let aimed = possessive_target(lead);
        let role = if has(Cue::Ours) || aimed {
            Role::Destination
        } else {
            Role::Source
        };
        return (verdict(role, 0.75), false);
    }
    (NOTHING, has(Cue::Towards))
}

/// The last cue that keeps together with the address.
fn last_cue(lead: &str) -> Option<Cue> {
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
        if near(cut(lead, end, lead.len())) {
            last = CUES.get(which).map(|(cue, _)| *cue);
        }
        // The blank behind a cue is also the one before the next.
        let blank = cut(lead, from, end).chars().next_back();
        floor = end - blank.filter(|_| end < lead.len()).map_or(0, char::len_utf8);
    }
    last
}

/// `attacks against your server`: yours, but hit.
fn possessive_target(lead: &str) -> bool {
    static AIMED: LazyLock<Tiered> = LazyLock::new(|| {
        Tiered::new(
            r"(?i)\b(?:against|towards?|targeting|attack(?:s|ed|ing)?(?: on)?|contre|visant|ciblant|gegen|contra|hacia)\s(?:your|votre|vos|ihre?[mnrs]?|sus?)\b",
        )
    });
    AIMED.is_match(lead)
}

/// Whether the words between a cue and the address keep them together.
fn near(gap: &str) -> bool {
    gap.len() <= 60 && gap.split_whitespace().count() <= 6 && !gap.contains([';', '?', '!'])
}
