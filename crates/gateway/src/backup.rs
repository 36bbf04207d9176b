//! The form of a backup: what stands in the sealed file, written and read as a stream.
//!
//! Inside the chunks of [`vault::BackupSealer`] stand frames: a letter, a length of four octets, the content. `H` comes first,
//! the [`Head`] as JSON; then for every table, in the order in which tables can be filled, `T` with its number, its rows in `R` as
//! Postgres' `COPY` writes them (binary), and `E` with their count; `Z` ends it. Whoever reads to the end has checked all of it.

mod rows;

use std::io::{Read, Write};

use serde::{Deserialize, Serialize};
use vault::backup::{HEADER, SEALED_CHUNK};
use vault::{BackupOpener, BackupSealer, KeyRing, VaultError};
use zeroize::Zeroizing;

use self::rows::Rows;
use crate::store::StoreFault;

/// The form of the frames; a file of another one is refused.
pub const FORM: u8 = 1;
/// Rows are gathered up to so many octets.
const GATHERED: usize = 64 * 1024;
/// No frame of ours is longer.
const LONGEST: usize = 1024 * 1024;

/// What a backup is of; authenticated like the rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Head {
    /// [`FORM`].
    pub form: u8,
    /// When, RFC 3339, UTC: the moment of the snapshot.
    pub made_at: String,
    /// The version of the program that made it.
    pub program: String,
    /// The team's name.
    pub team: String,
    /// The migrations of the schema: number and checksum (hexadecimal), in order.
    pub schema: Vec<(i64, String)>,
    /// The tables in an order that no foreign key objects to.
    pub tables: Vec<Table>,
    /// Sequences and the last number that each gave; 0 for none.
    pub sequences: Vec<(String, i64)>,
}

/// A table and its columns in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name in the schema `public`.
    pub name: String,
    /// Names of its columns.
    pub columns: Vec<String>,
}

/// Why a backup was not made, or not used.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// The file.
    #[error("the file: {0}")]
    Io(#[from] std::io::Error),
    /// Something else.
    #[error("this is not a backup of pillarbox")]
    NotABackup,
    /// A form that this program doesn't know.
    #[error("this backup was made by a newer pillarbox (form {0}): use that one")]
    Newer(u8),
    /// The key doesn't fit.
    #[error(
        "this backup was made with another ring than storage.ring_file, or its first octets are damaged"
    )]
    OtherRing,
    /// Changed, cut, or put together from several files.
    #[error("the backup is damaged: {0}. Nothing was written; take another copy")]
    Damaged(&'static str),
    /// Made with another schema than the one that is there.
    #[error("{0}")]
    Schema(String),
    /// Only an empty database takes a backup.
    #[error(
        "the database is not empty: {0} has rows. Restore into a new one (createdb), and nothing is mixed or lost"
    )]
    NotEmpty(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// The cryptographic library, or its randomness.
    #[error(transparent)]
    Sealing(VaultError),
}

/// Writes a backup.
pub struct Writer<W> {
    out: W,
    sealer: BackupSealer,
    gathered: Vec<u8>,
    rows: Rows,
    /// Octets of the file so far.
    written: u64,
}

impl<W: Write> Writer<W> {
    /// Begins with the head.
    pub fn new(out: W, ring: &KeyRing, head: &Head) -> Result<Self, BackupFault> {
        let sealer = ring.backup_sealer().map_err(BackupFault::Sealing)?;
        let mut writer = Self {
            out,
            sealer,
            gathered: Vec::with_capacity(GATHERED),
            rows: Rows::default(),
            written: 0,
        };
        let head = serde_json::to_vec(head)
            .map_err(|_| BackupFault::Damaged("its head can't be written"))?;
        writer.frame(b'H', &head)?;
        Ok(writer)
    }

    /// Begins the table of this number.
    pub fn table(&mut self, number: u32) -> Result<(), BackupFault> {
        self.rows = Rows::default();
        self.frame(b'T', &number.to_be_bytes())
    }

