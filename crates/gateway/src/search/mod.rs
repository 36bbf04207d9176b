//! Search over sealed values: which are kept of a message, in which cells of the index they are, and how they are found again.
//!
//! | module | what it does |
//! | --- | --- |
//! | [`value`] | a searchable value, as it is sealed |
//! | [`files`] | which files of a message are searchable |
//! | [`blocks`] | networks and ranges of addresses |
//! | [`place`] | under which paths of the index a value stands, and where to look for a condition |
//! | [`condition`] | what is asked, read from a command line, and whether a value answers it |
//! | [`partition`] | how fine the index of a month is |
//! | [`rows`] | the rows of the index that a message has |
//! | [`rebuild`] | indexes a month anew |
//! | [`find`] | asks the index, opens what comes, keeps what is true: a page at a time, the newest first |
//! | [`before`] | which other tickets have the same values |
//! | `sharing` | which messages have these values, the newest months first |
//! | `ask` | which cells of the index are asked for, and which rows there are hits |
//! | `open` | opens hits on all cores |
//! | `unasked` | why something can't be looked for |
//! | `answers` | which values of a message answer what was asked |

mod answers;
mod ask;
pub mod before;
pub mod blocks;
pub mod condition;
pub mod files;
pub mod find;
mod open;
pub mod partition;
pub mod place;
pub mod rebuild;
pub mod rows;
mod sharing;
mod unasked;
pub mod value;

pub use before::{Before, Subject};
pub use condition::Condition;
pub use find::{Answer, Effort, Found, Page, Search};
pub use partition::{Months, Partitions};
pub use unasked::Unasked;
pub use value::{Kind, Value};
