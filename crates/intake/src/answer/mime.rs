//! The message around an answer, byte for byte: header, protected header (RFC 9788), signed and encrypted forms (RFC 3156).

use std::fmt::Write;
use std::time::SystemTime;

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, SinglePart};

use super::ComposeError;
use super::templates::TemplateFault;

/// An answer before it is signed or encrypted.
pub struct Draft {
    pub(super) from: Mailbox,
    pub(super) to: Vec<Mailbox>,
    pub(super) cc: Vec<Mailbox>,
    pub(super) subject: String,
    /// What stands in the Subject of an encrypted message: the tag alone.
    pub(super) tag: String,
    pub(super) now: Timestamp,
    pub(super) message_id: String,
    pub(super) headers: Vec<(HeaderName, String)>,
    /// Base64 of the key that signs; empty when there is none.
    pub(super) autocrypt: String,
    pub(super) text: String,
    /// Name and armour of an attached key.
    pub(super) key: Option<(String, String)>,
    pub(super) fault: Option<TemplateFault>,
}

/// Fields that are repeated inside the protection: what a reader is shown, and what tells a machine's mail.
const PROTECTED: [&str; 9] = [
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Auto-Submitted",
];

impl Draft {
    /// Its Subject, inside all protection.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// What was wrong with the operator's template, when the built-in one had to do.
    pub fn template_fault(&self) -> Option<&TemplateFault> {
        self.fault.as_ref()
    }

    /// Leaves our key out of the header (Autocrypt): mail to somebody whom nothing proves must not be large.
    pub fn leave_key_out(&mut self) {
        self.autocrypt.clear();
    }

    /// The MIME entity that is signed, byte for byte, without the line break that belongs to the boundary.
    pub fn entity(&self) -> Result<Vec<u8>, ComposeError> {
        let mut entity: String = protected(&self.header(&self.subject)?).collect();
        entity.push_str(&self.content(Some("clear")));
        Ok(without_last_break(entity))
    }

    /// The MIME entity that is encrypted. It holds the real Subject, and says what stands outside (RFC 9788 section 2.2). Its
    /// length is a multiple of [`BLOCK`]: OpenPGP itself pads only for those who read RFC 9580's packets.
    pub fn secret_entity(&self) -> Result<Vec<u8>, ComposeError> {
        let mut entity: String = protected(&self.header(&self.subject)?).collect();
        for field in protected(&self.header(&self.tag)?) {
            entity.push_str("HP-Outer: ");
            entity.push_str(&field);
        }
        let content = self.content(Some("cipher"));
        entity.push_str(&padding(entity.len().saturating_add(content.len())));
        entity.push_str(&content);
        Ok(without_last_break(entity))
    }

    /// The message without a signature: the team has no key.
    pub fn unsigned(&self) -> Result<Vec<u8>, ComposeError> {
        let content = self.content(None);
        Ok(self.message(&self.subject, &content)?.into_bytes())
    }

    /// `multipart/signed` (RFC 3156 section 5) around [`Draft::entity`].
    pub fn signed(&self, signature: &str, micalg: &str) -> Result<Vec<u8>, ComposeError> {
        let entity = String::from_utf8(self.entity()?).map_err(|_| ComposeError::Build)?;
        let boundary = self.boundary("signed");
        let content = format!(
            "Content-Type: multipart/signed; micalg={micalg};\r\n protocol=\"application/pgp-signature\";\r\n \
             boundary=\"{boundary}\"\r\n\r\n\
             --{boundary}\r\n{entity}\r\n\
             --{boundary}\r\nContent-Type: application/pgp-signature; name=\"signature.asc\"\r\n\
             Content-Description: OpenPGP digital signature\r\n\r\n{}\r\n--{boundary}--\r\n",
            armour(signature)
        );
        Ok(self.message(&self.subject, &content)?.into_bytes())
    }

    /// `multipart/encrypted` (RFC 3156 section 4) around the encrypted [`Draft::secret_entity`].
    pub fn encrypted(&self, armored: &str) -> Result<Vec<u8>, ComposeError> {
        let boundary = self.boundary("encrypted");
        let content = format!(
            "Content-Type: multipart/encrypted;\r\n protocol=\"application/pgp-encrypted\";\r\n \
             boundary=\"{boundary}\"\r\n\r\n\
             --{boundary}\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n\
             --{boundary}\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\
             Content-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n{}\r\n--{boundary}--\r\n",
            armour(armored)
        );
        Ok(self.message(&self.tag, &content)?.into_bytes())
    }

    fn message(&self, subject: &str, content: &str) -> Result<String, ComposeError> {
        let mut message: String = self.header(subject)?.into_iter().collect();
        message.push_str(&self.autocrypt_field());
        message.push_str("MIME-Version: 1.0\r\n");
        message.push_str(content);
        Ok(message)
    }

