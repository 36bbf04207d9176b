//! Tokens: made, listed and revoked from the command line, by whoever owns the database.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;
use vault::AccessToken;

pub(crate) use super::access::Scope;
use crate::accounts::{AccountsFault, is_name};
use crate::audit::DEPLOYMENT;
use crate::cli::Finding;
use crate::cli::desk::Desk;
use crate::store::{NewToken, StoreFault};

/// Makes a token, which is shown once.
pub(crate) async fn add(
    desk: &Desk,
    name: &str,
    scopes: &[Scope],
    life: SignedDuration,
) -> anyhow::Result<(AccessToken, Timestamp)> {
    if !is_name(name) {
        return Err(AccountsFault::Name.into());
    }
    let (token, id) = (AccessToken::generate()?, Uuid::now_v7());
    let words: Vec<&'static str> = scopes.iter().map(|scope| scope.word()).collect();
    let expires_at = Timestamp::now() + life;
    note(
        desk,
        id,
        &format!("added scopes={} until={expires_at:.0}", words.join(",")),
    )
    .await?;
    let new = NewToken {
        id,
        name,
        scopes: &words,
        digest: &token.digest(),
        expires_at,
    };
    match desk.store.add_api_token(&desk.team, &new).await {
        Err(StoreFault::Conflict) => {
            let text = format!("there is, or was, a token {name:?}: names are given once");
            Err(Finding(text).into())
        }
        done => Ok(done.map(|()| (token, expires_at))?),
    }
}

/// Takes a token back.
pub(crate) async fn revoke(desk: &Desk, name: &str) -> anyhow::Result<()> {
    let revoked = desk.store.revoke_api_token(&desk.team, name).await?;
    let id = revoked.ok_or_else(|| Finding(format!("there is no token {name:?} to revoke")))?;
    note(desk, id, "revoked").await
}

async fn note(desk: &Desk, token: Uuid, what: &str) -> anyhow::Result<()> {
    let detail = format!("token={token} {what}");
    desk.note(DEPLOYMENT, "token", detail).await
}
