//! Sends reports (RFC 8460) to each domain that we deliver to and that asks for them.
//!
//! Once a day and domain, however many processes run: whoever writes the claim makes the report. It leaves as mail through
//! the outbox, or is posted. What reports meet on their own way is not reported: they say `TLS-Required: No`.

use std::sync::Arc;
use std::time::Duration;

use intake::tlsrpt::{self, Destination, Report};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use tokio::sync::{Notify, watch};
use uuid::Uuid;
use vault::KeyRing;

use super::report::{Submitter, build};
use super::{day_of, destination, open_peer, pseudonym};
use crate::config::Transport;
use crate::dns::Resolver;
use crate::epochs;
use crate::sealing;
use crate::sender::{Letter, TLS_REPORT};
use crate::store::{ReportMail, ReportState, Store, StoreFault, StoredPeer};
use crate::telemetry::Metrics;
use crate::worker::dkim::Signers;

/// How often due reports are looked for.
const LOOK: Duration = Duration::from_secs(600);
/// Reports of a day leave spread over its first hours, so that receivers don't get all at once (RFC 8460 section 4.1).
const SPREAD_SECONDS: u32 = 4 * 3_600;
/// Days that are made up for after an outage.
const DAYS_BACK: i64 = 2;
/// A report that could not be delivered so often is given up.
const MOST_ATTEMPTS: i32 = 5;
/// Makes and sends them.
pub struct Reporter {
    /// The database.
    pub store: Store,
    /// Opens names of peers, seals letters.
    pub ring: Arc<KeyRing>,
    /// The team's name, part of what sealed values are bound to.
    pub team: String,
    /// Whether to send, and how long counts are kept.
    pub settings: Transport,
    /// What stands in every report.
    pub submitter: Submitter,
    /// Finds out who asks for reports; `None` when reports are off.
    pub resolver: Option<Resolver>,
    /// Signs reports with DKIM: receivers count no others (RFC 8460 section 3).
    pub signers: Signers,
    /// Stands on everything that we send (T50).
    pub loop_token: String,
    /// Wakes the sender.
    pub outbox_wake: Arc<Notify>,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

impl Reporter {
    /// Runs until `stop` becomes true. Also forgets what is older than `transport.keep`.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let now = Timestamp::now();
            if let Err(fault) = self.turn(now).await {
                tracing::debug!(%fault, "TLS reports are not made yet; trying again");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn turn(&self, now: Timestamp) -> Result<(), StoreFault> {
        let today = day_of(now);
        let kept = i64::try_from(self.settings.keep.0.as_secs() / 86_400).unwrap_or(400);
        if let Ok(oldest) = today.checked_sub(kept.days()) {
            self.store.forget_transport(&oldest.to_string()).await?;
        }
        let Some(resolver) = &self.resolver else {
            return Ok(());
        };
        for back in (1..=DAYS_BACK).rev() {
            let Ok(day) = today.checked_sub(back.days()) else {
                continue;
            };
            let since = now.duration_since(midnight_after(day, now)).as_secs();
            for peer in self.store.delivered_to(&day.to_string(), true).await? {
                if since >= i64::from(spread(peer.id)) {
                    self.one(resolver, day, &peer, now).await?;
                }
            }
        }
        Ok(())
    }

    async fn one(
        &self,
        resolver: &Resolver,
        day: Date,
        peer: &StoredPeer,
        now: Timestamp,
    ) -> Result<(), StoreFault> {
        let written = day.to_string();
        let Some(attempts) = self.store.claim_report(&written, peer.id).await? else {
            return Ok(());
        };
        let name = pseudonym(peer.id);
        let Ok(domain) = open_peer(&self.ring, &self.team, peer) else {
            tracing::error!(
                peer = name,
                "a peer's name can't be opened: is its key in the ring?"
            );
            return Ok(());
        };
        let counts = self.store.day_counts(peer.id, &written).await?;
        let report = build(&self.submitter, &domain, peer.id, day, &counts);
        // A look-up that failed leaves the claim: in an hour somebody tries again.
        let Ok(answer) = resolver.txt(&format!("_smtp._tls.{domain}")).await else {
            return self.given_up(&written, peer.id, attempts).await;
        };
        let wanted = tlsrpt::destinations(&answer.records);
        let (Some(destinations), Some(report)) = (wanted, report) else {
            self.metrics.transport.report("unwanted");
            let state = ReportState::Unwanted;
            return self.store.report_done(&written, peer.id, state, None).await;
        };
        for destination in &destinations {
            let sent = match destination {
                Destination::Mail(to) => self.mail(&report, &domain, to, peer.id, now).await?,
                Destination::Post(url) => self.post(resolver, &report, url, peer.id).await?,
            };
            if sent {
                self.metrics.transport.report("sent");
                tracing::info!(peer = name, day = written, "a TLS report leaves");
                return Ok(());
            }
        }
        self.given_up(&written, peer.id, attempts).await
    }

    async fn given_up(&self, day: &str, peer: Uuid, attempts: i32) -> Result<(), StoreFault> {
        if attempts < MOST_ATTEMPTS {
            return Ok(());
        }
        self.metrics.transport.report("failed");
        tracing::warn!(
            peer = pseudonym(peer),
            day,
            "nobody took a TLS report: given up"
        );
        self.store
            .report_done(day, peer, ReportState::Failed, None)
            .await
    }

    /// Into the outbox, in the statement that says so.
    async fn mail(
        &self,
        report: &Report,
        domain: &str,
        to: &str,
        peer: Uuid,
        now: Timestamp,
    ) -> Result<bool, StoreFault> {
        let id = Uuid::now_v7();
        let message_id = format!("tlsrpt.{}@{}", id.simple(), self.submitter.domain);
        let message = tlsrpt::compose(&tlsrpt::Letter {
            report,
            domain,
            submitter: &self.submitter.domain,
            from: &self.submitter.address,
            to,
            message_id: &message_id,
            loop_token: &self.loop_token,
            now,
        });
        let Ok(message) = message else {
            return Ok(false);
        };
        let Some(message) = self.signers.sign(message) else {
            tracing::error!("a TLS report can't be signed with DKIM");
            return Ok(false);
        };
        let day = day_of(report.date_range.start_datetime).to_string();
        let letter = Letter {
            reverse_path: String::new(),
            recipient: to.to_owned(),
            reference: format!("{TLS_REPORT}{day}"),
            message,
        };
        let epoch = sealing::epoch_of(id);
        if let Err(fault) = epochs::ready(&self.store, &self.ring, &self.team, epoch).await {
            tracing::error!(%fault, "a TLS report can't be sealed");
            return Ok(false);
        }
        let sealed = self.seal(id, &letter);
        let Ok((wrapped, sealed)) = sealed else {
            tracing::error!("a TLS report can't be sealed");
            return Ok(false);
        };
        let mail = ReportMail {
            id,
            wrapped: &wrapped,
            message: &sealed,
        };
        self.store
            .report_done(&day, peer, ReportState::Sent, Some(&mail))
            .await?;
        self.outbox_wake.notify_one();
        Ok(true)
    }

    fn seal(
        &self,
        id: Uuid,
        letter: &Letter,
    ) -> Result<(vault::WrappedKey, vault::Sealed), vault::VaultError> {
        let key = self.ring.new_case_key(sealing::epoch_of(id))?;
        let wrapped = self.ring.wrap(&key, &sealing::case_aad(&self.team, id))?;
        let sealed = sealing::seal(&key, &Letter::aad(&self.team, id, id), letter)?;
        Ok((wrapped, sealed))
    }

    async fn post(
        &self,
        resolver: &Resolver,
        report: &Report,
        url: &str,
        peer: Uuid,
    ) -> Result<bool, StoreFault> {
        if !destination::post(resolver, url, report.to_gzip()).await {
            return Ok(false);
        }
        let day = day_of(report.date_range.start_datetime).to_string();
        self.store
            .report_done(&day, peer, ReportState::Sent, None)
            .await?;
        Ok(true)
    }
}

fn midnight_after(day: Date, otherwise: Timestamp) -> Timestamp {
    day.tomorrow()
        .and_then(|next| next.to_zoned(TimeZone::UTC))
        .map_or(otherwise, |midnight| midnight.timestamp())
}

/// Each peer has its own moment, the same for all processes.
fn spread(peer: Uuid) -> u32 {
    let [a, b, c, d, ..] = peer.into_bytes();
    u32::from_be_bytes([a, b, c, d]) % SPREAD_SECONDS
}
