//! A database of its own for a test, and outcomes to write.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use pillarbox::actions::Acting;
use pillarbox::audit::{self, Event, Link};
use pillarbox::config::Database;
use pillarbox::listener::SealedMessage;
use pillarbox::postgres::Cluster;
use pillarbox::sealing;
use pillarbox::search::rows::Rows;
use pillarbox::store::{
    Answered, AuditLine, Committed, NewAnswer, NewEntry, NewIndex, NewLayer, NewMail,
    NewObservables, NewSigner, NewSpread, NewTicket, Record, Store, StoreFault,
};
use sqlx::Connection;
use uuid::Uuid;
use vault::{Bits, CaseKey, Family, KeyRing, Sealed, WrappedKey};

pub const TEAM: &str = "CSIRT";
/// The month of all observables.
pub const MONTH: &str = "2026-11-01";
pub const LEASE: Duration = Duration::from_secs(60);

/// A cluster with an empty database; `migrated` has the tables.
pub struct Fixture {
    pub store: Store,
    pub ring: Arc<KeyRing>,
    pub cluster: Cluster,
    _folder: tempfile::TempDir,
}

impl Fixture {
    pub fn empty() -> Fixture {
        let folder = tempfile::Builder::new().prefix("pbx-").tempdir().unwrap();
        let cluster = Cluster::create(&folder.path().join("postgres")).unwrap();
        Fixture {
            store: store(&cluster.url()),
            ring: KeyRing::generate().unwrap().into(),
            cluster,
            _folder: folder,
        }
    }

    pub async fn migrated() -> Fixture {
        let fixture = Fixture::empty();
        fixture.store.migrate().await.unwrap();
        fixture
    }

    /// The next line of a chain.
    pub async fn link(&self, case: Uuid) -> Link {
        let event = Event {
            action: "certificate",
            detail: String::new(),
        };
        let last = self.store.last_audit(case).await.unwrap();
        audit::next(&self.ring, case, last, audit::GATEWAY, event)
    }

    /// A connection of the owner, for what the store can't be asked.
    pub async fn connection(&self) -> sqlx::PgConnection {
        sqlx::PgConnection::connect(&self.cluster.url())
            .await
            .unwrap()
    }

    pub async fn run(&self, statement: &'static str) {
        let mut connection = self.connection().await;
        sqlx::raw_sql(statement)
            .execute(&mut connection)
            .await
            .unwrap();
    }

    pub async fn number(&self, question: &'static str) -> i64 {
        let mut connection = self.connection().await;
        sqlx::query_scalar(question)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    }

    pub async fn ids(&self, question: &'static str) -> Vec<Uuid> {
        let mut connection = self.connection().await;
        let ids = sqlx::query_scalar(question);
        ids.fetch_all(&mut connection).await.unwrap()
    }

    /// Keeps a message whose content says its name.
    pub async fn keep(&self, name: &str) -> Uuid {
        let id = Uuid::now_v7();
        self.store.keep(message(id, 1_000, 0, name)).await.unwrap();
        id
    }

    /// Keeps a message and claims it; nothing else may be waiting.
    pub async fn held(&self) -> (Uuid, i16) {
        let id = self.keep("held").await;
        let claimed = self.store.claim(1, LEASE).await.unwrap();
        assert_eq!(claimed[0].id, id);
        (id, claimed[0].attempt)
    }

    /// An outcome that opens a ticket with one observable and one mail.
    pub fn outcome(&self, digest: &str) -> Outcome {
        let (case, entry, mail) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
        let key = self.ring.new_case_key(sealing::epoch_of(case)).unwrap();
        let wrapped = self
            .ring
            .wrap(&key, &sealing::case_aad(TEAM, case))
            .unwrap();
        let seal = |aad, text: &str| key.seal(&aad, text.as_bytes()).unwrap();
        Outcome {
            digest: digest.as_bytes().to_vec(),
            raw: seal(sealing::entry_aad(TEAM, "raw", case, entry), "raw"),
            summary: seal(sealing::entry_aad(TEAM, "summary", case, entry), "summary"),
            reading: seal(sealing::entry_aad(TEAM, "reading", case, entry), "reading"),
            observable: seal(sealing::observable_aad(TEAM, case, entry), "198.51.100.7"),
            rows: Rows {
                index: vec![NewIndex {
                    family: Family::Address,
                    version: 1,
                    cell: 12,
                    mark: [9; 16],
                }],
                spread: vec![NewSpread {
                    family: Family::Sender,
                    mark: [8; 16],
                }],
            },
            letter: seal(
                pillarbox::sender::Letter::aad(TEAM, case, mail),
                "acknowledgement",
            ),
            case,
            entry,
            mail,
            key,
            wrapped,
            own: None,
            serial: 1,
            reopens: false,
            repeats: None,
            said: None,
            layers: Vec::new(),
            signers: Vec::new(),
            unproved: None,
            addressed: Vec::new(),
            most: Answered {
                address_hour: 1_000,
                address_day: 1_000,
                domain_day: 1_000,
                hour: 1_000,
            },
            answers: Vec::new(),
            due: None,
        }
    }

    /// Claims a fresh message and files it as this outcome.
    pub async fn file(&self, outcome: &Outcome) {
        let inbox = self.held().await;
        let committed = outcome.open(&self.store, inbox).await.unwrap();
        assert_eq!(committed, Committed::Filed);
    }
}

pub fn store(url: &str) -> Store {
    Store::new(&Database {
        url: url.to_owned(),
        ..Database::default()
    })
    .unwrap()
}

