//! Content: by `DATA` up to the dot, by `BDAT` so many octets at a time (RFC 3030), and what its end brings.

use super::{Session, State, Transaction};
use crate::smtp::chunk::Chunk;
use crate::smtp::content::{Framing, Incoming, Octets, Progress};
use crate::smtp::policy::{Policy, Protocol};
use crate::smtp::replies::{Refusal, Reply, write_failure, write_refusal};
use crate::smtp::step::{Accepted, Step, Stored};

/// Refused content of more than so many times the largest message is not read to its end.
const ABSURD: u64 = 4;

impl Session {
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
        // Whoever sends good mail for hours may be wrong now and then.
        if outcome == Stored::Committed {
            self.errors = 0;
        }
        self.state = State::Ready;
    }

    /// Refuses the message that is coming in, once its end has come. Nothing happens outside of content.
    pub fn refuse_content(&mut self, refusal: Refusal) {
        let incoming = match &mut self.state {
            State::Content(_, incoming) | State::Chunk(_, incoming, _) => Some(incoming),
            State::Transaction(transaction) => transaction.chunked.as_mut(),
            State::Greeted
            | State::Ready
            | State::Skipping(..)
            | State::Storing(_)
            | State::Challenged
            | State::Judging
            | State::Renaming
            | State::Ended => None,
        };
        if let Some(incoming) = incoming {
            incoming.refuse(refusal);
        }
    }

    pub(super) fn content(
        &mut self,
        input: &mut &[u8],
        content: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Step {
        let State::Content(_, incoming) = &mut self.state else {
            return Step::More;
        };
        let refused_before = incoming.refused;
        let progress = incoming.read(input, content, &self.policy);
        if is_absurd(incoming, &self.policy) {
            return self.give_up(Refusal::TooMuchData, out);
        }
        match progress {
            Progress::More if refused_before || !incoming.refused => Step::More,
            Progress::More => Step::Discard,
            Progress::End => {
                let state = std::mem::replace(&mut self.state, State::Ready);
                let State::Content(transaction, incoming) = state else {
                    return Step::More;
                };
                self.end_of_message(transaction, &incoming, out)
            }
        }
    }

    /// What `BDAT` does. Its octets follow whatever we answer, so they are read before anything is answered.
    pub(super) fn chunk(&mut self, chunk: Option<Chunk>, out: &mut Vec<u8>) -> Step {
        let largest = self.policy.limits.message_size.saturating_mul(ABSURD);
        let refusal = match chunk {
            None => Refusal::BadArguments,
            Some(chunk) if chunk.announced > largest => Refusal::TooLarge,
            Some(chunk) => return self.begin_chunk(chunk, out),
        };
        // Where the octets end and commands begin again is not known, or too far away.
        write_refusal(refusal, &self.policy.hostname, out);
        self.state = State::Ended;
        Step::Close
    }

    fn begin_chunk(&mut self, chunk: Chunk, out: &mut Vec<u8>) -> Step {
        if let Err(refusal) = self.may_chunk() {
            let back = std::mem::replace(&mut self.state, State::Ended);
            self.state = State::Skipping(chunk.left, refusal, Box::new(back));
            return self.skip(&mut [].as_slice(), out);
        }
        let state = std::mem::replace(&mut self.state, State::Ready);
        let State::Transaction(mut transaction) = state else {
            return Step::More;
        };
        let incoming = transaction.chunked.take();
        let incoming = incoming.unwrap_or_else(|| Incoming::new(Framing::Counted));
        self.state = State::Chunk(transaction, incoming, chunk);
        match chunk.left {
            0 => self.end_of_chunk(Step::More, out),
            _ => Step::More,
        }
    }

    fn may_chunk(&self) -> Result<(), Refusal> {
        self.needs_tls()?;
        if !self.policy.chunking {
            return Err(Refusal::NotImplemented);
        }
        let ready = matches!(&self.state, State::Transaction(transaction) if !transaction.forward_paths.is_empty());
        match ready {
            true => Ok(()),
            false => Err(Refusal::OutOfOrder),
        }
    }

    pub(super) fn skip(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Step {
        let State::Skipping(left, refusal, back) = &mut self.state else {
            return Step::More;
        };
        take(input, left);
        if *left > 0 {
            return Step::More;
        }
        let refusal = *refusal;
        self.state = std::mem::replace(back, State::Ended);
        self.refuse(refusal, out)
    }

    pub(super) fn chunk_octets(
        &mut self,
        input: &mut &[u8],
        content: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Step {
        let State::Chunk(_, incoming, chunk) = &mut self.state else {
            return Step::More;
        };
        let refused_before = incoming.refused;
        let mut octets = take(input, &mut chunk.left);
        incoming.read(&mut octets, content, &self.policy);
        if is_absurd(incoming, &self.policy) {
            return self.give_up(Refusal::TooMuchData, out);
        }
        let step = match incoming.refused {
            true if !refused_before => Step::Discard,
            true | false => Step::More,
        };
        match chunk.left {
            0 => self.end_of_chunk(step, out),
            _ => step,
        }
    }

    /// One answer a chunk, and at the end those of the message.
    fn end_of_chunk(&mut self, step: Step, out: &mut Vec<u8>) -> Step {
        let state = std::mem::replace(&mut self.state, State::Ready);
        let State::Chunk(mut transaction, mut incoming, chunk) = state else {
            return Step::More;
        };
        if chunk.last {
            incoming.finish();
            return self.end_of_message(transaction, &incoming, out);
        }
        let refused = incoming.verdict(&self.policy);
        transaction.chunked = Some(incoming);
        self.state = State::Transaction(transaction);
        let Some(refusal) = refused else {
            let octets = chunk.announced;
            Reply::Chunk { octets }.write(out);
            return step;
        };
        // It may be one refusal too many.
        match self.refuse(refusal, out) == Step::Close {
            true => Step::Close,
            false => step,
        }
    }

    fn end_of_message(
        &mut self,
        transaction: Transaction,
        incoming: &Incoming,
        out: &mut Vec<u8>,
    ) -> Step {
        let Transaction {
            reverse_path,
            forward_paths,
            charset: _,
            chunked: _,
        } = transaction;
        let origin = std::mem::take(&mut self.origin);
        if let Some(refusal) = incoming.verdict(&self.policy) {
            for _ in 0..self.answers(forward_paths.len()) {
                write_refusal(refusal, &self.policy.hostname, out);
            }
            self.errors = self.errors.saturating_add(1);
            return Step::Refused(refusal);
        }
        self.state = State::Storing(forward_paths.len());
        // The relay of ours knows better than the name that the relay itself gave us.
        let helo = origin.helo.clone().known();
        Step::Message(Accepted {
            reverse_path,
            forward_paths,
            helo: helo.unwrap_or_else(|| self.helo.clone()),
            origin,
            account: self.account.clone(),
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
}

/// The end of what is refused is not waited for any longer (T33).
fn is_absurd(incoming: &Incoming, policy: &Policy) -> bool {
    incoming.refused && incoming.size > policy.limits.message_size.saturating_mul(ABSURD)
}

/// Takes what there is of `left` octets off the front of `input`.
fn take<'a>(input: &mut &'a [u8], left: &mut u64) -> &'a [u8] {
    let count = usize::try_from(*left).map_or(input.len(), |left| left.min(input.len()));
    let (taken, rest) = input.split_at(count);
    *input = rest;
    *left = left.saturating_sub(u64::try_from(count).unwrap_or(u64::MAX));
    taken
}
