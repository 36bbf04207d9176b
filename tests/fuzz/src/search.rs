//! What can be looked for, without what looks.

pub mod blocks;
pub mod condition;
mod unasked;
pub mod value;

pub use condition::Condition;
pub use unasked::Unasked;
