//! Delivers the outbox to the smarthost: retried with growing pauses, never again once marked sent.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mail_send::SmtpClient;
use mail_send::SmtpClientBuilder;
use mail_send::smtp::message::Parameters;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite, BufWriter};
use tokio::sync::{Notify, watch};
use uuid::Uuid;
use vault::{Aad, KeyRing};

use crate::config::{Outbox, OutboxTls};
use crate::store::{DueMail, Store, StoreFault};
use crate::telemetry::Metrics;

/// Mail that a sender claims at once.
const BATCH: i64 = 16;
/// How long a claim lasts. A delivery begins in its first half only, and takes less than the other half.
const LEASE: Duration = Duration::from_secs(300);
/// First pause after a temporary failure; doubled each time, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_secs(15);
const LONGEST_PAUSE: Duration = Duration::from_secs(4 * 3600);
/// One command, or the transfer of one message.
const TIMEOUT: Duration = Duration::from_secs(60);
/// One delivery with its connection.
const LONGEST_DELIVERY: Duration = Duration::from_secs(140);

/// A finished mail as it is sealed in the outbox. The reverse-path is always null (RFC 3834 section 3.3).
#[derive(Serialize, Deserialize)]
pub struct Letter {
    /// To whom.
    pub recipient: String,
    /// The ticket reference, for the log and the copies.
    pub reference: String,
    /// The whole message, CRLF line endings.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
}

impl Letter {
    /// Where a sealed letter belongs.
    pub fn aad(team: &str, case: Uuid, id: Uuid) -> Aad<'_> {
        Aad {
            team,
            table: "outbox",
            column: "message",
            case: case.into_bytes(),
            row: id.into_bytes(),
        }
    }
}

/// Delivers what is due.
pub struct Sender {
    /// The database.
    pub store: Store,
    /// Opens letters.
    pub ring: Arc<KeyRing>,
    /// The team's name, part of what a sealed letter is bound to.
    pub team: String,
    /// Where to.
    pub settings: Outbox,
    /// Woken when a worker has queued something.
    pub wake: Arc<Notify>,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

/// What became of one delivery. Codes and words only: a server's text may quote the message.
enum Delivery {
    Taken,
    Temporary(String),
    Permanent(String),
}

trait Connection: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Connection for T {}
type Client = SmtpClient<Box<dyn Connection>>;

impl Sender {
    /// Runs until `stop` becomes true; a delivery under way is finished.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut copies = self.settings.copy_dir.clone().map(Copies::new);
        while !*stop.borrow() {
            let busy = match self.turn(copies.as_mut(), &stop).await {
                Ok(count) => count > 0,
                Err(fault) => {
                    tracing::warn!(%fault, "the outbox can't be read; trying again");
                    false
                }
            };
            if !busy {
                tokio::select! {
                    () = self.wake.notified() => {}
                    () = tokio::time::sleep(Duration::from_millis(500)) => {}
                    _ = stop.changed() => {}
                }
            }
        }
    }

    async fn turn(
        &self,
        mut copies: Option<&mut Copies>,
        stop: &watch::Receiver<bool>,
    ) -> Result<usize, StoreFault> {
        let due = self.store.due_mail(BATCH, LEASE).await?;
        let claimed = Instant::now();
        let mut client: Option<Client> = None;
        for mail in &due {
            if *stop.borrow() || claimed.elapsed() > LEASE / 2 {
                self.store
                    .put_off(mail.id, "put-back", Duration::ZERO)
                    .await?;
                continue;
            }
            let letter = match self.open(mail) {
                Ok(letter) => letter,
                Err(error) => {
                    tracing::error!(mail = %mail.id, %error, "a letter can't be opened: is its key in the ring?");
                    let store = &self.store;
                    store.put_off(mail.id, "cannot-open", LONGEST_PAUSE).await?;
                    continue;
                }
            };
            let delivery = self.deliver(&mut client, &letter).await;
            self.record(mail, &letter, delivery, copies.as_deref_mut())
                .await?;
        }
        if let Some(client) = client {
            let _ = client.quit().await;
        }
        Ok(due.len())
    }

    fn open(&self, mail: &DueMail) -> Result<Letter, vault::VaultError> {
        let key = self.ring.unwrap(
            &mail.wrapped,
            &crate::sealing::case_aad(&self.team, mail.case),
        )?;
        let bytes = key.open(&Letter::aad(&self.team, mail.case, mail.id), &mail.message)?;
        postcard::from_bytes(&bytes).map_err(|_| vault::VaultError::Malformed)
    }

    async fn deliver(&self, client: &mut Option<Client>, letter: &Letter) -> Delivery {
        if self.settings.smarthost.is_empty() {
            return Delivery::Taken; // copies only: the demo
        }
        let mut addressed = false;
        let attempt = self.attempt(client, letter, &mut addressed);
        let outcome = match tokio::time::timeout(LONGEST_DELIVERY, attempt).await {
            Ok(outcome) => outcome,
            Err(_) => Err(mail_send::Error::Timeout),
        };
        match outcome {
            Ok(()) => Delivery::Taken,
            // Only what is said about this recipient and this message is final: a smarthost that greets with 554, or
            // refuses TLS, is out of order, and the mail waits.
            Err(mail_send::Error::UnexpectedReply(reply)) if addressed && reply.code / 100 == 5 => {
                if let Some(open) = client.as_mut()
                    && open.rset().await.is_err()
                {
                    *client = None;
                }
                Delivery::Permanent(reply.code.to_string())
            }
            Err(error) => {
                *client = None;
                Delivery::Temporary(reason(&error))
            }
        }
    }

