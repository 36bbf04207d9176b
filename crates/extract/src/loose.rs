//! Ports that are told apart from their address: `our SSH server …; only port 22 is affected`.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::{Captures, Regex};

use crate::Endpoint;
use crate::address::Address;
use crate::layout::{Page, Standing};
use crate::taxonomy::RsitType;
use crate::text::{cut, regex};

/// A port that stands beside no address.
#[derive(Clone, Debug)]
pub(crate) struct Loose {
    /// Where it stands in the text.
    pub(crate) start: usize,
    pub(crate) port: u16,
    pub(crate) protocol: Option<String>,
    /// Told to be the one that somebody came from.
    pub(crate) source: bool,
}

static PORT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?xi)
          (?:(?P<s1>source|src|client|origin|quell|local)[\s-]?)?(?:(?-u:\b)(?P<t1>tcp|udp)[\s/-])?(?:ports?|puertos?)\s
            (?:(?P<s2>source|src|d['’]origine|de\sorigen)\s)?(?:(?:n°|number|num[ée]ro|nummer|(?P<t2>tcp|udp)|[a-z]{3,10})[\s/]?)??[(:\#]?\s?
            (?P<list>\d{1,5}(?:(?:,\s?|\s(?:and|et|und|y|or|ou|oder|o)\s)\d{1,5}){0,7})(?:\s?[/(]\s?(?P<t3>tcp|udp))?
        | (?P<p1>\d{1,5})\s?/\s?(?P<t4>tcp|udp)(?-u:\b)
        | (?-u:\b)(?P<t5>tcp|udp)[/:\s]\s?(?P<p2>\d{1,5})
        | (?-u:\b)(?:ssh|telnet|rdp|smtp|imaps?|pop3s?|sips?|https|ldaps?|cldap|smb|cifs|vnc|mysql|mssql|redis|mongodb|elasticsearch|memcached|dns|ntp|snmp|ftp|tftp|ssdp|ipmi|docker|winrm|netbios)[\s-]?(?:[^\s.,;:(]{1,12}\s)?\((?P<p3>\d{1,5})\)
        ",
    )
});

/// What goes on behind a number so that it is no port, or one of a range.
static LONGER: LazyLock<Regex> = LazyLock::new(|| {
    regex(r"(?i)^(?:[.:,]?\d|\s?(?:-|–|to|bis|à|a|through|hasta|jusqu)\s?['’à]?\s?\d|\s?%)")
});

/// A cheap look: what each writing of [`PORT`] holds.
#[expect(
    clippy::unwrap_used,
    reason = "the patterns are constants of this crate, and every call of the crate builds them"
)]
static HINT: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let opened = ["(1", "(2", "(3", "(4", "(5", "(6", "(7", "(8", "(9"];
    let words = ["port ", "ports ", "puerto", "tcp", "udp"];
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(AhoCorasickKind::DFA))
        .build(words.into_iter().chain(opened))
        .unwrap()
});

/// Ports of prose lines that stand beside no address.
pub(crate) fn told(
    page: &Page<'_>,
    addresses: &[Address],
    prose: &[bool],
) -> Vec<(Standing, Loose)> {
    let beside = |one: &Loose| {
        let at = addresses.partition_point(|address| address.start <= one.start);
        let before = at.checked_sub(1).and_then(|at| addresses.get(at));
        before.is_some_and(|address| address.full > one.start)
    };
    let lines = page.lines.iter().zip(prose).filter(|(_, prose)| **prose);
    let lines = lines.map(|(line, _)| line);
    lines
        .filter(|line| line.standing < Standing::Signature)
        .flat_map(|line| {
            find(page.line(line), line.start)
                .into_iter()
                .map(|one| (line.standing, one))
        })
        .filter(|(_, one)| !beside(one))
        .collect()
}

/// The ports of a piece of the text that begins at `base`.
fn find(text: &str, base: usize) -> Vec<Loose> {
    if !HINT.is_match(text) {
        return Vec::new();
    }
    PORT.captures_iter(text)
        .flat_map(|found| ports(text, base, &found))
        .collect()
}

