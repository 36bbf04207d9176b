//! Reads the configuration: the file, `conf.d/*.toml` beside it, then `PILLARBOX__SECTION__KEY` in the environment.
//!
//! Unknown keys are errors with file, line and a suggestion. Secrets are files, never values.

mod acknowledge;
mod credentials;
mod defaults;
mod environment;
mod locate;
mod oidc;
mod retention;
mod sending;
mod transport;
mod tree;
mod triage;
mod units;

use std::path::{Path, PathBuf};

use config::{Config, File, FileFormat};

pub use acknowledge::{Acknowledge, Duty};
pub(crate) use credentials::{is_credential, needed};
pub use locate::{Origin, origins};
pub use oidc::{Groups, Oidc};
pub use retention::{Age, Retention};
pub use sending::*;
pub use transport::{Alerts, HookEvent, Transport};
pub use tree::*;
pub use units::{Size, Span};

/// Where the configuration is looked for when `--config` is not given.
pub const DEFAULT_PATH: &str = "/etc/pillarbox/pillarbox.toml";

/// The example that documents every key; `config init` writes it.
pub const EXAMPLE: &str = include_str!("../../../../config/pillarbox.toml");

/// Why a configuration can't be used; the text says where and what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    /// The file is not there or can't be read.
    #[error(
        "{path}: {source}. Write one with `pillarbox config init > {path}`, or name another with --config"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value that does not fit.
    #[error("{place}: {message}")]
    Invalid {
        /// `file:line`, the environment variable, or the key.
        place: String,
        /// What is wrong and what would be right.
        message: String,
    },
}

/// Reads and checks the configuration at `path`.
pub fn load(path: &Path) -> Result<Settings, ConfigFault> {
    std::fs::metadata(path).map_err(|source| ConfigFault::Unreadable {
        path: path.into(),
        source,
    })?;
    let files = files(path);
    let mut builder = Config::builder();
    for file in &files {
        builder = builder.add_source(File::from(file.as_path()).format(FileFormat::Toml));
    }
    let merged = builder
        .build()
        .map_err(|error| invalid(path, &error.to_string()))?;
    let mut value: serde_json::Value = merged
        .try_deserialize()
        .map_err(|error| invalid(path, &error.to_string()))?;
    environment::overlay(&mut value)?;
    let settings: Settings = serde_path_to_error::deserialize(value).map_err(|error| {
        let key = error.path().to_string();
        let message = error.inner().to_string();
        let (place, message) = locate::explain(&files, &key, &message);
        ConfigFault::Invalid { place, message }
    })?;
    sensible(path, settings)
}

/// The defaults alone: what `inspect` works with when there is no configuration.
pub fn built_in() -> Settings {
    Settings::default()
}

/// The file, then `conf.d/*.toml` beside it in alphabetical order.
fn files(path: &Path) -> Vec<PathBuf> {
    let mut files = vec![path.to_path_buf()];
    let folder = path.parent().unwrap_or(Path::new(".")).join("conf.d");
    let mut more: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    more.sort();
    files.append(&mut more);
    files
}

fn invalid(path: &Path, message: &str) -> ConfigFault {
    ConfigFault::Invalid {
        place: path.display().to_string(),
        message: message.into(),
    }
}

/// What types can't say: values that would only fail at three in the morning.
fn sensible(path: &Path, mut settings: Settings) -> Result<Settings, ConfigFault> {
    credentials::find(&mut settings).map_err(|message| invalid(path, &message))?;
    sensible_team(path, &settings.team)?;
    acknowledge::sensible(path, &settings)?;
    transport::sensible(&settings).map_err(|message| invalid(path, message))?;
    for listener in &settings.listener {
        if let Some(message) = wrong_listener(listener, &settings.tls) {
            return Err(invalid(
                path,
                &format!("listener {:?}: {message}", listener.name),
            ));
        }
        if let Some(fault) = accounts_fault(listener, &settings) {
            let message = format!("listener {:?}: {fault}", listener.name);
            return Err(invalid(path, &message));
        }
    }
    let has_certificate = settings.tls.certificate.is_some() && settings.tls.key.is_some();
    if settings.console.address.is_some() && !has_certificate {
        return Err(invalid(
            path,
            "the console is HTTPS only: set tls.certificate and tls.key",
        ));
    }
    oidc::sensible(&settings.console).map_err(|message| invalid(path, &message))?;
    if settings.limits.data_rate.0 == 0 {
        return Err(invalid(path, "limits.data_rate must be at least \"1 B\""));
    }
    sending::sensible(&settings).map_err(|message| invalid(path, &message))?;
    Ok(settings)
}

/// Who we are must fit into a reference and a header.
fn sensible_team(path: &Path, team: &Team) -> Result<(), ConfigFault> {
    let name_fits = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.');
    if team.name.is_empty() || !team.name.chars().all(name_fits) {
        return Err(invalid(
            path,
            "team.name must be letters, digits, spaces, dots, dashes and underscores: it stands in [Name#000123]",
        ));
    }
    if !team.address.contains('@') {
        return Err(invalid(
            path,
            "team.address must be a mail address, for example csirt@example.org",
        ));
    }
    if jiff::tz::TimeZone::get(&team.timezone).is_err() {
        return Err(invalid(
            path,
            &format!(
                "team.timezone {:?} is not an IANA zone such as Europe/Paris",
                team.timezone
            ),
        ));
    }
    Ok(())
}

/// Accounts log in over TLS, where clients submit (RFC 6409 and 8314), and nowhere else.
fn accounts_fault(listener: &Listener, settings: &Settings) -> Option<&'static str> {
    if !listener.accounts {
        let fault = "require_account wants accounts = true";
        return listener.require_account.then_some(fault);
    }
    if listener.protocol != Protocol::Smtp {
        return Some("accounts are for protocol = \"smtp\"");
    }
    if listener.address.ends_with(":25") {
        return Some("no accounts on port 25: submission has ports of its own, 587 and 465");
    }
    if listener.tls == ListenerTls::None {
        return Some("accounts want TLS: set tls to \"starttls\" or \"implicit\"");
    }
    let fault = "accounts want a file: set accounts.file";
    settings.accounts.file.is_none().then_some(fault)
}

/// What is wrong with a listener.
fn wrong_listener(listener: &Listener, tls: &Tls) -> Option<&'static str> {
    let has_tls = listener.tls != ListenerTls::None;
    let has_certificate = tls.certificate.is_some() && tls.key.is_some();
    if (has_tls || listener.require_tls) && !has_certificate {
        return Some("it offers TLS: set tls.certificate and tls.key");
    }
    if listener.require_tls && !has_tls {
        return Some("require_tls needs tls = \"starttls\" or \"implicit\"");
    }
    if !listener.require_tls_from.is_empty() && !has_tls {
        return Some("require_tls_from needs tls = \"starttls\" or \"implicit\"");
    }
    for trusted in &listener.trusted_certificates {
        if !has_tls {
            return Some("trusted_certificates need tls = \"starttls\" or \"implicit\"");
        }
        if trusted.fingerprint.is_empty() == trusted.san.is_empty() {
            return Some("a trusted certificate has either a fingerprint or a san");
        }
        if !trusted.san.is_empty() && tls.client_ca.is_none() {
            return Some("a san says nothing without an authority: set tls.client_ca");
        }
    }
    None
}
