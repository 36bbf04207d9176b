//! Which messages of a ticket a page shows: the first and the newest; any others by their numbers, in the address.

use std::collections::BTreeSet;

use serde::Deserialize;

/// Messages on a page.
pub(super) const MOST: usize = 10;

/// What the address of a ticket's page asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// The value whose place is shown: number of the message, of the value.
    pub(super) v: String,
    /// The value of which something is to be said: the same.
    pub(super) c: String,
    /// From this message on, so many; what is no number asks for nothing.
    m: String,
    n: String,
    /// The records instead of messages: all that was done and sent.
    all: String,
    /// What was just done, and that a page of ours says so.
    pub(super) did: String,
    pub(super) code: String,
    /// Which of the forms is unfolded.
    pub(super) form: String,
}

/// What a page shows of a ticket.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Messages from this one on, and how many; `None` for the first and the newest.
    from: Option<(usize, usize)>,
    /// The messages of the values that were chosen.
    chosen: [Option<usize>; 2],
    /// Records, and no messages.
    pub(super) records: bool,
}

impl Wanted {
    pub(super) fn of(asked: &Asked) -> Wanted {
        let message = |value: &str| value.split_once('.')?.0.parse().ok();
        let many = asked.n.parse().unwrap_or(MOST);
        let from: Option<usize> = asked.m.parse().ok();
        Wanted {
            from: from.map(|from| (from.max(1), many.clamp(1, MOST))),
            chosen: [message(&asked.v), message(&asked.c)],
            records: !asked.all.is_empty(),
        }
    }

    /// This message, too.
    pub(super) fn with(mut self, message: usize) -> Wanted {
        self.chosen[1] = Some(message);
        self
    }

    /// What an address that asks for the same messages begins its query with; empty for the first and the newest.
    pub(super) fn here(&self) -> String {
        self.from
            .map_or_else(String::new, |(from, many)| format!("m={from}&n={many}&"))
    }
}

/// The messages of a page, and where the others are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Leaf {
    /// Their numbers, from 1.
    pub(super) shown: BTreeSet<usize>,
    /// How many there are.
    pub(super) count: usize,
    /// From which message on the page before this one begins, and the next.
    pub(super) older: Option<usize>,
    pub(super) newer: Option<usize>,
    /// What the address of this page begins its query with; empty for the first and the newest.
    pub(super) here: String,
}

impl Leaf {
    /// Of a ticket with so many messages.
    pub(super) fn of(wanted: &Wanted, count: usize) -> Leaf {
        let mut shown = BTreeSet::new();
        let (mut older, mut newer) = (None, None);
        match wanted.from {
            _ if wanted.records => {}
            Some((from, many)) => {
                let end = from.saturating_add(many).min(count.saturating_add(1));
                shown.extend(from..end);
                older = (from > 1).then(|| from.min(count).saturating_sub(many).max(1));
                newer = (end <= count).then_some(end);
            }
            None => {
                let newest = count.saturating_sub(MOST - 2).max(1);
                shown.extend((newest..=count).chain([1]).filter(|one| *one <= count));
                older = (newest > 2).then(|| newest.saturating_sub(MOST).max(2));
            }
        }
        let chosen = wanted.chosen.into_iter().flatten();
        shown.extend(chosen.filter(|one| (1..=count).contains(one)));
        Leaf {
            shown,
            count,
            older,
            newer,
            here: match wanted.records {
                true => String::new(),
                false => wanted.here(),
            },
        }
    }

    /// Whether all are on it.
    pub(super) fn is_whole(&self) -> bool {
        self.shown.len() == self.count
    }

    /// `1, 492–500`
    pub(super) fn numbers(&self) -> String {
        self.ranges(", ", "\u{2013}")
    }

    /// For the trail: which messages were read, `text` for all.
    pub(super) fn detail(&self) -> String {
        match (self.is_whole(), self.shown.is_empty()) {
            (true, _) => "text".to_owned(),
            (false, true) => "facts".to_owned(),
            (false, false) => format!("text={}", self.ranges(",", "-")),
        }
    }

    fn ranges(&self, between: &str, to: &str) -> String {
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        for one in &self.shown {
            match ranges.last_mut() {
                Some((_, last)) if *last + 1 == *one => *last = *one,
                Some(_) | None => ranges.push((*one, *one)),
            }
        }
        let ranges = ranges.iter().map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}{to}{last}"),
        });
        ranges.collect::<Vec<_>>().join(between)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(m: &str, n: &str, v: &str, count: usize) -> Leaf {
        let asked = Asked {
            m: m.into(),
            n: n.into(),
            v: v.into(),
            ..Asked::default()
        };
        Leaf::of(&Wanted::of(&asked), count)
    }

    #[test]
    fn first_and_newest_are_shown_and_all_others_are_a_link_away() {
        for (m, n, v, count, shown, older, newer) in [
            ("", "", "", 0, "", None, None),
            ("", "", "", 1, "1", None, None),
            ("", "", "", 10, "1\u{2013}10", None, None),
            ("", "", "", 11, "1, 3\u{2013}11", Some(2), None),
            ("", "", "", 500, "1, 492\u{2013}500", Some(482), None),
            (
                "",
                "",
                "77.3",
                500,
                "1, 77, 492\u{2013}500",
                Some(482),
                None,
            ),
            ("482", "", "", 500, "482\u{2013}491", Some(472), Some(492)),
            ("2", "", "", 500, "2\u{2013}11", Some(1), Some(12)),
            ("1", "", "", 500, "1\u{2013}10", None, Some(11)),
            ("495", "", "", 500, "495\u{2013}500", Some(485), None),
            ("7", "1", "", 500, "7", Some(6), Some(8)),
            ("7", "1", "7.1", 8, "7", Some(6), Some(8)),
            ("900", "", "", 500, "", Some(490), None),
            ("0", "99", "x", 3, "1\u{2013}3", None, None),
            ("18446744073709551615", "", "0.1", 3, "", Some(1), None),
            ("-1", "x", "9.9", 3, "1\u{2013}3", None, None),
        ] {
            let leaf = leaf(m, n, v, count);
            let found = (leaf.numbers(), leaf.older, leaf.newer);
            assert_eq!(
                found,
                (shown.to_owned(), older, newer),
                "{m} {n} {v} {count}"
            );
        }
    }

    #[test]
    fn the_trail_says_which_messages_were_read() {
        assert_eq!(leaf("", "", "", 3).detail(), "text");
        assert_eq!(leaf("", "", "", 500).detail(), "text=1,492-500");
        let asked = Asked {
            all: "1".into(),
            ..Asked::default()
        };
        assert_eq!(Leaf::of(&Wanted::of(&asked), 3).detail(), "facts");
    }

    #[test]
    fn whoever_follows_the_links_sees_every_message() {
        for count in [11, 12, 20, 21, 137] {
            let mut seen = leaf("", "", "", count);
            let mut all = seen.shown.clone();
            while let Some(older) = seen.older {
                seen = leaf(&older.to_string(), "", "", count);
                all.extend(&seen.shown);
            }
            assert_eq!(all.len(), count);
        }
    }
}
