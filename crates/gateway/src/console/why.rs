//! Why nothing was done with one ticket of many that were chosen.

/// Why nothing was done with a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Somebody else was faster.
    Changed,
    /// It is so already.
    Already,
    /// It is closed.
    Closed,
    /// Another has it.
    Taken,
    /// Nobody has it.
    Free,
    /// It was merged into another.
    Merged,
    /// It is sealed to analysts.
    Sealed,
    /// It has as many tags as fit.
    Full,
    /// The ticket into which it was to be merged is another by now.
    Heir,
    /// It took too long.
    Slow,
    /// A key is missing, or something is damaged: the log says it.
    Fault,
    /// It can't be done: its page says more.
    Refused,
}

impl Why {
    /// Each with the letter by which an address has it.
    pub(super) const ALL: [(Why, &'static str); 12] = [
        (Why::Changed, "c"),
        (Why::Already, "a"),
        (Why::Closed, "e"),
        (Why::Taken, "t"),
        (Why::Free, "f"),
        (Why::Merged, "m"),
        (Why::Sealed, "s"),
        (Why::Full, "u"),
        (Why::Heir, "h"),
        (Why::Slow, "l"),
        (Why::Fault, "b"),
        (Why::Refused, "r"),
    ];

    pub(super) fn of(letter: &str) -> Option<Why> {
        let mut all = Why::ALL.iter();
        all.find(|(_, known)| *known == letter).map(|(why, _)| *why)
    }

    pub(super) fn letter(self) -> &'static str {
        let mut all = Why::ALL.iter();
        all.find(|(why, _)| *why == self)
            .map_or("", |(_, letter)| letter)
    }
}
