//! What can be looked for, without what looks.

pub mod blocks;
pub mod condition;
pub mod value;

pub use condition::Condition;
