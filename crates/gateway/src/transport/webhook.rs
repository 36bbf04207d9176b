//! Posts alerts, which tickets are overdue, and what happens on tickets, to the operator's webhook: signed, retried from a durable
//! row until it is taken. Who, what kind and when; never an address or a Subject.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use intake::thread::TicketRef;
use serde_json::json;
use tokio::sync::{Notify, watch};
use uuid::Uuid;
use vault::{KeyRing, WebhookSecret};
use zeroize::Zeroizing;

use super::{open_peer, pseudonym};
use crate::config::{Alerts, Settings};
use crate::keyfiles;
use crate::store::{Notice, OverdueNotice, Store, StoreFault, TicketNotice};
use crate::telemetry::Metrics;
use crate::web;

/// How long the receiver may take, connection included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a claim lasts.
const LEASE: Duration = Duration::from_secs(60);
/// First pause after a failure; doubled each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// An alert that nobody took for so long is news no more; it stays in the list.
const LIFETIME: f64 = 3.0 * 86_400.0;
/// Notices at once: each may take [`TIMEOUT`], all must end before [`LEASE`].
const BATCH: i64 = 5;

/// Posts what is due.
pub struct Webhook {
    store: Store,
    ring: Arc<KeyRing>,
    team: String,
    settings: Alerts,
    /// The console as browsers reach it, without a slash at its end; empty when nobody said so.
    console: String,
    secret: WebhookSecret,
    client: reqwest::Client,
    metrics: Arc<Metrics>,
    wake: Arc<Notify>,
}

impl Webhook {
    /// `None` when no webhook is configured.
    ///
    /// # Errors
    /// Names the key whose file can't be used.
    pub fn new(
        store: &Store,
        ring: &Arc<KeyRing>,
        settings: &Settings,
        metrics: &Arc<Metrics>,
        wake: &Arc<Notify>,
    ) -> anyhow::Result<Option<Webhook>> {
        let (team, console) = (&settings.team.name, &settings.console.oidc.console_url);
        let settings = &settings.alerts;
        let Some(path) = &settings.webhook_secret_file else {
            return Ok(None);
        };
        if settings.webhook.is_empty() {
            return Ok(None);
        }
        let text = std::fs::read_to_string(path)
            .map(Zeroizing::new)
            .with_context(|| format!("alerts.webhook_secret_file {}", path.display()))?;
        keyfiles::private(path, "alerts.webhook_secret_file")?;
        let secret = Zeroizing::new(text.trim_end().as_bytes().to_vec());
        let secret = WebhookSecret::new(secret).with_context(|| {
            let path = path.display();
            format!("alerts.webhook_secret_file {path}: 16 characters at least; `openssl rand -hex 32` makes some")
        })?;
        let mut client = web::client(TIMEOUT).user_agent("pillarbox");
        if let Some(path) = &settings.webhook_ca_file {
            let pem = std::fs::read(path)
                .with_context(|| format!("alerts.webhook_ca_file {}", path.display()))?;
            let authorities = reqwest::Certificate::from_pem_bundle(&pem)
                .with_context(|| format!("alerts.webhook_ca_file {}", path.display()))?;
            client = client.tls_certs_merge(authorities);
        }
        Ok(Some(Webhook {
            store: store.clone(),
            ring: Arc::clone(ring),
            team: team.clone(),
            settings: settings.clone(),
            console: console.trim_end_matches('/').to_owned(),
            secret,
            client: client.build().context("alerts.webhook")?,
            metrics: Arc::clone(metrics),
            wake: Arc::clone(wake),
        }))
    }

