//! Commands for people. Exit codes: 0 fine, 1 a finding, 2 usage, 69 a service is unavailable, 75 try again, 78 configuration.

mod accounts;
mod analysts;
pub(crate) mod attachment;
mod backup;
pub(crate) mod called;
mod changes;
pub(crate) mod close;
mod colour;
mod configuration;
mod confirm;
mod contacts;
mod correct;
mod database;
pub(crate) mod desk;
mod dkim;
mod doctor;
mod each;
pub(crate) mod entries;
mod erase;
pub(crate) mod export;
pub(crate) mod exported;
pub(crate) mod flags;
mod hint;
mod index;
mod inspect;
mod json;
mod keys;
pub(crate) mod layers;
pub(crate) mod links;
mod mailed;
mod mark;
mod marked;
pub(crate) mod merge;
mod migrate;
mod outbox;
mod owner;
mod paint;
mod publish;
pub(crate) mod quarantine;
pub(crate) mod queue;
pub(crate) mod reply;
mod reseal;
mod retention;
mod retry;
pub(crate) mod search;
pub(crate) mod seen;
pub(crate) mod shown;
mod split;
mod tag;
pub(crate) mod tickets;
mod tokens;
pub(crate) mod trail;
pub(crate) mod transport;
mod undo;
mod verify;
mod warnings;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::config::{self, ConfigFault, DEFAULT_PATH, Log, Settings};
use crate::serve::{self, Role};
use crate::store::StoreFault;
use crate::{demo, reader, telemetry};

pub(crate) use queue::queue_text;

/// An incident-intake mail gateway: reports come in by mail and become sealed, tagged, structured tickets.
#[derive(Parser)]
#[command(
    name = "pillarbox",
    version,
    propagate_version = true,
    max_term_width = 120
)]
#[command(
    after_help = "Examples:\n  pillarbox demo                         try everything on a private installation\n  \
    pillarbox inspect --json mail.eml      what would happen to a message, and why\n  \
    pillarbox serve --config pillarbox.toml\n  pillarbox ticket list"
)]
struct Cli {
    /// Configuration file
    #[arg(long, global = true, value_name = "FILE", default_value = DEFAULT_PATH, env = "PILLARBOX_CONFIG")]
    config: PathBuf,
    /// Open mail that is sealed to analysts, with your own OpenPGP key through GnuPG
    #[arg(long, global = true)]
    analyst: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the daemon in the foreground
    #[command(
        after_help = "Examples:\n  pillarbox serve\n  pillarbox serve --role listener    (with a database user that may only insert)"
    )]
    Serve {
        /// What this process does; repeatable
        #[arg(long, value_enum, default_value = "all")]
        role: Vec<Role>,
    },
    /// Try it: private Postgres, generated keys, real sample reports over SMTP, the queue
    #[command(
        after_help = "Examples:\n  pillarbox demo --once\n  pillarbox demo --state /tmp/pb --smtp 127.0.0.1:2525 --no-samples"
    )]
    Demo(demo::Options),
    /// Run the whole pipeline on messages without storing or sending anything
    Inspect(inspect::Options),
    /// Check, show or write a configuration
    #[command(subcommand)]
    Config(configuration::Action),
    #[command(flatten)]
    Database(database::Command),
    /// Storage keys, team OpenPGP keys, correspondents' certificates
    #[command(subcommand)]
    Keys(keys::Action),
    /// Write what others need to write to the team confidentially: a Web Key Directory and a page with the key
    #[command(
        after_help = "Example:\n  pillarbox publish /var/www/team    (served as https://DOMAIN/ and as https://openpgpkey.DOMAIN/)"
    )]
    Publish(publish::Options),
    /// Accounts that may send
    #[command(subcommand)]
    Account(accounts::Action),
    /// Analysts who sign in to the console
    #[command(subcommand)]
    Analyst(analysts::Action),
    /// The queue
    Ticket(tickets::Work),
    /// The register of organisations and whom to call, and addresses that refused our mail
    #[command(subcommand)]
    Contact(contacts::Action),
    /// Suppressed mail
    #[command(subcommand)]
    Quarantine(quarantine::Action),
    /// How long what is closed is kept, and what was erased
    #[command(subcommand)]
    Retention(retention::Action),
    /// How peers protect their mail: alerts, indicators, reports
    #[command(subcommand)]
    Transport(transport::Action),
    /// Whether the surroundings are well: database, keys, certificates, mail server, name servers, clock, disk, index
    #[command(after_help = "Exit code 1 when something failed; each line says what to do.")]
    Doctor(doctor::Options),
    /// Whether anything that is stored was changed, moved or taken away
    #[command(
        after_help = "Exit code 1 when something was.\n\nExamples:\n  pillarbox verify\n  pillarbox verify CSIRT#000123 --json"
    )]
    Verify(verify::Options),
    /// What everybody did and read
    #[command(subcommand)]
    Audit(trail::Action),
    /// How fine the search index of each month is
    #[command(subcommand)]
    Index(index::Action),
    /// Write shell completions to standard output
    Completions {
        /// bash, zsh, fish …
        shell: clap_complete::Shell,
    },
    /// Write manual pages to a folder
    Man {
        /// The folder
        folder: PathBuf,
    },
    /// The child process that reads hostile mail (started by the daemon)
    #[command(hide = true)]
    Reader(ReaderOptions),
}

