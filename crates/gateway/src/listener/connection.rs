//! One connection: octets between the socket and the session, and messages to the store.

use std::sync::Arc;
use std::time::Duration;

use intake::smtp::{Channel, Naming, Phase, Refusal, Session, Step};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use zeroize::{Zeroize, Zeroizing};

use super::budget::Permit;
use super::deadline::{Clock, Patience};
use super::door::word;
use super::inbound::{Parcel, StoreError};
use super::message::Messages;
use super::proxy::{self, Named};
use super::socket::Stream;
use super::{Encryption, Guest, Shared, told_to_stop};
use crate::accounts::Exchange;
use crate::telemetry::OpenSession;

/// Octets of commands read at a time; also what an idle connection costs.
const COMMANDS: usize = 2 * 1024;
/// Octets of content read at a time.
const CONTENT: usize = 16 * 1024;
/// How long a peer may take to notice that we are done.
const LINGER: Duration = Duration::from_secs(1);

/// One connection.
pub(super) struct Connection<S> {
    pub(super) shared: Arc<Shared>,
    pub(super) messages: Messages<S>,
    /// What the peer, or whom it named, may say about others.
    pub(super) naming: Naming,
    /// A relay named the client (`XCLIENT`).
    pub(super) was_named: bool,
    /// The authentication under way.
    pub(super) exchange: Option<Exchange>,
    shutdown: watch::Receiver<bool>,
    started: Instant,
    _open: OpenSession,
}

/// How a conversation ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    StartTls,
    Closed,
}

/// What a batch of octets led to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    ReadOn,
    Stop(End),
}

/// Octets on their way, wiped when the connection ends.
struct Buffers {
    input: Zeroizing<Vec<u8>>,
    content: Zeroizing<Vec<u8>>,
    out: Vec<u8>,
}

impl Buffers {
    fn new(greeting: Vec<u8>) -> Self {
        Self {
            input: Zeroizing::new(vec![0; COMMANDS]),
            content: Zeroizing::new(Vec::new()),
            out: greeting,
        }
    }

    /// Large buffers for content only: most connections are idle most of the time.
    fn suit(&mut self, phase: Phase) {
        let wanted = match phase {
            Phase::Content => CONTENT,
            Phase::Greeting | Phase::Command | Phase::Storing | Phase::Ended => COMMANDS,
        };
        if self.input.len() != wanted {
            self.input = Zeroizing::new(vec![0; wanted]);
            self.content = Zeroizing::new(Vec::new());
        }
        if self.out.is_empty() {
            self.out = Vec::new();
        }
    }
}

