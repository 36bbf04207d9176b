//! Certificates of the listeners.

use jiff::Timestamp;

use super::Line;
use crate::config::Settings;
use crate::tls::{Tls, TlsFiles, TlsSettings};

/// Days before its end that a certificate is warned of.
const WARN: i64 = 14;

/// Each is read as `serve` reads it.
pub(super) fn check(settings: &Settings) -> Vec<Line> {
    let tls = &settings.tls;
    let first = tls.certificate.clone().zip(tls.key.clone());
    let more = tls.certificates.iter();
    let certificates: Vec<TlsFiles> = first
        .into_iter()
        .chain(more.map(|files| (files.certificate.clone(), files.key.clone())))
        .map(|(certificate, key)| TlsFiles { certificate, key })
        .collect();
    if certificates.is_empty() {
        let advice = "set tls.certificate and tls.key, unless only an MTA on this machine delivers";
        return vec![Line::warn(
            "tls",
            "no certificate: mail comes in clear",
            advice,
        )];
    }
    let read = Tls::with(TlsSettings {
        certificates,
        client_ca: tls.client_ca.clone(),
    });
    match read {
        Err(error) => vec![Line::fail(
            "tls",
            error.to_string(),
            "mend tls.certificate and tls.key",
        )],
        Ok(tls) => tls
            .expiries()
            .into_iter()
            .map(|(name, end)| expiry(&name, end))
            .collect(),
    }
}

fn expiry(name: &str, end: Timestamp) -> Line {
    let days = end.duration_since(Timestamp::now()).as_hours() / 24;
    let seen = format!("{name}, until {}", end.strftime("%Y-%m-%d"));
    let advice = "renew it; it is read again by itself";
    if end < Timestamp::now() {
        Line::fail("tls", seen, advice)
    } else if days < WARN {
        Line::warn("tls", seen, advice)
    } else {
        Line::ok("tls", seen)
    }
}
