//! A copy of everything, and an empty database filled from one.

use std::io::Cursor;

use pillarbox::backup::{BackupFault, Head, Reader, Record, Writer};
use pillarbox::store::{Restored, Store};
use uuid::Uuid;
use vault::KeyRing;

use crate::fixture::{Fixture, LEASE, TEAM, store};

impl Fixture {
    async fn back_up(&self) -> Vec<u8> {
        let done = self.store.back_up(Vec::new(), &self.ring, TEAM).await;
        let done = done.unwrap();
        assert_eq!(done.octets, u64::try_from(done.out.len()).unwrap());
        done.out
    }

    async fn restore(&self, into: &Store, backup: &[u8]) -> Result<Restored, BackupFault> {
        let mut reader = Reader::open(Cursor::new(backup), &self.ring)?;
        into.restore(&mut reader, 0).await
    }

    /// Another database of the same cluster, without tables.
    async fn another(&self, name: &'static str, statement: &'static str) -> (Store, String) {
        self.run(statement).await;
        let url = self.cluster.url();
        let url = format!("{}/{name}", url.strip_suffix("/pillarbox").unwrap());
        (store(&url), url)
    }

    /// Files so many outcomes, one of them with content that is larger than a chunk.
    async fn fill(&self, count: i64) {
        for number in 1..=count {
            let mut outcome = self.outcome(&format!("outcome {number}"));
            outcome.serial = self.store.next_number().await.unwrap();
            if number == 1 {
                outcome.raw = vault::Sealed::from_bytes(vec![7; 300_000]);
            }
            self.file(&outcome).await;
        }
    }
}

