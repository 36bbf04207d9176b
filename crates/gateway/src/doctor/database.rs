//! The server, its version and settings, its clock, the migrations, roles and rights.

use jiff::Timestamp;

use super::Line;
use crate::store::{ServerFacts, Store, StoreFault};

/// The releases of May 2026 closed eleven holes: nothing older (`threats.md` D5). Major release, least minor.
const LEAST: [(i32, i32); 5] = [(14, 23), (15, 18), (16, 14), (17, 10), (18, 4)];
/// Seconds that the clocks may differ before codes and signatures are dated wrongly.
const CLOCK_WARN: f64 = 2.0;
const CLOCK_FAIL: f64 = 60.0;

/// Whether it can be asked, and what it says.
pub(super) async fn check(store: &Store) -> (bool, Vec<Line>) {
    let facts = match store.server_facts().await {
        Ok(facts) => facts,
        Err(fault) => {
            let advice = "see whether PostgreSQL runs and whether database.url names it";
            return (
                false,
                vec![Line::fail("database", fault.to_string(), advice)],
            );
        }
    };
    let mut lines = vec![version(facts.version)];
    lines.push(settings(&facts));
    lines.push(clock(&facts));
    lines.push(migrations(store).await);
    lines.push(rights(store).await);
    (true, lines)
}

fn version(number: i32) -> Line {
    let (major, minor) = (number / 10_000, number % 10_000);
    let seen = format!("PostgreSQL {major}.{minor}");
    match LEAST.into_iter().find(|(known, _)| *known == major) {
        Some((_, least)) if minor < least => Line::fail(
            "database",
            seen,
            format!("has known holes: install {major}.{least} or newer"),
        ),
        None if major < 14 => Line::fail(
            "database",
            seen,
            "no longer maintained: install 15 or newer",
        ),
        Some(_) | None => Line::ok("database", seen),
    }
}

fn settings(facts: &ServerFacts) -> Line {
    let wrong: Vec<&str> = [
        ("fsync = on", facts.fsync.as_str() == "on"),
        (
            "full_page_writes = on",
            facts.full_page_writes.as_str() == "on",
        ),
        // Ours is set for each connection; a server that overrides it would show here.
        (
            "synchronous_commit = on",
            facts.synchronous_commit.as_str() != "off",
        ),
    ]
    .into_iter()
    .filter_map(|(setting, is_right)| (!is_right).then_some(setting))
    .collect();
    if wrong.is_empty() {
        return Line::ok("database settings", "what is committed stays");
    }
    Line::fail(
        "database settings",
        "a power cut would lose accepted mail",
        format!("set {} in postgresql.conf", wrong.join(", ")),
    )
}

fn clock(facts: &ServerFacts) -> Line {
    let now = Timestamp::now().as_duration().as_secs_f64();
    let apart = (now - facts.now).abs();
    let seen = format!("{apart:.1} s apart from the database's");
    let advice = "let a time service set both clocks";
    if apart > CLOCK_FAIL {
        Line::fail("clock", seen, advice)
    } else if apart > CLOCK_WARN {
        Line::warn("clock", seen, advice)
    } else {
        Line::ok("clock", seen)
    }
}

async fn migrations(store: &Store) -> Line {
    match store.check_schema().await {
        Ok(()) => Line::ok("migrations", "all applied"),
        Err(StoreFault::Schema(seen)) => {
            Line::fail("migrations", seen, "run `pillarbox migrate up`")
        }
        Err(fault) => Line::fail("migrations", fault.to_string(), "see what the server logs"),
    }
}

/// An installation whose parts share one login works without roles; that it could be closer is said nonetheless.
async fn rights(store: &Store) -> Line {
    let advice = "as a superuser, in the same database: pillarbox migrate roles | psql -d DATABASE";
    match store.rights_findings().await {
        Ok(findings) if findings.is_empty() => Line::ok("database roles", "each with its rights"),
        Ok(findings) => Line::warn("database roles", findings.join("; "), advice),
        Err(fault) => Line::warn("database roles", fault.to_string(), advice),
    }
}
