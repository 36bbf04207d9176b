//! `ticket tlp`: a ticket is marked without a letter.

use std::io::Write;

use clap::Args;
use extract::Tlp;

use super::desk::{Desk, told};
use super::export::tlp;
use crate::actions::mark::{self, Wish};
use crate::audit::actor;
use crate::marking::Marked;

/// Which tickets, and their marking.
#[derive(Args)]
pub(super) struct Mark {
    /// References or numbers
    #[arg(required = true)]
    pub(super) references: Vec<String>,
    /// red, amber+strict, amber, green, clear (FIRST TLP 2.0)
    #[arg(long, value_name = "TLP", value_parser = tlp)]
    to: Tlp,
    /// Why: sealed with the ticket
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Also when that lowers what was said before; needs a reason. Never below what its messages say
    #[arg(long, requires = "reason")]
    lower: bool,
}

pub(super) async fn mark(
    desk: &Desk,
    (reference, options): (&str, &Mark),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(reference).await?;
    let wish = Wish {
        tlp: options.to,
        reason: &options.reason,
        may_lower: options.lower,
    };
    let before = mark::mark(&desk.acting(&actor()), ticket, wish).await;
    let before = before.map_err(|fault| told(fault, &reference))?;
    let before = before.map_or("not marked", Tlp::as_str);
    writeln!(
        out,
        "{reference} is TLP:{} (was {before})",
        options.to.as_str()
    )?;
    Ok(())
}

/// For people.
pub(super) fn write(marked: Marked, out: &mut impl Write) -> std::io::Result<()> {
    let Some(tlp) = marked.known() else {
        return Ok(());
    };
    let why = match marked.by_mail() < Some(tlp) {
        true => "as an analyst says",
        false => "the strictest of its messages",
    };
    writeln!(out, "  TLP         {}, {why}", tlp.as_str())
}
