//! Rules about the whole of a short text: its first sentences, with a second sign beside them. People write "I was on
//! vacation" in reports, so one phrase alone decides nothing, and a text with an address or a log line is never caught.

mod absence;
// One phrase a line would be hundreds of lines.
#[rustfmt::skip]
mod phrases;

pub(super) use absence::{absent_now, out_of_office, sentences as of_line, thanks};

use super::mail::{Mail, harmless};
use super::{gapped, header, hold, incident, wording};
use phrases::*;

/// Octets of the text in which the first sentences stand, after a salutation.
const OPENING: usize = 420;
/// Octets of a text that an autoresponder writes.
const MOST: usize = 2_400;
/// Octets of a letter that asks for a key politely.
const LETTER: usize = 500;
/// Octets that a person writes who does no more than pass a bounce on.
const NOTHING: usize = 40;

/// The text begins with the passive in which systems say that they opened a ticket.
pub(super) fn opened(mail: &Mail<'_>) -> bool {
    let opening = start_of(&mail.own, OPENING);
    wording::says_in(opening, OPENED) || gapped::opened(opening)
}

/// Short, tells of no hosts, and passes nothing on.
pub(super) fn is_quiet(mail: &Mail<'_>) -> bool {
    mail.own.len() <= MOST && !tells_of_hosts(mail) && !mail.forwarded()
}

/// Something beside the words says that this answers us: a field, the Subject's prefix, the number of a ticket.
pub(super) fn answers(mail: &Mail<'_>) -> bool {
    mail.answers()
        || mail.forwarded_or_answered()
        || mail.null_path()
        || names_a_ticket(&mail.subject)
}

/// A text that calls itself an automatic answer and confirms receipt, as an answer to something.
pub(super) fn auto_reply(mail: &Mail<'_>) -> Option<String> {
    if !answers(mail) || mail.own.len() > MOST || mail.forwarded() {
        return None;
    }
    let automatic = AUTOMATIC_TEXTS
        .iter()
        .find(|phrase| of_its_own(&mail.own, phrase))?;
    let confirms = wording::acknowledges_in_text(mail) || subject_confirms(mail);
    (confirms && !tells_of_hosts(mail)).then(|| harmless(&format!("text: {automatic}")))
}

/// The Subject confirms that something came. Behind `Re:` stands what our correspondent got.
fn subject_confirms(mail: &Mail<'_>) -> bool {
    !mail.forwarded_or_answered() && wording::acknowledges_in_subject(mail)
}

/// Whether the phrase stands there, and not as somebody else's: `your automatic reply`, `I got an automatic reply`.
fn of_its_own(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase).any(|(at, _)| {
        let before = text.get(..at).unwrap_or_default().trim_end();
        !OTHERS.iter().any(|word| before.ends_with(word))
    })
}

/// An automatic submission, or what calls itself one in its first or last line, that answers us, in whatever words. An automatic report tells of hosts, or attaches what it tells.
pub(super) fn automatic_about_ticket(mail: &Mail<'_>) -> Option<String> {
    let quiet = mail.own.len() <= MOST && !tells_of_hosts(mail) && !attaches(mail);
    // Notifiers ask for no answer, too: only beside a ticket's number is it one.
    let says = || first_line(mail, FIRST_LINES).or_else(|| says_at_the_end(mail));
    let says = || says().filter(|_| names_a_ticket(&mail.subject));
    let automatic = header::automatic(mail).or_else(says);
    automatic.filter(|_| quiet && answers(mail) && !mail.forwarded())
}

/// A text that calls itself not only automatic, but an answer, near the beginning and not in quotation marks.
pub(super) fn automatic_answer(mail: &Mail<'_>) -> Option<String> {
    let opening = start_of(&mail.own, OPENING);
    let says = AUTOMATIC_ANSWERS
        .iter()
        .find(|phrase| states(opening, phrase))?;
    let short = mail.own.len() <= MOST && !tells_of_hosts(mail);
    (short && !mail.forwarded()).then(|| harmless(&format!("text: {says}")))
}

/// The user's own address asks us to prove that we are human: what such systems write, as an answer to what we sent.
pub(super) fn challenge(mail: &Mail<'_>) -> Option<String> {
    let opening = start_of(&mail.own, OPENING);
    let asks = CHALLENGES.iter().find(|phrase| states(opening, phrase))?;
    let found =
        (answers(mail) || wording::machine_sender(mail) || wording::challenge_subject(mail))
            && !mail.forwarded();
    found.then(|| harmless(&format!("text: {asks}")))
}

