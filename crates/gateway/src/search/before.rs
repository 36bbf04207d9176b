//! Seen before: which other tickets have the same values. The index alone tells, no message is opened: a mark holds the whole path
//! of an address, hash, CVE id, AS number, reference or mail address. Of a name it holds the last three labels, so that is what is
//! said of names and of hosts of URLs.
//!
//! However many tickets and values are asked about, that is a handful of statements. A value that many reports have is looked at
//! until enough of them are known, the newest month first.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;
use vault::Family;

use super::find::{Search, SearchFault};
use super::partition::Months;
use super::place::{self, Path};
use super::sharing::Shared;
use super::value::{Kind, Value};
use crate::store::StoreFault;

/// From so many other tickets on they are not counted.
pub const MANY: usize = 50;
/// Messages with a value that are looked at, the newest: several may be on one ticket.
const MOST_MESSAGES: usize = 4 * MANY;
/// The newest of these: where they are on more than [`MANY`] tickets, the older ones change nothing.
const FEW: usize = MANY + 14;

/// Values of a ticket.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The ticket, which doesn't count.
    pub ticket: Uuid,
    /// Its values. Networks, ports and senders are not asked for: who reports often has been seen before.
    pub values: Vec<Value>,
}

/// A value that other tickets have, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Before {
    /// What it is; of URLs the host.
    pub kind: Kind,
    /// As it was compared: of names the last three labels.
    pub value: String,
    /// The other tickets, the newest first; [`MANY`] stands for as many or more.
    pub tickets: Vec<Uuid>,
    /// The newest of their messages that has it.
    pub last: Uuid,
}

/// What is asked for, and how it is called.
type Asked = BTreeMap<(Family, Path), (Kind, String)>;

impl Search<'_> {
    /// Of each subject what other tickets have, too, in the order of its values. The months are a limit on the past.
    ///
    /// # Errors
    /// [`SearchFault::Store`].
    pub async fn before(
        &self,
        subjects: &[Subject],
        months: &Months,
    ) -> Result<Vec<Vec<Before>>, SearchFault> {
        let asked: Vec<Asked> = subjects.iter().map(|one| asked(&one.values)).collect();
        let paths: BTreeSet<(Family, Path)> =
            asked.iter().flat_map(|one| one.keys().cloned()).collect();
        let paths: Vec<(Family, Path)> = paths.into_iter().collect();
        let messages = loop {
            match self.sharing(&paths, months, MOST_MESSAGES).await {
                // A month was indexed anew meanwhile.
                Err(SearchFault::Store(StoreFault::Conflict)) => {}
                done => break done?,
            }
        };
        let on = self.tickets_sharing(&messages).await?;
        let of = |subject: &Subject, asked: &Asked| -> Vec<Before> {
            let all = asked.iter();
            let seen = all.filter_map(|(path, (kind, value))| {
                let tickets = elsewhere(messages.get(path)?, &on, subject.ticket);
                let (_, last) = tickets.first().copied()?;
                Some(Before {
                    kind: *kind,
                    value: value.clone(),
                    tickets: tickets.into_iter().map(|(ticket, _)| ticket).collect(),
                    last,
                })
            });
            seen.collect()
        };
        Ok(subjects
            .iter()
            .zip(&asked)
            .map(|(one, asked)| of(one, asked))
            .collect())
    }

    /// The tickets of these messages. Of a value that is on many tickets, those of its newest messages are enough.
    async fn tickets_sharing(&self, messages: &Shared) -> Result<HashMap<Uuid, Uuid>, StoreFault> {
        let newest = messages
            .values()
            .flat_map(|entries| entries.iter().take(FEW));
        let mut on = self.tickets_by(newest).await?;
        let few = messages.values().filter(|entries| {
            let newest = entries.iter().take(FEW).filter_map(|entry| on.get(entry));
            newest.collect::<BTreeSet<_>>().len() <= MANY
        });
        let older: Vec<&Uuid> = few.flat_map(|entries| entries.iter().skip(FEW)).collect();
        if !older.is_empty() {
            on.extend(self.tickets_by(older.into_iter()).await?);
        }
        Ok(on)
    }

    async fn tickets_by(
        &self,
        entries: impl Iterator<Item = &Uuid>,
    ) -> Result<HashMap<Uuid, Uuid>, StoreFault> {
        let entries: BTreeSet<Uuid> = entries.copied().collect();
        let entries: Vec<Uuid> = entries.into_iter().collect();
        Ok(self.store.tickets_of(&entries).await?.into_iter().collect())
    }
}

/// What is asked for of these values.
fn asked(values: &[Value]) -> Asked {
    let mut asked = Asked::new();
    for value in values {
        let kind = match value.kind {
            Kind::Network | Kind::Port | Kind::Sender => continue,
            Kind::Address
            | Kind::Domain
            | Kind::Url
            | Kind::Mail
            | Kind::Hash
            | Kind::Cve
            | Kind::Asn
            | Kind::Reference => value.kind,
        };
        for (family, path) in place::of_value(value) {
            let Some(finest) = path.last().cloned() else {
                continue;
            };
            // A URL is asked for as what its host is.
            let kind = match (kind, family) {
                (Kind::Url, Family::Address) => Kind::Address,
                (Kind::Url, _) => Kind::Domain,
                (kind, _) => kind,
            };
            asked.insert((family, path), (kind, finest));
        }
    }
    asked
}

/// The other tickets of these messages with the newest message of each, the newest first.
fn elsewhere(entries: &[Uuid], on: &HashMap<Uuid, Uuid>, own: Uuid) -> Vec<(Uuid, Uuid)> {
    let mut tickets: Vec<(Uuid, Uuid)> = Vec::new();
    let mut known = BTreeSet::from([own]);
    for entry in entries {
        if let Some(ticket) = on.get(entry).filter(|ticket| known.insert(**ticket)) {
            tickets.push((*ticket, *entry));
        }
    }
    tickets.truncate(MANY);
    tickets
}
