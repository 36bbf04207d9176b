//! One database role for each part: what it needs works, and nothing else does.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use pillarbox::actions::{Acting, ActionFault, link, note, owner, tag};
use pillarbox::contacts::Register;
use pillarbox::store::roles::{CONSOLE, LISTENER, OUTBOX, RIGHTS, ROLES, WORKER, rights_script};
use pillarbox::store::{
    AuditLine, Breach, Count, Digests, EventLine, Habit, LateTicket, Move, NewIndex,
    NewObservables, NewTicket, Orphans, QueueFilter, QueueOrder, QueuePage, ReportMail,
    ReportState, Rewritten, SessionLife, Split, Store, StoreFault, StoredCertificate, StoredEvent,
    StoredPeer, StoredTicketEvent, TakeBack, Telling, Test, Told, Waiting, Wanted, Window,
};
use pillarbox::ticket::{self, Step};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;
use vault::{Bits, Family, WrappedKey};

use crate::contacts::{organisation, register};
use crate::fixture::{Fixture, LEASE, MONTH, Outcome, TEAM, inbox, message, store};
use crate::letters::Sheet;

/// Logins as the README makes them, one for each role.
async fn with_logins() -> Fixture {
    let fixture = Fixture::migrated().await;
    for role in ROLES {
        fixture
            .say(&format!("CREATE ROLE my_{role} LOGIN IN ROLE {role}"))
            .await;
    }
    fixture
}

impl Fixture {
    async fn say(&self, statement: &str) {
        let mut connection = self.connection().await;
        execute(&mut connection, statement).await.unwrap();
    }

    fn url_of(&self, login: &str) -> String {
        let user = format!("postgres://{login}@");
        self.cluster.url().replace("postgres://pillarbox@", &user)
    }

    fn store_of(&self, role: &str) -> Store {
        store(&self.url_of(&format!("my_{role}")))
    }

    async fn login_of(&self, role: &str) -> PgConnection {
        let url = self.url_of(&format!("my_{role}"));
        PgConnection::connect(&url).await.unwrap()
    }
}

fn another_database(fixture: &Fixture, name: &str) -> String {
    let url = fixture.cluster.url();
    format!("{}/{name}", url.strip_suffix("/pillarbox").unwrap())
}

async fn execute(connection: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
        .execute(connection)
        .await
        .map(|_| ())
}

async fn assert_refused(connection: &mut PgConnection, statement: &str) {
    match execute(connection, statement).await {
        Err(sqlx::Error::Database(error)) => {
            assert_eq!(
                error.code().as_deref(),
                Some("42501"),
                "{statement}: {error}"
            );
        }
        other => panic!("{statement}: {other:?}"),
    }
}

