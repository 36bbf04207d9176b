//! CPU time by kind of process, from `/proc/PID/stat` (proc(5)): user and system time, and that of children that ended.

use std::collections::BTreeMap;
use std::fs;

/// Seconds by kind of process.
pub struct Usage(BTreeMap<String, f64>);

/// `sysconf(_SC_CLK_TCK)` on Linux.
const TICKS: f64 = 100.0;

struct Stat {
    parent: u32,
    own: f64,
    ended_children: f64,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything; what follows its parenthesis are fields 3 and up.
    let (_, rest) = text.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap() / TICKS;
    Some(Stat {
        parent: fields[1].parse().unwrap(),
        own: ticks(14) + ticks(15),
        ended_children: ticks(16) + ticks(17),
    })
}

impl Usage {
    /// Of the daemon and Postgres, up to now.
    pub fn now(daemon: u32, postmaster: u32) -> Usage {
        let mut sums = BTreeMap::new();
        let mut add =
            |name: &str, seconds: f64| *sums.entry(name.to_owned()).or_default() += seconds;
        let gateway = stat(daemon).unwrap();
        add("daemon", gateway.own);
        add("readers", gateway.ended_children);
        let server = stat(postmaster).unwrap();
        add("postgres: postmaster", server.own + server.ended_children);
        for folder in fs::read_dir("/proc").unwrap() {
            let name = folder.unwrap().file_name();
            let Some(pid) = name.to_str().and_then(|name| name.parse().ok()) else {
                continue;
            };
            let Some(stat) = stat(pid) else { continue };
            if stat.parent == daemon {
                add("readers", stat.own + stat.ended_children);
            } else if stat.parent == postmaster {
                add(&server_process(pid), stat.own + stat.ended_children);
            }
        }
        Usage(sums)
    }

    /// What was used since then, the largest first.
    pub fn since(&self, before: &Usage) -> Vec<(String, f64)> {
        let mut used: Vec<(String, f64)> = self
            .0
            .iter()
            .map(|(name, seconds)| (name.clone(), seconds - before.0.get(name).unwrap_or(&0.0)))
            .collect();
        used.sort_by(|a, b| b.1.total_cmp(&a.1));
        used
    }
}

/// Postgres writes what a process does to its command line: `postgres: walwriter`, `postgres: user database …`.
fn server_process(pid: u32) -> String {
    let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let title = line.trim_end_matches(['\0', ' ']);
    match title.strip_prefix("postgres: ") {
        Some(rest) if rest.starts_with("pillarbox ") => "postgres: backends".to_owned(),
        Some(rest) if rest.starts_with("autovacuum") => "postgres: autovacuum".to_owned(),
        Some(_) => title.to_owned(),
        None => "postgres: other".to_owned(),
    }
}
