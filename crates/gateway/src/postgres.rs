//! A private PostgreSQL cluster in a folder of its own, for the demo and the tests: started from the installed server
//! binaries, never as root, on a Unix socket in the folder and on no network port, and removed by whoever owns the folder.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// Only a part of the socket's name: each cluster has a folder of its own, so none is in another's way.
const PORT: &str = "5432";

/// A running cluster. Dropping it stops the server.
pub struct Cluster {
    folder: PathBuf,
    binaries: PathBuf,
    server: Option<Child>,
}

impl Cluster {
    /// Makes a cluster in `folder` (which must be empty or absent), starts it and makes the database `pillarbox`.
    pub fn create(folder: &Path) -> anyhow::Result<Cluster> {
        let binaries = find_binaries()?;
        std::fs::create_dir_all(folder)?;
        let user = server_user()?;
        if user.is_some() && !reachable(folder) {
            bail!(
                "the user postgres can't reach {}: give it a folder whose parents it may enter",
                folder.display()
            );
        }
        if let Some((user, group)) = user {
            std::os::unix::fs::chown(folder, Some(user), Some(group))?;
        }
        // Whoever reaches the socket is the superuser: nobody else may.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
        let mut cluster = Cluster {
            folder: folder.into(),
            binaries,
            server: None,
        };
        let data = cluster.data();
        let output = cluster
            .tool("initdb")?
            .args([
                "--auth-local=trust",
                "--auth-host=reject",
                "--username=pillarbox",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
                "-D",
            ])
            .arg(&data)
            .stdin(Stdio::null())
            .output()
            .context("initdb")?;
        if !output.status.success() {
            bail!(
                "initdb failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        cluster.start()?;
        let made = cluster.psql("postgres", "CREATE DATABASE pillarbox")?;
        if !made {
            bail!(
                "the database could not be created; see {}",
                cluster.folder.join("postgres.log").display()
            );
        }
        Ok(cluster)
    }

    /// Starts the server and waits until it answers.
    pub fn start(&mut self) -> anyhow::Result<()> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("postgres.log"))?;
        let server = self
            .tool("postgres")?
            .arg("-D")
            .arg(self.data())
            .arg("-k")
            .arg(&self.folder)
            .args(["-h", "", "-p", PORT])
            .args([
                "-c",
                "log_statement=none",
                "-c",
                "log_parameter_max_length=0",
                "-c",
                "log_parameter_max_length_on_error=0",
            ])
            .args(["-c", "log_min_error_statement=panic"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .context("postgres could not be started")?;
        self.server = Some(server);
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.psql("postgres", "SELECT 1").unwrap_or(false) {
            if Instant::now() > deadline {
                bail!(
                    "postgres did not come up within 60 s; see {}",
                    self.folder.join("postgres.log").display()
                );
            }
            std::thread::park_timeout(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Ends the server at once, as a power cut would (`SIGKILL` to the postmaster; its children follow).
    pub fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut server) = self.server.take() {
            server.kill()?;
            server.wait()?;
            // A postmaster that was killed leaves its lock behind; a new one checks that the process is gone.
        }
        Ok(())
    }

    /// Stops the server in order.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        if let Some(mut server) = self.server.take() {
            // SIGINT is a fast shutdown (PostgreSQL manual, section 19.5).
            let pid = i32::try_from(server.id())
                .ok()
                .and_then(rustix::process::Pid::from_raw);
            if let Some(pid) = pid {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::INT);
            }
            let deadline = Instant::now() + Duration::from_secs(20);
            while server.try_wait()?.is_none() {
                if Instant::now() > deadline {
                    server.kill()?;
                }
                std::thread::park_timeout(Duration::from_millis(20));
            }
        }
        Ok(())
    }

    /// URL of the database over the Unix socket.
    pub fn url(&self) -> String {
        let host = self.folder.display().to_string().replace('/', "%2F");
        format!("postgres://pillarbox@{host}:{PORT}/pillarbox")
    }

    /// The folder of the data files.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Process id of the postmaster, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// `pg_dump` of the database.
    pub fn dump(&self) -> anyhow::Result<Vec<u8>> {
        let output = self.client("pg_dump")?.args(["-d", "pillarbox"]).output()?;
        if !output.status.success() {
            bail!(
                "pg_dump failed: {}",
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(output.stdout)
    }

    fn psql(&self, database: &str, statement: &str) -> anyhow::Result<bool> {
        let mut command = self.client("psql")?;
        command
            .args(["-qAt", "-d", database, "-c", statement])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Ok(command.status()?.success())
    }

    fn client(&self, name: &str) -> anyhow::Result<Command> {
        let mut command = self.tool(name)?;
        command
            .arg("-h")
            .arg(&self.folder)
            .args(["-p", PORT, "-U", "pillarbox"]);
        Ok(command)
    }

    /// A server program, run as another user when we are root.
    fn tool(&self, name: &str) -> anyhow::Result<Command> {
        let mut command = Command::new(self.binaries.join(name));
        command.current_dir("/").env("LC_ALL", "C");
        if let Some((user, group)) = server_user()? {
            command.uid(user).gid(group);
        }
        Ok(command)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = self.stop();
    }
}

/// The newest installed server: Debian's place, then the path.
fn find_binaries() -> anyhow::Result<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            path.join("bin/initdb")
                .exists()
                .then(|| (version, path.join("bin")))
        })
        .collect();
    found.sort();
    if let Some((_, path)) = found.pop() {
        return Ok(path);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .find(|folder| folder.join("initdb").exists())
        .context("no PostgreSQL server programs found: install postgresql (Debian: apt-get install postgresql)")
}

/// Root can't run the server: then it runs as `postgres`. `None` when we are not root.
fn server_user() -> anyhow::Result<Option<(u32, u32)>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let user = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next()? == "postgres").then_some(())?;
        Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    user.map(Some).context("PostgreSQL does not run as root, and there is no user postgres: install Debian's postgresql package")
}

/// Whether other users may enter all parents of a folder: a server that runs as another user must reach its data.
pub fn reachable(folder: &Path) -> bool {
    folder
        .ancestors()
        .skip(1)
        .filter(|parent| !parent.as_os_str().is_empty())
        .all(|parent| {
            std::fs::metadata(parent)
                .is_ok_and(|metadata| metadata.permissions().mode() & 0o001 != 0)
        })
}
