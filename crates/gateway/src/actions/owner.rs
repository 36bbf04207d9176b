//! Who has a ticket. Of many that claim it at once, one gets it.

use uuid::Uuid;

use super::refusal::OwnerRefusal;
use super::{Acting, ActionFault, TRIES};
use crate::audit::{self, CONSOLE, is_same};
use crate::store::{ListedToken, StoreFault, TicketRow};

/// Octets of an analyst's name.
const MOST: usize = 64;

/// Takes a ticket that nobody has; one that another has only when `steal` says so. Whose it was before; empty for nobody's.
///
/// # Errors
/// [`ActionFault::Taken`] when another has it.
pub async fn claim(acting: &Acting<'_>, ticket: Uuid, steal: bool) -> Result<String, ActionFault> {
    let to = own(acting).await?;
    match steal {
        true => hand_over(acting, ticket, ("claimed", &to), |_| Ok(())).await,
        false => hand(acting, ticket, &to, "").await,
    }
}

/// Under which name whoever acts has tickets: that of his account of the console, when he has one.
async fn own(acting: &Acting<'_>) -> Result<String, ActionFault> {
    if acting.by.ends_with(')') {
        return Ok(acting.by.to_owned());
    }
    let accounts = acting.store.console_accounts(acting.team).await?;
    let account = accounts.iter().find(|account| account.name == acting.by);
    Ok(match account {
        Some(account) => format!("{}{CONSOLE}", account.name),
        None => acting.by.to_owned(),
    })
}

/// The name under which somebody has tickets to whom one is given: of an account of the console, whatever its letters' case, of a program, or
/// oneself. Where nobody has an account, users of the machine are all there are, and any name is taken.
///
/// # Errors
/// [`OwnerRefusal`] when there is nobody of this name who may have a ticket.
pub async fn known(acting: &Acting<'_>, wanted: &str) -> Result<String, ActionFault> {
    let accounts = acting.store.console_accounts(acting.team).await?;
    let plain = audit::plain(wanted);
    let is_his = |name: &str| name.to_lowercase() == plain.to_lowercase();
    if let Some(account) = accounts.iter().find(|account| is_his(&account.name)) {
        let name = account.name.clone();
        if account.disabled || account.role == "reader" {
            return Err(OwnerRefusal::Idle(name).into());
        }
        return Ok(format!("{name}{CONSOLE}"));
    }
    if let Some(program) = wanted.strip_suffix(" (api)") {
        let tokens = acting.store.api_tokens(acting.team).await?;
        let is_good = |one: &&ListedToken| one.name == program && !one.revoked && !one.expired;
        if tokens.iter().any(|one| is_good(&one)) {
            return Ok(wanted.to_owned());
        }
    }
    let is_free = accounts.is_empty() && !wanted.ends_with(')');
    match is_free || is_same(wanted, acting.by) {
        true => Ok(wanted.to_owned()),
        false => Err(OwnerRefusal::Unknown(wanted.to_owned()).into()),
    }
}

/// Gives a ticket to an analyst, oneself or another, as long as it is whose one saw that it was: `seen`, empty for nobody's. Whose it
/// was before; empty for nobody's.
///
/// # Errors
/// [`ActionFault::Taken`] when another has it by now, [`ActionFault::Free`] when nobody has any more.
pub async fn hand(
    acting: &Acting<'_>,
    ticket: Uuid,
    to: &str,
    seen: &str,
) -> Result<String, ActionFault> {
    let may = |row: &TicketRow| match row.owner.as_str() {
        owner if is_same(owner, seen) || is_same(owner, to) => Ok(()),
        "" => Err(ActionFault::Free),
        _ => Err(taken(row)),
    };
    let action = if is_same(to, acting.by) {
        "claimed"
    } else {
        "assigned"
    };
    hand_over(acting, ticket, (action, to), may).await
}

/// Gives a ticket to an analyst, whoever has it. Whose it was before; empty for nobody's.
///
/// # Errors
/// [`ActionFault`].
pub async fn assign(acting: &Acting<'_>, ticket: Uuid, to: &str) -> Result<String, ActionFault> {
    hand_over(acting, ticket, ("assigned", to), |_| Ok(())).await
}

/// Lets a ticket go that one has oneself.
///
/// # Errors
/// [`ActionFault::Taken`] when another has it, [`ActionFault::Free`] when nobody has.
pub async fn release(acting: &Acting<'_>, ticket: Uuid) -> Result<String, ActionFault> {
    let may = |row: &TicketRow| match row.owner.as_str() {
        "" => Err(ActionFault::Free),
        owner if is_same(owner, acting.by) => Ok(()),
        _ => Err(taken(row)),
    };
    hand_over(acting, ticket, ("released", ""), may).await
}

/// A name as the audit trail takes it.
///
/// # Errors
/// Says what a name is.
pub fn name(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    match (1..=MOST).contains(&text.len()) && !text.chars().any(char::is_control) {
        true => Ok(text.to_owned()),
        false => Err("a name has 1 to 64 octets, all printable"),
    }
}

fn taken(row: &TicketRow) -> ActionFault {
    ActionFault::Taken(row.owner.clone(), row.owner_since.clone())
}

async fn hand_over(
    acting: &Acting<'_>,
    ticket: Uuid,
    (action, to): (&'static str, &str),
    may: impl Fn(&TicketRow) -> Result<(), ActionFault>,
) -> Result<String, ActionFault> {
    for _ in 0..TRIES {
        let row = acting.open_ticket(ticket).await?;
        may(&row)?;
        if row.owner == to {
            return Ok(row.owner);
        }
        let line = acting.line(ticket, action, format!("owner={to}")).await?;
        let hands = (row.owner.as_str(), to);
        match acting.store.hand_over(ticket, hands, &line.line()).await {
            Err(StoreFault::Conflict) => {}
            done => return Ok(done.map(|()| row.owner)?),
        }
    }
    Err(StoreFault::Conflict.into())
}
