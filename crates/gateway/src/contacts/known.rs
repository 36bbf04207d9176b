//! What the worker knows of the register: opened once, and anew when it has changed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use extract::Constituency;
use intake::pipeline::Policy;
use tokio::sync::Mutex;

use super::{Directory, Register};
use crate::store::StoreFault;

/// How long the register is taken for unchanged.
const FRESH: Duration = Duration::from_secs(5);

/// The register, as it was last seen.
pub struct Known {
    register: Register,
    /// What the configuration says about mail.
    policy: Arc<Policy>,
    held: Mutex<Option<Held>>,
}

struct Held {
    asked: Instant,
    stamp: String,
    seen: Seen,
}

/// The register at one moment.
#[derive(Clone)]
pub struct Seen {
    /// Who is in it.
    pub directory: Arc<Directory>,
    /// Whose networks and domains are ours to look after, by the configuration and by the register.
    pub constituency: Arc<Constituency>,
    /// What the configuration says about mail, with the networks and domains of everybody in the register.
    pub policy: Arc<Policy>,
}

impl Known {
    /// Nothing is asked yet.
    pub fn new(register: Register, policy: Arc<Policy>) -> Known {
        Known {
            register,
            policy,
            held: Mutex::default(),
        }
    }

    /// The register. What can't be opened is left out: mail doesn't wait for it, and `pillarbox verify` names it.
    ///
    /// # Errors
    /// [`StoreFault`].
    pub async fn seen(&self) -> Result<Seen, StoreFault> {
        let mut held = self.held.lock().await;
        let fresh = held.as_ref().filter(|held| held.asked.elapsed() < FRESH);
        if let Some(held) = fresh {
            return Ok(held.seen.clone());
        }
        // Asked before the rows are read: what changes between is read again.
        let stamp = self.register.store.organisations_stamp().await?;
        let same = held.as_ref().filter(|held| held.stamp == stamp);
        let seen = match same {
            Some(held) => held.seen.clone(),
            None => self.read().await?,
        };
        let asked = Instant::now();
        *held = Some(Held {
            asked,
            stamp,
            seen: seen.clone(),
        });
        Ok(seen)
    }

    async fn read(&self) -> Result<Seen, StoreFault> {
        let opened = self.register.open().await?;
        for id in &opened.damaged {
            tracing::error!(organisation = %id, "an organisation of the register can't be opened: run `pillarbox verify`");
        }
        let directory = Directory::of(opened.kept);
        let mut policy = Policy::clone(&self.policy);
        let (networks, domains) = directory.blocks();
        policy.context.networks.extend(networks);
        policy.context.domains.extend(domains.map(str::to_owned));
        let context = &policy.context;
        let (networks, domains) = (context.networks.iter(), context.domains.iter());
        let constituency = Constituency::new(networks.copied(), domains.map(String::as_str));
        Ok(Seen {
            directory: Arc::new(directory),
            constituency: Arc::new(constituency),
            policy: Arc::new(policy),
        })
    }
}
