//! A mark outside the database, beside the keys: how long the deployment's own chain is. Whoever owns the database alone can't
//! cut the chain back behind it without `pillarbox verify` naming it.
//!
//! ```text
//! pillarbox-audit-anchor 1 <number of the last line> <its code> <keyed code over both>
//! ```
//!
//! It says nothing of the seconds since it was last written, nor when somebody puts both an older database and an older file
//! back: the log says the same, and may go to another machine.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use vault::{Epoch, KeyRing, Purpose};

use super::{DEPLOYMENT, hex};
use crate::config::Storage;
use crate::keyfiles;
use crate::store::{Store, StoreFault};

const HEADER: &str = "pillarbox-audit-anchor 1";

/// The file, and what opens and closes it.
#[derive(Clone)]
pub struct Outside {
    path: PathBuf,
    ring: Arc<KeyRing>,
    team: String,
}

/// A line of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its number.
    pub number: i32,
    /// Its code, hexadecimal.
    pub mac: String,
}

/// How the chain stands to the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no file.
    Unmarked,
    /// The line is there.
    Whole(Mark),
    /// The line is not there, or is another one.
    CutBack(Mark),
    /// The file is not as it was written.
    Altered,
}

/// What the metrics show.
#[derive(Clone, Debug, Default)]
pub struct AuditGauges {
    line: Gauge,
    cut_back: Gauge,
}

impl AuditGauges {
    /// New ones, on the page.
    pub fn register(registry: &mut Registry) -> AuditGauges {
        let new = AuditGauges::default();
        let help =
            "The last line of the deployment's audit chain that is marked outside the database";
        registry.register("audit_line", help, new.line.clone());
        let help = "1 when the deployment's audit chain is shorter than, or another than, the mark outside the database says";
        registry.register("audit_cut_back", help, new.cut_back.clone());
        new
    }
}

