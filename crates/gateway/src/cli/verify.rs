//! `verify`: whether anything that is stored was changed, moved or taken away.

use std::io::Write;

use clap::Args;
use serde_json::json;

use super::Finding;
use super::desk::Desk;
use crate::audit::DEPLOYMENT;
use crate::audit::outside::{Outside, Standing};
use crate::config::Settings;
use crate::verify::{self, Broken, Report, Verifier};

/// What to look at.
#[derive(Args)]
pub(super) struct Options {
    /// One ticket, by reference or number; everything when absent
    reference: Option<String>,
    /// Take the audit trail as it is from now on, though it is not as `audit.anchor` says: after a restore, say
    #[arg(long, conflicts_with = "reference")]
    accept_anchor: bool,
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
    let mut out = std::io::stdout();
    let outside = desk.outside();
    if options.accept_anchor {
        accept(&desk, &outside, &mut out).await?;
    }
    let report = match &options.reference {
        None => {
            let mut report = verifier.all().await?;
            let is_text = !options.json;
            beside(&desk, &outside, is_text, &mut report, &mut out).await?;
            report
        }
        Some(reference) => {
            let serial = desk.serial(reference)?;
            let tickets = desk.store.tickets(&desk.team, &[serial], &[]).await?;
            let ticket = tickets
                .first()
                .ok_or_else(|| Finding(format!("there is no ticket {}", desk.reference(serial))))?;
            verifier.case(ticket.id).await?
        }
    };
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

/// Compares the deployment's chain with the mark outside the database.
async fn beside(
    desk: &Desk,
    outside: &Outside,
    is_text: bool,
    report: &mut Report,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let path = outside.path().display();
    let (table, row, broken) = match outside.compare(&desk.store).await? {
        Standing::Whole(_) => return Ok(()),
        Standing::Unmarked => {
            if is_text {
                writeln!(
                    out,
                    "there is no {path}: it would not show if the end of the deployment's trail were cut off"
                )?;
            }
            return Ok(());
        }
        Standing::CutBack(mark) => {
            let row = format!("line {} and what followed, as {path} says", mark.number);
            ("audit", row, Broken::Truncated)
        }
        Standing::Altered => ("audit.anchor", path.to_string(), Broken::Altered),
    };
    report.findings.push(verify::Finding {
        case: DEPLOYMENT,
        serial: None,
        table,
        row,
        broken,
    });
    Ok(())
}

/// Writes down that the trail is taken as it is, and marks it so.
async fn accept(desk: &Desk, outside: &Outside, out: &mut impl Write) -> anyhow::Result<()> {
    let before = match outside.compare(&desk.store).await? {
        Standing::CutBack(mark) | Standing::Whole(mark) => mark.number.to_string(),
        Standing::Unmarked => "none".into(),
        Standing::Altered => "altered".into(),
    };
    let detail = format!("before={before}");
    desk.note(DEPLOYMENT, "anchor-accepted", detail).await?;
    if let Some(mark) = outside.mark(&desk.store).await? {
        let path = outside.path().display();
        writeln!(out, "{path} says line {} now", mark.number)?;
    }
    Ok(())
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
