//! The real binary, a real Postgres, real clients: what a user would notice.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a failed step is a failed test"
)]

#[path = "../support/mod.rs"]
mod support;

mod automatic;
mod canary;
mod clients;
mod edge;
mod gnupg;
mod mail;
mod mta;
mod openpgp;
mod operations;
mod outages;
mod path;
mod postfix;
mod roles;
mod search;
mod submission;
mod threads;
mod triage;
