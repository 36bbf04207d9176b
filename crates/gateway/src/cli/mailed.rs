//! What became of the mail that we sent for a ticket.

use serde_json::{Value, json};

use crate::store::MailState;

pub(super) fn mail_json(mail: &MailState) -> Value {
    json!({
        "purpose": mail.purpose,
        "letter": mail.letter,
        "state": mail.state,
        "status": mail.status,
        "attempts": mail.attempts,
        "at": mail.ended,
    })
}

/// `Acknowledgement: sent 250 at 2026-11-22T08:00:00Z (attempts: 1)`.
pub(super) fn mail_text(mail: &MailState) -> String {
    let ended = mail.ended.as_deref();
    let at = ended.map_or_else(String::new, |at| format!(" at {at}"));
    let what = match mail.purpose.as_str() {
        "notice" => "Notice to those on duty",
        "letter" => "Letter",
        _ => "Acknowledgement",
    };
    format!(
        "{what}: {} {}{at} (attempts: {})",
        mail.state, mail.status, mail.attempts
    )
}
