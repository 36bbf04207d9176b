//! Composes the acknowledgement (RFC 3834). It is never given the text of the report: [`Request`] has no field for it.

pub mod calendar;
mod text;

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::{self, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MessageBuilder, MultiPart, MultiPartKind, SinglePart};
use lettre::{Address, Message};

use self::calendar::Calendar;

/// Whose letter it is.
#[derive(Clone, Debug)]
pub struct Letterhead {
    /// Name in From and below the text.
    pub display_name: String,
    /// The address it comes from.
    pub address: String,
    /// Languages in which the team answers, its own first: `en`, `fr`. Never empty.
    pub languages: Vec<String>,
    /// Business hours.
    pub calendar: Calendar,
    /// For emergencies out of hours; may be empty.
    pub emergency_phone: String,
    /// Where the team describes itself; may be empty.
    pub website: String,
    /// Fingerprint of the team's certificate, upper-case hex; empty when there is none.
    pub fingerprint: String,
}

/// What an acknowledgement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// To whom.
    pub recipient: String,
    /// `Team#000123`.
    pub reference: String,
    /// The report's Subject, only when it stood outside all protection; kept so that the reporter knows his matter.
    pub subject: Option<String>,
    /// The report's Message-ID without brackets.
    pub in_reply_to: Option<String>,
    /// Language of the report, ISO 639-1, when known.
    pub language: Option<String>,
    /// What there is to say.
    pub occasion: Occasion,
    /// Message-ID without brackets; carries the reply token.
    pub message_id: String,
    /// Known to us alone: a mail that comes back with it is our own (T50).
    pub loop_token: String,
    /// Now.
    pub now: Timestamp,
}

/// What there is to say: two texts, so that no answer tells why a message could not be read (T06).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A report was received.
    Received,
    /// It is encrypted, and could not be opened.
    Unreadable,
}

/// Why no answer could be composed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// The recipient's address is not one that can be written into a header safely (T55).
    #[error("the recipient's address can't be written into a header")]
    Address,
    /// The message could not be built.
    #[error("the message could not be built")]
    Build,
}

/// An answer before it is signed or encrypted.
pub struct Draft {
    headers: Vec<(HeaderName, String)>,
    from: Mailbox,
    to: Mailbox,
    subject: String,
    now: Timestamp,
    message_id: String,
    body: SinglePart,
}

/// Composes an answer.
pub fn compose(letterhead: &Letterhead, request: &Request) -> Result<Draft, ComposeError> {
    let mut headers = vec![
        (
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-replied".to_owned(),
        ),
        (
            HeaderName::new_from_ascii_str("X-Auto-Response-Suppress"),
            "All".to_owned(),
        ),
        (
            HeaderName::new_from_ascii_str("X-Pillarbox-Loop"),
            request.loop_token.clone(),
        ),
    ];
    if let Some(id) = request
        .in_reply_to
        .as_deref()
        .filter(|id| is_message_id(id))
    {
        headers.push((
            HeaderName::new_from_ascii_str("In-Reply-To"),
            format!("<{id}>"),
        ));
        headers.push((
            HeaderName::new_from_ascii_str("References"),
            format!("<{id}>"),
        ));
    }
    let text = text::body(letterhead, request);
    Ok(Draft {
        headers,
        from: Mailbox::new(
            Some(letterhead.display_name.clone()),
            address(&letterhead.address)?,
        ),
        to: Mailbox::new(None, address(&request.recipient)?),
        subject: subject(request),
        now: request.now,
        message_id: request.message_id.clone(),
        body: SinglePart::builder()
            .header(ContentType::TEXT_PLAIN)
            .body(text),
    })
}

impl Draft {
    /// The MIME entity that is signed or encrypted, byte for byte, without the line break that belongs to the boundary.
    pub fn entity(&self) -> Vec<u8> {
        let mut entity = self.body.formatted();
        if entity.ends_with(b"\r\n") {
            entity.truncate(entity.len().saturating_sub(2));
        }
        entity
    }

    /// The message without a signature: the team has no key.
    pub fn unsigned(self) -> Result<Vec<u8>, ComposeError> {
        let body = self.body.clone();
        self.build(|builder| builder.singlepart(body))
    }

    /// `multipart/signed` (RFC 3156 section 5).
    pub fn signed(self, signature: &str, micalg: &str) -> Result<Vec<u8>, ComposeError> {
        let kind = MultiPartKind::Signed {
            protocol: "application/pgp-signature".into(),
            micalg: micalg.into(),
        };
        let signature = armored(
            "application/pgp-signature; name=\"signature.asc\"",
            signature,
        )?;
        let parts = self
            .multipart(kind)
            .singlepart(self.body.clone())
            .singlepart(signature);
        self.build(|builder| builder.multipart(parts))
    }

