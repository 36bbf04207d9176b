//! The certificates that listeners show, and those that trusted relays prove to hold.
//!
//! TLS 1.2 and 1.3 with forward secrecy and authenticated encryption only, which is all that the library has. Files are read
//! again on SIGHUP and when they change; what can't be read leaves the old certificates in use. Tickets are encrypted with
//! keys that change every few hours, and there is no early data.

mod certificate;
mod clients;

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs};
use rustls::pki_types::CertificateDer;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use thiserror::Error;
use tokio::sync::watch;

use self::certificate::{ByName, Shown};
use self::clients::AnyClient;
use crate::telemetry::Metrics;

pub use self::clients::{Proof, TrustedCertificate};

/// Where a certificate and its key are. Both are PEM; the certificate's own comes first, then those that sign it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// What listeners show, and what they ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// At least one; the first is for peers that name none of the others (SNI, RFC 6066 section 3).
    pub certificates: Vec<TlsFiles>,
    /// PEM file of the authorities that may name trusted relays.
    pub client_ca: Option<PathBuf>,
}

/// The TLS configuration in force.
#[derive(Debug)]
pub struct Tls {
    settings: TlsSettings,
    current: watch::Sender<Arc<Current>>,
}

/// What was read from the files.
#[derive(Debug)]
struct Current {
    /// Asks peers for no certificate.
    plain: Arc<ServerConfig>,
    /// Asks; none, or a wrong one, makes a stranger and breaks nothing.
    asking: Arc<ServerConfig>,
    algorithms: WebPkiSupportedAlgorithms,
    authority: Option<Arc<dyn ClientCertVerifier>>,
    /// Name and last moment of each certificate.
    expiries: Vec<(String, Timestamp)>,
    stamps: Vec<Stamp>,
}

/// Why a certificate can't be used. All permanent until the files change.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file can't be read.
    #[error("can't read {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds no certificate, or a damaged one.
    #[error("no certificate in {0}")]
    Certificate(PathBuf),
    /// The file holds no private key, or a damaged one.
    #[error("no private key in {0}")]
    Key(PathBuf),
    /// Key and certificate don't belong together, or are of a kind that TLS doesn't take.
    #[error("certificate and key are not usable: {0}")]
    Unusable(#[from] rustls::Error),
}

/// A day before it is over, a week and two weeks, a certificate is warned of.
const WARNINGS: [i64; 3] = [1, 7, 14];

impl Tls {
    /// Reads one certificate.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        Self::with(TlsSettings {
            certificates: vec![files],
            ..TlsSettings::default()
        })
    }

    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn with(settings: TlsSettings) -> Result<Self, TlsError> {
        let (current, _) = watch::channel(Arc::new(read(&settings)?));
        Ok(Self { settings, current })
    }

    /// Reads the files again: connections that are made from now on see the new certificates.
    ///
    /// # Errors
    /// [`TlsError`]; the old certificates stay in force.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.send_replace(Arc::new(read(&self.settings)?));
        Ok(())
    }

    /// The configuration for one connection; `ask` where certificates of peers are listed. Others are not asked: some
    /// clients have none that they could choose by themselves.
    pub fn config(&self, ask: bool) -> Arc<ServerConfig> {
        let current = self.current.borrow();
        let config = if ask { &current.asking } else { &current.plain };
        config.clone()
    }

    /// The name of the trusted certificate that a peer has proved to hold; `None` for all others.
    pub fn trusted<'a>(
        &self,
        chain: &[CertificateDer<'_>],
        trusted: &'a [TrustedCertificate],
    ) -> Option<&'a str> {
        let current = self.current.borrow().clone();
        let authority = current.authority.as_deref();
        clients::trusted(chain, trusted, authority, &current.algorithms)
    }

    /// Name and last moment of each certificate.
    pub fn expiries(&self) -> Vec<(String, Timestamp)> {
        self.current.borrow().expiries.clone()
    }

    /// Looks every so often whether a file changed, and how long the certificates are good.
    pub async fn watch(
        self: Arc<Self>,
        every: Duration,
        metrics: Arc<Metrics>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut seen = self.current.borrow().stamps.clone();
        let mut warned = Vec::new();
        loop {
            self.tell_expiry(&metrics, &mut warned);
            tokio::select! {
                () = tokio::time::sleep(every) => {}
                _ = stop.changed() => return,
            }
            let now = stamps(&self.settings);
            if now == seen {
                continue;
            }
            seen = now;
            match self.reload() {
                Ok(()) => tracing::info!("TLS certificates changed and were read anew"),
                // Half of a new pair may be there: the other half is the next change.
                Err(error) => {
                    tracing::warn!(%error, "TLS files changed; the old certificates stay in use");
                }
            }
        }
    }

    fn tell_expiry(&self, metrics: &Metrics, warned: &mut Vec<(String, i64)>) {
        for (name, expires) in self.expiries() {
            let left = expires.as_second() - Timestamp::now().as_second();
            metrics.certificate_expires(&name, left);
            let due = WARNINGS.into_iter().find(|days| left < days * 86_400);
            let Some(due) = due else {
                warned.retain(|(known, _)| *known != name);
                continue;
            };
            let warning = (name, due);
            if !warned.contains(&warning) {
                let hours = left / 3600;
                tracing::warn!(
                    certificate = warning.0,
                    hours,
                    "a TLS certificate expires soon"
                );
                warned.push(warning);
            }
        }
    }
}

/// Time of the last change (seconds, nanoseconds), size and inode of a file; `None` when it is not there.
type Stamp = Option<(i64, i64, u64, u64)>;

fn stamps(settings: &TlsSettings) -> Vec<Stamp> {
    let files = settings.certificates.iter();
    let files = files.flat_map(|files| [&files.certificate, &files.key]);
    files
        .chain(&settings.client_ca)
        .map(|path| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.mtime(), found.mtime_nsec(), found.size(), found.ino()))
        })
        .collect()
}

fn read(settings: &TlsSettings) -> Result<Current, TlsError> {
    // Before the files are read: a change meanwhile is seen later.
    let stamps = stamps(settings);
    let provider = Arc::new(aws_lc_rs::default_provider());
    let shown: Vec<Shown> = settings
        .certificates
        .iter()
        .map(|files| Shown::read(files, &provider))
        .collect::<Result<_, _>>()?;
    let expiries = shown.iter().filter_map(Shown::expiry).collect();
    let authority = match &settings.client_ca {
        Some(path) => Some(clients::authority(path, &provider)?),
        None => None,
    };
    let names = Arc::new(ByName(shown));
    let config = |clients: Arc<dyn ClientCertVerifier>| {
        let mut config = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(clients)
            .with_cert_resolver(names.clone());
        config.ticketer = aws_lc_rs::Ticketer::new()?;
        config.send_tls13_tickets = 1;
        // The strongest suite that both know, whatever the client's order: scanners call anything else a finding.
        config.ignore_client_order = true;
        Ok::<_, TlsError>(Arc::new(config))
    };
    Ok(Current {
        plain: config(WebPkiClientVerifier::no_client_auth())?,
        asking: config(AnyClient::new(authority.clone(), &provider))?,
        algorithms: provider.signature_verification_algorithms,
        authority,
        expiries,
        stamps,
    })
}

fn read_file(path: &Path) -> Result<zeroize::Zeroizing<Vec<u8>>, TlsError> {
    std::fs::read(path)
        .map(zeroize::Zeroizing::new)
        .map_err(|source| TlsError::Read {
            path: path.to_owned(),
            source,
        })
}
