//! Clocks that stand apart from their date: `On 3 November … It began at 14:05 UTC`, `Date: …` and `Time: …`.

use std::sync::LazyLock;

use regex::Regex;

use crate::text::{before, cut, regex, window};
use crate::when::clock;
use crate::when::report::reported;
use crate::when::time::{Calendar, Stamp, spanned, zoned};

/// How far a clock may stand from its date.
const REACH: usize = 600;
/// Clocks that one date may have besides its own.
const MOST: usize = 16;

/// What stands before a clock of prose or of a form.
static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?ix)(?:(?:^|[\s(])(?:at|around|about|approximately|approx\.?|ca\.?|circa|since|from|between|until|till|to|and|um|gegen|ab|von|bis|zwischen|und|seit|vers|à|dès|de|entre|et|jusqu'à|depuis|las|la
            |ended|ends|stopped|started|began|finished|then|puis|environ|endete|begann|dann|sobre|hacia|hasta|beginn|ende|d[ée]but|fin|inicio|[ée]tait
            |(?:just|shortly)\s(?:after|before)|kurz\s(?:nach|vor)|peu\s(?:après|avant)|poco\s(?:antes|después)\sde\slas)\s
        |[:h][0-9]{2},\s|(?:time|heure|uhrzeit|zeit|hora|d[ée]but|fin|start|begin|end|first\sseen|last\sseen|inicio|beginn|ende|from|to|until)[^:\n]{0,32}[:=]\s{0,3}
        |\s[-–—]\s)$",
    )
});

/// What tells, before a clock without a date, that something has gone on since then.
static SINCE: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:^|[\s(])(?:since|started|began|starting|depuis|d[èe]s|seit|begann|begonnen|ab|desde|empez[óo]|comenz[óo])\s(?:(?:at|about|around|um|etwa|gegen|ca\.?|environ|vers|à|las|las\ssobre)\s){0,2}$",
    )
});
/// What tells, before such a clock, that something happened then.
static ABOUT: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)(?:^|[\s(])(?:at|around|about|um|gegen|vers|à|las|[ée]tait|environ|between|entre|zwischen|from|von|desde\slas)\s(?:(?:about|around|etwa|ca\.?|environ)\s)?$",
    )
});

/// Adds the clocks at these places that belong to a date nearby.
pub(crate) fn attach(text: &str, places: &[usize], stamps: Vec<Stamp>) -> Vec<Stamp> {
    let mut found: Vec<Stamp> = Vec::new();
    let (mut next, mut floor, mut count, mut anchor) = (0, 0, 0, usize::MAX);
    for at in places.iter().copied() {
        while stamps.get(next).is_some_and(|stamp| stamp.end <= at) {
            next += 1;
        }
        let inside = stamps.get(next).is_some_and(|stamp| stamp.start <= at);
        if inside || at < floor || stamps.is_empty() {
            continue;
        }
        let Some(index) = date_for(text, at, &stamps, next) else {
            continue;
        };
        if index != anchor {
            (anchor, count) = (index, 0);
        }
        if count >= MOST {
            continue;
        }
        let ceiling = stamps.get(next).map_or(text.len(), |stamp| stamp.start);
        let previous = found
            .last()
            .or(next.checked_sub(1).and_then(|index| stamps.get(index)));
        let Some(stamp) = stamps
            .get(index)
            .and_then(|anchor| loose(text, at, ceiling, anchor, previous))
        else {
            continue;
        };
        (floor, count) = (stamp.end, count + 1);
        found.push(stamp);
    }
    let mut all = stamps;
    if !found.is_empty() {
        all.extend(found);
        all.sort_by_key(|stamp| stamp.start);
        zones_of_spans(text, &mut all);
    }
    all
}

/// Clocks of a text that tells no date: they are of the mail's day, or of the day before where they lie ahead of it.
pub(crate) fn undated(text: &str, places: &[usize], calendar: &Calendar) -> Vec<Stamp> {
    let mut found: Vec<Stamp> = Vec::new();
    let Some(now) = calendar.reference else {
        return found;
    };
    let anchor = Stamp {
        start: 0,
        end: 0,
        date: now.date(),
        other: None,
        clock: None,
        until: None,
        zone: None,
        lent: None,
        relative: true,
    };
    for at in places.iter().copied().take(4 * MOST) {
        let lead = before(text, at, 32);
        let (since, about) = (SINCE.is_match(lead), ABOUT.is_match(lead));
        let behind = found.last().is_none_or(|last| last.end <= at);
        if !behind || !since && !about || found.len() >= MOST {
            continue;
        }
        let Some(mut stamp) = loose(text, at, text.len(), &anchor, None) else {
            continue;
        };
        let ahead = stamp.clock.is_some_and(|clock| clock > now.time());
        stamp.relative = true;
        match stamp.date.yesterday() {
            Ok(day) if ahead && since => stamp.date = day,
            _ if ahead => continue,
            _ => {}
        }
        found.push(stamp);
    }
    zones_of_spans(text, &mut found);
    found
}

