//! The register of contacts (P1): who the constituents are, what is theirs, and whom to call there.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Api;
use super::access::{Act, By, Caller, Read};
use super::input::{Asked, Named};
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem, Problems};
use crate::actions::certificate::{self, Judgement};
use crate::actions::contact::{self, OfAddress, Unchanged};
use crate::contacts::{Kept, Organisation, Person};
use crate::correspondents::Book;

/// Organisations of an answer, when nothing is said.
const PAGE: usize = 50;
/// At most.
const MOST: usize = 200;

/// Which organisations
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Part of a name, a person, an address or a domain; or an address, network or domain that is theirs
    #[serde(default)]
    #[param(max_length = 300, example = "198.51.100.7")]
    query: String,
    /// Only those that lack something
    #[serde(default)]
    gaps: bool,
    /// `next` of the answer before, to the same question
    cursor: Option<Uuid>,
    /// At most so many
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
}

/// Organisations of the register, by their names
#[derive(Serialize, ToSchema)]
pub(super) struct Contacts {
    contacts: Vec<Contact>,
    /// Ask with this as `cursor` for what follows; null at the end
    #[schema(required)]
    next: Option<Uuid>,
}

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

/// To change an organisation
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactChange {
    /// As it was seen: nothing is changed when it is another by now
    #[schema(minimum = 1)]
    version: i32,
    /// All of it, as it is to be
    contact: NewContact,
}

/// What was done with an organisation
#[derive(Serialize, ToSchema)]
pub(super) struct ContactDone {
    id: Uuid,
    version: i32,
    /// In a word: `added`, `changed`
    done: &'static str,
}

/// Which organisation
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct Which {
    /// Its `id`
    id: Uuid,
}

/// Which certificate
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "for the document")]
pub(super) struct WhichOne {
    /// Its `fingerprint`
    #[param(min_length = 1, max_length = 200)]
    fingerprint: String,
}

/// What is said of a certificate
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct JudgeCertificate {
    /// Whose it is or is not
    #[schema(min_length = 1, max_length = 1000)]
    address: String,
    verdict: CertificateVerdict,
    /// `state` as it was seen
    #[schema(max_length = 40)]
    was: String,
    /// `other` as it was seen; nothing is decided when another speaks by now
    #[serde(default)]
    #[schema(max_length = 200)]
    seen: String,
    /// How the fingerprint was compared, and with whom; must be given with `trust`
    #[serde(default)]
    #[schema(max_length = 2000)]
    reason: String,
}

/// It is the address's; or it is not, and not taken again
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum CertificateVerdict {
    Trust,
    Reject,
}

/// What was said
#[derive(Serialize, ToSchema)]
pub(super) struct JudgedCertificate {
    /// In a word: `trusted`, `rejected`
    done: &'static str,
}

impl From<Unchanged> for Problem {
    fn from(fault: Unchanged) -> Problem {
        let detail = fault.to_string();
        match fault {
            Unchanged::Unfit(_) => Problem::malformed(detail),
            Unchanged::Full => Problem::refused(detail),
            Unchanged::Taken | Unchanged::Meanwhile => Problem::conflict(detail),
            Unchanged::Gone => Problem::nowhere(),
            Unchanged::Fault(error) => error.into(),
        }
    }
}

impl NewContact {
    fn wanted(self) -> contact::Wanted {
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
    fn of(kept: &Kept) -> Contact {
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

/// Its readers are started only by what needs them: nothing here does.
fn book(api: &Api, caller: &Caller) -> Book {
    let (store, ring) = (caller.desk.store.clone(), Arc::clone(&caller.desk.ring));
    Book::with(&api.settings, store, ring)
}

/// List the register of contacts
#[utoipa::path(get, path = "/contacts", operation_id = "list_contacts", tag = "contacts", params(Wanted),
    responses((status = 200, description = "A page of it", body = Contacts), Problems))]
pub(super) async fn list(
    by: By<Read>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Contacts>, Problem> {
    let limit = wanted.limit.unwrap_or(PAGE);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::malformed(format!("limit: 1 to {MOST}")));
    }
    let mut all = contact::all(&by.desk).await?;
    // Before the list is narrowed: it may be another by now.
    if let Some(after) = wanted.cursor {
        let place = all.iter().position(|one| one.id() == after);
        let place = place.ok_or_else(|| Problem::malformed("cursor: this is none of ours"))?;
        all.drain(..=place);
    }
    all.retain(|one| {
        contact::answers(&one.organisation, &wanted.query)
            && (!wanted.gaps || !one.organisation.gaps().is_empty())
    });
    let is_more = all.len() > limit;
    all.truncate(limit);
    contact::note_list(&by.desk, all.len()).await?;
    Ok(Json(Contacts {
        next: all.last().filter(|_| is_more).map(Kept::id),
        contacts: all.iter().map(Contact::of).collect(),
    }))
}

