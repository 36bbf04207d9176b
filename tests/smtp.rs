//! The SMTP and LMTP session: conversations, the end of data, random walks.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

#[path = "smtp/transcript.rs"]
mod transcript;

use std::path::PathBuf;
use std::sync::Arc;

use intake::smtp::{Channel, LineEnds, Phase, Recipients, Session, Step};
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

/// The definition, as slowly as it can be written: the data ends at the first `.` CRLF that stands at the beginning or
/// after CRLF; of every other line that begins with a dot, the dot is not content.
fn reference(data: &[u8]) -> Option<(Vec<u8>, usize, bool)> {
    let starts_line = |at: usize| at == 0 || data[..at].ends_with(b"\r\n");
    let end = (0..data.len()).find(|at| starts_line(*at) && data[*at..].starts_with(b".\r\n"))?;
    let mut content = Vec::new();
    let mut bare = false;
    for at in 0..end {
        let (before, octet, after) = (at.checked_sub(1).map(|at| data[at]), data[at], data[at + 1]);
        bare |= match octet {
            b'\r' => after != b'\n',
            b'\n' => before != Some(b'\r'),
            other => other == 0,
        };
        if octet != b'.' || !starts_line(at) {
            content.push(octet);
        }
    }
    Some((content, end + 3, bare))
}

#[test]
fn data_ends_where_the_reference_says() {
    const ALPHABET: &[u8] = b"\r\n.a ";
    for length in 0..=7_u32 {
        for number in 0..5_usize.pow(length) {
            let digits = (0..length).map(|place| ALPHABET[number / 5_usize.pow(place) % 5]);
            let data: Vec<u8> = digits.chain(*b"\r\n.\r\n").collect();
            same_end(&data, data.len());
            if length < 6 {
                same_end(&data, 1);
            }
        }
    }
}

fn same_end(data: &[u8], piece: usize) {
    let (content, end, bare) = reference(data).unwrap();
    for line_ends in [LineEnds::Keep, LineEnds::Reject] {
        let (mut session, mut out, mut taken) = (in_content(line_ends), Vec::new(), Vec::new());
        let mut position = 0;
        let step = loop {
            let to = data.len().min(position + piece);
            let (consumed, step) = session.receive(&data[position..to], &mut taken, &mut out);
            position += consumed;
            // The first Discard says that no more content is wanted; the answer comes with the end.
            if !(step == Step::More || step == Step::Discard) {
                break step;
            }
        };
        assert_eq!(position, end, "{data:?}");
        match step {
            Step::Message(accepted) => {
                assert_eq!(
                    (&taken, accepted.bare_line_ends),
                    (&content, bare),
                    "{data:?}"
                );
                assert!(!bare || line_ends == LineEnds::Keep, "{data:?}");
            }
            Step::Refused(_) => assert!(bare && out.starts_with(b"550 5.6.11 "), "{data:?}"),
            other => panic!("{other:?}: {data:?}"),
        }
    }
}

fn in_content(line_ends: LineEnds) -> Session {
    let mut policy = transcript::policy();
    policy.line_ends = line_ends;
    let mut session = Session::new(Arc::new(policy), Channel::Clear);
    let start = b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<abuse@csirt.example>\r\nDATA\r\n";
    assert_eq!(
        session.receive(start, &mut Vec::new(), &mut Vec::new()),
        (start.len(), Step::More)
    );
    assert_eq!(session.phase(), Phase::Content);
    session
}

const PIECES: [&str; 30] = [
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
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn random_walks_end_well_and_do_not_depend_on_cuts(
        walk in prop::collection::vec(0..PIECES.len(), 0..60),
        noise in prop::collection::vec(any::<u8>(), 0..20),
        cuts in prop::collection::vec(1..40_usize, 1..40),
        lmtp in any::<bool>(),
    ) {
        let mut input: Vec<u8> = walk.iter().flat_map(|piece| PIECES[*piece].bytes()).collect();
        input.extend(noise);
        let settings = if lmtp { Transcript::parse("! protocol=lmtp").settings } else { Transcript::parse("").settings };
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
