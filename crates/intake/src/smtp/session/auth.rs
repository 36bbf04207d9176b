//! Accounts (RFC 4954). What a name or a password is worth is judged by the caller.

use zeroize::Zeroizing;

use super::{Session, State};
use crate::smtp::policy::Accounts;
use crate::smtp::replies::{Refusal, Reply};
use crate::smtp::step::{Authenticate, Base64, Channel, Mechanism, Step};

/// RFC 4954 section 4: the longest line of an exchange, its CRLF included.
const LINE: usize = 12_288;

impl Session {
    /// Asks the peer for its response. `base64` may be empty. Nothing happens when no authentication waits.
    pub fn challenge(&mut self, base64: &str, out: &mut Vec<u8>) {
        let State::Judging = self.state else { return };
        self.state = State::Challenged;
        Reply::Challenge { base64 }.write(out);
    }

    /// The peer is who it says. Nothing happens when no authentication waits.
    pub fn authenticated(&mut self, account: String, out: &mut Vec<u8>) {
        let State::Judging = self.state else { return };
        self.state = State::Ready;
        self.account = Some(account);
        Reply::Authenticated.write(out);
    }

    /// The peer is not who it says, or nobody knows: [`Refusal::BadCredentials`], [`Refusal::BadBase64`] or
    /// [`Refusal::AuthUnavailable`]. After some failures the step is to close. Nothing happens when no authentication
    /// waits.
    pub fn not_authenticated(&mut self, why: Refusal, out: &mut Vec<u8>) -> Step {
        let State::Judging = self.state else {
            return Step::More;
        };
        self.fail(why, out)
    }

    fn fail(&mut self, why: Refusal, out: &mut Vec<u8>) -> Step {
        self.state = State::Ready;
        // Whoever cancels has learnt nothing.
        if why == Refusal::BadCredentials {
            self.failures = self.failures.saturating_add(1);
        }
        if self.failures >= self.policy.limits.authentications {
            return self.give_up(Refusal::TooManyErrors, out);
        }
        self.refuse(why, out)
    }

    pub(super) fn auth(
        &mut self,
        mechanism: Option<Mechanism>,
        initial: Option<Base64>,
        out: &mut Vec<u8>,
    ) -> Result<Step, Refusal> {
        match (self.policy.accounts, self.channel) {
            (Accounts::Off, _) => return Err(Refusal::NotImplemented),
            (Accounts::Offered | Accounts::Required, Channel::Clear) => {
                return Err(Refusal::AuthInClear);
            }
            (Accounts::Offered | Accounts::Required, Channel::Secured) => {}
        }
        // RFC 4954 section 4: not twice, and not during a message.
        let State::Ready = self.state else {
            return Err(Refusal::OutOfOrder);
        };
        if self.account.is_some() {
            return Err(Refusal::OutOfOrder);
        }
        let mechanism = mechanism.ok_or(Refusal::UnknownMechanism)?;
        if let Some(text) = &initial
            && !is_base64(text)
        {
            return Ok(self.fail(Refusal::BadBase64, out));
        }
        self.state = State::Judging;
        Ok(Step::Authenticate(Authenticate::Start(mechanism, initial)))
    }

    /// A line that answers a challenge.
    pub(super) fn response(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Step {
        let Some(line) = self.lines.read(input, LINE) else {
            return Step::More;
        };
        match line {
            Ok(line) if line.as_str() == "*" => self.fail(Refusal::AuthCancelled, out),
            Ok(line) if is_base64(&line) => {
                self.state = State::Judging;
                Step::Authenticate(Authenticate::Response(line))
            }
            Err(Refusal::LineTooLong) => self.fail(Refusal::AuthLineTooLong, out),
            Ok(_) | Err(_) => self.fail(Refusal::BadBase64, out),
        }
    }
}

/// Whether it could be base64 (RFC 4648 section 4): the caller decodes it.
fn is_base64(text: &Zeroizing<String>) -> bool {
    let digits = text.trim_end_matches('=');
    text.len().is_multiple_of(4)
        && text.len() - digits.len() <= 2
        && digits
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'/'))
}
