//! The language of a text, for the acknowledgement and for dates.

use whatlang::{Detector, Lang};

/// Octets that are looked at.
const MAX_SAMPLE: usize = 16 * 1024;
/// Letters below which statistics of letters say nothing.
const MIN_LETTERS: usize = 80;

/// Frequent words that the other languages of the table don't have, or hardly. Log lines, which are English whatever the
/// language of the letter, hold few of them.
const COMMON_WORDS: [(&str, &[&str]); 8] = [
    (
        "en",
        &[
            "the", "and", "is", "are", "was", "were", "we", "our", "you", "your", "this", "that",
            "with", "have", "has", "been", "please", "of", "it", "not", "which", "could", "would",
            "hello", "dear", "thanks", "regards", "there", "their", "to",
        ],
    ),
    (
        "fr",
        &[
            "le",
            "les",
            "des",
            "et",
            "est",
            "sont",
            "nous",
            "vous",
            "votre",
            "notre",
            "une",
            "dans",
            "pour",
            "avec",
            "sur",
            "bonjour",
            "merci",
            "cordialement",
            "que",
            "qui",
            "pas",
            "ce",
            "cette",
            "depuis",
            "au",
            "aux",
            "du",
            "avons",
            "été",
            "adresse",
            "veuillez",
        ],
    ),
    (
        "de",
        &[
            "der", "die", "das", "und", "ist", "sind", "wir", "sie", "ihr", "ihre", "ihrer", "ein",
            "eine", "einen", "mit", "von", "für", "auf", "nicht", "bitte", "hallo", "grüße",
            "grüßen", "wurde", "wurden", "haben", "den", "dem", "zu", "vom",
        ],
    ),
    (
        "es",
        &[
            "el",
            "los",
            "las",
            "y",
            "es",
            "son",
            "nosotros",
            "usted",
            "su",
            "nuestro",
            "nuestra",
            "una",
            "del",
            "para",
            "con",
            "por",
            "hola",
            "gracias",
            "saludos",
            "que",
            "hemos",
            "desde",
            "ha",
            "estimados",
            "está",
            "se",
            "al",
            "favor",
        ],
    ),
    (
        "it",
        &[
            "il",
            "gli",
            "che",
            "è",
            "sono",
            "della",
            "delle",
            "dei",
            "nel",
            "per",
            "una",
            "con",
            "non",
            "buongiorno",
            "grazie",
            "saluti",
            "abbiamo",
            "vostro",
            "nostro",
            "dal",
            "alla",
        ],
    ),
    (
        "nl",
        &[
            "het", "een", "van", "en", "zijn", "wij", "uw", "onze", "niet", "met", "voor", "dat",
            "naar", "hallo", "bedankt", "groeten", "graag", "hebben", "vanaf", "deze",
        ],
    ),
    (
        "pt",
        &[
            "os", "as", "é", "são", "não", "uma", "para", "com", "do", "da", "dos", "das", "você",
            "nosso", "obrigado", "olá", "foi", "em", "ao", "pelo",
        ],
    ),
    (
        "pl",
        &[
            "jest",
            "nie",
            "się",
            "na",
            "do",
            "oraz",
            "proszę",
            "dzień",
            "dobry",
            "pozdrawiam",
            "że",
            "są",
            "przez",
            "od",
            "naszej",
            "nasz",
            "państwa",
            "w",
            "z",
        ],
    ),
];

/// The language as ISO 639-1, only when it is clear; quoted lines don't count.
///
/// Common words decide where they can; statistics of letters decide about longer texts without enough of them.
pub fn language(text: &str) -> Option<String> {
    let sample = sample(text);
    by_words(&sample)
        .or_else(|| by_letters(&sample))
        .map(str::to_owned)
}

/// What the sender wrote, without lines that are quoted or are mostly not words.
fn sample(text: &str) -> String {
    let mut sample = String::new();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('>'))
    {
        let letters = line
            .chars()
            .filter(|character| character.is_alphabetic() || *character == ' ')
            .count();
        if letters.saturating_mul(5) < line.chars().count().saturating_mul(3) {
            continue;
        }
        sample.push_str(line);
        sample.push('\n');
        if sample.len() > MAX_SAMPLE {
            break;
        }
    }
    super::decode::truncate(&mut sample, MAX_SAMPLE);
    sample.to_lowercase()
}

/// At least three common words, and twice as many as of any other language.
fn by_words(sample: &str) -> Option<&'static str> {
    let mut counts: Vec<(usize, &'static str)> =
        COMMON_WORDS.iter().map(|(code, _)| (0, *code)).collect();
    for word in sample
        .split(|character: char| !character.is_alphabetic())
        .filter(|word| !word.is_empty())
    {
        for ((count, _), (_, words)) in counts.iter_mut().zip(COMMON_WORDS) {
            *count = count.saturating_add(usize::from(words.contains(&word)));
        }
    }
    counts.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    let [(best, code), (second, _), ..] = counts.as_slice() else {
        return None;
    };
    (*best >= 3 && *best >= second.saturating_mul(2)).then_some(*code)
}

fn by_letters(sample: &str) -> Option<&'static str> {
    if sample
        .chars()
        .filter(|character| character.is_alphabetic())
        .count()
        < MIN_LETTERS
    {
        return None;
    }
    let known = [
        (Lang::Eng, "en"),
        (Lang::Fra, "fr"),
        (Lang::Deu, "de"),
        (Lang::Spa, "es"),
        (Lang::Ita, "it"),
        (Lang::Nld, "nl"),
        (Lang::Por, "pt"),
        (Lang::Pol, "pl"),
        (Lang::Ces, "cs"),
        (Lang::Swe, "sv"),
        (Lang::Dan, "da"),
        (Lang::Fin, "fi"),
        (Lang::Ron, "ro"),
    ];
    let found =
        Detector::with_allowlist(known.iter().map(|(lang, _)| *lang).collect()).detect(sample)?;
    let code = known.iter().find(|(lang, _)| *lang == found.lang())?.1;
    (found.is_reliable() && found.confidence() >= 0.9).then_some(code)
}
