//! Blind indexes: bounds of the planner, runs of cells, and what an attacker learns from counting them (S-71).

use std::collections::HashMap;

use proptest::prelude::*;
use vault::blind::{MOST_SALTS, salts};
use vault::{Bits, Cells, Family, Indexer, Paths, Share};

use crate::ring;

const MONTH: (i16, u8) = (2026, 3);

fn cells(indexer: &Indexer, bits: Bits, path: &[&str], salt: u16) -> Cells {
    indexer.cells(bits, indexer.hash(path), salt)
}

#[test]
fn cells_depend_on_family_team_month_value_and_salt() {
    let ring = ring();
    let of = |family, team, month, value: &str, salt| {
        let indexer = ring.indexer(family, team, month);
        cells(&indexer, Bits([28, 0, 0]), &[value], salt)
    };
    let base = of(Family::Hash, "A", MONTH, "v", 0);
    assert_eq!(base.low, base.high);
    assert_eq!(base, of(Family::Hash, "A", MONTH, "v", 0));
    let another = crate::ring().indexer(Family::Hash, "A", MONTH);
    for other in [
        of(Family::Cve, "A", MONTH, "v", 0),
        of(Family::Hash, "B", MONTH, "v", 0),
        of(Family::Hash, "A", (2026, 4), "v", 0),
        of(Family::Hash, "A", (2025, 3), "v", 0),
        of(Family::Hash, "A", MONTH, "w", 0),
        of(Family::Hash, "A", MONTH, "v", 1),
        cells(&another, Bits([28, 0, 0]), &["v"], 0),
    ] {
        assert_ne!(base, other);
    }
}

#[test]
fn a_prefix_is_the_run_of_cells_below_it() {
    let ring = ring();
    for bits in [Bits([4, 3, 2]), Bits([6, 0, 1]), Bits([0, 0, 0])] {
        let indexer = ring.indexer(Family::Address, "A", MONTH);
        let cells = |path: &[&str]| cells(&indexer, bits, path, 0);
        let (wide, narrow, one) = (
            cells(&["192.0"]),
            cells(&["192.0", "192.0.2"]),
            cells(&["192.0", "192.0.2", "192.0.2.7"]),
        );
        assert!(wide.low <= narrow.low && narrow.high <= wide.high);
        assert!(narrow.low <= one.low && one.high <= narrow.high);
        assert_eq!(one.low, one.high);
        let size = |cells: Cells| cells.high - cells.low + 1;
        let [_, middle, fine] = bits.0.map(u32::from);
        assert_eq!(size(wide), 1 << (middle + fine));
        assert_eq!(size(narrow), 1 << fine);
        assert!(one.low >= 0 && one.high < 1 << bits.sum());
    }
}

fn a_path(family: Family) -> impl Strategy<Value = Vec<String>> {
    let levels = match family {
        Family::Address => 3,
        Family::Name | Family::Mailbox | Family::Sender => 2,
        Family::Hash | Family::Cve | Family::Asn | Family::Reference | Family::Tag => 1,
    };
    prop::collection::vec("[a-d]{0,2}", levels)
}

/// A family, two of its paths, bits of cells, and a salt.
fn a_case() -> impl Strategy<Value = (Family, [Vec<String>; 2], Bits, u16)> {
    (0..Family::ALL.len(), any::<u64>(), 0..MOST_SALTS).prop_flat_map(|(at, rows, salt)| {
        let family = Family::ALL[at];
        let bits = Bits::plan(family, rows >> (rows % 64));
        let salt = if family.is_spread() { salt } else { 0 };
        let paths = [a_path(family), a_path(family)];
        (Just(family), paths, Just(bits), Just(salt))
    })
}

proptest! {
    /// What a mark says is all that cells are made of, under any bits; it stands under the prefixes of its own path and no others.
    #[test]
    fn cells_come_from_marks_as_from_values((family, paths, bits, salt) in a_case(), entry: [u8; 16]) {
        let indexer = ring().indexer(family, "A", MONTH);
        let [path, other] = paths.each_ref().map(|path| path.iter().map(String::as_str).collect::<Vec<_>>());
        let hashed = indexer.hash(&path);
        let mark = indexer.mark(hashed, salt, &entry).unwrap();
        let marked = indexer.read(&mark)[0];
        prop_assert_eq!((marked.hashed(), marked.salt()), (hashed, salt));
        prop_assert!(marked.is_of(&entry));
        let one = indexer.cells(bits, hashed, salt);
        prop_assert_eq!(indexer.cells(bits, marked.hashed(), salt), one);
        prop_assert_eq!(one.low, one.high);
        for depth in 1..=path.len() {
            let below = indexer.cells(bits, indexer.hash(&path[..depth]), salt);
            prop_assert!(below.low <= one.low && one.high <= below.high);
            let asked = |path: &[&str]| Paths::from_iter([indexer.hash(path)]);
            prop_assert!(asked(&path[..depth]).hold(marked));
            let same = path[..depth] == other[..depth];
            prop_assert_eq!(asked(&other[..depth]).hold(marked), same);
        }
    }
}

