//! Words by which a team sorts its tickets: how they are written, and which stand on a ticket once some are added or taken away, and
//! once tickets are merged or stand for themselves again.

use serde::{Deserialize, Serialize};

use crate::sealing;

/// Characters of a word.
pub const LONGEST: usize = 40;
/// Words of a ticket.
pub const MOST: usize = 20;

/// Beside letters and digits.
const MARKS: [char; 7] = ['-', '_', '.', ':', '/', '+', '&'];

/// Why something is no word.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagFault {
    /// Nothing is written.
    #[error("a tag needs a letter")]
    NoLetter,
    /// More than [`LONGEST`] characters.
    #[error("a tag has at most {LONGEST} characters")]
    TooLong,
    /// A character that is none of a word.
    #[error("a tag has letters, digits and - _ . : / + &, and begins with one of the first two")]
    Character,
    /// A marking has a place of its own.
    #[error("a marking is none of the team's words: it comes with a message, or with a letter")]
    Marking,
}

/// A word as it is kept: lower case, a hyphen for blanks. `#word` is the same.
///
/// # Errors
/// [`TagFault`].
pub fn normalised(text: &str) -> Result<String, TagFault> {
    let text = text.trim();
    let words: Vec<&str> = text
        .strip_prefix('#')
        .unwrap_or(text)
        .split_whitespace()
        .collect();
    let word = words.join("-").to_lowercase();
    if word.chars().count() > LONGEST {
        return Err(TagFault::TooLong);
    }
    let is_fit = |c: char| c.is_alphanumeric() || MARKS.contains(&c);
    // A number alone is a ticket's.
    if !word.chars().any(char::is_alphabetic) {
        return Err(TagFault::NoLetter);
    }
    if !word.chars().all(is_fit) || !word.starts_with(char::is_alphanumeric) {
        return Err(TagFault::Character);
    }
    if word.starts_with("tlp:") || word.starts_with("pap:") {
        return Err(TagFault::Marking);
    }
    Ok(word)
}

/// Words with commas between, as forms have them; each once.
///
/// # Errors
/// [`TagFault`] of the first that is none; [`TagFault::NoLetter`] when there are none.
pub fn several(text: &str) -> Result<Vec<String>, TagFault> {
    let words = text
        .split([',', ';'])
        .filter(|word| !word.trim().is_empty());
    let words: Result<Vec<String>, TagFault> = words.map(normalised).collect();
    let mut words = words?;
    words.sort();
    words.dedup();
    match words.is_empty() {
        true => Err(TagFault::NoLetter),
        false => Ok(words),
    }
}

/// A word that stands on a ticket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Tag {
    /// As [`normalised`] gives it.
    pub word: String,
    /// Somebody put it there.
    pub own: bool,
    /// Numbers of the tickets, merged into this one, on which somebody had put it.
    pub from: Vec<i64>,
}

/// What changed, and what stands since: kept in the ticket's history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tagged {
    /// Words that were not there before.
    pub added: Vec<String>,
    /// Words that are gone.
    pub removed: Vec<String>,
    /// All that stand, sorted by word.
    pub stand: Vec<Tag>,
    /// Words that were there with a merged ticket only, and are this one's own since.
    #[serde(deserialize_with = "sealing::or_nothing")]
    pub own: Vec<String>,
}

impl Tagged {
    /// The words that stand, sorted.
    pub fn words(&self) -> Vec<String> {
        self.stand.iter().map(|tag| tag.word.clone()).collect()
    }

    /// What changed, for people: `+wave -bank`; `=wave` when it was there with a merged ticket, and is the ticket's own since then.
    pub fn told(&self) -> String {
        let own = self.own.iter().map(|word| format!("={word}"));
        let added = self.added.iter().map(|word| format!("+{word}"));
        let removed = self.removed.iter().map(|word| format!("-{word}"));
        let all = own.chain(added).chain(removed);
        all.collect::<Vec<String>>().join(" ")
    }

    /// Words are added and taken away; `None` when there would be more than [`MOST`].
    pub fn changed(&self, add: &[String], remove: &[String]) -> Option<Tagged> {
        let mut stand = self.stand.clone();
        stand.retain(|tag| !remove.contains(&tag.word));
        for word in add {
            put(&mut stand, word, |tag| tag.own = true);
        }
        let changed = self.with(stand);
        (changed.stand.len() <= MOST || changed.added.is_empty()).then_some(changed)
    }

    /// What stands once these are merged into it, each with its number and the words that somebody put on it: as many as there is room
    /// for.
    pub fn united(&self, with: &[(i64, Vec<String>)]) -> Tagged {
        let mut stand = self.stand.clone();
        for (serial, words) in with {
            for word in words {
                let is_there = stand.iter().any(|tag| tag.word == *word);
                if is_there || stand.len() < MOST {
                    put(&mut stand, word, |tag| {
                        tag.from.retain(|known| known != serial);
                        tag.from.push(*serial);
                    });
                }
            }
        }
        self.with(stand)
    }

    /// What stands once only these of the tickets that were merged into it are.
    pub fn parted(&self, stays: impl Fn(i64) -> bool) -> Tagged {
        let mut stand = self.stand.clone();
        for tag in &mut stand {
            tag.from.retain(|serial| stays(*serial));
        }
        stand.retain(|tag| tag.own || !tag.from.is_empty());
        self.with(stand)
    }

