//! Traffic Light Protocol markings: read leniently, the most restrictive wins.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::pattern::Pattern;
use crate::text::{cut, regex, window};

/// A marking of FIRST's Traffic Light Protocol 2.0, the least restrictive first.
#[derive(Serialize, Deserialize, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tlp {
    /// No limit. `WHITE` of version 1 reads as this.
    #[serde(rename = "CLEAR")]
    Clear,
    /// The community.
    #[serde(rename = "GREEN")]
    Green,
    /// The organisation and its clients.
    #[serde(rename = "AMBER")]
    Amber,
    /// The organisation only.
    #[serde(rename = "AMBER+STRICT")]
    AmberStrict,
    /// The recipients only.
    #[serde(rename = "RED")]
    Red,
}

/// How [`MARK`] and [`LONG`] begin.
#[expect(
    clippy::unwrap_used,
    reason = "the patterns are constants of this crate, and every call of the crate builds them"
)]
static BEGIN: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(["tlp", "traffic"])
        .unwrap()
});

/// `TLP`, an optional separator, a colour.
static MARK: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r#"(?i)\bTLP(?:\s?v?[12](?:\.0)?\b)?(?:[\s-](?:level|marking|classification|colou?r|label|designation|code|einstufung|stufe|niveau|couleur|nivel|clasificaci[óo]n)\b)?[\s:：=_./"'–—(\[<{*-]{0,5}(?P<colour>red|amber[\s_]{0,2}(?:\+|-|\bplus\b)?[\s_]{0,2}strict|amber|yellow|green|clear|white|rouge|rot|rojo|ambre|[áa]mbar|orange|gelb|vert|gr(?:ü|ue)n|verde|blanc|wei(?:ß|ss)|blanco)\b"#,
    )
});

/// `Traffic Light Protocol: amber`, `Sharing: TLP-free colours` are read only after the full name.
static LONG: LazyLock<Pattern> = LazyLock::new(|| {
    Pattern::new(
        r"(?i)\btraffic\s{1,3}light\s{1,3}protocol\s{0,3}(?:\(TLP\)\s{0,3})?[:=-]\s{0,3}(?:TLP[: -]{0,2})?(?P<colour>red|amber\s?\+?\s?strict|amber|yellow|green|clear|white)\b",
    )
});

/// What follows a marking that is only being explained.
static EXPLAINED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)^["'»”)\]*_]{0,3}\s{0,3}(?:means?\b|is (?:for|used|when|limited)|=\s?not|:? ?(?:recipients|sources|limited disclosure|disclosure)\b|signifie|veut dire|bedeutet|significa|information (?:may|should|must|can)\b|is defined|(?:-|–|:)\s?(?:not for disclosure|limited disclosure|disclosure is not limited|for the eyes|non destin))"#,
    )
});

impl Tlp {
    /// All of them, the least strict first.
    pub const ALL: [Tlp; 5] = [
        Tlp::Clear,
        Tlp::Green,
        Tlp::Amber,
        Tlp::AmberStrict,
        Tlp::Red,
    ];

    /// Reads a colour with or without `TLP:` before it, in any case. `None` when it is nothing else but a colour.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let folded: String = text
            .chars()
            .filter(|c| c.is_alphabetic())
            .flat_map(char::to_lowercase)
            .collect();
        match folded.strip_prefix("tlp").unwrap_or(&folded) {
            "red" | "rouge" | "rot" | "rojo" => Some(Self::Red),
            "amberstrict" | "amberplusstrict" => Some(Self::AmberStrict),
            "amber" | "yellow" | "ambre" | "ambar" | "ámbar" | "orange" | "gelb" => {
                Some(Self::Amber)
            }
            "green" | "vert" | "grün" | "gruen" | "verde" => Some(Self::Green),
            "clear" | "white" | "blanc" | "weiß" | "weiss" | "blanco" => Some(Self::Clear),
            _ => None,
        }
    }

    /// What IODEF's `restriction` means (RFC 7970, section 3.3.1). `None` for `default` and words of one's own.
    pub(crate) fn restriction(word: &str) -> Option<Self> {
        match word.trim().to_ascii_lowercase().as_str() {
            "red" | "private" => Some(Self::Red),
            "amber" | "need-to-know" => Some(Self::Amber),
            "green" | "partner" => Some(Self::Green),
            "white" | "clear" | "public" => Some(Self::Clear),
            _ => None,
        }
    }

    /// The most restrictive marking in a text such as a Subject; passages that only explain the protocol don't count.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let mut most = None;
        for (tlp, _, _) in Self::markings(text) {
            most = most.max(Some(tlp));
            if tlp == Self::Red {
                break;
            }
        }
        most
    }

    /// Every marking with its place in octets.
    pub fn markings(text: &str) -> impl Iterator<Item = (Self, usize, usize)> {
        let (short, long): (Vec<_>, Vec<_>) = BEGIN
            .find_iter(text)
            .map(|found| (found.pattern().as_usize(), found.start()))
            .partition(|(pattern, _)| *pattern == 0);
        colours(&MARK, text, short)
            .chain(colours(&LONG, text, long))
            .filter(move |(_, start, end)| {
                !EXPLAINED.is_match(window(text, *end, 48)) && !listed(text, *start, *end)
            })
    }

    /// The standard's writing, as in `TLP:AMBER+STRICT` without its prefix.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "CLEAR",
            Self::Green => "GREEN",
            Self::Amber => "AMBER",
            Self::AmberStrict => "AMBER+STRICT",
            Self::Red => "RED",
        }
    }
}

/// The matches of a pattern that begin at the places.
fn colours(
    pattern: &Pattern,
    text: &str,
    places: Vec<(usize, usize)>,
) -> impl Iterator<Item = (Tlp, usize, usize)> {
    let mut floor = 0;
    places.into_iter().filter_map(move |(_, at)| {
        let found = (at >= floor).then(|| pattern.groups(text, at, 160))??;
        let (start, end) = found.whole();
        floor = end;
        Some((Tlp::parse(found.name("colour")?)?, start, end))
    })
}

/// A marking among a list of all of them (`TLP:RED, TLP:AMBER, TLP:GREEN`) is an explanation.
fn listed(text: &str, start: usize, end: usize) -> bool {
    let from = text.floor_char_boundary(start.saturating_sub(60));
    let near = cut(text, from, text.floor_char_boundary(end.saturating_add(60)));
    let line = near
        .lines()
        .find(|line| line.contains(cut(text, start, end)))
        .unwrap_or(near);
    let begins = BEGIN
        .find_iter(line)
        .map(|found| (found.pattern().as_usize(), found.start()))
        .filter(|(pattern, _)| *pattern == 0)
        .collect();
    let mut seen: Vec<Tlp> = colours(&MARK, line, begins).map(|found| found.0).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() >= 3
}
