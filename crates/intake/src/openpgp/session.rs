//! One opening: the keys that are tried and the packets that are let by.

use sequoia_openpgp::crypto::SessionKey;
use sequoia_openpgp::packet::header::BodyLength;
use sequoia_openpgp::packet::{PKESK, SKESK};
use sequoia_openpgp::parse::PacketParser;
use sequoia_openpgp::parse::stream::{DecryptionHelper, MessageStructure, VerificationHelper};
use sequoia_openpgp::types::SymmetricAlgorithm;
use sequoia_openpgp::{Cert, KeyHandle, Packet, anyhow};

use super::Keys;
use super::judge::Judge;
use super::native::SecretKey;
use super::packets::{MAX_PACKETS, MAX_SIGNATURES, tag};
use super::reason::Reason;

/// Octets of plaintext (threats.md section E).
pub(crate) const MAX_PLAINTEXT: usize = 64 * 1024 * 1024;
/// Plaintext may be that many times the ciphertext …
const MAX_RATIO: usize = 100;
/// … and this much whatever the ciphertext.
const SMALL: usize = 1024 * 1024;
/// Private-key operations for one message: hidden recipients make us try every key.
const MAX_ATTEMPTS: usize = 48;

/// One opening: what Sequoia asks us, and what we saw go by.
pub(super) struct Session<'a> {
    keys: &'a Keys,
    pub(super) judge: Judge<'a>,
    pub(super) limit: usize,
    /// The team key and session key that opened the container.
    pub(super) known: Option<(String, (Option<SymmetricAlgorithm>, SessionKey))>,
    /// A recipient is named that is one of ours.
    addressed: bool,
    seen: Seen,
    refused: Option<Reason>,
}

/// What went by inside.
#[derive(Default)]
struct Seen {
    packets: usize,
    signatures: usize,
    containers: usize,
    compressed: usize,
    literals: usize,
}

