//! Who did it to whom, from the wording around each address, in four languages.

use std::sync::LazyLock;

use regex::Regex;

use crate::Role;
use crate::address::Address;
use crate::frame::{self, Hints};
use crate::pattern::{Choice, Tiered};
use crate::text::{before, cut, regex, window};

/// A role with how sure it is; `Unknown` with zero when nothing tells, with one when it is told to be neither.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) role: Role,
    pub(crate) confidence: f64,
}

const NOTHING: Verdict = Verdict {
    role: Role::Unknown,
    confidence: 0.0,
};

const NEITHER: Verdict = Verdict {
    role: Role::Unknown,
    confidence: 1.0,
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

/// What the address undergoes.
static PASSIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?ix)^[\])"'»,]{0,2}\s{0,2}(?:\([^)\n]{0,60}\)\s?)?(?:which\s|that\s|qui\s|die\s|que\s)?(?:
          (?:was|were|is|are|has\sbeen|have\sbeen|had\sbeen|(?:is|was|are|were)\sbeing|got|gets?)\s(?:\w+ly\s|also\s)?(?:attacked|scanned|probed|targeted|flooded|hit|hammered|swept|bombarded|brute-?forced|attempted|the\s(?:target|victim|destination)|under\s(?:attack|a\sddos)|(?:compromised|infected|hacked|abused|accessed)\s(?:by|from))
        | (?:es|son|era)\s(?:\w+mente\s)?(?:atacad|escanead|inundad|objeto|v[íi]ctima|blanco)
        | (?:receiv(?:ed|es|ing)|re[çc]oit|a\sre[çc]u|erhielt|recibi[óo])\s(?:[^.\n]{0,40}\s)?(?:attack|attempt|scan|request|traffic|packet|spam|connection|tentative|attaque|requ[êe]te|trafic|angriff|ataque|intento)
        | (?:a|ont|avait|avaient)\s[ée]t[ée]\s(?:\w+ment\s)?(?:attaqu|scann|cibl|vis[ée]|la\scible|(?:la\s)?victime|l'objet|sond|inond|bombard|satur|(?:compromis|infect[ée]|pirat[ée])e?s?\s(?:par|depuis))
        | (?:est|sont|[ée]tait|[ée]taient|fait|font|subit|subissent|a\ssubi)\s(?:la\scible|vis[ée]|attaqu|cibl|satur[ée]|inond[ée]|victimes?|l['’]objet|une\sattaque|des\sattaques)
        | (?:wurde|wurden|wird|werden)\s[^.\n]{0,60}?(?:angegriffen|gescannt|attackiert|[üu]berlastet|[üu]berflutet|bombardiert|(?:das\s)?ziel\b)
        | (?:fue|fueron|ha\ssido|han\ssido|est[áa]n?\s(?:siendo|sufriendo)|est[áa]n?)\s(?:un\s|el\s)?(?:atac|escanead|saturad|inundad|bombardead|objetivo|objeto|blanco|v[íi]ctima)
        )"#,
    )
});

/// What the address does.
static ACTIVE: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::new(
        r#"(?ix)^[\])"'»,]{0,2}\s{0,2}(?:\([^)\n]{0,60}\)\s?)?(?:,?\s?(?:which|that|qui|die|que)\s)?
          (?:(?:has|have|had|is|are|was|were|been|a|ont|avait|est|sont|hat|haben|ist|ha|han|est[áa]|keeps?|continues?\sto|repeatedly|actively|currently|apparently|probably|appears?\sto(?:\sbe|\shave)?|seems?\sto(?:\sbe|\shave)?|observed|seen|caught|found|trying\sto|en\strain\sde|d'avoir|semble|a\s[ée]t[ée]|wurde|tried\sto|attempted\sto|started|started\sto|did|does|may\sbe|might\sbe|nous|nos|uns|us|se|sich)\s){0,4}(?:s['’])?
          (?:(?:hat|haben|griff)\s|attack|scann|scans?\b|prob(?:e|ing)|tr(?:y|ied|ies)|attempt|launch|flood|brute|hack|spam|send|sent|connect|initiat|infect|compromis|host(?:s|ed|ing)\b|participat|perform|conduct|generat|abus|exploit|part\sof|a\s(?:bot|spam|source)|member|vulnerable|running\s(?:an?\s)?(?:open|vulnerable)|attaqu|tent[eéa]|essa[iy]|effectu|lanc|envo|h[ée]berg|particip|[àa]\sl'origine|versuch|infizier|greif|sende|atac|intent|escane|realiz|envi|logged\sin|made\b|was\sblocked|is\sblocked|responsible|origin|shar(?:ed|ing)|upload|download|distribut|offer(?:s|ed|ing)|hammer|guess|partag|mis(?:e)?\s[àa]\sdisposition|t[ée]l[ée]charg|inond|scanne|balay|cherch|fait\spartie\sd['’e]|teil\s(?:eine|von)|forma\sparte|parte\sde|[üu]berflut|bombard|verbreit|verteil|teilt|compart|distribu|inund|descarg|prueba|probando|probiert|busca)"#,
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
static BARE_TO: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)^[\s\])]{0,3}(?:to|vers|nach|hacia|auf|a|contra|against)\s[\s\[(]{0,2}$")
});

