//! Organisations of the register, for console and API: what is known of each, and changes by several people, none of which is lost.

use std::net::IpAddr;

use intake::openpgp;
use ipnet::IpNet;
use jiff::Timestamp;
use uuid::Uuid;

use crate::audit::DEPLOYMENT;
use crate::cli::desk::Desk;
use crate::contacts::organisation::network;
use crate::contacts::{self, ContactFault, Gap, Kept, Misfit, Organisation, Person, Unfit};
use crate::correspondents::{Binding, Book, BookFault, Known, Note};
use crate::screen::one_line;
use crate::sender::contact_digest;
use crate::store::StoreFault;

/// Certificates of an organisation that are shown.
const MOST_CERTIFICATES: usize = 60;

/// A mail address of an organisation.
pub(crate) struct OfAddress {
    pub address: String,
    /// Since when mail to it is refused for good, and with which status.
    pub refused: Option<(String, String)>,
    /// In which language it is answered, where somebody said so.
    pub language: Option<String>,
    /// What is bound to it in any way, what speaks for it first.
    pub certificates: Vec<Certificate>,
}

/// A certificate, and how it stands to an address.
pub(crate) struct Certificate {
    /// In upper case; empty when it can't be read any more.
    pub fingerprint: String,
    /// What it says of itself: hostile, and no proof of anything.
    pub user_ids: Vec<String>,
    pub is_revoked: bool,
    /// RFC 3339.
    pub expires: Option<String>,
    pub binding: Binding,
    /// Fingerprint of another one that speaks for the address; empty for none.
    pub other: String,
    /// What was done with it, for any address: a word, and the note.
    pub history: Vec<(String, Note)>,
}

/// What somebody wants to stand in the register.
#[derive(Default)]
pub(crate) struct Wanted {
    /// All but networks and persons, as it was written.
    pub organisation: Organisation,
    pub networks: Vec<String>,
    pub people: Vec<String>,
}

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unchanged {
    /// It can't stand there.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The register is full.
    #[error("{} organisations are kept at most", contacts::MOST)]
    Full,
    /// Another is called the same.
    #[error("there is an organisation of this name already")]
    Taken,
    /// It is not as it was seen.
    #[error("somebody else has just changed it: look again")]
    Meanwhile,
    /// There is none with this id.
    #[error("there is no such organisation")]
    Gone,
    /// It could not be read or written.
    #[error(transparent)]
    Fault(#[from] anyhow::Error),
}

impl From<ContactFault> for Unchanged {
    fn from(fault: ContactFault) -> Unchanged {
        match fault {
            ContactFault::Taken => Unchanged::Taken,
            ContactFault::Changed => Unchanged::Meanwhile,
            ContactFault::Store(fault) => Unchanged::Fault(fault.into()),
            ContactFault::Vault(fault) => Unchanged::Fault(fault.into()),
        }
    }
}

impl From<StoreFault> for Unchanged {
    fn from(fault: StoreFault) -> Unchanged {
        Unchanged::Fault(fault.into())
    }
}

impl Wanted {
    /// In the form in which it is kept.
    fn checked(self) -> Result<Organisation, Unfit> {
        let mut wanted = self.organisation;
        let called = one_line(wanted.name.trim(), 60);
        let unfit = |field: &'static str| {
            let organisation = called.clone();
            move |problem: Misfit| Unfit {
                organisation,
                field,
                problem,
            }
        };
        let networks = given(&self.networks).map(network);
        wanted.networks = networks
            .collect::<Result<_, _>>()
            .map_err(unfit("networks"))?;
        wanted.domains = given(&wanted.domains).map(str::to_owned).collect();
        let people = given(&self.people).map(str::parse::<Person>);
        let people: Vec<Person> = people.collect::<Result<_, _>>().map_err(unfit("person"))?;
        wanted.people.extend(people);
        wanted.checked()
    }
}

fn given(values: &[String]) -> impl Iterator<Item = &str> {
    let values = values.iter().map(|value| value.trim());
    values.filter(|value| !value.is_empty())
}

/// All organisations, in order of their names; those that can't be opened are left out, and `verify` names them.
pub(crate) async fn all(desk: &Desk) -> Result<Vec<Kept>, StoreFault> {
    Ok(desk.register().open().await?.kept)
}

/// Writes down that so many are shown, before they are.
pub(crate) async fn note_list(desk: &Desk, count: usize) -> anyhow::Result<()> {
    let detail = format!("what=contacts count={count}");
    desk.note(DEPLOYMENT, "listed", detail).await
}

/// The one with this id, once it is written down that it is read.
pub(crate) async fn read(desk: &Desk, id: Uuid) -> anyhow::Result<Option<Kept>> {
    let found = all(desk).await?.into_iter().find(|one| one.id() == id);
    if found.is_some() {
        desk.note(id, "read", "facts".into()).await?;
    }
    Ok(found)
}

/// Adds one; its id.
///
/// # Errors
/// Nothing was added then.
pub(crate) async fn add(desk: &Desk, wanted: Wanted) -> Result<Uuid, Unchanged> {
    let new = wanted.checked()?;
    let register = desk.register();
    if register.open().await?.kept.len() >= contacts::MOST {
        return Err(Unchanged::Full);
    }
    Ok(register.add(&new, &desk.actor).await?)
}

/// Puts another in the place of the one that somebody saw; its version then.
///
/// # Errors
/// Nothing was changed then.
pub(crate) async fn change(
    desk: &Desk,
    (id, seen): (Uuid, i32),
    wanted: Wanted,
) -> Result<i32, Unchanged> {
    let kept = all(desk).await?.into_iter().find(|one| one.id() == id);
    let kept = kept.ok_or(Unchanged::Gone)?;
    let new = wanted.checked()?;
    if kept.version() != seen {
        return Err(Unchanged::Meanwhile);
    }
    if new == kept.organisation {
        return Ok(seen);
    }
    desk.register().change(&kept, &new, &desk.actor).await?;
    Ok(seen.saturating_add(1))
}

