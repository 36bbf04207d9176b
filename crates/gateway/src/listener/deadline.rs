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
    /// How long one who logs in waits for a place to check the password at.
    pub password: Duration,
    /// The header that a proxy sends first.
    pub proxy: Duration,
    /// The whole session of a stranger, but for a message that is coming in.
    pub session: Duration,
    /// The same for LMTP and trusted relays.
    pub relay_session: Duration,
    /// Content may be silent for so long …
    pub data: Duration,
    /// … and after as long must have come with so many octets a second on average. Six times as many in a crowd.
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
            password: Duration::from_secs(5),
            proxy: Duration::from_secs(5),
            session: Duration::from_secs(600),
            relay_session: Duration::from_secs(1800),
            data: Duration::from_secs(300),
            data_rate: 10 * 1024,
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
    /// When the phase began, for content also the octets since then and when the last of them came.
    since: Instant,
    octets: u64,
    last: Instant,
    /// Content that begins when the session should be over has no time.
    late: bool,
}

impl Clock {
    /// `started` is when the connection was made, which `STARTTLS` doesn't change.
    pub(super) fn start(deadlines: Deadlines, started: Instant, now: Instant) -> Self {
        Self {
            deadlines,
            started,
            phase: Phase::Greeting,
            since: now,
            octets: 0,
            last: now,
            late: false,
        }
    }

    /// When the next octets must have come. The session's end counts between messages only: content that keeps its rate
    /// is not cut.
    pub(super) fn due(&self, patience: Patience) -> Instant {
        let allowance = self.allowance(patience);
        match self.phase {
            Phase::Content if self.late => self.since,
            Phase::Content => {
                let rate = u64::from(self.rate(patience));
                let earned = Duration::from_millis(self.octets.saturating_mul(1000) / rate);
                (self.since + allowance.max(earned)).min(self.last + allowance)
            }
            Phase::Greeting | Phase::Command | Phase::Storing | Phase::Ended => {
                (self.since + allowance).min(self.end(patience))
            }
        }
    }

    /// Something was achieved: a command answered, or a phase entered. The chunks of one message have one time.
    pub(super) fn restart(&mut self, phase: Phase, patience: Patience, now: Instant) {
        if phase == Phase::Content && self.phase == Phase::Content {
            return;
        }
        self.phase = phase;
        (self.since, self.last, self.octets) = (now, now, 0);
        self.late = now >= self.end(patience);
    }

    /// A message came to its end: the next one has a time of its own.
    pub(super) fn end_of_message(&mut self) {
        self.phase = Phase::Command;
    }

