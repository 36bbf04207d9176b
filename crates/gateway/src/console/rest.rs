//! What a client still sends when its request has been answered already: it is read and thrown away before the answer leaves.
//!
//! Hyper closes a connection whose request was not read to its end, and the client, which is still sending, learns of a broken
//! connection instead of reading why it was refused (RFC 9112 section 9.6). Bounded in octets and in time: whoever sends more is cut off.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::timeout;

/// Octets that are thrown away: some times what the largest form, or a body of the API, may have.
const MOST: usize = 8 << 20;
/// How long that may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The body of a request, for whoever answers it; [`Rest`] has hold of it, too.
pub(super) struct Shared(Arc<Mutex<Incoming>>);

/// What is left of a body.
pub(super) struct Rest(Arc<Mutex<Incoming>>);

/// A body for the one who answers, and what is left of it then.
pub(super) fn shared(body: Incoming) -> (Shared, Rest) {
    let body = Arc::new(Mutex::new(body));
    (Shared(Arc::clone(&body)), Rest(body))
}

fn held(body: &Mutex<Incoming>) -> MutexGuard<'_, Incoming> {
    body.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Body for Shared {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut *held(&self.0)).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        held(&self.0).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        held(&self.0).size_hint()
    }
}

impl Rest {
    /// Reads it to its end, or until that is too much or takes too long.
    pub(super) async fn throw_away(self) {
        let mut left = MOST;
        let next =
            || std::future::poll_fn(|context| Pin::new(&mut *held(&self.0)).poll_frame(context));
        let reading = async {
            while let Some(Ok(frame)) = next().await {
                let octets = frame.data_ref().map_or(0, Bytes::len);
                match left.checked_sub(octets) {
                    Some(less) => left = less,
                    None => break,
                }
            }
        };
        // Who takes longer is cut off.
        let _ = timeout(PATIENCE, reading).await;
    }
}
