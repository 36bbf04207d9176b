//! Forms of the register of contacts: an organisation is added or changed, a certificate is somebody's or not.

use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use uuid::Uuid;

use super::contacts::{HERE, Refused, blank, book, show};
use super::may_act;
use crate::actions::certificate::{self, Judgement, Undecided};
use crate::actions::contact::{self, Unchanged, Wanted};
use crate::console::App;
use crate::console::access::Right;
use crate::console::guard::Wrong;
use crate::console::session::Analyst;
use crate::console::told::told;
use crate::contacts::{Organisation, Person};

/// Octets of the texts of a form.
pub(super) const MOST: usize = 400_000;

/// An organisation, as it was written.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Filled {
    word: String,
    /// Which state of it the page showed.
    version: i32,
    name: String,
    address: String,
    telephone: String,
    out_of_hours: String,
    note: String,
    networks: String,
    domains: String,
    persons: String,
}

/// What stands in the form.
#[derive(Default)]
pub(super) struct Written {
    pub(super) name: String,
    pub(super) address: String,
    pub(super) telephone: String,
    pub(super) out_of_hours: String,
    pub(super) note: String,
    pub(super) networks: String,
    pub(super) domains: String,
    pub(super) persons: String,
}

impl Written {
    /// As an organisation is written into the form.
    pub(super) fn of(one: &Organisation) -> Written {
        let networks: Vec<String> = one.networks.iter().map(ToString::to_string).collect();
        let person = |person: &Person| {
            let Person {
                name,
                address,
                telephone,
            } = person;
            match (address.as_str(), telephone.as_str()) {
                ("", "") => name.clone(),
                _ => format!("{name} <{address}> {telephone}")
                    .trim_end()
                    .to_owned(),
            }
        };
        let persons: Vec<String> = one.people.iter().map(person).collect();
        Written {
            name: one.name.clone(),
            address: one.address.clone(),
            telephone: one.telephone.clone(),
            out_of_hours: one.out_of_hours.clone(),
            note: one.note.clone(),
            networks: networks.join("\n"),
            domains: one.domains.join("\n"),
            persons: persons.join("\n"),
        }
    }
}

/// What an analyst says of a certificate.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in crate::console) struct Judged {
    word: String,
    address: String,
    /// How it stood to the address on the page.
    was: String,
    /// The other one that spoke for the address on the page; empty for none.
    seen: String,
    why: String,
    /// `trust` or `reject`.
    act: String,
}

impl Filled {
    fn wanted(&self) -> Wanted {
        let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
        Wanted {
            organisation: Organisation {
                name: self.name.clone(),
                address: self.address.clone(),
                telephone: self.telephone.clone(),
                out_of_hours: self.out_of_hours.clone(),
                note: self.note.clone(),
                domains: lines(&self.domains),
                ..Organisation::default()
            },
            networks: lines(&self.networks),
            people: lines(&self.persons),
        }
    }

    fn written(self) -> Written {
        Written {
            name: self.name,
            address: self.address,
            telephone: self.telephone,
            out_of_hours: self.out_of_hours,
            note: self.note,
            networks: self.networks,
            domains: self.domains,
            persons: self.persons,
        }
    }
}

/// Whether a form is one of his, and his role may change the register.
fn may_register(analyst: &Analyst, word: &str) -> Result<(), Wrong> {
    analyst.check(word)?;
    match analyst.may(Right::Register) {
        true => Ok(()),
        false => Err(Wrong::not_allowed(analyst.w)),
    }
}

/// What is said where something was not done.
fn why(analyst: &Analyst, fault: Unchanged) -> Result<String, Wrong> {
    match (analyst.w.contact_refusal(&fault), fault) {
        (Some(why), _) => Ok(why),
        (None, Unchanged::Fault(error)) => Err(analyst.fault(error)),
        (None, _) => Err(Wrong::nowhere(analyst.w)),
    }
}

