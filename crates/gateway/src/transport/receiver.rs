//! How the webhook's receiver does: one that doesn't answer is left alone as a whole, not asked again for each notice that waits.

use std::time::Duration;

/// First pause after a failure; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause of a notice that is refused while others are taken.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// The longest pause of a receiver: one that is back waits no longer, and one attempt a minute hurts nobody.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);
/// Notices of a kind at once.
const BATCH: i64 = 5;

/// Why a notice was not taken: a word or a code, since a URL may hold a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Untold {
    /// No answer, or one that says nothing about the notice: 408, 429, 5xx.
    Silent(String),
    /// It doesn't want this one: any other answer.
    Refused(String),
}

/// What came of attempts until now.
#[derive(Default)]
pub(super) struct Receiver {
    /// Turns without an answer since the last one.
    silent: i32,
}

impl Receiver {
    /// How many notices of a kind to try at once: one while nobody answers.
    pub(super) fn most(&self) -> i64 {
        if self.silent == 0 { BATCH } else { 1 }
    }

    /// What came of a turn; how long the receiver is left alone when nobody answered at all.
    pub(super) fn heard(&mut self, answers: &[Result<(), Untold>]) -> Option<Duration> {
        let is_silent = |answer: &Result<(), Untold>| matches!(answer, Err(Untold::Silent(_)));
        if !answers.iter().all(is_silent) {
            self.silent = 0;
            return None;
        }
        let pause = doubled(self.silent).min(LONGEST_SILENCE);
        self.silent = self.silent.saturating_add(1);
        Some(pause)
    }
}

/// How long a notice waits that was tried so often before, when others are taken.
pub(super) fn own_pause(attempts: i32) -> Duration {
    doubled(attempts).min(LONGEST_PAUSE)
}

fn doubled(times: i32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << times.clamp(0, 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silent_receiver_is_left_alone_longer_each_time_and_one_answer_ends_it() {
        let silent = || Err(Untold::Silent("timeout".into()));
        let refused = || Err(Untold::Refused("400".into()));
        let mut receiver = Receiver::default();
        assert_eq!(
            (receiver.most(), receiver.heard(&[Ok(()), silent()])),
            (5, None)
        );
        for seconds in [5, 10, 20, 40, 60, 60] {
            let pause = receiver.heard(&[silent(), silent()]);
            assert_eq!(pause, Some(Duration::from_secs(seconds)));
            assert_eq!(receiver.most(), 1);
        }
        // Even a no is an answer.
        assert_eq!((receiver.heard(&[refused()]), receiver.most()), (None, 5));
        assert_eq!(receiver.heard(&[silent()]), Some(Duration::from_secs(5)));
        assert_eq!(own_pause(1), Duration::from_secs(10));
        assert_eq!(own_pause(i32::MAX), Duration::from_secs(3_600));
    }
}
