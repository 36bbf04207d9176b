//! The console with many tickets: how long pages take at the server, how large they are, and how that grows.
//!
//! `cargo bench -p pillarbox --bench queue -- [TICKETS…]`, 10000 and 100000 when not given. For each a private installation is made:
//! one report comes over SMTP, and what was sealed of it is sealed again for each ticket, with a summary, values and index rows of its
//! own; values repeat between tickets as they do in `search`. Then one analyst at the console asks for pages over a connection that stays
//! open: the time is from the request to the last octet, TLS and loopback included. `load average` says what else ran.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::panic,
    clippy::too_many_lines,
    clippy::type_complexity,
    reason = "a failed step is a failed run, which tells its story from beginning to end"
)]

#[path = "../e2e/browser.rs"]
#[expect(dead_code, reason = "the end-to-end tests use the rest")]
mod browser;
#[path = "queue/fill.rs"]
mod fill;
#[path = "search/filled.rs"]
#[expect(dead_code, reason = "the bench of the search uses the rest")]
mod filled;
#[path = "../support/mod.rs"]
mod support;

use std::time::Instant;

use browser::Login;
use support::{Installation, free_port, send};

/// Requests of each page.
const REQUESTS: usize = 60;

fn main() {
    let sizes = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok());
    let mut sizes: Vec<usize> = sizes.collect();
    if sizes.is_empty() {
        sizes = vec![10_000, 100_000];
    }
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for size in sizes {
        let port = free_port();
        let installation =
            Installation::new(&format!("[console]\naddress = \"127.0.0.1:{port}\"\n"));
        let mut daemon = installation.serve();
        installation.wait_for_port(&mut daemon, port);
        let report = "From: noc@partner.example\r\nTo: csirt@team.example\r\nSubject: Scan\r\nMessage-ID: <1@partner.example>\r\n\r\n\
            Hello,\r\n\r\nour server 198.51.100.7 port 22/tcp is attacked from 192.0.2.10 since 2024-03-05 02:11:09 UTC.\r\n";
        let reply = send(
            installation.ports.smtp,
            "noc@partner.example",
            "csirt@team.example",
            report,
        );
        assert!(reply.starts_with("250"), "{reply}");
        installation.settle();
        let began = Instant::now();
        runtime.block_on(fill::fill(&installation, size));
        let load = std::fs::read_to_string("/proc/loadavg").unwrap();
        println!(
            "\n{size} tickets made in {:.0} s; load average {}",
            began.elapsed().as_secs_f64(),
            load.trim_end()
        );
        let login = Login::new(&installation, "alice", "analyst");
        runtime.block_on(measure(&installation, port, &login, size));
    }
}

async fn measure(installation: &Installation, port: u16, login: &Login, size: usize) {
    let authority = std::fs::read(installation.path("ca.crt")).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([reqwest::Certificate::from_pem(&authority).unwrap()])
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let base = format!("https://localhost:{port}");
    let first = client.get(format!("{base}/sign-in")).send().await.unwrap();
    let before = cookie(&first);
    let page = first.text().await.unwrap();
    let word = page.split("name=\"word\" value=\"").nth(1).unwrap();
    let word = word.split('"').next().unwrap();
    let code = login.code();
    let form = format!(
        "word={word}&name=alice&password={}&code={code}",
        login.password.replace(' ', "+")
    );
    let entered = client
        .post(format!("{base}/sign-in"))
        .header("Origin", &base)
        .header("Cookie", before)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    assert_eq!(entered.status(), 303);
    let session = cookie(&entered);
    println!(
        "{:<44}{:>9}{:>9}{:>9}{:>9}",
        "page", "p50 ms", "p95 ms", "kB", "lines"
    );
    let last = i64::try_from(size).unwrap();
    let ticket = |number: usize| format!("/t/{:06}", 1_001 + (number as i64 * 7_919) % last);
    let query = |text: &'static str| move |_: usize| format!("/q/CSIRT?q={text}");
    let pages: Vec<(&str, Box<dyn Fn(usize) -> String>)> = vec![
        ("queue, to do now", Box::new(|_| "/q/CSIRT".into())),
        ("queue, all, the newest", Box::new(query(""))),
        (
            "queue, sig:bad (one in a hundred)",
            Box::new(query("sig%3Abad")),
        ),
        ("queue, is:human (none)", Box::new(query("is%3Ahuman"))),
        (
            "queue, tlp:green is:open (sealed)",
            Box::new(query("tlp%3Agreen+is%3Aopen")),
        ),
        (
            "queue, \"nowhere\" (sealed, none)",
            Box::new(query("%22nowhere%22")),
        ),
        (
            "queue, obs: a target's network",
            Box::new(query("obs%3A10.200.3.0%2F24")),
        ),
        (
            "queue, from: a common domain",
            Box::new(query("from%3A%40team0.example")),
        ),
        ("ticket", Box::new(ticket)),
        (
            "search, an attacker's network",
            Box::new(|number| format!("/search?q={}.0.0.0%2F8", 11 + number % 80)),
        ),
        (
            "search, a domain",
            Box::new(|number| format!("/search?q=d{number}.example")),
        ),
        ("charts", Box::new(|_| "/charts/CSIRT".into())),
        (
            "arrivals",
            Box::new(|_| "/q/CSIRT/arrivals?q=is%3Aopen".into()),
        ),
    ];
    for (name, place) in pages {
        let (mut times, mut octets, mut lines) = (Vec::new(), 0, 0);
        // The first three are not counted: statements are prepared then.
        for number in 0..REQUESTS + 3 {
            let began = Instant::now();
            let asked = client.get(format!("{base}{}", place(number)));
            let answer = asked.header("Cookie", &session).send().await.unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert_eq!(status, 200, "{name}: {text}");
            if number >= 3 {
                times.push(began.elapsed().as_secs_f64() * 1e3);
            }
            octets = octets.max(text.len());
            lines = lines.max(text.matches("<th scope=\"row\"").count());
        }
        times.sort_by(f64::total_cmp);
        let at = |part: usize| times[(times.len() * part / 100).min(times.len() - 1)];
        println!(
            "{name:<44}{:>9.1}{:>9.1}{:>9.1}{lines:>9}",
            at(50),
            at(95),
            octets as f64 / 1e3
        );
    }
}

/// What the answer sets, as the next request gives it back.
fn cookie(answer: &reqwest::Response) -> String {
    let set = answer.headers().get_all("set-cookie").into_iter();
    let pairs = set.map(|one| one.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs
        .filter(|pair| !pair.ends_with('='))
        .collect::<Vec<_>>()
        .join("; ")
}
