//! `demo`: a private Postgres, generated keys, real samples over SMTP, the queue; then it keeps serving.

mod console;
mod gnupg;
mod samples;

use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use intake::openpgp::{self, Profile};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use mail_send::smtp::message::Parameters;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use self::console::Login;
use crate::config::{self, Settings};
use crate::postgres::{Cluster, reachable};
use crate::serve::{self, Role, Running};
use crate::store::Store;
use crate::{cli, keyfiles, telemetry};

/// How to run the demo.
#[derive(Args)]
pub struct Options {
    /// Stop after printing the queue
    #[arg(long)]
    pub once: bool,
    /// Keep everything in this folder (a temporary one otherwise); it must be empty
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Listen for SMTP here
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub smtp: SocketAddr,
    /// Send no sample reports
    #[arg(long)]
    pub no_samples: bool,
    /// Use this Postgres instead of a private one
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
}

/// Runs the demo.
pub async fn run(options: Options) -> anyhow::Result<()> {
    let temporary = tempfile::Builder::new().prefix("pillarbox-").tempdir()?;
    // Ctrl-C at any time: everything that was started ends as it goes out of scope.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let begun = tokio::select! {
        begun = begin(&options, temporary.path()) => begun?,
        _ = interrupt.recv() => bail!("interrupted"),
        _ = terminate.recv() => bail!("interrupted"),
    };
    let Begun {
        running,
        cluster,
        farewell,
    } = begun;
    if options.once {
        running.stop().await;
    } else {
        write!(std::io::stdout(), "{farewell}")?;
        running.until_told().await?;
    }
    drop(cluster);
    Ok(())
}

/// A demo that serves, its queue printed.
struct Begun {
    running: Running,
    cluster: Option<Cluster>,
    /// What to try, and where everything is.
    farewell: String,
}

async fn begin(options: &Options, temporary: &Path) -> anyhow::Result<Begun> {
    let folder = options
        .state
        .clone()
        .unwrap_or_else(|| temporary.join("demo"));
    let folder = std::path::absolute(folder)?;
    prepare(&folder)?;
    let progress = Progress::new();
    let (cluster, url) = match &options.database_url {
        Some(url) => (None, url.clone()),
        None => {
            progress.step("starting a private PostgreSQL");
            let place = database_folder(&folder, temporary)?;
            let cluster = tokio::task::spawn_blocking(move || Cluster::create(&place)).await??;
            let url = cluster.url();
            (Some(cluster), url)
        }
    };
    progress.step("making keys and the configuration");
    let path = configuration(&folder, &url, options.smtp)?;
    let settings = config::load(&path)?;
    telemetry::start_logging(&settings.log)?;
    let certificate = keys(&settings, &folder)?;
    progress.step("migrating the database, starting listeners, workers and sender");
    Store::new(&settings.database)?.migrate().await?;
    let login = console::login(&settings).await?;
    let running = serve::start(&settings, &[Role::All]).await?;
    if !options.no_samples {
        tour(&settings, &running, &certificate, temporary, &progress).await?;
    }
    progress.done();
    writeln!(std::io::stdout(), "{}\n", cli::queue_text(&settings).await?)?;
    ready(
        &folder,
        &settings,
        &running,
        &path,
        &url,
        &certificate,
        &login,
    )?;
    let farewell = invitation(&folder, &settings, &running, &path, &login);
    Ok(Begun {
        running,
        cluster,
        farewell,
    })
}

/// In the demo's folder, unless the server runs as another user who can't enter its parents.
fn database_folder(folder: &Path, temporary: &Path) -> anyhow::Result<PathBuf> {
    let wanted = folder.join("postgres");
    if !rustix::process::geteuid().is_root() {
        return Ok(wanted);
    }
    // Only the folder that we made ourselves is opened for others to pass through.
    std::fs::set_permissions(temporary, std::fs::Permissions::from_mode(0o711))?;
    if reachable(&wanted) {
        return Ok(wanted);
    }
    let text = "· the database lies in a temporary folder: its user can't enter the one given\n";
    std::io::stderr().write_all(text.as_bytes())?;
    Ok(temporary.join("postgres"))
}

/// An empty folder of our own.
fn prepare(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        bail!("--state {}: the folder is not empty", folder.display());
    }
    let outbox = folder.join("outbox");
    std::fs::create_dir_all(&outbox)?;
    std::fs::set_permissions(outbox, std::fs::Permissions::from_mode(0o700))?;
    Ok(())
}