    /// The header's fields as they leave, each with its line breaks; what tells of the content is left out.
    fn header(&self, subject: &str) -> Result<Vec<String>, ComposeError> {
        let builder = Message::builder().from(self.from.clone());
        let builder = self.to.iter().cloned().fold(builder, MessageBuilder::to);
        let builder = self.cc.iter().cloned().fold(builder, MessageBuilder::cc);
        let mut builder = builder
            .subject(subject)
            .date(SystemTime::from(self.now))
            .message_id(Some(format!("<{}>", self.message_id)));
        for (name, value) in &self.headers {
            builder = builder.raw_header(HeaderValue::new(name.clone(), value.clone()));
        }
        let message = builder.body(String::new());
        let message = message.map_err(|_| ComposeError::Build)?;
        let mut fields: Vec<String> = Vec::new();
        for line in message.headers().to_string().split_inclusive("\r\n") {
            match fields.last_mut() {
                Some(field) if line.starts_with([' ', '\t']) => field.push_str(line),
                Some(_) | None => fields.push(line.to_owned()),
            }
        }
        fields.retain(|field| !is_named(field, "MIME-Version") && !field.starts_with("Content-"));
        Ok(fields)
    }

    /// Text, or text and a key, as a MIME entity; `protection` is how RFC 9788 calls it.
    fn content(&self, protection: Option<&str>) -> String {
        // Thunderbird and K-9 Mail know the older name.
        let mark = protection.map_or(String::new(), |word| {
            format!(";\r\n hp=\"{word}\"; protected-headers=\"v1\"")
        });
        let text = SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .body(self.text.clone())
            .formatted();
        let text = String::from_utf8_lossy(&text).into_owned();
        let Some((name, armored)) = &self.key else {
            return text.replacen("\r\n", &format!("{mark}\r\n"), 1);
        };
        let boundary = self.boundary("key");
        format!(
            "Content-Type: multipart/mixed; boundary=\"{boundary}\"{mark}\r\n\r\n--{boundary}\r\n{text}\r\n\
             --{boundary}\r\nContent-Type: application/pgp-keys; name=\"{name}\"\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\nContent-Description: OpenPGP public key\r\n\r\n\
             {}\r\n--{boundary}--\r\n",
            armour(armored)
        )
    }

    /// From the Message-ID, so that the same request gives the same bytes.
    fn boundary(&self, kind: &str) -> String {
        let unique = self
            .message_id
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(40);
        format!("=_{kind}_{}", unique.collect::<String>())
    }

    /// Autocrypt level 1: mail programs learn the key from any mail of ours (C7). Empty without a key.
    fn autocrypt_field(&self) -> String {
        if self.autocrypt.is_empty() {
            return String::new();
        }
        let mut field = format!(
            "Autocrypt: addr={}; prefer-encrypt=mutual; keydata=\r\n",
            self.from.email
        );
        let letters: Vec<char> = self.autocrypt.chars().collect();
        for line in letters.chunks(76) {
            let _ = write!(field, " {}\r\n", line.iter().collect::<String>());
        }
        field
    }
}

fn protected(header: &[String]) -> impl Iterator<Item = String> {
    header
        .iter()
        .filter(|field| PROTECTED.iter().any(|name| is_named(field, name)))
        .cloned()
}

/// Octets to whose multiples what is encrypted is padded, so that its length tells neither language nor occasion (T58).
const BLOCK: usize = 4096;

/// A header field that makes an entity of so many octets, its last line break counted, end at a block.
fn padding(octets: usize) -> String {
    const LINE: usize = 76;
    let mut field = "X-Padding: x".to_owned();
    let least = octets.saturating_add(field.len());
    let wanted = least.next_multiple_of(BLOCK).saturating_sub(octets);
    let mut line = field.len();
    while field.len() < wanted {
        if line >= LINE && field.len().saturating_add(4) <= wanted {
            field.push_str("\r\n x");
            line = 2;
        } else {
            field.push('x');
            line = line.saturating_add(1);
        }
    }
    field.push_str("\r\n");
    field
}

fn is_named(field: &str, name: &str) -> bool {
    field
        .split_once(':')
        .is_some_and(|(found, _)| found.eq_ignore_ascii_case(name))
}

fn without_last_break(mut entity: String) -> Vec<u8> {
    if entity.ends_with("\r\n") {
        entity.truncate(entity.len().saturating_sub(2));
    }
    entity.into_bytes()
}

/// With the line breaks of mail, and none at the end.
fn armour(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.trim_end_matches('\n').replace('\n', "\r\n")
}
