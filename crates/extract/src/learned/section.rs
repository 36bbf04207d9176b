//! The paragraph around an address: how it begins, and what stands above it.

use super::token::{Mark, Token, hash};

/// Words of a paragraph's first sentence that count.
const HEAD: usize = 12;
/// Tokens of a line above a paragraph that make it a heading.
const HEADING: usize = 10;

/// What a paragraph begins with, and what stands above it: meanings in order.
#[derive(Default)]
pub(super) struct Section {
    /// The first sentence of the paragraph.
    pub(super) head: Vec<u32>,
    /// The last sentence before the paragraph, where it leads on to it: a heading, or one that ends in a colon.
    pub(super) above: Vec<u32>,
}

impl Section {
    /// The paragraph of the token that begins at `at` in the tokens of the whole text.
    pub(super) fn of(tokens: &[Token], at: usize) -> Self {
        let own = tokens.partition_point(|token| token.at < at);
        let gap = |token: &Token| token.mark == Mark::Gap;
        let before = tokens.get(..own).unwrap_or_default();
        let start = before.iter().rposition(gap).map_or(0, |gap| gap + 1);
        let ends = |token: &&Token| !matches!(token.mark, Mark::Stop | Mark::Gap);
        let paragraph = before.get(start..).unwrap_or_default();
        let whole = tokens.get(start..).unwrap_or_default();
        let head = words(whole.iter().take_while(ends), HEAD);
        let above = before.get(..start.saturating_sub(1)).unwrap_or_default();
        let line = above.iter().rev().take_while(ends).count();
        let line = above.get(above.len() - line..).unwrap_or_default();
        let colon = line
            .last()
            .is_some_and(|last| last.full == hash(":".bytes(), 0));
        let leads = colon || line.len() <= HEADING && paragraph.len() < 400;
        Self {
            head,
            above: match leads {
                true => words(line.iter(), HEAD),
                false => Vec::new(),
            },
        }
    }
}

fn words<'t>(tokens: impl Iterator<Item = &'t Token>, most: usize) -> Vec<u32> {
    let word = |token: &&Token| !matches!(token.mark, Mark::Pause | Mark::Address);
    tokens.filter(word).take(most).map(Token::meaning).collect()
}
