//! Certificates that came for an address that has another: kept, not used, until an analyst decides (T11).

use intake::openpgp;
use jiff::Timestamp;

use super::{Binding, Book, BookFault, Known, State};

/// One certificate, and how it stands to the address.
pub(crate) struct Side {
    /// In upper case; empty when the certificate can't be read any more.
    pub fingerprint: String,
    /// What it says of itself: hostile, and no proof of anything.
    pub user_ids: Vec<String>,
    pub binding: Binding,
}

/// Two certificates for one address.
pub(crate) struct Conflict {
    pub address: String,
    /// What came later.
    pub came: Side,
    /// What stays in use; `None` when nothing speaks for the address any more.
    pub known: Option<Side>,
}

impl Book {
    /// All conflicts of `most` certificates, by address.
    ///
    /// # Errors
    /// When the database is away. What can't be opened is left out, and in the log.
    pub(crate) async fn conflicts(&self, most: i64) -> Result<Vec<Conflict>, BookFault> {
        let ids = self.store.in_conflict(most).await?;
        let rows = self.store.certificates_by_id(&ids).await?;
        let mut conflicts = Vec::new();
        for came in self.with_bindings(rows).await? {
            let bindings = came.bindings.iter();
            for binding in bindings.filter(|binding| binding.state == State::Conflict) {
                let others = self.of_address(&binding.address).await?;
                let mut known = others.iter().filter_map(|other| {
                    let holds = other.holds(&binding.address)?;
                    Some(Side::of(other, holds))
                });
                conflicts.push(Conflict {
                    address: binding.address.clone(),
                    came: Side::of(&came, binding),
                    known: known.next(),
                });
            }
        }
        let name = |one: &Conflict| (one.address.clone(), one.came.fingerprint.clone());
        conflicts.sort_by_key(name);
        Ok(conflicts)
    }
}

/// Of a certificate, in upper case; empty when it can't be read any more.
pub(super) fn fingerprint(known: &Known) -> String {
    let info = openpgp::describe(&known.certificate, Timestamp::now());
    info.map_or_else(String::new, |info| info.fingerprint)
}

impl Side {
    fn of(known: &Known, binding: &Binding) -> Side {
        let info = openpgp::describe(&known.certificate, Timestamp::now());
        let (fingerprint, user_ids) = match info {
            Some(info) => (info.fingerprint, info.user_ids),
            None => Default::default(),
        };
        Side {
            fingerprint,
            user_ids,
            binding: binding.clone(),
        }
    }
}
