//! `ticket erase`: one ticket, for good.

use std::io::Write;

use clap::Args;

use super::confirm::{Consent, confirm, reason};
use super::desk::Desk;
use crate::actions::Refusal;
use crate::audit::actor;
use crate::erasure::{self, By};

/// Which ticket, and how.
#[derive(Args)]
pub(super) struct Options {
    /// Reference or number
    reference: String,
    /// Why, one word, for the shred log: `request`, `court-order` …
    #[arg(long, value_parser = reason)]
    reason: String,
    /// Only say what would be erased
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    consent: Consent,
}

pub(super) async fn run(
    desk: &Desk,
    options: &Options,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let serial = desk.serial(&options.reference)?;
    let reference = desk.reference(serial);
    let rows = desk.store.tickets(&desk.team, &[serial], &[]).await?;
    let Some(ticket) = rows.first() else {
        return Err(missing(desk, serial).await?.into());
    };
    for size in desk.store.case_sizes(&[ticket.id]).await? {
        writeln!(
            out,
            "{reference} ({}): {} messages, {} mails of ours",
            ticket.state, size.entries, size.mails
        )?;
    }
    if options.dry_run {
        return Ok(());
    }
    confirm(&options.consent, &format!("Erase {reference} for good?"))?;
    let actor = actor();
    let by = By {
        team: &desk.team,
        actor: &actor,
        reason: &options.reason,
    };
    if !erasure::erase_case(&desk.store, &desk.ring, ticket.id, by).await? {
        return Err(missing(desk, serial).await?.into());
    }
    writeln!(
        out,
        "erased {reference}. Backups of the database still have it until they expire, or until its month is erased."
    )?;
    Ok(())
}

/// Why there is no such ticket.
pub(super) async fn missing(desk: &Desk, serial: i64) -> anyhow::Result<Refusal> {
    let reference = desk.reference(serial);
    let lines = desk.store.shred_log(&desk.team, Some(serial), 1).await?;
    Ok(match lines.first() {
        Some(line) => Refusal::Erased {
            reference,
            at: line.at.clone(),
            reason: line.reason.clone(),
        },
        None => Refusal::NoTicket(reference),
    })
}
