//! An installation of its own for a test: a private Postgres, keys, a configuration, and the real binary.

#![allow(
    dead_code,
    reason = "each test binary uses its own part of the harness"
)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use pillarbox::postgres::Cluster;
use serde_json::Value;

/// The binary that is shipped.
pub const BINARY: &str = env!("CARGO_BIN_EXE_pillarbox");

/// Everything that a gateway needs; removed when dropped.
pub struct Installation {
    /// The private Postgres; stops before its folder goes.
    pub cluster: Cluster,
    /// The folder of keys, configuration, logs and mail copies.
    pub folder: tempfile::TempDir,
    /// Ports: SMTP with STARTTLS, SMTP with implicit TLS, LMTP, admin.
    pub ports: Ports,
}

/// Loopback ports.
#[derive(Clone, Copy)]
pub struct Ports {
    pub smtp: u16,
    pub smtps: u16,
    pub lmtp: u16,
    pub admin: u16,
}

impl Installation {
    /// Makes one. `extra` is TOML that goes into `conf.d`, so it may override any key.
    pub fn new(extra: &str) -> Installation {
        let folder = tempfile::Builder::new().prefix("pbx-").tempdir().unwrap();
        // The server runs as another user when the tests run as root: it must be able to pass.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let cluster = Cluster::create(&folder.path().join("postgres")).unwrap();
        let ports = Ports {
            smtp: free_port(),
            smtps: free_port(),
            lmtp: free_port(),
            admin: free_port(),
        };
        let installation = Installation {
            folder,
            cluster,
            ports,
        };
        installation.write_configuration(extra);
        installation.run(&["keys", "generate", "storage"]);
        installation.run(&["keys", "generate", "team"]);
        installation.run(&["migrate", "up"]);
        installation
    }

    fn write_configuration(&self, extra: &str) {
        let path = self.folder.path();
        fs::create_dir_all(path.join("outbox")).unwrap();
        fs::create_dir_all(path.join("conf.d")).unwrap();
        let [authority, certificate, key] = certificates();
        fs::write(path.join("ca.crt"), authority).unwrap();
        fs::write(path.join("tls.crt"), certificate).unwrap();
        fs::write(path.join("tls.key"), key).unwrap();
        let Ports {
            smtp,
            smtps,
            lmtp,
            admin,
        } = self.ports;
        let mut text = include_str!("installation.toml").to_owned();
        for (name, value) in [
            ("@folder@", path.display().to_string()),
            ("@url@", self.cluster.url()),
            ("@smtp@", smtp.to_string()),
            ("@smtps@", smtps.to_string()),
            ("@lmtp@", lmtp.to_string()),
            ("@admin@", admin.to_string()),
        ] {
            text = text.replace(name, &value);
        }
        fs::write(self.configuration(), text).unwrap();
        fs::write(path.join("conf.d/test.toml"), extra).unwrap();
    }

    /// The configuration file.
    pub fn configuration(&self) -> PathBuf {
        self.folder.path().join("pillarbox.toml")
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The binary with this configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(BINARY);
        command
            .arg("--config")
            .arg(self.configuration())
            .args(arguments)
            .stdin(Stdio::null());
        command
    }

    /// Runs a command that must succeed; its standard output.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "pillarbox {arguments:?} failed: {errors}"
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs a command.
    pub fn output(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The lines of a command that prints one JSON object a line.
    pub fn json(&self, arguments: &[&str]) -> Vec<Value> {
        self.run(arguments)
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Tickets, as `ticket list --json` shows them.
    pub fn tickets(&self) -> Vec<Value> {
        self.json(&["ticket", "list", "--json", "--limit", "1000000"])
    }

    /// Suppressed mail, as `quarantine list --json` shows it.
    pub fn quarantine(&self) -> Vec<Value> {
        self.json(&["quarantine", "list", "--json", "--limit", "1000000"])
    }

    /// What left, in the order sent.
    pub fn outbox(&self) -> Vec<String> {
        let mut files: Vec<PathBuf> = fs::read_dir(self.path("outbox"))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "eml"));
        files.sort();
        files
            .iter()
            .map(|path| String::from_utf8(fs::read(path).unwrap()).unwrap())
            .collect()
    }

