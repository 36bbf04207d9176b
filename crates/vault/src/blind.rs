//! Blind indexes: what makes sealed values searchable, and how much of them is kept (`threats.md` B6, T71).
//!
//! A stored value has one cell: a few bits of a keyed hash, from coarse to fine, so that everything under a prefix (a network, a
//! domain and its subdomains) is one run of cells. Cells are truncated on purpose: some eight to sixteen rows share each, so
//! that equal cells say little; which of them are hits only a sealed mark tells ([`crate::indexer`]). Keys differ by family, team
//! and month.
//!
//! Truncation alone does not hide who writes most: a sender with a sixth of all mail fills his cell with a sixth of all rows.
//! So a value is spread over as many cells as its number of rows asks for ([`salts`]), and searched by asking for all of them. Over
//! how many is written down for its month, sealed, when its rows are drawn from more cells than one: who has the database sees how
//! many values of a family came more than 16, 64, 256 … times to one writer in a month, and, from the order in which rows were
//! written, which message was the first to bring such a line. It stays when the message is erased, until its month is.
//! Prefixes can't be spread: a network that stands in a large part of all reports can be told by its share, and so can the
//! domain of many senders who each write seldom.
//!
//! S-71, 200 000 mails in a year from 5 000 senders, Zipf(1.1), the attacker knows how often each writes (`tests/vault/blind.rs`).
//! Rows whose sender he names by rank: 56.8 % with a static full HMAC, 23.9 % with truncation alone, 0.7 % here (and the domain
//! of 1.2 %). Who also knows how values are spread names 11.8 %: less than without looking, by naming the most frequent sender
//! for every row (15.8 %).

/// What is searched together: values of one family share one budget of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Addresses, networks and ranges: /16 or /32, /24 or /48, the rest.
    Address,
    /// Domains and hosts of URLs: the last two labels, the last three.
    Name,
    /// Mail addresses found in reports: the last two labels of the domain, the address.
    Mailbox,
    /// Senders: the last two labels of the domain, the address.
    Sender,
    /// File hashes.
    Hash,
    /// CVE ids.
    Cve,
    /// AS numbers.
    Asn,
    /// Other teams' references.
    Reference,
    /// Words by which a team sorts its tickets: rows of these have marks and no cells.
    Tag,
}

impl Family {
    /// All of them.
    pub const ALL: [Family; 9] = [
        Family::Address,
        Family::Name,
        Family::Mailbox,
        Family::Sender,
        Family::Hash,
        Family::Cve,
        Family::Asn,
        Family::Reference,
        Family::Tag,
    ];

    /// Its number in the database: never change one.
    pub fn number(self) -> i16 {
        match self {
            Family::Address => 0,
            Family::Name => 1,
            Family::Mailbox => 2,
            // 3 and 4 were two indexes over the sender.
            Family::Sender => 9,
            Family::Hash => 5,
            Family::Cve => 6,
            Family::Asn => 7,
            Family::Reference => 8,
            Family::Tag => 10,
        }
    }

    /// The family of a number; `None` for one that is not known.
    pub fn from_number(number: i16) -> Option<Family> {
        Self::ALL
            .into_iter()
            .find(|family| family.number() == number)
    }

    /// Its name, for people. Goes into the key: never change one.
    pub fn label(self) -> &'static str {
        match self {
            Family::Address => "address",
            Family::Name => "name",
            Family::Mailbox => "mailbox",
            Family::Sender => "sender",
            Family::Hash => "hash",
            Family::Cve => "cve",
            Family::Asn => "asn",
            Family::Reference => "reference",
            Family::Tag => "tag",
        }
    }

    /// Whether equal values are spread over several cells ([`salts`]).
    pub fn is_spread(self) -> bool {
        match self {
            Family::Address | Family::Name | Family::Mailbox | Family::Tag => false,
            Family::Sender | Family::Hash | Family::Cve | Family::Asn | Family::Reference => true,
        }
    }
}

/// Bits of each level, from coarse to fine; 28 at most together, levels that a family doesn't have are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits(pub [u8; 3]);

impl Bits {
    const MOST: u8 = 28;

    /// The planner: with R rows of this family in a month, floor(log2 R) − 3 bits in all, so that 8 to 16 rows share a cell.
    pub fn plan(family: Family, rows: u64) -> Bits {
        let log = rows.checked_ilog2().unwrap_or(0);
        let sum = u8::try_from(log)
            .unwrap_or(0)
            .saturating_sub(3)
            .min(Self::MOST);
        Bits(match family {
            // Most to the coarse level: who asks for a prefix opens all that shares it, and a whole value is in one cell anyway.
            Family::Address => {
                let (middle, fine) = (sum / 4, sum / 6);
                [sum - middle - fine, middle, fine]
            }
            Family::Name => [sum - sum / 3, sum / 3, 0],
            Family::Mailbox | Family::Sender => [sum - sum / 5, sum / 5, 0],
            Family::Hash | Family::Cve | Family::Asn | Family::Reference | Family::Tag => {
                [sum, 0, 0]
            }
        })
    }

    /// As stored: seven bits a level.
    pub fn number(self) -> i32 {
        self.0
            .into_iter()
            .fold(0, |number, bits| number << 7 | i32::from(bits.min(28)))
    }

    /// What [`Bits::number`] wrote; `None` for what it can't have written.
    pub fn from_number(number: i32) -> Option<Bits> {
        let level = |shift: u32| u8::try_from(number >> shift & 127).ok();
        let bits = Bits([level(14)?, level(7)?, level(0)?]);
        let known = bits.0.into_iter().map(u32::from).sum::<u32>() <= u32::from(Self::MOST);
        (known && bits.number() == number).then_some(bits)
    }

    /// Of all levels together.
    pub fn sum(self) -> u32 {
        self.0.into_iter().map(u32::from).sum()
    }
}

/// How many rows share a cell on average, and how many may: 2 ≤ C ≤ √R.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// C.
    pub rows_a_cell: f64,
    /// √R.
    pub most: f64,
}

impl Share {
    /// Of so many rows under so many bits.
    pub fn of(rows: u32, bits: u32) -> Share {
        let rows = f64::from(rows);
        Share {
            rows_a_cell: rows / f64::from(1_u32.checked_shl(bits).unwrap_or(u32::MAX)),
            most: rows.sqrt(),
        }
    }

    /// Fewer rows share a cell than hide each other.
    pub fn tells_too_much(self) -> bool {
        self.rows_a_cell < 2.0
    }

    /// More rows share a cell than a search should open.
    pub fn is_too_slow(self) -> bool {
        self.rows_a_cell > self.most
    }
}

/// A run of cells, both ends included. Never negative: fits `integer` columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cells {
    /// The first.
    pub low: i32,
    /// The last.
    pub high: i32,
}

/// Rows of a value under one salt, roughly, before it is spread further.
const ROWS_A_SALT: u32 = 16;
/// A value is spread no further.
pub const MOST_SALTS: u16 = 4096;

/// Over how many salts the next row of a value is drawn, when this month has seen so many: a power of four, 1 for most. From 4 on
/// they are written down beside the row ([`crate::Indexer::spread_mark`]), so that a search knows how many to ask for.
pub fn salts(seen: u32) -> u16 {
    let mut salts = 1;
    while u32::from(salts) * ROWS_A_SALT < seen && salts < MOST_SALTS {
        salts *= 4;
    }
    salts
}
