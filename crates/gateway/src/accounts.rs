//! Accounts that may send over the submission listeners, and the server's side of SASL.
//!
//! The file has a line an account, `name:SCRAM-SHA-256$ITERATIONS:SALT$STOREDKEY:SERVERKEY` with base64, and no
//! password. One line, `*:ITERATIONS:SECRET`, makes names that nobody has look like names with a wrong password; without
//! ITERATIONS they are those of a new account.

mod exchange;
mod file;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use vault::ScramVerifier;
use zeroize::Zeroizing;

pub use self::exchange::{Exchange, Turn};
pub use self::file::Book;
pub(crate) use self::file::{is_name, new_password};

/// The accounts in force.
#[derive(Debug)]
pub struct Accounts {
    path: PathBuf,
    current: RwLock<Arc<Table>>,
    /// When the file that was read last, rightly or in vain, was changed; `None` when there was none.
    seen: RwLock<Option<SystemTime>>,
    /// Places for those whose password is checked.
    places: Arc<Semaphore>,
}

/// What one version of the file says.
struct Table {
    book: Book,
}

/// Why accounts can't be used. All permanent until the file changes.
#[derive(Debug, Error)]
pub enum AccountsFault {
    /// The file can't be read or written.
    #[error("accounts.file {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others may read it.
    #[error("accounts.file {0}: may be read by others: chmod go= it")]
    Readable(PathBuf),
    /// A line that is none of ours.
    #[error("accounts.file {path}: line {line} is not NAME:SCRAM-SHA-256$…")]
    Line {
        /// Which.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// Nothing makes names that nobody has look like accounts.
    #[error(
        "accounts.file {0}: has no line *:ITERATIONS:SECRET, so anybody could find out which accounts there are: `pillarbox account add` and `set-password` write it"
    )]
    NoDecoy(PathBuf),
    /// A name that can't be one.
    #[error("an account name has 1 to 64 letters, digits and any of . _ - @ +")]
    Name,
    /// A password that can't be one.
    #[error("a password has at least 12 characters, none of them a control character")]
    Password,
    /// No randomness.
    #[error("no randomness available")]
    Randomness,
}

impl Accounts {
    /// Reads the file.
    ///
    /// # Errors
    /// [`AccountsFault`].
    pub fn load(path: &Path) -> Result<Self, AccountsFault> {
        // Before the content: what is written meanwhile is read again.
        let seen = RwLock::new(modified(path));
        let current = RwLock::new(Arc::new(Table::read(path)?));
        // Half of the processors are left for everything else (T34).
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Ok(Self {
            path: path.to_owned(),
            current,
            seen,
            places: Arc::new(Semaphore::new((cores / 2).max(1))),
        })
    }

    /// Reads the file again.
    ///
    /// # Errors
    /// [`AccountsFault`]; the accounts stay as they were.
    pub fn reload(&self) -> Result<(), AccountsFault> {
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = modified(&self.path);
        let table = Arc::new(Table::read(&self.path)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = table;
        Ok(())
    }

    /// A place to check a password at, which takes a processor for some tens of milliseconds; `None` when there is none
    /// in time.
    pub async fn place(&self, patience: Duration) -> Option<OwnedSemaphorePermit> {
        let waiting = self.places.clone().acquire_owned();
        timeout(patience, waiting).await.ok()?.ok()
    }

    /// The accounts now; a file that has changed is read first. Once for each login, so no watcher is needed. A file that
    /// can't be read is looked at again when it changes.
    fn table(&self) -> Arc<Table> {
        let current = || {
            self.current
                .read()
                .unwrap_or_else(PoisonError::into_inner)
                .clone()
        };
        let seen = *self.seen.read().unwrap_or_else(PoisonError::into_inner);
        if modified(&self.path) == seen {
            return current();
        }
        match self.reload() {
            Ok(()) => tracing::info!("accounts read anew"),
            Err(error) => tracing::error!(%error, "the old accounts stay in use"),
        }
        current()
    }
}

impl Table {
    fn read(path: &Path) -> Result<Self, AccountsFault> {
        let book = Book::read(path)?;
        match book.has_decoy() {
            true => Ok(Self { book }),
            false => Err(AccountsFault::NoDecoy(path.to_owned())),
        }
    }

    fn verifier(&self, name: &str) -> ScramVerifier {
        match self.book.verifiers.get(name) {
            Some(verifier) => verifier.clone(),
            None => self.book.imitation(name),
        }
    }
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Table({} accounts)", self.book.verifiers.len())
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}

/// A password as it is compared (RFC 4013). Control characters, and letters that no Unicode version knows, are none.
pub(crate) fn prepared(password: &str) -> Option<Zeroizing<String>> {
    let prepared = stringprep::saslprep(password).ok()?;
    Some(Zeroizing::new(prepared.into_owned()))
}

type Verifiers = BTreeMap<String, ScramVerifier>;
