//! `migrate status|up|plan`.

use std::io::Write;

use clap::Subcommand;

use super::Finding;
use crate::config::Settings;
use crate::store::Store;

/// What to do with the schema.
#[derive(Subcommand)]
pub(super) enum Action {
    /// List migrations; exit code 1 when some are missing
    Status,
    /// Apply what is missing
    Up,
    /// Say what `up` would do
    Plan,
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let store = Store::new(&settings.database)?;
    let mut out = std::io::stdout();
    if let Action::Up = action {
        let count = store.migrate().await?;
        writeln!(out, "the database has all {count} migrations")?;
        return Ok(());
    }
    let (list, unknown) = store.migration_status().await?;
    let missing = list.iter().filter(|(_, _, applied)| !applied).count();
    for (version, description, applied) in &list {
        let word = match (applied, action) {
            (true, _) => "applied",
            (false, Action::Plan) => "would be applied",
            (false, Action::Status | Action::Up) => "missing",
        };
        writeln!(out, "{version:04} {description}: {word}")?;
    }
    if unknown > 0 {
        return Err(Finding(format!(
            "{unknown} migrations in the database are newer than this program"
        ))
        .into());
    }
    match action {
        Action::Status if missing > 0 => {
            Err(Finding(format!("{missing} missing: run `pillarbox migrate up`")).into())
        }
        Action::Status | Action::Plan | Action::Up => Ok(()),
    }
}
