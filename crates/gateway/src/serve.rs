//! Starts the roles, and stops them: SIGTERM drains, SIGHUP reads keys and certificates anew.

mod analysts;
mod certificates;
mod console;
mod listeners;
mod one_team;
mod relist;
mod sockets;
mod storage;
mod team;
mod transport;
mod wake;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use jiff::SignedDuration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;

use self::analysts::Analysts;
use self::team::TeamKeys;
use crate::accounts::Accounts;
use crate::authenticate::Authenticator;
use crate::config::{OwnCheck, Route, Settings};
use crate::contacts::Register;
use crate::contacts::known::Known;
use crate::correspondents::Book;
use crate::dns::Resolver;
use crate::sender::attempt::Attempt;
use crate::sender::{self, Sender};
use crate::store::{Store, StoreFault};
use crate::telemetry::Metrics;
use crate::tls::Tls;
use crate::transport::indicators::Observer;
use crate::worker::dkim::Signers;
use crate::worker::{Bell, Worker};
use crate::{admin, settings};

/// What this process does; the roles may run as separate processes under separate users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Everything.
    All,
    /// Takes mail in; can seal and not open.
    Listener,
    /// Reads, decides, files.
    Worker,
    /// Sends.
    Outbox,
    /// Pages for analysts.
    Console,
}

/// A running gateway.
pub struct Running {
    /// Name and address of every TCP listener, in the order of the configuration.
    pub listeners: Vec<(String, SocketAddr)>,
    /// Address of health and metrics.
    pub admin: Option<SocketAddr>,
    /// Address of the console.
    pub console: Option<SocketAddr>,
    /// The database.
    pub store: Store,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
    tls: Option<Arc<Tls>>,
    accounts: Option<Arc<Accounts>>,
    keys: Option<TeamKeys>,
    analysts: Option<Analysts>,
    ring: Option<Arc<vault::KeyRing>>,
    inbox_key: Option<storage::InboxKey>,
}

struct Parts {
    store: Store,
    metrics: Arc<Metrics>,
    /// One for all parts of the process; `None` when none asks.
    resolver: Option<Resolver>,
    inbox_wake: Arc<Notify>,
    outbox_wake: Arc<Notify>,
    stopping: watch::Receiver<bool>,
    /// That the database is this team's, see [`one_team`].
    known: watch::Sender<bool>,
}

/// Starts the roles; returns when sockets are bound and keys are loaded.
pub async fn start(settings: &Settings, roles: &[Role]) -> anyhow::Result<Running> {
    let has = |role| roles.contains(&role) || roles.contains(&Role::All);
    // Two TLS libraries' defaults are in the tree; ours is this one. A second start in one process finds it set.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let store = Store::new(&settings.database)?;
    let checked = store.check_schema().await;
    let is_there = checked.is_ok();
    match checked {
        Err(fault @ StoreFault::Schema(_)) => return Err(fault.into()),
        Err(fault) => {
            tracing::warn!(%fault, "starting without the database: mail is answered 451 until it is back")
        }
        Ok(()) => {}
    }
    let (stop, stopping) = watch::channel(false);
    let parts = Parts {
        store: store.clone(),
        metrics: Arc::default(),
        resolver: resolver(settings, roles)?,
        inbox_wake: Arc::default(),
        outbox_wake: Arc::default(),
        stopping,
        known: watch::Sender::new(false),
    };
    let mut running = Running {
        listeners: Vec::new(),
        admin: None,
        console: None,
        store,
        stop,
        tasks: JoinSet::new(),
        tls: None,
        accounts: None,
        keys: None,
        analysts: None,
        ring: None,
        inbox_key: None,
    };
    if has(Role::Listener) || has(Role::Console) {
        certificates::start(settings, &parts, &mut running)?;
    }
    start_openers(settings, roles, is_there, &parts, &mut running).await?;
    if has(Role::Listener) {
        listeners::start(settings, &parts, has(Role::Worker), &mut running).await?;
    }
    if let Some(address) = settings.admin.address {
        let socket = admin::bind(address).await?;
        running.admin = Some(socket.local_addr()?);
        let (metrics, stopping) = (Arc::clone(&parts.metrics), parts.stopping.clone());
        let serving = admin::run(socket, parts.store.clone(), metrics, stopping);
        running.tasks.spawn(serving);
    }
    Ok(running)
}

