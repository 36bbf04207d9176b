//! Business hours, over changes of the clock, holidays and ends of years (T10).

use intake::answer::calendar::Calendar;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::{SUNDAY, TUESDAY, letterhead};

fn calendar(hours: &str, zone: &str, holidays: &[&str]) -> Calendar {
    let holidays: Vec<String> = holidays.iter().map(|&day| day.to_owned()).collect();
    Calendar::parse(hours, zone, &holidays).unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn next(calendar: &Calendar, now: &str) -> String {
    calendar.next_opening(at(now)).unwrap().to_string()
}

fn due(calendar: &Calendar, now: &str, hours: i64) -> String {
    let due = calendar.due(at(now), SignedDuration::from_hours(hours));
    due.unwrap().to_string()
}

#[test]
fn next_opening_skips_weekends_and_holidays() {
    let calendar = letterhead().calendar;
    let monday = "2026-11-23T07:00:00+01:00[Europe/Paris]";
    assert_eq!(next(&calendar, SUNDAY), monday);
    // Thursday evening before Christmas, which is a Friday: Monday.
    assert_eq!(
        next(&calendar, "2026-12-24T19:30:00Z"),
        "2026-12-28T07:00:00+01:00[Europe/Paris]"
    );
    assert!(calendar.is_open(at(TUESDAY)));
    assert!(!calendar.is_open(at(SUNDAY)));
}

#[test]
fn holidays_are_days_ranges_or_every_year() {
    let holidays = ["2026-12-24/2027-01-03", "05-01", "2027-07-14"];
    let calendar = calendar("Mon-Fri 09:00-17:00", "Europe/Paris", &holidays);
    // Over the end of the year.
    assert_eq!(
        next(&calendar, "2026-12-23T16:00:00Z"),
        "2027-01-04T09:00:00+01:00[Europe/Paris]"
    );
    // 1 May 2028 is a Monday.
    assert_eq!(
        next(&calendar, "2028-04-30T12:00:00Z"),
        "2028-05-02T09:00:00+02:00[Europe/Paris]"
    );
    assert!(!calendar.is_open(at("2027-07-14T10:00:00Z")));
    assert!(calendar.is_open(at("2028-07-14T10:00:00Z")));
    for wrong in [
        "2026-13-01",
        "02-30",
        "2027-01-03/2026-12-24",
        "tomorrow",
        "1-5",
    ] {
        let holidays = [wrong.to_owned()];
        let said = Calendar::parse("", "UTC", &holidays).unwrap_err();
        assert!(said.contains(wrong), "{said}");
    }
    Calendar::parse("", "UTC", &["02-29".to_owned()]).unwrap();
}

#[test]
fn hours_that_can_t_be_read_are_named() {
    for hours in [
        "Mon-Fri",
        "Mon-Fri 20:00-07:00",
        "Foo 07:00-08:00",
        "Mon 7-8",
    ] {
        let said = Calendar::parse(hours, "UTC", &[]).unwrap_err();
        assert!(said.contains(hours), "{hours}");
    }
}

#[test]
fn only_time_at_work_counts_for_an_answer() {
    let calendar = calendar("Mon-Fri 09:00-17:00", "Europe/Paris", &["2026-12-25"]);
    let paris = |day: &str| format!("{day}+01:00[Europe/Paris]");
    // Tuesday 10:00: the same day.
    assert_eq!(
        due(&calendar, "2026-11-24T09:00:00Z", 4),
        paris("2026-11-24T14:00:00")
    );
    // Friday 15:30: two and a half hours are left; in full hours, rounded up.
    assert_eq!(
        due(&calendar, "2026-11-27T14:30:00Z", 4),
        paris("2026-11-30T12:00:00")
    );
    // A weekend counts nothing.
    assert_eq!(
        due(&calendar, "2026-11-28T12:00:00Z", 8),
        paris("2026-11-30T17:00:00")
    );
    // Over Christmas, which is a Friday.
    assert_eq!(
        due(&calendar, "2026-12-24T15:00:00Z", 2),
        paris("2026-12-28T10:00:00")
    );
    let never = Calendar::parse("Mon 09:00-10:00", "UTC", &["2026-01-01/2029-01-01".into()]);
    let never = never.unwrap();
    assert_eq!(never.due(at(TUESDAY), SignedDuration::from_hours(1)), None);
    assert_eq!(never.next_opening(at(TUESDAY)), None);
}

#[test]
fn hours_that_touch_or_overlap_are_counted_once() {
    let calendar = calendar(
        "Mon-Sun 08:00-12:00, Mon-Sun 10:00-14:00, Mon-Sun 14:00-15:00",
        "UTC",
        &[],
    );
    assert_eq!(
        due(&calendar, "2026-11-24T08:00:00Z", 7),
        "2026-11-24T15:00:00+00:00[UTC]"
    );
    assert_eq!(
        due(&calendar, "2026-11-24T08:00:00Z", 8),
        "2026-11-25T09:00:00+00:00[UTC]"
    );
    assert_eq!(
        next(&calendar, "2026-11-24T09:00:00Z"),
        "2026-11-25T08:00:00+00:00[UTC]"
    );
}

#[test]
fn a_night_with_a_changed_clock_is_longer_or_shorter() {
    let calendar = calendar("Mon-Sun 00:00-24:00", "Europe/Paris", &[]);
    // 25 October 2026 has 25 hours, 28 March 2027 has 23.
    let day = |date: &str| due(&calendar, &format!("{date}T22:00:00Z"), 24);
    assert_eq!(day("2026-10-24"), "2026-10-25T23:00:00+01:00[Europe/Paris]");
    let spring = due(&calendar, "2027-03-27T23:00:00Z", 24);
    assert_eq!(spring, "2027-03-29T01:00:00+02:00[Europe/Paris]");
    // Work that begins in the hour that is skipped begins after it; the hour that comes twice is work twice.
    let skipped = Calendar::parse("Sun 02:30-05:00", "Europe/Paris", &[]).unwrap();
    assert_eq!(
        next(&skipped, "2027-03-28T00:00:00Z"),
        "2027-03-28T03:30:00+02:00[Europe/Paris]"
    );
    let twice = Calendar::parse("Sun 02:00-03:00", "Europe/Paris", &[]).unwrap();
    for moment in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
        assert!(twice.is_open(at(moment)), "{moment}");
    }
    assert!(!twice.is_open(at("2026-10-25T02:00:00Z")));
}

