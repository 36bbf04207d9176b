//! Who a mail server proves to be: rustls verifiers for each degree of trust, and what a failure is called.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use aws_lc_rs::digest;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs as provider};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
};
use webpki::EndEntityCert;

use super::attempt::TlsFailure;
use super::dane;
use crate::dns::Tlsa;

/// What a certificate must prove.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// Nothing: TLS against those who only listen.
    Anybody,
    /// That a trusted authority knows it by the host's name.
    Authorities,
    /// That it holds one of these public keys (SHA-256 of SubjectPublicKeyInfo).
    Keys(Vec<[u8; 32]>),
    /// What one of these records says; the names are those that a trust anchor may vouch for (RFC 7672 section 3.2.2).
    Records(Vec<Tlsa>, Vec<String>),
}

/// The trusted authorities, and TLS configurations made of them.
#[derive(Clone)]
pub(crate) struct Authorities {
    roots: Arc<RootCertStore>,
    webpki: Arc<WebPkiServerVerifier>,
    provider: Arc<CryptoProvider>,
}

impl Authorities {
    /// Reads the system's authorities, and `more`. An error names the file.
    pub(crate) fn load(more: Option<&Path>) -> anyhow::Result<Authorities> {
        let mut roots = RootCertStore::empty();
        // Some of a system's certificates may be unreadable for us: the others count.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(path) = more {
            let place = || format!("outbox.ca_file {}", path.display());
            let certificates: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path)
                .with_context(place)?
                .collect();
            let certificates = certificates.with_context(place)?;
            let (added, _) = roots.add_parsable_certificates(certificates);
            anyhow::ensure!(added > 0, "{}: there is no certificate in it", place());
        }
        if roots.is_empty() {
            // Without any, verification must fail, not the start: a smarthost on this machine needs none.
            tracing::warn!(
                "this system trusts no certificate authority (Debian: install ca-certificates): no server can be verified"
            );
            roots.extend([nobody()?]);
        }
        let roots = Arc::new(roots);
        let provider = Arc::new(provider::default_provider());
        let webpki =
            WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(&provider))
                .build()?;
        Ok(Authorities {
            roots,
            webpki,
            provider,
        })
    }

    /// For HTTPS: ordinary verification.
    pub(crate) fn https(&self) -> Result<ClientConfig, Error> {
        Ok(
            ClientConfig::builder_with_provider(Arc::clone(&self.provider))
                .with_safe_default_protocol_versions()?
                .with_root_certificates(Arc::clone(&self.roots))
                .with_no_client_auth(),
        )
    }

    /// For SMTP: TLS 1.2 and 1.3, and this trust. Sessions are not resumed: each handshake shows the certificate.
    pub(super) fn smtp(&self, trust: Trust) -> Result<ClientConfig, Error> {
        let verifier = Verifier {
            trust,
            authorities: self.clone(),
        };
        let mut config = ClientConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        config.resumption = rustls::client::Resumption::disabled();
        Ok(config)
    }

    /// Whether a trusted authority knows the peer by this name: what opportunistic connections note and don't require.
    pub(super) fn verify(
        &self,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
    ) -> Result<(), TlsFailure> {
        let (end, rest) = chain
            .split_first()
            .ok_or(TlsFailure::CertificateNotTrusted)?;
        self.webpki
            .verify_server_cert(end, rest, name, &[], UnixTime::now())
            .map(|_| ())
            .map_err(|error| failure(&error))
    }
}

/// An authority whose key nobody has: webpki wants one at least.
fn nobody() -> anyhow::Result<rustls::pki_types::TrustAnchor<'static>> {
    let made = rcgen::generate_simple_self_signed(["nobody.invalid".to_owned()])?;
    Ok(webpki::anchor_from_trusted_cert(made.cert.der())?.to_owned())
}

/// SHA-256 of a certificate's SubjectPublicKeyInfo.
fn key_digest(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let key = EndEntityCert::try_from(certificate)
        .ok()?
        .subject_public_key_info();
    Some(digest::digest(&digest::SHA256, &key).as_ref().to_vec())
}

struct Verifier {
    trust: Trust,
    authorities: Authorities,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verifier({:?})", self.trust)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let proved = match &self.trust {
            Trust::Anybody => true,
            Trust::Authorities => {
                return self.authorities.webpki.verify_server_cert(
                    end_entity,
                    intermediates,
                    server_name,
                    ocsp_response,
                    now,
                );
            }
            Trust::Keys(pins) => key_digest(end_entity)
                .is_some_and(|digest| pins.iter().any(|pin| digest == pin.as_slice())),
            Trust::Records(records, names) => {
                let algorithms = self.authorities.provider.signature_verification_algorithms;
                let chain = dane::Chain {
                    end: end_entity,
                    intermediates,
                    now,
                    algorithms: algorithms.all,
                };
                dane::matches(records, names, &chain)
            }
        };
        if proved {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(CertificateError::ApplicationVerificationFailure.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities
            .webpki
            .verify_tls12_signature(message, cert, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.authorities
            .webpki
            .verify_tls13_signature(message, cert, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.authorities.webpki.supported_verify_schemes()
    }
}

/// What RFC 8460 section 4.3 calls it.
pub(super) fn failure(error: &Error) -> TlsFailure {
    let Error::InvalidCertificate(reason) = error else {
        return TlsFailure::ValidationFailure;
    };
    let kinds = [
        (
            matches!(
                reason,
                CertificateError::Expired
                    | CertificateError::ExpiredContext { .. }
                    | CertificateError::NotValidYet
                    | CertificateError::NotValidYetContext { .. }
            ),
            TlsFailure::CertificateExpired,
        ),
        (
            matches!(
                reason,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
            ),
            TlsFailure::CertificateHostMismatch,
        ),
        // Records that match nothing; pinned keys come here, too, and are told apart by the policy in force.
        (
            matches!(reason, CertificateError::ApplicationVerificationFailure),
            TlsFailure::TlsaInvalid,
        ),
    ];
    let known = kinds.into_iter().find(|(is, _)| *is);
    known.map_or(TlsFailure::CertificateNotTrusted, |(_, failure)| failure)
}
