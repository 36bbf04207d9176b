//! What stands between the blanks of a query.

use crate::protection::{NOTHING_SHOWN, OTHER_ADDRESS, PART_GOOD, PART_UNKNOWN};
use crate::search::{Condition, Unasked};

/// One thing that a ticket is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// `is:mine`.
    Is(Is),
    /// `status:waiting`.
    Status(State),
    /// `sig:bad`: of its first message.
    Signature(Signed),
    /// `enc:yes`: its first message came encrypted.
    Encrypted(bool),
    /// `age>4h`: when its first message came.
    Age(Age),
    /// `owner:kim`: part of the name of who has it, lower case.
    Owner(String),
    /// `123`, `CSIRT#000123`: its number.
    Number(i64),
    /// `tag:phishing-wave`: a word of the team stands on it, as [`crate::tags::normalised`] writes it.
    Tag(String),
    /// `org:bank`: part of the name of the organisation that the register of contacts has for who reported it, lower case.
    Organisation(String),
    /// `concerns:bank`: part of the name of an organisation whose network or domain its first message has a value of, or of that network
    /// or domain; `concerns:like` for names that only look like one of them. Lower case.
    Concerns(String),
    /// `tlp:amber`: of its first message.
    Tlp(Tlp),
    /// `type:phishing`: one of the kinds of incident that its first message tells of; a part is enough. Lower case.
    Type(String),
    /// `from:@bank.example`, `from:a@b.example`: the sender of one of its messages, as it was written.
    From(String),
    /// `obs:192.0.2.0/24`: a value in one of its messages, as it was written.
    Value(String),
    /// `scan`, `"two words"`: in subject, sender or the line of what was extracted, lower case.
    Words(String),
}

/// What a ticket may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Is {
    /// Not resolved or rejected.
    Open,
    /// Resolved or rejected.
    Closed,
    /// Whoever asks has it.
    Mine,
    /// Nobody has it.
    Unclaimed,
    /// A time for an answer is over.
    Overdue,
    /// Somebody's answer to mail of ours is waited for.
    Awaited,
    /// Its first message could not be read or decrypted.
    Human,
}

impl Is {
    /// Every one with its word.
    pub const ALL: [(Is, &str); 7] = [
        (Is::Open, "open"),
        (Is::Closed, "closed"),
        (Is::Mine, "mine"),
        (Is::Unclaimed, "unclaimed"),
        (Is::Overdue, "overdue"),
        (Is::Awaited, "awaited"),
        (Is::Human, "human"),
    ];
}

/// A state, as it is stored, or both of closed ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has looked at it.
    New,
    /// In hand.
    Open,
    /// Somebody else is to answer.
    Waiting,
    /// Dealt with.
    Resolved,
    /// None of our business.
    Rejected,
    /// Resolved or rejected.
    Closed,
}

impl State {
    /// Every one with its word.
    pub const ALL: [(State, &str); 6] = [
        (State::New, "new"),
        (State::Open, "open"),
        (State::Waiting, "waiting"),
        (State::Resolved, "resolved"),
        (State::Rejected, "rejected"),
        (State::Closed, "closed"),
    ];

    /// As they are stored.
    pub fn stored(self) -> Vec<&'static str> {
        match self {
            State::New => vec!["new"],
            State::Open => vec!["open"],
            State::Waiting => vec!["waiting"],
            State::Resolved => vec!["resolved"],
            State::Rejected => vec!["rejected"],
            State::Closed => vec!["resolved", "rejected"],
        }
    }
}

/// What is said of signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// Good, by a key that is known to be the sender's.
    Good,
    /// Good, by a key that nobody vouches for.
    Unknown,
    /// Good, by a key that somebody vouches for, of another address than the sender's.
    Other,
    /// Good, and over a part of what is shown, or over nothing of it.
    Partly,
    /// There is no key to check it with.
    Missing,
    /// Wrong, unreadable, or by a key that is expired or revoked.
    Bad,
    /// There is none.
    None,
}

