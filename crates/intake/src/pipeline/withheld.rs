//! The reasons for not answering, and their words.

/// Why a message is not acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withheld {
    /// The message is automatic, or must not be answered; the disposition names the rule.
    ByRule,
    /// It joined a ticket: only new tickets are acknowledged.
    Joined,
    /// Switched off.
    Disabled,
    /// Not exactly one From address, or the null reverse-path.
    NoAddress,
    /// From is an address of ours.
    OwnAddress,
    /// Nothing proves the sender: an answer could hit a bystander (T51).
    Unauthenticated,
    /// Mail to this address was refused for good, and nothing shows that it would not be again.
    Undeliverable,
    /// This address was answered often enough.
    AddressRate,
    /// This domain was answered often enough.
    DomainRate,
    /// Everybody together was answered often enough.
    GatewayRate,
}

impl Withheld {
    /// A stable word for logs, metrics and the queue.
    pub fn word(self) -> &'static str {
        match self {
            Withheld::ByRule => "by-rule",
            Withheld::Joined => "joined",
            Withheld::Disabled => "disabled",
            Withheld::NoAddress => "no-address",
            Withheld::OwnAddress => "own-address",
            Withheld::Unauthenticated => "unauthenticated",
            Withheld::Undeliverable => "undeliverable",
            Withheld::AddressRate => "address-rate",
            Withheld::DomainRate => "domain-rate",
            Withheld::GatewayRate => "gateway-rate",
        }
    }
}
