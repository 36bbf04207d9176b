//! What clauses say of an address, beyond the cue before it: that it is no party, who did what to whom, what lies there.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::Regex;

use crate::Role;
use crate::text::{cut, regex};

/// Which of the words are there that the patterns below need: a cheap look before a costly one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hints(u16);

const NOT: u16 = 1;
const IGNORED: u16 = 1 << 1;
const FINE: u16 = 1 << 2;
const GENUINE: u16 = 1 << 3;
const TESTED: u16 = 1 << 4;
const DEVICE: u16 = 1 << 5;
const CARRIER: u16 = 1 << 6;
const UNDERGOES: u16 = 1 << 7;
const BAD: u16 = 1 << 8;
const ATTACKS: u16 = 1 << 9;
const YOURS: u16 = 1 << 10;
const SEVERAL: u16 = 1 << 11;
const TIME: u16 = 1 << 12;
const OWNED: u16 = 1 << 13;
const HARM: u16 = 1 << 14;

/// The words, in small letters. Accented ones are cut before the accent or behind it.
const HINTS: [(u16, &str); 15] = [
    (NOT, " not|n't|pas |nicht|no |never"),
    (
        IGNORED,
        "ignor|disregard|compte|en cuenta|except|apart from|whitelist|exclu|relay|forward|leitet|reenv|transm",
    ),
    (
        FINE,
        " fine|clean| ours|legit|gitim|harmless|benign|normal|sauber|ordnung|va bien|funciona|unaffected|indemne| ok",
    ),
    (
        GENUINE,
        "genuine|real |legit|vrai|ritable|offici|echte|authent|aut|richtige",
    ),
    (TESTED, "test|pruebas|survey|audit|messung|mesures"),
    (
        DEVICE,
        "resolver|solveur|dns|name server|nameserver|de noms|de nombres|gateway|passerelle|enlace|firewall|pare-feu|mandataire|\
         cortafuegos|waf|proxy|scanner|escáner|sonde|sonda|probe|sensor|mx|router|monitor",
    ),
    (
        CARRIER,
        "provider|fournisseur|anbieter|proveedor|isp|traceroute|operador|hébergeur",
    ),
    (UNDERGOES, "wird|wurde|werden|war |waren "),
    (
        BAD,
        "phish|fake|fals|fälsch|fausse|malware|schadsoftware|malicio|malveill|botnet|c2|command|open |offen|ouvert|\
         abiert|hameçon|nachge|imit|vulnerab|anfällig",
    ),
    (
        ATTACKS,
        "attack|scan|balay|sond|prob|flood|hit|target|hammer|bombard|attaqu|vise|cible|inond|ataca|inunda|greif|\
         contact|force|sweep",
    ),
    (YOURS, "you|votre|vos |vous|ihre|ihne|su |sus "),
    (
        SEVERAL,
        "open |offen|infec|compromi|kompromi|infizier|vulnerab|rogue|hacked|verwundbar",
    ),
    (
        TIME,
        "heure|jour|semaine|mois|nuit|matin|soir|hour|day|week|month|minute|night|morning|evening|stunde|tag|woche|\
         nacht|morgen|abend|hora|día|dia|noche|mañana|tarde|hier|gestern|heute|ayer|hoy|hace|lunes|martes|\
         jueves|viernes|domingo|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|mittwoch",
    ),
    (
        OWNED,
        "our |i run|i operate|i own|we run|we operate|we host|my |your |notre|nos |mon |votre|vos |unser|ihr|nuestr",
    ),
    (
        HARM,
        "compromi|kompromi|compromet|hack|defac|encrypt|broken|wiped|stolen|pirat|figur|chiffr|vol|verunst|verschl|\
         eingebr|cifrad|gesperrt|blockiert|geblockt",
    ),
];

#[expect(
    clippy::unwrap_used,
    reason = "the patterns are constants of this crate, and every call of the crate builds them"
)]
static FINDER: LazyLock<(AhoCorasick, Vec<u16>)> = LazyLock::new(|| {
    let words = || {
        let each = |(bit, words): &(u16, &'static str)| {
            let bit = *bit;
            words
                .split('|')
                .map(move |word| (bit, word))
                .collect::<Vec<_>>()
        };
        HINTS.iter().flat_map(each)
    };
    let finder = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words().map(|(_, word)| word))
        .unwrap();
    (finder, words().map(|(bit, _)| bit).collect())
});

