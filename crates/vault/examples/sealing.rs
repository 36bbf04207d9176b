//! What sealing costs a report: `cargo run --release -p vault --example sealing [MICROSECONDS]`.
//!
//! One turn does what a plain report of 2.8 kB does on its whole way: the listener seals envelope and content, the worker opens
//! them, makes and wraps a case key, seals five values, and the sender unwraps the key and opens the acknowledgement. The
//! argument is the CPU time of the whole path, from `cargo bench -p pillarbox --bench load`, and gives the share.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed step is a failed run; it prints its findings"
)]

use std::hint::black_box;
use std::time::Instant;

use vault::{Aad, Epoch, InboxPublicKey, KeyRing};

/// Octets of what is sealed under the case's key: raw, summary, reading, searchable values, acknowledgement.
const VALUES: [usize; 5] = [2_800, 300, 5_000, 400, 3_500];
const TURNS: u32 = 5_000;

fn main() {
    let whole = std::env::args().nth(1).and_then(|word| word.parse().ok());
    let ring = KeyRing::generate().unwrap();
    let folder = std::env::temp_dir().join(format!("sealing-{}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let mut kept = ring;
    kept.begin_epochs_in(&folder).unwrap();
    let month = vault::EpochKeyName {
        epoch: Epoch::of_month(2026, 11).unwrap(),
        generation: 1,
    };
    kept.take_epoch(month, kept.offer_epoch(month).unwrap())
        .unwrap();
    // One encapsulation serves all messages of ten seconds.
    let public = kept.inbox_public_key().unwrap();
    turn(&kept, &public);
    let began = Instant::now();
    for _ in 0..TURNS {
        turn(&kept, &public);
    }
    let took = began.elapsed().as_secs_f64() * 1e6 / f64::from(TURNS);
    std::fs::remove_dir_all(&folder).unwrap();
    println!("sealing and opening, one report: {took:.0} µs");
    if let Some(whole) = whole {
        let whole: f64 = whole;
        println!("share of {whole:.0} µs: {:.1} %", 100.0 * took / whole);
    }
}

fn turn(ring: &KeyRing, public: &InboxPublicKey) {
    for length in [300, 2_800] {
        let sealed = public.seal(b"row", &vec![7; length]).unwrap();
        black_box(ring.open_inbox(b"row", &sealed).unwrap());
    }
    let case = ring
        .new_case_key(Epoch::of_month(2026, 11).unwrap())
        .unwrap();
    let wrapped = ring.wrap(&case, &place("wrapped")).unwrap();
    let mut last = None;
    for length in VALUES {
        last = Some(case.seal(&place("value"), &vec![7; length]).unwrap());
    }
    let again = ring.unwrap(&wrapped, &place("wrapped")).unwrap();
    black_box(again.open(&place("value"), &last.unwrap()).unwrap());
}

fn place(column: &str) -> Aad<'_> {
    Aad {
        team: "CSIRT",
        table: "entry",
        column,
        case: [1; 16],
        row: [2; 16],
    }
}
