//! The lines of one chain, its head, and the anchors.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::awaited::Expected;
use super::{Broken, Finding, Report, Verifier};
use crate::audit::{self, DEPLOYMENT};
use crate::store::{AuditRow, Head, StoreFault};

/// What a chain says, as far as its lines are good.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// How many lines there are.
    pub lines: usize,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
    /// The messages that were filed.
    pub entries: BTreeMap<Uuid, Filed>,
    /// Digest of the ticket.
    pub ticket: Option<String>,
    /// The number of the ticket that it was merged into; 0 for none.
    pub merged_into: i64,
    /// An analyst refused that it belongs to the ticket that its first message names.
    pub claim_refused: bool,
    /// Digests of parties, hexadecimal.
    pub parties: BTreeSet<String>,
    /// Digests of foreign references, hexadecimal.
    pub foreign: BTreeSet<String>,
    /// Mail of ours.
    pub mail: BTreeSet<Uuid>,
    /// The ticket's state.
    pub state: String,
    /// The analyst who has the ticket; empty when nobody has.
    pub owner: String,
    /// What was done with the ticket, or with the certificate.
    pub events: BTreeSet<Uuid>,
    /// Answers that its letters expect, or expected.
    pub awaited: Expected,
    /// Digest of the certificate.
    pub certificate: Option<String>,
    /// Digest of the organisation.
    pub organisation: Option<String>,
    /// Whose the certificate is: codes of bindings, hexadecimal.
    pub bindings: BTreeMap<Uuid, String>,
    /// How many verdicts were given later on a message.
    pub verdicts: BTreeMap<Uuid, i32>,
    /// Whether the case was erased on purpose.
    pub erased: bool,
}

/// What a line says of a message.
#[derive(Clone, Debug, Default)]
pub(super) struct Filed {
    /// Digest of the columns in clear.
    pub row: String,
    /// Whether it has searchable values.
    pub observables: bool,
}

impl Verifier<'_> {
    /// Walks a chain.
    pub(super) async fn chain(&self, case: Uuid) -> Result<Chain, StoreFault> {
        let head = self.store.heads(Some(case), None, 1).await?;
        let rows = self.store.audit_rows(&[case]).await?;
        let mut chain = Chain {
            lines: rows.len(),
            state: "new".into(),
            ..Chain::default()
        };
        self.walk(case, &rows, &mut chain);
        self.head(case, head.first(), rows.last(), &mut chain);
        for row in &rows {
            chain.read(row);
        }
        Ok(chain)
    }

    fn walk(&self, case: Uuid, rows: &[AuditRow], chain: &mut Chain) {
        let mut previous = [0; 32];
        let mut number = 0;
        for row in rows {
            for gone in number + 1..row.number {
                chain.tell(case, "audit", line(gone), Broken::Missing);
            }
            let follows = row.number == number + 1;
            if !audit::is_next(self.ring, &previous, row) && follows {
                chain.tell(case, "audit", line(row.number), Broken::Altered);
            }
            // One broken line is named once: those after it are judged by what stands there.
            previous = row.mac.as_slice().try_into().unwrap_or([0; 32]);
            number = row.number;
        }
    }

    fn head(&self, case: Uuid, head: Option<&Head>, last: Option<&AuditRow>, chain: &mut Chain) {
        let Some(head) = head else {
            if last.is_some() {
                chain.tell(case, "audit_head", "head".into(), Broken::Missing);
            }
            return;
        };
        let mac: [u8; 32] = head.mac.as_slice().try_into().unwrap_or([0; 32]);
        let seal = self.ring.head_mac(case.into_bytes(), head.number, &mac);
        if head.seal != seal {
            chain.tell(case, "audit_head", "head".into(), Broken::Altered);
            return;
        }
        let reached = last.map_or(0, |last| last.number);
        for gone in reached + 1..=head.number {
            chain.tell(case, "audit", line(gone), Broken::Missing);
        }
        match last {
            Some(last) if last.number > head.number => {
                chain.tell(case, "audit_head", "head".into(), Broken::Truncated);
            }
            Some(last) if last.number == head.number && last.mac != head.mac => {
                chain.tell(case, "audit", line(last.number), Broken::Altered);
            }
            Some(_) | None => {}
        }
    }

    /// Walks the deployment's own chain, and asks of each anchor whether the chains that it names are still as long.
    pub(super) async fn anchors(&self, report: &mut Report) -> Result<(), StoreFault> {
        let chain = self.chain(DEPLOYMENT).await?;
        report.lines += chain.lines;
        report.findings.extend(chain.findings);
        let rows = self.store.audit_rows(&[DEPLOYMENT]).await?;
        for row in rows.iter().filter(|row| row.action == "anchored") {
            let named = self.store.anchors(row.number).await?;
            let mut heads = Vec::new();
            for (case, number, mac) in named {
                match mac {
                    Some(mac) => heads.push(Head {
                        case,
                        number,
                        mac,
                        seal: Vec::new(),
                    }),
                    None => report.findings.push(Finding {
                        case,
                        serial: None,
                        table: "audit",
                        row: format!("line {number}, which anchor {} names", row.number),
                        broken: Broken::Missing,
                    }),
                }
            }
            let wanted = word(&row.detail, "chains=").and_then(|count| count.parse().ok());
            let digest = audit::heads_digest(self.ring, &heads);
            let said = word(&row.detail, "digest=");
            let complete = wanted == Some(heads.len());
            if said != Some(digest.as_str()) {
                report.findings.push(Finding {
                    case: DEPLOYMENT,
                    serial: None,
                    table: "audit_anchor",
                    row: format!("anchor {}", row.number),
                    broken: if complete {
                        Broken::Altered
                    } else {
                        Broken::Truncated
                    },
                });
            }
        }
        Ok(())
    }
}

