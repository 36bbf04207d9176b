//! Turns bytes and known facts into a decision about one report.
//!
//! # Code map, in the order in which a message meets it
//!
//! | module | what it does | may use |
//! | --- | --- | --- |
//! | [`envelope`] | the SMTP envelope and what the listener saw of the peer | – |
//! | [`smtp`] | the SMTP and LMTP session as a state machine without a socket | `envelope` |
//! | [`message`] | bytes to headers and parts, within limits | – |
//! | [`openpgp`] | peels encryption and signatures, judges them; signs and encrypts what we send | `message` |
//! | [`reading`] | what was understood of one message: the result of `read` | `message`, `openpgp` |
//! | [`authentication`] | results of SPF, DKIM, DMARC and ARC, and our own MTA's word on them | `envelope`, `message`, `reading` |
//! | [`texts`] | which parts extraction reads, and as what; who wrote which lines | `message`, `reading` |
//! | [`triage`] | what is this, and may it be answered | `envelope`, `reading` |
//! | [`thread`] | ticket references, foreign references, entitlement | `envelope`, `reading` |
//! | [`answer`] | composes the acknowledgement; is never given the text of the report | `message`, `thread` |
//! | [`hop`] | what our own relay wrote about the TLS of the hop before it | `message` |
//! | [`tlsrpt`] | SMTP TLS reports: reads those of others, writes ours | `message` |
//! | [`pipeline`] | `read` and `decide`: the only module that calls the stages | all |
//!
//! # Invariants
//!
//! * No IO, no clock (the caller passes `now`), no hash-map order: the same input gives the same outcome.
//! * `read` and `decide` return for every input: a message that can't be parsed or decrypted is still a report.
//! * The raw bytes are never changed; what was understood is stored beside them.

pub mod answer;
pub mod authentication;
pub mod envelope;
pub mod hop;
pub mod message;
pub mod openpgp;
pub mod pipeline;
pub mod reading;
pub mod smtp;
pub mod texts;
pub mod thread;
pub mod tlsrpt;
pub mod triage;
