//! Recognises protection by MIME structure (RFC 1847, RFC 3156), and nothing that only looks like it (T01, T20).

use super::entity::Entity;
use super::inline::{armoured, octets};
use crate::message::{Content, Part, html_to_text};
use crate::openpgp::{Holds, holds, is_footer};

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
    /// A wrap that we can't judge, S/MIME for one, or that holds nothing else: the payload is this part. Not `exact` when a
    /// mailing list's footer stands beside it.
    Around { content: usize, exact: bool },
    /// An OpenPGP message as the only thing in the mail, without the structure of RFC 3156: a file that was sent alone, or what
    /// servers leave of Outlook's messages.
    Alone { ciphertext: usize },
}

/// What protects the entity's payload root, if anything.
pub(super) fn shape(entity: &Entity<'_>) -> Option<Shape> {
    let root = entity.part(entity.root)?;
    if is_leaf(root) {
        let own = matches!(root.content, Content::Bytes(_)) && root.enclosing_messages == 0;
        return (own && is_file(entity, entity.root)).then_some(Shape::Alone {
            ciphertext: entity.root,
        });
    }
    match root.content_type.as_str() {
        "multipart/encrypted" => encrypted(entity, entity.root),
        "multipart/signed" => signed(entity, entity.root).or_else(|| foreign(entity)),
        "multipart/mixed" | "multipart/related" | "multipart/alternative" => mangled(entity),
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
    (smime && children.next().is_none()).then_some(Shape::Around {
        content,
        exact: true,
    })
}

/// Exchange, Google Workspace, GpgOL and ProtonMail's bridge rewrite `multipart/encrypted` to, or wrap it in, another multipart
/// with an empty text. Nothing but empty texts and the version part may stand beside it, so there is nothing that plaintext could
/// be joined to (T01); below it, mailing lists set a footer in plain text.
fn mangled(entity: &Entity<'_>) -> Option<Shape> {
    let children: Vec<(usize, &Part)> = entity
        .message
        .children(entity.root)
        .filter(|(_, part)| !is_blank(part))
        .collect();
    if let [(inner, part), footers @ ..] = children.as_slice()
        && part.content_type == "multipart/encrypted"
    {
        let allowed = footers.iter().all(|(_, part)| is_list_footer(part));
        return (allowed && encrypted(entity, *inner).is_some()).then_some(Shape::Around {
            content: *inner,
            exact: footers.is_empty(),
        });
    }
    let leaves: Vec<(usize, &Part)> = entity
        .leaves_of(entity.root)
        .filter(|(_, part)| !is_blank(part))
        .collect();
    let (versions, others): (Vec<_>, Vec<_>) =
        leaves.into_iter().partition(|(_, part)| is_version(part));
    let [(only, part)] = others.as_slice() else {
        return None;
    };
    let (only, inline_text) = (*only, !part.attachment && part.text().is_some());
    if part.enclosing_messages > 0
        || entity.is_in_encrypted(part)
        || part.content_type == "text/html"
    {
        None
    } else if inline_text && versions.is_empty() {
        armoured(entity, only, part).map(|_| Shape::Around {
            content: only,
            exact: true,
        })
    } else if !versions.is_empty() && may_be_ciphertext(part) {
        Some(Shape::Encrypted { ciphertext: only })
    } else {
        is_file(entity, only).then_some(Shape::Alone { ciphertext: only })
    }
}

/// Whether all of a part is one OpenPGP message.
fn is_file(entity: &Entity<'_>, index: usize) -> bool {
    matches!(
        holds(&octets(entity, index)),
        Some(Holds::Encrypted | Holds::Opaque)
    )
}

/// The first part of RFC 3156 section 4, whatever type it was given on the way.
pub(super) fn is_version(part: &Part) -> bool {
    let octets = match &part.content {
        Content::Text(text) => text.as_bytes(),
        Content::Bytes(octets) => octets.as_slice(),
        Content::Container => return false,
    };
    octets.trim_ascii().eq_ignore_ascii_case(b"Version: 1")
        || (part.content_type == "application/pgp-encrypted" && octets.trim_ascii().is_empty())
}

fn is_list_footer(part: &Part) -> bool {
    part.content_type == "text/plain" && part.text().is_some_and(|text| is_footer(text.trim()))
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

/// A text with nothing in it but blanks and the separator of a signature (RFC 3676 section 4.3), or what ProtonMail's bridge
/// writes there. Empty HTML must not refer to anything.
pub(super) fn is_blank(part: &Part) -> bool {
    const DRAWS: [&str; 6] = ["src", "href", "url", "action", "import", "background"];
    let Some(text) = part.text() else {
        return false;
    };
    match part.content_type.as_str() {
        "text/plain" => is_blank_text(text),
        "text/html" => {
            let lower = text.to_ascii_lowercase();
            !DRAWS.iter().any(|word| lower.contains(word)) && is_blank_text(&html_to_text(text))
        }
        _ => false,
    }
}

fn is_blank_text(text: &str) -> bool {
    let blank = |c: char| c.is_whitespace() || matches!(c, '-' | '\u{FEFF}' | '\u{200B}');
    text.trim() == "Empty Message" || text.chars().all(blank)
}
