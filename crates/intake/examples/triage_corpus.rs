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

#[path = "../../../tests/triage/reading.rs"]
mod reading;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use intake::envelope::ReversePath;
use intake::message::{Message, header, parse};
use intake::triage::{Disposition, DispositionKind, TriagePolicy, classify};
use reading::{envelope, reading_of};

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
            let reading = reading_of(&raw);
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
            let reading = reading_of(&raw);
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
