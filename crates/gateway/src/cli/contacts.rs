//! `contact show|clear`: addresses that refused our mail for good, and get no automatic mail.

use std::io::Write;

use clap::Subcommand;

use super::Finding;
use super::desk::Desk;
use crate::config::Settings;
use crate::sender::contact_digest;

/// What to do with a contact.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Say whether mail reached an address
    Show {
        /// The address
        address: String,
    },
    /// Let automatic mail go to an address again that refused it for good
    #[command(after_help = "Example:\n  pillarbox contact clear noc@example.net")]
    Clear {
        /// The address
        address: String,
    },
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    let mut out = std::io::stdout();
    match action {
        Action::Show { address } => {
            let digest = contact_digest(&desk.ring, address);
            match desk.store.undeliverable(&digest).await? {
                Some((since, status)) => writeln!(out, "refused with {status} at {since}")?,
                None => writeln!(out, "no mail to it was refused")?,
            }
        }
        Action::Clear { address } => {
            let digest = contact_digest(&desk.ring, address);
            if !desk.store.reachable(&digest).await? {
                return Err(Finding("no mail to it was refused".into()).into());
            }
            writeln!(out, "automatic mail goes there again")?;
        }
    }
    Ok(())
}
