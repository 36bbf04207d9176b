//! What the fuzz targets check. What they check is compiled from its source (by symbolic links), without the rest of its
//! crate: so a run of the session begins within seconds, and those of OpenPGP reach what is private in it.

#![allow(
    dead_code,
    missing_docs,
    private_interfaces,
    reason = "what is tested is used in part, and private to its crate"
)]

#[cfg(feature = "console")]
pub mod console;
pub mod envelope;
#[cfg(feature = "extraction")]
pub mod extraction;
#[cfg(feature = "openpgp")]
pub mod message;
#[cfg(feature = "openpgp")]
pub mod openpgp;
#[cfg(feature = "openpgp")]
pub mod pgp;
#[cfg(feature = "console")]
pub mod query;
#[cfg(feature = "openpgp")]
pub mod reading;
pub mod reference;
#[cfg(feature = "console")]
pub mod search;
pub mod smtp;
#[cfg(feature = "console")]
pub mod tags;

use std::sync::{Arc, LazyLock};

use smtp::{
    Accounts, Channel, Limits, LineEnds, Naming, Phase, Policy, Protocol, Recipients, Refusal,
    Session, Step, Stored, TlsPolicy,
};

/// The first octet says under which policy, the second how the octets after it are cut.
pub fn session(input: &[u8]) {
    let [variant, cut, stream @ ..] = input else {
        return;
    };
    let whole = talk(*variant, stream, usize::MAX);
    let pieces = talk(*variant, stream, usize::from(*cut % 32) + 1);
    // STARTTLS drops what came in the same read with it, on purpose.
    if variant & 1 == 0 {
        assert_eq!(whole, pieces, "the same octets, cut otherwise");
    }
}

