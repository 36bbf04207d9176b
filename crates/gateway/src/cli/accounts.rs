//! `account add|set-password|remove|list`: who may send over the listeners that have `accounts`.

use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use anyhow::{Context, bail};
use clap::Subcommand;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret, SecretString};

use super::Finding;
use crate::accounts::Book;
use crate::config::Settings;

/// What to do with accounts.
#[derive(Subcommand)]
pub(super) enum Action {
    /// Make an account; its password is asked for, or read as one line of standard input
    #[command(
        after_help = "Examples:\n  pillarbox account add sensor-7\n  pillarbox account add sensor-7 < password.txt"
    )]
    Add {
        /// 1 to 64 letters, digits and any of . _ - @ +
        name: String,
    },
    /// Change the password of an account
    SetPassword {
        /// The account
        name: String,
    },
    /// Take an account away; a session in which it is logged in goes on
    Remove {
        /// The account
        name: String,
    },
    /// Names, one a line
    List,
}

pub(super) fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let path = settings
        .accounts
        .file
        .as_deref()
        .context("accounts.file is not set: name the file that holds the accounts")?;
    let mut out = std::io::stdout();
    match action {
        Action::Add { name } => {
            let mut book = if path.exists() {
                Book::read(path)?
            } else {
                Book::empty()?
            };
            if book.contains(name) {
                bail!("there is an account {name:?} already; `account set-password` changes it");
            }
            save(&mut book, name, path)?;
            writeln!(out, "added {name}")?;
        }
        Action::SetPassword { name } => {
            let mut book = Book::read(path)?;
            if !book.contains(name) {
                return Err(nobody(name));
            }
            save(&mut book, name, path)?;
            writeln!(out, "changed the password of {name}")?;
        }
        Action::Remove { name } => {
            let mut book = Book::read(path)?;
            if !book.remove(name) {
                return Err(nobody(name));
            }
            book.write(path)?;
            writeln!(out, "removed {name}")?;
        }
        Action::List => {
            for name in Book::read(path)?.names() {
                writeln!(out, "{name}")?;
            }
        }
    }
    Ok(())
}

fn nobody(name: &str) -> anyhow::Error {
    Finding(format!("there is no account {name:?}")).into()
}

fn save(book: &mut Book, name: &str, path: &Path) -> anyhow::Result<()> {
    book.set(name, &password()?)?;
    Ok(book.write(path)?)
}

/// Never an argument: other users see those. At a terminal it is asked for twice and not shown.
pub(super) fn password() -> anyhow::Result<SecretString> {
    if !std::io::stdin().is_terminal() {
        return line();
    }
    let (first, second) = (ask("Password: ")?, ask("Again: ")?);
    if first.expose_secret() != second.expose_secret() {
        bail!("the two are not the same");
    }
    Ok(first)
}

fn ask(prompt: &str) -> anyhow::Result<SecretString> {
    let mut errors = std::io::stderr();
    errors.write_all(prompt.as_bytes())?;
    errors.flush()?;
    let terminal = std::io::stdin();
    let before = tcgetattr(&terminal)?;
    let mut hidden = before.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&terminal, OptionalActions::Flush, &hidden)?;
    let line = line();
    tcsetattr(&terminal, OptionalActions::Flush, &before)?;
    errors.write_all(b"\n")?;
    line
}

fn line() -> anyhow::Result<SecretString> {
    let mut line = zeroize::Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n'])))
}
