//! One authentication (RFC 4954), by the SASL library.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use intake::smtp::Mechanism;
use rsasl::callback::{Context, Request, SessionCallback, SessionData};
use rsasl::mechanisms::scram::properties::ScramStoredPassword;
use rsasl::prelude::{
    Mechname, MessageSent, SASLConfig, SASLServer, Session, SessionError, State, Validation,
};
use rsasl::property::{AuthId, AuthzId, Password};
use rsasl::validate::{Validate, ValidationError};
use zeroize::Zeroizing;

use super::{Accounts, Table, prepared};

/// What the session is told.
#[derive(Debug, PartialEq, Eq)]
pub enum Turn {
    /// Base64; may be empty.
    Challenge(String),
    /// The name of the account.
    Success(String),
    /// Wrong name, password or proof.
    Failure,
    /// No base64.
    Malformed,
}

/// One authentication.
pub struct Exchange {
    state: Progress,
}

enum Progress {
    /// Waits for the client's first message.
    First(Box<Session<Judged>>),
    /// Waits for another one.
    Going(Box<Session<Judged>>),
    /// The client was told our proof and answers with nothing, since `235` can't carry it (RFC 4954 section 4).
    Proved(String),
    Over,
}

/// What the library hands back: the account, if it is one.
struct Judged;

impl Validation for Judged {
    type Value = Option<String>;
}

impl Accounts {
    /// Begins an authentication; `None` when the library has no such mechanism.
    pub fn begin(&self, mechanism: Mechanism) -> Option<Exchange> {
        let judge = Judge {
            table: self.table(),
        };
        let config = SASLConfig::builder()
            .with_default_mechanisms()
            .with_callback(judge)
            .ok()?;
        let name = match mechanism {
            Mechanism::ScramSha256 => "SCRAM-SHA-256",
            Mechanism::Plain => "PLAIN",
        };
        let name = Mechname::parse(name.as_bytes()).ok()?;
        let session = SASLServer::<Judged>::new(config)
            .start_suggested(name)
            .ok()?;
        Some(Exchange {
            state: Progress::First(Box::new(session)),
        })
    }
}

impl Exchange {
    /// Takes what the client said; `None` when it chose a mechanism and waits. Takes some tens of milliseconds for a
    /// password, right or wrong.
    pub fn step(&mut self, response: Option<&str>) -> Turn {
        let state = std::mem::replace(&mut self.state, Progress::Over);
        let (session, response) = match (state, response) {
            (Progress::First(session), None) => {
                self.state = Progress::Going(session);
                return Turn::Challenge(String::new());
            }
            (Progress::First(session) | Progress::Going(session), Some(response)) => {
                (session, response)
            }
            (Progress::Proved(account), Some("")) => return Turn::Success(account),
            (Progress::Going(_) | Progress::Proved(_) | Progress::Over, _) => return Turn::Failure,
        };
        let Ok(response) = STANDARD.decode(response).map(Zeroizing::new) else {
            return Turn::Malformed;
        };
        self.hear(session, &response)
    }

    fn hear(&mut self, mut session: Box<Session<Judged>>, response: &[u8]) -> Turn {
        let mut challenge = Vec::new();
        let Ok(state) = session.step(Some(response), &mut challenge) else {
            return Turn::Failure;
        };
        let challenge = STANDARD.encode(challenge);
        match (state, session.validation().flatten()) {
            (State::Running, _) => {
                self.state = Progress::Going(session);
                Turn::Challenge(challenge)
            }
            (State::Finished(MessageSent::Yes), Some(account)) => {
                self.state = Progress::Proved(account);
                Turn::Challenge(challenge)
            }
            (State::Finished(MessageSent::No), Some(account)) => Turn::Success(account),
            (State::Finished(_), None) => Turn::Failure,
        }
    }
}

/// Answers the library's questions. Names that nobody has get answers, too.
struct Judge {
    table: Arc<Table>,
}

impl SessionCallback for Judge {
    fn callback(
        &self,
        _: &SessionData,
        context: &Context<'_>,
        request: &mut Request<'_>,
    ) -> Result<(), SessionError> {
        if let Some(name) = context.get_ref::<AuthId>() {
            let verifier = self.table.verifier(name);
            request.satisfy::<ScramStoredPassword<'_>>(&ScramStoredPassword::new(
                verifier.iterations.get(),
                &verifier.salt,
                &verifier.stored_key,
                &verifier.server_key,
            ))?;
        }
        Ok(())
    }

    fn validate(
        &self,
        _: &SessionData,
        context: &Context<'_>,
        validate: &mut Validate<'_>,
    ) -> Result<(), ValidationError> {
        validate.with::<Judged, _>(|| Ok(self.judge(context)))?;
        Ok(())
    }
}

impl Judge {
    /// The account, if the client proved to be it and wants to be nobody else.
    fn judge(&self, context: &Context<'_>) -> Option<String> {
        let name = context.get_ref::<AuthId>()?;
        // With a password it is PLAIN; without one SCRAM's proof was right already.
        let right = match context.get_ref::<Password>() {
            Some(password) => {
                let password = std::str::from_utf8(password).ok().and_then(prepared);
                let password = password.unwrap_or_default();
                self.table.verifier(name).matches(password.as_bytes())
            }
            None => true,
        };
        let other = context.get_ref::<AuthzId>();
        let itself = other.is_none_or(|other| other.is_empty() || other == name);
        let known = self.table.book.contains(name);
        (right && itself && known).then(|| name.to_owned())
    }
}
