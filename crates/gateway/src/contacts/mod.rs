//! The register of contacts (P1, T10): constituents with their networks and domains, and whom to call. Each is sealed under a key of
//! its own and has a chain of the audit trail; nothing is found without opening all of them, see [`directory`].
//!
//! | module | what it does |
//! | --- | --- |
//! | [`organisation`] | an organisation, and what may stand in it |
//! | [`directory`] | whose an address, a domain or a network is |
//! | [`called`] | whom to call about a report |
//! | [`known`] | what the worker knows of the register |
//! | [`unfit`] | what can't stand in it |

pub mod called;
pub mod directory;
pub mod known;
pub mod organisation;
pub mod unfit;

use std::sync::Arc;

use uuid::Uuid;
use vault::{Epoch, KeyRing, Purpose, VaultError};

pub use self::called::Called;
pub use self::directory::{Concerned, Directory, Owner, Touched};
pub use self::organisation::{Call, Gap, Organisation, Person, Whose};
pub use self::unfit::{Misfit, Unfit};
use crate::audit::{self, Event, Link};
use crate::epochs::{self, EpochFault};
use crate::sealing;
use crate::store::{Store, StoreFault, StoredOrganisation};

/// Organisations that are kept at most: all are opened to find one.
pub const MOST: usize = 20_000;

/// The register, and what opens it.
#[derive(Clone)]
pub struct Register {
    /// The database.
    pub store: Store,
    /// Opens what it holds.
    pub ring: Arc<KeyRing>,
    /// The team's name.
    pub team: String,
}

/// An organisation that is in the register.
#[derive(Clone)]
pub struct Kept {
    /// It.
    pub organisation: Organisation,
    row: StoredOrganisation,
}

impl Kept {
    /// Its id, which is also its chain of the audit trail.
    pub fn id(&self) -> Uuid {
        self.row.id
    }

    /// Counts its changes: who changes it says which one he saw.
    pub fn version(&self) -> i32 {
        self.row.version
    }
}

/// All that is in the register.
#[derive(Default)]
pub struct Opened {
    /// In order of their names.
    pub kept: Vec<Kept>,
    /// Those that can't be opened; `pillarbox verify` says why.
    pub damaged: Vec<Uuid>,
}

/// Why the register can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ContactFault {
    /// The database did not do it.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// A key is missing.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// Permanent: the name is taken.
    #[error("there is an organisation of this name already")]
    Taken,
    /// Somebody else changed or removed it since it was read: look again.
    #[error("somebody else has just changed it: look again")]
    Changed,
}

impl From<EpochFault> for ContactFault {
    fn from(fault: EpochFault) -> ContactFault {
        match fault {
            EpochFault::Store(fault) => fault.into(),
            EpochFault::Vault(fault) => fault.into(),
        }
    }
}

/// Keyed digest of a name, whatever the case of its letters.
pub(crate) fn name_digest(ring: &KeyRing, team: &str, name: &str) -> Vec<u8> {
    let name = name.to_lowercase();
    let parts = [
        b"organisation name".as_slice(),
        team.as_bytes(),
        name.as_bytes(),
    ];
    ring.digest(Purpose::Row, &parts).to_vec()
}

