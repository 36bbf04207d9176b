//! The content of a message: where it ends, dot-unstuffing (RFC 5321 section 4.5.2), and what is wrong with its octets.

use super::policy::{LineEnds, Policy};
use super::replies::Refusal;

/// A message on its way in.
#[derive(Clone)]
pub(super) struct Incoming {
    reader: ContentReader,
    hops: HopCounter,
    pub(super) size: u64,
    /// The caller can't take it.
    unwanted: Option<Refusal>,
    /// Octets are read and dropped, up to the true end of the data.
    pub(super) refused: bool,
}

impl Incoming {
    /// After `DATA`, or after the first `BDAT`.
    pub(super) fn new(framing: Framing) -> Self {
        Self {
            reader: ContentReader::new(framing),
            hops: HopCounter::new(),
            size: 0,
            unwanted: None,
            refused: false,
        }
    }

    /// Takes octets off the front of `input`; appends to `content` unless the message is refused.
    pub(super) fn read(
        &mut self,
        input: &mut &[u8],
        content: &mut Vec<u8>,
        policy: &Policy,
    ) -> Progress {
        let before = content.len();
        let bare_lf = match policy.line_ends {
            LineEnds::Normalize => BareLf::ToCrlf,
            LineEnds::Reject | LineEnds::Keep => BareLf::AsItIs,
        };
        let progress = self.reader.read(input, content, bare_lf);
        let (_, new) = content.split_at_checked(before).unwrap_or_default();
        self.size = self
            .size
            .saturating_add(u64::try_from(new.len()).unwrap_or(u64::MAX));
        self.hops.read(new);
        self.refused |= self.fault(policy).is_some();
        if self.refused {
            content.truncate(before);
        }
        progress
    }

    /// Refuses it, unless something worse is wrong with it.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        self.refused = true;
        self.unwanted.get_or_insert(refusal);
    }

    /// Why it is refused. Of several reasons always the same one, however the octets came.
    pub(super) fn verdict(&self, policy: &Policy) -> Option<Refusal> {
        self.fault(policy).or(self.unwanted)
    }

    /// The last chunk is complete. A CR that still waits for its LF is a bare one.
    pub(super) fn finish(&mut self) {
        self.reader.finish();
    }

    /// Whether octets were seen that a stricter policy refuses.
    pub(super) fn octets(&self) -> Octets {
        self.reader.octets
    }

    fn fault(&self, policy: &Policy) -> Option<Refusal> {
        if self.size > policy.limits.message_size {
            return Some(Refusal::TooLarge);
        }
        if self.hops.hops() > policy.limits.hops {
            return Some(Refusal::Loop);
        }
        match (self.reader.octets, policy.line_ends) {
            (Octets::Bare, LineEnds::Reject) => Some(Refusal::BadLineEnd),
            (Octets::Bare, LineEnds::Keep | LineEnds::Normalize) | (Octets::Clean, _) => None,
        }
    }
}

/// What says where the content ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// `DATA`: a dot on a line of its own; dots that begin a line are stuffed.
    Dots,
    /// `BDAT`: the peer counts octets, and a dot is a dot (RFC 3030 section 2).
    Counted,
}

/// What becomes of a bare LF.
#[derive(Clone, Copy, PartialEq, Eq)]
enum BareLf {
    AsItIs,
    ToCrlf,
}

/// Where the reader stands. Only `CRLF . CRLF` ends the data; the line of `DATA` itself counts as the first CRLF.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// After CRLF, or before the first octet; counted octets are never here.
    LineStart,
    /// Within a line.
    Text,
    /// After a CR within a line.
    Cr,
    /// After a dot that begins a line; the dot is not content, whatever follows.
    Dot,
    /// After a CR that follows such a dot.
    DotCr,
}

/// Whether the end was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    More,
    End,
}

/// Whether lines ended as they should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Octets {
    Clean,
    /// A bare CR, a bare LF or a NUL was seen.
    Bare,
}

/// Finds the end of the data and takes the stuffed dots out.
#[derive(Clone)]
struct ContentReader {
    framing: Framing,
    at: At,
    octets: Octets,
}

impl ContentReader {
    fn new(framing: Framing) -> Self {
        Self {
            framing,
            at: Self::line_start(framing),
            octets: Octets::Clean,
        }
    }

