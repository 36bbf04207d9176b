//! An analyst's desk: the store, and the ring that opens what it holds.

use anyhow::Context;
use vault::KeyRing;

use super::Finding;
use crate::audit::{self, Event};
use crate::config::Settings;
use crate::keyfiles;
use crate::sealing::{self, Summary, Understood};
use crate::store::{EntryRow, Store};

/// The store, and the ring that opens what it holds.
pub(super) struct Desk {
    pub store: Store,
    pub ring: KeyRing,
    pub team: String,
}

impl Desk {
    pub(super) fn new(settings: &Settings) -> anyhow::Result<Desk> {
        let store = Store::new(&settings.database)?;
        Ok(Desk {
            store,
            ring: keyfiles::ring(&settings.storage)?,
            team: settings.team.name.clone(),
        })
    }

    /// What lists show of an entry; one that can't be opened says so and does not hide the others.
    pub(super) fn summary(&self, entry: &EntryRow) -> Summary {
        self.open_summary(entry).unwrap_or_else(|error| Summary {
            subject: format!("(this entry can't be opened: {error:#})"),
            ..Summary::default()
        })
    }

    fn open_summary(&self, entry: &EntryRow) -> anyhow::Result<Summary> {
        let key = sealing::case_key(&self.ring, &self.team, entry.case, &entry.wrapped)?;
        let aad = sealing::entry_aad(&self.team, "summary", entry.case, entry.id);
        Ok(sealing::open(&key, &aad, &entry.summary)?)
    }

    pub(super) fn understood(&self, entry: &EntryRow) -> anyhow::Result<Understood> {
        let key = sealing::case_key(&self.ring, &self.team, entry.case, &entry.wrapped)?;
        let aad = sealing::entry_aad(&self.team, "reading", entry.case, entry.id);
        Ok(sealing::open(&key, &aad, &entry.reading)?)
    }

    pub(super) async fn raw(
        &self,
        entry: &EntryRow,
    ) -> anyhow::Result<zeroize::Zeroizing<Vec<u8>>> {
        let key = sealing::case_key(&self.ring, &self.team, entry.case, &entry.wrapped)?;
        let sealed = self
            .store
            .raw(entry.id)
            .await?
            .ok_or_else(|| Finding("the message is gone".into()))?;
        Ok(key.open(
            &sealing::entry_aad(&self.team, "raw", entry.case, entry.id),
            &sealed,
        )?)
    }

    /// Writes down who did this, before it is shown: what can't be written down isn't shown (P3).
    pub(super) async fn note(
        &self,
        case: uuid::Uuid,
        action: &'static str,
        detail: String,
    ) -> anyhow::Result<()> {
        let event = Event { action, detail };
        audit::append(&self.store, &self.ring, case, &audit::actor(), event)
            .await
            .context("nothing is shown that can't be written to the audit trail")
    }

    /// The number in `CSIRT#000123`, `[CSIRT#000123]` or `123`.
    pub(super) fn serial(&self, reference: &str) -> anyhow::Result<i64> {
        let digits = reference
            .rsplit_once('#')
            .map_or(reference, |(_, digits)| digits)
            .trim_end_matches(']');
        let serial = digits.parse().map_err(|_| {
            Finding(format!(
                "{reference:?} is no ticket reference; write {}#000123 or 123",
                self.team
            ))
        })?;
        Ok(serial)
    }

    pub(super) fn reference(&self, serial: i64) -> String {
        format!("{}#{serial:06}", self.team)
    }
}
