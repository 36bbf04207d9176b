//! What is known of one mail address, whosever it is: whether mail reached it, and in which language it is answered.

use std::io::Write;

use serde_json::{Value, json};

use crate::cli::Finding;
use crate::cli::desk::Desk;
use crate::config::Settings;
use crate::sender::contact_digest;

/// What is known of an address.
pub(super) struct Known {
    address: String,
    refused: Option<(String, String)>,
    language: Option<String>,
}

impl Known {
    pub(super) async fn of(desk: &Desk, address: &str) -> anyhow::Result<Known> {
        let digest = contact_digest(&desk.ring, address);
        Ok(Known {
            address: address.to_owned(),
            refused: desk.store.undeliverable(&digest).await?,
            language: desk.store.language(&digest).await?,
        })
    }

    /// Whether there is anything to say of it.
    pub(super) fn is_known(&self) -> bool {
        self.refused.is_some() || self.language.is_some()
    }

    /// For people, a sentence each.
    pub(super) fn sentences(&self) -> Vec<String> {
        let refused = match &self.refused {
            Some((since, status)) => format!("refused with {status} at {since}"),
            None => "no mail to it was refused".to_owned(),
        };
        let language = self
            .language
            .iter()
            .map(|language| format!("answered in {language}"));
        std::iter::once(refused).chain(language).collect()
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "address": self.address,
            "refused": self.refused.as_ref().map(|(since, status)| json!({"since": since, "status": status})),
            "language": self.language,
        })
    }
}

pub(super) async fn set_language(
    desk: &Desk,
    settings: &Settings,
    address: &str,
    language: &str,
) -> anyhow::Result<()> {
    let offered = &settings.team.languages;
    let language = (language != "auto").then(|| language.to_owned());
    if let Some(other) = language
        .as_ref()
        .filter(|language| !offered.contains(language))
    {
        let offered = offered.join(", ");
        return Err(Finding(format!("{other} is not one of team.languages: {offered}")).into());
    }
    let digest = contact_digest(&desk.ring, address);
    desk.store
        .set_language(&digest, language.as_deref())
        .await?;
    Ok(())
}

pub(super) async fn clear(desk: &Desk, address: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let digest = contact_digest(&desk.ring, address);
    if !desk.store.reachable(&digest).await? {
        return Err(Finding("no mail to it was refused".into()).into());
    }
    writeln!(out, "automatic mail goes there again")?;
    Ok(())
}
