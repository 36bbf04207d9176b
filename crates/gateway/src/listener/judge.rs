//! Who the peer is, when it says so itself: a relay of ours names a client, or an account logs in.

use std::sync::Arc;

use intake::smtp::{Authenticate, Named, Origin, Policy, Refusal, Session, Step};
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::connection::Connection;
use super::inbound::{Parcel, StoreError};
use super::{Guest, Shared, Trust};
use crate::accounts::Turn;

impl<S, F> Connection<S>
where
    S: Fn(Parcel) -> F + Send + Sync,
    F: Future<Output = Result<(), StoreError>> + Send + 'static,
{
    /// The client that a relay names counts from now on, for trust, limits and policy (`XCLIENT`).
    pub(super) fn rename(
        &mut self,
        session: &mut Session,
        origin: Origin,
        out: &mut Vec<u8>,
    ) -> Step {
        match self.named(origin) {
            Ok(policy) => {
                session.restart(policy, self.naming, out);
                Step::More
            }
            Err(refusal) => {
                session.end(refusal, out);
                Step::Close
            }
        }
    }

    fn named(&mut self, origin: Origin) -> Result<Arc<Policy>, Refusal> {
        let shared: &Shared = &self.shared;
        let (guest, permit) = (&mut self.messages.guest, &mut self.messages.permit);
        let (said, client) = match origin.address {
            Named::Unsaid => (false, guest.client),
            Named::Unknown => (true, None),
            Named::Is(address) => (true, Some(address)),
        };
        if said {
            guest.relay = guest.relay.or(guest.client);
            guest.client = client;
            guest.name = None;
        }
        // What TLS proved is the relay's.
        guest.certificate = None;
        guest.renamed = true;
        guest.trust = match client {
            Some(_) => shared.trust(client),
            // A client without an address is nobody that we know, unlike a peer on a Unix socket.
            None if said => Trust::Stranger,
            None => guest.trust,
        };
        permit.trust();
        shared.count(guest, permit)?;
        match origin.name {
            Named::Unsaid => {}
            Named::Unknown => guest.name = None,
            Named::Is(name) => guest.name = Some(name),
        }
        // Whoever is behind a proxy must not be taken for it (Postfix judges the named client, too).
        self.naming = shared.naming_of_named(client);
        self.was_named = true;
        Ok(shared.policy(guest))
    }

    /// Forgets whom a relay named in clear (RFC 3207 section 4.2): anybody on the way may have said it. Trust in the
    /// address, and the right to name others, do not come back: it may be the client that begins TLS, through its relay.
    pub(super) fn unname(&mut self, before: Guest) -> Result<(), Refusal> {
        if !self.was_named {
            return Ok(());
        }
        let (guest, permit) = (&mut self.messages.guest, &mut self.messages.permit);
        *guest = Guest {
            trust: Trust::Stranger,
            ..before
        };
        permit.trust();
        self.shared.count(guest, permit)
    }

    /// A step of an authentication, away from the threads that serve sessions: a password costs some work.
    pub(super) async fn authenticate(
        &mut self,
        session: &mut Session,
        step: Authenticate,
        out: &mut Vec<u8>,
    ) -> Step {
        let settings = &self.shared.settings;
        let accounts = settings.accounts.clone();
        let (exchange, response) = match step {
            // Guessing counts as messages do: whoever has no more of them has no more guesses.
            Authenticate::Start(..) if !self.messages.permit.may_send(Instant::now()) => {
                (None, None)
            }
            Authenticate::Start(mechanism, initial) => {
                let begun = accounts.as_ref().and_then(|all| all.begin(mechanism));
                (begun, initial)
            }
            Authenticate::Response(response) => (self.exchange.take(), Some(response)),
        };
        let (Some(mut exchange), Some(accounts)) = (exchange, accounts) else {
            return self.not_authenticated(session, Refusal::AuthUnavailable, out);
        };
        let Some(place) = accounts.place(settings.deadlines.password).await else {
            return self.not_authenticated(session, Refusal::AuthUnavailable, out);
        };
        let stepping = spawn_blocking(move || {
            let turn = exchange.step(response.as_ref().map(|text| text.as_str()));
            // Only now, even when nobody waits for it any more.
            drop(place);
            (exchange, turn)
        });
        let Ok((exchange, turn)) = stepping.await else {
            return self.not_authenticated(session, Refusal::AuthUnavailable, out);
        };
        match turn {
            Turn::Challenge(base64) => {
                self.exchange = Some(exchange);
                session.challenge(&base64, out);
                Step::More
            }
            Turn::Success(account) => {
                settings.metrics.authentication("success");
                self.messages.permit.know();
                session.authenticated(account, out);
                Step::More
            }
            Turn::Failure => {
                self.messages.permit.sent(Instant::now());
                self.not_authenticated(session, Refusal::BadCredentials, out)
            }
            Turn::Malformed => self.not_authenticated(session, Refusal::BadBase64, out),
        }
    }

    /// The log and the metrics tell that it happened, not to whom.
    fn not_authenticated(&self, session: &mut Session, why: Refusal, out: &mut Vec<u8>) -> Step {
        let (reply, enhanced, _) = why.parts();
        let settings = &self.shared.settings;
        settings.metrics.authentication("failure");
        tracing::info!(
            listener = settings.name,
            reply,
            enhanced,
            "authentication failed"
        );
        session.not_authenticated(why, out)
    }
}
