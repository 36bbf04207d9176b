//! The real binary, a real Postgres, real clients: what a user would notice.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "a failed step is a failed test, and a story is told from beginning to end"
)]

#[path = "../support/mod.rs"]
mod support;

#[path = "../delivery/authority.rs"]
#[expect(dead_code, reason = "the delivery tests use the rest")]
mod authority;
#[path = "../support/dkim.rs"]
mod dkim;
#[path = "../support/dns.rs"]
mod dns;
#[path = "../transport/hook.rs"]
mod hook;
#[path = "../support/jwt.rs"]
mod jwt;
#[path = "../delivery/web.rs"]
mod web;

mod acts;
mod agent;
mod amended;
mod analysts;
mod answers;
mod api;
mod attachments;
mod audited;
mod automatic;
mod backup;
mod browser;
mod canary;
mod canned;
mod claims;
mod clients;
mod console;
mod contacts;
mod corrected;
mod correspondents;
mod day;
mod desk;
mod doctor;
mod edge;
mod ended;
mod epochs;
mod exim;
mod exports;
mod fetch;
mod finding;
mod forged;
mod found;
mod gnupg;
mod hierarchy;
mod history;
mod hostile;
mod keyboard;
mod keys;
mod lifecycle;
mod linked;
mod loops;
mod mail;
mod many;
mod marked;
mod memory;
mod mta;
mod names;
mod oidc;
mod oidc_provider;
mod openpgp;
mod opensmtpd;
mod operations;
mod oracle;
mod organisations;
mod outages;
mod overdue;
mod partly;
mod path;
mod postfix;
mod programs;
mod provider;
mod queue;
mod quotes;
mod raised;
mod repeats;
mod replies;
mod retention;
mod retry;
mod roles;
mod scanners;
mod search;
mod seen;
mod sender;
mod signon;
mod smuggling;
mod submission;
mod tags;
mod threads;
mod together;
mod triage;
mod undone;
mod webhooks;
mod wrong_rules;
