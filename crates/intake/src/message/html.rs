//! HTML to text in one pass: no tree, no recursion, nothing fetched, nothing hidden that a reader could be shown.

mod tokens;

use mail_parser::decoders::html::add_html_token;

use super::MAX_TEXT;
use super::decode::truncate;
use tokens::{Cursor, Token, attribute, element};

/// Octets of a link that are kept.
const MAX_LINK: usize = 2_048;
/// Quotations within each other that are marked.
const MAX_QUOTE: usize = 3;

/// The text of an HTML document, at most [`MAX_TEXT`] octets.
///
/// Script, style and comments are dropped. A link is kept as `text <url>`; `br`, `p`, `tr` and other blocks become line
/// breaks, `td` becomes a tab, a list item begins with `- `, and lines of a `blockquote` with `> `, as in a plain answer (T8).
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
    let mut text = quoted(writer.text.trim_end(), &writer.quotes);
    truncate(&mut text, MAX_TEXT);
    text
}

/// The text with `> ` before each line that a quotation holds; `quotes` says where one begins (`true`) and ends.
fn quoted(text: &str, quotes: &[(usize, bool)]) -> String {
    if quotes.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut at) = (0_usize, 0_usize);
    let mut turns = quotes.iter().peekable();
    for line in text.split_inclusive('\n') {
        while let Some((_, opens)) = turns.next_if(|(turn, _)| *turn <= at) {
            depth = if *opens {
                depth.saturating_add(1)
            } else {
                depth.saturating_sub(1)
            };
        }
        if !line.trim().is_empty() {
            out.push_str(&"> ".repeat(depth.min(MAX_QUOTE)));
        }
        out.push_str(line);
        at = at.saturating_add(line.len());
    }
    out
}

#[derive(Default)]
struct Writer {
    text: String,
    /// Where quotations begin (`true`) and end.
    quotes: Vec<(usize, bool)>,
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
            "blockquote" => {
                self.paragraph();
                self.quotes.push((self.text.len(), true));
            }
            "/blockquote" => {
                self.paragraph();
                self.quotes.push((self.text.len(), false));
            }
            "p" | "/p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "/h1" | "/h2" | "/h3"
            | "/h4" | "/h5" | "/h6" | "table" | "/table" | "ul" | "/ul" | "ol" | "/ol" => {
                self.paragraph()
            }
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
                self.link =
                    attribute(tag, "href").map(|target| (decode_entities(target), self.text.len()));
            }
            "/a" => self.end_link(),
            "img" => {
                if let Some(alternative) = attribute(tag, "alt") {
                    self.text(alternative);
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

/// Entities decoded, control characters and angle brackets left out.
fn decode_entities(value: &str) -> String {
    let mut writer = Writer::default();
    writer.text(value.trim());
    writer
        .text
        .retain(|character| !character.is_control() && !"<>".contains(character));
    writer.text
}