    /// Starts the daemon and waits until it listens. Its log is `daemon.log`, appended to.
    pub fn serve(&self) -> Daemon {
        let mut daemon = self.start(&[], &[], "daemon.log");
        self.wait_for_port(&mut daemon, self.ports.lmtp);
        daemon
    }

    /// Starts `serve` with more arguments and environment; returns at once. The log is appended to.
    pub fn start(
        &self,
        arguments: &[&str],
        environment: &[(&str, String)],
        log: &'static str,
    ) -> Daemon {
        let file = File::options()
            .create(true)
            .append(true)
            .open(self.path(log))
            .unwrap();
        let child = self
            .command(&["serve"])
            .args(arguments)
            .envs(environment.iter().map(|(name, value)| (name, value)))
            // Whatever it leaves behind, a core for example, lies there.
            .current_dir(self.folder.path())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .unwrap();
        Daemon { child, log }
    }

    /// Waits until the daemon listens on this port.
    pub fn wait_for_port(&self, daemon: &mut Daemon, port: u16) {
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = fs::read_to_string(self.path(daemon.log)).unwrap();
            assert!(
                daemon.child.try_wait().unwrap().is_none(),
                "the daemon ended: {log}"
            );
            assert!(
                Instant::now() < deadline,
                "the daemon does not listen: {log}"
            );
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// Runs SQL with psql, which must succeed; its output.
    pub fn sql(&self, statement: &str) -> String {
        let output = Command::new("psql")
            .arg(self.cluster.url())
            .args(["-qAtc", statement])
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{statement}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The daemon's log so far.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("daemon.log")).unwrap_or_default()
    }

    /// A value of `/metrics`, summed over its labels; 0 when it is not there.
    pub fn metric(&self, name: &str) -> f64 {
        let text = http_get(self.ports.admin, "/metrics").unwrap_or_default();
        let lines = text
            .lines()
            .filter(|line| line.starts_with(name) && !line.starts_with('#'));
        lines
            .filter_map(|line| line.rsplit_once(' ')?.1.parse::<f64>().ok())
            .sum()
    }

    /// Waits until nothing waits in inbox and outbox.
    pub fn settle(&self) {
        wait_for(
            "inbox and outbox to become empty",
            Duration::from_secs(120),
            || {
                let text = http_get(self.ports.admin, "/metrics").unwrap_or_default();
                let empty = |name: &str| text.lines().any(|line| line == format!("{name} 0"));
                empty("pillarbox_inbox_depth") && empty("pillarbox_outbox_depth")
            },
        );
    }
}

/// PEM of an authority of the test's own, of a certificate that it signed for localhost, and of that one's key.
fn certificates() -> [String; 3] {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::default();
    let name = &mut authority.distinguished_name;
    name.push(rcgen::DnType::CommonName, "Authority of the tests");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    let usages = [
        rcgen::KeyUsagePurpose::KeyCertSign,
        rcgen::KeyUsagePurpose::CrlSign,
    ];
    authority.key_usages.extend(usages);
    let authority = rcgen::CertifiedIssuer::self_signed(authority, authority_key).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let mut certificate = rcgen::CertificateParams::new(names).unwrap();
    let name = &mut certificate.distinguished_name;
    name.push(rcgen::DnType::CommonName, "localhost");
    let usage = rcgen::ExtendedKeyUsagePurpose::ServerAuth;
    certificate.extended_key_usages.push(usage);
    certificate.use_authority_key_identifier_extension = true;
    let (now, day) = (std::time::SystemTime::now(), Duration::from_hours(24));
    certificate.not_before = (now - day).into();
    certificate.not_after = (now + 30 * day).into();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    [authority.pem(), certificate.pem(), key.serialize_pem()]
}

/// A running daemon; killed when dropped.
pub struct Daemon {
    child: Child,
    log: &'static str,
}

impl Daemon {
    /// SIGKILL: no chance to clean up.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits for its end; whether it ended well.
    pub fn terminate(mut self) -> bool {
        self.signal("TERM");
        self.child.wait().unwrap().success()
    }

