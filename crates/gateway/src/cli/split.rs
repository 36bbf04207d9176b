//! `ticket split`.

use std::collections::BTreeSet;
use std::io::Write;

use clap::Args;

use super::desk::{Desk, told};
use crate::actions::split;
use crate::audit::actor;

/// Which messages leave which ticket.
#[derive(Args)]
pub(super) struct Options {
    /// Reference or number
    pub(super) reference: String,
    /// Their numbers on the ticket, as `ticket show` counts them
    #[arg(long, value_name = "K,…", value_delimiter = ',', required = true)]
    message: Vec<usize>,
}

pub(super) async fn run(
    desk: &Desk,
    options: &Options,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(&options.reference).await?;
    let numbers: BTreeSet<usize> = options.message.iter().copied().collect();
    let serial = split::split(&desk.acting(&actor()), ticket, &numbers).await;
    let serial = serial.map_err(|fault| told(fault, &reference))?;
    let (new, count) = (desk.reference(serial), numbers.len());
    writeln!(out, "{new} has {count} messages of {reference}")?;
    Ok(())
}
