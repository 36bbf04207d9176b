//! How a ticket stands to others, and how its messages came onto it; `ticket link` and `ticket unlink`.

use std::collections::BTreeMap;
use std::io::Write;

use clap::Args;
use serde_json::{Value, json};
use uuid::Uuid;

use super::desk::{Desk, told};
use super::shown::Shown;
use crate::actions::link::{self, Linked};
use crate::audit::actor;
use crate::screen;
use crate::store::{AuditRow, TicketRow};
use crate::ticket::{History, LinkKind};

/// Which tickets, and how the first stands to the second.
#[derive(Args)]
pub(super) struct Link {
    /// Reference or number
    pub(super) reference: String,
    /// What it is to the other
    kind: Kind,
    /// Reference or number of the other
    other: String,
}

/// Which tickets.
#[derive(Args)]
pub(super) struct Unlink {
    /// Reference or number
    pub(super) reference: String,
    /// Reference or number of the other, which may have been erased
    other: String,
}

/// How the first ticket stands to the second.
#[derive(Clone, Copy, clap::ValueEnum, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// The second is a part of the first
    Parent,
    /// The first is a part of the second
    Child,
    /// They have to do with each other
    Related,
    /// The first says the same as the second, which is the one that counts
    Duplicate,
}

impl Kind {
    pub(crate) fn linked(self) -> LinkKind {
        match self {
            Kind::Parent => LinkKind::Parent,
            Kind::Child => LinkKind::Child,
            Kind::Related => LinkKind::Related,
            Kind::Duplicate => LinkKind::Duplicate,
        }
    }
}

pub(super) async fn link(desk: &Desk, options: &Link, out: &mut impl Write) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(&options.reference).await?;
    let (other, to) = desk.ticket(&options.other).await?;
    let (by, kind) = (actor(), options.kind.linked());
    let added = link::add(&desk.acting(&by), ticket, kind, other).await;
    added.map_err(|fault| told(fault, &reference))?;
    writeln!(out, "{reference} is {} {to}", kind.words())?;
    Ok(())
}

pub(super) async fn unlink(
    desk: &Desk,
    options: &Unlink,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (ticket, reference) = desk.ticket(&options.reference).await?;
    let (by, other) = (actor(), desk.serial(&options.other)?);
    let removed = link::remove(&desk.acting(&by), ticket, other).await;
    let to = desk.reference(other);
    for kind in removed.map_err(|fault| told(fault, &reference))? {
        writeln!(out, "{reference} is no longer {} {to}", kind.words())?;
    }
    Ok(())
}

/// A link that an analyst made, and what became of the other ticket.
pub(crate) struct Standing {
    pub(crate) link: Linked,
    /// The number of the ticket that the other was merged into, 0 for none; `None` when the other was erased.
    pub(crate) merged_into: Option<i64>,
}

impl Standing {
    /// Those that a ticket's history leaves.
    pub(crate) async fn of(
        desk: &Desk,
        history: &[(String, History)],
    ) -> anyhow::Result<Vec<Standing>> {
        let links = link::of(history);
        let others: Vec<i64> = links.iter().map(|link| link.other).collect();
        let others = match others.is_empty() {
            true => Vec::new(),
            false => desk.store.tickets(&desk.team, &others, &[]).await?,
        };
        let standing = links.into_iter().map(|link| {
            let other = others.iter().find(|other| other.serial == link.other);
            Standing {
                merged_into: other.map(|other| other.merged_into),
                link,
            }
        });
        Ok(standing.collect())
    }

    /// `child of CSIRT#000123, linked by kim at 2026-11-22T08:00:00Z`
    fn text(&self, desk: &Desk) -> String {
        let fate = match self.merged_into {
            None => ", which was erased".to_owned(),
            Some(0) => String::new(),
            Some(heir) => format!(", which was merged into {}", desk.reference(heir)),
        };
        format!(
            "{} {}{fate}, linked by {} at {}",
            self.link.kind.words(),
            desk.reference(self.link.other),
            screen::one_line(&self.link.by, 64),
            self.link.at
        )
    }

    fn json(&self, desk: &Desk) -> Value {
        let heir = self.merged_into.filter(|heir| *heir > 0);
        json!({"kind": self.link.kind.name(), "ticket": desk.reference(self.link.other), "by": self.link.by, "at": self.link.at,
            "merged_into": heir.map(|heir| desk.reference(heir)), "erased": self.merged_into.is_none()})
    }
}

