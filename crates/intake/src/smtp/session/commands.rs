//! What each command does in each state.

use super::{Session, State, Transaction};
use crate::envelope::ReversePath;
use crate::smtp::command::{Charset, Command, Hello, Recipient, Sender};
use crate::smtp::content::{Framing, Incoming};
use crate::smtp::origin::{self, Origin};
use crate::smtp::policy::{Accounts, Protocol, TlsPolicy};
use crate::smtp::replies::{Refusal, Reply, write_extensions};
use crate::smtp::step::{Channel, Room, Step};

impl Session {
    /// Does what the command says, if it may be said now.
    pub(super) fn obey(&mut self, command: Command, out: &mut Vec<u8>) -> Result<Step, Refusal> {
        self.allowed_in_clear(&command)?;
        if self.is_junk(&command) {
            self.junk = self.junk.saturating_add(1);
            if self.junk > self.policy.limits.junk {
                return Ok(self.give_up(Refusal::TooManyErrors, out));
            }
        }
        match command {
            Command::Hello(hello, name) => return self.hello(hello, name, out),
            Command::Mail(sender) => return self.mail(sender, out),
            Command::Recipient(recipient) => self.recipient(recipient, out)?,
            Command::Data => self.data(out)?,
            Command::Chunk(chunk) => return Ok(self.chunk(chunk, out)),
            Command::StartTls => return self.start_tls(out),
            Command::Auth(mechanism, initial) => return self.auth(mechanism, initial, out),
            Command::XClient(client) => return self.xclient(client),
            Command::XForward(origin) => self.xforward(origin, out)?,
            Command::Reset => {
                let step = self.reset();
                Reply::Reset.write(out);
                return Ok(step);
            }
            Command::Noop => Reply::Nothing.write(out),
            Command::Help => Reply::Help.write(out),
            Command::Verify => Reply::Verify.write(out),
            Command::NotOffered => return Err(Refusal::NotImplemented),
            Command::Quit => {
                Reply::Goodbye {
                    hostname: &self.policy.hostname,
                }
                .write(out);
                self.state = State::Ended;
                return Ok(Step::Close);
            }
        }
        Ok(Step::More)
    }

    /// RFC 3207 section 4: where TLS is required, only these commands work without it.
    fn allowed_in_clear(&self, command: &Command) -> Result<(), Refusal> {
        match command {
            Command::Hello(..) | Command::Noop | Command::StartTls | Command::Quit => Ok(()),
            // Its octets come first.
            Command::Chunk(_) => Ok(()),
            Command::Mail(_)
            | Command::Recipient(_)
            | Command::Data
            | Command::Auth(..)
            | Command::XClient(_)
            | Command::XForward(_)
            | Command::Reset
            | Command::Help
            | Command::Verify
            | Command::NotOffered => self.needs_tls(),
        }
    }

    pub(super) fn needs_tls(&self) -> Result<(), Refusal> {
        match (self.policy.tls, self.channel) {
            (TlsPolicy::Required, Channel::Clear) => Err(Refusal::TlsRequired),
            (
                TlsPolicy::Required | TlsPolicy::Offered | TlsPolicy::Off,
                Channel::Clear | Channel::Secured,
            ) => Ok(()),
        }
    }

    fn hello(&mut self, hello: Hello, name: String, out: &mut Vec<u8>) -> Result<Step, Refusal> {
        match (self.policy.protocol, hello) {
            (Protocol::Lmtp, Hello::Lhlo) | (Protocol::Smtp, Hello::Ehlo | Hello::Helo) => {}
            // RFC 2033 section 4.1: LMTP has no EHLO, and SMTP no LHLO.
            (Protocol::Lmtp, Hello::Ehlo | Hello::Helo) | (Protocol::Smtp, Hello::Lhlo) => {
                return Err(Refusal::UnknownCommand);
            }
        }
        // RFC 5321 section 4.1.4: as if by RSET.
        let step = self.reset();
        self.helo = name;
        self.state = State::Ready;
        match hello {
            Hello::Helo => Reply::Hello {
                hostname: &self.policy.hostname,
            }
            .write(out),
            Hello::Ehlo | Hello::Lhlo => {
                write_extensions(&self.policy.hostname, &self.extensions(), out)
            }
        }
        Ok(step)
    }

