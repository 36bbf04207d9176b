//! The SMTP and LMTP session as a state machine without a socket (RFC 5321, 2033, 1870, 2034, 2920, 3030, 3207, 4954,
//! 6152, 6531, 9422; Postfix' XCLIENT and XFORWARD).
//!
//! Octets of the peer go in, octets for the peer and [`Step`]s come out. What the session may not do is the point:
//!
//! * It never says `250` to a message by itself: after [`Step::Message`] it waits for [`Session::stored`].
//! * Nothing is relayed: a recipient is one of ours ([`Recipients`]) or refused.
//! * A command ends in CRLF and content in CRLF `.` CRLF, and in nothing else.
//! * Nothing that came before `STARTTLS` counts after it.
//! * It believes nobody about others unless its caller says so ([`Naming`]), and judges no password itself.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `session` | states, octets to steps; `session/commands`: what each command does in each state |
//! | `step` | what passes between a session and its caller |
//! | `session/content`, `session/auth`, `session/naming` | content by `DATA` and `BDAT`; accounts; `XCLIENT`, `XFORWARD` |
//! | `command` | one command line to a typed command; the only file that names `smtp-proto` |
//! | `chunk`, `origin` | the arguments of `BDAT`; of `XCLIENT` and `XFORWARD` |
//! | `line` | octets to command lines |
//! | `content` | the end of data, dot-unstuffing, what is wrong with the octets, hops |
//! | `policy` | what a listener takes, and limits |
//! | `replies` | every answer: code, enhanced code and text |

mod chunk;
mod command;
mod content;
mod line;
mod origin;
mod policy;
mod replies;
mod session;
mod step;

pub use origin::{Named, Origin};
pub use policy::{Accounts, Limits, LineEnds, Naming, Policy, Protocol, Recipients, TlsPolicy};
pub use replies::{Refusal, write_refusal};
pub use session::Session;
pub use step::{Accepted, Authenticate, Base64, Channel, Mechanism, Phase, Room, Step, Stored};
