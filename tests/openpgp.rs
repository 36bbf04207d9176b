//! OpenPGP reading and writing, with keys made here. Cases are named after the mail.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "tests say what they expect"
)]

#[path = "openpgp/attacks.rs"]
mod attacks;
#[path = "openpgp/bursting.rs"]
mod bursting;
#[path = "openpgp/corpus.rs"]
mod corpus;
#[path = "openpgp/correspondents.rs"]
mod correspondents;
#[path = "openpgp/gnupg.rs"]
mod gnupg;
#[path = "openpgp/keys.rs"]
mod keys;
#[path = "openpgp/layers.rs"]
mod layers;
#[path = "openpgp/lifecycle.rs"]
mod lifecycle;
#[path = "openpgp/made.rs"]
mod made;
#[path = "openpgp/mangled.rs"]
mod mangled;
#[path = "openpgp/native.rs"]
mod native;
#[path = "openpgp/others.rs"]
mod others;
#[path = "openpgp/properties.rs"]
mod properties;
#[path = "openpgp/replays.rs"]
mod replays;
#[path = "openpgp/rfc9580.rs"]
mod rfc9580;
#[path = "openpgp/spoofs.rs"]
mod spoofs;
#[path = "openpgp/tampered.rs"]
mod tampered;
#[path = "openpgp/verdicts.rs"]
mod verdicts;
#[path = "openpgp/wrapping.rs"]
mod wrapping;
#[path = "openpgp/written.rs"]
mod written;
