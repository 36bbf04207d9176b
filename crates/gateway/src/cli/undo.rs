//! `ticket undo` and `ticket refuse-claim`.

use std::io::Write;

use clap::Args;

use super::desk::{Desk, told};
use crate::actions::{claimed, undo};
use crate::audit::actor;

/// Which ticket's last change to take back.
#[derive(Args)]
pub(super) struct Undo {
    /// Reference or number
    pub(super) reference: String,
}

/// Which ticket does not belong to the one that its first message names.
#[derive(Args)]
pub(super) struct Refuse {
    /// Reference or number
    pub(super) reference: String,
    /// It may belong there after all
    #[arg(long)]
    take_back: bool,
}

pub(super) async fn undo(desk: &Desk, options: &Undo, out: &mut impl Write) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(&options.reference).await?;
    let undone = undo::undo(&desk.acting(&actor()), ticket).await;
    let undone = undone.map_err(|fault| told(fault, &reference))?;
    let owner = match undone.owner.as_str() {
        "" => "nobody has it",
        owner => &format!("{owner} has it"),
    };
    match undone.is_marking {
        true => writeln!(out, "{reference} is marked as before")?,
        false => writeln!(out, "{reference} is {} again, {owner}", undone.state)?,
    }
    Ok(())
}

pub(super) async fn refuse(
    desk: &Desk,
    options: &Refuse,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(&options.reference).await?;
    let by = actor();
    let (done, words) = match options.take_back {
        false => (
            claimed::refuse(&desk.acting(&by), ticket).await,
            "does not belong to",
        ),
        true => (
            claimed::reconsider(&desk.acting(&by), ticket).await,
            "may belong to",
        ),
    };
    let other = desk.reference(done.map_err(|fault| told(fault, &reference))?);
    writeln!(out, "{reference} {words} {other}")?;
    Ok(())
}