async fn number(url: &str, question: &'static str) -> i64 {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar(question)
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

/// Everything of a database as text, in order; without what a restore changes on purpose.
async fn contents(url: &str) -> Vec<String> {
    use sqlx::Connection;
    let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
    let tables = pillarbox::store::roles::RIGHTS
        .iter()
        .map(|rights| rights.table);
    let mut out = Vec::new();
    for table in tables.filter(|table| !["_sqlx_migrations", "ticket_number"].contains(table)) {
        let question = format!(
            "SELECT coalesce(string_agg(line, E'\\n' ORDER BY line), '') FROM (SELECT '{table} ' || (to_jsonb(t) - '{{state,restored,attempts,due_at}}'::text[])::text AS line FROM {table} t) l"
        );
        let text: String = sqlx::query_scalar(sqlx::AssertSqlSafe(question))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        out.push(text);
    }
    out
}

#[tokio::test]
async fn everything_comes_back_and_nothing_leaves_or_is_given_twice() {
    let fixture = Fixture::migrated().await;
    let hook = fixture.store.want_ticket_notices(TEAM, &["ticket_new"]);
    hook.await.unwrap();
    fixture.fill(3).await;
    let [waiting, unreadable] = [
        fixture.keep("waiting").await,
        fixture.keep("unreadable").await,
    ];
    let claimed = fixture.store.claim(2, LEASE).await.unwrap();
    assert_eq!(claimed.len(), 2);
    fixture.store.park(unreadable, 1, "no key").await.unwrap();
    fixture
        .store
        .sent(a_mail(&fixture).await, &[1; 16])
        .await
        .unwrap();
    let backup = fixture.back_up().await;
    // Nothing of it can be read.
    for word in [
        &b"acknowledged"[..],
        b"CSIRT",
        b"pgcopy",
        b"PGCOPY",
        b"outcome",
    ] {
        assert!(!backup.windows(word.len()).any(|window| window == word));
    }

    let (other, url) = fixture.another("other", "CREATE DATABASE other").await;
    let restored = fixture.restore(&other, &backup).await.unwrap();
    assert_eq!(
        (restored.held, restored.inbox, restored.skipped),
        (2, 2, 1_000)
    );
    assert_eq!(contents(&url).await, contents(&fixture.cluster.url()).await);
    // Restored tickets are no news; what the webhook was not told yet is there, once.
    let notices = "SELECT count(*) FROM ticket_notice";
    assert_eq!(number(&url, notices).await, 3);
    assert_eq!(other.due_mail(10, LEASE, &[]).await.unwrap().len(), 0);
    assert_eq!(other.held_mail(10).await.unwrap().len(), 2);
    assert!(other.next_number().await.unwrap() > 1_000);
    assert_eq!(
        number(&url, "SELECT count(*) FROM outbox WHERE state = 'sent'").await,
        1
    );
    assert_eq!(other.unreadable(10).await.unwrap().len(), 1);

    // What another worker held is due again, and its answer is held.
    let again = other.claim(10, LEASE).await.unwrap();
    assert_eq!(
        (again.len(), again[0].id, again[0].attempt),
        (1, waiting, 1)
    );
    let mut outcome = fixture.outcome("a fourth");
    outcome.serial = other.next_number().await.unwrap();
    outcome.open(&other, (waiting, 1)).await.unwrap();
    let held = other.held_mail(10).await.unwrap();
    assert!(held.iter().any(|mail| mail.id == outcome.mail));
    // What was filed before is still known; new mail is answered at once.
    let known = other.claim(10, LEASE).await.unwrap();
    assert_eq!(known.len(), 0);

    assert_eq!(other.release_held(Some(outcome.mail)).await.unwrap(), 1);
    let due = other.due_mail(10, LEASE, &[]).await.unwrap();
    assert_eq!(due[0].id, outcome.mail);
    assert_eq!(other.release_held(Some(outcome.mail)).await.unwrap(), 0);
    assert_eq!(other.drop_held(None).await.unwrap(), 2);
    assert_eq!(other.held_mail(10).await.unwrap().len(), 0);
    assert_eq!(other.due_mail(10, LEASE, &[]).await.unwrap().len(), 0);
}

/// One of the mails.
async fn a_mail(fixture: &Fixture) -> Uuid {
    let mut connection = fixture.connection().await;
    sqlx::query_scalar("SELECT id FROM outbox ORDER BY id LIMIT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn reports_about_tls_are_not_made_again() {
    let fixture = Fixture::migrated().await;
    fixture
        .run(
            "INSERT INTO case_key VALUES ('019a0000-0000-7000-8000-000000000000', '\\x00000000000000');
             INSERT INTO transport_peer VALUES ('019a0000-0000-7000-8000-000000000000', '');
             INSERT INTO transport_count SELECT id, 'outbound', day, 'session:none', 1 FROM transport_peer,
                (VALUES ('2026-11-20'::date), ('2026-11-21')) AS d (day)",
        )
        .await;
    let peer = fixture
        .store
        .delivered_to("2026-11-20", true)
        .await
        .unwrap()[0]
        .id;
    fixture
        .store
        .claim_report("2026-11-20", peer)
        .await
        .unwrap();
    let (other, _) = fixture.another("other", "CREATE DATABASE other").await;
    fixture
        .restore(&other, &fixture.back_up().await)
        .await
        .unwrap();
    for day in ["2026-11-20", "2026-11-21"] {
        assert!(other.delivered_to(day, true).await.unwrap().is_empty());
        assert_eq!(other.claim_report(day, peer).await.unwrap(), None);
        assert_eq!(other.delivered_to(day, false).await.unwrap().len(), 1);
    }
}

/// Numbers that are left out grow with what came in lately and with the age of the backup.
#[tokio::test]
async fn more_numbers_are_left_out_when_more_mail_came() {
    let fixture = Fixture::migrated().await;
    fixture.fill(1).await;
    fixture
        .run(
            "INSERT INTO entry (id, case_id, ticket, kind, was_encrypted, received_hour, size_bucket, raw, summary, reading)
             SELECT gen_random_uuid(), case_id, ticket, kind, false, now(), 1, '', '', '' FROM entry, generate_series(1, 6999)",
        )
        .await;
    let (other, _) = fixture.another("other", "CREATE DATABASE other").await;
    let restored = fixture.restore(&other, &fixture.back_up().await).await;
    // A thousand a day, and less than a day gone.
    let skipped = restored.unwrap().skipped;
    assert!((4_000..4_010).contains(&skipped), "{skipped}");
    assert_eq!(other.next_number().await.unwrap(), skipped + 2);
}

#[tokio::test]
async fn only_an_empty_database_of_the_same_schema_is_filled() {
    let fixture = Fixture::migrated().await;
    fixture.fill(1).await;
    let backup = fixture.back_up().await;
    let refused = fixture
        .restore(&fixture.store, &backup)
        .await
        .err()
        .unwrap();
    assert!(matches!(refused, BackupFault::NotEmpty(_)), "{refused}");
    let stranger = KeyRing::generate().unwrap();
    let refused = Reader::open(Cursor::new(&backup), &stranger).err().unwrap();
    assert!(matches!(refused, BackupFault::OtherRing), "{refused}");
    let head = Reader::open(Cursor::new(&backup), &fixture.ring)
        .unwrap()
        .head;
    let (other, url) = fixture.another("other", "CREATE DATABASE other").await;
    let older = |head: &mut Head| drop(head.schema.pop());
    let newer = |head: &mut Head| head.schema.push((9_999, "00".into()));
    let changed = |head: &mut Head| head.schema[0].1 = "00".into();
    type Change = fn(&mut Head);
    let changes: [(Change, &str); 3] = [
        (older, "run `pillarbox migrate up`"),
        (newer, "newer pillarbox"),
        (changed, "with that version"),
    ];
    for (change, hint) in changes {
        let mut head = head.clone();
        change(&mut head);
        let (backup, _) = Writer::new(Vec::new(), &fixture.ring, &head)
            .unwrap()
            .finish()
            .unwrap();
        let refused = fixture.restore(&other, &backup).await.err().unwrap();
        assert!(refused.to_string().contains(hint), "{refused}");
    }
    let none = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
    assert_eq!(number(&url, none).await, 0, "not even migrated");
    let mut form = head.clone();
    form.form = 9;
    let (backup, _) = Writer::new(Vec::new(), &fixture.ring, &form)
        .unwrap()
        .finish()
        .unwrap();
    let refused = Reader::open(Cursor::new(&backup), &fixture.ring)
        .err()
        .unwrap();
    assert!(matches!(refused, BackupFault::Newer(9)), "{refused}");
}

/// Reads to the end or to the first fault.
fn read(backup: &[u8], ring: &KeyRing) -> Result<u64, BackupFault> {
    let mut reader = Reader::open(Cursor::new(backup), ring)?;
    let mut rows = 0;
    loop {
        match reader.read()? {
            Record::TableEnd(count) => rows += count,
            Record::End => return Ok(rows),
            Record::Table(_) | Record::Rows(_) => {}
        }
    }
}

/// Every way to change a backup that leaves its key alone; another one under the same ring lends a chunk.
fn touched(backup: &[u8], another: &[u8]) -> Vec<Vec<u8>> {
    const FRONT: usize = 9 + 1 + 32 + 16;
    const CHUNK: usize = 64 * 1024 + 16;
    assert!(backup.len() > FRONT + 4 * CHUNK);
    let chunk = |of: &[u8], number: usize| of[FRONT + number * CHUNK..][..CHUNK].to_vec();
    let (front, end) = (&backup[..FRONT], backup.len() - 1);
    let flip = |at: usize| {
        let mut bad = backup.to_vec();
        bad[at] ^= 1;
        bad
    };
    let second = FRONT + 2 * CHUNK;
    let flipped = [0, 9, 12, FRONT - 1, FRONT, FRONT + CHUNK, second + 77, end].map(flip);
    let cut = [
        0,
        8,
        FRONT,
        FRONT + 1,
        FRONT + CHUNK,
        FRONT + 3 * CHUNK,
        end,
    ];
    let cut = cut.map(|length| backup[..length].to_vec());
    let put_together = [
        [backup, &[0]].concat(),
        [backup, backup].concat(),
        [backup, &backup[FRONT..]].concat(),
        [
            front,
            &chunk(backup, 1),
            &chunk(backup, 0),
            &backup[second..],
        ]
        .concat(),
        [front, &backup[FRONT + CHUNK..]].concat(),
        [
            &backup[..FRONT + CHUNK],
            &chunk(another, 1),
            &backup[second..],
        ]
        .concat(),
    ];
    [flipped.as_slice(), &cut, &put_together].concat()
}

#[tokio::test]
async fn a_backup_that_was_touched_is_refused_and_nothing_is_written() {
    let fixture = Fixture::migrated().await;
    fixture.fill(2).await;
    let backup = fixture.back_up().await;
    assert!(read(&backup, &fixture.ring).unwrap() > 10);
    let touched = touched(&backup, &fixture.back_up().await);
    for (number, bad) in touched.iter().enumerate() {
        assert!(read(bad, &fixture.ring).is_err(), "{number}");
    }
    let (other, url) = fixture.another("other", "CREATE DATABASE other").await;
    other.migrate().await.unwrap();
    let empty = contents(&url).await;
    for (place, bad) in touched.iter().enumerate().skip(5) {
        assert!(fixture.restore(&other, bad).await.is_err(), "{place}");
        assert_eq!(contents(&url).await, empty, "{place}");
    }
    let last = "SELECT last_value FROM ticket_number";
    assert_eq!(number(&url, last).await, 1);
    fixture.restore(&other, &backup).await.unwrap();
}

/// One snapshot: whatever is filed meanwhile is in it whole or not at all.
#[tokio::test]
async fn a_backup_is_of_one_moment() {
    let fixture = Fixture::migrated().await;
    fixture.fill(3).await;
    let filing = async {
        for round in 0..40 {
            let mut outcome = fixture.outcome(&format!("meanwhile {round}"));
            outcome.serial = fixture.store.next_number().await.unwrap();
            fixture.file(&outcome).await;
        }
    };
    let backups = async {
        let mut all = Vec::new();
        for _ in 0..4 {
            all.push(fixture.back_up().await);
        }
        all
    };
    let ((), backups) = tokio::join!(filing, backups);
    let databases = [
        ("b0", "CREATE DATABASE b0"),
        ("b1", "CREATE DATABASE b1"),
        ("b2", "CREATE DATABASE b2"),
        ("b3", "CREATE DATABASE b3"),
    ];
    for (backup, (name, statement)) in backups.iter().zip(databases) {
        let (other, url) = fixture.another(name, statement).await;
        fixture.restore(&other, backup).await.unwrap();
        let tickets = number(&url, "SELECT count(*) FROM ticket").await;
        assert!(tickets >= 3);
        for count in [
            "SELECT count(*) FROM entry",
            "SELECT count(*) FROM seen",
            "SELECT count(*) FROM observable",
            "SELECT count(*) FROM outbox",
            "SELECT count(*) FROM audit",
        ] {
            assert_eq!(number(&url, count).await, tickets, "{count}");
        }
        let highest = number(&url, "SELECT max(serial) FROM ticket").await;
        assert!(other.next_number().await.unwrap() > highest);
    }
}
