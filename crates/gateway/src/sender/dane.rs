//! DANE for SMTP (RFC 7672): which TLSA records count, and whether a certificate chain fits one.

use aws_lc_rs::digest;
use rustls::pki_types::{
    CertificateDer, ServerName, SignatureVerificationAlgorithm, TrustAnchor, UnixTime,
};
use webpki::{EndEntityCert, KeyUsage};

use crate::dns::Tlsa;

/// What a server showed.
pub(super) struct Chain<'a> {
    pub end: &'a CertificateDer<'a>,
    pub intermediates: &'a [CertificateDer<'a>],
    pub now: UnixTime,
    pub algorithms: &'a [&'a dyn SignatureVerificationAlgorithm],
}

/// The records that a client for SMTP can use: DANE-TA(2) and DANE-EE(3); the usages that ask for a public authority as
/// well are not (RFC 7672 section 3.1.3).
pub(super) fn usable(records: &[Tlsa]) -> Vec<Tlsa> {
    let fits = |record: &&Tlsa| {
        let length = match record.matching {
            0 => !record.data.is_empty(),
            1 => record.data.len() == 32,
            2 => record.data.len() == 64,
            _ => false,
        };
        matches!(record.usage, 2 | 3) && record.selector <= 1 && length
    };
    records.iter().filter(fits).cloned().collect()
}

/// As a line of the zone shows it, for reports (RFC 8460 section 4.4).
pub(super) fn text(record: &Tlsa) -> String {
    let data: String = record
        .data
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect();
    format!(
        "{} {} {} {data}",
        record.usage, record.selector, record.matching
    )
}

/// Whether one record fits. `names` are those that a certificate below a trust anchor may be for.
pub(super) fn matches(records: &[Tlsa], names: &[String], chain: &Chain<'_>) -> bool {
    records.iter().any(|record| match record.usage {
        // Neither name nor time counts: the record is both (RFC 7672 section 3.1.1).
        3 => fits(record, chain.end),
        2 => is_below(record, names, chain),
        _ => false,
    })
}

fn fits(record: &Tlsa, certificate: &CertificateDer<'_>) -> bool {
    let content = match record.selector {
        0 => Some(certificate.to_vec()),
        1 => EndEntityCert::try_from(certificate)
            .ok()
            .map(|parsed| parsed.subject_public_key_info().to_vec()),
        _ => None,
    };
    let Some(content) = content else { return false };
    let hashed = |algorithm| digest::digest(algorithm, &content).as_ref() == record.data;
    match record.matching {
        0 => content == record.data,
        1 => hashed(&digest::SHA256),
        2 => hashed(&digest::SHA512),
        _ => false,
    }
}

/// Whether the chain leads to the record's trust anchor and the certificate is for one of the names (section 3.1.2). The
/// anchor must be in the chain, as the RFC demands of servers, or whole in the record.
fn is_below(record: &Tlsa, names: &[String], chain: &Chain<'_>) -> bool {
    let whole = (record.selector == 0 && record.matching == 0)
        .then(|| CertificateDer::from(record.data.clone()));
    let shown = chain
        .intermediates
        .iter()
        .filter(|certificate| fits(record, certificate));
    let Ok(end) = EndEntityCert::try_from(chain.end) else {
        return false;
    };
    let named = names
        .iter()
        .filter_map(|name| ServerName::try_from(name.as_str()).ok())
        .any(|name| end.verify_is_valid_for_subject_name(&name).is_ok());
    let anchors: Vec<TrustAnchor<'_>> = shown
        .chain(whole.as_ref())
        .filter_map(|certificate| webpki::anchor_from_trusted_cert(certificate).ok())
        .collect();
    named
        && !anchors.is_empty()
        && end
            .verify_for_usage(
                chain.algorithms,
                &anchors,
                chain.intermediates,
                chain.now,
                KeyUsage::server_auth(),
                None,
                None,
            )
            .is_ok()
}