impl Register {
    /// Opens all of it.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub async fn open(&self) -> Result<Opened, StoreFault> {
        let mut opened = Opened::default();
        for row in self.store.organisations().await? {
            match self.opened(&row) {
                Ok(organisation) => opened.kept.push(Kept { organisation, row }),
                Err(_) => opened.damaged.push(row.id),
            }
        }
        opened
            .kept
            .sort_by_cached_key(|one| one.organisation.name.to_lowercase());
        Ok(opened)
    }

    fn opened(&self, row: &StoredOrganisation) -> Result<Organisation, VaultError> {
        let key = sealing::case_key(&self.ring, &self.team, row.id, &row.wrapped)?;
        sealing::open(
            &key,
            &sealing::organisation_aad(&self.team, row.id),
            &row.sealed,
        )
    }

    /// Adds one; its id.
    ///
    /// # Errors
    /// [`ContactFault`]; then nothing has changed.
    pub async fn add(
        &self,
        organisation: &Organisation,
        actor: &str,
    ) -> Result<Uuid, ContactFault> {
        epochs::ready(&self.store, &self.ring, &self.team, Epoch::STANDING).await?;
        let id = Uuid::now_v7();
        let key = self.ring.new_case_key(Epoch::STANDING)?;
        let content = sealing::encode(organisation)?;
        let new = StoredOrganisation {
            id,
            wrapped: self.ring.wrap(&key, &sealing::case_aad(&self.team, id))?,
            digest: name_digest(&self.ring, &self.team, &organisation.name),
            version: 1,
            sealed: key.seal(&sealing::organisation_aad(&self.team, id), &content)?,
        };
        let digest = audit::organisation_digest(&self.ring, id, &content);
        let link = self
            .link(
                id,
                actor,
                "contact",
                format!("organisation={digest} changed=all"),
            )
            .await?;
        let added = self.store.add_organisation(&new, &link.line()).await;
        added.map_err(|fault| conflict(fault, ContactFault::Taken))?;
        Ok(id)
    }

    /// Puts another in its place.
    ///
    /// # Errors
    /// [`ContactFault`]; then nothing has changed.
    pub async fn change(
        &self,
        kept: &Kept,
        organisation: &Organisation,
        actor: &str,
    ) -> Result<(), ContactFault> {
        let id = kept.row.id;
        let key = sealing::case_key(&self.ring, &self.team, id, &kept.row.wrapped)?;
        let content = sealing::encode(organisation)?;
        let changed = StoredOrganisation {
            digest: name_digest(&self.ring, &self.team, &organisation.name),
            sealed: key.seal(&sealing::organisation_aad(&self.team, id), &content)?,
            ..kept.row.clone()
        };
        let digest = audit::organisation_digest(&self.ring, id, &content);
        let fields = kept.organisation.differs(organisation).join(",");
        let link = self
            .link(
                id,
                actor,
                "contact",
                format!("organisation={digest} changed={fields}"),
            )
            .await?;
        let is_new_name = changed.digest != kept.row.digest;
        let written = self.store.change_organisation(&changed, &link.line()).await;
        let Err(fault) = written else {
            return Ok(());
        };
        let taken = is_new_name && self.has(&changed.digest).await?;
        let why = if taken {
            ContactFault::Taken
        } else {
            ContactFault::Changed
        };
        Err(conflict(fault, why))
    }

    async fn has(&self, digest: &[u8]) -> Result<bool, StoreFault> {
        let all = self.store.organisations().await?;
        Ok(all.iter().any(|one| one.digest == digest))
    }

    /// Removes one, with its key.
    ///
    /// # Errors
    /// [`ContactFault`]; then nothing has changed.
    pub async fn remove(&self, kept: &Kept, actor: &str) -> Result<(), ContactFault> {
        let id = kept.row.id;
        let link = self.link(id, actor, "removed", String::new()).await?;
        let removed = self
            .store
            .remove_organisation(id, kept.row.version, &link.line())
            .await;
        removed.map_err(|fault| conflict(fault, ContactFault::Changed))
    }

    async fn link(
        &self,
        id: Uuid,
        actor: &str,
        action: &'static str,
        detail: String,
    ) -> Result<Link, StoreFault> {
        let last = self.store.last_audit(id).await?;
        Ok(audit::next(
            &self.ring,
            id,
            last,
            actor,
            Event { action, detail },
        ))
    }
}

/// What a conflict means here; any other fault is itself.
fn conflict(fault: StoreFault, meant: ContactFault) -> ContactFault {
    match matches!(fault, StoreFault::Conflict) {
        true => meant,
        false => fault.into(),
    }
}
