//! What becomes of the messages of one connection: sealed, stored, logged.

use std::sync::Arc;

use intake::envelope::Envelope;
use intake::smtp::{Accepted, Channel, Named, Refusal, Room, Session, Stored};
use jiff::Timestamp;
use tokio::time::Instant;

use super::budget::Permit;
use super::inbound::{Inbound, Parcel, StoreError};
use super::{Guest, Shared, Trust};

/// The messages of one connection, one after the other.
pub(super) struct Messages<S> {
    shared: Arc<Shared>,
    pub(super) guest: Guest,
    pub(super) permit: Permit,
    store: S,
    /// Version and cipher suite, once there is TLS.
    pub(super) tls: Option<String>,
    /// The message that is being read; none before its first octet.
    inbound: Option<Inbound>,
    /// Messages that came to their end, stored or not.
    pub(super) ended: u64,
}

impl<S, F> Messages<S>
where
    S: Fn(Parcel) -> F + Send + Sync,
    F: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    pub(super) fn new(shared: Arc<Shared>, guest: Guest, permit: Permit, store: S) -> Self {
        Self {
            shared,
            guest,
            permit,
            store,
            tls: None,
            inbound: None,
            ended: 0,
        }
    }

    /// A Unix socket can't be overheard.
    pub(super) fn channel(&self) -> Channel {
        match self.guest.client {
            Some(_) => Channel::Clear,
            None => Channel::Secured,
        }
    }

    /// There is TLS now: notes what was agreed on.
    pub(super) fn secured(&mut self, tls: &rustls::ServerConnection) {
        let cipher = tls.negotiated_cipher_suite().map(|suite| suite.suite());
        self.tls = tls
            .protocol_version()
            .zip(cipher)
            .map(|(version, cipher)| format!("{version:?} {cipher:?}"));
        let settings = &self.shared.settings;
        let own = settings.tls.as_ref();
        let name = tls
            .peer_certificates()
            .zip(own)
            .and_then(|(chain, own)| own.trusted(chain, &settings.trusted_certificates));
        if let Some(name) = name {
            self.guest.certificate = Some(name.to_owned());
            self.trust();
        }
    }

    /// The peer has proved to be a relay of ours: it is counted no longer.
    pub(super) fn trust(&mut self) {
        self.guest.trust = Trust::Relay;
        self.permit.trust();
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

    /// Whether another message may begin. Asked for often, so octets first: that takes no lock.
    pub(super) fn room(&self) -> Room {
        let settings = &self.shared.settings;
        if !settings
            .budget
            .has_room(settings.policy.limits.message_size)
        {
            return Room::Full;
        }
        match self.permit.may_send(Instant::now()) {
            true => Room::Free,
            false => Room::Enough,
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
        self.ended = self.ended.saturating_add(1);
        if kept.is_err() {
            self.drop_content();
        }
        let inbound = kept.and_then(|()| match self.inbound.take() {
            Some(inbound) => Ok(inbound),
            // A message without a single octet.
            None => Inbound::new(&self.shared.settings.inbox_key),
        });
        let inbound = inbound.and_then(|inbound| self.whole(inbound, accepted.size));
        let (size, recipients) = (accepted.size, accepted.forward_paths.len());
        let upstream = upstream_id(&accepted).unwrap_or_else(|| String::from("-"));
        let begun = Instant::now();
        self.permit.sent(begun);
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
        if outcome == Stored::Committed {
            let metrics = &self.shared.settings.metrics;
            metrics.stored(begun.elapsed().as_secs_f64());
        }
        tracing::info!(
            spool = id,
            size,
            listener,
            tls,
            rcpt_count = recipients,
            upstream,
            reply,
            "message"
        );
        session.stored(outcome, &id, out);
    }

    /// What was sealed is what the session handed out for this message, or it is not stored: the peer keeps it.
    fn whole(&self, inbound: Inbound, size: u64) -> Result<Inbound, Refusal> {
        let sealed = inbound.size();
        if sealed == size {
            return Ok(inbound);
        }
        tracing::error!(
            spool = %inbound.id(),
            sealed,
            size,
            "octets of another message: not stored"
        );
        self.abandon(&inbound);
        Err(Refusal::Unavailable)
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
        let guest = &self.guest;
        let upstream_id = upstream_id(&accepted);
        // Then TLS here is the relay's own, not the client's.
        let told = guest.renamed || !matches!(accepted.origin.address, Named::Unsaid);
        // What the relay says of the message counts more than who is connected (XFORWARD).
        let (client, client_name, relay) = match accepted.origin.address {
            Named::Unsaid => (guest.client, guest.name.clone(), guest.relay),
            Named::Unknown => (None, None, guest.relay.or(guest.client)),
            Named::Is(address) => (Some(address), None, guest.relay.or(guest.client)),
        };
        Envelope {
            reverse_path: accepted.reverse_path,
            forward_paths: accepted.forward_paths,
            helo: accepted.helo,
            client,
            client_name: accepted.origin.name.known().or(client_name),
            relay,
            upstream_id,
            account: accepted.account,
            certificate: self.guest.certificate.clone(),
            tls: self.tls.clone().filter(|_| !told),
            listener: self.shared.settings.name.clone(),
            trusted_relay: self.guest.trust == Trust::Relay,
            bare_line_ends: accepted.bare_line_ends,
            received_at: Timestamp::now(),
        }
    }

    pub(super) fn log_refusal(&mut self, refusal: Refusal) {
        self.ended = self.ended.saturating_add(1);
        self.permit.sent(Instant::now());
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

/// The relay's id of a message, of printable ASCII: as long as any that we know, since it stands in the log.
fn upstream_id(accepted: &Accepted) -> Option<String> {
    const LONGEST: usize = 64;
    let ident = accepted.origin.ident.clone().known()?;
    Some(ident.chars().take(LONGEST).collect())
}
