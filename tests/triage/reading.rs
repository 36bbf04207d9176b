//! What `reading::read` says of a message without OpenPGP, for tests and examples of triage.

use std::net::{IpAddr, Ipv4Addr};

use intake::envelope::{Envelope, ReversePath};
use intake::message::{
    Content, Part, date, header, html_to_text, language, mailboxes, message_ids, parse,
};
use intake::reading::{ContentType, ReadPart, Reading};

/// An envelope with that reverse-path.
pub fn envelope(reverse_path: ReversePath) -> Envelope {
    Envelope {
        reverse_path,
        forward_paths: vec!["csirt@demo.example".to_owned()],
        client: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        listener: "smtp".to_owned(),
        received_at: "2024-03-05T01:11:09Z".parse().unwrap(),
        ..Envelope::default()
    }
}

/// What `reading::read` says of a message without OpenPGP.
pub fn reading_of(raw: &[u8]) -> Reading {
    let message = parse(raw);
    let root = message.root();
    let raw = |name: &str| {
        header(&root.headers, name)
            .map(|field| field.raw.clone())
            .unwrap_or_default()
    };
    let subject = header(&root.headers, "Subject").map(|field| field.value.clone());
    let parts: Vec<ReadPart> = message
        .parts
        .iter()
        .filter(|part| part.content != Content::Container)
        .map(read_part)
        .collect();
    Reading {
        headers: root.headers.clone(),
        outer_type: content_type(root),
        outer_parts: message.parts.iter().map(content_type).collect(),
        subject: subject.clone(),
        outer_subject: subject,
        from: mailboxes(&raw("From")),
        message_id: message_ids(&raw("Message-ID")).into_iter().next(),
        in_reply_to: message_ids(&raw("In-Reply-To")),
        references: message_ids(&raw("References")),
        date: date(&raw("Date")),
        language: parts
            .iter()
            .find_map(|part| language(part.text.as_deref()?)),
        parts,
        defects: message.defects.clone(),
        ..Reading::default()
    }
}

fn content_type(part: &Part) -> ContentType {
    ContentType {
        essence: part.content_type.clone(),
        report_type: part
            .params
            .get("report-type")
            .map(|value| value.to_lowercase())
            .unwrap_or_default(),
    }
}

fn read_part(part: &Part) -> ReadPart {
    let text = part.text().map(|text| {
        if part.content_type == "text/html" {
            html_to_text(text)
        } else {
            text.to_owned()
        }
    });
    ReadPart {
        id: part.id.clone(),
        content_type: part.content_type.clone(),
        filename: part.filename.clone(),
        attachment: part.attachment,
        size: text
            .as_ref()
            .map_or(0, |text| u64::try_from(text.len()).unwrap()),
        text,
        enclosing_messages: part.enclosing_messages,
        signed: false,
        encrypted: false,
        digest: None,
    }
}
