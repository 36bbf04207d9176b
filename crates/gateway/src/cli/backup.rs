//! `backup`, `backup verify` and `restore`.

use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Finding;
use super::desk::Desk;
use crate::audit::DEPLOYMENT;
use crate::backup::{BackupFault, Head, Reader, Record};
use crate::config::Settings;
use crate::keyfiles;
use crate::screen;
use crate::store::{BackedUp, Restored, Store};

/// What to write where.
#[derive(Args)]
pub(super) struct BackupOptions {
    /// The file, which must not exist; `-` is standard output
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Say what was written as JSON
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    action: Option<Check>,
}

#[derive(Subcommand)]
enum Check {
    /// Read a whole backup, check that nothing was changed or is missing, list its tables; writes nothing
    Verify {
        /// The file; `-` is standard input
        file: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
}

/// What to read.
#[derive(Args)]
pub(super) struct RestoreOptions {
    /// The file; `-` is standard input
    file: PathBuf,
    /// Leave out so many ticket numbers: more than may have been given since the backup was made. Without it Pillarbox
    /// takes four times what the week before it lets expect, and 1000 at least
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..=1_000_000_000))]
    skip_numbers: i64,
    /// Say what was restored as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: &BackupOptions, settings: &Settings) -> anyhow::Result<()> {
    match (&options.action, &options.file) {
        (Some(Check::Verify { file, json }), _) => verify(file, *json, settings),
        (None, Some(file)) => back_up(file, options.json, settings).await,
        (None, None) => bail!("a file is wanted"),
    }
}

async fn back_up(file: &Path, as_json: bool, settings: &Settings) -> anyhow::Result<()> {
    let ring = keyfiles::ring(&settings.storage)?;
    let store = Store::new(&settings.database)?;
    let team = &settings.team.name;
    if file == Path::new("-") {
        let out = std::io::stdout();
        if out.is_terminal() {
            bail!(Finding(
                "a backup is not for the screen: give it a file or a pipe".into()
            ));
        }
        let done = store
            .back_up(out.lock(), &ring, team)
            .await
            .map_err(unwrap)?;
        // Standard output is the backup.
        return tell(&done, file, as_json, settings, &mut std::io::stderr());
    }
    if file.exists() {
        bail!(Finding(format!(
            "{} exists: a backup never overwrites one",
            file.display()
        )));
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    // For its owner only, and gone when we fail.
    let part = tempfile::Builder::new()
        .prefix(".pillarbox-backup-")
        .tempfile_in(folder)
        .with_context(|| folder.display().to_string())?;
    let done = store
        .back_up(BufWriter::with_capacity(1 << 20, part), &ring, team)
        .await
        .map_err(unwrap)?;
    let BackedUp {
        head,
        rows,
        octets,
        out,
    } = done;
    let part = out.into_inner().map_err(|error| error.into_error())?;
    part.as_file().sync_all()?;
    part.persist_noclobber(file)
        .map_err(|error| error.error)
        .with_context(|| file.display().to_string())?;
    File::open(folder)?.sync_all()?;
    let done = BackedUp {
        head,
        rows,
        octets,
        out: (),
    };
    tell(&done, file, as_json, settings, &mut std::io::stdout())
}

fn tell<W>(
    done: &BackedUp<W>,
    file: &Path,
    as_json: bool,
    settings: &Settings,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let (ring, epochs) = (
        &settings.storage.ring_file,
        keyfiles::epoch_dir(&settings.storage),
    );
    if as_json {
        let mut value = contents(&done.head, &done.rows);
        if let Some(object) = value.as_object_mut() {
            object.insert("file".into(), json!(file));
            object.insert("octets".into(), done.octets.into());
            object.insert(
                "keep_elsewhere".into(),
                json!([ring, epochs, settings.openpgp.secret_dir]),
            );
        }
        writeln!(out, "{value}")?;
        return Ok(());
    }
    write_tables(&done.head, &done.rows, out)?;
    writeln!(
        out,
        "{} octets, snapshot of {}. No key is in it, and without the ring it opens for nobody.\n\
         Keep elsewhere, never beside it: {}, {}, {}, and the configuration.\n\
         Apart, because a month whose key is destroyed is then gone from every backup, too.",
        done.octets,
        done.head.made_at,
        ring.display(),
        epochs.display(),
        settings.openpgp.secret_dir.display(),
    )?;
    Ok(())
}

fn verify(file: &Path, as_json: bool, settings: &Settings) -> anyhow::Result<()> {
    let mut reader = open(file, settings)?;
    let mut rows = Vec::new();
    loop {
        match reader.read().map_err(unwrap)? {
            Record::TableEnd(count) => rows.push(count),
            Record::Table(_) | Record::Rows(_) => {}
            Record::End => break,
        }
    }
    let mut out = std::io::stdout();
    if as_json {
        writeln!(out, "{}", contents(&reader.head, &rows))?;
        return Ok(());
    }
    write_tables(&reader.head, &rows, &mut out)?;
    writeln!(
        out,
        "whole and unchanged: the snapshot of {}",
        reader.head.made_at
    )?;
    Ok(())
}

pub(super) async fn restore(options: &RestoreOptions, settings: &Settings) -> anyhow::Result<()> {
    let mut reader = open(&options.file, settings)?;
    if reader.head.team != settings.team.name {
        bail!(Finding(format!(
            "this is a backup of team {}, and the configuration names {}: what is sealed opens under its own name only",
            reader.head.team, settings.team.name
        )));
    }
    let desk = Desk::new(settings)?;
    let restored = desk.store.restore(&mut reader, options.skip_numbers);
    let restored = restored.await.map_err(unwrap)?;
    let detail = format!("made_at={}", reader.head.made_at);
    desk.note(DEPLOYMENT, "restored", detail).await?;
    let marked = desk.outside().mark(&desk.store).await;
    let mut out = std::io::stdout();
    let Restored {
        rows,
        held,
        inbox,
        skipped,
    } = restored;
    if options.json {
        let mut value = contents(&reader.head, &rows);
        if let Some(object) = value.as_object_mut() {
            object.insert("held".into(), held.into());
            object.insert("inbox".into(), inbox.into());
            object.insert("skipped_numbers".into(), skipped.into());
        }
        writeln!(out, "{value}")?;
        return Ok(());
    }
    write_tables(&reader.head, &rows, &mut out)?;
    writeln!(
        out,
        "restored: everything as of {}.\n\
         {held} mails were waiting then and may have left since: they are held. `pillarbox outbox list` shows them,\n  \
         `pillarbox outbox release` and `drop` decide.\n\
         {inbox} messages had not been read: they will be, and their answers are held, too.\n\
         {skipped} ticket numbers are left out; if more were given since, restore anew with --skip-numbers.\n\
         What was erased from the database since the backup is there again: erase it again.",
        reader.head.made_at,
    )?;
    if let Err(error) = marked {
        writeln!(
            out,
            "The mark of the audit trail stays as it was ({error:#})."
        )?;
    }
    writeln!(
        out,
        "On other machines with a folder of months of their own: `pillarbox verify --accept-anchor`."
    )?;
    Ok(())
}

fn open(file: &Path, settings: &Settings) -> anyhow::Result<Reader<Box<dyn Read>>> {
    let ring = keyfiles::ring(&settings.storage)?;
    let input: Box<dyn Read> = if file == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        let opened = File::open(file).with_context(|| file.display().to_string())?;
        Box::new(BufReader::with_capacity(1 << 20, opened))
    };
    Reader::open(input, &ring).map_err(unwrap)
}

