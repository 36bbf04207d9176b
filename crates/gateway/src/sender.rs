//! Delivers the outbox: to the smarthost or by MX, retried with growing pauses, never again once marked sent.
//!
//! | file | what it does |
//! | --- | --- |
//! | this one | claims what is due and hands it to couriers |
//! | [`destinations`] | limits and pauses of each destination |
//! | [`courier`] | one connection to one destination, mail after mail |
//! | [`room`] | how many connections are open at once, and to whom |
//! | [`route`], [`policy`], [`mta_sts`], [`dane`] | which host, and how much TLS it must show |
//! | [`outcome`], [`record`] | what an answer means, and writing it down |
//! | [`connection`], [`replies`], [`certificates`] | SMTP and TLS themselves |
//! | [`leases`] | what is claimed stays claimed while this process lives |
//! | [`attempt`] | what the indicators are told |

pub mod attempt;
mod certificates;
mod connection;
mod copies;
mod courier;
mod dane;
mod destinations;
mod leases;
mod mta_sts;
mod outcome;
mod policy;
mod record;
mod replies;
mod room;
mod route;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use uuid::Uuid;
use vault::{Aad, KeyRing, Purpose, Sealed, WrappedKey};
use zeroize::Zeroizing;

use self::attempt::Attempt;
pub(crate) use self::certificates::Authorities;
use self::certificates::Trust;
use self::connection::{Login, Need};
use self::copies::Copies;
use self::courier::Courier;
use self::destinations::{Destinations, Held, Offer};
use self::leases::{LEASE, Leases};
use self::policy::Finder;
use self::record::LONGEST_PAUSE;
use self::room::Rooms;
pub(crate) use self::route::may_be_called;
use crate::config::{Outbox, OutboxTls, Route, host_and_port};
use crate::dns::Resolver;
use crate::keyfiles;
use crate::store::{DueMail, Store, StoreFault};
use crate::telemetry::Metrics;

/// Mails that may be in hand at once, those that wait for a connection included.
const HANDS: usize = 512;
/// Mails claimed by one statement.
const BATCH: usize = 64;
/// How long mail waits in the table when enough of its destination's is in hand.
const FULL: Duration = Duration::from_secs(5);
/// Deliveries under way when we are told to stop get so long; what is cut then is sent again by whoever claims it.
const FAREWELL: Duration = Duration::from_secs(60);

/// A finished mail as it is sealed in the outbox.
#[derive(Serialize, Deserialize)]
pub struct Letter {
    /// Who hears that it can't be delivered: the team, of an analyst's letter; nobody, of automatic mail, whose reverse-path is
    /// null (RFC 3834 section 3.3).
    pub reverse_path: String,
    /// To whom.
    pub recipient: String,
    /// The ticket reference, for the log and the copies.
    pub reference: String,
    /// The whole message, CRLF line endings.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
}

/// References of reports about TLS begin so; the day follows.
pub const TLS_REPORT: &str = "tlsrpt-";

impl Letter {
    /// Whether it is a report about TLS (RFC 8460): what it meets on its own way is not reported, so that no report is
    /// about a report.
    pub fn is_tls_report(&self) -> bool {
        self.reference.starts_with(TLS_REPORT)
    }

    /// Where a sealed letter belongs.
    pub fn aad(team: &str, case: Uuid, id: Uuid) -> Aad<'_> {
        Aad {
            team,
            table: "outbox",
            column: "message",
            case: case.into_bytes(),
            row: id.into_bytes(),
        }
    }
}

/// Delivers what is due.
pub struct Sender {
    store: Store,
    ring: Arc<KeyRing>,
    team: String,
    settings: Outbox,
    wake: Arc<Notify>,
    metrics: Arc<Metrics>,
    observer: Option<mpsc::Sender<Attempt>>,
    way: Way,
    authorities: Authorities,
    login: Option<Login>,
    copies: Option<Copies>,
    destinations: Destinations,
    leases: Leases,
    rooms: Rooms,
    couriers: Mutex<JoinSet<()>>,
    stop: watch::Receiver<bool>,
}

