//! Which type of incident the words speak of.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::taxonomy::{RsitType, rsit};
use crate::text::{before, cut, fold, window};
use crate::words::WORDS;

#[expect(
    clippy::unwrap_used,
    reason = "the patterns are constants of this crate, and every call of the crate builds them"
)]
static FINDER: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .kind(Some(AhoCorasickKind::DFA))
        .build(WORDS.iter().map(|word| word.0.trim_end_matches('*')))
        .unwrap()
});

/// Evidence for a type.
pub(crate) struct Evidence {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: &'static RsitType,
    pub(crate) weight: f64,
}

/// Every word of the table in the text.
pub(crate) fn find(text: &str) -> Vec<Evidence> {
    let (folded, places) = folded(text);
    let mut found = Vec::new();
    for hit in FINDER.find_iter(&folded) {
        let Some(&(word, kind, weight)) = WORDS.get(hit.pattern().as_usize()) else {
            continue;
        };
        let left = before(&folded, hit.start(), 4).chars().next_back();
        let right = window(&folded, hit.end(), 4).chars().next();
        let inside =
            |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '@'));
        if inside(left)
            || !word.ends_with('*')
                && (inside(right) || right == Some('.') && addressed(&folded, hit.end()))
        {
            continue;
        }
        let (Some(start), Some(end), Some(kind)) = (
            places.original(hit.start()),
            places.original(hit.end()),
            rsit(kind),
        ) else {
            continue;
        };
        let lead = before(&folded, hit.start(), 48);
        if denied(lead) {
            continue;
        }
        let client = kind.kind == "c2-server" && called(lead);
        let kind = rsit("infected-system").filter(|_| client).unwrap_or(kind);
        found.push(Evidence {
            start,
            end,
            kind,
            weight,
        });
    }
    found
}

/// `no sign of SPAM`, `not an ATTACK`: what the words say isn't so.
fn denied(lead: &str) -> bool {
    let words = lead.rsplit(['.', ',', ';', ':', '!', '?']).next();
    let mut words = words.unwrap_or_default().rsplit(' ').skip(1).take(4);
    let lacks = ["without", "sans", "ohne", "sin"];
    let no = [
        "no", "not", "never", "pas", "aucun", "aucune", "kein", "keine", "keinen", "keinem",
        "nicht", "ningun", "ninguna",
    ];
    words
        .clone()
        .next()
        .is_some_and(|word| lacks.contains(&word))
        || words.any(|word| no.contains(&word))
}

/// `connected to the CONTROLLER`: the words tell of its client, which is infected.
fn called(lead: &str) -> bool {
    let to = [
        "to",
        "with",
        "joined",
        "contacted",
        "contacting",
        "contacts",
        "au",
        "aux",
        "avec",
        "mit",
        "zum",
        "zu",
        "al",
        "con",
        "contactado",
        "kontaktiert",
        "contacte",
    ];
    let verbs = [
        "contacts",
        "contacting",
        "contacted",
        "contacte",
        "contactent",
        "connects",
        "connected",
        "connecting",
        "beacons",
        "beaconing",
        "verbindung",
        "verbindet",
        "verbindungen",
        "conecta",
        "conectaba",
        "conecto",
        "conexiones",
        "contacta",
        "contacto",
        "connecte",
        "connectait",
        "communique",
        "communicates",
        "joined",
        "calls",
    ];
    let clause = lead.rsplit(['.', ';', '!', '?']).next();
    let mut words = clause.unwrap_or_default().rsplit(' ').skip(1).take(7);
    let mut near = words.clone().take(3);
    near.any(|word| to.contains(&word)) || words.any(|word| verbs.contains(&word))
}

/// A dot with a letter behind it: the word is a label of a name such as `spam.example`.
fn addressed(text: &str, at: usize) -> bool {
    window(text, at + 1, 4).starts_with(char::is_alphanumeric)
}

/// Where the octets of the folded text stood.
pub(crate) struct Places(Vec<(usize, usize)>);

