//! What we know of correspondents' certificates: which there are, whose each of them is, and who says so.
//!
//! A certificate belongs to an address because a row of ours says so, never because its user IDs do (T11, T21). The first
//! that comes from a proved sender is *pinned*; another one for the same address is kept beside it as a *conflict*, and
//! changes nothing until an analyst decides. Only a pin that rests on nothing but its own word gives way by itself, see
//! [`binding::Strength`].
//!
//! | module | what it does |
//! | --- | --- |
//! | `keep` | keeps certificates, and merges news into them |
//! | `bind` | says whose they are |
//! | `binding` | the states of a binding, what it rests on, and what is sealed of it |
//! | `conflicts` | those that came for an address that has another |
//! | `history` | what was done with them |
//! | `review` | looks at verdicts again when a certificate changed |
//! | `fetch` | asks a Web Key Directory or a key server, when an analyst says so |

mod bind;
mod binding;
mod conflicts;
pub(crate) mod fetch;
mod history;
mod keep;
mod review;

use std::collections::BTreeSet;
use std::sync::Arc;

use intake::openpgp::CertInfo;
use uuid::Uuid;
use vault::{KeyRing, Purpose, VaultError};

pub(crate) use bind::Claim;
pub(crate) use binding::{Binding, Note, Proof, State};
pub(crate) use conflicts::{Conflict, Side};
pub(crate) use review::{LaterVerdict, later_verdicts, signer_index};

use crate::config::Settings;
use crate::epochs::EpochFault;
use crate::reader::{ReaderFault, Readers};
use crate::store::{Store, StoreFault, StoredBinding, StoredCertificate};
use crate::{keyfiles, sealing, settings};

/// How often a write is tried again that somebody else was faster with.
const TRIES: usize = 8;

/// The certificates, and what opens them.
pub(crate) struct Book {
    pub store: Store,
    pub ring: Arc<KeyRing>,
    pub readers: Arc<Readers>,
    pub team: String,
}