/// A configuration like an operator's; the differences are what makes a demo: it answers everybody, at once.
fn configuration(folder: &Path, url: &str, smtp: SocketAddr) -> anyhow::Result<PathBuf> {
    let text = include_str!("demo.toml")
        .replace("@FOLDER@", &folder.display().to_string())
        .replace("@SMTP@", &smtp.to_string())
        .replace("@URL@", url);
    let path = folder.join("pillarbox.toml");
    keyfiles::write_new(&path, text.as_bytes(), 0o600)?;
    let names = [
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "mx.demo.example".to_owned(),
    ];
    let (certificate, key) =
        certificate(names.to_vec()).context("the TLS certificate could not be made")?;
    keyfiles::write_new(&folder.join("tls.crt"), certificate.as_bytes(), 0o644)?;
    keyfiles::write_new(&folder.join("tls.key"), key.as_bytes(), 0o600)?;
    Ok(path)
}

/// A certificate that signs itself, good for some three months, and its key; both PEM.
fn certificate(names: Vec<String>) -> anyhow::Result<(String, String)> {
    let day = |days: i64| -> anyhow::Result<_> {
        let moment = Timestamp::now().checked_add(SignedDuration::from_hours(24 * days))?;
        let date = moment.to_zoned(TimeZone::UTC).date();
        let (month, day) = (u8::try_from(date.month())?, u8::try_from(date.day())?);
        Ok(rcgen::date_time_ymd(date.year().into(), month, day))
    };
    let key = rcgen::KeyPair::generate()?;
    let mut parameters = rcgen::CertificateParams::new(names)?;
    (parameters.not_before, parameters.not_after) = (day(-1)?, day(90)?);
    let certificate = parameters.self_signed(&key)?;
    Ok((certificate.pem(), key.serialize_pem()))
}

/// Makes all keys; returns the path of the team's certificate.
fn keys(settings: &Settings, folder: &Path) -> anyhow::Result<PathBuf> {
    keyfiles::generate_storage(&settings.storage)?;
    let user_id = format!("{} <{}>", settings.team.display_name, settings.team.address);
    let validity = Duration::from_secs(365 * 86_400);
    let key = openpgp::generate_team_key(
        &user_id,
        Profile::Curve25519,
        Some(validity),
        Timestamp::now(),
    )?;
    let secret = settings
        .openpgp
        .secret_dir
        .join(format!("{}.asc", key.fingerprint));
    keyfiles::write_new(&secret, key.secret.as_bytes(), 0o600)?;
    let path = folder.join("team.asc");
    keyfiles::write_new(&path, key.public.as_bytes(), 0o644)?;
    Ok(path)
}

/// Submits the samples over SMTP, as a constituent's MTA would, and waits until everything is filed and sent.
async fn tour(
    settings: &Settings,
    running: &Running,
    certificate: &Path,
    home: &Path,
    progress: &Progress,
) -> anyhow::Result<()> {
    let (_, smtp) = running
        .listeners
        .first()
        .context("there is no SMTP listener")?;
    let filler = samples::Filler::new();
    for sample in filler.plain() {
        submit(*smtp, &sample, progress).await?;
    }
    progress.step("GnuPG makes a correspondent's key and writes to us");
    let team = std::fs::read(certificate)?;
    let home = home.join("gnupg");
    let protected = tokio::task::spawn_blocking(move || {
        let sensor = gnupg::Correspondent::new(&home, "sensor@sensor.example")?;
        sensor.import(&team)?;
        sensor.add_key("Somebody Else <else@elsewhere.example>")?;
        filler
            .protected(&sensor, "csirt@demo.example", "else@elsewhere.example")
            .map(|samples| (filler, samples))
    });
    let (filler, protected) = protected.await??;
    for sample in protected {
        submit(*smtp, &sample, progress).await?;
        // One after the other: the key that signed the first speaks for the sender of the next.
        settle(&running.store).await?;
    }
    let folder = settings
        .outbox
        .copy_dir
        .as_deref()
        .context("outbox.copy_dir")?;
    let first = first_acknowledgement(folder)?;
    for sample in filler.answers(&first)? {
        submit(*smtp, &sample, progress).await?;
    }
    settle(&running.store).await
}

