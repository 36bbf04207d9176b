//! What the learned table knows of a report: its words and every four letters of them, each a row of the table.
//!
//! The training program reads with the same code.

/// Octets of a sentence that are read.
const SENTENCE: usize = 512;

/// Rows of the table: the features share them.
pub(crate) const ROWS: usize = 65_536;

/// What a report may tell of, in the order of the table's columns: the taxonomy's types; the last is no incident.
pub(crate) const TYPES: [&str; 40] = [
    "spam",
    "harmful-speech",
    "violence",
    "infected-system",
    "c2-server",
    "malware-distribution",
    "malware-configuration",
    "scanner",
    "sniffing",
    "social-engineering",
    "ids-alert",
    "brute-force",
    "exploit",
    "privileged-account-compromise",
    "unprivileged-account-compromise",
    "application-compromise",
    "system-compromise",
    "burglary",
    "dos",
    "ddos",
    "misconfiguration",
    "sabotage",
    "outage",
    "unauthorised-information-access",
    "unauthorised-information-modification",
    "data-loss",
    "data-leak",
    "unauthorised-use-of-resources",
    "copyright",
    "masquerade",
    "phishing",
    "weak-crypto",
    "ddos-amplifier",
    "potentially-unwanted-accessible",
    "information-disclosure",
    "vulnerable-system",
    "other",
    "undetermined",
    "test",
    "none",
];

/// A report that touches this many rows or fewer counts each fully; the more it touches, the less each counts.
const FULL: u32 = 60;

/// What each touched row of a report counts, where so many are touched, in 1024ths: the root of [`FULL`] to them.
pub(crate) fn share(rows: usize) -> u32 {
    let rows = u32::try_from(rows).unwrap_or(u32::MAX).max(1);
    ((FULL << 20) / rows).isqrt().min(1024)
}

/// The rows of the table that a text in small letters without accents touches, in order, each once.
pub(crate) fn rows(text: &str) -> Vec<usize> {
    let mut touched = vec![false; ROWS];
    let mut touch = |row: usize| {
        if let Some(row) = touched.get_mut(row) {
            *row = true;
        }
    };
    for word in words(text) {
        touch(number(b'w', word.bytes()));
        let whole = || [b'^'].into_iter().chain(word.bytes()).chain([b'$']);
        for at in 0..(word.len() + 2).saturating_sub(3) {
            touch(number(b'c', whole().skip(at).take(4)));
        }
    }
    let touched = touched.iter().enumerate().filter(|(_, touched)| **touched);
    touched.map(|(row, _)| row).collect()
}

/// The sentences of a paragraph, as places in it.
pub(crate) fn sentences(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let next = bytes.get(at + 1);
        let ends = match byte {
            b'.' | b'!' | b'?' | b';' => next.is_none_or(u8::is_ascii_whitespace),
            b' ' | b'\n' => at - start >= SENTENCE,
            _ => false,
        };
        if ends {
            found.push((start, at + 1));
            start = at + 1;
        }
    }
    if start < text.len() {
        found.push((start, text.len()));
    }
    found
}

/// Words, with values such as addresses as the words for them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_ascii_whitespace().flat_map(|token| {
        let token = token.trim_matches(|c: char| !c.is_alphanumeric() && c != '/' && c != '.');
        let name = value(token.trim_end_matches('.'));
        let pieces = name.is_none().then(|| {
            let pieces = token.split(|c: char| !c.is_alphanumeric());
            pieces.filter(|piece| !piece.is_empty()).map(figure)
        });
        name.into_iter().chain(pieces.into_iter().flatten())
    })
}

/// Numbers tell nothing, unless they are ports of well-known services.
fn figure(word: &str) -> &str {
    let known = [
        "21", "22", "23", "25", "53", "111", "123", "161", "389", "443", "445", "1900", "2323",
        "3306", "3389", "5060", "5432", "5555", "5900", "6379", "8443", "9200", "11211", "27017",
        "365",
    ];
    let digits = word.bytes().all(|b| b.is_ascii_digit());
    if digits && !known.contains(&word) {
        return "0";
    }
    word
}

/// The word for an address, a name or a link.
fn value(token: &str) -> Option<&'static str> {
    let ends = [
        "php", "env", "exe", "sh", "git", "js", "txt", "asp", "aspx", "jsp", "cgi", "dll", "apk",
        "zip", "doc", "docx", "xls", "pdf", "html", "xml", "sql", "bak", "log",
    ];
    let dots = token.bytes().filter(|b| *b == b'.').count();
    let colons = token.bytes().filter(|b| *b == b':').count();
    if token.contains("://") || token.starts_with("www.") {
        return Some("url");
    }
    if token.contains('@') {
        return Some("mail");
    }
    let number = |b: u8| b.is_ascii_digit() || b".:/-,".contains(&b);
    if dots >= 2 && token.bytes().all(number) || colons >= 3 {
        return Some("ip");
    }
    if token.len() >= 32 && token.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some("hash");
    }
    let last = token.rsplit('.').next()?;
    let name = dots >= 1
        && !token.starts_with(['.', '/'])
        && last.len() >= 2
        && last.bytes().all(|b| b.is_ascii_alphabetic())
        && !ends.contains(&last);
    name.then_some("host")
}

/// FNV-1a, brought down to a row.
fn number(sort: u8, octets: impl Iterator<Item = u8>) -> usize {
    let hash = [sort]
        .into_iter()
        .chain(octets)
        .fold(0x811c_9dc5_u32, |hash, octet| {
            (hash ^ u32::from(octet)).wrapping_mul(0x0100_0193)
        });
    usize::try_from(hash ^ (hash >> 15)).unwrap_or_default() % ROWS
}
