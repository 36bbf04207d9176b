//! How dates are written in four languages and in logs. Every group's name ends in the number of its form: `y` year,
//! `m` month, `d` day, `n` a month's name, `a` and `b` the two numbers whose order is open, `s` the mark between them.

use std::sync::LazyLock;

use crate::pattern::{Groups, Pattern};
use crate::scan;
use crate::text::{before, window, wordy};

const MONTH: &str = r"(?:jan(?:uary|vier|v|uar|ner)?|ene(?:ro)?|f[ée]v(?:rier|r)?|feb(?:ruary|ruar|rero)?|mar(?:ch|s|zo)?|m[äa]r?z|mär|mrz|apr(?:il)?|avr(?:il)?|abr(?:il)?|may|mai|mayo|june?|juin|jun[io]o?|july?|juil(?:let)?|juli?o?|aug(?:ust)?|ao[ûu]t|ago(?:sto)?|sept?(?:ember|embre|iembre)?|oct(?:ober|obre|ubre)?|okt(?:ober)?|nov(?:ember|embre|iembre)?|d[ée]c(?:ember|embre)?|dez(?:ember)?|dic(?:iembre)?)";

/// Dates that begin with the year. The digits of other scripts are none here.
const YEAR_FIRST: &str = r"
            \b(?P<yk>(?:19|20)[0-9][0-9])-?W(?P<k1>[0-5][0-9])-?(?P<e1>[1-7])(?:T|\b)
          | \b(?P<yo>(?:19|20)[0-9][0-9])-(?P<o1>[0-3][0-9][0-9])T
          | \b(?P<y1>(?:19|20)[0-9][0-9])[-/.:](?P<m1>[0-9][0-9]?)[-/.:](?P<d1>[0-9][0-9]?)
          | \b(?P<y2>20[0-9][0-9])(?P<m2>0[1-9]|1[0-2])(?P<d2>0[1-9]|[12][0-9]|3[01])
          | \b(?P<y6>(?:19|20)[0-9][0-9])[\s/-](?P<n6>MONTH)[\s/-](?P<d6>[0-9][0-9]?)
          | \b(?P<y9>[0-9][0-9])(?P<m9>0[1-9]|1[0-2])(?P<d9>0[1-9]|[12][0-9]|3[01])\b";

/// Dates that begin with one or two other digits.
const DAY_FIRST: &str = r"
            \b(?P<m0>0[1-9]|1[0-2])/(?P<d0>[0-3][0-9])-[0-2][0-9]:[0-5][0-9]:[0-5][0-9]
          | \b(?P<a3>[0-9][0-9]?)(?P<s3>[-/.])(?P<b3>[0-9][0-9]?)[-/.](?P<y3>[0-9]{4}|[0-9][0-9])
          | \b(?P<d4>[0-9][0-9]?)(?:st|nd|rd|th|er|\.|º)?[\s/-]{1,2}(?:of\s|de\s|d')?(?P<n4>MONTH)\b\.?(?:(?:[\s/:-]|,\s)(?:of\s|de\s|del\s(?:año\s)?)?(?P<y4>[0-9]{4}|[0-9][0-9]\b))?
          | \b(?P<m7>0[0-9]|1[0-2])[-/](?P<d7>[0-3][0-9])
          | \b(?P<a7>[0-3]?[0-9])(?:\.(?P<b7>[01]?[0-9])\.|/(?P<e7>[01][0-9]))";

/// Dates that begin with the name of a month.
const NAME_FIRST: &str = r"
            \b(?P<n5>MONTH)\b\.?\s{1,2}(?P<d5>[0-9][0-9]?)(?:st|nd|rd|th)?\b(?:(?:,\s?|\s)(?P<y5>[0-9]{4})\b)?
          | \b(?P<n8>MONTH)[-/](?P<d8>[0-9][0-9])[-/](?P<y8>[0-9]{4}|[0-9][0-9])";

/// The name of a day and what may follow it before the date.
const DAY: &str = r"(?:\b(?:mon(?:day|tag)?|tue(?:s|sday)?|wed(?:s|nesday)?|thu(?:r|rs|rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?|lun(?:di|es)?|mar(?:di|tes)?|mer(?:credi)?|jeu(?:di)?|ven(?:dredi)?|sam(?:edi|stag)?|dim(?:anche)?|mo|di(?:enstag)?|mi(?:ttwoch)?|do(?:nnerstag)?|fr(?:eitag)?|sa|so(?:nntag|nnabend)?|mi[ée](?:rcoles)?|jue(?:ves)?|vie(?:rnes)?|s[áa]b(?:ado)?|dom(?:ingo)?)\b\.?,?\s{1,2}(?:the\s|le\s|den\s|,\s)?)?";

/// A date that begins with three digits or more.
static YEAR: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new(&format!("(?ix)(?:{YEAR_FIRST})").replace("MONTH", MONTH)));

