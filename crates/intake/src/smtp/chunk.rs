//! The arguments of `BDAT` (RFC 3030 section 2).

/// A chunk that is announced, or on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) announced: u64,
    /// Octets still to come.
    pub(super) left: u64,
    pub(super) last: bool,
}

/// Reads `chunk-size [SP LAST]`; `None` when it is anything else.
pub(super) fn parse(arguments: &str) -> Option<Chunk> {
    let mut words = arguments.split_ascii_whitespace();
    let size = words.next()?;
    let last = match words.next() {
        None => false,
        Some(word) if word.eq_ignore_ascii_case("LAST") => true,
        Some(_) => return None,
    };
    // `parse` would take a sign. A number that doesn't fit is as absurd as the largest that does.
    if words.next().is_some() || !size.bytes().all(|octet| octet.is_ascii_digit()) {
        return None;
    }
    let announced = size.parse().unwrap_or(u64::MAX);
    Some(Chunk {
        announced,
        left: announced,
        last,
    })
}
