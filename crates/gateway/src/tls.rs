//! The certificate that listeners show: read from PEM files, and read again without a restart.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use thiserror::Error;
use tokio::sync::watch;
use zeroize::Zeroizing;

/// Where the certificate and its key are. Both are PEM; the certificate's own comes first, then those that sign it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// PKCS#8, PKCS#1 or SEC1.
    pub key: PathBuf,
}

/// The TLS configuration in force: TLS 1.2 and 1.3, no client certificates.
#[derive(Debug)]
pub struct Tls {
    files: TlsFiles,
    current: watch::Sender<Arc<ServerConfig>>,
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

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let (current, _) = watch::channel(read(&files)?);
        Ok(Self { files, current })
    }

    /// Reads the files again: connections that are made from now on see the new certificate.
    ///
    /// # Errors
    /// [`TlsError`]; the old certificate stays in force.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.send_replace(read(&self.files)?);
        Ok(())
    }

    /// The configuration for one connection.
    pub fn config(&self) -> Arc<ServerConfig> {
        self.current.borrow().clone()
    }
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, TlsError> {
    let pem = read_file(&files.certificate)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| TlsError::Certificate(files.certificate.clone()))?;
    let key = PrivateKeyDer::from_pem_slice(&read_file(&files.key)?)
        .map_err(|_| TlsError::Key(files.key.clone()))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    // The strongest suite that both know, whatever the client's order: scanners call anything else a finding.
    config.ignore_client_order = true;
    Ok(Arc::new(config))
}

fn read_file(path: &PathBuf) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|source| TlsError::Read {
            path: path.clone(),
            source,
        })
}
