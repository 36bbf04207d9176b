//! A running listener with a store in memory, and a peer to talk to it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use intake::envelope::Envelope;
use intake::smtp::{Accounts, Limits, LineEnds, Policy, Protocol, Recipients, TlsPolicy};
use pillarbox::listener::{
    Address, Bound, Budget, BudgetLimits, Deadlines, Encryption, ListenerSettings, Parcel,
    SealedMessage, SealedPiece, StoreError, inbox_aad, read_envelope, run,
};
use pillarbox::telemetry::Metrics;
use pillarbox::tls::{Tls, TlsFiles};
use rustls::pki_types::ServerName;
use rustls::pki_types::pem::PemObject;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use vault::{KeyRing, Sealed};

pub const MESSAGE: &str = "Subject: scan\r\n\r\n..canary\r\n.\r\n";
pub const START: &str =
    "EHLO c.example\r\nMAIL FROM:<noc@c.example>\r\nRCPT TO:<abuse@csirt.example>\r\nDATA\r\n";

/// What the store does with a message.
#[derive(Clone, Copy)]
pub enum Fate {
    Keep,
    Fail(StoreError),
    Panic,
}

/// A running listener and all that it needs.
pub struct House {
    pub ring: KeyRing,
    pub stored: Arc<Mutex<Vec<SealedMessage>>>,
    /// Pieces of messages; those of abandoned ones are taken out again.
    pub pieces: Arc<Mutex<Vec<SealedPiece>>>,
    pub fate: Arc<Mutex<Fate>>,
    /// One permit lets one message be stored.
    pub gate: Arc<Semaphore>,
    pub budget: Arc<Budget>,
    pub metrics: Arc<Metrics>,
    pub directory: tempfile::TempDir,
    pub tls: Arc<Tls>,
    pub down: watch::Sender<bool>,
    pub running: Option<JoinHandle<()>>,
    pub address: Option<SocketAddr>,
}

impl House {
    pub async fn tcp(change: impl FnOnce(&mut ListenerSettings)) -> Self {
        Self::start(
            |_| Address::Tcp("127.0.0.1:0".parse().unwrap()),
            BudgetLimits::default(),
            change,
        )
        .await
    }

    pub async fn start(
        address: impl FnOnce(&std::path::Path) -> Address,
        limits: BudgetLimits,
        change: impl FnOnce(&mut ListenerSettings),
    ) -> Self {
        log();
        let directory = tempfile::tempdir().unwrap();
        certificate(directory.path());
        let tls = Arc::new(Tls::load(files(directory.path())).unwrap());
        let mut house = Self {
            ring: KeyRing::generate().unwrap(),
            stored: Arc::default(),
            pieces: Arc::default(),
            fate: Arc::new(Mutex::new(Fate::Keep)),
            gate: Arc::new(Semaphore::new(1000)),
            budget: Budget::new(limits),
            metrics: Arc::default(),
            tls,
            down: watch::channel(false).0,
            running: None,
            address: None,
            directory,
        };
        let mut settings = house.settings();
        change(&mut settings);
        let bound = Bound::bind(&address(house.directory.path())).await.unwrap();
        house.address = bound.local_addr();
        house.running = Some(tokio::spawn(run(
            bound,
            settings,
            house.store(),
            house.down.subscribe(),
        )));
        house
    }

    pub fn settings(&self) -> ListenerSettings {
        ListenerSettings {
            name: "test".to_owned(),
            policy: Policy {
                protocol: Protocol::Smtp,
                hostname: "mx.example".to_owned(),
                recipients: Recipients::new(["team@csirt.example"], ["abuse"], ["csirt.example"]),
                tls: TlsPolicy::Offered,
                line_ends: LineEnds::Reject,
                chunking: true,
                accounts: Accounts::Off,
                limits: Limits::default(),
            },
            trusted: Vec::new(),
            proxies: Vec::new(),
            xclient: Vec::new(),
            xforward: Vec::new(),
            accounts: None,
            trusted_certificates: Vec::new(),
            require_tls_from: Vec::new(),
            trusted_line_ends: LineEnds::Keep,
            encryption: Encryption::StartTls,
            tls: Some(self.tls.clone()),
            inbox_key: self.ring.inbox_public_key().unwrap(),
            deadlines: Deadlines::default(),
            session_octets: 250 << 20,
            budget: self.budget.clone(),
            metrics: self.metrics.clone(),
        }
    }

