//! Hostile mail is read, and OpenPGP secret keys are held, in child processes under limits: a stack overflow, a bomb or a
//! runaway key operation costs one attempt and one child, never the daemon (T08, T75, T84).

mod agent;
mod child;
mod frame;

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use intake::openpgp::{READER_ENVIRONMENT, Review, TeamCard, Vetted};
use intake::reading::{PartFacts, Reading};
use intake::tlsrpt;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;

pub(crate) use agent::Secrets;
pub(crate) use child::secret_files;
pub use child::{hide_memory, run as run_child};

/// What a reader is asked.
#[derive(Serialize, Deserialize)]
pub enum Job {
    /// Read a message.
    Read {
        /// The raw message.
        #[serde(with = "serde_bytes")]
        raw: Vec<u8>,
        /// Certificates that may have signed it.
        correspondents: Vec<Signer>,
        /// The time at which signatures are judged.
        now: Timestamp,
    },
    /// Take one part out of a message.
    Part {
        /// The raw message.
        #[serde(with = "serde_bytes")]
        raw: Vec<u8>,
        /// The part's id.
        part: String,
        /// The time at which keys are judged.
        now: Timestamp,
    },
    /// Sign a MIME entity with the team's key.
    Sign {
        /// The entity, byte for byte as it will be sent.
        #[serde(with = "serde_bytes")]
        entity: Vec<u8>,
        /// The time of the signature.
        now: Timestamp,
    },
    /// Sign a MIME entity and encrypt it.
    Encrypt {
        /// The entity, byte for byte as it will be sent.
        #[serde(with = "serde_bytes")]
        entity: Vec<u8>,
        /// Whose certificates; those that can't be used are left out.
        recipients: Vec<Vec<u8>>,
        /// The message does not say for which keys it is.
        hidden: bool,
        /// The time of the signature.
        now: Timestamp,
    },
    /// Which team key signs, and what others get of it.
    TeamCard {
        /// The time of the question.
        now: Timestamp,
    },
    /// Read the RFC 8460 report in a message.
    TlsReport {
        /// The raw message.
        #[serde(with = "serde_bytes")]
        raw: Vec<u8>,
    },
    /// Look at the certificates in a file, and merge them with one that is held.
    Vet {
        /// Armoured or binary.
        #[serde(with = "serde_bytes")]
        octets: Vec<u8>,
        /// What is held.
        held: Option<Vec<u8>>,
        /// The time at which they are judged.
        now: Timestamp,
    },
    /// Look at a key again, as of the time at which a signature was judged.
    Review {
        /// The certificate.
        certificate: Vec<u8>,
        /// Fingerprint of its key.
        key: String,
        /// The time at which the signature was judged.
        reference: Timestamp,
        /// The time of the question.
        now: Timestamp,
    },
    /// Certify with the team's key that a certificate is an address's.
    Certify {
        /// The certificate.
        certificate: Vec<u8>,
        /// The address.
        address: String,
        /// The time of the certification.
        now: Timestamp,
    },
}

/// A certificate that may have signed a message, as our store knows it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Signer {
    /// Armoured or binary.
    #[serde(with = "serde_bytes")]
    pub certificate: Vec<u8>,
    /// Somebody here vouched for it.
    pub authenticated: bool,
    /// The addresses that it speaks for; `None`: those of its user IDs.
    pub addresses: Option<Vec<String>>,
}

/// What a reader answers.
#[derive(Serialize, Deserialize)]
pub enum Done {
    /// To [`Job::Read`]; and what its parts' octets are, which go apart from the rest.
    Read(Box<Reading>, Vec<PartFacts>),
    /// To [`Job::Part`]; `None` when there is no such part, or it can't be opened.
    Part(#[serde(with = "serde_bytes")] Option<Vec<u8>>),
    /// To [`Job::Sign`]: armoured signature and `micalg`; `None` when the team has no key that can sign.
    Signed(Option<(String, String)>),
    /// To [`Job::Encrypt`]: armoured message; `None` when no certificate can be used.
    Encrypted(Option<String>),
    /// To [`Job::TeamCard`]; `None` when there is no key that can sign.
    TeamCard(Option<Box<TeamCard>>),
    /// To [`Job::TlsReport`]: the report written anew, so bounded JSON without a word that nobody asked for.
    TlsReport(Result<String, tlsrpt::Fault>),
    /// To [`Job::Vet`].
    Vetted(Vec<Vetted>),
    /// To [`Job::Review`]; `None` when the certificate has no such key.
    Reviewed(Option<Review>),
    /// To [`Job::Certify`]: the certificate with the certification; `None` when it can't be made.
    Certified(Option<Vec<u8>>),
    /// The job panicked.
    Panicked,
    /// The team's key is in gpg-agent, and that is away or has it locked.
    KeysAway,
}

/// Why there is no answer. None of this shows anything of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReaderFault {
    /// The child ended: out of memory, out of CPU time, or a crash.
    #[error("crashed")]
    Died,
    /// The child took too long and was ended.
    #[error("too-slow")]
    TooSlow,
    /// The child could not be started, or found its keys unusable.
    #[error("no-reader")]
    NotStarted,
    /// A panic was caught.
    #[error("panicked")]
    Panicked,
}

/// How readers are started and limited.
#[derive(Clone, Debug)]
pub struct ReaderSettings {
    /// How many run at once.
    pub count: usize,
    /// CPU time for one job.
    pub cpu: Duration,
    /// Wall-clock time for one job.
    pub wall: Duration,
    /// Memory of one child, in octets.
    pub memory: u64,
    /// Files and folders with team secret keys.
    pub secrets: Vec<PathBuf>,
    /// File with their passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// GnuPG's folder, whose agent has the secret keys of team certificates without them.
    pub gnupg_home: Option<PathBuf>,
    /// Files with certificates whose certifications count as the team's.
    pub certifiers: Vec<PathBuf>,
}

