//! An analyst's desk, in the terminal and in the console: the store, and the ring that opens what it holds.

use std::sync::Arc;

use anyhow::Context;
use uuid::Uuid;
use vault::{CaseKey, KeyRing};

use super::Finding;
use super::hint::hint;
use crate::actions::{Acting, ActionFault};
use crate::analyst::OwnKey;
use crate::audit::outside::Outside;
use crate::audit::{self, Event};
use crate::config::{Settings, Storage};
use crate::contacts::Directory;
use crate::contacts::Register;
use crate::keyfiles;
use crate::sealing::{self, Summary, Understood};
use crate::search::Search;
use crate::settings;
use crate::store::{EntryRow, Store};

/// The store, and the ring that opens what it holds.
#[derive(Clone)]
pub(crate) struct Desk {
    pub store: Store,
    pub ring: Arc<KeyRing>,
    pub team: String,
    storage: Storage,
    /// Whose networks and domains are ours to look after.
    pub constituency: Arc<extract::Constituency>,
    /// The register of contacts; empty at a desk that was not asked to know it.
    pub directory: Arc<Directory>,
    /// The analyst's own key, when he said that it may be used.
    pub own: Option<Arc<OwnKey>>,
    /// Who sits at it, for the audit trail.
    pub actor: String,
}

impl Desk {
    pub(crate) fn new(settings: &Settings) -> anyhow::Result<Desk> {
        let store = Store::new(&settings.database)?;
        let ring = Arc::new(keyfiles::ring(&settings.storage)?);
        Ok(Desk {
            own: OwnKey::new(&settings.analyst).map(Arc::new),
            ..Desk::of(settings, store, ring, audit::actor())
        })
    }

    /// One that knows whose problem a value is by the register of contacts, too (E5).
    pub(crate) async fn knowing(settings: &Settings) -> anyhow::Result<Desk> {
        Desk::new(settings)?.informed(settings).await
    }

    /// The same desk, with the register as it is now.
    pub(crate) async fn informed(mut self, settings: &Settings) -> anyhow::Result<Desk> {
        let kept = super::contacts::opened(&self).await?.kept;
        self.directory = Arc::new(Directory::of(kept));
        self.constituency = Arc::new(settings::constituency(settings, &self.directory));
        Ok(self)
    }

    /// One at which nobody's own key is used.
    pub(crate) fn of(settings: &Settings, store: Store, ring: Arc<KeyRing>, actor: String) -> Desk {
        Desk {
            store,
            ring,
            team: settings.team.name.clone(),
            storage: settings.storage.clone(),
            constituency: Arc::new(settings::constituency(settings, &Directory::default())),
            directory: Arc::default(),
            own: None,
            actor,
        }
    }

    /// The same desk with somebody else at it.
    pub(crate) fn with(&self, actor: String) -> Desk {
        Desk {
            actor,
            ..self.clone()
        }
    }

    /// What lists show of an entry; one that can't be opened says so and does not hide the others.
    pub(crate) fn summary(&self, entry: &EntryRow) -> Summary {
        if self.is_closed(entry) {
            let (hour, most) = (&entry.received_hour, most_octets(entry));
            return Summary {
                subject: "(sealed to analysts)".into(),
                received_at: hour.clone(),
                gist: format!("in the hour from {hour}, less than {most} octets"),
                ..Summary::default()
            };
        }
        self.open_summary(entry).unwrap_or_else(|error| Summary {
            subject: format!("(this entry can't be opened: {error:#})"),
            ..Summary::default()
        })
    }

    /// Whether an entry is sealed to analysts, and nobody has offered a key.
    pub(crate) fn is_closed(&self, entry: &EntryRow) -> bool {
        self.own.is_none() && entry.wrapped.message().is_some()
    }

    /// The key of an entry's case.
    pub(crate) fn key(&self, entry: &EntryRow) -> anyhow::Result<CaseKey> {
        self.acting("").key(entry)
    }

    /// For what an analyst does.
    pub(crate) fn acting<'a>(&'a self, by: &'a str) -> Acting<'a> {
        Acting {
            store: &self.store,
            ring: &self.ring,
            team: &self.team,
            by,
            own: self.own.as_deref(),
        }
    }