/// Starts the parts that open what is sealed: worker, sender and console.
async fn start_openers(
    settings: &Settings,
    roles: &[Role],
    is_there: bool,
    parts: &Parts,
    running: &mut Running,
) -> anyhow::Result<()> {
    let has = |role| roles.contains(&role) || roles.contains(&Role::All);
    // Asked for by name it must be there; with all the others it is there if it has an address.
    let console = settings.console.address.filter(|_| has(Role::Console));
    if roles.contains(&Role::Console) && console.is_none() {
        anyhow::bail!("the role console wants console.address");
    }
    let (works, sends) = (has(Role::Worker), has(Role::Outbox));
    if !works && !sends && console.is_none() {
        return Ok(());
    }
    if works || console.is_some() {
        one_team::begin(&settings.team.name, parts, running).await?;
    }
    let ring = storage::ring(settings, is_there, parts, running).await?;
    if let Some(address) = console {
        console::start(settings, address, parts, &ring, running).await?;
    }
    if works || sends {
        let watch = transport::start(settings, parts, &ring, works, running).await?;
        if sends {
            let sender = sender(settings, parts, Arc::clone(&ring), watch.attempts)?;
            running.tasks.spawn(sender.run());
        }
        if works {
            start_worker(settings, parts, ring, watch.observer, running).await?;
        }
    }
    Ok(())
}

fn sender(
    settings: &Settings,
    parts: &Parts,
    ring: Arc<vault::KeyRing>,
    attempts: mpsc::Sender<Attempt>,
) -> anyhow::Result<Sender> {
    let mut outbox = settings.outbox.clone();
    if outbox.helo.is_empty() {
        outbox.helo = settings::domain_of(&settings.team.address).to_owned();
    }
    let sender_parts = sender::Parts {
        store: parts.store.clone(),
        ring,
        team: settings.team.name.clone(),
        resolver: parts.resolver.clone(),
        wake: Arc::clone(&parts.outbox_wake),
        metrics: Arc::clone(&parts.metrics),
        observer: Some(attempts),
        stop: parts.stopping.clone(),
    };
    Sender::new(outbox, sender_parts)
}

async fn start_worker(
    settings: &Settings,
    parts: &Parts,
    ring: Arc<vault::KeyRing>,
    observer: Observer,
    running: &mut Running,
) -> anyhow::Result<()> {
    let loop_token = crate::worker::loop_token(&ring, &settings.team.name);
    let policy = Arc::new(settings::policy(settings, loop_token).map_err(anyhow::Error::msg)?);
    let register = Register {
        store: parts.store.clone(),
        ring: Arc::clone(&ring),
        team: settings.team.name.clone(),
    };
    let analysts = analysts::start(&settings.storage, &ring, parts, running)?;
    storage::retain(settings, parts, &ring, running);
    let (keys, current_letterhead) = TeamKeys::load(settings, &parts.metrics).await?;
    let worker = Arc::new(Worker {
        store: parts.store.clone(),
        book: book(settings, parts, &ring, &keys.readers),
        ring,
        readers: Arc::clone(&keys.readers),
        authenticator: authenticator(settings, parts),
        waiting: crate::worker::Room::new(),
        contacts: Known::new(register, Arc::clone(&policy)),
        policy,
        letterhead: current_letterhead,
        signers: Signers::load(&settings.dkim, &settings.team.address)?,
        analysts,
        team: settings.team.name.clone(),
        reopen: settings.triage.reopen.0,
        repeat: settings.triage.repeat.0,
        settings: settings.worker.clone(),
        acknowledge: settings.acknowledge.clone(),
        answer_within: SignedDuration::try_from(settings.team.answer_within.0)?,
        bell: Bell::new(settings.duty.clone(), !settings.alerts.webhook.is_empty()),
        wake: Arc::clone(&parts.inbox_wake),
        outbox_wake: Arc::clone(&parts.outbox_wake),
        metrics: Arc::clone(&parts.metrics),
        observer,
        partitions: crate::search::Partitions::default(),
        own_domains: settings::own_domains(settings),
    });
    storage::watch(settings, parts, &worker.ring, running);
    let overdue = Arc::clone(&worker).watch_overdue(parts.stopping.clone());
    one_team::then(parts, running, overdue);
    relist::begin(&settings.team.name, parts, &worker.ring, running);
    one_team::then(parts, running, worker.run(parts.stopping.clone()));
    running.tasks.spawn(wake::hear(
        parts.store.clone(),
        Arc::clone(&parts.inbox_wake),
        parts.stopping.clone(),
    ));
    running
        .tasks
        .spawn(wake::forget(parts.store.clone(), parts.stopping.clone()));
    running
        .tasks
        .spawn(keys.clone().watch(parts.stopping.clone()));
    running.keys = Some(keys);
    Ok(())
}

