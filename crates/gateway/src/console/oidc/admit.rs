//! The account of somebody whom the provider vouches for: found by issuer and subject alone, made on the first sign-in, with the role
//! that his groups have now.

use uuid::Uuid;
use vault::PasswordHash;

use super::refusal::Refusal;
use crate::console::access::Role;
use crate::console::session::actor;
use crate::console::{App, accounts, signin};
use crate::store::{ConsoleAccount, Identity, StoreFault, Vouched};

/// Somebody who is known to be who he says.
pub(super) struct Newcomer {
    pub(super) identity: Identity,
    /// What the provider calls him, if that is a name here.
    pub(super) name: Option<String>,
    /// The role of his groups.
    pub(super) role: Option<Role>,
}

/// The account, if it may sign in. Every refusal and every change is in the audit trail before it is done.
pub(super) async fn admit(app: &App, newcomer: &Newcomer) -> Result<Vouched, Refusal> {
    let store = &app.desk.store;
    let found = store.vouched(&app.desk.team, &newcomer.identity).await?;
    let Some(role) = newcomer.role else {
        refused(app, newcomer, found.as_ref(), "no-group").await?;
        // What the groups say now counts for sessions that are there, too.
        if let Some(account) = found {
            store.end_sessions(account.id).await?;
        }
        return Err(Refusal::NoGroup);
    };
    match found {
        Some(account) if account.disabled => {
            refused(app, newcomer, Some(&account), "disabled").await?;
            Err(Refusal::Disabled)
        }
        Some(account) => with_role(app, account, role).await,
        None => made(app, newcomer, role).await,
    }
}

async fn with_role(app: &App, account: Vouched, role: Role) -> Result<Vouched, Refusal> {
    let word = role.word();
    if account.role == word {
        return Ok(account);
    }
    let detail = format!(
        "account={} role={word} was={} by=oidc",
        account.id, account.role
    );
    signin::note(app, &actor(&account.name), "account", detail).await?;
    app.desk.store.change_vouched_role(account.id, word).await?;
    let role = word.to_owned();
    Ok(Vouched { role, ..account })
}

/// On the first sign-in.
async fn made(app: &App, newcomer: &Newcomer, role: Role) -> Result<Vouched, Refusal> {
    let Some(name) = &newcomer.name else {
        refused(app, newcomer, None, "no-name").await?;
        return Err(Refusal::NoName);
    };
    let (store, team) = (&app.desk.store, &app.desk.team);
    // Before codes are made for him. The statement that adds the account looks again.
    if store.has_console_name(team, name).await? {
        return taken(app, newcomer).await;
    }
    let id = Uuid::now_v7();
    // Codes that nobody is shown.
    let sealed = accounts::new_secret(&app.desk, id).await;
    let (_, wrapped, totp) = sealed.map_err(|error| {
        tracing::error!(error = format!("{error:#}"), "an account could not be made");
        Refusal::Broken
    })?;
    let account = ConsoleAccount {
        id,
        name: name.clone(),
        role: role.word().to_owned(),
        password: PasswordHash::of_nobody(),
        wrapped,
        totp,
        disabled: false,
        identity: Some(newcomer.identity.clone()),
    };
    let detail = format!("account={id} added role={} by=oidc", role.word());
    signin::note(app, &actor(name), "account", detail).await?;
    match store.add_console_account(team, &account).await {
        Ok(()) => Ok(Vouched {
            id,
            name: account.name,
            role: account.role,
            disabled: false,
        }),
        // Somebody was faster: himself in another window, or another one with his name.
        Err(StoreFault::Conflict) => match store.vouched(team, &newcomer.identity).await? {
            Some(account) => with_role(app, account, role).await,
            None => taken(app, newcomer).await,
        },
        Err(fault) => Err(fault.into()),
    }
}

async fn taken(app: &App, newcomer: &Newcomer) -> Result<Vouched, Refusal> {
    refused(app, newcomer, None, "name-taken").await?;
    Err(Refusal::NameTaken)
}

/// The subject is what `pillarbox analyst bind` wants; it stands in the trail if it is like those that providers make.
async fn refused(
    app: &App,
    newcomer: &Newcomer,
    account: Option<&Vouched>,
    why: &str,
) -> Result<(), StoreFault> {
    let who = account.map_or_else(|| "unknown".to_owned(), |account| account.id.to_string());
    let mut detail = format!("account={who} by=oidc why={why}");
    let subject = newcomer.identity.subject.as_str();
    if account.is_none() && crate::accounts::is_name(subject) {
        detail.push_str(&format!(" subject={subject}"));
    }
    signin::note(app, "console", "sign-in-failed", detail).await
}
