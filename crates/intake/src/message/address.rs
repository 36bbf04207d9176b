//! Structured header values: address lists, message ids, dates (RFC 5322 sections 3.3, 3.4, 3.6.4).

use mail_parser::parsers::MessageStream;

use super::decode::truncate;
use super::fields::printable;
use crate::message::Mailbox;

/// Addresses that are read of one field (T40).
const MAX_ADDRESSES: usize = 500;
/// Octets that are read of one field.
const MAX_VALUE: usize = 64 * 1024;

/// The mailboxes of an address list, from a field's [`raw`](super::HeaderField::raw) value; groups are flattened.
///
/// An entry without an `@` is left out. The domain is put in lower case, the local part is left alone.
pub fn mailboxes(raw: &str) -> Vec<Mailbox> {
    let line = line(raw);
    let parsed = MessageStream::new(line.as_bytes()).parse_address();
    let Some(list) = parsed.as_address() else {
        return Vec::new();
    };
    list.iter()
        .filter_map(|entry| {
            let address = address(entry.address()?)?;
            Some(Mailbox {
                name: printable(entry.name().unwrap_or_default()),
                address,
            })
        })
        .take(MAX_ADDRESSES)
        .collect()
}

/// The message ids in a field's raw value, without angle brackets, in order.
pub fn message_ids(raw: &str) -> Vec<String> {
    let line = line(raw);
    let parsed = MessageStream::new(line.as_bytes()).parse_id();
    // `as_text` of a list is its last entry: the list has to be asked first.
    let ids: Vec<String> = match (parsed.as_text_list(), parsed.as_text()) {
        (Some(ids), _) => ids.iter().map(|id| id.to_string()).collect(),
        (None, Some(id)) => vec![id.to_owned()],
        (None, None) => Vec::new(),
    };
    ids.iter()
        .map(|id| printable(id).replace(' ', ""))
        .filter(|id| !id.is_empty())
        .take(MAX_ADDRESSES)
        .collect()
}

/// A `Date` as RFC 3339 with its offset, e.g. `2024-03-05T02:11:09+01:00`; `None` when it is none.
pub fn date(raw: &str) -> Option<String> {
    let line = line(raw);
    let parsed = MessageStream::new(line.as_bytes()).parse_date();
    let date = parsed.as_datetime().filter(|date| date.is_valid())?;
    let sign = if date.tz_before_gmt { '-' } else { '+' };
    let text = format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
        date.year,
        date.month,
        date.day,
        date.hour,
        date.minute,
        date.second,
        date.tz_hour,
        date.tz_minute
    );
    // 31 February passes the parser above.
    text.parse::<jiff::Timestamp>().is_ok().then_some(text)
}

fn address(written: &str) -> Option<String> {
    let written = written.trim().trim_matches(['<', '>']);
    let (local, domain) = written.rsplit_once('@')?;
    let plain = |text: &str| !text.is_empty() && !text.chars().any(char::is_control);
    (plain(local) && plain(domain)).then(|| format!("{local}@{}", domain.to_lowercase()))
}

/// The parsers of mail-parser read up to a line feed.
fn line(raw: &str) -> String {
    let mut line = raw.replace(['\r', '\n', '\0'], " ");
    truncate(&mut line, MAX_VALUE);
    line.push('\n');
    line
}
