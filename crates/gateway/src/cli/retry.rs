//! `ticket retry`.

use std::io::Write;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use uuid::Uuid;

use super::Finding;
use super::desk::{Desk, told};
use crate::actions::retry::{self, Opener, Retried};
use crate::audit::actor;
use crate::config::Settings;

/// Which messages to open.
#[derive(Args)]
pub(super) struct Options {
    /// Reference or number
    #[arg(required_unless_present = "all_undecryptable")]
    reference: Option<String>,
    /// Those of every ticket
    #[arg(long, conflicts_with = "reference")]
    all_undecryptable: bool,
    /// As JSON, one ticket a line
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    desk: &Desk,
    settings: &Settings,
    options: &Options,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    // The values of old months are found again only with keys that analysts have.
    desk.open_index()?;
    let by = actor();
    let acting = desk.acting(&by);
    let tickets = match &options.reference {
        Some(reference) => vec![desk.ticket(reference).await?],
        None => {
            let waiting = retry::waiting(&acting).await;
            named(desk, waiting.map_err(|fault| told(fault, &desk.team))?).await?
        }
    };
    let opener = Opener::new(settings, desk.store.clone(), Arc::clone(&desk.ring)).await?;
    let (mut opened, mut left) = (0_usize, 0_usize);
    for (ticket, reference) in &tickets {
        match retry::retry(&acting, &opener, *ticket).await {
            Ok(retried) => {
                write(reference, &retried, options.json, out)?;
                opened += retried.opened.len();
                left += retried.closed.len() + retried.sealed;
            }
            // One ticket must not keep others from being opened.
            Err(fault) if options.all_undecryptable => {
                left += 1;
                let fault = told(fault, reference);
                match options.json {
                    true => writeln!(
                        out,
                        "{}",
                        json!({"reference": reference, "fault": format!("{fault:#}")})
                    )?,
                    false => writeln!(out, "{fault:#}")?,
                }
            }
            Err(fault) => return Err(told(fault, reference)),
        }
    }
    if options.all_undecryptable && !options.json {
        writeln!(out, "{opened} opened, {left} stay closed")?;
    }
    match left {
        0 => Ok(()),
        _ => Err(Finding(format!("{left} stay closed")).into()),
    }
}

/// With their references.
async fn named(desk: &Desk, tickets: Vec<Uuid>) -> anyhow::Result<Vec<(Uuid, String)>> {
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let rows = desk.store.tickets(&desk.team, &[], &tickets).await?;
    let named = rows.iter().map(|row| (row.id, desk.reference(row.serial)));
    Ok(named.collect())
}

fn write(
    reference: &str,
    retried: &Retried,
    as_json: bool,
    out: &mut impl Write,
) -> std::io::Result<()> {
    if as_json {
        let closed = retried.closed.iter();
        let closed = closed.map(|(number, why)| json!({"message": number, "why": why}));
        let shown = json!({"reference": reference, "opened": retried.opened, "closed": closed.collect::<Vec<_>>(),
            "sealed_to_analysts": retried.sealed});
        return writeln!(out, "{shown}");
    }
    if retried.is_nothing() {
        return writeln!(out, "{reference}: nothing on it waits to be opened");
    }
    for number in &retried.opened {
        writeln!(out, "{reference}: message {number} is open now")?;
    }
    for (number, why) in &retried.closed {
        let why = Retried::why(why);
        writeln!(out, "{reference}: message {number} stays closed: {why}")?;
    }
    match retried.sealed {
        0 => Ok(()),
        sealed => writeln!(
            out,
            "{reference}: {sealed} sealed to analysts: an analyst's own key opens them, with --analyst"
        ),
    }
}
