//! The rows that a chain names, and whether each opens in its place.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use uuid::Uuid;
use vault::{Aad, CaseKey, Family, Hashed, IndexKey, Indexer, Marked, Sealed, VaultError, blind};

use super::chain::Chain;
use super::sealed::broken;
use super::{Broken, Finding, Spread, Verifier, sealed};
use crate::audit::{self, hex};
use crate::sealing::{self, Summary, Understood};
use crate::search::{Value, partition, rows};
use crate::store::{CaseRows, EntryColumns, IndexColumns, NewEntry, NewTicket, StoreFault};

/// The columns of an entry that are sealed.
const COLUMNS: [&str; 3] = ["summary", "reading", "raw"];

/// Findings of one case.
pub(super) struct Findings<'a> {
    case: Uuid,
    found: &'a mut Vec<Finding>,
}

impl Findings<'_> {
    pub(super) fn tell(&mut self, table: &'static str, row: impl Into<String>, broken: Broken) {
        self.found.push(Finding {
            case: self.case,
            serial: None,
            table,
            row: row.into(),
            broken,
        });
    }
}

impl Verifier<'_> {
    /// Compares what is stored with what the chain says, and opens all of it.
    pub(super) async fn rows(
        &self,
        case: Uuid,
        stored: &CaseRows,
        chain: &Chain,
        spread: &Spread,
        found: &mut Vec<Finding>,
    ) -> Result<(), StoreFault> {
        let mut findings = Findings { case, found };
        if chain.erased {
            sealed::erased(stored, &mut findings);
            return Ok(());
        }
        self.clear_rows(case, stored, chain, &mut findings);
        self.awaited(stored, chain, &mut findings).await?;
        let Some(wrapped) = &stored.wrapped else {
            findings.tell("case_key", "key", Broken::Missing);
            return Ok(());
        };
        // That of a suppressed message may be sealed to analysts; a ticket's own never is.
        let key = match sealing::case_key(self.ring, self.team, case, wrapped) {
            Ok(key) => Some(key),
            Err(VaultError::SealedToAnalysts) if stored.ticket.is_none() => None,
            // The month was erased on purpose.
            Err(VaultError::ErasedEpoch(_)) => return Ok(()),
            Err(VaultError::MissingEpoch(_)) => {
                findings.tell("case_key", "key of the month", Broken::Missing);
                return Ok(());
            }
            Err(_) => {
                findings.tell("case_key", "key", Broken::Altered);
                return Ok(());
            }
        };
        let mut keys = BTreeMap::new();
        for (number, entry) in (1..).zip(&stored.entries) {
            match self.entry_key(entry) {
                Ok(Some(key)) => {
                    self.entry(&key, number, entry, stored, &mut findings)
                        .await?;
                    keys.insert(entry.id, key);
                }
                // Sealed to analysts.
                Ok(None) => {}
                Err(broken) => findings.tell("case_key", format!("of message {number}"), broken),
            }
        }
        for (entry, month, value) in &stored.observables {
            let Some((case, key)) = keys.get(entry) else {
                continue;
            };
            let aad = sealing::observable_aad(self.team, *case, *entry);
            let name = format!("of message {}", place(stored, *entry));
            match opened::<Vec<Value>>(key, &aad, value) {
                Err(broken) => findings.tell("observable", name, broken),
                Ok(values) => {
                    if let Err((table, broken)) = self.index(*entry, month, &values, stored, spread)
                    {
                        findings.tell(table, name, broken);
                    }
                }
            }
        }
        self.verdicts(&keys, stored, &mut findings);
        if let Some(key) = key {
            self.tags(case, &key, stored, &mut findings).await?;
            self.sealed(case, &key, stored, chain, &mut findings);
        }
        Ok(())
    }

    /// The key of a message, with its case; `None` when its month was erased, or nobody has offered an analyst's key.
    fn entry_key(&self, entry: &EntryColumns) -> Result<Option<(Uuid, CaseKey)>, Broken> {
        if self.is_closed(entry) {
            return Ok(None);
        }
        let wrapped = entry.wrapped.as_ref().ok_or(Broken::Missing)?;
        let opened = match self.own {
            Some(own) => own.open(wrapped).map_err(|_| Broken::Altered)?,
            None => wrapped.clone(),
        };
        let key = sealing::case_key(self.ring, self.team, entry.case, &opened);
        match key {
            Ok(key) => Ok(Some((entry.case, key))),
            Err(VaultError::ErasedEpoch(_)) => Ok(None),
            Err(_) => Err(Broken::Altered),
        }
    }

    /// Which rows there are, and their columns in clear.
    fn clear_rows(
        &self,
        case: Uuid,
        stored: &CaseRows,
        chain: &Chain,
        findings: &mut Findings<'_>,
    ) {
        for (number, entry) in (1..).zip(&stored.entries) {
            let name = format!("message {number}");
            let digest = audit::entry_digest(self.ring, entry.case, entry.ticket, &columns(entry));
            match chain.entries.get(&entry.id) {
                None => findings.tell("entry", name, Broken::Added),
                Some(filed) if filed.row != digest => {
                    findings.tell("entry", format!("{name} (in clear)"), Broken::Altered);
                }
                Some(_) => {}
            }
        }
        for (entry, filed) in &chain.entries {
            if !stored.entries.iter().any(|stored| stored.id == *entry) {
                findings.tell("entry", entry.to_string(), Broken::Missing);
            }
            let has_values = stored.observables.iter().any(|(of, _, _)| of == entry);
            if filed.observables && !has_values {
                findings.tell("observable", format!("of message {entry}"), Broken::Missing);
            }
        }
        for (of, _, _) in &stored.observables {
            if !chain.entries.get(of).is_some_and(|filed| filed.observables) {
                findings.tell("observable", format!("of message {of}"), Broken::Added);
            }
        }
        self.ticket(case, stored, chain, findings);
        let parties = stored.parties.iter().map(|digest| hex(digest));
        compare("party", parties, &chain.parties, findings);
        let foreign = stored.foreign.iter().map(|digest| hex(digest));
        compare("foreign_reference", foreign, &chain.foreign, findings);
        for mail in &chain.mail {
            if !stored.mail.iter().any(|(id, _)| id == mail) {
                findings.tell("outbox", format!("mail {mail}"), Broken::Missing);
            }
        }
        if chain.certificate.is_some() && stored.certificate.is_none() {
            findings.tell("certificate", "row", Broken::Missing);
        }
        if chain.organisation.is_some() && stored.organisation.is_none() {
            findings.tell("organisation", "row", Broken::Missing);
        }
        if stored.certificate.is_some() {
            bindings(stored, chain, findings);
        }
        for (number, entry) in (1..).zip(&stored.entries) {
            let given = stored.verdicts.iter().filter(|one| one.entry == entry.id);
            let given = given.map(|one| one.number).max().unwrap_or(0);
            let said = chain.verdicts.get(&entry.id).copied().unwrap_or(0);
            let broken = match given.cmp(&said) {
                Ordering::Less => Broken::Missing,
                Ordering::Greater => Broken::Added,
                Ordering::Equal => continue,
            };
            let last = given.max(said);
            findings.tell("verdict", format!("{last} on message {number}"), broken);
        }
    }

    /// The ticket's columns in clear, its state, and what was done with it.
    fn ticket(&self, case: Uuid, stored: &CaseRows, chain: &Chain, findings: &mut Findings<'_>) {
        match (&chain.ticket, &stored.ticket) {
            (Some(said), Some(ticket)) => {
                let new = NewTicket {
                    team: &ticket.team,
                    serial: ticket.serial,
                    needs_human: "",
                    claims: ticket.claims,
                    link: &ticket.link,
                };
                if chain.merged_into != ticket.merged_into {
                    findings.tell("ticket", "merged_into", Broken::Altered);
                }
                if *said != audit::ticket_digest(self.ring, case, &new) {
                    findings.tell("ticket", "(in clear)", Broken::Altered);
                }
                if chain.claim_refused != ticket.claim_refused {
                    findings.tell("ticket", "claim_refused", Broken::Altered);
                }
                if chain.state != ticket.state {
                    findings.tell("ticket", "state", Broken::Altered);
                }
                if chain.owner != ticket.owner {
                    findings.tell("ticket", "owner", Broken::Altered);
                }
                let events = stored.ticket_events.iter().map(|event| event.id);
                compare("ticket_event", events, &chain.events, findings);
            }
            (Some(_), None) => findings.tell("ticket", "row", Broken::Missing),
            (None, Some(_)) => findings.tell("ticket", "row", Broken::Added),
            (None, None) => {}
        }
    }

    async fn entry(
        &self,
        (case, key): &(Uuid, CaseKey),
        number: usize,
        entry: &EntryColumns,
        stored: &CaseRows,
        findings: &mut Findings<'_>,
    ) -> Result<(), StoreFault> {
        let raw = self.store.raw(entry.id).await?;
        for column in COLUMNS {
            let aad = sealing::entry_aad(self.team, column, *case, entry.id);
            let result = match column {
                "summary" => opened::<Summary>(key, &aad, &entry.summary).map(drop),
                "reading" => opened::<Understood>(key, &aad, &entry.reading).map(drop),
                _ => match &raw {
                    Some(raw) => key
                        .open(&aad, raw)
                        .map(drop)
                        .map_err(|error| broken(&error)),
                    // The row went away while we looked.
                    None => Ok(()),
                },
            };
            let Err(mut broken) = result else {
                continue;
            };
            let sealed = match column {
                "summary" => Some(&entry.summary),
                "reading" => Some(&entry.reading),
                _ => raw.as_ref(),
            };
            let elsewhere = |sealed: &Sealed| self.belongs_elsewhere(*case, key, stored, sealed);
            if sealed.is_some_and(elsewhere) {
                broken = Broken::Swapped;
            }
            findings.tell("entry", format!("message {number} {column}"), broken);
        }
        Ok(())
    }

    /// Whether a value opens at another place of its case.
    fn belongs_elsewhere(
        &self,
        case: Uuid,
        key: &CaseKey,
        stored: &CaseRows,
        sealed: &Sealed,
    ) -> bool {
        stored.entries.iter().any(|entry| {
            let at = |aad: &Aad<'_>| key.open(aad, sealed).is_ok();
            let mut columns = COLUMNS.into_iter();
            columns.any(|column| at(&sealing::entry_aad(self.team, column, case, entry.id)))
                || at(&sealing::observable_aad(self.team, case, entry.id))
        })
    }

    /// Whether the index of a message is what its values make: every one has a row that is found, and no other row is there.
    fn index(
        &self,
        entry: Uuid,
        month: &str,
        values: &[Value],
        stored: &CaseRows,
        spread: &Spread,
    ) -> Result<(), (&'static str, Broken)> {
        let here: Vec<&IndexColumns> = stored
            .index
            .iter()
            .filter(|row| row.entry == entry)
            .collect();
        let mut result = Ok(());
        // In the month in which the ring's key was given up for the analysts' there are two.
        for key in partition::keys(self.ring, month) {
            let indexers = self.indexers(&key, month);
            let wanted = rows::paths(values)
                .into_iter()
                .filter_map(|(family, path)| {
                    let path: Vec<&str> = path.iter().map(String::as_str).collect();
                    Some((family, indexers.get(&family)?.hash(&path)))
                });
            result = index_under(&indexers, &here, wanted.collect(), spread);
            if result.is_ok() {
                break;
            }
        }
        result
    }

    fn indexers(&self, key: &IndexKey, month: &str) -> BTreeMap<Family, Indexer> {
        let keys = std::slice::from_ref(key);
        let of = |family| partition::indexers(keys, self.team, family, month).pop();
        let all = Family::ALL.into_iter();
        all.filter_map(|family| Some((family, of(family)?)))
            .collect()
    }
}

