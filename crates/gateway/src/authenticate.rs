//! Our own check of SPF (RFC 7208), DKIM (RFC 6376, 8463), DMARC (RFC 7489) and ARC (RFC 8617), with `mail-auth`.
//!
//! `mail-auth` sees the header and the hash of the body, never the MIME structure, and it does not ask for keys and
//! policies by itself: [`records`] asks our resolver first, all at once, and hands them over. Only the names inside an
//! SPF record are looked up by the library, through the same resolver and cache.
//!
//! A look-up that fails or comes too late is a `temperror`: neither a pass nor a failure. When a `temperror` is all that
//! stands between a message and a proof, everything is asked once more while there is time; then the message is filed as
//! it is, unproved, so without an acknowledgement.

mod alignment;
mod outcome;
mod records;
mod signatures;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use intake::authentication::{AuthResult, AuthResults, Dmarc, Scope, Source, Spf};
use intake::envelope::{Envelope, ReversePath};
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{AuthenticatedMessage, MessageAuthenticator, Parameters, SpfOutput, SpfResult};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use crate::config::{Authentication, OwnCheck};
use crate::dns::Resolver;
use records::Records;
use signatures::Chosen;

/// A longer header is not checked: canonicalising costs its size for every signature.
const LONGEST_HEADER: usize = 512 << 10;
/// Nor is one of more fields, as everywhere else: each is compared with each name that a signature lists.
const MOST_FIELDS: usize = 1000;
/// Before everything is asked once more.
const PAUSE: Duration = Duration::from_secs(1);

/// Checks senders.
#[derive(Clone)]
pub struct Authenticator {
    resolver: Resolver,
    library: MessageAuthenticator,
    settings: Authentication,
    /// Our name, for SPF's macro `r`.
    host: String,
}

impl Authenticator {
    /// Over the resolver of the daemon; `host` is our own name.
    pub fn new(resolver: Resolver, settings: Authentication, host: String) -> Authenticator {
        Authenticator {
            library: MessageAuthenticator(resolver.hickory().clone()),
            resolver,
            settings,
            host,
        }
    }

    /// Whether the check waits until it is known that our MTA said nothing.
    pub fn after_relay(&self, envelope: &Envelope) -> bool {
        match self.settings.own {
            OwnCheck::Always => false,
            OwnCheck::Auto => envelope.trusted_relay && !self.settings.authserv_ids.is_empty(),
            OwnCheck::Never => true,
        }
    }

    /// The results, within `authentication.timeout`; never fails.
    ///
    /// On a thread of its own: hashing a large body takes a while, and should the library panic, it is a `permerror`.
    pub async fn check(&self, envelope: &Envelope, raw: Arc<Zeroizing<Vec<u8>>>) -> AuthResults {
        if self.settings.own == OwnCheck::Never {
            return AuthResults::default();
        }
        let this = self.clone();
        let envelope = envelope.clone();
        let deadline = Instant::now() + self.settings.timeout.0;
        let runtime = tokio::runtime::Handle::current();
        let checked = tokio::task::spawn_blocking(move || {
            runtime.block_on(this.check_by(&envelope, &raw, deadline))
        });
        checked.await.unwrap_or_else(|_| outcome::not_checked())
    }

    async fn check_by(&self, envelope: &Envelope, raw: &[u8], deadline: Instant) -> AuthResults {
        let Some(message) = parse(raw) else {
            return outcome::not_checked();
        };
        let first = self.once(envelope, &message, deadline).await;
        let from = sole_from(&message).unwrap_or("");
        let hopeless = !first.unsettled() || first.proves(from);
        if hopeless || Instant::now() + PAUSE >= deadline {
            return first;
        }
        tokio::time::sleep(PAUSE).await;
        self.once(envelope, &message, deadline).await
    }