/// Where an address stands in the text that is read for roles.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    start: usize,
    full: usize,
    /// Words before this belong to something else.
    floor: usize,
}

impl Place {
    /// The place in a piece of the page that begins at `base`.
    pub(crate) fn new(address: &Address, base: usize) -> Self {
        Self {
            start: address.start.saturating_sub(base),
            full: address.full.saturating_sub(base),
            floor: 0,
        }
    }

    /// The place in a page whose words before `floor` another reader has taken.
    pub(crate) fn behind(address: &Address, floor: usize) -> Self {
        Self {
            floor,
            ..Self::new(address, 0)
        }
    }
}

/// The role of each address of a text, by its wording.
pub(crate) fn roles(text: &str, addresses: &[Place]) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> = Vec::with_capacity(addresses.len());
    // Addresses of the running sentence that a bare `to` stands before.
    let mut pending: Vec<usize> = Vec::new();
    let mut controllers: Vec<usize> = Vec::new();
    // Where the running list began.
    let mut listed = 0;
    let mut previous: Option<&Place> = None;
    for (index, address) in addresses.iter().enumerate() {
        let next = addresses
            .get(index + 1)
            .map_or(text.len(), |next| next.start);
        let floor = previous
            .map_or(0, |previous| previous.full)
            .max(address.floor);
        let gap = before(
            text,
            address.start,
            220.min(address.start.saturating_sub(floor)),
        );
        let (lead, fresh) = sentence(gap);
        if fresh || previous.is_none() {
            pending.clear();
        }
        let rest = window(text, address.full, 160);
        let tail = cut(
            rest,
            0,
            rest.floor_char_boundary(next.saturating_sub(address.full).min(100)),
        );
        let Own {
            mut verdict,
            mut weak,
            behind,
            controller,
        } = alone(scheme(lead), tail, rest);
        if (weak || verdict.role != Role::Unknown)
            && HEARSAY.is_match(sentence(before(text, address.start, 160)).0)
        {
            (verdict, weak) = (NOTHING, false);
        }
        if controller {
            controllers.push(index);
        }
        let near = previous.filter(|previous| address.floor <= previous.full);
        if let (Some(last), Some(previous)) = (verdicts.last_mut(), near) {
            let between = cut(text, previous.full, address.start);
            if between.len() <= 80 {
                verdict = beside(text, previous, address, between, last, verdict);
            }
            if frame::same_sentence(between) {
                verdict = framed(between, rest, last, verdict);
            }
            let runs = between.len() <= 80 && LIST.is_match(between);
            listed = if runs { listed } else { index };
            // `A and B are scanning us`: what stands behind the last is said of all.
            if behind && runs {
                let unknown = |one: &&mut Verdict| one.role == Role::Unknown;
                let list = verdicts.iter_mut().skip(listed).filter(unknown);
                list.for_each(|one| *one = verdict);
            }
        }
        if weak && verdict.role == Role::Unknown {
            pending.push(index);
        }
        verdicts.push(verdict);
        settle(&mut verdicts, &mut pending, index, weak);
        previous = Some(address);
    }
    controlled(&mut verdicts, &controllers);
    verdicts
}

/// An address in a URL has the words before the URL.
fn scheme(lead: &str) -> &str {
    let bare = lead.strip_suffix("://").map(|lead| {
        lead.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '[' || c == ']')
    });
    bare.unwrap_or(lead)
}

/// Who controls hosts that are told of was called by them; where none is told, it is what the report is about.
fn controlled(verdicts: &mut [Verdict], controllers: &[usize]) {
    let blamed = verdicts.iter().any(|one| one.role == Role::Source);
    let role = if blamed {
        Role::Destination
    } else {
        Role::Source
    };
    for at in controllers {
        if let Some(verdict) = verdicts.get_mut(*at)
            && *verdict == NOTHING
        {
            *verdict = Verdict {
                role,
                confidence: 0.85,
            };
        }
    }
}

