//! Certifies with the team's key that a certificate is an address's (RFC 9580 section 5.2.1.5), for others to rely on.

use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::{HashAlgorithm, SignatureType};
use sequoia_openpgp::{Cert, Packet};

use super::certs::{in_force, parse};
use super::native::SecretKey;
use super::{At, Keys};

/// The certificate, binary, with the team's certification of each valid user ID of that address. `None` when there is no such
/// user ID, or no team key that can certify at the time.
pub fn certify(
    keys: &Keys,
    certificate: &[u8],
    address: &str,
    now: jiff::Timestamp,
) -> Option<Vec<u8>> {
    let at = At::new(now);
    let cert = parse(certificate)?;
    let mut pair = certifier(keys, &at)?;
    let mut made: Vec<Packet> = Vec::new();
    for user_id in cert
        .userids()
        .with_policy(&at.policy, at.now)
        .revoked(false)
    {
        let claimed = user_id.userid().email().ok().flatten();
        if !claimed.is_some_and(|claimed| claimed.eq_ignore_ascii_case(address)) {
            continue;
        }
        let certification = user_id
            .userid()
            .certify(
                &mut pair,
                &cert,
                SignatureType::PositiveCertification,
                HashAlgorithm::SHA512,
                at.now,
            )
            .ok()?;
        made.push(user_id.userid().clone().into());
        made.push(certification.into());
    }
    if made.is_empty() {
        return None;
    }
    let (certified, _) = cert.insert_packets(made).ok()?;
    certified.to_vec().ok()
}

fn certifier<'k>(keys: &'k Keys, at: &At) -> Option<&'k SecretKey> {
    let mut team = keys.team().iter().filter(|held| in_force(&held.cert, at));
    team.find_map(|held| {
        let primary = held.cert.primary_key().key().fingerprint();
        let certifies = |cert: &Cert| {
            cert.with_policy(&at.policy, at.now)
                .is_ok_and(|valid| valid.primary_key().for_certification())
        };
        held.pairs
            .iter()
            .find(|pair| pair.public().fingerprint() == primary)
            .filter(|_| certifies(&held.cert))
    })
}
