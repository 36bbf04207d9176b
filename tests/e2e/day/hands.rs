//! An analyst who has a keyboard and nothing else.

use std::time::Duration;

use serde_json::Value;

use crate::browser::{Chromium, Login};
use crate::support::{Installation, wait_for};

pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";
pub const ESCAPE: &str = "\u{e00c}";
const CONTROL: char = '\u{e009}';

/// Somebody at the console.
pub struct Hands {
    pub chromium: Chromium,
    pub own: String,
}

impl Hands {
    /// Signs in.
    pub fn sign_in(installation: &Installation, port: u16, name: &str, role: &str) -> Hands {
        let login = Login::new(installation, name, role);
        let hands = Hands::outside(port);
        hands.enter(name, &login);
        hands.is_at("/q/CSIRT");
        hands
    }

    /// In front of the first page.
    pub fn outside(port: u16) -> Hands {
        let hands = Hands {
            chromium: Chromium::new(),
            own: format!("https://localhost:{port}"),
        };
        hands.chromium.open(&hands.own);
        hands
    }

    /// Name, password, the code of the telephone.
    pub fn enter(&self, name: &str, login: &Login) {
        self.writes_at("name");
        self.goes(&[name, TAB, login.password, TAB, &login.code(), ENTER].concat());
    }

    /// Keys that stay on the page.
    pub fn press(&self, keys: &str) {
        self.chromium.press(keys);
    }

    /// Keys of which the last leads to another page, or to the same one made anew; waits for it.
    pub fn goes(&self, keys: &str) {
        self.chromium.ask_page("window.before = true");
        self.press(keys);
        self.arrives();
    }

    /// Sends what is written.
    pub fn sends(&self) {
        self.chromium.ask_page("window.before = true");
        self.chromium.chord(CONTROL, ENTER);
        self.arrives();
    }

    fn arrives(&self) {
        self.chromium
            .wait("return !window.before && document.readyState == 'complete'");
    }

    pub fn is_at(&self, path: &str) {
        self.chromium
            .wait(&format!("return location.pathname == '{path}'"));
    }

    /// Waits until this is where one writes.
    pub fn writes_at(&self, id: &str) {
        self.chromium
            .wait(&format!("return document.activeElement.id == '{id}'"));
    }

    /// Waits until these words are on the page.
    pub fn reads(&self, words: &str) {
        wait_for(words, Duration::from_secs(30), || {
            let text = self.ask("return document.body.innerText");
            text.as_str().is_some_and(|text| text.contains(words))
        });
    }

    pub fn ask(&self, script: &str) -> Value {
        self.chromium.ask_page(script)
    }

    /// How many lines the queue shows.
    pub fn lines(&self) -> usize {
        let count = self.ask("return document.querySelectorAll('.queue tbody tr').length");
        usize::try_from(count.as_u64().unwrap()).unwrap()
    }

    /// The ticket on whose line one stands; empty for none.
    pub fn stands_on(&self) -> String {
        let here = "const row = document.activeElement.closest('.queue tbody tr'); return row ? row.querySelector('th a').innerText : ''";
        self.ask(here).as_str().unwrap().to_owned()
    }

    /// Moves to the line with this Subject, by `j` and `k`; the number of its ticket.
    pub fn stand(&self, subject: &str) -> String {
        let place = format!(
            "const rows = [...document.querySelectorAll('.queue tbody tr')];
             const here = rows.findIndex((one) => one.contains(document.activeElement));
             const there = rows.findIndex((one) => one.querySelector('.about bdi').innerText == {subject:?});
             return there < 0 ? null : [here, there]"
        );
        let place = self.ask(&place);
        let steps = place.as_array().map(|two| {
            let [here, there] = [0, 1].map(|number| two[number].as_i64().unwrap());
            there - here
        });
        let steps = steps.unwrap_or_else(|| panic!("no line {subject:?}"));
        let key = if steps < 0 { "k" } else { "j" };
        self.press(&key.repeat(usize::try_from(steps.abs()).unwrap()));
        let reference = self.stands_on();
        let (_, serial) = reference.split_once('#').unwrap();
        serial.to_owned()
    }

    /// Goes on by Tab until one stands on what this selector finds.
    pub fn tab_to(&self, selector: &str) {
        let is_there = format!("return document.activeElement.matches({selector:?})");
        for _ in 0..150 {
            if self.ask(&is_there) == true {
                return;
            }
            self.press(TAB);
        }
        panic!("Tab does not come to {selector}");
    }

    /// Fills the queue with what answers a query, or with what there is to do.
    pub fn asks(&self, query: &str) {
        self.press("/");
        self.writes_at("q");
        // Whatever stands there is selected, and written over.
        self.goes(&format!("{query}{ENTER}"));
    }
}