/// Adds one.
pub(in crate::console) async fn add(
    analyst: Analyst,
    Form(filled): Form<Filled>,
) -> Result<Response, Wrong> {
    may_register(&analyst, &filled.word)?;
    match contact::add(&analyst.desk, filled.wanted()).await {
        Ok(id) => {
            let place = told(&analyst, &format!("{HERE}/{id}"), "added");
            Ok(Redirect::to(&place).into_response())
        }
        Err(fault) => {
            let refused = Refused {
                why: why(&analyst, fault)?,
                written: Some(filled.written()),
                ..Refused::default()
            };
            Ok((StatusCode::CONFLICT, blank(&analyst, refused)).into_response())
        }
    }
}

/// Changes one, if it is as the page showed it.
pub(in crate::console) async fn change(
    State(app): State<App>,
    analyst: Analyst,
    Path(id): Path<String>,
    Form(filled): Form<Filled>,
) -> Result<Response, Wrong> {
    may_register(&analyst, &filled.word)?;
    let id = Uuid::try_parse(&id).map_err(|_| Wrong::nowhere(analyst.w))?;
    let seen = (id, filled.version);
    match contact::change(&analyst.desk, seen, filled.wanted()).await {
        Ok(_) => {
            let place = told(&analyst, &format!("{HERE}/{id}"), "changed");
            Ok(Redirect::to(&place).into_response())
        }
        Err(fault) => {
            let refused = Refused {
                why: why(&analyst, fault)?,
                written: Some(filled.written()),
                ..Refused::default()
            };
            let page = show(&app, &analyst, id, ("", refused)).await?;
            Ok((StatusCode::CONFLICT, page).into_response())
        }
    }
}

/// Says whether a certificate is an address's, if both stand as the page showed them.
pub(in crate::console) async fn judge(
    State(app): State<App>,
    analyst: Analyst,
    Path((id, fingerprint)): Path<(String, String)>,
    Form(judged): Form<Judged>,
) -> Result<Response, Wrong> {
    may_act(&analyst, &judged.word)?;
    let w = analyst.w;
    let id = Uuid::try_parse(&id).map_err(|_| Wrong::nowhere(w))?;
    let (is_trusted, did) = match judged.act.as_str() {
        "trust" => (true, "trusted"),
        "reject" => (false, "rejected"),
        _ => return Err(Wrong::nowhere(w)),
    };
    let kept = contact::all(&analyst.desk).await;
    let kept = kept.map_err(|fault| analyst.fault(fault))?;
    let one = kept.into_iter().find(|one| one.id() == id);
    let one = one.ok_or_else(|| Wrong::nowhere(w))?.organisation;
    if !one.addresses().any(|address| address == judged.address) {
        return Err(Wrong::nowhere(w));
    }
    let judgement = Judgement {
        fingerprint: &fingerprint,
        address: &judged.address,
        was: &judged.was,
        seen: &judged.seen,
        is_trusted,
        why: &judged.why,
    };
    let done = certificate::judge(&book(&app), &analyst.desk.actor, &judgement).await;
    let why = match done {
        Ok(()) => {
            let place = told(&analyst, &format!("{HERE}/{id}"), did);
            return Ok(Redirect::to(&place).into_response());
        }
        Err(Undecided::TooLong) => w.reason_too_long,
        Err(Undecided::NotCompared) => w.how_compared(),
        Err(Undecided::Meanwhile) => w.other_by_now(),
        Err(Undecided::Gone) => return Err(Wrong::nowhere(w)),
        Err(Undecided::Book(fault)) => return Err(analyst.fault(fault)),
    };
    let refused = Refused {
        why: why.to_owned(),
        reason: (fingerprint, judged.why),
        ..Refused::default()
    };
    let page = show(&app, &analyst, id, ("", refused)).await?;
    Ok((StatusCode::CONFLICT, page).into_response())
}
