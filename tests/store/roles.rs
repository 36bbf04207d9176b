//! The listener's database user: it may add to the inbox and do nothing else.

use std::fs;
use std::process::{Child, Stdio};
use std::time::Duration;

use pillarbox::store::StoreFault;
use uuid::Uuid;

use crate::fixture::{Fixture, LEASE, inbox, message, store};
use crate::support::{Installation, send, wait_for};

/// What an operator writes for a listener that runs by itself.
const GRANTS: &str = "
    CREATE USER pillarbox_listener;
    GRANT CONNECT ON DATABASE pillarbox TO pillarbox_listener;
    GRANT USAGE ON SCHEMA public TO pillarbox_listener;
    GRANT INSERT ON inbox, inbox_piece TO pillarbox_listener;
";

fn as_listener(url: &str) -> String {
    url.replace("postgres://pillarbox@", "postgres://pillarbox_listener@")
}

#[tokio::test]
async fn listener_user_keeps_mail_and_can_do_nothing_else() {
    let fixture = Fixture::migrated().await;
    fixture.run(GRANTS).await;
    let listener = store(&as_listener(&fixture.cluster.url()));
    listener.ping().await.unwrap();
    listener.notify().await.unwrap();
    listener
        .keep(message(Uuid::now_v7(), 1, 0, "c"))
        .await
        .unwrap();
    assert_eq!(fixture.store.inbox_depth().await.unwrap().0, 1);
    listener
        .keep_piece(Uuid::now_v7(), 0, &inbox("p"))
        .await
        .unwrap();
    listener.check_schema().await.unwrap();
    let refused = |fault: Option<StoreFault>| matches!(fault, Some(StoreFault::Denied));
    assert!(refused(listener.claim(1, LEASE).await.err()));
    assert!(refused(listener.inbox_depth().await.err()));
    assert!(refused(listener.pieces(Uuid::now_v7(), 1).await.err()));
    assert!(refused(listener.drop_pieces(Uuid::now_v7()).await.err()));
    assert!(refused(listener.due_mail(1, LEASE, &[]).await.err()));
    assert!(refused(listener.raw(Uuid::now_v7()).await.err()));
    assert!(refused(listener.certificates(None).await.err()));
    assert!(refused(listener.next_number().await.err()));
}

/// The roles of one installation as three processes, the listener with its own user and without the ring.
#[test]
fn listener_with_insert_only_takes_mail_for_a_worker_elsewhere() {
    let installation = Installation::new("");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        use sqlx::Connection;
        let mut owner = sqlx::PgConnection::connect(&installation.cluster.url())
            .await
            .unwrap();
        sqlx::raw_sql(GRANTS).execute(&mut owner).await.unwrap();
    });
    let text = fs::read_to_string(installation.configuration()).unwrap();
    fs::create_dir(installation.path("listener")).unwrap();
    let configuration = installation.path("listener/pillarbox.toml");
    let url = as_listener(&installation.cluster.url());
    let text = text
        .replace(&installation.cluster.url(), &url)
        .replace("keys/storage.ring", "keys/not-for-you.ring");
    fs::write(&configuration, text).unwrap();
    let admin = pillarbox::postgres::free_port().unwrap();
    fs::write(
        installation.path("conf.d/admin.toml"),
        format!("[admin]\naddress = \"127.0.0.1:{admin}\"\n"),
    )
    .unwrap();
    let mut workers = Process::start(
        &installation,
        &installation.configuration(),
        &["worker", "outbox"],
    );
    let mut listener = Process::start(&installation, &configuration, &["listener"]);
    wait_for("the listener", Duration::from_secs(20), || {
        assert!(
            listener.0.try_wait().unwrap().is_none(),
            "{}",
            installation.log()
        );
        std::net::TcpStream::connect(("127.0.0.1", installation.ports.smtp)).is_ok()
    });
    let report = "From: noc@partner.example\nTo: csirt@team.example\nSubject: Scan\n\n192.0.2.10 scans 198.51.100.7.\n";
    let reply = send(
        installation.ports.smtp,
        "noc@partner.example",
        "csirt@team.example",
        report,
    );
    assert!(reply.starts_with("250 "), "{reply}");
    wait_for("the acknowledgement", Duration::from_secs(20), || {
        installation.outbox().len() == 1
    });
    assert_eq!(installation.tickets().len(), 1);
    let ready = crate::support::http_get(installation.ports.admin, "/health/ready").unwrap();
    assert_eq!(
        ready, "ready\n",
        "a listener that may not see the schema still serves"
    );
    assert!(workers.0.try_wait().unwrap().is_none());
    let log = installation.log();
    assert!(!log.contains("WARN") && !log.contains("ERROR"), "{log}");
}

/// `serve` with some roles; killed when dropped.
struct Process(Child);

impl Process {
    fn start(
        installation: &Installation,
        configuration: &std::path::Path,
        roles: &[&str],
    ) -> Process {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(installation.path("daemon.log"))
            .unwrap();
        let mut command = std::process::Command::new(crate::support::BINARY);
        command
            .arg("--config")
            .arg(configuration)
            .arg("serve")
            .stdin(Stdio::null());
        for role in roles {
            command.args(["--role", role]);
        }
        Process(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
