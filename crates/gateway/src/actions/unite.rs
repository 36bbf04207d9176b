//! Tickets that are merged share their words; one that stands for itself again has those that it had.
//!
//! A word is readable with the gateway's keys. So none comes to a ticket with a message that is sealed to analysts: it stays where somebody
//! put it. And what can't be opened is no reason not to merge: a ticket whose key is gone has no words that anybody could share.

use uuid::Uuid;
use vault::VaultError;

use super::tag::{Standing, retag, stand};
use super::{Acting, ActionFault};
use crate::store::{Retag, TicketRow};
use crate::tags::Tagged;

/// What becomes of the words of tickets that are merged.
#[derive(Default)]
pub(crate) struct United {
    /// What stands from now on on the ticket that goes on; `None` when nothing changes.
    pub(crate) retag: Option<Retag>,
    /// So many words stay where they are, for there is no room.
    pub(crate) no_room: usize,
    /// So many, for they would be readable without the keys of analysts.
    pub(crate) sealed: usize,
    /// The tags of so many tickets can't be opened, and stay where they are.
    pub(crate) closed: usize,
}

/// What comes to the ticket into which these are merged.
pub(crate) async fn united(
    acting: &Acting<'_>,
    heir: &TicketRow,
    merged: &[TicketRow],
) -> Result<United, ActionFault> {
    let (mut with, mut closed) = (Vec::new(), 0);
    for one in merged {
        match standing(acting, one).await? {
            Some((_, tagged)) => with.push((one.serial, tagged.put_here())),
            None => closed += 1,
        }
    }
    let Some((last, before)) = standing(acting, heir).await? else {
        closed += with.iter().filter(|(_, words)| !words.is_empty()).count();
        return Ok(United {
            closed,
            ..United::default()
        });
    };
    let (after, there) = (before.united(&with), before.words());
    let left = |words: &[String]| {
        let asked = with.iter().flat_map(|(_, words)| words);
        asked.filter(|word| !words.contains(word)).count()
    };
    if left(&there) > 0 && acting.store.has_sealed_message(heir.id).await? {
        return Ok(United {
            sealed: left(&there),
            closed,
            ..United::default()
        });
    }
    Ok(United {
        retag: written(acting, heir, (last, &before), &after)?,
        no_room: left(&after.words()),
        sealed: 0,
        closed,
    })
}

/// What stands on a ticket once only these of the tickets that were merged into it are; `None` when nothing changes.
pub(crate) async fn parted(
    acting: &Acting<'_>,
    row: &TicketRow,
    stays: impl Fn(i64) -> bool,
) -> Result<Option<Retag>, ActionFault> {
    let Some((last, before)) = standing(acting, row).await? else {
        return Ok(None);
    };
    written(acting, row, (last, &before), &before.parted(stays))
}

/// Whether a key is missing here, or what was sealed is damaged: that is so the next time, too, and `pillarbox verify` names it. Any other
/// fault may be over in a moment, and says nothing of what stands on a ticket.
fn stays_closed(fault: &VaultError) -> bool {
    matches!(
        fault,
        VaultError::UnknownKey(_)
            | VaultError::DestroyedKey(_)
            | VaultError::MissingEpoch(_)
            | VaultError::OtherEpochKey(_)
            | VaultError::ErasedEpoch(_)
            | VaultError::SealedToAnalysts
            | VaultError::NotAuthentic
            | VaultError::Malformed
    )
}

/// `None` for what can't be opened.
async fn standing(acting: &Acting<'_>, row: &TicketRow) -> Result<Option<Standing>, ActionFault> {
    match stand(acting, row).await {
        Err(ActionFault::Vault(fault)) if stays_closed(&fault) => Ok(None),
        stand => stand.map(Some),
    }
}

/// Without its key, or one to the index of its month, a ticket keeps what it has.
fn written(
    acting: &Acting<'_>,
    row: &TicketRow,
    (last, before): (Uuid, &Tagged),
    after: &Tagged,
) -> Result<Option<Retag>, ActionFault> {
    if before.stand == after.stand {
        return Ok(None);
    }
    match retag(acting, row, (last, after)) {
        Err(ActionFault::Refused(_)) => Ok(None),
        Err(ActionFault::Vault(fault)) if stays_closed(&fault) => Ok(None),
        retag => retag.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_closed_is_merged_without_its_words() {
        for fault in [
            VaultError::UnknownKey(7),
            VaultError::DestroyedKey(7),
            VaultError::SealedToAnalysts,
            VaultError::NotAuthentic,
        ] {
            assert!(stays_closed(&fault), "{fault}");
        }
        for fault in [
            VaultError::Randomness,
            VaultError::Sealing,
            VaultError::Newer(2),
            VaultError::EpochFolder(std::io::ErrorKind::PermissionDenied),
            VaultError::RingFile(std::io::ErrorKind::NotFound),
            VaultError::RatchetFile(std::io::ErrorKind::NotFound),
        ] {
            assert!(!stays_closed(&fault), "{fault}");
        }
    }
}