/// What a sender works with.
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Opens letters.
    pub ring: Arc<KeyRing>,
    /// The team's name, part of what a sealed letter is bound to.
    pub team: String,
    /// Looks names up; needed by route `mx` only.
    pub resolver: Option<Resolver>,
    /// Woken when a worker has queued something.
    pub wake: Arc<Notify>,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// Who keeps the indicators; `None` when nobody does.
    pub observer: Option<mpsc::Sender<Attempt>>,
    /// Becomes true when it is time to stop.
    pub stop: watch::Receiver<bool>,
}

/// Which way mail leaves.
enum Way {
    /// None: only copies are written (the demo).
    Copies,
    /// Host, port, and how.
    Smarthost(String, u16, Need),
    /// By MX records.
    Mx(Box<Finder>),
}

impl Sender {
    /// Reads certificate authorities and the password. An error says which key of `[outbox]` is wrong.
    pub fn new(settings: Outbox, parts: Parts) -> anyhow::Result<Sender> {
        let authorities = Authorities::load(settings.ca_file.as_deref())?;
        let way = way(&settings, &authorities, parts.resolver)?;
        let login = login(&settings)?;
        let only = !matches!(way, Way::Mx(_));
        let mut limits = settings.clone();
        if matches!(way, Way::Copies) {
            limits.destination_connections = 1; // so that copies are numbered in the order in which they were due
        }
        Ok(Sender {
            destinations: Destinations::new(&limits, only),
            rooms: Rooms::new(settings.connections),
            copies: settings.copy_dir.clone().map(Copies::new),
            leases: Leases::default(),
            couriers: Mutex::default(),
            store: parts.store,
            ring: parts.ring,
            team: parts.team,
            wake: parts.wake,
            metrics: parts.metrics,
            observer: parts.observer,
            stop: parts.stop,
            settings,
            way,
            authorities,
            login,
        })
    }

    /// Runs until it is told to stop; deliveries under way are finished.
    pub async fn run(self) {
        let sender = Arc::new(self);
        let renewing = Arc::clone(&sender);
        let renewal = tokio::spawn(async move { renewing.leases.renew(&renewing.store).await });
        let mut stop = sender.stop.clone();
        while !*stop.borrow() {
            let busy = match sender.turn().await {
                Ok(claimed) => claimed > 0,
                Err(fault) => {
                    tracing::warn!(%fault, "the outbox can't be read; trying again");
                    false
                }
            };
            if !busy {
                tokio::select! {
                    () = sender.wake.notified() => {}
                    () = tokio::time::sleep(Duration::from_millis(500)) => {}
                    _ = stop.changed() => {}
                }
            }
        }
        let mut couriers = std::mem::take(&mut *sender.couriers());
        let farewell = async {
            while let Some(ended) = couriers.join_next().await {
                tell_lost(ended);
            }
        };
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!(
                "deliveries did not end in time; what was not sent is sent after the next start"
            );
        }
        renewal.abort();
    }

    /// Claims what is due and hands it out; how many were claimed.
    async fn turn(self: &Arc<Self>) -> Result<usize, StoreFault> {
        let room = HANDS.saturating_sub(self.leases.count()).min(BATCH);
        if room == 0 {
            return Ok(0);
        }
        let asked = Instant::now();
        let room = i64::try_from(room).unwrap_or(1);
        // What is in hand may be with its peer already and wait for a database that was away longer than its lease: were it
        // claimed once more, it would be sent once more.
        let in_hand = self.leases.ids();
        let due = self.store.due_mail(room, LEASE, &in_hand).await?;
        let count = due.len();
        for mail in due {
            self.leases.add(mail.id, mail.attempt, asked);
            let letter = match self.opened(&mail).await {
                Ok(letter) => letter,
                Err(error) => {
                    tracing::error!(mail = %mail.id, %error, "a letter can't be opened: is its key in the ring?");
                    let put_off = self
                        .store
                        .put_off(mail.claim(), "cannot-open", LONGEST_PAUSE);
                    self.settled(mail.id, put_off.await);
                    continue;
                }
            };
            let destination = match &self.way {
                Way::Mx(_) => route::domain_of(&letter.recipient),
                Way::Smarthost(..) | Way::Copies => String::new(),
            };
            match self.destinations.offer(&destination, Held { mail, letter }) {
                Offer::Waits => {}
                Offer::NeedsCourier => self.send_courier(&destination),
                Offer::Full(held) => self.put_back(&held, FULL, "waiting").await,
                Offer::Rests(held, rest, status) => self.rests(&held, rest, &status).await,
            }
        }
        Ok(count)
    }

    fn couriers(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.couriers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends one more courier to a destination.
    fn send_courier(self: &Arc<Self>, destination: &str) {
        let courier = Courier::new(Arc::clone(self), destination.to_owned());
        let stop = self.stop.clone();
        let mut couriers = self.couriers();
        while let Some(ended) = couriers.try_join_next() {
            tell_lost(ended);
        }
        couriers.spawn(courier.run(stop));
    }

    /// Opens a letter. One whose case was sealed anew since it was read, so that its old key is gone, is read again.
    async fn opened(&self, mail: &DueMail) -> Result<Letter, vault::VaultError> {
        let error = match self.open(mail.id, mail.case, &mail.wrapped, &mail.message) {
            Err(error) => error,
            opened => return opened,
        };
        let again = self.store.sealed_mail(&[mail.id]).await;
        match again.ok().and_then(|mut again| again.remove(&mail.id)) {
            Some(now) if now.wrapped != mail.wrapped => {
                self.open(mail.id, now.case, &now.wrapped, &now.message)
            }
            Some(_) | None => Err(error),
        }
    }

    fn open(
        &self,
        id: Uuid,
        case: Uuid,
        wrapped: &WrappedKey,
        message: &Sealed,
    ) -> Result<Letter, vault::VaultError> {
        let key = crate::sealing::case_key(&self.ring, &self.team, case, wrapped)?;
        crate::sealing::open(&key, &Letter::aad(&self.team, case, id), message)
    }

    /// Tells the indicators. They never hold up mail: when they can't keep up, an attempt goes uncounted.
    fn observe(&self, attempt: Attempt) {
        if let Some(observer) = &self.observer {
            let _ = observer.try_send(attempt);
        }
    }
}

