//! The team's secret keys in gpg-agent, or on a smart card behind it: what a reader asks there, operation by operation.
//!
//! Nobody is asked for a passphrase or a PIN, for nobody sits before a daemon. What is locked there fails as if it were not there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, anyhow, bail};
use intake::openpgp::{self, Elsewhere, KeyError, Keys, Operation, PublicPart, Unlocked};
use sequoia_gpg_agent::keyinfo::{KeyInfoList, KeyProtection, KeyType};
use sequoia_gpg_agent::{KeyPair, gnupg};

/// The team's keys, where they may be, and what opens them.
#[derive(Clone, Copy)]
pub(crate) struct Secrets<'a> {
    /// Of keys in files.
    pub passphrase: Option<&'a [u8]>,
    /// GnuPG's folder: its agent has what a file has no secret of.
    pub gnupg_home: Option<&'a Path>,
}

impl Secrets<'_> {
    /// Takes a team key; its fingerprint. `away` is set once a key could not be used that was there before.
    ///
    /// # Errors
    /// Nobody has its secret parts, or all of them are locked.
    pub(crate) fn take(
        &self,
        keys: &mut Keys,
        key: &[u8],
        away: &Arc<AtomicBool>,
    ) -> anyhow::Result<String> {
        let home = match (keys.add_team_secret(key, self.passphrase), self.gnupg_home) {
            (Err(KeyError::NoSecret), Some(home)) => home,
            (taken, _) => return Ok(taken?),
        };
        let (fingerprint, unlocked) = Agent::of(home, away)?.add(keys, key)?;
        if unlocked.usable == 0 {
            bail!(
                "gpg-agent of openpgp.gnupg_home has it locked: give it the passphrase (gpg-preset-passphrase), or put the card in"
            );
        }
        Ok(fingerprint)
    }

    /// How many secret parts of a team key can be used as things are.
    ///
    /// # Errors
    /// Nobody has them.
    pub(crate) fn unlock(&self, key: &[u8]) -> anyhow::Result<Unlocked> {
        match (openpgp::unlock(key, self.passphrase), self.gnupg_home) {
            (Err(KeyError::NoSecret), Some(home)) => {
                let agent = Agent::of(home, &Arc::default())?;
                Ok(agent.add(&mut Keys::new(), key)?.1)
            }
            (unlocked, _) => Ok(unlocked?),
        }
    }
}

/// The agent of one GnuPG folder.
struct Agent {
    socket: PathBuf,
    has: Has,
    away: Arc<AtomicBool>,
}

/// What an agent has.
struct Has {
    keys: KeyInfoList,
    card: bool,
}

impl Agent {
    /// Starts it unless it runs, and asks which keys it has.
    fn of(home: &Path, away: &Arc<AtomicBool>) -> anyhow::Result<Agent> {
        let place = || format!("openpgp.gnupg_home {}", home.display());
        if !home.is_dir() {
            bail!("{}: there is no such folder", place());
        }
        let context = gnupg::Context::with_homedir(home).with_context(place)?;
        context.start("gpg-agent").with_context(place)?;
        let socket = context.socket("agent").with_context(place)?.to_path_buf();
        let has = Has::asked(&socket).with_context(place)?;
        Ok(Agent {
            socket,
            has,
            away: Arc::clone(away),
        })
    }

    /// Takes a certificate of which it has secret keys.
    fn add(&self, keys: &mut Keys, certificate: &[u8]) -> anyhow::Result<(String, Unlocked)> {
        let (mut all, mut usable) = (0, 0);
        let added = keys.add_team_elsewhere(certificate, |key| {
            let found = self.find(key)?;
            all += 1;
            usable += usize::from(self.has.open(key));
            Some(found)
        });
        let fingerprint =
            added.context("gpg-agent of openpgp.gnupg_home does not have it either")?;
        Ok((fingerprint, Unlocked { usable, all }))
    }

    fn find(&self, key: &PublicPart) -> Option<Elsewhere> {
        self.has.keys.lookup_by_key(key)?;
        let (socket, public) = (self.socket.clone(), key.clone());
        let begin = move || {
            let pair = KeyPair::new_for_socket(&socket, &public)?;
            let begun: Box<dyn Operation> = Box::new(pair.suppress_pinentry());
            Ok(begun)
        };
        let (socket, public) = (self.socket.clone(), key.clone());
        let away = Arc::clone(&self.away);
        let failed = move || {
            let open = Has::asked(&socket).is_ok_and(|has| has.open(&public));
            away.fetch_or(!open, Ordering::Relaxed);
        };
        Some(Elsewhere {
            begin: Box::new(begin),
            failed: Box::new(failed),
        })
    }
}

impl Has {
    fn asked(socket: &Path) -> anyhow::Result<Has> {
        let asked = async {
            let mut agent = sequoia_gpg_agent::Agent::connect_to_agent(socket).await?;
            let keys = agent.list_keys().await?;
            let on_card = keys.iter().any(|key| key.keytype() == KeyType::Smartcard);
            let card = on_card && agent.card_info().await.is_ok();
            anyhow::Ok(Has { keys, card })
        };
        let ask = || {
            let mut runtime = tokio::runtime::Builder::new_current_thread();
            runtime.enable_io().build()?.block_on(asked)
        };
        // A thread of its own: commands have a runtime on theirs.
        let has = std::thread::scope(|scope| scope.spawn(ask).join());
        has.map_err(|_| anyhow!("gpg-agent could not be asked"))?
    }

    /// Whether a key can be used without asking anybody; whether a card wants its PIN, only the card knows.
    fn open(&self, key: &PublicPart) -> bool {
        self.keys.lookup_by_key(key).is_some_and(|info| {
            *info.protection() == KeyProtection::NotProtected
                || info.passphrase_cached()
                || (info.keytype() == KeyType::Smartcard && self.card)
        })
    }
}
