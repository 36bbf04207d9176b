//! The role `listener`: sockets, certificate, and what a message must pass before `250`.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use intake::smtp::{self, Policy, Protocol, Recipients, TlsPolicy};
use tokio::sync::Notify;

use super::sockets::Inherited;
use super::{Parts, Running, certificates, storage, wake};
use crate::accounts::Accounts;
use crate::config::{self, Limits, ListenerTls, Settings};
use crate::listener::{
    self, Budget, BudgetLimits, Deadlines, Encryption, ListenerSettings, Parcel, SealedMessage,
    StoreError,
};
use crate::store::{Store, StoreFault};
use crate::telemetry::Metrics;
use crate::tls::{Tls, TrustedCertificate};

/// Binds every listener of the configuration and serves it.
pub(super) async fn start(
    settings: &Settings,
    parts: &Parts,
    with_worker: bool,
    running: &mut Running,
) -> anyhow::Result<()> {
    let inbox_key = storage::inbox_key(settings, parts, running)?;
    let budget = Budget::new(budget_limits(&settings.limits));
    warn_of_descriptors(settings.limits.connections);
    parts.metrics.watch(Arc::clone(&budget));
    running.accounts = accounts(settings)?;
    let arrived = Arc::clone(&parts.inbox_wake);
    if !with_worker {
        let (store, stopping) = (parts.store.clone(), parts.stopping.clone());
        running
            .tasks
            .spawn(wake::tell(store, Arc::clone(&arrived), stopping));
    }
    let mut inherited = Inherited::take_all()?;
    for listener in &settings.listener {
        let name = || format!("listener {:?}", listener.name);
        let bound = inherited.bind(listener).await.with_context(name)?;
        let (store, metrics) = (parts.store.clone(), Arc::clone(&parts.metrics));
        let wake = Arc::clone(&arrived);
        let keep = move |parcel: Parcel| {
            keep(
                store.clone(),
                Arc::clone(&metrics),
                Arc::clone(&wake),
                parcel,
            )
        };
        let (tls, key) = (running.tls.clone(), inbox_key.clone());
        let accounts = running.accounts.clone().filter(|_| listener.accounts);
        let shared = (Arc::clone(&budget), Arc::clone(&parts.metrics));
        let trusted = certificates::trusted(listener).with_context(name)?;
        let settings = listener_settings(settings, listener, (tls, trusted), key, accounts, shared);
        for bound in bound {
            if let Some(address) = bound.local_addr() {
                running.listeners.push((listener.name.clone(), address));
            }
            let (settings, keep) = (settings.clone(), keep.clone());
            let serving = listener::run(bound, settings, keep, parts.stopping.clone());
            running.tasks.spawn(serving);
        }
    }
    inherited.check_all_taken()?;
    Ok(())
}

/// Who may log in; `None` where no listener asks.
fn accounts(settings: &Settings) -> anyhow::Result<Option<Arc<Accounts>>> {
    let wanted = settings.listener.iter().any(|listener| listener.accounts);
    let file = settings.accounts.file.as_deref().filter(|_| wanted);
    Ok(file.map(Accounts::load).transpose()?.map(Arc::new))
}

/// Makes a message durable, in pieces when it is large; only after its last part is `250` said.
async fn keep(
    store: Store,
    metrics: Arc<Metrics>,
    wake: Arc<Notify>,
    parcel: Parcel,
) -> Result<(), StoreError> {
    let id = match &parcel {
        Parcel::Piece(piece) => piece.message,
        Parcel::Message(message) => message.id,
        Parcel::Abandoned(id) => *id,
    };
    let is_last = matches!(parcel, Parcel::Message(_));
    let kept = match parcel {
        Parcel::Piece(piece) => {
            store
                .keep_piece(piece.message, piece.number, &piece.content)
                .await
        }
        Parcel::Message(message) => keep_message(&store, message).await,
        Parcel::Abandoned(id) => {
            // A listener that may only insert leaves it to a worker.
            if let Err(fault) = store.drop_pieces(id).await {
                tracing::debug!(spool = %id, %fault, "pieces are deleted later");
            }
            return Ok(());
        }
    };
    match kept {
        Ok(()) => {
            if is_last {
                metrics.received("kept");
                wake.notify_one();
            }
            Ok(())
        }
        Err(fault) => {
            metrics.received("refused-for-now");
            tracing::warn!(spool = %id, %fault, "not kept; the peer was told to try again");
            Err(if matches!(fault, StoreFault::Full) {
                StoreError::Full
            } else {
                StoreError::Unavailable
            })
        }
    }
}

/// A database that hangs is as good as away. What it keeps after all is known again when the peer comes back (T7).
async fn keep_message(store: &Store, message: SealedMessage) -> Result<(), StoreFault> {
    // A large message may take a slow disk a while: one more second a MiB.
    let patience = store.patience() + Duration::from_secs(message.size >> 20);
    let keeping = store.keep(message);
    tokio::time::timeout(patience, keeping)
        .await
        .unwrap_or_else(|_| Err(StoreFault::Unavailable("it does not answer".into())))
}

