//! Certificates that were parsed lately: the same correspondents write again and again, and each parsing and each check of a
//! self-signature costs as much as a message.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use sequoia_openpgp::Cert;

use super::certs::parse;

/// Certificates that are kept; each is at most 64 KiB when it comes from the store.
const MOST: usize = 64;

/// Certificates by their octets, the one used last in front. What Sequoia found of their self-signatures stays
/// with them; whether they are in force is asked anew each time.
#[derive(Default)]
pub(super) struct Parsed {
    recent: Mutex<VecDeque<(Vec<u8>, Arc<Cert>)>>,
}

impl Parsed {
    /// `None` for what is no certificate; that is not remembered.
    pub(super) fn certificate(&self, octets: &[u8]) -> Option<Arc<Cert>> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let place = recent.iter().position(|(known, _)| known == octets);
        let entry = match place.and_then(|place| recent.remove(place)) {
            Some(entry) => entry,
            None => (octets.to_vec(), Arc::new(verified(parse(octets)?))),
        };
        let cert = Arc::clone(&entry.1);
        recent.push_front(entry);
        recent.truncate(MOST);
        Some(cert)
    }
}

/// Asks for every self-signature once, so that copies know the answers.
pub(super) fn verified(cert: Cert) -> Cert {
    for key in cert.keys() {
        key.self_signatures().count();
        key.self_revocations().count();
    }
    for user_id in cert.userids() {
        user_id.self_signatures().count();
        user_id.self_revocations().count();
    }
    cert
}
