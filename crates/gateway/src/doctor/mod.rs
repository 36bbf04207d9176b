//! Looks at the surroundings of an installation, one small check a module, and says what to do.
//!
//! | module | what it looks at |
//! | --- | --- |
//! | [`console`] | whether somebody can sign in |
//! | [`database`] | the server, its version and settings, its clock, the migrations |
//! | [`keys`] | the ring, the listener's key, the team's keys |
//! | [`tls`] | certificates of the listeners |
//! | [`mail`] | the MTA that takes our mail |
//! | [`dns`] | the name servers |
//! | [`disk`] | room where we write |
//! | [`index`] | whether the search index is as fine as its volume asks for |

mod console;
mod database;
mod disk;
mod dns;
pub mod index;
mod keys;
mod mail;
mod tls;

use serde::Serialize;

use crate::config::Settings;
use crate::store::Store;

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Well.
    Ok,
    /// Works now.
    Warn,
    /// Does not work, or is not safe.
    Fail,
}

impl State {
    /// Its name in output.
    pub fn word(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Warn => "warn",
            State::Fail => "fail",
        }
    }
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What was looked at, a word of ours.
    pub check: &'static str,
    /// How it is.
    pub state: State,
    /// What was seen.
    pub seen: String,
    /// What to do; empty when all is well.
    pub advice: String,
}

impl Line {
    fn ok(check: &'static str, seen: impl Into<String>) -> Line {
        Line {
            check,
            state: State::Ok,
            seen: seen.into(),
            advice: String::new(),
        }
    }

    fn warn(check: &'static str, seen: impl Into<String>, advice: impl Into<String>) -> Line {
        Line {
            check,
            state: State::Warn,
            seen: seen.into(),
            advice: advice.into(),
        }
    }

    fn fail(check: &'static str, seen: impl Into<String>, advice: impl Into<String>) -> Line {
        Line {
            state: State::Fail,
            ..Line::warn(check, seen, advice)
        }
    }
}

/// Looks at everything. What can't be looked at is a line, too.
pub async fn examine(settings: &Settings) -> Vec<Line> {
    let mut lines = Vec::new();
    match Store::new(&settings.database) {
        Err(fault) => lines.push(Line::fail(
            "database",
            fault.to_string(),
            "set database.url and database.password_file",
        )),
        Ok(store) => {
            let (reachable, mut seen) = database::check(&store).await;
            lines.append(&mut seen);
            if reachable {
                lines.extend(index::check(&store).await);
                lines.extend(keys::epochs(settings, &store).await);
                lines.extend(console::check(settings, &store).await);
            }
        }
    }
    lines.extend(keys::check(settings).await);
    lines.extend(tls::check(settings));
    lines.extend(mail::check(settings).await);
    lines.extend(dns::check(settings).await);
    lines.extend(console::provider(settings).await);
    lines.extend(disk::check(settings));
    lines
}
