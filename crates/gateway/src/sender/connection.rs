//! One SMTP connection: made, protected as the policy wants, and used for one mail after another.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_send::SmtpClient;
use mail_send::smtp::message::Parameters;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, BufWriter};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

use super::Letter;
use super::attempt::{AttemptTls, TlsFailure};
use super::certificates::{self, Authorities, Trust};
use super::replies::{Fault, Phase, greeting, hello, lost, said, status};

/// RFC 5321 section 4.5.3.2: greeting and commands.
pub(super) const COMMAND: Duration = Duration::from_secs(300);
/// RFC 5321 section 4.5.3.2.6: the answer to the end of data.
const DATA_DONE: Duration = Duration::from_secs(600);
/// Nobody computes longer than this in a handshake.
const HANDSHAKE: Duration = Duration::from_secs(60);
const GOODBYE: Duration = Duration::from_secs(5);

pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send + Sync {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + Sync> Wire for T {}

/// How much TLS a connection gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// None: a smarthost on this machine, or after an opportunistic handshake failed.
    Clear,
    /// STARTTLS when it is offered, whoever answers.
    Offered,
    /// STARTTLS, or nothing is sent.
    Starttls(Trust),
    /// TLS from the first octet.
    Implicit(Trust),
}

/// Whom to call, and how.
pub(super) struct Call<'a> {
    pub address: SocketAddr,
    /// The name that goes into SNI and that a certificate must be for (RFC 7672 section 8.1, RFC 8461 section 4.1).
    pub host: &'a str,
    pub helo: &'a str,
    pub need: &'a Need,
    pub authorities: &'a Authorities,
    pub connect_timeout: Duration,
    pub login: Option<&'a Login>,
    /// It may be called as we are: a smarthost on the same machine.
    pub namesake: bool,
}

/// User and password at the smarthost.
pub(super) struct Login {
    pub user: String,
    pub password: Zeroizing<String>,
}

/// An open connection.
pub(super) struct Connection {
    client: SmtpClient<BufWriter<Box<dyn Wire>>>,
    extensions: Vec<String>,
    /// What protects it.
    pub tls: Option<AttemptTls>,
    /// Why the certificate proves nothing, where it did not have to.
    pub distrust: Option<TlsFailure>,
    /// Mails that went over it.
    pub mails: u32,
}

impl Connection {
    /// Connects, up to the point where MAIL may be said.
    pub(super) async fn open(call: &Call<'_>) -> Result<Connection, Fault> {
        let connected =
            tokio::time::timeout(call.connect_timeout, TcpStream::connect(call.address));
        let stream = connected
            .await
            .map_err(|_| Fault::Lost("timeout"))?
            .map_err(|_| Fault::Lost("no-connection"))?;
        stream
            .set_nodelay(true)
            .map_err(|_| Fault::Lost("no-connection"))?;
        let mut client = SmtpClient {
            stream,
            timeout: COMMAND,
        };
        if let Need::Implicit(trust) = call.need {
            let (stream, tls, _) = handshake(call, trust, client.stream).await?;
            let mut connection = Connection::over(stream, Some(tls));
            greeting(&mut connection.client, call).await?;
            connection.hello(call).await?;
            return Ok(connection);
        }
        greeting(&mut client, call).await?;
        let extensions = hello(&mut client, call.helo).await?;
        let offered = extensions.iter().any(|line| line == "STARTTLS");
        let anybody = Trust::Anybody;
        let trust = match call.need {
            Need::Clear => None,
            Need::Offered => offered.then_some(&anybody),
            Need::Starttls(trust) | Need::Implicit(trust) => Some(trust),
        };
        let Some(trust) = trust else {
            let mut connection = Connection::over(client.stream, None);
            connection.extensions = extensions;
            return Ok(connection);
        };
        if !offered {
            return Err(Fault::Tls(TlsFailure::StarttlsNotSupported));
        }
        let go_ahead = client
            .cmd("STARTTLS\r\n")
            .await
            .map_err(|error| lost(&error))?;
        if go_ahead.code != 220 {
            return Err(Fault::Tls(TlsFailure::StarttlsNotSupported));
        }
        // What else came with the go-ahead was read with it, and is gone (CVE-2011-0411).
        let (stream, tls, distrust) = handshake(call, trust, client.stream).await?;
        let mut connection = Connection::over(stream, Some(tls));
        connection.distrust = distrust;
        connection.hello(call).await?;
        Ok(connection)
    }

    /// The client writes a message in pieces, the end of data last and alone: unbuffered, that piece waits 40 ms for an
    /// acknowledgement that the peer delays (RFC 896, RFC 1122 section 4.2.3.2). It flushes whenever it wants an answer.
    fn over(stream: impl Wire + 'static, tls: Option<AttemptTls>) -> Connection {
        let stream: Box<dyn Wire> = Box::new(stream);
        Connection {
            client: SmtpClient {
                stream: BufWriter::with_capacity(64 << 10, stream),
                timeout: COMMAND,
            },
            extensions: Vec::new(),
            tls,
            distrust: None,
            mails: 0,
        }
    }

