//! Who asks, and how long that takes.

use std::sync::Arc;
use std::time::Instant;

use jiff::{ToSpan, Zoned};
use pillarbox::keyfiles;
use pillarbox::search::{Kind, Months, Search, Subject};
use pillarbox::store::QueueFilter;

use crate::browser::Login;
use crate::fill::{self, TEAM};
use crate::pages::Page;
use crate::support::Installation;

/// Tickets of a page of the queue.
const PAGE: usize = 50;

/// A browser that is signed in, and a program with a token.
#[derive(Clone)]
pub struct Asker {
    base: String,
    session: String,
    token: String,
    client: reqwest::Client,
    authority: Arc<Vec<u8>>,
}

/// How long requests took, in milliseconds, sorted; the largest answer; the most lines of a table.
#[derive(Default)]
pub struct Took {
    pub times: Vec<f64>,
    pub octets: usize,
    pub lines: usize,
}

impl Took {
    /// Of a hundred so many took no longer.
    pub fn at(&self, percent: usize) -> f64 {
        let last = self.times.len() - 1;
        self.times[(self.times.len() * percent / 100).min(last)]
    }
}

impl Asker {
    pub async fn new(installation: &Installation, port: u16, login: &Login) -> Asker {
        let said = installation.run(&["analyst", "token", "add", "robot", "--scope", "read"]);
        let mut asker = Asker {
            base: format!("https://localhost:{port}"),
            session: String::new(),
            token: said.lines().last().unwrap().to_owned(),
            client: reqwest::Client::new(),
            authority: Arc::new(std::fs::read(installation.path("ca.crt")).unwrap()),
        };
        asker = asker.other();
        let base = &asker.base;
        let first = asker.client.get(format!("{base}/sign-in")).send();
        let first = first.await.unwrap();
        let before = cookie(&first);
        let page = first.text().await.unwrap();
        let word = page.split("name=\"word\" value=\"").nth(1).unwrap();
        let word = word.split('"').next().unwrap();
        let form = format!(
            "word={word}&name=alice&password={}&code={}",
            login.password.replace(' ', "+"),
            login.code()
        );
        let entered = asker
            .client
            .post(format!("{base}/sign-in"))
            .header("Origin", base)
            .header("Cookie", before)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .unwrap();
        assert_eq!(entered.status(), 303);
        asker.session = cookie(&entered);
        asker
    }

    /// The same over a connection of its own.
    pub fn other(&self) -> Asker {
        let authority = reqwest::Certificate::from_pem(&self.authority).unwrap();
        let client = reqwest::Client::builder()
            .tls_certs_only([authority])
            .redirect(reqwest::redirect::Policy::none());
        Asker {
            client: client.build().unwrap(),
            ..self.clone()
        }
    }

    /// Asks from `first` on, so often; three times more before, since statements are prepared then.
    pub async fn ask(&self, page: &Page, first: usize, requests: usize) -> Took {
        let mut took = Took::default();
        for number in 0..requests + 3 {
            let place = (page.place)(first + number);
            let began = Instant::now();
            let asked = self.client.get(format!("{}{place}", self.base));
            let asked = match place.starts_with("/api/") {
                true => asked.header("Authorization", format!("Bearer {}", self.token)),
                false => asked.header("Cookie", &self.session),
            };
            let answer = asked.send().await.unwrap();
            let status = answer.status();
            let text = answer.text().await.unwrap();
            assert!(status == 200, "{place}: {status} {text}");
            if number >= 3 {
                took.times.push(began.elapsed().as_secs_f64() * 1e3);
            }
            took.octets = took.octets.max(text.len());
            let lines = text.matches("<th scope=\"row\"").count();
            took.lines = took.lines.max(lines);
        }
        took.times.sort_by(f64::total_cmp);
        took
    }
}

/// What is looked up of the first messages of a page's tickets, for pages of the queue from the newest on: as the console does, the
/// constituency's own addresses left out.
pub async fn seen_before(installation: &Installation, pages: usize) -> Took {
    let settings = pillarbox::config::load(&installation.configuration()).unwrap();
    let ring = Arc::new(keyfiles::ring(&settings.storage).unwrap());
    let store = fill::store(installation);
    let filter = QueueFilter {
        limit: i64::try_from(PAGE * pages).unwrap(),
        ..QueueFilter::default()
    };
    let rows = store.queue(TEAM, &filter).await.unwrap();
    let search = Search {
        store: &store,
        ring: &ring,
        team: TEAM,
        own: None,
    };
    let day = Zoned::now().date().checked_sub(11.months()).unwrap();
    let months = Months {
        from: Some(pillarbox::search::partition::first_day(day)),
        to: None,
    };
    let mut took = Took::default();
    for rows in rows.chunks(PAGE) {
        let entries: Vec<_> = rows.iter().map(|row| row.first.id).collect();
        let candidates = store.values(&entries).await.unwrap();
        let opened = search.open(candidates).await.into_iter();
        let subjects = opened.map(|(candidate, values)| Subject {
            ticket: candidate.case,
            values: values
                .unwrap()
                .into_iter()
                .filter(|one| one.kind != Kind::Address || !one.text.starts_with("10.20"))
                .collect(),
        });
        let subjects: Vec<Subject> = subjects.collect();
        let began = Instant::now();
        let before = search.before(&subjects, &months).await.unwrap();
        took.times.push(began.elapsed().as_secs_f64() * 1e3);
        took.lines = took.lines.max(before.iter().map(Vec::len).sum());
    }
    took.times.sort_by(f64::total_cmp);
    took
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
