//! Cuts HTML into text and tags.

/// Octets of one tag that are looked at.
const MAX_TAG: usize = 16 * 1024;

pub(super) enum Token<'a> {
    Text(&'a str),
    /// What stands between `<` and `>`.
    Tag(&'a str),
    Nothing,
}

pub(super) struct Cursor<'a> {
    pub(super) rest: &'a str,
    /// Ends that were looked for in vain, so that no end is looked for twice: the pass stays linear.
    pub(super) unclosed: Vec<&'static str>,
}

impl<'a> Cursor<'a> {
    pub(super) fn next(&mut self) -> Token<'a> {
        let Some(markup) = self.rest.strip_prefix('<') else {
            let end = self.rest.find('<').unwrap_or(self.rest.len());
            let (text, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Token::Text(text);
        };
        if markup.starts_with("!--") && self.skip_past("-->") {
            return Token::Nothing;
        }
        let named =
            markup.starts_with(|first: char| first.is_ascii_alphabetic() || "/!?".contains(first));
        let Some((tag, rest)) = split_tag(markup).filter(|_| named) else {
            self.rest = markup;
            return Token::Text("<");
        };
        self.rest = rest;
        match element(tag).as_str() {
            "script" => self.skip_past("</script"),
            "style" => self.skip_past("</style"),
            "title" => self.skip_past("</title"),
            _ => false,
        };
        Token::Tag(tag)
    }

    /// Skips past `end`, in any case; `false` when it does not come: then nothing is skipped, nothing hidden.
    fn skip_past(&mut self, end: &'static str) -> bool {
        if self.unclosed.contains(&end) {
            return false;
        }
        let found = self
            .rest
            .as_bytes()
            .windows(end.len())
            .position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
        let after = found.and_then(|position| self.rest.get(position.saturating_add(end.len())..));
        match after {
            Some(after) => self.rest = after.strip_prefix('>').unwrap_or(after),
            None => self.unclosed.push(end),
        }
        after.is_some()
    }
}

/// What stands before the `>` that ends the tag, and what follows it. One inside quotes does not end it, a `<` outside them
/// does: the tag was never closed. `None` when there is no end within [`MAX_TAG`].
fn split_tag(markup: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut unquoted_end = None;
    for (position, octet) in markup.bytes().enumerate().take(MAX_TAG) {
        let ends = matches!(octet, b'>' | b'<');
        if ends && quote.is_none() {
            return cut(markup, position);
        }
        unquoted_end = unquoted_end.or(ends.then_some(position));
        quote = match quote {
            None if matches!(octet, b'"' | b'\'') => Some(octet),
            Some(open) if open == octet => None,
            unchanged => unchanged,
        };
    }
    cut(markup, unquoted_end?)
}

fn cut(markup: &str, position: usize) -> Option<(&str, &str)> {
    let (tag, rest) = markup.split_at_checked(position)?;
    Some((tag, rest.strip_prefix('>').unwrap_or(rest)))
}

/// The lower-case name, with the slash of an end tag.
pub(super) fn element(tag: &str) -> String {
    let name = tag.strip_prefix('/').unwrap_or(tag);
    let end = name
        .find(|character: char| !character.is_ascii_alphanumeric())
        .unwrap_or(name.len());
    let name = name
        .get(..end.min(16))
        .unwrap_or_default()
        .to_ascii_lowercase();
    if tag.starts_with('/') {
        format!("/{name}")
    } else {
        name
    }
}

/// The value of an attribute as written.
pub(super) fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    loop {
        let equals = rest.find('=')?;
        let (before, after) = rest.split_at(equals);
        let found = before
            .trim_end()
            .rsplit(|c: char| c.is_whitespace() || "/\"'".contains(c))
            .next()?
            .eq_ignore_ascii_case(name);
        let after = after.strip_prefix('=')?.trim_start();
        let (value, remaining) = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after.strip_prefix(quote)?.split_once(quote)?,
            _ => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        if found {
            return Some(value);
        }
        rest = remaining;
    }
}
