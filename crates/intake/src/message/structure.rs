//! Finds the parts of a message with a queue of what is still to be read, instead of recursion (T40).

use std::collections::BTreeSet;
use std::ops::Range;

use super::media::Media;
use super::{Content, Defect, MAX_DEPTH, MAX_PARTS, Message, Part, decode, fields, split};

/// See [`super::parse`].
pub(super) fn parse(raw: &[u8]) -> Message {
    let mut reading = Structure {
        raw,
        parts: Vec::new(),
        defects: BTreeSet::new(),
        queue: vec![Entity::root(raw.len())],
        text_seen: false,
    };
    while let Some(entity) = reading.queue.pop() {
        if reading.parts.len() >= MAX_PARTS {
            reading.defects.insert(Defect::TooManyParts);
            break;
        }
        reading.read(&entity);
    }
    Message {
        parts: reading.parts,
        defects: reading.defects.into_iter().collect(),
    }
}

struct Structure<'a> {
    raw: &'a [u8],
    parts: Vec<Part>,
    defects: BTreeSet<Defect>,
    /// Last in, first out: the next entity in document order is on top.
    queue: Vec<Entity>,
    /// Whether a body text was met in this message: a file name on a later text makes it an attachment.
    text_seen: bool,
}

/// A stretch of the message that is a header and a body.
struct Entity {
    range: Range<usize>,
    parent: Option<usize>,
    place: Place,
    depth: u16,
    enclosing_messages: u16,
    default_type: &'static str,
}

/// Where an entity stands, which gives it its section number once its type is known.
enum Place {
    /// The root of a message: the outermost one (empty prefix), or the one inside the part `prefix`.
    MessageRoot { prefix: String },
    /// The part of a multipart with this number, counted from 1.
    Child { prefix: String, number: usize },
}

impl Entity {
    fn root(length: usize) -> Entity {
        Entity {
            range: 0..length,
            parent: None,
            place: Place::MessageRoot {
                prefix: String::new(),
            },
            depth: 0,
            enclosing_messages: 0,
            default_type: "text/plain",
        }
    }
}

