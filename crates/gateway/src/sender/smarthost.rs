//! The connection to the smarthost: kept while there is mail for it.

use std::time::Duration;

use mail_send::smtp::message::Parameters;
use mail_send::{SmtpClient, SmtpClientBuilder};
use tokio::io::{AsyncRead, AsyncWrite, BufWriter};

use super::Letter;
use crate::config::{Outbox, OutboxTls};

/// One command.
const TIMEOUT: Duration = Duration::from_secs(120);
/// A whole delivery, the connection included.
pub(super) const LONGEST_DELIVERY: Duration = Duration::from_secs(540);
/// Mails over one connection; servers hang up after some number.
const MAILS_PER_CONNECTION: u32 = 100;

/// What became of one delivery. Codes and words only: a server's text may quote the message.
pub(super) enum Delivery {
    Taken,
    Temporary(String),
    Permanent(String),
}

trait Connection: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Connection for T {}
type Client = SmtpClient<Box<dyn Connection>>;

/// Where mail goes.
pub(super) struct Smarthost {
    settings: Outbox,
    /// Made once: it reads all trusted certificates of the system.
    builder: Option<SmtpClientBuilder<String>>,
    client: Option<Client>,
    mails: u32,
    /// The reverse-path of the delivery under way was taken.
    addressed: bool,
}

impl Smarthost {
    pub(super) fn new(settings: Outbox) -> Smarthost {
        Smarthost {
            settings,
            builder: None,
            client: None,
            mails: 0,
            addressed: false,
        }
    }

    pub(super) async fn deliver(&mut self, letter: &Letter) -> Delivery {
        if self.settings.smarthost.is_empty() {
            return Delivery::Taken; // copies only: the demo
        }
        if self.mails >= MAILS_PER_CONNECTION {
            self.rest().await;
        }
        let outcome = tokio::time::timeout(LONGEST_DELIVERY, self.transaction(letter)).await;
        self.mails += 1;
        match outcome.unwrap_or(Err(mail_send::Error::Timeout)) {
            Ok(()) => Delivery::Taken,
            // Only what is said about this recipient and this message is final: a smarthost that greets with 554, or
            // refuses TLS, is out of order, and the mail waits.
            Err(mail_send::Error::UnexpectedReply(reply))
                if self.addressed && reply.code / 100 == 5 =>
            {
                if let Some(open) = self.client.as_mut()
                    && open.rset().await.is_err()
                {
                    self.client = None;
                }
                Delivery::Permanent(reply.code.to_string())
            }
            Err(error) => {
                self.client = None;
                Delivery::Temporary(reason(&error))
            }
        }
    }

    /// Says good-bye, while there is nothing to send.
    pub(super) async fn rest(&mut self) {
        self.mails = 0;
        if let Some(client) = self.client.take() {
            let _ = client.quit().await;
        }
    }

    async fn transaction(&mut self, letter: &Letter) -> mail_send::Result<()> {
        self.addressed = false;
        if self.client.is_none() {
            self.mails = 0;
            self.client = Some(self.connect().await?);
        }
        let Some(open) = self.client.as_mut() else {
            return Err(mail_send::Error::Timeout);
        };
        let none = Parameters::new();
        open.mail_from("", &none).await?;
        self.addressed = true;
        open.rcpt_to(&letter.recipient, &none).await?;
        open.data(&letter.message).await?;
        Ok(())
    }

    async fn connect(&mut self) -> mail_send::Result<Client> {
        let builder = match self.builder.take() {
            Some(builder) => builder,
            None => builder(&self.settings)?,
        };
        let builder = self.builder.insert(builder);
        Ok(match self.settings.tls {
            OutboxTls::None => {
                let client = builder.connect_plain().await?;
                client.stream.set_nodelay(true)?;
                buffered(client)
            }
            OutboxTls::Starttls | OutboxTls::Implicit => {
                let client = builder.connect().await?;
                client.stream.get_ref().0.set_nodelay(true)?;
                buffered(client)
            }
        })
    }
}

fn builder(settings: &Outbox) -> mail_send::Result<SmtpClientBuilder<String>> {
    let (host, port) = settings
        .smarthost
        .rsplit_once(':')
        .unwrap_or((settings.smarthost.as_str(), "25"));
    let port = port.parse().unwrap_or(25);
    let builder = SmtpClientBuilder::new(host.to_owned(), port)
        .map_err(|_| mail_send::Error::InvalidTLSName)?;
    Ok(builder
        .timeout(TIMEOUT)
        .helo_host(settings.helo.as_str())
        .implicit_tls(settings.tls == OutboxTls::Implicit))
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
