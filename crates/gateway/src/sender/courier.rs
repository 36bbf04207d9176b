//! Carries mail to one destination: finds hosts, opens a connection as the policy wants it, keeps it while there is mail.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use uuid::Uuid;

use super::attempt::{AttemptOutcome, PolicyKind, TlsFailure};
use super::connection::{Call, Connection, Need};
use super::destinations::Held;
use super::outcome::{Ended, Open, Story};
use super::policy::{self, Demand, DomainPolicy, Unmet};
use super::replies::{Fault, Phase};
use super::room::Room;
use super::route::{self, Exchanger, Found, Located, NoRoute};
use super::{Letter, Sender, Way};

/// How long a connection is kept without mail.
const IDLE: Duration = Duration::from_secs(1);
/// One mail, from the first look-up to the last host. Leases are renewed meanwhile.
const LONGEST: Duration = Duration::from_secs(1800);
/// The same for the first mail to a destination that nothing is known of.
const LONGEST_FIRST: Duration = Duration::from_secs(300);

/// One courier: one connection at a time to one destination.
pub(super) struct Courier {
    pub(super) sender: Arc<Sender>,
    pub(super) destination: String,
    pub(super) open: Option<Open>,
    /// The mail in hand.
    held: Option<Uuid>,
    /// It ended in order: its destination counts it no more.
    home: bool,
    /// Held with the connection.
    room: Option<Room>,
    /// The case of the mail in hand; none for a report about TLS, whose own way is not reported.
    pub(super) carries: Option<Uuid>,
}

impl Courier {
    pub(super) fn new(sender: Arc<Sender>, destination: String) -> Courier {
        Courier {
            sender,
            destination,
            open: None,
            held: None,
            home: false,
            room: None,
            carries: None,
        }
    }

    /// Carries until there is nothing left, the destination fails or `stop` becomes true.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let sender = Arc::clone(&self.sender);
        while let Some(held) = sender.destinations.next(&self.destination, IDLE).await {
            self.held = Some(held.mail.id);
            // Waiting comes before looking: it may take long.
            tokio::select! {
                () = self.turn() => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
            if !sender.leases.are_ours(held.mail.id) {
                // Perhaps another sender's by now: nothing is ours to write about it.
                sender.leases.remove(held.mail.id);
                continue;
            }
            if *stop.borrow() {
                sender.put_back(&held, Duration::ZERO, "put-back").await;
                continue;
            }
            self.carries = (!held.letter.is_tls_report()).then_some(held.mail.case);
            let longest = if sender.destinations.is_new(&self.destination) {
                LONGEST_FIRST
            } else {
                LONGEST
            };
            let ended = tokio::time::timeout(longest, self.deliver(&held.letter)).await;
            let ended = ended.unwrap_or_else(|_| {
                self.open = None;
                Ended::Away("timeout".into())
            });
            let goes_on = self.settle(&held, ended).await;
            self.held = None;
            if !goes_on {
                break;
            }
        }
        self.home = true;
        self.hang_up().await;
    }

    /// Waits until the next mail may go (`outbox.destination_rate`), then for room. Who waits for long keeps neither room nor
    /// connection from others meanwhile.
    async fn turn(&mut self) {
        let sender = Arc::clone(&self.sender);
        let slot = sender.destinations.slot(&self.destination);
        if slot > IDLE {
            self.hang_up().await;
            self.room = None;
        }
        tokio::time::sleep(slot).await;
        if self.room.is_none() {
            let stranger = sender.destinations.is_stranger(&self.destination);
            self.room = sender.rooms.take(stranger).await;
        }
    }

    /// Writes down what became of it; false when the destination is to be left alone.
    async fn settle(&mut self, held: &Held, ended: Ended) -> bool {
        let sender = Arc::clone(&self.sender);
        let Ended::Away(status) = ended else {
            if let Some(room) = &mut self.room {
                room.proved();
            }
            if sender.destinations.works(&self.destination) {
                sender.send_courier(&self.destination);
            }
            sender.record(held, ended, Duration::ZERO).await;
            return true;
        };
        let jitter = super::record::jitter(held.mail.id);
        let (rest, waiting) = sender
            .destinations
            .fails(&self.destination, &status, jitter);
        sender.record(held, Ended::Away(status.clone()), rest).await;
        for held in waiting {
            sender.rests(&held, rest, &status).await;
        }
        false
    }

    async fn deliver(&mut self, letter: &Letter) -> Ended {
        let most = self.sender.settings.connection_mails;
        if let Some(mut open) = self.open.take() {
            if open.connection.mails < most {
                let sent = open.connection.send(letter).await;
                let stale = matches!(&sent, Err(Fault::Closed | Fault::Said(Phase::Session, _)));
                if !stale {
                    return self.sent(open, sent).await;
                }
            } else {
                open.connection.quit().await;
            }
        }
        match &self.sender.way {
            Way::Copies => Ended::Taken,
            Way::Smarthost(..) => self.by_smarthost(letter).await,
            Way::Mx(_) => {
                let ended = self.by_mx(letter).await;
                if letter.is_tls_report() {
                    // Opened with less protection than other mail may need.
                    self.hang_up().await;
                }
                ended
            }
        }
    }

