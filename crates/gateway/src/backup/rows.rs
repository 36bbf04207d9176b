//! Counts the rows of what `COPY … (FORMAT binary)` writes (PostgreSQL manual, "COPY", binary format), cut anywhere.

use super::BackupFault;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
const DAMAGED: BackupFault =
    BackupFault::Damaged("the rows of a table are not as they were written");

/// Counts rows. A table without rows has a beginning and an end, too.
#[derive(Debug, Default)]
pub(super) struct Rows {
    step: Step,
    /// Octets of the number that is being read.
    number: Vec<u8>,
    /// Octets of a value still to come.
    skip: usize,
    /// Values of the row still to come.
    values: u16,
    count: u64,
}

/// Which number comes next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Step {
    #[default]
    Signature,
    Flags,
    Extension,
    Row,
    Value,
    End,
}

impl Step {
    fn width(self) -> usize {
        match self {
            Step::Signature => SIGNATURE.len(),
            Step::Flags | Step::Extension | Step::Value => 4,
            Step::Row => 2,
            Step::End => 0,
        }
    }
}

impl Rows {
    pub(super) fn push(&mut self, mut octets: &[u8]) -> Result<(), BackupFault> {
        while !octets.is_empty() {
            if self.step == Step::End {
                return Err(DAMAGED);
            }
            let wanted = match self.skip {
                0 => self.step.width() - self.number.len(),
                skip => skip,
            };
            let (taken, rest) = octets.split_at(octets.len().min(wanted));
            octets = rest;
            if self.skip > 0 {
                self.skip -= taken.len();
                continue;
            }
            self.number.extend_from_slice(taken);
            if self.number.len() == self.step.width() {
                self.step = self.advance()?;
                self.number.clear();
            }
        }
        Ok(())
    }

    /// How many rows there were.
    ///
    /// # Errors
    /// [`BackupFault::Damaged`] when they have not come to their end.
    pub(super) fn count(&self) -> Result<u64, BackupFault> {
        match self.step {
            Step::End => Ok(self.count),
            Step::Signature | Step::Flags | Step::Extension | Step::Row | Step::Value => {
                Err(DAMAGED)
            }
        }
    }

    fn advance(&mut self) -> Result<Step, BackupFault> {
        let octets = self.number.iter();
        let number = octets.fold(0_u64, |sum, octet| sum << 8 | u64::from(*octet));
        Ok(match self.step {
            Step::Signature if self.number == SIGNATURE => Step::Flags,
            Step::Flags => Step::Extension,
            Step::Extension => {
                self.skip = usize::try_from(number).map_err(|_| DAMAGED)?;
                Step::Row
            }
            // Minus one ends the rows.
            Step::Row if number == 0xffff => Step::End,
            Step::Row => {
                self.values = u16::try_from(number).map_err(|_| DAMAGED)?;
                self.next_value()
            }
            Step::Value => {
                // Minus one is NULL.
                if number != 0xffff_ffff {
                    self.skip = usize::try_from(number).map_err(|_| DAMAGED)?;
                }
                self.values = self.values.saturating_sub(1);
                self.next_value()
            }
            Step::Signature | Step::End => return Err(DAMAGED),
        })
    }

    fn next_value(&mut self) -> Step {
        if self.values > 0 {
            return Step::Value;
        }
        self.count += 1;
        Step::Row
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use super::*;

    /// Two rows of two values, one of them NULL, one empty, one that looks like an end.
    fn sample() -> Vec<u8> {
        let mut out = SIGNATURE.to_vec();
        out.extend([0; 8]);
        out.extend([0, 2, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        out.extend([0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 7]);
        out.extend([0xff, 0xff]);
        out
    }

    #[test]
    fn rows_are_counted_however_they_are_cut() {
        let sample = sample();
        for size in 1..=sample.len() {
            let mut rows = Rows::default();
            for piece in sample.chunks(size) {
                assert!(rows.count().is_err());
                rows.push(piece).unwrap();
            }
            assert_eq!(rows.count().unwrap(), 2);
            assert!(rows.push(&[0]).is_err(), "nothing follows the end");
        }
        let mut rows = Rows::default();
        assert!(rows.push(b"PGCOPY\n\xff\r\n\x01").is_err());
    }
}
