//! States of a session and what each command does in each.

use std::sync::Arc;

use super::command::{self, Charset, Command, Hello, Recipient, Sender};
use super::content::{Incoming, Octets, Progress};
use super::line::LineReader;
use super::policy::{Policy, Protocol, TlsPolicy};
use super::replies::{Refusal, Reply, write_extensions, write_failure, write_refusal};
use super::step::{Accepted, Channel, Phase, Room, Step, Stored};
use crate::envelope::ReversePath;

/// One session, from the greeting to the end, or to `STARTTLS`, after which a new one is made.
pub struct Session {
    policy: Arc<Policy>,
    channel: Channel,
    state: State,
    helo: String,
    lines: LineReader,
    errors: u32,
    junk: u32,
    room: Room,
}

enum State {
    /// No `HELO` yet.
    Greeted,
    /// Between messages.
    Ready,
    /// After `MAIL`.
    Transaction(Transaction),
    /// After `DATA`.
    Content(Transaction, Incoming),
    /// After the end of the data.
    Storing(usize),
    /// After `STARTTLS`, `QUIT` or `421`.
    Ended,
}

struct Transaction {
    reverse_path: ReversePath,
    forward_paths: Vec<String>,
    charset: Charset,
}

impl Session {
    /// A session in which nothing was said yet.
    pub fn new(policy: Arc<Policy>, channel: Channel) -> Self {
        Self {
            policy,
            channel,
            state: State::Greeted,
            helo: String::new(),
            lines: LineReader::default(),
            errors: 0,
            junk: 0,
            room: Room::Free,
        }
    }

    /// Writes the greeting. After `STARTTLS` there is none (RFC 3207 section 4.2).
    pub fn greeting(&self, out: &mut Vec<u8>) {
        let protocol = match self.policy.protocol {
            Protocol::Smtp => "ESMTP",
            Protocol::Lmtp => "LMTP",
        };
        Reply::Greeting {
            hostname: &self.policy.hostname,
            protocol,
        }
        .write(out);
    }