/// Show an organisation, with what is known of its addresses and their certificates
#[utoipa::path(get, path = "/contacts/{id}", operation_id = "show_contact", tag = "contacts", params(Which),
    responses((status = 200, description = "The organisation", body = KnownContact), Problems))]
pub(super) async fn show(
    State(api): State<Api>,
    by: By<Read>,
    Named(id): Named<Uuid>,
) -> Result<Json<KnownContact>, Problem> {
    let kept = contact::read(&by.desk, id).await?;
    let kept = kept.ok_or_else(Problem::nowhere)?;
    let addresses = contact::addresses(&by.desk, &book(&api, &by), &kept.organisation).await?;
    Ok(Json(KnownContact {
        contact: Contact::of(&kept),
        addresses: addresses.into_iter().map(ContactAddress::of).collect(),
    }))
}

/// Add an organisation
///
/// 409 when another is called the same.
#[utoipa::path(post, path = "/contacts", operation_id = "add_contact", tag = "actions", params(Key), request_body = NewContact,
    responses((status = 200, description = "It is in the register", body = ContactDone), Changes))]
pub(super) async fn add(by: By<Act>, order: Order<NewContact>) -> Result<Response, Problem> {
    let add = async move |caller: Caller, wish: NewContact| {
        let id = contact::add(&caller.desk, wish.wanted()).await?;
        // The answer is kept for who asks again, and names nobody.
        Ok(ContactDone {
            id,
            version: 1,
            done: "added",
        })
    };
    once(&by, order, add).await
}

/// Change an organisation
///
/// 409 when it is not as it was seen, or another is called the same: nothing is changed then.
#[utoipa::path(put, path = "/contacts/{id}", operation_id = "change_contact", tag = "actions", params(Which, Key), request_body = ContactChange,
    responses((status = 200, description = "It is changed", body = ContactDone), Changes))]
pub(super) async fn change(
    by: By<Act>,
    Named(id): Named<Uuid>,
    order: Order<ContactChange>,
) -> Result<Response, Problem> {
    let change = async move |caller: Caller, wish: ContactChange| {
        let seen = (id, wish.version);
        let version = contact::change(&caller.desk, seen, wish.contact.wanted()).await?;
        Ok(ContactDone {
            id,
            version,
            done: "changed",
        })
    };
    once(&by, order, change).await
}

/// Say whether a certificate is an address's
///
/// Only if it stands to the address as it was seen: 409 `conflict` when not. Whoever trusts one has compared it, and not by mail.
#[utoipa::path(post, path = "/certificates/{fingerprint}/judge", operation_id = "judge_certificate", tag = "actions", params(WhichOne, Key), request_body = JudgeCertificate,
    responses((status = 200, description = "It is decided", body = JudgedCertificate), Changes))]
pub(super) async fn judge(
    State(api): State<Api>,
    by: By<Act>,
    Named(fingerprint): Named<String>,
    order: Order<JudgeCertificate>,
) -> Result<Response, Problem> {
    let judge = async move |caller: Caller, wish: JudgeCertificate| {
        let (is_trusted, done) = match wish.verdict {
            CertificateVerdict::Trust => (true, "trusted"),
            CertificateVerdict::Reject => (false, "rejected"),
        };
        let judgement = Judgement {
            fingerprint: &fingerprint,
            address: &wish.address,
            was: &wish.was,
            seen: &wish.seen,
            is_trusted,
            why: &wish.reason,
        };
        certificate::judge(&book(&api, &caller), &caller.desk.actor, &judgement).await?;
        Ok(JudgedCertificate { done })
    };
    once(&by, order, judge).await
}