    /// Runs until `stop` becomes true; what was not taken stays in its row.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let busy = match self.turn().await {
                Ok(count) => count > 0,
                Err(fault) => {
                    tracing::debug!(%fault, "alerts to post can't be read; trying again");
                    false
                }
            };
            if !busy {
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep(Duration::from_secs(5)) => {}
                    _ = stop.changed() => {}
                }
            }
        }
    }

    async fn turn(&self) -> Result<usize, StoreFault> {
        let alerts = self.store.due_notices(BATCH, LEASE).await?;
        for notice in &alerts {
            let tried = (notice.attempts, notice.age);
            match self.tell(notice.id, self.body(notice), tried).await {
                None => self.store.notice_done(notice.id).await?,
                Some(pause) => self.store.notice_put_off(notice.id, pause).await?,
            }
        }
        let overdue = self.store.due_overdue_notices(BATCH, LEASE).await?;
        for notice in &overdue {
            let tried = (notice.attempts, notice.age);
            match self.tell(notice.id, self.overdue(notice), tried).await {
                None => self.store.overdue_notice_done(notice.id).await?,
                Some(pause) => self.store.overdue_notice_put_off(notice.id, pause).await?,
            }
        }
        let team = self.team.as_str();
        let tickets = self.store.due_ticket_notices(team, BATCH, LEASE).await?;
        for notice in &tickets {
            let tried = (notice.attempts, notice.age);
            match self.tell(notice.id, self.happened(notice), tried).await {
                None => self.store.ticket_notice_done(notice.id).await?,
                Some(pause) => self.store.ticket_notice_put_off(notice.id, pause).await?,
            }
        }
        Ok(alerts.len() + overdue.len() + tickets.len())
    }

    /// When to try again; `None` when it was taken, or is given up.
    async fn tell(&self, id: Uuid, body: String, (attempts, age): (i32, f64)) -> Option<Duration> {
        let Err(reason) = self.post(body.into_bytes()).await else {
            self.metrics.transport.webhook("taken");
            return None;
        };
        if age > LIFETIME {
            self.metrics.transport.webhook("given_up");
            tracing::error!(%id, reason, "the webhook was not told: given up");
            return None;
        }
        self.metrics.transport.webhook("put_off");
        let doubled = FIRST_PAUSE.saturating_mul(1 << attempts.clamp(0, 12));
        let pause = doubled.min(LONGEST_PAUSE);
        tracing::warn!(%id, reason, pause_seconds = pause.as_secs(), "the webhook was not told; trying again");
        Some(pause)
    }

    /// Any 2xx is a yes. The error is a word or a code: a URL may hold a token.
    async fn post(&self, body: Vec<u8>) -> Result<(), String> {
        let signature = format!("sha256={}", self.secret.sign(&body));
        let request = self
            .client
            .post(&self.settings.webhook)
            .header("Content-Type", "application/json")
            .header("X-Pillarbox-Signature-256", signature)
            .body(body);
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(answer.status().as_u16().to_string()),
            Err(error) if error.is_timeout() => Err("timeout".into()),
            Err(_) => Err("no-connection".into()),
        }
    }

    fn reference(&self, serial: i64) -> String {
        let serial = u64::try_from(serial).unwrap_or(0);
        let team = self.team.clone();
        TicketRef { team, serial }.to_string()
    }

    /// What happened on a ticket: its number and how it stood then, and where to read on for who may.
    fn happened(&self, notice: &TicketNotice) -> String {
        let url =
            (!self.console.is_empty()).then(|| format!("{}/t/{:06}", self.console, notice.serial));
        json!({
            "id": notice.id,
            "event": notice.event,
            "ticket": self.reference(notice.serial),
            "number": notice.serial,
            "state": notice.state,
            "changed": notice.changed,
            "at": notice.at,
            "url": url,
            "team": self.team,
        })
        .to_string()
    }

    /// Numbers of tickets, as every acknowledgement tells them.
    fn overdue(&self, notice: &OverdueNotice) -> String {
        let references = notice.serials.iter().map(|serial| self.reference(*serial));
        json!({
            "id": notice.id,
            "event": "tickets_overdue",
            "tickets": references.collect::<Vec<_>>(),
            "told_at": notice.told_at,
            "team": self.team,
        })
        .to_string()
    }

    /// `id` is the same whenever it is told again, so that the receiver can know it.
    fn body(&self, notice: &Notice) -> String {
        let alert = &notice.alert;
        let domain = self
            .settings
            .webhook_domains
            .then(|| open_peer(&self.ring, &self.team, &notice.peer).ok())
            .flatten();
        json!({
            "id": notice.id,
            "event": format!("transport_alert_{}", notice.event),
            "alert": alert.id,
            "kind": alert.kind,
            "direction": alert.direction,
            "peer": pseudonym(alert.peer),
            "domain": domain,
            "messages_before": alert.before,
            "raised_at": alert.raised_at,
            "closed_at": alert.closed_at,
            "team": self.team,
        })
        .to_string()
    }
}