/// What a whole clause says of the two addresses in it.
fn framed(between: &str, rest: &str, last: &mut Verdict, own: Verdict) -> Verdict {
    let verdict = |role| Verdict {
        role,
        confidence: 0.88,
    };
    let fits = |one: Verdict, role| one == NOTHING || one.role == role;
    match frame::joined(between, rest) {
        Some((first, second)) if fits(*last, first) && fits(own, second) => {
            *last = if *last == NOTHING {
                verdict(first)
            } else {
                *last
            };
            if own == NOTHING { verdict(second) } else { own }
        }
        _ => own,
    }
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
    if own != NOTHING {
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
    let ends = gap.match_indices(['.', '!', '?', '\n', ';']);
    for (at, mark) in ends {
        let rest = cut(gap, at + mark.len(), gap.len());
        let ends = match mark {
            "\n" => {
                rest.trim_start_matches(['\r', ' ']).starts_with('\n')
                    && !cut(gap, 0, at).trim_end().ends_with(':')
            }
            ";" => false,
            _ => {
                rest.starts_with([' ', '\n', '\r'])
                    && rest
                        .trim_start()
                        .starts_with(|c: char| c.is_uppercase() || c == '(')
            }
        };
        if ends {
            (start, fresh) = (at + mark.len(), true);
        }
    }
    (cut(gap, start, gap.len()), fresh)
}

/// What an address's own words say.
struct Own {
    verdict: Verdict,
    /// Only a bare preposition stands before it.
    weak: bool,
    /// Said by the words behind it.
    behind: bool,
    /// Told to control others.
    controller: bool,
}

impl Own {
    fn new(role: Role, confidence: f64) -> Self {
        Self::of(Verdict { role, confidence })
    }

    fn of(verdict: Verdict) -> Self {
        Self {
            verdict,
            weak: false,
            behind: false,
            controller: false,
        }
    }

    fn behind(role: Role, confidence: f64) -> Self {
        Self {
            behind: true,
            ..Self::new(role, confidence)
        }
    }
}

/// The verdict of the words before an address in its sentence, and of those behind it.
fn alone(lead: &str, tail: &str, rest: &str) -> Own {
    let heading = lead
        .trim_end_matches([' ', '\n', '\r', '\t', '-', '*', '•'])
        .ends_with(':');
    if heading && HEADING.is_match(lead) {
        return Own::new(Role::Source, 0.85);
    }
    let (hints, after) = (Hints::of(lead), Hints::of(tail));
    if frame::dismissed(lead, hints, tail, after) {
        return Own {
            behind: true,
            ..Own::of(NEITHER)
        };
    }
    let cue = last_cue(lead);
    let has = |one| cue == Some(one);
    let device = frame::device(lead, hints) && !has(Cue::Destination) && !has(Cue::Yours);
    if device {
        let hit = PASSIVE.is_match(tail) || frame::undergoes(lead, hints, rest);
        return match hit {
            true => Own::new(Role::Destination, 0.85),
            false => Own::of(NEITHER),
        };
    }
    if has(Cue::Source) {
        let role = if OURS_HIT.is_match(lead) {
            Role::Destination
        } else {
            Role::Source
        };
        return Own::new(role, 0.9);
    }
    if has(Cue::Nothing) {
        return Own::of(NOTHING);
    }
    // `a scan of our server by ADDRESS`: who did it stands last.
    let agent = lead.trim_end().rsplit([' ', '\n']).next();
    let agent = agent.is_some_and(|word| ["by", "par", "durch", "por", "von"].contains(&word));
    if agent && (has(Cue::Destination) || has(Cue::Ours)) {
        return Own::new(Role::Source, 0.8);
    }
    if has(Cue::Destination) {
        return Own::new(Role::Destination, 0.9);
    }
    if let Some(own) = voice(lead, hints, tail, rest, cue) {
        return own;
    }
    if SHUT_OUT.is_match(tail) {
        return Own::behind(Role::Source, 0.8);
    }
    if has(Cue::Controller) {
        return Own {
            controller: true,
            ..Own::of(NOTHING)
        };
    }
    let owner = match cue {
        Some(Cue::Towards) => OWNER
            .captures(lead)
            .map(|found| found.name("yours").is_some()),
        Some(Cue::Yours) => Some(true),
        Some(Cue::Ours) => Some(false),
        _ => None,
    };
    if let Some(yours) = owner {
        let aimed = !yours || possessive_target(lead);
        return Own::new(
            if aimed {
                Role::Destination
            } else {
                Role::Source
            },
            0.75,
        );
    }
    if frame::holds(lead, hints, after) {
        return Own::new(Role::Source, 0.8);
    }
    if frame::yours(tail, after) {
        return Own::new(Role::Source, 0.75);
    }
    Own {
        weak: has(Cue::Towards),
        ..Own::of(NOTHING)
    }
}

/// What the verbs say: whom something is done to, and who does it.
fn voice(lead: &str, hints: Hints, tail: &str, rest: &str, cue: Option<Cue>) -> Option<Own> {
    let yours = cue == Some(Cue::Yours);
    if PASSIVE.is_match(tail) {
        return Some(Own::behind(Role::Destination, 0.9));
    }
    if frame::undergoes(lead, hints, rest) && !yours {
        return Some(Own::new(Role::Destination, 0.85));
    }
    let harmed = HARMED.captures(tail);
    let mild = harmed
        .as_ref()
        .is_some_and(|found| found.name("mild").is_some());
    if harmed.is_some() && !yours && (cue == Some(Cue::Ours) || !mild) {
        return Some(Own::behind(Role::Destination, 0.8));
    }
    if ACTIVE.is_match(tail) {
        return Some(Own::behind(Role::Source, 0.85));
    }
    None
}

/// Broken into or damaged; the mild words are said of culprits too.
static HARMED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?ix)^[\])"'»,]{0,2}\s{0,2}(?:\([^)\n]{0,60}\)\s?)?,?\s?
          (?:was|were|has\sbeen|have\sbeen|got|is|a\s[ée]t[ée]|ont\s[ée]t[ée]|est|wurde|wurden|ist|fue|fueron|ha\ssido|han\ssido|est[áa])\s(?:[^.,;\n]{0,40}?\s)?
          (?:(?P<mild>compromised|compromise?e?s?\b|kompromittier|comprometid)|hacked|defaced|encrypted|broken\sinto|wiped|stolen|pirat[ée]|d[ée]figur|chiffr[ée]|vol[ée]|gehackt|verunstaltet|verschl[üu]sselt|eingebrochen|hackead|desfigurad|cifrad)"#,
    )
});

