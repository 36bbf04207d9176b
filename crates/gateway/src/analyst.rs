//! An analyst's own key: opens what is sealed to analysts, through GnuPG, whose agent asks for the passphrase or the card.
//!
//! GnuPG is given the wrapped key of one case and nothing else. Nothing that it says is believed (T22): its exit code and its
//! messages don't count, and what it writes is no key yet but a key wrapped by the epoch's, bound to its case. Only if that
//! unwraps (`vault::KeyRing::unwrap`) was it the right one.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;
use vault::{Ratchet, WrappedKey};
use zeroize::Zeroizing;

use crate::config::Analyst;
use crate::screen;

/// Octets that are read of what GnuPG writes or says: a wrapped key has 69.
const MOST: u64 = 4096;
/// Octets of a message, for some hundred analysts. As much fits into a pipe that nobody reads yet.
const LARGEST: usize = 48 << 10;

/// An analyst's own key.
pub struct OwnKey {
    gnupg_home: Option<PathBuf>,
    opened: Mutex<HashMap<Vec<u8>, WrappedKey>>,
}

impl OwnKey {
    /// The key of whoever runs this; `None` unless asked for.
    pub fn new(settings: &Analyst) -> Option<OwnKey> {
        settings.open.then(|| OwnKey {
            gnupg_home: settings.gnupg_home.clone(),
            opened: Mutex::default(),
        })
    }

    /// What is sealed to analysts, as the ring can unwrap it; anything else as it is.
    ///
    /// # Errors
    /// When GnuPG can't be run, or gives nothing that could be a wrapped key.
    pub fn open(&self, wrapped: &WrappedKey) -> anyhow::Result<WrappedKey> {
        let Some(message) = wrapped.message() else {
            return Ok(wrapped.clone());
        };
        let opened = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = opened().get(wrapped.as_bytes()) {
            return Ok(known.clone());
        }
        let (content, said) = self.decrypt(message)?;
        let inner = wrapped.opened(&content);
        let inner = inner.map_err(|_| not_opened(&said))?;
        opened().insert(wrapped.as_bytes().to_vec(), inner.clone());
        Ok(inner)
    }

    /// The first key of the blind indexes, as it was sealed to analysts. It is believed: a wrong one finds nothing.
    ///
    /// # Errors
    /// As [`OwnKey::open`].
    pub fn index_ratchet(&self, message: &[u8]) -> anyhow::Result<Ratchet> {
        let (content, said) = self.decrypt(message)?;
        let content = Zeroizing::new(content);
        let text = std::str::from_utf8(&content).unwrap_or("");
        Ratchet::from_text(text).map_err(|_| not_opened(&said))
    }

    /// The content of an OpenPGP message, and what GnuPG said: both to be distrusted.
    ///
    /// # Errors
    /// When GnuPG can't be run.
    fn decrypt(&self, message: &[u8]) -> anyhow::Result<(Vec<u8>, String)> {
        if message.len() > LARGEST {
            return Ok((Vec::new(), "too large for a wrapped key".into()));
        }
        let mut gpg = Command::new("gpg");
        if let Some(home) = &self.gnupg_home {
            gpg.arg("--homedir").arg(home);
        }
        let mut gpg = gpg
            .args(["--batch", "--quiet", "--no-auto-key-locate", "--decrypt"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("gpg can't be run: an analyst's key is used through GnuPG")?;
        // It may end before it has read all, and says why.
        let _ = gpg.stdin.take().map(|mut input| input.write_all(message));
        let (mut content, mut said) = (Vec::new(), Vec::new());
        if let Some(output) = gpg.stdout.take() {
            output.take(MOST).read_to_end(&mut content)?;
        }
        if let Some(errors) = gpg.stderr.take() {
            errors.take(MOST).read_to_end(&mut said)?;
        }
        gpg.wait()?;
        Ok((content, String::from_utf8_lossy(&said).into_owned()))
    }
}

fn not_opened(said: &str) -> anyhow::Error {
    let said = screen::one_line(said.trim(), 200);
    anyhow::anyhow!("gpg did not open it with a key of yours ({said})")
}
