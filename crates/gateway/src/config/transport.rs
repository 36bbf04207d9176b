//! Indicators, alerts and reports about how peers protect their mail.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::tree::Settings;
use super::units::Span;

/// How peers protect their mail: indicators and reports.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Transport {
    /// Messages in a row with TLS, or with a certificate that verifies, before its absence raises an alert.
    pub established: u32,
    /// How long counts are kept.
    pub keep: Span,
    /// Send reports (RFC 8460) to the domains that ask for them.
    pub report: bool,
    /// Who reports; the team's display name when empty.
    pub organization_name: String,
    /// Whom to ask about a report; the team's address when empty.
    pub contact_info: String,
}

/// Who is told when a peer loses its protection.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Alerts {
    /// Write the peer's domain to the log, not only its pseudonym.
    pub log_domains: bool,
    /// Where alerts are posted: `https`, or `http` on this machine; nowhere when empty.
    pub webhook: String,
    /// The file with the secret that signs what is posted.
    pub webhook_secret_file: Option<PathBuf>,
    /// Post the peer's domain, not only its pseudonym.
    pub webhook_domains: bool,
    /// What happens on tickets is posted, too; nothing when empty.
    pub webhook_events: Vec<HookEvent>,
    /// PEM certificates that are trusted for the webhook beside the system's.
    pub webhook_ca_file: Option<PathBuf>,
}

/// Something that happens on a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HookEvent {
    /// There is a new one.
    TicketNew,
    /// Mail came for one that was there.
    TicketMessage,
    /// State, owner or marking are others, or it was merged.
    TicketChanged,
}

impl HookEvent {
    /// As it is written in the configuration, and posted.
    pub fn as_str(self) -> &'static str {
        match self {
            HookEvent::TicketNew => "ticket_new",
            HookEvent::TicketMessage => "ticket_message",
            HookEvent::TicketChanged => "ticket_changed",
        }
    }
}

impl Default for Transport {
    fn default() -> Self {
        Transport {
            established: 3,
            keep: Span(Duration::from_secs(400 * 86_400)),
            report: false,
            organization_name: String::new(),
            contact_info: String::new(),
        }
    }
}

/// What is wrong, with what would be right.
pub(super) fn sensible(settings: &Settings) -> Result<(), &'static str> {
    settings.transport.check()?;
    settings.alerts.check()
}

impl Transport {
    fn check(&self) -> Result<(), &'static str> {
        if self.established == 0 {
            return Err("transport.established must be 1 at least: what never was can't be lost");
        }
        if self.keep.0 < Duration::from_secs(7 * 86_400) {
            return Err(
                "transport.keep must be \"7 d\" at least: reports are made from the last days",
            );
        }
        Ok(())
    }
}

impl Alerts {
    fn check(&self) -> Result<(), &'static str> {
        if self.webhook.is_empty() {
            if !self.webhook_events.is_empty() {
                return Err("alerts.webhook_events needs alerts.webhook: there they are posted");
            }
            return Ok(());
        }
        if !webhook_fits(&self.webhook) {
            return Err(
                "alerts.webhook must be an https URL, or http to a loopback address: it tells who lost TLS",
            );
        }
        if self.webhook_secret_file.is_none() {
            return Err(
                "alerts.webhook needs alerts.webhook_secret_file: `openssl rand -hex 32 > FILE` makes one",
            );
        }
        Ok(())
    }
}

fn webhook_fits(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else {
        return false;
    };
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    let loopback = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    url.scheme() == "https" || (url.scheme() == "http" && loopback)
}
