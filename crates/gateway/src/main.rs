//! The `pillarbox` binary: see the library for everything.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

/// What is freed is overwritten, so that a report that was handled leaves no copy in memory (T75).
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> std::process::ExitCode {
    pillarbox::cli::run()
}
