//! `analyst add|list|password|totp|role|disable|enable|bind|sign-out|token`: who signs in to the console, and programs at the API.

use std::io::Write;

use clap::Subcommand;
use serde_json::json;
use vault::TotpSecret;

use super::Finding;
use super::accounts::password;
use super::desk::Desk;
use crate::config::Settings;
use crate::console::access::Role;
use crate::console::accounts;
use crate::screen;
use crate::store::{AccountChange, ConsoleAccount, Identity};

/// What to do with analysts.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Let somebody in; the password is asked for, or read as one line of standard input, and the secret for codes is printed
    #[command(
        after_help = "Examples:\n  pillarbox analyst add alice --role analyst\n  pillarbox analyst add bob --role reader < password.txt\n\
        Give the secret to the app on the analyst's telephone. It is shown once; `analyst totp NAME` makes another."
    )]
    Add {
        /// 1 to 64 letters, digits and any of . _ - @ +
        name: String,
        /// A reader sees tickets; the others also take messages out as they came
        #[arg(long, value_enum)]
        role: Role,
    },
    /// Who there is
    List {
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Give another password, and end all sessions
    Password {
        /// Whose
        name: String,
    },
    /// Give another secret for codes, for a telephone that is lost, and end all sessions
    Totp {
        /// Whose
        name: String,
    },
    /// Give another role, and end all sessions
    Role {
        /// Whose
        name: String,
        /// Which
        #[arg(value_enum)]
        role: Role,
    },
    /// Keep somebody out, and end all sessions
    Disable {
        /// Whom
        name: String,
    },
    /// Let somebody in again
    Enable {
        /// Whom
        name: String,
    },
    /// Give an account to somebody whom the OpenID Connect provider vouches for: no password any more, and all sessions end
    #[command(
        after_help = "Example:\n  pillarbox analyst bind alice --subject 5f0f1e7a-4d3c-4f0e-9d0a-2a3b7a1f9c11\n\
        The audit trail has the subject of who could not sign in since the name is taken."
    )]
    Bind {
        /// Whose
        name: String,
        /// `sub`, as the provider has it
        #[arg(long)]
        subject: String,
    },
    /// End all sessions
    SignOut {
        /// Whose
        name: String,
    },
    /// Tokens of programs that work for analysts: /api/v1 of the console
    #[command(subcommand)]
    Token(super::tokens::Action),
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    let mut out = std::io::stdout();
    match action {
        Action::Add { name, role } => {
            let secret = accounts::add(&desk, name, *role, &password()?).await?;
            writeln!(out, "added {name} ({})", role.word())?;
            show(&desk, name, &secret, &mut out)?;
        }
        Action::List { json } => list(&desk, *json, &mut out).await?,
        Action::Password { name } => {
            let account = local(&desk, name).await?;
            let password = accounts::hashed(&password()?)?;
            let change = AccountChange::Password(&password);
            let ended = accounts::change(&desk, &account, &change).await?;
            writeln!(out, "changed the password of {name}{}", sessions(ended))?;
        }
        Action::Totp { name } => {
            let account = local(&desk, name).await?;
            let secret = accounts::new_codes(&desk, &account).await?;
            writeln!(out, "{name} has another secret for codes")?;
            show(&desk, name, &secret, &mut out)?;
        }
        Action::Role { name, role } => {
            let (account, change) = (local(&desk, name).await?, AccountChange::Role(role.word()));
            let ended = accounts::change(&desk, &account, &change).await?;
            writeln!(out, "{name} is {}{}", role.word(), sessions(ended))?;
        }
        Action::Disable { name } => {
            let ended = changed(&desk, name, &AccountChange::Disabled(true)).await?;
            writeln!(out, "{name} can't sign in any more{}", sessions(ended))?;
        }
        Action::Enable { name } => {
            changed(&desk, name, &AccountChange::Disabled(false)).await?;
            writeln!(out, "{name} can sign in again")?;
        }
        Action::SignOut { name } => {
            let ended = changed(&desk, name, &AccountChange::SignOut).await?;
            writeln!(out, "{name} is signed out{}", sessions(ended))?;
        }
        Action::Bind { name, subject } => {
            let (ended, to) = bind(&desk, settings, name, subject).await?;
            writeln!(out, "{name} signs in with {to}{}", sessions(ended))?;
        }
        Action::Token(action) => super::tokens::run(&desk, action, &mut out).await?,
    }
    Ok(())
}

/// How many sessions ended, and with what he signs in now.
async fn bind<'s>(
    desk: &Desk,
    settings: &'s Settings,
    name: &str,
    subject: &str,
) -> anyhow::Result<(u64, &'s str)> {
    let (oidc, account) = (&settings.console.oidc, account(desk, name).await?);
    if !oidc.is_on() || subject.is_empty() {
        return Err(Finding("set [console.oidc], and name a subject".into()).into());
    }
    let identity = Identity {
        issuer: oidc.issuer.clone(),
        subject: subject.to_owned(),
    };
    let ended = accounts::bind(desk, &account, &identity).await?;
    Ok((ended, &oidc.label))
}

async fn changed(desk: &Desk, name: &str, change: &AccountChange<'_>) -> anyhow::Result<u64> {
    accounts::change(desk, &account(desk, name).await?, change).await
}

async fn account(desk: &Desk, name: &str) -> anyhow::Result<ConsoleAccount> {
    let account = desk.store.console_account(&desk.team, name).await?;
    account.ok_or_else(|| Finding(format!("there is no analyst {name:?}")).into())
}

/// One whose password, codes and role are ours to change.
async fn local(desk: &Desk, name: &str) -> anyhow::Result<ConsoleAccount> {
    let account = account(desk, name).await?;
    match account.identity {
        None => Ok(account),
        Some(_) => Err(Finding(format!(
            "{name} signs in with the OpenID Connect provider: password and codes are there, and the role comes from groups"
        ))
        .into()),
    }
}

fn sessions(ended: u64) -> String {
    match ended {
        0 => String::new(),
        ended => format!("; sessions that were ended: {ended}"),
    }
}

fn show(desk: &Desk, name: &str, secret: &TotpSecret, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "Secret for codes: {}", *secret.to_base32())?;
    writeln!(out, "{}", *accounts::address(&desk.team, name, secret))?;
    Ok(())
}

async fn list(desk: &Desk, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let listed = desk.store.console_accounts(&desk.team).await?;
    if as_json {
        for one in &listed {
            let line = json!({"name": one.name, "role": one.role, "disabled": one.disabled, "sessions": one.sessions,
                "seen_at": one.seen_at, "oidc": one.vouched});
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    let row = |one: &crate::store::ListedAccount| {
        vec![
            one.name.clone(),
            one.role.clone(),
            match (one.disabled, one.vouched) {
                (true, _) => "disabled",
                (false, true) => "OpenID Connect",
                (false, false) => "",
            }
            .to_owned(),
            one.sessions.to_string(),
            one.seen_at.clone().unwrap_or_default(),
        ]
    };
    let header = ["Name", "Role", "", "Sessions", "Last seen"];
    let rows = listed.iter().map(row).collect();
    writeln!(out, "{}", screen::table(&header, rows))?;
    Ok(())
}
