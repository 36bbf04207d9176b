//! Armour as every OpenPGP program writes it, taken off in one go: Sequoia's reader, which looks for armour in any text, costs
//! as much for a short message as a tenth of a private-key operation.
//!
//! What is not exactly so is left to that reader, so nothing here decides what armour is: whatever this takes, it reads alike.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Labels of what is read, as [`dearmored`](super::armor::dearmored) takes them.
const LABELS: [&[u8]; 2] = [b"MESSAGE", b"SIGNATURE"];
/// Octets of a line of data; RFC 9580 section 6 allows 76.
const LONGEST: usize = 76;

/// The octets inside a text that is nothing but one block: header fields in printable ASCII, an empty line, lines of data of
/// one length but for the last, perhaps a checksum, the same line end everywhere. `None`: perhaps armour all the same.
///
/// The checksum doesn't count, right or wrong (RFC 9580 section 6.1).
pub(super) fn dearmored(input: &[u8]) -> Option<Vec<u8>> {
    let label = *LABELS.iter().find(|label| {
        let rest = input.strip_prefix(b"-----BEGIN PGP ");
        rest.is_some_and(|rest| rest.starts_with(label))
    })?;
    let (begin, mut rest) = line(input)?;
    let end = match begin.ends_with(b"\r") {
        true => b"\r\n".as_slice(),
        false => b"\n".as_slice(),
    };
    framing(begin.trim_ascii_end(), b"-----BEGIN PGP ", label)?;
    loop {
        let (field, after) = line(rest)?;
        rest = after;
        match bare(field, end)? {
            b"" => break,
            field if is_field(field) => {}
            _ => return None,
        }
    }
    let (above, last) = last_line(rest.trim_ascii_end())?;
    framing(last, b"-----END PGP ", label)?;
    let data = match last_line(above.strip_suffix(end)?)? {
        (data, [b'=', checksum @ ..]) => {
            STANDARD
                .decode(checksum)
                .ok()
                .filter(|sum| sum.len() == 3)?;
            data
        }
        (_, _) => above,
    };
    decoded(data, end)
}

/// The line is the label in its frame.
fn framing(line: &[u8], before: &[u8], label: &[u8]) -> Option<()> {
    let inside = line.strip_prefix(before)?.strip_suffix(b"-----")?;
    (inside == label).then_some(())
}

/// The first line without its line feed, and what follows.
fn line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b'\n', text)?;
    let (line, rest) = text.split_at_checked(at)?;
    Some((line, rest.strip_prefix(b"\n")?))
}

/// What is above the last line, and that line.
fn last_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memrchr(b'\n', text)?;
    text.split_at_checked(at.checked_add(1)?)
}

/// A line without the rest of its end, whose line feed is gone.
fn bare<'a>(line: &'a [u8], end: &[u8]) -> Option<&'a [u8]> {
    line.strip_suffix(end.strip_suffix(b"\n")?)
}

/// `Name: value`
fn is_field(line: &[u8]) -> bool {
    let printable = line.iter().all(|octet| matches!(octet, b' '..=b'~'));
    let mut sides = line.splitn(2, |octet| *octet == b':');
    let name = sides.next().unwrap_or_default();
    let value = sides.next().and_then(|value| value.strip_prefix(b" "));
    let named = |octet: &u8| octet.is_ascii_alphabetic() || *octet == b'-';
    printable
        && !name.is_empty()
        && name.iter().all(named)
        && value.is_some_and(|value| !value.is_empty() && value.trim_ascii() == value)
}

