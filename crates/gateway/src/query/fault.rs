//! What is wrong with a query, and where.

use std::fmt::{self, Display, Formatter};

use crate::search::Unasked;
use crate::tags::TagFault;

/// Octets of a query.
pub const LONGEST: usize = 1_000;
/// Terms of a query, and how deep it may be nested.
pub(super) const MOST: usize = 40;
pub(super) const DEEPEST: usize = 20;

/// Words before a colon.
pub const KEYS: [&str; 13] = [
    "is", "status", "sig", "enc", "tlp", "type", "owner", "from", "org", "concerns", "obs", "text",
    "tag",
];

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct Fault {
    /// The first octet of it.
    pub at: usize,
    /// How many octets; 0 where something is missing.
    pub length: usize,
    /// What.
    pub problem: Problem,
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such word before a colon, and perhaps which one was meant.
    Key(String, Option<&'static str>),
    /// Nothing stands behind this word and its colon.
    NoValue(String),
    /// What stands behind this word is none of these words, and perhaps which one was meant.
    Choice(&'static str, Vec<&'static str>, Option<&'static str>),
    /// No kind of incident is called so, and perhaps which one was meant.
    Type(Option<&'static str>),
    /// Neither a tag nor a ticket's number.
    Tag(TagFault),
    /// Not an age.
    Age,
    /// Not a value that can be looked for.
    Value(Unasked),
    /// Not a ticket.
    Ticket(String),
    /// A port alone.
    Port,
    /// A quotation mark that ends nowhere.
    Quote,
    /// A parenthesis that ends nowhere.
    Unclosed,
    /// A parenthesis that begins nowhere.
    Unopened,
    /// Something is missing beside `or`, behind a minus, or between parentheses.
    Missing,
    /// A character that nobody can write.
    Control,
    /// Longer, with more terms, or nested deeper than is read.
    Much,
}

impl Display for Problem {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let near = |near: &Option<&str>| {
            near.map_or_else(String::new, |near| format!(" Did you mean {near}?"))
        };
        match self {
            Problem::Key(key, close) => write!(
                out,
                "Nothing is called {key:?} here.{} There are {}; what has a colon of its own goes into quotation marks.",
                near(close),
                KEYS.join(", ")
            ),
            Problem::NoValue(key) => write!(out, "Something is missing behind {key}:"),
            Problem::Choice(key, choices, close) => write!(
                out,
                "Behind {key}: stands one of {}.{}",
                choices.join(", "),
                near(close)
            ),
            Problem::Type(close) => write!(out, "No kind of incident is called so.{}", near(close)),
            Problem::Tag(why) => write!(out, "Behind tag: stands a word, or a ticket's number: {why}."),
            Problem::Age => out.write_str("An age is written as age>4h, age<2d, age>30m or age<3w."),
            Problem::Value(why) => why.fmt(out),
            Problem::Ticket(value) => write!(out, "{value:?} is no ticket: write 123 or the whole reference."),
            Problem::Port => out.write_str(
                "A port alone is not searched for: nearly every report has one. Name an address, a network or a domain.",
            ),
            Problem::Quote => out.write_str("This quotation mark has no other at the end."),
            Problem::Unclosed => out.write_str("This parenthesis is not closed."),
            Problem::Unopened => out.write_str("This parenthesis was never opened."),
            Problem::Missing => out.write_str("Something is missing here."),
            Problem::Control => out.write_str("This character can't be looked for."),
            Problem::Much => write!(
                out,
                "At most {LONGEST} octets, {MOST} terms and {DEEPEST} levels are read."
            ),
        }
    }
}