fn book(
    settings: &Settings,
    parts: &Parts,
    ring: &Arc<vault::KeyRing>,
    readers: &Arc<crate::reader::Readers>,
) -> Book {
    Book {
        store: parts.store.clone(),
        ring: Arc::clone(ring),
        readers: Arc::clone(readers),
        team: settings.team.name.clone(),
    }
}

/// Needed to check senders, to deliver by MX, and to find out who wants reports about TLS.
fn resolver(settings: &Settings, roles: &[Role]) -> anyhow::Result<Option<Resolver>> {
    let has = |role| roles.contains(&role) || roles.contains(&Role::All);
    let checks = has(Role::Worker) && settings.authentication.own != OwnCheck::Never;
    let routes = has(Role::Outbox) && settings.outbox.route == Route::Mx;
    let reports = has(Role::Worker) && settings.transport.report;
    if !checks && !routes && !reports {
        return Ok(None);
    }
    let hint = "name servers can't be asked: set dns.servers, or authentication.own = \"never\" and outbox.route = \"smarthost\"";
    Resolver::new(&settings.dns).context(hint).map(Some)
}

/// Our own check of senders; `None` when it is switched off.
fn authenticator(settings: &Settings, parts: &Parts) -> Option<Authenticator> {
    let resolver = parts.resolver.clone()?;
    let settings_of_check = settings.authentication.clone();
    let host = settings::domain_of(&settings.team.address).to_owned();
    (settings_of_check.own != OwnCheck::Never)
        .then(|| Authenticator::new(resolver, settings_of_check, host))
}

impl Running {
    /// Reads TLS certificates, storage keys and OpenPGP keys anew; what can't be read stays as it was.
    pub async fn reload(&self) {
        self.reload_storage();
        if let Some(tls) = &self.tls {
            match tls.reload() {
                Ok(()) => tracing::info!("TLS certificate read anew"),
                Err(error) => tracing::error!(%error, "the old TLS certificate stays in use"),
            }
        }
        if let Some(accounts) = &self.accounts {
            match accounts.reload() {
                Ok(()) => tracing::info!("accounts read anew"),
                Err(error) => tracing::error!(%error, "the old accounts stay in use"),
            }
        }
        if let Some(analysts) = &self.analysts {
            analysts.reload();
        }
        if let Some(keys) = &self.keys {
            match keys.reload().await {
                Ok(()) => tracing::info!("OpenPGP keys read anew"),
                Err(error) => tracing::error!(
                    error = format!("{error:#}"),
                    "the old OpenPGP keys stay in use"
                ),
            }
        }
    }

    /// Stops accepting, finishes what is in hand.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
        self.store.close();
    }

    /// Runs until SIGTERM or SIGINT.
    pub async fn until_told(mut self) -> anyhow::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
        loop {
            tokio::select! {
                ended = self.tasks.join_next() => {
                    let why = if matches!(ended, Some(Err(_))) { "panicked" } else { "ended" };
                    anyhow::bail!("a part of the daemon {why}: stopping, so that the service manager starts it anew");
                }
                _ = terminate.recv() => break,
                _ = interrupt.recv() => break,
                _ = hangup.recv() => {
                    let _ = sd_notify::notify(&[sd_notify::NotifyState::Reloading]);
                    self.reload().await;
                    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
                }
            }
        }
        tracing::info!("stopping: nothing new is taken, what is in hand is finished");
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
        self.stop().await;
        Ok(())
    }
}
