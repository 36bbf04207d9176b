//! The versions and suites that may name a counter: a closed set, since peers have a say in what stands in `Received`, and the
//! names of counters are kept in clear (B5).

use super::Tls;

const VERSIONS: [&str; 5] = ["TLSv1.3", "TLSv1.2", "TLSv1.1", "TLSv1.0", "TLSv1"];

/// RFC 8446 appendix B.4.
const TLS13: [&str; 5] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
];

/// Key exchanges and ciphers up to TLS 1.2, as they are put together into names: by OpenSSL (Postfix, OpenSMTPD), by IANA
/// (rustls, Exim), by GnuTLS (an older Exim).
const COMPOSED: [(&[&str], &[&str]); 3] = [
    (
        &[
            "ECDHE-ECDSA-",
            "ECDHE-RSA-",
            "DHE-RSA-",
            "ADH-",
            "AECDH-",
            "",
        ],
        &[
            "AES128-GCM-SHA256",
            "AES256-GCM-SHA384",
            "CHACHA20-POLY1305",
            "AES128-CCM",
            "AES256-CCM",
            "AES128-CCM8",
            "AES256-CCM8",
            "AES128-SHA256",
            "AES256-SHA256",
            "AES256-SHA384",
            "AES128-SHA",
            "AES256-SHA",
            "CAMELLIA128-SHA256",
            "CAMELLIA256-SHA256",
            "CAMELLIA256-SHA384",
            "CAMELLIA128-SHA",
            "CAMELLIA256-SHA",
            "DES-CBC3-SHA",
        ],
    ),
    (
        &[
            "TLS_ECDHE_ECDSA_WITH_",
            "TLS_ECDHE_RSA_WITH_",
            "TLS_DHE_RSA_WITH_",
            "TLS_DH_anon_WITH_",
            "TLS_ECDH_anon_WITH_",
            "TLS_RSA_WITH_",
        ],
        &[
            "AES_128_GCM_SHA256",
            "AES_256_GCM_SHA384",
            "CHACHA20_POLY1305_SHA256",
            "AES_128_CCM",
            "AES_256_CCM",
            "AES_128_CCM_8",
            "AES_256_CCM_8",
            "AES_128_CBC_SHA256",
            "AES_256_CBC_SHA256",
            "AES_256_CBC_SHA384",
            "AES_128_CBC_SHA",
            "AES_256_CBC_SHA",
            "CAMELLIA_128_CBC_SHA256",
            "CAMELLIA_256_CBC_SHA256",
            "CAMELLIA_256_CBC_SHA384",
            "CAMELLIA_128_CBC_SHA",
            "CAMELLIA_256_CBC_SHA",
            "3DES_EDE_CBC_SHA",
        ],
    ),
    (
        &[
            "ECDHE_ECDSA_",
            "ECDHE_RSA_",
            "DHE_RSA_",
            "DH_ANON_",
            "ECDH_ANON_",
            "RSA_",
        ],
        &[
            "AES_128_GCM_SHA256",
            "AES_256_GCM_SHA384",
            "CHACHA20_POLY1305",
            "AES_128_CCM",
            "AES_256_CCM",
            "AES_128_CBC_SHA256",
            "AES_256_CBC_SHA256",
            "AES_256_CBC_SHA384",
            "AES_128_CBC_SHA1",
            "AES_256_CBC_SHA1",
            "3DES_EDE_CBC_SHA1",
        ],
    ),
];

/// Whether it is a version, in any server's spelling.
pub(super) fn is_version(word: &str) -> bool {
    VERSIONS.contains(&spelled(word).as_str())
}

/// `TLS1.3`, as GnuTLS writes it, is `TLSv1.3`.
fn spelled(version: &str) -> String {
    version.replace("TLS1", "TLSv1")
}

/// Only words of the tables; empty ones are not told.
pub(super) fn named(version: &str, suite: &str) -> Tls {
    let version = spelled(version);
    let version = match version.as_str() {
        "" => "unknown",
        known if VERSIONS.contains(&known) => known,
        _ => "other",
    };
    let suite = match suite {
        "" => "unknown",
        known if is_suite(known) => known,
        _ => "other",
    };
    Tls {
        version: version.to_owned(),
        suite: suite.to_owned(),
    }
}

fn is_suite(name: &str) -> bool {
    let composed = COMPOSED.iter().any(|(exchanges, ciphers)| {
        let mut exchanges = exchanges.iter();
        exchanges.any(|exchange| {
            let cipher = name.strip_prefix(exchange);
            cipher.is_some_and(|cipher| ciphers.contains(&cipher))
        })
    });
    composed || TLS13.contains(&name)
}
