//! Recognises protection by MIME structure (RFC 1847, RFC 3156), and nothing that only looks like it (T01, T20).

use super::entity::Entity;
use crate::message::{Content, Part};

/// The protection that the payload root is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// RFC 3156 section 4, or what Exchange makes of it.
    Encrypted { ciphertext: usize },
    /// RFC 3156 section 5. Not `exact` when more stands beside the two parts.
    Signed {
        content: usize,
        signature: usize,
        exact: bool,
    },
    /// A wrap that we can't judge, S/MIME for one, or that holds nothing else: the payload is this part.
    Around { content: usize },
}

/// What protects the entity's payload root, if anything.
pub(super) fn shape(entity: &Entity<'_>) -> Option<Shape> {
    let root = entity.part(entity.root)?;
    if !matches!(root.content, Content::Container) {
        return None;
    }
    match root.content_type.as_str() {
        "multipart/encrypted" => encrypted(entity, entity.root),
        "multipart/signed" => signed(entity, entity.root).or_else(|| foreign(entity)),
        "multipart/mixed" => mangled(entity),
        _ => None,
    }
}

/// The parts of a `multipart/signed` with an OpenPGP signature, wherever it stands.
pub(super) fn signed(entity: &Entity<'_>, index: usize) -> Option<Shape> {
    let container = entity.part(index)?;
    let children: Vec<(usize, &Part)> = entity.message.children(index).collect();
    let [(content, _), (signature, candidate), rest @ ..] = children.as_slice() else {
        return None;
    };
    let protocol = container.params.get("protocol").map(String::as_str);
    let ours = protocol.is_none_or(|name| name.eq_ignore_ascii_case("application/pgp-signature"));
    (container.content_type == "multipart/signed"
        && ours
        && candidate.content_type == "application/pgp-signature")
        .then_some(Shape::Signed {
            content: *content,
            signature: *signature,
            exact: rest.is_empty(),
        })
}

/// Exactly the two parts of RFC 3156 section 4; anything added is an attempt to have it decrypted beside something else.
fn encrypted(entity: &Entity<'_>, index: usize) -> Option<Shape> {
    let children: Vec<(usize, &Part)> = entity.message.children(index).collect();
    match children.as_slice() {
        [(_, version), (ciphertext, body)]
            if version.content_type == "application/pgp-encrypted" && is_leaf(body) =>
        {
            Some(Shape::Encrypted {
                ciphertext: *ciphertext,
            })
        }
        _ => None,
    }
}

fn foreign(entity: &Entity<'_>) -> Option<Shape> {
    let mut children = entity.message.children(entity.root);
    let (content, _) = children.next()?;
    let (_, signature) = children.next()?;
    let smime = matches!(
        signature.content_type.as_str(),
        "application/pkcs7-signature" | "application/x-pkcs7-signature"
    );
    (smime && children.next().is_none()).then_some(Shape::Around { content })
}

/// Exchange and Google Workspace rewrite `multipart/encrypted` to, or wrap it in, a `multipart/mixed` with an empty text.
/// Only empty plain text may stand beside it, so there is nothing that plaintext could be joined to (T01).
fn mangled(entity: &Entity<'_>) -> Option<Shape> {
    let children: Vec<(usize, &Part)> = entity
        .message
        .children(entity.root)
        .filter(|(_, part)| !is_blank(part))
        .collect();
    match children.as_slice() {
        [(_, version), (ciphertext, body)]
            if version.content_type == "application/pgp-encrypted"
                && is_leaf(body)
                && may_be_ciphertext(body) =>
        {
            Some(Shape::Encrypted {
                ciphertext: *ciphertext,
            })
        }
        [(inner, part)] if part.content_type == "multipart/encrypted" => {
            encrypted(entity, *inner).map(|_| Shape::Around { content: *inner })
        }
        _ => None,
    }
}

/// A type or name that clients give to ciphertext.
pub(super) fn may_be_ciphertext(part: &Part) -> bool {
    let named = part.filename.as_deref().is_some_and(|name| {
        let name = name.to_ascii_lowercase();
        [".pgp", ".gpg", ".asc"]
            .iter()
            .any(|end| name.ends_with(end))
    });
    named
        || matches!(
            part.content_type.as_str(),
            "application/pgp-encrypted" | "application/octet-stream" | "application/pgp"
        )
}

fn is_leaf(part: &Part) -> bool {
    !matches!(part.content, Content::Container)
}

/// Plain text with nothing in it but blanks and the separator of a signature (RFC 3676 section 4.3).
pub(super) fn is_blank(part: &Part) -> bool {
    part.content_type == "text/plain"
        && part.text().is_some_and(|text| {
            text.chars()
                .all(|c| c.is_whitespace() || matches!(c, '-' | '\u{FEFF}' | '\u{200B}'))
        })
}
