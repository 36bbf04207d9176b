//! Which addresses and names are of one host, stand in one list, or in sentences that say the same, and so share an answer.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::Site;
use crate::role;
use crate::text::{before, cut, regex, window};

/// Octets between a host that is named and the sentence that tells its address.
const NEAR: usize = 400;

/// Octets of a row of a list.
const ROW: usize = 160;

/// Octets of a sentence on each side of its address, and the least words of it.
const SENTENCE: usize = 200;
const LEAST: usize = 4;

/// Words right before the address of a host that was named: `The forum sits on`, `(serveur`, `Der Server antwortet unter`.
static LOCATED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)(?:\b(?:server|serveur|servidor|host|h[ôo]te|machine|m[áa]quina|rechner|maschine|(?:server|ip-?)?adresse|address|direcci[óo]n|ip)
            (?:\s(?:is|was|est|[ée]tait|ist|war|es|era|has|porte|hat|lautet|tiene|bears))?(?:\s(?:the|le|la|die|el))?\s?[:=]?\s?(?:(?:ip\s)?(?:address|adresse|direcci[óo]n)(?:\sip)?\s)?
          |\b(?:hosted|located|sits|sat|lives|runs|running|resolves|resolving|served|answers|responds|reachable|stands|parked|points
            |h[ée]berg[ée]+s?|situ[ée]+s?|se\strouve|tourne|r[ée]pond|pointe|r[ée]sout|servie?|joignable
            |liegt|l[äa]uft|gehostet|erreichbar|steht|zeigt|antwortet
            |alojad[oa]|ubicad[oa]|reside|responde|apunta|resuelve|est[áa])
            \s(?:currently\s|actuellement\s|aktuell\s|actualmente\s)?(?:at|on|to|under|by|sur|[àa]|chez|vers|par|en|auf|unter|bei|por|dans|hacia)
            \s(?:(?:the|a|la|le|l['’]|une?|der|dem|die|el|una?)\s?)?(?:(?:server|serveur|servidor|machine|m[áa]quina|host|h[ôo]te|rechner|ip|address|adresse|direcci[óo]n)\s(?:ip\s)?)?
          |,\s(?:at|on|sur|auf|en)\s)$",
    )
});

/// Words of the same sentence that make it another machine.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)\b(?:our|my|notre|nos|mon|unser\w*|mein\w*|nuestr\w+|mi|another|other|autre|ander\w+|otr[oa]s?|victim\w*|victime\w*|opfer\w*|v[íi]ctimas?
          |resol\w+|prox\w+|monitor\w*|scanner|gateway|passerelle|firewall|router|routeur|relay|relais|sinkhole|sensor|vpn|visit\w+|from|depuis|von|desde)\b",
    )
});

/// The number of each address's group.
pub(super) fn groups(text: &str, sites: &[Site<'_>]) -> Vec<usize> {
    let mut groups: Vec<usize> = Vec::new();
    let mut of_value: BTreeMap<&str, usize> = BTreeMap::new();
    let mut of_sentence: BTreeMap<String, usize> = BTreeMap::new();
    for (at, site) in sites.iter().enumerate() {
        let last = at.checked_sub(1).and_then(|at| sites.get(at));
        let joined = last.is_some_and(|last| last.open && site.open && joined(text, last, site));
        let group = of_value.get(site.value).copied();
        let group = group.or(groups.last().copied().filter(|_| joined));
        let sentence = sentence(text, sites, at);
        let alike = sentence.as_ref().and_then(|words| of_sentence.get(words));
        let group = group.or(alike.copied()).unwrap_or(at);
        of_value.insert(site.value, group);
        if let Some(words) = sentence {
            of_sentence.insert(words, group);
        }
        groups.push(group);
    }
    groups
}

/// The words of a sentence around the only address in it, without its numbers: others that say just that say it of theirs too.
fn sentence(text: &str, sites: &[Site<'_>], at: usize) -> Option<String> {
    let site = sites.get(at).filter(|site| site.open)?;
    let lead = before(text, site.start, SENTENCE);
    let tail = window(text, site.full, SENTENCE);
    let left = ends(lead)
        .last()
        .map_or(lead, |at| cut(lead, at + 1, lead.len()));
    let right = ends(tail).next().map_or(tail, |at| cut(tail, 0, at));
    let last = at.checked_sub(1).and_then(|at| sites.get(at));
    let next = sites.get(at + 1);
    let alone = last.is_none_or(|last| last.full <= site.start - left.len())
        && next.is_none_or(|next| next.start >= site.full + right.len());
    let long = left.len() == lead.len() && lead.len() + 4 > SENTENCE || right.len() + 4 > SENTENCE;
    let words = left.split_whitespace().count() + right.split_whitespace().count();
    let plain = || {
        left.chars()
            .chain(['\0'])
            .chain(right.chars())
            .filter(|c| !c.is_ascii_digit())
            .collect::<String>()
    };
    (alone && !long && words >= LEAST).then(|| plain().trim().to_owned())
}

/// Where sentences end: marks before a space or at the end, and blank lines. Each is one octet.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    let following = text.chars().skip(1).map(Some).chain([None]);
    let each = text.char_indices().zip(following);
    each.filter(|((_, c), next)| match c {
        '.' | '!' | '?' => next.is_none_or(char::is_whitespace),
        c => *c == '\n' && *next == Some('\n'),
    })
    .map(|((at, _), _)| at)
}

/// Whether an address shares the answer of the one before it.
fn joined(text: &str, last: &Site<'_>, site: &Site<'_>) -> bool {
    let between = cut(text, last.full, site.start);
    // What closes a bracket was an aside: `our server (192.0.2.1), 203.0.113.9 first and then …`.
    let aside = between.starts_with(')') && !between.contains('(');
    !aside && role::listed(between)
        || last.named != site.named && apposed(between)
        || last.named && !site.named && located(between)
        || rows(text, last, site)
}

/// Whether a name and an address are of one host: `mail.example (192.0.2.1)`.
fn apposed(between: &str) -> bool {
    const JOINTS: [&str; 12] = [
        "(", "[", "/", "(ip", "(ip:", ", ip", "(ipv4", "=", "(=", "- ip", "alias", "aka",
    ];
    let between = between.trim_matches([' ', '`', '"', '\'']);
    between.len() <= 6
        && JOINTS
            .iter()
            .any(|joint| between.eq_ignore_ascii_case(joint))
}

/// Whether the words behind a name tell the address of its host.
fn located(between: &str) -> bool {
    if between.len() > NEAR {
        return false;
    }
    let between = between.replace('\n', " ");
    let sentence = between.rsplit(". ").next().unwrap_or_default();
    LOCATED.is_match(sentence) && !OTHER.is_match(sentence)
}

/// Whether both begin rows of one list that go on alike but for the numbers in them.
fn rows(text: &str, last: &Site<'_>, site: &Site<'_>) -> bool {
    let between = cut(text, last.full, site.start);
    if between.len() > ROW || between.matches('\n').count() != 1 {
        return false;
    }
    let begins = |site: &Site<'_>| {
        let lead = before(text, site.start, 16);
        let lead = lead.rsplit('\n').next().unwrap_or_default();
        !lead.contains(char::is_alphabetic)
    };
    let rest = |from: usize| {
        let line = window(text, from, ROW)
            .split('\n')
            .next()
            .unwrap_or_default();
        let letters = line.chars().filter(|c| !c.is_ascii_digit());
        letters.collect::<String>()
    };
    begins(last) && begins(site) && rest(last.full).trim_end() == rest(site.full).trim_end()
}
