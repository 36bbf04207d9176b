//! `analyst token add|list|revoke`.

use std::io::Write;

use clap::Subcommand;
use jiff::SignedDuration;
use serde_json::json;

use super::desk::Desk;
use crate::api::tokens::{self, Scope};
use crate::screen;

/// What to do with tokens.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Make one; it is shown once, and only its hash is stored
    #[command(
        after_help = "Examples:\n  pillarbox analyst token add soar --scope read,act --days 90\n  pillarbox analyst token add dashboard --scope read\n\
        read: queue, tickets, search. act: change tickets, and write to people. register: change the register of contacts. export: messages as they came, and extracted values. audit: what everybody did and read.\n\
        The audit trail names what is done with it \"NAME (api)\"."
    )]
    Add {
        /// 1 to 64 letters, digits and any of . _ - @ +; given once
        name: String,
        /// What it may do
        #[arg(long, value_enum, value_delimiter = ',', required = true)]
        scope: Vec<Scope>,
        /// After how many days it ends
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=730))]
        days: u16,
    },
    /// Which there are, and when they were used last
    List {
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Take one back: it is good for nothing from now on
    Revoke {
        /// Which
        name: String,
    },
}

pub(super) async fn run(desk: &Desk, action: &Action, out: &mut impl Write) -> anyhow::Result<()> {
    match action {
        Action::Add { name, scope, days } => {
            let life = SignedDuration::from_hours(i64::from(*days) * 24);
            let mut scopes = scope.clone();
            scopes.sort();
            scopes.dedup();
            let (token, until) = tokens::add(desk, name, &scopes, life).await?;
            writeln!(out, "Token of {name}, good until {until:.0}, shown once:")?;
            writeln!(out, "{}", *token.to_text())?;
        }
        Action::List { json } => list(desk, *json, out).await?,
        Action::Revoke { name } => {
            tokens::revoke(desk, name).await?;
            writeln!(out, "{name} is revoked")?;
        }
    }
    Ok(())
}

async fn list(desk: &Desk, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let listed = desk.store.api_tokens(&desk.team).await?;
    if as_json {
        for one in &listed {
            let line = json!({"name": one.name, "scopes": one.scopes, "expires_at": one.expires_at, "used_at": one.used_at,
                "revoked": one.revoked, "expired": one.expired});
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    let rows = listed.iter().map(|one| {
        vec![
            one.name.clone(),
            one.scopes.join(", "),
            match (one.revoked, one.expired) {
                (true, _) => "revoked",
                (false, true) => "expired",
                (false, false) => "",
            }
            .to_owned(),
            one.expires_at.clone(),
            one.used_at.clone().unwrap_or_default(),
        ]
    });
    let header = ["Name", "Scopes", "", "Good until", "Last used"];
    writeln!(out, "{}", screen::table(&header, rows.collect()))?;
    Ok(())
}
