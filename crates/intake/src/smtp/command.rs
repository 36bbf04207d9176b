//! One command line to a typed command. `smtp-proto` does the parsing; what it takes too lightly is refused here.

use std::borrow::Cow;

use smtp_proto::{
    Error, MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MAIL_SMTPUTF8, MailFrom, RcptTo, Request,
};

use super::replies::Refusal;
use crate::envelope::ReversePath;

/// A command that was understood.
pub(super) enum Command {
    Hello(Hello, String),
    Mail(Sender),
    Recipient(Recipient),
    Data,
    StartTls,
    Reset,
    Noop,
    Help,
    Verify,
    Quit,
    /// Known and not offered: `AUTH`, `EXPN`, `ETRN` …
    NotOffered,
    /// `BDAT`: not offered, and what follows is content.
    Chunk,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hello {
    Helo,
    Ehlo,
    Lhlo,
}

/// The arguments of `MAIL`.
pub(super) struct Sender {
    pub(super) reverse_path: ReversePath,
    /// The `SIZE` that the peer declares; 0 when it doesn't.
    pub(super) size: u64,
    pub(super) charset: Charset,
}

/// Whether addresses may go beyond ASCII (RFC 6531).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    Ascii,
    Utf8,
}

/// The argument of `RCPT`.
pub(super) enum Recipient {
    Mailbox(String),
    /// `<postmaster>` without a domain (RFC 5321 section 4.5.1).
    Postmaster,
}

/// Reads a line that was given without its CRLF.
pub(super) fn parse(line: &str) -> Result<Command, Refusal> {
    let terminated = format!("{line}\r\n");
    match Request::parse(&mut terminated.as_bytes().iter()) {
        Ok(Request::Ehlo { host }) => Ok(Command::Hello(Hello::Ehlo, host.into_owned())),
        Ok(Request::Lhlo { host }) => Ok(Command::Hello(Hello::Lhlo, host.into_owned())),
        Ok(Request::Helo { host }) => Ok(Command::Hello(Hello::Helo, host.into_owned())),
        Ok(Request::Mail { from }) => sender(line, &from).map(Command::Mail),
        Ok(Request::Rcpt { to }) => recipient(line, &to).map(Command::Recipient),
        Ok(Request::Data) => bare(line, "DATA", Command::Data),
        Ok(Request::StartTls) => bare(line, "STARTTLS", Command::StartTls),
        Ok(Request::Rset) => bare(line, "RSET", Command::Reset),
        Ok(Request::Quit) => bare(line, "QUIT", Command::Quit),
        Ok(Request::Noop { .. }) => Ok(Command::Noop),
        Ok(Request::Help { .. }) => Ok(Command::Help),
        Ok(Request::Vrfy { .. }) => Ok(Command::Verify),
        Ok(Request::Bdat { .. } | Request::Burl { .. }) => Ok(Command::Chunk),
        Ok(
            Request::Auth { .. }
            | Request::Expn { .. }
            | Request::Etrn { .. }
            | Request::Atrn { .. },
        ) => Ok(Command::NotOffered),
        Err(error) => refuse(&error),
    }
}

/// Commands without arguments take none: `smtp-proto` would skip them.
fn bare(line: &str, word: &str, command: Command) -> Result<Command, Refusal> {
    match line.trim_end().len() == word.len() {
        true => Ok(command),
        false => Err(Refusal::BadArguments),
    }
}

fn refuse(error: &Error) -> Result<Command, Refusal> {
    match error {
        Error::UnknownCommand => Err(Refusal::UnknownCommand),
        Error::InvalidSenderAddress => Err(Refusal::BadSender),
        Error::InvalidRecipientAddress => Err(Refusal::BadRecipient),
        Error::UnsupportedParameter { .. } => Err(Refusal::UnknownParameter),
        Error::SyntaxError { syntax }
            if syntax.starts_with("BDAT") || syntax.starts_with("BURL") =>
        {
            Ok(Command::Chunk)
        }
        Error::SyntaxError { syntax }
            if ["AUTH", "EXPN", "ETRN", "ATRN"]
                .iter()
                .any(|of| syntax.starts_with(of)) =>
        {
            Ok(Command::NotOffered)
        }
        Error::SyntaxError { .. }
        | Error::InvalidParameter { .. }
        | Error::NeedsMoreData { .. }
        | Error::ResponseTooLong
        | Error::InvalidResponse { .. } => Err(Refusal::BadArguments),
    }
}

fn sender(line: &str, from: &MailFrom<Cow<'_, str>>) -> Result<Sender, Refusal> {
    let announced = MAIL_BODY_7BIT | MAIL_BODY_8BITMIME | MAIL_SMTPUTF8;
    let others = from.trans_id.is_some()
        || from.env_id.is_some()
        || from.solicit.is_some()
        || from.mtrk.is_some()
        || from.auth.is_some()
        || (from.hold_for, from.hold_until, from.mt_priority) != (0, 0, 0);
    if from.flags & !announced != 0 || others {
        return Err(Refusal::UnknownParameter);
    }
    let charset = if from.flags & MAIL_SMTPUTF8 == 0 {
        Charset::Ascii
    } else {
        Charset::Utf8
    };
    let reverse_path = match from.address.is_empty() {
        // `smtp-proto` reads `<postmaster>` as empty, too, and that is not the null path.
        true if !line.contains("<>") => return Err(Refusal::BadSender),
        true => ReversePath::Null,
        false => ReversePath::Mailbox(mailbox(&from.address)),
    };
    let size = u64::try_from(from.size).unwrap_or(u64::MAX);
    Ok(Sender {
        reverse_path,
        size,
        charset,
    })
}

fn recipient(line: &str, to: &RcptTo<Cow<'_, str>>) -> Result<Recipient, Refusal> {
    // `NOTIFY`, `ORCPT` (RFC 3461) and the rest belong to extensions that we don't announce.
    if to.orcpt.is_some() || to.flags != 0 || to.rrvs != 0 {
        return Err(Refusal::UnknownParameter);
    }
    match to.address.is_empty() {
        true if line.contains("<>") => Err(Refusal::BadRecipient),
        true => Ok(Recipient::Postmaster),
        false => Ok(Recipient::Mailbox(mailbox(&to.address))),
    }
}

/// Puts the quotes back that `smtp-proto` takes off, where the local part needs them (RFC 5321 section 4.1.2).
fn mailbox(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else {
        return address.to_owned();
    };
    let plain = |c: char| c.is_alphanumeric() || !c.is_ascii() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    if local
        .split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(plain))
    {
        return address.to_owned();
    }
    let escaped = local.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"@{domain}")
}
