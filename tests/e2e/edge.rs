//! The edge of the real daemon: memory, descriptors, sockets of the service manager.

#[path = "../bench/sessions/bulk.rs"]
mod bulk;

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pillarbox::config::Database;
use pillarbox::store::Store;

use crate::support::{BINARY, Installation, send, wait_for};

const MIB: usize = 1 << 20;
const REPORT: &str = "From: noc@partner.example\nSubject: Scan\n\n192.0.2.10 scans 198.51.100.7.\n";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn store(installation: &Installation) -> Store {
    Store::new(&Database {
        url: installation.cluster.url(),
        ..Database::default()
    })
    .unwrap()
}

fn ring(installation: &Installation) -> vault::KeyRing {
    let settings = pillarbox::config::load(&installation.configuration()).unwrap();
    pillarbox::keyfiles::ring(&settings.storage).unwrap()
}

#[test]
fn many_large_messages_at_once_need_little_memory() {
    let (count, size) = (12, 25 * MIB);
    let installation = Installation::new("");
    let mut daemon = installation.start(&["--role", "listener"], &[], "daemon.log");
    installation.wait_for_port(&mut daemon, installation.ports.smtp);
    let before = bulk::status(daemon.pid(), "VmHWM");
    let stored = runtime().block_on(async {
        for reply in bulk::deliver_all(installation.ports.smtp, count, size).await {
            assert!(
                reply.starts_with("250 2.0.0"),
                "{reply}: {}",
                installation.log()
            );
        }
        bulk::compare(&store(&installation), &ring(&installation), size).await
    });
    assert_eq!(stored, count);
    let used = bulk::status(daemon.pid(), "VmHWM") - before;
    // Of 300 MiB; 200 messages may use 512 MiB (`tests/bench/sessions`), these their share and what does not depend on
    // their number.
    assert!(used < 64 * 1024, "{used} KiB");
}

#[test]
fn a_large_message_goes_all_the_way() {
    let installation = Installation::new("");
    let _daemon = installation.serve();
    let text = format!(
        "{REPORT}{}",
        "0123456789abcdef 0123456789abcdef\n".repeat(60_000)
    );
    let reply = send(
        installation.ports.smtp,
        "noc@partner.example",
        "csirt@team.example",
        &text,
    );
    assert!(reply.starts_with("250 2.0.0"), "{reply}");
    installation.settle();
    let tickets = installation.tickets();
    assert_eq!(tickets.len(), 1, "{}", installation.log());
    let left = "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM inbox_piece)";
    assert_eq!(installation.sql(left).trim(), "0");
}

/// A daemon that a shell prepared; killed when dropped.
struct Prepared(Child);

