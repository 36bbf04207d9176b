//! Composes the acknowledgement, the answer to a key request (RFC 3834), notices to those on duty, and analysts' letters. It is
//! never given the text of the report: [`Request`] has no field for it.

pub mod calendar;
pub mod language;
mod letter;
mod mime;
mod subject;
pub mod templates;
mod text;
mod words;

use extract::Tlp;
use jiff::{Timestamp, Zoned};
use lettre::Address;
use lettre::message::Mailbox;
use lettre::message::header::HeaderName;

use self::calendar::Calendar;
pub use self::letter::{Letter, compose_letter};
pub use self::mime::Draft;
use self::templates::Templates;
pub use self::text::NAMED;
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
    /// Other teams' references in that Subject, as they stand there: kept even where it is not (T4).
    pub foreign: Vec<String>,
    /// The report's Message-ID without brackets.
    pub in_reply_to: Option<String>,
    /// In which language, ISO 639-1; `None`: in the team's first two.
    pub language: Option<String>,
    /// What there is to say.
    pub occasion: Occasion,
    /// Whether the answer itself will be encrypted.
    pub encrypted: bool,
    /// Whether the report came encrypted, opened or not: nothing that stood inside is given here.
    pub came_encrypted: bool,
    /// The marking of a report that came in clear.
    pub marking: Option<Tlp>,
    /// Until when an answer is meant to be given.
    pub due: Option<Zoned>,
    /// When the same report came first; `None` when this is the first.
    pub since: Option<Timestamp>,
    /// Message-ID without brackets; carries the reply token.
    pub message_id: String,
    /// Known to us alone: a mail that comes back with it is our own (T50).
    pub loop_token: String,
    /// Now.
    pub now: Timestamp,
}

/// What there is to say. Reports get one text each for those that could be read and those that could not, so that no answer
/// tells why (T06); and one for all that name a ticket without proof, whether there is such a ticket or not (T54).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A report was received.
    Received,
    /// It is encrypted, and could not be opened.
    Unreadable,
    /// It names a ticket of ours without proof, and has a new one.
    UnknownTag,
    /// It was added to its ticket.
    FollowUp,
    /// It was added to its ticket, which had been closed and is open again.
    Reopened,
    /// Its sender reported the same before: it was added to the ticket of the first.
    Repeated,
    /// Somebody asked for our key: it is attached, and no ticket is opened (C7).
    KeyRequest,
}

/// What a notice to somebody on duty says: nothing of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// To whom.
    pub recipient: String,
    /// `Team#000123`
    pub reference: String,
    /// When the report came.
    pub received: Timestamp,
    /// It could not be decrypted, or not be read at all.
    pub unreadable: bool,
    /// Until when an answer is meant to be given.
    pub due: Option<Zoned>,
    /// Whom to call; empty in a notice that leaves in clear.
    pub contacts: Vec<Contact>,
    /// Message-ID without brackets; carries no token.
    pub message_id: String,
    /// Known to us alone: a mail that comes back with it is our own (T50).
    pub loop_token: String,
    /// Now.
    pub now: Timestamp,
}

/// What a notice of overdue tickets says: which they are, and nothing of the reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// To whom.
    pub recipient: String,
    /// The longest overdue first; never empty.
    pub tickets: Vec<OverdueTicket>,
    /// Message-ID without brackets; carries no token.
    pub message_id: String,
    /// Known to us alone: a mail that comes back with it is our own (T50).
    pub loop_token: String,
    /// Now.
    pub now: Timestamp,
}

/// A constituent to call about a ticket (T10), from the team's own register: nothing of the report, but whom it is from or about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The organisation.
    pub name: String,
    /// Numbers, the best first; may be empty.
    pub numbers: Vec<Number>,
}

/// A telephone number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    /// It.
    pub number: String,
    /// It is for times when nobody is at work.
    pub out_of_hours: bool,
    /// Who answers it; empty for whoever is at work.
    pub person: String,
}

/// A ticket that was to be answered by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverdueTicket {
    /// `Team#000123`
    pub reference: String,
    /// `new`, `open` or `waiting`, as the queue shows it.
    pub state: String,
    /// Until when an answer was meant to be given.
    pub due: Timestamp,
    /// Whom to call; empty in a notice that leaves in clear.
    pub contacts: Vec<Contact>,
}