impl Hints {
    /// The hints of a piece of text.
    pub(crate) fn of(text: &str) -> Self {
        let (finder, bits) = &*FINDER;
        let bit = |at: usize| bits.get(at).copied().unwrap_or_default();
        let found = finder.find_overlapping_iter(text);
        Self(found.fold(0, |all, hit| all | bit(hit.pattern().as_usize())))
    }

    /// Of a log line, which has no sentences.
    pub(crate) fn none() -> Self {
        Self(0)
    }

    /// Whether a time may be told.
    pub(crate) fn time(self) -> bool {
        self.any(TIME)
    }

    /// Whether somebody's own is told of.
    pub(crate) fn owned(self) -> bool {
        self.any(OWNED)
    }

    /// Whether something is broken into, damaged or shut out.
    pub(crate) fn harm(self) -> bool {
        self.any(HARM)
    }

    fn any(self, bits: u16) -> bool {
        self.0 & bits != 0
    }
}

/// Machines that stand between the parties, and see or carry what they do.
const DEVICES: &str = r"(?:(?:recursive\s|authoritative\s|application\s|mail\s|web\s|network\s|default\s)?(?:(?:dns|name|proxy|log|mx)[\s-]?servers?|nameservers?|resolvers?|gateways?|firewalls?|waf|proxy|proxies|scanners?|probes?|sensors?|mx|routers?|monitoring(?:\s(?:host|server|system))?)|(?:serveurs?\s)?dns|r[ée]solveurs?|serveurs?\sde\snoms(?:\s[^\s.,;:]+\s[^\s.,;:]+)?|passerelles?(?:\sde\s[^\s.,;:]+)?|pare-feu(?:\sapplicatif)?|(?:serveurs?\s)?mandataires?|sondes?|routeurs?|dns-server[^\s.,;:]*|name-?server[^\s.,;:]*(?:\sder?\s[^\s.,;:]+)?|(?:servidor(?:es)?\s)?dns|servidor(?:es)?\sde\snombres|puertas?\sde\senlace|cortafuegos(?:\sde\s[^\s.,;:]+)?|esc[áa]ner(?:es)?|sondas?|router)";