#[test]
fn marks_are_read_under_their_own_key_and_beside_their_own_message_only() {
    let ring = ring();
    let indexer = ring.indexer(Family::Sender, "A", MONTH);
    let value = indexer.hash(&["partner.example", "noc@partner.example"]);
    let (one, other) = ([1; 16], [2; 16]);
    let marks = [
        indexer.mark(value, 3, &one).unwrap(),
        indexer.mark(value, 3, &other).unwrap(),
        indexer.mark(value, 2, &one).unwrap(),
        indexer.spread_mark(value, 16).unwrap(),
    ];
    for (number, mark) in marks.iter().enumerate() {
        assert!(!marks[..number].contains(mark), "{number}");
    }
    assert_eq!(marks[3], indexer.spread_mark(value, 16).unwrap());
    let read = indexer.read(marks.as_flattened());
    assert_eq!(read.len(), 4);
    assert!(read.iter().all(|mark| mark.hashed() == value));
    let salts: Vec<u16> = read.iter().map(|mark| mark.salt()).collect();
    assert_eq!(salts, [3, 3, 2, 16]);
    let is_of = |entry: &[u8; 16]| {
        read.iter()
            .map(|mark| mark.is_of(entry))
            .collect::<Vec<_>>()
    };
    assert_eq!(is_of(&one), [true, false, true, false]);
    assert_eq!(is_of(&other), [false, true, false, false]);
    let is_spread: Vec<bool> = read.iter().map(|mark| mark.is_spread()).collect();
    assert_eq!(is_spread, [false, false, false, true]);
    for stranger in [
        ring.indexer(Family::Mailbox, "A", MONTH),
        ring.indexer(Family::Sender, "B", MONTH),
        ring.indexer(Family::Sender, "A", (2026, 4)),
        crate::ring().indexer(Family::Sender, "A", MONTH),
    ] {
        let read = stranger.read(marks.as_flattened());
        assert!(!read.iter().any(|mark| mark.is_of(&one) || mark.is_spread()));
    }
    assert!(indexer.read(&[0; 15]).is_empty());
}

#[test]
fn planned_bits_are_within_the_bounds_and_are_stored_as_planned() {
    let mut rows = 16_u32;
    while rows < 200_000_000 {
        for family in Family::ALL {
            let bits = Bits::plan(family, u64::from(rows));
            let all = bits.sum();
            assert_eq!(all, rows.ilog2() - 3, "{family:?} {rows}");
            let share = Share::of(rows, all);
            // Below 64 rows, √R is less than the eight rows that the planner aims at.
            assert!(!share.tells_too_much(), "{family:?} {rows}: {share:?}");
            assert!(
                rows < 256 || !share.is_too_slow(),
                "{family:?} {rows}: {share:?}"
            );
            assert_eq!(Bits::from_number(bits.number()), Some(bits));
        }
        rows += rows / 3 + 1;
    }
    for family in Family::ALL {
        assert_eq!(Bits::plan(family, 0).sum(), 0);
        assert!(Bits::plan(family, u64::MAX).sum() <= 28);
        assert_eq!(Family::from_number(family.number()), Some(family));
    }
    for wrong in [-1, 29, i32::MAX, 1 << 21, Bits([20, 9, 0]).number()] {
        assert_eq!(Bits::from_number(wrong), None, "{wrong}");
    }
    assert_eq!((salts(0), salts(16), salts(17)), (1, 1, 4));
    assert_eq!(salts(u32::MAX), MOST_SALTS);
    assert!(Share::of(10, 8).tells_too_much() && Share::of(10_000, 2).is_too_slow());
}

const SENDERS: usize = 5_000;
const MAILS: usize = 200_000;
const MONTHS: usize = 12;
/// Senders of a domain: those of like frequency together.
const A_DOMAIN: usize = 3;

/// Who sends the mails, in order: Zipf(1.1).
fn mails() -> (Vec<f64>, Vec<usize>) {
    let weights: Vec<f64> = (1..=SENDERS)
        .map(|rank| f64::from(u32::try_from(rank).unwrap()).powf(-1.1))
        .collect();
    let total: f64 = weights.iter().sum();
    let shares: Vec<f64> = weights.iter().map(|weight| weight / total).collect();
    let mut sums = Vec::new();
    let mut sum = 0.0;
    for share in &shares {
        sum += share;
        sums.push(sum);
    }
    let mut state = 71_u64;
    let mut draw = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = state;
        bits = (bits ^ bits >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ bits >> 31
    };
    let senders = (0..MAILS)
        .map(|_| {
            let point = f64::from(u32::try_from(draw() >> 32).unwrap()) / f64::from(u32::MAX);
            sums.partition_point(|sum| *sum < point).min(SENDERS - 1)
        })
        .collect();
    (shares, senders)
}

