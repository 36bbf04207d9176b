//! Posts alerts, which tickets are overdue, and what happens on tickets, to the operator's webhook: signed, retried from a durable
//! row until it is taken. Who, what kind and when; never an address or a Subject.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::future::join_all;
use intake::thread::TicketRef;
use serde_json::json;
use tokio::sync::{Notify, watch};
use uuid::Uuid;
use vault::{KeyRing, WebhookSecret};
use zeroize::Zeroizing;

use super::receiver::{Receiver, Untold, own_pause};
use super::{open_peer, pseudonym};
use crate::config::{Alerts, Settings};
use crate::keyfiles;
use crate::store::{Notice, OverdueNotice, Store, StoreFault, TicketNotice, Waiting};
use crate::telemetry::Metrics;
use crate::web;

/// How long the receiver may take, connection included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a claim lasts.
const LEASE: Duration = Duration::from_secs(60);
/// What nobody took for so long is news no more; an alert stays in the list.
const LIFETIME: Duration = Duration::from_secs(3 * 86_400);
/// How often alerts are looked for that nobody woke us for, and what happened on tickets.
const LOOK: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(5)];

/// What waits for its turn together. Each has a task, and its own idea of how the receiver does: an alert never waits for tickets.
#[derive(Clone, Copy)]
enum Lane {
    /// Alerts about transport, and overdue tickets.
    Alerts,
    /// What happens on tickets.
    Tickets,
}

/// A notice as it is posted, held until the lease ends.
struct Due {
    waiting: Waiting,
    id: Uuid,
    body: String,
    attempts: i32,
    /// Seconds since it was written.
    age: f64,
}

/// When to look again.
enum Next {
    Now,
    Later,
    After(Duration),
}

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
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let alerts = self.serve(Lane::Alerts, stop.clone());
        tokio::join!(alerts, self.serve(Lane::Tickets, stop));
    }

    async fn serve(&self, lane: Lane, mut stop: watch::Receiver<bool>) {
        let mut receiver = Receiver::default();
        while !*stop.borrow() {
            let turn = self.turn(lane, &mut receiver).await;
            let next = turn.unwrap_or_else(|fault| {
                tracing::debug!(%fault, "what the webhook is to be told can't be read; trying again");
                Next::Later
            });
            // Who wakes us has an alert; a receiver that is left alone isn't asked for it either.
            let (pause, wakes) = match (next, lane) {
                (Next::Now, _) => continue,
                (Next::After(pause), _) => (pause, false),
                (Next::Later, Lane::Alerts) => (LOOK[0], true),
                (Next::Later, Lane::Tickets) => (LOOK[1], false),
            };
            tokio::select! {
                () = self.wake.notified(), if wakes => {}
                () = tokio::time::sleep(pause) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn turn(&self, lane: Lane, receiver: &mut Receiver) -> Result<Next, StoreFault> {
        let due = self.due(lane, receiver.most()).await?;
        if due.is_empty() {
            return Ok(Next::Later);
        }
        let posts = due.iter().map(|one| self.post(one.body.clone()));
        let answers = join_all(posts).await;
        let pause = receiver.heard(&answers);
        for (one, answer) in due.iter().zip(answers) {
            match self.told(one, answer, pause) {
                None => self.store.notice_done(one.waiting, one.id).await?,
                Some(pause) => {
                    self.store
                        .notice_put_off(one.waiting, one.id, pause)
                        .await?;
                }
            }
        }
        let Some(pause) = pause else {
            return Ok(Next::Now);
        };
        self.give_up_old(lane).await?;
        Ok(Next::After(pause))
    }

    /// Claims what is due, `most` of each kind.
    async fn due(&self, lane: Lane, most: i64) -> Result<Vec<Due>, StoreFault> {
        let due = |waiting, id, body, (attempts, age)| Due {
            waiting,
            id,
            body,
            attempts,
            age,
        };
        if let Lane::Tickets = lane {
            let held = self.store.due_ticket_notices(&self.team, most, LEASE);
            let told = held.await?.into_iter().map(|one| {
                let tried = (one.attempts, one.age);
                due(Waiting::Tickets, one.id, self.happened(&one), tried)
            });
            return Ok(told.collect());
        }
        let alerts = self.store.due_notices(most, LEASE).await?;
        let overdue = self.store.due_overdue_notices(most, LEASE).await?;
        let alerts = alerts.iter().map(|one| {
            let tried = (one.attempts, one.age);
            due(Waiting::Alerts, one.id, self.body(one), tried)
        });
        let overdue = overdue.iter().map(|one| {
            let tried = (one.attempts, one.age);
            due(Waiting::Overdue, one.id, self.overdue(one), tried)
        });
        Ok(alerts.chain(overdue).collect())
    }

    /// When to try again, after `pause` when nobody answered; `None` when it was taken, or is given up.
    fn told(
        &self,
        one: &Due,
        answer: Result<(), Untold>,
        pause: Option<Duration>,
    ) -> Option<Duration> {
        let Err(Untold::Silent(reason) | Untold::Refused(reason)) = answer else {
            self.metrics.transport.webhook("taken");
            return None;
        };
        let id = one.id;
        if one.age > LIFETIME.as_secs_f64() {
            self.metrics.transport.webhook("given_up");
            tracing::error!(%id, reason, "the webhook was not told: given up");
            return None;
        }
        self.metrics.transport.webhook("put_off");
        let pause = pause.unwrap_or_else(|| own_pause(one.attempts));
        tracing::warn!(%id, reason, pause_seconds = pause.as_secs(), "the webhook was not told; trying again");
        Some(pause)
    }

    /// Nobody answers: what is too old by now is not tried one by one first.
    async fn give_up_old(&self, lane: Lane) -> Result<(), StoreFault> {
        let waiting: &[Waiting] = match lane {
            Lane::Alerts => &[Waiting::Alerts, Waiting::Overdue],
            Lane::Tickets => &[Waiting::Tickets],
        };
        for waiting in waiting {
            let count = self.store.give_up_notices(*waiting, LIFETIME).await?;
            for _ in 0..count {
                self.metrics.transport.webhook("given_up");
            }
            if count > 0 {
                tracing::error!(count, "the webhook was not told of so much: given up");
            }
        }
        Ok(())
    }

    /// Any 2xx is a yes.
    async fn post(&self, body: String) -> Result<(), Untold> {
        let signature = format!("sha256={}", self.secret.sign(body.as_bytes()));
        let request = self
            .client
            .post(&self.settings.webhook)
            .header("Content-Type", "application/json")
            .header("X-Pillarbox-Signature-256", signature)
            .body(body);
        match request.send().await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => {
                let (code, is_fault) =
                    (answer.status().as_u16(), answer.status().is_server_error());
                Err(if is_fault || [408, 429].contains(&code) {
                    Untold::Silent(code.to_string())
                } else {
                    Untold::Refused(code.to_string())
                })
            }
            Err(error) if error.is_timeout() => Err(Untold::Silent("timeout".into())),
            Err(_) => Err(Untold::Silent("no-connection".into())),
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
