//! HTML to text: one pass, no tree, nothing fetched.

use super::MAX_TEXT;
use super::decode::truncate;
/// To be filled in.
pub fn html_to_text(html: &str) -> String {
    let mut text = html.to_owned();
    truncate(&mut text, MAX_TEXT);
    text
}
