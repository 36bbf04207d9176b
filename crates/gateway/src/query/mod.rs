//! The language in which tickets are asked for: `is:unclaimed tlp:amber (from:@bank.example or obs:192.0.2.0/24) -status:closed`.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`parse`](mod@parse) | reads it; says where it is wrong, and what to write instead |
//! | `word` | reads one word of it |
//! | [`fault`] | what is wrong, and where |
//! | [`print`] | writes it, so that it is read as the same |
//! | [`term`] | what stands between the blanks |
//! | `tree` | how it is put together |
//! | [`find`] | finds the tickets: what is in clear by SQL, values by the blind index |
//! | `sealed` | whether a ticket answers, where only what lists show of it tells: it is opened |
//!
//! Terms beside each other are all asked for, `or` stands between alternatives, `-` or `not` before what is not wanted, and
//! parentheses go around what belongs together.

pub mod fault;
pub(crate) mod find;
pub mod parse;
pub mod print;
mod sealed;
pub mod term;
mod tree;
mod word;

pub use fault::{Fault, Problem};
pub use parse::parse;
pub use term::{Age, Is, Signed, State, Term, Tlp};
pub use tree::Query;
