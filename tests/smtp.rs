//! The SMTP and LMTP session: conversations, the end of data, random walks.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

#[path = "smtp/endings.rs"]
mod endings;
#[path = "smtp/model.rs"]
mod model;
#[path = "smtp/reference.rs"]
mod reference;
#[path = "smtp/transcript.rs"]
mod transcript;

use std::path::PathBuf;

use intake::smtp::Recipients;
use proptest::prelude::*;
use transcript::{Driver, Settings, Transcript};

fn transcripts() -> Vec<PathBuf> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts");
    let entries = std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.extension().is_some_and(|ext| ext == "txt"))
        .collect();
    files.sort();
    files
}

#[test]
fn conversations_go_as_written_however_they_are_cut() {
    let files = transcripts();
    assert!(files.len() >= 150, "{} transcripts", files.len());
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy();
        let transcript = Transcript::parse(&text);
        if std::env::var_os("REWRITE_TRANSCRIPTS").is_some() {
            std::fs::write(&path, transcript.rewrite()).unwrap();
            continue;
        }
        check(
            &transcript,
            &format!("{name}, whole"),
            |driver, segment, _| driver.feed(segment),
        );
        check(
            &transcript,
            &format!("{name}, octet by octet"),
            |driver, segment, _| {
                segment.iter().for_each(|octet| driver.feed(&[*octet]));
            },
        );
        for (at, segment) in transcript.segments.iter().enumerate() {
            for cut in 0..segment.len() {
                check(
                    &transcript,
                    &format!("{name}, segment {at} cut at {cut}"),
                    |driver, segment, index| {
                        let (before, after) = segment.split_at(if index == at { cut } else { 0 });
                        driver.feed(before);
                        driver.feed(after);
                    },
                );
            }
        }
    }
}

fn check(transcript: &Transcript, how: &str, feed: impl Fn(&mut Driver, &[u8], usize)) {
    let mut driver = Driver::new(&transcript.settings);
    for (index, segment) in transcript.segments.iter().enumerate() {
        driver.next_segment();
        feed(&mut driver, segment, index);
    }
    assert!(
        driver.events == transcript.expected,
        "{how}: {:#?}",
        driver.events
    );
}

const PIECES: [&str; 42] = [
    "EHLO a\r\n",
    "LHLO a\r\n",
    "HELO a\r\n",
    "MAIL FROM:<a@b.example>\r\n",
    "MAIL FROM:<> SIZE=100 BODY=8BITMIME\r\n",
    "MAIL FROM:<x\r\n",
    "RCPT TO:<abuse@csirt.example>\r\n",
    "RCPT TO:<abuse+x@other.example>\r\n",
    "RCPT TO:<no@no>\r\n",
    "DATA\r\n",
    "DATA\r\n",
    "Received: x\r\n",
    "\r\n",
    ".\r\n",
    "\r\n.\r\n",
    "..\r\n",
    ".",
    "\r",
    "\n",
    "\0",
    "text\r\n",
    "RSET\r\n",
    "NOOP\r\n",
    "VRFY x\r\n",
    "AUTH PLAIN AAAA\r\n",
    "BDAT 3 LAST\r\n",
    "QUIT\r\n",
    "\u{fc}",
    "\u{ff}\r\n",
    "RCPT TO:<postmaster>\r\n",
    "BDAT 0\r\n",
    "BDAT 5\r\n",
    "BDAT 2 LAST\r\n",
    "BDAT 0 LAST\r\n",
    "BDAT 40\r\n",
    "BDAT x\r\n",
    "AUTH SCRAM-SHA-256\r\n",
    "AUTH PLAIN =\r\n",
    "*\r\n",
    "XCLIENT ADDR=192.0.2.1 LOGIN=x\r\n",
    "XFORWARD IDENT=x HELO=y\r\n",
    "STARTTLS\r\n",
];

/// Under which walks are made. `STARTTLS` drops what came with it, so its answer depends on cuts: never offered here.
const POLICIES: [&str; 8] = [
    "! tls=off",
    "! tls=off protocol=lmtp",
    "! tls=off line_ends=keep",
    "! tls=off line_ends=normalize chunking=off",
    "! tls=off protocol=lmtp line_ends=normalize xclient=trusted xforward=trusted",
    "! tls=off channel=secured accounts=offered auth=challenge: auth=bad auth=challenge:YQ== auth=ok:bob",
    "! tls=off channel=secured accounts=required xclient=trusted xforward=trusted messages=3",
    "! tls=off size=30 recipients=2",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_walks_end_well_and_do_not_depend_on_cuts(
        walk in prop::collection::vec(0..PIECES.len(), 0..60),
        noise in prop::collection::vec(any::<u8>(), 0..20),
        cuts in prop::collection::vec(1..40_usize, 1..40),
        policy in 0..8_usize,
    ) {
        let mut input: Vec<u8> = walk.iter().flat_map(|piece| PIECES[*piece].bytes()).collect();
        input.extend(noise);
        let settings = Transcript::parse(POLICIES[policy]).settings;
        let whole = walked(&settings, &input, &mut std::iter::repeat(usize::MAX));
        let pieces = walked(&settings, &input, &mut cuts.iter().copied().cycle());
        prop_assert_eq!(&whole, &pieces);
        for event in whole.iter().filter_map(|event| event.strip_prefix("S: ")) {
            let code: u16 = event[..3].parse().unwrap();
            prop_assert!((211..=555).contains(&code) && matches!(&event[3..4], " " | "-"), "{}", event);
        }
    }
}

fn walked(
    settings: &Settings,
    mut input: &[u8],
    cuts: &mut dyn Iterator<Item = usize>,
) -> Vec<String> {
    let mut driver = Driver::new(settings);
    while !input.is_empty() {
        let (now, later) = input.split_at(cuts.next().unwrap().min(input.len()));
        driver.feed(now);
        input = later;
    }
    driver.events
}

#[test]
fn only_our_recipients_are_taken() {
    let ours = Recipients::new(["Team@A.example"], ["abuse"], ["a.example", "B.example"]);
    for yes in [
        "team@a.example",
        "TEAM@A.EXAMPLE",
        "team+token@a.example",
        "abuse@a.example",
        "Abuse+x+y@b.EXAMPLE",
        "abuse+@a.example",
    ] {
        assert!(ours.accepts(yes), "{yes}");
    }
    for no in [
        "team@b.example",
        "abuse@c.example",
        "abuse@a.example.",
        "+abuse@a.example",
        "@a.example",
        "abuse",
        "abuse@",
        "",
        "abuse@sub.a.example",
        "abuse%a.example@c.example",
        "c.example!abuse@c.example",
        "x abuse@a.example",
    ] {
        assert!(!ours.accepts(no), "{no}");
    }
}
