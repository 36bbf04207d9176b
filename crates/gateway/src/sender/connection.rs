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

/// RFC 5321 section 4.5.3.2: greeting and commands.
const COMMAND: Duration = Duration::from_secs(300);
/// RFC 5321 section 4.5.3.2.6: the answer to the end of data.
const DATA_DONE: Duration = Duration::from_secs(600);
/// Nobody computes longer than this in a handshake.
const HANDSHAKE: Duration = Duration::from_secs(60);
const GOODBYE: Duration = Duration::from_secs(5);

trait Wire: AsyncRead + AsyncWrite + Unpin + Send + Sync {}
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

/// What was under way when a server said no.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Greeting, EHLO, STARTTLS, AUTH, MAIL: about us or the server's state, not about the recipient.
    Session,
    /// RCPT: about the recipient.
    Recipient,
    /// DATA and its end: about this mail.
    Content,
}

/// Why it did not work. A server's text is nowhere in it: it may quote the mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A word of ours: `no-connection`, `timeout`, `protocol` …
    Lost(&'static str),
    /// The server had hung up before MAIL was said: normal on a connection that was kept.
    Closed,
    /// A reply code and, when given, the enhanced status.
    Said(Phase, String),
    /// TLS.
    Tls(TlsFailure),
}

/// An open connection.
pub(super) struct Connection {
    client: SmtpClient<BufWriter<Box<dyn Wire>>>,
    extensions: Vec<String>,
    /// What protects it.
    pub tls: Option<AttemptTls>,
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
            let (stream, tls) = handshake(call, trust, client.stream).await?;
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
        let (stream, tls) = handshake(call, trust, client.stream).await?;
        let mut connection = Connection::over(stream, Some(tls));
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

    /// One mail with the null reverse-path (RFC 3834 section 3.3).
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
        let from = self.client.mail_from("", &parameters).await;
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
) -> Result<(impl Wire + 'static, AttemptTls), Fault> {
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
    let verified = match trust {
        Trust::Anybody => call.authorities.verify(chain, &name).is_ok(),
        Trust::Authorities | Trust::Keys(_) | Trust::Records(..) => true,
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
        verified,
    };
    Ok((stream, tls))
}

async fn greeting<T: Wire>(client: &mut SmtpClient<T>, call: &Call<'_>) -> Result<(), Fault> {
    let reply = tokio::time::timeout(COMMAND, client.read())
        .await
        .map_err(|_| Fault::Lost("timeout"))?
        .map_err(|error| lost(&error))?;
    if reply.code != 220 {
        return Err(Fault::Said(Phase::Session, status(reply.code, reply.esc)));
    }
    // Whoever greets with our own name is ourselves (RFC 5321 section 5.1: no loops).
    let host = reply.message.split_whitespace().next();
    if !call.namesake && host.is_some_and(|host| host.eq_ignore_ascii_case(call.helo)) {
        return Err(Fault::Lost("loops-back"));
    }
    Ok(())
}

/// EHLO; the extensions in capitals. A server that doesn't know EHLO gets HELO (RFC 5321 section 3.2).
async fn hello<T: Wire>(client: &mut SmtpClient<T>, own: &str) -> Result<Vec<String>, Fault> {
    for command in ["EHLO", "HELO"] {
        let reply = client.cmd(format!("{command} {own}\r\n")).await;
        let reply = reply.map_err(|error| lost(&error))?;
        match reply.code {
            250 => {
                let lines = reply.message.lines().skip(1);
                return Ok(lines.map(|line| line.trim().to_uppercase()).collect());
            }
            500..=502 if command == "EHLO" => {}
            code => return Err(Fault::Said(Phase::Session, status(code, reply.esc))),
        }
    }
    Err(Fault::Lost("protocol"))
}

fn said(error: &mail_send::Error, phase: Phase) -> Fault {
    match error {
        // 421 is about the connection, whenever it comes (RFC 5321 section 3.8).
        mail_send::Error::UnexpectedReply(reply) if reply.code == 421 => {
            Fault::Said(Phase::Session, status(reply.code, reply.esc))
        }
        mail_send::Error::UnexpectedReply(reply) => {
            Fault::Said(phase, status(reply.code, reply.esc))
        }
        other => lost(other),
    }
}

fn lost(error: &mail_send::Error) -> Fault {
    use mail_send::Error::{Io, Timeout};
    let words = [
        (matches!(error, Timeout), "timeout"),
        (matches!(error, Io(_)), "connection-lost"),
    ];
    let word = words.into_iter().find(|(is, _)| *is);
    Fault::Lost(word.map_or("protocol", |(_, word)| word))
}

/// `550 5.1.1`, or `550` when no enhanced status fits the code (RFC 3463 section 3).
fn status(code: u16, enhanced: [u8; 3]) -> String {
    let [class, subject, detail] = enhanced;
    if u16::from(class) == code / 100 {
        format!("{code} {class}.{subject}.{detail}")
    } else {
        code.to_string()
    }
}
