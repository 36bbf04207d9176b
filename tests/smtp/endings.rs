//! Where the data ends: every string over five letters, every cut, both protocols (T30).

use std::sync::Arc;

use intake::smtp::{Accepted, Channel, LineEnds, Phase, Protocol, Session, Step};

use crate::reference::{Data, reference};
use crate::transcript;

#[test]
fn data_ends_where_the_reference_says_for_all_strings_of_up_to_eight_of_five_letters() {
    all_strings(b"\r\n.a ", 8);
}

#[test]
fn data_ends_where_the_reference_says_with_nul_as_a_sixth_letter() {
    all_strings(b"\r\n.a \0", 6);
}

fn all_strings(alphabet: &[u8], longest: u32) {
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || {
                let starts = [Start::new(Protocol::Smtp), Start::new(Protocol::Lmtp)];
                for length in 0..=longest {
                    for number in
                        (0..alphabet.len().pow(length)).filter(|number| number % 2 == half)
                    {
                        let letter =
                            |place| alphabet[number / alphabet.len().pow(place) % alphabet.len()];
                        let data: Vec<u8> = (0..length).map(letter).chain(*b"\r\n.\r\n").collect();
                        let expected = reference(&data).unwrap();
                        starts
                            .iter()
                            .for_each(|start| start.check(&data, &expected));
                    }
                }
            });
        }
    });
}

/// Sessions right after `354`.
struct Start {
    keeps: Session,
    rejects: Session,
    answers: usize,
}

impl Start {
    fn new(protocol: Protocol) -> Self {
        Self {
            keeps: in_content(protocol, LineEnds::Keep),
            rejects: in_content(protocol, LineEnds::Reject),
            answers: match protocol {
                Protocol::Smtp => 1,
                Protocol::Lmtp => 2,
            },
        }
    }

    fn check(&self, data: &[u8], expected: &Data) {
        for cut in 0..data.len() {
            let pieces = [&data[..cut], &data[cut..]];
            let (accepted, content, end) = kept(self.keeps.clone(), &pieces);
            assert_eq!(
                (end, &content),
                (expected.end, &expected.content),
                "{data:?} cut at {cut}"
            );
            assert_eq!(
                accepted.bare_line_ends, expected.bare,
                "{data:?} cut at {cut}"
            );
        }
        let octets: Vec<&[u8]> = data.chunks(1).collect();
        let (accepted, content, end) = kept(self.keeps.clone(), &octets);
        assert_eq!(
            (end, &content),
            (expected.end, &expected.content),
            "{data:?} octet by octet"
        );
        assert_eq!(
            accepted.bare_line_ends, expected.bare,
            "{data:?} octet by octet"
        );
        for pieces in [&octets[..], &[data]] {
            let (step, end, answers) = judged(self.rejects.clone(), pieces);
            assert_eq!(end, expected.end, "{data:?}");
            assert_eq!(matches!(step, Step::Refused(_)), expected.bare, "{data:?}");
            assert_eq!(
                answers,
                if expected.bare { self.answers } else { 0 },
                "{data:?}"
            );
        }
    }
}

fn kept(mut session: Session, pieces: &[&[u8]]) -> (Accepted, Vec<u8>, usize) {
    let (mut content, mut end) = (Vec::new(), 0);
    for piece in pieces {
        let (consumed, step) = session.receive(piece, &mut content, &mut Vec::new());
        end += consumed;
        match step {
            Step::More => assert_eq!(consumed, piece.len()),
            Step::Message(accepted) => return (accepted, content, end),
            other => panic!("{other:?}"),
        }
    }
    panic!("no end in {pieces:?}");
}

fn judged(mut session: Session, pieces: &[&[u8]]) -> (Step, usize, usize) {
    let (mut end, mut out) = (0, Vec::new());
    for piece in pieces {
        let mut rest = *piece;
        while !rest.is_empty() {
            let (consumed, step) = session.receive(rest, &mut Vec::new(), &mut out);
            end += consumed;
            rest = &rest[consumed..];
            if !matches!(step, Step::More | Step::Discard) {
                let answers = out
                    .windows(11)
                    .filter(|line| *line == b"550 5.6.11 ")
                    .count();
                return (step, end, answers);
            }
        }
    }
    panic!("no end in {pieces:?}");
}

fn in_content(protocol: Protocol, line_ends: LineEnds) -> Session {
    let mut policy = transcript::policy();
    policy.protocol = protocol;
    policy.line_ends = line_ends;
    let hello = match protocol {
        Protocol::Smtp => "EHLO a\r\n",
        Protocol::Lmtp => "LHLO a\r\n",
    };
    let mut session = Session::new(Arc::new(policy), Channel::Clear);
    let start = format!(
        "{hello}MAIL FROM:<>\r\nRCPT TO:<abuse@csirt.example>\r\nRCPT TO:<csirt@csirt.example>\r\nDATA\r\n"
    );
    let (consumed, step) = session.receive(start.as_bytes(), &mut Vec::new(), &mut Vec::new());
    assert_eq!((consumed, step), (start.len(), Step::More));
    assert_eq!(session.phase(), Phase::Content);
    session
}
