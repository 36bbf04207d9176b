//! Which named hosts a report blames, and which it tells to be hit: the host of a phishing page, our shop that was flooded.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::host::url_host;
use crate::indicator::Mark;
use crate::layout::{Page, Standing};
use crate::pattern::Tiered;
use crate::role::{NOTHING, Verdict};
use crate::text::{before, window};
use crate::{Indicator, IndicatorKind, Role};

/// What the words around a name say of its host; the later outweighs the earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Said {
    /// Nothing.
    Nothing,
    /// It controls others, or is called by what is infected.
    Called,
    /// It does harm, or is written so that nobody follows it by accident.
    Bad,
    /// The reporter's own.
    Own,
    /// The real one that is imitated, or a page to read more.
    Innocent,
    /// Hit, by all that was learned.
    Hit,
    /// Did it, by all that was learned.
    Blamed,
}

/// A host that a page names, and what is said of it.
pub(crate) struct Name {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) host: String,
    pub(crate) said: Said,
    /// Whether it is a site that says something of others, and so no party.
    pub(crate) reference: bool,
}

impl Name {
    /// What the rules say, as a witness, before anything is learned of it.
    pub(crate) fn ruled(&self) -> Verdict {
        let told = |role| Verdict {
            role,
            confidence: 0.45,
        };
        match self.said {
            Said::Bad => told(Role::Source),
            Said::Own | Said::Called => told(Role::Destination),
            Said::Nothing | Said::Innocent | Said::Hit | Said::Blamed => NOTHING,
        }
    }
}

/// Names of one page that are looked at.
const MOST: usize = 256;

/// Words before a host that does harm, or before the one that a report of a harmful host is about.
static BAD: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::loose(
        r"(?ix)\b(?:phish\w*|fake[ds]?|fraudulent\w*|malicious|bogus|counterfeit|scam\w*|spoof\w*|rogue|imitat\w+|impersonat\w+|clon(?:e[ds]?|ing|ado|ada|é)|look-?alike|malware|trojan|payload|dropper|ransomware
          |host(?:s|ed|ing)\s(?:at|on|under|by)|serv(?:es|ed|ing)\s(?:from|at|by)|download(?:s|ed)?\s(?:from|at)|link(?:s|ed|ing)?\s(?:to|is|was)|redirect\w*\sto|take[- ]?(?:it\s)?down|leads?\sto|points?\sto|click\w*
          |hame[çc]onnage|frauduleu\w+|malveillant\w*|usurp\w+|imit(?:e|ant|ait)|h[ée]berg[ée]e?s?\s(?:sur|à|sous|par|chez)|renvoi\w*\s(?:vers|sur)|redirig\w+|lien
          |gef[äa]e?lscht\w*|betr[üu]e?g\w+|sch[äa]dlich\w*|schad(?:code|software)|nachgeahmt\w*|nachgebaut\w*|imitiert|gehostet|verlinkt|f[üu]hrt\s(?:auf|zu)|leitet
          |poses\sas|pretend\w*|se\sfait\spasser|gibt\ssich|ausgibt|hace\spasar|hacen\spasar
          |(?:web)?sites?|web\spages?|pages?|domains?|url|internetseite|webseite|seite|sitio|p[áa]gina|dominio|domaine
          |suplant\w*|fals[oa]s?|malicios[oa]s?|alojad[oa]s?\sen|enlace|descarga\w*|lleva\sa|estafa)\b",
    )
});

/// Words before one that infected machines call.
static CALLED: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::loose(
        r"(?ix)\b(?:c2|c&c|c\s&\sc|command[- ](?:and|&)[- ]control|beacon\w*|contact(?:s|ed|ing)|connect\w*\s(?:to|with)|connections?\s(?:to|with)|resolv\w+|quer(?:y|ies|ied|ying)|lookups?\s(?:of|for)|communicat\w+\swith|control\sserver|sinkhole
          |serveurs?\sde\scommande|contacte|communique\savec|connexions?\s(?:vers|à|avec)|r[ée]sout
          |steuer(?:ungs)?server|kommuniziert|verbindet|verbindungen?\s(?:zu|mit|nach)|kontaktiert
          |servidor(?:es)?\sde\s(?:mando|comando|control)|se\sconect\w+|conexi(?:[óo]n|ones)\s(?:a|con|hacia)|contacta)\b",
    )
});

/// Whether a possessive right before a name makes it the reporter's own: `our web shop NAME`, not `our bank is copied at NAME`.
fn own(sentence: &str) -> bool {
    const POSSESSIVES: [&str; 20] = [
        "our", "my", "notre", "nos", "mon", "ma", "unser", "unsere", "unserer", "unserem",
        "unseren", "mein", "meine", "meiner", "nuestro", "nuestra", "nuestros", "nuestras", "mi",
        "mis",
    ];
    const LINKS: [&str; 24] = [
        "is", "are", "was", "at", "on", "from", "to", "by", "under", "est", "sont", "sur", "vers",
        "ist", "sind", "auf", "unter", "zu", "está", "es", "en", "a", "por", "hacia",
    ];
    let mut words = sentence
        .rsplit(|c: char| !c.is_alphabetic() && c != '-')
        .filter(|word| !word.is_empty())
        .take(6)
        .map(str::to_lowercase);
    words
        .find(|word| POSSESSIVES.contains(&word.as_str()) || LINKS.contains(&word.as_str()))
        .is_some_and(|word| POSSESSIVES.contains(&word.as_str()))
}