/// Lines of data; the decoder takes its own alphabet only, and padding at the end only.
fn decoded(data: &[u8], end: &[u8]) -> Option<Vec<u8>> {
    let width = line(data)?.0.len().checked_add(1)?;
    if width > LONGEST.checked_add(end.len())? {
        return None;
    }
    let mut joined = Vec::with_capacity(data.len());
    for line in data.chunks(width) {
        joined.extend_from_slice(line.strip_suffix(end)?);
    }
    let octets = STANDARD.decode(&joined).ok()?;
    (!octets.is_empty()).then_some(octets)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use std::io::Write;

    use proptest::prelude::*;
    use sequoia_openpgp::armor::{Kind, Writer};

    use super::super::armor::tolerant;
    use super::dearmored;

    fn armoured(octets: &[u8], kind: Kind, fields: &[(&str, &str)]) -> String {
        let mut writer = Writer::with_headers(Vec::new(), kind, fields.iter().copied()).unwrap();
        writer.write_all(octets).unwrap();
        String::from_utf8(writer.finalize().unwrap()).unwrap()
    }

    /// As Sequoia writes it, at most with what GnuPG and mail do to it.
    fn blocks() -> impl Strategy<Value = (Vec<u8>, String)> {
        let fields = [
            ("Version", "GnuPG v2"),
            ("Comment", "a=3D: b"),
            ("Hash-X", "x"),
        ];
        let octets = prop::collection::vec(any::<u8>(), 49..400);
        let ends = prop::sample::select(vec!["\n", "\r\n"]);
        let below = prop::sample::select(vec!["", "\r\n", " \n\n"]);
        (
            octets,
            any::<bool>(),
            0..=fields.len(),
            ends,
            below,
            any::<bool>(),
        )
            .prop_map(move |(octets, message, count, end, below, checksum)| {
                let kind = if message {
                    Kind::Message
                } else {
                    Kind::Signature
                };
                let fields = fields.get(..count).unwrap();
                let block = armoured(&octets, kind, fields);
                let is_kept = |line: &&str| checksum || !(line.starts_with('=') && line.len() == 5);
                let lines: Vec<&str> = block.lines().filter(is_kept).collect();
                (octets, lines.join(end) + below)
            })
    }

    /// What stands for the damage that mail does, one at a place.
    fn damage() -> impl Strategy<Value = Vec<(prop::sample::Index, &'static str, usize)>> {
        let what = [
            "",
            "=",
            "==",
            "\n",
            "\r",
            "\r\n",
            " ",
            "\t",
            "=3D",
            "=\n",
            "A",
            "-",
            ": ",
            "> ",
            "\u{a0}",
            "\0",
            "=abcd\n",
            "\n\n",
            "-----END PGP MESSAGE-----\n",
            "-----BEGIN PGP MESSAGE-----\n",
        ];
        let one = (
            any::<prop::sample::Index>(),
            prop::sample::select(what.to_vec()),
            0_usize..3,
        );
        prop::collection::vec(one, 1..3)
    }

    proptest! {
        #[test]
        fn clean_armour_is_taken_off_here((octets, block) in blocks()) {
            prop_assert_eq!(dearmored(block.as_bytes()), Some(octets.clone()));
            prop_assert_eq!(tolerant(block.as_bytes()), Some(octets));
        }

        #[test]
        fn what_is_taken_is_read_alike((_, block) in blocks(), damage in damage()) {
            let mut text = block.into_bytes();
            for (place, what, gone) in damage {
                let at = place.index(text.len());
                let to = text.len().min(at + gone);
                text.splice(at..to, what.bytes());
            }
            if let Some(octets) = dearmored(&text) {
                prop_assert_eq!(tolerant(&text), Some(octets), "{:?}", String::from_utf8_lossy(&text));
            }
        }
    }

    #[test]
    fn a_wrong_checksum_does_not_count_and_a_mutilated_one_is_not_ours() {
        let octets = [0xC1; 60];
        let block = armoured(&octets, Kind::Message, &[]);
        let (data, end) = block.rsplit_once("\n=").unwrap();
        let end = end.split_once('\n').unwrap().1;
        let with = |sum: &str| format!("{data}\n{sum}\n{end}").into_bytes();
        assert_eq!(dearmored(&with("=AAAA")), Some(octets.to_vec()));
        for odd in ["=AAA", "=AAA=", "=AAAAA", "= AAA", "AAAA="] {
            assert_eq!(dearmored(&with(odd)), None, "{odd}");
        }
    }

    #[test]
    fn anything_unusual_is_left_to_the_other_reader() {
        let block = armoured(&[0xC1; 100], Kind::Message, &[("Version", "1")]);
        assert!(dearmored(block.as_bytes()).is_some());
        for odd in [
            format!("\n{block}"),
            format!("{block}x"),
            block.replace("Version: 1", "Version:"),
            block.replace("Version: 1", "Version: \u{e9}"),
            block.replace("Version: 1\n\n", "Version: 1\n"),
            block.replace("BEGIN PGP MESSAGE", "BEGIN PGP SIGNATURE"),
            block.replace("PGP MESSAGE", "PGP PUBLIC KEY BLOCK"),
            block.replacen('\n', "\r\n", 1),
            block.replace("\n", " \n"),
        ] {
            assert_eq!(dearmored(odd.as_bytes()), None, "{odd}");
        }
    }
}
