//! Mail that machines send.

use crate::mail::{TEAM, mail};

const NOC: &str = "noc@partner.example";

/// A `multipart/report` with these parts.
fn report(kind: &str, parts: &[(&str, &str)]) -> (String, String) {
    let head = format!(
        "MIME-Version: 1.0\nContent-Type: multipart/report; report-type={kind}; boundary=\"=_r\"\n"
    );
    let parts: String = parts
        .iter()
        .map(|(kind, text)| format!("--=_r\nContent-Type: {kind}\n\n{text}\n"))
        .collect();
    (head, format!("{parts}--=_r--\n"))
}

fn bounce(id: &str, returned: &str) -> String {
    let (head, body) = report(
        "delivery-status",
        &[
            ("text/plain", "The mail below could not be delivered."),
            (
                "message/delivery-status",
                "Reporting-MTA: dns; mx.partner.example\n\nFinal-Recipient: rfc822; gone@partner.example\nAction: failed\nStatus: 5.1.1\n",
            ),
            (
                "text/rfc822-headers",
                &format!("From: {TEAM}\nMessage-ID: <{returned}>\nSubject: An answer\n"),
            ),
        ],
    );
    let from = "Mail Delivery System <MAILER-DAEMON@mx.partner.example>";
    mail(
        from,
        "Undelivered Mail Returned to Sender",
        id,
        &head,
        &body,
    )
}

fn receipt() -> String {
    let (head, body) = report(
        "disposition-notification",
        &[
            ("text/plain", "Your message was displayed."),
            (
                "message/disposition-notification",
                "Final-Recipient: rfc822; noc@partner.example\nOriginal-Message-ID: <unknown@team.example>\nDisposition: manual-action/MDN-sent-manually; displayed\n",
            ),
        ],
    );
    mail(
        NOC,
        "Read: An answer",
        "mdn.1@partner.example",
        &head,
        &body,
    )
}

/// A complaint in the Abuse Reporting Format (RFC 5965).
pub fn complaint() -> String {
    let (head, body) = report(
        "feedback-report",
        &[
            (
                "text/plain",
                "This is an abuse report for a message from 203.0.113.99.",
            ),
            (
                "message/feedback-report",
                "Feedback-Type: abuse\nUser-Agent: Loop/1.0\nVersion: 1\nSource-IP: 203.0.113.99\n",
            ),
            (
                "message/rfc822",
                "From: offer@bulk.example\nSubject: Cheap\n\nBuy now.\n",
            ),
        ],
    );
    mail(
        "feedback@provider.example",
        "Abuse report",
        "arf.1@provider.example",
        &head,
        &body,
    )
}

/// Name, reverse-path, message, kind: everything automatic.
pub fn automatic() -> Vec<(&'static str, &'static str, String, &'static str)> {
    let away = "I am out of the office until Monday and have no access to mail. In urgent cases please call the desk.";
    let list = "List-Id: Security talk <talk.lists.example>\nList-Post: <mailto:talk@lists.example>\nPrecedence: list\n";
    vec![
        (
            "vacation",
            NOC,
            mail(
                NOC,
                "Automatic reply: Scan",
                "ooo.1@partner.example",
                "Auto-Submitted: auto-replied\n",
                away,
            ),
            "out_of_office",
        ),
        (
            "bounce",
            "",
            bounce("dsn.1@mx.partner.example", "unknown@team.example"),
            "delivery_status",
        ),
        ("read receipt", "", receipt(), "disposition_notification"),
        (
            "list post",
            "talk-bounces@lists.example",
            mail(
                "sam@elsewhere.example",
                "[talk] Minutes",
                "list.1@elsewhere.example",
                list,
                "The minutes are on the page.",
            ),
            "list",
        ),
        (
            "answer with the null path",
            "",
            mail(
                "robot@partner.example",
                "Re: Scan",
                "null.1@partner.example",
                "In-Reply-To: <other@team.example>\n",
                "Thanks, noted.",
            ),
            "auto_reply",
        ),
    ]
}