impl Chain {
    fn tell(&mut self, case: Uuid, table: &'static str, row: String, broken: Broken) {
        self.findings.push(Finding {
            case,
            serial: None,
            table,
            row,
            broken,
        });
    }

    /// What a line says of rows.
    fn read(&mut self, row: &AuditRow) {
        self.awaited.read(row);
        match row.action.as_str() {
            "opened" | "joined" | "suppressed" | "promoted" | "closed" | "reopened" | "changed"
            | "merged" | "unmerged" | "noted" | "linked" | "unlinked" | "sent" | "unsent"
            | "split" | "split-off" | "retried" | "corrected" | "tagged" | "untagged"
            | "marked" | "took-over" | "gave-back" | "undone" => {}
            "claim-refused" => self.claim_refused = true,
            "claim-open" => self.claim_refused = false,
            // A name may have blanks.
            "claimed" | "assigned" | "released" => {
                let owner = row.detail.strip_prefix("owner=");
                owner.unwrap_or_default().clone_into(&mut self.owner);
                return;
            }
            "certificate" | "verdict" | "contact" => {}
            "erased" | "removed" => self.erased = true,
            _ => return,
        }
        let (mut entry, mut filed) = (None, Filed::default());
        let (mut binding, mut verdict): (Option<Uuid>, Option<Uuid>) = (None, None);
        for part in row.detail.split(' ') {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            match name {
                // A split names several.
                "entry" => {
                    let before = std::mem::replace(&mut entry, value.parse().ok());
                    self.filed(before, std::mem::take(&mut filed));
                }
                "gone" => _ = value.parse().map(|id: Uuid| self.entries.remove(&id)),
                // What is said of a message's values rewrites those by which it is found.
                "values" => {
                    let of = value.parse::<Uuid>();
                    let filed = of.ok().and_then(|of| self.entries.get_mut(&of));
                    if let Some(filed) = filed {
                        filed.observables = true;
                    }
                }
                "row" => value.clone_into(&mut filed.row),
                "observables" => filed.observables = true,
                "ticket" => self.ticket = Some(value.to_owned()),
                "party" => _ = self.parties.insert(value.to_owned()),
                "foreign" => _ = self.foreign.insert(value.to_owned()),
                "parted" => _ = self.foreign.remove(value),
                "into" => self.merged_into = value.parse().unwrap_or(0),
                "state" => value.clone_into(&mut self.state),
                "event" => self.events.extend(value.parse::<Uuid>().ok()),
                "mail" => self.mail.extend(value.parse::<Uuid>().ok()),
                "certificate" => self.certificate = Some(value.to_owned()),
                "organisation" => self.organisation = Some(value.to_owned()),
                "binding" => binding = value.parse().ok(),
                "code" => self
                    .bindings
                    .extend(binding.map(|id| (id, value.to_owned()))),
                "verdict" => verdict = value.parse().ok(),
                "number" => self.verdicts.extend(verdict.zip(value.parse().ok())),
                _ => {}
            }
        }
        self.filed(entry, filed);
    }

    fn filed(&mut self, entry: Option<Uuid>, mut filed: Filed) {
        if let Some(entry) = entry {
            // A promoted message keeps the values that it was filed with.
            let before = self.entries.get(&entry);
            filed.observables |= before.is_some_and(|before| before.observables);
            self.entries.insert(entry, filed);
        }
    }
}

fn line(number: i32) -> String {
    format!("line {number}")
}

/// The value of a word of a detail.
pub(super) fn word<'a>(detail: &'a str, name: &str) -> Option<&'a str> {
    detail.split(' ').find_map(|part| part.strip_prefix(name))
}
