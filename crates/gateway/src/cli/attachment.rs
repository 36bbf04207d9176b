//! `ticket attachment`: one part of a message, into a file.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::Finding;
use super::desk::Desk;
use super::export::new_file;
use crate::config::Settings;
use crate::parts::{self, PartFault};

/// Which part, and where it goes.
#[derive(Args)]
pub(super) struct Options {
    /// Reference or number
    reference: String,
    /// The message's number on the ticket
    #[arg(long, value_name = "M", default_value_t = 1)]
    message: usize,
    /// The part, as `ticket show` names it: 2, 1.2, outer1.3
    #[arg(long, value_name = "K")]
    part: String,
    /// A file, which must not exist; only you can read it
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

pub(super) async fn run(
    desk: &Desk,
    settings: &Settings,
    options: &Options,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(&options.reference).await?;
    let entries = desk.store.entries(ticket).await?;
    let number = options.message;
    let entry = number.checked_sub(1).and_then(|index| entries.get(index));
    let many = || Finding(format!("{reference} has {} messages", entries.len()));
    let entry = entry.ok_or_else(many)?;
    let octets = match parts::take(desk, settings, entry, &options.part).await {
        Ok(octets) => octets,
        Err(PartFault::Fault(error)) => return Err(error),
        Err(fault) => return Err(Finding(format!("{reference}: {fault}")).into()),
    };
    desk.note(ticket, "read", read(number, &options.part))
        .await?;
    new_file(&options.output, &octets).with_context(|| format!("{}", options.output.display()))?;
    let (path, size) = (options.output.display(), octets.len());
    writeln!(
        out,
        "{path}: {size} octets, as they came. Don't open them on this machine."
    )?;
    Ok(())
}

/// For the trail. The id is one of ours.
pub(crate) fn read(number: usize, id: &str) -> String {
    format!("message={number} part={id}")
}
