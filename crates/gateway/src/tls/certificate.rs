//! Certificates that we show: which one for which name, and how long.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, alg_id};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{TlsError, TlsFiles, read_file};

/// A certificate with its key, and the names that it is for.
#[derive(Debug)]
pub(super) struct Shown {
    names: Vec<String>,
    key: Arc<CertifiedKey>,
}

impl Shown {
    pub(super) fn read(files: &TlsFiles, provider: &CryptoProvider) -> Result<Self, TlsError> {
        let chain = chain(&files.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&read_file(&files.key)?)
            .map_err(|_| TlsError::Key(files.key.clone()))?;
        let names = chain.first().map(names).unwrap_or_default();
        let key = Arc::new(CertifiedKey::from_der(chain, key, provider)?);
        Ok(Self { names, key })
    }

    /// Its first name, and when it is over.
    pub(super) fn expiry(&self) -> Option<(String, Timestamp)> {
        let name = self.names.first().cloned().unwrap_or_default();
        Some((name, not_after(self.key.cert.first()?)?))
    }

    fn is_for(&self, name: &str) -> bool {
        let above = name.split_once('.').map(|(_, above)| above);
        self.names.iter().any(|known| {
            let wild = known.strip_prefix("*.");
            known == name || wild.is_some() && wild == above
        })
    }
}

/// The certificates of a PEM file, at least one.
pub(super) fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read_file(path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    chain
        .ok()
        .filter(|chain| !chain.is_empty())
        .ok_or_else(|| TlsError::Certificate(path.to_owned()))
}

/// The DNS names of a certificate, lower case.
fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    webpki::EndEntityCert::try_from(certificate)
        .map(|certificate| {
            let names = certificate.valid_dns_names();
            names.map(str::to_ascii_lowercase).collect()
        })
        .unwrap_or_default()
}

/// Shows the certificate for the name that the peer asks for, or the first.
#[derive(Debug)]
pub(super) struct ByName(pub(super) Vec<Shown>);

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().map(str::to_ascii_lowercase);
        let named = name.and_then(|name| self.0.iter().find(|shown| shown.is_for(&name)));
        named.or(self.0.first()).map(|shown| shown.key.clone())
    }
}

/// When a certificate is over (RFC 5280 section 4.1.2.5).
fn not_after(certificate: &CertificateDer<'_>) -> Option<Timestamp> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut rest, _) = element(certificate)?;
    // The version may be left out; then serial number, algorithm and issuer.
    if let (0xa0, _, after) = element(rest)? {
        rest = after;
    }
    for _ in 0..3 {
        (_, _, rest) = element(rest)?;
    }
    let (_, validity, _) = element(rest)?;
    let (_, _, rest) = element(validity)?;
    let (tag, time, _) = element(rest)?;
    let time = std::str::from_utf8(time).ok()?;
    // A UTCTime has two digits of a year before 2050.
    let time = match tag {
        0x17 if time.starts_with(['0', '1', '2', '3', '4']) => format!("20{time}"),
        0x17 => format!("19{time}"),
        _ => time.to_owned(),
    };
    let time = DateTime::strptime("%Y%m%d%H%M%SZ", time).ok()?;
    time.to_zoned(TimeZone::UTC)
        .ok()
        .map(|time| time.timestamp())
}

/// Whether signatures by this key can be checked at all. `spki` is the DER of a `SubjectPublicKeyInfo`; `known` are the
/// contents of the algorithm identifiers that the library has.
pub(super) fn is_checkable(spki: &[u8], known: impl Fn(&[u8]) -> bool) -> bool {
    let read = || {
        let (_, spki, _) = element(spki)?;
        let (_, algorithm, rest) = element(spki)?;
        let (_, bits, _) = element(rest)?;
        let is_long_enough = algorithm != alg_id::RSA_ENCRYPTION.as_ref() || {
            let modulus = modulus(bits)?;
            let zeros = modulus.first()?.leading_zeros();
            let length = u32::try_from(modulus.len()).ok()?.checked_mul(8)?;
            RSA_BITS.contains(&length.checked_sub(zeros)?)
        };
        Some(known(algorithm) && is_long_enough)
    };
    read().unwrap_or(false)
}

/// What the library takes for RSA.
const RSA_BITS: RangeInclusive<u32> = 2048..=8192;

/// The modulus in a bit string that holds an RSA key (RFC 8017 appendix A.1.1), without leading zeros.
fn modulus(bits: &[u8]) -> Option<&[u8]> {
    let (_unused, key) = bits.split_first()?;
    let (_, key, _) = element(key)?;
    let (_, modulus, _) = element(key)?;
    let begin = modulus.iter().position(|octet| *octet != 0)?;
    modulus.get(begin..)
}

/// Takes one element of DER off the front: tag, content, what follows.
fn element(input: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let ([tag, first], rest) = input.split_first_chunk::<2>()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
            let length = digits
                .iter()
                .fold(0, |length: usize, digit| length << 8 | usize::from(*digit));
            (length, rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}
