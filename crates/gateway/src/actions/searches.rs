//! Searches that analysts keep, for themselves or for the team: name and query are sealed, since a query may hold addresses.

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vault::Epoch;

use crate::audit::DEPLOYMENT;
use crate::cli::desk::Desk;
use crate::query::fault::LONGEST;
use crate::query::{self, parse};
use crate::store::{StoreFault, StoredSearch};
use crate::{epochs, screen, sealing};

/// Searches of an analyst and of the team together.
pub(crate) const MOST: usize = 20;
/// Characters of a name.
pub(crate) const NAME: usize = 40;

/// What is sealed.
#[derive(Serialize, Deserialize)]
struct Content {
    name: String,
    query: String,
}

/// A search that is kept.
pub(crate) struct Kept {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) query: String,
    /// It is the team's.
    pub(crate) is_shared: bool,
}

/// Why a search is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unkept {
    /// Without a name nobody finds it again.
    #[error("a name has 1 to {NAME} characters that can be seen, and single blanks between them")]
    Name,
    /// The query has no end.
    #[error("a query has {LONGEST} octets at most")]
    TooLong,
    /// The query is none.
    #[error("at octet {}: {}", .0.at + 1, .0.problem)]
    Query(query::Fault),
    /// There are enough.
    #[error("at most {MOST} searches are kept: remove one first")]
    Many,
    /// It could not be sealed or stored.
    #[error(transparent)]
    Fault(#[from] anyhow::Error),
}

/// Those of an account and the team's, or the team's alone; one that can't be opened is left out, and `verify` names it.
pub(crate) async fn all(desk: &Desk, account: Option<Uuid>) -> Result<Vec<Kept>, StoreFault> {
    let stored = desk.store.searches(&desk.team, account).await?;
    let open = |one: &StoredSearch| {
        let key = sealing::case_key(&desk.ring, &desk.team, one.id, &one.wrapped).ok()?;
        let aad = sealing::search_aad(&desk.team, one.id);
        let content: Content = sealing::open(&key, &aad, &one.sealed).ok()?;
        Some(Kept {
            id: one.id,
            name: content.name,
            query: content.query,
            is_shared: one.account.is_none(),
        })
    };
    Ok(stored.iter().filter_map(open).collect())
}

/// Keeps a query for an account, or for the team. Its id.
///
/// # Errors
/// Nothing is kept then.
pub(crate) async fn keep(
    desk: &Desk,
    account: Option<Uuid>,
    (name, query): (&str, &str),
    is_shared: bool,
) -> Result<Uuid, Unkept> {
    if name.is_empty() || screen::one_line(name, NAME) != name {
        return Err(Unkept::Name);
    }
    if query.len() > LONGEST {
        return Err(Unkept::TooLong);
    }
    parse(query).map_err(Unkept::Query)?;
    let kept = all(desk, account).await.map_err(anyhow::Error::from)?;
    if kept.len() >= MOST {
        return Err(Unkept::Many);
    }
    let content = Content {
        name: name.to_owned(),
        query: query.to_owned(),
    };
    Ok(write(desk, &content, account.filter(|_| !is_shared)).await?)
}

async fn write(desk: &Desk, content: &Content, account: Option<Uuid>) -> anyhow::Result<Uuid> {
    let id = Uuid::now_v7();
    epochs::ready(&desk.store, &desk.ring, &desk.team, Epoch::STANDING).await?;
    let key = desk.ring.new_case_key(Epoch::STANDING)?;
    let wrapped = desk.ring.wrap(&key, &sealing::case_aad(&desk.team, id))?;
    let sealed = sealing::seal(&key, &sealing::search_aad(&desk.team, id), content)?;
    let detail = format!("kept={id} shared={}", account.is_none());
    desk.note(DEPLOYMENT, "search", detail).await?;
    let search = StoredSearch {
        id,
        account,
        wrapped,
        sealed,
    };
    desk.store.add_search(&desk.team, &search).await?;
    Ok(id)
}

/// Removes one of an account's or of the team's, or of the team's alone. Whether there was one.
pub(crate) async fn remove(desk: &Desk, account: Option<Uuid>, id: Uuid) -> anyhow::Result<bool> {
    let detail = format!("removed={id}");
    desk.note(DEPLOYMENT, "search", detail).await?;
    let removed = desk.store.remove_search(&desk.team, account, id).await;
    Ok(removed?)
}