/// Whether these rows of one message are those of the values that are wanted.
fn index_under(
    indexers: &BTreeMap<Family, Indexer>,
    here: &[&IndexColumns],
    mut wanted: BTreeSet<(Family, Hashed)>,
    spread: &Spread,
) -> Result<(), (&'static str, Broken)> {
    let mut added = false;
    for row in here {
        let altered = ("observable_index", Broken::Altered);
        let family = Family::from_number(row.family).ok_or(altered)?;
        let indexer = indexers.get(&family).ok_or(altered)?;
        let marks = indexer.read(&row.mark);
        let marked = marks
            .first()
            .filter(|marked| marked.is_of(row.entry.as_bytes()));
        let (marked, bits) = marked.zip(row.bits).ok_or(altered)?;
        let value = marked.hashed();
        if indexer.cells(bits, value, marked.salt()).low != row.cell {
            return Err(altered);
        }
        added |= !wanted.remove(&(family, value));
        if marked.salt() > 0 && !is_found(indexer, row, *marked, spread) {
            return Err(("index_spread", Broken::Missing));
        }
    }
    match (wanted.is_empty(), added) {
        (true, false) => Ok(()),
        (false, false) => Err(("observable_index", Broken::Missing)),
        (true, true) => Err(("observable_index", Broken::Added)),
        (false, true) => Err(("observable_index", Broken::Altered)),
    }
}

