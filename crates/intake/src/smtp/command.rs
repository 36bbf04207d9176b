//! One command line to a typed command. `smtp-proto` does the parsing; what it takes too lightly is refused here.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use smtp_proto::{
    Error, MAIL_BODY_7BIT, MAIL_BODY_8BITMIME, MAIL_SMTPUTF8, MailFrom, RcptTo, Request,
};

use super::chunk::{self, Chunk};
use super::origin::{self, Origin};
use super::replies::Refusal;
use super::step::{Base64, Mechanism};
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
    /// `BDAT`: so many octets of content follow. `None` when it can't be read, and nobody knows where the octets end.
    Chunk(Option<Chunk>),
    /// `AUTH`, with the initial response. No mechanism: one that we don't have.
    Auth(Option<Mechanism>, Option<Base64>),
    XClient(Result<Origin, Refusal>),
    XForward(Result<Origin, Refusal>),
    /// Known and not offered: `EXPN`, `ETRN` …
    NotOffered,
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
    /// With `AUTH=` (RFC 4954 section 5), which is read and not believed.
    pub(super) vouched: bool,
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
    let (verb, arguments) = line.split_once([' ', '\t']).unwrap_or((line, ""));
    match verb.to_ascii_uppercase().as_str() {
        "BDAT" => Ok(Command::Chunk(chunk::parse(arguments))),
        "AUTH" => auth(arguments),
        "XCLIENT" => Ok(Command::XClient(origin::xclient(arguments))),
        "XFORWARD" => Ok(Command::XForward(origin::xforward(arguments))),
        _ => common(line),
    }
}

/// RFC 4954 section 4. The initial response is not parsed by others, since nobody else wipes it.
fn auth(arguments: &str) -> Result<Command, Refusal> {
    let mut words = arguments.split_ascii_whitespace();
    let mechanism = words.next().ok_or(Refusal::BadArguments)?;
    let initial = words.next();
    if words.next().is_some() {
        return Err(Refusal::BadArguments);
    }
    let mechanism = match mechanism.to_ascii_uppercase().as_str() {
        "SCRAM-SHA-256" => Some(Mechanism::ScramSha256),
        "PLAIN" => Some(Mechanism::Plain),
        _ => None,
    };
    // `=` is a response of no octets, which is not the same as none.
    let initial = initial.map(|text| Base64::new(if text == "=" { "" } else { text }.to_owned()));
    Ok(Command::Auth(mechanism, initial))
}

/// The commands that `smtp-proto` reads, and the one thing in them that it does not: an address instead of a domain.
fn common(line: &str) -> Result<Command, Refusal> {
    let Some((named, literal)) = without_literal(line) else {
        return plain(line);
    };
    let mut command = plain(&named)?;
    if let Command::Mail(Sender {
        reverse_path: ReversePath::Mailbox(address),
        ..
    })
    | Command::Recipient(Recipient::Mailbox(address)) = &mut command
        && let Some(local) = address.strip_suffix(PLACEHOLDER)
    {
        *address = format!("{local}{literal}");
        return Ok(command);
    }
    // It stood in quotes, or in a source route.
    plain(line)
}

/// A domain that nobody has (RFC 2606), as long as it must be.
const PLACEHOLDER: &str = "literal.invalid";

/// The line with a domain in the place of an address literal (RFC 5321 section 4.1.3), and the literal.
fn without_literal(line: &str) -> Option<(String, &str)> {
    let (before, rest) = line.split_once("@[")?;
    let (address, after) = rest.split_once("]>")?;
    let valid = match address.split_once(':') {
        Some((tag, address)) if tag.eq_ignore_ascii_case("IPv6") => {
            address.parse::<Ipv6Addr>().is_ok()
        }
        Some(_) | None => address.parse::<Ipv4Addr>().is_ok(),
    };
    let literal = line.get(before.len() + 1..before.len() + address.len() + 3)?;
    valid.then(|| (format!("{before}@{PLACEHOLDER}>{after}"), literal))
}

fn plain(line: &str) -> Result<Command, Refusal> {
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
        Ok(
            Request::Auth { .. }
            | Request::Bdat { .. }
            | Request::Burl { .. }
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
            if ["BURL", "EXPN", "ETRN", "ATRN"]
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
        vouched: from.auth.is_some(),
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
