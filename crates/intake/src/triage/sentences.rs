//! Rules about the whole of a short text: its first sentences, with a second sign beside them. People write "I was on
//! vacation" in reports, so one phrase alone decides nothing, and a text with an address or a log line is never caught.

// One phrase a line would be hundreds of lines.
#[rustfmt::skip]
mod phrases;

use super::mail::{Mail, harmless};
use super::{header, wording};
use phrases::*;

/// Octets of the text in which the first sentences stand, after a salutation.
const OPENING: usize = 420;
/// Octets of a text that an autoresponder writes.
const MOST: usize = 2_400;
/// Octets of a letter that asks for a key politely.
const LETTER: usize = 500;
/// Octets that a person writes who does no more than pass a bounce on.
const NOTHING: usize = 40;

/// Somebody is away, says so at once in the present, says until when or who stands in, and answers something: people report
/// on holiday, too, and nobody's first letter may be lost.
pub(super) fn out_of_office(mail: &Mail<'_>) -> Option<String> {
    let answers = mail.answers()
        || mail.forwarded_or_answered()
        || mail.null_path()
        || mail.has("Precedence")
        || header::automatic(mail).is_some()
        || names_a_ticket(&mail.subject);
    if !answers || mail.own.len() > MOST || mail.forwarded() {
        return None;
    }
    let opening = start_of(&mail.own, OPENING);
    let absent = ABSENT_NOW.iter().find(|phrase| opening.contains(*phrase))?;
    let returns = RETURNS.iter().any(|phrase| mail.own.contains(phrase));
    (returns && !tells_of_hosts(&mail.own)).then(|| harmless(&format!("text: {absent}")))
}

/// A text that calls itself an automatic answer and confirms receipt, as an answer to something.
pub(super) fn auto_reply(mail: &Mail<'_>) -> Option<String> {
    let answers = mail.answers()
        || mail.forwarded_or_answered()
        || mail.null_path()
        || names_a_ticket(&mail.subject);
    if !answers || mail.own.len() > MOST || mail.forwarded() {
        return None;
    }
    let automatic = AUTOMATIC_TEXTS
        .iter()
        .find(|phrase| mail.own.contains(*phrase))?;
    let confirms = wording::acknowledges_in_text(mail) || wording::acknowledges_in_subject(mail);
    (confirms && !tells_of_hosts(&mail.own)).then(|| harmless(&format!("text: {automatic}")))
}

/// Subject and text both confirm that something was received: a ticket system without fields of its own, or a person who
/// need not be told more.
pub(super) fn confirms_receipt(mail: &Mail<'_>) -> Option<String> {
    let confirms = wording::acknowledges_in_subject(mail) && wording::acknowledges_in_text(mail);
    let short = mail.own.len() <= MOST && !tells_of_hosts(&mail.own);
    (confirms && short && !mail.forwarded()).then(|| mail.subject_evidence())
}

/// Ticket systems ask in the first line to answer above it, and automata not to answer at all.
pub(super) fn asks_no_answer(mail: &Mail<'_>) -> Option<String> {
    let line = &mail.first_line;
    let found = line.len() <= 200 && FIRST_LINES.iter().any(|phrase| line.contains(phrase));
    (found && !mail.forwarded()).then(|| harmless(&format!("first line: {line}")))
}

/// A mail client's rule passes bounces on: nothing but the bounce. Still a report, for a person may have done it.
pub(super) fn forwarded_bounce(mail: &Mail<'_>) -> Option<String> {
    let written: String = mail.own.chars().filter(|c| !c.is_whitespace()).collect();
    let bounce = mail.text.contains("mailer-daemon") && wording::speaks_of_delivery(mail);
    (mail.forwarded() && bounce && written.len() <= NOTHING).then(|| mail.subject_evidence())
}

/// The failure stands at the end of the Subject behind ours, and the text begins with it (gateways of the nineties and their
/// heirs), whatever prefix is in front.
pub(super) fn failure_behind(mail: &Mail<'_>) -> Option<String> {
    let subject = mail.subject.trim_end_matches(['.', '!', ')', ']', ' ']);
    let ends = FAILURE_ENDS.iter().any(|end| subject.ends_with(end));
    let opening = start_of(&mail.own, OPENING);
    // Whoever complains that his mail did not arrive speaks of his own.
    let says =
        wording::says_in(opening, wording::bounce_texts()) && wording::says_in(opening, YOURS);
    (ends && says && !mail.forwarded()).then(|| mail.subject_evidence())
}