    async fn once(
        &self,
        envelope: &Envelope,
        message: &AuthenticatedMessage<'_>,
        deadline: Instant,
    ) -> AuthResults {
        let from = sole_from(message).unwrap_or("");
        let domain = from.rsplit_once('@').map_or("", |(_, domain)| domain);
        let sender = Sender::of(envelope);
        let chosen = Chosen::of(message, domain);
        let mut records = Records::new(&self.resolver, deadline);
        let spf_domain = sender.as_ref().map_or("", |sender| sender.domain);
        chosen.want(&mut records);
        records.spf(spf_domain);
        records.dmarc(domain, spf_domain, &chosen.message);
        records.ask().await;
        let library = &self.library;
        let spf = self.spf(sender.as_ref(), &records, deadline);
        let dkim = library.verify_dkim(Parameters::new(&chosen.message).with_txt_cache(&records));
        let arc = library.verify_arc(Parameters::new(&chosen.message).with_txt_cache(&records));
        let (spf, dkim, arc) = tokio::join!(spf, dkim, arc);
        let (aligned_spf, aligned_dkim) = alignment::candidates(domain, spf_domain, &spf, &dkim);
        let parameters =
            DmarcParameters::new(&chosen.message, &aligned_dkim, spf_domain, &aligned_spf);
        let asked = library.verify_dmarc(Parameters::new(parameters).with_txt_cache(&records));
        let dmarc = if from.is_empty() {
            Dmarc::default()
        } else {
            match timeout_at(deadline, asked).await {
                Ok(output) => outcome::dmarc(&output, domain, spf_domain, &spf, &dkim),
                Err(_) => outcome::dmarc_late(domain),
            }
        };
        let mut results = AuthResults {
            source: Source::Own,
            spf: outcome::spf(&spf, sender.as_ref()),
            dkim: outcome::dkim(&dkim),
            dmarc,
            arc: outcome::arc(&arc, domain, &self.settings.arc_trusted),
            dnssec: records.dnssec(),
        };
        chosen.tell_refused(&mut results);
        results
    }

    async fn spf(
        &self,
        sender: Option<&Sender<'_>>,
        records: &Records<'_>,
        deadline: Instant,
    ) -> SpfOutput {
        let Some(sender) = sender else {
            return SpfOutput::default();
        };
        let parameters = match sender.scope {
            Scope::MailFrom => {
                SpfParameters::verify_mail_from(sender.client, sender.helo, &self.host, sender.path)
            }
            Scope::Helo => SpfParameters::verify_ehlo(sender.client, sender.helo, &self.host),
        };
        let asked = self
            .library
            .check_host(Parameters::new(parameters).with_txt_cache(records));
        timeout_at(deadline, asked).await.unwrap_or_else(|_| {
            SpfOutput::new(sender.domain.to_owned()).with_result(SpfResult::TempError)
        })
    }
}

/// Whom SPF is about.
struct Sender<'a> {
    client: IpAddr,
    helo: &'a str,
    path: &'a str,
    domain: &'a str,
    scope: Scope,
}

impl<'a> Sender<'a> {
    /// `None` when nothing is known of the host that the message came from: a Unix socket, this machine, or a relay of
    /// ours that did not name its client. Its own address would say nothing about the sender.
    fn of(envelope: &'a Envelope) -> Option<Sender<'a>> {
        let client = envelope.client?;
        let unnamed = envelope.trusted_relay && envelope.relay.is_none();
        if unnamed || client.is_loopback() {
            return None;
        }
        let (path, domain, scope) = match &envelope.reverse_path {
            ReversePath::Mailbox(path) => {
                let domain = path.rsplit_once('@').map_or("", |(_, domain)| domain);
                (path.as_str(), domain, Scope::MailFrom)
            }
            ReversePath::Null | ReversePath::Unknown => ("", envelope.helo.as_str(), Scope::Helo),
        };
        Some(Sender {
            client,
            helo: &envelope.helo,
            path,
            domain,
            scope,
        })
    }
}

/// Only the header is parsed; `None` when there is none, or far too much of it.
fn parse(raw: &[u8]) -> Option<AuthenticatedMessage<'_>> {
    let mut window = raw.windows(4).take(LONGEST_HEADER);
    let short = raw.len() <= LONGEST_HEADER
        || window.any(|four| four == b"\r\n\r\n" || four.starts_with(b"\n\n"));
    if !short {
        return None;
    }
    // Strict: a signature with `l=` covers only the beginning of the body (RFC 6376 section 8.2).
    AuthenticatedMessage::parse_with_opts(raw, None, true)
        .filter(|message| message.headers.len() <= MOST_FIELDS)
}

/// The one From address of the whole header, all From fields together (RFC 7489 section 6.6.1).
fn sole_from<'a>(message: &'a AuthenticatedMessage<'_>) -> Option<&'a str> {
    let fields = message.headers.iter();
    let from = fields.filter(|(name, _)| name.eq_ignore_ascii_case(b"from"));
    match message.from.as_slice() {
        [one] if from.count() == 1 => Some(one),
        _ => None,
    }
}

/// What [`AuthResults::spf`] says when SPF was not checked.
fn spf_skipped() -> Spf {
    Spf {
        result: AuthResult::None,
        reason: "the client is not known".into(),
        ..Spf::default()
    }
}
