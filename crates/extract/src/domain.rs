//! Names of hosts: which words are one, by the public suffix list.

/// Names under the reserved labels are taken where the writing leaves no doubt.
pub(crate) fn reserved(host: &str) -> Option<String> {
    let host = host.to_lowercase();
    let last = host.rsplit('.').next()?;
    [
        "example",
        "test",
        "invalid",
        "local",
        "internal",
        "lan",
        "localhost",
    ]
    .contains(&last)
    .then_some(host)
}

/// Last labels that more often end a file's name.
const FILE_LIKE: &[&str] = &[
    "zip", "mov", "sh", "rs", "py", "md", "ps", "so", "pl", "app", "cab", "bat", "bin", "cc",
    "java",
];
/// Frequent names of software and of files that look like domains.
const NOT_DOMAINS: &[&str] = &[
    "asp.net",
    "vb.net",
    "ado.net",
    "system.net",
    "node.js",
    "index.md",
    "readme.md",
    "e.g",
    "i.e",
];

/// A name in small letters, its labels of other letters than ASCII as A-labels (RFC 5890), as all other tools want it; the small
/// letters themselves where IDNA knows no such name.
#[must_use]
pub fn ascii_name(name: &str) -> String {
    let name = name.to_lowercase();
    if name.is_ascii() {
        return name;
    }
    idna::domain_to_ascii(&name).unwrap_or(name)
}

/// A domain as [`ascii_name`] has it, without its final dot, when the public suffix list knows its suffix.
pub(crate) fn domain(written: &str, certain: bool) -> Option<String> {
    let name = written.trim_end_matches('.').to_lowercase();
    let labels: Vec<&str> = name.split('.').collect();
    let last = labels.last().copied()?;
    if labels.len() < 2
        || labels
            .iter()
            .any(|label| label.is_empty() || label.len() > 63)
        || !last.starts_with(|c: char| c.is_alphabetic())
    {
        return None;
    }
    let written_last = written
        .trim_end_matches('.')
        .rsplit('.')
        .next()
        .unwrap_or_default();
    let capital = written_last.starts_with(char::is_uppercase)
        && written_last.chars().any(char::is_lowercase);
    if !certain
        && (capital
            || NOT_DOMAINS.contains(&name.as_str())
            || labels.len() == 2 && FILE_LIKE.contains(&last))
    {
        return None;
    }
    let suffix = psl::suffix(name.as_bytes())?;
    let bare = suffix.as_bytes().len() == name.len();
    let known = (suffix.is_known() && !bare)
        || !certain && last == "example" && labels.len() > 1
        || certain && reserved(&name).is_some();
    // An A-label is longer than what it stands for.
    let short = |name: &String| name.split('.').all(|label| label.len() <= 63);
    known.then(|| ascii_name(&name)).filter(short)
}
