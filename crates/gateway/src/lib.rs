//! Moves bytes between sockets, DNS, keys, Postgres and people, and calls the others.

pub mod listener;
pub mod tls;