fn ports(text: &str, base: usize, found: &Captures<'_>) -> Vec<Loose> {
    let named = |names: &[&str]| names.iter().find_map(|name| found.name(name));
    let Some(list) = named(&["list", "p1", "p2", "p3"]) else {
        return Vec::new();
    };
    let ahead = cut(text, list.start().saturating_sub(1), list.start());
    if LONGER.is_match(cut(text, list.end(), text.len())) || ahead == "." {
        return Vec::new();
    }
    let protocol = named(&["t1", "t2", "t3", "t4", "t5"]);
    let protocol = protocol.map(|protocol| protocol.as_str().to_lowercase());
    let source = named(&["s1", "s2"]).is_some();
    let numbers = list.as_str().split(|c: char| !c.is_ascii_digit());
    let known = numbers.filter_map(|number| number.parse().ok().filter(|port| *port > 0));
    known
        .map(|port| Loose {
            start: base + list.start(),
            port,
            protocol: protocol.clone(),
            source,
        })
        .collect()
}

/// Whether the port of such a report is one of whom it blames: what is open there, or served.
fn served(kind: &RsitType) -> bool {
    let kinds = ["c2-server", "phishing", "malware-distribution"];
    kind.classification == "vulnerable" || kinds.contains(&kind.kind)
}

/// Gives ports that stand alone to the hosts that are told without any.
pub(crate) fn settle(
    loose: &[(Standing, Loose)],
    kind: Option<&RsitType>,
    sources: &mut Vec<Endpoint>,
    destinations: &mut Vec<Endpoint>,
) {
    let told = |port: u16| {
        let mut all = sources.iter().chain(destinations.iter());
        all.any(|one| one.port == Some(port))
    };
    let fresh = loose.iter().map(|one| &one.1);
    let mut fresh: Vec<&Loose> = fresh.filter(|one| !told(one.port)).collect();
    fresh.sort_by_key(|one| (one.source, one.port));
    fresh.dedup_by_key(|one| (one.source, one.port));
    let (from, to): (Vec<&Loose>, Vec<&Loose>) = fresh.into_iter().partition(|one| one.source);
    bind(&from, sources);
    match kind.is_some_and(served) && !sources.is_empty() {
        true => bind(&to, sources),
        false => bind(&to, destinations),
    }
}

/// One port for all hosts, or several for the only one.
fn bind(ports: &[&Loose], hosts: &mut Vec<Endpoint>) {
    let bare = hosts
        .iter()
        .all(|one| one.port.is_none() && one.ip.is_some());
    let fits = match ports {
        [] => false,
        [_] => hosts.len() <= 8,
        _ => hosts.len() == 1 && ports.len() <= 8,
    };
    if !bare || !fits {
        return;
    }
    let given = |host: &Endpoint| {
        let one = |port: &&Loose| Endpoint {
            port: Some(port.port),
            protocol: host.protocol.clone().or_else(|| port.protocol.clone()),
            ..host.clone()
        };
        ports.iter().map(one).collect::<Vec<_>>()
    };
    *hosts = hosts.iter().flat_map(given).collect();
}

/// Whom only a word of ownership makes the one that was hit, is to blame where the report is of the host's own state.
pub(crate) fn own_state(
    kind: Option<&RsitType>,
    sources: &mut Vec<Endpoint>,
    destinations: &mut Vec<Endpoint>,
) {
    let kinds = [
        "infected-system",
        "c2-server",
        "unauthorised-use-of-resources",
    ];
    let state = |kind: &RsitType| kind.classification == "vulnerable" || kinds.contains(&kind.kind);
    if sources.is_empty()
        && kind.is_some_and(state)
        && destinations.iter().all(|one| one.confidence <= 0.75)
    {
        sources.append(destinations);
    }
}

/// Ports that were told without an address go to the one target that has none.
pub(crate) fn with_ports(told: Vec<Endpoint>) -> Vec<Endpoint> {
    let (hosts, ports): (Vec<Endpoint>, Vec<Endpoint>) =
        told.into_iter().partition(|one| one.ip.is_some());
    match hosts.as_slice() {
        [] => ports,
        [host] if host.port.is_none() && !ports.is_empty() => ports
            .into_iter()
            .map(|one| Endpoint {
                port: one.port,
                protocol: host.protocol.clone().or(one.protocol),
                ..host.clone()
            })
            .collect(),
        _ => hosts,
    }
}
