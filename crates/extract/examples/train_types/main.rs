//! Learns which words speak of which type: `cargo run --release -p extract --example train_types` writes `src/wording/types.bin`.

#[path = "../../src/wording/features.rs"]
#[expect(
    dead_code,
    reason = "reading cuts a report into sentences; the examples are sentences"
)]
mod features;
#[path = "../train_roles/marked.rs"]
#[expect(
    dead_code,
    clippy::string_slice,
    reason = "the other readers are for roles; a tool that reads our own examples"
)]
mod marked;
mod train;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let table = train::table(&train::examples());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wording/types.bin");
    std::fs::write(file, table)
}
