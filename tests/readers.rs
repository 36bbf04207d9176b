//! A hostile message costs attempts of its own and not the daemon: readers that run out of memory, time or life.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed step is a failed test"
)]

#[path = "support/mod.rs"]
mod support;

#[path = "readers/confinement.rs"]
mod confinement;
#[path = "readers/hostile.rs"]
mod hostile;
#[path = "readers/limits.rs"]
mod limits;
#[path = "readers/post.rs"]
mod post;
