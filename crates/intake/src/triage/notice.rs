//! What a delivery status notification says of each recipient (RFC 3464 section 2.3, RFC 6533 section 3).

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

/// Recipients that failed for good, as the first status part says; empty when there is none, or for delays and successes.
/// A notice is anybody's writing: who uses this must know that the message which it returns was sent to that address.
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
    let text = part.and_then(|part| part.text.as_deref()).unwrap_or("");
    let text = text.replace("\r\n", "\n");
    text.split("\n\n").filter_map(failure).take(MOST).collect()
}

/// Addresses that a notice names, lower case, each once, at most 50: those of its status part first. It may be about any of them.
pub fn named_addresses(reading: &Reading) -> Vec<String> {
    let mut found: Vec<String> = failures(reading)
        .into_iter()
        .map(|one| one.recipient)
        .collect();
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
    let permanent = status.starts_with("5.")
        && status.len() <= 9
        && status.chars().all(|c| c.is_ascii_digit() || c == '.');
    // The address that we wrote to, where a server in between changed it.
    let named = field("Original-Recipient").or_else(|| field("Final-Recipient"))?;
    let recipient = named.rsplit_once(';').map_or(named, |(_, address)| address);
    let recipient = recipient.trim().trim_matches(['<', '>']).to_lowercase();
    (failed && permanent && recipient.contains('@')).then(|| Failure {
        recipient,
        status: status.to_owned(),
    })
}
