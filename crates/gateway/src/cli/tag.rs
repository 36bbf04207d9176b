//! `ticket tag|untag`: words of the team on a ticket.

use std::io::Write;

use clap::Args;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Finding;
use super::desk::{Desk, told};
use crate::actions::tag::{self, Changed};
use crate::audit::actor;
use crate::tags::{TagFault, normalised};

/// Which tickets, and which words.
#[derive(Args)]
pub(super) struct Tag {
    /// References or numbers, then words: letters and digits, lower case, a hyphen for blanks
    #[arg(required = true, num_args = 2.., value_names = ["TICKET", "TAG"], value_parser = ticket_or_word)]
    all: Vec<String>,
}

impl Tag {
    /// Which tickets, and which words.
    pub(super) fn parts(&self) -> anyhow::Result<(Vec<String>, Vec<String>)> {
        let tickets = self.all.iter().take_while(|text| is_ticket(text));
        let tickets: Vec<String> = tickets.cloned().collect();
        let words: Vec<String> = self.all.iter().skip(tickets.len()).cloned().collect();
        match tickets.is_empty() || words.iter().any(|word| is_ticket(word)) || words.is_empty() {
            false => Ok((tickets, words)),
            true => {
                Err(Finding("name tickets first, then words; a tag needs a letter".into()).into())
            }
        }
    }
}

/// A word has a letter, and no `#`.
fn is_ticket(text: &str) -> bool {
    text.contains('#') || text.bytes().all(|octet| octet.is_ascii_digit())
}

fn ticket_or_word(text: &str) -> Result<String, TagFault> {
    match is_ticket(text) {
        true => Ok(text.to_owned()),
        false => word(text),
    }
}

/// A word as it is kept.
pub(super) fn word(text: &str) -> Result<String, TagFault> {
    normalised(text)
}

pub(super) async fn change(
    desk: &Desk,
    reference: &str,
    words: (&[String], &[String]),
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(reference).await?;
    desk.open_index()?;
    let changed = tag::change(&desk.acting(&actor()), ticket, words).await;
    let Changed { stand, .. } = changed.map_err(|fault| told(fault, &reference))?;
    match stand.is_empty() {
        true => writeln!(out, "{reference} has no tags now")?,
        false => writeln!(out, "{reference} has {}", stand.join(", "))?,
    }
    Ok(())
}

/// The tickets with all of these words.
pub(super) async fn with_all(desk: &Desk, words: &[String]) -> anyhow::Result<Vec<Uuid>> {
    let mut all: Option<Vec<Uuid>> = None;
    for word in words {
        let found = crate::query::find::tagged(desk, word).await?;
        if found.closed.is_some() {
            super::queue::tell(
                "months whose index only an analyst's own key opens were not looked into: --analyst",
            );
        }
        all = Some(match all {
            Some(mut all) => {
                all.retain(|ticket| found.tickets.contains(ticket));
                all
            }
            None => found.tickets,
        });
    }
    Ok(all.unwrap_or_default())
}

/// For people.
pub(super) fn write(tags: &[String], out: &mut impl Write) -> std::io::Result<()> {
    match tags.is_empty() {
        true => Ok(()),
        false => writeln!(out, "  Tags        {}", tags.join(", ")),
    }
}

/// Adds `tags`.
pub(super) fn add_json(tags: &[String], value: &mut Value) {
    if let Some(object) = value.as_object_mut() {
        object.insert("tags".into(), json!(tags));
    }
}
