//! Correspondents' certificates, which are sealed rows.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use intake::openpgp;
use jiff::Timestamp;

use super::read;
use crate::audit;
use crate::cli::desk::Desk;
use crate::config::Settings;
use crate::screen;
use crate::worker::certificates;

pub(super) async fn import(
    settings: &Settings,
    file: &Path,
    authenticated: bool,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let bytes = read(file)?;
    let certificate = openpgp::minimise(&bytes).context("not exactly one OpenPGP certificate")?;
    let info =
        openpgp::describe(&certificate, Timestamp::now()).context("not an OpenPGP certificate")?;
    let desk = Desk::new(settings)?;
    let id = certificates::certificate_id(&desk.ring, &info.fingerprint);
    let stored =
        certificates::seal_certificate(&desk.ring, &desk.team, id, &certificate, authenticated)?;
    desk.store
        .add_certificate(&stored, &certificates::handles(&desk.ring, &info))
        .await?;
    let kept = audit::certificate_kept();
    audit::append(&desk.store, &desk.ring, id, &audit::actor(), kept).await?;
    let trust = if authenticated {
        "authenticated"
    } else {
        "not authenticated"
    };
    writeln!(
        out,
        "took {} ({trust}): {}",
        info.fingerprint,
        screen::one_line(&info.user_ids.join(", "), 200)
    )?;
    Ok(())
}
