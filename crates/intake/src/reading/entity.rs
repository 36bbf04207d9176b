//! A MIME entity while its layers are peeled: its octets, its structure, and what has been proved about them.

use std::collections::BTreeMap;
use std::ops::{Deref, Range};

use zeroize::Zeroizing;

use crate::message::{self, Content, Message, Part};

/// The message as it came, or what an encrypted layer held.
pub(super) struct Entity<'a> {
    octets: Octets<'a>,
    pub(super) message: Message,
    /// Index of the innermost part that only wraps of signatures enclose: the cryptographic payload (RFC 9787 section 1.3.2).
    pub(super) root: usize,
    /// It came out of an encrypted layer.
    pub(super) encrypted: bool,
    /// The octets that signatures which check cover.
    pub(super) proved: Vec<Range<usize>>,
    /// It was wrapped whole in a `message/rfc822` (S/MIME's old way, which pEp uses): its own header is the protected one.
    pub(super) wrapped: bool,
    /// Parts that belong to the protection and are not shown.
    pub(super) consumed: Vec<usize>,
}

enum Octets<'a> {
    Received(&'a [u8]),
    Opened(Zeroizing<Vec<u8>>),
}

impl<'a> Entity<'a> {
    pub(super) fn received(raw: &'a [u8], message: Message) -> Entity<'a> {
        Entity::of(Octets::Received(raw), message, false)
    }

    /// A MIME entity that was found inside a layer.
    pub(super) fn opened(plaintext: Zeroizing<Vec<u8>>, encrypted: bool) -> Entity<'a> {
        let message = message::parse(&plaintext);
        let Some(inner) = wrapped(&message).and_then(|range| plaintext.get(range)) else {
            return Entity::of(Octets::Opened(plaintext), message, encrypted);
        };
        let inner = Zeroizing::new(inner.to_vec());
        let message = message::parse(&inner);
        Entity {
            wrapped: true,
            ..Entity::of(Octets::Opened(inner), message, encrypted)
        }
    }

    /// A text without a header that was found inside a layer.
    pub(super) fn text(plaintext: Zeroizing<Vec<u8>>, text: String, encrypted: bool) -> Entity<'a> {
        let message = one_text(text, plaintext.len());
        Entity::of(Octets::Opened(plaintext), message, encrypted)
    }

    /// A file that was found inside a layer.
    pub(super) fn file(
        plaintext: Zeroizing<Vec<u8>>,
        name: Option<&str>,
        encrypted: bool,
    ) -> Entity<'a> {
        let mut message = one_text(String::new(), plaintext.len());
        if let Some(part) = message.parts.first_mut() {
            (part.content_type, part.content) = content_of(&plaintext, name);
            part.filename = name.map(str::to_owned);
            part.attachment = true;
        }
        Entity::of(Octets::Opened(plaintext), message, encrypted)
    }

    /// Text without a header that came as the whole message.
    pub(super) fn bare(raw: &'a [u8]) -> Entity<'a> {
        let text = String::from_utf8_lossy(raw).into_owned();
        Entity::of(Octets::Received(raw), one_text(text, raw.len()), false)
    }

    fn of(octets: Octets<'a>, message: Message, encrypted: bool) -> Entity<'a> {
        Entity {
            octets,
            message,
            root: 0,
            encrypted,
            proved: Vec::new(),
            wrapped: false,
            consumed: Vec::new(),
        }
    }

    pub(super) fn part(&self, index: usize) -> Option<&Part> {
        self.message.parts.get(index)
    }

    /// The exact octets of a part, its header included (RFC 3156 section 5).
    pub(super) fn whole(&self, index: usize) -> &[u8] {
        self.slice(self.part(index).map(|part| part.whole.clone()))
    }

    /// The octets of a part's body before its transfer encoding was undone.
    pub(super) fn body(&self, index: usize) -> &[u8] {
        self.slice(self.part(index).map(|part| part.body.clone()))
    }

    fn slice(&self, range: Option<Range<usize>>) -> &[u8] {
        range
            .and_then(|range| self.octets.get(range))
            .unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.octets.len()
    }

    /// The leaves below a container, in order.
    pub(super) fn leaves_of(&self, container: usize) -> impl Iterator<Item = (usize, &Part)> {
        let parts = self.message.parts.iter().enumerate();
        parts.filter(move |(_, part)| {
            !matches!(part.content, Content::Container)
                && self.ancestors(part).any(|index| index == container)
        })
    }

    /// Whether the part stands in a `multipart/encrypted`.
    pub(super) fn is_in_encrypted(&self, part: &Part) -> bool {
        self.ancestors(part).any(|index| {
            self.part(index)
                .is_some_and(|part| part.content_type == "multipart/encrypted")
        })
    }

    /// The containers around a part, from the inside out. A container stands before what it contains, so this ends.
    fn ancestors(&self, part: &Part) -> impl Iterator<Item = usize> {
        std::iter::successors(part.parent, |at| {
            let parent = self.part(*at)?.parent;
            parent.filter(|parent| parent < at)
        })
    }

    /// Whether a signature that checks covers the part.
    pub(super) fn is_proved(&self, part: &Part) -> bool {
        self.proved
            .iter()
            .any(|range| range.start <= part.whole.start && part.whole.end <= range.end)
    }
}

/// A message that is wrapped and not forwarded (RFC 8551 section 3.1).
fn wrapped(message: &Message) -> Option<Range<usize>> {
    let root = message.root();
    let whole = root
        .params
        .get("forwarded")
        .is_some_and(|value| value.eq_ignore_ascii_case("no"));
    (whole && root.content_type == "message/rfc822").then(|| root.body.clone())
}

/// The type and content of a file, told from its octets and its name.
pub(super) fn content_of(octets: &[u8], name: Option<&str>) -> (String, Content) {
    let text = std::str::from_utf8(octets)
        .ok()
        .filter(|text| !text.contains('\0'));
    let name = name.unwrap_or_default().to_ascii_lowercase();
    let html = name.ends_with(".htm") || name.ends_with(".html");
    match text {
        // PGP Desktop sends the HTML body of a partitioned message as a file of its own.
        Some(text) if html => ("text/html".to_owned(), Content::Text(text.to_owned())),
        Some(text) => ("text/plain".to_owned(), Content::Text(text.to_owned())),
        None => (
            "application/octet-stream".to_owned(),
            Content::Bytes(octets.to_vec()),
        ),
    }
}

fn one_text(text: String, length: usize) -> Message {
    Message {
        parts: vec![Part {
            id: "1".to_owned(),
            parent: None,
            content_type: "text/plain".to_owned(),
            params: BTreeMap::new(),
            attachment: false,
            filename: None,
            headers: Vec::new(),
            whole: 0..length,
            body: 0..length,
            content: Content::Text(text),
            enclosing_messages: 0,
        }],
        defects: Vec::new(),
    }
}

impl Deref for Octets<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Octets::Received(raw) => raw,
            Octets::Opened(plaintext) => plaintext,
        }
    }
}