/// What is seen of a mail: the month and its index.
type Seen = (usize, i32);

/// Gives each index the sender of the same rank, and counts the mails whose sender is named rightly. `cells` says how many
/// indexes a sender of so many mails a month has, as far as the attacker knows.
fn attack(seen: &[Seen], senders: &[usize], shares: &[f64], cells: impl Fn(f64) -> usize) -> f64 {
    let mut months: HashMap<usize, HashMap<i32, Vec<usize>>> = HashMap::new();
    for ((month, index), sender) in seen.iter().zip(senders) {
        let rows = months.entry(*month).or_default();
        rows.entry(*index).or_default().push(*sender);
    }
    let mut right = 0;
    for indexes in months.values() {
        let mut ranked: Vec<&Vec<usize>> = indexes.values().collect();
        ranked.sort_by_key(|rows| (std::cmp::Reverse(rows.len()), rows.first().copied()));
        let mails: usize = ranked.iter().map(|rows| rows.len()).sum();
        let mails = f64::from(u32::try_from(mails).unwrap());
        let guesses = (0..shares.len())
            .flat_map(|sender| std::iter::repeat_n(sender, cells(shares[sender] * mails).max(1)));
        for (rows, guess) in ranked.iter().zip(guesses) {
            right += rows.iter().filter(|sender| **sender == guess).count();
        }
    }
    f64::from(u32::try_from(right).unwrap()) / f64::from(u32::try_from(MAILS).unwrap())
}

/// The indexes as the product makes them: `spread` turned off shows what truncation alone is worth.
fn indexes(senders: &[usize], spread: bool) -> Vec<Seen> {
    let ring = ring();
    let a_month = u64::try_from(MAILS / MONTHS).unwrap();
    let bits = Bits::plan(Family::Sender, a_month);
    let mut counts: HashMap<(usize, usize), u32> = HashMap::new();
    let mut turn = 0_u16;
    let mails = senders.iter().enumerate();
    mails
        .map(|(number, sender)| {
            let month = number * MONTHS / MAILS;
            let seen = counts.entry((month, *sender)).or_default();
            *seen += 1;
            turn = turn.wrapping_mul(25_173).wrapping_add(13_849);
            let salt = if spread {
                (turn >> 3) % salts(*seen)
            } else {
                0
            };
            let date = (2026, u8::try_from(month + 1).unwrap());
            let path = [(sender / A_DOMAIN).to_string(), sender.to_string()];
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let indexer = ring.indexer(Family::Sender, "A", date);
            (month, cells(&indexer, bits, &path, salt).low)
        })
        .collect()
}

/// S-71. The figures stand in the doc comment of `vault::blind`.
#[test]
fn counting_indexes_names_few_senders() {
    let (shares, senders) = mails();
    let full = |sender: &usize| (0, i32::try_from(*sender).unwrap());
    let seen: Vec<Seen> = senders.iter().map(full).collect();
    let known = attack(&seen, &senders, &shares, |_| 1);
    let truncated = attack(&indexes(&senders, false), &senders, &shares, |_| 1);
    let ours = indexes(&senders, true);
    let ranked = attack(&ours, &senders, &shares, |_| 1);
    // Who knows the scheme gives each sender as many indexes as his mails fill.
    let a_cell = f64::from(u32::try_from(MAILS / MONTHS).unwrap());
    let bits = Bits::plan(Family::Sender, 16_666);
    let a_cell = a_cell / f64::from(1_u32 << bits.sum());
    let informed = attack(&ours, &senders, &shares, |mails| {
        (1..=SENDERS)
            .find(|cells| f64::from(u32::try_from(*cells).unwrap()) * a_cell >= mails)
            .unwrap_or(SENDERS)
    });
    // The run of cells of a domain, to who wants the domain only.
    let run = |(month, index): &Seen| (*month, index >> bits.0[1]);
    let runs: Vec<Seen> = ours.iter().map(run).collect();
    let domains: Vec<usize> = senders.iter().map(|sender| sender / A_DOMAIN).collect();
    let of_domain = |domain: &[f64]| domain.iter().sum::<f64>();
    let domain_shares: Vec<f64> = shares.chunks(A_DOMAIN).map(of_domain).collect();
    let by_domain = attack(&runs, &domains, &domain_shares, |_| 1);
    let blind = shares[0];
    let figures = format!(
        "full {known:.3}, truncated {truncated:.3}, ours {ranked:.3}, ours to who knows {informed:.3}, domain {by_domain:.3}, without looking {blind:.3}"
    );
    assert!(known > 0.5, "{figures}");
    assert!(truncated > 0.15, "{figures}");
    assert!(ranked <= 0.05, "{figures}");
    assert!(informed <= blind + 0.05, "{figures}");
    assert!(by_domain <= 0.05, "{figures}");
    assert!(std::env::var_os("FIGURES").is_none(), "{figures}");
}
