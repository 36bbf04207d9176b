//! `[acknowledge]` and `[duty]`: automatic answers, and who is told of a report that comes while nobody is at work.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use intake::answer::LANGUAGES;
use serde::{Deserialize, Serialize};

use super::tree::{Settings, Team};
use super::units::Span;
use super::{ConfigFault, invalid};

/// Automatic answers.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Acknowledge {
    /// Send acknowledgements at all.
    pub enabled: bool,
    /// Answer senders that nothing authenticates; leave it off where strangers can reach the gateway.
    pub unauthenticated: bool,
    /// Answer them also with more octets than they sent: nobody must be able to forge a sender.
    pub unauthenticated_larger: bool,
    /// Also acknowledge what joins a ticket, under the same rates.
    pub follow_ups: bool,
    /// A folder with texts in place of the built-in ones; none when absent.
    pub templates_dir: Option<PathBuf>,
    /// Addresses of ours, or local parts, and the language in which mail to them is answered.
    pub address_languages: BTreeMap<String, String>,
    /// To one address in an hour.
    pub per_address_hour: u32,
    /// To one address in a day.
    pub per_address_day: u32,
    /// To one domain in a day.
    pub per_domain_day: u32,
    /// To everybody in an hour.
    pub per_hour: u32,
    /// Answers leave on multiples of this time, so that their delay tells nothing.
    pub grid: Span,
    /// Encrypted answers don't say for which key they are (T58); not every mail program opens such mail.
    pub hide_recipients: bool,
}

/// Who is told of a new ticket outside business hours, and of overdue ones.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Duty {
    /// Mail addresses; nobody is told when empty.
    pub addresses: Vec<String>,
    /// Notices of one worker process to each of them in an hour.
    pub per_hour: u32,
    /// After so much time at work they are told once more of a ticket that is still overdue; zero: never.
    pub remind_after: Span,
}

impl Default for Acknowledge {
    fn default() -> Self {
        Acknowledge {
            enabled: true,
            unauthenticated: false,
            unauthenticated_larger: false,
            follow_ups: false,
            templates_dir: None,
            address_languages: BTreeMap::new(),
            per_address_hour: 3,
            per_address_day: 10,
            per_domain_day: 30,
            per_hour: 60,
            grid: Span(Duration::from_secs(30)),
            hide_recipients: false,
        }
    }
}

impl Default for Duty {
    fn default() -> Self {
        Duty {
            addresses: Vec::new(),
            per_hour: 6,
            remind_after: Span(Duration::from_hours(4)),
        }
    }
}

/// What would otherwise be found out by a correspondent.
pub(super) fn sensible(path: &Path, settings: &Settings) -> Result<(), ConfigFault> {
    languages(path, &settings.team, &settings.acknowledge)?;
    let mut duty = settings.duty.addresses.iter();
    if let Some(address) = duty.find(|address| !address.contains('@')) {
        let message = format!("duty.addresses: {address:?} is not a mail address");
        return Err(invalid(path, &message));
    }
    Ok(())
}

fn languages(path: &Path, team: &Team, acknowledge: &Acknowledge) -> Result<(), ConfigFault> {
    let known = LANGUAGES.join(", ");
    let unknown = |language: &&String| !LANGUAGES.contains(&language.as_str());
    if let Some(language) = team.languages.iter().find(unknown) {
        let message =
            format!("team.languages: {language:?} has no acknowledgement texts; there are {known}");
        return Err(invalid(path, &message));
    }
    if team.languages.is_empty() {
        let message = format!("team.languages must name at least one of {known}");
        return Err(invalid(path, &message));
    }
    let mut addresses = acknowledge.address_languages.iter();
    if let Some((address, language)) =
        addresses.find(|(_, language)| !team.languages.contains(*language))
    {
        let message = format!(
            "acknowledge.address_languages: {address:?} = {language:?}, which is not one of team.languages"
        );
        return Err(invalid(path, &message));
    }
    Ok(())
}
