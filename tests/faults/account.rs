//! Compares the ledger with what the installation holds.

use std::collections::BTreeMap;
use std::fs;

use crate::ledger::Ledger;
use crate::support::Installation;

/// What the run showed, printed for the record.
pub struct Findings {
    pub tickets: u64,
    /// Acknowledgements that left more than once.
    pub doubled: u64,
}

/// Asserts that nothing was lost, filed twice or refused; `kills` is how often an acknowledgement may have left without
/// being marked.
pub fn settle_up(installation: &Installation, ledger: &Ledger, kills: u64) -> Findings {
    let mut filed: BTreeMap<String, u64> = BTreeMap::new();
    let tickets = installation.tickets();
    for ticket in &tickets {
        let subject = ticket["first"]["subject"].as_str().unwrap();
        let id = subject.strip_prefix("Ledger ").unwrap().to_owned();
        assert_eq!(ticket["messages"], 1, "{ticket}");
        let deliveries = ticket["copies"].as_u64().unwrap() + 1;
        assert!(
            filed.insert(id, deliveries).is_none(),
            "{subject} is filed twice"
        );
    }
    assert!(installation.quarantine().is_empty());
    for (id, account) in ledger {
        assert_eq!(account.refused, 0, "{id} was refused: {account:?}");
        let deliveries = filed.remove(id).unwrap_or(0);
        let most = account.kept + account.not_now + account.unknown;
        assert!(
            (account.kept..=most).contains(&deliveries),
            "{id}: {account:?}, in the database {deliveries}"
        );
    }
    assert!(filed.is_empty(), "never sent: {filed:?}");
    let count = u64::try_from(tickets.len()).unwrap();
    let doubled = doubled(installation, tickets.len());
    assert!(doubled <= kills, "{doubled} doubled, {kills} kills");
    Findings {
        tickets: count,
        doubled,
    }
}

/// Every ticket is acknowledged; how many acknowledgements left beyond the first of each.
fn doubled(installation: &Installation, tickets: usize) -> u64 {
    let mut copies: BTreeMap<String, u64> = BTreeMap::new();
    for file in fs::read_dir(installation.path("outbox")).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if let Some(name) = name.strip_suffix(".eml") {
            let (_, reference) = name.split_once('-').unwrap();
            *copies.entry(reference.to_owned()).or_default() += 1;
        }
    }
    assert_eq!(copies.len(), tickets, "one acknowledgement a ticket");
    copies.values().map(|count| count - 1).sum()
}

/// The ledger in one line.
pub fn sums(ledger: &Ledger) -> String {
    let sum = |part: fn(&crate::ledger::Account) -> u64| ledger.values().map(part).sum::<u64>();
    format!(
        "{} messages: {} times 250, {} times 4yz, {} times no answer",
        ledger.len(),
        sum(|account| account.kept),
        sum(|account| account.not_now),
        sum(|account| account.unknown)
    )
}
