//! What is read of a ticket beside its messages, to be shown in the terminal or in the console.

use super::close;
use super::desk::Desk;
use super::flags::Notes;
use super::links::{Proofs, Standing};
use crate::store::{AlertRow, EntryRow, MailState, StoredPeer, TicketRow};
use crate::tags::Tagged;
use crate::ticket::History;

/// Transport alerts that are shown of a ticket.
const ALERTS: i64 = 100;

/// What stands beside the messages of a ticket.
pub(crate) struct Shown {
    /// Mail of ours.
    pub(crate) mail: Vec<MailState>,
    /// Alerts of its peers, each with its sealed name.
    pub(crate) alerts: Vec<(AlertRow, StoredPeer)>,
    /// Signatures, replays, conflicts.
    pub(crate) notes: Notes,
    /// By which proof messages joined.
    pub(crate) proofs: Proofs,
    /// What was done, the oldest first.
    pub(crate) history: Vec<(String, History)>,
    /// Words of the team, sorted.
    pub(crate) tags: Vec<String>,
    /// Links that analysts made, as they stand.
    pub(crate) links: Vec<Standing>,
}

impl Shown {
    /// Of a ticket with these messages.
    pub(crate) async fn of(
        desk: &Desk,
        ticket: &TicketRow,
        entries: &[EntryRow],
    ) -> anyhow::Result<Shown> {
        let history = close::history(desk, ticket).await?;
        let mut told = history.iter().rev();
        let tagged = told.find_map(|(_, one)| one.tags.as_ref());
        Ok(Shown {
            tags: tagged.map(Tagged::words).unwrap_or_default(),
            links: Standing::of(desk, &history).await?,
            history,
            mail: desk.store.mail_states(ticket.id).await?,
            alerts: desk
                .store
                .alerts(true, None, Some(ticket.id), ALERTS)
                .await?,
            notes: Notes::of(desk, ticket.id, entries).await?,
            proofs: Proofs::of(desk, ticket.id).await?,
        })
    }
}
