//! The role `console`: pages for analysts.

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use vault::KeyRing;

use super::{Parts, Running};
use crate::audit;
use crate::cli::desk::Desk;
use crate::config::Settings;
use crate::console;

/// Binds the address and serves it.
pub(super) async fn start(
    settings: &Settings,
    address: SocketAddr,
    parts: &Parts,
    ring: &Arc<KeyRing>,
    running: &mut Running,
) -> anyhow::Result<()> {
    let tls = running.tls.clone();
    let tls = tls.context("the console is HTTPS only: set tls.certificate and tls.key")?;
    let (store, actor) = (parts.store.clone(), audit::GATEWAY.to_owned());
    let desk = Desk::of(settings, store, Arc::clone(ring), actor);
    let metrics = Arc::clone(&parts.metrics);
    let bound = console::bind(settings, address, desk, tls, metrics).await?;
    running.console = Some(bound.address()?);
    running.tasks.spawn(bound.run(parts.stopping.clone()));
    Ok(())
}