/// Tables, views and sequences with their columns.
async fn relations(connection: &mut PgConnection) -> Vec<(String, String, Vec<String>)> {
    sqlx::query_as(
        "SELECT relname::text, relkind::text, array_agg(attname::text ORDER BY attnum) FROM pg_class
         JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') GROUP BY 1, 2 ORDER BY 1",
    )
    .fetch_all(connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn every_table_has_a_decision_for_every_role_and_nothing_else_is_granted() {
    let fixture = Fixture::migrated().await;
    let mut connection = fixture.connection().await;
    let there = relations(&mut connection).await;
    let there: Vec<&str> = there.iter().map(|(name, ..)| name.as_str()).collect();
    let mut decided: Vec<&str> = RIGHTS.iter().map(|rights| rights.table).collect();
    decided.sort_unstable();
    assert_eq!(
        there, decided,
        "store/roles.rs must decide about every table and sequence"
    );

    // What stands in the catalogs is what was decided, column by column.
    let granted: Vec<(String, String, String, String)> = sqlx::query_as(
        "SELECT relname::text, coalesce(rolname::text, 'PUBLIC'), privilege_type, ''
         FROM pg_class c, aclexplode(relacl) a LEFT JOIN pg_roles r ON r.oid = grantee
         WHERE relnamespace = 'public'::regnamespace AND grantee <> relowner
         UNION ALL
         SELECT relname::text, coalesce(rolname::text, 'PUBLIC'), privilege_type, attname::text
         FROM pg_class c JOIN pg_attribute t ON attrelid = c.oid, aclexplode(attacl) a LEFT JOIN pg_roles r ON r.oid = grantee
         WHERE relnamespace = 'public'::regnamespace AND grantee <> relowner",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let mut wanted = BTreeSet::new();
    for rights in RIGHTS {
        for (role, words) in ROLES.iter().zip(rights.of) {
            for word in words {
                let (word, columns) = word.split_once(' ').unwrap_or((word, ""));
                for column in columns.trim_matches(['(', ')']).split(", ") {
                    let line = [rights.table, role, word, column].map(str::to_owned);
                    wanted.insert(<(String, String, String, String)>::from(line));
                }
            }
        }
    }
    assert_eq!(granted.into_iter().collect::<BTreeSet<_>>(), wanted);
    assert_eq!(
        fixture.store.rights_findings().await.unwrap(),
        Vec::<String>::new()
    );

    // No function of ours runs with another's rights.
    let definers = fixture
        .number("SELECT count(*) FROM pg_proc WHERE prosecdef AND pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)")
        .await;
    assert_eq!(definers, 0);
}

#[tokio::test]
async fn listener_login_keeps_mail_and_can_do_nothing_else() {
    let fixture = with_logins().await;
    let listener = fixture.store_of(LISTENER);
    listener.ping().await.unwrap();
    listener.notify().await.unwrap();
    listener
        .keep(message(Uuid::now_v7(), 1, 0, "c"))
        .await
        .unwrap();
    listener
        .keep_piece(Uuid::now_v7(), 0, &inbox("p"))
        .await
        .unwrap();
    listener.check_schema().await.unwrap();
    assert_eq!(fixture.store.inbox_depth().await.unwrap().0, 1);
    let pieces = listener.drop_pieces(Uuid::now_v7()).await;
    assert!(matches!(pieces, Err(StoreFault::Denied)), "{pieces:?}");

    let mut login = fixture.login_of(LISTENER).await;
    let relations = relations(&mut fixture.connection().await).await;
    assert!(relations.len() > 20);
    let mut statements = Vec::new();
    for (name, kind, columns) in &relations {
        if kind == "S" {
            statements.push(format!("SELECT nextval('{name}')"));
            statements.push(format!("SELECT setval('{name}', 1)"));
            statements.push(format!("SELECT * FROM {name}"));
            continue;
        }
        for column in columns {
            statements.push(format!("SELECT {column} FROM {name}"));
            statements.push(format!("UPDATE {name} SET {column} = DEFAULT"));
            statements.push(format!("COPY (SELECT {column} FROM {name}) TO STDOUT"));
        }
        for statement in [
            "SELECT count(*) FROM",
            "SELECT ctid FROM",
            "DELETE FROM",
            "TRUNCATE",
            "TABLE",
            "COPY (SELECT FROM",
        ] {
            let end = if statement.starts_with("COPY") {
                ") TO STDOUT"
            } else {
                ""
            };
            statements.push(format!("{statement} {name}{end}"));
        }
        statements.push(format!("DO $$ BEGIN LOCK TABLE {name}; END $$"));
        statements.push(format!("ALTER TABLE {name} ADD COLUMN mine integer"));
        statements.push(format!("DROP TABLE {name}"));
        statements.push(format!(
            "INSERT INTO inbox (size) SELECT count(*) FROM {name}"
        ));
        if !["inbox", "inbox_piece"].contains(&name.as_str()) {
            statements.push(format!("INSERT INTO {name} DEFAULT VALUES"));
        }
    }
    for statement in &statements {
        assert_refused(&mut login, statement).await;
    }
}

/// Ways around: other roles, other people's objects, files, programs, objects of one's own.
const AROUND: &[&str] = &[
    "SET ROLE pillarbox_worker",
    "SET ROLE pillarbox",
    "SET SESSION AUTHORIZATION pillarbox",
    "GRANT pillarbox_worker TO my_pillarbox_listener",
    "CREATE TABLE public.mine (x integer)",
    "CREATE TEMPORARY TABLE mine (x integer)",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE VIEW public.mine AS SELECT 1",
    "CREATE TRIGGER mine BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE RULE mine AS ON INSERT TO inbox DO ALSO NOTHING",
    "CREATE EXTENSION file_fdw",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "COPY inbox (id) FROM PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/mine'",
    "SELECT pg_read_file('/etc/hostname')",
    "SELECT pg_ls_waldir()",
    "SELECT lo_import('/etc/hostname')",
    "SELECT lo_get(4711)",
    "SELECT lo_open(4711, 262144)",
    "SELECT lo_unlink(4711)",
    "SELECT data FROM pg_largeobject",
    "SELECT rolpassword FROM pg_authid",
    "SELECT * FROM pg_statistic",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'pillarbox'",
    "ALTER SYSTEM SET log_statement = 'all'",
    "SET log_parameter_max_length = -1",
    "SET session_replication_role = replica",
    "ALTER DATABASE pillarbox SET search_path = mine",
];

#[tokio::test]
async fn listener_login_finds_no_way_around() {
    let fixture = with_logins().await;
    fixture.keep("secret").await;
    fixture
        .run("SELECT lo_from_bytea(4711, 'secret'); ANALYZE")
        .await;
    let mut login = fixture.login_of(LISTENER).await;
    let values = "(id, size, envelope, content) VALUES (gen_random_uuid(), 1, '', '')";
    for statement in AROUND {
        // The owner's own session is there to be ended.
        let _owner = fixture.connection().await;
        assert_refused(&mut login, statement).await;
    }
    for statement in [
        format!("INSERT INTO inbox {values} RETURNING content"),
        format!("INSERT INTO inbox {values} ON CONFLICT (id) DO UPDATE SET content = ''"),
        "INSERT INTO inbox (id, size, envelope, content, due_at) VALUES (gen_random_uuid(), 1, '', '', 'infinity')".into(),
        "INSERT INTO inbox (id, size, envelope, content, attempts) VALUES (gen_random_uuid(), 1, '', '', 9)".into(),
        "INSERT INTO inbox (id, size, envelope, content, restored) VALUES (gen_random_uuid(), 1, '', '', true)".into(),
    ] {
        assert_refused(&mut login, &statement).await;
    }
    let others: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_stats WHERE schemaname = 'public'")
            .fetch_one(&mut login)
            .await
            .unwrap();
    assert_eq!(others, 0, "statistics show values");
    // Nobody without a role gets in at all, and no role itself logs in.
    fixture.run("CREATE ROLE stranger LOGIN").await;
    for name in ["stranger", LISTENER, WORKER] {
        let refused = PgConnection::connect(&fixture.url_of(name)).await;
        assert!(refused.is_err(), "{name}");
    }
}

fn may<T>(what: &str, done: Result<T, StoreFault>) {
    let denied = matches!(done.err(), Some(StoreFault::Denied));
    assert!(!denied, "{what} is denied");
}

/// A certificate, and what is told of it.
fn certificate() -> (StoredCertificate, StoredEvent) {
    let id = Uuid::now_v7();
    let certificate = StoredCertificate {
        id,
        wrapped: WrappedKey::from_bytes(vec![0; 8]),
        version: 1,
        sealed: inbox("c"),
    };
    let event = StoredEvent {
        id: Uuid::now_v7(),
        certificate: id,
        action: "kept".into(),
        detail: inbox("d"),
    };
    (certificate, event)
}

/// A line, and one that says how long other chains are.
async fn assert_writes_history(store: &Store, line: &AuditLine<'_>) {
    store.add_audit(Uuid::now_v7(), line).await.unwrap();
    store.last_audit(Uuid::now_v7()).await.unwrap();
    let heads = store.loose_heads(Uuid::nil(), 10).await.unwrap();
    assert!(!heads.is_empty());
    store.add_anchor(Uuid::nil(), line, &heads).await.unwrap();
}

async fn assert_tells_overdue(worker: &Store, letters: &Outcome) {
    may("late", worker.late_tickets(TEAM, 1).await);
    may("fail", worker.fail_awaited(b"x", "5.1.1").await);
    may("count", worker.overdue_count().await);
    let ticket = LateTicket {
        id: letters.case,
        serial: 1,
        state: "new".into(),
        told: 0,
        due: String::new(),
    };
    let telling = Telling {
        tickets: &[ticket],
        again: None,
        case: Some((letters.case, &letters.wrapped)),
        letters: &[(letters.mail, letters.letter.clone())],
        hook: Some(Uuid::now_v7()),
    };
    assert!(!worker.tell_overdue(&telling).await.unwrap());
}

/// What worker and outbox write about peers.
async fn assert_watches_peers(store: &Store) {
    let peer = StoredPeer {
        id: Uuid::now_v7(),
        wrapped: WrappedKey::from_bytes(vec![0; 8]),
        sealed: inbox("p"),
    };
    let count = Count {
        peer: peer.id,
        direction: "outbound".into(),
        day: "2026-11-20".into(),
        name: "session:none".into(),
        count: 1,
    };
    let habit = Habit {
        peer: peer.id,
        direction: "outbound".into(),
        tls: 3,
        verified: 3,
    };
    let breach = Breach {
        id: Uuid::now_v7(),
        peer: peer.id,
        direction: "outbound",
        kind: "tls_lost",
        established: 3,
        shown_by: None,
        tell: true,
    };
    store.add_counts(&[&peer], &[count]).await.unwrap();
    store
        .confirm_habits(std::slice::from_ref(&habit), true)
        .await
        .unwrap();
    assert_eq!(store.break_habit(&breach).await.unwrap(), Some(3));
    store.confirm_habits(&[habit], true).await.unwrap();
    let notices = store.due_notices(10, LEASE).await.unwrap();
    assert!(!notices.is_empty());
    for notice in notices {
        store
            .notice_put_off(Waiting::Alerts, notice.id, LEASE)
            .await
            .unwrap();
        store.notice_done(Waiting::Alerts, notice.id).await.unwrap();
    }
    may("overdue", store.due_overdue_notices(1, LEASE).await);
    let id = Uuid::now_v7();
    may("told", store.due_ticket_notices(TEAM, 1, LEASE).await);
    for waiting in [Waiting::Alerts, Waiting::Overdue, Waiting::Tickets] {
        let put_off = store.notice_put_off(waiting, id, LEASE).await;
        may("put off", put_off);
        may("done", store.notice_done(waiting, id).await);
        may("given up", store.give_up_notices(waiting, LEASE).await);
    }
    let line = AuditLine {
        number: 1,
        at: jiff::Timestamp::now(),
        actor: "gateway",
        action: "told",
        detail: "",
        mac: &[1],
        seal: &[1],
    };
    assert_writes_history(store, &line).await;
}

#[tokio::test]
async fn worker_login_can_do_its_work() {
    let fixture = with_logins().await;
    let worker = fixture.store_of(WORKER);
    worker.check_schema().await.unwrap();
    let mut heard = worker.listen().await.unwrap();
    worker.notify().await.unwrap();
    heard.recv().await.unwrap();
    fixture.keep("one").await;
    let claimed = worker.claim(1, LEASE).await.unwrap();
    let (id, attempt) = (claimed[0].id, claimed[0].attempt);
    may("hold", worker.hold(id, attempt, LEASE).await);
    may("pieces", worker.pieces(id, 1).await);
    let outcome = fixture.outcome("a");
    let filed = outcome.open(&worker, (id, attempt)).await;
    assert_eq!(filed.unwrap(), pillarbox::store::Committed::Filed);
    assert_tells_overdue(&worker, &fixture.outcome("letters")).await;
    let copy = fixture.held().await;
    let counted = worker.count_copy(copy, &outcome.digest).await.unwrap();
    assert_eq!(counted, Some(outcome.entry));
    let joining = fixture.held().await;
    let mut reply = fixture.outcome("b");
    reply.case = outcome.case;
    let joined = reply
        .commit(&worker, joining, None, Some(outcome.case), 2)
        .await;
    assert_eq!(joined.unwrap(), pillarbox::store::Committed::Filed);
    let digests = Digests {
        content: b"a",
        suppressed: b"kept without",
        address: b"a",
        domain: b"a",
        foreign: &[b"foreign".to_vec()],
        signatures: &[b"signature".to_vec()],
        signed_by: &[b"sender".to_vec()],
        ..Digests::default()
    };
    assert!(worker.facts(&digests, true).await.unwrap().number.is_some());
    worker.next_number().await.unwrap();
    let day = std::time::Duration::from_hours(24);
    let named = worker.named_tickets(TEAM, &[1], &[], day).await.unwrap();
    assert_eq!(named.len(), 1);
    worker.filed_as(outcome.entry).await.unwrap();
    worker.addressed(&[b"addressed".to_vec()]).await.unwrap();
    worker.tickets_with(&[b"id".to_vec()]).await.unwrap();
    worker.values_of(outcome.case, 1).await.unwrap();
    rest_of_its_work(&fixture, &worker).await;
    // The delivery is not its business, nor is what was written down.
    let mut login = fixture.login_of(WORKER).await;
    for statement in [
        "UPDATE outbox SET state = 'sent'",
        "SELECT message FROM outbox",
        "UPDATE audit SET action = ''",
        "DELETE FROM audit",
        "TRUNCATE entry CASCADE",
        "INSERT INTO inbox (id, size, envelope, content) VALUES (gen_random_uuid(), 1, '', '')",
    ] {
        assert_refused(&mut login, statement).await;
    }
}

async fn rest_of_its_work(fixture: &Fixture, worker: &Store) {
    let now = jiff::Timestamp::now();
    may("aged", worker.aged(TEAM, now, Uuid::nil(), 1).await);
    let case = worker.tickets(TEAM, &[1], &[]).await.unwrap()[0].id;
    let by = pillarbox::erasure::By {
        team: TEAM,
        actor: "retention",
        reason: "age",
    };
    let erased = pillarbox::erasure::erase_case(worker, &fixture.ring, case, by).await;
    assert!(erased.unwrap());
    may("months", worker.shredded_months().await);
    may("epochs", worker.epochs_named().await);
    may("organisations", worker.organisations().await);
    may("stamp", worker.organisations_stamp().await);
    may("end", worker.end_shred_month(1).await);
    may("spread", worker.forget_spread().await);
    let (id, attempt) = fixture.held().await;
    may("unclaim", worker.unclaim(id, attempt, Duration::ZERO).await);
    may("give back", worker.give_back(id, 1, "x", LEASE).await);
    may("park", worker.park(id, 1, "x").await);
    may("forget answers", worker.forget_answers().await);
    let late = Instant::now() + Duration::from_secs(7200);
    let mut orphans = Orphans::default();
    fixture
        .store
        .keep_piece(Uuid::now_v7(), 0, &inbox("p"))
        .await
        .unwrap();
    may(
        "see pieces",
        worker.forget_pieces(&mut orphans, Instant::now()).await,
    );
    assert_eq!(worker.forget_pieces(&mut orphans, late).await.unwrap(), 1);
    let (new, event) = certificate();
    let link = fixture.link(new.id).await;
    let (event, line) = (&event, link.line());
    worker
        .add_certificate(&new, &[vec![1]], &Told { event, line })
        .await
        .unwrap();
    worker.certificates(None).await.unwrap();
    for depth in [worker.inbox_depth().await, worker.outbox_depth().await] {
        depth.unwrap();
    }
    worker.unreadable_count().await.unwrap();
    may("partitions", worker.partitions(None, None).await);
    may("rows", worker.index_rows(None, None).await);
    assert_watches_peers(worker).await;
    assert_reports(worker).await;
}

/// Reports about TLS, made and received.
async fn assert_reports(worker: &Store) {
    let day = "2026-11-20";
    let peers = worker.delivered_to(day, true).await.unwrap();
    let peer = peers[0].id;
    worker.day_counts(peer, day).await.unwrap();
    assert_eq!(worker.claim_report(day, peer).await.unwrap(), Some(1));
    let mail = ReportMail {
        id: Uuid::now_v7(),
        wrapped: &WrappedKey::from_bytes(vec![0; 8]),
        message: &inbox("r"),
    };
    let done = worker.report_done(day, peer, ReportState::Sent, Some(&mail));
    done.await.unwrap();
    let received = worker.add_received(b"r", &peers[0], &[]).await;
    assert!(received.unwrap());
    worker.forget_transport("2027-01-01").await.unwrap();
}

#[tokio::test]
async fn outbox_login_can_send_and_reads_no_report() {
    let fixture = with_logins().await;
    fixture.file(&fixture.outcome("a")).await;
    let outbox = fixture.store_of(OUTBOX);
    outbox.check_schema().await.unwrap();
    let due = outbox.due_mail(1, LEASE, &[]).await.unwrap();
    let claim = due[0].claim();
    assert_eq!(
        outbox
            .hold_mail(&[claim.0], &[claim.1], LEASE)
            .await
            .unwrap()
            .len(),
        1
    );
    may("put off", outbox.put_off(claim, "451", LEASE).await);
    may("postpone", outbox.postpone(claim, "resting", LEASE).await);
    may(
        "failed",
        outbox.failed((claim.0, 0), "550", Some(&[1; 16])).await,
    );
    may("sent", outbox.sent(claim.0, &[1; 16]).await);
    outbox.undeliverable(&[1; 16]).await.unwrap();
    outbox.outbox_depth().await.unwrap();
    outbox.shredded_months().await.unwrap();
    outbox.epochs_named().await.unwrap();
    assert_watches_peers(&outbox).await;
    let mut login = fixture.login_of(OUTBOX).await;
    for table in [
        "inbox",
        "inbox_piece",
        "ticket",
        "entry",
        "seen",
        "party",
        "observable",
        "certificate",
        "acknowledged",
        "organisation",
    ] {
        assert_refused(&mut login, &format!("SELECT count(*) FROM {table}")).await;
    }
    for statement in [
        "INSERT INTO outbox (id, case_id, due_at, message) VALUES (gen_random_uuid(), gen_random_uuid(), now(), '')",
        "UPDATE outbox SET message = ''",
        "DELETE FROM outbox",
        "UPDATE case_key SET wrapped = ''",
        "DELETE FROM case_key",
        "DELETE FROM audit",
    ] {
        assert_refused(&mut login, statement).await;
    }
}

async fn assert_indexes_anew(console: &Store) {
    let bits = [(Family::Address, Bits([1, 0, 0]))];
    let mut work = console.index_work(MONTH).await.unwrap();
    may("count", work.count().await);
    let rows = work.rows(Uuid::nil(), 1).await.unwrap().unwrap().1;
    let (entry, _, mark) = rows[0];
    may("set", work.set(&[(entry, mark, 1)]).await);
    may("end", work.end(&bits).await);
}

/// What the pages need, and no more: accounts are made by the owner.
async fn assert_lets_analysts_in(console: &Store) {
    let (minute, id) = (LEASE, Uuid::nil());
    let life = SessionLife {
        idle: minute,
        most: minute,
    };
    may("attempt", console.attempt(&[1], 1).await);
    may("forget", console.forget_attempts(&[vec![1]]).await);
    may("account", console.console_account(TEAM, "ann").await);
    may("accounts", console.console_accounts(TEAM).await);
    may("code", console.use_totp(id, 1).await);
    may("language", console.choose_language(id, "fr").await);
    may("session", console.session(TEAM, &[1; 32], life, true).await);
    may("end", console.end_session(&[1; 32]).await);
    may("ends", console.end_sessions(id).await);
    may("paced", console.paced(&[2], minute, 1).await);
    may("known", console.knows_network(&[1]).await);
    may("know", console.know_network(&[1]).await);
    may("flow", console.use_flow(&[1]).await);
    may("whose", console.is_vouched(id).await);
    let page = QueuePage {
        order: QueueOrder::Urgent,
        wanted: Wanted::Any(vec![
            Wanted::Test(Test::Overdue),
            Wanted::Test(Test::Awaited),
            Wanted::Test(Test::Encrypted),
        ]),
        after: None,
        limit: 1,
    };
    may("queue", console.queue_page(TEAM, &page).await);
    may(
        "counts",
        console.queue_counts(TEAM, &[page.wanted], 1).await,
    );
}

/// Everything that a split asks for, up to its refusal: the message is the only one.
async fn split_off(fixture: &Fixture, console: &Store, ticket: &Outcome) {
    let mut work = console.take_case(ticket.case).await.unwrap().unwrap();
    for place in work.places().await.unwrap() {
        if place.row == ticket.entry {
            let sealed = work.read(&place).await.unwrap();
            work.write(&place, &sealed).await.unwrap();
        }
    }
    let other = fixture.outcome("other");
    let (old, new) = (
        fixture.link(ticket.case).await,
        fixture.link(other.case).await,
    );
    let columns = NewTicket {
        team: TEAM,
        serial: 77,
        needs_human: "",
        claims: 1,
        link: "split",
    };
    let split = Split {
        events: &[],
        entries: &[ticket.entry, other.entry],
        ticket: (other.case, &other.wrapped, columns),
        hour: jiff::Timestamp::now(),
        parties: &[],
        foreign: &[b"new".to_vec()],
        parted: &[b"foreign".to_vec()],
        lines: [(ticket.case, old.line()), (other.case, new.line())],
    };
    let refused = work.split(&split).await;
    assert!(matches!(refused, Err(StoreFault::Conflict)), "{refused:?}");
}

/// What is said of a message's values, and by which values it is found then.
async fn corrects(fixture: &Fixture, console: &Store, ticket: &Outcome) {
    let event = StoredTicketEvent {
        id: Uuid::now_v7(),
        action: "corrected".into(),
        detail: ticket.observable.clone(),
    };
    let line = fixture.link(ticket.case).await;
    let said = EventLine {
        ticket: ticket.case,
        key: &ticket.wrapped,
        event: &event,
        audit: line.line(),
    };
    let (month, _) = console.observable(ticket.entry).await.unwrap().unwrap();
    // The month was indexed anew since it was filed.
    let now = console.partitions(Some(&month), Some(&month)).await;
    let now = now.unwrap();
    let version = |family| {
        let mut now = now.iter();
        now.find(|one| one.family == family).map(|one| one.version)
    };
    let index = ticket.rows.index.iter().filter_map(|row| {
        let version = version(row.family)?;
        Some(NewIndex { version, ..*row })
    });
    let values = NewObservables {
        month,
        index: index.collect(),
        spread: ticket.rows.spread.clone(),
        value: ticket.observable.clone(),
    };
    let rewritten = Rewritten {
        entry: ticket.entry,
        values: &values,
        summary: Some((&ticket.summary, &ticket.observable)),
    };
    console.correct(&said, &rewritten).await.unwrap();
    // The line is taken: somebody else was faster.
    let again = console.correct(&said, &rewritten).await;
    assert!(matches!(again, Err(StoreFault::Conflict)), "{again:?}");
}

/// Claims, notes, writes a letter and takes it back.
async fn desk(fixture: &Fixture, console: &Store, ticket: &Outcome) {
    let acting = Acting {
        store: console,
        ring: &fixture.ring,
        team: TEAM,
        by: "ann",
        own: None,
    };
    owner::claim(&acting, ticket.case, false).await.unwrap();
    note::add(&acting, ticket.case, "called").await.unwrap();
    let (wave, none) = (["wave".to_owned()], []);
    tag::change(&acting, ticket.case, (&wave, &none))
        .await
        .unwrap();
    tag::change(&acting, ticket.case, (&none, &wave))
        .await
        .unwrap();
    may("tag marks", console.tag_marks().await);
    may("marks of a ticket", console.marks_of(ticket.case).await);
    let sheet = Sheet::new(fixture, b"isp");
    let place = (ticket.case, &ticket.wrapped);
    let at = (jiff::Timestamp::now(), fixture.link(ticket.case).await);
    let sent = sheet.send_by(console, place, ("new", "open"), at);
    sent.await.unwrap();
    let line = fixture.link(ticket.case).await;
    let back = TakeBack {
        ticket: ticket.case,
        letter: sheet.outcome.entry,
        states: ("open", "new"),
        clock: None,
        audit: line.line(),
    };
    assert!(console.take_back(&back).await.unwrap());
    split_off(fixture, console, ticket).await;
    let nothing = link::remove(&acting, ticket.case, 77).await;
    assert!(
        matches!(nothing, Err(ActionFault::Refused(_))),
        "{nothing:?}"
    );
    corrects(fixture, console, ticket).await;
}

#[tokio::test]
async fn console_login_can_do_what_the_commands_do() {
    let fixture = with_logins().await;
    let filed = fixture.outcome("a");
    fixture.file(&filed).await;
    let console = fixture.store_of(CONSOLE);
    console.check_schema().await.unwrap();
    let filter = QueueFilter {
        limit: 1,
        ..Default::default()
    };
    let ticket = console.queue(TEAM, &filter).await.unwrap()[0].id;
    assert_eq!(console.entries(ticket).await.unwrap().len(), 1);
    may("raw", console.raw(ticket).await);
    may("tickets", console.tickets(TEAM, &[1], &[]).await);
    let now = jiff::Timestamp::now();
    let moves = [Move {
        id: ticket,
        from: 7,
        into: 1,
        state: "resolved",
    }];
    let merged = console
        .merge((TEAM, Some(1)), &moves, now, (&[], &[]))
        .await;
    assert!(matches!(merged, Err(StoreFault::Conflict)), "{merged:?}");
    may("suppressed", console.suppressed(None, 1).await);
    may("marks", console.marks(&[], Window::default()).await);
    may("spread", console.spread(&[], None, None).await);
    may("values", console.values(&[]).await);
    may("partitions", console.partitions(None, None).await);
    may("rows", console.index_rows(None, None).await);
    assert_indexes_anew(&console).await;
    desk(&fixture, &console, &filed).await;
    let change = ticket::change(
        &console,
        &fixture.ring,
        TEAM,
        ticket,
        Step::Resolve,
        ("ann", ""),
    );
    change.await.unwrap();
    may("awaited", console.awaited(ticket).await);
    may("held letter", console.held_letters(ticket).await);
    may("events", console.ticket_events(ticket).await);
    may("verify", console.case_rows(ticket).await);
    may("all spread", console.all_spread().await);
    may("log", console.shred_log(TEAM, None, 1).await);
    may("cases", console.cases(Uuid::nil(), 10).await);
    may("heads", console.heads(None, None, 10).await);
    may("lines", console.audit_rows(&[ticket]).await);
    may("anchors", console.anchors(1).await);
    may("mail states", console.mail_states(ticket).await);
    may("unreadable", console.unreadable(1).await);
    may("retry", console.retry(None).await);
    may("certificates", console.certificates(None).await);
    let (new, event) = certificate();
    let link = fixture.link(new.id).await;
    let (event, line) = (&event, link.line());
    let told = Told { event, line };
    may(
        "import",
        console.add_certificate(&new, &[vec![1]], &told).await,
    );
    may("undeliverable", console.undeliverable(&[1; 16]).await);
    may("contacts", console.contacts(&[vec![1; 16]]).await);
    may("newest", console.newest_messages(&[ticket]).await);
    may("reachable", console.reachable(&[1; 16]).await);
    may("alerts", console.alerts(true, None, None, 1).await);
    may("peers", console.transport_peers("00").await);
    may("searches", console.searches(TEAM, Some(Uuid::nil())).await);
    may(
        "unkept",
        console
            .remove_search(TEAM, Some(Uuid::nil()), Uuid::nil())
            .await,
    );
    may("figures", console.figures(TEAM, "UTC").await);
    may("counts", console.counts_since(ticket, "2026-11-01").await);
    let register = Register {
        store: console.clone(),
        ..register(&fixture)
    };
    register
        .add(&organisation("One", &[], &[]), "ann")
        .await
        .unwrap();
    let kept = register.open().await.unwrap().kept.remove(0);
    register
        .change(&kept, &organisation("Two", &[], &[]), "ann")
        .await
        .unwrap();
    let kept = register.open().await.unwrap().kept.remove(0);
    register.remove(&kept, "ann").await.unwrap();
    may("reports", console.delivered_to("2026-11-01", true).await);
    may("day", console.day_counts(ticket, "2026-11-01").await);
    may("held", console.held_mail(1).await);
    fixture
        .run("UPDATE outbox SET state = 'held' WHERE purpose = 'answer'")
        .await;
    assert_eq!(console.release_held(None).await.unwrap(), 1);
    may("drop", console.drop_held(None).await);
    assert_lets_analysts_in(&console).await;
    let mut login = fixture.login_of(CONSOLE).await;
    // A local account is there, and one that a provider lets in: that one alone is the console's.
    let keys: Vec<Uuid> = fixture
        .ids("SELECT id FROM case_key ORDER BY id LIMIT 2")
        .await;
    let [local, vouched] = [keys[0], keys[1]];
    let made = format!(
        "INSERT INTO console_account (id, team, name, role, password, totp) VALUES ('{local}', '{TEAM}', 'ann', 'reader', '', '')"
    );
    let mut owner = fixture.connection().await;
    execute(&mut owner, &made).await.unwrap();
    for statement in [
        format!(
            "INSERT INTO console_account (id, team, name, role, password, totp, issuer, subject)
             VALUES ('{vouched}', '{TEAM}', 'bob', 'reader', '', '', 'https://id.example', '1')"
        ),
        format!("UPDATE console_account SET role = 'lead' WHERE id = '{vouched}'"),
        format!("UPDATE console_account SET totp_used = 7, role = role WHERE id = '{local}'"),
    ] {
        execute(&mut login, &statement).await.unwrap();
    }
    for statement in [
        "SELECT content FROM inbox",
        "UPDATE console_account SET role = 'admin'",
        "INSERT INTO console_account (id, team, name, role, password, totp)
            SELECT gen_random_uuid(), team, 'mallory', 'admin', password, totp FROM console_account",
        "UPDATE console_account SET disabled = false",
        "UPDATE console_account SET issuer = 'https://evil.example', subject = '1'",
        "UPDATE console_account SET password = ''",
        "INSERT INTO console_account SELECT * FROM console_account",
        "DELETE FROM console_account",
        "DELETE FROM audit",
        "DELETE FROM entry",
        "UPDATE outbox SET message = ''",
    ] {
        assert_refused(&mut login, statement).await;
    }
}

#[tokio::test]
async fn two_databases_of_one_cluster_share_the_roles() {
    let fixture = Fixture::empty();
    fixture.run("CREATE DATABASE second").await;
    let url = another_database(&fixture, "second");
    let second = store(&url);
    // At the same moment, roles and rights included.
    let (one, other) = tokio::join!(fixture.store.migrate(), second.migrate());
    assert_eq!(one.unwrap(), other.unwrap());
    for store in [&fixture.store, &second] {
        store.migrate().await.unwrap();
        assert_eq!(store.rights_findings().await.unwrap(), Vec::<String>::new());
    }
    fixture
        .run("CREATE ROLE shared LOGIN IN ROLE pillarbox_worker")
        .await;
    for url in [fixture.cluster.url(), url] {
        let worker = store(&url.replace("//pillarbox@", "//shared@"));
        worker.next_number().await.unwrap();
    }
}

/// As on a server that somebody else looks after: the user owns a database and may make no roles.
#[tokio::test]
async fn a_user_who_may_make_no_roles_is_told_what_to_ask_for() {
    let fixture = Fixture::empty();
    fixture.run("CREATE ROLE tenant LOGIN").await;
    fixture.run("CREATE DATABASE rented OWNER tenant").await;
    fixture
        .run("ALTER DATABASE rented SET log_parameter_max_length = 100")
        .await;
    let administrator = another_database(&fixture, "rented");
    let url = administrator.replace("//pillarbox@", "//tenant@");
    let tenant = store(&url);
    tenant.migrate().await.unwrap();
    tenant.check_schema().await.unwrap();
    let findings = tenant.rights_findings().await.unwrap().join("; ");
    for word in [
        "do not exist",
        LISTENER,
        CONSOLE,
        "log_parameter_max_length is 100",
    ] {
        assert!(findings.contains(word), "{findings}");
    }
    let mut connection = PgConnection::connect(&administrator).await.unwrap();
    for _ in 0..2 {
        execute(&mut connection, &rights_script()).await.unwrap();
    }
    let tenant = store(&url);
    assert_eq!(
        tenant.rights_findings().await.unwrap(),
        Vec::<String>::new()
    );
    tenant.migrate().await.unwrap();
    tenant.next_number().await.unwrap();
    execute(
        &mut connection,
        "CREATE ROLE taker LOGIN IN ROLE pillarbox_listener",
    )
    .await
    .unwrap();
    let taker = store(&url.replace("//tenant@", "//taker@"));
    taker
        .keep(message(Uuid::now_v7(), 1, 0, "c"))
        .await
        .unwrap();

    // Rights that were changed by hand are found, and put back.
    execute(&mut connection, "GRANT SELECT ON inbox TO pillarbox_listener; REVOKE UPDATE ON ticket FROM pillarbox_worker").await.unwrap();
    let findings = tenant.rights_findings().await.unwrap().join("; ");
    assert!(
        findings.contains("pillarbox_worker lacks rights"),
        "{findings}"
    );
    assert!(
        findings.contains("pillarbox_listener may do more")
            && findings.contains("taker may do more"),
        "{findings}"
    );
    tenant.migrate().await.unwrap();
    assert_eq!(
        tenant.rights_findings().await.unwrap(),
        Vec::<String>::new()
    );
}
