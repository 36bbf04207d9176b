//! DKIM signatures (RFC 6376, RFC 8463) on what we send: every configured key signs, so that one key can replace another, and
//! RSA can stand beside Ed25519.

use anyhow::{Context, bail};
use mail_auth::common::crypto::{DkimKey, Ed25519Key, RsaKey, Sha256};
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{Canonicalization, DkimSigner, Done};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use zeroize::Zeroizing;

use crate::config::Dkim;
use crate::keyfiles;

/// Signed as often as they are there, and once more as absent, so that none can be added (RFC 6376 section 8.15): neither what a
/// reader sees, nor where his answer would go, nor how the content is read.
const HEADERS: [&str; 18] = [
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "TLS-Required",
    "TLS-Report-Domain",
    "TLS-Report-Submitter",
];

/// The keys that sign.
#[derive(Default)]
pub struct Signers(Vec<DkimSigner<DkimKey, Done>>);

impl Signers {
    /// Reads the keys. An error names the entry of `[[dkim]]`.
    pub fn load(settings: &[Dkim], sender: &str) -> anyhow::Result<Signers> {
        let from = sender
            .rsplit_once('@')
            .map_or("", |(_, domain)| domain)
            .to_lowercase();
        let mut signers = Vec::new();
        for entry in settings {
            let domain = entry.domain.to_lowercase();
            if from != domain && !from.ends_with(&format!(".{domain}")) {
                bail!(
                    "dkim {:?}: the domain {domain:?} is not that of team.address, nor above it: DMARC would not count the signature",
                    entry.selector
                );
            }
            let key = key(entry).with_context(|| {
                format!(
                    "dkim {:?}: key_file {}",
                    entry.selector,
                    entry.key_file.display()
                )
            })?;
            let signer = DkimSigner::from_key(key)
                .domain(domain)
                .selector(entry.selector.clone())
                .headers(HEADERS.iter().flat_map(|name| [*name, *name]))
                .header_canonicalization(Canonicalization::Relaxed)
                .body_canonicalization(Canonicalization::Relaxed);
            signers.push(signer);
        }
        Ok(Signers(signers))
    }

    /// The message with the signatures of all keys before it; `None` when one can't be made.
    pub(crate) fn sign(&self, message: Vec<u8>) -> Option<Vec<u8>> {
        if self.0.is_empty() {
            return Some(message);
        }
        let mut signed = Vec::with_capacity(message.len() + self.0.len() * 800);
        for signer in &self.0 {
            signer.sign(&message).ok()?.write_header(&mut signed);
        }
        signed.extend_from_slice(&message);
        Some(signed)
    }
}

fn key(entry: &Dkim) -> anyhow::Result<DkimKey> {
    let pem = Zeroizing::new(std::fs::read(&entry.key_file).context("can't be read")?);
    keyfiles::private(&entry.key_file, "dkim.key_file")?;
    let Ok(der) = PrivateKeyDer::from_pem_slice(&pem) else {
        bail!("there is no private key in PEM in it");
    };
    if let PrivateKeyDer::Pkcs8(pkcs8) = &der
        && let Ok(key) = Ed25519Key::from_pkcs8_maybe_unchecked_der(pkcs8.secret_pkcs8_der())
    {
        return Ok(key.into());
    }
    match RsaKey::<Sha256>::from_key_der(der) {
        Ok(key) => Ok(key.into()),
        Err(_) => bail!("neither RSA with 2048 bits or more nor Ed25519"),
    }
}
