//! Rules about structure, which no person's mail has by accident.

use crate::reading::ReadPart;

use super::mail::{Mail, harmless};
use super::{sentences, wording};

/// A valid token of ours is on it: the caller has checked.
pub(super) fn own_loop_token(mail: &Mail<'_>) -> Option<String> {
    mail.any_of(&["X-Pillarbox-Loop"])
        .filter(|_| mail.policy.own_loop_token)
}

/// Our address as From, with our loop field or a Message-ID of our making.
pub(super) fn own_loop_sender(mail: &Mail<'_>) -> Option<String> {
    let own_id = || {
        let domain = mail
            .reading
            .message_id
            .as_deref()?
            .rsplit_once('@')?
            .1
            .to_lowercase();
        mail.policy
            .own_id_domains
            .contains(&domain)
            .then(|| mail.any_of(&["Message-ID"]))?
    };
    let marked = mail.any_of(&["X-Pillarbox-Loop"]).or_else(own_id)?;
    from_own_address(mail).then_some(marked)
}

/// Whether From is an address that we send from.
pub(super) fn from_own_address(mail: &Mail<'_>) -> bool {
    mail.reading.from.iter().any(|mailbox| {
        let address = mailbox.address.to_lowercase();
        let plain = match address.rsplit_once('@') {
            Some((local, domain)) => {
                format!("{}@{domain}", local.split('+').next().unwrap_or_default())
            }
            None => address,
        };
        mail.policy.own_addresses.contains(&plain)
    })
}

/// RFC 8098: `multipart/report` of that type.
pub(super) fn disposition_notification(mail: &Mail<'_>) -> Option<String> {
    report(
        mail,
        "disposition-notification",
        "message/disposition-notification",
    )
}

/// Its part alone, or in another multipart, when the Subject is a receipt's or something says that a machine sent it.
pub(super) fn disposition_part(mail: &Mail<'_>) -> Option<String> {
    const PART: &str = "message/disposition-notification";
    let alone = mail.reading.outer_type.essence == PART;
    let machine = wording::machine_sender(mail) || sentences::receipt_subject(mail);
    let found = alone || (first_level(mail, PART) && machine);
    found.then(|| format!("part: {PART}"))
}

/// RFC 5546: somebody's calendar answers an invitation, or takes one back. No person types it.
pub(super) fn calendar_reply(mail: &Mail<'_>) -> Option<String> {
    let parts = mail.reading.parts.iter();
    let mut calendars = parts.filter(|part| {
        !part.encrypted && part.enclosing_messages == 0 && part.content_type == "text/calendar"
    });
    let text = calendars.next()?.text.as_deref()?.to_ascii_uppercase();
    let methods = ["METHOD:REPLY", "METHOD:COUNTER", "METHOD:CANCEL"];
    let found = text
        .lines()
        .find(|line| methods.contains(&line.trim_end()))?;
    Some(harmless(&format!("text/calendar: {found}")))
}

/// RFC 5965, also where a producer forgot `report-type` or used another multipart.
pub(super) fn feedback_report(mail: &Mail<'_>) -> Option<String> {
    let part = || {
        first_level(mail, "message/feedback-report")
            .then(|| "part: message/feedback-report".to_owned())
    };
    report(mail, "feedback-report", "message/feedback-report").or_else(part)
}

/// X-ARF's and XARF's own header fields.
pub(super) fn xarf_header(mail: &Mail<'_>) -> Option<String> {
    mail.any_of(&["X-ARF", "X-XARF", "X-XARF-Version"])
}

/// A JSON part that carries the members which XARF requires.
pub(super) fn xarf_json(mail: &Mail<'_>) -> Option<String> {
    let found = mail
        .reading
        .parts
        .iter()
        .find(|part| !part.encrypted && part.enclosing_messages == 0 && is_xarf(part))?;
    Some(harmless(&format!(
        "part {}: {}",
        found.id, found.content_type
    )))
}