    /// Waits for its end; its exit code.
    pub fn wait(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Waits for its end, and how it came.
    pub fn end(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Sends a signal by name.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A loopback port that no other test takes as long as this process runs: a lock on a file says so. It lies below the
/// range from which Linux takes the ports of outgoing connections (32768 and up), so that none of those takes it before
/// the server under test does, nor while that restarts.
pub fn free_port() -> u16 {
    let user = rustix::process::getuid().as_raw();
    let folder = std::env::temp_dir().join(format!("pillarbox-test-ports-{user}"));
    fs::create_dir_all(&folder).unwrap();
    loop {
        let mut octets = [0; 2];
        getrandom::fill(&mut octets).unwrap();
        let port = 20_000 + u16::from_le_bytes(octets) % 12_000;
        let lock = File::create(folder.join(port.to_string())).unwrap();
        if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            std::mem::forget(lock);
            return port;
        }
    }
}

/// Asks until it is so.
pub fn wait_for(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + limit;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited {limit:?} for {what}");
        std::thread::park_timeout(Duration::from_millis(25));
    }
}

/// The body of a plain HTTP answer.
pub fn http_get(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .ok()?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .ok()?;
    let mut text = String::new();
    std::io::Read::read_to_string(&mut stream, &mut text).ok()?;
    text.split_once("\r\n\r\n").map(|(_, body)| body.to_owned())
}

/// A conversation line by line with an SMTP or LMTP listener, independent of the code under test.
pub struct Conversation {
    reader: BufReader<TcpStream>,
}

impl Conversation {
    /// Connects and reads the greeting.
    pub fn connect(port: u16) -> std::io::Result<Conversation> {
        Conversation::connect_saying(port, "")
    }

    /// Connects, says something first as a proxy does, and reads the greeting.
    pub fn connect_saying(port: u16, first: &str) -> std::io::Result<Conversation> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        stream.set_nodelay(true)?;
        let mut conversation = Conversation {
            reader: BufReader::new(stream),
        };
        conversation.write(first)?;
        conversation.reply()?;
        Ok(conversation)
    }

    /// Says a line; the last line of the answer.
    pub fn say(&mut self, line: &str) -> std::io::Result<String> {
        self.reader
            .get_mut()
            .write_all(format!("{line}\r\n").as_bytes())?;
        self.reply()
    }

    /// Says a line; all lines of the answer.
    pub fn say_all(&mut self, line: &str) -> std::io::Result<Vec<String>> {
        self.write(&format!("{line}\r\n"))?;
        self.reply_all()
    }

    /// Writes octets as they are.
    pub fn write(&mut self, octets: &str) -> std::io::Result<()> {
        self.reader.get_mut().write_all(octets.as_bytes())
    }

    /// Reads one answer; its last line.
    pub fn reply(&mut self) -> std::io::Result<String> {
        Ok(self.reply_all()?.pop().unwrap_or_default())
    }

    fn reply_all(&mut self) -> std::io::Result<Vec<String>> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if self.reader.read_line(&mut line)? == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            lines.push(line.trim_end().to_owned());
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(lines);
            }
        }
    }

    /// One message over SMTP; the answer to the end of data.
    pub fn send(&mut self, from: &str, to: &str, message: &str) -> std::io::Result<String> {
        for line in [format!("MAIL FROM:<{from}>"), format!("RCPT TO:<{to}>")] {
            let reply = self.say(&line)?;
            if !reply.starts_with('2') {
                return Ok(reply);
            }
        }
        let reply = self.say("DATA")?;
        if !reply.starts_with("354") {
            return Ok(reply);
        }
        let body = message
            .replace("\r\n", "\n")
            .replace("\n.", "\n..")
            .replace('\n', "\r\n");
        let end = if body.ends_with("\r\n") { "" } else { "\r\n" };
        self.say(&format!("{body}{end}."))
    }
}

/// Sends one message over SMTP; the answer to the end of data.
pub fn send(port: u16, from: &str, to: &str, message: &str) -> String {
    let mut conversation = Conversation::connect(port).unwrap();
    conversation.say("EHLO client.example").unwrap();
    let reply = conversation.send(from, to, message).unwrap();
    let _ = conversation.say("QUIT");
    reply
}

/// A program that must be installed for the tests.
pub fn installed(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .status()
        .unwrap()
        .success()
        || Path::new("/usr/sbin").join(program).exists()
}
