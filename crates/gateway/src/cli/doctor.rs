//! `doctor`: whether the surroundings are well.

use std::io::Write;

use clap::Args;

use super::Finding;
use crate::config::Settings;
use crate::doctor::{self, State};

/// How to say it.
#[derive(Args)]
pub(super) struct Options {
    /// As JSON, one object a line
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: &Options, settings: &Settings) -> anyhow::Result<()> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let lines = doctor::examine(settings).await;
    let mut out = std::io::stdout();
    for line in &lines {
        if options.json {
            writeln!(out, "{}", serde_json::to_string(line)?)?;
            continue;
        }
        let seen = crate::screen::one_line(&line.seen, 200);
        writeln!(out, "{:<5} {:<18} {seen}", line.state.word(), line.check)?;
        if !line.advice.is_empty() {
            writeln!(out, "{:<24} → {}", "", line.advice)?;
        }
    }
    let failed = lines.iter().filter(|line| line.state == State::Fail);
    match failed.count() {
        0 => Ok(()),
        count => Err(Finding(format!("{count} checks failed")).into()),
    }
}
