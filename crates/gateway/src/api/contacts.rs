//! The register of contacts (P1): who the constituents are, what is theirs, and whom to call there.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Api;
use super::access::{Act, By, Caller, Read, Register};
use super::input::{Asked, Named};
use super::once::{Key, Order, once};
use super::problem::{Changes, Problem, Problems};
use super::registered::{Contact, KnownContact, NewContact};
use crate::actions::certificate::{self, Judgement};
use crate::actions::contact::{self, Unchanged};
use crate::contacts::Kept;
use crate::correspondents::Book;

/// Organisations of an answer, when nothing is said.
const PAGE: usize = 50;
/// At most.
const MOST: usize = 200;

/// Characters of a question.
const LONGEST: usize = 300;

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
    if wanted.query.chars().count() > LONGEST {
        let detail = format!("query: {LONGEST} characters at most");
        return Err(Problem::malformed(detail));
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
    Ok(Json(KnownContact::of(&kept, addresses)))
}

/// Add an organisation
///
/// Scope `register`. 409 when another is called the same.
#[utoipa::path(post, path = "/contacts", operation_id = "add_contact", tag = "actions", params(Key), request_body = NewContact,
    responses((status = 200, description = "It is in the register", body = ContactDone), Changes))]
pub(super) async fn add(by: By<Register>, order: Order<NewContact>) -> Result<Response, Problem> {
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
/// Scope `register`. 409 when it is not as it was seen, or another is called the same: nothing is changed then.
#[utoipa::path(put, path = "/contacts/{id}", operation_id = "change_contact", tag = "actions", params(Which, Key), request_body = ContactChange,
    responses((status = 200, description = "It is changed", body = ContactDone), Changes))]
pub(super) async fn change(
    by: By<Register>,
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