/// Said behind an address: that it isn't a party.
static CLEARED: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r#"(?ix)^[\])"'»]{{0,2}},?\s{{0,2}}(?:\([^)\n]{{0,60}}\)\s?)?,?\s?(?:(?:which|that|qui|die|der|das|que|lui|elle|though|however|daneben|too|also)\s?,?\s){{0,2}}(?:
          (?:is|are|was|were|has\sbeen|have\sbeen|isn't|aren't|wasn't|weren't|hasn't\sbeen)\s(?:not|never|[^\s.,;:]+\snot|(?:[^\s.,;:]+\s)?un)?\s?(?:[^\s.,;:]+ly\s|in\sany\sway\s|one\sof\s|part\sof\s)?(?:affected|involved|concerned|fine|ok(?:ay)?|clean|ours(?-u:\b)|legitimate|harmless|benign|whitelisted|working\snormally)
        | (?:is|are|was|were)\s(?:not|never)\s(?:[^\s.,;:]+\s)?(?:attacked|compromised|infected|hit|touched|vulnerable|to\sblame|the\s(?:source|attacker|target|victim)|part(?-u:\b))
        | (?:can|may|should|must|is\sto|are\sto)\s(?:[^\s.,;:]+\s)?(?:be\s)?(?:[^\s.,;:]+\s)?(?:ignored|disregarded|excluded|skipped|whitelisted)
        | (?:is|are|est|sont|es|son|ist|sind|war|c['’]est)\s(?:only\s|just\s|merely\s|simply\s|seulement\s|uniquement\s|simplement\s|nur\s|lediglich\s|bloß\s|solo\s|sólo\s|solamente\s|únicamente\s)?(?:our|the|a|my|notre|nos|le|la|les|un|une|unser[^\s.,;:]*|mein[^\s.,;:]*|der|die|das|ein[^\s.,;:]*|nuestr[^\s.,;:]+|el|los|una)\s(?:own\s|propres?\s|eigene[^\s.,;:]*\s|propi[^\s.,;:]+\s)?{DEVICES}(?-u:\b)
        | [^.;\n]{{0,50}},\s(?:please\s|bitte\s|por\sfavor\s|merci\sde\s)?(?:l['’])?(?:ignor|disregard)
        | (?:has\s|have\s)?(?:only|just|merely|simply)\s(?:relay|forward|pass|carr|deliver|report)[^\s.,;:]*|ne\sfait\sque\s(?:relay|transm)|leitet\s(?:[^\s.,;:]+\s){{0,3}}(?:nur|lediglich|bloß)|s[óo]lo\s(?:reenv|retransm|transm)
        | n['e’]\s?(?:est|sont|a|ont|[ée]tait|[ée]taient|y\sest)\s(?:[^\s.,;:]+\s)?pas\s(?:[^\s.,;:]+\s){{0,3}}(?:concern|touch|affect|vis[ée]|impliqu|compromis|infect|atteint|en\scause|attaqu)
        | (?:va|vont)\sbien|(?:est|sont)\s(?:saine?s?|indemnes?|l[ée]gitimes?)(?-u:\b)|(?:peut|peuvent|doit|doivent)\s(?:[êe]tre\s)?(?:ignor|exclu)
        | (?:ist|sind|war|waren|wurde|wurden)\s(?:[^\s.,;:]+\s){{0,2}}(?:nicht|kein[^\s.,;:]*)\s(?:[^\s.,;:]+\s){{0,2}}(?:betroffen|beteiligt|infiziert|kompromittiert|angegriffen|ziel|teil)
        | (?:kann|k[öo]nnen|darf|d[üu]rfen|bitte)\s(?:[^\s.,;:]+\s){{0,2}}(?:ignorier|ausgenommen)|(?:l[äa]uft|ist|sind|laufen|funktioniert)\s(?:normal|sauber|in\sordnung|unauff[äa]llig|legitim|harmlos)
        | no\s(?:est[áa]n?|fue|fueron|ha\ssido|es|son|se\sha\svisto|se\sve)\s(?:[^\s.,;:]+\s)?(?:afectad|implicad|comprometid|infectad|atacad|involucrad)|(?:se\s)?pueden?\s(?:[^\s.,;:]+\s)?ignorar|funciona\s(?:bien|con\snormalidad)|(?:est[áa]|es)\s(?:limpi|leg[íi]tim)
        )"#
    ))
});
/// Said before an address: leave it out.
static SPARED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:(?-u:\b)ignor(?:e|ed|ez|er|ieren\ssie|en)|(?-u:\b)disregard|(?-u:\b)except(?:\sfor)?|(?-u:\b)apart\sfrom|(?-u:\b)whitelisted|(?-u:\b)(?:tenez|tenir)\s(?:pas\s)?compte\sd[eu']|(?-u:\b)tengan?\sen\scuenta|(?-u:\b)excepto|(?-u:\b)sauf)\s(?:[^\s.,;:]+\s){0,4}[(\[]?$",
    )
});
/// The right one beside the forged one.
static RIGHT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?-u:\b)(?:(?:genuine|legitimate|real|authentic|official)\s(?:[^\s.,;:]+\s){0,2}(?:web\s?)?(?:site|page|server|address|host|one)|(?:vrai|v[ée]ritable|officiel)[^\s.,;:]*\s(?:site|page|serveur|adresse)|(?:site|page|serveur)\s(?:officiel|authentique|l[ée]gitime|v[ée]ritable)[^\s.,;:]*|(?:echte|richtige|offizielle|legitime)[^\s.,;:]*\s(?:[^\s.,;:]+)?(?:seite|server|adresse|auftritt|site)|(?:sitio|p[áa]gina|web|servidor)\s(?:web\s)?(?:aut[ée]ntic|oficial|leg[íi]tim|verdader)[^\s.,;:]*)(?-u:\b)[^;!?\n]{0,60}$",
    )
});
/// Whoever looked.
static TESTER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?-u:\b)(?:test(?:s|ed|ing)?|getestet|audit[^\s.,;:]*|survey|messung[^\s.,;:]*|mesures|pruebas\sse\s[^\s.,;:]+|pruebas\s(?:realizadas|hechas|efectuadas))(?-u:\b)(?:\s(?:was|were|wurde[n]?|ont|a|sont|est|[ée]t[ée]|been|run|done|made|carried|out|conducted|performed|men[ée]e?s?|effectu[ée]e?s?|r[ée]alis[ée]e?s?|lanc[ée]e?s?|hicieron|realizaron|durchgef[üu]hrt)){0,4}\s(?:from|depuis|[àa]\spartir\sde|von|desde|by|par)\s(?:our\s|notre\s|unser[^\s.,;:]*\s|nuestr[^\s.,;:]+\s)?(?:[^\s.,;:]+\s){0,3}[(\[]?$",
    )
});
/// Who only passes on.
static PASSES: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?-u:\b)(?:(?:provider|isp)(?:['’]s)?|(?:mon|notre|son|leur|un)\s(?:fournisseur|h[ée]bergeur)|anbieters?|(?:mi|nuestro|su|un)\s(?:proveedor|operador))[\s,(]{1,3}(?:[^\s.,;:]+\s){0,3}[(\[]?$|(?-u:\b)traceroute(?-u:\b)[^.;\n]{0,40}$",
    )
});
static DEVICE_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    regex(&format!(
        r"(?i)(?-u:\b){DEVICES}(?:\s(?:at|on|is|are|ist|sind|est|sont|es|son|[àa])|\s?[:=(\[])?\s?(?:(?:ip|the|l')?\s?(?:address|adresse|direcci[óo]n)\s)?[(\[]?$"
    ))
});
static BLAMED_DEVICE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?-u:\b)(?:open|offene[^\s.,;:]*|infected|infizierte[^\s.,;:]*|compromised|kompromittierte[^\s.,;:]*|vulnerable|verwundbare[^\s.,;:]*|rogue|hacked)\s(?:[^\s.,;:]+\s){0,2}[^\s.,;:]+[\s:(]{1,3}(?:(?:at|on|auf|unter)\s)?[(\[]?$|(?-u:\b)(?:ouvert|abierto|infect[ée]|compromis|infectado|comprometido|vulnerable)s?\s(?:[àa]\sl'adresse\s|en\s)?[:(]?\s?$",
    )
});

/// Whether the words around an address say that it is neither party.
pub(crate) fn dismissed(lead: &str, before: Hints, tail: &str, behind: Hints) -> bool {
    behind.any(NOT | IGNORED | FINE | DEVICE) && CLEARED.is_match(tail)
        || before.any(IGNORED) && SPARED.is_match(lead)
        || before.any(GENUINE) && RIGHT.is_match(lead)
        || before.any(TESTED) && TESTER.is_match(lead)
        || before.any(CARRIER) && PASSES.is_match(lead)
}

/// Whether the address is that of a machine which only stands between: `our resolver ADDRESS`.
pub(crate) fn device(lead: &str, before: Hints) -> bool {
    before.any(DEVICE)
        && DEVICE_BEFORE.is_match(lead)
        && !(before.any(SEVERAL) && BLAMED_DEVICE.is_match(lead))
}

/// Subject, verb, object: `A scans our host B`.
static OBJECT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)^[\])\x22'»,]{0,2}\s(?:\([^)\n]{0,60}\)\s?)?(?:[^\s.,;:]+\s){0,6}?
          (?:attack(?:s|ed|ing)?|scan(?:s|ned|ning|ne|nent|n[ée]|nt|nte|ea|eando|e[óo])?|balay(?:e|ent|[ée])|sond(?:e|ent|[ée])|prob(?:es?|ed|ing)|flood(?:s|ed|ing)?|hit(?:s|ting)?|target(?:s|ed|ing)?|hammer(?:s|ed|ing)?|bombard[^\s.,;:]*|attaqu(?:e|ent|[ée]|ait)|vise(?:nt)?|cible(?:nt)?|inond(?:e|ent|[ée])|escane(?:a|an|[óo]|ando|aba|ado)|atac(?:a|an|[óo]|ando|aba|ado)|inund(?:a|an|[óo]|ando)|greif(?:t|en)|attackier(?:t|en|te)|contact(?:s|ed|ing|a|e|ent|[ée]|[óo]|ait)|kontaktiert|kontaktierte|sonde(?:a|[óo])|attackierte|balai(?:e|ent)|brute-?forc[^\s.,;:]+|sweep(?:s|ing)|swept)\s
          (?:(?:our|your|the|an?|my|both|notre|votre|nos|vos|le|la|les|unsere?[^\s.,;:]*|ihre?[^\s.,;:]*|die|den|das|de[rm]|nuestr[^\s.,;:]+|sus?|el|los|las|al?|[àa])\s)?(?:[^\s.,;:]+\s){0,2}[(\[]?$",
    )
});
/// The other way round: `A wird von unserem Kunden B angegriffen`.
static AGENT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)^[^.;\n]{0,40}(?-u:\b)(?:wird|wurde|werden|wurden)\s[^.;\n]{0,60}?(?-u:\b)(?:von|durch)\s(?:[^\s.,;:]+\s){0,5}[(\[]?$",
    )
});
/// What one does to a machine that one cares for.
static KEPT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?-u:\b)(?:gemeldet|betrieben|verwaltet|bereitgestellt|[üu]berwacht|zugewiesen|genutzt|betreut|gehostet|blockiert|gesperrt|gefiltert)(?-u:\b)",
    )
});

