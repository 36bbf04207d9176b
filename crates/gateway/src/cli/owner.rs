//! `ticket claim|release|assign`.

use std::io::Write;

use clap::Args;

use super::desk::{Desk, told};
use crate::actions::owner;
use crate::audit::{actor, is_same};

/// Which ticket to take.
#[derive(Args)]
pub(super) struct Claim {
    /// References or numbers
    #[arg(required = true)]
    pub(super) references: Vec<String>,
    /// Also from another who has it
    #[arg(long)]
    steal: bool,
}

/// Which ticket to let go.
#[derive(Args)]
pub(super) struct Release {
    /// References or numbers
    #[arg(required = true)]
    pub(super) references: Vec<String>,
}

/// Which ticket, and whose it is to be.
#[derive(Args)]
pub(super) struct Assign {
    /// References or numbers
    #[arg(required = true)]
    pub(super) references: Vec<String>,
    /// The analyst: an account of the console (`analyst list`), or a program as `soar (api)`
    #[arg(value_name = "ANALYST", value_parser = owner::name)]
    to: String,
}

pub(super) async fn claim(
    desk: &Desk,
    (one, options): (&str, &Claim),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(one).await?;
    let by = actor();
    let before = owner::claim(&desk.acting(&by), ticket, options.steal).await;
    let before = before.map_err(|fault| told(fault, &reference))?;
    match before.as_str() {
        "" => writeln!(out, "{reference} is yours ({by})")?,
        _ if is_same(&before, &by) => writeln!(out, "{reference} is yours already ({by})")?,
        _ => writeln!(out, "{reference} is yours ({by}), it was {before}'s")?,
    }
    Ok(())
}

pub(super) async fn release(desk: &Desk, one: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(one).await?;
    let released = owner::release(&desk.acting(&actor()), ticket).await;
    released.map_err(|fault| told(fault, &reference))?;
    writeln!(out, "nobody has {reference} now")?;
    Ok(())
}

pub(super) async fn assign(
    desk: &Desk,
    (one, options): (&str, &Assign),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(one).await?;
    let by = actor();
    let to = owner::known(&desk.acting(&by), &options.to).await;
    let to = to.map_err(|fault| told(fault, &reference))?;
    let before = owner::assign(&desk.acting(&by), ticket, &to).await;
    let before = before.map_err(|fault| told(fault, &reference))?;
    let was = match before.as_str() {
        "" => String::new(),
        _ => format!(", it was {before}'s"),
    };
    writeln!(out, "{reference} is {to}'s{was}")?;
    Ok(())
}
