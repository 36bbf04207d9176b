//! Prints a confusion table of label × kind over labelled mail: `cargo run --example triage_corpus -- DIR [-v] [--null]`.
//!
//! DIR holds `manifest-a.tsv`, `manifest-c.tsv`, `manifest-e.tsv` as described in its README. `-v` lists what is not as
//! expected, `--null` replays bounces with the null reverse-path, as an MTA would deliver them.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a tool for developers"
)]

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::{Duration, Instant};

use intake::envelope::{Envelope, ReversePath};
use intake::message::{
    Content, Message, Part, date, header, html_to_text, language, mailboxes, message_ids, parse,
};
use intake::reading::{ContentType, ReadPart, Reading};
use intake::triage::{Disposition, DispositionKind, TriagePolicy, classify};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let verbose = arguments.iter().any(|argument| argument == "-v");
    let null = arguments.iter().any(|argument| argument == "--null");
    let folder = Path::new(&arguments[0]);
    let mut table: BTreeMap<(String, &'static str, bool), usize> = BTreeMap::new();
    for manifest in ["a", "c", "e"] {
        for line in std::fs::read_to_string(folder.join(format!("manifest-{manifest}.tsv")))
            .unwrap()
            .lines()
            .skip(1)
        {
            let columns: Vec<&str> = line.split('\t').collect();
            let label = format!("{}:{}", manifest, columns[4]);
            let raw = wrapped(columns[0], std::fs::read(folder.join(columns[0])).unwrap());
            let message = parse(&raw);
            let reading = reading_without_openpgp(&message);
            let path = if null && columns[4] == "dsn" {
                ReversePath::Null
            } else {
                reverse_path(&message)
            };
            let disposition = classify(&envelope(path), &reading, &TriagePolicy::default());
            *table
                .entry((
                    label.clone(),
                    disposition.kind.as_str(),
                    disposition.acknowledge,
                ))
                .or_default() += 1;
            if verbose && !expected(columns[4], &disposition) {
                let subject = reading.outer_subject.unwrap_or_default();
                println!(
                    "{label} {} {:?} {:?} {:?} | {subject}",
                    columns[0], disposition.kind, disposition.rule, disposition.acknowledge
                );
            }
        }
    }
    for ((label, kind, acknowledge), count) in &table {
        println!(
            "{count:5}  {label:16} {kind:26} {}",
            if *acknowledge { "answered" } else { "" }
        );
    }
    slowest(folder);
}

fn expected(label: &str, disposition: &Disposition) -> bool {
    let kind = disposition.kind;
    match label {
        "dsn" => kind == DispositionKind::DeliveryStatus,
        "human" | "ham-toy" | "ham-synthetic" => {
            kind == DispositionKind::Report && disposition.acknowledge
        }
        "ham" => matches!(kind, DispositionKind::Report | DispositionKind::List),
        "arf" => kind == DispositionKind::FeedbackReport,
        "list" => kind == DispositionKind::List,
        "vacation" => kind == DispositionKind::OutOfOffice,
        "autoreply" => kind == DispositionKind::AutoReply,
        "mdn" => kind == DispositionKind::DispositionNotification,
        "xarf-json" => kind == DispositionKind::FeedbackReport,
        "iodef-xml" => kind == DispositionKind::Report,
        "notification" => !disposition.acknowledge,
        _ => true,
    }
}

/// A document that is no mail is sent as one: an attachment of a message by an automaton.
fn wrapped(path: &str, raw: Vec<u8>) -> Vec<u8> {
    let kind = match path.rsplit('.').next() {
        Some("json") => "application/json",
        Some("xml") => "application/xml",
        _ => return raw,
    };
    let mut mail = format!(
        "From: reports@feed.example\r\nTo: csirt@demo.example\r\nSubject: Abuse report\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=w\r\n\r\n\
         --w\r\nContent-Type: text/plain\r\n\r\nSee the attached report.\r\n--w\r\nContent-Type: {kind}; name=report\r\n\r\n"
    )
    .into_bytes();
    mail.extend(raw);
    mail.extend_from_slice(b"\r\n--w--\r\n");
    mail
}

fn reverse_path(message: &Message) -> ReversePath {
    match header(&message.root().headers, "Return-Path")
        .map(|field| field.raw.trim_matches(['<', '>', ' ']).to_owned())
    {
        None => ReversePath::Unknown,
        Some(path) if path.is_empty() => ReversePath::Null,
        Some(path) => ReversePath::Mailbox(path),
    }
}

fn envelope(reverse_path: ReversePath) -> Envelope {
    Envelope {
        reverse_path,
        forward_paths: vec!["csirt@demo.example".to_owned()],
        helo: String::new(),
        client: Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        tls: None,
        listener: "smtp".to_owned(),
        trusted_relay: false,
        received_at: "2024-03-05T01:11:09Z".parse().unwrap(),
    }
}

/// What `reading::read` says of a message without OpenPGP.
fn reading_without_openpgp(message: &Message) -> Reading {
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
    }
}

/// Reads every file of every manifest and names the slowest.
fn slowest(folder: &Path) {
    let mut times: Vec<(Duration, String)> = Vec::new();
    for manifest in ["a", "b", "c", "d", "e"] {
        for line in std::fs::read_to_string(folder.join(format!("manifest-{manifest}.tsv")))
            .unwrap()
            .lines()
            .skip(1)
        {
            let path = line.split('\t').next().unwrap().to_owned();
            let raw = std::fs::read(folder.join(&path)).unwrap();
            let started = Instant::now();
            let reading = reading_without_openpgp(&parse(&raw));
            classify(
                &envelope(ReversePath::Null),
                &reading,
                &TriagePolicy::default(),
            );
            times.push((started.elapsed(), path));
        }
    }
    let total: Duration = times.iter().map(|(time, _)| *time).sum();
    let worst = times.iter().max().unwrap();
    println!(
        "{} files read in {total:?}; slowest {:?} {}",
        times.len(),
        worst.0,
        worst.1
    );
}