    /// The words that somebody put on this ticket itself.
    pub fn put_here(&self) -> Vec<String> {
        let own = self.stand.iter().filter(|tag| tag.own);
        own.map(|tag| tag.word.clone()).collect()
    }

    fn with(&self, mut stand: Vec<Tag>) -> Tagged {
        stand.sort();
        let missing = |of: &[Tag], from: &[Tag]| {
            let gone = of
                .iter()
                .filter(|tag| !from.iter().any(|other| other.word == tag.word));
            gone.map(|tag| tag.word.clone()).collect()
        };
        let (all, before) = (self.words(), self.put_here());
        let own = stand.iter().filter(|tag| tag.own).map(|tag| &tag.word);
        let own = own.filter(|word| all.contains(word) && !before.contains(word));
        Tagged {
            added: missing(&stand, &self.stand),
            removed: missing(&self.stand, &stand),
            own: own.cloned().collect(),
            stand,
        }
    }
}

/// Says something of the tag with this word, made where there is none.
fn put(stand: &mut Vec<Tag>, word: &str, say: impl FnOnce(&mut Tag)) {
    match stand.iter_mut().find(|tag| tag.word == word) {
        Some(tag) => say(tag),
        None => {
            let mut tag = Tag {
                word: word.to_owned(),
                own: false,
                from: Vec::new(),
            };
            say(&mut tag);
            stand.push(tag);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn words_are_written_in_one_way() {
        for (text, word) in [
            (" Phishing Wave ", "phishing-wave"),
            ("#Été", "été"),
            ("campaign:bank/2026", "campaign:bank/2026"),
            ("R&D", "r&d"),
            ("3com", "3com"),
        ] {
            assert_eq!(normalised(text).as_deref(), Ok(word), "{text}");
        }
        for (text, fault) in [
            ("", TagFault::NoLetter),
            ("2026", TagFault::NoLetter),
            ("-x", TagFault::Character),
            ("=cmd()", TagFault::Character),
            ("a\u{202e}b", TagFault::Character),
            ("a\u{0}b", TagFault::Character),
            ("(a", TagFault::Character),
            ("TLP:RED", TagFault::Marking),
            (&"x".repeat(41), TagFault::TooLong),
        ] {
            assert_eq!(normalised(text), Err(fault), "{text}");
        }
        assert_eq!(normalised(&"é".repeat(40)), Ok("é".repeat(40)));
        assert_eq!(several("b, a ; B,"), Ok(words("a b")));
        assert_eq!(several(" , "), Err(TagFault::NoLetter));
    }

    #[test]
    fn words_are_added_and_taken_away_up_to_twenty() {
        let none = Tagged::default();
        let two = none.changed(&words("b a b"), &[]).unwrap_or_default();
        assert_eq!((two.words(), &two.added), (words("a b"), &words("a b")));
        let one = two.changed(&words("a"), &words("b")).unwrap_or_default();
        assert_eq!(
            (one.words(), one.added, one.removed),
            (words("a"), words(""), words("b"))
        );
        let many: Vec<String> = (0..MOST).map(|number| format!("x{number}")).collect();
        let full = none.changed(&many, &[]).unwrap_or_default();
        assert_eq!(full.changed(&words("more"), &[]), None);
        assert!(full.changed(&words("more"), &words("x1")).is_some());
        assert!(full.changed(&[], &words("x1")).is_some());
    }

    #[test]
    fn what_was_stored_before_it_told_the_own_words_is_read() {
        let new = Tagged::default()
            .changed(&words("a b"), &[])
            .unwrap_or_default();
        let old = (&new.added, &new.removed, &new.stand);
        let stored = sealing::encode(&old).ok();
        let read = stored.and_then(|stored| sealing::decode::<Tagged>(&stored).ok());
        assert_eq!(read, Some(new));
    }

    #[test]
    fn merged_tickets_share_their_words_and_take_them_back() {
        let put = |text: &str| {
            Tagged::default()
                .changed(&words(text), &[])
                .unwrap_or_default()
        };
        let heir = put("a b");
        let united = heir.united(&[(7, words("b c")), (8, words("c d"))]);
        assert_eq!(
            (united.words(), united.put_here()),
            (words("a b c d"), words("a b"))
        );
        let without = united.parted(|serial| serial != 8);
        assert_eq!(
            (without.words(), &without.removed),
            (words("a b c"), &words("d"))
        );
        assert_eq!(without.parted(|serial| serial != 7).words(), words("a b"));
        // What somebody puts there himself is the ticket's own, also when it was there with another.
        let own = united.changed(&words("c"), &[]).unwrap_or_default();
        assert!(own.added.is_empty() && own.stand != united.stand);
        assert_eq!(
            (own.told(), own.parted(|_| false).words()),
            ("=c".into(), words("a b c"))
        );
        // What nobody touched is not told; what comes and goes with it is.
        let more = own.changed(&words("d x"), &words("a")).unwrap_or_default();
        assert_eq!(more.told(), "=d +x -a");
        // What somebody took away does not come back; what he put there himself stays.
        let cut = united.changed(&words("d"), &words("c")).unwrap_or_default();
        assert_eq!(cut.parted(|_| false).words(), words("a b d"));
        let many: Vec<String> = (0..MOST).map(|number| format!("x{number}")).collect();
        let full = put("y").united(&[(7, many)]);
        assert_eq!(full.stand.len(), MOST);
        assert!(full.words().contains(&"y".to_owned()));
    }
}