    async fn hang_up(&mut self) {
        if let Some(open) = self.open.take() {
            open.connection.quit().await;
        }
    }

    async fn by_smarthost(&mut self, letter: &Letter) -> Ended {
        let sender = Arc::clone(&self.sender);
        let Way::Smarthost(host, port, need) = &sender.way else {
            return Ended::Away("route".into());
        };
        let found = tokio::net::lookup_host((host.as_str(), *port)).await;
        let Ok(addresses) = found else {
            return Ended::Away("dns".into());
        };
        let demand = Demand {
            need: need.clone(),
            kind: PolicyKind::Peer,
            detail: Vec::new(),
            watched: false,
            failed: false,
            name: None,
        };
        let mut last = Ended::Away("dns".into());
        for address in addresses {
            match self.host(letter, host, address, &demand).await {
                Ended::Away(status) => last = Ended::Away(status),
                ended @ (Ended::Taken | Ended::Refused { .. } | Ended::Later(_)) => return ended,
            }
        }
        last
    }

    async fn by_mx(&mut self, letter: &Letter) -> Ended {
        let sender = Arc::clone(&self.sender);
        let Way::Mx(finder) = &sender.way else {
            return Ended::Away("route".into());
        };
        let domain = self.destination.clone();
        let settings = &sender.settings;
        let exchangers = match route::exchangers(&finder.resolver, settings, &domain).await {
            Ok(exchangers) => exchangers,
            Err(no_route) => return self.no_route(no_route, ""),
        };
        let policy = if letter.is_tls_report() {
            policy::for_tls_report(settings, &domain)
        } else {
            match finder.domain(settings, &domain).await {
                Ok((policy, failure)) => {
                    if let Some(unmet) = failure {
                        self.unmet("", unmet);
                    }
                    policy
                }
                Err(_) => return self.no_route(NoRoute::Bogus, ""),
            }
        };
        let alone = exchangers.len() == 1;
        let mut last = Ended::Away("no-host".into());
        for exchanger in &exchangers {
            let located = match route::addresses(&finder.resolver, settings, exchanger).await {
                Ok(found) => found,
                // One of several hosts without an address is no reason to give up.
                Err(NoRoute::Permanent(status)) if !alone => {
                    last = Ended::Away(status.into());
                    continue;
                }
                Err(NoRoute::Permanent("5.4.4")) if !is_implicit(exchanger, &domain) => {
                    return Ended::Away("no-address".into());
                }
                Err(no_route @ NoRoute::Permanent(_)) => {
                    return self.no_route(no_route, &exchanger.host);
                }
                Err(no_route) => {
                    last = self.no_route(no_route, &exchanger.host);
                    continue;
                }
            };
            let ended = self.exchanger(letter, &policy, exchanger, &located).await;
            match ended {
                Ended::Away(status) => last = Ended::Away(status),
                ended @ (Ended::Taken | Ended::Refused { .. } | Ended::Later(_)) => return ended,
            }
        }
        last
    }

    /// All addresses of one exchanger.
    async fn exchanger(
        &mut self,
        letter: &Letter,
        policy: &DomainPolicy,
        exchanger: &Exchanger,
        located: &Located,
    ) -> Ended {
        let sender = Arc::clone(&self.sender);
        let Way::Mx(finder) = &sender.way else {
            return Ended::Away("route".into());
        };
        let demand = finder
            .exchanger(policy, &self.destination, exchanger, located)
            .await;
        let mut demand = match demand {
            Ok(demand) => demand,
            Err(unmet) => return self.unmet(&exchanger.host, unmet),
        };
        if let DomainPolicy::Sts(policy) = policy
            && demand.watched
            && !policy.lists(&exchanger.host)
        {
            self.unmet(&exchanger.host, Unmet::not_listed(policy));
            demand.failed = true;
        }
        let mut last = Ended::Away("no-address".into());
        for address in &located.addresses {
            match self.host(letter, &exchanger.host, *address, &demand).await {
                Ended::Away(status) => last = Ended::Away(status),
                ended @ (Ended::Taken | Ended::Refused { .. } | Ended::Later(_)) => return ended,
            }
        }
        last
    }