    /// Where a line begins, dots count only when nothing else says where the content ends.
    fn line_start(framing: Framing) -> At {
        match framing {
            Framing::Dots => At::LineStart,
            Framing::Counted => At::Text,
        }
    }

    fn finish(&mut self) {
        if self.at == At::Cr {
            self.octets = Octets::Bare;
        }
    }

    /// Takes octets off the front of `input` up to the end of the data, and appends those that are content to `out`:
    /// never more than one octet more than it took, or twice as many where a bare LF becomes CRLF.
    fn read(&mut self, input: &mut &[u8], out: &mut Vec<u8>, bare_lf: BareLf) -> Progress {
        while let Some((octet, rest)) = input.split_first() {
            if self.at == At::Text {
                // Most octets are plain text: copy them in one go.
                let plain = input
                    .iter()
                    .position(|octet| matches!(octet, b'\r' | b'\n' | 0));
                let (text, special) = input.split_at(plain.unwrap_or(input.len()));
                if !text.is_empty() {
                    out.extend_from_slice(text);
                    *input = special;
                    continue;
                }
            }
            *input = rest;
            if self.step(*octet, out, bare_lf) == Progress::End {
                return Progress::End;
            }
        }
        Progress::More
    }

    fn step(&mut self, octet: u8, out: &mut Vec<u8>, bare_lf: BareLf) -> Progress {
        match (self.at, octet) {
            (At::LineStart, b'.') => {
                self.at = At::Dot;
                return Progress::More;
            }
            (At::Dot, b'\r') => {
                self.at = At::DotCr;
                return Progress::More;
            }
            (At::DotCr, b'\n') => return Progress::End,
            (At::DotCr, _) => {
                // The CR that was held back is content, and a bare one.
                out.push(b'\r');
                self.octets = Octets::Bare;
            }
            (At::Cr, b'\n') => {
                out.push(b'\n');
                self.at = Self::line_start(self.framing);
                return Progress::More;
            }
            (At::LineStart | At::Text | At::Dot, b'\n') => {
                self.octets = Octets::Bare;
                if bare_lf == BareLf::ToCrlf {
                    out.push(b'\r');
                }
            }
            (At::Cr, _) | (_, 0) => self.octets = Octets::Bare,
            (At::LineStart | At::Text | At::Dot, _) => {}
        }
        out.push(octet);
        self.at = if octet == b'\r' { At::Cr } else { At::Text };
        Progress::More
    }
}

/// Counts `Received` fields while the header passes by (RFC 5321 section 6.3).
#[derive(Clone)]
struct HopCounter {
    scan: Scan,
    hops: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scan {
    /// So many octets of the line are those of the name; all of it, and white space, when the count is its length.
    Name(usize),
    /// A CR begins the line: with the LF it is the empty line that ends the header.
    EmptyLine,
    /// The rest of a line.
    Line,
    Body,
}

const RECEIVED: &[u8] = b"received";

impl HopCounter {
    fn new() -> Self {
        Self {
            scan: Scan::Name(0),
            hops: 0,
        }
    }

    fn hops(&self) -> u32 {
        self.hops
    }

    fn read(&mut self, content: &[u8]) {
        for octet in content {
            if self.scan == Scan::Body {
                return;
            }
            self.scan = self.next(*octet);
        }
    }

    fn next(&mut self, octet: u8) -> Scan {
        match (self.scan, octet) {
            (Scan::Body, _) | (Scan::EmptyLine | Scan::Name(0), b'\n') => Scan::Body,
            (Scan::Name(0), b'\r') => Scan::EmptyLine,
            (Scan::Name(_) | Scan::Line, b'\n') => Scan::Name(0),
            (Scan::Name(so_far), octet) => match RECEIVED.get(so_far) {
                Some(expected) if octet.eq_ignore_ascii_case(expected) => Scan::Name(so_far + 1),
                None if octet == b':' => {
                    self.hops = self.hops.saturating_add(1);
                    Scan::Line
                }
                None if matches!(octet, b' ' | b'\t') => self.scan,
                Some(_) | None => Scan::Line,
            },
            (Scan::Line | Scan::EmptyLine, _) => Scan::Line,
        }
    }
}
