//! States of a session, and octets to steps.

mod commands;

use std::sync::Arc;

use super::command;
use super::content::{Incoming, Octets, Progress};
use super::line::LineReader;
use super::policy::{Policy, Protocol};
use super::replies::{Refusal, Reply, write_failure, write_refusal};
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
    charset: command::Charset,
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
