//! Names that look like others. Each registrable domain is entered under what is left when the tricks are undone (its *shape*), and,
//! for slips of the pen, under its shape with a letter or two left out: a name finds its models by its own shape and those near it,
//! however many there are. Short names have too many neighbours to say anything.

use std::collections::{BTreeMap, BTreeSet};

use unicode_security::confusable_detection::skeleton;

use super::Rule;

/// Letters of a name that is told by its shape, by its suffix, or by an edit under the same and another suffix.
const SHAPE: usize = 4;
const OTHER_SUFFIX: usize = 6;
const EDIT: usize = 6;
const EDIT_OTHER_SUFFIX: usize = 9;
/// From so many on, two edits are allowed.
const TWO_EDITS: usize = 12;
/// Longer names are not compared by edits.
const LONGEST: usize = 40;
/// Letters of a domain that is told inside another, and of a name that is told beside another word.
const INSIDE: usize = 7;

/// The domains to be told apart from.
#[derive(Debug, Default)]
pub(super) struct Names {
    models: Vec<Model>,
    registrable: BTreeSet<String>,
    shapes: BTreeMap<String, Vec<usize>>,
    /// Shapes with letters left out.
    near: BTreeMap<String, Vec<usize>>,
    /// Whole domains, their labels and what is between hyphens in their shapes, parted by blanks.
    whole: BTreeMap<String, usize>,
    /// The most parts of any of these.
    parts: usize,
}

#[derive(Debug)]
struct Model {
    domain: String,
    stem: String,
    suffix: String,
    shape: String,
}

impl Model {
    /// A registrable domain; `None` for a suffix.
    fn new(name: &str) -> Option<Model> {
        let domain = psl::domain_str(name)?;
        let (stem, suffix) = domain.split_once('.')?;
        Some(Model {
            domain: domain.to_owned(),
            stem: stem.to_owned(),
            suffix: suffix.to_owned(),
            shape: shape(stem),
        })
    }
}

impl Names {
    pub(super) fn new(domains: &BTreeSet<String>) -> Names {
        let mut names = Names::default();
        let models = domains.iter().filter_map(|name| Model::new(name));
        names.models = models
            .filter(|model| names.registrable.insert(model.domain.clone()))
            .collect();
        for (index, model) in names.models.iter().enumerate() {
            names
                .shapes
                .entry(model.shape.clone())
                .or_default()
                .push(index);
            for near in neighbours(&model.shape) {
                names.near.entry(near).or_default().push(index);
            }
            let parts = parts(&model.domain);
            names.parts = names.parts.max(parts.len());
            if model.domain.len() >= INSIDE {
                names.whole.entry(parts.join(" ")).or_insert(index);
            }
        }
        names
    }

    /// The domain that a name, none of our own, may be taken for.
    pub(super) fn of(&self, name: &str) -> Option<(&str, Rule)> {
        // What lies under a domain of the constituency is no stranger's, even if it is not listed itself.
        let own = Model::new(name).filter(|own| !self.registrable.contains(&own.domain))?;
        if let Some(model) = self.inside(name) {
            return Some((&model.domain, Rule::Inside));
        }
        let shaped = self.shapes.get(&own.shape).into_iter().flatten();
        let near = neighbours(&own.shape).into_iter();
        let near = near.filter_map(|near| self.near.get(&near)).flatten();
        let models = shaped.chain(near).filter_map(|at| self.models.get(*at));
        let found = models
            .filter_map(|model| Some((rule(&own, model)?, own.suffix != model.suffix, model)))
            .min_by_key(|(rule, is_elsewhere, model)| (*rule, *is_elsewhere, &model.domain));
        let found = found.map(|(rule, _, model)| (model, rule));
        let (model, rule) = found.or_else(|| Some((self.beside(&own.stem)?, Rule::Word)))?;
        Some((&model.domain, rule))
    }

    /// A model's name beside other words: `stadtbank-login`.
    fn beside(&self, stem: &str) -> Option<&Model> {
        let parts = parts(stem);
        let runs =
            (0..parts.len()).flat_map(|from| (from + 1..=parts.len()).map(move |to| from..to));
        let mut found = runs.filter_map(|run| {
            let run = parts.get(run)?.concat();
            let known = self
                .shapes
                .get(&run)
                .filter(|_| run.chars().count() >= INSIDE)?;
            self.models.get(*known.first()?)
        });
        found.next()
    }

    /// A whole domain in what stands before a name's suffix, its dots perhaps written as hyphens.
    fn inside(&self, name: &str) -> Option<&Model> {
        let suffix = psl::suffix_str(name)?;
        let parts = parts(name.strip_suffix(suffix)?);
        let starts = 0..parts.len();
        let runs = starts.flat_map(|from| (2..=self.parts).map(move |count| from..from + count));
        let mut found = runs.filter_map(|run| {
            let run = parts.get(run)?.join(" ");
            self.models.get(*self.whole.get(&run)?)
        });
        found.next()
    }
}