    pub fn store(
        &self,
    ) -> impl Fn(Parcel) -> futures_like::Boxed<Result<(), StoreError>> + Clone + Send + Sync + 'static
    {
        let (stored, fate, gate) = (self.stored.clone(), self.fate.clone(), self.gate.clone());
        let pieces = self.pieces.clone();
        move |parcel| {
            let (stored, fate, gate) = (stored.clone(), fate.clone(), gate.clone());
            let pieces = pieces.clone();
            Box::pin(async move {
                if let Parcel::Abandoned(id) = &parcel {
                    pieces.lock().unwrap().retain(|piece| piece.message != *id);
                    return Ok(());
                }
                gate.acquire().await.unwrap().forget();
                let fate = *fate.lock().unwrap();
                match fate {
                    Fate::Keep => match parcel {
                        Parcel::Message(message) => stored.lock().unwrap().push(message),
                        Parcel::Piece(piece) => pieces.lock().unwrap().push(piece),
                        Parcel::Abandoned(_) => {}
                    },
                    Fate::Fail(error) => return Err(error),
                    Fate::Panic => panic!("the store of the test"),
                }
                Ok(())
            })
        }
    }

    pub async fn connect(&self) -> Client<TcpStream> {
        let mut client = Client(TcpStream::connect(self.address.unwrap()).await.unwrap());
        client.expect("220 mx.example").await;
        client
    }

    /// Opens the only stored message: nobody but the owner of the ring can.
    pub fn only(&self) -> (Envelope, Vec<u8>) {
        let stored = self.stored.lock().unwrap();
        let [message] = stored.as_slice() else {
            panic!("{} messages", stored.len())
        };
        let open = |column, sealed| {
            self.ring
                .open_inbox(&inbox_aad(message.id, column), sealed)
                .unwrap()
        };
        let pieces = self.pieces.lock().unwrap();
        let pieces: Vec<&SealedPiece> = pieces
            .iter()
            .filter(|piece| piece.message == message.id)
            .collect();
        assert_eq!(pieces.len(), usize::try_from(message.pieces).unwrap());
        let mut sealed: Vec<u8> = Vec::new();
        for (piece, number) in pieces.iter().zip(0..) {
            assert_eq!(piece.number, number);
            sealed.extend_from_slice(piece.content.as_bytes());
        }
        sealed.extend_from_slice(message.content.as_bytes());
        let sealed = Sealed::from_bytes(sealed);
        let content = open("content", &sealed).to_vec();
        assert_eq!(message.size, u64::try_from(content.len()).unwrap());
        (
            read_envelope(&open("envelope", &message.envelope)).unwrap(),
            content,
        )
    }

    pub fn count(&self) -> usize {
        self.stored.lock().unwrap().len()
    }
}

pub mod futures_like {
    pub type Boxed<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send>>;
}

pub fn files(directory: &std::path::Path) -> TlsFiles {
    TlsFiles {
        certificate: directory.join("cert.pem"),
        key: directory.join("key.pem"),
    }
}

pub fn certificate(directory: &std::path::Path) {
    let made = rcgen::generate_simple_self_signed(["mx.example".to_owned()]).unwrap();
    let files = files(directory);
    std::fs::write(files.certificate, made.cert.pem()).unwrap();
    std::fs::write(files.key, made.signing_key.serialize_pem()).unwrap();
}

/// The peer: writes, and reads until an answer is whole.
pub struct Client<T>(pub T);

impl<T: AsyncRead + AsyncWrite + Unpin> Client<T> {
    pub async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// Reads answers until the last one begins like this.
    pub async fn expect(&mut self, last: &str) -> String {
        let mut read = Vec::new();
        let reading = async {
            loop {
                let text = String::from_utf8_lossy(&read).into_owned();
                if text.ends_with("\r\n") && text.lines().last().unwrap().starts_with(last) {
                    return text;
                }
                let mut buffer = [0; 1024];
                let count = self.0.read(&mut buffer).await.unwrap_or(0);
                assert!(count > 0, "closed after {text:?}, expected {last:?}");
                read.extend_from_slice(&buffer[..count]);
            }
        };
        timeout(Duration::from_secs(10), reading)
            .await
            .unwrap_or_else(|_| panic!("no {last:?}"))
    }

    pub async fn closed(&mut self) {
        let mut rest = Vec::new();
        let _ = timeout(Duration::from_secs(10), self.0.read_to_end(&mut rest))
            .await
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&rest), "");
    }

    pub async fn message(&mut self, answer: &str) -> String {
        self.send(START).await;
        self.expect("354 ").await;
        self.send(MESSAGE).await;
        self.expect(answer).await
    }
}

pub async fn over_tls<T: AsyncRead + AsyncWrite + Unpin>(
    house: &House,
    stream: T,
) -> Client<tokio_rustls::client::TlsStream<T>> {
    let mut roots = rustls::RootCertStore::empty();
    let file = files(house.directory.path()).certificate;
    roots
        .add(rustls::pki_types::CertificateDer::from_pem_file(file).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    Client(
        connector
            .connect(ServerName::try_from("mx.example").unwrap(), stream)
            .await
            .unwrap(),
    )
}

/// One log for all tests: a subscriber of one thread would miss what another thread logged first.
pub fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false);
        subscriber.with_writer(move || writer.clone()).init();
        log
    })
}

#[derive(Clone, Default)]
pub struct Log(pub Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Waits for something that another task brings about.
pub async fn until(condition: impl Fn() -> bool) {
    for _ in 0..2000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("waited for ten seconds");
}