/// Whether a quotation mark before is still open.
fn inside_quotation(before: &str) -> bool {
    let count = |marks: &[char]| before.matches(marks).count();
    let open = count(&['“', '„', '«', '「']) > count(&['”', '»', '」']);
    // German closes with the mark that English opens with.
    let german = before.contains('„') && count(&['„']) == count(&['“', '”']);
    (open && !german) || count(&['"']) % 2 == 1
}

/// Whether the phrase stands there in the sender's own voice: not between quotation marks.
pub(super) fn states(text: &str, phrase: &str) -> bool {
    text.match_indices(phrase)
        .any(|(at, _)| !text.get(..at).is_some_and(inside_quotation))
}

/// Subject and text both confirm that something was received, or an answer says in the passive that a ticket was opened: a
/// ticket system without fields of its own, or a person who need not be told more. The text is enough where nobody reads answers, or it says that it is automatic.
pub(super) fn confirms_receipt(mail: &Mail<'_>) -> Option<String> {
    let both = subject_confirms(mail) && wording::acknowledges_in_text(mail);
    let opened = || answers(mail) && opened(mail);
    let unread = || {
        let nobody = hold::sender(mail).or_else(|| asks_no_answer(mail));
        let nobody = nobody.or_else(|| says_at_the_end(mail));
        wording::acknowledges_in_text(mail) && nobody.is_some()
    };
    let confirms = both || opened() || unread();
    (confirms && is_quiet(mail)).then(|| mail.subject_evidence())
}

/// Ticket systems ask in the first line to answer above it, and automata not to answer at all.
pub(super) fn asks_no_answer(mail: &Mail<'_>) -> Option<String> {
    first_line(mail, FIRST_LINES).or_else(|| first_line(mail, ABOVE_LINES))
}

fn first_line(mail: &Mail<'_>, phrases: &[&str]) -> Option<String> {
    let line = &mail.first_line;
    let found = line.len() <= 200 && phrases.iter().any(|phrase| states(line, phrase));
    (found && !mail.forwarded()).then(|| harmless(&format!("first line: {line}")))
}

/// Or the last line says so of the whole, and nothing is reported above.
pub(super) fn says_at_the_end(mail: &Mail<'_>) -> Option<String> {
    let line = &mail.last_line;
    let whole = line.trim_end_matches(['.', '!', ' ']);
    let found = LAST_LINES.iter().any(|phrase| line.starts_with(phrase));
    let found = (found && line.len() <= 200) || WHOLE_LAST_LINES.contains(&whole);
    (found && !incident::reports(mail) && !mail.forwarded())
        .then(|| harmless(&format!("last line: {line}")))
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
    let opaque = mail.reading.openpgp.encrypted || attaches(mail);
    !opaque && mail.own.len() <= LETTER && !tells_of_hosts(mail)
}

/// Something is attached that is neither a key nor a signature.
fn attaches(mail: &Mail<'_>) -> bool {
    const HARMLESS: [&str; 4] = [
        "application/pgp-keys",
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
    ];
    mail.reading.parts.iter().any(|part| {
        let body = part.content_type.starts_with("text/") && !part.attachment;
        !body && !HARMLESS.contains(&part.content_type.as_str())
    })
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
pub(super) fn names_a_ticket(subject: &str) -> bool {
    subject.split('#').skip(1).any(|rest| {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        digits >= 6
    })
}

/// A Subject that begins like a receipt's.
pub(super) fn receipt_subject(mail: &Mail<'_>) -> bool {
    RECEIPT_SUBJECTS.iter().any(|start| {
        let whole = start.ends_with(':') && mail.subject.starts_with(start);
        whole || wording::heads(&mail.subject, start)
    })
}

/// An address that the Subject doesn't name, a defanged one, a URL to an address, or more than a few URLs: then it is about a host, and a
/// person should read it. Ticket systems repeat our Subject.
pub(super) fn tells_of_hosts(mail: &Mail<'_>) -> bool {
    let address = mail.own.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let word = word.split(['/', ':']).next().unwrap_or_default();
        word.parse::<std::net::Ipv4Addr>().is_ok() && !mail.subject.contains(word)
    });
    let url = mail.own.match_indices("://").any(|(at, mark)| {
        let host = mail.own.get(at.saturating_add(mark.len())..);
        let host = host.and_then(|rest| rest.split(['/', ':', ' ', '>']).next());
        host.is_some_and(|host| host.parse::<std::net::Ipv4Addr>().is_ok())
    });
    defanged(mail) || address || url || mail.own.matches("http").count() > 3
}

/// `hxxp`, `[.]`: only people and their tools write so.
pub(super) fn defanged(mail: &Mail<'_>) -> bool {
    wording::says_in(&mail.own, &["hxxp", "[.]", "[dot]"])
}

fn start_of(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}
