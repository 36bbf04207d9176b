//! What a part's own fields say about its content (RFC 2045, RFC 2183, RFC 2231).

use std::collections::BTreeMap;

use mail_parser::parsers::MessageStream;

use super::decode::Encoding;
use super::fields::{headers_named, printable};
use super::words::decode_words;
use super::{HeaderField, header};

/// Octets of a `Content-Type` or `Content-Disposition` that are read: parameters beyond that are an attack (T40).
const MAX_VALUE: usize = 8 * 1024;

/// The content type, disposition and transfer encoding of a part.
pub(super) struct Media {
    /// Lower case `type/subtype`.
    pub(super) essence: String,
    pub(super) params: BTreeMap<String, String>,
    pub(super) encoding: Encoding,
    /// `Content-Disposition: attachment`.
    pub(super) attached: bool,
    pub(super) filename: Option<String>,
    /// `Content-Type` stands several times; the first is taken.
    pub(super) repeated: bool,
}

impl Media {
    pub(super) fn of(fields: &[HeaderField], default_type: &str) -> Media {
        let typed = header(fields, "Content-Type").map(|field| structured(&field.raw));
        let (essence, mut params) = typed.unwrap_or_default();
        let disposed = header(fields, "Content-Disposition").map(|field| structured(&field.raw));
        let (disposition, mut disposition_params) = disposed.unwrap_or_default();
        let filename = disposition_params
            .remove("filename")
            .or_else(|| params.get("name").cloned());
        let essence = if is_type(&essence) {
            essence
        } else {
            bare_type(&essence, &params, default_type)
        };
        params
            .values_mut()
            .for_each(|value| *value = printable(value));
        Media {
            essence,
            params,
            encoding: Encoding::named(
                header(fields, "Content-Transfer-Encoding").map(|field| field.raw.as_str()),
            ),
            attached: disposition == "attachment",
            filename: filename
                .map(|name| printable(&decode_words(&name)))
                .filter(|name| !name.is_empty()),
            repeated: headers_named(fields, "Content-Type").nth(1).is_some(),
        }
    }

    pub(super) fn is_multipart(&self) -> bool {
        self.essence.starts_with("multipart/")
    }

    pub(super) fn is_container(&self) -> bool {
        self.is_multipart()
            || matches!(
                self.essence.as_str(),
                "message/rfc822" | "message/global" | "message/news"
            )
    }

    /// Whether the content is kept as text: reports and structured data are read by `extract`, too.
    pub(super) fn is_text(&self) -> bool {
        let (kind, subtype) = self.essence.split_once('/').unwrap_or_default();
        matches!(kind, "text" | "message" | "multipart")
            || (kind == "application"
                && matches!(subtype, "json" | "xml" | "x-json" | "x-ndjson" | "ndjson"))
            || subtype.ends_with("+json")
            || subtype.ends_with("+xml")
    }
}

/// `type/subtype`, both tokens of RFC 2045 section 5.1.
fn is_type(essence: &str) -> bool {
    let token = |text: &str| {
        let allowed = |c: char| c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(c);
        !text.is_empty() && text.chars().all(allowed)
    };
    essence
        .split_once('/')
        .is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// `text` alone was RFC 1049's form; a `multipart` alone with a boundary is one.
fn bare_type(essence: &str, params: &BTreeMap<String, String>, default_type: &str) -> String {
    if essence == "multipart" && params.contains_key("boundary") {
        "multipart/mixed"
    } else {
        default_type
    }
    .to_owned()
}

/// The leading token in lower case, and the parameters; the first of a name is taken.
fn structured(raw: &str) -> (String, BTreeMap<String, String>) {
    let mut end = raw.len().min(MAX_VALUE);
    while !raw.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let line = format!("{}\n", raw.get(..end).unwrap_or_default());
    let parsed = MessageStream::new(line.as_bytes()).parse_content_type();
    let Some(parsed) = parsed.as_content_type() else {
        return Default::default();
    };
    let kind = parsed.ctype().trim().to_ascii_lowercase();
    let essence = match parsed.subtype() {
        Some(subtype) => format!("{kind}/{}", subtype.trim().to_ascii_lowercase()),
        None => kind,
    };
    let mut params = BTreeMap::new();
    for attribute in parsed.attributes().unwrap_or_default() {
        params
            .entry(attribute.name.to_ascii_lowercase())
            .or_insert_with(|| attribute.value.to_string());
    }
    (essence, params)
}
