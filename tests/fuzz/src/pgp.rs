//! OpenPGP as strangers send it. What is asserted is what a reader of mail would be harmed by: plaintext in the wrong place,
//! a good verdict on what was never signed, a ciphertext that is not known again.
//!
//! The keys are made by `seeds` and kept beside the corpus; they are good for nothing else.

#[path = "openpgp/armor.rs"]
mod armor_source;
#[path = "openpgp/clean.rs"]
mod clean;
#[path = "openpgp/unpad.rs"]
mod unpad_source;

pub mod armour;
pub mod certificate;
pub mod inside;
pub mod mime;
pub mod packets;
pub mod unpad;

use std::sync::LazyLock;

use crate::openpgp::{Bound, Certificates, Correspondent, Keys, Opener, export_public};

/// What the correspondent signed, in all seeds.
pub const SIGNED: &str = "192.0.2.7 scanned 198.51.100.9 at noon.\n";

/// Everything that is made once.
pub struct World {
    pub team: Keys,
    pub peer: Keys,
    pub nobody: Keys,
    pub team_public: String,
    pub peer_public: String,
    pub team_secret: Vec<u8>,
    pub now: jiff::Timestamp,
}

pub static WORLD: LazyLock<World> = LazyLock::new(|| {
    let secret = |name: &str| std::fs::read(format!("corpus/keys/{name}.asc")).expect("seeds");
    let keys = |secret: &[u8]| {
        let mut keys = Keys::new();
        keys.add_team_secret(secret, None).expect("a key");
        keys
    };
    let (team, peer) = (secret("team"), secret("peer"));
    World {
        team: keys(&team),
        peer: keys(&peer),
        nobody: Keys::new(),
        team_public: export_public(&team).expect("a key"),
        peer_public: export_public(&peer).expect("a key"),
        team_secret: team,
        now: jiff::Timestamp::now(),
    }
});

impl World {
    /// The peer, authenticated.
    pub fn correspondents(&self) -> [Correspondent<'_>; 1] {
        [Correspondent {
            cert: self.peer_public.as_bytes(),
            authenticated: true,
            bound: Bound::UserIds,
        }]
    }

    pub fn certificates(&self, keys: &Keys) -> Certificates {
        Certificates::new(keys, &self.correspondents())
    }

    pub fn opener<'a>(&self, keys: &'a Keys, certificates: &'a Certificates) -> Opener<'a> {
        Opener {
            keys,
            certificates,
            now: self.now,
            budget: 1 << 20,
        }
    }
}

/// A packet in the new format (RFC 9580 section 4.2.1): in one piece, or in chunks of this power of two and a rest.
pub fn framed(tag: u8, body: &[u8], chunk: Option<u32>) -> Vec<u8> {
    let mut packet = vec![0xc0 | tag];
    let mut rest = body;
    if let Some(power) = chunk {
        while rest.len() > 1 << power {
            let (now, later) = rest.split_at(1 << power);
            packet.push(224 + u8::try_from(power).expect("small"));
            packet.extend_from_slice(now);
            rest = later;
        }
    }
    packet.push(255);
    packet.extend_from_slice(&u32::try_from(rest.len()).expect("short").to_be_bytes());
    packet.extend_from_slice(rest);
    packet
}

/// The same text, however its lines end and whatever blanks are at their end.
pub fn bare(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_end().to_owned()
}
