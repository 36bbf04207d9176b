//! Who is let in. Whoever floods us must not cost a task, a line in the log or a processor (T34).

use std::fs::File;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use intake::smtp::{Refusal, write_refusal};
use tokio::time::{Instant, sleep};

use super::budget::Permit;
use super::socket::{Bound, Peer, Stream};
use super::{Encryption, Guest, Shared, Trust, contain};

/// How long nothing is accepted when there are no descriptors.
const PAUSE: Duration = Duration::from_millis(100);
/// How many peers are told so before the pause.
const TOLD: usize = 50;

/// The door of one listener.
pub(super) struct Door {
    shared: Arc<Shared>,
    /// Given up when there are no descriptors any more, so that peers can be accepted and told.
    reserve: Option<File>,
    /// Whether the log knows that there are none.
    troubled: bool,
}

impl Door {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            reserve: reserve(),
            troubled: false,
        }
    }

    /// Lets a connection in, or turns it away. A proxy's client is counted once its name is known.
    pub(super) fn admit(&mut self, stream: &Stream, peer: Peer) -> Option<(Guest, Permit)> {
        self.troubled = false;
        let shared = &self.shared;
        let client = peer.address();
        let guest = Guest {
            client,
            name: None,
            relay: None,
            trust: shared.trust(client),
            certificate: None,
            renamed: false,
        };
        let admitted = shared
            .settings
            .budget
            .admit()
            .ok_or(Refusal::TooManyConnections)
            .and_then(|mut permit| {
                match client {
                    Some(client) if !shared.is_proxy(client) => {
                        shared.count(&guest, &mut permit)?;
                    }
                    Some(_) | None => {}
                }
                Ok(permit)
            });
        match admitted {
            Ok(permit) => Some((guest, permit)),
            Err(refusal) => {
                shared.turn_away(stream, refusal);
                None
            }
        }
    }

    /// Out of descriptors or memory, accepting again at once would only spin.
    pub(super) async fn back_off(&mut self, error: &io::Error, bound: &Bound) {
        use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
        if matches!(
            error.kind(),
            ConnectionAborted | ConnectionReset | Interrupted
        ) {
            return;
        }
        let listener = &self.shared.settings.name;
        if !self.troubled {
            self.troubled = true;
            tracing::warn!(listener, %error, "can't accept; peers are turned away until it is over");
        }
        if self.reserve.take().is_some() {
            for _ in 0..TOLD {
                tokio::select! {
                    biased;
                    accepted = bound.accept() => match accepted {
                        Ok((stream, _)) => self.shared.turn_away(&stream, Refusal::TooManyConnections),
                        Err(_) => break,
                    },
                    () = std::future::ready(()) => break,
                }
            }
        }
        self.reserve = reserve();
        sleep(PAUSE).await;
    }
}

fn reserve() -> Option<File> {
    File::open("/dev/null").ok()
}

impl Shared {
    pub(super) fn is_proxy(&self, peer: IpAddr) -> bool {
        contain(&self.settings.proxies, peer)
    }

    /// Counts a stranger.
    pub(super) fn count(&self, guest: &Guest, permit: &mut Permit) -> Result<(), Refusal> {
        match (guest.trust, guest.client) {
            (Trust::Stranger, Some(client)) => permit.count(client, Instant::now()),
            (Trust::Stranger | Trust::Relay, _) => Ok(()),
        }
    }

    /// Says `421` without waiting. A peer that wants TLS first just sees the end.
    pub(super) fn turn_away(&self, stream: &Stream, refusal: Refusal) {
        self.settings.metrics.turned_away(word(refusal));
        tracing::debug!(
            listener = self.settings.name,
            reason = word(refusal),
            "connection turned away"
        );
        if self.settings.encryption == Encryption::StartTls {
            let mut out = Vec::new();
            write_refusal(refusal, &self.settings.policy.hostname, &mut out);
            stream.write_now(&out);
        }
    }
}

/// What the metrics call it.
pub(super) fn word(refusal: Refusal) -> &'static str {
    let words = [
        (Refusal::TooManyFromAddress, "address"),
        (Refusal::TooManyFromNetwork, "network"),
        (Refusal::AddressTooOften, "address-rate"),
        (Refusal::NetworkTooOften, "network-rate"),
    ];
    words
        .iter()
        .find(|(known, _)| *known == refusal)
        .map_or("crowded", |(_, word)| word)
}