    /// EHLO over TLS: what was offered in clear doesn't count (RFC 3207 section 4.2). Then the login, if there is one.
    async fn hello(&mut self, call: &Call<'_>) -> Result<(), Fault> {
        self.extensions = hello(&mut self.client, call.helo).await?;
        let Some(login) = call.login else {
            return Ok(());
        };
        let offers_plain = self
            .extensions
            .iter()
            .filter_map(|line| line.strip_prefix("AUTH "))
            .any(|mechanisms| mechanisms.split(' ').any(|name| name == "PLAIN"));
        if !offers_plain {
            return Err(Fault::Lost("no-auth-plain"));
        }
        let secret = Zeroizing::new(format!("\0{}\0{}", login.user, login.password.as_str()));
        let encoded = Zeroizing::new(STANDARD.encode(secret.as_bytes()));
        let command = Zeroizing::new(format!("AUTH PLAIN {}\r\n", encoded.as_str()));
        let reply = self.client.cmd(command.as_bytes()).await;
        let reply = reply.map_err(|error| lost(&error))?;
        if reply.code == 235 {
            return Ok(());
        }
        Err(Fault::Said(Phase::Session, status(reply.code, reply.esc)))
    }

    /// One mail.
    pub(super) async fn send(&mut self, letter: &Letter) -> Result<(), Fault> {
        self.mails += 1;
        let has = |name: &str| {
            self.extensions
                .iter()
                .any(|line| line.split(' ').next() == Some(name))
        };
        let mut parameters = Parameters::new();
        if !letter.recipient.is_ascii() {
            if !has("SMTPUTF8") {
                // RFC 6531 section 3.2: such an address can't be given to this server, today or tomorrow.
                return Err(Fault::Said(Phase::Recipient, "553 5.6.7".into()));
            }
            parameters.add("SMTPUTF8");
        }
        if !letter.message.is_ascii() && has("8BITMIME") {
            parameters.add(("BODY", "8BITMIME"));
        }
        let from = self
            .client
            .mail_from(&letter.reverse_path, &parameters)
            .await;
        from.map_err(|error| match said(&error, Phase::Session) {
            Fault::Lost(_) => Fault::Closed,
            fault @ (Fault::Said(..) | Fault::Closed | Fault::Tls(_)) => fault,
        })?;
        let none = Parameters::new();
        let to = self.client.rcpt_to(&letter.recipient, &none).await;
        to.map_err(|error| said(&error, Phase::Recipient))?;
        self.client.timeout = DATA_DONE;
        // The client adds the line end before the final dot.
        let message = letter
            .message
            .strip_suffix(b"\r\n")
            .unwrap_or(&letter.message);
        let taken = self.client.data(message).await;
        self.client.timeout = COMMAND;
        taken
            .map(|_| ())
            .map_err(|error| said(&error, Phase::Content))
    }

    /// Makes it ready for the next mail after a refusal; false when it is of no more use.
    pub(super) async fn reset(&mut self) -> bool {
        self.client.rset().await.is_ok()
    }

    /// Says good-bye, and doesn't wait long for the answer.
    pub(super) async fn quit(self) {
        let _ = tokio::time::timeout(GOODBYE, self.client.quit()).await;
    }
}

async fn handshake(
    call: &Call<'_>,
    trust: &Trust,
    stream: TcpStream,
) -> Result<(impl Wire + 'static, AttemptTls, Option<TlsFailure>), Fault> {
    let invalid = |_| Fault::Tls(TlsFailure::ValidationFailure);
    let config = call.authorities.smtp(trust.clone());
    let config = config.map_err(|_| Fault::Tls(TlsFailure::ValidationFailure))?;
    let name = ServerName::try_from(call.host.to_owned()).map_err(invalid)?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(name.clone(), stream);
    let stream = match tokio::time::timeout(HANDSHAKE, connecting).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            let cause = error.get_ref().and_then(|cause| cause.downcast_ref());
            return Err(Fault::Tls(
                cause.map_or(TlsFailure::ValidationFailure, certificates::failure),
            ));
        }
        Err(_) => return Err(Fault::Tls(TlsFailure::ValidationFailure)),
    };
    let session = stream.get_ref().1;
    let chain = session.peer_certificates().unwrap_or_default();
    let distrust = match trust {
        Trust::Anybody => call.authorities.verify(chain, &name).err(),
        Trust::Authorities | Trust::Keys(_) | Trust::Records(..) => None,
    };
    let version = match session.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "TLSv1.2",
    };
    let suite = session
        .negotiated_cipher_suite()
        .and_then(|suite| suite.suite().as_str())
        .unwrap_or_default();
    let tls = AttemptTls {
        version: version.into(),
        // rustls' name for a suite of TLS 1.3 says so; IANA's doesn't.
        suite: suite.replace("TLS13_", "TLS_"),
        verified: distrust.is_none(),
    };
    Ok((stream, tls, distrust))
}