    fn extensions(&self) -> Vec<String> {
        let mut extensions: Vec<String> =
            ["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
                .map(str::to_owned)
                .to_vec();
        let limits = &self.policy.limits;
        extensions.push(format!("SIZE {}", limits.message_size));
        if self.policy.chunking {
            extensions.push("CHUNKING".to_owned());
        }
        let messages = limits.messages.map(|most| format!(" MAILMAX={most}"));
        let messages = messages.unwrap_or_default();
        extensions.push(format!("LIMITS{messages} RCPTMAX={}", limits.recipients));
        match (self.policy.tls, self.channel) {
            (TlsPolicy::Offered | TlsPolicy::Required, Channel::Clear) => {
                extensions.push("STARTTLS".to_owned())
            }
            (TlsPolicy::Off, _) | (_, Channel::Secured) => {}
        }
        if self.offers_auth() {
            extensions.push("AUTH SCRAM-SHA-256 PLAIN".to_owned());
        }
        if self.naming.xclient {
            extensions.push(origin::XCLIENT.to_owned());
        }
        if self.naming.xforward {
            extensions.push(origin::XFORWARD.to_owned());
        }
        extensions
    }

    fn offers_auth(&self) -> bool {
        self.policy.accounts != Accounts::Off && self.channel == Channel::Secured
    }

    fn mail(&mut self, sender: Sender, out: &mut Vec<u8>) -> Result<Step, Refusal> {
        let State::Ready = self.state else {
            return Err(Refusal::OutOfOrder);
        };
        if self.policy.accounts == Accounts::Required && self.account.is_none() {
            return Err(Refusal::AuthRequired);
        }
        // RFC 9422 section 4.1: refused ones count, too.
        self.mails = self.mails.saturating_add(1);
        if self
            .policy
            .limits
            .messages
            .is_some_and(|most| self.mails > most)
        {
            return Ok(self.give_up(Refusal::TooManyMessages, out));
        }
        // RFC 4954 section 5: the parameter comes with the extension, and may be disbelieved.
        if sender.vouched && !self.offers_auth() {
            return Err(Refusal::UnknownParameter);
        }
        if let ReversePath::Mailbox(address) = &sender.reverse_path {
            fits(address, sender.charset)?;
        }
        if sender.size > self.policy.limits.message_size {
            return Err(Refusal::TooLarge);
        }
        match self.room {
            Room::Free => {}
            Room::Full => return Err(Refusal::Full),
            Room::Enough => return Err(Refusal::MessagesTooOften),
        }
        let Sender {
            reverse_path,
            charset,
            ..
        } = sender;
        self.state = State::Transaction(Transaction {
            reverse_path,
            forward_paths: Vec::new(),
            charset,
            chunked: None,
        });
        Reply::Sender.write(out);
        Ok(Step::More)
    }

    fn recipient(&mut self, recipient: Recipient, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let State::Transaction(transaction) = &mut self.state else {
            return Err(Refusal::OutOfOrder);
        };
        // The content has begun.
        if transaction.chunked.is_some() {
            return Err(Refusal::OutOfOrder);
        }
        let ours = &self.policy.recipients;
        let address = match recipient {
            Recipient::Mailbox(address) => Some(address).filter(|address| ours.accepts(address)),
            Recipient::Postmaster => ours.postmaster(),
        };
        let address = address.ok_or(Refusal::NoSuchRecipient)?;
        fits(&address, transaction.charset)?;
        if transaction.forward_paths.len() >= self.policy.limits.recipients {
            return Err(Refusal::TooManyRecipients);
        }
        transaction.forward_paths.push(address);
        Reply::Recipient.write(out);
        Ok(())
    }

    fn data(&mut self, out: &mut Vec<u8>) -> Result<(), Refusal> {
        // RFC 3030 section 2: DATA and BDAT don't mix.
        let ready = matches!(&self.state, State::Transaction(transaction)
            if !transaction.forward_paths.is_empty() && transaction.chunked.is_none());
        if !ready {
            return Err(Refusal::OutOfOrder);
        }
        if let State::Transaction(transaction) = std::mem::replace(&mut self.state, State::Ready) {
            self.state = State::Content(transaction, Incoming::new(Framing::Dots));
        }
        Reply::GoOn.write(out);
        Ok(())
    }

    fn start_tls(&mut self, out: &mut Vec<u8>) -> Result<Step, Refusal> {
        match (self.policy.tls, self.channel) {
            (TlsPolicy::Off, Channel::Clear | Channel::Secured) => Err(Refusal::NotImplemented),
            (TlsPolicy::Offered | TlsPolicy::Required, Channel::Secured) => {
                Err(Refusal::OutOfOrder)
            }
            // Octets of content that came in clear would be left over (T31): the message is to be given up first.
            (TlsPolicy::Offered | TlsPolicy::Required, Channel::Clear) if self.has_chunks() => {
                Err(Refusal::OutOfOrder)
            }
            (TlsPolicy::Offered | TlsPolicy::Required, Channel::Clear) => {
                Reply::StartTls.write(out);
                self.state = State::Ended;
                Ok(Step::StartTls)
            }
        }
    }

    /// Whether content came by `BDAT` already.
    fn has_chunks(&self) -> bool {
        matches!(&self.state, State::Transaction(transaction) if transaction.chunked.is_some())
    }

    /// Commands that bring no message on.
    fn is_junk(&self, command: &Command) -> bool {
        match command {
            Command::Reset | Command::Noop | Command::Help | Command::Verify => true,
            Command::XClient(_) => true,
            // A relay says it before every message; refused, it is an error.
            Command::XForward(_) => false,
            Command::Hello(..) => !matches!(self.state, State::Greeted),
            Command::Chunk(chunk) => chunk.is_some_and(|chunk| chunk.announced == 0 && !chunk.last),
            Command::Mail(_)
            | Command::Recipient(_)
            | Command::Data
            | Command::StartTls
            | Command::Auth(..)
            | Command::Quit
            | Command::NotOffered => false,
        }
    }

    /// Forgets the message, and what was said of it.
    fn reset(&mut self) -> Step {
        self.origin = Origin::default();
        if matches!(self.state, State::Greeted) {
            return Step::More;
        }
        let before = std::mem::replace(&mut self.state, State::Ready);
        match matches!(before, State::Transaction(transaction) if transaction.chunked.is_some()) {
            true => Step::Discard,
            false => Step::More,
        }
    }
}

/// RFC 6531 section 3.2: an address beyond ASCII wants the parameter.
fn fits(address: &str, charset: Charset) -> Result<(), Refusal> {
    match charset {
        Charset::Ascii if !address.is_ascii() => Err(Refusal::NeedsSmtpUtf8),
        Charset::Ascii | Charset::Utf8 => Ok(()),
    }
}