impl Outside {
    /// The file of this installation; in the folder of months, which alone the daemon may write.
    pub fn new(settings: &Storage, ring: Arc<KeyRing>, team: &str) -> Outside {
        Outside {
            path: keyfiles::epoch_dir(settings).join("audit.anchor"),
            ring,
            team: team.to_owned(),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Compares the chain with the file.
    ///
    /// # Errors
    /// Those of the store and of the file.
    pub async fn compare(&self, store: &Store) -> anyhow::Result<Standing> {
        let mark = match self.read().await? {
            None => return Ok(Standing::Unmarked),
            Some(None) => return Ok(Standing::Altered),
            Some(Some(mark)) => mark,
        };
        let line = store.audit_mac(DEPLOYMENT, mark.number).await?;
        // The head counts as well: what comes next continues it, whatever lines stand there.
        let reached = last(store).await?.map_or(0, |last| last.number);
        let is_there = line.is_some_and(|mac| hex(&mac) == mark.mac) && reached >= mark.number;
        Ok(match is_there {
            true => Standing::Whole(mark),
            false => Standing::CutBack(mark),
        })
    }

    /// Writes down how long the chain is, when it is longer than the file says and has the line that the file names; returns how
    /// it stood before, and the mark when one was written.
    ///
    /// # Errors
    /// As [`Outside::compare`].
    pub async fn keep(&self, store: &Store) -> anyhow::Result<(Standing, Option<Mark>)> {
        let standing = self.compare(store).await?;
        let written = match &standing {
            Standing::CutBack(_) | Standing::Altered => None,
            Standing::Unmarked => self.mark(store).await?,
            Standing::Whole(mark) => {
                let is_longer = |last: &Mark| last.number > mark.number;
                match last(store).await?.filter(is_longer) {
                    Some(last) => Some(self.write(last).await?),
                    None => None,
                }
            }
        };
        Ok((standing, written))
    }

    /// Writes down how long the chain is, whatever the file said; `None` when there is no line yet.
    ///
    /// # Errors
    /// As [`Outside::compare`].
    pub async fn mark(&self, store: &Store) -> anyhow::Result<Option<Mark>> {
        match last(store).await? {
            Some(last) => Ok(Some(self.write(last).await?)),
            None => Ok(None),
        }
    }

    /// `Some(None)` when it is not as it was written.
    async fn read(&self) -> anyhow::Result<Option<Option<Mark>>> {
        let path = self.path.clone();
        // A folder that hangs must not hold up anything else.
        let read = tokio::task::spawn_blocking(move || fs::read_to_string(path)).await?;
        let text = match read {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == ErrorKind::InvalidData => return Ok(Some(None)),
            text => text.with_context(|| self.path.display().to_string())?,
        };
        Ok(Some(parse(&text).filter(|mark| self.text(mark) == text)))
    }

    async fn write(&self, mark: Mark) -> anyhow::Result<Mark> {
        // A folder without it is not ours: an unmounted one, or a wrong path.
        if self.ring.newest_epoch_key(Epoch::STANDING)?.is_none() {
            bail!("storage.epoch_dir has no standing key");
        }
        let (path, text) = (self.path.clone(), self.text(&mark));
        let write = move || match path.try_exists()? {
            true => vault::files::replace(&path, text.as_bytes()),
            false => vault::files::create(&path, text.as_bytes(), 0o600),
        };
        tokio::task::spawn_blocking(write)
            .await?
            .with_context(|| self.path.display().to_string())?;
        Ok(mark)
    }

    fn text(&self, mark: &Mark) -> String {
        let Mark { number, mac } = mark;
        let parts: [&[u8]; 4] = [
            b"audit_anchor_file",
            self.team.as_bytes(),
            &number.to_be_bytes(),
            mac.as_bytes(),
        ];
        let code = hex(&self.ring.digest(Purpose::Row, &parts));
        format!("{HEADER} {number} {mac} {code}\n")
    }
}

async fn last(store: &Store) -> Result<Option<Mark>, StoreFault> {
    let last = store.last_audit(DEPLOYMENT).await?;
    Ok(last.map(|(number, mac)| Mark {
        number,
        mac: hex(&mac),
    }))
}

fn parse(text: &str) -> Option<Mark> {
    let mut words = text.strip_prefix(HEADER)?.split_ascii_whitespace();
    let number = words.next()?.parse().ok()?;
    let mac = words.next()?.to_owned();
    Some(Mark { number, mac })
}

/// Keeps the file in a daemon, and says what it finds: in the log once, in the metrics always.
pub struct Keeper {
    outside: Outside,
    gauges: AuditGauges,
    told: bool,
    /// The last line that was said in the log.
    said: i32,
}

impl Keeper {
    /// Nothing is read or written yet.
    pub fn new(outside: Outside, gauges: AuditGauges) -> Keeper {
        Keeper {
            outside,
            gauges,
            told: false,
            said: 0,
        }
    }

    /// Compares and writes, once.
    pub async fn turn(&mut self, store: &Store) {
        let (standing, written) = match self.outside.keep(store).await {
            Ok(kept) => kept,
            Err(error) => {
                tracing::debug!(
                    error = format!("{error:#}"),
                    "the audit trail is not marked outside the database; trying again"
                );
                return;
            }
        };
        let is_broken = match &standing {
            Standing::CutBack(mark) => {
                self.tell(mark.number, "the deployment's audit trail was cut back: a line that was there is gone or another one; see `pillarbox verify`");
                true
            }
            Standing::Altered => {
                self.tell(0, "audit.anchor in storage.epoch_dir is not as it was written; see `pillarbox verify`");
                true
            }
            Standing::Unmarked | Standing::Whole(_) => false,
        };
        self.told = is_broken;
        self.gauges.cut_back.set(i64::from(is_broken));
        let known = match standing {
            Standing::Whole(mark) => Some(mark),
            Standing::Unmarked | Standing::CutBack(_) | Standing::Altered => None,
        };
        if let Some(mark) = written.or(known) {
            self.gauges.line.set(i64::from(mark.number));
        }
    }

    fn tell(&self, line: i32, what: &'static str) {
        if !self.told {
            tracing::error!(line, "{what}");
        }
    }

    /// Says in the log how long the chain is: the log may go where the database's owner doesn't reach.
    pub async fn say(&mut self, store: &Store) {
        if let Ok(Standing::Whole(mark)) = self.outside.compare(store).await
            && mark.number != self.said
        {
            self.said = mark.number;
            tracing::info!(
                line = mark.number,
                mac = mark.mac,
                "the audit trail is so long"
            );
        }
    }
}
