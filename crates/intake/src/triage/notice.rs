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
