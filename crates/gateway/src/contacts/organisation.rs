//! An organisation as it is kept, written into files and read from them, and what may stand in it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::unfit::{Misfit, Unfit};
use crate::screen::{one_line, printable};

/// Octets of a name, a person's or an organisation's.
pub const MOST_NAME: usize = 200;
/// Octets of a telephone number.
pub const MOST_NUMBER: usize = 64;
/// Octets of a mail address (RFC 5321 section 4.5.3.1.3, without the brackets).
pub const MOST_ADDRESS: usize = 254;
/// Octets of a domain (RFC 1035 section 2.3.4).
pub const MOST_DOMAIN: usize = 253;
/// Octets of a note.
pub const MOST_NOTE: usize = 4_000;
/// Networks, and domains, of one organisation.
pub const MOST_BLOCKS: usize = 1_000;
/// Persons of one organisation.
pub const MOST_PEOPLE: usize = 50;

/// A constituent. Texts without a value are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// What it is called: no other in the register is called the same, whatever the case of letters.
    pub name: String,
    /// The address of a role, such as `security@…`.
    #[serde(default)]
    pub address: String,
    /// The number to call while the team is at work.
    #[serde(default)]
    pub telephone: String,
    /// The number to call at all other times.
    #[serde(default)]
    pub out_of_hours: String,
    /// For analysts; may have several lines.
    #[serde(default)]
    pub note: String,
    /// Its networks; those of two organisations may overlap.
    #[serde(default)]
    pub networks: Vec<IpNet>,
    /// Its domains, lower case; all below each are its own, too.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Whom to ask for.
    #[serde(default, rename = "person")]
    pub people: Vec<Person>,
}

/// Somebody at an organisation. Texts without a value are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// What he is called.
    pub name: String,
    /// His mail address.
    #[serde(default)]
    pub address: String,
    /// His number.
    #[serde(default)]
    pub telephone: String,
}

/// What an organisation lacks (P1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Fewer than two named persons.
    Persons,
    /// No out-of-hours number.
    OutOfHours,
}

impl Gap {
    /// In a word, for programs.
    pub fn word(self) -> &'static str {
        match self {
            Gap::Persons => "persons",
            Gap::OutOfHours => "out-of-hours",
        }
    }
}

/// A number to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call<'a> {
    /// It.
    pub number: &'a str,
    /// Whose it is.
    pub whose: Whose<'a>,
}

/// Whose a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose<'a> {
    /// The organisation's, while people are at work.
    Office,
    /// The organisation's, at all other times.
    OutOfHours,
    /// A person's, by name.
    Person(&'a str),
}

impl Organisation {
    /// In the form in which it is kept: blanks around values gone, domains and addresses in lower case, networks without host bits,
    /// each once.
    ///
    /// # Errors
    /// [`Unfit`]: the first value that can't stand in the register.
    pub fn checked(self) -> Result<Organisation, Unfit> {
        let called = match self.name.trim() {
            "" => "an organisation without a name".to_owned(),
            name => one_line(name, 60),
        };
        let unfit = |field: &'static str| {
            let organisation = called.clone();
            move |problem| Unfit {
                organisation,
                field,
                problem,
            }
        };
        let name = line(&self.name, MOST_NAME).map_err(unfit("name"))?;
        if name.is_empty() {
            return Err(unfit("name")(Misfit::Needed));
        }
        let networks: BTreeSet<IpNet> = self.networks.iter().map(IpNet::trunc).collect();
        let domains = self.domains.iter().map(|text| domain(text));
        let domains: BTreeSet<String> = domains
            .collect::<Result<_, _>>()
            .map_err(unfit("domains"))?;
        few(networks.len(), MOST_BLOCKS).map_err(unfit("networks"))?;
        few(domains.len(), MOST_BLOCKS).map_err(unfit("domains"))?;
        few(self.people.len(), MOST_PEOPLE).map_err(unfit("person"))?;
        let people = self.people.iter().map(Person::checked);
        Ok(Organisation {
            name,
            address: address(&self.address).map_err(unfit("address"))?,
            telephone: number(&self.telephone).map_err(unfit("telephone"))?,
            out_of_hours: number(&self.out_of_hours).map_err(unfit("out_of_hours"))?,
            note: note(&self.note).map_err(unfit("note"))?,
            networks: networks.into_iter().collect(),
            domains: domains.into_iter().collect(),
            people: people.collect::<Result<_, _>>().map_err(unfit("person"))?,
        })
    }

    /// Whom to call, the best number first. At work the out-of-hours number is not among them, unless there is no other; persons are
    /// asked for where the organisation has no number of its own.
    pub fn calls(&self, at_work: bool) -> Vec<Call<'_>> {
        let office = (self.telephone.as_str(), Whose::Office);
        let late = (self.out_of_hours.as_str(), Whose::OutOfHours);
        let own = match at_work {
            true if !self.telephone.is_empty() => vec![office],
            true => vec![late],
            false => vec![late, office],
        };
        let people = self.people.iter();
        let people = people.map(|one| (one.telephone.as_str(), Whose::Person(&one.name)));
        match calls_of(own) {
            none if none.is_empty() => calls_of(people.collect()),
            own => own,
        }
    }

    /// Whom nobody reaches: fewer than two persons are named, or there is no number for the time when nobody is at work.
    pub fn gaps(&self) -> Vec<Gap> {
        let gaps = [
            (self.people.len() < 2, Gap::Persons),
            (self.out_of_hours.is_empty(), Gap::OutOfHours),
        ];
        let gaps = gaps.into_iter().filter(|(is_so, _)| *is_so);
        gaps.map(|(_, gap)| gap).collect()
    }

    /// The fields in which it differs from another, by their names in files.
    pub fn differs(&self, other: &Organisation) -> Vec<&'static str> {
        let fields = [
            ("name", self.name != other.name),
            ("address", self.address != other.address),
            ("telephone", self.telephone != other.telephone),
            ("out_of_hours", self.out_of_hours != other.out_of_hours),
            ("note", self.note != other.note),
            ("networks", self.networks != other.networks),
            ("domains", self.domains != other.domains),
            ("person", self.people != other.people),
        ];
        let differ = fields.into_iter().filter(|(_, differs)| *differs);
        differ.map(|(name, _)| name).collect()
    }

    /// Its own address and its people's; none is empty.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let people = self.people.iter().map(|one| one.address.as_str());
        let all = std::iter::once(self.address.as_str()).chain(people);
        all.filter(|address| !address.is_empty())
    }
}

