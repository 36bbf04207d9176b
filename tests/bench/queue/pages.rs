//! What is asked for.

use jiff::{SignedDuration, Timestamp};

use crate::fill::Made;

/// A page, or an answer of the API.
pub struct Page {
    pub name: &'static str,
    /// Of the request with this number.
    pub place: Box<dyn Fn(usize) -> String + Send + Sync>,
}

fn page(name: &'static str, place: impl Fn(usize) -> String + Send + Sync + 'static) -> Page {
    Page {
        name,
        place: Box::new(place),
    }
}

/// The queue with this query, encoded.
fn queue(name: &'static str, query: &'static str) -> Page {
    page(name, move |_| format!("/q/CSIRT?q={query}"))
}

/// A ticket that is anywhere.
fn any(made: &Made) -> impl Fn(usize) -> String + Send + Sync + 'static {
    let count = i64::try_from(made.tickets).unwrap();
    move |number| format!("/t/{:06}", 1_001 + (number as i64 * 7_919) % count)
}

/// The queue in every order, and with queries.
fn queues() -> Vec<Page> {
    let now = Timestamp::now();
    let id = |days: i64| {
        let at = now - SignedDuration::from_hours(24 * days);
        format!("{:012x}-7000-8000-000000000000", at.as_millisecond())
    };
    let id = |days| {
        let id = id(days);
        format!("{}-{}", &id[..8], &id[8..])
    };
    let due = now + SignedDuration::from_hours(48);
    let urgent = format!("/q/CSIRT?q=is%3Aopen&due={due}&after={}", id(0));
    let newest = format!("/q/CSIRT?q=&order=newest&after={}", id(40));
    vec![
        page("queue, to do now", |_| "/q/CSIRT".into()),
        queue("queue, open, the most urgent", "is%3Aopen"),
        queue("queue, open, the newest", "is%3Aopen&order=newest"),
        queue("queue, open, the oldest", "is%3Aopen&order=oldest"),
        page("queue, open, a deep page", move |_| urgent.clone()),
        queue("queue, all, the newest", ""),
        queue("queue, all, the oldest", "&order=oldest"),
        page("queue, all, a deep page", move |_| newest.clone()),
        queue("is:overdue", "is%3Aopen+is%3Aoverdue"),
        queue("is:awaited", "is%3Aawaited"),
        queue("sig:bad (one in a hundred)", "sig%3Abad"),
        queue("is:human (none)", "is%3Ahuman"),
        queue("is:unclaimed tlp:amber", "is%3Aunclaimed+tlp%3Aamber"),
        queue("is:open tlp:green", "is%3Aopen+tlp%3Agreen"),
        queue("\"from your network\" (in all)", "%22from+your+network%22"),
        queue("\"nowhere\" (in none)", "%22nowhere%22"),
        queue("obs: an address, the commonest", "obs%3A10.200.0.1"),
        queue("obs: a /24 of ours", "obs%3A10.200.3.0%2F24"),
        page("obs: an attacker's /16", |number| {
            let (a, b) = (11 + number % 80, number * 37 % 256);
            format!("/q/CSIRT?q=obs%3A{a}.{b}.0.0%2F16")
        }),
        queue("from:@ the commonest domain", "from%3A%40team0.example"),
        page("from:@ a domain", |number| {
            format!(
                "/q/CSIRT?q=from%3A%40team{}.example",
                10 + number * 13 % 1_500
            )
        }),
    ]
}

/// All that is measured.
pub fn pages(made: &Made) -> Vec<Page> {
    let (small, large) = (made.small, made.large);
    let since = Timestamp::now() - SignedDuration::from_hours(6);
    let since = since.strftime("%Y-%m-%dT%H:%M:%SZ");
    let api = format!("/api/v1/tickets?updated_since={since}");
    let mut pages = queues();
    pages.extend([
        page("ticket, any", any(made)),
        page("ticket with 3 messages", move |_| format!("/t/{small:06}")),
        page("ticket with 500 messages", move |_| {
            format!("/t/{large:06}")
        }),
        page("search, an attacker's /8", |number| {
            format!("/search?q={}.0.0.0%2F8", 11 + number % 80)
        }),
        page("search, an address of ours", |number| {
            format!("/search?q=10.200.{}.{}", number % 4, 1 + number % 9)
        }),
        page("search, a domain", |number| {
            format!("/search?q=d{number}.example")
        }),
        page("charts", |_| "/charts/CSIRT".into()),
        page("arrivals", |_| "/q/CSIRT/arrivals?q=is%3Aopen".into()),
        page("API, the list, updated_since", move |_| api.clone()),
        page("API, the list, overdue", |_| {
            "/api/v1/tickets?overdue=true".into()
        }),
        page("API, a ticket", {
            let any = any(made);
            move |number| any(number).replace("/t/", "/api/v1/tickets/")
        }),
    ]);
    pages
}

/// What analysts do: of ten requests four of the queue, four of a ticket, two of the search.
pub fn work(made: &Made) -> Page {
    let any = any(made);
    page("work", move |number| match number % 10 {
        0 | 5 => "/q/CSIRT".into(),
        2 => "/q/CSIRT?q=is%3Aopen+tlp%3Agreen".into(),
        7 => "/q/CSIRT?q=".into(),
        4 => format!("/search?q={}.0.0.0%2F8", 11 + number % 80),
        9 => format!("/search?q=d{number}.example"),
        _ => any(number),
    })
}