    /// One address: opens a connection and sends.
    async fn host(
        &mut self,
        letter: &Letter,
        host: &str,
        address: SocketAddr,
        demand: &Demand,
    ) -> Ended {
        let mut story = Story {
            mx: host.to_owned(),
            address: Some(address),
            kind: demand.kind,
            detail: demand.detail.clone(),
            failed: demand.failed,
        };
        let name = demand.name.as_deref().unwrap_or(host);
        let mut opened = self.open(name, address, &demand.need).await;
        if let (Err(Fault::Tls(failure)), Need::Offered) = (&opened, &demand.need) {
            // Whoever asks for no more than TLS when it works gets the mail in clear when it doesn't (RFC 7435).
            self.failed(
                &story,
                AttemptOutcome::TlsFailure(*failure),
                failure.as_str(),
            );
            story.failed = true;
            tracing::info!(
                failure = failure.as_str(),
                "TLS failed where it is only opportunistic: once more in clear"
            );
            opened = self.open(name, address, &Need::Clear).await;
        }
        let mut connection = match opened {
            Ok(connection) => connection,
            Err(fault) => return self.not_opened(&story, fault),
        };
        if demand.watched && !story.failed {
            let failure = match &connection.tls {
                None => Some(TlsFailure::StarttlsNotSupported),
                Some(_) => connection.distrust,
            };
            if let Some(failure) = failure {
                self.failed(
                    &story,
                    AttemptOutcome::TlsFailure(failure),
                    failure.as_str(),
                );
                story.failed = true;
            }
        }
        let sent = connection.send(letter).await;
        self.sent(Open { connection, story }, sent).await
    }

    async fn open(
        &self,
        host: &str,
        address: SocketAddr,
        need: &Need,
    ) -> Result<Connection, Fault> {
        let sender = &self.sender;
        let call = Call {
            address,
            host,
            helo: &sender.settings.helo,
            need,
            authorities: &sender.authorities,
            connect_timeout: sender.settings.connect_timeout.0,
            login: sender.login.as_ref(),
            namesake: !matches!(sender.way, Way::Mx(_)),
        };
        Connection::open(&call).await
    }
}

/// A courier that did not end in order, because of a fault of ours or because it was cut, stops nobody: its destination gets
/// another one, and its mail comes back when its claim ends.
impl Drop for Courier {
    fn drop(&mut self) {
        if self.home {
            return;
        }
        let left = self.sender.destinations.lost(&self.destination);
        let left = left.iter().map(|held| held.mail.id);
        for mail in left.chain(self.held) {
            self.sender.leases.remove(mail);
        }
    }
}

/// Whether the domain itself is the exchanger: then no address means that there is no such domain.
fn is_implicit(exchanger: &Exchanger, domain: &str) -> bool {
    matches!(exchanger.found, Found::ByDns(_)) && exchanger.host == domain
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use std::sync::Arc;

    use tokio::time::Instant;
    use uuid::Uuid;
    use vault::{KeyRing, Sealed, WrappedKey};

    use super::super::destinations::{Held, Offer};
    use super::super::{Letter, Parts, Sender};
    use super::Courier;
    use crate::config::{Database, Outbox};
    use crate::store::{DueMail, Store};

    fn sender() -> Arc<Sender> {
        let parts = Parts {
            store: Store::new(&Database::default()).unwrap(),
            ring: Arc::new(KeyRing::generate().unwrap()),
            team: "T".into(),
            resolver: None,
            wake: Arc::default(),
            metrics: Arc::default(),
            observer: None,
            stop: tokio::sync::watch::channel(false).1,
        };
        Arc::new(Sender::new(Outbox::default(), parts).unwrap())
    }

    fn offer(sender: &Sender) -> (Uuid, Offer) {
        let id = Uuid::now_v7();
        sender.leases.add(id, 1, Instant::now());
        let mail = DueMail {
            id,
            case: id,
            wrapped: WrappedKey::from_bytes(Vec::new()),
            attempt: 1,
            age: 0.0,
            message: Sealed::from_bytes(Vec::new()),
        };
        let letter = Letter {
            reverse_path: String::new(),
            recipient: "noc@one.example".into(),
            reference: "T#000001".into(),
            message: Vec::new(),
        };
        (
            id,
            sender
                .destinations
                .offer("one.example", Held { mail, letter }),
        )
    }

    #[tokio::test]
    async fn a_courier_that_is_lost_leaves_its_mail_and_its_place_to_others() {
        let sender = sender();
        assert!(matches!(offer(&sender).1, Offer::NeedsCourier));
        let mut courier = Courier::new(Arc::clone(&sender), "one.example".into());
        let taken = sender.destinations.next("one.example", super::IDLE).await;
        courier.held = taken.map(|held| held.mail.id);
        assert!(matches!(offer(&sender).1, Offer::Waits));
        assert_eq!(sender.leases.count(), 2);
        // As unwinding does.
        drop(courier);
        assert_eq!(sender.leases.count(), 0);
        assert!(matches!(offer(&sender).1, Offer::NeedsCourier));
    }
}
