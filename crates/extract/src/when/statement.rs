//! Sentences and labels that give the zone of every time in a text.

use std::sync::LazyLock;

use crate::pattern::{Pattern, Tiered};
use crate::text::{cut, window};
use crate::when::zone::{Zone, beside};

/// A sentence or label that gives the zone of every time in the text. The zone stands behind it.
static STATEMENT: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::new(
        r"(?ix)(?:
            \b(?:all\s|the\s|our\s|log\s)?(?:times?(?:\s?stamps?)?|dates?|hours|log(?:s|\slines|\sentries|\sexcerpts?)?|dates?\sand\stimes?)\b(?:\s(?:in\s(?:the|this|our|these)\s[a-z]{3,12}|of\s(?:the|this|our|these)\s[a-z]{3,12}|below|above|shown|listed|given|mentioned|provided)){0,2}\s?(?:zone)?\s?(?:(?:are|is)\s)?(?:all\s)?(?:given\s|expressed\s|shown\s|reported\s|stated\s|displayed\s|recorded\s|listed\s)?(?:in\s|as\s|use\s|using\s|:\s?|=\s?)?(?:the\s)?
          | \b(?:time\s?zone|tz|zona\shoraria|huso\shorario|fuseau(?:\shoraire)?|zeitzone)\b\s?(?:(?:of|de|des|der)\s[a-zé\s]{1,30}?)?\s?(?:used\s)?(?:is|est|ist|es)?\s?[:=]?\s?
          | \b(?:toutes\s)?(?:les\s)?(?:heures|horaires|dates|horodatages|journaux|logs)(?:\set\sheures)?\b\s?(?:(?:ci-dessous|indiqu[ée]e?s|mentionn[ée]e?s|donn[ée]e?s|fournie?s|affich[ée]e?s)\s)?(?:(?:sont|est)\s)?(?:toutes\s)?(?:(?:exprim|indiqu|donn|affich)[ée]e?s\s)?(?:en\s|au\s|à\sl'|:\s?)
          | \b(?:alle\s)?(?:zeiten|zeitangaben|zeitstempel|uhrzeiten|angaben)\b\s?(?:(?:sind|erfolgen|verstehen\ssich|beziehen\ssich)\s)?(?:alle\s)?(?:in\s|auf\s|=\s?|:\s?)?
          | \b(?:todas\s)?(?:las\s)?(?:horas|fechas|marcas\sde\stiempo)\b\s?(?:(?:indicadas|mencionadas|siguientes)\s)?(?:(?:est[áa]n|son|se\s(?:indican|expresan|dan))\s)?(?:expresadas\s|indicadas\s)?(?:en\s|:\s?)
          | \b(?:times?|timestamps?|dates?|heures?|zeit|datum|hora|fecha|horodatage|timeline|chronologi[a-zé]*|zeitleiste|cronolog[íi]a|log(?:s|file|datei|buch)?|journal|auszug|excerpt|extrait|extracto)\s?[(\[]
          | ^\s?[(\[]?(?:in\s|en\s)?
          | \b(?:servers?|systems?|hosts?|sensors?|machines?|devices?|firewalls?|routers?|appliances?|siem|(?:system|server|local)\stime|clocks?)(?:'s)?\s(?:(?:local\s|system\s)?clocks?\s)?(?:runs?|running|is|are|set|logs?|keeps?|uses?)\s(?:all\s)?(?:set\s|running\s|kept\s|synce?d\s|configured\s)?(?:on\s|in\s|to\s|at\s|with\s)?(?:the\s)?
          | \b(?:serveurs?|syst[èe]mes?|machines?|horloges?|sondes?|pare-feux?|[ée]quipements?)\b\s(?:(?:est|sont|tourne(?:nt)?|fonctionne(?:nt)?|r[ée]gl[ée]e?s?|configur[ée]e?s?)\s){1,2}(?:en\s|sur\s|au\s|à\sl['’])?
          | \b(?:server|systeme?|rechner|sensor|firewall|uhr(?:en)?|systemzeit|serverzeit|logs?)\b\s(?:(?:l(?:ä|ae)uft|laufen|steht|stehen|ist|sind|geht|gehen)\s)(?:auf\s|in\s|nach\s)?
          | \b(?:servidor(?:es)?|sistemas?|equipos?|reloj(?:es)?|sensor(?:es)?)\b\s(?:(?:est[áa]n?|va|van|funcionan?|usan?|configurad[oa]s?)\s){1,2}(?:en\s|a\s|con\s)?
          | [(\[](?:\p{L}+\s){0,3}(?:hora|times?|heures?|zeit|zeiten|zone|clocks?|reloj|uhr)\s?(?:in\s|en\s|is\s|=\s?|:\s?)?
        )$",
    )
});

/// Every place that may be a zone's name; the words before it decide.
static ANY: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?x)\b(?:(?:UTC|GMT|utc|gmt)(?:\s?[+\-−]\d{1,2}(?::?\d{2})?)?|CEST|CET|MEZ|MESZ|EEST|EET|WEST|WET|EST|EDT|PST|PDT|CDT|MSK|JST|BST|IST|CST
          |(?:Europe|America|Asia|Africa|Australia|Pacific)/[A-Za-z_]{3,20}
          |(?i:heure\s(?:de\s|d')[a-zé]+|temps\suniversel|universal\stime|hora\sde\s[a-z]+|(?:paris|berlin|london|madrid|eastern|pacific)\stime|heure\slocale\s(?:de\s|d['’]|à\s)\p{L}+
             |deutsche[rn]?\s(?:sommer|winter|normal)?zeit|hora\slocal\sde\s\p{L}+|local\stime\s(?:in|of|at)\s\p{L}+))|(?:^|[\s(:=])[+\-]\d{2}:?\d{2}\b",
    )
});

/// Whether a sentence speaks of all its times, or of the clocks behind them, and says nothing against the zone.
fn told(line: &str) -> bool {
    static NOUN: LazyLock<Tiered> = LazyLock::new(|| {
        Tiered::loose(
            r"(?i)\b(?:times|time\s?stamps|clocks?|we\slog|logs?\s(?:run|are|is|use)|(?:les|nos|ces)\sheures|horaires|horodatages?|horloges?|journaux|zeiten|zeitangaben|uhrzeiten|zeitstempel|(?:die|unsere)\suhr|uhren|angaben|(?:las|nuestras|estas)\shoras|relojes|reloj|horarios?|marcas\sde\stiempo)\b|\b(?:horas|heures)\s?:|\blogged\s(?:in|as)\s(?:the\s)?$",
        )
    });
    static AGAINST: LazyLock<Tiered> = LazyLock::new(|| {
        Tiered::loose(
            r"(?i)\b(?:(?:is|are|was|were|run|runs)\s?n[o'’]t|not\s(?:in|on|to|set)|differs?|deviates?|behind|ahead|off|nicht\s(?:in|nach|auf|auf\sdie)|weich(?:t|en)|pas\s(?:en|à)|diff[èe]rent|no\s(?:est[áa]n?|son|es)|difieren|(?:dans|pendant|durant|en|durante|por)\s(?:les|las)\s(?:heures|horas))\b",
        )
    });
    line.len() <= 120 && NOUN.is_match(line) && !AGAINST.is_match(line)
}

/// Whether an hour or a count in words stands before the zone: `um drei Uhr MESZ`, `à trois heures (CET)`. It is that hour's zone.
fn hour(line: &str) -> bool {
    static HOUR: LazyLock<Tiered> = LazyLock::new(|| {
        Tiered::loose(
            r"(?i)\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|several|many|multiple|few|hundred|thousand|eins?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|mitternacht|une|deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|douze|quelques|plusieurs|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|varias|algunas)\s(?:uhr|heures?|horas?|hours?|o['’]clock|times)\b",
        )
    });
    HOUR.is_match(line)
}

/// `UTC throughout.`
fn throughout(behind: &str) -> bool {
    let words = [
        " throughout",
        " everywhere",
        " only",
        " durchgehend",
        " partout",
        " siempre",
        " times",
    ];
    words.iter().any(|word| behind.starts_with(word))
}

/// Whether the zone ends the heading of what stands below it: `Capture on our side, UTC:`, `NetFlow of that hour (CET):`.
fn covers(line: &str, behind: &str) -> bool {
    let tail = behind.trim_start_matches([')', ']', '*']);
    let below = tail
        .strip_prefix(':')
        .map(|rest| rest.trim_start_matches([' ', '\r']));
    line.trim_end_matches([' ', '(', '['])
        .contains(char::is_alphabetic)
        && below.is_some_and(|below| below.starts_with('\n'))
}

/// Whether an abbreviation that ends with a dot leads to the zone: `i.e. UTC`, `d.h. UTC`.
fn lead_in(text: &str, start: usize) -> bool {
    let lead = crate::text::before(text, start, 90);
    let Some(lead) = ["i.e. ", "d.h. ", "d. h. ", "c.-à-d. "]
        .iter()
        .find_map(|word| lead.strip_suffix(word))
    else {
        return false;
    };
    told(
        lead.rsplit(['\n', '.', ';', '!'])
            .next()
            .unwrap_or_default(),
    )
}

/// The zones that a text states for its times, each with its place; one alone when all agree.
pub(crate) fn statements(text: &str, places: &[usize]) -> Vec<(usize, Zone)> {
    let mut stated: Vec<(usize, Zone)> = Vec::new();
    let mut floor = 0;
    for at in places.iter().copied() {
        let Some(end) = (at >= floor).then(|| ANY.end(text, at, 128)).flatten() else {
            continue;
        };
        floor = end;
        let found = cut(text, at, end);
        let lead = found.len()
            - found
                .trim_start_matches([' ', '(', ':', '=', '\n', '\t'])
                .len();
        let start = at + lead;
        let line = crate::text::before(text, start, 90);
        let line = line
            .rsplit(['\n', '.', ';', '!'])
            .next()
            .unwrap_or_default();
        let own_line = line.trim().len() < 4;
        let bare = own_line
            && !window(text, end, 24)
                .trim_start_matches([')', ']', '.'])
                .starts_with(['\n', '\r']);
        let led = line.trim().is_empty() && lead_in(text, start);
        let line = if led { "times " } else { line };
        let behind = window(text, end, 16);
        if line.contains(|c: char| c.is_ascii_digit())
            || hour(line)
            || bare && !throughout(behind) && !led
            || !(STATEMENT.is_match(line)
                || told(line)
                || covers(line, behind)
                || own_line && throughout(behind))
        {
            continue;
        }
        match beside(window(text, start, 64)) {
            Some((zone, _)) if zone != Zone::Local => stated.push((start, zone)),
            Some(_) | None => {}
        }
    }
    if stated
        .windows(2)
        .all(|pair| matches!(pair, [(_, one), (_, two)] if one == two))
    {
        stated.truncate(1);
    }
    stated
}
