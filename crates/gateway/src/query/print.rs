//! Writes a query so that it is read as the same.

use std::fmt::{self, Display, Formatter};

use super::term::{Age, Is, Signed, State, Term, Tlp, Unit, word};
use super::{Query, parse};

impl Display for Query {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Query::Term(term) => term.fmt(out),
            Query::Not(inner) => match inner.as_ref() {
                Query::All(_) | Query::Any(_) => write!(out, "-({inner})"),
                Query::Term(_) | Query::Not(_) => write!(out, "-{inner}"),
            },
            Query::All(parts) => {
                for (number, part) in parts.iter().enumerate() {
                    let blank = if number > 0 { " " } else { "" };
                    match part {
                        Query::Any(_) => write!(out, "{blank}({part})")?,
                        Query::Term(_) | Query::Not(_) | Query::All(_) => {
                            write!(out, "{blank}{part}")?;
                        }
                    }
                }
                Ok(())
            }
            Query::Any(parts) => {
                for (number, part) in parts.iter().enumerate() {
                    let or = if number > 0 { " or " } else { "" };
                    write!(out, "{or}{part}")?;
                }
                Ok(())
            }
        }
    }
}

impl Display for Term {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Term::Is(is) => write!(out, "is:{}", word(&Is::ALL, *is)),
            Term::Status(state) => write!(out, "status:{}", word(&State::ALL, *state)),
            Term::Signature(signed) => write!(out, "sig:{}", word(&Signed::ALL, *signed)),
            Term::Encrypted(true) => out.write_str("enc:yes"),
            Term::Encrypted(false) => out.write_str("enc:no"),
            Term::Age(age) => age.fmt(out),
            Term::Owner(name) => write!(out, "owner:{}", quoted(name)),
            Term::Number(number) => number.fmt(out),
            Term::Tag(word) => write!(out, "tag:{}", quoted(word)),
            Term::Organisation(name) => write!(out, "org:{}", quoted(name)),
            Term::Concerns(name) => write!(out, "concerns:{}", quoted(name)),
            Term::Tlp(tlp) => write!(out, "tlp:{}", word(&Tlp::ALL, *tlp)),
            Term::Type(kind) => write!(out, "type:{}", quoted(kind)),
            Term::From(sender) => write!(out, "from:{}", quoted(sender)),
            Term::Value(value) => write!(out, "obs:{}", quoted(value)),
            // What would be read as something else without them, or with what stands behind it, has quotation marks.
            Term::Words(words) => match parse(words) {
                Ok(Query::Term(Term::Words(read))) if read == *words => {
                    out.write_str(&quoted(words))
                }
                Ok(_) | Err(_) => out.write_str(&in_quotes(words)),
            },
        }
    }
}

impl Display for Age {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let sign = if self.older { '>' } else { '<' };
        let unit = Unit::ALL.iter().find(|(unit, ..)| *unit == self.unit);
        let letter = unit.map_or('m', |(_, letter, _)| *letter);
        write!(out, "age{sign}{}{letter}", self.count)
    }
}

/// A value, in quotation marks when it needs them.
fn quoted(value: &str) -> String {
    let is_plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\\' | '(' | ')');
    match !value.is_empty() && value.chars().all(is_plain) {
        true => value.to_owned(),
        false => in_quotes(value),
    }
}

fn in_quotes(value: &str) -> String {
    format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
}
