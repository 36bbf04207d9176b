//! What becomes of the messages of one connection: sealed, stored, logged.

use std::net::IpAddr;
use std::sync::Arc;

use intake::envelope::Envelope;
use intake::smtp::{Accepted, Channel, Refusal, Room, Session, Stored};
use jiff::Timestamp;

use super::inbound::{Inbound, Parcel, StoreError};
use super::{Shared, Trust};

/// The messages of one connection, one after the other.
pub(super) struct Messages<S> {
    shared: Arc<Shared>,
    client: Option<IpAddr>,
    trust: Trust,
    store: S,
    /// Version and cipher suite, once there is TLS.
    pub(super) tls: Option<String>,
    /// The message that is being read; none before its first octet.
    inbound: Option<Inbound>,
}

impl<S, F> Messages<S>
where
    S: Fn(Parcel) -> F + Send + Sync,
    F: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    pub(super) fn new(shared: Arc<Shared>, client: Option<IpAddr>, trust: Trust, store: S) -> Self {
        Self {
            shared,
            client,
            trust,
            store,
            tls: None,
            inbound: None,
        }
    }

    /// A Unix socket can't be overheard.
    pub(super) fn channel(&self) -> Channel {
        match self.client {
            Some(_) => Channel::Clear,
            None => Channel::Secured,
        }
    }

    /// Drops what was read of a message, and gives its share of the budget back. Pieces that were stored already are
    /// deleted meanwhile.
    pub(super) fn drop_content(&mut self) {
        if let Some(inbound) = self.inbound.take() {
            self.abandon(&inbound);
        }
    }

    fn abandon(&self, inbound: &Inbound) {
        if let Some(id) = inbound.left_over() {
            tokio::spawn((self.store)(Parcel::Abandoned(id)));
        }
    }

    pub(super) fn room(&self) -> Room {
        match self
            .shared
            .settings
            .budget
            .has_room(self.shared.settings.policy.limits.message_size)
        {
            true => Room::Free,
            false => Room::Full,
        }
    }

    /// Seals content as it comes; of a large message, stores what is sealed.
    pub(super) async fn keep(&mut self, content: &[u8]) -> Result<(), Refusal> {
        if content.is_empty() {
            return Ok(());
        }
        let settings = &self.shared.settings;
        let mut inbound = match self.inbound.take() {
            Some(inbound) => inbound,
            None => Inbound::new(&settings.inbox_key)?,
        };
        let pushed = inbound.push(content, &settings.budget, &self.store).await;
        match pushed {
            Ok(()) => self.inbound = Some(inbound),
            Err(_) => self.abandon(&inbound),
        }
        pushed
    }

    /// Stores a complete message and has the session say what became of it.
    pub(super) async fn complete(
        &mut self,
        session: &mut Session,
        accepted: Accepted,
        kept: Result<(), Refusal>,
        out: &mut Vec<u8>,
    ) {
        if kept.is_err() {
            self.drop_content();
        }
        let inbound = kept.and_then(|()| match self.inbound.take() {
            Some(inbound) => Ok(inbound),
            // A message without a single octet.
            None => Inbound::new(&self.shared.settings.inbox_key),
        });
        let (size, recipients) = (accepted.size, accepted.forward_paths.len());
        let (id, outcome) = match inbound {
            Ok(inbound) => (
                inbound.id().to_string(),
                self.store(inbound, accepted).await,
            ),
            Err(Refusal::Full) => (String::from("-"), Stored::Full),
            Err(_) => (String::from("-"), Stored::Unavailable),
        };
        let reply = match outcome {
            Stored::Committed => 250,
            Stored::Unavailable => 451,
            Stored::Full => 452,
        };
        let (listener, tls) = (
            &self.shared.settings.name,
            self.tls.as_deref().unwrap_or("none"),
        );
        tracing::info!(
            spool = id,
            size,
            listener,
            tls,
            rcpt_count = recipients,
            reply,
            "message"
        );
        session.stored(outcome, &id, out);
    }

    /// The store runs in a task of its own: once begun, it is brought to its end whatever becomes of this connection.
    async fn store(&self, inbound: Inbound, accepted: Accepted) -> Stored {
        let envelope = self.envelope(accepted);
        let Ok((message, held)) = inbound.finish(&envelope, &self.shared.settings.inbox_key) else {
            return Stored::Unavailable;
        };
        // Once this has begun nobody but the store knows whether the message exists: its pieces are never dropped here.
        let storing = (self.store)(Parcel::Message(message));
        let task = tokio::spawn(async move {
            let outcome = storing.await;
            drop(held);
            outcome
        });
        match task.await {
            Ok(Ok(())) => Stored::Committed,
            Ok(Err(StoreError::Full)) => Stored::Full,
            Ok(Err(StoreError::Unavailable)) | Err(_) => Stored::Unavailable,
        }
    }

    fn envelope(&self, accepted: Accepted) -> Envelope {
        Envelope {
            reverse_path: accepted.reverse_path,
            forward_paths: accepted.forward_paths,
            helo: accepted.helo,
            client: self.client,
            tls: self.tls.clone(),
            listener: self.shared.settings.name.clone(),
            trusted_relay: self.trust == Trust::Relay,
            bare_line_ends: accepted.bare_line_ends,
            received_at: Timestamp::now(),
            ..Envelope::default()
        }
    }

    pub(super) fn log_refusal(&self, refusal: Refusal) {
        let (reply, enhanced, _) = refusal.parts();
        let (listener, tls) = (
            &self.shared.settings.name,
            self.tls.as_deref().unwrap_or("none"),
        );
        tracing::info!(
            spool = "-",
            listener,
            tls,
            reply,
            enhanced,
            "message refused"
        );
    }
}