impl Overdue {
    /// The reference of the first ticket; empty when there is none.
    fn first(&self) -> &str {
        self.tickets
            .first()
            .map_or("", |ticket| ticket.reference.as_str())
    }
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
    let mut headers = machine_headers("auto-replied", &request.loop_token);
    if let Some(id) = request
        .in_reply_to
        .as_deref()
        .filter(|id| is_message_id(id))
    {
        for name in ["In-Reply-To", "References"] {
            headers.push((HeaderName::new_from_ascii_str(name), format!("<{id}>")));
        }
    }
    let key = match request.occasion {
        Occasion::Received
        | Occasion::Unreadable
        | Occasion::UnknownTag
        | Occasion::FollowUp
        | Occasion::Reopened
        | Occasion::Repeated => None,
        Occasion::KeyRequest if letterhead.certificate.is_empty() => {
            return Err(ComposeError::NoKey);
        }
        Occasion::KeyRequest => Some((
            format!("OpenPGP_0x{}.asc", letterhead.fingerprint),
            letterhead.certificate.clone(),
        )),
    };
    let (text, fault) = text::body(letterhead, request)?;
    Ok(Draft {
        from: from(letterhead)?,
        to: vec![Mailbox::new(None, address(&request.recipient)?)],
        cc: Vec::new(),
        subject: subject::of(letterhead, request),
        tag: format!("[{}]", request.reference),
        now: request.now,
        message_id: request.message_id.clone(),
        headers,
        autocrypt: letterhead.autocrypt.clone(),
        text,
        key,
        fault,
    })
}

/// Composes a notice to somebody on duty, in the team's first language.
pub fn compose_notice(letterhead: &Letterhead, notice: &Notice) -> Result<Draft, ComposeError> {
    let (text, fault) = text::notice(letterhead, notice)?;
    Ok(Draft {
        from: from(letterhead)?,
        to: vec![Mailbox::new(None, address(&notice.recipient)?)],
        cc: Vec::new(),
        subject: subject::of_notice(letterhead, &notice.reference),
        tag: format!("[{}]", notice.reference),
        now: notice.now,
        message_id: notice.message_id.clone(),
        headers: machine_headers("auto-generated", &notice.loop_token),
        autocrypt: letterhead.autocrypt.clone(),
        text,
        key: None,
        fault,
    })
}

/// Composes a notice of overdue tickets, in the team's first language.
pub fn compose_overdue(letterhead: &Letterhead, overdue: &Overdue) -> Result<Draft, ComposeError> {
    let (text, fault) = text::overdue(letterhead, overdue)?;
    Ok(Draft {
        from: from(letterhead)?,
        to: vec![Mailbox::new(None, address(&overdue.recipient)?)],
        cc: Vec::new(),
        subject: subject::of_overdue(letterhead, overdue),
        tag: format!("[{}]", overdue.first()),
        now: overdue.now,
        message_id: overdue.message_id.clone(),
        headers: machine_headers("auto-generated", &overdue.loop_token),
        autocrypt: letterhead.autocrypt.clone(),
        text,
        key: None,
        fault,
    })
}

/// What tells other machines not to answer (RFC 3834 section 5).
fn machine_headers(how: &str, loop_token: &str) -> Vec<(HeaderName, String)> {
    [
        ("Auto-Submitted", how),
        ("X-Auto-Response-Suppress", "All"),
        ("X-Pillarbox-Loop", loop_token),
    ]
    .map(|(name, value)| (HeaderName::new_from_ascii_str(name), value.to_owned()))
    .into()
}

fn from(letterhead: &Letterhead) -> Result<Mailbox, ComposeError> {
    let name = one_line(&letterhead.display_name, 100);
    Ok(Mailbox::new(Some(name), address(&letterhead.address)?))
}

/// Control characters and line breaks; bidi marks and others that are not seen but change what is.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// In one line without anything hidden, and no longer than `most` characters.
fn one_line(text: &str, most: usize) -> String {
    let seen = text.chars().map(|c| if is_hidden(c) { ' ' } else { c });
    let seen: String = seen.collect();
    let mut line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = line.char_indices().nth(most) {
        line.truncate(cut);
        line.push('…');
    }
    line
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
