//! Whether tickets that are merged are as whoever asked for it saw them, and what he is told.

use anyhow::bail;

use super::one;
use crate::actions::ActionFault;
use crate::actions::refusal::{PlaceRefusal, Refusal};
use crate::cli::desk::Desk;

/// A ticket by its reference or number, and how somebody saw it; as it is when he did not look.
#[derive(Clone, Copy)]
pub(crate) struct Named<'a> {
    pub(crate) reference: &'a str,
    /// Its state, and whose it is.
    pub(crate) seen: Option<(&'a str, &'a str)>,
}

impl<'a, T: AsRef<str> + ?Sized> From<&'a T> for Named<'a> {
    fn from(reference: &'a T) -> Named<'a> {
        let (reference, seen) = (reference.as_ref(), None);
        Named { reference, seen }
    }
}

/// Whether tickets are as somebody saw them. Asked once their lines are planned: whoever changes one after that takes a line's number,
/// and all is planned anew.
pub(super) async fn as_seen(desk: &Desk, tickets: &[Named<'_>]) -> anyhow::Result<()> {
    for named in tickets {
        let Some(seen) = named.seen else { continue };
        let row = one(desk, named.reference).await?;
        if (row.state.as_str(), row.owner.as_str()) != seen {
            bail!(Refusal::from(PlaceRefusal::Changed(row.serial)));
        }
    }
    Ok(())
}

/// As whoever asked tells faults apart.
pub(super) fn plain(fault: ActionFault) -> anyhow::Error {
    match fault {
        ActionFault::Store(fault) => fault.into(),
        ActionFault::Refused(refusal) => refusal.into(),
        fault @ (ActionFault::Vault(_)
        | ActionFault::Gone
        | ActionFault::Closed(_)
        | ActionFault::Taken(..)
        | ActionFault::Free
        | ActionFault::OwnKey(_)) => fault.into(),
    }
}
