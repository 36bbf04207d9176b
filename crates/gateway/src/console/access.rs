//! Who may do what: the one place where roles are asked.

/// What an analyst is trusted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub(crate) enum Role {
    /// Reads queue and tickets.
    Reader,
    /// Also acts on tickets, writes letters, and takes messages out as they came.
    Analyst,
    /// Also sends a letter in clear where that is refused to others, and takes letters of others back, lowers markings, and keeps the register of contacts.
    Lead,
    /// Also reads what everybody did and read.
    Admin,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// Queue, tickets, search.
    Read,
    /// A message as it came, which may be hostile; what was extracted, for others.
    TakeOut,
    /// Whatever changes a ticket, or leaves from it.
    Act,
    /// A letter in clear on a ticket that forbids it.
    SendInClear,
    /// A letter that somebody else wrote is taken back.
    TakeBackOthers,
    /// The marking that an analyst said is lowered.
    LowerMarking,
    /// The register of contacts is changed: whom others call to compare a fingerprint.
    Register,
    /// What everybody did and read.
    Audit,
}

impl Role {
    /// As it is stored.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Role::Reader => "reader",
            Role::Analyst => "analyst",
            Role::Lead => "lead",
            Role::Admin => "admin",
        }
    }

    /// Of a stored word; `None` for one that a newer program wrote.
    pub(super) fn of(word: &str) -> Option<Role> {
        let roles = [Role::Reader, Role::Analyst, Role::Lead, Role::Admin];
        roles.into_iter().find(|role| role.word() == word)
    }

    /// Whether it may do this.
    pub(super) fn may(self, right: Right) -> bool {
        match right {
            Right::Read => true,
            Right::TakeOut | Right::Act => self >= Role::Analyst,
            Right::SendInClear | Right::TakeBackOthers | Right::LowerMarking | Right::Register => {
                self >= Role::Lead
            }
            Right::Audit => self >= Role::Admin,
        }
    }
}
