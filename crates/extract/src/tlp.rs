//! Traffic Light Protocol markings: read leniently, the most restrictive wins.

use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

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

/// `TLP`, an optional separator, a colour. Group 1 is the colour.
static MARK: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\bTLP[\s:=_./-]{0,4}(red|amber[\s_]{0,2}(?:\+|-|\bplus\b)?[\s_]{0,2}strict|amber|yellow|green|clear|white)\b",
    )
});

/// `Traffic Light Protocol: amber`, `Sharing: TLP-free colours` are read only after the full name.
static LONG: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\btraffic\s{1,3}light\s{1,3}protocol\s{0,3}(?:\(TLP\)\s{0,3})?[:=-]\s{0,3}(?:TLP[: -]{0,2})?(red|amber\s?\+?\s?strict|amber|yellow|green|clear|white)\b",
    )
});

/// What follows a marking that is only being explained.
static EXPLAINED: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r#"(?i)^["'»”)\]*_]{0,3}\s{0,3}(?:means?\b|is (?:for|used|when|limited)|=\s?not|:? ?(?:recipients|sources|limited disclosure|disclosure)\b|signifie|veut dire|bedeutet|significa|information (?:may|should|must|can)\b|is defined|(?:-|–|:)\s?(?:not for disclosure|limited disclosure|disclosure is not limited|for the eyes|non destin))"#,
    )
});

impl Tlp {
    /// Reads a colour with or without `TLP:` before it, in any case. `None` when it is nothing else but a colour.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let folded: String = text
            .chars()
            .filter(|c| c.is_ascii_alphabetic())
            .map(|c| c.to_ascii_lowercase())
            .collect();
        match folded.strip_prefix("tlp").unwrap_or(&folded) {
            "red" => Some(Self::Red),
            "amberstrict" | "amberplusstrict" => Some(Self::AmberStrict),
            "amber" | "yellow" => Some(Self::Amber),
            "green" => Some(Self::Green),
            "clear" | "white" => Some(Self::Clear),
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
        MARK.captures_iter(text)
            .chain(LONG.captures_iter(text))
            .filter_map(move |found| {
                let whole = found.get(0)?;
                let tlp = Self::parse(found.get(1)?.as_str())?;
                let after = window(text, whole.end(), 48);
                (!EXPLAINED.is_match(after) && !listed(text, whole.start(), whole.end()))
                    .then(|| (tlp, whole.start(), whole.end()))
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

/// A marking among a list of all of them (`TLP:RED, TLP:AMBER, TLP:GREEN`) is an explanation.
fn listed(text: &str, start: usize, end: usize) -> bool {
    let from = text.floor_char_boundary(start.saturating_sub(60));
    let near = cut(text, from, text.floor_char_boundary(end.saturating_add(60)));
    let line = near
        .lines()
        .find(|line| line.contains(cut(text, start, end)))
        .unwrap_or(near);
    let mut seen: Vec<Tlp> = MARK
        .captures_iter(line)
        .filter_map(|found| Tlp::parse(found.get(1)?.as_str()))
        .collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() >= 3
}
