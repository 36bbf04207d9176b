//! How fast the crate reads: `cargo run --release -p extract --example speed`. Every text is made here, the same each time.
//!
//! `speed NAME RUNS` reads one of the texts only, `speed write` prints the mix, and `speed hunt MINUTES` looks for texts that cost more.
#![expect(clippy::print_stdout, reason = "a report for people")]

mod hostile;
mod texts;

use extract::{Context, TextKind, TextPart, extract};
use rustix::time::{ClockId, clock_gettime};

/// What this thread has used of the processor, in seconds: other programs don't count.
fn processor_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    std::time::Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
    .as_secs_f64()
}

/// The best of some runs, in seconds of the processor.
fn took(text: &str, kind: TextKind, runs: usize) -> f64 {
    let context = Context {
        date: Some("2024-03-29T09:00:00+01:00".into()),
        ..Context::default()
    };
    let part = TextPart {
        id: "1",
        kind,
        text,
        attachment: false,
        forwarded: false,
    };
    let once = |_| {
        let start = processor_time();
        let read = extract(&[part], &context);
        let seconds = processor_time() - start;
        std::hint::black_box(read);
        seconds
    };
    (0..runs).map(once).fold(f64::INFINITY, f64::min)
}

fn main() {
    let mut words = std::env::args().skip(1);
    let (asked, number) = (words.next(), words.next());
    let number = number.and_then(|number| number.parse().ok()).unwrap_or(15);
    match asked.as_deref() {
        Some("hunt") => hostile::hunt(u64::try_from(number).unwrap_or(0)),
        Some("write") => texts::all()
            .iter()
            .filter(|(name, _)| *name == "mix")
            .for_each(|(_, text)| print!("{text}")),
        one => {
            figures(one, number);
            if one.is_none() {
                hostile::report();
            }
        }
    }
}

/// The figures of one text, or of all.
fn figures(one: Option<&str>, runs: usize) {
    let report = texts::report();
    println!(
        "the first report of a process, which builds the patterns: {:.0} ms",
        took(&report, TextKind::Plain, 1) * 1e3
    );
    println!(
        "one report of {} octets: {:.0} µs",
        report.len(),
        took(&report, TextKind::Plain, 10 * runs) * 1e6
    );
    for (name, text) in texts::all() {
        if one.is_none_or(|one| one == name) {
            println!(
                "{name:<8} {:6.1} MiB/s",
                1.0 / took(&text, TextKind::Plain, runs)
            );
        }
    }
}
