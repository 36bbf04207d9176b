//! The file of accounts.

use std::io::Write;
use std::num::NonZeroU32;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use vault::ScramVerifier;
use vault::scram::{FEWEST_ITERATIONS, ITERATIONS, KEY};
use zeroize::Zeroizing;

use super::{AccountsFault, Verifiers, prepared};

const SCHEME: &str = "SCRAM-SHA-256";
const SHORTEST_PASSWORD: usize = 12;

/// A new password as it is compared.
///
/// # Errors
/// [`AccountsFault::Password`].
pub(crate) fn new_password(password: &SecretString) -> Result<Zeroizing<String>, AccountsFault> {
    prepared(password.expose_secret())
        .filter(|password| password.chars().count() >= SHORTEST_PASSWORD)
        .ok_or(AccountsFault::Password)
}
const LONGEST_NAME: usize = 64;

/// All accounts of a file.
pub struct Book {
    pub(super) verifiers: Verifiers,
    /// Makes salts for names that nobody has; `None` when the file has no such line.
    decoy: Option<Decoy>,
}

struct Decoy {
    secret: [u8; KEY],
    iterations: NonZeroU32,
}

impl Decoy {
    fn new(iterations: NonZeroU32) -> Result<Self, AccountsFault> {
        let mut secret = [0; KEY];
        getrandom::fill(&mut secret).map_err(|_| AccountsFault::Randomness)?;
        Ok(Self { secret, iterations })
    }

    /// `ITERATIONS:SECRET`, or `SECRET` alone.
    fn read(text: &str) -> Option<Self> {
        let (iterations, secret) = match text.split_once(':') {
            Some((number, secret)) => (iterations(number)?, secret),
            None => (usual_iterations(), text),
        };
        Some(Self {
            secret: key(secret)?,
            iterations,
        })
    }
}

fn usual_iterations() -> NonZeroU32 {
    NonZeroU32::new(ITERATIONS).unwrap_or(NonZeroU32::MIN)
}

impl Book {
    /// Without an account.
    ///
    /// # Errors
    /// [`AccountsFault::Randomness`].
    pub fn empty() -> Result<Self, AccountsFault> {
        Ok(Self {
            verifiers: Verifiers::new(),
            decoy: Some(Decoy::new(usual_iterations())?),
        })
    }

    /// Whether names that nobody has can be made look like accounts.
    pub fn has_decoy(&self) -> bool {
        self.decoy.is_some()
    }

    /// What is shown for a name that nobody has. Without a decoy it is the same for all of them.
    pub(super) fn imitation(&self, name: &str) -> ScramVerifier {
        let decoy = self.decoy.as_ref();
        let (secret, iterations) = decoy.map_or(([0; KEY], usual_iterations()), |decoy| {
            (decoy.secret, decoy.iterations)
        });
        ScramVerifier::imitation(&secret, iterations, name)
    }

    /// Reads a file, and refuses one that others may read.
    ///
    /// # Errors
    /// [`AccountsFault`].
    pub fn read(path: &Path) -> Result<Self, AccountsFault> {
        let fault = |source| AccountsFault::File {
            path: path.to_owned(),
            source,
        };
        let text = std::fs::read_to_string(path).map_err(fault)?;
        let mode = std::fs::metadata(path).map_err(fault)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(AccountsFault::Readable(path.to_owned()));
        }
        let mut book = Self {
            verifiers: Verifiers::new(),
            decoy: None,
        };
        for (line, text) in (1..).zip(text.lines()) {
            let wanted = !text.trim().is_empty() && !text.starts_with('#');
            if wanted && book.take(text).is_none() {
                return Err(AccountsFault::Line {
                    path: path.to_owned(),
                    line,
                });
            }
        }
        Ok(book)
    }

    /// Writes the file anew for its owner only, all of it or nothing.
    ///
    /// # Errors
    /// [`AccountsFault::File`].
    pub fn write(&self, path: &Path) -> Result<(), AccountsFault> {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let write = || {
            // Temporary files are 0600.
            let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
            file.write_all(self.text().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(path)?;
            std::io::Result::Ok(())
        };
        write().map_err(|source| AccountsFault::File {
            path: path.to_owned(),
            source,
        })
    }

    /// Adds an account, or changes its password.
    ///
    /// # Errors
    /// [`AccountsFault::Name`], [`AccountsFault::Password`], [`AccountsFault::Randomness`].
    pub fn set(&mut self, name: &str, password: &SecretString) -> Result<(), AccountsFault> {
        if !is_name(name) {
            return Err(AccountsFault::Name);
        }
        let password = new_password(password)?;
        let verifier =
            ScramVerifier::of(password.as_bytes()).map_err(|_| AccountsFault::Randomness)?;
        if self.decoy.is_none() {
            // A file that another program made: names that nobody has look like those that are there.
            let theirs = self.verifiers.values().next();
            let theirs = theirs.map_or_else(usual_iterations, |other| other.iterations);
            self.decoy = Some(Decoy::new(theirs)?);
        }
        self.verifiers.insert(name.to_owned(), verifier);
        Ok(())
    }

    /// Whether there was such an account.
    pub fn remove(&mut self, name: &str) -> bool {
        self.verifiers.remove(name).is_some()
    }

    /// Whether there is such an account.
    pub fn contains(&self, name: &str) -> bool {
        self.verifiers.contains_key(name)
    }

    /// In alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.verifiers.keys().map(String::as_str)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        let (name, verifier) = line.trim_end().split_once(':')?;
        if name == "*" {
            let fresh = self.decoy.replace(Decoy::read(verifier)?).is_none();
            return fresh.then_some(());
        }
        let verifier = parse(verifier)?;
        let fresh = is_name(name) && self.verifiers.insert(name.to_owned(), verifier).is_none();
        fresh.then_some(())
    }

    fn text(&self) -> String {
        let mut text = String::from("# Accounts: made by `pillarbox account add NAME`.\n");
        if let Some(Decoy { secret, iterations }) = &self.decoy {
            text.push_str(&format!("*:{iterations}:{}\n", STANDARD.encode(secret)));
        }
        for (name, verifier) in &self.verifiers {
            text.push_str(&format!(
                "{name}:{SCHEME}${}:{}${}:{}\n",
                verifier.iterations,
                STANDARD.encode(&verifier.salt),
                STANDARD.encode(verifier.stored_key),
                STANDARD.encode(verifier.server_key),
            ));
        }
        text
    }
}

/// RFC 5803 section 2, with the name of the mechanism before it, as other servers write it, too.
fn parse(verifier: &str) -> Option<ScramVerifier> {
    let mut parts = verifier.split('$');
    let (scheme, salted, keys) = (parts.next()?, parts.next()?, parts.next()?);
    let (rounds, salt) = salted.split_once(':')?;
    let (stored_key, server_key) = keys.split_once(':')?;
    if scheme != SCHEME || parts.next().is_some() {
        return None;
    }
    Some(ScramVerifier {
        iterations: iterations(rounds)?,
        salt: STANDARD.decode(salt).ok()?,
        stored_key: key(stored_key)?,
        server_key: key(server_key)?,
    })
}

fn iterations(text: &str) -> Option<NonZeroU32> {
    let number: NonZeroU32 = text.parse().ok()?;
    (number.get() >= FEWEST_ITERATIONS).then_some(number)
}

fn key(base64: &str) -> Option<[u8; KEY]> {
    STANDARD.decode(base64).ok()?.try_into().ok()
}

/// What needs no escaping in SASL, in the file and in the log of a relay.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=LONGEST_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || b"._-@+".contains(&octet))
}
