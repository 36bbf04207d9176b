//! Transfer encodings (RFC 2045 section 6) and character sets, forgiving: damage is noted and what can be read is kept.

use std::borrow::Cow;

use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::{
    quoted_printable_decode, quoted_printable_decode_char,
};

use super::MAX_TEXT;

/// A transfer encoding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// 7bit, 8bit, binary.
    Identity,
    Base64,
    QuotedPrintable,
    /// Anything else: the content is kept as it stands.
    Unknown,
}

impl Encoding {
    pub(super) fn named(value: Option<&str>) -> Encoding {
        let token = value
            .unwrap_or_default()
            .split([';', ' ', '(', '\t'])
            .next()
            .unwrap_or_default();
        match token.trim_matches('"').to_ascii_lowercase().as_str() {
            "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit" => Encoding::Identity,
            "base64" => Encoding::Base64,
            "quoted-printable" => Encoding::QuotedPrintable,
            _ => Encoding::Unknown,
        }
    }

    /// Whether the octets of the content differ from those of the body.
    pub(super) fn changes_octets(self) -> bool {
        matches!(self, Encoding::Base64 | Encoding::QuotedPrintable)
    }
}

/// Content with its transfer encoding undone.
pub(super) struct Decoded<'a> {
    pub(super) octets: Cow<'a, [u8]>,
    /// Not all of it was well formed.
    pub(super) damaged: bool,
}

/// Undoes a transfer encoding.
pub(super) fn transfer(encoding: Encoding, body: &[u8]) -> Decoded<'_> {
    let borrowed = |damaged| Decoded {
        octets: Cow::Borrowed(body),
        damaged,
    };
    match encoding {
        Encoding::Identity => borrowed(false),
        Encoding::Unknown => borrowed(true),
        Encoding::Base64 => owned(base64_decode(body), || lenient_base64(body)),
        Encoding::QuotedPrintable => owned(quoted_printable_decode(body), || {
            lenient_quoted_printable(body)
        }),
    }
}

fn owned(exact: Option<Vec<u8>>, lenient: impl FnOnce() -> Vec<u8>) -> Decoded<'static> {
    let damaged = exact.is_none();
    Decoded {
        octets: Cow::Owned(exact.unwrap_or_else(lenient)),
        damaged,
    }
}

/// Skips what is not in the alphabet (RFC 2045 section 6.8).
fn lenient_base64(body: &[u8]) -> Vec<u8> {
    let kept: Vec<u8> = body
        .iter()
        .copied()
        .filter(|octet| octet.is_ascii_alphanumeric() || b"+/=".contains(octet))
        .collect();
    base64_decode(&kept).unwrap_or_default()
}

/// Leaves an `=` that begins no encoding as it stands (RFC 2045 section 6.7).
fn lenient_quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&octet, tail)) = rest.split_first() {
        rest = tail;
        if octet != b'=' {
            decoded.push(octet);
        } else if let Some(after) = tail
            .strip_prefix(b"\r\n")
            .or_else(|| tail.strip_prefix(b"\n"))
        {
            rest = after;
        } else if let [high, low, after @ ..] = tail
            && let Some(value) = quoted_printable_decode_char(*high, *low)
        {
            decoded.push(value);
            rest = after;
        } else {
            decoded.push(octet);
        }
    }
    decoded
}

/// Text and what was odd about it.
pub(super) struct DecodedText {
    pub(super) text: String,
    pub(super) bad_charset: bool,
    pub(super) truncated: bool,
}

/// Decodes a character set, within [`MAX_TEXT`].
///
/// UTF-8 wins over a label that says ASCII, and over none: that is what senders do. Otherwise unlabelled octets are
/// Windows-1252, as in every mail client.
pub(super) fn text(octets: &[u8], charset: Option<&str>) -> DecodedText {
    let cut = octets.get(..MAX_TEXT).unwrap_or(octets);
    let label = charset
        .unwrap_or_default()
        .trim()
        .trim_matches(['"', '\''])
        .to_ascii_lowercase();
    let decoder =
        charset_decoder(label.as_bytes()).filter(|_| !label.is_empty() && !label.contains("ascii"));
    let utf8 = matches!(
        label.as_str(),
        "" | "utf-8" | "utf8" | "us-ascii" | "ascii" | "unknown-8bit" | "default"
    );
    let mut text = match decoder {
        Some(decoder) => decoder(cut),
        None => unlabelled(cut),
    };
    let bad_charset = (decoder.is_none() && !utf8) || text.contains('\u{FFFD}');
    let truncated = cut.len() < octets.len() || text.len() > MAX_TEXT;
    truncate(&mut text, MAX_TEXT);
    DecodedText {
        text,
        bad_charset,
        truncated,
    }
}

/// Text in UTF-8 when it is that (a character may be cut at the end), else in Windows-1252.
pub(super) fn unlabelled(octets: &[u8]) -> String {
    let utf8 = match std::str::from_utf8(octets) {
        Ok(text) => return text.to_owned(),
        Err(error) => {
            let valid = octets.get(..error.valid_up_to()).unwrap_or_default();
            error.error_len().is_none() && !valid.is_ascii()
        }
    };
    match charset_decoder(b"windows-1252").filter(|_| !utf8) {
        Some(decoder) => decoder(octets),
        None => String::from_utf8_lossy(octets).into_owned(),
    }
}

/// Cuts at the last character boundary within `limit` octets.
pub(super) fn truncate(text: &mut String, limit: usize) {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.truncate(end);
}
