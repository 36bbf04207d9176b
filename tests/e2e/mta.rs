//! Debian's Postfix, started by a test in a folder of its own on loopback, with the lines that `deploy/postfix` shows.

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running Postfix; stopped when dropped.
pub struct Postfix {
    folder: tempfile::TempDir,
    /// Where it takes mail by SMTP.
    pub port: u16,
}

/// Owner of the local mailboxes: `nobody`.
const MAILBOX_OWNER: u32 = 65534;

/// What a test needs besides the documented lines: folders, loopback, and mailboxes of partner.example.
const PREAMBLE: &str = "\
compatibility_level = 3.6
queue_directory = @FOLDER@/queue
data_directory = @FOLDER@/data
maillog_file = @FOLDER@/mail.log
maillog_file_prefixes = /
myhostname = mx.team.example
mydestination =
alias_maps =
alias_database =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtp_dns_support_level = disabled
smtpd_peername_lookup = no
address_verify_poll_delay = 1s
virtual_mailbox_domains = partner.example
virtual_mailbox_base = @FOLDER@/mailboxes
virtual_mailbox_maps = texthash:@FOLDER@/mailboxes.map
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
";

/// The services of Postfix that mail passes here; the submission port is the test's.
const SERVICES: &str = "\
127.0.0.1:@PORT@ inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
";

impl Postfix {
    /// Starts one that hands mail for team.example to `next`, for example `inet:[127.0.0.1]:10024`.
    pub fn start(port: u16, next: &str) -> Postfix {
        let folder = tempfile::Builder::new().prefix("pfx-").tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let postfix = Postfix { folder, port };
        for name in ["etc", "queue", "data", "mailboxes"] {
            fs::create_dir_all(postfix.path(name)).unwrap();
        }
        chown(postfix.path("mailboxes"), Some(MAILBOX_OWNER), None).unwrap();
        chown(postfix.path("data"), Some(user_id("postfix")), None).unwrap();
        fs::write(
            postfix.path("mailboxes.map"),
            "noc@partner.example noc/\nsoc@partner.example soc/\n",
        )
        .unwrap();
        let write = |name: &str, text: &str| {
            let text = text
                .replace("@FOLDER@", &postfix.folder.path().display().to_string())
                .replace("@PORT@", &port.to_string());
            fs::write(postfix.path("etc").join(name), text).unwrap();
        };
        let etc = postfix.path("etc").display().to_string();
        let main = documented("main.cf").replace("/etc/postfix", &etc);
        write("main.cf", &format!("{PREAMBLE}{main}"));
        write(
            "master.cf",
            &format!("{SERVICES}{}", documented("master.cf")),
        );
        write("pillarbox-headers", &documented("pillarbox-headers"));
        let transport = documented("pillarbox-transport");
        let documented_next = "inet:[127.0.0.1]:10024";
        assert!(transport.contains(documented_next), "{transport}");
        write(
            "pillarbox-transport",
            &transport.replace(documented_next, next),
        );
        postfix.command("postfix", &["check"]);
        postfix.command("postfix", &["start"]);
        postfix
    }

    /// Tries everything that waits in the queue again, now.
    pub fn flush(&self) {
        self.command("postqueue", &["-f"]);
    }

    /// How many messages wait in the queue.
    pub fn waiting(&self) -> usize {
        self.command("postqueue", &["-j"]).lines().count()
    }

    /// The mails in a mailbox at partner.example, as virtual(8) wrote them.
    pub fn mailbox(&self, user: &str) -> Vec<String> {
        let new = self.path("mailboxes").join(user).join("new");
        let mut files: Vec<PathBuf> = fs::read_dir(new)
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
            .iter()
            .map(|path| String::from_utf8(fs::read(path).unwrap()).unwrap())
            .collect()
    }

    /// What Postfix logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.path("mail.log")).unwrap_or_default()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// One of Postfix' programs on this configuration alone; its standard output.
    fn command(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(Path::new("/usr/sbin").join(program))
            .arg("-c")
            .arg(self.path("etc"))
            .args(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}; apt-get install postfix"));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {errors}{}",
            self.log()
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Postfix {
    fn drop(&mut self) {
        let _ = Command::new("/usr/sbin/postfix")
            .arg("-c")
            .arg(self.path("etc"))
            .arg("stop")
            .output();
    }
}

/// A file of `deploy/postfix` with the test's domain.
fn documented(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../deploy/postfix")
        .join(name);
    fs::read_to_string(path)
        .unwrap()
        .replace("example.org", "team.example")
        .replace("example\\.org", "team\\.example")
}

fn user_id(name: &str) -> u32 {
    let output = Command::new("id").args(["-u", name]).output().unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .trim()
        .parse()
        .unwrap_or_else(|_| panic!("there is no user {name}: apt-get install postfix"))
}
