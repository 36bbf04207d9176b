//! What can't stand in the register: for whoever wrote it, in words that the console has in every language.

use std::fmt::{self, Display, Formatter};

/// What is wrong with an organisation, for whoever wrote it. Names what he wrote, made harmless.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{organisation}: {field}: {problem}")]
pub struct Unfit {
    /// What it is called, on one line.
    pub organisation: String,
    /// As it is called in files.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: Misfit,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Misfit {
    /// There must be one.
    Needed,
    /// A person without a name.
    Nameless,
    /// So many are more than so many.
    Many(usize, usize),
    /// So many octets are more than so many.
    Long(usize, usize),
    /// What a terminal obeys, or nobody sees (T66); as it is shown.
    Hidden(String),
    /// More than one line.
    Lines,
    /// No telephone number.
    Number(String),
    /// No mail address.
    Address(String),
    /// No domain.
    Domain(String),
    /// A domain with other letters than those of A-labels.
    Letters(String),
    /// Neither a network nor an address.
    Network(String),
    /// A person's address has no end.
    Form,
}

impl Display for Misfit {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Misfit::Needed => out.write_str("it needs one"),
            Misfit::Nameless => out.write_str("everybody needs a name"),
            Misfit::Many(count, most) => write!(out, "{count} are more than {most}"),
            Misfit::Long(octets, most) => write!(out, "{octets} octets are more than {most}"),
            Misfit::Hidden(shown) => write!(
                out,
                "control characters and hidden marks can't stand there: {shown}"
            ),
            Misfit::Lines => out.write_str("it must be one line"),
            Misfit::Number(text) => write!(out, "{text:?} is no telephone number"),
            Misfit::Address(text) => write!(out, "{text:?} is no mail address"),
            Misfit::Domain(text) => write!(out, "{text:?} is no domain"),
            Misfit::Letters(text) => write!(out, "{text:?}: write it with its A-labels (xn--…)"),
            Misfit::Network(text) => write!(
                out,
                "{text:?} is no network: write 192.0.2.0/24, 2001:db8::/32 or an address"
            ),
            Misfit::Form => out.write_str("write NAME <ADDRESS> NUMBER"),
        }
    }
}
