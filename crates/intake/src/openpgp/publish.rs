//! What others get of the team's keys: the certificate that signs now, and where mail programs look for it.

use openssl::sha::sha1;
use sequoia_openpgp::Cert;
use sequoia_openpgp::Packet;
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::serialize::SerializeInto;
use serde::{Deserialize, Serialize};

use super::certs::{self, minimised, text};
use super::write::signer;
use super::{At, Keys, describe};

/// What the team shows of the key that signs now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamCard {
    /// Upper-case hex.
    pub fingerprint: String,
    /// Armoured, with the certifications by the team's other keys.
    pub certificate: String,
    /// `keydata` of an Autocrypt field; empty when the certificate is too large for one.
    pub autocrypt: String,
    /// When it stops signing, or being encrypted to; `None`: never.
    pub usable_until: Option<jiff::Timestamp>,
}

/// The certificate whose key signs at that time; `None` when none may.
pub fn team_card(keys: &Keys, now: jiff::Timestamp) -> Option<TeamCard> {
    let at = At::new(now);
    let (cert, _) = signer(keys, &at)?;
    let others: Vec<&Cert> = keys.team().iter().map(|held| &*held.cert).collect();
    let octets = certs::to_binary(cert)?;
    Some(TeamCard {
        fingerprint: cert.fingerprint().to_hex(),
        certificate: text(certified(cert, &others, &at).armored().to_vec().ok())?,
        autocrypt: certs::autocrypt_keydata(&octets, now).unwrap_or_default(),
        usable_until: describe(&octets, now)?.usable_until,
    })
}

/// A certificate of the team's for publishing: without secrets, with certifications by the team's keys only. Armoured and
/// binary; `None` when it can't be read.
pub fn export_team(
    key: &[u8],
    team: &[impl AsRef<[u8]>],
    now: jiff::Timestamp,
) -> Option<(String, Vec<u8>)> {
    let cert = Cert::from_bytes(key).ok()?;
    let team: Vec<Cert> = team
        .iter()
        .filter_map(|one| Cert::from_bytes(one.as_ref()).ok())
        .collect();
    let cert = certified(&cert, &team.iter().collect::<Vec<_>>(), &At::new(now));
    Some((
        text(cert.armored().to_vec().ok())?,
        certs::to_binary(&cert)?,
    ))
}

fn certified(cert: &Cert, team: &[&Cert], at: &At) -> Cert {
    let own = minimised(cert, &[]);
    let mut packets: Vec<Packet> = Vec::new();
    for user_id in cert.userids() {
        for other in team {
            let key = other.primary_key().key().role_as_unspecified();
            for certification in user_id.valid_certifications_by_key(&at.policy, at.now, key) {
                packets.push(user_id.userid().clone().into());
                packets.push(certification.clone().into());
            }
        }
    }
    match own.clone().insert_packets(packets) {
        Ok((with, _)) => with,
        Err(_) => own,
    }
}

/// The name of a key's file in a Web Key Directory: z-base-32 of the SHA-1 of the local part in lower case
/// (draft-koch-openpgp-webkey-service section 3.1).
pub fn wkd_name(local_part: &str) -> String {
    const LETTERS: &[u8; 32] = b"ybndrfg8ejkmcpqxot1uwisza345h769";
    let digest = sha1(local_part.to_ascii_lowercase().as_bytes());
    let mut name = String::with_capacity(32);
    for five in digest.chunks(5) {
        let bits = five
            .iter()
            .fold(0_u64, |bits, octet| (bits << 8) | u64::from(*octet));
        for place in (0..8).rev() {
            let index = usize::try_from((bits >> (place * 5)) & 31).unwrap_or(0);
            name.push(LETTERS.get(index).copied().map_or('y', char::from));
        }
    }
    name
}
