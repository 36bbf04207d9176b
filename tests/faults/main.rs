//! Everything fails while mail comes in: the daemon is killed, Postgres is killed. What got `250` is a ticket, once.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a failed step is a failed test"
)]

#[path = "../support/mod.rs"]
mod support;

mod account;
mod chance;
mod daemon;
mod ledger;
mod postgres;
mod time;
