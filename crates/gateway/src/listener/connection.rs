//! One connection: octets between the socket and the session, and messages to the store.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use intake::smtp::{Channel, Phase, Refusal, Session, Step};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use zeroize::{Zeroize, Zeroizing};

use super::budget::Permit;
use super::deadline::{Clock, Patience};
use super::inbound::{Parcel, StoreError};
use super::message::Messages;
use super::socket::Stream;
use super::{Encryption, Shared, Trust, told_to_stop};

/// Octets of commands read at a time; also what an idle connection costs.
const COMMANDS: usize = 2 * 1024;
/// Octets of content read at a time.
const CONTENT: usize = 16 * 1024;
/// How long a peer may take to notice that we are done.
const LINGER: Duration = Duration::from_secs(1);

/// One connection.
pub(super) struct Connection<S> {
    shared: Arc<Shared>,
    trust: Trust,
    messages: Messages<S>,
    shutdown: watch::Receiver<bool>,
    started: Instant,
    _permit: Permit,
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
        client: Option<IpAddr>,
        trust: Trust,
        permit: Permit,
        store: S,
        shutdown: watch::Receiver<bool>,
    ) -> Self {
        let messages = Messages::new(shared.clone(), client, trust, store);
        Self {
            shared,
            trust,
            messages,
            shutdown,
            started: Instant::now(),
            _permit: permit,
        }
    }

    /// Talks to the peer until one of the two has enough.
    pub(super) async fn serve(mut self, stream: Stream) {
        self.talk(stream).await;
        self.messages.drop_content();
    }

    async fn talk(&mut self, mut stream: Stream) {
        if self.shared.settings.encryption == Encryption::StartTls {
            let mut session = Session::new(self.shared.policy(self.trust), self.messages.channel());
            let mut greeting = Vec::new();
            session.greeting(&mut greeting);
            if self.converse(&mut stream, &mut session, greeting).await == End::Closed {
                return;
            }
        }
        let Some(mut stream) = self.handshake(stream).await else {
            return;
        };
        let mut session = Session::new(self.shared.policy(self.trust), Channel::Secured);
        let mut greeting = Vec::new();
        if self.shared.settings.encryption == Encryption::Implicit {
            session.greeting(&mut greeting);
        }
        self.converse(&mut stream, &mut session, greeting).await;
    }

    async fn handshake(&mut self, stream: Stream) -> Option<TlsStream<Stream>> {
        let acceptor = TlsAcceptor::from(self.shared.settings.tls.as_ref()?.config());
        let listener = &self.shared.settings.name;
        let stream = match timeout(
            self.shared.settings.deadlines.handshake,
            acceptor.accept(stream),
        )
        .await
        {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => {
                tracing::debug!(listener, %error, "TLS handshake failed");
                return None;
            }
            Err(_) => {
                tracing::debug!(listener, "TLS handshake too slow");
                return None;
            }
        };
        let (_, tls) = stream.get_ref();
        let cipher = tls.negotiated_cipher_suite().map(|suite| suite.suite());
        self.messages.tls = tls
            .protocol_version()
            .zip(cipher)
            .map(|(version, cipher)| format!("{version:?} {cipher:?}"));
        Some(stream)
    }

    async fn converse<T>(&mut self, stream: &mut T, session: &mut Session, greeting: Vec<u8>) -> End
    where
        T: AsyncRead + AsyncWrite + Unpin,
    {
        let mut clock = Clock::start(
            self.shared.settings.deadlines,
            self.patience(),
            self.started,
            Instant::now(),
        );
        let mut buffers = Buffers::new(greeting);
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
            let begun = Instant::now();
            let flow = self.digest(session, count, &mut buffers).await;
            // The peer is not to blame for a slow database.
            clock.excuse(begun.elapsed());
            if !buffers.out.is_empty() {
                clock.restart(session.phase(), self.patience(), Instant::now());
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
                (Step::Discard(refusal), _) => {
                    self.messages.drop_content();
                    // It comes when the fault is seen, and again with the answer: one line for both.
                    if session.phase() != Phase::Content {
                        self.messages.log_refusal(refusal);
                    }
                }
                (Step::Message(accepted), kept) => {
                    self.messages.complete(session, accepted, kept, out).await
                }
                (Step::StartTls, _) => return Flow::Stop(End::StartTls),
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
        let lingering = async {
            stream.shutdown().await?;
            while stream.read(input).await? > 0 {}
            std::io::Result::Ok(())
        };
        let _ = timeout(LINGER, lingering).await;
    }

    fn patience(&self) -> Patience {
        if self.shared.patient(self.trust) {
            return Patience::Relay;
        }
        match self.shared.settings.budget.is_crowded() {
            true => Patience::Little,
            false => Patience::Stranger,
        }
    }
}
