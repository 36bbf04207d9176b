//! Whom to call about a report: its sender's organisations, then those that it is about.

use extract::Extraction;
use intake::answer::{Contact, Number};

use super::{Call, Concerned, Directory, Organisation, Owner, Whose};

/// Organisations that a report has to do with.
#[derive(Debug, Default)]
pub struct Called<'a> {
    /// Whose the sender is, the most specific first.
    pub reporter: Vec<Owner<'a>>,
    /// Those that it is about.
    pub concerned: Vec<Concerned<'a>>,
}

impl<'a> Called<'a> {
    /// Of messages: each with its sender's address, empty when there is not exactly one, and what was extracted.
    pub fn of(
        directory: &'a Directory,
        messages: impl IntoIterator<Item = (&'a str, &'a Extraction)>,
    ) -> Called<'a> {
        let (senders, extractions): (Vec<&str>, Vec<&Extraction>) = messages.into_iter().unzip();
        let mut reporter: Vec<Owner<'a>> = Vec::new();
        for owner in senders
            .into_iter()
            .flat_map(|from| directory.of_address(from))
        {
            if !reporter.contains(&owner) {
                reporter.push(owner);
            }
        }
        Called {
            reporter,
            concerned: directory.of_extractions(extractions),
        }
    }

    /// Each organisation once, the sender's first.
    pub fn organisations(&self) -> Vec<&'a Organisation> {
        let reporter = self.reporter.iter().map(|owner| owner.organisation);
        let concerned = self.concerned.iter().map(|one| one.organisation);
        let mut all: Vec<&Organisation> = Vec::new();
        for one in reporter.chain(concerned) {
            if !all.iter().any(|known| known.name == one.name) {
                all.push(one);
            }
        }
        all
    }

    /// As a notice to those on duty names them.
    pub fn contacts(&self, at_work: bool) -> Vec<Contact> {
        let contact = |one: &Organisation| Contact {
            name: one.name.clone(),
            numbers: one.calls(at_work).iter().map(number).collect(),
        };
        self.organisations().into_iter().map(contact).collect()
    }
}

fn number(call: &Call<'_>) -> Number {
    let person = match call.whose {
        Whose::Person(name) => name,
        Whose::Office | Whose::OutOfHours => "",
    };
    Number {
        number: call.number.to_owned(),
        out_of_hours: call.whose == Whose::OutOfHours,
        person: person.to_owned(),
    }
}
