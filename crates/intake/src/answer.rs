//! Composes the acknowledgement and the answer to a key request (RFC 3834). It is never given the text of the report: [`Request`] has no field for it.

pub mod calendar;
mod mime;
pub mod templates;
mod text;
mod words;

use jiff::Timestamp;
use lettre::Address;
use lettre::message::Mailbox;
use lettre::message::header::HeaderName;

use self::calendar::Calendar;
pub use self::mime::Draft;
use self::templates::Templates;
pub use self::words::LANGUAGES;

/// Whose letter it is.
#[derive(Clone, Debug)]
pub struct Letterhead {
    /// Name in From and below the text.
    pub display_name: String,
    /// The address it comes from.
    pub address: String,
    /// Languages in which the team answers, its own first, of [`LANGUAGES`]. Never empty.
    pub languages: Vec<String>,
    /// What it says.
    pub templates: Templates,
    /// Business hours.
    pub calendar: Calendar,
    /// For emergencies out of hours; may be empty.
    pub emergency_phone: String,
    /// Where the team describes itself; may be empty.
    pub website: String,
    /// Fingerprint of the team's certificate, upper-case hex; empty when there is none.
    pub fingerprint: String,
    /// That certificate, armoured; empty when there is none.
    pub certificate: String,
    /// Its `keydata` for the Autocrypt field; empty when there is none.
    pub autocrypt: String,
    /// The team has no OpenPGP key at all, so answers leave unsigned; never because its keys expired or were revoked (C6).
    pub keyless: bool,
}

/// What an acknowledgement says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// To whom.
    pub recipient: String,
    /// `Team#000123`; empty for a key request.
    pub reference: String,
    /// The report's Subject, only when it stood outside all protection; kept so that the reporter knows his matter.
    pub subject: Option<String>,
    /// The report's Message-ID without brackets.
    pub in_reply_to: Option<String>,
    /// Language of the report, ISO 639-1, when known.
    pub language: Option<String>,
    /// What there is to say.
    pub occasion: Occasion,
    /// The label of a marking that should have come encrypted, when the report came in clear, e.g. `TLP:RED`.
    pub sent_in_clear: Option<&'static str>,
    /// Message-ID without brackets; carries the reply token.
    pub message_id: String,
    /// Known to us alone: a mail that comes back with it is our own (T50).
    pub loop_token: String,
    /// Now.
    pub now: Timestamp,
}

/// What there is to say: two texts for reports, so that no answer tells why a message could not be read (T06).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A report was received.
    Received,
    /// It is encrypted, and could not be opened.
    Unreadable,
    /// Somebody asked for our key: it is attached, and no ticket is opened (C7).
    KeyRequest,
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
    /// A key was asked for, and the team has none that it may use now.
    #[error("there is no key to send")]
    NoKey,
    /// A template failed, although it was checked with samples.
    #[error("{0}")]
    Template(#[from] templates::TemplateFault),
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
    let key = match request.occasion {
        Occasion::Received | Occasion::Unreadable => None,
        Occasion::KeyRequest if letterhead.certificate.is_empty() => {
            return Err(ComposeError::NoKey);
        }
        Occasion::KeyRequest => Some((
            format!("OpenPGP_0x{}.asc", letterhead.fingerprint),
            letterhead.certificate.clone(),
        )),
    };
    Ok(Draft {
        from: Mailbox::new(
            Some(letterhead.display_name.clone()),
            address(&letterhead.address)?,
        ),
        to: Mailbox::new(None, address(&request.recipient)?),
        subject: subject(letterhead, request),
        tag: format!("[{}]", request.reference),
        now: request.now,
        message_id: request.message_id.clone(),
        headers,
        autocrypt: letterhead.autocrypt.clone(),
        text: text::body(letterhead, request)?,
        key,
    })
}

/// The Subject of an answer to a report whose Subject was protected.
pub fn neutral_subject(reference: &str, language: Option<&str>) -> String {
    format!("[{reference}] {}", text::received(language))
}

/// Our tag, then the report's own Subject with its references as they were (T3, T4); a neutral one when it was protected.
fn subject(letterhead: &Letterhead, request: &Request) -> String {
    if request.occasion == Occasion::KeyRequest {
        return text::key_subject(&letterhead.display_name, request.language.as_deref());
    }
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