/// What a reader process is started with.
#[derive(clap::Args)]
struct ReaderOptions {
    /// Secret key files
    #[arg(long)]
    secret: Vec<PathBuf>,
    /// Their passphrase
    #[arg(long)]
    passphrase_file: Option<PathBuf>,
    /// GnuPG's folder, whose agent has those that the files lack
    #[arg(long)]
    gnupg_home: Option<PathBuf>,
    /// Certificates whose certifications count as the team's
    #[arg(long)]
    certifier: Vec<PathBuf>,
    /// CPU seconds for one message
    #[arg(long)]
    cpu: u64,
    /// Octets of memory
    #[arg(long)]
    memory: u64,
}

/// A finding, not a failure: nothing there, or a check that did not pass. The text is printed, the exit code is 1.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Finding(pub String);

/// Runs the command line; the one place where errors become exit codes.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    confine();
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = format!("{error:#}");
            text = crate::screen::printable(&text);
            let _ = std::io::Write::write_all(
                &mut std::io::stderr(),
                format!("pillarbox: {text}\n").as_bytes(),
            );
            ExitCode::from(exit_code(&error))
        }
    }
}

/// A panic's text and a core may show what they were about: only its place is told, and no core is written (C2, T75).
fn confine() {
    std::panic::set_hook(Box::new(|info| {
        if let Some(place) = info.location() {
            tracing::error!(file = place.file(), line = place.line(), "panicked");
        }
    }));
    if let Err(error) = reader::hide_memory() {
        tracing::warn!(%error, "this process's memory may be dumped");
    }
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<ConfigFault>().is_some() {
        return 78;
    }
    match error.downcast_ref::<StoreFault>() {
        Some(StoreFault::Unavailable(_) | StoreFault::Slow | StoreFault::Full) => 69,
        Some(StoreFault::Conflict) => 75,
        // What the database user may do is configured, too.
        Some(StoreFault::Schema(_) | StoreFault::Denied) => 78,
        Some(StoreFault::Refused(_)) | None => 1,
    }
}

/// `pillarbox … | head` is no error.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let (path, analyst) = (cli.config.as_path(), cli.analyst);
    let is_service = matches!(
        cli.command,
        Command::Reader(_) | Command::Serve { .. } | Command::Demo(_)
    );
    if !is_service {
        warnings::tell();
    }
    match cli.command {
        Command::Reader(options) => read_hostile(&options),
        Command::Completions { shell } => {
            clap_complete::generate(
                shell,
                &mut Cli::command(),
                "pillarbox",
                &mut std::io::stdout(),
            );
            Ok(())
        }
        Command::Man { folder } => Ok(clap_mangen::generate_to(Cli::command(), folder)?),
        Command::Config(action) => configuration::run(&action, path),
        Command::Serve { role } => {
            let settings = config::load(path)?;
            telemetry::start_logging(&settings.log).map_err(|error| unusable(error, path))?;
            on_runtime(async {
                let running = serve::start(&settings, &role)
                    .await
                    .map_err(|error| unusable(error, path))?;
                running.until_told().await
            })
        }
        Command::Demo(options) => on_runtime(demo::run(options)),
        Command::Inspect(options) => {
            let settings = inspect_settings(path)?;
            on_runtime(inspect::run(&options, &settings))
        }
        Command::Database(command) => at_work((path, analyst), &command, database::run),
        Command::Keys(action) => at_work((path, analyst), &action, keys::run),
        Command::Account(action) => accounts::run(&action, &config::load(path)?),
        Command::Analyst(action) => at_work((path, analyst), &action, analysts::run),
        Command::Ticket(action) => at_work((path, analyst), &action, tickets::run),
        Command::Contact(action) => at_work((path, analyst), &action, contacts::run),
        Command::Transport(action) => at_work((path, analyst), &action, transport::run),
        Command::Doctor(options) => at_work((path, analyst), &options, doctor::run),
        Command::Verify(options) => at_work((path, analyst), &options, verify::run),
        Command::Audit(action) => at_work((path, analyst), &action, trail::run),
        Command::Index(action) => at_work((path, analyst), &action, index::run),
        Command::Quarantine(action) => at_work((path, analyst), &action, quarantine::run),
        Command::Publish(options) => publish::run(&options, &config::load(path)?),
        Command::Retention(action) => at_work((path, analyst), &action, retention::run),
    }
}

fn read_hostile(options: &ReaderOptions) -> anyhow::Result<()> {
    telemetry::start_logging(&Log::default())?;
    let passphrase_file = options.passphrase_file.as_deref();
    let (secrets, certifiers) = (&options.secret, &options.certifier);
    reader::run_child(
        secrets,
        passphrase_file,
        options.gnupg_home.as_deref(),
        certifiers,
        options.cpu,
        options.memory,
    )
}

/// What keeps the daemon from starting is in the configuration, or in what it names; a database that is away is not.
fn unusable(error: anyhow::Error, path: &Path) -> anyhow::Error {
    if error.downcast_ref::<StoreFault>().is_some() {
        return error;
    }
    let (place, message) = (path.display().to_string(), format!("{error:#}"));
    ConfigFault::Invalid { place, message }.into()
}

/// Runs a command that needs the configuration.
fn at_work<T>(
    (path, analyst): (&Path, bool),
    what: &T,
    run: impl AsyncFnOnce(&T, &Settings) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut settings = config::load(path)?;
    settings.analyst.open |= analyst;
    on_runtime(run(what, &settings))
}

/// `inspect` works without a configuration: built-in defaults, no keys. A file that was named must be there.
fn inspect_settings(path: &Path) -> anyhow::Result<Settings> {
    if path == Path::new(DEFAULT_PATH) && !path.exists() {
        return Ok(config::built_in());
    }
    Ok(config::load(path)?)
}

fn on_runtime<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