/// Whether it is asked for: by part of a name, address, network or domain; or something asked for is its own.
pub(crate) fn answers(one: &Organisation, asked: &str) -> bool {
    let asked = asked.trim().to_lowercase();
    let block = asked.parse::<IpAddr>().map(IpNet::from);
    if let Ok(block) = block.or_else(|_| asked.parse::<IpNet>()) {
        return one.networks.iter().any(|network| network.contains(&block));
    }
    let host = asked.rsplit('@').next().unwrap_or_default();
    let below = |domain: &String| {
        host.strip_suffix(domain.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let people = one.people.iter().map(|person| person.name.as_str());
    let texts = people
        .chain([one.name.as_str()])
        .chain(one.addresses())
        .chain(one.domains.iter().map(String::as_str));
    let networks = one.networks.iter().map(IpNet::to_string);
    texts
        .map(str::to_lowercase)
        .chain(networks)
        .any(|text| text.contains(&asked))
        || one.domains.iter().any(below)
}

/// Those of these addresses that refuse mail for good.
pub(crate) async fn refusing<'a>(
    desk: &Desk,
    all: impl Iterator<Item = &'a str>,
) -> Result<Vec<&'a str>, StoreFault> {
    let all: Vec<(&str, Vec<u8>)> = all
        .map(|address| (address, contact_digest(&desk.ring, address).to_vec()))
        .collect();
    let digests: Vec<Vec<u8>> = all.iter().map(|(_, digest)| digest.clone()).collect();
    let mut rows = desk.store.contacts(&digests).await?;
    rows.retain(|row| row.refused.is_some());
    let is_refused = |digest: &Vec<u8>| rows.iter().any(|row| row.address == *digest);
    let refused = all.into_iter().filter(|(_, digest)| is_refused(digest));
    Ok(refused.map(|(address, _)| address).collect())
}

/// What is known of an organisation's addresses.
pub(crate) async fn addresses(
    desk: &Desk,
    book: &Book,
    one: &Organisation,
) -> Result<Vec<OfAddress>, BookFault> {
    let mut all: Vec<&str> = Vec::new();
    for address in one.addresses() {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    let digest = |address: &str| contact_digest(&desk.ring, address).to_vec();
    let digests: Vec<Vec<u8>> = all.iter().map(|address| digest(address)).collect();
    let rows = desk.store.contacts(&digests).await?;
    let mut known = book.of_addresses(&all).await?;
    known.truncate(MOST_CERTIFICATES);
    let mut described = Vec::new();
    for one in &known {
        let info = openpgp::describe(&one.certificate, Timestamp::now());
        described.push((one, info, book.history(one).await?));
    }
    let each = all.into_iter().zip(digests).map(|(address, digest)| {
        let row = rows.iter().find(|row| row.address == digest);
        let bound = described.iter().filter_map(|(one, info, history)| {
            let binding = one.binding(address)?.clone();
            let info = info.as_ref();
            Some(Certificate {
                fingerprint: info.map_or_else(String::new, |info| info.fingerprint.clone()),
                user_ids: info.map_or_else(Vec::new, |info| info.user_ids.clone()),
                is_revoked: info.is_some_and(|info| info.revoked),
                expires: info.and_then(|info| Some(info.expires?.to_string())),
                other: other(&described, one, address),
                history: history.clone(),
                binding,
            })
        });
        let mut certificates: Vec<Certificate> = bound.collect();
        certificates.sort_by_key(|one| !one.binding.state.holds());
        OfAddress {
            address: address.to_owned(),
            refused: row.and_then(|row| row.refused.clone()),
            language: row.and_then(|row| row.language.clone()),
            certificates,
        }
    });
    Ok(each.collect())
}

/// A certificate with what it says of itself, and what was done with it.
type Described<'k> = (&'k Known, Option<openpgp::CertInfo>, Vec<(String, Note)>);

/// The fingerprint of who speaks for an address, but for this one.
fn other(described: &[Described<'_>], except: &Known, address: &str) -> String {
    let mut others = described.iter().filter(|(one, ..)| one.id != except.id);
    let found = others.find(|(one, ..)| one.holds(address).is_some());
    let info = found.and_then(|(_, info, _)| info.as_ref());
    info.map_or_else(String::new, |info| info.fingerprint.clone())
}

/// What it lacks, in words for programs.
pub(crate) fn missing(one: &Organisation) -> Vec<&'static str> {
    one.gaps().into_iter().map(Gap::word).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

    use super::*;

    #[test]
    fn an_organisation_is_found_by_whatever_is_its_own() {
        let wanted = Wanted {
            organisation: Organisation {
                name: "Stadtbank".into(),
                address: "soc@stadtbank.example".into(),
                domains: vec!["stadtbank.example".into()],
                ..Organisation::default()
            },
            networks: vec!["198.51.100.0/24".into()],
            people: vec!["Jane Doe <jane@other.example> +352 1".into()],
        };
        let one = wanted.checked().unwrap();
        for asked in [
            "bank",
            "SOC@",
            "jane",
            "198.51.100.7",
            "198.51.100.0/25",
            "www.stadtbank.example",
            "x@mail.stadtbank.example",
            "",
        ] {
            assert!(answers(&one, asked), "{asked}");
        }
        for asked in ["198.51.101.1", "198.51.0.0/16", "notstadtbank", "joe"] {
            assert!(!answers(&one, asked), "{asked}");
        }
        assert_eq!(missing(&one), ["persons", "out-of-hours"]);
    }
}