/// By which proof messages joined a ticket: words and level of `threats.md` A8, from the audit trail.
pub(crate) struct Proofs {
    joined: BTreeMap<Uuid, Joined>,
    /// Numbers of the tickets for which messages left this one, with how many.
    pub(crate) left: Vec<(i64, usize)>,
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
        match self.joined(entry) {
            Some(joined) => writeln!(out, "  Joined        {}", joined.words()),
            None => Ok(()),
        }
    }

    /// `None` for the message that opened the ticket.
    pub(crate) fn joined(&self, entry: Uuid) -> Option<Joined> {
        self.joined.get(&entry).copied()
    }

    /// Adds `proof_level`, `null` for the message that opened the ticket.
    pub(super) fn add_json(&self, entry: Uuid, value: &mut Value) {
        if let Some(object) = value.as_object_mut() {
            let level = self.joined(entry).map(|joined| joined.level);
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

/// How a message joined a ticket.
#[derive(Clone, Copy)]
pub(crate) struct Joined {
    /// The proof's level, 1 to 4.
    pub(crate) level: u8,
    /// The ticket was closed.
    pub(crate) was_closed: bool,
    /// The ticket was waiting for it.
    pub(crate) was_waiting: bool,
}

impl Joined {
    /// For people.
    pub(crate) fn words(self) -> String {
        let by = match self.level {
            4 => "by a signature of a known key",
            3 => "by the token of our mail",
            2 => "authenticated domain",
            _ => "a notice about our mail",
        };
        let reopened = match (self.was_closed, self.was_waiting) {
            (true, _) => "; it was closed",
            (false, true) => "; it was waiting for that",
            (false, false) => "",
        };
        format!("{by}{reopened}")
    }
}

fn proof(row: &AuditRow) -> Option<(Uuid, Joined)> {
    let word = |name: &str| {
        let mut words = row.detail.split(' ');
        words.find_map(|word| word.strip_prefix(name))
    };
    let entry = word("entry=")?.parse().ok()?;
    let level: u8 = word("level=")?.parse().ok()?;
    let (state, was) = (word("state="), word("was="));
    let joined = Joined {
        level,
        was_closed: state.is_some() && was.is_none(),
        was_waiting: state.is_some() && was.is_some(),
    };
    Some((entry, joined))
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
    beside: &Shown,
    out: &mut impl Write,
) -> std::io::Result<()> {
    for standing in &beside.links {
        writeln!(out, "  {}", standing.text(desk))?;
    }
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
    if ticket.refused > 0 {
        let other = desk.reference(ticket.refused);
        writeln!(out, "  does not belong to {other}, as was said of it")?;
    }
    if ticket.merged_into > 0 {
        writeln!(out, "  merged into {}", desk.reference(ticket.merged_into))?;
    }
    for serial in &ticket.merged_here {
        writeln!(out, "  {} was merged here", desk.reference(*serial))?;
    }
    beside.proofs.write_left(desk, out)
}

/// Adds `owner`, `claims`, `link`, `links`, `merged_into`, `merged_here` and `split_off`.
pub(super) fn add_json(desk: &Desk, ticket: &TicketRow, beside: &Shown, value: &mut Value) {
    let reference = |serial: i64| (serial > 0).then(|| desk.reference(serial));
    let here = ticket.merged_here.iter();
    let here: Vec<String> = here.map(|serial| desk.reference(*serial)).collect();
    if let Some(object) = value.as_object_mut() {
        object.insert("claims".into(), json!(reference(ticket.claims)));
        object.insert("claim_refused".into(), json!(reference(ticket.refused)));
        let link = (!ticket.link.is_empty()).then_some(&ticket.link);
        object.insert("link".into(), json!(link));
        let links = beside.links.iter();
        let links: Vec<Value> = links.map(|link| link.json(desk)).collect();
        object.insert("links".into(), json!(links));
        object.insert("merged_into".into(), json!(reference(ticket.merged_into)));
        object.insert("merged_here".into(), json!(here));
        let owner = (!ticket.owner.is_empty()).then_some(&ticket.owner);
        object.insert("owner".into(), json!(owner));
        object.insert("split_off".into(), beside.proofs.left_json(desk));
    }
}
