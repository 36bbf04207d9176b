//! The sentence around an address.

use super::token::{Mark, Token, hash};

/// Tokens of the sentence before, and of the one behind, that count.
const EARLIER: usize = 16;
const LATER: usize = 12;

/// The sentence around an address, nearest tokens first, and the sentences before and behind.
pub(super) struct Around {
    pub(super) left: Vec<Token>,
    pub(super) right: Vec<Token>,
    pub(super) earlier: Vec<Token>,
    pub(super) later: Vec<Token>,
    /// Whether a blank line parts it from the sentence before.
    pub(super) apart: bool,
}

impl Around {
    pub(super) fn new(left: &[Token], right: &[Token]) -> Self {
        let ends = |token: &Token| matches!(token.mark, Mark::Stop | Mark::Gap);
        let colon = hash(":".bytes(), 0);
        let mut rest = left.iter().rev().copied().peekable();
        let mut own = Vec::new();
        let mut gap = false;
        while let Some(token) = rest.next() {
            // What a heading says goes on behind a blank line.
            let heads = token.mark == Mark::Gap && rest.peek().is_some_and(|t| t.full == colon);
            if ends(&token) && !heads {
                gap = token.mark == Mark::Gap;
                break;
            }
            own.push(token);
        }
        let earlier = rest
            .skip_while(ends)
            .take_while(|token| !ends(token))
            .take(EARLIER)
            .collect();
        let mut rest = right.iter().copied();
        let mut ended = None;
        let mut own_right = Vec::new();
        for token in rest.by_ref() {
            if ends(&token) {
                ended = Some(token.mark);
                break;
            }
            own_right.push(token);
        }
        let later = match ended {
            Some(Mark::Stop) => rest.take_while(|token| !ends(token)).take(LATER).collect(),
            _ => Vec::new(),
        };
        Self {
            left: own,
            right: own_right,
            earlier,
            later,
            apart: gap,
        }
    }
}
