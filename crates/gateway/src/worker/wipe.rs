//! What a step leaves on the stack: the allocator overwrites what is freed, and nobody does that for frames (T75).

use std::future::poll_fn;
use std::hint::black_box;
use std::pin::pin;

/// Octets below the frame of the caller; deeper than a step goes.
const DEPTH: usize = 128 * 1024;

/// Overwrites the stack below its caller.
#[inline(never)]
pub(super) fn wipe_stack() {
    black_box(&mut [0_u8; DEPTH]);
}

/// Runs a future, and wipes the stack whenever it pauses and when it ends, on whatever thread that is.
pub(super) async fn wiping<F: Future>(work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|context| {
        let polled = work.as_mut().poll(context);
        wipe_stack();
        polled
    })
    .await
}
