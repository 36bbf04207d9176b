//! What Postgres does alone with the row that a message becomes.

use std::fs;
use std::process::Command;

use crate::Load;
use crate::support::Installation;

/// Rows a second, each in a transaction of its own, from as many clients as there were sessions.
pub fn commits_per_second(installation: &Installation, load: Load) -> f64 {
    let script = installation.path("row.sql");
    // A sealed message is a little longer than the message.
    let content = "5a".repeat(load.octets + 100);
    let envelope = "5a".repeat(300);
    let statement = "INSERT INTO inbox (id, size, envelope, content) VALUES (gen_random_uuid(), 1, decode(:envelope, 'hex'), decode(:content, 'hex'));\n";
    fs::write(&script, statement).unwrap();
    let clients = load.sessions.min(8);
    let output = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-f"])
        .arg(&script)
        .args(["-D", &format!("content={content}")])
        .args(["-D", &format!("envelope={envelope}")])
        .args([
            "-c",
            &clients.to_string(),
            "-t",
            &(load.messages / clients).to_string(),
        ])
        .arg(installation.cluster.url())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let tps = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    installation.sql("TRUNCATE inbox");
    tps.unwrap_or_else(|| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}
