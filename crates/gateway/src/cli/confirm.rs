//! Asks before something is destroyed, and why.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::bail;
use clap::Args;

use super::Finding;

/// Whether to ask.
#[derive(Args)]
pub(super) struct Consent {
    /// Don't ask
    #[arg(long)]
    pub yes: bool,
}

/// Goes on when the operator said so; without a terminal only `--yes` does.
pub(super) fn confirm(consent: &Consent, question: &str) -> anyhow::Result<()> {
    if consent.yes {
        return Ok(());
    }
    let input = std::io::stdin();
    if !input.is_terminal() {
        bail!("this can't be undone: say --yes");
    }
    let mut out = std::io::stderr();
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Finding("nothing was done".into()).into())
    }
}

/// A reason for the shred log: one word, so that nothing of what was erased gets in.
pub(super) fn reason(text: &str) -> Result<String, &'static str> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=32).contains(&text.len()) && text.chars().all(fits) {
        Ok(text.to_owned())
    } else {
        Err(
            "a reason is one word of small letters, digits and dashes, as `request` or `court-order`",
        )
    }
}
