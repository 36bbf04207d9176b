//! What each command does in each state.

use super::{Session, State, Transaction};
use crate::envelope::ReversePath;
use crate::smtp::command::{Charset, Command, Hello, Recipient, Sender};
use crate::smtp::content::Incoming;
use crate::smtp::policy::{Protocol, TlsPolicy};
use crate::smtp::replies::{Refusal, Reply, write_extensions, write_refusal};
use crate::smtp::step::{Channel, Room, Step};

impl Session {
    /// Does what the command says, if it may be said now.
    pub(super) fn obey(&mut self, command: Command, out: &mut Vec<u8>) -> Result<Step, Refusal> {
        self.allowed_in_clear(&command)?;
        if self.is_junk(&command) {
            self.junk = self.junk.saturating_add(1);
            if self.junk > self.policy.limits.junk {
                return Ok(self.give_up(out));
            }
        }
        match command {
            Command::Hello(hello, name) => self.hello(hello, name, out)?,
            Command::Mail(sender) => self.mail(sender, out)?,
            Command::Recipient(recipient) => self.recipient(recipient, out)?,
            Command::Data => self.data(out)?,
            Command::StartTls => return self.start_tls(out),
            Command::Reset => {
                self.reset();
                Reply::Reset.write(out);
            }
            Command::Noop => Reply::Nothing.write(out),
            Command::Help => Reply::Help.write(out),
            Command::Verify => Reply::Verify.write(out),
            Command::NotOffered => return Err(Refusal::NotImplemented),
            Command::Chunk => {
                // What follows is content, and must not be read as commands.
                write_refusal(Refusal::NotImplemented, &self.policy.hostname, out);
                self.state = State::Ended;
                return Ok(Step::Close);
            }
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
        let harmless = matches!(
            command,
            Command::Hello(..) | Command::Noop | Command::StartTls | Command::Quit
        );
        match (self.policy.tls, self.channel) {
            (TlsPolicy::Required, Channel::Clear) if !harmless => Err(Refusal::TlsRequired),
            (
                TlsPolicy::Required | TlsPolicy::Offered | TlsPolicy::Off,
                Channel::Clear | Channel::Secured,
            ) => Ok(()),
        }
    }

    fn hello(&mut self, hello: Hello, name: String, out: &mut Vec<u8>) -> Result<(), Refusal> {
        match (self.policy.protocol, hello) {
            (Protocol::Lmtp, Hello::Lhlo) | (Protocol::Smtp, Hello::Ehlo | Hello::Helo) => {}
            // RFC 2033 section 4.1: LMTP has no EHLO, and SMTP no LHLO.
            (Protocol::Lmtp, Hello::Ehlo | Hello::Helo) | (Protocol::Smtp, Hello::Lhlo) => {
                return Err(Refusal::UnknownCommand);
            }
        }
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
        Ok(())
    }

    fn extensions(&self) -> Vec<String> {
        let mut extensions: Vec<String> =
            ["PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]
                .map(str::to_owned)
                .to_vec();
        extensions.push(format!("SIZE {}", self.policy.limits.message_size));
        match (self.policy.tls, self.channel) {
            (TlsPolicy::Offered | TlsPolicy::Required, Channel::Clear) => {
                extensions.push("STARTTLS".to_owned())
            }
            (TlsPolicy::Off, _) | (_, Channel::Secured) => {}
        }
        extensions
    }

    fn mail(&mut self, sender: Sender, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let State::Ready = self.state else {
            return Err(Refusal::OutOfOrder);
        };
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
        });
        Reply::Sender.write(out);
        Ok(())
    }

    fn recipient(&mut self, recipient: Recipient, out: &mut Vec<u8>) -> Result<(), Refusal> {
        let State::Transaction(transaction) = &mut self.state else {
            return Err(Refusal::OutOfOrder);
        };
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
        if !matches!(&self.state, State::Transaction(transaction) if !transaction.forward_paths.is_empty())
        {
            return Err(Refusal::OutOfOrder);
        }
        if let State::Transaction(transaction) = std::mem::replace(&mut self.state, State::Ready) {
            self.state = State::Content(transaction, Incoming::new());
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
            (TlsPolicy::Offered | TlsPolicy::Required, Channel::Clear) => {
                Reply::StartTls.write(out);
                self.state = State::Ended;
                Ok(Step::StartTls)
            }
        }
    }

    /// Commands that bring no message on.
    fn is_junk(&self, command: &Command) -> bool {
        match command {
            Command::Reset | Command::Noop | Command::Help | Command::Verify => true,
            Command::Hello(..) => !matches!(self.state, State::Greeted),
            Command::Mail(_)
            | Command::Recipient(_)
            | Command::Data
            | Command::StartTls
            | Command::Quit
            | Command::NotOffered
            | Command::Chunk => false,
        }
    }

    fn reset(&mut self) {
        if !matches!(self.state, State::Greeted) {
            self.state = State::Ready;
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
