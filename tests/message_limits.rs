//! Hostile structure (threats.md T40): each case must come back quickly on the stack of an ordinary thread.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::time::{Duration, Instant};

use intake::message::{Content, Defect, MAX_DEPTH, MAX_PARTS, MAX_TEXT, Message, parse};

/// Parses and drops on a 2 MiB stack, as in a worker thread.
fn quickly(raw: Vec<u8>) -> (Vec<Defect>, usize) {
    let started = Instant::now();
    let worker = std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(move || {
            let message = parse(&raw);
            let counted = (message.defects.clone(), message.parts.len());
            drop(message);
            counted
        });
    let counted = worker.unwrap().join().unwrap();
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "took {:?}",
        started.elapsed()
    );
    counted
}

fn nested_multiparts(levels: usize) -> Vec<u8> {
    let mut raw = Vec::new();
    for level in 0..levels {
        raw.extend_from_slice(
            format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n")
                .as_bytes(),
        );
    }
    raw.extend_from_slice(b"\r\ninnermost\r\n");
    raw
}

#[test]
fn nested_messages_by_the_hundred_thousand() {
    let (defects, parts) = quickly(b"Content-Type: message/rfc822\r\n\r\n".repeat(300_000));
    assert_eq!(defects, [Defect::TooDeep, Defect::Truncated]);
    assert_eq!(parts, usize::from(MAX_DEPTH) + 1);
}

#[test]
fn nested_multiparts_by_the_hundred_thousand() {
    let (defects, parts) = quickly(nested_multiparts(100_000));
    assert_eq!(defects, [Defect::TooDeep, Defect::Truncated]);
    assert_eq!(parts, usize::from(MAX_DEPTH) + 1);
}

#[test]
fn depth_at_the_limit_is_read() {
    let message = parse(&nested_multiparts(usize::from(MAX_DEPTH)));
    assert_eq!(message.defects, []);
    assert_eq!(message.parts.last().unwrap().text(), Some("innermost\r\n"));
    let message = parse(&nested_multiparts(usize::from(MAX_DEPTH) + 1));
    assert_eq!(message.defects, [Defect::TooDeep]);
    assert!(
        message
            .parts
            .last()
            .unwrap()
            .text()
            .unwrap()
            .contains("innermost"),
        "what is deeper is kept raw"
    );
}

#[test]
fn parts_by_the_hundred_thousand() {
    let many = |count: usize| {
        let mut raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_vec();
        raw.extend(b"--b\r\n\r\nx\r\n".repeat(count));
        raw.extend_from_slice(b"--b--\r\n");
        raw
    };
    assert_eq!(quickly(many(MAX_PARTS - 1)), (vec![], MAX_PARTS));
    assert_eq!(
        quickly(many(MAX_PARTS)),
        (vec![Defect::TooManyParts], MAX_PARTS)
    );
    assert_eq!(
        quickly(many(300_000)),
        (vec![Defect::TooManyParts], MAX_PARTS)
    );
}

#[test]
fn wide_and_deep() {
    let mut inner = b"Content-Type: text/plain\r\n\r\nx\r\n".to_vec();
    for level in 0..12 {
        let mut outer =
            format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n").into_bytes();
        for _ in 0..3 {
            outer.extend_from_slice(format!("--b{level}\r\n").as_bytes());
            outer.extend_from_slice(&inner);
        }
        outer.extend_from_slice(format!("--b{level}--\r\n").as_bytes());
        inner = outer;
        if inner.len() > 5_000_000 {
            break;
        }
    }
    assert_eq!(quickly(inner).1, MAX_PARTS);
}

#[test]
fn header_floods() {
    let mut raw = b"X-A: b\r\n".repeat(1_000_000);
    raw.extend_from_slice(b"\r\nbody");
    let message = parse(&raw);
    assert_eq!(message.defects, [Defect::TooManyHeaders]);
    assert_eq!(message.parts[0].headers.len(), 1_000);
    assert_eq!(
        message.parts[0].text(),
        Some("body"),
        "the body is found behind the flood"
    );

    let mut raw = b"Subject: ".to_vec();
    raw.extend(b"=?utf-8?q?a?= ".repeat(1_000_000));
    quickly(raw);
    for value in [
        &b"=?"[..],
        b"=?a?q?",
        b"=?utf-8?b?AAAA",
        b"a*1=b;",
        b"\"",
        b"(",
        b"a@b,",
        b":",
        b"<",
        b"=",
    ] {
        for name in [
            "Subject",
            "Content-Type: a/b; x",
            "From",
            "Content-Type",
            "Content-Disposition",
        ] {
            let mut raw = format!("{name}: ").into_bytes();
            raw.extend(value.repeat(120_000 / value.len()));
            quickly(raw);
        }
    }
}

#[test]
fn text_is_cut_at_the_limit() {
    let mut raw = b"Content-Type: text/plain; charset=iso-8859-1\r\n\r\n".to_vec();
    raw.extend(std::iter::repeat_n(0xE9_u8, MAX_TEXT + 10));
    let message: Message = parse(&raw);
    assert_eq!(message.defects, [Defect::Truncated]);
    let Content::Text(text) = &message.parts[0].content else {
        unreachable!()
    };
    assert_eq!(text.len(), MAX_TEXT);
}

#[test]
fn nothing_and_next_to_nothing() {
    for raw in [
        &b""[..],
        b"\n",
        b"\r\n\r\n",
        b":",
        b"--",
        b"From x\n",
        b"\0",
        b"a",
        b"Content-Type: multipart/mixed\n\n--",
        b"\xff\xfe",
    ] {
        let message = parse(raw);
        assert_eq!(message.parts.len(), 1, "{raw:?}");
    }
}