/// Against the definition: the first octet says how it is cut.
pub fn data(input: &[u8]) {
    let [cut, stream @ ..] = input else { return };
    let piece = usize::from(*cut % 32) + 1;
    let mut session = START.clone();
    let (mut content, mut out, mut end) = (Vec::new(), Vec::new(), 0);
    let mut accepted = None;
    for piece in stream.chunks(piece) {
        let (consumed, step) = session.receive(piece, &mut content, &mut out);
        end += consumed;
        match step {
            Step::More => assert_eq!(consumed, piece.len()),
            Step::Message(message) => {
                accepted = Some(message);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    let expected = reference::reference(stream);
    assert_eq!(accepted.is_some(), expected.is_some());
    if let (Some(accepted), Some(expected)) = (accepted, expected) {
        assert_eq!(end, expected.end);
        assert_eq!(content, expected.content);
        assert_eq!(accepted.bare_line_ends, expected.bare);
        assert_eq!(accepted.size, content.len() as u64);
    }
}

static POLICIES: LazyLock<Vec<Arc<Policy>>> = LazyLock::new(|| {
    (0..=u8::MAX)
        .map(|variant| Arc::new(policy(variant)))
        .collect()
});

static START: LazyLock<Session> = LazyLock::new(|| {
    let policy = Policy {
        line_ends: LineEnds::Keep,
        limits: Limits::default(),
        ..policy(0)
    };
    let mut session = Session::new(Arc::new(policy), Channel::Clear);
    let start = b"EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<abuse@a.example>\r\nDATA\r\n";
    session.receive(start, &mut Vec::new(), &mut Vec::new());
    assert_eq!(session.phase(), Phase::Content);
    session
});

fn policy(variant: u8) -> Policy {
    let is = |bit: u8| variant & bit != 0;
    Policy {
        protocol: if is(2) {
            Protocol::Lmtp
        } else {
            Protocol::Smtp
        },
        hostname: "mx.example".to_owned(),
        recipients: Recipients::new([], ["abuse", "postmaster"], ["a.example"]),
        tls: if is(1) {
            TlsPolicy::Offered
        } else {
            TlsPolicy::Off
        },
        line_ends: match (is(4), is(8)) {
            (false, _) => LineEnds::Reject,
            (true, false) => LineEnds::Keep,
            (true, true) => LineEnds::Normalize,
        },
        chunking: !is(16),
        accounts: match (is(32), is(64)) {
            (false, _) => Accounts::Off,
            (true, false) => Accounts::Offered,
            (true, true) => Accounts::Required,
        },
        limits: Limits {
            message_size: 40,
            recipients: 3,
            messages: is(128).then_some(3),
            errors: 8,
            junk: 8,
            hops: 2,
            ..Limits::default()
        },
    }
}

/// Everything that was said and handed out.
fn talk(variant: u8, stream: &[u8], piece: usize) -> Vec<u8> {
    let policy = &POLICIES[usize::from(variant)];
    let naming = Naming {
        xclient: variant & 64 != 0,
        xforward: variant & 128 != 0,
    };
    let channel = match policy.accounts {
        Accounts::Off => Channel::Clear,
        Accounts::Offered | Accounts::Required => Channel::Secured,
    };
    let mut session = Session::new(policy.clone(), channel).with_naming(naming);
    let mut peer = Peer::default();
    for piece in stream.chunks(piece.min(stream.len()).max(1)) {
        let mut rest = piece;
        while !rest.is_empty() {
            let (before, said) = (peer.content.len(), peer.out.len());
            let (consumed, step) = session.receive(rest, &mut peer.content, &mut peer.out);
            assert!(peer.content.len() <= before + 2 * consumed + 1);
            well_formed(&peer.out[said..]);
            rest = &rest[consumed..];
            assert!(consumed > 0 && (step != Step::More || rest.is_empty()));
            if !peer.take(&mut session, policy, step) {
                return peer.seen();
            }
        }
    }
    peer.seen()
}

#[derive(Default)]
struct Peer {
    content: Vec<u8>,
    out: Vec<u8>,
    messages: Vec<u8>,
    judgements: u8,
    named: u8,
}

impl Peer {
    /// Does what the listener does; whether it goes on.
    fn take(&mut self, session: &mut Session, policy: &Arc<Policy>, step: Step) -> bool {
        match step {
            Step::More => {}
            Step::Discard | Step::Refused(_) => self.content.clear(),
            Step::Message(accepted) => {
                assert!(!accepted.forward_paths.is_empty());
                assert_eq!(accepted.size, self.content.len() as u64);
                self.messages.append(&mut self.content);
                self.messages.push(u8::from(accepted.bare_line_ends));
                session.stored(Stored::Committed, "id", &mut self.out);
            }
            Step::Client(_) => {
                // The client that is named may name another one, and that one nobody.
                let naming = Naming {
                    xclient: self.named == 0,
                    xforward: self.named == 0,
                };
                self.named = 1;
                session.restart(policy.clone(), naming, &mut self.out);
            }
            Step::Authenticate(_) => {
                self.judgements = self.judgements.wrapping_add(1);
                match self.judgements % 4 {
                    1 => session.challenge("YQ==", &mut self.out),
                    2 => session.authenticated("a".to_owned(), &mut self.out),
                    _ => {
                        let step =
                            session.not_authenticated(Refusal::BadCredentials, &mut self.out);
                        return self.take(session, policy, step);
                    }
                }
            }
            Step::StartTls => {
                *session = Session::new(policy.clone(), Channel::Secured);
                assert!(self.content.is_empty(), "nothing said in clear is left");
            }
            Step::Close => {
                assert_eq!(session.phase(), Phase::Ended);
                return false;
            }
        }
        true
    }

    fn seen(mut self) -> Vec<u8> {
        self.out.append(&mut self.messages);
        self.out
    }
}

fn well_formed(replies: &[u8]) {
    assert!(replies.is_empty() || replies.ends_with(b"\r\n"));
    for line in replies.split_inclusive(|octet| *octet == b'\n') {
        assert!(line.len() <= 512 && line.is_ascii() && line.len() > 5);
        assert!(line[..3].iter().all(u8::is_ascii_digit) && matches!(line[3], b' ' | b'-'));
        assert!(
            line[..line.len() - 2]
                .iter()
                .all(|octet| !octet.is_ascii_control())
        );
    }
}
