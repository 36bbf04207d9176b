//! Starts what watches how peers protect their mail.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc};

use super::{Parts, Running};
use crate::config::Settings;
use crate::sender::attempt::Attempt;
use crate::store::Store;
use crate::transport::indicators::{Indicators, Observer, QUEUE};
use crate::transport::report::Submitter;
use crate::transport::reporter::Reporter;
use crate::transport::webhook::Webhook;
use crate::worker::dkim::Signers;

/// Where worker and sender tell what they saw. When all of these are dropped, the indicators write what is left and end.
pub(super) struct Watch {
    pub(super) observer: Observer,
    pub(super) attempts: mpsc::Sender<Attempt>,
}

/// Starts indicators and webhook; with `reports`, the daily reports.
pub(super) async fn start(
    settings: &Settings,
    parts: &Parts,
    ring: &Arc<vault::KeyRing>,
    reports: bool,
    running: &mut Running,
) -> anyhow::Result<Watch> {
    let team = settings.team.name.clone();
    let notices = Arc::new(Notify::new());
    let (observer, observed) = Observer::new(Arc::clone(&parts.metrics));
    let (attempts, attempted) = mpsc::channel(QUEUE);
    let indicators = Indicators {
        store: parts.store.clone(),
        ring: Arc::clone(ring),
        team: team.clone(),
        transport: settings.transport.clone(),
        alerts: settings.alerts.clone(),
        metrics: Arc::clone(&parts.metrics),
        notices: Arc::clone(&notices),
    };
    running.tasks.spawn(indicators.run(observed, attempted));
    let webhook = Webhook::new(&parts.store, ring, settings, &parts.metrics, &notices)?;
    if reports {
        // One part decides, so that two with other configurations don't take turns.
        let events = settings.alerts.webhook_events.iter();
        let events: Vec<&str> = events.map(|event| event.as_str()).collect();
        let wanted = parts.store.want_ticket_notices(&team, &events).await;
        if wanted.is_err() {
            let later = want(parts.store.clone(), team.clone(), events);
            let mut stopping = parts.stopping.clone();
            running.tasks.spawn(async move {
                tokio::select! {
                    () = later => {}
                    _ = stopping.wait_for(|stop| *stop) => {}
                }
            });
        }
    }
    if let Some(webhook) = webhook {
        running.tasks.spawn(webhook.run(parts.stopping.clone()));
    }
    if reports {
        let resolver = parts.resolver.clone().filter(|_| settings.transport.report);
        let reporter = Reporter {
            store: parts.store.clone(),
            ring: Arc::clone(ring),
            loop_token: crate::worker::loop_token(ring, &team),
            team,
            settings: settings.transport.clone(),
            submitter: Submitter::new(settings),
            signers: Signers::load(&settings.dkim, &settings.team.address)?,
            resolver,
            outbox_wake: Arc::clone(&parts.outbox_wake),
            metrics: Arc::clone(&parts.metrics),
        };
        running.tasks.spawn(reporter.run(parts.stopping.clone()));
    }
    Ok(Watch { observer, attempts })
}

/// Says what is wanted of tickets as soon as the database is there. Never ends: a part that ends stops the daemon.
async fn want(store: Store, team: String, events: Vec<&'static str>) {
    while let Err(fault) = store.want_ticket_notices(&team, &events).await {
        tracing::debug!(%fault, "what the webhook is told of tickets can't be written down; trying again");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    std::future::pending().await
}