/// The date of a clock: the one of its sentence, else the last one before it in its paragraph, else the next one.
fn date_for(text: &str, at: usize, stamps: &[Stamp], next: usize) -> Option<usize> {
    let near = |index: &usize| {
        stamps.get(*index).is_some_and(|stamp| {
            let (from, to) = (stamp.end.min(at), stamp.start.max(at));
            to - from <= REACH && !cut(text, from, to).contains("\n\n")
        })
    };
    let bare = |index: &usize| {
        stamps
            .get(*index)
            .is_some_and(|stamp| stamp.clock.is_none())
    };
    let told = |index: &usize| {
        stamps
            .get(*index)
            .is_some_and(|stamp| !reported(text, stamp.start))
    };
    let last = next.checked_sub(1).filter(near);
    let following = Some(next).filter(|index| near(index) && bare(index));
    let one_sentence = |index: &usize| {
        stamps
            .get(*index)
            .is_some_and(|stamp| !cut(text, stamp.end.min(at), stamp.start.max(at)).contains(". "))
    };
    if last.is_none_or(|index| !one_sentence(&index))
        && let Some(index) = following.filter(|index| one_sentence(index) && told(index))
    {
        return Some(index);
    }
    let before = (next.saturating_sub(3)..next)
        .rev()
        .filter(near)
        .find(|index| told(index));
    before.or(following.filter(told))
}

fn loose(
    text: &str,
    at: usize,
    ceiling: usize,
    anchor: &Stamp,
    previous: Option<&Stamp>,
) -> Option<Stamp> {
    let lead = before(text, at, 48);
    let line = lead.rsplit('\n').next().unwrap_or_default();
    let continued = line.trim().is_empty().then(|| lead.trim_end());
    let lead = continued.map_or_else(|| line.to_owned(), |lead| format!("{lead} "));
    if !LEAD.is_match(&lead) || window(text, at, 6).starts_with("24/7") {
        return None;
    }
    let (mut reading, mut end) = clock::after(text, at)?;
    let mut start = at;
    zoned(text, &mut start, &mut end, &mut reading);
    // A longer number, an address or a date is none.
    let behind = window(text, end, 2);
    let longer = behind.starts_with([':', '/', '.', '-', '_'])
        && behind
            .chars()
            .nth(1)
            .is_some_and(|c| c.is_ascii_alphanumeric());
    let whole = cut(text, at, end).contains([':', 'h', 'H', 'm', 'M', 'Z']);
    if longer
        || !whole
        || end > ceiling
        || behind.starts_with(|c: char| c.is_alphanumeric() || c == '%')
    {
        return None;
    }
    let joined = previous.is_some_and(|previous| {
        previous.date == anchor.date
            && previous
                .clock
                .is_some_and(|clock| reading.clock < Some(clock))
            && spanned(cut(text, previous.end, at))
    });
    let over = joined || next_day(cut(text, anchor.end, at));
    let date = if over {
        anchor.date.tomorrow().ok()?
    } else {
        anchor.date
    };
    Some(Stamp {
        start,
        end,
        date,
        other: if over { None } else { anchor.other },
        clock: reading.clock,
        until: reading.until,
        zone: reading.zone,
        lent: None,
        relative: false,
    })
}

/// Whether the words between a date and a clock tell the day after: `puis le lendemain à 2h`.
fn next_day(between: &str) -> bool {
    static NEXT: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)(?:(?:next|following) (?:day|morning)|lendemain|(?:nächsten|folgenden) (?:tag|morgen)|folgetag|(?:día|mañana) siguiente)[^.\n]{0,24}$",
        )
    });
    between.len() < 120 && between.len() > 8 && NEXT.is_match(between)
}

/// A zone counts for both ends of a span, whichever has it, and for the other clocks of its sentence.
fn zones_of_spans(text: &str, stamps: &mut [Stamp]) {
    for index in 1..stamps.len() {
        let (head, tail) = stamps.split_at_mut(index);
        let (Some(one), Some(two)) = (head.last_mut(), tail.first_mut()) else {
            continue;
        };
        if one.clock.is_none() || two.clock.is_none() || one.zone.is_some() == two.zone.is_some() {
            continue;
        }
        let between = cut(text, one.end, two.start);
        if spanned(between)
            || one.zone.is_some()
                && between.len() < 100
                && !between.contains(". ")
                && !between.contains('\n')
        {
            match one.zone.clone() {
                Some(zone) => two.zone = Some(zone),
                None => one.zone.clone_from(&two.zone),
            }
        }
    }
}