impl Places {
    pub(crate) fn original(&self, at: usize) -> Option<usize> {
        let index = self
            .0
            .partition_point(|(folded, _)| *folded <= at)
            .checked_sub(1)?;
        let (folded, original) = self.0.get(index)?;
        Some(original + (at - folded))
    }
}

/// Small letters without accents. A place is noted wherever the two texts drift apart.
pub(crate) fn folded(text: &str) -> (String, Places) {
    let mut out = Vec::with_capacity(text.len());
    let mut places = vec![(0, 0)];
    let plain = |b: u8| match b {
        b'\n' => b' ',
        other => other.to_ascii_lowercase(),
    };
    let mut at = 0;
    while let Some(rest) = text.as_bytes().get(at..).filter(|rest| !rest.is_empty()) {
        let ascii = rest.iter().position(|b| *b >= 0x80).unwrap_or(rest.len());
        out.extend(rest.iter().take(ascii).map(|b| plain(*b)));
        at += ascii;
        let Some(c) = cut(text, at, text.len()).chars().next() else {
            break;
        };
        at += c.len_utf8();
        let mut buffer = [0; 4];
        match c {
            '’' => out.push(b'\''),
            _ => out.extend(fold(c.encode_utf8(&mut buffer)).bytes()),
        }
        places.push((out.len(), at));
    }
    (String::from_utf8(out).unwrap_or_default(), Places(places))
}

/// The type that a machine's or a form's word names: the taxonomy's own, a neighbour taxonomy's, or a word of the table.
pub(crate) fn named(word: &str) -> Option<&'static RsitType> {
    let plain = fold(word.trim()).replace([' ', '_'], "-");
    let compact: String = plain
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect();
    if let Some(kind) = rsit(&plain) {
        return Some(kind);
    }
    let kind = match compact.as_str() {
        "loginattack" | "bruteforce" | "login" | "auth" | "ssh" => "brute-force",
        "portscan"
        | "scan"
        | "reconnaissance"
        | "vulnerabilityscan"
        | "webcrawler"
        | "informationgathering" => "scanner",
        "sqlinjection" | "exploitattempt" => "ids-alert",
        "ddos" | "ddosamplification" => "ddos",
        "dos" => "dos",
        "infectedhost" | "infected" | "botnet" | "botnetdrone" | "bot" | "drone" | "virus"
        | "worm" | "trojan" | "spyware" | "dialer" => "infected-system",
        "cc" | "c2" | "candc" | "c2server" => "c2-server",
        "malware" | "malwareattack" | "malwaredistribution" => "malware-distribution",
        "ransomware" | "defacement" | "compromisedwebsite" => {
            "unauthorised-information-modification"
        }
        "compromisedserver" | "remotecompromise" | "compromised" | "backdoor" | "webshell"
        | "rootkit" | "unauthorizedlogin" => "system-compromise",
        "potentiallycompromisedaccount" | "accountcompromise" => "unprivileged-account-compromise",
        "brandinfringement" | "trademark" | "suspiciousregistration" => "masquerade",
        "csam" | "csem" | "childabuse" => "violence",
        "harassment" => "harmful-speech",
        "exposeddata" | "leak" => "data-leak",
        "unauthorizeduseofresources" => "unauthorised-use-of-resources",
        "cyberlocker" | "linksite" | "p2p" | "ugcplatform" | "usenet" | "copyrightinfringement" => {
            "copyright"
        }
        "spam" | "bulkmessaging" | "abuse" => "spam",
        "vulnerableservice" | "vulnerableclient" | "cve" | "vulnerability" => "vulnerable-system",
        "openservice" => "potentially-unwanted-accessible",
        "openresolver" => "ddos-amplifier",
        "scraping" | "blocklist" | "blacklist" | "threatintelligence" | "dropzone" | "proxy"
        | "tor" | "dgadomain" => "other",
        "unknown" => "undetermined",
        _ => {
            return find(word)
                .into_iter()
                .max_by(|a, b| a.weight.total_cmp(&b.weight))
                .map(|best| best.kind);
        }
    };
    rsit(kind)
}