    /// Takes octets from the peer: returns how many it consumed and what to do next. Octets of a message are appended
    /// to `content`, at most one more than were consumed, and answers to `out`.
    pub fn receive(
        &mut self,
        input: &[u8],
        content: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> (usize, Step) {
        let mut rest = input;
        let mut step = Step::More;
        while step == Step::More && !rest.is_empty() {
            step = match self.state {
                State::Greeted | State::Ready | State::Transaction(_) => {
                    self.command(&mut rest, out)
                }
                State::Content(..) => self.content(&mut rest, content, out),
                State::Storing(_) => break,
                State::Ended => Step::Close,
            };
        }
        match step {
            Step::StartTls | Step::Close => (input.len(), step),
            Step::More | Step::Discard(_) | Step::Message(_) => (input.len() - rest.len(), step),
        }
    }

    /// Answers the message of [`Step::Message`]: once in SMTP, once a recipient in LMTP. `spool_id` is the id that the
    /// log knows it by. Nothing happens when no message waits.
    pub fn stored(&mut self, outcome: Stored, spool_id: &str, out: &mut Vec<u8>) {
        let State::Storing(recipients) = self.state else {
            return;
        };
        for _ in 0..self.answers(recipients) {
            match outcome {
                Stored::Committed => Reply::Stored { spool_id }.write(out),
                Stored::Unavailable => write_failure(Refusal::Unavailable, spool_id, out),
                Stored::Full => write_failure(Refusal::Full, spool_id, out),
            }
        }
        self.junk = 0;
        self.state = State::Ready;
    }

    /// Refuses the message that is coming in, once its end has come. Nothing happens outside of content.
    pub fn refuse_content(&mut self, refusal: Refusal) {
        if let State::Content(_, incoming) = &mut self.state {
            incoming.refused.get_or_insert(refusal);
        }
    }

    /// Says whether the next `MAIL` finds room.
    pub fn set_room(&mut self, room: Room) {
        self.room = room;
    }

    /// Ends the session with a `421`.
    pub fn end(&mut self, refusal: Refusal, out: &mut Vec<u8>) {
        write_refusal(refusal, &self.policy.hostname, out);
        self.state = State::Ended;
    }

    /// What the session waits for.
    pub fn phase(&self) -> Phase {
        match self.state {
            State::Greeted => Phase::Greeting,
            State::Ready | State::Transaction(_) => Phase::Command,
            State::Content(..) => Phase::Content,
            State::Storing(_) => Phase::Storing,
            State::Ended => Phase::Ended,
        }
    }

    fn command(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Step {
        let Some(line) = self.lines.read(input, self.policy.limits.command_line) else {
            return Step::More;
        };
        let result = line
            .and_then(|line| command::parse(&line))
            .and_then(|command| self.obey(command, out));
        result.unwrap_or_else(|refusal| self.refuse(refusal, out))
    }

    fn obey(&mut self, command: Command, out: &mut Vec<u8>) -> Result<Step, Refusal> {
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
        if self.room == Room::Full {
            return Err(Refusal::Full);
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

    fn content(&mut self, input: &mut &[u8], content: &mut Vec<u8>, out: &mut Vec<u8>) -> Step {
        let State::Content(_, incoming) = &mut self.state else {
            return Step::More;
        };
        let refused_before = incoming.refused.is_some();
        let progress = incoming.read(input, content, &self.policy);
        match (progress, incoming.refused) {
            (Progress::More, None) => Step::More,
            (Progress::More, Some(_)) if refused_before => Step::More,
            (Progress::More, Some(refusal)) => Step::Discard(refusal),
            (Progress::End, refused) => self.end_of_data(refused, out),
        }
    }

    fn end_of_data(&mut self, refused: Option<Refusal>, out: &mut Vec<u8>) -> Step {
        let State::Content(transaction, incoming) =
            std::mem::replace(&mut self.state, State::Ready)
        else {
            return Step::More;
        };
        let Transaction {
            reverse_path,
            forward_paths,
            charset: _,
        } = transaction;
        if let Some(refusal) = refused {
            for _ in 0..self.answers(forward_paths.len()) {
                write_refusal(refusal, &self.policy.hostname, out);
            }
            self.errors = self.errors.saturating_add(1);
            return Step::Discard(refusal);
        }
        self.state = State::Storing(forward_paths.len());
        Step::Message(Accepted {
            reverse_path,
            forward_paths,
            helo: self.helo.clone(),
            size: incoming.size,
            bare_line_ends: incoming.octets() == Octets::Bare,
        })
    }

    /// How many answers the content gets (RFC 2033 section 4.2).
    fn answers(&self, recipients: usize) -> usize {
        match self.policy.protocol {
            Protocol::Smtp => 1,
            Protocol::Lmtp => recipients,
        }
    }

    fn reset(&mut self) {
        if !matches!(self.state, State::Greeted) {
            self.state = State::Ready;
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

    fn refuse(&mut self, refusal: Refusal, out: &mut Vec<u8>) -> Step {
        // What is refused for now is no error of the peer: it may have a thousand recipients to offer.
        if refusal.is_permanent() {
            self.errors = self.errors.saturating_add(1);
        }
        if self.errors > self.policy.limits.errors {
            return self.give_up(out);
        }
        write_refusal(refusal, &self.policy.hostname, out);
        Step::More
    }

    fn give_up(&mut self, out: &mut Vec<u8>) -> Step {
        self.end(Refusal::TooManyErrors, out);
        Step::Close
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({:?}, {:?})", self.channel, self.phase())
    }
}

/// RFC 6531 section 3.2: an address beyond ASCII wants the parameter.
fn fits(address: &str, charset: Charset) -> Result<(), Refusal> {
    match charset {
        Charset::Ascii if !address.is_ascii() => Err(Refusal::NeedsSmtpUtf8),
        Charset::Ascii | Charset::Utf8 => Ok(()),
    }
}