/// The text begins with the words of a bounce, and they are about the recipient's mail.
pub(super) fn says_that_yours_failed(mail: &Mail<'_>) -> bool {
    let opening = start_of(&mail.own, OPENING);
    let fails = wording::says_in(opening, wording::bounce_texts())
        || wording::says_in(opening, wording::bounce_details());
    // "Your mail server" is a machine, and who speaks of it complains.
    let yours = wording::says_in(&opening.replace("your mail server", ""), YOURS);
    fails && (yours || wording::says_in(opening, MTA_OPENINGS))
}

/// The text begins with what a server said, code and all, and greets nobody.
pub(super) fn tells_like_a_server(mail: &Mail<'_>) -> bool {
    let opening = start_of(&mail.own, OPENING);
    let code = opening
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .any(is_failure_code);
    code && wording::says_in(opening, wording::bounce_details()) && !greets(mail)
}

/// `550` or `5.1.1` (RFC 5321 section 4.2.1, RFC 3463).
fn is_failure_code(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let dots = word.bytes().filter(|octet| *octet == b'.').count();
    word.starts_with(['4', '5']) && ((digits == 3 && dots == 0) || (digits >= 3 && dots == 2))
}

/// The text begins as people begin a letter.
pub(super) fn greets(mail: &Mail<'_>) -> bool {
    GREETINGS
        .iter()
        .any(|greeting| mail.own.starts_with(greeting))
}

/// A letter that may ask for the key and says little else: a report is longer, tells of hosts, is encrypted, or has
/// something attached that is neither a key nor a signature.
pub(super) fn is_short_letter(mail: &Mail<'_>) -> bool {
    const HARMLESS: [&str; 4] = [
        "application/pgp-keys",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    ];
    let attached = mail.reading.parts.iter().any(|part| {
        let body = part.content_type.starts_with("text/") && !part.attachment;
        !body && !HARMLESS.contains(&part.content_type.as_str())
    });
    let opaque = mail.reading.openpgp.encrypted || attached;
    !opaque && mail.own.len() <= LETTER && !tells_of_hosts(&mail.own)
}

/// The text begins as MTAs begin, and holds the line behind which they return the original.
pub(super) fn returned_original(mail: &Mail<'_>) -> Option<String> {
    let opening = start_of(&mail.own, OPENING);
    let begins = MTA_OPENINGS.iter().any(|phrase| opening.contains(phrase));
    let returns = RETURN_MARKS.iter().find(|mark| mail.own.contains(*mark))?;
    (begins && !mail.forwarded()).then(|| harmless(&format!("text: {returns}")))
}

/// `Read: …` with the sentence of a receipt: clients that know no RFC 8098.
pub(super) fn read_receipt(mail: &Mail<'_>) -> Option<String> {
    let headed = receipt_subject(mail);
    let says = wording::says_in(start_of(&mail.own, OPENING), RECEIPT_TEXTS);
    (headed && says && mail.own.len() <= MOST).then(|| mail.subject_evidence())
}

/// `[CSIRT#000123]`: autoresponders repeat our Subject.
fn names_a_ticket(subject: &str) -> bool {
    subject.split('#').skip(1).any(|rest| {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        digits >= 6
    })
}

/// A Subject that begins like a receipt's.
pub(super) fn receipt_subject(mail: &Mail<'_>) -> bool {
    RECEIPT_SUBJECTS
        .iter()
        .any(|start| mail.subject.starts_with(start))
}

/// An address, a defanged one, or a URL other than a first one: then it is about a host, and a person should read it.
fn tells_of_hosts(text: &str) -> bool {
    let links = text.matches("http").count();
    let defanged = text.contains("hxxp") || text.contains("[.]") || text.contains("[dot]");
    let address = text.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let word = word.split(['/', ':']).next().unwrap_or_default();
        word.parse::<std::net::Ipv4Addr>().is_ok()
    });
    defanged || address || links > 3
}

fn start_of(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}
