//! What the configuration says about certificates, as the listeners need it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;

use super::{Parts, Running};
use crate::config::{Listener, Settings};
use crate::tls::{Proof, Tls, TlsFiles, TlsSettings, TrustedCertificate};

/// How often the TLS files are looked at.
const LOOK_AT_FILES: Duration = Duration::from_secs(5);

/// Reads the certificates, and follows their files.
pub(super) fn start(
    settings: &Settings,
    parts: &Parts,
    running: &mut Running,
) -> anyhow::Result<()> {
    running.tls = shown(settings)?;
    if let Some(tls) = &running.tls {
        let watching = Arc::clone(tls).watch(
            LOOK_AT_FILES,
            Arc::clone(&parts.metrics),
            parts.stopping.clone(),
        );
        running.tasks.spawn(watching);
    }
    Ok(())
}

/// The listeners' and the console's certificates; `None` when the configuration names none.
fn shown(settings: &Settings) -> anyhow::Result<Option<Arc<Tls>>> {
    let tls = &settings.tls;
    let (Some(certificate), Some(key)) = (&tls.certificate, &tls.key) else {
        return Ok(None);
    };
    let first = TlsFiles {
        certificate: certificate.clone(),
        key: key.clone(),
    };
    let more = tls.certificates.iter().map(|files| TlsFiles {
        certificate: files.certificate.clone(),
        key: files.key.clone(),
    });
    let tls = Tls::with(TlsSettings {
        certificates: std::iter::once(first).chain(more).collect(),
        client_ca: tls.client_ca.clone(),
    });
    Ok(Some(Arc::new(tls.context("[tls]")?)))
}

/// The client certificates that a listener trusts.
pub(super) fn trusted(listener: &Listener) -> anyhow::Result<Vec<TrustedCertificate>> {
    let listed = listener.trusted_certificates.iter().map(|trusted| {
        let proof = match trusted.san.as_str() {
            "" => Proof::Fingerprint(fingerprint(&trusted.fingerprint).with_context(|| {
                let name = &trusted.name;
                format!("trusted certificate {name:?}: a fingerprint has 64 hexadecimal digits")
            })?),
            san => Proof::Name(san.to_ascii_lowercase()),
        };
        Ok(TrustedCertificate {
            name: trusted.name.clone(),
            proof,
        })
    });
    listed.collect()
}

/// 32 octets in hexadecimal, with or without colons.
fn fingerprint(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|digit| *digit != ':')
        .map(|digit| u8::try_from(digit.to_digit(16)?).ok())
        .collect::<Option<_>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let octets: Vec<u8> = pairs.iter().map(|[high, low]| high << 4 | low).collect();
    octets.try_into().ok()
}
