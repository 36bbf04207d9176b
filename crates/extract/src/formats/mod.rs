//! One grammar a file: what machines and forms write, read by its own rules.

pub(crate) mod arf;
mod cell;
pub(crate) mod column;
pub(crate) mod flat;
pub(crate) mod form;
pub(crate) mod iodef;
pub(crate) mod iodef_json;
pub(crate) mod json;
mod keyed;
pub(crate) mod keys;
pub(crate) mod logs;
pub(crate) mod marks;
pub(crate) mod misp;
pub(crate) mod name;
mod open;
pub(crate) mod port;
pub(crate) mod program;
pub(crate) mod received;
mod rules;
mod stamp;
pub(crate) mod stix;
pub(crate) mod table;
mod title;
pub(crate) mod xarf;
pub(crate) mod xml;