/// Something that stands for a sealed value in the inbox, which the store doesn't look into.
/// A message for the inbox.
pub fn message(id: Uuid, size: u64, pieces: i32, content: &str) -> SealedMessage {
    SealedMessage {
        id,
        size,
        pieces,
        envelope: inbox("e"),
        content: inbox(content),
    }
}

pub fn inbox(text: &str) -> Sealed {
    Sealed::from_bytes(text.as_bytes().to_vec())
}

/// What one message comes to.
pub struct Outcome {
    pub digest: Vec<u8>,
    pub case: Uuid,
    pub entry: Uuid,
    pub mail: Uuid,
    pub key: CaseKey,
    pub wrapped: WrappedKey,
    /// The entry's own key, when analysts alone can open it; its case is the entry's id.
    pub own: Option<WrappedKey>,
    pub serial: i64,
    /// It opens the ticket again that it joins.
    pub reopens: bool,
    pub raw: Sealed,
    pub summary: Sealed,
    pub reading: Sealed,
    pub observable: Sealed,
    /// Where these are found.
    pub rows: Rows,
    pub letter: Sealed,
    /// The entry that said the same first.
    pub repeats: Option<Uuid>,
    /// Digests of what it says, and how many said it.
    pub said: Option<(Vec<Vec<u8>>, i64)>,
    pub layers: Vec<NewLayer>,
    pub signers: Vec<NewSigner>,
    /// Digest of a copy without proof.
    pub unproved: Option<Vec<u8>>,
    /// Digest of the mail's id and recipient.
    pub addressed: Vec<u8>,
    /// The most answers.
    pub most: Answered,
    /// Whose answer it is.
    pub answers: Vec<Vec<u8>>,
    /// Until when an answer is meant to be given.
    pub due: Option<Timestamp>,
}

impl Outcome {
    /// Commits it as a new ticket.
    pub async fn open(&self, store: &Store, inbox: (Uuid, i16)) -> Result<Committed, StoreFault> {
        let ticket = NewTicket {
            team: TEAM,
            serial: self.serial,
            needs_human: "",
            claims: 0,
            link: "",
        };
        self.commit(store, inbox, Some(ticket), Some(self.case), 1)
            .await
    }

    /// Commits it; `audit` is the number of the audit line.
    pub async fn commit(
        &self,
        store: &Store,
        inbox: (Uuid, i16),
        ticket: Option<NewTicket<'_>>,
        on_ticket: Option<Uuid>,
        audit: i32,
    ) -> Result<Committed, StoreFault> {
        self.write(store, inbox, ticket, on_ticket, (audit, None))
            .await
    }

    /// Commits it on a ticket whose key was read as `known`.
    pub async fn join(
        &self,
        store: &Store,
        inbox: (Uuid, i16),
        ticket: Uuid,
        known: &WrappedKey,
        audit: i32,
    ) -> Result<Committed, StoreFault> {
        self.write(store, inbox, None, Some(ticket), (audit, Some(known)))
            .await
    }

    #[expect(clippy::too_many_lines, reason = "one line a column")]
    async fn write(
        &self,
        store: &Store,
        inbox: (Uuid, i16),
        ticket: Option<NewTicket<'_>>,
        on_ticket: Option<Uuid>,
        (audit, joined): (i32, Option<&WrappedKey>),
    ) -> Result<Committed, StoreFault> {
        let now = Timestamp::now();
        let bits = Bits::plan(Family::Address, 512);
        store
            .add_partition(Family::Address, MONTH, bits)
            .await
            .unwrap();
        let observables = NewObservables {
            month: MONTH.into(),
            index: self.rows.index.clone(),
            spread: self.rows.spread.clone(),
            value: self.observable.clone(),
        };
        let joins = ticket.is_none() && on_ticket.is_some();
        let record = Record {
            inbox,
            digest: &self.digest,
            unproved: self.unproved.as_deref(),
            case: (
                if joins { on_ticket.unwrap() } else { self.case },
                (!joins).then_some(&self.wrapped),
            ),
            own_case: self.own.as_ref().map(|own| (self.entry, own)),
            joined,
            ticket,
            on_ticket,
            reopens: self.reopens,
            entry: NewEntry {
                id: self.entry,
                kind: "report",
                rule: "",
                answer: "signed",
                signature: "none",
                was_encrypted: false,
                received_hour: now,
                size_bucket: 11,
                raw: &self.raw,
                summary: &self.summary,
                reading: &self.reading,
            },
            parties: &[b"party".to_vec()],
            answers: &self.answers,
            foreign: &[b"foreign".to_vec()],
            observables: Some(&observables),
            answer_due: self.due,
            mail: &[NewMail {
                id: self.mail,
                due_at: now,
                message: &self.letter,
                purpose: "answer",
                addressed: &self.addressed,
            }],
            answered: Some(NewAnswer {
                address: b"address",
                domain: b"domain",
                most: self.most,
            }),
            repeats: self.repeats,
            said: self
                .said
                .as_ref()
                .map(|(digests, count)| (digests.as_slice(), *count)),
            layers: &self.layers,
            signers: &self.signers,
        };
        let line = AuditLine {
            number: audit,
            at: now,
            actor: "gateway",
            action: "opened",
            detail: "",
            mac: &[7; 32],
            seal: &[8; 32],
        };
        store.commit(&record, &line).await
    }
}

/// What acts there under this name, with the gateway's keys.
pub fn acting<'a>(fixture: &'a Fixture, by: &'a str) -> Acting<'a> {
    Acting {
        store: &fixture.store,
        ring: &fixture.ring,
        team: TEAM,
        by,
        own: None,
    }
}
