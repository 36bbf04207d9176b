//! The language in which tickets are asked for, without what asks the database.

pub mod fault;
pub mod parse;
pub mod print;
pub mod term;
mod tree;
mod word;

pub use parse::parse;
pub use term::Term;
pub use tree::Query;
