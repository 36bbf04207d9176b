//! What a delivery status notification says of each recipient (RFC 3464 section 2.3, RFC 6533 section 3), also in free text, as qmail
//! and old Exim write it.

use crate::reading::Reading;

/// Recipients of one notice that are looked at.
const MOST: usize = 50;

/// A recipient whom mail could not reach for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The address, lower case.
    pub recipient: String,
    /// The enhanced status code, `5.1.1`; never anything else, for it is stored in clear.
    pub status: String,
}

/// Recipients that failed for good, as the first status part says; without one all addresses that the notice names, if its text has a
/// code that says so. Empty for delays and successes. A notice is anybody's writing: who uses this must know that the message which it returns was sent to that address.
pub fn failures(reading: &Reading) -> Vec<Failure> {
    const PARTS: [&str; 3] = [
        "message/delivery-status",
        "message/global-delivery-status",
        "message/xdelivery-status",
    ];
    let part = reading
        .parts
        .iter()
        .find(|part| part.enclosing_messages == 0 && PARTS.contains(&part.content_type.as_str()));
    let Some(part) = part else {
        return in_free_text(reading);
    };
    let text = part.text.as_deref().unwrap_or("").replace("\r\n", "\n");
    text.split("\n\n").filter_map(failure).take(MOST).collect()
}

/// Addresses that a notice without a status part names, when its text has an enhanced status code of a permanent failure, as qmail's
/// `(#5.1.1)`, or a reply code of one after what a server said: `… after RCPT TO:<a@b.example>: 550 no such user`.
fn in_free_text(reading: &Reading) -> Vec<Failure> {
    let body = reading.parts.iter().find(|part| {
        part.enclosing_messages == 0 && !part.attachment && part.content_type.starts_with("text/")
    });
    let text = body.and_then(|part| part.text.as_deref()).unwrap_or("");
    let Some(status) = permanent_code(text) else {
        return Vec::new();
    };
    let failed = addresses(reading).into_iter().map(|recipient| Failure {
        recipient,
        status: status.clone(),
    });
    failed.collect()
}

/// The first such code; `5.0.0` (RFC 3463 section 3.1) where only a reply code stands.
fn permanent_code(text: &str) -> Option<String> {
    let mut after_colon = false;
    text.split_whitespace().find_map(|word| {
        let said = std::mem::replace(&mut after_colon, word.ends_with(':'));
        let code = word.trim_matches(['(', ')', '#', '<', '>', '[', ']', ',', ';', ':', '.']);
        let reply = code.len() == 3 && code.starts_with('5') && is_number(code);
        match is_permanent(code) && code.split('.').count() == 3 {
            true => Some(code.to_owned()),
            false => (said && reply).then(|| "5.0.0".to_owned()),
        }
    })
}

/// A status of class 5 in digits and dots, and nothing else: it is stored in clear.
fn is_permanent(status: &str) -> bool {
    let mut fields = status.split('.');
    fields.next() == Some("5") && status.len() <= 9 && status.len() > 2 && fields.all(is_number)
}

fn is_number(field: &str) -> bool {
    !field.is_empty() && field.bytes().all(|octet| octet.is_ascii_digit())
}

/// Addresses that a notice names, lower case, each once, at most 50: those of its status part first. It may be about any of them.
pub fn named_addresses(reading: &Reading) -> Vec<String> {
    let mut found: Vec<String> = failures(reading)
        .into_iter()
        .map(|one| one.recipient)
        .collect();
    for address in addresses(reading) {
        if found.len() < MOST && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// Addresses in its texts, lower case, each once, at most 50.
fn addresses(reading: &Reading) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let texts = reading.parts.iter().filter_map(|part| part.text.as_deref());
    for text in texts {
        let words = text.split(|c: char| {
            c.is_whitespace() || matches!(c, '<' | '>' | ';' | ',' | '"' | '(' | ')')
        });
        let named = words
            .map(|word| word.trim_matches([':', '.', '\'']).to_lowercase())
            .filter(|word| {
                word.len() <= 254
                    && word
                        .split_once('@')
                        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.'))
            });
        for address in named {
            if found.len() >= MOST {
                return found;
            }
            if !found.contains(&address) {
                found.push(address);
            }
        }
    }
    found
}

/// One group of fields.
fn failure(group: &str) -> Option<Failure> {
    let field = |name: &str| {
        group.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found
                .trim()
                .eq_ignore_ascii_case(name)
                .then(|| value.trim())
        })
    };
    let failed = field("Action").is_none_or(|action| action.eq_ignore_ascii_case("failed"));
    let status = field("Status")?.split([' ', '(']).next()?;
    let permanent = is_permanent(status);
    // The address that we wrote to, where a server in between changed it.
    let named = field("Original-Recipient").or_else(|| field("Final-Recipient"))?;
    let recipient = named.rsplit_once(';').map_or(named, |(_, address)| address);
    let recipient = recipient.trim().trim_matches(['<', '>']).to_lowercase();
    (failed && permanent && recipient.contains('@')).then(|| Failure {
        recipient,
        status: status.to_owned(),
    })
}
