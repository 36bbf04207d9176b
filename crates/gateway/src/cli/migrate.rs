//! `migrate status|up|plan|roles`.

use std::io::Write;

use clap::Subcommand;

use super::Finding;
use crate::config::Settings;
use crate::store::{Store, roles};

/// What to do with the schema.
#[derive(Subcommand)]
pub(super) enum Action {
    /// List migrations, and what is wrong with roles and rights; exit code 1 when migrations are missing
    Status,
    /// Apply what is missing, and put roles and their rights in place
    Up,
    /// Say what `up` would do, with its statements
    Plan,
    /// Print the roles and their rights as SQL, for an administrator to run where `up` may not
    #[command(
        after_help = "Example:\n  pillarbox migrate roles | sudo -u postgres psql -v ON_ERROR_STOP=1 -d pillarbox"
    )]
    Roles,
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let store = Store::new(&settings.database)?;
    let mut out = std::io::stdout();
    match action {
        Action::Up => {
            let count = store.migrate().await?;
            writeln!(out, "the database has all {count} migrations")?;
            say_rights(&store, &mut out).await
        }
        Action::Roles => Ok(out.write_all(roles::rights_script().as_bytes())?),
        Action::Status => {
            let missing = list(&store, "missing", &mut out).await?;
            if !missing.is_empty() {
                let text = format!("{} missing: run `pillarbox migrate up`", missing.len());
                return Err(Finding(text).into());
            }
            say_rights(&store, &mut out).await
        }
        Action::Plan => {
            for version in list(&store, "would be applied", &mut out).await? {
                let text = Store::migration_text(version).trim_end();
                writeln!(out, "\n-- {version:04}\n{text}")?;
            }
            writeln!(
                out,
                "\nThen roles and their rights are put in place; `pillarbox migrate roles` prints these statements."
            )?;
            Ok(())
        }
    }
}

/// Lists all migrations; those that are not applied.
async fn list(store: &Store, word: &str, out: &mut impl Write) -> anyhow::Result<Vec<i64>> {
    let (list, unknown) = store.migration_status().await?;
    for (version, description, applied) in &list {
        let word = if *applied { "applied" } else { word };
        writeln!(out, "{version:04} {description}: {word}")?;
    }
    if unknown > 0 {
        let text = format!("{unknown} migrations in the database are newer than this program");
        return Err(Finding(text).into());
    }
    let missing = list.iter().filter(|(_, _, applied)| !applied);
    Ok(missing.map(|(version, _, _)| *version).collect())
}

/// What an administrator has to do. An installation whose parts share one login may leave it undone.
async fn say_rights(store: &Store, out: &mut impl Write) -> anyhow::Result<()> {
    let findings = store.rights_findings().await?;
    for finding in &findings {
        writeln!(out, "note: {finding}")?;
    }
    if !findings.is_empty() {
        writeln!(
            out,
            "This database user may not put it right. An administrator can, in the same database, as a superuser:\n  \
             pillarbox migrate roles | psql -v ON_ERROR_STOP=1 -d DATABASE"
        )?;
    }
    Ok(())
}