    /// `multipart/encrypted` (RFC 3156 section 4). The Subject outside says nothing of the report.
    pub fn encrypted(
        mut self,
        armored_message: &str,
        outer_subject: String,
    ) -> Result<Vec<u8>, ComposeError> {
        self.subject = outer_subject;
        let kind = MultiPartKind::Encrypted {
            protocol: "application/pgp-encrypted".into(),
        };
        let version = armored("application/pgp-encrypted", "Version: 1\r\n")?;
        let message = armored(
            "application/octet-stream; name=\"encrypted.asc\"",
            armored_message,
        )?;
        let parts = self.multipart(kind).singlepart(version).singlepart(message);
        self.build(|builder| builder.multipart(parts))
    }

    /// The boundary comes from the Message-ID, so that the same request gives the same bytes.
    fn multipart(&self, kind: MultiPartKind) -> lettre::message::MultiPartBuilder {
        let unique: String = self
            .message_id
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(40)
            .collect();
        MultiPart::builder()
            .kind(kind)
            .boundary(format!("=_pillarbox_{unique}"))
    }

    fn build<F>(self, finish: F) -> Result<Vec<u8>, ComposeError>
    where
        F: FnOnce(MessageBuilder) -> Result<Message, lettre::error::Error>,
    {
        let mut builder = Message::builder()
            .from(self.from)
            .to(self.to)
            .subject(self.subject)
            .date(SystemTime::from(self.now))
            .message_id(Some(format!("<{}>", self.message_id)));
        for (name, value) in self.headers {
            builder = builder.raw_header(HeaderValue::new(name, value));
        }
        finish(builder)
            .map(|message| message.formatted())
            .map_err(|_| ComposeError::Build)
    }
}

/// The Subject of an encrypted answer, and of an answer to a report whose Subject was protected.
pub fn neutral_subject(reference: &str, language: Option<&str>) -> String {
    format!("[{reference}] {}", text::received(language))
}

/// Our tag, then the report's own Subject with its references as they were (T3, T4); a neutral one when it was protected.
fn subject(request: &Request) -> String {
    let kept = request
        .subject
        .as_deref()
        .map(one_line)
        .filter(|subject| !is_placeholder(subject));
    match kept {
        Some(subject) => format!(
            "[{}] Re: {}",
            request.reference,
            without_reply_prefix(&subject)
        ),
        None => neutral_subject(&request.reference, request.language.as_deref()),
    }
}

/// No control characters, bidi marks or line breaks; at most 160 characters, since long Subjects are cut by others.
fn one_line(subject: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let plain: String = subject
        .chars()
        .map(|c| if hidden(c) { ' ' } else { c })
        .collect();
    let mut line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(160) {
        line.truncate(cut);
        line.push('…');
    }
    line
}

/// What clients write outside when the real Subject is encrypted.
fn is_placeholder(subject: &str) -> bool {
    let bare: String = subject
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || *c == ' ')
        .collect();
    let bare = bare.trim();
    const PLACEHOLDERS: [&str; 8] = [
        "",
        "encrypted message",
        "encrypted",
        "message chiffré",
        "verschlüsselte nachricht",
        "mensaje cifrado",
        "messaggio cifrato",
        "versleuteld bericht",
    ];
    PLACEHOLDERS.contains(&bare)
}

fn without_reply_prefix(subject: &str) -> &str {
    let lower = subject.get(..3).map(str::to_ascii_lowercase);
    match lower.as_deref() {
        Some("re:") => subject.get(3..).unwrap_or(subject).trim_start(),
        _ => subject,
    }
}

/// Parsed and written anew: only what RFC 5321 allows gets into a header (T55).
fn address(text: &str) -> Result<Address, ComposeError> {
    let plain = text
        .chars()
        .all(|c| !c.is_control() && !c.is_whitespace() && !matches!(c, '<' | '>' | ',' | ';'));
    if !plain {
        return Err(ComposeError::Address);
    }
    text.parse().map_err(|_| ComposeError::Address)
}

fn is_message_id(id: &str) -> bool {
    id.len() <= 250
        && id.contains('@')
        && id
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>'))
}

fn armored(content_type: &str, text: &str) -> Result<SinglePart, ComposeError> {
    let content_type = ContentType::parse(content_type).map_err(|_| ComposeError::Build)?;
    let text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    let body =
        lettre::message::Body::new_with_encoding(text, header::ContentTransferEncoding::SevenBit)
            .map_err(|_| ComposeError::Build)?;
    Ok(SinglePart::builder().header(content_type).body(body))
}
