//! The commands for the database as a whole.

use clap::Subcommand;

use super::{backup, migrate, outbox};
use crate::config::Settings;

/// Schema, copies, and what a copy holds back.
#[derive(Subcommand)]
pub(super) enum Command {
    /// The database schema
    #[command(subcommand)]
    Migrate(migrate::Action),
    /// Write an encrypted copy of the database: one snapshot, streamed, while everything runs
    #[command(
        args_conflicts_with_subcommands = true,
        subcommand_negates_reqs = true,
        after_help = "Examples:\n  pillarbox backup /var/backups/pillarbox-$(date +%F).pbx\n  \
        pillarbox backup - | ssh safe.example.org 'cat > pillarbox.pbx'\n  pillarbox backup verify pillarbox.pbx"
    )]
    Backup(backup::BackupOptions),
    /// Fill an empty database from a backup, or none of it; mail that was waiting is held
    #[command(
        after_help = "Examples:\n  createdb --owner pillarbox pillarbox && pillarbox restore pillarbox.pbx\n  \
        ssh safe.example.org cat pillarbox.pbx | pillarbox restore -"
    )]
    Restore(backup::RestoreOptions),
    /// Mail that is held after a restore
    #[command(subcommand)]
    Outbox(outbox::Action),
}

pub(super) async fn run(command: &Command, settings: &Settings) -> anyhow::Result<()> {
    match command {
        Command::Migrate(action) => migrate::run(action, settings).await,
        Command::Backup(options) => backup::run(options, settings).await,
        Command::Restore(options) => backup::restore(options, settings).await,
        Command::Outbox(action) => outbox::run(action, settings).await,
    }
}