impl Signed {
    /// Every one with its word.
    pub const ALL: [(Signed, &str); 7] = [
        (Signed::Good, "good"),
        (Signed::Unknown, "unknown"),
        (Signed::Other, "other"),
        (Signed::Partly, "partly"),
        (Signed::Missing, "missing"),
        (Signed::Bad, "bad"),
        (Signed::None, "none"),
    ];

    /// As they are stored.
    pub fn stored(self) -> Vec<&'static str> {
        match self {
            Signed::Good => vec!["good"],
            Signed::Unknown => vec!["good_unknown_key"],
            Signed::Other => vec![OTHER_ADDRESS],
            Signed::Partly => vec![PART_GOOD, PART_UNKNOWN, NOTHING_SHOWN],
            Signed::Missing => vec!["missing_key"],
            Signed::Bad => vec!["bad", "malformed", "expired_key", "revoked_key"],
            Signed::None => vec!["none"],
        }
    }
}

/// A label of FIRST TLP 2.0, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tlp {
    /// TLP:RED.
    Red,
    /// TLP:AMBER, also with STRICT.
    Amber,
    /// TLP:AMBER+STRICT.
    AmberStrict,
    /// TLP:GREEN.
    Green,
    /// TLP:CLEAR.
    Clear,
    /// Not marked.
    None,
}

impl Tlp {
    /// Every one with its word.
    pub const ALL: [(Tlp, &str); 6] = [
        (Tlp::Red, "red"),
        (Tlp::Amber, "amber"),
        (Tlp::AmberStrict, "amber+strict"),
        (Tlp::Green, "green"),
        (Tlp::Clear, "clear"),
        (Tlp::None, "none"),
    ];

    /// Whether a label, as summaries have it, is this one.
    pub fn is(self, label: &str) -> bool {
        match self {
            Tlp::Red => label == "RED",
            Tlp::Amber => matches!(label, "AMBER" | "AMBER+STRICT"),
            Tlp::AmberStrict => label == "AMBER+STRICT",
            Tlp::Green => label == "GREEN",
            Tlp::Clear => label == "CLEAR",
            Tlp::None => label.is_empty(),
        }
    }
}

/// How old.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Older than that; otherwise younger.
    pub older: bool,
    /// How many of the unit.
    pub count: u32,
    /// The unit.
    pub unit: Unit,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `m`.
    Minutes,
    /// `h`.
    Hours,
    /// `d`.
    Days,
    /// `w`.
    Weeks,
}

impl Unit {
    /// Every one with its letter and its seconds.
    pub const ALL: [(Unit, char, u32); 4] = [
        (Unit::Minutes, 'm', 60),
        (Unit::Hours, 'h', 3_600),
        (Unit::Days, 'd', 86_400),
        (Unit::Weeks, 'w', 604_800),
    ];
}

impl Age {
    /// In seconds.
    pub fn seconds(self) -> i64 {
        let unit = Unit::ALL.iter().find(|(unit, ..)| *unit == self.unit);
        let seconds = unit.map_or(1, |(_, _, seconds)| *seconds);
        i64::from(self.count).saturating_mul(i64::from(seconds))
    }
}

/// A word of a table.
pub(super) fn word<T: Copy + PartialEq>(all: &[(T, &'static str)], one: T) -> &'static str {
    let mut all = all.iter();
    all.find(|(known, _)| *known == one)
        .map_or("", |(_, word)| word)
}

/// What the index is asked for; `None` for what is no value.
pub(super) fn condition(term: &Term) -> Option<Result<Condition, Unasked>> {
    match term {
        Term::From(sender) => {
            let sender = sender.strip_prefix('@').unwrap_or(sender);
            Some(Condition::parse(&format!("sender:{sender}")))
        }
        Term::Value(value) => Some(Condition::parse(value)),
        Term::Is(_)
        | Term::Status(_)
        | Term::Signature(_)
        | Term::Encrypted(_)
        | Term::Age(_)
        | Term::Owner(_)
        | Term::Number(_)
        | Term::Tag(_)
        | Term::Organisation(_)
        | Term::Concerns(_)
        | Term::Tlp(_)
        | Term::Type(_)
        | Term::Words(_) => None,
    }
}
