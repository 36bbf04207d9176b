//! The register as a file that a person keeps in a text editor.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::organisations::room;
use super::{note_list, opened};
use crate::audit;
use crate::cli::Finding;
use crate::cli::desk::Desk;
use crate::contacts::{Kept, Organisation};
use crate::screen::one_line;

/// Octets of a file.
const MOST: u64 = 32 << 20;

/// `[[organisation]]`, each with `[[organisation.person]]`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    organisation: Vec<Organisation>,
}

/// What a file changes.
enum Change {
    Add(Organisation),
    Replace(Kept, Organisation),
    Remove(Kept),
}

pub(super) async fn export(desk: &Desk, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let opened = opened(desk).await?;
    note_list(desk, opened.kept.len()).await?;
    let organisation = opened.kept.into_iter().map(|one| one.organisation);
    let file = File {
        organisation: organisation.collect(),
    };
    match as_json {
        true => writeln!(out, "{}", serde_json::to_string_pretty(&file)?)?,
        false => write!(out, "{}", toml::to_string(&file)?)?,
    }
    Ok(())
}

pub(super) async fn import(
    desk: &Desk,
    path: &Path,
    prune: bool,
    apply: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let wanted = read(path)?;
    let opened = opened(desk).await?;
    let known = opened.kept.len();
    let changes = changes(wanted, opened.kept, prune);
    let added = changes
        .iter()
        .filter(|change| matches!(change, Change::Add(_)));
    room(known + added.count())?;
    // The differences show what is there.
    note_list(desk, known).await?;
    for change in &changes {
        write_change(change, out)?;
    }
    if changes.is_empty() {
        writeln!(out, "no differences")?;
        return Ok(());
    }
    if !apply {
        writeln!(out, "nothing was changed: --apply does it")?;
        return Ok(());
    }
    let (register, actor) = (desk.register(), audit::actor());
    for (done, change) in changes.iter().enumerate() {
        let (one, changed) = match change {
            Change::Add(new) => (new, register.add(new, &actor).await.map(drop)),
            Change::Replace(kept, new) => (new, register.change(kept, new, &actor).await),
            Change::Remove(kept) => (&kept.organisation, register.remove(kept, &actor).await),
        };
        let name = one_line(&one.name, 60);
        changed.with_context(|| format!("{name}, after {done} of {}", changes.len()))?;
    }
    writeln!(out, "{} organisations were changed", changes.len())?;
    Ok(())
}

/// What a file wants to be there, in the form in which it is kept.
fn read(path: &Path) -> anyhow::Result<Vec<Organisation>> {
    let mut text = String::new();
    let place = path.display();
    let input: Box<dyn Read> = match path.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(path).with_context(|| format!("{place}"))?),
    };
    input
        .take(MOST + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("{place}"))?;
    if u64::try_from(text.len()).unwrap_or(u64::MAX) > MOST {
        return Err(Finding(format!("{place} is larger than {} MiB", MOST >> 20)).into());
    }
    let file: File = match text.trim_start().starts_with('{') {
        true => serde_json::from_str(&text).map_err(|fault| wrong(path, &fault))?,
        false => toml::from_str(&text).map_err(|fault| wrong(path, &fault))?,
    };
    room(file.organisation.len())?;
    let checked = file.organisation.into_iter().map(Organisation::checked);
    let checked: Vec<Organisation> = checked
        .collect::<Result<_, _>>()
        .map_err(|fault| wrong(path, &fault))?;
    let mut names = BTreeMap::new();
    for one in &checked {
        if names.insert(one.name.to_lowercase(), ()).is_some() {
            let fault = format!("{} is there twice", one_line(&one.name, 60));
            return Err(wrong(path, &fault).into());
        }
    }
    Ok(checked)
}

fn wrong(path: &Path, fault: &impl Display) -> Finding {
    Finding(format!("{}: {fault}", path.display()))
}

fn changes(wanted: Vec<Organisation>, kept: Vec<Kept>, prune: bool) -> Vec<Change> {
    let mut left: BTreeMap<String, Kept> = kept
        .into_iter()
        .map(|one| (one.organisation.name.to_lowercase(), one))
        .collect();
    let mut changes = Vec::new();
    for new in wanted {
        match left.remove(&new.name.to_lowercase()) {
            None => changes.push(Change::Add(new)),
            Some(kept) if kept.organisation == new => {}
            Some(kept) => changes.push(Change::Replace(kept, new)),
        }
    }
    let gone = left.into_values().filter(|_| prune);
    changes.extend(gone.map(Change::Remove));
    changes
}

/// `+` for what is new, `~` for what differs, field by field, `-` for what goes.
fn write_change(change: &Change, out: &mut impl Write) -> anyhow::Result<()> {
    let (sign, one) = match change {
        Change::Add(new) => ('+', new),
        Change::Replace(_, new) => ('~', new),
        Change::Remove(kept) => ('-', &kept.organisation),
    };
    writeln!(out, "{sign} {}", one_line(&one.name, 60))?;
    if let Change::Replace(kept, new) = change {
        for field in kept.organisation.differs(new) {
            let (old, new) = (field_of(&kept.organisation, field)?, field_of(new, field)?);
            for gone in old.iter().filter(|value| !new.contains(value)) {
                writeln!(out, "    {field} - {}", one_line(gone, 200))?;
            }
            for come in new.iter().filter(|value| !old.contains(value)) {
                writeln!(out, "    {field} + {}", one_line(come, 200))?;
            }
        }
    }
    Ok(())
}

/// The values of a field, by its name in the file.
fn field_of(one: &Organisation, field: &str) -> anyhow::Result<Vec<String>> {
    let value = serde_json::to_value(one)?;
    let text = |value: &serde_json::Value| match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    let value = value.get(field).cloned().unwrap_or_default();
    let values = match value.as_array() {
        Some(values) => values.iter().map(text).collect(),
        None => vec![text(&value)],
    };
    Ok(values
        .into_iter()
        .filter(|value| !value.is_empty())
        .collect())
}
