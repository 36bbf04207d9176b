//! The end of data by its definition; the fuzz targets read this file, too.

/// What the data is.
#[derive(Debug, PartialEq, Eq)]
pub struct Data {
    pub content: Vec<u8>,
    /// Octets up to and with the end.
    pub end: usize,
    /// It has a bare CR, a bare LF or a NUL.
    pub bare: bool,
}

/// The definition, as slowly as it can be written: the data ends at the first `.` CRLF that stands at the beginning or
/// after CRLF; of every other line that begins with a dot, the dot is not content.
pub fn reference(data: &[u8]) -> Option<Data> {
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
    Some(Data {
        content,
        end: end + 3,
        bare,
    })
}