/// A date that begins with one digit or two.
static NUMBER: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new(&format!("(?ix)(?:{DAY_FIRST})").replace("MONTH", MONTH)));

/// A date that begins with a name.
static NAMED: LazyLock<Pattern> = LazyLock::new(|| {
    let pattern = format!("(?ix){DAY}(?:{YEAR_FIRST}|{DAY_FIRST}|{NAME_FIRST})");
    Pattern::new(&pattern.replace("MONTH", MONTH))
});

/// A date that begins with the name of a month that can't be one of a day.
static MONTH_NAMED: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new(&format!("(?ix)(?:{NAME_FIRST})").replace("MONTH", MONTH)));

/// The pattern for what begins here.
fn pattern(text: &str, start: usize) -> &'static Pattern {
    let digit = |at| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    match start {
        _ if digit(start) && digit(start + 1) && digit(start + 2) => &YEAR,
        _ if digit(start) => &NUMBER,
        _ if scan::day(text.as_bytes(), start) => &NAMED,
        _ => &MONTH_NAMED,
    }
}

/// The date that begins here, with its groups; it has at most `length` octets.
pub(crate) fn at(text: &str, start: usize, length: usize) -> Option<Groups<'_>> {
    // Each form begins with a boundary. Asking the patterns for it behind other letters than ASCII's is dear.
    let previous = before(text, start, 4).chars().next_back();
    if previous.is_some_and(wordy) {
        return None;
    }
    usual(text, start).or_else(|| pattern(text, start).groups(text, start, length))
}

/// `2024-03-05`, `05/Mar/2024` and `Mar  5 02:`, as nearly all logs have them: what [`pattern`] finds too, but much slower.
fn usual(text: &str, start: usize) -> Option<Groups<'_>> {
    let found = |groups: &[_]| Some(Groups::known(text, start, groups));
    match window(text, start, 12).as_bytes() {
        [
            b'1',
            b'9',
            y,
            z,
            b'-' | b'/' | b'.',
            m,
            n,
            b'-' | b'/' | b'.',
            d,
            e,
            ..,
        ]
        | [
            b'2',
            b'0',
            y,
            z,
            b'-' | b'/' | b'.',
            m,
            n,
            b'-' | b'/' | b'.',
            d,
            e,
            ..,
        ] if [y, z, m, n, d, e].iter().all(|b| b.is_ascii_digit()) => {
            found(&[("y1", 0, 4), ("m1", 5, 7), ("d1", 8, 10)])
        }
        [d, e, b'/', a, b, c, b'/', y @ .., _]
            if short(*a, *b, *c)
                && [d, e].iter().all(|b| b.is_ascii_digit())
                && matches!(y, [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9']) =>
        {
            found(&[("d4", 0, 2), ("n4", 3, 6), ("y4", 7, 11)])
        }
        [a, b, c, b' ', d, e, b' ', h, i, b':', ..]
            if short(*a, *b, *c)
                && (*d == b' ' || d.is_ascii_digit())
                && [e, h, i].iter().all(|b| b.is_ascii_digit()) =>
        {
            found(&[("n5", 0, 3), ("d5", 4 + usize::from(*d == b' '), 6)])
        }
        _ => None,
    }
}

/// Whether these letters are the English short name of a month.
fn short(a: u8, b: u8, c: u8) -> bool {
    let names = [
        b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov",
        b"dec",
    ];
    names.contains(&&[a, b, c].map(|b| b.to_ascii_lowercase()))
}
