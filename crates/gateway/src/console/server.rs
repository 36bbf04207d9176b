//! Connections: TLS with our certificate, HTTP/1.1 and nothing newer (T67), so many at a time, in all and of each address, none for long.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::crowd::Crowd;
use super::{Peer, rest};
use crate::telemetry::Metrics;
use crate::tls::Tls;

/// For a handshake, and for the header of a request; also how long a connection may say nothing.
const PATIENCE: Duration = Duration::from_secs(10);
/// For everything on a connection: whoever reads an answer octet by octet is cut off.
const LONGEST: Duration = Duration::from_secs(300);
/// Octets of a request's header.
const HEADER: usize = 16 << 10;
/// Fields of a request's header.
const FIELDS: usize = 64;
/// Before connections are taken again after there were too many files open.
const PAUSE: Duration = Duration::from_millis(100);

/// A console that listens.
pub(crate) struct Bound {
    pub(super) socket: TcpListener,
    pub(super) router: Router,
    pub(super) tls: Arc<Tls>,
    pub(super) crowd: Arc<Crowd>,
    pub(super) metrics: Arc<Metrics>,
}

impl Bound {
    /// Where.
    ///
    /// # Errors
    /// Those of the system.
    pub(crate) fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves until `stop` becomes true, then ends what is in hand.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut open = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                Some(_) = open.join_next() => continue,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let Ok((stream, peer)) = accepted else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let place = match self.crowd.admit(peer.ip()) {
                Ok(place) => place,
                Err(why) => {
                    self.metrics.turned_away(why);
                    continue;
                }
            };
            let counted = self.metrics.session("console");
            let (tls, metrics) = (self.tls.config(false), Arc::clone(&self.metrics));
            let (router, stop) = (self.router.clone(), stop.clone());
            open.spawn(async move {
                match timeout(PATIENCE, TlsAcceptor::from(tls).accept(stream)).await {
                    Ok(Ok(stream)) => {
                        let _ = timeout(LONGEST, serve(stream, peer, router, stop)).await;
                    }
                    Ok(Err(_)) | Err(_) => metrics.handshake_failed(),
                }
                drop((place, counted));
            });
        }
        while open.join_next().await.is_some() {}
    }
}

async fn serve(
    stream: tokio_rustls::server::TlsStream<TcpStream>,
    peer: SocketAddr,
    router: Router,
    mut stop: watch::Receiver<bool>,
) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| {
        // Who waits to be told before he sends (RFC 9110 section 10.1.1) is not told to send what nobody reads.
        let waits = request.headers().contains_key(header::EXPECT);
        let (head, body) = request.into_parts();
        let (body, rest) = rest::shared(body);
        let mut request = Request::from_parts(head, Body::new(body));
        request.extensions_mut().insert(Peer(peer));
        let answered = router.call(request);
        async move {
            let answer = answered.await;
            if !waits {
                rest.throw_away().await;
            }
            answer
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(HEADER)
        .max_headers(FIELDS)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        _ = connection.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}