    async fn attempt(
        &self,
        client: &mut Option<Client>,
        letter: &Letter,
        addressed: &mut bool,
    ) -> mail_send::Result<()> {
        let open = match client {
            Some(open) => open,
            None => client.insert(connect(&self.settings).await?),
        };
        let none = Parameters::new();
        open.mail_from("", &none).await?;
        *addressed = true;
        open.rcpt_to(&letter.recipient, &none).await?;
        open.data(&letter.message).await?;
        Ok(())
    }

    /// The smarthost has it: this must be written down before anything else, however long the database is away.
    async fn sent(&self, id: Uuid) {
        while let Err(fault) = self.store.sent(&[id]).await {
            tracing::warn!(mail = %id, %fault, "sent, but not yet marked so; trying again");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn record(
        &self,
        mail: &DueMail,
        letter: &Letter,
        delivery: Delivery,
        copies: Option<&mut Copies>,
    ) -> Result<(), StoreFault> {
        let ticket = letter.reference.as_str();
        match delivery {
            Delivery::Taken => {
                if let Some(copies) = copies {
                    copies.write(letter);
                }
                self.sent(mail.id).await;
                self.metrics.sent("taken");
                tracing::info!(mail = %mail.id, ticket, attempts = mail.attempts + 1, "sent");
            }
            Delivery::Permanent(status) => {
                self.store.failed(mail.id, &status).await?;
                self.metrics.sent("refused");
                tracing::warn!(mail = %mail.id, ticket, status, "the smarthost refused it for good; the ticket says so");
            }
            Delivery::Temporary(status) if mail.age > self.settings.lifetime.0.as_secs_f64() => {
                self.store.failed(mail.id, &status).await?;
                self.metrics.sent("expired");
                tracing::warn!(mail = %mail.id, ticket, status, "given up after outbox.lifetime; the ticket says so");
            }
            Delivery::Temporary(status) => {
                let pause = pause(mail.attempts, mail.id);
                self.store.put_off(mail.id, &status, pause).await?;
                self.metrics.sent("put_off");
                tracing::warn!(mail = %mail.id, ticket, status, pause_seconds = pause.as_secs(), "not sent; trying again");
            }
        }
        Ok(())
    }
}

async fn connect(settings: &Outbox) -> mail_send::Result<Client> {
    let (host, port) = settings
        .smarthost
        .rsplit_once(':')
        .unwrap_or((settings.smarthost.as_str(), "25"));
    let port = port.parse().unwrap_or(25);
    let builder = SmtpClientBuilder::new(host.to_owned(), port)
        .map_err(|_| mail_send::Error::InvalidTLSName)?;
    let builder = builder.timeout(TIMEOUT).helo_host(settings.helo.as_str());
    Ok(match settings.tls {
        OutboxTls::None => {
            let client = builder.connect_plain().await?;
            client.stream.set_nodelay(true)?;
            buffered(client)
        }
        OutboxTls::Starttls | OutboxTls::Implicit => {
            let implicit = settings.tls == OutboxTls::Implicit;
            let client = builder.implicit_tls(implicit).connect().await?;
            client.stream.get_ref().0.set_nodelay(true)?;
            buffered(client)
        }
    })
}

/// The client writes a message in pieces, the end of data last and alone: unbuffered, that piece waits 40 ms for an
/// acknowledgement that the peer delays (RFC 896, RFC 1122 section 4.2.3.2). It flushes whenever it wants an answer.
fn buffered<T: Connection + 'static>(client: SmtpClient<T>) -> Client {
    SmtpClient {
        stream: Box::new(BufWriter::with_capacity(64 << 10, client.stream)),
        timeout: client.timeout,
    }
}

fn reason(error: &mail_send::Error) -> String {
    use mail_send::Error::{Io, MissingStartTls, Timeout, Tls, UnexpectedReply};
    if let UnexpectedReply(reply) = error {
        return reply.code.to_string();
    }
    let word = [
        (matches!(error, Io(_)), "no-connection"),
        (matches!(error, Timeout), "timeout"),
        (matches!(error, Tls(_) | MissingStartTls), "tls"),
        (true, "protocol"),
    ];
    word.into_iter()
        .find(|(is, _)| *is)
        .map_or("protocol", |(_, word)| word)
        .to_owned()
}

/// Doubles with each attempt, and differs by up to a quarter from mail to mail so that a backlog doesn't return at once.
fn pause(attempts: i32, id: Uuid) -> Duration {
    let doubled = FIRST_PAUSE
        .saturating_mul(1 << attempts.clamp(0, 12))
        .min(LONGEST_PAUSE);
    let jitter = u32::from(id.as_bytes().last().copied().unwrap_or(0));
    doubled + doubled / 1024 * jitter
}

/// Copies of what left, one file a message, numbered in the order sent.
struct Copies {
    folder: PathBuf,
    next: usize,
}

impl Copies {
    fn new(folder: PathBuf) -> Self {
        let next = std::fs::read_dir(&folder).map_or(0, Iterator::count) + 1;
        Copies { folder, next }
    }

    /// A copy that can't be written is told, not retried: the mail itself has left.
    fn write(&mut self, letter: &Letter) {
        let name = letter
            .reference
            .replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let path = self.folder.join(format!("{:06}-{name}.eml", self.next));
        self.next += 1;
        let part = path.with_extension("part");
        let written = write_then_rename(&part, &path, &letter.message);
        if let Err(error) = written {
            tracing::warn!(%error, "outbox.copy_dir: a copy could not be written");
        }
    }
}

/// Whoever watches the folder never sees half a message.
fn write_then_rename(part: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::write(part, bytes)?;
    std::fs::rename(part, path)
}
