//! How long a peer may take. Deadlines are absolute: an octet now and then doesn't move them (T33).

use std::time::Duration;

use intake::smtp::Phase;
use tokio::time::Instant;

/// How long a peer may take; the defaults are those of the threat model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// From the connection to the first command.
    pub first_command: Duration,
    /// For each further command.
    pub command: Duration,
    /// The same two for LMTP and trusted relays, which keep connections for later.
    pub relay_command: Duration,
    /// The TLS handshake.
    pub handshake: Duration,
    /// The header that a proxy sends first.
    pub proxy: Duration,
    /// The whole session of a stranger.
    pub session: Duration,
    /// The same for LMTP and trusted relays.
    pub relay_session: Duration,
    /// Content may be silent for so long …
    pub data: Duration,
    /// … and for so many octets a second, it gets another second.
    pub data_rate: u32,
    /// For writing an answer.
    pub write: Duration,
    /// For transfers in flight when we go down.
    pub drain: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            first_command: Duration::from_secs(30),
            command: Duration::from_secs(60),
            relay_command: Duration::from_secs(300),
            handshake: Duration::from_secs(10),
            proxy: Duration::from_secs(5),
            session: Duration::from_secs(600),
            relay_session: Duration::from_secs(1800),
            data: Duration::from_secs(300),
            data_rate: 500,
            write: Duration::from_secs(60),
            drain: Duration::from_secs(30),
        }
    }
}

/// How much patience a peer gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// For LMTP and trusted relays.
    Relay,
    /// For strangers.
    Stranger,
    /// For strangers when we are crowded.
    Little,
}

/// In a crowd everybody has this much less time.
const CROWD: u32 = 6;

impl Deadlines {
    /// For the TLS handshake.
    pub(super) fn handshake(&self, patience: Patience) -> Duration {
        match patience {
            Patience::Relay | Patience::Stranger => self.handshake,
            Patience::Little => self.handshake / CROWD,
        }
    }
}

/// The clock of one session.
pub(super) struct Clock {
    deadlines: Deadlines,
    started: Instant,
    phase: Phase,
    due: Instant,
}

impl Clock {
    /// `started` is when the connection was made, which `STARTTLS` doesn't change.
    pub(super) fn start(
        deadlines: Deadlines,
        patience: Patience,
        started: Instant,
        now: Instant,
    ) -> Self {
        let mut clock = Self {
            deadlines,
            started,
            phase: Phase::Greeting,
            due: now,
        };
        clock.due = now + clock.allowance(patience);
        clock
    }

    /// When the next octets must have come.
    pub(super) fn due(&self, patience: Patience) -> Instant {
        let session = match patience {
            Patience::Relay => self.deadlines.relay_session,
            Patience::Stranger => self.deadlines.session,
            Patience::Little => self.deadlines.session / CROWD,
        };
        self.due.min(self.started + session)
    }

    /// Something was achieved: a command answered, or a phase entered.
    pub(super) fn restart(&mut self, phase: Phase, patience: Patience, now: Instant) {
        self.phase = phase;
        self.due = now + self.allowance(patience);
    }

    /// So many octets came. In content each adds its share of a second, up to the full allowance; in a command nothing.
    pub(super) fn received(
        &mut self,
        phase: Phase,
        octets: usize,
        patience: Patience,
        now: Instant,
    ) {
        if phase != self.phase {
            return self.restart(phase, patience, now);
        }
        if phase == Phase::Content {
            let octets = u32::try_from(octets).unwrap_or(u32::MAX);
            let share =
                Duration::from_secs(1).saturating_mul(octets) / self.deadlines.data_rate.max(1);
            self.due = (self.due + share).min(now + self.allowance(patience));
        }
    }

    /// We ourselves took so long.
    pub(super) fn excuse(&mut self, time: Duration) {
        self.due += time;
    }

    fn allowance(&self, patience: Patience) -> Duration {
        let full = match (self.phase, patience) {
            (Phase::Content, _) => self.deadlines.data,
            (_, Patience::Relay) => self.deadlines.relay_command,
            (Phase::Greeting, Patience::Stranger | Patience::Little) => {
                self.deadlines.first_command
            }
            (
                Phase::Command | Phase::Storing | Phase::Ended,
                Patience::Stranger | Patience::Little,
            ) => self.deadlines.command,
        };
        match patience {
            Patience::Relay | Patience::Stranger => full,
            Patience::Little => full / CROWD,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn clock(patience: Patience) -> (Clock, Instant) {
        let now = Instant::now();
        (Clock::start(Deadlines::default(), patience, now, now), now)
    }

    #[test]
    fn octets_do_not_move_the_deadline_of_a_command() {
        let (mut clock, start) = clock(Patience::Stranger);
        for second in 0..29 {
            clock.received(
                Phase::Greeting,
                1,
                Patience::Stranger,
                start + SECOND * second,
            );
        }
        assert_eq!(clock.due(Patience::Stranger), start + SECOND * 30);
        clock.restart(Phase::Command, Patience::Stranger, start + SECOND * 29);
        clock.received(
            Phase::Command,
            1000,
            Patience::Stranger,
            start + SECOND * 80,
        );
        assert_eq!(clock.due(Patience::Stranger), start + SECOND * 89);
    }

    #[test]
    fn content_must_keep_its_rate() {
        let (mut clock, start) = clock(Patience::Relay);
        clock.restart(Phase::Content, Patience::Relay, start);
        // Half of the rate: the allowance shrinks by half a second every second.
        for second in 1..=500 {
            clock.received(
                Phase::Content,
                250,
                Patience::Relay,
                start + SECOND * second,
            );
        }
        assert_eq!(clock.due(Patience::Relay), start + SECOND * 550);
        // Faster than the rate earns no more than the full allowance.
        clock.received(
            Phase::Content,
            1_000_000,
            Patience::Relay,
            start + SECOND * 500,
        );
        assert_eq!(clock.due(Patience::Relay), start + SECOND * 800);
    }

    #[test]
    fn a_stranger_has_ten_minutes_in_all() {
        let (mut clock, start) = clock(Patience::Stranger);
        clock.restart(Phase::Content, Patience::Stranger, start + SECOND * 500);
        assert_eq!(clock.due(Patience::Stranger), start + SECOND * 600);
        assert_eq!(clock.due(Patience::Relay), start + SECOND * 800);
    }

    #[test]
    fn a_crowd_makes_impatient() {
        let (clock, start) = clock(Patience::Little);
        assert_eq!(clock.due(Patience::Little), start + SECOND * 5);
        let deadlines = Deadlines::default();
        assert_eq!(deadlines.handshake(Patience::Little), SECOND * 10 / 6);
        assert_eq!(deadlines.handshake(Patience::Stranger), SECOND * 10);
        let (clock, start) = self::clock(Patience::Relay);
        assert_eq!(clock.due(Patience::Relay), start + SECOND * 300);
    }
}
