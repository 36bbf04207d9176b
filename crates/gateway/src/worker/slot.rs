//! When an answer goes out: at a time that says nothing of the work behind it (T07).

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// The second multiple of the grid after a mail came. The first may be so near that a moment more or less of reading decides
/// whether it is reached, which who sends mail just before it could measure. Where the work took longer than that, as in a jam,
/// the next multiple from now; without a grid, now.
pub(super) fn slot(received: Timestamp, now: Timestamp, grid: Duration) -> Timestamp {
    let grid = i64::try_from(grid.as_secs()).unwrap_or(0);
    if grid == 0 {
        return now;
    }
    let second = multiple(received, grid).and_then(|first| multiple(first, grid));
    match second {
        Some(second) if second > now => second,
        Some(_) | None => multiple(now, grid).unwrap_or(now),
    }
}

/// The next multiple after that time.
fn multiple(after: Timestamp, grid: i64) -> Option<Timestamp> {
    let ahead = grid - after.as_second().rem_euclid(grid);
    Timestamp::from_second(after.as_second())
        .ok()?
        .checked_add(SignedDuration::from_secs(ahead))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap_or_default()
    }

    #[test]
    fn an_answer_waits_for_when_the_mail_came_and_not_for_the_work() {
        let grid = Duration::from_secs(30);
        for received in [0, 1, 15_000, 29_970, 29_999] {
            for work in [0, 1, 29, 30, 31, 500, 20_000, 29_999] {
                let slot = slot(at(received), at(received + work), grid);
                assert_eq!(slot, at(60_000), "{received} {work}");
            }
        }
        assert_eq!(slot(at(30_000), at(30_001), grid), at(90_000));
    }

    #[test]
    fn late_answers_keep_to_the_grid() {
        let grid = Duration::from_secs(30);
        assert_eq!(slot(at(10), at(60_000), grid), at(90_000));
        assert_eq!(slot(at(10), at(3_600_001), grid), at(3_630_000));
        assert_eq!(slot(at(10), at(60_000), Duration::ZERO), at(60_000));
    }
}
