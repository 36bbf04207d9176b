//! A certificate authority of the test's own: keys are made at run time and trusted by tests only.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_lc_rs::digest;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PublicKeyData};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub certificate: CertificateDer<'static>,
    folder: tempfile::TempDir,
}

/// A server's certificate, with its key in use.
pub struct Identity {
    pub tls: Arc<ServerConfig>,
    /// SHA-256 of its SubjectPublicKeyInfo, hexadecimal.
    pub key_sha256: String,
    /// SHA-512 of the certificate, hexadecimal.
    pub certificate_sha512: String,
}

pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

pub fn sha256(octets: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, octets).as_ref())
}

impl Authority {
    pub fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(DnType::CommonName, "Test authority");
        let key = KeyPair::generate().unwrap();
        let made = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), made.pem()).unwrap();
        Authority {
            certificate: made.der().clone(),
            issuer: Issuer::new(params, key),
            folder,
        }
    }

    /// The file for `outbox.ca_file`.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A folder for files of the test.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A good certificate for a name; the chain holds the authority's own, as DANE-TA wants it.
    pub fn good(&self, name: &str) -> Identity {
        self.signed(&CertificateParams::new([name.to_owned()]).unwrap())
    }

    /// One that ended long ago.
    pub fn expired(&self, name: &str) -> Identity {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        self.signed(&params)
    }

    fn signed(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        let made = params.signed_by(&key, &self.issuer).unwrap();
        identity(vec![made.der().clone(), self.certificate.clone()], &key)
    }
}

/// Signed by nobody but itself.
pub fn self_signed(name: &str) -> Identity {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([name.to_owned()]).unwrap();
    let made = params.self_signed(&key).unwrap();
    identity(vec![made.der().clone()], &key)
}

fn identity(chain: Vec<CertificateDer<'static>>, key: &KeyPair) -> Identity {
    let key_sha256 = sha256(&key.subject_public_key_info());
    let certificate_sha512 = hex(digest::digest(&digest::SHA512, &chain[0]).as_ref());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    Identity {
        tls: Arc::new(tls),
        key_sha256,
        certificate_sha512,
    }
}
