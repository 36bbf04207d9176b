//! Which files of a message are searchable.

use intake::reading::{PartFacts, ReadPart};

use super::value::{Kind, Value};

/// Files of a message whose digests are searchable.
const MOST_FILES: usize = 50;
/// Octets of a file whose digest is.
const SHORTEST_FILE: u64 = 64;

/// The digests of the files that came with a message, by which the same file is found in others. Left out are pictures, keys and
/// signatures, which some people send with every mail, and what is too short to be anybody's.
pub fn of_files(parts: &[ReadPart], octets: &[PartFacts]) -> Vec<Value> {
    let is_file = |facts: &&PartFacts| {
        let mut parts = parts.iter();
        parts.any(|part| part.attachment && part.id == facts.part)
    };
    let says_much = |facts: &&PartFacts| {
        let kind = facts.detected.as_str();
        facts.size >= SHORTEST_FILE
            && !kind.starts_with("image/")
            && !kind.starts_with("application/pgp-")
    };
    let files = octets.iter().filter(is_file).filter(says_much);
    let digests = files.map(|facts| Value::new(Kind::Hash, &facts.digest()));
    digests.take(MOST_FILES).collect()
}