/// The roles of two addresses by the clause that joins them.
pub(crate) fn joined(between: &str, rest: &str) -> Option<(Role, Role)> {
    let hints = Hints::of(between);
    if hints.any(NOT) {
        return None;
    }
    if hints.any(ATTACKS) && OBJECT.is_match(between) {
        return Some((Role::Source, Role::Destination));
    }
    (hints.any(UNDERGOES) && AGENT.is_match(between) && !KEPT.is_match(rest))
        .then_some((Role::Destination, Role::Source))
}

/// `wird ADDRESS … angegriffen`.
pub(crate) fn undergoes(lead: &str, before: Hints, rest: &str) -> bool {
    static WIRD: LazyLock<Regex> = LazyLock::new(|| {
        regex(r"(?i)(?-u:\b)(?:wird|wurde|werden|wurden|war|waren)\s(?:[^\s.,;:]+\s){0,5}[(\[]?$")
    });
    static HARMED: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)^[^;!?\n]{0,120}?[\s,(](?:angegriffen|attackiert|gescann?t|abgesucht|[üu]berlastet|[üu]berflutet|bombardiert|gehackt|verschl[üu]sselt|verunstaltet|beschossen|(?:das\s)?ziel|opfer)(?-u:\b)",
        )
    });
    before.any(UNDERGOES) && WIRD.is_match(lead) && HARMED.is_match(rest)
}

