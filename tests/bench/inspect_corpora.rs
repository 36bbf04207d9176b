//! `pillarbox inspect --json` over every file of a folder of corpora, in one call.
//!
//! `cargo bench -p pillarbox --bench inspect_corpora -- ../shared/corpora`. Asserted: one JSON object a file, none takes two
//! seconds. Printed: kinds against the labels of the manifests, the slowest, and the throughput of 10 000 files in one call.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::as_conversions,
    reason = "a failed step is a failed run; it prints its findings"
)]

#[path = "inspect_corpora/run.rs"]
mod run;
#[path = "inspect_corpora/table.rs"]
mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use run::inspect;
use table::Table;

const LIMIT: Duration = Duration::from_secs(2);
const MANY: usize = 10_000;
const MANIFESTS: [&str; 5] = ["a", "b", "c", "d", "e"];

fn main() {
    let given = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let folder = given.map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpora"),
        // cargo runs a benchmark in the package's folder; a path is meant from where cargo was called.
        |given| {
            std::env::var_os("PWD")
                .map_or_else(PathBuf::new, PathBuf::from)
                .join(given)
        },
    );
    let mut files = Vec::new();
    walk(&folder, Path::new(""), &mut files);
    files.sort();
    let run = inspect(&folder, &files);
    println!(
        "{} files in one call: {:.2} s, {:.0} a second, load average {}",
        files.len(),
        run.whole.as_secs_f64(),
        files.len() as f64 / run.whole.as_secs_f64(),
        fs::read_to_string("/proc/loadavg").unwrap().trim_end()
    );
    slowest(&folder, &files, &run);
    for name in MANIFESTS {
        let path = folder.join(format!("manifest-{name}.tsv"));
        let manifest = fs::read_to_string(path).unwrap();
        println!("\nmanifest-{name}: label against disposition.kind");
        print!("{}", Table::of(&manifest, &files, &run.objects));
    }
    let many: Vec<PathBuf> = files.iter().cycle().take(MANY).cloned().collect();
    let run = inspect(&folder, &many);
    println!(
        "\n{MANY} files in one call: {:.2} s, {:.0} a second",
        run.whole.as_secs_f64(),
        MANY as f64 / run.whole.as_secs_f64()
    );
}

/// A file's time is at most the time since the line that freed its place; the longest are measured again, alone.
fn slowest(folder: &Path, files: &[PathBuf], run: &run::Run) {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by_key(|&number| std::cmp::Reverse(run.at_most[number]));
    println!("slowest, in the call (at most) and alone with the start of the program:");
    for &number in order.iter().take(5) {
        let alone = inspect(folder, &files[number..=number]).whole;
        println!(
            "  {:6.0} ms {:6.0} ms  {}",
            run.at_most[number].as_secs_f64() * 1e3,
            alone.as_secs_f64() * 1e3,
            files[number].display()
        );
    }
    for &number in &order {
        if run.at_most[number] < LIMIT {
            break;
        }
        let alone = inspect(folder, &files[number..=number]).whole;
        assert!(alone < LIMIT, "{}: {alone:?}", files[number].display());
    }
}

/// Every file below, as a path from `folder`.
fn walk(folder: &Path, below: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder.join(below)).unwrap() {
        let entry = entry.unwrap();
        let path = below.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            walk(folder, &path, files);
        } else {
            files.push(path);
        }
    }
}