fn calls_of<'a>(numbers: Vec<(&'a str, Whose<'a>)>) -> Vec<Call<'a>> {
    let known = numbers.into_iter().filter(|(number, _)| !number.is_empty());
    known
        .map(|(number, whose)| Call { number, whose })
        .collect()
}

impl Person {
    fn checked(&self) -> Result<Person, Misfit> {
        let name = line(&self.name, MOST_NAME)?;
        if name.is_empty() {
            return Err(Misfit::Nameless);
        }
        Ok(Person {
            name,
            address: address(&self.address)?,
            telephone: number(&self.telephone)?,
        })
    }
}

impl std::str::FromStr for Person {
    type Err = Misfit;

    /// `Jane Doe <jane@bank.example> +352 12 34 56`; address and number may be missing.
    fn from_str(text: &str) -> Result<Person, Misfit> {
        let Some((name, rest)) = text.split_once('<') else {
            return Person {
                name: text.to_owned(),
                ..Person::default()
            }
            .checked();
        };
        let (address, telephone) = rest.split_once('>').ok_or(Misfit::Form)?;
        let (name, address, telephone) =
            (name.to_owned(), address.to_owned(), telephone.to_owned());
        Person {
            name,
            address,
            telephone,
        }
        .checked()
    }
}

/// As people write one; an address is one, too.
///
/// # Errors
/// [`Misfit::Network`].
pub fn network(text: &str) -> Result<IpNet, Misfit> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    let network = address.or_else(|_| text.parse());
    network.map_err(|_| Misfit::Network(one_line(&printable(text), 80)))
}

fn few(count: usize, most: usize) -> Result<(), Misfit> {
    match count {
        count if count > most => Err(Misfit::Many(count, most)),
        _ => Ok(()),
    }
}

/// At most so many octets, and nothing that a terminal obeys or nobody sees (T66).
fn visible(text: &str, most: usize) -> Result<String, Misfit> {
    let text = text.trim();
    if text.len() > most {
        return Err(Misfit::Long(text.len(), most));
    }
    let shown = printable(text);
    if shown != text {
        return Err(Misfit::Hidden(one_line(&shown, 80)));
    }
    Ok(text.to_owned())
}

fn line(text: &str, most: usize) -> Result<String, Misfit> {
    let text = visible(text, most)?;
    match text.contains(['\n', '\t']) {
        true => Err(Misfit::Lines),
        false => Ok(text),
    }
}

fn note(text: &str) -> Result<String, Misfit> {
    visible(&text.replace("\r\n", "\n"), MOST_NOTE)
}

/// As people write them: `+352 12 34 56 (ext. 7)`. Without a digit it is none.
fn number(text: &str) -> Result<String, Misfit> {
    let number = line(text, MOST_NUMBER)?;
    let fits = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '+' | '-' | '.' | '/' | '(' | ')' | ' ' | '*' | '#' | ',')
    };
    let is_one = number.chars().all(fits) && number.chars().any(|c| c.is_ascii_digit());
    match is_one || number.is_empty() {
        true => Ok(number),
        false => Err(Misfit::Number(number)),
    }
}

fn address(text: &str) -> Result<String, Misfit> {
    let address = line(text, MOST_ADDRESS)?.to_lowercase();
    let wrong = || Misfit::Address(address.clone());
    if address.is_empty() {
        return Ok(address);
    }
    let (local, host) = address.rsplit_once('@').ok_or_else(wrong)?;
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '<' | '>' | ',' | ';' | '@');
    if local.is_empty() || !local.chars().all(plain) || domain(host).is_err() {
        return Err(wrong());
    }
    Ok(address)
}

/// A name of letters, digits and dashes; one below the root, as a country's, is one, too.
fn domain(text: &str) -> Result<String, Misfit> {
    let name = line(text, MOST_DOMAIN + 1)?.to_lowercase();
    let name = name.trim_end_matches('.');
    if !name.is_ascii() {
        return Err(Misfit::Letters(name.to_owned()));
    }
    let is_label = |label: &str| {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        (1..=63).contains(&label.len()) && label.chars().all(fits)
    };
    let is_address = name
        .rsplit('.')
        .next()
        .is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()));
    match name.split('.').all(is_label) && !is_address && name.len() <= MOST_DOMAIN {
        true => Ok(name.to_owned()),
        false => Err(Misfit::Domain(name.to_owned())),
    }
}
