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

async fn render(State(shared): State<Shared>) -> Result<String, StatusCode> {
    let (metrics, not_ours) = (&shared.metrics, &shared.not_ours);
    if let Some((depth, oldest)) = ask(&not_ours.inbox, shared.store.inbox_depth()).await {
        metrics.inbox_depth.set(depth);
        metrics.inbox_oldest_seconds.set(oldest);
    }
    if let Some(count) = ask(&not_ours.inbox, shared.store.unreadable_count()).await {
        metrics.inbox_unreadable.set(count);
    }
    if let Some(count) = ask(&not_ours.inbox, shared.store.overdue_count()).await {
        metrics.tickets_overdue.set(count);
    }
    if let Some((depth, oldest)) = ask(&not_ours.outbox, shared.store.outbox_depth()).await {
        metrics.outbox_depth.set(depth);
        metrics.outbox_oldest_seconds.set(oldest);
    }
    if let Some(count) = ask(&not_ours.outbox, shared.store.held_count()).await {
        metrics.outbox_held.set(count);
    }
    Ok(metrics.render())
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
