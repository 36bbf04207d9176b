//! `ticket correct`: what an analyst says of a value that was read from a message, or was not.

use std::io::Write;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use extract::Says;

use super::Finding;
use super::desk::{Desk, told};
use crate::actions::correct::{self, CorrectFault, Wanted};
use crate::audit::actor;
use crate::corrections;

/// Which value, and what is said of it.
#[derive(Args)]
pub(super) struct Options {
    /// Reference or number
    pub(super) reference: String,
    /// The value, as `ticket show` prints it or as people write it; also a time or a type of incident
    value: String,
    /// What it is: wrong (it has no business here), source, destination, no-role; start or end of the incident (a time with its zone); its
    /// type (RSIT, as brute-force); or as-read (what was said before is taken back)
    #[arg(value_parser = says())]
    says: Says,
    /// The message's number on the ticket
    #[arg(long, value_name = "M", default_value_t = 1)]
    message: usize,
    /// Why, in your words: sealed with the ticket; needed for a value that was not read
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Only if this is still the last correction of the value, or the start, end or type that was said: its id in `ticket show --json`
    /// (several with blanks between), or "" for none
    #[arg(long, value_name = "ID")]
    seen: Option<String>,
}

fn says() -> impl TypedValueParser<Value = Says> {
    let words = PossibleValuesParser::new(Says::ALL.map(Says::word));
    words.try_map(|word| corrections::says(&word).ok_or("no such word"))
}

pub(super) async fn run(
    desk: &Desk,
    options: &Options,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(&options.reference).await?;
    let entries = desk.store.entries(ticket).await?;
    let entry = options.message.checked_sub(1);
    let entry = entry.and_then(|index| entries.get(index));
    let many = || Finding(format!("{reference} has {} messages", entries.len()));
    let wanted = Wanted {
        entry: entry.ok_or_else(many)?.id,
        kind: None,
        value: &options.value,
        says: options.says,
        reason: &options.reason,
        seen: options.seen.as_deref(),
    };
    let by = actor();
    let said = correct::correct(&desk.acting(&by), ticket, &wanted).await;
    let said = said.map_err(|fault| {
        if let CorrectFault::Action(fault) = fault {
            return told(fault, &reference);
        }
        Finding(format!("{reference}: {fault}")).into()
    })?;
    let (number, line) = (options.message, corrections::line(&said));
    writeln!(out, "{reference} message {number}: {line}")?;
    Ok(())
}