/// Whether a search asks for as many salts as this row was drawn from.
fn is_found(indexer: &Indexer, row: &IndexColumns, marked: Marked, spread: &Spread) -> bool {
    let counts = std::iter::successors(Some(4_u16), |salts| salts.checked_mul(4));
    let mut counts = counts.take_while(|salts| *salts <= blind::MOST_SALTS);
    counts.any(|salts| {
        let mark = indexer.spread_mark(marked.hashed(), salts);
        let is_there = |mark| spread.contains(&(row.family, row.month.clone(), mark));
        salts > marked.salt() && mark.is_ok_and(is_there)
    })
}

/// What a message is called: its number on the ticket.
fn place(stored: &CaseRows, entry: Uuid) -> String {
    let at = stored.entries.iter().position(|stored| stored.id == entry);
    at.map_or_else(|| entry.to_string(), |at| (at + 1).to_string())
}

fn opened<T: serde::de::DeserializeOwned>(
    key: &CaseKey,
    aad: &Aad<'_>,
    sealed: &Sealed,
) -> Result<T, Broken> {
    sealing::open(key, aad, sealed).map_err(|error| broken(&error))
}

/// Whose a certificate is, and what was done with it.
fn bindings(stored: &CaseRows, chain: &Chain, findings: &mut Findings<'_>) {
    const TABLE: &str = "certificate_binding";
    for binding in &stored.bindings {
        let broken = match chain.bindings.get(&binding.id) {
            None => Broken::Added,
            Some(code) if *code != hex(&binding.mac) => Broken::Altered,
            Some(_) => continue,
        };
        findings.tell(TABLE, binding.id.to_string(), broken);
    }
    for id in chain.bindings.keys() {
        if !stored.bindings.iter().any(|binding| binding.id == *id) {
            findings.tell(TABLE, id.to_string(), Broken::Missing);
        }
    }
    let events = stored.certificate_events.iter().map(|event| event.id);
    compare("certificate_event", events, &chain.events, findings);
}

/// Rows that are stored, and those that the chain names.
fn compare<T: Ord + Display>(
    table: &'static str,
    stored: impl Iterator<Item = T>,
    said: &BTreeSet<T>,
    findings: &mut Findings<'_>,
) {
    let stored: BTreeSet<T> = stored.collect();
    for row in said.difference(&stored) {
        findings.tell(table, row.to_string(), Broken::Missing);
    }
    for row in stored.difference(said) {
        findings.tell(table, row.to_string(), Broken::Added);
    }
}

/// What [`audit::entry_digest`] covers of a filed entry.
pub(crate) fn columns(entry: &EntryColumns) -> NewEntry<'_> {
    NewEntry {
        id: entry.id,
        kind: &entry.kind,
        rule: &entry.rule,
        answer: &entry.answer,
        signature: &entry.signature,
        was_encrypted: entry.was_encrypted,
        received_hour: jiff::Timestamp::from_second(entry.received_hour).unwrap_or_default(),
        size_bucket: entry.size_bucket,
        // Sealed columns speak for themselves.
        raw: &entry.summary,
        summary: &entry.summary,
        reading: &entry.reading,
    }
}