/// The database's own faults have exit codes of their own.
fn unwrap(fault: BackupFault) -> anyhow::Error {
    match fault {
        BackupFault::Store(fault) => fault.into(),
        // For lists it is no fault when nobody reads on; half a backup is none.
        BackupFault::Io(error) if error.kind() == ErrorKind::BrokenPipe => {
            Finding("the pipe was closed before the backup was whole".into()).into()
        }
        BackupFault::Io(_)
        | BackupFault::NotABackup
        | BackupFault::Newer(_)
        | BackupFault::OtherRing
        | BackupFault::Damaged(_)
        | BackupFault::Schema(_)
        | BackupFault::NotEmpty(_)
        | BackupFault::Sealing(_) => fault.into(),
    }
}

fn contents(head: &Head, rows: &[u64]) -> Value {
    let tables = head.tables.iter().zip(rows);
    let tables: Vec<Value> = tables
        .map(|(table, rows)| json!({"name": table.name, "rows": rows}))
        .collect();
    let schema = head.schema.last().map_or(0, |(version, _)| *version);
    json!({"made_at": head.made_at, "team": head.team, "program": head.program, "schema": schema, "tables": tables})
}

fn write_tables(head: &Head, rows: &[u64], out: &mut impl Write) -> anyhow::Result<()> {
    let tables = head.tables.iter().zip(rows);
    let lines = tables.map(|(table, rows)| vec![table.name.clone(), rows.to_string()]);
    writeln!(
        out,
        "{}",
        screen::table(&["Table", "Rows"], lines.collect())
    )?;
    Ok(())
}
