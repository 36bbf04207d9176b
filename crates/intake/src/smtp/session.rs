//! States of a session, and octets to steps.

mod auth;
mod commands;
mod content;
mod naming;

use std::sync::Arc;

use super::chunk::Chunk;
use super::command;
use super::content::Incoming;
use super::line::LineReader;
use super::origin::Origin;
use super::policy::{Naming, Policy, Protocol};
use super::replies::{Refusal, Reply, write_refusal};
use super::step::{Channel, Phase, Room, Step};
use crate::envelope::ReversePath;

/// One session, from the greeting to the end, or to `STARTTLS`, after which a new one is made.
#[derive(Clone)]
pub struct Session {
    policy: Arc<Policy>,
    channel: Channel,
    naming: Naming,
    state: State,
    helo: String,
    /// Who authenticated; or whom a proxy of ours names.
    account: Option<String>,
    /// What `XFORWARD` said of the next message.
    origin: Origin,
    lines: LineReader,
    errors: u32,
    junk: u32,
    failures: u32,
    /// `MAIL` commands.
    mails: u32,
    room: Room,
}

#[derive(Clone)]
enum State {
    /// No `HELO` yet.
    Greeted,
    /// Between messages.
    Ready,
    /// After `MAIL`, and between chunks.
    Transaction(Transaction),
    /// After `DATA`.
    Content(Transaction, Incoming),
    /// After `BDAT`, within its octets.
    Chunk(Transaction, Incoming, Chunk),
    /// After a `BDAT` that is refused, within its octets, which are content all the same: how many are left, the answer
    /// that follows them, and the state to go back to.
    Skipping(u64, Refusal, Box<State>),
    /// After the end of the data, for so many recipients.
    Storing(usize),
    /// After a challenge: the peer's turn.
    Challenged,
    /// After a step of an authentication: the caller's turn.
    Judging,
    /// After `XCLIENT`: the caller's turn.
    Renaming,
    /// After `STARTTLS`, `QUIT` or `421`.
    Ended,
}

#[derive(Clone)]
struct Transaction {
    reverse_path: ReversePath,
    forward_paths: Vec<String>,
    charset: command::Charset,
    /// What came by `BDAT` so far; none before the first.
    chunked: Option<Incoming>,
}

impl Session {
    /// A session in which nothing was said yet.
    pub fn new(policy: Arc<Policy>, channel: Channel) -> Self {
        Self {
            policy,
            channel,
            naming: Naming::default(),
            state: State::Greeted,
            helo: String::new(),
            account: None,
            origin: Origin::default(),
            lines: LineReader::default(),
            errors: 0,
            junk: 0,
            failures: 0,
            mails: 0,
            room: Room::Free,
        }
    }

    /// The same session with a peer who may speak for others.
    pub fn with_naming(mut self, naming: Naming) -> Self {
        self.naming = naming;
        self
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
    /// to `content`, at most one more than were consumed (twice as many where [`super::LineEnds::Normalize`] is the
    /// policy), and answers to `out`.
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
                State::Chunk(..) => self.chunk_octets(&mut rest, content, out),
                State::Skipping(..) => self.skip(&mut rest, out),
                State::Challenged => self.response(&mut rest, out),
                State::Storing(_) | State::Judging | State::Renaming => break,
                State::Ended => Step::Close,
            };
        }
        match step {
            Step::StartTls | Step::Close => (input.len(), step),
            Step::More
            | Step::Discard
            | Step::Refused(_)
            | Step::Message(_)
            | Step::Client(_)
            | Step::Authenticate(_) => (input.len() - rest.len(), step),
        }
    }

    /// Begins anew with the client of [`Step::Client`], under the policy that is right for it, and greets it. `naming`
    /// is what that client may say of others: who named it has no say any more. Nothing happens when nobody was named.
    pub fn restart(&mut self, policy: Arc<Policy>, naming: Naming, out: &mut Vec<u8>) {
        let State::Renaming = self.state else { return };
        self.policy = policy;
        self.naming = naming;
        self.state = State::Greeted;
        self.helo.clear();
        self.mails = 0;
        self.greeting(out);
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
            // Between chunks, too: one message has one time, however it is cut.
            State::Transaction(ref transaction) if transaction.chunked.is_some() => Phase::Content,
            State::Ready | State::Transaction(_) | State::Challenged => Phase::Command,
            State::Content(..) | State::Chunk(..) | State::Skipping(..) => Phase::Content,
            State::Storing(_) | State::Judging | State::Renaming => Phase::Storing,
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

    fn refuse(&mut self, refusal: Refusal, out: &mut Vec<u8>) -> Step {
        // What is refused for now is no error of the peer: it may have a thousand recipients to offer.
        if refusal.is_permanent() {
            self.errors = self.errors.saturating_add(1);
        }
        if self.errors > self.policy.limits.errors {
            return self.give_up(Refusal::TooManyErrors, out);
        }
        write_refusal(refusal, &self.policy.hostname, out);
        Step::More
    }

    fn give_up(&mut self, refusal: Refusal, out: &mut Vec<u8>) -> Step {
        self.end(refusal, out);
        Step::Close
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({:?}, {:?})", self.channel, self.phase())
    }
}
