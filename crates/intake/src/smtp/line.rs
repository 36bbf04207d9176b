//! Octets to command lines, within a limit.

use zeroize::Zeroizing;

use super::replies::Refusal;

/// Collects the octets of one line, however they come. Lines may hold passwords, so they are wiped.
#[derive(Clone, Default)]
pub(super) struct LineReader {
    line: Zeroizing<Vec<u8>>,
    state: State,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum State {
    #[default]
    Collecting,
    /// The limit was passed: octets are dropped up to the LF.
    Skipping,
}

impl LineReader {
    /// Takes octets off the front of `input` up to the end of the line: `None` when the end has not come yet. A line is
    /// returned without its CRLF, or as the reason for which it can't be a command.
    pub(super) fn read(
        &mut self,
        input: &mut &[u8],
        limit: usize,
    ) -> Option<Result<Zeroizing<String>, Refusal>> {
        let end = input.iter().position(|octet| *octet == b'\n');
        let (taken, rest) = input.split_at(end.map_or(input.len(), |at| at + 1));
        *input = rest;
        if self.line.len() + taken.len() > limit {
            self.state = State::Skipping;
            self.line.clear();
        }
        match self.state {
            State::Collecting => self.line.extend_from_slice(taken),
            State::Skipping => {}
        }
        end.map(|_| self.finish())
    }

    fn finish(&mut self) -> Result<Zeroizing<String>, Refusal> {
        let line = std::mem::take(&mut self.line);
        match std::mem::take(&mut self.state) {
            State::Collecting => whole_line(line),
            State::Skipping => Err(Refusal::LineTooLong),
        }
    }
}

/// CRLF ends a command (RFC 5321 section 2.3.8); a bare LF would let two servers see different commands. Control
/// characters are refused because parsers skip some of them.
fn whole_line(mut line: Zeroizing<Vec<u8>>) -> Result<Zeroizing<String>, Refusal> {
    let Some(length) = line.strip_suffix(b"\r\n").map(<[u8]>::len) else {
        return Err(Refusal::MalformedLine);
    };
    line.truncate(length);
    let line = String::from_utf8(std::mem::take(&mut *line))
        .map(Zeroizing::new)
        .map_err(|_| Refusal::MalformedLine)?;
    match line
        .chars()
        .any(|character| character.is_control() && character != '\t')
    {
        true => Err(Refusal::MalformedLine),
        false => Ok(line),
    }
}