/// A child is replaced after so many jobs, so that nothing lingers in its memory for long.
const JOBS_PER_CHILD: u32 = 5_000;
/// And after a message of this size.
const LARGE_JOB: usize = 8 << 20;

/// A pool of reader processes.
pub struct Readers {
    settings: ReaderSettings,
    /// Key files for children that start from now on.
    secrets: Mutex<Vec<PathBuf>>,
    permits: Semaphore,
    idle: Mutex<Vec<Reader>>,
    generation: AtomicU64,
}

struct Reader {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
    jobs: u32,
    generation: u64,
}

impl Readers {
    /// A pool; children are started when they are needed.
    pub fn new(settings: ReaderSettings) -> Arc<Readers> {
        let permits = Semaphore::new(settings.count.max(1));
        let secrets = Mutex::new(settings.secrets.clone());
        Arc::new(Readers {
            settings,
            secrets,
            permits,
            idle: Mutex::default(),
            generation: AtomicU64::new(0),
        })
    }

    /// How many jobs can run at once.
    pub fn count(&self) -> usize {
        self.settings.count.max(1)
    }

    /// Takes these key files into use (SIGHUP): one child starts with them, and when it is well every other ends after its
    /// job. Keys that can't be used change nothing.
    pub async fn reload(&self, secrets: Vec<PathBuf>) -> Result<(), ReaderFault> {
        let mut first = self.start(&secrets, 0).await?;
        *self.secrets.lock().unwrap_or_else(PoisonError::into_inner) = secrets;
        first.generation = self.generation.fetch_add(1, Ordering::Relaxed) + 1;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.clear();
        idle.push(first);
        Ok(())
    }

    /// Runs one job.
    pub async fn run(&self, job: &Job) -> Result<Done, ReaderFault> {
        let _permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| ReaderFault::NotStarted)?;
        // Only now: what waits for its turn needs no second copy.
        let frame = frame::encode(job).ok_or(ReaderFault::Died)?;
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => {
                // In this order: `reload` changes the secrets first, so old ones never get the new number.
                let generation = self.generation.load(Ordering::Relaxed);
                let secrets = self
                    .secrets
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .clone();
                self.start(&secrets, generation).await?
            }
        };
        let done = tokio::time::timeout(self.settings.wall, reader.exchange(&frame)).await;
        let done = match done {
            Ok(Ok(done)) => done,
            Ok(Err(fault)) => return Err(fault),
            Err(_) => return Err(ReaderFault::TooSlow), // dropping the child kills it
        };
        reader.jobs += 1;
        let fresh = reader.generation == self.generation.load(Ordering::Relaxed);
        if fresh
            && reader.jobs < JOBS_PER_CHILD
            && frame.len() < LARGE_JOB
            && !matches!(done, Done::Panicked | Done::KeysAway)
        {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(reader);
        }
        if matches!(done, Done::Panicked) {
            return Err(ReaderFault::Panicked);
        }
        if matches!(done, Done::KeysAway) {
            return Err(ReaderFault::NotStarted);
        }
        Ok(done)
    }

    async fn start(&self, secrets: &[PathBuf], generation: u64) -> Result<Reader, ReaderFault> {
        let settings = &self.settings;
        let mut command = Command::new("/proc/self/exe");
        command
            .arg("reader")
            .arg("--cpu")
            .arg(settings.cpu.as_secs().max(1).to_string());
        command.arg("--memory").arg(settings.memory.to_string());
        for path in secrets {
            command.arg("--secret").arg(path);
        }
        if let Some(path) = &settings.passphrase_file {
            command.arg("--passphrase-file").arg(path);
        }
        if let Some(path) = &settings.gnupg_home {
            command.arg("--gnupg-home").arg(path);
        }
        for path in &settings.certifiers {
            command.arg("--certifier").arg(path);
        }
        command
            .env_clear()
            .envs([READER_ENVIRONMENT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true);
        let mut child = command.spawn().map_err(|_| ReaderFault::NotStarted)?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ReaderFault::NotStarted);
        };
        let mut reader = Reader {
            child,
            stdin,
            stdout,
            jobs: 0,
            generation,
        };
        // The child says "ready" once its keys are loaded.
        let ready = tokio::time::timeout(Duration::from_secs(60), reader.stdout.read_u8()).await;
        match ready {
            Ok(Ok(1)) => Ok(reader),
            _ => {
                let _ = reader.child.start_kill();
                Err(ReaderFault::NotStarted)
            }
        }
    }
}

impl Reader {
    async fn exchange(&mut self, frame: &[u8]) -> Result<Done, ReaderFault> {
        let written = async {
            self.stdin.write_all(frame).await?;
            self.stdin.flush().await
        };
        written.await.map_err(|_| ReaderFault::Died)?;
        let mut length = [0; 4];
        self.stdout
            .read_exact(&mut length)
            .await
            .map_err(|_| ReaderFault::Died)?;
        let length = frame::length(length).ok_or(ReaderFault::Died)?;
        let mut answer = zeroize::Zeroizing::new(vec![0; length]);
        self.stdout
            .read_exact(&mut answer)
            .await
            .map_err(|_| ReaderFault::Died)?;
        postcard::from_bytes(&answer).map_err(|_| ReaderFault::Died)
    }
}
