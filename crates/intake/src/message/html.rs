//! HTML to text in one pass: no tree, no recursion, nothing fetched, nothing hidden that a reader could be shown.

use mail_parser::decoders::html::add_html_token;

use super::MAX_TEXT;
use super::decode::truncate;

/// Octets of a link that are kept.
const MAX_LINK: usize = 2_048;
/// Octets of one tag that are looked at.
const MAX_TAG: usize = 16 * 1024;

/// The text of an HTML document, at most [`MAX_TEXT`] octets.
///
/// Script, style and comments are dropped. A link is kept as `text <url>`; `br`, `p`, `tr` and other blocks become line
/// breaks, `td` becomes a tab, a list item begins with `- `.
pub fn html_to_text(html: &str) -> String {
    let mut writer = Writer::default();
    let mut cursor = Cursor {
        rest: html,
        unclosed: Vec::new(),
    };
    while !cursor.rest.is_empty() && writer.text.len() <= MAX_TEXT {
        match cursor.next() {
            Token::Text(text) => writer.text(text),
            Token::Tag(tag) => writer.tag(tag),
            Token::Nothing => {}
        }
    }
    let mut text = writer.text.trim_end().to_owned();
    truncate(&mut text, MAX_TEXT);
    text
}

enum Token<'a> {
    Text(&'a str),
    /// What stands between `<` and `>`.
    Tag(&'a str),
    Nothing,
}

struct Cursor<'a> {
    rest: &'a str,
    /// Ends that were looked for in vain, so that no end is looked for twice: the pass stays linear.
    unclosed: Vec<&'static str>,
}

impl<'a> Cursor<'a> {
    fn next(&mut self) -> Token<'a> {
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
fn element(tag: &str) -> String {
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

#[derive(Default)]
struct Writer {
    text: String,
    /// A blank is due before the next word.
    blank: bool,
    preformatted: bool,
    /// The target of the open link and where its text began.
    link: Option<(String, usize)>,
}

impl Writer {
    fn tag(&mut self, tag: &str) {
        match element(tag).as_str() {
            "br" | "hr" => self.line_break(),
            "p" | "/p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "/h1" | "/h2" | "/h3"
            | "/h4" | "/h5" | "/h6" | "blockquote" | "/blockquote" | "table" | "/table" | "ul"
            | "/ul" | "ol" | "/ol" => self.paragraph(),
            "pre" | "/pre" => {
                self.paragraph();
                self.preformatted = !tag.starts_with('/');
            }
            "div" | "/div" | "tr" | "/tr" | "section" | "article" | "header" | "footer" | "dt"
            | "dd" | "body" | "/li" => self.new_line(),
            "li" => {
                self.new_line();
                self.text.push_str("- ");
            }
            "td" | "th" => self.cell(),
            "a" => {
                self.end_link();
                self.flush_blank();
                self.link = attribute(tag, "href").map(|target| (target, self.text.len()));
            }
            "/a" => self.end_link(),
            "img" => {
                if let Some(alternative) = attribute(tag, "alt") {
                    self.text(&alternative);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(start) = rest.find('&') {
            let (before, entity) = rest.split_at(start);
            self.words(before);
            rest = self.entity(entity);
        }
        self.words(rest);
    }

    /// Writes the character that an entity at the start of `text` stands for; returns what follows it.
    fn entity<'a>(&mut self, text: &'a str) -> &'a str {
        let end = text
            .bytes()
            .take(34)
            .position(|octet| octet == b';')
            .map(|end| end.saturating_add(1));
        let Some((entity, rest)) = end.and_then(|end| text.split_at_checked(end)) else {
            self.words("&");
            return text.strip_prefix('&').unwrap_or_default();
        };
        let mut decoded = String::new();
        add_html_token(&mut decoded, entity.as_bytes(), false);
        self.words(&decoded.replace('\u{a0}', " "));
        rest
    }

    fn words(&mut self, text: &str) {
        if self.preformatted {
            self.flush_blank();
            self.text.push_str(&text.replace('\r', ""));
            return;
        }
        let blank = |character: char| character.is_whitespace() || character.is_control();
        self.blank |= text.starts_with(blank);
        for word in text.split(blank).filter(|word| !word.is_empty()) {
            self.flush_blank();
            self.text.push_str(word);
            self.blank = true;
        }
        self.blank = self.blank && (text.ends_with(blank) || text.is_empty());
    }

    fn flush_blank(&mut self) {
        if std::mem::take(&mut self.blank)
            && !self.text.is_empty()
            && !self.text.ends_with(char::is_whitespace)
        {
            self.text.push(' ');
        }
    }

    fn line_break(&mut self) {
        self.blank = false;
        self.text.push('\n');
    }

    fn new_line(&mut self) {
        self.blank = false;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn paragraph(&mut self) {
        self.new_line();
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn cell(&mut self) {
        self.blank = false;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\t');
        }
    }

    /// A link whose text is its target is written once.
    fn end_link(&mut self) {
        let Some((target, start)) = self.link.take() else {
            return;
        };
        let shown = self.text.get(start..).unwrap_or_default().trim();
        let bare = target.strip_prefix("mailto:").unwrap_or(&target);
        let useful = !bare.is_empty()
            && !bare.starts_with('#')
            && shown.trim_end_matches('/') != bare.trim_end_matches('/');
        if useful {
            let separator = if shown.is_empty() || self.text.ends_with(char::is_whitespace) {
                ""
            } else {
                " "
            };
            let mut target = target;
            truncate(&mut target, MAX_LINK);
            self.text.push_str(separator);
            self.text.push('<');
            self.text.push_str(&target);
            self.text.push('>');
            self.blank = false;
        }
    }
}

/// The value of an attribute, entities decoded, control characters and angle brackets left out.
fn attribute(tag: &str, name: &str) -> Option<String> {
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
            return Some(decode_entities(value));
        }
        rest = remaining;
    }
}

fn decode_entities(value: &str) -> String {
    let mut writer = Writer::default();
    writer.text(value.trim());
    writer
        .text
        .retain(|character| !character.is_control() && !"<>".contains(character));
    writer.text
}
