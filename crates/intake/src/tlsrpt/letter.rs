//! A report as mail: `multipart/report; report-type=tlsrpt` (RFC 8460 section 5.3).

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::{ContentDisposition, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use super::Report;

/// What stands on the envelope of a report.
pub struct Letter<'a> {
    /// The report.
    pub report: &'a Report,
    /// The domain that it is about, and that asked for it.
    pub domain: &'a str,
    /// Our own domain.
    pub submitter: &'a str,
    /// The address that it comes from.
    pub from: &'a str,
    /// The address that asked for it.
    pub to: &'a str,
    /// Message-ID without brackets.
    pub message_id: &'a str,
    /// Known to us alone: a mail that comes back with it is our own (T50).
    pub loop_token: &'a str,
    /// Now.
    pub now: Timestamp,
}

/// Why no mail could be made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// An address can't be written into a header safely (T55).
    #[error("an address can't be written into a header")]
    Address,
    /// The message could not be built.
    #[error("the message could not be built")]
    Build,
}

/// Composes the mail. It leaves with a null reverse-path, and asks to be delivered even where TLS fails (RFC 8460 section
/// 3 allows it, RFC 8689 section 3 says how): what it tells is that TLS fails.
///
/// # Errors
/// [`ComposeError`]
pub fn compose(letter: &Letter<'_>) -> Result<Vec<u8>, ComposeError> {
    let Letter {
        report,
        domain,
        submitter,
        ..
    } = letter;
    let unique: String = letter
        .message_id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(40)
        .collect();
    let kind = format!("multipart/report; report-type=tlsrpt; boundary=\"=_pillarbox_{unique}\"");
    let kind = ContentType::parse(&kind).map_err(|_| ComposeError::Build)?;
    let packed = ContentType::parse("application/tlsrpt+gzip").map_err(|_| ComposeError::Build)?;
    let file = report.file_name(submitter, domain);
    let parts = MultiPart::builder()
        .header(kind)
        .singlepart(
            SinglePart::builder()
                .header(ContentType::TEXT_PLAIN)
                .body(text(report, domain, submitter)),
        )
        .singlepart(
            SinglePart::builder()
                .header(packed)
                .header(ContentDisposition::attachment(&file))
                .body(Body::new(report.to_gzip())),
        );
    let subject = format!(
        "Report Domain: {domain} Submitter: {submitter} Report-ID: <{}>",
        report.report_id
    );
    let mut builder = Message::builder()
        .from(Mailbox::new(None, address(letter.from)?))
        .to(Mailbox::new(None, address(letter.to)?))
        .subject(subject)
        .date(SystemTime::from(letter.now))
        .message_id(Some(format!("<{}>", letter.message_id)));
    for (name, value) in [
        ("TLS-Report-Domain", *domain),
        ("TLS-Report-Submitter", submitter),
        ("TLS-Required", "No"),
        ("Auto-Submitted", "auto-generated"),
        ("X-Pillarbox-Loop", letter.loop_token),
    ] {
        let name = HeaderName::new_from_ascii_str(name);
        builder = builder.raw_header(HeaderValue::new(name, value.to_owned()));
    }
    let message = builder.multipart(parts).map_err(|_| ComposeError::Build)?;
    Ok(message.formatted())
}

fn text(report: &Report, domain: &str, submitter: &str) -> String {
    let range = &report.date_range;
    format!(
        "This is an aggregate report (RFC 8460) about TLS on the mail that {submitter}\r\n\
         sent to {domain}, from {} to {}.\r\n",
        range.start_datetime, range.end_datetime
    )
}

/// Parsed and written anew: only what RFC 5321 allows gets into a header (T55).
fn address(text: &str) -> Result<Address, ComposeError> {
    text.parse().map_err(|_| ComposeError::Address)
}
