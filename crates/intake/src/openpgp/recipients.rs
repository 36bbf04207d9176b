//! Certificates to which keys of stored mail are encrypted: checked once, since each message needs them.

use std::io::Write;

use sequoia_openpgp::packet::Key;
use sequoia_openpgp::packet::key::{PublicParts, UnspecifiedRole};
use sequoia_openpgp::parse::{PacketParser, PacketParserResult, Parse};
use sequoia_openpgp::serialize::stream::{Encryptor, LiteralWriter, Message, Recipient};
use sequoia_openpgp::types::{Features, SymmetricAlgorithm};
use sequoia_openpgp::{KeyHandle, Packet, anyhow};

use super::certs::{encryption_keys, parse};
use super::{At, WriteError, guarded};

/// Certificates of analysts. `Debug` shows how many keys.
pub struct Recipients {
    keys: Vec<Key<PublicParts, UnspecifiedRole>>,
}

impl Recipients {
    /// Takes certificates that can be encrypted to at this time. What happens to them later doesn't count: they were pinned by
    /// whoever gave them, and mail that comes must be kept.
    ///
    /// # Errors
    /// [`WriteError::NoRecipient`] without any, [`WriteError::UnusableRecipient`] when one can't be used.
    pub fn new(certificates: &[Vec<u8>], now: jiff::Timestamp) -> Result<Recipients, WriteError> {
        let at = At::new(now);
        let mut keys = Vec::new();
        for certificate in certificates {
            let cert = parse(certificate).ok_or(WriteError::UnusableRecipient)?;
            let usable = encryption_keys(&cert, &at);
            if usable.is_empty() {
                return Err(WriteError::UnusableRecipient);
            }
            let usable = usable.into_iter();
            keys.extend(usable.map(|key| key.key().clone().role_into_unspecified()));
        }
        if keys.is_empty() {
            return Err(WriteError::NoRecipient);
        }
        Ok(Recipients { keys })
    }

    /// Encrypts to all of them; a binary message, unsigned.
    ///
    /// # Errors
    /// [`WriteError::NotWritten`].
    pub fn encrypt(&self, content: &[u8]) -> Result<Vec<u8>, WriteError> {
        let mut message = Vec::new();
        self.encrypt_into(&mut message, content)
            .map_err(|_| WriteError::NotWritten)?;
        Ok(message)
    }

    /// Whether a message is encrypted to these very keys. What can't be read as a message is not.
    pub fn are_those_of(&self, message: &[u8]) -> bool {
        let Some(found) = guarded(|| named(message)).and_then(Result::ok) else {
            return false;
        };
        let all = |handle: &KeyHandle| self.keys.iter().any(|key| key.key_handle().aliases(handle));
        found.len() == self.keys.len() && found.iter().all(all)
    }

    fn encrypt_into(&self, sink: &mut Vec<u8>, content: &[u8]) -> anyhow::Result<()> {
        // GnuPG opens it for the analyst, and that doesn't read SEIPDv2 (RFC 9580 section 5.13.2).
        let features = Features::empty().set_seipdv1();
        let recipients = self
            .keys
            .iter()
            .map(|key| Recipient::new(features.clone(), key.key_handle(), key));
        let message = Encryptor::for_recipients(Message::new(sink), recipients)
            .symmetric_algo(SymmetricAlgorithm::AES256)
            .build()?;
        let mut message = LiteralWriter::new(message).build()?;
        message.write_all(content)?;
        message.finalize()
    }
}

/// The keys that a message names, up to what is encrypted.
fn named(message: &[u8]) -> anyhow::Result<Vec<KeyHandle>> {
    let mut handles = Vec::new();
    let mut rest = PacketParser::from_bytes(message)?;
    while let PacketParserResult::Some(parser) = rest {
        let Packet::PKESK(session_key) = &parser.packet else {
            break;
        };
        handles.extend(session_key.recipient());
        rest = parser.next()?.1;
    }
    Ok(handles)
}

impl std::fmt::Debug for Recipients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Recipients({} keys)", self.keys.len())
    }
}