impl Prepared {
    /// `script` ends with `exec "$@"`.
    fn start(installation: &Installation, script: &str, stdin: Stdio, stdout: Stdio) -> Prepared {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(installation.path("daemon.log"))
            .unwrap();
        let child = Command::new("sh")
            .args(["-c", script, "sh", BINARY, "--config"])
            .arg(installation.configuration())
            .args(["serve", "--role", "listener"])
            .stdin(stdin)
            .stdout(stdout)
            .stderr(log)
            .spawn()
            .unwrap();
        Prepared(child)
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn without_descriptors_the_daemon_rests_and_recovers() {
    let installation = Installation::new("");
    let script = "ulimit -n 64 && exec \"$@\"";
    let daemon = Prepared::start(&installation, script, Stdio::null(), Stdio::null());
    let smtp = installation.ports.smtp;
    let sends = || send(smtp, "noc@partner.example", "csirt@team.example", REPORT);
    wait_for("the listener", Duration::from_secs(20), || {
        TcpStream::connect(("127.0.0.1", smtp)).is_ok()
    });
    assert!(sends().starts_with("250"));
    let (began, used) = (Instant::now(), bulk::cpu_seconds(daemon.0.id()));
    // A thousand peers that never say a word, over both kinds of port.
    let peers: Vec<TcpStream> = (0..1_000)
        .map(|number| {
            let port = [smtp, installation.ports.lmtp][number % 2];
            TcpStream::connect(("127.0.0.1", port)).unwrap()
        })
        .collect();
    let log = || installation.log();
    wait_for("the limit", Duration::from_secs(10), || {
        log().contains("can't accept")
    });
    let held = Duration::from_secs(3).saturating_sub(began.elapsed());
    std::thread::park_timeout(held);
    let used = bulk::cpu_seconds(daemon.0.id()) - used;
    let wall = began.elapsed().as_secs_f64();
    assert!(used < wall * 0.2, "{used} s of CPU in {wall} s");
    drop(peers);
    wait_for("mail to be taken again", Duration::from_secs(10), || {
        let mut client = match crate::support::Conversation::connect(smtp) {
            Ok(client) => client,
            Err(_) => return false,
        };
        let _ = client.say("EHLO client.example");
        let taken = client.send("noc@partner.example", "csirt@team.example", REPORT);
        taken.is_ok_and(|reply| reply.starts_with("250"))
    });
    // It is said once a listener and not for each peer.
    let said = log().matches("can't accept").count();
    assert!(said <= 10, "{said} lines");
}

#[test]
fn sockets_of_the_service_manager_are_served_and_kept() {
    use std::os::fd::OwnedFd;
    use std::os::unix::net::UnixListener;

    let installation = Installation::new("");
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = tcp.local_addr().unwrap().port();
    let path = installation.path("passed.sock");
    let unix = UnixListener::bind(&path).unwrap();
    // As systemd does it: descriptors from 3 on, and variables that say so to this process only.
    let script = |names: &str| {
        format!(
            "exec 3<&0 4<&1 </dev/null >/dev/null; \
             export LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES={names}; exec \"$@\""
        )
    };
    let start = |names: &str| {
        let stdin = Stdio::from(OwnedFd::from(tcp.try_clone().unwrap()));
        let stdout = Stdio::from(OwnedFd::from(unix.try_clone().unwrap()));
        Prepared::start(&installation, &script(names), stdin, stdout)
    };
    let daemon = start("smtp:lmtp-unix");
    let reply = send(port, "noc@partner.example", "csirt@team.example", REPORT);
    assert!(reply.starts_with("250"), "{reply}");
    let mut lmtp = std::os::unix::net::UnixStream::connect(&path).unwrap();
    let mut greeting = [0; 4];
    std::io::Read::read_exact(&mut lmtp, &mut greeting).unwrap();
    assert_eq!(&greeting, b"220 ");
    assert!(
        TcpStream::connect(("127.0.0.1", installation.ports.smtp)).is_err(),
        "the address of the configuration is not used"
    );
    drop((lmtp, daemon));
    // While nobody runs the socket stays and connections wait: the next daemon answers them.
    assert!(path.exists());
    let waiting =
        std::thread::spawn(move || send(port, "noc@partner.example", "csirt@team.example", REPORT));
    let daemon = start("smtp:lmtp-unix");
    assert!(waiting.join().unwrap().starts_with("250"));
    drop(daemon);

    let mut wrong = start("smtp:typo");
    assert!(!wrong.0.wait().unwrap().success());
    assert!(
        installation
            .log()
            .contains("there is no listener of that name")
    );
}

#[test]
fn a_unix_socket_gets_its_group() {
    use std::os::unix::fs::MetadataExt;

    let gid = rustix::process::getgid().as_raw();
    let groups = std::fs::read_to_string("/etc/group").unwrap();
    let of_ours = |line: &&str| line.split(':').nth(2) == Some(&gid.to_string());
    let name = groups
        .lines()
        .find(of_ours)
        .and_then(|line| line.split(':').next());
    let group = name.map_or_else(|| gid.to_string(), str::to_owned);
    let installation = Installation::new("");
    let text = std::fs::read_to_string(installation.configuration()).unwrap();
    let with = |group: &str| {
        let text = text.replace(
            "mode = \"0666\"",
            &format!("mode = \"0620\"\ngroup = \"{group}\""),
        );
        std::fs::write(installation.configuration(), text).unwrap();
    };
    with(&group);
    let daemon = installation.serve();
    let made = std::fs::metadata(installation.path("lmtp.sock")).unwrap();
    assert_eq!((made.gid(), made.mode() & 0o777), (gid, 0o620));
    daemon.terminate();
    with("no-such-group");
    let output = installation.output(&["serve", "--role", "listener"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("there is no group"), "{said}");
}
