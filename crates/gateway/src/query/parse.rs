//! Reads a query.

use super::Query;
use super::fault::{DEEPEST, Fault, LONGEST, MOST, Problem};
use super::term::Term;
use super::word::{bare, keyed};

/// Reads a query; everything when it is empty.
///
/// # Errors
/// The first [`Fault`].
pub fn parse(text: &str) -> Result<Query, Fault> {
    if text.len() > LONGEST {
        return Err(fault(0, 0, Problem::Much));
    }
    // The database has no text with NUL.
    let is_control = |(_, c): &(usize, char)| c.is_control() && !c.is_whitespace();
    if let Some((at, c)) = text.char_indices().find(is_control) {
        return Err(fault(at, c.len_utf8(), Problem::Control));
    }
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
        terms: 0,
    };
    reader.blanks();
    if reader.rest().is_empty() {
        return Ok(Query::default());
    }
    let query = reader.any()?;
    match reader.peek() {
        Some(')') => Err(fault(reader.at, 1, Problem::Unopened)),
        Some(_) | None => Ok(query),
    }
}

fn fault(at: usize, length: usize, problem: Problem) -> Fault {
    Fault {
        at,
        length,
        problem,
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    terms: usize,
}

/// Words that are no terms.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Joint {
    And,
    Or,
    Not,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, octets: usize) {
        self.at = self.at.saturating_add(octets);
    }

    fn blanks(&mut self) {
        self.skip(self.rest().len() - self.rest().trim_start().len());
    }

    /// The joint that stands here, and its length.
    fn joint(&self) -> Option<(Joint, usize)> {
        let end = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"');
        let word = self.rest().split(end).next()?;
        let joints = [
            ("and", Joint::And),
            ("or", Joint::Or),
            ("|", Joint::Or),
            ("not", Joint::Not),
        ];
        let mut joints = joints.iter();
        let (_, joint) = joints.find(|(name, _)| name.eq_ignore_ascii_case(word))?;
        Some((*joint, word.len()))
    }

    /// Alternatives.
    fn any(&mut self) -> Result<Query, Fault> {
        let mut parts = vec![self.all()?];
        while let Some((Joint::Or, length)) = self.joint() {
            self.skip(length);
            parts.push(self.all()?);
        }
        Ok(Query::any(parts))
    }

    /// What stands one beside the other, with the blanks behind it.
    fn all(&mut self) -> Result<Query, Fault> {
        let mut parts = Vec::new();
        let mut wants_more = true;
        loop {
            self.blanks();
            match (self.peek(), self.joint()) {
                (None | Some(')'), _) | (_, Some((Joint::Or, _))) => break,
                (_, Some((Joint::And, length))) => {
                    if wants_more {
                        return Err(fault(self.at, length, Problem::Missing));
                    }
                    self.skip(length);
                    wants_more = true;
                }
                (Some(_), Some((Joint::Not, _)) | None) => {
                    parts.push(self.one()?);
                    wants_more = false;
                }
            }
        }
        match wants_more {
            true => Err(fault(self.at, 0, Problem::Missing)),
            false => Ok(Query::all(parts)),
        }
    }

    /// More than is read: the character that stands here.
    fn much(&self) -> Fault {
        let length = self.peek().map_or(0, char::len_utf8);
        fault(self.at, length, Problem::Much)
    }

    /// A term, its denial, or what is in parentheses.
    fn one(&mut self) -> Result<Query, Fault> {
        let start = self.at;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.much());
        }
        let query = match (self.peek(), self.joint()) {
            (_, Some((Joint::Not, length))) => {
                self.skip(length);
                self.blanks();
                self.denied()?
            }
            (Some('-'), _) => {
                self.skip(1);
                self.denied()?
            }
            (Some('('), _) => {
                self.skip(1);
                let inner = self.any()?;
                if self.peek() != Some(')') {
                    return Err(fault(start, 1, Problem::Unclosed));
                }
                self.skip(1);
                inner
            }
            (Some(_) | None, _) => {
                self.terms += 1;
                if self.terms > MOST {
                    return Err(self.much());
                }
                Query::Term(self.term()?)
            }
        };
        self.depth -= 1;
        Ok(query)
    }

    fn denied(&mut self) -> Result<Query, Fault> {
        let is_end = |c: char| c.is_whitespace() || c == ')';
        match (self.peek(), self.joint()) {
            (Some(c), None | Some((Joint::Not, _))) if !is_end(c) => Ok(self.one()?.negated()),
            _ => Err(fault(self.at, 0, Problem::Missing)),
        }
    }

    /// Text in quotation marks, which stand here.
    fn quoted(&mut self) -> Result<String, Fault> {
        let start = self.at;
        let mut text = String::new();
        let mut chars = self.rest().char_indices().skip(1);
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.skip(at + 1);
                    return Ok(text);
                }
                '\\' => text.extend(chars.next().map(|(_, c)| c)),
                _ => text.push(c),
            }
        }
        Err(fault(start, 1, Problem::Quote))
    }

    /// What stands up to a blank, a quotation mark, or a parenthesis that was opened before it.
    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let mut open = 0_usize;
        let end = rest.char_indices().find(|(_, c)| {
            match c {
                '(' => open += 1,
                ')' if open > 0 => open -= 1,
                ')' | '"' => return true,
                _ => {}
            }
            c.is_whitespace()
        });
        let word = end.map_or(rest, |(end, _)| rest.get(..end).unwrap_or(rest));
        self.skip(word.len());
        word
    }

    fn term(&mut self) -> Result<Term, Fault> {
        let start = self.at;
        if self.peek() == Some('"') {
            let words = self.quoted()?.to_lowercase();
            return match words.trim().is_empty() {
                true => Err(fault(start, self.at - start, Problem::Missing)),
                false => Ok(Term::Words(words)),
            };
        }
        let word = self.word();
        let read = match word.strip_suffix(':') {
            Some(key) if self.peek() == Some('"') => {
                let value = self.quoted()?;
                keyed(key, &value)
            }
            Some(_) | None => bare(word),
        };
        read.map_err(|problem| fault(start, self.at - start, problem))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
