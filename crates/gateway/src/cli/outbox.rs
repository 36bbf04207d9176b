//! `outbox list|release|drop`: mail that came out of a backup, and leaves only when somebody says so.

use std::io::Write;

use clap::{Args, Subcommand};
use serde_json::json;
use uuid::Uuid;

use super::Finding;
use super::desk::Desk;
use crate::audit::DEPLOYMENT;
use crate::config::Settings;
use crate::screen;
use crate::sealing;
use crate::sender::Letter;
use crate::store::HeldMail;

/// What to do with held mail.
#[derive(Subcommand)]
pub(super) enum Action {
    /// List held mail, the newest last
    List {
        /// At most so many
        #[arg(long, default_value_t = 100)]
        limit: i64,
        /// As JSON, one object a line
        #[arg(long)]
        json: bool,
    },
    /// Let it leave: it was not sent after the backup was made, or may be sent twice
    #[command(
        after_help = "Examples:\n  pillarbox outbox release 019a0f3e-…\n  pillarbox outbox release --all"
    )]
    Release(Which),
    /// Give it up: it has left already
    #[command(
        after_help = "Examples:\n  pillarbox outbox drop 019a0f3e-…\n  pillarbox outbox drop --all"
    )]
    Drop(Which),
}

#[derive(Args)]
pub(super) struct Which {
    /// Its id, as listed
    #[arg(required_unless_present = "all")]
    id: Option<Uuid>,
    /// All of them
    #[arg(long, conflicts_with = "id")]
    all: bool,
}

impl Which {
    /// For the audit trail.
    fn detail(&self) -> String {
        let id = self.id.map(|id| id.to_string());
        format!("mail={}", id.unwrap_or_else(|| "all".into()))
    }
}

pub(super) async fn run(action: &Action, settings: &Settings) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    let mut out = std::io::stdout();
    let (count, which, done) = match action {
        Action::List { limit, json } => {
            let held = desk.store.held_mail(*limit).await?;
            let detail = format!("mails={}", held.len());
            desk.note(DEPLOYMENT, "listed_held", detail).await?;
            return list(&desk, &held, *json, &mut out);
        }
        Action::Release(which) => {
            desk.note(DEPLOYMENT, "released_held", which.detail())
                .await?;
            let count = desk.store.release_held(which.id).await?;
            (count, which, "will leave")
        }
        Action::Drop(which) => {
            desk.note(DEPLOYMENT, "dropped_held", which.detail())
                .await?;
            let count = desk.store.drop_held(which.id).await?;
            (count, which, "given up")
        }
    };
    if let (Some(id), 0) = (which.id, count) {
        return Err(Finding(format!("there is no held mail {id}")).into());
    }
    writeln!(out, "{count} {done}")?;
    Ok(())
}

fn list(desk: &Desk, held: &[HeldMail], as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for mail in held {
        let (reference, recipient) = match open(desk, mail) {
            Ok(letter) => (letter.reference, letter.recipient),
            Err(error) => (String::new(), format!("(can't be opened: {error})")),
        };
        if as_json {
            let line = json!({"id": mail.id, "state": "held", "queued_at": mail.created_at, "ticket": reference, "recipient": recipient});
            writeln!(out, "{line}")?;
        }
        let (reference, recipient) = (
            screen::one_line(&reference, 40),
            screen::one_line(&recipient, 60),
        );
        lines.push(vec![
            mail.id.to_string(),
            mail.created_at.clone(),
            reference,
            recipient,
        ]);
    }
    if as_json {
        return Ok(());
    }
    if held.is_empty() {
        writeln!(out, "no mail is held")?;
        return Ok(());
    }
    let header = ["Id", "Queued", "About", "To"];
    writeln!(out, "{}", screen::table(&header, lines))?;
    Ok(())
}

fn open(desk: &Desk, mail: &HeldMail) -> Result<Letter, vault::VaultError> {
    let key = sealing::case_key(&desk.ring, &desk.team, mail.case, &mail.wrapped)?;
    let aad = Letter::aad(&desk.team, mail.case, mail.id);
    sealing::open(&key, &aad, &mail.message)
}