fn listener_settings(
    settings: &Settings,
    listener: &config::Listener,
    (tls, trusted_certificates): (Option<Arc<Tls>>, Vec<TrustedCertificate>),
    inbox_key: vault::InboxPublicKey,
    accounts: Option<Arc<Accounts>>,
    (budget, metrics): (Arc<Budget>, Arc<Metrics>),
) -> ListenerSettings {
    ListenerSettings {
        name: listener.name.clone(),
        policy: policy(settings, listener),
        trusted: listener.trusted.clone(),
        proxies: listener.proxy.clone(),
        trusted_certificates,
        require_tls_from: listener.require_tls_from.clone(),
        xclient: listener.xclient.clone(),
        xforward: listener.xforward.clone(),
        trusted_line_ends: line_ends(listener.trusted_bare_line_ends),
        encryption: if listener.tls == ListenerTls::Implicit {
            Encryption::Implicit
        } else {
            Encryption::StartTls
        },
        tls: if listener.tls == ListenerTls::None {
            None
        } else {
            tls
        },
        inbox_key,
        deadlines: deadlines(settings),
        session_octets: settings.limits.session_size.0,
        accounts,
        budget,
        metrics,
    }
}

fn policy(settings: &Settings, listener: &config::Listener) -> Policy {
    let intake = &settings.intake;
    let exact = intake
        .recipients
        .iter()
        .chain([&settings.team.address])
        .map(String::as_str);
    let roles = intake.roles.iter().map(String::as_str);
    let domains = intake.domains.iter().map(String::as_str);
    let hostname = match settings.outbox.helo.as_str() {
        "" => crate::settings::domain_of(&settings.team.address),
        name => name,
    };
    Policy {
        protocol: match listener.protocol {
            config::Protocol::Smtp => Protocol::Smtp,
            config::Protocol::Lmtp => Protocol::Lmtp,
        },
        hostname: hostname.to_owned(),
        recipients: Recipients::new(exact, roles, domains),
        tls: match (listener.tls, listener.require_tls) {
            (ListenerTls::None, _) => TlsPolicy::Off,
            (ListenerTls::Starttls | ListenerTls::Implicit, false) => TlsPolicy::Offered,
            (ListenerTls::Starttls | ListenerTls::Implicit, true) => TlsPolicy::Required,
        },
        line_ends: line_ends(listener.bare_line_ends),
        chunking: listener.chunking,
        accounts: match (listener.accounts, listener.require_account) {
            (false, _) => smtp::Accounts::Off,
            (true, false) => smtp::Accounts::Offered,
            (true, true) => smtp::Accounts::Required,
        },
        limits: smtp::Limits {
            message_size: intake.max_size.0,
            messages: Some(settings.limits.session_messages).filter(|most| *most > 0),
            ..smtp::Limits::default()
        },
    }
}

fn line_ends(configured: config::BareLineEnds) -> smtp::LineEnds {
    match configured {
        config::BareLineEnds::Reject => smtp::LineEnds::Reject,
        config::BareLineEnds::Normalize => smtp::LineEnds::Normalize,
        config::BareLineEnds::Keep => smtp::LineEnds::Keep,
    }
}

fn budget_limits(limits: &Limits) -> BudgetLimits {
    BudgetLimits {
        connections: limits.connections,
        per_address: limits.connections_per_address,
        per_network: limits.connections_per_network,
        connects_per_address: limits.connects_per_address,
        connects_per_network: limits.connects_per_network,
        messages_per_address: limits.messages_per_address,
        octets_in_flight: usize::try_from(limits.in_flight.0).unwrap_or(usize::MAX),
    }
}

fn deadlines(settings: &Settings) -> Deadlines {
    let limits = &settings.limits;
    // The largest message must be over before its first pieces are too old.
    let least = settings
        .intake
        .max_size
        .0
        .div_ceil(listener::OLDEST.as_secs());
    Deadlines {
        first_command: limits.first_command.0,
        command: limits.command.0,
        relay_command: limits.trusted_command.0,
        handshake: limits.handshake.0,
        session: limits.session.0,
        relay_session: limits.trusted_session.0,
        data: limits.data.0,
        data_rate: u32::try_from(limits.data_rate.0.max(least)).unwrap_or(u32::MAX),
        drain: limits.drain.0,
        ..Deadlines::default()
    }
}

/// Sockets, database, readers and files beside the connections of peers.
const OTHER_DESCRIPTORS: u64 = 100;

/// With too few descriptors peers are turned away before any other limit is reached, and the database, too.
fn warn_of_descriptors(connections: usize) {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let needed = u64::try_from(connections)
        .unwrap_or(u64::MAX)
        .saturating_add(OTHER_DESCRIPTORS);
    if let Some(limit) = limit.filter(|limit| *limit < needed) {
        tracing::warn!(
            limit,
            needed,
            "few file descriptors: raise LimitNOFILE, or lower limits.connections"
        );
    }
}
