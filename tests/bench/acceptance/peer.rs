//! The two servers.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{Daemon, Installation, free_port, wait_for};
use crate::{Figures, Load, smtp_source};

/// `sysconf(_SC_CLK_TCK)` on Linux.
const TICKS: f64 = 100.0;

/// Pillarbox's listener with a private Postgres.
pub struct Gateway {
    pub installation: Installation,
    daemon: Daemon,
}

impl Gateway {
    pub fn start() -> Gateway {
        let installation = Installation::new("");
        let mut daemon = installation.start(&["--role", "listener"], &[], "daemon.log");
        installation.wait_for_port(&mut daemon, installation.ports.smtp);
        let gateway = Gateway {
            installation,
            daemon,
        };
        let warm = Load {
            octets: 2_000,
            sessions: 10,
            reuse: true,
            messages: 500,
        };
        gateway.measure(warm);
        gateway
    }

    pub fn measure(&self, load: Load) -> Figures {
        let cluster = self.installation.cluster.pid().unwrap();
        let cpu = || tree(self.daemon.pid()) + tree(cluster);
        self.installation.sql("CHECKPOINT");
        let (cpu_before, flushes_before) = (cpu(), self.flushes());
        let took = smtp_source(self.installation.ports.smtp, load);
        let used = cpu() - cpu_before;
        let flushes = self.flushes() - flushes_before;
        let kept = self.installation.sql("SELECT count(*) FROM inbox");
        assert_eq!(
            kept.trim(),
            load.messages.to_string(),
            "kept is what was taken"
        );
        self.installation.sql("TRUNCATE inbox");
        figures(load, took.as_secs_f64(), used, flushes)
    }

    /// Flushes of the log so far; backends report once a second.
    fn flushes(&self) -> f64 {
        std::thread::sleep(std::time::Duration::from_millis(1_500));
        let text = self.installation.sql("SELECT wal_sync FROM pg_stat_wal");
        text.trim().parse().unwrap()
    }
}

fn figures(load: Load, seconds: f64, cpu: f64, flushes: f64) -> Figures {
    let messages = load.messages as f64;
    Figures {
        per_second: messages / seconds,
        cpu_ms: cpu * 1e3 / messages,
        flushes: flushes / messages,
    }
}

/// CPU seconds of a process and of all that it started, ended ones included.
fn tree(root: u32) -> f64 {
    let mut sum = 0.0;
    for folder in fs::read_dir("/proc").unwrap() {
        let name = folder.unwrap().file_name();
        let pid = name.to_str().and_then(|name| name.parse::<u32>().ok());
        let Some((pid, text)) =
            pid.and_then(|pid| Some((pid, fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)))
        else {
            continue;
        };
        let (_, rest) = text.rsplit_once(") ").unwrap();
        let fields: Vec<&str> = rest.split(' ').collect();
        let parent: u32 = fields[1].parse().unwrap();
        if pid == root || parent == root {
            // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), of which 3 is the first here.
            sum += (11..15)
                .map(|field| fields[field].parse::<f64>().unwrap() / TICKS)
                .sum::<f64>();
        }
    }
    sum
}

const MAIN: &str = "\
compatibility_level = 3.6
queue_directory = @FOLDER@/queue
data_directory = @FOLDER@/data
maillog_file = @FOLDER@/mail.log
maillog_file_prefixes = /
myhostname = mx.team.example
mydestination =
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_peername_lookup = no
default_transport = discard:
relay_transport = discard:
";

const SERVICES: &str = "\
127.0.0.1:@PORT@ inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";

/// Debian's Postfix that throws away what it took, after it was durable.
pub struct Postfix {
    folder: tempfile::TempDir,
    port: u16,
    master: u32,
}

impl Postfix {
    pub fn start() -> Postfix {
        let folder = tempfile::Builder::new().prefix("pfx-").tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for name in ["etc", "queue", "data"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        assert!(
            Command::new("chown")
                .arg("postfix")
                .arg(folder.path().join("data"))
                .status()
                .unwrap()
                .success()
        );
        let mut postfix = Postfix {
            folder,
            port: free_port(),
            master: 0,
        };
        for (name, text) in [("main.cf", MAIN), ("master.cf", SERVICES)] {
            let text = text
                .replace("@FOLDER@", &postfix.folder.path().display().to_string())
                .replace("@PORT@", &postfix.port.to_string());
            fs::write(postfix.path("etc").join(name), text).unwrap();
        }
        assert!(postfix.command("start"));
        let pid_file = postfix.path("queue/pid/master.pid");
        wait_for("Postfix", std::time::Duration::from_secs(30), || {
            fs::read_to_string(&pid_file).is_ok_and(|text| !text.trim().is_empty())
        });
        postfix.master = fs::read_to_string(&pid_file)
            .unwrap()
            .trim()
            .parse()
            .unwrap();
        let warm = Load {
            octets: 2_000,
            sessions: 10,
            reuse: true,
            messages: 500,
        };
        postfix.measure(warm);
        postfix
    }

    pub fn measure(&self, load: Load) -> Figures {
        let before = tree(self.master);
        let took = smtp_source(self.port, load);
        // What waits in the queue is thrown away now: that is not acceptance, but it is work that taking mail makes.
        let used = tree(self.master) - before;
        wait_for("an empty queue", std::time::Duration::from_secs(60), || {
            let queue = Command::new("postqueue")
                .arg("-c")
                .arg(self.path("etc"))
                .arg("-j")
                .output()
                .unwrap();
            queue.stdout.is_empty()
        });
        figures(load, took.as_secs_f64(), used, 0.0)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, action: &str) -> bool {
        Command::new("postfix")
            .arg("-c")
            .arg(self.path("etc"))
            .arg(action)
            .status()
            .unwrap()
            .success()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = self.command("stop");
    }
}
