//! Organisations in the terminal.

use std::io::Write;

use serde_json::{Value, json};

use super::address::Known;
use super::{Details, note_list, opened};
use crate::actions::contact::missing;
use crate::cli::Finding;
use crate::cli::desk::Desk;
use crate::contacts::organisation::network;
use crate::contacts::{self, Directory, Kept, Opened, Organisation, Person};
use crate::screen::{self, one_line};

impl Details {
    /// What is named takes the place of what was there.
    pub(super) fn put_on(&self, mut one: Organisation) -> anyhow::Result<Organisation> {
        let texts = [
            (&self.address, &mut one.address),
            (&self.telephone, &mut one.telephone),
            (&self.out_of_hours, &mut one.out_of_hours),
            (&self.note, &mut one.note),
        ];
        for (new, old) in texts {
            if let Some(new) = new {
                new.clone_into(old);
            }
        }
        if !self.network.is_empty() {
            one.networks = given(&self.network)
                .map(network)
                .collect::<Result<_, _>>()
                .map_err(|wrong| Finding(wrong.to_string()))?;
        }
        if !self.domain.is_empty() {
            one.domains = given(&self.domain).map(str::to_owned).collect();
        }
        if !self.person.is_empty() {
            let people = given(&self.person).map(str::parse::<Person>);
            let people = people.collect::<Result<_, _>>();
            one.people = people.map_err(|problem| Finding(format!("--person: {problem}")))?;
        }
        one.checked()
            .map_err(|unfit| Finding(unfit.to_string()).into())
    }
}

fn given(values: &[String]) -> impl Iterator<Item = &str> {
    values
        .iter()
        .map(|value| value.trim())
        .filter(|value| !value.is_empty())
}

/// Whether so many may be kept.
pub(super) fn room(count: usize) -> anyhow::Result<()> {
    match count {
        count if count > contacts::MOST => {
            let most = contacts::MOST;
            Err(Finding(format!("{count} organisations are more than {most}")).into())
        }
        _ => Ok(()),
    }
}

/// The one of this name.
pub(super) fn named(opened: Opened, name: &str) -> anyhow::Result<Kept> {
    let wanted = name.trim().to_lowercase();
    let mut kept = opened.kept.into_iter();
    let found = kept.find(|one| one.organisation.name.to_lowercase() == wanted);
    let name = one_line(name, 60);
    found.ok_or_else(|| Finding(format!("no organisation is called {name:?}")).into())
}

/// The organisation of this name; else whose it is, and what is known of it when it is a mail address.
pub(super) async fn show(
    desk: &Desk,
    what: &str,
    as_json: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let opened = opened(desk).await?;
    let ids: Vec<_> = opened
        .kept
        .iter()
        .map(|one| (one.organisation.name.clone(), one.id()))
        .collect();
    let all = opened.kept.into_iter().map(|one| one.organisation);
    let directory = Directory::new(all.collect());
    let found = found(&directory, what);
    let is_address = what.contains('@');
    if found.is_empty() && !is_address {
        let what = one_line(what, 60);
        return Err(Finding(format!(
            "nobody in the register is called {what:?} or has it"
        ))
        .into());
    }
    for (one, _) in &found {
        let id = ids.iter().find(|(name, _)| *name == one.name);
        if let Some((_, id)) = id {
            desk.note(*id, "read", "facts".into()).await?;
        }
    }
    let address = match is_address {
        true => Some(Known::of(desk, what).await?),
        false => None,
    };
    if as_json {
        let mut organisations = Vec::new();
        for (one, by) in &found {
            organisations.push(organisation_json(desk, one, by.as_deref()).await?);
        }
        let address = address.as_ref().map(Known::json);
        writeln!(
            out,
            "{}",
            json!({"address": address, "organisations": organisations})
        )?;
        return Ok(());
    }
    for sentence in address.iter().flat_map(Known::sentences) {
        writeln!(out, "{sentence}")?;
    }
    for (one, by) in &found {
        write_organisation(desk, one, by.as_deref(), out).await?;
    }
    Ok(())
}

/// Organisations, each with what of it fits; nothing where it is the name.
fn found<'a>(directory: &'a Directory, what: &str) -> Vec<(&'a Organisation, Option<String>)> {
    let wanted = what.trim().to_lowercase();
    let mut named = directory.organisations.iter();
    if let Some(one) = named.find(|one| one.name.to_lowercase() == wanted) {
        return vec![(one, None)];
    }
    let owners = match directory.of_block(&wanted) {
        none if !none.is_empty() => none,
        _ if wanted.contains('@') => directory.of_address(&wanted),
        _ => directory.of_domain(&wanted),
    };
    let owners = owners.into_iter();
    owners
        .map(|owner| (owner.organisation, Some(owner.by)))
        .collect()
}

async fn organisation_json(
    desk: &Desk,
    one: &Organisation,
    by: Option<&str>,
) -> anyhow::Result<Value> {
    let mut addresses = Vec::new();
    for address in one.addresses() {
        addresses.push(Known::of(desk, address).await?.json());
    }
    let mut value = serde_json::to_value(one)?;
    if let Some(object) = value.as_object_mut() {
        object.insert("by".into(), json!(by));
        object.insert("addresses".into(), addresses.into());
    }
    Ok(value)
}

async fn write_organisation(
    desk: &Desk,
    one: &Organisation,
    by: Option<&str>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let by = by.map_or_else(String::new, |by| format!("  ({by})"));
    writeln!(out, "{}{by}", one_line(&one.name, 200))?;
    let mut line = |name: &str, value: &str| match value {
        "" => Ok(()),
        value => writeln!(out, "  {name:<14}{value}"),
    };
    line("Telephone", &one.telephone)?;
    line("Out of hours", &one.out_of_hours)?;
    line("Address", &one.address)?;
    for person in &one.people {
        let Person {
            name,
            address,
            telephone,
        } = person;
        let words = [name, address, telephone].map(String::as_str);
        let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
        line("Person", &words.join("  "))?;
    }
    line("Networks", &list_of(&one.networks))?;
    line("Domains", &list_of(&one.domains))?;
    for text in one.note.lines() {
        line("Note", text)?;
    }
    for address in one.addresses() {
        let known = Known::of(desk, address).await?;
        if known.is_known() {
            line(
                "Mail",
                &format!("{address}: {}", known.sentences().join(", ")),
            )?;
        }
    }
    Ok(())
}

fn list_of<T: std::fmt::Display>(values: &[T]) -> String {
    let values: Vec<String> = values.iter().map(T::to_string).collect();
    values.join(", ")
}

pub(super) async fn list(desk: &Desk, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let opened = opened(desk).await?;
    note_list(desk, opened.kept.len()).await?;
    let all = opened.kept.iter().map(|one| &one.organisation);
    if as_json {
        for one in all {
            writeln!(out, "{}", serde_json::to_string(one)?)?;
        }
        return Ok(());
    }
    let rows = all.map(|one| {
        vec![
            one_line(&one.name, 60),
            one.telephone.clone(),
            one.out_of_hours.clone(),
            one.address.clone(),
            one.people.len().to_string(),
            missing(one).join(", "),
            one_line(&list_of(&one.networks), 60),
            one_line(&list_of(&one.domains), 60),
        ]
    });
    let header = [
        "Organisation",
        "Telephone",
        "Out of hours",
        "Address",
        "Persons",
        "Missing",
        "Networks",
        "Domains",
    ];
    writeln!(out, "{}", screen::table(&header, rows.collect()))?;
    Ok(())
}