/// Words right before one that is no party.
static INNOCENT: LazyLock<Tiered> = LazyLock::new(|| {
    Tiered::loose(
        r"(?ix)\b(?:genuine|legit\w*|real|official|original|authentic|actual|correct|l[ée]gitime|officiel(?:le)?|vraie?|v[ée]ritable|echte\w*|offiziell\w*|richtige\w*|legitim\w*|leg[íi]tim\w+|oficial|aut[ée]ntic\w+|verdader\w+|real
          |see|see\salso|cf\.|documentation|details?|information|info|policy|voir|siehe|v[ée]ase|ver|informationen|screenshots?|analysis|write-?up|advisory|reference|via|visit|brand)\s?(?:[\p{L}]+\s){0,3}[(:,]?\s?$",
    )
});

/// Sites that say something of others.
const REFERENCES: [&str; 14] = [
    "virustotal.com",
    "urlscan.io",
    "abuseipdb.com",
    "shodan.io",
    "nvd.nist.gov",
    "cve.org",
    "mitre.org",
    "wikipedia.org",
    "github.com",
    "microsoft.com",
    "spamhaus.org",
    "rfc-editor.org",
    "any.run",
    "first.org",
];

/// Whether a host is one of those, or below it.
fn reference(host: &str) -> bool {
    REFERENCES.iter().any(|known| {
        let lead = host.strip_suffix(known);
        lead.is_some_and(|lead| lead.is_empty() || lead.ends_with('.'))
    })
}

/// What a page says of each host that it names, in order.
pub(crate) fn told(page: &Page<'_>, marks: &[Mark]) -> Vec<Name> {
    let named = marks
        .iter()
        .filter(|mark| matches!(mark.kind, IndicatorKind::Domain | IndicatorKind::Url))
        .filter(|mark| page.standing(mark.start) < Standing::Signature);
    let name = |mark: &Mark| {
        let host = url_host(&mark.value);
        let raw = page.raw(&page.span(mark.start, mark.end));
        Name {
            start: mark.start,
            end: mark.end,
            said: said(page.text(), mark, &host, &raw),
            reference: reference(&host),
            host,
        }
    };
    let mut names: Vec<Name> = named.take(MOST).map(name).collect();
    names.sort_by_key(|name| name.start);
    names
}

fn said(text: &str, mark: &Mark, host: &str, raw: &str) -> Said {
    if reference(host) {
        return Said::Innocent;
    }
    let lead = before(text, mark.start, 96);
    let line = lead.rsplit('\n').next().unwrap_or_default();
    let sentence = line
        .rsplit(". ")
        .next()
        .unwrap_or_default()
        .trim_start_matches(['>', ' ']);
    if INNOCENT.is_match(sentence) {
        return Said::Innocent;
    }
    if own(sentence) {
        return Said::Own;
    }
    let defanged = ["[.", "hxxp", "(.)", "[dot", "(dot", "{.", "[:"]
        .iter()
        .any(|sign| raw.to_ascii_lowercase().contains(sign));
    let behind = window(text, mark.end, 64);
    let behind = behind.split(['\n', ';']).next().unwrap_or_default();
    let behind = behind.split(". ").next().unwrap_or_default();
    if CALLED.is_match(sentence) {
        return Said::Called;
    }
    if defanged || BAD.is_match(sentence) || BAD.is_match(behind) {
        return Said::Bad;
    }
    // A link on a line of its own is what the report is about.
    let alone = mark.kind == IndicatorKind::Url
        && sentence.trim().len() < 16
        && (sentence.trim().is_empty() || sentence.trim_end().ends_with(':'))
        && behind.trim().is_empty();
    if alone { Said::Bad } else { Said::Nothing }
}

/// Types whose host is the one that is blamed, and named by its address on the web.
const HOSTING: [&str; 10] = [
    "phishing",
    "malware-distribution",
    "malware-configuration",
    "c2-server",
    "masquerade",
    "spam",
    "harmful-speech",
    "violence",
    "copyright",
    "unauthorised-use-of-resources",
];

/// Gives names their role, by what is said of their hosts and by the type of the incident.
pub(crate) fn settle(indicators: &mut [Indicator], told: &[(String, Said)], kind: Option<&str>) {
    let mut hosts: HashMap<&str, Said> = HashMap::new();
    for (host, said) in told {
        let known = hosts.entry(host).or_insert(*said);
        *known = match (*known, *said) {
            // The Subject tells one thing, the text another.
            (Said::Hit, Said::Blamed) | (Said::Blamed, Said::Hit) => Said::Innocent,
            (known, said) => known.max(said),
        };
    }
    let hosting = kind.is_some_and(|kind| HOSTING.contains(&kind));
    for indicator in indicators {
        if !matches!(indicator.kind, IndicatorKind::Domain | IndicatorKind::Url) {
            continue;
        }
        let host = url_host(&indicator.value);
        indicator.role = match (hosts.get(host.as_str()), kind) {
            (Some(Said::Blamed), Some(_)) => Role::Source,
            (Some(Said::Hit), Some(_)) => Role::Destination,
            (Some(Said::Called), Some("infected-system")) => Role::Destination,
            (Some(Said::Bad | Said::Called), Some(_)) if hosting => Role::Source,
            (Some(Said::Own), Some(_)) if !hosting => Role::Destination,
            _ => Role::Unknown,
        };
    }
}