/// Why the book can't be read or written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BookFault {
    /// The database.
    #[error("{0}")]
    Store(#[from] StoreFault),
    /// A key is missing, or a row is damaged.
    #[error("{0}")]
    Vault(#[from] VaultError),
    /// The reader process that looks at certificates.
    #[error("a certificate could not be read: {0}")]
    Reader(#[from] ReaderFault),
}

impl From<EpochFault> for BookFault {
    fn from(fault: EpochFault) -> BookFault {
        match fault {
            EpochFault::Store(fault) => fault.into(),
            EpochFault::Vault(fault) => fault.into(),
        }
    }
}

/// A certificate with all that is known about whose it is.
pub(crate) struct Known {
    pub id: Uuid,
    pub certificate: Vec<u8>,
    pub bindings: Vec<Binding>,
    row: StoredCertificate,
}

impl Known {
    /// The addresses that it speaks for.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let held = self.bindings.iter().filter(|binding| binding.state.holds());
        held.map(|binding| binding.address.clone()).collect()
    }

    /// What binds it to an address, in any way.
    pub(crate) fn binding(&self, address: &str) -> Option<&Binding> {
        let mut bindings = self.bindings.iter();
        bindings.find(|binding| binding.address.eq_ignore_ascii_case(address))
    }

    /// As [`Known::binding`], when it speaks for the address.
    pub(crate) fn holds(&self, address: &str) -> Option<&Binding> {
        self.binding(address)
            .filter(|binding| binding.state.holds())
    }

    /// Whether somebody here, or the team's certification, authenticated it for this address.
    pub(crate) fn is_authenticated_for(&self, address: &str) -> bool {
        self.binding(address)
            .is_some_and(|binding| binding.state == State::Authenticated)
    }

    /// Whether a signature on mail of this sender is by a verified key: authenticated for the address, or for every one that it
    /// speaks for, none of which is the sender's. It is good for none of them that nobody authenticated (T21).
    pub(crate) fn is_verified_to(&self, sender: &str) -> bool {
        let is_other = self.binding(sender).is_none();
        let mut bindings = self.bindings.iter();
        let all = |binding: &Binding| binding.state == State::Authenticated;
        self.is_authenticated_for(sender)
            || (is_other && !self.bindings.is_empty() && bindings.all(all))
    }

    /// Whether it was authenticated for any address: for lists, and for nothing that depends on a sender.
    pub(crate) fn is_authenticated(&self) -> bool {
        let mut bindings = self.bindings.iter();
        bindings.any(|binding| binding.state == State::Authenticated)
    }
}

/// Keyed digest of a fingerprint, key id or address.
pub(crate) fn handle(ring: &KeyRing, name: &str) -> Vec<u8> {
    ring.digest(Purpose::Certificate, &[name.to_lowercase().as_bytes()])
        .to_vec()
}

/// Fingerprints and key ids: what a signature may name. An address finds a certificate through its bindings only.
fn handles(ring: &KeyRing, info: &CertInfo) -> Vec<Vec<u8>> {
    info.handles.iter().map(|name| handle(ring, name)).collect()
}

/// One certificate, one row: the id comes from the fingerprint.
pub(crate) fn certificate_id(ring: &KeyRing, fingerprint: &str) -> Uuid {
    let fingerprint = fingerprint.to_uppercase();
    Uuid::from_bytes(ring.digest(Purpose::Certificate, &[b"id", fingerprint.as_bytes()]))
}

fn binding_id(ring: &KeyRing, certificate: Uuid, address: &[u8]) -> Uuid {
    let parts = [b"binding", certificate.as_bytes().as_slice(), address];
    Uuid::from_bytes(ring.digest(Purpose::Certificate, &parts))
}

impl Book {
    /// For a command: with readers of its own.
    pub(crate) fn open(settings: &Settings) -> anyhow::Result<Book> {
        let store = Store::new(&settings.database)?;
        let ring = Arc::new(keyfiles::ring(&settings.storage)?);
        Ok(Book::with(settings, store, ring))
    }

    /// With readers of its own, which start with the team's keys of now.
    pub(crate) fn with(settings: &Settings, store: Store, ring: Arc<KeyRing>) -> Book {
        let mut readers = settings::readers(settings);
        readers.count = 1;
        readers.secrets.retain(|path| path.exists());
        Book {
            store,
            ring,
            readers: Readers::new(readers),
            team: settings.team.name.clone(),
        }
    }

    /// The certificates with these fingerprints or key ids.
    pub(crate) async fn named(&self, names: &[String]) -> Result<Vec<Known>, BookFault> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let handles: Vec<Vec<u8>> = names.iter().map(|name| handle(&self.ring, name)).collect();
        let rows = self.store.certificates(Some(&handles)).await?;
        self.with_bindings(rows).await
    }

    /// All of them.
    pub(crate) async fn all(&self) -> Result<Vec<Known>, BookFault> {
        let rows = self.store.certificates(None).await?;
        self.with_bindings(rows).await
    }

    /// The one with this fingerprint.
    pub(crate) async fn by_fingerprint(
        &self,
        fingerprint: &str,
    ) -> Result<Option<Known>, BookFault> {
        self.by_id(certificate_id(&self.ring, fingerprint)).await
    }

    pub(crate) async fn by_id(&self, id: Uuid) -> Result<Option<Known>, BookFault> {
        let rows = self.store.certificates_by_id(&[id]).await?;
        Ok(self.with_bindings(rows).await?.pop())
    }

    /// What is bound to an address, in any way, the one that speaks for it first.
    pub(crate) async fn of_address(&self, address: &str) -> Result<Vec<Known>, BookFault> {
        let mut known = self.of_addresses(&[address]).await?;
        known.sort_by_key(|known| known.holds(address).is_none());
        Ok(known)
    }

    /// What is bound to one of these addresses, in any way.
    pub(crate) async fn of_addresses(&self, addresses: &[&str]) -> Result<Vec<Known>, BookFault> {
        let digests = addresses.iter().map(|address| handle(&self.ring, address));
        let digests: Vec<Vec<u8>> = digests.collect();
        let bindings = self.store.bindings(Some(&[]), Some(&digests)).await?;
        let ids: BTreeSet<Uuid> = bindings.iter().map(|one| one.certificate).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = ids.into_iter().collect();
        let rows = self.store.certificates_by_id(&ids).await?;
        self.with_bindings(rows).await
    }

    /// The certificate that is bound to an address by more than its own word.
    pub(crate) async fn bound_to(&self, address: &str) -> Result<Option<Vec<u8>>, BookFault> {
        let known = self.of_address(address).await?.into_iter();
        let mut strong = known.filter(|known| {
            let held = known.holds(address);
            held.is_some_and(|binding| binding.proof.is_strong())
        });
        Ok(strong.next().map(|known| known.certificate))
    }

    async fn with_bindings(&self, rows: Vec<StoredCertificate>) -> Result<Vec<Known>, BookFault> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let bindings = self.store.bindings(Some(&ids), Some(&[])).await?;
        let mut known = Vec::new();
        for row in rows {
            let own = bindings
                .iter()
                .filter(|binding| binding.certificate == row.id);
            let (opened, refused) = self.opened(row.clone(), own);
            match (opened, refused) {
                (Some(opened), None) => known.push(opened),
                // Sealed anew between the two questions, or damaged.
                (_, _) => known.extend(self.opened_again(row).await?),
            }
        }
        Ok(known)
    }

    /// Reads a certificate until it opens, or fails twice under the same key. Then one damaged row must not hold up every mail of
    /// its owner: what can't be opened is left out.
    async fn opened_again(
        &self,
        mut before: StoredCertificate,
    ) -> Result<Option<Known>, BookFault> {
        loop {
            let id = before.id;
            let Some(row) = self.store.certificates_by_id(&[id]).await?.pop() else {
                return Ok(None);
            };
            let bindings = self.store.bindings(Some(&[id]), Some(&[])).await?;
            let (opened, refused) = self.opened(row.clone(), bindings.iter());
            match refused {
                None => return Ok(opened),
                Some(error) if row.wrapped == before.wrapped => {
                    tracing::error!(certificate = %id, %error, "a row is not as it was written, and not believed: run `pillarbox verify`");
                    return Ok(opened);
                }
                Some(_) => before = row,
            }
        }
    }

    /// A certificate with those of its bindings that open and are as they were written, and why others are not.
    fn opened<'b>(
        &self,
        row: StoredCertificate,
        bindings: impl Iterator<Item = &'b StoredBinding>,
    ) -> (Option<Known>, Option<VaultError>) {
        let aad = sealing::certificate_aad(&self.team, row.id);
        let opened = sealing::case_key(&self.ring, &self.team, row.id, &row.wrapped)
            .and_then(|key| Ok((key.open(&aad, &row.sealed)?.to_vec(), key)));
        let (certificate, key) = match opened {
            Ok(opened) => opened,
            Err(error) => return (None, Some(error)),
        };
        let (mut good, mut refused) = (Vec::new(), None);
        for stored in bindings {
            match Binding::open(&self.ring, &self.team, &key, stored) {
                Ok(binding) => good.push(binding),
                // It binds nothing then; and nothing else comes in its place as long as the row is there.
                Err(error) => refused = Some(error),
            }
        }
        let known = Known {
            id: row.id,
            certificate,
            bindings: good,
            row,
        };
        (Some(known), refused)
    }
}