fn is_xarf(part: &ReadPart) -> bool {
    let json = part.content_type.contains("json")
        || part
            .filename
            .as_deref()
            .is_some_and(|name| name.to_lowercase().ends_with(".json"));
    let text = part.text.as_deref().filter(|_| json).unwrap_or_default();
    let member = |name: &str| text.contains(&format!("\"{name}\""));
    member("xarf_version") || (member("ReporterInfo") && member("Report"))
}

/// Outlook.com's junk mail reporting programme sends no ARF: its Subject, and the message complained about as first part.
pub(super) fn complaint(mail: &Mail<'_>) -> Option<String> {
    let second = mail
        .reading
        .outer_parts
        .get(1)
        .map(|part| part.essence.as_str());
    let worded = mail.subject.starts_with("complaint about message from ");
    (worded && second == Some("message/rfc822")).then(|| mail.subject_evidence())
}

/// RFC 8460: `multipart/report; report-type=tlsrpt`, or its attachment in any multipart or alone. Counted, never a ticket.
pub(super) fn tls_report(mail: &Mail<'_>) -> Option<String> {
    const TYPES: [&str; 2] = ["application/tlsrpt+gzip", "application/tlsrpt+json"];
    let part = || {
        let found = TYPES.iter().find(|kind| first_level(mail, kind))?;
        Some(format!("part: {found}"))
    };
    report(mail, "tlsrpt", "application/tlsrpt+gzip").or_else(part)
}

/// An aggregate report: the Subject that RFC 7489 prescribes, and a compressed or XML part.
pub(super) fn dmarc_report(mail: &Mail<'_>) -> Option<String> {
    let named = mail.subject.contains("report domain:")
        && (mail.subject.contains("submitter:") || mail.subject.starts_with("report domain:"));
    let carried = [
        "application/zip",
        "application/gzip",
        "application/x-gzip",
        "application/x-zip-compressed",
        "application/xml",
        "text/xml",
    ];
    let holds = mail
        .reading
        .outer_parts
        .iter()
        .any(|part| carried.contains(&part.essence.as_str()));
    // What stood in a ciphertext decides nothing that a stranger could see (T06).
    let attached = mail.reading.parts.iter().any(|part| {
        if part.encrypted {
            return false;
        }
        let name = part.filename.as_deref().unwrap_or_default().to_lowercase();
        name.ends_with(".zip") || name.ends_with(".gz") || name.ends_with(".xml")
    });
    (named && (holds || attached)).then(|| mail.subject_evidence())
}

/// RFC 3464.
pub(super) fn delivery_status(mail: &Mail<'_>) -> Option<String> {
    let root = || {
        (mail.reading.outer_type.essence == "message/delivery-status")
            .then(|| "Content-Type: message/delivery-status".to_owned())
    };
    report(mail, "delivery-status", "message/delivery-status").or_else(root)
}

/// A status part that is not inside a forwarded message, in any multipart, when something else says that a machine sent it.
pub(super) fn delivery_status_part(mail: &Mail<'_>) -> Option<String> {
    let part = first_level(mail, "message/delivery-status")
        || first_level(mail, "message/xdelivery-status");
    let typed = mail.reading.outer_type.report_type == "delivery-status";
    let machine = wording::machine_sender(mail)
        || (wording::bounce_subject(mail) && !mail.forwarded_or_answered());
    ((part || typed) && machine).then(|| "part: message/delivery-status".to_owned())
}

/// `multipart/report` with that type; without a type, one whose first parts are of that kind.
fn report(mail: &Mail<'_>, report_type: &str, part: &str) -> Option<String> {
    let outer = &mail.reading.outer_type;
    let typed = outer.report_type == report_type
        || (outer.report_type.is_empty() && first_level(mail, part));
    (outer.essence == "multipart/report" && typed)
        .then(|| format!("Content-Type: multipart/report; report-type={report_type}"))
}

/// Whether such a part stands before any attached message: what is inside that one is quoted.
fn first_level(mail: &Mail<'_>, essence: &str) -> bool {
    let outside = mail
        .reading
        .outer_parts
        .iter()
        .take_while(|part| part.essence != "message/rfc822");
    outside.into_iter().any(|part| part.essence == essence)
}