/// What lies at an address: `a phishing page is at ADDRESS`, `Auf ADDRESS liegt eine gefälschte Seite`.
pub(crate) fn holds(lead: &str, before: Hints, behind: Hints) -> bool {
    static AT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?-u:\b)(?:on|at|sur|[àa]|auf|unter|en|bei)\s(?:(?:the|l['’]|la|der|dem)?\s?(?:ip|host|hôte|address|adresse|direcci[óo]n|server|serveur|servidor|rechner)[\s-]?){0,2}[(\[]?$",
        )
    });
    (before.any(BAD) || behind.any(BAD)) && AT.is_match(lead)
}

/// `ADDRESS in your network`, `ADDRESS, qui fait partie de votre réseau`.
pub(crate) fn yours(tail: &str, behind: Hints) -> bool {
    static TAIL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"(?ix)^[\])"'»,]{0,3}\s{0,2}(?:\([^)\n]{0,60}\)\s?)?,?\s?(?:(?:which|that|qui|die|der|das|que|and|et|und|y|elle|sie|est|is|ist|es)\s){0,2}(?:
              (?:in|on|within|from|of|inside|dans|de|sur|depuis|aus|en)\s(?:your|votre|vos|ihre[mnrs]?|sus?)(?-u:\b)
            | (?:(?:is|are|an?|one|est|ist|es|una?|eine?)\s){0,2}(?:[^\s.,;:]+\s)?(?:of\syours|of\syour)(?-u:\b)
            | (?:belongs?|belonging|assigned|registered|appartient|appartenant|rel[èe]ve(?:nt)?|relevant|fait\spartie|pertenec[^\s.,;:]+|geh[öo]rt)\s[^.,\n]{0,20}?(?-u:\b)(?:you[^\s.,;:]*|votre|vos|vous|ihre?[mnrs]?|ihnen|sus?|ustedes)(?-u:\b)
            | (?:de\s)?chez\svous(?-u:\b))"#,
        )
    });
    behind.any(YOURS) && TAIL.is_match(tail)
}

/// `our customer ADDRESS in your network`: the network tells more than the word of another's customer.
pub(crate) fn lies_with_you(tail: &str, behind: Hints) -> bool {
    static TAIL: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)^[\])]?\s?,?\s?(?:in|within|inside|dans|aus|en|de)\s(?:your|votre|vos|ihre[mnrs]?|sus?)\s(?:network|constituency|range|address|r[ée]seau|plage|parc|netz|bereich|adressbereich|red|rango)",
        )
    });
    behind.any(YOURS) && TAIL.is_match(tail)
}

/// Whether a clause goes on from one address to the next: no sentence ends between them.
pub(crate) fn same_sentence(between: &str) -> bool {
    between.len() <= 160
        && !between.contains(['\n', ';', '!', '?'])
        && !between
            .match_indices(". ")
            .any(|(at, _)| cut(between, at + 2, between.len()).starts_with(char::is_uppercase))
}