/// A courier that failed by a fault of ours. What it said is not logged: it may quote the mail.
fn tell_lost(ended: Result<(), JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        tracing::error!(
            "a delivery ended by a fault of ours; its mail comes back when its claim ends"
        );
    }
}

fn way(
    settings: &Outbox,
    authorities: &Authorities,
    resolver: Option<Resolver>,
) -> anyhow::Result<Way> {
    if settings.route == Route::Mx {
        let resolver = resolver.context("outbox.route = \"mx\" needs a resolver: see [dns]")?;
        let finder = Finder::new(resolver, authorities, settings);
        return Ok(Way::Mx(Box::new(finder)));
    }
    if settings.smarthost.is_empty() {
        if settings.copy_dir.is_none() {
            bail!(
                "outbox.smarthost is empty: name the MTA that takes our mail, for example 127.0.0.1:25"
            );
        }
        return Ok(Way::Copies);
    }
    let (host, port) =
        host_and_port(&settings.smarthost).unwrap_or_else(|| (settings.smarthost.clone(), 25));
    let need = match settings.tls {
        OutboxTls::None => Need::Clear,
        OutboxTls::Starttls => Need::Starttls(Trust::Authorities),
        OutboxTls::Implicit => Need::Implicit(Trust::Authorities),
    };
    Ok(Way::Smarthost(host, port, need))
}

fn login(settings: &Outbox) -> anyhow::Result<Option<Login>> {
    let Some(path) = &settings.password_file else {
        return Ok(None);
    };
    let password = std::fs::read_to_string(path)
        .with_context(|| format!("outbox.password_file {}", path.display()))?;
    keyfiles::private(path, "outbox.password_file")?;
    Ok(Some(Login {
        user: settings.user.clone(),
        password: Zeroizing::new(password.trim_end().to_owned()),
    }))
}

/// A contact in the table of those that mail can't reach: keyed, as in the rates.
pub(crate) fn contact_digest(ring: &KeyRing, address: &str) -> [u8; 16] {
    let address = address.to_lowercase();
    ring.digest(Purpose::Rate, &[b"address", address.as_bytes()])
}
