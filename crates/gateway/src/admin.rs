//! `/health/live`, `/health/ready` and `/metrics`, for loopback.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::store::{Store, StoreFault};
use crate::telemetry::Metrics;

#[derive(Clone)]
struct Shared {
    store: Store,
    metrics: Arc<Metrics>,
    not_ours: Arc<NotOurs>,
}

/// What this process's database user may not count. It was refused once, and is not asked for again: each refusal stands in
/// Postgres' log.
#[derive(Default)]
struct NotOurs {
    inbox: AtomicBool,
    outbox: AtomicBool,
}

/// Binds the address; the socket is served by [`run`].
pub async fn bind(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| anyhow::anyhow!("admin.address {address}: {error}"))
}

/// Serves until `stop` becomes true.
pub async fn run(
    listener: TcpListener,
    store: Store,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) {
    let router = Router::new()
        .route("/health/live", get(|| async { "live\n" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(render))
        .with_state(Shared {
            store,
            metrics,
            not_ours: Arc::default(),
        });
    let stopped = async move {
        let _ = stop.wait_for(|stop| *stop).await;
    };
    if let Err(error) = axum::serve(listener, router)
        .with_graceful_shutdown(stopped)
        .await
    {
        tracing::error!(%error, "the admin listener ended");
    }
}

async fn ready(State(shared): State<Shared>) -> (StatusCode, String) {
    match shared.store.check_schema().await {
        Ok(()) => (StatusCode::OK, "ready\n".into()),
        Err(fault) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("not ready: {fault}\n"),
        ),
    }
}

async fn render(State(shared): State<Shared>) -> String {
    let (metrics, not_ours) = (&shared.metrics, &shared.not_ours);
    let mut unknown = Vec::new();
    match ask(&not_ours.inbox, shared.store.inbox_depth()).await {
        Some((depth, oldest)) => {
            metrics.inbox_depth.set(depth);
            metrics.inbox_oldest_seconds.set(oldest);
        }
        None => unknown.extend(["inbox_depth", "inbox_oldest_seconds"]),
    }
    match ask(&not_ours.inbox, shared.store.unreadable_count()).await {
        Some(count) => _ = metrics.inbox_unreadable.set(count),
        None => unknown.push("inbox_unreadable"),
    }
    match ask(&not_ours.inbox, shared.store.overdue_count()).await {
        Some(count) => _ = metrics.tickets_overdue.set(count),
        None => unknown.push("tickets_overdue"),
    }
    match ask(&not_ours.outbox, shared.store.outbox_depth()).await {
        Some((depth, oldest)) => {
            metrics.outbox_depth.set(depth);
            metrics.outbox_oldest_seconds.set(oldest);
        }
        None => unknown.extend(["outbox_depth", "outbox_oldest_seconds"]),
    }
    match ask(&not_ours.outbox, shared.store.held_count()).await {
        Some(count) => _ = metrics.outbox_held.set(count),
        None => unknown.push("outbox_held"),
    }
    without(&metrics.render(), &unknown)
}

/// What nobody could count is left out: an old figure, or the 0 of a daemon that has just started, would say that all is well.
fn without(text: &str, unknown: &[&str]) -> String {
    let is_unknown = |line: &&str| {
        let name = line
            .strip_prefix("pillarbox_")
            .and_then(|line| line.split(' ').next());
        name.is_some_and(|name| unknown.contains(&name))
    };
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !is_unknown(line)).collect()
}

async fn ask<T>(
    not_ours: &AtomicBool,
    question: impl Future<Output = Result<T, StoreFault>>,
) -> Option<T> {
    if not_ours.load(Ordering::Relaxed) {
        return None;
    }
    let answer = question.await;
    if matches!(answer, Err(StoreFault::Denied)) {
        not_ours.store(true, Ordering::Relaxed);
    }
    answer.ok()
}