/// A name in small letters, its A-labels decoded, without its final dot.
pub(super) fn readable(name: &str) -> String {
    let name = name.trim_end_matches('.').to_lowercase();
    if !name.contains("xn--") {
        return name;
    }
    let label = |label: &str| {
        let coded = label.strip_prefix("xn--");
        let decoded = coded.and_then(idna::punycode::decode_to_string);
        decoded.map_or_else(|| label.to_owned(), |text| text.to_lowercase())
    };
    name.split('.').map(label).collect::<Vec<_>>().join(".")
}

/// What is left of a label when look-alike letters (UTS 39), accents, digits for letters and hyphens are undone.
fn shape(label: &str) -> String {
    let plain: String = skeleton(label)
        .filter(|c| !matches!(c, '\u{300}'..='\u{36f}' | '-'))
        .flat_map(char::to_lowercase)
        .collect();
    // Before `i` becomes `l`: `ci` looks like no `d`.
    let pairs = plain.replace("vv", "w").replace("cl", "d");
    let letters = pairs.chars().map(|c| match c {
        '1' | 'i' | '|' => 'l',
        '0' => 'o',
        '3' => 'e',
        '4' => 'a',
        '5' => 's',
        '7' => 't',
        '8' => 'b',
        '9' => 'g',
        other => other,
    });
    letters.collect()
}

/// The shapes of labels and of what is between hyphens in them.
fn parts(name: &str) -> Vec<String> {
    let parts = name.split(['.', '-']).filter(|part| !part.is_empty());
    parts.map(shape).collect()
}

/// By which rule a name looks like a model, if it does.
fn rule(name: &Model, model: &Model) -> Option<Rule> {
    let length = model.shape.chars().count();
    let is_elsewhere = name.suffix != model.suffix;
    if name.shape == model.shape {
        return shaped(name, model, length, is_elsewhere);
    }
    let digitless = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    let most = match (length, is_elsewhere) {
        (TWO_EDITS.., false) => 2,
        (EDIT.., false) | (EDIT_OTHER_SUFFIX.., true) => 1,
        _ => 0,
    };
    // `ns1` and `ns2` are neighbours, not look-alikes.
    let is_numbered = digitless(&name.stem) == digitless(&model.stem);
    (!is_numbered && distance(&name.shape, &model.shape) <= most).then_some(Rule::Edit)
}

/// By what names of one shape differ.
fn shaped(name: &Model, model: &Model, length: usize, is_elsewhere: bool) -> Option<Rule> {
    if length < SHAPE {
        return None;
    }
    if name.stem == model.stem {
        return (is_elsewhere && length >= OTHER_SUFFIX).then_some(Rule::Suffix);
    }
    if name.stem.replace('-', "") == model.stem.replace('-', "") {
        return (!is_elsewhere || length >= OTHER_SUFFIX).then_some(Rule::Hyphen);
    }
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
    let is_digits = name.stem.is_ascii() && digits(&name.stem) != digits(&model.stem);
    Some(if is_digits {
        Rule::Digits
    } else {
        Rule::Confusable
    })
}

/// A shape, and the same with one letter left out, or two of a long one: two shapes within as many edits have one in common.
fn neighbours(shape: &str) -> BTreeSet<String> {
    let length = shape.chars().count();
    let mut all = BTreeSet::new();
    // A name that lost letters must still find a model that allows so many.
    if !(EDIT - 1..=LONGEST).contains(&length) {
        return all;
    }
    all.insert(shape.to_owned());
    let ones = without_one(shape);
    if length >= TWO_EDITS - 2 {
        all.extend(ones.iter().flat_map(|one| without_one(one)));
    }
    all.extend(ones);
    all
}

fn without_one(text: &str) -> BTreeSet<String> {
    let left_out = text.char_indices().map(|(at, c)| {
        let (before, rest) = text.split_at(at);
        format!("{before}{}", rest.get(c.len_utf8()..).unwrap_or_default())
    });
    left_out.collect()
}

/// How many letters have to be added, left out, changed or swapped with their neighbour to make one of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let (mut last, mut row): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=other.len()).collect());
    let mut previous = None;
    let at = |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
    for (line, letter) in one.chars().enumerate() {
        let mut next = vec![line + 1];
        for (index, wanted) in other.iter().enumerate() {
            let changed = at(&row, index) + usize::from(letter != *wanted);
            let mut best = changed
                .min(at(&row, index + 1) + 1)
                .min(at(&next, index) + 1);
            let before = index.checked_sub(1);
            if let Some(before) = before
                && previous == Some(*wanted)
                && other.get(before) == Some(&letter)
            {
                best = best.min(at(&last, before) + 1);
            }
            next.push(best);
        }
        (last, row) = (row, next);
        previous = Some(letter);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swaps_count_once() {
        for (one, other, wanted) in [
            ("", "abc", 3),
            ("bank", "bank", 0),
            ("bnak", "bank", 1),
            ("banks", "bank", 1),
            ("bonk", "bank", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), wanted, "{one} {other}");
            assert_eq!(distance(other, one), wanted, "{other} {one}");
        }
    }
}