/// Seconds at work between two moments, counted minute by minute.
fn counted(calendar: &Calendar, from: Timestamp, until: Timestamp) -> i64 {
    let minutes = (from.as_second()..until.as_second()).step_by(60);
    let open = minutes.filter(|&second| calendar.is_open(Timestamp::from_second(second).unwrap()));
    i64::try_from(open.count()).unwrap() * 60
}

const ZONES: [&str; 6] = [
    "Europe/Paris",
    "America/New_York",
    // Half an hour, with a change of half an hour.
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    // Changes at midnight.
    "America/Santiago",
    "UTC",
];
const HOURS: [&str; 5] = [
    "Mon-Fri 07:00-20:00",
    "Mon-Sun 00:00-24:00",
    "Sun 00:30-02:30, Mon-Sat 22:00-24:00",
    "Fri-Mon 01:00-03:30, Wed 12:00-13:00",
    "Mon-Thu 08:15-12:00, Mon-Thu 13:30-17:45",
];
/// Each is within two weeks of a change of the clock or the end of a year somewhere.
const AROUND: [&str; 6] = [
    "2026-10-20T00:00:00Z",
    "2026-03-25T00:00:00Z",
    "2026-12-24T00:00:00Z",
    "2027-03-30T00:00:00Z",
    "2026-09-01T00:00:00Z",
    "2028-02-25T00:00:00Z",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn so_much_work_lies_before_what_is_due(
        zone in 0..ZONES.len(), hours in 0..HOURS.len(), around in 0..AROUND.len(), minutes in 0_i64..20_000, work in 1_i64..40,
    ) {
        let calendar = calendar(HOURS[hours], ZONES[zone], &["01-01", "12-25"]);
        let from = Timestamp::from_second(at(AROUND[around]).as_second() + minutes * 60).unwrap();
        let due = calendar.due(from, SignedDuration::from_hours(work)).unwrap();
        prop_assert_eq!((due.minute(), due.second()), (0, 0));
        let worked = counted(&calendar, from, due.timestamp());
        // Rounded up to an hour of the clock; a change of half an hour can add to it.
        let wanted = work * 3_600;
        prop_assert!((wanted..wanted + 5_400).contains(&worked), "{} of {}", worked, wanted);
    }

    #[test]
    fn the_next_opening_opens_and_nothing_does_before(
        zone in 0..ZONES.len(), hours in 0..HOURS.len(), around in 0..AROUND.len(), minutes in 0_i64..20_000,
    ) {
        let calendar = calendar(HOURS[hours], ZONES[zone], &["01-01", "12-25"]);
        let from = Timestamp::from_second(at(AROUND[around]).as_second() + minutes * 60).unwrap();
        let opens = calendar.next_opening(from).unwrap().timestamp();
        prop_assert!(opens > from && calendar.is_open(opens));
        if !calendar.is_open(from) {
            prop_assert_eq!(counted(&calendar, from, opens), 0);
        }
    }
}
