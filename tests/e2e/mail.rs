//! Mail as the tests write and read it, independent of the code under test.

use std::fmt::Write;

/// The team's address in every test.
pub const TEAM: &str = "csirt@team.example";

/// A text mail with CRLF line ends. `more` are further header lines, each with its line end.
pub fn mail(from: &str, subject: &str, id: &str, more: &str, body: &str) -> String {
    let text = format!(
        "From: {from}\nTo: {TEAM}\nSubject: {subject}\nMessage-ID: <{id}>\nDate: Tue, 05 Mar 2024 09:00:00 +0100\n{more}\n{body}\n"
    );
    crlf(&text)
}

/// Every line end as CRLF.
pub fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// An unfolded header field.
pub fn field(message: &str, name: &str) -> Option<String> {
    let mut value: Option<String> = None;
    for line in message.lines().take_while(|line| !line.is_empty()) {
        match (&mut value, line.starts_with([' ', '\t'])) {
            (Some(value), true) => {
                let _ = write!(value, " {}", line.trim());
            }
            (Some(_), false) => break,
            (None, _) => {
                value = line
                    .split_once(':')
                    .filter(|(found, _)| found.eq_ignore_ascii_case(name))
                    .map(|(_, value)| value.trim().to_owned());
            }
        }
    }
    value
}

/// The Message-ID without brackets.
pub fn id_of(message: &str) -> String {
    field(message, "Message-ID")
        .unwrap()
        .trim_matches(['<', '>'])
        .to_owned()
}

/// The text of a message or part: its own, or that of its first part, decoded.
pub fn text_of(entity: &str) -> String {
    let (head, body) = entity.split_once("\r\n\r\n").unwrap();
    let kind = field(head, "Content-Type").unwrap_or_default();
    if let Some((_, rest)) = kind.split_once("boundary=") {
        let boundary = rest.split(';').next().unwrap().trim_matches('"');
        let first = body.split(&format!("--{boundary}\r\n")).nth(1).unwrap();
        return text_of(first.split(&format!("\r\n--{boundary}")).next().unwrap());
    }
    match field(head, "Content-Transfer-Encoding").as_deref() {
        Some("quoted-printable") => quoted_printable(body),
        Some("base64") => panic!("base64 text: no person can read it in the source"),
        _ => body.to_owned(),
    }
}

/// RFC 2045 section 6.7.
fn quoted_printable(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut octets = Vec::new();
    let mut pieces = text.split('=');
    octets.extend_from_slice(pieces.next().unwrap().as_bytes());
    for piece in pieces {
        octets.push(u8::from_str_radix(&piece[..2], 16).unwrap());
        octets.extend_from_slice(&piece.as_bytes()[2..]);
    }
    String::from_utf8(octets).unwrap()
}
