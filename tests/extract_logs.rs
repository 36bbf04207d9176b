//! Lines of logs and their ends, as we know that the programs write them; with documentation addresses. All of it is made up.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "extract/ends.rs"]
mod ends;
#[path = "extract/reading.rs"]
mod reading;

use extract::TextKind;

use crate::ends::ends;
use crate::reading::read;

/// `== name | source > destination`, and below it what a mail shows. Without a protocol any counts.
fn cases(file: &str) -> impl Iterator<Item = (&str, &str, &str)> {
    file.split("== ").skip(1).map(|case| {
        let (head, text) = case.split_once('\n').unwrap();
        let (name, expected) = head.split_once(" | ").unwrap();
        (name, expected, text)
    })
}

/// How one end was read.
#[derive(PartialEq)]
enum Read {
    Right,
    Missed,
    Wrong,
}

fn compare(expected: &str, got: &str) -> Read {
    let bare = |end: &str| end.split('/').next().unwrap_or_default().to_owned();
    let same = if expected.contains('/') {
        expected == got
    } else {
        expected.trim_matches('-') == bare(got)
    };
    match same {
        true => Read::Right,
        false if got.is_empty() => Read::Missed,
        false => Read::Wrong,
    }
}

/// Sources with their ports and protocols, destinations the same; the cases whose ends changed places.
fn score(file: &str) -> (String, Vec<String>) {
    let (mut all, mut right, mut swapped) = (0, [0, 0], 0);
    let (mut wrong, mut show) = ([0, 0], Vec::new());
    for (name, expected, text) in cases(file) {
        let kind = match text.starts_with('<') && text.contains("<Event ") {
            true => TextKind::Xml,
            false => TextKind::Plain,
        };
        let found = read(kind, text).incident;
        let expected: Vec<&str> = expected.split(" > ").collect();
        let got = [ends(&found.sources, '#'), ends(&found.destinations, '#')];
        let ip = |end: &str| end.split(['#', '/', ' ']).next().unwrap_or_default().to_owned();
        let turned = |one: usize, other: usize| !got[one].is_empty() && ip(&got[one]) == ip(expected[other]);
        swapped += usize::from(turned(0, 1) || turned(1, 0));
        all += 1;
        for side in [0, 1] {
            let read = compare(expected[side], &got[side]);
            right[side] += usize::from(read == Read::Right);
            wrong[side] += usize::from(read == Read::Wrong);
            if read != Read::Right {
                show.push(format!("{name}: {} instead of {}", got.join(" > "), expected.join(" > ")));
            }
        }
    }
    show.dedup();
    let [sources, destinations] = right;
    let [one, other] = wrong;
    (
        format!("{all} cases: sources {sources}, wrong {one}; destinations {destinations}, wrong {other}; swapped {swapped}"),
        show,
    )
}

#[test]
#[ignore]
fn scores() {
    for (name, file) in [("first", include_str!("extract/logs/first.txt")), ("second", include_str!("extract/logs/second.txt"))] {
        let (sum, show) = score(file);
        println!("{name}: {sum}");
        if name == "first" {
            println!("{}", show.join("\n"));
        }
    }
}
