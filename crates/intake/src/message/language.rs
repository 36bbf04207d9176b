//! The language of a text.
/// To be filled in.
pub fn language(_text: &str) -> Option<String> {
    None
}
