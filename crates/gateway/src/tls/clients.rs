//! Certificates of peers. The handshake takes any certificate whose key the peer holds, and any that can't be checked (old
//! versions, short keys, unknown algorithms): mail from strangers with odd certificates goes on. Whether one makes a
//! trusted relay is asked afterwards; what can't be checked makes none.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{
    CryptoProvider, WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature,
};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, RootCertStore, SignatureScheme};

use super::TlsError;
use super::certificate::{chain, is_checkable};

/// A certificate that makes its holder a trusted relay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedCertificate {
    /// What the configuration calls it; noted on its messages.
    pub name: String,
    /// What the peer must show.
    pub proof: Proof,
}

/// How a trusted certificate is told from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// SHA-256 of the certificate or of its public key (`SubjectPublicKeyInfo`), both of the DER; nothing else is asked.
    Fingerprint([u8; 32]),
    /// This DNS name, in a valid certificate of the authorities for clients.
    Name(String),
}

/// The authorities of a PEM file.
pub(super) fn authority(
    path: &Path,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in chain(path)? {
        roots.add(certificate)?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .map_err(|_| TlsError::Certificate(path.to_owned()))
}

/// The certificate, when the handshake has checked that the peer holds its key; [`AnyClient`] asks the same.
fn checkable<'a>(
    own: &'a CertificateDer<'_>,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Option<webpki::EndEntityCert<'a>> {
    let parsed = webpki::EndEntityCert::try_from(own).ok()?;
    let known = |id: &[u8]| {
        let mut all = algorithms.all.iter();
        all.any(|algorithm| algorithm.public_key_alg_id().as_ref() == id)
    };
    is_checkable(&parsed.subject_public_key_info(), known).then_some(parsed)
}

/// The first of the trusted certificates that this chain is.
pub(super) fn trusted<'a>(
    shown: &[CertificateDer<'_>],
    trusted: &'a [TrustedCertificate],
    authority: Option<&dyn ClientCertVerifier>,
    algorithms: &WebPkiSupportedAlgorithms,
) -> Option<&'a str> {
    let (own, issuers) = shown.split_first()?;
    let parsed = checkable(own, algorithms)?;
    let prints = [
        vault::sha256(own),
        vault::sha256(&parsed.subject_public_key_info()),
    ];
    let is_valid = || {
        authority.is_some_and(|authority| {
            let checked = authority.verify_client_cert(own, issuers, UnixTime::now());
            checked.is_ok()
        })
    };
    let matches = |proof: &Proof| match proof {
        Proof::Fingerprint(print) => prints.contains(print),
        Proof::Name(name) => ServerName::try_from(name.as_str())
            .is_ok_and(|name| parsed.verify_is_valid_for_subject_name(&name).is_ok() && is_valid()),
    };
    let found = trusted.iter().find(|known| matches(&known.proof))?;
    Some(&found.name)
}

/// Asks for a certificate and takes any, unless the peer says that it holds a key and does not.
#[derive(Debug)]
pub(super) struct AnyClient {
    authority: Option<Arc<dyn ClientCertVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl AnyClient {
    pub(super) fn new(
        authority: Option<Arc<dyn ClientCertVerifier>>,
        provider: &CryptoProvider,
    ) -> Arc<Self> {
        Arc::new(Self {
            authority,
            algorithms: provider.signature_verification_algorithms,
        })
    }
}

impl ClientCertVerifier for AnyClient {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        match &self.authority {
            Some(authority) => authority.root_hint_subjects(),
            None => &[],
        }
    }

    /// Nothing is believed yet, see [`trusted`].
    fn verify_client_cert(
        &self,
        _own: &CertificateDer<'_>,
        _issuers: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if checkable(certificate, &self.algorithms).is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if checkable(certificate, &self.algorithms).is_none() {
            return Ok(HandshakeSignatureValid::assertion());
        }
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