    /// So many octets came. In content each earns its share of a second; in a command nothing.
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
        let octets = u64::try_from(octets).unwrap_or(u64::MAX);
        self.octets = self.octets.saturating_add(octets);
        self.last = now;
    }

    /// We ourselves took so long.
    pub(super) fn excuse(&mut self, time: Duration) {
        self.since += time;
        self.last += time;
    }

    /// When the session must be over, but for content.
    fn end(&self, patience: Patience) -> Instant {
        self.started
            + match patience {
                Patience::Relay => self.deadlines.relay_session,
                Patience::Stranger => self.deadlines.session,
                Patience::Little => self.deadlines.session / CROWD,
            }
    }

    /// At least 1.
    fn rate(&self, patience: Patience) -> u32 {
        let rate = self.deadlines.data_rate.max(1);
        match patience {
            Patience::Relay | Patience::Stranger => rate,
            Patience::Little => rate.saturating_mul(CROWD),
        }
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

    fn clock() -> (Clock, Instant) {
        let now = Instant::now();
        (Clock::start(Deadlines::default(), now, now), now)
    }

    #[test]
    fn octets_do_not_move_the_deadline_of_a_command() {
        let (mut clock, start) = clock();
        let stranger = Patience::Stranger;
        for second in 0..29 {
            clock.received(Phase::Greeting, 1, stranger, start + SECOND * second);
        }
        assert_eq!(clock.due(stranger), start + SECOND * 30);
        clock.restart(Phase::Command, stranger, start + SECOND * 29);
        clock.received(Phase::Command, 1000, stranger, start + SECOND * 80);
        assert_eq!(clock.due(stranger), start + SECOND * 89);
    }

    /// Sends so many octets every second; returns when it is cut off, and how much it had sent.
    fn send(clock: &mut Clock, start: Instant, rate: usize, patience: Patience) -> (u32, usize) {
        clock.restart(Phase::Content, patience, start);
        for second in 1..10_000 {
            let now = start + SECOND * second;
            if now >= clock.due(patience) || rate * second as usize >= LARGEST {
                return (second, rate * second as usize);
            }
            clock.received(Phase::Content, rate, patience, now);
        }
        (0, 0)
    }

    const LARGEST: usize = 25 << 20;

    #[test]
    fn content_must_keep_its_rate_and_is_not_cut_when_it_does() {
        for (rate, patience, whole) in [
            (1, Patience::Relay, false),
            (9_000, Patience::Relay, false),
            (10_300, Patience::Relay, true),
            (32_000, Patience::Stranger, true),
            (32_000, Patience::Little, false),
            (70_000, Patience::Little, true),
        ] {
            let (mut clock, start) = clock();
            let (seconds, sent) = send(&mut clock, start, rate, patience);
            assert_eq!(sent >= LARGEST, whole, "{rate}: {sent} in {seconds} s");
            assert!(seconds <= 45 * 60, "{rate}: {seconds} s");
            if rate < 10_000 && patience == Patience::Relay {
                assert_eq!(seconds, 300, "{rate}");
            }
        }
    }

    #[test]
    fn haste_earns_no_silence() {
        let (mut clock, start) = clock();
        clock.restart(Phase::Content, Patience::Relay, start);
        clock.received(Phase::Content, LARGEST, Patience::Relay, start + SECOND);
        assert_eq!(clock.due(Patience::Relay), start + SECOND * 301);
    }

    #[test]
    fn the_chunks_of_a_message_have_one_time_and_messages_their_own() {
        let (mut clock, start) = clock();
        let stranger = Patience::Stranger;
        clock.restart(Phase::Content, stranger, start);
        for second in 1..300 {
            let now = start + SECOND * second;
            clock.received(Phase::Content, 1, stranger, now);
            clock.restart(Phase::Content, stranger, now);
        }
        assert_eq!(clock.due(stranger), start + SECOND * 300);
        clock.end_of_message();
        clock.restart(Phase::Content, stranger, start + SECOND * 299);
        assert_eq!(clock.due(stranger), start + SECOND * 599);
        // Not one after another without end.
        clock.end_of_message();
        clock.restart(Phase::Content, stranger, start + SECOND * 600);
        assert_eq!(clock.due(stranger), start + SECOND * 600);
    }

    #[test]
    fn a_stranger_has_ten_minutes_between_messages() {
        let (mut clock, start) = clock();
        clock.restart(Phase::Command, Patience::Stranger, start + SECOND * 590);
        assert_eq!(clock.due(Patience::Stranger), start + SECOND * 600);
        assert_eq!(clock.due(Patience::Relay), start + SECOND * 890);
        clock.restart(Phase::Content, Patience::Stranger, start + SECOND * 590);
        assert_eq!(clock.due(Patience::Stranger), start + SECOND * 890);
    }

    #[test]
    fn a_crowd_makes_impatient() {
        let (clock, start) = clock();
        assert_eq!(clock.due(Patience::Little), start + SECOND * 5);
        let deadlines = Deadlines::default();
        assert_eq!(deadlines.handshake(Patience::Little), SECOND * 10 / 6);
        assert_eq!(deadlines.handshake(Patience::Stranger), SECOND * 10);
        assert_eq!(clock.due(Patience::Relay), start + SECOND * 300);
    }
}
