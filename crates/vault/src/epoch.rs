//! Which key wraps a case's key: that of the month in which the case began, or the standing one for what must outlive months.

use std::str::FromStr;

/// A month, or the standing epoch. Erasing a month destroys what wraps its cases; the standing one is never erased.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(u16);

impl Epoch {
    /// For what belongs to no month: certificates, transport peers.
    pub const STANDING: Self = Self(0);

    /// A month; `None` before 2000, after 7460, or when `month` is not 1 to 12.
    pub fn of_month(year: i16, month: i8) -> Option<Self> {
        let years = u16::try_from(year.checked_sub(2000)?).ok()?;
        let month = u16::try_from(month)
            .ok()
            .filter(|month| (1..=12).contains(month))?;
        years.checked_mul(12)?.checked_add(month).map(Self)
    }

    /// As sealed objects and `case_key` name it: months, 2000-01 is 1; 0 is the standing epoch.
    pub fn number(self) -> u16 {
        self.0
    }

    /// The epoch of this number.
    pub fn from_number(number: u16) -> Self {
        Self(number)
    }

    /// Year and month; `None` for the standing epoch.
    pub fn month(self) -> Option<(u16, u16)> {
        let months = self.0.checked_sub(1)?;
        Some((2000 + months / 12, months % 12 + 1))
    }
}

impl std::fmt::Display for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.month() {
            None => f.write_str("standing"),
            Some((year, month)) => write!(f, "{year}-{month:02}"),
        }
    }
}

impl std::fmt::Debug for Epoch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Epoch {
    type Err = &'static str;

    /// `2026-11` or `standing`, and no other writing of them.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "a month is written like 2026-11";
        if text == "standing" {
            return Ok(Self::STANDING);
        }
        let (year, month) = text.split_once('-').ok_or(WANTED)?;
        let epoch = match (year.parse(), month.parse()) {
            (Ok(year), Ok(month)) => Self::of_month(year, month),
            _ => None,
        };
        epoch
            .filter(|epoch| epoch.to_string() == text)
            .ok_or(WANTED)
    }
}

/// One key of an epoch. There is a second one after a deep reseal, since the first may have been stolen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EpochKeyName {
    /// The epoch.
    pub epoch: Epoch,
    /// Counted from 1; the highest wraps, all unwrap.
    pub generation: u16,
}

impl std::fmt::Display for EpochKeyName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.epoch, self.generation)
    }
}

impl EpochKeyName {
    const ENDING: &str = ".epoch";

    /// The epoch's key that would be made after this one.
    pub(crate) fn next(self) -> Option<Self> {
        let generation = self.generation.checked_add(1)?;
        Some(Self { generation, ..self })
    }

    /// The name of its file.
    pub fn file_name(self) -> String {
        format!("{self}{}", Self::ENDING)
    }

    /// What [`EpochKeyName::file_name`] names; `None` for other files.
    pub(crate) fn of_file(name: &str) -> Option<Self> {
        let (epoch, generation) = name.strip_suffix(Self::ENDING)?.split_once('.')?;
        let found = Self {
            epoch: epoch.parse().ok()?,
            generation: generation.parse().ok().filter(|number| *number > 0)?,
        };
        (found.file_name() == name).then_some(found)
    }

    pub(crate) fn octets(self) -> [u8; 4] {
        let ([a, b], [c, d]) = (
            self.epoch.number().to_be_bytes(),
            self.generation.to_be_bytes(),
        );
        [a, b, c, d]
    }

    pub(crate) fn from_octets([a, b, c, d]: [u8; 4]) -> Self {
        Self {
            epoch: Epoch(u16::from_be_bytes([a, b])),
            generation: u16::from_be_bytes([c, d]),
        }
    }
}