    /// Adds to the rows of the table, cut anywhere.
    pub fn rows(&mut self, mut octets: &[u8]) -> Result<(), BackupFault> {
        self.rows.push(octets)?;
        while !octets.is_empty() {
            let room = GATHERED.saturating_sub(self.gathered.len());
            let (taken, rest) = octets.split_at(octets.len().min(room));
            self.gathered.extend_from_slice(taken);
            octets = rest;
            if self.gathered.len() >= GATHERED {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Ends the table; how many rows it has.
    pub fn end_table(&mut self) -> Result<u64, BackupFault> {
        self.flush()?;
        let count = self.rows.count()?;
        self.frame(b'E', &count.to_be_bytes())?;
        Ok(count)
    }

    /// Ends the backup; what it was written to, and how many octets that were.
    pub fn finish(mut self) -> Result<(W, u64), BackupFault> {
        self.frame(b'Z', &[])?;
        let last = self.sealer.finish().map_err(BackupFault::Sealing)?;
        self.out.write_all(&last)?;
        self.out.flush()?;
        Ok((self.out, self.written.saturating_add(length(&last))))
    }

    fn flush(&mut self) -> Result<(), BackupFault> {
        let gathered = std::mem::take(&mut self.gathered);
        if !gathered.is_empty() {
            self.frame(b'R', &gathered)?;
        }
        self.gathered = gathered;
        self.gathered.clear();
        Ok(())
    }

    fn frame(&mut self, letter: u8, content: &[u8]) -> Result<(), BackupFault> {
        let size = u32::try_from(content.len())
            .ok()
            .filter(|_| content.len() <= LONGEST)
            .ok_or(BackupFault::Damaged("a frame would be too long"))?;
        let [a, b, c, d] = size.to_be_bytes();
        for part in [&[letter, a, b, c, d], content] {
            self.sealer.push(part).map_err(BackupFault::Sealing)?;
        }
        let ready = self.sealer.take();
        self.out.write_all(&ready)?;
        self.written = self.written.saturating_add(length(&ready));
        Ok(())
    }
}

/// What comes next in a backup.
pub enum Record {
    /// The table of this number begins.
    Table(usize),
    /// Some of its rows.
    Rows(Vec<u8>),
    /// It has ended, and had so many rows.
    TableEnd(u64),
    /// Everything was read, and is as it was written.
    End,
}

/// Reads a backup. What it gives is authentic as far as it goes; that nothing is missing is sure at [`Record::End`] only.
pub struct Reader<R> {
    input: R,
    opener: BackupOpener,
    /// The sealed chunk that comes next; empty after the last.
    next: Vec<u8>,
    opened: Zeroizing<Vec<u8>>,
    at: usize,
    rows: Rows,
    tables: usize,
    /// What it is of.
    pub head: Head,
}

impl<R: Read> Reader<R> {
    /// Reads the head.
    pub fn open(mut input: R, ring: &KeyRing) -> Result<Self, BackupFault> {
        let mut header = [0; HEADER];
        input.read_exact(&mut header).map_err(|error| {
            let is_short = error.kind() == std::io::ErrorKind::UnexpectedEof;
            if is_short {
                BackupFault::NotABackup
            } else {
                error.into()
            }
        })?;
        let opener = match ring.backup_opener(&header) {
            Err(VaultError::Malformed) => return Err(BackupFault::NotABackup),
            Err(VaultError::Newer(version)) => return Err(BackupFault::Newer(version)),
            opener => opener.map_err(|_| BackupFault::OtherRing)?,
        };
        let next = chunk(&mut input)?;
        let mut reader = Self {
            input,
            opener,
            next,
            opened: Zeroizing::default(),
            at: 0,
            rows: Rows::default(),
            tables: 0,
            head: Head::nothing(),
        };
        let (letter, head) = reader.frame()?;
        if letter != b'H' {
            return Err(BackupFault::Damaged("it has no head"));
        }
        let form: Form = serde_json::from_slice(&head)
            .map_err(|_| BackupFault::Damaged("its head can't be read"))?;
        if form.form != FORM {
            return Err(BackupFault::Newer(form.form));
        }
        reader.head = serde_json::from_slice(&head)
            .map_err(|_| BackupFault::Damaged("its head can't be read"))?;
        Ok(reader)
    }

    /// What comes next; tables come in the order of the head, each whole, or it is an error.
    pub fn read(&mut self) -> Result<Record, BackupFault> {
        let (letter, content) = self.frame()?;
        match letter {
            b'T' if number(&content) == u64::try_from(self.tables).ok()
                && self.tables < self.head.tables.len() =>
            {
                self.rows = Rows::default();
                Ok(Record::Table(self.tables))
            }
            b'R' => {
                self.rows.push(&content)?;
                Ok(Record::Rows(content))
            }
            b'E' if Some(self.rows.count()?) == number(&content) => {
                self.tables += 1;
                Ok(Record::TableEnd(self.rows.count()?))
            }
            b'Z' if self.tables == self.head.tables.len()
                && self.at == self.opened.len()
                && self.next.is_empty() =>
            {
                Ok(Record::End)
            }
            _ => Err(BackupFault::Damaged("its tables are not those of its head")),
        }
    }

    fn frame(&mut self) -> Result<(u8, Vec<u8>), BackupFault> {
        let front = self.exactly(5)?;
        let (letter, size) = front.split_first().unwrap_or((&0, &[]));
        let size = number(size).and_then(|size| usize::try_from(size).ok());
        let size = size
            .filter(|size| *size <= LONGEST)
            .ok_or(BackupFault::Damaged("a frame is too long"))?;
        Ok((*letter, self.exactly(size)?))
    }

    fn exactly(&mut self, size: usize) -> Result<Vec<u8>, BackupFault> {
        let mut out = Vec::with_capacity(size);
        while out.len() < size {
            let left = self.opened.get(self.at..).unwrap_or_default();
            if left.is_empty() {
                self.open_next()?;
                continue;
            }
            let taken = left.len().min(size - out.len());
            out.extend_from_slice(left.get(..taken).unwrap_or_default());
            self.at += taken;
        }
        Ok(out)
    }

    fn open_next(&mut self) -> Result<(), BackupFault> {
        const CUT: BackupFault = BackupFault::Damaged("it ends too early");
        if self.next.is_empty() {
            return Err(CUT);
        }
        let following = chunk(&mut self.input)?;
        let sealed = std::mem::replace(&mut self.next, following);
        self.opened = self
            .opener
            .open_chunk(sealed, self.next.is_empty())
            .map_err(|_| BackupFault::Damaged("it was changed or cut"))?;
        self.at = 0;
        Ok(())
    }
}

/// What of a head can be read whatever its form.
#[derive(Deserialize)]
struct Form {
    form: u8,
}

impl Head {
    fn nothing() -> Head {
        Head {
            form: FORM,
            made_at: String::new(),
            program: String::new(),
            team: String::new(),
            schema: Vec::new(),
            tables: Vec::new(),
            sequences: Vec::new(),
        }
    }
}

/// The next sealed chunk; empty at the end of the file.
fn chunk(input: &mut impl Read) -> Result<Vec<u8>, BackupFault> {
    let mut out = Vec::with_capacity(SEALED_CHUNK);
    let most = u64::try_from(SEALED_CHUNK).unwrap_or(u64::MAX);
    input.take(most).read_to_end(&mut out)?;
    Ok(out)
}

/// A number of up to eight octets, the most significant first.
fn number(octets: &[u8]) -> Option<u64> {
    let sum = octets
        .iter()
        .fold(0, |sum, octet| sum << 8 | u64::from(*octet));
    (octets.len() <= 8).then_some(sum)
}

fn length(octets: &[u8]) -> u64 {
    u64::try_from(octets.len()).unwrap_or(u64::MAX)
}
