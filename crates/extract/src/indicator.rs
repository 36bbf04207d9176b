//! Names and numbers worth looking for elsewhere: URLs, domains, mail addresses, Bitcoin addresses, hashes, CVE ids, AS numbers.

use std::sync::LazyLock;

use crate::IndicatorKind;
use crate::domain::{ascii_name, domain, reserved};
use crate::pattern::{Groups, Pattern};
use crate::scan::Places;
use crate::seek::{hashes, mails, names, urls};
use crate::text::{before, cut, fold, window};
use crate::wallet;

/// An indicator in the clean text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) kind: IndicatorKind,
    pub(crate) value: String,
}

impl Mark {
    fn new((start, end): (usize, usize), kind: IndicatorKind, value: String) -> Self {
        Self {
            start,
            end,
            kind,
            value,
        }
    }
}

static CVE: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(r"(?i)\bCVE[-_ ‐-―]{1,3}(?P<year>(?:19|20)\d\d)[-_ ‐-―](?P<number>\d{4,7})\b")
});
static ASN: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"\b(?:ASN?|asn)(?:\s(?i:number|no\.?|nr\.?|nummer|num[ée]ro|n[úu]mero))?[\s:#]{0,2}(?P<number>\d{1,10})\b",
    )
});

/// Everything of these kinds in a text, URLs first, then in the order of the kinds.
pub(crate) fn find(text: &str, places: &Places) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut taken: Vec<(usize, usize)> = Vec::new();
    urls(text, |start, end| {
        let end = start + trimmed(cut(text, start, end)).len();
        url(text, start, end, &mut marks);
        taken.push((start, end));
    });
    let urls = taken.clone();
    mails(text, |start, end| {
        if !covered(&urls, start) {
            mail(start, cut(text, start, end), &mut marks);
        }
        taken.push((start, end));
    });
    taken.sort_unstable();
    names(text, |start, end| {
        if !covered(&taken, start)
            && stands_alone(text, start, end)
            && let Some(value) = domain(cut(text, start, end), false)
        {
            marks.push(Mark::new((start, end), IndicatorKind::Domain, value));
        }
    });
    wallet::find(text, |start, end, value| {
        marks.push(Mark::new((start, end), IndicatorKind::Bitcoin, value));
    });
    hashes(text, |start, end| {
        if !numbers_else(before(text, start, 48)) && window(text, end, 1) != "@" {
            marks.extend(hash(start, cut(text, start, end)));
        }
    });
    numbered(text, &places.cves, &CVE, 32, &mut marks, |found| {
        let value = format!("CVE-{}-{}", found.name("year")?, found.name("number")?);
        Some((IndicatorKind::Cve, value))
    });
    numbered(text, &places.systems, &ASN, 24, &mut marks, |found| {
        let number: u32 = found.name("number")?.parse().ok()?;
        // Machines and ways to exchange papers have such names, too.
        let (start, end) = found.whole();
        let glued =
            end - start <= 5 && !cut(found.text(), start, end).contains([' ', ':', '#', 'N', 'n']);
        let known = glued && matches!(number, 1..=4 | 400);
        (number > 0 && !known).then(|| (IndicatorKind::Asn, format!("AS{number}")))
    });
    marks
}

