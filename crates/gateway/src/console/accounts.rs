//! Accounts of analysts: made and changed from the command line, and by the demo.

use secrecy::SecretString;
use uuid::Uuid;
use vault::{Epoch, PasswordHash, TotpSecret};
use zeroize::Zeroizing;

use super::access::Role;
use crate::accounts::{AccountsFault, is_name, new_password};
use crate::audit::DEPLOYMENT;
use crate::cli::Finding;
use crate::cli::desk::Desk;
use crate::store::{AccountChange, ConsoleAccount, Identity, NewTotp, StoreFault};
use crate::{epochs, sealing};

/// Makes an account; the secret of its codes is shown once.
pub(crate) async fn add(
    desk: &Desk,
    name: &str,
    role: Role,
    password: &SecretString,
) -> anyhow::Result<TotpSecret> {
    if !is_name(name) {
        return Err(AccountsFault::Name.into());
    }
    if desk.store.has_console_name(&desk.team, name).await? {
        return Err(taken(name));
    }
    let password = hashed(password)?;
    let id = Uuid::now_v7();
    let (secret, wrapped, totp) = new_secret(desk, id).await?;
    let account = ConsoleAccount {
        id,
        name: name.to_owned(),
        role: role.word().to_owned(),
        password,
        wrapped,
        totp,
        disabled: false,
        identity: None,
    };
    note(desk, id, &format!("added role={}", role.word())).await?;
    match desk.store.add_console_account(&desk.team, &account).await {
        // Somebody else added one in the same instant.
        Err(StoreFault::Conflict) => Err(taken(name)),
        added => Ok(added.map(|()| secret)?),
    }
}

fn taken(name: &str) -> anyhow::Error {
    let words = format!(
        "there is an analyst {name:?} already, perhaps in other letters of the same name: `pillarbox analyst list`"
    );
    Finding(words).into()
}

/// Gives an account another secret of codes, which is shown once, and ends its sessions.
pub(crate) async fn new_codes(desk: &Desk, account: &ConsoleAccount) -> anyhow::Result<TotpSecret> {
    let (secret, wrapped, sealed) = new_secret(desk, account.id).await?;
    note(desk, account.id, "totp").await?;
    let new = NewTotp {
        wrapped: &wrapped,
        sealed: &sealed,
    };
    desk.store.change_totp(account.id, &new).await?;
    Ok(secret)
}

/// Changes an account, and ends its sessions; how many there were.
pub(crate) async fn change(
    desk: &Desk,
    account: &ConsoleAccount,
    change: &AccountChange<'_>,
) -> anyhow::Result<u64> {
    let what = match change {
        AccountChange::Password(_) => "password".to_owned(),
        AccountChange::Role(role) => format!("role={role}"),
        AccountChange::Disabled(true) => "disabled".to_owned(),
        AccountChange::Disabled(false) => "enabled".to_owned(),
        AccountChange::SignOut => "signed-out".to_owned(),
    };
    note(desk, account.id, &what).await?;
    Ok(desk
        .store
        .change_console_account(account.id, change)
        .await?)
}

/// Gives an account to somebody whom the provider vouches for, and ends its sessions; how many there were.
pub(crate) async fn bind(
    desk: &Desk,
    account: &ConsoleAccount,
    identity: &Identity,
) -> anyhow::Result<u64> {
    note(desk, account.id, "bound by=oidc").await?;
    let nobody = PasswordHash::of_nobody();
    Ok(desk
        .store
        .bind_account(account.id, identity, &nobody)
        .await?)
}

/// A new password as it is stored.
pub(crate) fn hashed(password: &SecretString) -> anyhow::Result<PasswordHash> {
    Ok(PasswordHash::of(new_password(password)?.as_bytes())?)
}

/// What an app on a telephone reads.
pub(crate) fn address(team: &str, name: &str, secret: &TotpSecret) -> Zeroizing<String> {
    let quoted: String = url(team);
    Zeroizing::new(format!(
        "otpauth://totp/{quoted}:{}?secret={}&issuer={quoted}",
        url(name),
        *secret.to_base32()
    ))
}

/// Percent-encoded (RFC 3986 section 2.1), but for letters, digits, `-`, `.` and `_`.
pub(super) fn url(text: &str) -> String {
    let mut out = String::new();
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_') {
            out.push(char::from(octet));
        } else {
            out.push_str(&format!("%{octet:02X}"));
        }
    }
    out
}

/// A secret of codes, and how it is stored: under a key of its own.
pub(super) async fn new_secret(
    desk: &Desk,
    id: Uuid,
) -> anyhow::Result<(TotpSecret, vault::WrappedKey, vault::Sealed)> {
    epochs::ready(&desk.store, &desk.ring, &desk.team, Epoch::STANDING).await?;
    let key = desk.ring.new_case_key(Epoch::STANDING)?;
    let wrapped = desk.ring.wrap(&key, &sealing::case_aad(&desk.team, id))?;
    let secret = TotpSecret::generate()?;
    let sealed = key.seal(&sealing::totp_aad(&desk.team, id), secret.as_bytes())?;
    Ok((secret, wrapped, sealed))
}

async fn note(desk: &Desk, account: Uuid, what: &str) -> anyhow::Result<()> {
    let detail = format!("account={account} {what}");
    desk.note(DEPLOYMENT, "account", detail).await
}
