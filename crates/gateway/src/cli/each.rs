//! One command for several tickets, and what it did as JSON.

use std::io::{Stdout, Write};

use serde_json::{Map, Value, json};

use super::Finding;
use super::close;
use super::desk::Desk;
use super::queue::tell;
use crate::actions::link;
use crate::store::{StoreFault, TicketRow};
use crate::tags::Tagged;

/// Where a command's words go.
pub(super) enum Said {
    /// To whoever reads.
    Shown(Stdout),
    /// Into the JSON that is printed afterwards.
    Kept(Vec<u8>),
}

impl Write for Said {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        match self {
            Said::Shown(out) => out.write(octets),
            Said::Kept(out) => out.write(octets),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        match self {
            Said::Shown(out) => out.flush(),
            Said::Kept(_) => Ok(()),
        }
    }
}

/// Does something with each of these tickets: of several, those that can't be done stay as they are, and the others are done.
///
/// # Errors
/// [`Finding`] when one stays as it is; of one alone what is wrong with it. When the database is away, nothing more is tried.
pub(super) async fn each(
    desk: &Desk,
    references: &[String],
    as_json: bool,
    work: impl AsyncFn(&str, &mut Said) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut left = 0_usize;
    for reference in references {
        let error = match one(desk, reference, as_json, &work).await {
            Ok(()) => continue,
            Err(error) => error,
        };
        if references.len() == 1 || error.downcast_ref::<StoreFault>().is_some() {
            return Err(error);
        }
        left += 1;
        let error = format!("{error:#}");
        match as_json {
            true => print(&json!({"asked": reference, "error": error}))?,
            false => tell(&crate::screen::printable(&error)),
        }
    }
    match (left, references.len()) {
        (0, _) => Ok(()),
        (left, all) => Err(Finding(format!("{left} of {all} tickets stay as they were")).into()),
    }
}

async fn one(
    desk: &Desk,
    reference: &str,
    as_json: bool,
    work: &impl AsyncFn(&str, &mut Said) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    if !as_json {
        return work(reference, &mut Said::Shown(std::io::stdout())).await;
    }
    let before = stands(desk, reference).await?;
    let mut said = Said::Kept(Vec::new());
    work(reference, &mut said).await?;
    let after = stands(desk, reference).await?;
    let words = match said {
        Said::Kept(words) => String::from_utf8_lossy(&words).trim_end().to_owned(),
        Said::Shown(_) => String::new(),
    };
    print(&json!({
        "reference": after.get("reference"),
        "said": words,
        "changed": changed(&before, &after),
        "ticket": after,
    }))
}

fn print(line: &Value) -> anyhow::Result<()> {
    Ok(writeln!(
        std::io::stdout(),
        "{}",
        crate::screen::json(line)
    )?)
}

/// What is another than before: each with both.
fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> Value {
    let differs = |(name, _): &(&String, &Value)| before.get(*name) != after.get(*name);
    let changed = after.iter().filter(differs);
    let changed = changed.map(|(name, to)| {
        let from = before.get(name).unwrap_or(&Value::Null);
        (name.clone(), json!({"from": from, "to": to}))
    });
    Value::Object(changed.collect())
}

/// How a ticket stands: what is known of it beside what mail says.
async fn stands(desk: &Desk, reference: &str) -> anyhow::Result<Map<String, Value>> {
    let serial = desk.serial(reference)?;
    let rows = desk.store.tickets(&desk.team, &[serial], &[]).await?;
    let Some(row) = rows.first() else {
        return Err(super::erase::missing(desk, serial).await?.into());
    };
    let history = close::history(desk, row).await?;
    let tagged = history.iter().rev().find_map(|(_, one)| one.tags.as_ref());
    let links = link::of(&history);
    let links = links
        .iter()
        .map(|link| json!({"kind": link.kind.name(), "ticket": desk.reference(link.other)}));
    let messages = desk.store.entries(row.id).await?.len();
    let value = json!({
        "reference": desk.reference(row.serial),
        "number": row.serial,
        "state": row.state,
        "owner": (!row.owner.is_empty()).then_some(&row.owner),
        "answer_due": row.answer_due,
        "overdue": row.overdue,
        "needs_human": (!row.needs_human.is_empty()).then_some(&row.needs_human),
        "claims": reference_of(desk, row.claims),
        "link": (!row.link.is_empty()).then_some(&row.link),
        "merged_into": reference_of(desk, row.merged_into),
        "merged_here": merged_here(desk, row),
        "tags": tagged.map(Tagged::words).unwrap_or_default(),
        "links": links.collect::<Vec<_>>(),
        "messages": messages,
        // What was done so far: a note, a correction and a letter add to it.
        "history": history.len(),
    });
    Ok(value.as_object().cloned().unwrap_or_default())
}

fn reference_of(desk: &Desk, serial: i64) -> Option<String> {
    (serial > 0).then(|| desk.reference(serial))
}

fn merged_here(desk: &Desk, row: &TicketRow) -> Vec<String> {
    let here = row.merged_here.iter();
    here.map(|serial| desk.reference(*serial)).collect()
}
