//! Header fields inside the protection (RFC 9788, and the older `protected-headers="v1"`).

use std::borrow::Cow;

use super::Mailbox;
use super::entity::Entity;
use crate::message::{self, Part};

/// The Subject inside. Ask only for an entity that was decrypted, or whose payload a signature that checks covers.
pub(super) fn subject(entity: &Entity<'_>) -> Option<String> {
    let root = payload(entity)?;
    message::header(&root.headers, "Subject").map(|field| field.value.clone())
}

/// The From addresses inside, `None` when the header is not protected.
pub(super) fn from(entity: &Entity<'_>) -> Option<Vec<Mailbox>> {
    let root = payload(entity)?;
    let mut fields = message::headers_named(&root.headers, "From").peekable();
    fields.peek()?;
    Some(
        fields
            .flat_map(|field| message::mailboxes(&field.raw))
            .collect(),
    )
}

/// Whether the part only repeats the protected header for clients that don't know it.
pub(super) fn is_legacy_display(entity: &Entity<'_>, index: usize) -> bool {
    let legacy = |part: &Part| {
        part.content_type == "text/rfc822-headers" && part.params.contains_key("protected-headers")
    };
    payload(entity).is_some()
        && entity
            .part(index)
            .is_some_and(|part| legacy(part) && part.parent == Some(entity.root))
}

/// A body text without the copy of the header before it (RFC 9788 sections 4.5.3.2 and 4.5.3.3).
pub(super) fn without_legacy_display<'a>(
    entity: &Entity<'_>,
    part: &Part,
    text: &'a str,
) -> Cow<'a, str> {
    let marked = part
        .params
        .get("hp-legacy-display")
        .is_some_and(|value| value.trim() == "1");
    let protected = entity
        .part(entity.root)
        .is_some_and(|root| root.params.contains_key("hp"));
    if !marked || !protected {
        return Cow::Borrowed(text);
    }
    if part.content_type == "text/html" {
        return without_legacy_element(text).map_or(Cow::Borrowed(text), Cow::Owned);
    }
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        if line.trim().is_empty() {
            return Cow::Borrowed(after);
        }
        rest = after;
    }
    Cow::Borrowed(text)
}

/// HTML without the one element that repeats the header.
fn without_legacy_element(html: &str) -> Option<String> {
    let (before, rest) = html.split_once("header-protection-legacy-display")?;
    let start = before.rfind("<div").filter(|start| {
        before
            .get(*start..)
            .is_some_and(|opening| !opening.contains('>'))
    })?;
    let (_, after) = rest.split_once("</div>")?;
    Some(format!("{}{after}", before.get(..start)?))
}

/// The payload root when it says that its header is protected.
fn payload<'a>(entity: &'a Entity<'_>) -> Option<&'a Part> {
    // A signed entity inside the wrapped mail has its own header: that of the mail around it is nobody's word.
    if entity.wrapped && entity.root == 0 {
        return entity.part(0);
    }
    let root = entity.part(entity.root)?;
    let modern = root
        .params
        .get("hp")
        .is_some_and(|value| matches!(value.trim(), "clear" | "cipher"));
    let older = root
        .params
        .get("protected-headers")
        .is_some_and(|value| value.trim().starts_with("v1"));
    (modern || older).then_some(root)
}