impl<S, F> Connection<S>
where
    S: Fn(Parcel) -> F + Send + Sync,
    F: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    pub(super) fn new(
        shared: Arc<Shared>,
        guest: Guest,
        permit: Permit,
        store: S,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        let open = shared.settings.metrics.session(&shared.settings.name);
        let messages = Messages::new(shared.clone(), guest, permit, store);
        Self {
            shared,
            messages,
            naming: Naming::default(),
            was_named: false,
            exchange: None,
            shutdown,
            started: Instant::now(),
            _open: open,
        }
    }

    /// Talks to the peer until one of the two has enough.
    pub(super) async fn serve(mut self, mut stream: Stream) {
        if self.name_client(&mut stream).await {
            self.talk(stream).await;
        }
        self.messages.drop_content();
    }

    /// Hears from a proxy who the client is; whether the connection goes on.
    async fn name_client(&mut self, stream: &mut Stream) -> bool {
        let guest = &mut self.messages.guest;
        let proxy = guest.client.filter(|peer| self.shared.is_proxy(*peer));
        let Some(proxy) = proxy else {
            return true;
        };
        let header = timeout(self.shared.settings.deadlines.proxy, proxy::read(stream));
        let Ok(Ok(named)) = header.await else {
            self.shared.settings.metrics.turned_away("proxy");
            tracing::debug!(
                listener = self.shared.settings.name,
                "no PROXY header in time"
            );
            return false;
        };
        if let Named::Client(client) = named {
            guest.client = Some(client);
            guest.relay = Some(proxy);
            guest.trust = self.shared.trust(guest.client);
        }
        let counted = self.shared.count(guest, &mut self.messages.permit);
        if let Err(refusal) = counted {
            self.shared.turn_away(stream, refusal);
        }
        counted.is_ok()
    }

    async fn talk(&mut self, mut stream: Stream) {
        self.naming = self.shared.naming(self.messages.guest.client);
        if self.shared.settings.encryption == Encryption::StartTls {
            let before = self.messages.guest.clone();
            let policy = self.shared.policy(&before);
            let mut session =
                Session::new(policy, self.messages.channel()).with_naming(self.naming);
            let mut greeting = Vec::new();
            session.greeting(&mut greeting);
            if self.converse(&mut stream, &mut session, greeting).await == End::Closed {
                return;
            }
            if let Err(refusal) = self.unname(before) {
                self.shared.settings.metrics.turned_away(word(refusal));
                return;
            }
        }
        let Some(mut stream) = self.handshake(stream).await else {
            return;
        };
        let policy = self.shared.policy(&self.messages.guest);
        let mut session = Session::new(policy, Channel::Secured).with_naming(self.naming);
        let mut greeting = Vec::new();
        if self.shared.settings.encryption == Encryption::Implicit {
            session.greeting(&mut greeting);
        }
        self.converse(&mut stream, &mut session, greeting).await;
    }

    async fn handshake(&mut self, stream: Stream) -> Option<TlsStream<Stream>> {
        let settings = &self.shared.settings;
        let tls = settings.tls.as_ref()?;
        let asks = !settings.trusted_certificates.is_empty();
        let accepting = TlsAcceptor::from(tls.config(asks)).accept(stream);
        let patience = settings.deadlines.handshake(self.patience());
        let failure = match timeout(patience, accepting).await {
            Ok(Ok(stream)) => {
                self.messages.secured(stream.get_ref().1);
                return Some(stream);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "too slow".to_owned(),
        };
        settings.metrics.handshake_failed();
        tracing::debug!(listener = settings.name, failure, "TLS handshake failed");
        None
    }

    async fn converse<T>(&mut self, stream: &mut T, session: &mut Session, greeting: Vec<u8>) -> End
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let mut clock = Clock::start(self.shared.settings.deadlines, self.started, Instant::now());
        let mut buffers = Buffers::new(greeting);
        let mut octets: u64 = 0;
        loop {
            if !self.write(stream, &mut buffers.out).await {
                return End::Closed;
            }
            buffers.suit(session.phase());
            let count = match self.read(stream, session, &clock, &mut buffers.input).await {
                Ok(count) => count,
                Err(refusal) => {
                    // The end of the file answers nobody; a deadline and a shutdown are told.
                    if let Some(refusal) = refusal {
                        session.end(refusal, &mut buffers.out);
                    }
                    self.write(stream, &mut buffers.out).await;
                    self.close(stream, &mut buffers.input).await;
                    return End::Closed;
                }
            };
            clock.received(session.phase(), count, self.patience(), Instant::now());
            octets = octets.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
            let (begun, ended) = (Instant::now(), self.messages.ended);
            let mut flow = self.digest(session, count, &mut buffers).await;
            // The peer is not to blame for a slow database.
            clock.excuse(begun.elapsed());
            if self.messages.ended != ended {
                clock.end_of_message();
            }
            if !buffers.out.is_empty() {
                clock.restart(session.phase(), self.patience(), Instant::now());
            }
            if flow == Flow::ReadOn && self.has_enough(session.phase(), octets) {
                session.end(Refusal::TooMuchData, &mut buffers.out);
                flow = Flow::Stop(End::Closed);
            }
            if let Flow::Stop(end) = flow {
                self.write(stream, &mut buffers.out).await;
                if end == End::Closed {
                    self.close(stream, &mut buffers.input).await;
                }
                return end;
            }
        }
    }

    /// Reads until the deadline. Errors are what the peer is told, if anything.
    async fn read<T>(
        &mut self,
        stream: &mut T,
        session: &Session,
        clock: &Clock,
        input: &mut [u8],
    ) -> Result<usize, Option<Refusal>>
    where
        T: AsyncRead + Unpin,
    {
        let due = clock.due(self.patience());
        // A socket that always has octets would never be found late.
        if Instant::now() >= due {
            return Err(Some(Refusal::TimedOut));
        }
        let idle = session.phase() != Phase::Content;
        tokio::select! {
            biased;
            () = told_to_stop(&mut self.shutdown), if idle => Err(Some(Refusal::ShuttingDown)),
            read = timeout_at(due, stream.read(input)) => match read {
                Ok(Ok(0) | Err(_)) => Err(None),
                Ok(Ok(count)) => Ok(count),
                Err(_) => Err(Some(Refusal::TimedOut)),
            },
        }
    }

    /// Hands what was read to the session, and does what it says until all is consumed.
    async fn digest(&mut self, session: &mut Session, count: usize, buffers: &mut Buffers) -> Flow {
        let Buffers {
            input,
            content,
            out,
        } = buffers;
        let mut rest = input.get(..count).unwrap_or_default();
        while !rest.is_empty() {
            session.set_room(self.messages.room());
            let (consumed, step) = session.receive(rest, content, out);
            rest = rest.get(consumed..).unwrap_or_default();
            let kept = self.messages.keep(content).await;
            content.zeroize();
            match (step, kept) {
                (Step::More, Ok(())) => {}
                (Step::More, Err(refusal)) => {
                    self.messages.drop_content();
                    session.refuse_content(refusal);
                }
                (Step::Discard, _) => self.messages.drop_content(),
                (Step::Refused(refusal), _) => {
                    self.messages.drop_content();
                    self.messages.log_refusal(refusal);
                }
                (Step::Message(accepted), kept) => {
                    self.messages.complete(session, accepted, kept, out).await
                }
                (Step::Client(origin), _) => {
                    self.messages.drop_content();
                    if self.rename(session, origin, out) == Step::Close {
                        return Flow::Stop(End::Closed);
                    }
                }
                (Step::Authenticate(step), _) => {
                    if self.authenticate(session, step, out).await == Step::Close {
                        return Flow::Stop(End::Closed);
                    }
                }
                (Step::StartTls, _) => {
                    // There is nothing to drop, says the session; what comes over TLS must not depend on it (T31).
                    self.messages.drop_content();
                    return Flow::Stop(End::StartTls);
                }
                (Step::Close, _) => return Flow::Stop(End::Closed),
            }
        }
        Flow::ReadOn
    }

    /// Whether everything was written in time. One write for all answers to what was read.
    async fn write<T>(&self, stream: &mut T, out: &mut Vec<u8>) -> bool
    where
        T: AsyncWrite + Unpin,
    {
        if out.is_empty() {
            return true;
        }
        let writing = async {
            stream.write_all(out).await?;
            stream.flush().await
        };
        let written = matches!(
            timeout(self.shared.settings.deadlines.write, writing).await,
            Ok(Ok(()))
        );
        out.clear();
        written
    }

    /// Ends our half and drops what the peer still sends: closing with octets unread resets the connection, and the
    /// peer might never see our last answer.
    async fn close<T>(&self, stream: &mut T, input: &mut [u8])
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let end = Instant::now() + LINGER;
        let lingering = async {
            stream.shutdown().await?;
            // Whoever always has more to say is never waited for, so the time-out alone would not end this.
            while Instant::now() < end && stream.read(input).await? > 0 {}
            std::io::Result::Ok(())
        };
        let _ = timeout_at(end, lingering).await;
    }

    /// Whether a stranger has sent more than a session may have. A message that is coming in is heard to its end, if
    /// that comes.
    fn has_enough(&self, phase: Phase, octets: u64) -> bool {
        let settings = &self.shared.settings;
        let more = match phase {
            Phase::Content => settings.policy.limits.message_size.saturating_mul(4),
            Phase::Greeting | Phase::Command | Phase::Storing | Phase::Ended => 0,
        };
        octets > settings.session_octets.saturating_add(more)
            && !self.shared.patient(self.messages.guest.trust)
    }

    fn patience(&self) -> Patience {
        if self.shared.patient(self.messages.guest.trust) {
            return Patience::Relay;
        }
        match self.shared.settings.budget.is_crowded() {
            true => Patience::Little,
            false => Patience::Stranger,
        }
    }
}
