//! Keys that are single letters: which there are for whom, and that they can be switched off (WCAG 2.1.4). The switch is kept with the
//! account: who speaks to a computer, or rests a hand on the keyboard, switches them off once.

use askama::Template;
use axum::extract::Form;
use axum::response::{Redirect, Response};
use serde::Deserialize;

use super::guard::{Wrong, render};
use super::session::{Analyst, Frame};
use super::signin::back;
use super::words::Words;

/// What a key is called, and what it does.
type Key = (&'static str, &'static str);

/// The switch.
#[derive(Deserialize)]
pub(super) struct Switching {
    word: String,
    keys: String,
    #[serde(default)]
    here: String,
}

#[derive(Template)]
#[template(path = "keys.html")]
struct KeysView {
    f: Frame,
    w: &'static Words,
}

/// The keys and the switch, for who runs no script.
pub(super) async fn page(analyst: Analyst) -> Response {
    let (f, w) = (analyst.frame(), analyst.w);
    render(&KeysView { f, w })
}

/// Keeps with the account whether letters are keys.
pub(super) async fn switch(
    analyst: Analyst,
    Form(switching): Form<Switching>,
) -> Result<Redirect, Wrong> {
    analyst.check(&switching.word)?;
    let keys = match switching.keys.as_str() {
        "on" => true,
        "off" => false,
        _ => return Err(Wrong::refused(analyst.w)),
    };
    let (store, account) = (&analyst.desk.store, analyst.who.account);
    let chosen = store.choose_keys(account, keys).await;
    chosen.map_err(|fault| analyst.fault(fault))?;
    Ok(Redirect::to(back(&switching.here).unwrap_or("/keys")))
}

/// What needs no right to act.
const OF_READERS: [&str; 10] = [
    "j k",
    "o ⏎",
    "u",
    "[  ]",
    "/",
    "?",
    ".  ..  ...",
    "g q",
    "g m  g u",
    "g q  g m  g u",
];

/// Of these keys those that do something for him.
fn of(keys: &[Key], may_act: bool) -> Vec<Key> {
    let does = |key: &&Key| may_act || OF_READERS.contains(&key.0);
    keys.iter().filter(does).copied().collect()
}

impl Words {
    /// Keys of the queue.
    pub(super) fn keys_of_queue(&self, may_act: &bool) -> Vec<Key> {
        of(&self.key_list(), *may_act)
    }

    /// Keys of a ticket.
    pub(super) fn keys_of_ticket(&self, may_act: &bool) -> Vec<Key> {
        of(&self.ticket_keys(), *may_act)
    }

    /// Keys of other pages.
    pub(super) fn keys_of_page(&self, may_act: &bool) -> Vec<Key> {
        of(&self.page_keys(), *may_act)
    }

    /// Over the keys of all other pages.
    pub(super) fn other_pages(&self) -> &'static str {
        self.one("Other pages", "Autres pages")
    }

    /// What the switch does.
    pub(super) fn keys_hint(&self, on: &bool) -> &'static str {
        match on {
            true => self.one(
                "Single letters are keys on these pages, but where you write.",
                "Des lettres seules sont des touches sur ces pages, sauf là où vous écrivez.",
            ),
            false => self.one(
                "Single letters do nothing on these pages, for your account.",
                "Les lettres seules ne font rien sur ces pages, pour votre compte.",
            ),
        }
    }

    /// On the button.
    pub(super) fn keys_switch(&self, on: &bool) -> &'static str {
        match on {
            true => self.one("Switch them off", "Les désactiver"),
            false => self.one("Switch them on", "Les activer"),
        }
    }
}
