//! Storage keys: the ring and the inbox key.

use std::io::Write;

use crate::config::Settings;
use crate::keyfiles;

pub(super) fn generate(settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    keyfiles::generate_storage(&settings.storage)?;
    writeln!(
        out,
        "made {}, {} and {}",
        settings.storage.ring_file.display(),
        keyfiles::epoch_dir(&settings.storage).display(),
        settings.storage.inbox_key_file.display()
    )?;
    writeln!(
        out,
        "Keep a copy of the ring off this machine, and one of the folder that follows it every month: without both every \
        ticket is lost. Keep neither with backups of the database."
    )?;
    Ok(())
}
