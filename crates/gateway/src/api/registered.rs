//! Organisations of the register and what is known of their addresses, as programs read and write them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::actions::contact::{self, OfAddress};
use crate::contacts::{Kept, Organisation, Person};

/// An organisation. Texts without a value are empty
#[derive(Serialize, ToSchema)]
pub(super) struct Contact {
    id: Uuid,
    /// Counts its changes: who changes it says which one he saw
    #[schema(minimum = 1)]
    version: i32,
    /// No other is called the same
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Mail address of a role
    #[schema(max_length = 254)]
    address: String,
    /// To call while people are at work
    #[schema(max_length = 64)]
    telephone: String,
    /// To call at other times
    #[schema(max_length = 64)]
    out_of_hours: String,
    /// For analysts
    #[schema(max_length = 4000)]
    note: String,
    /// Networks and addresses: `192.0.2.0/24`
    #[schema(max_items = 1000)]
    networks: Vec<String>,
    /// Domains; all below each are its own, too
    #[schema(max_items = 1000)]
    domains: Vec<String>,
    /// Whom to ask for
    #[schema(max_items = 50)]
    persons: Vec<ContactPerson>,
    /// What it lacks: `persons` (fewer than two are named), `out-of-hours` (no number for the time when nobody is at work)
    missing: Vec<&'static str>,
}

/// What is to stand in the register; what is not named is empty
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NewContact {
    /// No other is called the same
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// Mail address of a role
    #[schema(max_length = 254)]
    address: String,
    /// To call while people are at work
    #[schema(max_length = 64)]
    telephone: String,
    /// To call at other times
    #[schema(max_length = 64)]
    out_of_hours: String,
    /// For analysts
    #[schema(max_length = 4000)]
    note: String,
    /// Networks and addresses: `192.0.2.0/24`
    #[schema(max_items = 1000)]
    networks: Vec<String>,
    /// Domains; all below each are its own, too
    #[schema(max_items = 1000)]
    domains: Vec<String>,
    /// Whom to ask for
    #[schema(max_items = 50)]
    persons: Vec<ContactPerson>,
}

/// Somebody at an organisation. Texts without a value are empty
#[derive(Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct ContactPerson {
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    #[schema(max_length = 254)]
    address: String,
    #[schema(max_length = 64)]
    telephone: String,
}

/// An organisation with what is known of its addresses
#[derive(Serialize, ToSchema)]
pub(super) struct KnownContact {
    contact: Contact,
    addresses: Vec<ContactAddress>,
}

/// A mail address
#[derive(Serialize, ToSchema)]
struct ContactAddress {
    address: String,
    /// Since when mail of ours to it is refused for good; null when it is not
    #[schema(required)]
    refused_since: Option<String>,
    /// With which status
    #[schema(required)]
    refused_with: Option<String>,
    /// In which language it is answered; null where its mail says so
    #[schema(required)]
    language: Option<String>,
    certificates: Vec<ContactCertificate>,
}

/// A certificate, and how it stands to the address
#[derive(Serialize, ToSchema)]
struct ContactCertificate {
    /// Hexadecimal, upper case; empty when it can't be read any more
    fingerprint: String,
    /// What it says of itself: no proof of anything
    user_ids: Vec<String>,
    revoked: bool,
    #[schema(required)]
    expires: Option<String>,
    /// `pinned` (used, not verified), `authenticated`, `conflict`, `superseded`, `rejected`
    state: &'static str,
    /// What that rests on, in a word: `sender`, `wkd`, `analyst` …
    proof: &'static str,
    /// Who said so; empty for the gateway
    by: String,
    since: String,
    /// Fingerprint of another one that speaks for the address; empty for none
    other: String,
    /// What was done with it, for any address, the oldest first
    history: Vec<CertificateEvent>,
}

/// What was done with a certificate
#[derive(Serialize, ToSchema)]
struct CertificateEvent {
    at: String,
    /// In a word: how it stood to the address from then on, `kept`, `merged`
    action: String,
    /// Empty for the certificate as a whole
    address: String,
    /// Who; empty for the gateway
    by: String,
    why: String,
}

impl NewContact {
    pub(super) fn wanted(self) -> contact::Wanted {
        let people = self.persons.into_iter().map(|one| Person {
            name: one.name,
            address: one.address,
            telephone: one.telephone,
        });
        contact::Wanted {
            organisation: Organisation {
                name: self.name,
                address: self.address,
                telephone: self.telephone,
                out_of_hours: self.out_of_hours,
                note: self.note,
                networks: Vec::new(),
                domains: self.domains,
                people: people.collect(),
            },
            networks: self.networks,
            people: Vec::new(),
        }
    }
}

impl Contact {
    pub(super) fn of(kept: &Kept) -> Contact {
        let one = &kept.organisation;
        let person = |person: &Person| ContactPerson {
            name: person.name.clone(),
            address: person.address.clone(),
            telephone: person.telephone.clone(),
        };
        Contact {
            id: kept.id(),
            version: kept.version(),
            name: one.name.clone(),
            address: one.address.clone(),
            telephone: one.telephone.clone(),
            out_of_hours: one.out_of_hours.clone(),
            note: one.note.clone(),
            networks: one.networks.iter().map(ToString::to_string).collect(),
            domains: one.domains.clone(),
            persons: one.people.iter().map(person).collect(),
            missing: contact::missing(one),
        }
    }
}

impl KnownContact {
    pub(super) fn of(kept: &Kept, addresses: Vec<OfAddress>) -> KnownContact {
        KnownContact {
            contact: Contact::of(kept),
            addresses: addresses.into_iter().map(ContactAddress::of).collect(),
        }
    }
}

impl ContactAddress {
    fn of(one: OfAddress) -> ContactAddress {
        let (since, with) = one.refused.unzip();
        let certificates = one.certificates.into_iter().map(|one| ContactCertificate {
            fingerprint: one.fingerprint,
            user_ids: one.user_ids,
            revoked: one.is_revoked,
            expires: one.expires,
            state: one.binding.state.word(),
            proof: one.binding.proof.word(),
            by: one.binding.note.by,
            since: one.binding.note.at,
            other: one.other,
            history: one
                .history
                .into_iter()
                .map(|(action, note)| CertificateEvent {
                    at: note.at,
                    action,
                    address: note.address,
                    by: note.by,
                    why: note.why,
                })
                .collect(),
        });
        ContactAddress {
            address: one.address,
            refused_since: since,
            refused_with: with,
            language: one.language,
            certificates: certificates.collect(),
        }
    }
}
