//! What a server says: the first two answers of a session, and what any answer or silence comes to.

use mail_send::SmtpClient;

use super::attempt::TlsFailure;
use super::connection::{COMMAND, Call, Wire};

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

pub(super) async fn greeting<T: Wire>(
    client: &mut SmtpClient<T>,
    call: &Call<'_>,
) -> Result<(), Fault> {
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
pub(super) async fn hello<T: Wire>(
    client: &mut SmtpClient<T>,
    own: &str,
) -> Result<Vec<String>, Fault> {
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

pub(super) fn said(error: &mail_send::Error, phase: Phase) -> Fault {
    let mail_send::Error::UnexpectedReply(reply) = error else {
        return lost(error);
    };
    // 421 is about the connection, whenever it comes (RFC 5321 section 3.8).
    let phase = if reply.code == 421 {
        Phase::Session
    } else {
        phase
    };
    Fault::Said(phase, status(reply.code, reply.esc))
}

pub(super) fn lost(error: &mail_send::Error) -> Fault {
    use mail_send::Error::{Io, Timeout};
    let words = [
        (matches!(error, Timeout), "timeout"),
        (matches!(error, Io(_)), "connection-lost"),
    ];
    let word = words.into_iter().find(|(is, _)| *is);
    Fault::Lost(word.map_or("protocol", |(_, word)| word))
}

/// `550 5.1.1`, or `550` when no enhanced status fits the code (RFC 3463 section 3).
pub(super) fn status(code: u16, enhanced: [u8; 3]) -> String {
    let [class, subject, detail] = enhanced;
    if u16::from(class) == code / 100 {
        format!("{code} {class}.{subject}.{detail}")
    } else {
        code.to_string()
    }
}
