//! `verify`: whether anything that is stored was changed, moved or taken away.

use std::io::Write;

use clap::Args;
use serde_json::json;

use super::Finding;
use super::desk::Desk;
use crate::config::Settings;
use crate::verify::{self, Report, Verifier};

/// What to look at.
#[derive(Args)]
pub(super) struct Options {
    /// One ticket, by reference or number; everything when absent
    reference: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(options: &Options, settings: &Settings) -> anyhow::Result<()> {
    let desk = Desk::new(settings)?;
    desk.open_index()?;
    let verifier = Verifier {
        store: &desk.store,
        ring: &desk.ring,
        team: &desk.team,
        own: desk.own.as_deref(),
    };
    let report = match &options.reference {
        None => verifier.all().await?,
        Some(reference) => {
            let serial = desk.serial(reference)?;
            let tickets = desk.store.tickets(&desk.team, &[serial], &[]).await?;
            let ticket = tickets
                .first()
                .ok_or_else(|| Finding(format!("there is no ticket {}", desk.reference(serial))))?;
            verifier.case(ticket.id).await?
        }
    };
    let mut out = std::io::stdout();
    if options.json {
        let findings: Vec<_> = report
            .findings
            .iter()
            .map(|finding| {
                json!({"ticket": finding.serial.map(|serial| desk.reference(serial)), "case": finding.case, "table": finding.table,
                    "row": finding.row, "what": finding.broken.word()})
            })
            .collect();
        let summary = json!({"findings": findings, "cases": report.cases, "lines": report.lines, "messages": report.messages, "sealed_to_analysts": report.closed});
        writeln!(out, "{summary}")?;
    } else {
        for finding in &report.findings {
            writeln!(out, "{}  {finding}", place(&desk, finding))?;
        }
    }
    conclude(&report, options.json, &mut out)
}

/// `CSIRT#000123`, or the case's id.
fn place(desk: &Desk, finding: &verify::Finding) -> String {
    match finding.serial {
        Some(serial) => desk.reference(serial),
        None if finding.case == crate::audit::DEPLOYMENT => "deployment".into(),
        None => finding.case.to_string(),
    }
}

fn conclude(report: &Report, as_json: bool, out: &mut impl Write) -> anyhow::Result<()> {
    let seen = format!(
        "{} cases, {} messages, {} lines of the audit trail",
        report.cases, report.messages, report.lines
    );
    if !report.findings.is_empty() {
        return Err(Finding(format!("{} findings in {seen}", report.findings.len())).into());
    }
    if !as_json {
        writeln!(out, "{seen}: as they were written")?;
        if report.closed > 0 {
            let closed = report.closed;
            writeln!(
                out,
                "{closed} messages are sealed to analysts: of those what is sealed was not opened (--analyst does)"
            )?;
        }
    }
    Ok(())
}
