//! Sending to real SMTP and HTTPS servers on loopback, found by a DNS server of the test's own, with a real Postgres.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed step is a failed test"
)]

#[path = "delivery/authority.rs"]
mod authority;
#[path = "delivery/contacts.rs"]
mod contacts;
#[path = "delivery/dane.rs"]
mod dane;
#[path = "delivery/dkim.rs"]
mod dkim;
#[path = "support/dns.rs"]
mod dns;
#[path = "store/fixture.rs"]
#[expect(dead_code, reason = "the tests of the store use the rest")]
mod fixture;
#[path = "delivery/opportunistic.rs"]
mod opportunistic;
#[path = "delivery/peers.rs"]
mod peers;
#[path = "delivery/rig.rs"]
mod rig;
#[path = "delivery/routes.rs"]
mod routes;
#[path = "delivery/sink.rs"]
mod sink;
#[path = "delivery/smarthost.rs"]
mod smarthost;
#[path = "delivery/sts.rs"]
mod sts;
#[path = "support/mod.rs"]
mod support;
#[path = "delivery/web.rs"]
mod web;