async fn submit(
    smtp: SocketAddr,
    sample: &samples::Sample,
    progress: &Progress,
) -> anyhow::Result<()> {
    progress.step(&format!("sending over SMTP: {}", sample.title));
    let refused = |error: mail_send::Error| anyhow::anyhow!("{}: {error}", sample.title);
    let roots = rustls::RootCertStore::empty();
    let tls = rustls::ClientConfig::builder()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(tls));
    let builder = mail_send::SmtpClientBuilder::new_with_tls_connector(
        smtp.ip().to_string(),
        smtp.port(),
        connector,
    );
    let mut client = builder
        .helo_host("mail.constituent.example")
        .connect_plain()
        .await
        .map_err(refused)?;
    let none = Parameters::new();
    client
        .mail_from(sample.reverse_path, &none)
        .await
        .map_err(refused)?;
    client
        .rcpt_to(sample.recipient, &none)
        .await
        .map_err(refused)?;
    client.data(&sample.message).await.map_err(refused)?;
    client.quit().await.map_err(refused)?;
    Ok(())
}

/// Waits until inbox and outbox are empty.
async fn settle(store: &Store) -> anyhow::Result<()> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let (inbox, _) = store.inbox_depth().await?;
        let (outbox, _) = store.outbox_depth().await?;
        if inbox == 0 && outbox == 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            bail!(
                "after 60 s there are still {inbox} messages to read and {outbox} to send; the log above says why"
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The acknowledgement of the plain report.
fn first_acknowledgement(folder: &Path) -> anyhow::Result<Vec<u8>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    files.sort();
    for file in files {
        let bytes = std::fs::read(file)?;
        if String::from_utf8_lossy(&bytes).contains("noc@partner.example") {
            return Ok(bytes);
        }
    }
    bail!("the first report was not acknowledged")
}

/// Tells scripts where everything is.
fn ready(
    folder: &Path,
    settings: &Settings,
    running: &Running,
    path: &Path,
    url: &str,
    certificate: &Path,
    login: &Login,
) -> anyhow::Result<()> {
    let listener = |name: &str| {
        running
            .listeners
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, address)| address.to_string())
    };
    let demo = json!({
        "smtp": listener("smtp"),
        "submission_tls": listener("submission"),
        "lmtp": listener("lmtp"),
        "console": running.console.map(|address| format!("https://{address}")),
        "console_login": {"name": login.name, "password": login.password, "totp_secret": *login.secret.to_base32()},
        "metrics": running.admin.map(|address| format!("http://{address}")),
        "config": path,
        "database_url": url,
        "team": settings.team.name,
        "address": settings.team.address,
        "team_cert": certificate,
        "outbox_dir": settings.outbox.copy_dir,
    });
    let part = folder.join("demo.json.part");
    std::fs::write(&part, format!("{demo:#}\n"))?;
    std::fs::rename(part, folder.join("demo.json"))?;
    Ok(())
}

fn invitation(
    folder: &Path,
    settings: &Settings,
    running: &Running,
    path: &Path,
    login: &Login,
) -> String {
    let address = |name: &str| {
        let found = running.listeners.iter().find(|(known, _)| known == name);
        found.map_or(String::new(), |(_, address)| address.to_string())
    };
    let (smtp, team) = (address("smtp"), &settings.team.address);
    let metrics = running
        .admin
        .map_or(String::new(), |address| format!("http://{address}/metrics"));
    format!(
        "{}\nSMTP {smtp} (STARTTLS)   SMTP over TLS {}   LMTP {}\nMetrics {metrics}\nWhat was sent: {}\n\nTry it:\n  \
         swaks --server {smtp} --from you@example.net --to {team} --header 'Subject: Scan' --body '192.0.2.4 scans 198.51.100.9 port 22'\n  \
         pillarbox --config {} ticket list\n  curl {metrics}\n\nEverything is in {}. Stop with Ctrl-C.\n",
        login.words(running.console),
        address("submission"),
        address("lmtp"),
        folder.join("outbox").display(),
        path.display(),
        folder.display(),
    )
}

/// A spinner on a terminal, plain lines elsewhere.
struct Progress(Option<ProgressBar>);

impl Progress {
    fn new() -> Progress {
        if !std::io::stderr().is_terminal() {
            return Progress(None);
        }
        let bar = ProgressBar::new_spinner();
        bar.set_style(ProgressStyle::default_spinner());
        bar.enable_steady_tick(Duration::from_millis(120));
        Progress(Some(bar))
    }

    fn step(&self, what: &str) {
        match &self.0 {
            Some(bar) => bar.set_message(what.to_owned()),
            None => {
                let _ = writeln!(std::io::stderr(), "· {what}");
            }
        }
    }

    fn done(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