/// `ADDRESS wegen … gesperrt`.
static SHUT_OUT: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)^\s(?:[\p{L}-]+\s){0,6}(?:gesperrt|blockiert|geblockt|ausgesperrt)\b")
});

/// What was broken into is ours: `our compromised server`.
static OURS_HIT: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::new(
        r"(?i)\b(?:(?:we\shave|nous\savons|wir\shaben|tenemos)\s(?:an?|one|une?|einen?|un)\s|(?:our|notre|unsere?[mnrs]?|nuestro)\s)(?:\w+\s)?(?:compromised|hacked|kompromittierte\w*|gehackte\w*|comprometido|compromis|pirat[ée])",
    )
});

/// `our server at ADDRESS`.
static OWNER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:(?P<yours>your|votre|vos|ihre?[mnrs]?)|our|my|notre|nos|mon|unsere?[mnrs]?|unser|nuestr[oa]s?)\s(?:[\p{L}-]+\s){1,2}(?:at|on|sur|[àa]|unter|auf|en)\s(?:(?:l['’]|la\s|der\s)?(?:ip|address|adresse|direcci[óo]n)\s){0,2}[(\[]?$",
    )
});

/// A time behind a preposition, which then says nothing of an address.
static TEMPORAL: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)^\s?(?:(?:le|el|am|the|dem|du|del)\s)?(?:(?:\p{L}+\s|\d+\s){0,3}(?:heures?|jours?|semaines?|mois|nuit|matin|soir|hours?|days?|weeks?|months?|minutes?|nights?|morning|evening|stunden?|tage[n]?|wochen?|nacht|morgen|abend|horas?|d[íi]as?|semanas?|noche|ma[ñn]ana|tarde)\b|hier\b|avant-hier|yesterday|today|midnight|gestern|heute|ayer|anoche|hoy\b|hace\b
          |(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|monday|tuesday|wednesday|thursday|friday|saturday|sunday|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo)\b
          |\d{4}-\d|(?:las\s)?\d{1,2}(?:[./:]|\s?h\s?)\d|\d{1,2}\s?(?:h|uhr)\b|\d{1,2}(?:st|nd|rd|th|er|\.)?\s(?:de\s)?\p{L}{3,10}\s\d)",
    )
});

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
        let gap = cut(lead, end, lead.len());
        if near(gap) && !(gap.len() > 3 && TEMPORAL.is_match(gap)) {
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
