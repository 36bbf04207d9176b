//! What is English on a French page: every word that the console has in both languages, and every word that is stored in English, is looked
//! for on it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::hands::Hands;

/// Words of English that stand in nearly every sentence.
const COMMON: [&str; 13] = [
    "the", "with", "and", "of", "not", "this", "was", "by", "which", "before", "came", "its",
    "nobody",
];

/// Where the words of the console stand.
const CATALOGUES: [&str; 14] = [
    "words",
    "sentences",
    "phrases",
    "spoken",
    "refusals",
    "certified",
    "walked",
    "proved",
    "checked",
    "ruled",
    "trailed",
    "registered",
    "counted",
    "concerned",
];

/// The literals of a source with what stands between each and the next.
fn literals(text: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        if let Some((_, between)) = found.last_mut() {
            *between = rest[..start].to_owned();
        }
        rest = &rest[start + 1..];
        let (mut word, mut letters) = (String::new(), rest.char_indices());
        let mut end = rest.len();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    end = at + 1;
                    break;
                }
                '\\' => word.extend(letters.next().map(|(_, letter)| letter)),
                letter => word.push(letter),
            }
        }
        found.push((word, String::new()));
        rest = &rest[end..];
    }
    found
}

/// What only the English half of the catalogue has: where two literals stand beside each other the first is English, the second French; and
/// what is stored in English, beside the French that stands for it.
pub struct Catalogue {
    english: BTreeSet<String>,
}

impl Catalogue {
    pub fn read() -> Catalogue {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/console");
        let (mut english, mut french) = (BTreeSet::new(), BTreeSet::new());
        for name in CATALOGUES {
            let path = folder.join(name).with_extension("rs");
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            let mut literals = literals(code).into_iter();
            while let Some((first, between)) = literals.next() {
                if [",", "=>"].contains(&between.trim()) {
                    english.insert(first.trim().to_owned());
                    french.extend(literals.next().map(|(second, _)| second.trim().to_owned()));
                }
            }
        }
        english.retain(|word| !french.contains(word) && word.chars().any(char::is_alphabetic));
        // A label of TLP is the same everywhere.
        english.remove("clear");
        assert!(english.len() > 500, "{}", english.len());
        for word in ["Skip to content", "closed", "mdn", "joined"] {
            assert!(english.contains(word), "{word} is in no catalogue");
        }
        Catalogue { english }
    }

    /// Why this is English.
    fn fault(&self, said: &str) -> Option<String> {
        // A rule's name, as the configuration has it.
        let said = said.split(" [").next().unwrap_or_default().trim();
        if self
            .english
            .contains(said.trim_end_matches([':', '.', '…']).trim())
        {
            return Some(format!("{said:?}"));
        }
        let mut sentences = self.english.iter().filter(|one| one.split(' ').count() > 2);
        if let Some(one) = sentences.find(|one| said.contains(one.as_str())) {
            return Some(format!("{one:?} in {said:?}"));
        }
        let mut words = said.split(|letter: char| !letter.is_alphabetic() && letter != '’');
        let word = words.find(|word| COMMON.contains(&word.to_lowercase().as_str()));
        word.map(|word| format!("{word:?} in {said:?}"))
    }
}

/// Nothing of ours is English on a French page, but for what says so of itself. What others wrote stands in `bdi`, `pre` and `code`; in the
/// lists of what a message proved, and of what was done, ours stands beside theirs.
pub fn is_french(alice: &Hands, catalogue: &Catalogue, what: &str, all: &mut Vec<String>) {
    let said = alice.ask(
        "const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
         const is_theirs = (one) => one.closest('[lang=en], pre, code, .value, script, style, kbd')
            || (one.closest('bdi') && !one.closest('.facts dl, .known, .gist'));
         while (walk.nextNode()) if (!is_theirs(walk.currentNode.parentElement)) found.push(walk.currentNode.data);
         for (const one of document.querySelectorAll('*')) for (const name of ['aria-label', 'title', 'placeholder', 'data-word', 'data-head', 'alt'])
            if (one.hasAttribute(name) && !one.closest('[lang=en]')) found.push(one.getAttribute(name));
         return found",
    );
    for said in said.as_array().unwrap() {
        if let Some(fault) = said.as_str().and_then(|said| catalogue.fault(said)) {
            all.push(format!("{what} has English: {fault}"));
        }
    }
    assert_eq!(
        alice.ask("return document.documentElement.lang"),
        Value::from("fr")
    );
}

#[test]
fn english_is_told_from_french() {
    let catalogue = Catalogue::read();
    for english in [
        "Skip to content",
        "closed",
        "joined",
        "mdn",
        "by the token of our mail",
        "spf=pass (no record published, but aligned) and more of it",
        "key-conflict: it came with a certificate",
    ] {
        assert!(catalogue.fault(english).is_some(), "{english}");
    }
    for french in [
        "Aller au contenu",
        "fermé",
        "ticket",
        "accusé de lecture [mdn]",
        "SPF : réussi",
    ] {
        assert_eq!(catalogue.fault(french), None);
    }
}