/// The places where an id begins, with the kind and the value that `read` makes of them.
fn numbered(
    text: &str,
    places: &[usize],
    pattern: &Pattern,
    length: usize,
    marks: &mut Vec<Mark>,
    read: impl Fn(&Groups<'_>) -> Option<(IndicatorKind, String)>,
) {
    let mut floor = 0;
    for at in places.iter().copied() {
        if at < floor {
            continue;
        }
        let Some(found) = pattern.groups(text, at, length) else {
            continue;
        };
        let (start, end) = found.whole();
        floor = end;
        marks.extend(read(&found).map(|(kind, value)| Mark {
            start,
            end,
            kind,
            value,
        }));
    }
}

/// Whether an octet lies in one of the sorted places.
fn covered(taken: &[(usize, usize)], at: usize) -> bool {
    let after = taken.partition_point(|(start, _)| *start <= at);
    after
        .checked_sub(1)
        .and_then(|index| taken.get(index))
        .is_some_and(|(_, end)| at < *end)
}

/// Without the marks of the sentence around it; a closing bracket stays when it was opened inside.
fn trimmed(url: &str) -> &str {
    let count = |mark: char| url.matches(mark).count();
    let mut round = count(')').saturating_sub(count('('));
    let mut square = count(']').saturating_sub(count('['));
    let mut end = url.len();
    for (at, c) in url.char_indices().rev() {
        match c {
            ')' if round > 0 => round -= 1,
            ']' if square > 0 => square -= 1,
            '.' | ',' | ';' | ':' | '!' | '?' | '*' | '_' | '…' => {}
            _ => break,
        }
        end = at;
    }
    cut(url, 0, end)
}

fn url(text: &str, start: usize, end: usize, marks: &mut Vec<Mark>) {
    let written = cut(text, start, end);
    let Some((scheme, rest)) = written.split_once("://") else {
        return;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host_port = authority.rsplit('@').next().unwrap_or_default();
    let host = if host_port.starts_with('[') {
        host_port
    } else {
        host_port.split(':').next().unwrap_or_default()
    };
    let path = cut(rest, authority.len(), rest.len());
    // A name of the writer's own network has no dot; without a path it is more often an unfinished one.
    let inner = path.len() > 1
        && host.starts_with(|c: char| c.is_ascii_alphabetic())
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if host.len() < 2 || !host.contains(['.', ':']) && host != "localhost" && !inner {
        return;
    }
    let user = cut(authority, 0, authority.len() - host_port.len());
    let port = cut(host_port, host.len(), host_port.len());
    let value = format!(
        "{}://{user}{}{port}{path}",
        scheme.to_lowercase(),
        ascii_name(host)
    );
    marks.push(Mark::new((start, end), IndicatorKind::Url, value));
    let host_start = start + scheme.len() + 3 + (authority.len() - host_port.len());
    if let Some(value) = domain(host, true) {
        marks.push(Mark {
            start: host_start,
            end: host_start + host.len(),
            kind: IndicatorKind::Domain,
            value,
        });
    }
}

fn mail(start: usize, written: &str, marks: &mut Vec<Mark>) {
    let lead = written.len()
        - written
            .trim_start_matches(['.', '=', '\'', '/', '*', '-', '&', '!', '#'])
            .len();
    let address = cut(written, lead, written.len());
    let Some((local, host)) = address.rsplit_once('@') else {
        return;
    };
    // `user=name@host` in a log line.
    let (skip, local) = local
        .rsplit_once('=')
        .map_or((0, local), |(key, local)| (key.len() + 1, local));
    if local.is_empty() || local.len() > 128 {
        return;
    }
    if let Some(host) = domain(host, true).or_else(|| reserved(host)) {
        let value = format!("{local}@{host}");
        marks.push(Mark {
            start: start + lead + skip,
            end: start + written.len(),
            kind: IndicatorKind::Email,
            value,
        });
    }
}

/// No part of a path, a property, a call, or a longer word.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let left = before(text, start, 4).chars().next_back();
    let right = window(text, end, 4).chars().next();
    let outside = !left.is_some_and(|c| {
        c.is_alphanumeric()
            || matches!(
                c,
                '.' | '@' | '/' | '\\' | '-' | '_' | '$' | '%' | '&' | '#'
            )
    });
    outside
        && !right
            .is_some_and(|c| c.is_alphanumeric() || matches!(c, '@' | '(' | '_' | '\\' | '=' | '-'))
}

/// Whether the word before a run of digits makes it the number of something else: a commit, a device, a session.
fn numbers_else(lead: &str) -> bool {
    let line = lead.rsplit('\n').next().unwrap_or_default();
    let mut words = line
        .rsplit(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(fold)
        .skip_while(|word| {
            let number = [
                "number", "no", "nr", "id", "numero", "nummer", "n", "hash", "is", "of", "de",
            ];
            number.contains(&word.as_str())
        });
    let others = [
        "commit",
        "commits",
        "revision",
        "rev",
        "changeset",
        "blob",
        "tree",
        "parent",
        "uuid",
        "guid",
        "serial",
        "serie",
        "seriennummer",
        "session",
        "sessionid",
        "request",
        "requestid",
        "trace",
        "traceid",
        "transaction",
        "correlation",
        "token",
        "cookie",
        "etag",
        "nonce",
        "boundary",
    ];
    words
        .next()
        .is_some_and(|word| others.contains(&word.as_str()))
}

fn hash(start: usize, written: &str) -> Option<Mark> {
    let kind = match written.len() {
        32 => IndicatorKind::Md5,
        40 => IndicatorKind::Sha1,
        64 => IndicatorKind::Sha256,
        128 => IndicatorKind::Sha512,
        _ => return None,
    };
    // A run of one digit, or of digits alone, is a rule or a number.
    let mixed = written.bytes().any(|b| b.is_ascii_digit())
        && written.bytes().any(|b| b.is_ascii_alphabetic());
    mixed.then(|| Mark {
        start,
        end: start + written.len(),
        kind,
        value: written.to_lowercase(),
    })
}