    /// The ticket with this reference or number: its id, and its reference.
    pub(super) async fn ticket(&self, reference: &str) -> anyhow::Result<(Uuid, String)> {
        let serial = self.serial(reference)?;
        let rows = self.store.tickets(&self.team, &[serial], &[]).await?;
        match rows.first() {
            Some(row) => Ok((row.id, self.reference(serial))),
            None => Err(super::erase::missing(self, serial).await?.into()),
        }
    }

    fn open_summary(&self, entry: &EntryRow) -> anyhow::Result<Summary> {
        let key = self.key(entry)?;
        let aad = sealing::entry_aad(&self.team, "summary", entry.case, entry.id);
        Ok(sealing::open(&key, &aad, &entry.summary)?)
    }

    pub(crate) fn understood(&self, entry: &EntryRow) -> anyhow::Result<Understood> {
        let key = self.key(entry)?;
        let aad = sealing::entry_aad(&self.team, "reading", entry.case, entry.id);
        Ok(sealing::open(&key, &aad, &entry.reading)?)
    }

    pub(crate) async fn raw(
        &self,
        entry: &EntryRow,
    ) -> anyhow::Result<zeroize::Zeroizing<Vec<u8>>> {
        let key = self.key(entry)?;
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

    /// Takes the analyst's keys of the blind indexes into use, when he has offered his own.
    pub(crate) fn open_index(&self) -> anyhow::Result<()> {
        let (_, first) = keyfiles::index_ratchet(&self.storage);
        let Some(own) = self.own.as_ref().filter(|_| first.exists()) else {
            return Ok(());
        };
        let ratchet = own.index_ratchet(&std::fs::read(&first)?);
        let ratchet = ratchet.with_context(|| format!("{}", first.display()))?;
        self.ring.open_index_with(ratchet);
        Ok(())
    }

    /// Writes down who did this, before it is shown: what can't be written down isn't shown (P3).
    pub(crate) async fn note(
        &self,
        case: Uuid,
        action: &'static str,
        detail: String,
    ) -> anyhow::Result<()> {
        let event = Event { action, detail };
        audit::append(&self.store, &self.ring, case, &self.actor, event)
            .await
            .context("nothing is shown that can't be written to the audit trail")
    }

    /// Search over what is stored.
    pub(super) fn search(&self) -> Search<'_> {
        Search {
            store: &self.store,
            ring: &self.ring,
            team: &self.team,
            own: self.own.as_ref(),
        }
    }

    /// The mark of the audit trail outside the database.
    pub(crate) fn outside(&self) -> Outside {
        Outside::new(&self.storage, Arc::clone(&self.ring), &self.team)
    }

    /// The register of organisations.
    pub(crate) fn register(&self) -> Register {
        Register {
            store: self.store.clone(),
            ring: Arc::clone(&self.ring),
            team: self.team.clone(),
        }
    }

    /// The number in `CSIRT#000123`, `[CSIRT#000123]` or `123`.
    pub(crate) fn serial(&self, reference: &str) -> anyhow::Result<i64> {
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

    pub(crate) fn reference(&self, serial: i64) -> String {
        format!("{}#{serial:06}", self.team)
    }
}

/// What an action says that was not done. Exit codes go by what the store says.
pub(super) fn told(fault: ActionFault, reference: &str) -> anyhow::Error {
    match fault {
        ActionFault::Store(fault) => fault.into(),
        ActionFault::Vault(fault) => fault.into(),
        ActionFault::OwnKey(error) => error,
        fault @ (ActionFault::Gone
        | ActionFault::Closed(_)
        | ActionFault::Taken(..)
        | ActionFault::Free
        | ActionFault::Refused(_)) => {
            let hint = hint(&fault).map_or_else(String::new, |hint| format!(": {hint}"));
            Finding(format!("{reference}: {fault}{hint}")).into()
        }
    }
}

/// A power of two that is more than the octets of an entry.
pub(crate) fn most_octets(entry: &EntryRow) -> u64 {
    let bits = u32::from(entry.size_bucket.unsigned_abs());
    1_u64.checked_shl(bits + 1).unwrap_or(u64::MAX)
}
