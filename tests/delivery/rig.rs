//! A sender with a database of its own, a port for the mail exchangers, and letters to send.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use pillarbox::config::{Dns, Outbox, Peer, PeerTls, Route};
use pillarbox::dns::Resolver;
use pillarbox::sealing;
use pillarbox::sender::attempt::Attempt;
use pillarbox::sender::{Letter, Parts, Sender};
use pillarbox::store::MailState;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::authority::Authority;
use crate::dns::TestDns;
use crate::fixture::{Fixture, TEAM};
use crate::support::free_port;

const PATIENCE: Duration = Duration::from_secs(30);

pub struct Rig {
    pub fixture: Fixture,
    wake: Arc<Notify>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    attempts: mpsc::Receiver<Attempt>,
    serial: i64,
    /// What the sender runs in when it is to be killed.
    world: Option<Runtime>,
}

/// A loopback address of its own for each host of a test.
pub fn at(last: u8, port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::from([127, 0, 0, last]), port)
}

pub fn port() -> u16 {
    free_port()
}

/// By MX on loopback, with the test's authority.
pub fn by_mx(port: u16, authority: &Authority) -> Outbox {
    Outbox {
        route: Route::Mx,
        mx_port: port,
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        helo: "out.team.example".into(),
        ca_file: Some(authority.file()),
        connect_timeout: pillarbox::config::Span(Duration::from_secs(2)),
        ..Outbox::default()
    }
}

pub fn peer(domain: &str, tls: PeerTls) -> Peer {
    Peer {
        domain: domain.into(),
        tls,
        key_sha256: Vec::new(),
        host: String::new(),
    }
}

impl Rig {
    pub async fn start(settings: Outbox, dns: Option<&TestDns>) -> Rig {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        Rig::with(Fixture::migrated().await, settings, dns, 0)
    }

    /// With a sender that can be killed, and all that it started with it.
    pub async fn mortal(settings: Outbox, dns: &TestDns) -> Rig {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let fixture = Fixture::migrated().await;
        let world = Runtime::new().unwrap();
        let mut rig = {
            let _inside = world.enter();
            Rig::with(fixture, settings, Some(dns), 0)
        };
        // Its connections die with it: the test needs others.
        rig.fixture.store = crate::fixture::store(&rig.fixture.cluster.url());
        rig.world = Some(world);
        rig
    }

    /// Kills it; another sender takes its place.
    pub fn killed(self, settings: Outbox, dns: &TestDns) -> Rig {
        self.world.unwrap().shutdown_background();
        Rig::with(self.fixture, settings, Some(dns), self.serial)
    }

    /// Why a sender can't start.
    pub fn refused(settings: Outbox) -> String {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let parts = parts(&Fixture::empty(), watch::channel(false).1);
        match Sender::new(settings, parts) {
            Ok(_) => "it starts".into(),
            Err(error) => error.to_string(),
        }
    }

    /// Stops, and starts another sender on the same database.
    pub async fn again(self, settings: Outbox) -> Rig {
        self.stop.send(true).unwrap();
        self.task.await.unwrap();
        Rig::with(self.fixture, settings, None, self.serial)
    }

    fn with(fixture: Fixture, settings: Outbox, dns: Option<&TestDns>, serial: i64) -> Rig {
        let resolver = dns.map(|dns| {
            Resolver::new(&Dns {
                servers: vec![dns.address],
                trust_anchor_file: Some(dns.trust_anchor()),
                ..Dns::default()
            })
            .unwrap()
        });
        let (observer, attempts) = mpsc::channel(1000);
        let (stop, stopping) = watch::channel(false);
        let wake = Arc::<Notify>::default();
        let parts = Parts {
            resolver,
            wake: Arc::clone(&wake),
            observer: Some(observer),
            ..parts(&fixture, stopping)
        };
        let task = tokio::spawn(Sender::new(settings, parts).unwrap().run());
        Rig {
            world: None,
            fixture,
            wake,
            stop,
            task,
            attempts,
            serial,
        }
    }

    /// Queues a letter; its case.
    pub async fn post(&mut self, recipient: &str) -> Uuid {
        let reference = format!("{TEAM}#{:06}", self.serial + 1);
        self.post_as(recipient, reference).await
    }

    /// Queues a letter with this reference: `tlsrpt-…` is a report about TLS.
    pub async fn post_as(&mut self, recipient: &str, reference: String) -> Uuid {
        self.serial += 1;
        let mut outcome = self.fixture.outcome(&format!("n{}", self.serial));
        outcome.serial = self.serial;
        let letter = Letter {
            reverse_path: String::new(),
            recipient: recipient.into(),
            reference,
            message:
                b"From: csirt@team.example\r\nSubject: Received\r\n\r\nThank you.\r\n.\r\nBye\r\n"
                    .to_vec(),
        };
        let aad = Letter::aad(TEAM, outcome.case, outcome.mail);
        outcome.letter = sealing::seal(&outcome.key, &aad, &letter).unwrap();
        self.fixture.file(&outcome).await;
        self.wake.notify_one();
        outcome.case
    }

    pub async fn state(&self, case: Uuid) -> MailState {
        let states = self.fixture.store.mail_states(case).await.unwrap();
        states.into_iter().next().unwrap()
    }

    /// Waits until something was tried and written down; its state.
    pub async fn settled(&self, case: Uuid) -> MailState {
        self.until(case, |state| !state.status.is_empty()).await
    }

    pub async fn until(&self, case: Uuid, is_so: impl Fn(&MailState) -> bool) -> MailState {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let state = self.state(case).await;
            if is_so(&state) {
                return state;
            }
            assert!(tokio::time::Instant::now() < deadline, "still {state:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Posts, and waits for the end of the first attempt: `sent 250`, `failed 550 5.1.1`, `queued tls: …`.
    pub async fn try_once(&mut self, recipient: &str) -> String {
        let case = self.post(recipient).await;
        let state = self.settled(case).await;
        format!("{} {}", state.state, state.status)
    }

    /// Makes everything due that waits.
    pub async fn pass_time(&self) {
        self.fixture
            .run("UPDATE outbox SET due_at = now() WHERE state = 'queued'")
            .await;
        self.wake.notify_one();
    }

    /// What was told since the last time.
    pub fn told(&mut self) -> Vec<Attempt> {
        let mut told = Vec::new();
        while let Ok(attempt) = self.attempts.try_recv() {
            told.push(attempt);
        }
        told
    }

    /// Waits until it is so.
    pub async fn wait_for(&self, what: &str, is_so: impl Fn() -> bool) {
        let deadline = tokio::time::Instant::now() + PATIENCE;
        while !is_so() {
            assert!(tokio::time::Instant::now() < deadline, "waited for {what}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends the sender at once, as a crash would.
    pub fn abandon(self) {
        self.task.abort();
    }

    /// Stops in order.
    pub async fn stop(self) {
        self.stopped().await;
    }

    /// Stops in order; what is left can be looked at.
    pub async fn stopped(mut self) -> Rig {
        self.stop.send(true).unwrap();
        (&mut self.task).await.unwrap();
        self
    }
}

fn parts(fixture: &Fixture, stop: watch::Receiver<bool>) -> Parts {
    Parts {
        store: fixture.store.clone(),
        ring: fixture.ring.clone(),
        team: TEAM.into(),
        resolver: None,
        wake: Arc::default(),
        metrics: Arc::default(),
        observer: None,
        stop,
    }
}
