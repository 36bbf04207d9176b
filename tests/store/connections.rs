//! Connections are few, and a broken one is not used again.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use pillarbox::config::{Database, Span};
use pillarbox::store::{Store, StoreFault};
use sqlx::Connection;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;
use uuid::Uuid;

use crate::fixture::{Fixture, inbox};

#[tokio::test]
async fn statement_that_was_given_up_leaves_no_answer_for_the_next() {
    let fixture = Fixture::migrated().await;
    fixture.keep("one").await;
    let mut owner = fixture.connection().await;
    let mut lock = owner.begin().await.unwrap();
    sqlx::raw_sql("LOCK TABLE inbox")
        .execute(&mut *lock)
        .await
        .unwrap();
    // More than there are connections: none of them may come back with a statement half done.
    for _ in 0..20 {
        let given_up = timeout(Duration::from_millis(30), fixture.store.inbox_depth()).await;
        assert!(given_up.is_err(), "the lock holds it");
    }
    lock.rollback().await.unwrap();
    for _ in 0..20 {
        assert!(fixture.store.ping().await.is_ok());
        assert_eq!(fixture.store.inbox_depth().await.unwrap().0, 1);
    }
}

#[tokio::test]
async fn many_statements_at_once_share_the_connections_that_were_configured() {
    let fixture = Fixture::migrated().await;
    let asking: Vec<_> = (0..100)
        .map(|_| {
            let store = fixture.store.clone();
            tokio::spawn(async move { store.inbox_depth().await.unwrap().0 })
        })
        .collect();
    for asked in asking {
        assert_eq!(asked.await.unwrap(), 0);
    }
    let open = fixture
        .number("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pillarbox'")
        .await;
    assert!((1..=8).contains(&open), "{open} connections");
}

#[tokio::test]
async fn connections_that_the_server_closed_are_replaced() {
    let fixture = Fixture::migrated().await;
    fixture.keep("one").await;
    fixture
        .run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pillarbox'")
        .await;
    // A connection that was used a moment ago is not tested first: its statement fails, and the peer tries again.
    let mut depth = fixture.store.inbox_depth().await;
    for _ in 0..8 {
        if depth.is_ok() {
            break;
        }
        depth = fixture.store.inbox_depth().await;
    }
    assert_eq!(depth.unwrap().0, 1);
}

/// Passes a Postgres connection on, and forgets the server's answers while it is told to.
fn forgetful(socket: &Path, server: PathBuf) -> Arc<AtomicBool> {
    let forgets = Arc::new(AtomicBool::new(false));
    let listener = UnixListener::bind(socket).unwrap();
    let told = Arc::clone(&forgets);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (server, told) = (server.clone(), Arc::clone(&told));
            tokio::spawn(async move {
                let mut server = UnixStream::connect(server).await.unwrap();
                let (mut asked, mut answered) = ([0; 4096], [0; 4096]);
                loop {
                    tokio::select! {
                        count = client.read(&mut asked) => match count.unwrap_or(0) {
                            0 => return,
                            count => server.write_all(&asked[..count]).await.unwrap(),
                        },
                        count = server.read(&mut answered) => match count.unwrap_or(0) {
                            0 => return,
                            _ if told.load(SeqCst) => {}
                            count => client.write_all(&answered[..count]).await.unwrap(),
                        },
                    }
                }
            });
        }
    });
    forgets
}

#[tokio::test]
async fn server_that_answers_nothing_any_more_costs_a_while_and_no_connection() {
    let fixture = Fixture::migrated().await;
    let url = fixture.cluster.url();
    let (host, port) = url.rsplit_once('@').unwrap().1.split_once(':').unwrap();
    let port = port.strip_suffix("/pillarbox").unwrap();
    let folder = tempfile::Builder::new().prefix("pbx-").tempdir().unwrap();
    let name = format!(".s.PGSQL.{port}");
    let server = PathBuf::from(host.replace("%2F", "/")).join(&name);
    let forgets = forgetful(&folder.path().join(&name), server);
    let proxy = folder.path().display().to_string().replace('/', "%2F");
    let short = Duration::from_millis(300);
    let settings = Database {
        url: url.replace(host, &proxy),
        timeout: Span(short),
        ..Database::default()
    };
    let store = Store::with_deadline(&settings, short).unwrap();
    store.ping().await.unwrap();

    forgets.store(true, SeqCst);
    // Twice as many as there are turns: each piece gives its turn back.
    let keeping: Vec<_> = (0..2 * settings.connections)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let piece = inbox("piece");
                let keeping = store.keep_piece(Uuid::now_v7(), 0, &piece);
                timeout(Duration::from_secs(20), keeping).await
            })
        })
        .collect();
    for kept in keeping {
        let kept = kept.await.unwrap().unwrap();
        assert!(matches!(kept, Err(StoreFault::Unavailable(_))), "{kept:?}");
    }
    forgets.store(false, SeqCst);
    store.ping().await.unwrap();
    assert_eq!(store.inbox_depth().await.unwrap().0, 0);
}
