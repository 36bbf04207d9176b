//! How a ticket stands to others, and how its messages came onto it.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::Desk;
use crate::store::{AuditRow, TicketRow};

/// By which proof messages joined a ticket: words and level of `threats.md` A8, from the audit trail.
pub(crate) struct Proofs {
    joined: BTreeMap<Uuid, (String, u8)>,
    /// Numbers of the tickets for which messages left this one, with how many.
    left: Vec<(i64, usize)>,
}

impl Proofs {
    /// Of the messages of a ticket.
    pub(crate) async fn of(desk: &Desk, ticket: Uuid) -> anyhow::Result<Proofs> {
        let rows = desk.store.audit_rows(&[ticket]).await?;
        let joined = rows.iter().filter(|row| row.action == "joined");
        let left = rows.iter().filter(|row| row.action == "split-off");
        Ok(Proofs {
            joined: joined.filter_map(proof).collect(),
            left: left.filter_map(split_off).collect(),
        })
    }

    /// Where messages went that left the ticket, for people.
    fn write_left(&self, desk: &Desk, out: &mut impl Write) -> std::io::Result<()> {
        for (serial, count) in &self.left {
            writeln!(
                out,
                "  {count} messages were split off to {}",
                desk.reference(*serial)
            )?;
        }
        Ok(())
    }

    /// The same, as references.
    fn left_json(&self, desk: &Desk) -> Value {
        let left = self.left.iter();
        left.map(|(serial, _)| json!(desk.reference(*serial)))
            .collect()
    }

    /// For people; nothing for the message that opened the ticket.
    pub(super) fn write(&self, entry: Uuid, out: &mut impl Write) -> std::io::Result<()> {
        match self.words(entry) {
            Some(words) => writeln!(out, "  Joined        {words}"),
            None => Ok(()),
        }
    }

    /// `None` for the message that opened the ticket.
    pub(crate) fn words(&self, entry: Uuid) -> Option<&str> {
        self.joined.get(&entry).map(|(words, _)| words.as_str())
    }

    /// Adds `proof_level`, `null` for the message that opened the ticket.
    pub(super) fn add_json(&self, entry: Uuid, value: &mut Value) {
        if let Some(object) = value.as_object_mut() {
            let level = self.joined.get(&entry).map(|(_, level)| *level);
            object.insert("proof_level".into(), json!(level));
        }
    }
}

/// The number of the new ticket, and how many went there.
fn split_off(row: &AuditRow) -> Option<(i64, usize)> {
    let words = || row.detail.split(' ');
    let serial = words().find_map(|word| word.strip_prefix("to=")?.parse().ok())?;
    Some((
        serial,
        words().filter(|word| word.starts_with("gone=")).count(),
    ))
}

fn proof(row: &AuditRow) -> Option<(Uuid, (String, u8))> {
    let word = |name: &str| {
        let mut words = row.detail.split(' ');
        words.find_map(|word| word.strip_prefix(name))
    };
    let entry = word("entry=")?.parse().ok()?;
    let level: u8 = word("level=")?.parse().ok()?;
    let by = match level {
        4 => "by a signature of a known key",
        3 => "by the token of our mail",
        2 => "authenticated domain",
        _ => "a notice about our mail",
    };
    let reopened = match (word("state="), word("was=")) {
        (None, _) => "",
        (Some(_), None) => "; it was closed",
        (Some(_), Some(_)) => "; it was waiting for that",
    };
    Some((entry, (format!("{by}{reopened}"), level)))
}

/// What the first message says of another ticket.
pub(super) fn words(link: &str, other: &str) -> String {
    match link {
        "unknown" => format!("names {other}, which there is not"),
        "proposed" => format!("may belong to {other}"),
        "follows" => format!("follows {other}"),
        "split" => format!("split off {other}"),
        _ => format!("claims {other}"),
    }
}

/// For people.
pub(super) fn write(
    desk: &Desk,
    ticket: &TicketRow,
    proofs: &Proofs,
    out: &mut impl Write,
) -> std::io::Result<()> {
    if ticket.claims > 0 {
        let other = desk.reference(ticket.claims);
        writeln!(out, "  {}", words(&ticket.link, &other))?;
        if ticket.link == "proposed" {
            let own = desk.reference(ticket.serial);
            writeln!(
                out,
                "  (confirm with: pillarbox ticket merge {own} {other})"
            )?;
        }
    }
    if ticket.merged_into > 0 {
        writeln!(out, "  merged into {}", desk.reference(ticket.merged_into))?;
    }
    for serial in &ticket.merged_here {
        writeln!(out, "  {} was merged here", desk.reference(*serial))?;
    }
    proofs.write_left(desk, out)
}

/// Adds `owner`, `claims`, `link`, `merged_into`, `merged_here` and `split_off`.
pub(super) fn add_json(desk: &Desk, ticket: &TicketRow, proofs: &Proofs, value: &mut Value) {
    let reference = |serial: i64| (serial > 0).then(|| desk.reference(serial));
    let here = ticket.merged_here.iter();
    let here: Vec<String> = here.map(|serial| desk.reference(*serial)).collect();
    if let Some(object) = value.as_object_mut() {
        object.insert("claims".into(), json!(reference(ticket.claims)));
        let link = (!ticket.link.is_empty()).then_some(&ticket.link);
        object.insert("link".into(), json!(link));
        object.insert("merged_into".into(), json!(reference(ticket.merged_into)));
        object.insert("merged_here".into(), json!(here));
        let owner = (!ticket.owner.is_empty()).then_some(&ticket.owner);
        object.insert("owner".into(), json!(owner));
        object.insert("split_off".into(), proofs.left_json(desk));
    }
}
