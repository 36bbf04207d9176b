//! The answers that letters expect (T11). What each row must say follows from the trail: letters, what takes them back, answers that came,
//! and changes of the ticket's state, or of that of a ticket into which it was merged. How far the delivery of the mail itself has
//! come is not covered, as elsewhere: a refusal makes the time for an answer end earlier, never later. Nor is a row that stands open
//! although it ended on such another ticket: it makes a ticket overdue, and hides none.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::chain::{Chain, word};
use super::rows::Findings;
use super::{Broken, Verifier};
use crate::audit::hex;
use crate::store::{AuditRow, AwaitedRow, CaseRows, StoreFault};

/// What a chain says of them.
#[derive(Debug, Default)]
pub(super) struct Expected {
    /// By the mail.
    rows: BTreeMap<Uuid, One>,
}

/// What is expected.
#[derive(Debug, Default)]
struct One {
    letter: Uuid,
    party: String,
    until: String,
    ended: &'static str,
    /// The change of the ticket's state that withdrew it, as the history has it.
    withdrawn_by: Option<Uuid>,
    /// The numbers of the tickets into which this one was merged meanwhile: it may have ended there.
    heirs: BTreeSet<i64>,
}

/// What an analyst does with a ticket that ends what is awaited.
const WITHDRAWN_BY: [&str; 3] = ["closed", "reopened", "changed"];

impl Expected {
    /// What a line says, after those before it.
    pub(super) fn read(&mut self, row: &AuditRow) {
        match row.action.as_str() {
            "sent" => self.sent(&row.detail),
            "unsent" => {
                let letter = word(&row.detail, "letter=").and_then(|id| id.parse().ok());
                self.end("taken-back", |one| Some(one.letter) == letter);
            }
            "joined" => {
                let parties: Vec<&str> = answered(row).collect();
                self.end("answered", |one| parties.contains(&one.party.as_str()));
            }
            "merged" | "unmerged" => {
                let into: Option<i64> =
                    word(&row.detail, "into=").and_then(|into| into.parse().ok());
                let rows = self.rows.values_mut();
                for one in rows.filter(|one| one.ended.is_empty()) {
                    one.heirs.extend(into.filter(|into| *into > 0));
                }
            }
            action if WITHDRAWN_BY.contains(&action) => self.withdrawn(&row.detail),
            "undone" => self.again(&row.detail),
            _ => {}
        }
    }

    fn sent(&mut self, detail: &str) {
        let letter = word(detail, "entry=").and_then(|id| id.parse().ok());
        let (mut until, mut mail) = ("", None);
        for part in detail.split(' ') {
            match part.split_once('=') {
                Some(("until", moment)) => until = moment,
                Some(("awaited", id)) => mail = id.parse().ok(),
                Some(("of", party)) => {
                    let one = letter.map(|letter| One {
                        letter,
                        party: party.to_owned(),
                        until: until.to_owned(),
                        ..One::default()
                    });
                    self.rows.extend(mail.zip(one));
                }
                Some(_) | None => {}
            }
        }
    }

    fn withdrawn(&mut self, detail: &str) {
        let event = word(detail, "event=").and_then(|id| id.parse().ok());
        let rows = self.rows.values_mut();
        for one in rows.filter(|one| one.ended.is_empty()) {
            (one.ended, one.withdrawn_by) = ("withdrawn", event);
        }
    }

    /// What a change withdrew that is taken back is awaited again.
    fn again(&mut self, detail: &str) {
        let event: Option<Uuid> = word(detail, "undoes=").and_then(|id| id.parse().ok());
        let rows = self.rows.values_mut();
        for one in rows.filter(|one| one.ended == "withdrawn" && one.withdrawn_by == event) {
            (one.ended, one.withdrawn_by) = ("", None);
        }
    }

    fn end(&mut self, how: &'static str, whose: impl Fn(&One) -> bool) {
        let rows = self.rows.values_mut();
        for one in rows.filter(|one| one.ended.is_empty() && whose(one)) {
            one.ended = how;
        }
    }
}

impl Verifier<'_> {
    /// Compares the answers that are expected with what the chain says of them.
    pub(super) async fn awaited(
        &self,
        stored: &CaseRows,
        chain: &Chain,
        findings: &mut Findings<'_>,
    ) -> Result<(), StoreFault> {
        let expected = &chain.awaited;
        let gone = expected.rows.keys();
        for mail in gone.filter(|mail| !stored.awaited.iter().any(|row| row.mail == **mail)) {
            findings.tell("awaited", format!("mail {mail}"), Broken::Missing);
        }
        for row in &stored.awaited {
            let broken = match expected.rows.get(&row.mail) {
                None => Broken::Added,
                Some(one) if !is_of(row, one) => Broken::Altered,
                Some(one) if row.ended == one.ended => continue,
                Some(one) if self.ended_elsewhere(stored, row, one).await? => continue,
                Some(_) => Broken::Altered,
            };
            findings.tell("awaited", format!("mail {}", row.mail), broken);
        }
        Ok(())
    }

    /// Whether it ended on a ticket into which this one was merged; not asked of those that were erased since.
    async fn ended_elsewhere(
        &self,
        stored: &CaseRows,
        row: &AwaitedRow,
        one: &One,
    ) -> Result<bool, StoreFault> {
        if one.heirs.is_empty() || !["answered", "withdrawn"].contains(&row.ended.as_str()) {
            return Ok(false);
        }
        let serials: Vec<i64> = one.heirs.iter().copied().collect();
        let there = self.store.tickets(self.team, &serials, &[]).await?;
        if there.len() < serials.len() {
            return Ok(true);
        }
        let own = stored.ticket.as_ref().map_or(0, |ticket| ticket.serial);
        for heir in there {
            let lines = self.store.audit_rows(&[heir.id]).await?;
            if ended_there(&lines, own, row, one) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether an heir's trail says that it ended so.
fn ended_there(lines: &[AuditRow], own: i64, row: &AwaitedRow, one: &One) -> bool {
    let own = own.to_string();
    let mut is_here = false;
    lines.iter().any(|line| match line.action.as_str() {
        "took-over" | "gave-back" => {
            let numbers = word(&line.detail, "from=").unwrap_or_default();
            if numbers.split(',').any(|number| number == own) {
                is_here = line.action == "took-over";
            }
            false
        }
        "joined" => row.ended == "answered" && answered(line).any(|party| party == one.party),
        action => is_here && row.ended == "withdrawn" && WITHDRAWN_BY.contains(&action),
    })
}

/// Whether a row is of this letter and party, and its time ends when it must: earlier when the mail was refused.
fn is_of(row: &AwaitedRow, one: &One) -> bool {
    let in_time = match row.failed.as_str() {
        "" => row.until == one.until,
        _ => row.until <= one.until,
    };
    row.letter == one.letter && hex(&row.party) == one.party && in_time
}

/// Whose answer a line says came.
fn answered(row: &AuditRow) -> impl Iterator<Item = &str> {
    let words = row.detail.split(' ');
    words.filter_map(|word| word.strip_prefix("answered="))
}
