//! Lists show what follows from corrections that were made before they did.

use uuid::Uuid;

use super::kept::summary;
use super::{CorrectFault, history};
use crate::actions::thread::opened;
use crate::actions::{Acting, ActionFault};
use crate::corrections;

/// Writes anew what lists show of a ticket's messages, where that is another since analysts spoke of their values. What is sealed to
/// analysts has no corrections. `false` when something was another by the time it was to be written, and stays so.
pub(crate) async fn relist(acting: &Acting<'_>, ticket: Uuid) -> Result<bool, CorrectFault> {
    let mut is_done = true;
    let row = acting.ticket(ticket).await?;
    let history = history(acting, &row).await?;
    for entry in acting.store.entries(ticket).await? {
        let standing = corrections::of_entry(corrections::events(&history), entry.id);
        if standing.is_empty() || entry.wrapped.message().is_some() || entry.case != ticket {
            continue;
        }
        let (before, understood) = opened(acting, &entry).map_err(ActionFault::OwnKey)?;
        let (view, _) = corrections::view(&understood.extraction, &standing);
        if let Some(after) = summary(acting, &entry, before, &view)? {
            let summaries = (&entry.summary, &after);
            is_done &= acting.store.relist(entry.id, summaries).await?;
        }
    }
    Ok(is_done)
}