impl Structure<'_> {
    fn read(&mut self, entity: &Entity) {
        let block = fields::read(self.raw, entity.range.clone());
        self.defects.extend(block.defects);
        let media = Media::of(&block.fields, entity.default_type);
        if media.repeated {
            self.defects.insert(Defect::RepeatedHeader);
        }
        if entity.parent.is_none() && fields::repeats_single_fields(&block.fields) {
            self.defects.insert(Defect::RepeatedHeader);
        }
        let (id, prefix) = section(&entity.place, media.is_multipart());
        let body = block.body_start..entity.range.end;
        let mut part = Part {
            id,
            parent: entity.parent,
            content_type: media.essence.clone(),
            attachment: false,
            filename: media.filename.clone(),
            headers: block.fields,
            whole: entity.range.clone(),
            body: body.clone(),
            content: Content::Container,
            enclosing_messages: entity.enclosing_messages,
            params: Default::default(),
        };
        if !self.open(entity, &media, &prefix, &body) {
            part.content = self.leaf(&mut part.content_type, &media, &body);
        }
        part.attachment = self.is_attachment(&part, &media);
        part.params = media.params;
        self.parts.push(part);
    }

    /// Queues what a container holds; `false` when the entity is a leaf or has to be kept raw.
    fn open(&mut self, entity: &Entity, media: &Media, prefix: &str, body: &Range<usize>) -> bool {
        if !media.is_container() {
            return false;
        }
        if media.encoding.changes_octets() {
            // RFC 2045 section 6.4 allows no such encoding on a composite type.
            self.defects.insert(Defect::BadEncoding);
            if !media.is_multipart() {
                return false;
            }
        }
        if entity.depth >= MAX_DEPTH {
            self.defects.insert(Defect::TooDeep);
            return false;
        }
        if media.is_multipart() {
            self.open_multipart(entity, media, prefix, body)
        } else {
            self.open_message(entity, prefix, body)
        }
    }

    fn open_multipart(
        &mut self,
        entity: &Entity,
        media: &Media,
        prefix: &str,
        body: &Range<usize>,
    ) -> bool {
        let octets = self.raw.get(body.clone()).unwrap_or_default();
        let declared = media
            .params
            .get("boundary")
            .map(|b| b.trim_end().as_bytes().to_vec())
            .filter(|b| !b.is_empty());
        if declared.is_none() {
            self.defects.insert(Defect::BadBoundary);
        }
        let Some(boundary) = declared.or_else(|| split::guess_boundary(octets)) else {
            return false;
        };
        let children = split::children(self.raw, body.clone(), &boundary, MAX_PARTS);
        if children.is_empty() {
            self.defects.insert(Defect::BadBoundary);
            return false;
        }
        let default_type = if media.essence == "multipart/digest" {
            "message/rfc822"
        } else {
            "text/plain"
        };
        let parent = self.parts.len();
        // The children of one container that can't fit any more need no place in the queue: one more is enough to notice.
        let room = MAX_PARTS.saturating_sub(self.queue.len()).max(1);
        for (index, range) in children
            .into_iter()
            .enumerate()
            .take(room)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
        {
            self.queue.push(Entity {
                range,
                parent: Some(parent),
                place: Place::Child {
                    prefix: prefix.to_owned(),
                    number: index.saturating_add(1),
                },
                depth: entity.depth.saturating_add(1),
                enclosing_messages: entity.enclosing_messages,
                default_type,
            });
        }
        true
    }

    fn open_message(&mut self, entity: &Entity, prefix: &str, body: &Range<usize>) -> bool {
        self.queue.push(Entity {
            range: body.clone(),
            parent: Some(self.parts.len()),
            place: Place::MessageRoot {
                prefix: prefix.to_owned(),
            },
            depth: entity.depth.saturating_add(1),
            enclosing_messages: entity.enclosing_messages.saturating_add(1),
            default_type: "text/plain",
        });
        true
    }

    fn leaf(&mut self, content_type: &mut String, media: &Media, body: &Range<usize>) -> Content {
        let octets = self.raw.get(body.clone()).unwrap_or_default();
        let decoded = decode::transfer(media.encoding, octets);
        if decoded.damaged {
            self.defects.insert(Defect::BadEncoding);
        }
        if media.is_multipart() && !self.defects.contains(&Defect::TooDeep) {
            // Without a boundary there is one text, and hiding it would lose the report (RFC 2045 section 5.2).
            "text/plain".clone_into(content_type);
        }
        if !media.is_text() {
            return Content::Bytes(decoded.octets.into_owned());
        }
        let text = decode::text(
            &decoded.octets,
            media.params.get("charset").map(String::as_str),
        );
        self.defects
            .extend(text.bad_charset.then_some(Defect::BadCharset));
        self.defects
            .extend(text.truncated.then_some(Defect::Truncated));
        Content::Text(text.text)
    }

    fn is_attachment(&mut self, part: &Part, media: &Media) -> bool {
        let body_text = matches!(part.content_type.as_str(), "text/plain" | "text/html");
        let first_text = body_text && !self.text_seen;
        self.text_seen |= body_text;
        media.attached || (media.filename.is_some() && !first_text)
    }
}

/// The section number of an entity, and the prefix of the numbers of what is inside (RFC 9051 section 6.4.5).
fn section(place: &Place, multipart: bool) -> (String, String) {
    match place {
        Place::MessageRoot { prefix } if multipart => (join(prefix, 0), prefix.clone()),
        Place::MessageRoot { prefix } => (join(prefix, 1), join(prefix, 1)),
        Place::Child { prefix, number } => (join(prefix, *number), join(prefix, *number)),
    }
}

fn join(prefix: &str, number: usize) -> String {
    if prefix.is_empty() {
        number.to_string()
    } else {
        format!("{prefix}.{number}")
    }
}
