//! Times: their forms, their zones, and what is assumed when one is missing.

pub(crate) mod clock;
pub(crate) mod dates;
pub(crate) mod days;
pub(crate) mod epoch;
pub(crate) mod loose;
mod military;
pub(crate) mod moment;
pub(crate) mod order;
pub(crate) mod place;
pub(crate) mod relative;
pub(crate) mod report;
pub(crate) mod statement;
pub(crate) mod time;
pub(crate) mod zone;