impl<'a> Session<'a> {
    pub(super) fn new(keys: &'a Keys, judge: Judge<'a>, length: usize) -> Session<'a> {
        Session {
            keys,
            judge,
            limit: length.saturating_mul(MAX_RATIO).clamp(SMALL, MAX_PLAINTEXT),
            known: None,
            addressed: false,
            seen: Seen::default(),
            refused: None,
        }
    }

    /// Forgets what went by; the keys that are known stay so.
    pub(super) fn begin(&mut self) {
        self.seen = Seen::default();
        self.refused = None;
        self.judge.judged.clear();
        self.judge.shape.clear();
    }

    pub(super) fn reason(&self, error: &anyhow::Error) -> Reason {
        if let Some(reason) = self.refused {
            return reason;
        }
        // After a session key fitted, every error is the same (T06).
        let otherwise = if self.known.is_some() {
            Reason::Damaged
        } else if self.seen.containers == 0 {
            Reason::Malformed
        } else if self.addressed {
            Reason::Damaged
        } else {
            Reason::NoKey
        };
        Reason::of(error, otherwise)
    }

    /// Each packet is looked at before its content is: order and number (T27), and no packet besides the literal data may
    /// be large, for compressed filler costs time without making plaintext.
    fn admit(&mut self, packet: &PacketParser<'_>) -> Result<(), Reason> {
        let seen = &mut self.seen;
        seen.packets = seen.packets.saturating_add(1);
        match u8::from(packet.packet.tag()) {
            tag::SIGNATURE | tag::ONE_PASS => seen.signatures = seen.signatures.saturating_add(1),
            tag::SEIPD => seen.containers = seen.containers.saturating_add(1),
            tag::COMPRESSED if seen.signatures > 0 => return Err(Reason::Malformed),
            // Deflate is read; bzip2 is not (threats.md section E).
            tag::COMPRESSED if matches!(&packet.packet, Packet::CompressedData(data) if !data.algo().is_supported()) =>
            {
                return Err(Reason::Unsupported);
            }
            tag::COMPRESSED => seen.compressed = seen.compressed.saturating_add(1),
            tag::LITERAL => seen.literals = seen.literals.saturating_add(1),
            _ => {
                let short = matches!(packet.header().length(), BodyLength::Full(length)
                    if usize::try_from(*length).is_ok_and(|length| length <= self.limit));
                if !short {
                    return Err(Reason::Malformed);
                }
            }
        }
        if seen.packets > MAX_PACKETS || seen.signatures > 2 * MAX_SIGNATURES {
            Err(Reason::TooManyPackets)
        } else if seen.compressed > 1 {
            Err(Reason::Expands)
        } else if seen.containers > 1 || seen.literals > 1 {
            Err(Reason::Malformed)
        } else {
            Ok(())
        }
    }

    /// Tries the keys that the packets name first, then every key for hidden recipients (experience.md, zammad#5432: a
    /// header never chooses the key).
    fn unlock(
        &mut self,
        session_keys: &[PKESK],
        hint: Option<SymmetricAlgorithm>,
        fits: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> Option<Cert> {
        let named = session_keys
            .iter()
            .filter(|packet| packet.recipient().is_some());
        let hidden = session_keys
            .iter()
            .filter(|packet| packet.recipient().is_none());
        let mut attempts = 0_usize;
        for packet in named.chain(hidden) {
            for held in self.keys.team() {
                for pair in held.pairs.iter().filter(|pair| may_open(pair, packet)) {
                    self.addressed |= packet.recipient().is_some();
                    if !pair.public().pk_algo().is_supported() {
                        self.refused = Some(Reason::Unsupported);
                        continue;
                    }
                    attempts = attempts.saturating_add(1);
                    if attempts > MAX_ATTEMPTS {
                        self.refused = Some(Reason::TooManyPackets);
                        return None;
                    }
                    let opened = packet.decrypt(&mut { pair }, hint);
                    if let Some((algorithm, key)) = opened
                        && fits(algorithm, &key)
                    {
                        self.refused = None;
                        self.known = Some((held.cert.fingerprint().to_hex(), (algorithm, key)));
                        return Some(held.identity.clone());
                    }
                }
            }
        }
        None
    }

    /// The same message again, with the session key that opened it.
    fn reopen(
        &self,
        fits: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> Option<Cert> {
        let (fingerprint, (algorithm, key)) = self.known.as_ref()?;
        let mut team = self.keys.team().iter().map(|team| &team.identity);
        let identity = team.find(|identity| identity.fingerprint().to_hex() == *fingerprint)?;
        fits(*algorithm, key).then(|| identity.clone())
    }
}

/// Whether the key may have been meant.
fn may_open(pair: &SecretKey, packet: &PKESK) -> bool {
    let key = pair.public();
    key.pk_algo().for_encryption()
        && key.pk_algo() == packet.pk_algo()
        && packet
            .recipient()
            .is_none_or(|recipient: KeyHandle| recipient.aliases(key.key_handle()))
}

impl VerificationHelper for &mut Session<'_> {
    fn inspect(&mut self, packet: &PacketParser<'_>) -> anyhow::Result<()> {
        self.admit(packet).map_err(|reason| {
            self.refused.get_or_insert(reason);
            anyhow::anyhow!("refused")
        })
    }

    fn get_certs(&mut self, handles: &[KeyHandle]) -> anyhow::Result<Vec<Cert>> {
        self.judge.get_certs(handles)
    }

    fn check(&mut self, structure: MessageStructure<'_>) -> anyhow::Result<()> {
        self.judge.recipient = self
            .known
            .as_ref()
            .map(|(fingerprint, _)| fingerprint.clone());
        self.judge.check(structure)
    }
}

impl DecryptionHelper for &mut Session<'_> {
    fn decrypt(
        &mut self,
        session_keys: &[PKESK],
        _passphrases: &[SKESK],
        hint: Option<SymmetricAlgorithm>,
        fits: &mut dyn FnMut(Option<SymmetricAlgorithm>, &SessionKey) -> bool,
    ) -> anyhow::Result<Option<Cert>> {
        let cert = if self.known.is_some() {
            self.reopen(fits)
        } else {
            self.unlock(session_keys, hint, fits)
        };
        cert.map(Some).ok_or_else(|| anyhow::anyhow!("no key"))
    }
}
