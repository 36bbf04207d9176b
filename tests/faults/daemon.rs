//! SIGKILL of the daemon under load.

use std::time::{Duration, Instant};

use crate::account::{settle_up, sums};
use crate::chance::Chance;
use crate::ledger::Load;
use crate::support::Installation;
use crate::time;

const KILLS: u64 = 50;
/// A killed daemon costs its messages an attempt each; here they are never given up, so that every Subject is read.
const SETTINGS: &str = "[worker]\nattempts = 100\n";

#[test]
fn daemon_killed_fifty_times_loses_nothing_and_files_nothing_twice() {
    let installation = Installation::new(SETTINGS);
    let mut daemon = installation.serve();
    let mut chance = Chance::new();
    let began = Instant::now();
    let load = Load::start(
        installation.ports.smtp,
        &installation.path("ledger"),
        4,
        Duration::from_millis(15),
    );
    for _ in 0..KILLS {
        chance.wait(50, 500);
        daemon.kill();
        time::passes(&installation);
        daemon = installation.serve();
    }
    let ledger = load.stop();
    daemon.kill();
    time::passes(&installation);
    let daemon = installation.serve();
    installation.settle();
    let found = settle_up(&installation, &ledger, KILLS + 1);
    println!(
        "{KILLS} kills: {}; {} tickets, {} acknowledgements left twice; {:?}",
        sums(&ledger),
        found.tickets,
        found.doubled,
        began.elapsed()
    );
    assert!(found.tickets > KILLS, "too little load to tell");
    assert!(daemon.terminate());
}
