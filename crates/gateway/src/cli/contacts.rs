//! `contact show|language|clear`: in which language an address is answered, and addresses that refused our mail for good, and get no automatic mail.

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
    /// Say in which language an address is answered, or `auto` for what its mail says
    #[command(after_help = "Example:\n  pillarbox contact language noc@example.net fr")]
    Language {
        /// The address
        address: String,
        /// One of team.languages, or `auto`
        language: String,
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
            if let Some(language) = desk.store.language(&digest).await? {
                writeln!(out, "answered in {language}")?;
            }
        }
        Action::Language { address, language } => {
            let offered = &settings.team.languages;
            let language = (language != "auto").then_some(language);
            if let Some(other) = language.filter(|language| !offered.contains(language)) {
                let text = format!(
                    "{other} is not one of team.languages: {}",
                    offered.join(", ")
                );
                return Err(Finding(text).into());
            }
            let digest = contact_digest(&desk.ring, address);
            let stored = desk
                .store
                .set_language(&digest, language.map(String::as_str));
            stored.await?;
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
