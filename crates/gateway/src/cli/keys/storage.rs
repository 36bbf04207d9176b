//! Storage keys: the ring and the inbox key.

use std::io::Write;

use crate::config::Settings;
use crate::keyfiles;

pub(super) fn generate(settings: &Settings, out: &mut impl Write) -> anyhow::Result<()> {
    keyfiles::generate_storage(&settings.storage)?;
    writeln!(
        out,
        "made {} and {}",
        settings.storage.ring_file.display(),
        settings.storage.inbox_key_file.display()
    )?;
    writeln!(
        out,
        "Keep a copy of the ring off this machine: without it every ticket is lost."
    )?;
    Ok(())
}
