//! Frames on the pipe: four octets of length, least significant first, then postcard.

use serde::Serialize;
use zeroize::Zeroizing;

/// Larger frames are a fault: a message of 25 MiB with its decoded text stays well below.
const LARGEST: u32 = 256 << 20;

/// One frame, length included; `None` when it would be larger than the limit.
pub(super) fn encode<T: Serialize>(value: &T) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(postcard::to_extend(value, vec![0; 4]).ok()?);
    let length = u32::try_from(bytes.len().checked_sub(4)?)
        .ok()
        .filter(|length| *length <= LARGEST)?;
    bytes.get_mut(..4)?.copy_from_slice(&length.to_le_bytes());
    Some(bytes)
}

/// The length of the frame that follows.
pub(super) fn length(prefix: [u8; 4]) -> Option<usize> {
    let length = u32::from_le_bytes(prefix);
    usize::try_from(length).ok().filter(|_| length <= LARGEST)
}
