//! Why something can't be looked for, and what to write instead.

/// Why what was written is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unasked {
    /// Nothing is written.
    #[error("nothing to search for")]
    Nothing,
    /// It is not what its kind says: the value, and the kind.
    #[error("{0:?} is no {1}")]
    NoSuch(String, &'static str),
    /// An address with a port: host and port.
    #[error("for an address with a port write: {0} port:{1}")]
    Port(String, String),
    /// There is no such kind: the word before the colon, the kinds that there are, and all of it.
    #[error(
        "{word:?} is no kind of value; there are {kinds} and ref. Another team's reference with a colon is written ref:{plain}"
    )]
    Kind {
        /// The word before the colon.
        word: String,
        /// Those that there are.
        kinds: String,
        /// All of it.
        plain: String,
    },
    /// A part of an address: the network that is meant.
    #[error("for all addresses of a network write: {0}")]
    Network(String),
    /// An asterisk.
    #[error(
        "there are no wildcards: a domain stands for all below it, a network is written 192.0.2.0/24"
    )]
    Wildcard,
}
